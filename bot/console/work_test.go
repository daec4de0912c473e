package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"olle/flows"
	"olle/storage"
)

// What was given up stands on the first page; an admin has it tried again, and that is on the trail.
func TestWhatIsStuckIsTriedAgainFromTheFirstPage(t *testing.T) {
	o := openOffice(t)
	o.says("telegram:boss", "/start")
	o.member("telegram:anna", "read")
	_, err := o.store.Commit(t.Context(), storage.Batch{Now: o.clock.Now(), Push: []storage.Job{{ID: "given-up/x/m0", Queue: "given-up", Lane: "telegram:7",
		Data: flows.Must(flows.Message{To: "telegram:7", Text: "late, but here"})}}})
	must(t, err)
	boss, anna := o.signedIn("telegram:boss"), o.signedIn("telegram:anna")
	expect(t, anna.get("/"), http.StatusOK, "message for", "telegram:7")
	if body := anna.get("/").body; strings.Contains(body, "late, but here") || strings.Contains(body, "Try again") {
		t.Error("a reader sees what the job carries, or may decide about it")
	}
	expect(t, boss.does("/stuck", "id", "given-up/x/m0", "what", "retry"), http.StatusOK, "under way again")
	o.eventually("the message arrives", func() bool { return strings.Contains(o.net.heard("telegram:7"), "late, but here") })
	expect(t, boss.does("/stuck", "id", "given-up/x/m0", "what", "drop"), http.StatusOK, "somebody else was quicker")
	expect(t, boss.get("/trail"), http.StatusOK, "job given up: retried")
}

// What is decided and not told is for those who decide: no page shows it to the rest of the team.
func TestPendingDecisionsAreForThoseWhoDecide(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.applies(minh, "Minh Tran", "Ministry", "Hanoi", "Vietnam")
	o.member("telegram:anna", "decide")
	o.member("telegram:cho", "decide")
	o.member("telegram:ben", "read", "send", "documents")
	anna, cho, ben := o.signedIn("telegram:anna"), o.signedIn("telegram:cho"), o.signedIn("telegram:ben")
	at := "/decisions/" + name(o.person(nina))
	pages := []string{"/", "/applicants?stage=everybody", "/applicants/" + name(o.person(nina)), "/trail", "/help", "/announcements", "/team", "/event"}
	before := map[string]string{}
	quiet := func() bool { return strings.Contains(ben.get("/").body, "No work waits.") } // the page counts what is on its way
	o.eventually("everybody's news is told", quiet)
	for _, path := range pages {
		before[path] = plain(ben.get(path).body)
	}
	expect(t, anna.get(at), http.StatusOK, "Under Secretary")
	if body := anna.get(at).body; strings.Contains(body, "Nina") || strings.Contains(body, "somebody@example.org") {
		t.Error("a reviewer sees who it is")
	}
	form := anna.form("note", "Strong case study.")
	for _, c := range o.book.Current.Criteria {
		form.Set("score-"+c.ID, "5")
	}
	if s := anna.post(at+"/score", form); s.status != http.StatusSeeOther {
		t.Fatal(s.status, text(s.body))
	}
	expect(t, anna.does(at+"/decide", "state", "selected"), http.StatusOK, "Nobody outside can see it")
	if body := cho.get(at).body; strings.Contains(body, "Strong case study") || strings.Contains(body, "5.00") {
		t.Error("a reviewer sees the scores of others before giving one")
	}
	expect(t, cho.does(at+"/score", "conflict", "yes"), http.StatusOK, "Your score is kept", "Strong case study", "5.00")
	o.eventually("nothing is under way", quiet)
	for _, path := range pages {
		if now := plain(ben.get(path).body); now != before[path] {
			t.Errorf("%s differs by a pending decision:\n%s\nbefore:\n%s", path, text(now), text(before[path]))
		}
	}
	expect(t, ben.get(at), http.StatusForbidden)
	expect(t, anna.does("/decisions/release", "number", "2"), http.StatusUnprocessableEntity, "not their number")
	expect(t, anna.does("/decisions/release", "number", "1"), http.StatusOK, "are being told")
	o.eventually("Nina is told", func() bool { return o.person(nina).Seat != nil })
	if o.person(minh).Seat != nil {
		t.Error("somebody else has a seat")
	}
	expect(t, anna.get(at), http.StatusOK, "Selected, and told", "Take the seat back")
	expect(t, anna.does(at+"/revoke", "sure", "yes"), http.StatusOK, "Keep the decision")
}

