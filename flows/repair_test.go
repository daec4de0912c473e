package flows_test

import (
	"strings"
	"testing"

	"olle/flows"
)

// "change e-mail" is what Olle itself proposes: it works wherever it is typed, and the pending question is asked again.
func TestChangeAnAnswerFromAnywhere(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	if out := say(t, r, "change e-mail"); !strings.Contains(out, "Your answer so far: nina@example.org") {
		t.Errorf("while documents are asked for: %s", out)
	}
	if out := say(t, r, "nina@moj.example"); !strings.Contains(out, "Changed.") || !strings.Contains(out, "Which one do you want to send?") {
		t.Errorf("and then: %s", out)
	}
	if out := say(t, r, "cancel", "change my name"); !strings.Contains(out, "Your answer so far: Nina Rai") {
		t.Errorf("when nothing is pending: %s", out)
	}
	if out := say(t, r, "Nina Rai Thapa", "/mydata"); !strings.Contains(out, "Nina Rai Thapa") || !strings.Contains(out, "nina@moj.example") {
		t.Errorf("kept: %s", out)
	}
	if out := say(t, r, "/human", "wrong amount in the table"); !strings.Contains(out, "on record") {
		t.Errorf("words for the organisers: %s", out)
	}
}

// Who stops hears only what is so: nothing is kept of a question, and there is nothing to apply for after the deadline.
func TestStoppingPromisesNothing(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	for _, begun := range []string{"/airfare", "/language", "/apply"} {
		if out := say(t, r, begun, "cancel"); strings.Contains(out, "kept") || !strings.Contains(out, "Stopped") {
			t.Errorf("%s: %s", begun, out)
		}
	}
	if out := say(t, r, "/apply", "I agree", "cancel"); !strings.Contains(out, "/apply to go on later") {
		t.Errorf("an application: %s", out)
	}
}

// Who has not said yes or no is asked for that, before being told what a no means.
func TestNeitherYesNorNo(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	if out := say(t, r, "/apply", "I agree", "someone else", "She is Siti"); strings.Contains(out, "Without that person") || !strings.Contains(out, "Please answer yes or no") {
		t.Errorf("neither: %s", out)
	}
	if out := say(t, r, "no"); !strings.Contains(out, "Without that person's agreement") {
		t.Errorf("no: %s", out)
	}
}

// "form" asks for the blank form of the document asked for, and not for another document.
func TestAskForTheBlankForm(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	if out := say(t, r, "2", "form"); !strings.Contains(out, "Please send document 2") || !strings.Contains(out, "The blank form: http") {
		t.Errorf("form: %s", out)
	}
	if out := say(t, r, "application form"); !strings.Contains(out, "Please send document 1") {
		t.Errorf("a document that is called so: %s", out)
	}
}

// What organisers mistype is told, and never becomes an announcement; help lists their commands, to them alone.
func TestWhatOrganisersMistype(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	candidate(t, r, guest, "Kathmandu")
	for line, want := range map[string]string{"/announce pause A99": "There is no announcement A99", "/announce status A99": "There is no announcement A99", "/announce cancel": "There are no announcements yet",
		"/decide VCA20-XXXXXX selected": "nobody with the reference VCA20-XXXXXX", "/help": "/decide – "} {
		if out := as(t, r, chair, line); !strings.Contains(out, want) {
			t.Errorf("%s: %s", line, out)
		}
	}
	if out := as(t, r, chair, "/announce Doors open at nine. | country=Japan"); strings.Contains(out, "()") || strings.Contains(out, ": .") || !strings.Contains(out, "They will read:\n\nDoors open") {
		t.Errorf("to nobody: %s", out)
	}
	if out := as(t, r, guest, "/help"); strings.Contains(out, "/decide") || strings.Contains(out, "organiser you") {
		t.Errorf("everybody's help: %s", out)
	}
	messages, err := r.Guest(chair, flows.Update{Text: "/help", Chat: "telegram:-100"})
	if err != nil || strings.Contains(strings.Join(wordsOf(messages), ""), "/decide") {
		t.Errorf("help in a group: %v, %v", messages, err)
	}
}

// A question is answered as one: no name of an organisation ends with a question mark. And an address in a sentence is the answer to the
// question for one, also where a person has been offered in between.
func TestWordsAroundAnAnswer(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	if out := say(t, r, "/apply", "I agree", "myself", "Nina Rai", "what do you mean by organisation?"); !strings.Contains(out, "Please write the name of the organisation") {
		t.Errorf("a question: %s", out)
	}
	say(t, r, "Ministry", "Head", "government", "senior", "3,5", "Kathmandu", "Kathmandu", "Nepal", "nina at example", "nina(at)example")
	if out := say(t, r, "my email is nina@gmail.com"); strings.Contains(out, "Careful") || !strings.Contains(out, "0 of 7") {
		t.Errorf("an address in a sentence: %s", out)
	}
	if out := say(t, r, "/mydata"); !strings.Contains(out, "nina@gmail.com") || !strings.Contains(out, "Years of experience: 3.5") {
		t.Errorf("kept: %s", out)
	}
}

// Where there is nothing to go back to, that is all there is to say: it need not be the first question.
func TestNothingToGoBackTo(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	if out := say(t, r, "/quiz module1-concepts", "go on", "a", "back"); strings.Contains(out, "first question") || !strings.Contains(out, "no earlier question") {
		t.Errorf("back in a quiz: %s", out)
	}
}
