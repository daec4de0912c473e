package flows_test

import (
	"strings"
	"testing"
)

// Where a complete set here is an application, people are told so, and not sent to a mailbox; where it is not, they are.
func TestWhatACompleteSetIsWorth(t *testing.T) {
	for channel, want := range map[string]struct{ says, not string }{
		"email": {"One step is left", "you have applied"},
		"bot":   {"nothing needs to be e-mailed", "One step is left"},
		"both":  {"With this you have applied: the organisers see your documents here. They need not be e-mailed as well; whoever would rather apply by e-mail can send them to tea@example.org instead.", "One step is left"},
	} {
		r := tea(t, "event.yaml:channel", channel)
		got := say(t, r, "/apply", "I agree", "Nina", "Kathmandu", "no", "+letter.pdf")
		if !strings.Contains(got, want.says) || strings.Contains(got, want.not) {
			t.Errorf("%s: %s", channel, got)
		}
		if got = say(t, r, "/documents"); strings.Contains(got, "e-mail") {
			t.Errorf("%s, afterwards: %s", channel, got)
		}
	}
}