var once = regexp.MustCompile(`name="once" value="[0-9a-f]+"`)

// plain is a page without what differs each time.
func plain(body string) string { return once.ReplaceAllString(body, "") }

// A second person's yes, where the event asks for one: the writer's own does not count.
func TestAnAnnouncementWaitsForASecondPerson(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "send")
	o.member("telegram:cho", "send")
	boss, anna, cho := o.signedIn("telegram:boss"), o.signedIn("telegram:anna"), o.signedIn("telegram:cho")
	expect(t, boss.does("/event", "key", "announce.approval", "value", "on"), http.StatusOK, "Changed.")
	expect(t, anna.does("/announcements/save", "text", "Bring your laptop.", "more", "nobody=1"), http.StatusUnprocessableEntity, "knows no")
	var s seen
	o.eventually("the count knows Nina", func() bool {
		s = anna.get("/announcements/count?stage=applying")
		return s.body == "1 people"
	})
	form := anna.form("text", "Bring your laptop.", "stage", "applying")
	first := anna.post("/announcements/save", form)
	if again := anna.post("/announcements/save", form); first.header.Get("Location") != again.header.Get("Location") {
		t.Error("a form sent twice makes two announcements")
	}
	at, _, _ := strings.Cut(strings.TrimPrefix(first.header.Get("Location"), "/console"), "?")
	expect(t, anna.does(at+"/act", "what", "start", "seen", anna.looks(at)), http.StatusOK, "have been asked to agree")
	sees := func() string { return cho.looks(at) }
	before := sees()
	expect(t, anna.does(at+"/act", "what", "approve", "seen", before), http.StatusOK, "not possible any more, or not for you")
	o.clock.Move(time.Second)
	anna.post(at+"/save", anna.form("text", "Bring your own laptop.", "stage", "applying", "seen", anna.looks(at)))
	expect(t, anna.does(at+"/act", "what", "start", "seen", anna.looks(at)), http.StatusOK, "have been asked to agree")
	expect(t, cho.does(at+"/act", "what", "approve", "seen", before), http.StatusOK, "somebody changed it meanwhile") // other words than she read
	if strings.Contains(o.net.heard(nina), "laptop") {
		t.Fatal("it went out on one person's word")
	}
	expect(t, cho.does(at+"/act", "what", "approve", "seen", sees()), http.StatusOK, "Agreed.")
	o.eventually("Nina reads it", func() bool {
		o.clock.Move(time.Second)
		return strings.Contains(o.net.heard(nina), "Bring your own laptop.")
	})
	expect(t, cho.does(at+"/act", "what", "retract"), http.StatusOK, "not possible") // it is asked first
	expect(t, anna.post(at+"/act", url.Values{"what": {"cancel"}}), http.StatusForbidden)
}

