// Package bot does. It owns the one door through which everything that happens enters (Handle), the outbox that carries what was
// decided to the platforms, the clock that strikes alarms, and the work of fetching, checking and encrypting files.
//
// It promises: inbound exactly once in effect, outbound at least once and in order per chat, nothing lost in a crash. Retries,
// rates, order and dedupe live here and nowhere else: a platform only reports facts.
package bot

import (
	"context"
	"fmt"
	"io"
	"time"

	"olle/flows"
)

// Deliver hands an update to the door. When it returns without error the update is on record (or was before: Receipt.Seen), and
// only then may a platform confirm it to its network.
type Deliver func(ctx context.Context, u flows.Update) (Receipt, error)

// Receipt tells what an update caused at once.
type Receipt struct {
	Messages []string // job IDs of the live messages; everything an update causes has an ID that starts with its own and a slash
	Seen     bool     // it had been delivered before; nothing was done now
}

// Platform is one chat network, or the web page, or a terminal.
type Platform interface {
	Name() string
	Limits() Limits
	// Receive delivers updates until ctx ends. It returns an error only for what an operator must mend (a wrong token).
	Receive(ctx context.Context, deliver Deliver) error
	// Send carries one message; id is the same for every attempt at the same message. sent is the platform's own ID for it.
	// A failure that the outbox should know more about is a *SendError.
	Send(ctx context.Context, id string, m flows.Message) (sent string, err error)
	// Fetch opens a file that came with one of this platform's updates.
	Fetch(ctx context.Context, f flows.File) (io.ReadCloser, error)
}

// Troubled is a Platform that knows when it cannot receive for the moment, which needs no other program but may need an operator: the
// network does not answer, or somebody else takes the updates.
type Troubled interface {
	// Trouble is a sentence for the operator; nil when all is well, or another replica receives.
	Trouble() error
}

// Limits are what a network allows, as data: the outbox obeys them. Zero means no limit.
type Limits struct {
	PerSecond float64       // messages, over all chats and replicas
	Burst     int           // at once after a quiet time
	Answers   bool          // what answers an interaction (Message.Reply) does not count in PerSecond
	PerChat   time.Duration // least pause between two bulk messages in one chat
	Workers   int           // sends under way at once in one process; 0: a sensible number
}

// SendError is what a platform knows about a failed send or fetch.
type SendError struct {
	Wait     time.Duration // the platform asked for this pause: waiting is not failing
	Everyone bool          // the pause is for the whole platform, not only this chat
	Gone     bool          // it can never succeed: blocked, deleted, expired
	Err      error
}

func (e *SendError) Error() string {
	switch {
	case e.Gone:
		return fmt.Sprintf("bot: gone for good: %v", e.Err)
	case e.Wait > 0:
		return fmt.Sprintf("bot: asked to wait %s: %v", e.Wait, e.Err)
	}
	return fmt.Sprintf("bot: send failed: %v", e.Err)
}

func (e *SendError) Unwrap() error { return e.Err }
