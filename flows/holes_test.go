package flows_test

import (
	"strings"
	"testing"
)

// What the event does not have is not spoken of: an address, hours, a time of reply.
func TestSentencesHaveNoHoles(t *testing.T) {
	r := tea(t, "event.yaml:channel", "bot", "event.yaml:email", "")
	if got := say(t, r, "/apply", "I do not agree"); !strings.HasSuffix(strings.TrimSpace(got), "I can still answer questions.") {
		t.Error(got)
	}
	if got := say(t, r, "/human Is there cake?", "I agree"); !strings.HasSuffix(strings.TrimSpace(got), "-1. You can see it with /status.") {
		t.Error(got)
	}
	if got := say(t, r, "/status"); strings.Contains(got, "usually") {
		t.Error(got)
	}
	r = tea(t, "event.yaml:help", "{hours: in the morning, reply: soon}")
	if got := say(t, r, "/human Is there cake?", "I agree"); !strings.Contains(got, "-1. The organisers answer in the morning, usually soon. You can see it with /status. You can also write to tea@example.org.") {
		t.Error(got)
	}
}
