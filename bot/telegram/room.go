package telegram

import (
	"context"
	"fmt"
	"time"

	api "github.com/go-telegram/bot"

	"olle/flows"
)

// roomLife is how long a way into the group is open. It lets one person in.
const roomLife = 7 * 24 * time.Hour

// Room gives a person a way into the cohort's group, a link for one, or takes them out of it again. The bot must be an administrator
// there who may invite. Done twice it makes a second link, of which the first to be used counts.
func (t *Telegram) Room(ctx context.Context, person flows.Address, c flows.CohortArgs) (flows.Room, error) {
	group, ok := placeOf(flows.Address(c.Group))
	who, known := placeOf(person)
	if !ok || !known {
		return flows.Room{}, fmt.Errorf("telegram: the cohort's group is set to something that is no group's address, like telegram:-1001234567890")
	}
	chat := group.chat
	if to, moved := t.moved.get(chat); moved {
		chat = to
	}
	if c.Join {
		link, err := t.client.lib.CreateChatInviteLink(ctx, &api.CreateChatInviteLinkParams{
			ChatID: chat, MemberLimit: 1, ExpireDate: int(time.Now().Add(roomLife).Unix()),
		})
		if err != nil {
			return flows.Room{}, t.fact(chat, err)
		}
		return flows.Room{Link: link.InviteLink}, nil
	}
	// Taking somebody out is a ban that is lifted at once: they may come back when they are let in again.
	if _, err := t.client.lib.BanChatMember(ctx, &api.BanChatMemberParams{ChatID: chat, UserID: who.chat}); err != nil {
		if e := asAPI(err); e == nil || !e.says("not a member", "user not found", "participant_id_invalid") {
			return flows.Room{}, t.fact(chat, err)
		}
	}
	if _, err := t.client.lib.UnbanChatMember(ctx, &api.UnbanChatMemberParams{ChatID: chat, UserID: who.chat, OnlyIfBanned: true}); err != nil {
		return flows.Room{}, t.fact(chat, err)
	}
	return flows.Room{}, nil
}
