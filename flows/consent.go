package flows

import "slices"

// The consent comes before the first personal datum. It does not replace document 4 of the announcement, which is a consent to the
// organisers, and the notice says so.
func consentFlow() *Flow {
	return &Flow{Name: "consent", Steps: []Step{{
		Name: "ask",
		Ask: func(t *Turn) {
			if t.brief {
				t.Say("consent.again")
			} else {
				t.Say("consent.notice", "care", t.Text("consent.care"))
			}
			t.Offer(t.Choice("agree"), t.Choice("decline"))
		},
		Take: func(t *Turn, in Input) bool {
			// Only clear words count, never a part of one.
			agree := Option{Value: "agree", Label: t.Text("choice.consent.agree"), Also: slices.Concat(t.texts.Words("words.yes"), []string{"1"})}
			decline := Option{Value: "decline", Label: t.Text("choice.consent.decline"), Also: slices.Concat(t.texts.Words("words.no"), []string{"2"})}
			switch {
			case in.Is(agree) && !in.Is(decline):
				t.Person.Consent = &Agreed{Version: t.Event.Consent.Version, At: t.At}
				t.Say("consent.thanks")
				t.Done()
			case in.Is(decline):
				t.Person.Talk = nil // what needed the consent ends with it
				t.Say("consent.declined")
				t.menu()
			default:
				return false
			}
			return true
		},
	}}}
}
