package discord

import (
	"context"
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"olle/flows"
)

const (
	mostButtons = 25 // five rows of five
	mostOptions = 25 // in one menu, and a message has room for five menus
	maxButton   = 80
	maxOption   = 100
	maxValue    = 100
)

// render makes of a message what Discord takes: parts of at most 2,000 characters, with the file and the choices under the last. No
// parts: there is nothing to show.
func (d *Discord) render(ctx context.Context, m flows.Message) ([]outgoing, error) {
	choices := distinct(m.Choices)
	text := m.Text
	if len(choices) > 5*mostOptions {
		text += "\n"
		for i, c := range choices {
			text += fmt.Sprintf("\n%d. %s", i+1, c.Label)
		}
	}
	var parts []outgoing
	for _, p := range split(text) {
		parts = append(parts, outgoing{
			Content: p, Components: []any{}, Flags: flagSuppressEmbeds, Mentions: discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
		})
	}
	if m.File != nil {
		f, err := d.upload(ctx, *m.File)
		if err != nil {
			return nil, err
		}
		if len(parts) == 0 {
			parts = []outgoing{{Components: []any{}, Mentions: discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}}}
		}
		parts[len(parts)-1].file = f
	}
	if len(parts) > 0 {
		parts[len(parts)-1].Components = components(choices)
	}
	return parts, nil
}

// distinct leaves out choices that come back as the same value, or cannot come back.
func distinct(all []flows.Choice) (out []flows.Choice) {
	seen := map[string]bool{}
	for _, c := range all {
		if c.Value == "" || len(c.Value) > maxValue || seen[c.Value] {
			continue
		}
		seen[c.Value] = true
		if strings.TrimSpace(c.Label) == "" {
			c.Label = c.Value
		}
		out = append(out, c)
	}
	return out
}

// components makes buttons of up to 25 choices, and menus of up to 125. More stand in the text, to be typed.
func components(choices []flows.Choice) []any {
	rows := []any{}
	switch n := len(choices); {
	case n > 5*mostOptions:
	case n > mostButtons:
		for from := 0; from < n; from += mostOptions {
			rows = append(rows, row(menu(choices[from:min(from+mostOptions, n)], from)))
		}
	default:
		for from := 0; from < n; from += 5 {
			var buttons []any
			for _, c := range choices[from:min(from+5, n)] {
				buttons = append(buttons, map[string]any{"type": 2, "style": 2, "label": cut(c.Label, maxButton), "custom_id": c.Value})
			}
			rows = append(rows, row(buttons...))
		}
	}
	return rows
}

func row(parts ...any) any { return map[string]any{"type": 1, "components": parts} }

func menu(choices []flows.Choice, from int) any {
	var options []any
	for _, c := range choices {
		options = append(options, map[string]any{"label": cut(c.Label, maxOption), "value": c.Value})
	}
	return map[string]any{
		"type": 3, "custom_id": fmt.Sprintf("menu/%d", from), "options": options,
		"placeholder": fmt.Sprintf("%d – %d", from+1, from+len(choices)),
	}
}
