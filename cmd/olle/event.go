package main

import (
	"context"
	"fmt"
	"strings"

	"olle/flows"
)

// event shows or changes the current event. A change is an update like any other: it goes through the running serve if there is
// one, else through a door opened for it.
func event(ctx context.Context, p *program, args []string) error {
	f := flags("event")
	if err := parse(f, args); err != nil {
		return err
	}
	settings, err := p.settings()
	if err != nil {
		return err
	}
	at := &reach{p: p, settings: settings}
	defer at.close()
	switch words := f.Args(); {
	case len(words) >= 1 && len(words) <= 2 && words[0] == "get":
		keys := words[1:]
		if len(keys) == 0 {
			if err := at.call(ctx, "event/keys", struct{}{}, &keys); err != nil {
				return err
			}
		}
		for _, key := range keys {
			var got eventValue
			if err := at.call(ctx, "event/get", eventValue{Key: key}, &got); err != nil {
				return err
			}
			if len(words) == 2 {
				fmt.Fprintln(p.out, got.Value)
			} else {
				fmt.Fprintf(p.out, "%s: %s\n", key, got.Value)
			}
		}
		return nil
	case len(words) == 3 && words[0] == "set":
		var got eventValue
		if err := at.call(ctx, "event/set", eventValue{Key: words[1], Value: words[2]}, &got); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s: %s\n", got.Key, got.Value)
		return nil
	}
	return fmt.Errorf("%w: event get [KEY], or event set KEY VALUE; keys: %s", errUsage, strings.Join(flows.Settable(), ", "))
}
