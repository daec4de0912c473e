package flows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A help request is on record before the person is told so. It has a history of its own (subject "help/REF"), because more than one
// organiser may work on it.
type HelpRequest struct {
	Ref    string
	Person string // "person/…"
	Text   string
	Opened time.Time
	State  string // "open"
}

func humanFlow() *Flow {
	return &Flow{Name: "human", Steps: []Step{{
		Name: "topic",
		Ask: func(t *Turn) {
			t.Say("human.topic")
			t.Offer(t.Choice("nothing"))
		},
		Take: func(t *Turn, in Input) bool {
			if in.Is(Option{Value: "nothing", Label: t.Text("choice.human.nothing")}) {
				t.Say("human.nothing")
				t.Done()
				return true
			}
			if in.Text == "" {
				return false
			}
			t.openHelp(in.Text)
			t.Done()
			return true
		},
		Free: true,
	}}}
}

// openHelp posts a new request to its own subject and tells the person what happens next.
func (t *Turn) openHelp(text string) {
	ref := fmt.Sprintf("H-%s-%d", strings.TrimPrefix(t.Person.Ref, t.Event.Prefix+"-"), len(t.Person.Help)+1)
	t.Person.Help = append(t.Person.Help, ref)
	t.out.Posts = append(t.out.Posts, Update{
		ID: t.ID + "/help", Subject: "help/" + ref, Call: "help/open", Sent: t.Sent, At: t.At,
		Args: Must(HelpRequest{Ref: ref, Person: t.Person.ID, Text: text, Opened: t.At, State: "open"}),
	})
	t.Say("human.opened", "ref", ref)
	if a := t.Event.Answers.Answer(text); a.Known && a.Question && !a.None {
		t.Say("human.meanwhile")
		t.Quote(a.Text)
	}
}

// beginHuman is /human, with or without what to pass on.
func beginHuman(t *Turn, text string) {
	t.Begin("human", "topic")
	if text != "" && t.agreed() {
		t.openHelp(text)
		t.Done()
	}
}

// playHelp plays a help request's own history.
func (b *Book) playHelp(u Update, src Source) (Outcome, error) {
	docs, err := src.Load(u.Subject)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Subject: u.Subject, Check: docs, Visited: []string{u.Call}}
	var request HelpRequest
	if err := decode(docs[0], &request); err != nil {
		return Outcome{}, err
	}
	switch {
	case u.Call == "help/open" && request.Ref == "":
		if err := json.Unmarshal(u.Args, &request); err != nil {
			return Outcome{}, fmt.Errorf("flows: help request: %w", err)
		}
		note := b.Current.Texts["en"].Text("human.for_organisers", func(name string) (string, bool) {
			return request.Ref, name == "ref"
		})
		for _, a := range b.Organisers {
			out.Messages = append(out.Messages, Message{To: a, Text: note})
		}
	case u.Call == "help/move" && request.Ref != "":
		_ = json.Unmarshal(u.Args, &request.Person)
	case u.Call == "help/forget":
		out.Put = []Doc{{Key: u.Subject}}
		return out, nil
	default:
		return out, nil
	}
	out.Put = []Doc{{Key: u.Subject, Data: Must(request)}}
	return out, nil
}
