package flows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// send delivers one update with files of an album and returns what was said to it.
func send(t *testing.T, r *flows.Rehearsal, album, caption string, files ...string) string {
	t.Helper()
	u := flows.Update{Text: caption, Album: album}
	for _, name := range files {
		kind := "pdf"
		if strings.HasSuffix(name, ".jpg") {
			kind = "jpeg"
		}
		u.Files = append(u.Files, flows.File{Name: name, Type: kind + ":1", Size: 1000, Handle: album + name})
	}
	messages, err := r.Guest(guest, u)
	if err != nil {
		t.Fatal(err)
	}
	return texts(messages)
}

func texts(messages []flows.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Text)
	}
	return strings.Join(all, "\n")
}

// applicant is a guest whose profile is complete, asked for the first document.
func applicant(t *testing.T) (*flows.Book, *flows.Rehearsal) {
	b := book(t)
	b.Site = "https://olle.example/"
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	say(t, r, "1")
	return b, r
}

// Photos that a network brings one by one, but that were sent together, are the pages of one paper; other files are never guessed at.
func TestPhotosSentTogetherAreOnePaper(t *testing.T) {
	_, r := applicant(t)
	send(t, r, "album-1", "", "photo.jpg")
	for page := 2; page <= 3; page++ {
		if got := send(t, r, "album-1", "", fmt.Sprintf("photo%d.jpg", page)); !strings.Contains(got, fmt.Sprintf("page %d of Application form", page)) {
			t.Fatalf("page %d: %s", page, got)
		}
	}
	if got := r.Shelf(guest); !strings.Contains(got, "application received") || strings.Contains(got, "commitment") {
		t.Fatal(got)
	}
	send(t, r, "album-2", "", "scan-0001.pdf")
	if got := send(t, r, "album-2", "", "scan-0002.pdf"); !strings.Contains(got, "Which of the 7 documents is scan-0001.pdf") {
		t.Fatal(got)
	}
}

func TestNextPageIsAskedFor(t *testing.T) {
	_, r := applicant(t)
	send(t, r, "", "", "front.jpg")
	if got := say(t, r, "next page"); !strings.Contains(got, "page 2 of Application form") {
		t.Fatal(got)
	}
	if got := send(t, r, "", "", "back.jpg"); !strings.Contains(got, "Received: page 2 of Application form") {
		t.Fatal(got)
	}
	if got := send(t, r, "", "", "letter.jpg"); !strings.Contains(got, "Letter of commitment") {
		t.Fatalf("the next file is for the next document: %s", got)
	}
}

func TestTheSameFileAgainChangesNothing(t *testing.T) {
	_, r := applicant(t)
	send(t, r, "", "cv", "cv.pdf")
	if got := send(t, r, "", "cv", "cv.pdf"); !strings.Contains(got, "the very file") {
		t.Fatal(got)
	}
}

