package telegram

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-telegram/bot/models"

	"olle/bot"
	"olle/flows"
)

const (
	maxButtons = 100
	maxValue   = 64  // bytes a button carries
	maxLabel   = 64  // UTF-16 units; clients cut longer ones without a mark
	shortLabel = 18  // columns; two of these stand side by side on a telephone
	maxToast   = 200 // UTF-16 units shown with the answer to a tap
)

// part is one message as Telegram takes it.
type part struct {
	text string
	rows [][]models.InlineKeyboardButton
	edit int64       // the message it replaces; 0: a new one
	file *flows.File // text is its caption; of a message that is replaced, the file it has and keeps
}

// markup is nil as an interface when there are no buttons.
func (p part) markup() models.ReplyMarkup {
	if len(p.rows) == 0 {
		return nil
	}
	return &models.InlineKeyboardMarkup{InlineKeyboard: p.rows}
}

// partsOf renders a message: nothing in it is markup, long text becomes several parts, choices stand under the last.
func partsOf(m flows.Message) []part {
	text, rows := withChoices(plain(m.Text), m.Choices)
	var parts []part
	if m.File != nil && bot.Units(text) <= maxCaption {
		parts = []part{{text: text, file: m.File}}
	} else {
		for _, piece := range split(text, maxText) {
			parts = append(parts, part{text: piece})
		}
		if m.File != nil {
			parts = append(parts, part{file: m.File})
		}
	}
	if len(parts) == 0 && len(rows) > 0 {
		parts = []part{{text: "…"}} // Telegram shows no buttons without words
	}
	if len(parts) == 0 {
		return nil
	}
	parts[len(parts)-1].rows = rows
	if id, err := strconv.ParseInt(m.Edit, 10, 64); err == nil && id > 0 {
		parts[0].edit = id
	}
	return parts
}

// plain takes out what Telegram refuses in a text.
func plain(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == 0 || r < 0x20 && r != '\n' && r != '\t' && r != '\r' {
			return -1
		}
		return r
	}, validUTF8(s)))
}

// withChoices makes buttons of choices. What does not fit into buttons is written under the text with its number, which can be
// typed instead.
func withChoices(text string, choices []flows.Choice) (string, [][]models.InlineKeyboardButton) {
	if len(choices) == 0 {
		return text, nil
	}
	fits := len(choices) <= maxButtons
	for _, c := range choices {
		fits = fits && c.Value != "" && len(c.Value) <= maxValue && validUTF8(c.Value) == c.Value
	}
	if fits {
		return text, keyboard(choices)
	}
	var list strings.Builder
	list.WriteString(text)
	for i, c := range choices {
		fmt.Fprintf(&list, "\n%d. %s", i+1, labelOf(c))
	}
	return strings.TrimSpace(list.String()), nil
}

// keyboard puts short labels two in a row, long ones alone.
func keyboard(choices []flows.Choice) [][]models.InlineKeyboardButton {
	buttons := make([]models.InlineKeyboardButton, len(choices)) // the rows are pieces of it
	rows := make([][]models.InlineKeyboardButton, 0, len(choices))
	open := false // the last row has room for one more short label
	for i, c := range choices {
		label := trimUnits(labelOf(c), maxLabel)
		buttons[i] = models.InlineKeyboardButton{Text: label, CallbackData: c.Value}
		short := columns(label) <= shortLabel
		if short && open {
			rows[len(rows)-1] = buttons[i-1 : i+1]
			open = false
			continue
		}
		rows = append(rows, buttons[i:i+1])
		open = short
	}
	return rows
}

// labelOf is a choice's label, or what stands for it when there is none that shows.
func labelOf(c flows.Choice) string {
	label := strings.Join(strings.Fields(plain(c.Label)), " ")
	if strings.IndexFunc(label, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }) >= 0 {
		return label
	}
	return shorten(c.Value, maxValue)
}

// columns is about how wide a label is: letters of East Asia take two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
			r >= 0xff00 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000) {
			n++
		}
	}
	return n
}
