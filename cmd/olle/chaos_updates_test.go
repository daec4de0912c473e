package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// getUpdates answers a poll: what is below its offset is confirmed. The older of two pollers is sent away.
func (f *fakeTelegram) getUpdates(r *http.Request, param func(string) string) (string, int, string) {
	offset, _ := strconv.ParseInt(param("offset"), 10, 64)
	seconds, _ := strconv.Atoi(param("timeout"))
	end := time.After(time.Duration(seconds) * time.Second)
	f.mu.Lock()
	f.polls++
	own := f.polls
	f.waiting = slices.DeleteFunc(f.waiting, func(u tgUpdate) bool { return u.id < offset })
	f.notify()
	f.mu.Unlock()
	for {
		f.mu.Lock()
		if f.polls != own {
			f.mu.Unlock()
			return "", http.StatusConflict, "Conflict: terminated by other getUpdates request"
		}
		batch := append(slices.Clone(f.again), f.waiting[:min(len(f.waiting), 100)]...)
		f.again = nil
		changed := f.changed
		f.mu.Unlock()
		if len(batch) > 0 {
			var bodies []string
			for _, u := range batch {
				bodies = append(bodies, u.body)
			}
			return "[" + strings.Join(bodies, ",") + "]", 0, ""
		}
		select {
		case <-changed:
		case <-end:
			return "[]", 0, ""
		case <-r.Context().Done():
			return "[]", 0, ""
		}
	}
}

// pushUpdates brings updates to the webhook until ctx ends: of a chat in order, to whichever replica where says, again and again until
// one has it on record.
func (f *fakeTelegram) pushUpdates(ctx context.Context, where func() string) {
	busy := map[int64]bool{} // chats
	ended := make(chan int64)
	for ctx.Err() == nil {
		f.mu.Lock()
		changed, again := f.changed, f.again
		var due []tgUpdate
		for _, u := range f.waiting {
			if !busy[u.chat] && f.hook != "" {
				busy[u.chat] = true
				due = append(due, u)
			}
		}
		f.again = nil
		f.mu.Unlock()
		for _, u := range again {
			go f.bring(ctx, u, where)
		}
		for _, u := range due {
			go func() {
				for !f.bring(ctx, u, where) && ctx.Err() == nil {
					pause(ctx, 300*time.Millisecond)
				}
				f.mu.Lock()
				f.waiting = slices.DeleteFunc(f.waiting, func(w tgUpdate) bool { return w.id == u.id })
				f.mu.Unlock()
				select {
				case ended <- u.chat:
				case <-ctx.Done():
				}
			}()
		}
		select {
		case chat := <-ended:
			delete(busy, chat)
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// bring posts one update and says whether the answer was 200.
func (f *fakeTelegram) bring(ctx context.Context, u tgUpdate, where func() string) bool {
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, where()+"/telegram/webhook", bytes.NewReader([]byte(u.body)))
	if err != nil {
		return false
	}
	f.mu.Lock()
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", f.secret)
	f.mu.Unlock()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// describe is for the log: what calls met, and what is left.
func (f *fakeTelegram) describe() string {
	met, _ := f.moods.sum()
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprintf("Telegram showed %d messages, refused %d for being blocked, %d updates wait; calls met %s", len(f.shown), f.forbidden, len(f.waiting), met)
}
