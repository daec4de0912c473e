package bot

import (
	"context"
	"encoding/json"
	"fmt"

	"olle/flows"
)

// rooms is what a platform has that can let people into a cohort's rooms and out of them: a role on a server, a group by a link for
// one. Doing it twice is like doing it once.
type rooms interface {
	Room(ctx context.Context, person flows.Address, c flows.CohortArgs) (flows.Room, error)
}

// menus is what a platform has that lists commands per chat.
type menus interface {
	OfferMenu(ctx context.Context, chat flows.Address, menu []flows.Description) error
}

// openRoom lets one person in or out. A network that has no rooms, or is not connected, lets nobody in and says so by no report.
func (b *Bot) openRoom(ctx context.Context, w flows.Work) (json.RawMessage, error) {
	p, ok := b.platforms[w.From.Platform()].(rooms)
	if !ok {
		return flows.Must(flows.Room{Platform: w.From.Platform(), Absent: true}), nil
	}
	var args flows.CohortArgs
	if err := json.Unmarshal(w.Args, &args); err != nil {
		return nil, fmt.Errorf("bot: unreadable room: %w", err)
	}
	room, err := p.Room(ctx, w.From, args)
	if err != nil {
		return nil, err
	}
	room.Platform, room.Join = w.From.Platform(), args.Join
	return flows.Must(room), nil
}

// offerMenu shows the commands that one person may use. It is a convenience: a network without menus needs none.
func (b *Bot) offerMenu(ctx context.Context, w flows.Work) error {
	p, ok := b.platforms[w.From.Platform()].(menus)
	if !ok {
		return nil
	}
	var menu []flows.Description
	if err := json.Unmarshal(w.Args, &menu); err != nil {
		return fmt.Errorf("bot: unreadable menu: %w", err)
	}
	return p.OfferMenu(ctx, w.From, menu)
}
