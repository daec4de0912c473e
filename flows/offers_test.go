package flows_test

import (
	"slices"
	"strings"
	"testing"

	"olle/flows"
)

// What the pack has nothing for is in no menu and no list of commands, and answers with a sentence that says so.
func TestWhatThePackHasNothingFor(t *testing.T) {
	r := tea(t)
	for _, typed := range []string{"/start", "/help", "/cancel"} {
		messages, err := r.Guest(guest, flows.Update{Text: typed})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			for _, command := range []string{"/eligibility", "/airfare", "/glossary", "/group"} {
				if strings.Contains(m.Text, command) || slices.ContainsFunc(m.Choices, func(c flows.Choice) bool { return c.Value == command }) {
					t.Errorf("%s offers %s: %s %v", typed, command, m.Text, m.Choices)
				}
			}
		}
	}
	if got := say(t, r, "/help"); !strings.Contains(got, "\n/programme, /objectives – about") || !strings.Contains(got, "\n/documents – the 1 document and") {
		t.Error(got)
	}
	for typed, want := range map[string]string{
		"/eligibility": "no questions that check who can take part", "/airfare": "no table of contributions", "/airfare Kathmandu": "no table of contributions",
		"/glossary": "no list of abbreviations", "/glossary VAT": "no list of abbreviations", "/group": "no group work", "/group case 2": "no group work", "/deadline": "Tell me where you are in your application",
	} {
		if got := say(t, r, typed); !strings.Contains(got, want) || strings.Contains(got, "not sure what you mean") {
			t.Errorf("%s: %s", typed, got)
		}
	}
	for _, d := range r.Book.Current.Menu("en") {
		if slices.Contains([]string{"eligibility", "airfare", "glossary", "group"}, d.Name) {
			t.Errorf("/%s is in the networks' menus", d.Name)
		}
	}
	has := tea(t, "forms/eligibility.yaml", "title: For me?\nquestions:\n  - {id: tea, type: yesno, ask: Do you drink tea?}\n",
		"texts/en.yaml", "language: English\ntexts:\n  reminder.week: Soon.\n  groupwork.case.1: A cup is empty.\n", "event.yaml:glossary", "{TEA: a drink}")
	if got := say(t, has, "/help"); !strings.Contains(got, "\n/eligibility – ") || !strings.Contains(got, ", /glossary – ") || strings.Contains(got, "/airfare") {
		t.Error(got)
	}
	if e := has.Book.Current; !e.Offers("group") || !e.Offers("group case") || e.Offers("group campaign") || e.Offers("airfare") {
		t.Error("what groups work on is not told apart")
	}
}

// An application of a single document is spoken of as one, and the pack's own sentence goes before the shared one.
func TestASingleDocument(t *testing.T) {
	r := tea(t, "event.yaml:channel", "email")
	said := say(t, r, "/start") + say(t, r, "/apply", "I agree", "Nina", "Kathmandu", "no") + say(t, r, "+letter.pdf") + say(t, r, "I have e-mailed it") + say(t, r, "/documents")
	for _, want := range []string{"collect your 1 document.", "Now the document.", "Send the document to tea@example.org so that it arrives", "you have e-mailed your document.", "It is here."} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said: %s", want, said)
		}
	}
	if strings.Contains(said, "documents") {
		t.Error(said)
	}
	r = tea(t, "texts/en.yaml", "language: English\ntexts:\n  reminder.week: Soon.\n  apply.begun: You have begun.\n")
	if got := say(t, r, "/apply", "I agree", "Nina", "Kathmandu", "no"); !strings.Contains(got, "You have begun.") {
		t.Error(got)
	}
}
