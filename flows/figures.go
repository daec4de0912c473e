package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"olle/flows/places"
)

// What organisers ask for in chat: /stats, /missing, /decide. They are private: in a group nothing of it is said.

// figures count people by how far they have come.
type figures struct {
	People    int
	Stages    map[string]int
	Countries map[string]int // of those who began to apply, by ISO code; "" unknown
	Items     map[string]int // received, by item
}

// stageNames lists the stages in their order.
func stageNames() []string {
	return []string{"new", "talking", "applying", "complete", "mailed", "selected", "confirmed"}
}

// count adds one card.
func (f *figures) count(c Card) {
	if len(c.Rights) > 0 {
		return // organisers are no applicants
	}
	f.People++
	f.Stages[c.Stage]++
	if c.Stage != "new" && c.Stage != "talking" {
		f.Countries[c.Country]++
	}
	for _, it := range c.Items {
		f.Items[it]++
	}
}

// stats is /stats.
func stats(t *Turn, _ string) {
	f := figures{Stages: map[string]int{}, Countries: map[string]int{}, Items: map[string]int{}}
	if t.err = everyCard(t.src, func(_ string, c Card) { f.count(c) }); t.err != nil {
		return
	}
	lines := []string{t.Text("team.stats", "n", f.People)}
	for _, stage := range stageNames() {
		if n := f.Stages[stage]; n > 0 {
			lines = append(lines, fmt.Sprintf("• %s: %d", stage, n))
		}
	}
	for _, it := range t.Event.Items {
		lines = append(lines, fmt.Sprintf("%d. %s: %d", it.Number, it.Short, f.Items[it.ID]))
	}
	codes := sortedKeys(f.Countries)
	slices.SortStableFunc(codes, func(a, b string) int { return f.Countries[b] - f.Countries[a] })
	for _, code := range codes {
		lines = append(lines, fmt.Sprintf("%s: %d", cmp.Or(places.Name(code), "?"), f.Countries[code]))
	}
	t.Tell(strings.Join(lines, "\n"))
	t.asked = t.top() != nil
}

// mostListed is how many people one answer in chat lists; the console lists all.
const mostListed = 40

// missing is /missing 6: who began to apply and lacks a document.
func missing(t *Turn, args string) {
	o, ok := (Input{Text: args}).Pick(t.itemOptions())
	if !ok {
		t.Say("team.missing_which", "of", len(t.Event.Items))
		return
	}
	audience := Audience{{Key: "missing", Values: []string{o.Value}}}
	var refs []string
	n := 0
	t.err = everyCard(t.src, func(name string, c Card) {
		if audience.Has(c, name) {
			if n++; n <= mostListed {
				refs = append(refs, strings.TrimSpace(RefOf(t.Event, name)+" "+c.Name))
			}
		}
	})
	t.Say("team.missing", "n", n, "name", t.Event.Item(o.Value).Name)
	t.Tell(strings.Join(refs, "\n"))
	if n > mostListed {
		t.Say("team.more", "n", n-mostListed)
	}
	t.asked = t.top() != nil
}

// decideCommand is /decide REF selected | waiting N | declined | open, /decide REF and a role of the pack, and /decide release.
func decideCommand(t *Turn, args string) {
	words := strings.Fields(strings.ToLower(args))
	switch {
	case len(words) == 1 && words[0] == "release":
		t.Say("team.release_sure")
		t.Offer(Choice{Label: t.Text("team.release_button"), Value: "/decide release now"})
		return
	case len(words) == 2 && words[0] == "release" && words[1] == "now":
		t.postAs(eventKey(t.Event.ID), "event/release", nil)
		t.Say("team.released")
		return
	case len(words) < 2:
		t.Say("team.decide_how")
		return
	}
	name, c, ok := t.byRef(words[0])
	if t.err != nil {
		return
	}
	if !ok {
		t.Say("team.attend_who", "ref", strings.ToUpper(words[0]))
	}
	if r, is := t.Event.role(words[1]); ok && is {
		t.postAs("person/"+name, "seat/role", Must(r.ID))
		t.Say("team.role", "ref", RefOf(t.Event, name), "who", c.Name, "role", r.Name)
		return
	}
	var d DecisionArgs
	switch words[1] {
	case "open":
	case "selected", "declined":
		d.State = words[1]
	case "waiting":
		d.State = "waiting"
		if len(words) > 2 {
			_, _ = fmt.Sscan(words[2], &d.Rank)
		}
	default:
		ok = false
	}
	if !ok || !d.valid() {
		t.Say("team.decide_how")
		return
	}
	if t.settled(name) {
		t.Say("team.decided_before", "ref", RefOf(t.Event, name), "who", c.Name)
		return
	}
	t.postAs("decision/"+name, "decision/set", Must(d))
	t.Say("team.decided", "ref", RefOf(t.Event, name), "who", c.Name, "state", strings.Join(words[1:], " "))
}

// settled says whether a person was told a decision that stands.
func (t *Turn) settled(name string) bool {
	docs, err := t.src.Load(DecisionKey(name), "person/"+name)
	if err != nil {
		t.err = err
		return false
	}
	var d Decision
	p, err := personOf(docs[1])
	return decode(docs[0], &d) == nil && err == nil && d.Settled(p)
}

// postAs posts what this organiser does to another subject, whose turn asks for the right again.
func (t *Turn) postAs(subject, call string, args []byte) {
	t.out.post(t.At, Update{ID: t.ID + "/as/" + call, Subject: subject, Call: call, From: t.From, Args: args})
}

// byRef finds a person by reference: "VCA20-7K3FQ2" or its last part.
func (t *Turn) byRef(ref string) (name string, c Card, ok bool) {
	short, err := readRef(t.Event, ref)
	if err != nil {
		return "", c, false
	}
	docs, err := t.src.List("card/"+strings.ToLower(short), "", 2)
	if err != nil {
		t.err = err
		return "", c, false
	}
	if len(docs) != 1 || decode(docs[0], &c) != nil {
		return "", c, false
	}
	return strings.TrimPrefix(docs[0].Key, "card/"), c, true
}
