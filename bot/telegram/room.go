package telegram

import (
	"context"
	"errors"
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
		return flows.Room{}, errors.New("telegram: cohort.telegram_group is no group's address: change it (olle event set) to one like telegram:-1001234567890")
	}
	var room flows.Room
	if c.Join {
		err := t.inGroup(group.chat, func(chat int64) error {
			link, err := t.client.lib.CreateChatInviteLink(ctx, &api.CreateChatInviteLinkParams{
				ChatID: chat, MemberLimit: 1, ExpireDate: int(time.Now().Add(roomLife).Unix()),
			})
			if err == nil {
				room.Link = link.InviteLink
			}
			return err
		})
		return room, err
	}
	// Taking somebody out is a ban that is lifted at once: they may come back when they are let in again.
	err := t.inGroup(group.chat, func(chat int64) error {
		_, err := t.client.lib.BanChatMember(ctx, &api.BanChatMemberParams{ChatID: chat, UserID: who.chat})
		if e := asAPI(err); e != nil && e.says("not a member", "user not found", "participant_id_invalid") {
			return nil
		}
		return err
	})
	if err != nil {
		return room, err
	}
	return room, t.inGroup(group.chat, func(chat int64) error {
		_, err := t.client.lib.UnbanChatMember(ctx, &api.UnbanChatMemberParams{ChatID: chat, UserID: who.chat, OnlyIfBanned: true})
		return err
	})
}

// inGroup asks something of a group, and again where it has moved to: becoming a supergroup it gets another number.
func (t *Telegram) inGroup(chat int64, ask func(chat int64) error) error {
	chat = t.current(place{chat: chat}).chat
	err := ask(chat)
	if e := asAPI(err); e != nil && e.Migrate != 0 && e.Migrate != chat {
		t.follow(chat, e.Migrate)
		chat = e.Migrate
		err = ask(chat)
	}
	if err != nil {
		return t.fact(chat, err)
	}
	return nil
}
