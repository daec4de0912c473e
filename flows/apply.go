package flows

// Applying is: the consent, the profile form of the pack, then the checklist of documents. It never ends with "submitted": the
// organisers decide, and the official channel may be e-mail.
func beginApply(t *Turn, _ string) {
	if t.late(t.At) {
		t.Say("closed.apply")
		t.Offer(t.Command("programme"), t.Command("human"))
		return
	}
	t.Person.Talk = nil
	profile := t.Event.Forms["profile"]
	if profile != nil && (t.Person.Forms["profile"] == nil || t.Person.Forms["profile"].Done.IsZero()) {
		t.Begin("profile", profile.first(t.Person))
		return
	}
	beginDocuments(t, "")
}

// afterForm holds what follows a form beyond its verdict, by the form's name.
var afterForm = map[string]func(*Turn){
	"profile": func(t *Turn) {
		if t.Person.Began.IsZero() {
			t.Person.Began = t.At
			t.Say("apply.begun")
		}
		if t.top() == nil {
			t.Push("documents", "pick")
		}
	},
	"plan": planned,
}

// beginEligibility is the pre-check; an edition without the form answers the question, if it can.
func beginEligibility(t *Turn, _ string) {
	if f := t.Event.Forms["eligibility"]; f != nil {
		t.beginForm(f)
		return
	}
	t.answerOr("who can apply", "eligibility.none")
}

// answerOr answers a question from the pack, or says a sentence where the pack does not know it.
func (t *Turn) answerOr(question, otherwise string) {
	if a := t.Event.Answers.Answer(question); a.Known && !a.None && !a.Danger {
		t.reply(question, a)
	} else {
		t.Say(otherwise)
	}
	t.asked = t.top() != nil
}

// beginForm takes a form up where it was left, or anew when it was finished: then every question is asked again, and what was
// answered before stays until it is. The consent comes first where the form asks for personal data.
func (t *Turn) beginForm(f *Form) {
	if f.Anonymous {
		t.beginSheet(f)
		return
	}
	step, vars := f.first(t.Person), []string(nil)
	if r := t.Person.Forms[f.Name]; r != nil && !r.Done.IsZero() {
		step, vars = f.Questions[0].ID, []string{"anew", "yes"}
	}
	if f.Consent {
		t.Begin(f.Name, step, vars...)
		return
	}
	t.Push(f.Name, step, vars...)
}
