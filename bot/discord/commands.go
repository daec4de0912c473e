package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"olle/bot"
	"olle/flows"
)

// Command is a slash command. What somebody chose comes as "/name" and the options' values in the order given here.
type Command struct {
	Name        string // a to z, digits, - and _, at most 32
	Description string // at most 100 characters
	Options     []Option
	// Form opens a window to type the options into, when the command is used, or chosen as "/name", without any.
	Form bool
}

// Option is an option of a command, text or a file. With a file the command comes as the file, the other options as its caption.
type Option struct {
	Name        string
	Description string
	Required    bool
	File        bool
	Suggest     bool // Complete suggests values
	Long        bool // several lines in a form
}

// Suggestion is a value somebody can pick while typing.
type Suggestion struct{ Label, Value string }

const (
	optionText = 3
	optionFile = 11
)

var commandName = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// checkCommands refuses at start what Discord would refuse, all of it because of one mistake.
func checkCommands(all []Command) error {
	if len(all) > 100 {
		return fmt.Errorf("discord: %d commands, at most 100 are allowed", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		if !commandName.MatchString(c.Name) || seen[c.Name] || c.Description == "" || bot.Units(c.Description) > 100 || len(c.Options) > 25 {
			return fmt.Errorf("discord: command %q: its name or description is missing, too long or there twice", c.Name)
		}
		seen[c.Name] = true
		options, optional := map[string]bool{}, false
		for _, o := range c.Options {
			if !commandName.MatchString(o.Name) || options[o.Name] || o.Description == "" || bot.Units(o.Description) > 100 || o.Required && optional {
				return fmt.Errorf("discord: option %q of command %q: name or description wrong, or required after an optional one", o.Name, c.Name)
			}
			options[o.Name], optional = true, optional || !o.Required
		}
	}
	return nil
}

// apiCommand is a command as Discord keeps it, as far as we set it.
type apiCommand struct {
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Type        int         `json:"type"`
	Options     []apiOption `json:"options,omitempty"`
}

type apiOption struct {
	Type        int    `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Required    bool   `json:"required,omitempty"`
	Suggest     bool   `json:"autocomplete,omitempty"`
}

func apiCommands(all []Command) []apiCommand {
	out := make([]apiCommand, 0, len(all))
	for _, c := range all {
		a := apiCommand{Name: c.Name, Description: c.Description, Type: 1}
		for _, o := range c.Options {
			kind := optionText
			if o.File {
				kind = optionFile
			}
			a.Options = append(a.Options, apiOption{kind, o.Name, o.Description, o.Required, o.Suggest && !o.File})
		}
		out = append(out, a)
	}
	byName(out)
	return out
}

func byName(all []apiCommand) {
	slices.SortFunc(all, func(a, b apiCommand) int { return strings.Compare(a.Name, b.Name) })
}

// register makes the commands known, in one request, if they are not what is registered.
func (d *Discord) register(ctx context.Context) {
	if d.opt.Commands == nil {
		return
	}
	for pause := time.Second; ; pause = min(2*pause, 5*time.Minute) {
		changed, err := d.registerOnce(ctx)
		var no *refusal
		switch {
		case err == nil:
			d.log.Info("commands registered", "platform", "discord", "changed", changed)
			return
		case ctx.Err() != nil:
			return
		case errors.As(err, &no) && no.status/100 == 4:
			d.log.Error("commands cannot be registered: invite the bot again with the scopes bot and applications.commands, and check OLLE_DISCORD_GUILD",
				"platform", "discord", "err", err)
			return
		}
		d.log.Warn("commands not registered yet", "platform", "discord", "err", err)
		var wait *bot.SendError
		if errors.As(err, &wait) {
			pause = max(pause, wait.Wait)
		}
		bot.Pause(ctx, bot.Jitter(pause))
	}
}

// registerOnce registers the commands everywhere, or in the one server: there the ones that were registered everywhere before would stand beside
// them, so they go.
func (d *Discord) registerOnce(ctx context.Context) (changed bool, err error) {
	me := d.self.Load()
	if me == nil || me.app == "" {
		return false, errors.New("discord: the application is not known yet")
	}
	const everywhere, inServer = "/applications/%s/commands", "/applications/%s/guilds/%s/commands"
	if d.opt.Guild == "" {
		return d.have(ctx, apiCommands(d.opt.Commands), everywhere, me.app)
	}
	changed, err = d.have(ctx, apiCommands(d.opt.Commands), inServer, me.app, d.opt.Guild)
	if err != nil {
		return changed, err
	}
	cleared, err := d.have(ctx, []apiCommand{}, everywhere, me.app)
	return changed || cleared, err
}

// have sees to it that these are the commands of a place.
func (d *Discord) have(ctx context.Context, want []apiCommand, path string, args ...string) (changed bool, err error) {
	have := []apiCommand{}
	if err := d.call(ctx, &request{method: http.MethodGet, path: path, args: args, patience: 10 * time.Second}, &have); err != nil {
		return false, err
	}
	byName(have)
	if same(have, want) {
		return false, nil
	}
	return true, d.call(ctx, &request{method: http.MethodPut, path: path, args: args, body: want, patience: 10 * time.Second}, nil)
}

// same compares commands as they go over the wire: an empty list of options is none.
func same(a, b []apiCommand) bool {
	left, err := json.Marshal(a)
	right, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(left, right)
}

// suggest answers autocomplete. It never waits in a lane: what is typed next makes it worthless.
func (r *receiver) suggest(ctx context.Context, i *interaction) {
	select {
	case r.asides <- struct{}{}:
	default:
		return // the next key asks again
	}
	r.lanes.crew.Go(func() {
		defer func() { <-r.asides }()
		choices := r.d.suggestions(ctx, i)
		body := map[string]any{"type": 8, "data": map[string]any{"choices": choices}}
		if err := r.d.callback(ctx, i.handle(), body, nil, nil); err != nil && ctx.Err() == nil {
			r.d.log.Info("suggestions not sent", "platform", "discord", "err", err)
		}
	})
}

func (d *Discord) suggestions(ctx context.Context, i *interaction) (choices []any) {
	choices = []any{}
	var data interactionData
	if d.opt.Complete == nil || json.Unmarshal(i.Data, &data) != nil {
		return choices
	}
	defer func() {
		if v := recover(); v != nil {
			d.log.Error("suggesting panicked", "platform", "discord", "panic", fmt.Sprintf("%T", v))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	walk(data.Options, func(o option) {
		if !o.Focused {
			return
		}
		for _, s := range d.opt.Complete(ctx, data.Name, o.Name, value(o)) {
			if s.Label == "" {
				s.Label = s.Value
			}
			if s.Value == "" || bot.Units(s.Value) > maxValue || len(choices) == mostOptions {
				continue
			}
			choices = append(choices, map[string]any{"name": cut(s.Label, maxOption), "value": s.Value})
		}
	})
	return choices
}

// form is the window for a command that was used without its options; nil: there is none.
func (d *Discord) form(i *interaction, u flows.Update) any {
	said := u.Choice
	if i.Kind == kindCommand && len(u.Files) == 0 {
		said = u.Text
	}
	at := slices.IndexFunc(d.opt.Commands, func(c Command) bool { return c.Form && "/"+c.Name == said })
	if at < 0 || i.Kind == kindModal {
		return nil
	}
	c := d.opt.Commands[at]
	var rows []any
	for _, o := range c.Options {
		if o.File || len(rows) == 5 {
			continue
		}
		style := 1
		if o.Long {
			style = 2
		}
		rows = append(rows, row(map[string]any{
			"type": 4, "custom_id": o.Name, "label": cut(o.Description, 45), "style": style, "required": o.Required, "max_length": 1500,
		}))
	}
	if len(rows) == 0 {
		return nil
	}
	return map[string]any{"type": 9, "data": map[string]any{"custom_id": "/" + c.Name, "title": cut(c.Description, 45), "components": rows}}
}
