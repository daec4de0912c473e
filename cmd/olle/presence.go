package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"olle/storage"
)

// A serve on Redis says that it is there, for subcommands that work with another data folder, or on another machine, and so do not hear of
// it over a socket: its name is a document, and that it lives a lease under that name, which ends by itself.

const (
	presenceKey  = "clock/serve/" // + the replica's name
	presentFor   = 30 * time.Second
	presentEvery = presentFor / 3
)

// arrive says once that this serve is there. The embedded store lets in nobody else anyway.
func (w *parts) arrive(ctx context.Context) error {
	if !w.settings.Redis.URL.Set() {
		return nil
	}
	me, now := w.replica(), w.clock.Now()
	mark := storage.Doc{Key: presenceKey + me, Data: []byte("1"), Until: now.Add(24 * time.Hour)}
	if _, err := w.store.Commit(ctx, storage.Batch{Put: []storage.Doc{mark}, Now: now}); err != nil {
		return fmt.Errorf("say that this serve is there: %w", err)
	}
	if _, err := w.store.Lease(ctx, presenceKey+me, me, presentFor); err != nil {
		return fmt.Errorf("say that this serve is there: %w", err)
	}
	return nil
}

// stay says so until ctx ends, and then that it is gone.
func (w *parts) stay(ctx context.Context) {
	if !w.settings.Redis.URL.Set() {
		return
	}
	again := time.NewTicker(presentEvery)
	defer again.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-again.C:
			if err := w.arrive(ctx); err != nil && ctx.Err() == nil {
				w.log.Warn("others may not know that this serve runs", "err", err)
			}
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	me := w.replica()
	_, _ = w.store.Lease(last, presenceKey+me, me, 0) // else it ends by itself
	_, _ = w.store.Commit(last, storage.Batch{Put: []storage.Doc{{Key: presenceKey + me}}, Now: w.clock.Now()})
}

// elsewhere names the serves on this store that are not of this data folder: host and folder of each.
func (w *parts) elsewhere(ctx context.Context) (names []string, err error) {
	if !w.settings.Redis.URL.Set() {
		return nil, nil
	}
	docs, err := w.store.List(ctx, presenceKey, "", 100)
	if err != nil {
		return nil, err
	}
	me := w.replica()
	for _, d := range docs {
		name := strings.TrimPrefix(d.Key, presenceKey)
		if name == me {
			continue // who asks has asked its socket
		}
		gone, err := w.store.Lease(ctx, d.Key, "whoever asks", time.Millisecond)
		if err != nil {
			return nil, err
		}
		if !gone {
			names = append(names, name)
		}
	}
	return names, nil
}
