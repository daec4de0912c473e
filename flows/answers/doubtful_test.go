package answers

import (
	"strings"
	"testing"
)

func TestShortCountryNamesThatMissALetterAreReadOnlyInTalkOfAirfare(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	if a := x.Answer("nepl airfare amount"); !strings.Contains(a.Text, "US$ 950") || !strings.Contains(a.Text, `I read "nepl" as Nepal`) {
		t.Errorf("what was read is said: %s", a.Text)
	}
	for _, q := range []string{"nepl", "is nepl a selected word", "neat airfare amount", "nail airfare"} {
		if a := x.Answer(q); strings.Contains(a.Text, "US$ 950") {
			t.Errorf("%q: %s", q, a.Text)
		}
	}
}

func TestTwoReadingsAsLikelyAreBothAnswered(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	if a := x.Answer("where to email my cv"); !strings.Contains(a.Text, "cifaljeju.jitc.1@gmail.com") {
		t.Error(a.Text)
	}
	if a := x.Answer("who can apply"); strings.Contains(a.Text, "\n") {
		t.Errorf("a clear question has one answer: %s", a.Text)
	}
}

func TestWhatIsOpenAboutATicketComesWithThePrintedAmount(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	a := x.Answer("laos ticket transit bangkok which amount")
	if !strings.Contains(a.Text, "US$ 650") || strings.Contains(a.Text, "US$ 450") {
		t.Error(a.Text)
	}
}