// Who sends, or changes, does so with what they have before them: another's change meanwhile is neither sent unseen nor lost.
func TestAnAnnouncementChangedMeanwhile(t *testing.T) {
	o := openOffice(t)
	o.member("telegram:anna", "send")
	o.member("telegram:cho", "send")
	anna, cho := o.signedIn("telegram:anna"), o.signedIn("telegram:cho")
	at, _, _ := strings.Cut(strings.TrimPrefix(anna.post("/announcements/save", anna.form("text", "Bring your laptop.", "stage", "confirmed")).header.Get("Location"), "/console"), "?")
	old := anna.looks(at)
	if form := cho.looks(at + "/edit"); form != old {
		t.Errorf("the form of a change carries %q, the page %q", form, old)
	}
	o.clock.Move(time.Second)
	mine := cho.form("text", "Bring two laptops.", "stage", "applying", "seen", old)
	for range 2 { // the same form once more is no other change
		if s := cho.post(at+"/save", mine); s.status != http.StatusSeeOther {
			t.Fatal(s.status, text(s.body))
		}
	}
	o.clock.Move(time.Second)
	expect(t, anna.does(at+"/act", "what", "start", "seen", old), http.StatusOK, "somebody changed it meanwhile", `<span class="pill draft">`)
	page := anna.post(at+"/save", anna.form("text", "Bring no laptop.", "stage", "confirmed", "seen", old))
	expect(t, page, http.StatusUnprocessableEntity, "somebody changed it meanwhile", "Bring no laptop.</textarea>", "Bring two laptops.", "stage=applying", "telegram:cho")
	if now := anna.get(at).body; !strings.Contains(now, "Bring two laptops.") || strings.Contains(now, "no laptop") {
		t.Errorf("an older form took the place of another's change:\n%s", text(now))
	}
	now := seenIn(page)
	if now == "" || now == old {
		t.Errorf("the form shown again carries %q", now)
	}
	expect(t, anna.does(at+"/save", "text", "Bring no laptop.", "stage", "confirmed", "seen", now), http.StatusOK, "Kept as a draft", "Bring no laptop.")
	expect(t, anna.does(at+"/act", "what", "start"), http.StatusBadRequest)
	expect(t, anna.does(at+"/act", "what", "start", "seen", anna.looks(at)), http.StatusOK)
	if strings.Contains(anna.get(at).body, "pill draft") {
		t.Error("what was seen is not sent")
	}
}

// The lists of a draft's form hold again what was chosen in them, and what reaches nobody is not offered to be sent.
func TestTheAudienceOfADraftIsInItsLists(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "send")
	anna := o.signedIn("telegram:anna")
	o.eventually("the count knows Nina", func() bool { return anna.get("/announcements/count?stage=applying").body == "1 people" })
	draft := func(more ...string) string {
		at, _, _ := strings.Cut(strings.TrimPrefix(anna.post("/announcements/save", anna.form(append(more, "text", "Hello.")...)).header.Get("Location"), "/console"), "?")
		return at
	}
	at := draft("stage", "applying", "missing", "cv", "more", "-country=KR role=applicant country=NP,VN")
	expect(t, anna.get(at), http.StatusOK, "Send it to 1 person<")
	form := anna.get(at + "/edit")
	expect(t, form, http.StatusOK, `value="applying" selected`, `value="cv" selected`, `name="more" value="-country=KR role=applicant country=NP,VN"`)
	expect(t, anna.does(at+"/save", "text", "Hello.", "seen", seenIn(form), "stage", "applying", "country", "NP"), http.StatusOK, "Kept as a draft")
	expect(t, anna.get(at+"/edit"), http.StatusOK, `value="NP" selected`, `name="more" value=""`)
	none := anna.get(draft("stage", "confirmed"))
	expect(t, none, http.StatusOK, "Nobody fits its audience now")
	if strings.Contains(none.body, `value="start"`) {
		t.Error("sending it to nobody is offered")
	}
	expect(t, anna.get(draft("stage", "confirmed")+"/edit"), http.StatusOK, `name="more" value="stage=confirmed"`)
}

// Who scores many goes from one to the next: the complete ones first, each once, and never the one just scored.
func TestScoringOneAfterTheOther(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.applies(minh, "Minh Tran", "Ministry", "Hanoi", "Vietnam")
	o.applies("telegram:13", "Asha Rai", "Ministry", "Kathmandu", "Nepal")
	for _, it := range o.book.Current.Items {
		o.sends(minh, it.ID+".pdf", it.ID)
	}
	o.member("telegram:anna", "decide")
	anna := o.signedIn("telegram:anna")
	ref := func(a flows.Address) string { return o.person(a).Ref }
	o.eventually("the list knows all", func() bool {
		all, complete := anna.get("/decisions").body, anna.get("/decisions?show=complete").body
		return strings.Contains(all, ref("telegram:13")) && strings.Contains(complete, ref(minh)) && !strings.Contains(complete, ref(nina))
	})
	at, been := "/decisions/"+name(o.person(nina)), map[string]bool{}
	for i := range 3 {
		form := anna.form("then", "next", "conflict", "yes")
		s := anna.post(at+"/score", form)
		been[at] = true
		to, said, _ := strings.Cut(strings.TrimPrefix(s.header.Get("Location"), "/console"), "?")
		switch {
		case s.status != http.StatusSeeOther:
			t.Fatal(s.status, text(s.body))
		case i == 0 && to != "/decisions/"+name(o.person(minh)):
			t.Errorf("after the first comes %s, not the complete one", to)
		case i < 2 && (been[to] || to == "/decisions"):
			t.Errorf("after %d comes %s again", i+1, to)
		case i == 2 && said != "said=all-scored":
			t.Errorf("after the last comes %s?%s", to, said)
		}
		at = to
		o.eventually("the score is on the list", func() bool { return strings.Count(anna.get("/decisions").body, ">conflict<") == i+1 })
	}
}

