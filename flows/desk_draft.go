package flows

import (
	"encoding/json"
	"fmt"
	"strings"
)

// AnswerDraft turns an answered request into a topic for the pack's answers.yaml: what the person asked is the way of asking, what
// the organisers answered is the answer. It is a draft: whoever puts it into the pack takes out what is personal, for every later
// applicant will read it.
func AnswerDraft(h *HelpRequest, e *Event) string {
	var asked, answered []string
	at := h.Opened
	for _, l := range h.Lines {
		switch l.From {
		case "applicant":
			asked = append(asked, strings.Join(strings.Fields(l.Text), " "))
		case "organiser":
			answered = append(answered, strings.TrimSpace(l.Text))
			at = l.At
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# From help request %s. Review it: keep nothing personal, and make the question general.\n", h.Ref)
	b.WriteString("# Put it under \"topics:\" in answers.yaml, then run \"olle check\".\n")
	fmt.Fprintf(&b, "  - id: desk.%s\n", strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(h.Ref, "H-"), "-", ".")))
	fmt.Fprintf(&b, "    source: %s\n", scalar("organisers, "+at.In(e.Zone).Format("2 January 2006")))
	b.WriteString("    ask:\n")
	for _, text := range asked {
		fmt.Fprintf(&b, "      - %s\n", scalar(text))
	}
	fmt.Fprintf(&b, "    answer: %s\n", scalar(strings.Join(answered, "\n\n")))
	return b.String()
}

// scalar writes a text as a YAML scalar in double quotes, which JSON's are. A brace would be read as a placeholder.
func scalar(text string) string {
	text = strings.NewReplacer("{", "(", "}", ")").Replace(text)
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // of a string: cannot fail
	return strings.TrimSpace(b.String())
}
