package main

import (
	"strings"
	"testing"
)

// "event get" shows everything that has a value, also what is named after a session, a text or a prepared answer.
func TestEventGetListsWhatHasAValue(t *testing.T) {
	t.Parallel()
	env := begun(t, moved(t.TempDir(), ""))
	for _, set := range [][2]string{
		{"session.opening", "2020-03-31 09:00-10:30 | lecture | Opening | Hall A | Speaker"}, {"text.help.inside", "We have it."}, {"help.canned.visa", "Ask your embassy."},
	} {
		if code, out, errs := olle(t, env, "", "event", "set", set[0], set[1]); code != exitOK {
			t.Fatalf("%s: %s%s", set[0], out, errs)
		}
	}
	code, out, errs := olle(t, env, "", "event", "get")
	if code != exitOK {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	for _, line := range []string{"deadline: 2020-02-14T", "session.opening: 2020-03-31 09:00-10:30 | lecture", "text.help.inside: We have it.", "help.canned.visa: Ask", "announce.approval: "} {
		if !strings.Contains("\n"+out, "\n"+line) {
			t.Errorf("no %q in %s", line, out)
		}
	}
	if strings.Contains(out, "KEY") || strings.Contains(out, "ID") {
		t.Errorf("patterns are shown: %s", out)
	}
}
