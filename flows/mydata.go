package flows

import (
	"fmt"
	"slices"
	"strings"
)

// My data shows everything that is kept of a person, and leads to correcting and deleting it.
func mydataFlow() *Flow {
	return &Flow{Name: "mydata", Steps: []Step{
		{
			Name: "show",
			Ask: func(t *Turn) {
				if !t.brief {
					t.Tell(t.everything())
				}
				t.Say("mydata.what_now")
				t.Offer(t.Choice("correct"), t.Choice("file"), t.Choice("delete"), t.Choice("close"))
			},
			Take: func(t *Turn, in Input) bool {
				o, ok := in.Pick(t.options("mydata", "correct", "file", "delete", "close"))
				if !ok {
					return false
				}
				switch o.Value {
				case "correct":
					t.Goto("which")
				case "file":
					t.Done()
					t.out.Messages = append(t.out.Messages, Message{To: t.Chat, Text: t.Text("mydata.file"), File: t.Person.DataFile(), Reply: t.Reply})
				case "delete":
					t.Done()
					t.Push("delete", "confirm")
				default:
					t.Done()
					t.Say("mydata.closed")
				}
				return true
			},
		},
		{
			Name: "which",
			Ask: func(t *Turn) {
				options := t.correctable()
				if len(options) == 0 {
					t.Say("mydata.nothing_to_correct")
					t.Done()
					return
				}
				t.Say("mydata.which")
				var choices []Choice
				for _, o := range options {
					choices = append(choices, Choice{Label: o.Label, Value: "mydata/which/" + o.Value})
				}
				t.Offer(choices...)
			},
			Take: func(t *Turn, in Input) bool {
				o, ok := in.Pick(t.correctable())
				if !ok {
					return false
				}
				form, question, _ := strings.Cut(o.Value, ".")
				t.Done()
				t.Push(form, question, "only", "yes", "intro", "said")
				return true
			},
		},
	}}
}

// options makes options whose labels are the texts "choice.FLOW.VALUE".
func (t *Turn) options(flow string, values ...string) []Option {
	options := make([]Option, len(values))
	for i, v := range values {
		options[i] = Option{Value: v, Label: t.Text("choice." + flow + "." + v)}
	}
	return options
}

// correctable lists the answers given, in the order asked.
func (t *Turn) correctable() []Option {
	var options []Option
	for _, f := range t.formsInOrder() {
		for _, q := range f.Questions {
			if v, ok := t.Person.Answer(f.Name, q.ID); ok && v.Text != "" {
				options = append(options, Option{Value: f.Name + "." + q.ID, Label: f.short(t, q), Also: []string{q.Short}})
			}
		}
	}
	return options
}

func (t *Turn) formsInOrder() []*Form {
	var forms []*Form
	for _, name := range []string{"profile", "eligibility"} {
		if f := t.Event.Forms[name]; f != nil {
			forms = append(forms, f)
		}
	}
	for _, name := range sortedKeys(t.Person.Forms) {
		if f := t.Event.Forms[name]; f != nil && name != "profile" && name != "eligibility" {
			forms = append(forms, f)
		}
	}
	return forms
}

// everything lists all that is kept.
func (t *Turn) everything() string {
	lines := slices.Concat(t.selfLines(), t.answerLines(), t.fileLines(), t.workshopLines(), t.elsewhereLines())
	return t.Text("mydata.title") + "\n• " + strings.Join(lines, "\n• ")
}

// kept is one line of what is kept.
func (t *Turn) kept(key string, value any) string {
	return t.Text("mydata."+key) + ": " + fmt.Sprint(value)
}

// selfLines say who the person is to Olle, and what they wish.
func (t *Turn) selfLines() []string {
	p := t.Person
	lines := []string{t.kept("ref", p.Ref)}
	for _, a := range p.Addresses {
		lines = append(lines, t.kept("address", a.Platform()))
	}
	if p.Consent != nil {
		lines = append(lines, t.kept("consent", p.Consent.Version+", "+t.moment(p.Consent.At)))
	}
	if p.Language != "" {
		lines = append(lines, t.kept("language", t.texts.Name))
	}
	if p.Zone != "" {
		lines = append(lines, t.kept("zone", p.Zone))
	}
	for _, state := range t.wishes() {
		lines = append(lines, t.kept("reminders", state))
	}
	if p.Late != nil {
		lines = append(lines, t.kept("late", t.moment(p.Late.Until)))
	}
	return lines
}

// answerLines are the answers given in forms that are not anonymous.
func (t *Turn) answerLines() (lines []string) {
	for _, f := range t.formsInOrder() {
		for _, q := range f.Questions {
			if v, ok := t.Person.Answer(f.Name, q.ID); ok && v.Text != "" {
				lines = append(lines, f.short(t, q)+": "+f.shown(t, q, v))
			}
		}
	}
	return lines
}

// fileLines are the files sent.
func (t *Turn) fileLines() (lines []string) {
	for _, it := range t.Event.Items {
		if u := t.Person.Items[it.ID]; u != nil {
			lines = append(lines, it.Name+": "+u.Name+", "+Bytes(u.Size)+", "+t.moment(u.Sent))
		}
	}
	for _, u := range t.Person.Loose {
		lines = append(lines, t.kept("loose", u.Name))
	}
	return lines
}

// workshopLines are where the person was, what they got for it, and that they said how it was.
func (t *Turn) workshopLines() (lines []string) {
	p := t.Person
	if names := t.presentOf(); len(names) > 0 {
		lines = append(lines, t.kept("attended", strings.Join(names, ", ")))
	}
	if p.Certificate != nil {
		lines = append(lines, t.kept("certificate", p.Certificate.Name+", "+p.Certificate.Code))
	}
	for _, form := range sortedKeys(p.Sheets) {
		lines = append(lines, t.kept("draft", t.sheetTitle(form)))
	}
	for _, form := range p.Handed {
		lines = append(lines, t.kept("handed", t.sheetTitle(form)))
	}
	return lines
}

// elsewhereLines are what lies in other documents than the person's own.
func (t *Turn) elsewhereLines() (lines []string) {
	if n := t.announcedStill(); n > 0 {
		lines = append(lines, t.kept("announced", n))
	}
	for _, line := range t.quizLines() {
		lines = append(lines, t.kept("quizzes", line))
	}
	lines = append(lines, t.apartLines()...)
	for _, r := range t.helpRequests() {
		lines = append(lines, t.kept("help", strings.Join(append([]string{r.Ref}, r.own()...), " / ")))
	}
	return lines
}
