package telegram

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	api "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"olle/bot"
	"olle/flows"
)

// Menu is what clients list under "/" in some chats.
type Menu struct {
	// Where is "private" (all private chats), "groups", or the address of one chat ("telegram:4711"), for organisers. The most
	// particular menu wins, so an organiser's holds the public commands too.
	Where    string
	Language string // two letters of a client's language; "" all that have no menu of their own
	Commands []Command
}

// Command is one line of a menu.
type Command struct {
	Name        string // 1 to 32 of a–z, 0–9 and _
	Description string // 1 to 256 characters
}

// publishMenus brings Telegram's menus up to date. They are a convenience: a failure is logged and mended by the next start.
func (t *Telegram) publishMenus(ctx context.Context) {
	for _, m := range t.opt.Menus {
		if err := t.SetMenu(ctx, m); err != nil && ctx.Err() == nil {
			t.log.Warn("a menu of commands cannot be set", "err", err)
		}
	}
}

// SetMenu sets one menu if Telegram has another, for organisers who come later too. Without commands the menu is emptied.
func (t *Telegram) SetMenu(ctx context.Context, m Menu) error {
	scope, err := scopeOf(m.Where)
	if err != nil {
		return err
	}
	want := commandsOf(m.Commands)
	return t.patiently(ctx, func() error {
		have, err := t.client.lib.GetMyCommands(ctx, &api.GetMyCommandsParams{Scope: scope, LanguageCode: m.Language})
		if err != nil || slices.Equal(have, want) {
			return err
		}
		if len(want) == 0 {
			_, err = t.client.lib.DeleteMyCommands(ctx, &api.DeleteMyCommandsParams{Scope: scope, LanguageCode: m.Language})
			return err
		}
		_, err = t.client.lib.SetMyCommands(ctx, &api.SetMyCommandsParams{Commands: want, Scope: scope, LanguageCode: m.Language})
		return err
	})
}

// OfferMenu sets the menu of one private chat; an empty one gives way to everybody's.
func (t *Telegram) OfferMenu(ctx context.Context, chat flows.Address, menu []flows.Description) error {
	m := Menu{Where: string(chat)}
	for _, d := range menu {
		m.Commands = append(m.Commands, Command{Name: d.Name, Description: d.Text})
	}
	return t.SetMenu(ctx, m)
}

func scopeOf(where string) (models.BotCommandScope, error) {
	switch where {
	case "private":
		return &models.BotCommandScopeAllPrivateChats{}, nil
	case "groups":
		return &models.BotCommandScopeAllGroupChats{}, nil
	}
	p, ok := placeOf(flows.Address(where))
	if !ok {
		return nil, fmt.Errorf("telegram: a menu is for %q, which is neither \"private\", \"groups\" nor a chat's address", where)
	}
	return &models.BotCommandScopeChat{ChatID: p.chat}, nil
}

func commandsOf(all []Command) []models.BotCommand {
	out := make([]models.BotCommand, 0, len(all))
	for _, c := range all {
		if len(out) == 100 {
			break
		}
		out = append(out, models.BotCommand{Command: strings.ToLower(c.Name), Description: trimUnits(validUTF8(c.Description), 256)})
	}
	return out
}

// patiently makes a small call again while Telegram is busy.
func (t *Telegram) patiently(ctx context.Context, call func() error) error {
	for wait := time.Second; ; wait *= 2 {
		err := call()
		e := asAPI(err)
		again := e != nil && (e.Code == 0 || e.Code >= 500 || e.Code == 429 || e.Foreign)
		if !again || wait > 30*time.Second || ctx.Err() != nil {
			return err
		}
		bot.Pause(ctx, waitOf(err, wait))
	}
}
