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
}

// beginEligibility starts the pre-check anew: an old result must not be mistaken for a new one.
func beginEligibility(t *Turn, _ string) {
	f := t.Event.Forms["eligibility"]
	if f == nil {
		t.reply("who can apply", t.Event.Answers.Answer("who can apply"))
		return
	}
	if r := t.Person.Forms["eligibility"]; r != nil && !r.Done.IsZero() {
		delete(t.Person.Forms, "eligibility")
	}
	t.startForm(f, f.first(t.Person))
}

// startForm begins a form, after the consent where it asks for personal data.
func (t *Turn) startForm(f *Form, question string, vars ...string) {
	if f.Consent {
		t.Begin(f.Name, question, vars...)
		return
	}
	t.Push(f.Name, question, vars...)
}
