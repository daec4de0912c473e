package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"olle/flows"
)

// receive runs a platform's Receive. A panic in it is the adapter's fault and not the end of the program: it starts again.
func (b *Bot) receive(ctx context.Context, p Platform) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err, panicked := b.receiveOnce(ctx, p)
		if !panicked {
			if err != nil && ctx.Err() == nil {
				b.log.Error("platform cannot receive", "platform", p.Name(), "err", discreet(err))
				b.mu.Lock()
				b.down[p.Name()] = withoutAddress(err)
				b.mu.Unlock()
			}
			return
		}
		if !Pause(ctx, wait) {
			return
		}
	}
}

func (b *Bot) receiveOnce(ctx context.Context, p Platform) (err error, panicked bool) {
	defer func() {
		if v := recover(); v != nil {
			panicked = true
			b.log.Error("platform panicked", "platform", p.Name(), "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
	}()
	return p.Receive(ctx, func(ctx context.Context, u flows.Update) (Receipt, error) {
		u.Sent = b.clock.Map(u.Sent)
		return b.Handle(ctx, u)
	}), false
}

// failed returns the errors of platforms if none could receive.
func (b *Bot) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.down) == 0 || len(b.down) < len(b.platforms) {
		return nil
	}
	var all []error
	for name, err := range b.down {
		all = append(all, fmt.Errorf("bot: %s cannot receive: %w", name, err))
	}
	return errors.Join(all...)
}