// Who decides by an older page does not undo what another decided meanwhile, and reads who that was.
func TestWhatAnotherDecidedMeanwhileStands(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.sends(nina, "cv.pdf", "cv")
	o.member("telegram:anna", "decide")
	o.member("telegram:cho", "decide")
	anna, cho := o.signedIn("telegram:anna"), o.signedIn("telegram:cho")
	was := regexp.MustCompile(`name="was" value="([^"]*)"`)
	p := o.person(nina)
	for _, c := range []struct {
		at, act     string
		first, then []string
		says        []string
	}{
		{"/applicants/" + name(p), "/item", []string{"upload", p.Items["cv"].ID, "state", "accepted"},
			[]string{"upload", p.Items["cv"].ID, "state", "returned", "reason", "The second page is missing."}, []string{"meanwhile telegram:anna accepted it", "The second page is missing."}},
		{"/decisions/" + name(p), "/decide", []string{"state", "selected"}, []string{"state", "declined"}, []string{"meanwhile telegram:anna decided “selected”", "You wanted “declined”"}},
	} {
		m := was.FindStringSubmatch(cho.get(c.at).body)
		if m == nil {
			t.Fatalf("%s: the form does not say what it was made of", c.at)
		}
		old := html.UnescapeString(m[1])
		o.clock.Move(time.Second)
		form := anna.form(append(c.first, "was", old)...)
		for range 2 { // the same form once more is nobody else's
			if s := anna.post(c.at+c.act, form); s.status != http.StatusSeeOther || strings.Contains(s.header.Get("Location"), "refused") {
				t.Fatal(s.status, s.header, text(s.body))
			}
		}
		o.clock.Move(time.Second)
		page := cho.does(c.at+c.act, append(c.then, "was", old)...)
		expect(t, page, http.StatusUnprocessableEntity, c.says...)
		now := was.FindStringSubmatch(page.body)
		if now == nil || html.UnescapeString(now[1]) == old {
			t.Fatalf("%s: the page shown again is no newer", c.at)
		}
		if state := o.person(nina).Items["cv"].State; state != "accepted" {
			t.Errorf("an older page made it %s", state)
		}
	}
	page := cho.get("/decisions/" + name(p)).body
	if !strings.Contains(page, `value="selected" checked`) {
		t.Errorf("an older page decided otherwise:\n%s", text(page))
	}
	expect(t, cho.does("/decisions/"+name(p)+"/decide", "state", "declined", "was", html.UnescapeString(was.FindStringSubmatch(page)[1])), http.StatusOK, "Nobody outside can see it")
}

// As what somebody takes part is said in the console, or in chat, by who decides; another role than the pack's is none.
func TestObserversInTheConsole(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "decide")
	anna := o.signedIn("telegram:anna")
	at := "/decisions/" + name(o.person(nina))
	heard := o.net.heard(nina)
	expect(t, anna.does(at+"/role", "role", "king"), http.StatusOK, "Nothing was changed")
	expect(t, anna.does(at+"/role", "role", "observer"), http.StatusOK, `<option value="observer" selected>`, "counts observers apart")
	if p := o.person(nina); !p.Observes(o.book.Current) || o.net.heard(nina) != heard {
		t.Errorf("the cohort is %q, and Nina heard of it: %v", p.Cohort, o.net.heard(nina) != heard)
	}
	expect(t, anna.does(at+"/role", "role", "participant"), http.StatusOK, `<option value="participant" selected>`)
}