// A file whose item is named while it is still being fetched is held to that item's rules, like one that is named afterwards.
func TestAFileNamedWhileItIsFetchedKeepsTheRules(t *testing.T) {
	for want, result := range map[string]flows.Fetched{
		"That makes 1 of 7": {Type: "pdf", Pages: 1},
		"at most 1":         {Type: "pdf", Pages: 9},
		"PDF, DOCX":         {Type: "zip"},
	} {
		_, r := applicant(t)
		out, err := r.Decide(flows.Update{From: guest, Chat: guest, Private: true, Album: "x", Files: []flows.File{{Name: "scan.pdf", Size: 1000}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Guest(guest, flows.Update{Choice: "documents/which/case-study"}); err != nil {
			t.Fatal(err)
		}
		var rules flows.FetchRules
		unmarshal(t, out.Work[0].Args, &rules)
		result.Echo = rules.Echo
		said := inside(t, r, flows.Update{Subject: out.Subject, Call: out.Work[0].Call, Args: flows.Must(result)})
		if shelf := r.Shelf(guest); !strings.Contains(said, want) || strings.Contains(shelf, "case-study received") != (result.Pages == 1) {
			t.Errorf("%+v: %s\nkept: %s", result, said, shelf)
		}
	}
}

// handIn posts a file through a link, as the page behind it does.
func handIn(t *testing.T, r *flows.Rehearsal, h flows.Handover, code, kind string) string {
	t.Helper()
	messages, err := r.Post(flows.Update{
		Subject: h.Person, From: "web:handin", Private: true, Call: "documents/third", Args: flows.Must(code),
		Files: []flows.File{{Name: "letter.pdf", Type: kind, Size: 1000, Handle: "letter"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts(messages)
}

// handover reads the one link there is.
func handover(t *testing.T, r *flows.Rehearsal) (code string, h flows.Handover) {
	t.Helper()
	docs, err := r.List("handover/", "", 10)
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d links, %v", len(docs), err)
	}
	unmarshal(t, docs[0].Data, &h)
	return strings.TrimPrefix(docs[0].Key, "handover/"), h
}

// The organisation that nominates hands the letter in itself. The link takes one file that can be kept, tells whoever has it how it
// went, and is closed by the deadline.
func TestThirdPartyHandsIn(t *testing.T) {
	b, r := applicant(t)
	say(t, r, "/upload nomination")
	got := say(t, r, "link")
	code, h := handover(t, r)
	if !strings.Contains(got, "https://olle.example/hand-in?code="+code) {
		t.Fatal(got)
	}
	if got := handIn(t, r, h, code, "zip"); !strings.Contains(got, "did not keep") {
		t.Fatal(got)
	}
	_, h = handover(t, r)
	if _, _, _, say := b.Handover(h, "en"); h.State != "refused" || !strings.Contains(say, "PDF") || strings.Contains(say, "{") {
		t.Fatalf("%+v: %s", h, say)
	}
	if got := handIn(t, r, h, code, "pdf:1"); !strings.Contains(got, "through your link") || !strings.Contains(got, "1 of 7") {
		t.Fatal(got)
	}
	if _, h = handover(t, r); h.State != "received" {
		t.Fatalf("%+v", h)
	}
	if got := handIn(t, r, h, code, "pdf:1"); got != "" {
		t.Fatalf("a used link took a file: %s", got)
	}
}

// Once the letter has come through the link it is not asked for again, so that the next file does not replace it.
func TestWhatCameByLinkIsNotAskedForAgain(t *testing.T) {
	_, r := applicant(t)
	say(t, r, "/upload nomination", "link")
	code, h := handover(t, r)
	if got := handIn(t, r, h, code, "pdf:1"); !strings.Contains(got, "through your link") || strings.Contains(got, "send document 6") {
		t.Fatal(got)
	}
	send(t, r, "", "", "scan-17.pdf")
	if got := r.Shelf(guest); !strings.Contains(got, "nomination received") || strings.Count(got, "received") != 2 || strings.Contains(got, "replaced") {
		t.Fatal(got)
	}
}

// A file whose name says that it is another document than the one asked for, which is there already, replaces neither unasked.
func TestAFileNamedAfterAnotherDocumentIsAskedAbout(t *testing.T) {
	_, r := applicant(t)
	send(t, r, "", "", "case study.pdf")
	say(t, r, "/upload nomination")
	if got := send(t, r, "", "", "case study.pdf"); !strings.Contains(got, "Which of the 7 documents is case study.pdf") {
		t.Fatal(got)
	}
	if got := r.Shelf(guest); strings.Contains(got, "nomination received") {
		t.Fatal(got)
	}
}

func TestLinkClosesWithTheDeadline(t *testing.T) {
	_, r := applicant(t)
	say(t, r, "/upload nomination", "link")
	code, h := handover(t, r)
	r.Skip(time.Date(2020, 2, 14, 15, 0, 0, 0, time.UTC)) // one second after 23:59:59 KST
	if handIn(t, r, h, code, "pdf:1"); strings.Contains(r.Shelf(guest), "nomination") {
		t.Fatal("a late file was taken")
	}
	if _, h = handover(t, r); h.State != "refused" || h.Problem != "late" {
		t.Fatalf("%+v", h)
	}
}

// A link goes with the deadline: its page shows the new day, and it is still known then. So it is with a deadline of the applicant's own.
func TestLinkGoesWithTheDeadline(t *testing.T) {
	for _, late := range []bool{false, true} {
		b, r := applicant(t)
		say(t, r, "/upload nomination", "link")
		if late {
			lateCode(t, r, "LATEABCD", "", "2020-03-10T23:59:59+09:00", 1)
			say(t, r, "/code LATEABCD")
		} else {
			change(t, r, "deadline", "2020-03-10 23:59")
		}
		code, h := handover(t, r)
		if _, _, until, _ := b.Handover(h, "en"); !strings.Contains(until, "10 March 2020 (Tuesday), 23:59 KST") {
			t.Errorf("own deadline %v: the page shows %s", late, until)
		}
		clockTo(t, r, "2020-03-10 12:00")
		if got := handIn(t, r, h, code, "pdf:1"); !strings.Contains(got, "through your link") {
			t.Errorf("own deadline %v: handed in on the last day: %q", late, got)
		}
	}
}

func TestDeletionTakesLinksAlong(t *testing.T) {
	_, r := applicant(t)
	say(t, r, "/upload nomination", "link", "/delete", "delete")
	if docs, _ := r.List("handover/", "", 1); len(docs) > 0 {
		t.Fatal("a link outlived the person")
	}
}

// Every class of data has its end: first the files and the talk, then the person, and organisers stay.
func TestRetentionEndsByClass(t *testing.T) {
	_, r := applicant(t)
	send(t, r, "", "cv", "cv.pdf")
	until := func(day string) string {
		at, err := time.Parse("2006-01-02", day)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := r.Until(at)
		if err != nil {
			t.Fatal(err)
		}
		_ = messages
		return r.Shelf(guest)
	}
	if got := until("2020-07-01"); !strings.Contains(got, "cv received") {
		t.Fatal(got)
	}
	if got := until("2020-07-03"); strings.Contains(got, "cv received") || !strings.Contains(got, "profile") {
		t.Fatal(got)
	}
	if got := until("2021-04-05"); got != "nothing" {
		t.Fatal(got)
	}
	for _, prefix := range []string{"person/", "card/", "at/", "key/", "help/", "handover/"} {
		if docs, _ := r.List(prefix, "", 1); len(docs) > 0 {
			t.Errorf("%s is left", docs[0].Key)
		}
	}
	if docs, _ := r.List(flows.AuditKey, "", 1); len(docs) == 0 {
		t.Error("the trail ended before its day")
	}
	until("2023-04-05")
	if docs, _ := r.List(flows.AuditKey, "", 9); len(docs) > 0 {
		t.Errorf("on the trail: %s", docs[0].Data)
	}
}

// Nobody fills the disk: a day has room for some sixty files, and the next day again.
func TestADayHasRoomForSixtyFiles(t *testing.T) {
	_, r := applicant(t)
	for i := range 60 {
		if got := send(t, r, "", "cv", fmt.Sprintf("cv%d.pdf", i)); strings.Contains(got, "in one day") {
			t.Fatalf("file %d was refused: %s", i+1, got)
		}
	}
	if got := send(t, r, "", "cv", "cv60.pdf"); !strings.Contains(got, "more than 60 files in one day") {
		t.Fatal(got)
	}
	r.Skip(r.Now.Add(24 * time.Hour))
	if got := send(t, r, "", "cv", "cv61.pdf"); strings.Contains(got, "in one day") {
		t.Fatal(got)
	}
}

// Participants have tasks long after applications have closed, and hand in files for them.
func TestTheAssignmentComesAfterApplicationsHaveClosed(t *testing.T) {
	b := book(t)
	b.Organisers = []flows.Address{chair}
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	who := flows.Address("telegram:11")
	name := candidate(t, r, who, "Kathmandu")
	clockTo(t, r, "2020-02-25 10:00")
	decide(t, r, name, "selected", 0)
	release(t, r)
	as(t, r, who, "/seat confirm")
	sends := func(file string) string {
		messages, err := r.Guest(who, flows.Update{Files: []flows.File{{Name: file, Type: "pdf:1", Size: 1000, Handle: file}}})
		if err != nil {
			t.Fatal(err)
		}
		return texts(messages)
	}
	if got := sends("cv.pdf"); !strings.Contains(got, "came after applications closed") {
		t.Errorf("a document for the application: %s", got)
	}
	as(t, r, who, "/assignment", "yes")
	if got := sends("study.pdf"); !strings.Contains(got, "the assignment is here") {
		t.Errorf("the assignment: %s", got)
	}
}

// A file that turns out to be one sent before goes, and a newer one that came meanwhile stays.
func TestTheSameFileAgainKeepsTheNewerOne(t *testing.T) {
	_, r := applicant(t)
	send(t, r, "", "cv", "cv.pdf")
	plays := func(u flows.Update) flows.Outcome {
		t.Helper()
		out, err := r.Decide(u)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var sent []flows.Outcome
	files := []string{"cv.pdf", "cv-corrected.pdf"}
	for _, name := range files { // both are on their way before either is here
		sent = append(sent, plays(flows.Update{From: guest, Chat: guest, Private: true, Text: "cv", Files: []flows.File{{Name: name, Type: "pdf:1", Size: 1000, Handle: name}}}))
	}
	var heard []string
	for i, out := range sent {
		w := out.Work[0]
		var rules flows.FetchRules
		unmarshal(t, w.Args, &rules)
		got := plays(flows.Update{Subject: out.Subject, Call: w.Call, Args: flows.Must(flows.Fetched{Blob: w.Blob, Size: 1000, Type: "pdf", Hash: files[i], Pages: 1, Echo: rules.Echo})})
		heard = append(heard, texts(got.Messages))
	}
	if !strings.Contains(heard[0], "the very file") || !strings.Contains(heard[1], "Received: ") {
		t.Errorf("heard %q", heard)
	}
}

// A paper that was sent back for a missing page is whole again with that page, and a first page sent again takes its other pages along.
func TestPagesThatComeLaterCount(t *testing.T) {
	photo := func(name string) flows.File {
		return flows.File{Name: name + ".jpg", Type: "jpeg:1", Size: 1000, Handle: name}
	}
	b, r := applicant(t)
	b.Organisers = []flows.Address{chair}
	send(t, r, "", "", "front.jpg")
	p := personBehind(t, r, guest)
	u := p.Items["application"]
	inside(t, r, flows.Update{Subject: p.ID, Call: "person/item", From: chair, Args: flows.Must(flows.ReviewArgs{Upload: u.ID, State: "returned", Reason: "Page 2 is missing"})})
	say(t, r, "next page")
	send(t, r, "", "", "back.jpg")
	if got := say(t, r, "/status"); !strings.Contains(got, "1 of 7") || strings.Contains(got, "sent back") {
		t.Errorf("with the page that was missing: %s", got)
	}

	_, r = applicant(t)
	send(t, r, "", "", "page1.jpg")
	say(t, r, "/upload application form")
	messages, err := r.Guest(guest, flows.Update{Files: []flows.File{photo("page1"), photo("page2")}})
	if err != nil || strings.Contains(texts(messages), "Nothing has changed") {
		t.Errorf("%s, %v", texts(messages), err)
	}
	if got := personBehind(t, r, guest).Items["application"]; len(got.More) != 1 || got.State != "received" {
		t.Errorf("the new version has %d further pages and is %s", len(got.More), got.State)
	}
}

func personBehind(t *testing.T, r *flows.Rehearsal, who flows.Address) (p *flows.Person) {
	t.Helper()
	docs, err := r.Load(flows.PersonID(who))
	if err != nil {
		t.Fatal(err)
	}
	unmarshal(t, docs[0].Data, &p)
	return p
}

func TestSizesAreRounded(t *testing.T) {
	for n, want := range map[int64]string{999: "999 bytes", 13_400: "13 kB", 13_600: "14 kB", 999_499: "999 kB", 999_500: "1.0 MB", 4_150_000: "4.2 MB",
		9_949_999: "9.9 MB", 9_950_000: "10 MB", 10_600_000: "11 MB"} {
		if got := flows.Bytes(n); got != want {
			t.Errorf("%d bytes: %s, not %s", n, got, want)
		}
	}
}

// What a file is, is asked once, when it is there; one left unnamed is asked about again by whoever goes on.
func TestAFileLeftUnnamedIsAskedAboutAgain(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	if out := say(t, r, "+scan001.pdf"); strings.Count(out, "Which of the 7") != 1 {
		t.Errorf("asked once: %s", out)
	}
	for _, on := range []string{"/documents", "/apply"} {
		if out := say(t, r, "cancel", on); !strings.Contains(out, "Which of the 7 documents is scan001.pdf?") {
			t.Errorf("%s: %s", on, out)
		}
	}
	if out := say(t, r, "cancel", "/documents cv"); !strings.Contains(out, "Please send document 7") {
		t.Errorf("who names a document sends that: %s", out)
	}
}
