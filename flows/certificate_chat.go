package flows

import (
	"fmt"
	"strings"
)

// Standing is how one person stands towards a certificate, for organisers.
type Standing struct {
	Ref, Name string // the name as it is to be printed
	Lacking   Lacking
	Given     string // the certificate's code
	Unwritten bool   // the font of papers lacks letters of the name
	Joined    bool   // its script is one that papers cannot print with any font
}

// Standings lists everybody who takes part. e is the event as it stands; released says whether seats ever were.
func (b *Book) Standings(src Source, e *Event, released bool) (all []Standing, err error) {
	held, err := heldSessions(src, e)
	if err != nil {
		return nil, err
	}
	var names []string
	err = everyCard(src, func(name string, c Card) {
		if c.Stage == "confirmed" || !released {
			names = append(names, name)
		}
	})
	for _, name := range names {
		if err != nil {
			return nil, err
		}
		var docs []Doc
		if docs, err = src.Load("person/" + name); err != nil || docs[0].Data == nil {
			continue
		}
		var p Person
		if err = decode(docs[0], &p); err != nil || p.Seat == nil && len(p.Attended) == 0 {
			continue
		}
		s := Standing{Ref: p.Ref, Name: p.paperName()}
		s.Lacking, err = p.Lacks(src, e, held)
		if p.Certificate != nil {
			s.Given = p.Certificate.Code
		}
		s.Joined = b.joined(s.Name)
		s.Unwritten = b.Covers != nil && !b.Covers(s.Name) && !s.Joined
		all = append(all, s)
	}
	return all, err
}

func (b *Book) joined(name string) bool { return b.Joined != nil && b.Joined(name) }

// certificates is /certificates [release|give REF|revoke REF].
func certificates(t *Turn, args string) {
	words := append(strings.Fields(strings.ToLower(args)), "", "")
	switch {
	case words[0] == "":
		t.sayStandings()
	case words[0] == "release" && words[1] == "now":
		t.postAs(eventKey(t.Event.ID), "event/certify", nil)
		t.Say("team.certificates_released")
	case words[0] == "release":
		t.Say("team.certificates_sure")
		t.Offer(Choice{Label: t.Text("team.certificates_button"), Value: "/certificates release now"})
	case words[0] == "give", words[0] == "revoke":
		name, c, ok := t.byRef(words[1])
		if t.err == nil && !ok {
			t.Say("team.attend_who", "ref", strings.ToUpper(words[1]))
			break
		}
		call, key := "certificate/give", "team.certificates_given"
		if words[0] == "revoke" {
			call, key = "certificate/revoke", "team.certificates_revoked"
		}
		t.postAs("person/"+name, call, nil)
		t.Say(key, "who", strings.TrimSpace(RefOf(t.Event, name)+" "+c.Name))
	default:
		t.Say("team.certificates_how")
	}
	t.asked = t.top() != nil && len(t.choices) == 0
}

// sayStandings says who has fulfilled the rule, who lacks what, and whose name cannot be printed.
func (t *Turn) sayStandings() {
	all, err := t.Book.Standings(t.src, t.Event, t.changes.Release != nil)
	if err != nil {
		t.err = err
		return
	}
	var lacking, unwritten, joined []string
	ready, given := 0, 0
	for _, s := range all {
		if s.Given != "" {
			given++
		}
		if s.Unwritten {
			unwritten = append(unwritten, s.Ref)
		}
		if s.Joined {
			joined = append(joined, s.Ref)
		}
		if s.Lacking.None() {
			ready++
		} else if s.Given == "" {
			lacking = append(lacking, "• "+strings.TrimSpace(s.Ref+" "+strings.TrimPrefix(s.Name, s.Ref))+": "+s.Lacking.Words())
		}
	}
	t.Say("team.certificates", "ready", ready, "given", given, "lack", len(lacking))
	if rule := t.certificateRule(); rule != "" {
		t.Say("team.certificates_rule", "rule", rule)
	} else {
		t.Say("team.certificates_no_rule")
	}
	if len(lacking) > 0 {
		t.Say("team.certificates_lacking")
		t.Tell(strings.Join(lacking[:min(len(lacking), mostListed)], "\n"))
	}
	if len(unwritten) > 0 {
		t.Say("team.certificates_script", "refs", strings.Join(unwritten, ", "))
	}
	if len(joined) > 0 {
		t.Say("team.certificates_joined", "refs", strings.Join(joined, ", "))
	}
	if t.changes.Certified.IsZero() {
		t.Offer(Choice{Label: t.Text("team.certificates_button"), Value: "/certificates release"})
	}
}

// Words say what is missing in a few words, for organisers.
func (l Lacking) Words() string {
	if l.Observer {
		return "observer"
	}
	var parts []string
	if l.Present < l.Need {
		parts = append(parts, fmt.Sprintf("present in %d of %d sessions, %d needed", l.Present, l.Held, l.Need))
	}
	if len(l.Tasks) > 0 {
		parts = append(parts, strings.Join(l.Tasks, ", "))
	}
	if l.Plan {
		parts = append(parts, "action plan")
	}
	if l.Evaluation {
		parts = append(parts, "evaluation")
	}
	return strings.Join(parts, "; ")
}

func (t *Turn) certificateRule() string {
	var parts []string
	rule := t.Event.Certificate
	if rule.Attendance > 0 {
		parts = append(parts, t.Text("team.certificates_rule_attendance", "percent", int(rule.Attendance*100+0.5)))
	}
	if rule.Tasks {
		parts = append(parts, t.Text("team.certificates_rule_tasks"))
	}
	if rule.Plan {
		parts = append(parts, t.Text("team.certificates_rule_plan"))
	}
	if rule.Evaluation {
		parts = append(parts, t.Text("team.certificates_rule_evaluation"))
	}
	return strings.Join(parts, ", ")
}
