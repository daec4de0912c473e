package flows

import (
	"fmt"
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
	p := t.Person
	lines := []string{t.Text("mydata.title")}
	add := func(key string, value any) {
		lines = append(lines, "• "+t.Text("mydata."+key)+": "+fmt.Sprint(value))
	}
	add("ref", p.Ref)
	for _, a := range p.Addresses {
		add("address", a.Platform())
	}
	if p.Consent != nil {
		add("consent", p.Consent.Version+", "+t.moment(p.Consent.At))
	}
	if p.Language != "" {
		add("language", t.texts.Name)
	}
	if p.Zone != "" {
		add("zone", p.Zone)
	}
	for _, state := range t.wishes() {
		add("reminders", state)
	}
	if p.Late != nil {
		add("late", t.moment(p.Late.Until))
	}
	for _, f := range t.formsInOrder() {
		for _, q := range f.Questions {
			if v, ok := p.Answer(f.Name, q.ID); ok && v.Text != "" {
				lines = append(lines, "• "+f.short(t, q)+": "+f.shown(t, q, v))
			}
		}
	}
	for _, it := range t.Event.Items {
		if u := p.Items[it.ID]; u != nil {
			lines = append(lines, "• "+it.Name+": "+u.Name+", "+Bytes(u.Size)+", "+t.moment(u.Sent))
		}
	}
	for _, u := range p.Loose {
		lines = append(lines, "• "+t.Text("mydata.loose")+": "+u.Name)
	}
	if names := t.presentOf(); len(names) > 0 {
		add("attended", strings.Join(names, ", "))
	}
	if p.Certificate != nil {
		add("certificate", p.Certificate.Name+", "+p.Certificate.Code)
	}
	for _, form := range sortedKeys(p.Sheets) {
		add("draft", t.sheetTitle(form))
	}
	for _, form := range p.Handed {
		add("handed", t.sheetTitle(form))
	}
	if n := t.announcedStill(); n > 0 {
		add("announced", n)
	}
	for _, line := range t.quizLines() {
		add("quizzes", line)
	}
	for _, line := range t.apartLines() {
		lines = append(lines, "• "+line)
	}
	for _, r := range t.helpRequests() {
		add("help", strings.Join(append([]string{r.Ref}, r.own()...), " / "))
	}
	return strings.Join(lines, "\n")
}
