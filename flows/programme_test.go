package flows_test

import (
	"strings"
	"testing"
)

// Whose clock shows another time than the event's reads their own beside it, with the weekday where that differs; everybody else reads none.
func TestTheProgrammeIsToldInTheReadersTimeToo(t *testing.T) {
	for place, want := range map[string]string{"Lisbon": "(03:00 your time)", "Honolulu": "(Mon 3 May, 16:00 your time)", "Bangkok": ""} {
		r := tea(t, "event.yaml:sessions", `
  - {id: opening, name: Opening, kind: lecture, start: 4 May 2027 (Tuesday) 09:00, end: 4 May 2027 (Tuesday) 10:30, room: Hall, speakers: [Ann]}`,
			"forms/profile.yaml", "title: You\nquestions:\n  - {id: workplace, type: place, ask: Where do you work?}\n")
		say(t, r, "/apply", "I agree", place, "/cancel")
		for _, asked := range []string{"/programme", "/programme next"} {
			got := say(t, r, asked)
			line := "09:00–10:30 Opening, Hall (Ann)"
			if want != "" {
				line += " " + want
			}
			if !strings.Contains(got, line+"\n") || want == "" && strings.Contains(got, "your time") {
				t.Errorf("%s, %s: %s", place, asked, got)
			}
		}
	}
}
