package console_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

func decode[T any](t testing.TB, data []byte) *T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return &v
}

const nina, minh = flows.Address("telegram:nina"), flows.Address("telegram:minh")

// An organiser finds an applicant, opens a document, and sends another back; the applicant hears why in their own language, and the item
// is missing again.
func TestSendingADocumentBack(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry of Home Affairs", "Kathmandu", "Nepal")
	o.says(nina, "/language ko")
	o.sends(nina, "curriculum.pdf", "CV")
	o.sends(nina, "nomination.pdf", "nomination letter")
	o.member("telegram:anna", "decide", "documents")
	b := o.signedIn("telegram:anna")

	o.eventually("the list knows Nina", func() bool { return strings.Contains(b.get("/applicants?q=nina").body, "Nina Rai") })
	p := o.person(nina)
	at := "/applicants/" + name(p)
	expect(t, b.get(at), http.StatusOK, "Nina Rai", "Ministry of Home Affairs", "Letter of nomination", "curriculum.pdf", "KST")

	file := b.post(at+"/file", b.form("upload", p.Items["cv"].ID))
	expect(t, file, http.StatusOK, "%PDF-")
	if d := file.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || !strings.Contains(file.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the file is shown, not saved: %v", file.header)
	}
	expect(t, b.get("/trail"), http.StatusOK, "file seen", p.Ref, "telegram:anna")

	expect(t, b.does(at+"/item", "upload", p.Items["nomination"].ID, "state", "returned", "reason", " "), http.StatusUnprocessableEntity, "write the reason")
	expect(t, b.does(at+"/item", "upload", p.Items["nomination"].ID, "state", "returned", "reason", "The stamp is missing."), http.StatusOK, "Sent back", "The stamp is missing.")
	expect(t, b.does(at+"/item", "upload", p.Items["cv"].ID, "state", "accepted"), http.StatusOK, "Accepted.")
	o.eventually("Nina hears the reason in Korean", func() bool {
		heard := o.net.heard(nina)
		return strings.Contains(heard, "The stamp is missing.") && strings.Contains(heard, "다시 보내") && strings.Contains(heard, "문제가 없었어요")
	})
	p = o.person(nina)
	if missing := p.Missing(o.book.Current); !slices.ContainsFunc(missing, func(i flows.Item) bool { return i.ID == "nomination" }) ||
		slices.ContainsFunc(missing, func(i flows.Item) bool { return i.ID == "cv" }) {
		t.Errorf("missing: %v", missing)
	}
	o.sends(nina, "stamped.pdf", "nomination letter")
	if o.person(nina).Received("nomination") == nil {
		t.Error("the new letter does not count")
	}
	expect(t, b.does(at+"/item", "upload", p.Items["nomination"].ID, "state", "accepted"), http.StatusOK, "a newer file came")
}

func TestNotesAreTheOrganisersAndGoWithThePerson(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "read")
	o.member("telegram:ben", "read")
	anna, ben := o.signedIn("telegram:anna"), o.signedIn("telegram:ben")
	at := "/applicants/" + name(o.person(nina))
	expect(t, anna.does(at+"/note", "text", "Called; will send the letter on Friday."), http.StatusOK, "is kept", "on Friday")
	docs, err := o.store.List(t.Context(), "notes/", "", 10)
	must(t, err)
	if len(docs) != 1 {
		t.Fatalf("%d notes", len(docs))
	}
	expect(t, ben.does(at+"/drop-note", "key", docs[0].Key), http.StatusOK, "not for you", "on Friday")
	expect(t, ben.get(at), http.StatusOK, "on Friday")
	o.says(nina, "/mydata")
	if strings.Contains(o.net.heard(nina), "Friday") {
		t.Error("the applicant reads the organisers' notes")
	}
	o.says(nina, "/delete")
	o.says(nina, "delete everything")
	o.eventually("the notes are gone", func() bool {
		docs, err := o.store.List(t.Context(), "notes/", "", 10)
		return err == nil && len(docs) == 0
	})
	expect(t, anna.get(at), http.StatusNotFound, "no such page")
	o.eventually("the list forgets her", func() bool { return !strings.Contains(anna.get("/applicants?stage=everybody").body, "Nina") })
}

// Who said that everything was e-mailed applies again when a document is sent back, so the reminders follow; after the deadline the
// way is e-mail. Nobody reviews by a right they do not have.
func TestAFileSentBackIsMissingWhateverWasSaid(t *testing.T) {
	o := openOffice(t)
	o.applies(minh, "Minh Tran", "Ministry", "Hanoi", "Vietnam")
	o.sends(minh, "curriculum.pdf", "CV")
	o.says(minh, "mailed")
	if stage := o.person(minh).Stage(o.book.Current); stage != "mailed" {
		t.Fatal(stage)
	}
	cv := o.person(minh).Items["cv"].ID
	forged := flows.Update{ID: "forged", Subject: o.person(minh).ID, Call: "person/item", From: minh, Args: flows.Must(flows.ReviewArgs{Upload: cv, State: "accepted"})}
	_, err := o.bot.Handle(t.Context(), forged)
	must(t, err)
	if state := o.person(minh).Items["cv"].State; state != "received" {
		t.Errorf("an applicant made a document %s", state)
	}
	o.member("telegram:anna", "decide")
	o.clock.Move(12 * 24 * time.Hour)
	b := o.signedIn("telegram:anna")
	expect(t, b.does("/applicants/"+name(o.person(minh))+"/item", "upload", cv, "state", "returned", "reason", "It is not signed."), http.StatusOK, "Sent back", "Applications are closed")
	if stage := o.person(minh).Stage(o.book.Current); stage != "applying" {
		t.Errorf("the stage is %s", stage)
	}
	o.eventually("he hears where to send it now", func() bool {
		return strings.Contains(o.net.heard(minh), "It is not signed.") && strings.Contains(o.net.heard(minh), "Please e-mail it to cifaljeju")
	})
	o.says(minh, "/status")
	if !strings.Contains(o.net.heard(minh), "sent back by the organisers: It is not signed.") {
		t.Error("the checklist does not say why")
	}
}
