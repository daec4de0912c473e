package flows_test

import (
	"strings"
	"testing"
)

// /objectives and /programme tell what event.yaml lists, unless the pack has an answer of its own.
func TestObjectivesAndModulesOfThePack(t *testing.T) {
	listed := []string{"event.yaml:objectives", "[Meet over tea., Learn to pour.]", "event.yaml:modules", "[Leaves, Water]"}
	r := tea(t, listed...)
	if got := say(t, r, "/objectives"); !strings.Contains(got, "What Tea 2027 is for:\n\n• Meet over tea.\n• Learn to pour.") {
		t.Error(got)
	}
	if got := say(t, r, "/programme"); !strings.Contains(got, "The modules of Tea 2027:\n1. Leaves\n2. Water") {
		t.Error(got)
	}
	r = tea(t)
	for _, typed := range []string{"/objectives", "/programme"} {
		if got := say(t, r, typed); !strings.Contains(got, "the announcement does not say it") {
			t.Errorf("%s: %s", typed, got)
		}
	}
	r = tea(t, append(listed, "answers.yaml", `concepts:
  filler: [the, of, are, what, is]
  goal: [objectives]
texts: {empty: Please write in words., unknown: I do not know.}
topics:
  - {id: goals, source: Page 1, when: [goal], ask: [what are the objectives], answer: To drink tea.}
`)...)
	if got := say(t, r, "/objectives"); !strings.Contains(got, "To drink tea.") || strings.Contains(got, "pour") {
		t.Error(got)
	}
	if got := say(t, r, "/programme"); !strings.Contains(got, "2. Water") {
		t.Error(got)
	}
}
