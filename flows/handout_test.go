package flows_test

import (
	"fmt"
	"strings"
	"testing"

	"olle/flows"
)

// Where a file could not be carried, its message is said without it, to the same chat, which is not taken for lost.
func TestUndeliveredFile(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	lost := flows.Message{To: guest, Text: "Here it is.", Choices: []flows.Choice{{Label: "Later", Value: "x"}}, File: &flows.File{Handle: "eml:x", Name: "x.eml"}, Reply: "handle"}
	messages, err := r.Post(flows.Update{From: guest, Private: true, Call: "person/undelivered", Args: flows.Must(lost)})
	if err != nil || len(messages) != 1 {
		t.Fatalf("%+v (%v)", messages, err)
	}
	m := messages[0]
	if m.To != guest || m.File != nil || m.Reply != "" || len(m.Choices) != 1 || !strings.HasPrefix(m.Text, "Here it is.\n\n") || !strings.Contains(m.Text, "x.eml") {
		t.Errorf("said instead: %+v", m)
	}
	if messages, err = r.Guest(guest, flows.Update{Text: "/status"}); err != nil || len(messages) != 1 || messages[0].To != guest {
		t.Errorf("afterwards: %+v (%v)", messages, err)
	}
}

// /mydata hands everything out as a file.
func TestMyDataAsAFile(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	say(t, r, "/mydata")
	messages, err := r.Guest(guest, flows.Update{Text: "give me all as a file"})
	if err != nil || len(messages) == 0 || messages[0].File == nil {
		t.Fatalf("%+v (%v)", messages, err)
	}
	if f := messages[0].File; f.Handle != "mydata:"+flows.PersonID(guest) || !strings.HasSuffix(f.Name, "-my-data.zip") || f.Type != "application/zip" {
		t.Errorf("handed out: %+v", f)
	}
}

// Names outside are canonical: number, document, version by time; what is not kept has none.
func TestFilesOfAPerson(t *testing.T) {
	up := func(id, state, kind string, before *flows.Upload) *flows.Upload {
		return &flows.Upload{ID: id, State: state, Type: kind, Before: before}
	}
	p := &flows.Person{
		Items: map[string]*flows.Upload{
			"cv":          up("c", "refused", "pdf", up("b", "received", "docx", up("a", "received", "jpeg", nil))),
			"application": up("d", "receiving", "", nil),
			"waiver":      {ID: "g", State: "accepted", Type: "jpeg", More: []*flows.Upload{up("h", "received", "png", nil), up("i", "refused", "", nil)}},
		},
		Attached: map[string]*flows.Upload{"registration.passport scan": up("e", "received", "png", nil)},
		Loose:    []*flows.Upload{up("f", "received", "pdf", nil)},
	}
	var got []string
	for _, k := range p.Files(book(t).Current) {
		got = append(got, fmt.Sprintf("%s %s v%d %s", k.ID, k.Status, k.Version, k.Path))
	}
	want := "d receiving v1 |g counts v1 3_waiver_v1_p1.jpg|h counts v1 3_waiver_v1_p2.png|i refused v1 |a replaced v1 7_cv_v1.jpg|b counts v2 7_cv_v2.docx|c refused v3 |e answer v0 answer_registration-passport-scan.png|f unassigned v0 unassigned_1.pdf"
	if strings.Join(got, "|") != want {
		t.Errorf("got\n%s, want\n%s", strings.Join(got, "|"), want)
	}
}
