package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"olle/bot/console"
	"olle/flows"
)

// address fills the names in a route with ones that exist.
func (o *office) address(path string) string {
	p := o.person(nina)
	ref := "none"
	if len(p.Help) > 0 {
		ref = p.Help[0]
	}
	return strings.NewReplacer("{$}", "", "{name}", name(p), "{ref}", ref, "{id}", "first").Replace(path)
}

// Every page and action, made from the route table, against every right and against nobody: who lacks the right sees an explanation and causes nothing.
func TestEveryPageAndActionAsksForItsRight(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.says(nina, "/human Is the visa fee covered?")
	roles := map[string]*browser{"": o.browser()}
	for _, right := range flows.Rights() {
		who := flows.Address("telegram:" + right)
		o.member(who, right)
		roles[right] = o.signedIn(who)
	}
	anna := roles[flows.MaySend]
	expect(t, anna.does("/announcements/save", "text", "Hello"), http.StatusOK, "Kept as a draft")
	o.caused()
	tried := 0
	for _, rt := range console.Table() {
		path := o.address(rt.Path)
		for role, b := range roles {
			if rt.Right == "" || rt.Path == "/leave" {
				continue
			}
			tried++
			what := fmt.Sprintf("%s %s as %q", rt.Method, rt.Path, role)
			var s seen
			if rt.Method == http.MethodGet {
				s = b.get(path)
			} else {
				form := url.Values{"once": {strings.Repeat("a", 32)}, "token": {"0"}}
				if role != "" {
					form = b.form("id", "x") // incomplete on purpose: an allowed action is refused for what it lacks, not for its sender
				}
				s = b.post(path, form)
			}
			allowed := role != "" && flows.Allows([]string{role}, rt.Right)
			updates := o.caused()
			for _, u := range updates { // the page's rule and the turn's are one
				if need, known := flows.Actions()[u.Call]; u.Call != "event/audit" && (!known || !flows.Allows([]string{role}, need)) {
					t.Errorf("%s causes %s, which needs %q", what, u.Call, need)
				}
			}
			switch {
			case allowed && (s.status == http.StatusForbidden || s.status >= 500):
				t.Errorf("%s: %d, though it is allowed\n%s", what, s.status, text(s.body))
			case !allowed && s.status != http.StatusForbidden:
				t.Errorf("%s: %d, though it is not allowed\n%s", what, s.status, text(s.body))
			case !allowed && len(updates) > 0:
				t.Errorf("%s caused %v", what, updates[0].Call)
			case role == "" && !strings.Contains(s.body, "/console in your private chat"):
				t.Errorf("%s does not say how to come in", what)
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d combinations", tried)
	}
}

// The turn asks again: a right that was taken away between the page and the click is gone.
func TestTakingARightAwayTakesHoldAtOnce(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "decide")
	boss, anna := o.signedIn("telegram:boss"), o.signedIn("telegram:anna")
	expect(t, anna.get("/"), http.StatusOK, "How far people came")
	form := anna.form("text", "A note")
	expect(t, boss.does("/team/"+name(o.person("telegram:anna"))+"/rights"), http.StatusOK, "changed")
	expect(t, anna.get("/"), http.StatusForbidden, "/console in your private chat")
	expect(t, anna.post("/applicants/"+name(o.person(nina))+"/note", form), http.StatusForbidden)
	for _, call := range []string{"person/item", "person/rights", "event/set", "notes/add", "help/reply", "decision/set", "announcement/start"} {
		if _, known := flows.Actions()[call]; !known {
			t.Errorf("nobody knows which right %s needs", call)
		}
	}
	_, err := o.bot.Handle(t.Context(), flows.Update{ID: "forged", Subject: "event/vca-jeju-2020", Call: "event/set", From: "telegram:anna",
		Args: flows.Must(flows.SetArgs{Key: "channel", Value: "bot", By: "telegram:anna"})})
	must(t, err)
	if s := boss.get("/event"); !strings.Contains(s.body, `value="email"`) {
		t.Error("an update without the right changed the event")
	}
}

func TestLinksAndSessions(t *testing.T) {
	o := openOffice(t)
	o.member("telegram:anna", "read")
	code := o.code("telegram:anna")
	for range 3 { // a chat network looks at the link before the person does
		expect(t, o.browser().get("/enter?code="+code), http.StatusOK, "works once")
	}
	b := o.browser()
	if s := b.post("/enter", url.Values{"code": {code}}); s.status != http.StatusSeeOther {
		t.Fatal(s.status, text(s.body))
	} else if c := s.header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") || !strings.Contains(c, "Path=/console/") {
		t.Error("the cookie is", c)
	}
	expect(t, b.get("/"), http.StatusOK)
	expect(t, o.browser().post("/enter", url.Values{"code": {code}}), http.StatusForbidden, "does not work any more")
	expect(t, o.browser().post("/enter", url.Values{"code": {"0123456789abcdef"}}), http.StatusForbidden, "does not work any more")

	late := o.code("telegram:anna")
	o.clock.Move(11 * time.Minute)
	expect(t, o.browser().post("/enter", url.Values{"code": {late}}), http.StatusForbidden, "does not work any more")

	second, boss := o.signedIn("telegram:anna"), o.signedIn("telegram:boss")
	expect(t, b.does("/sessions/end-mine"), http.StatusOK, "All your other sessions")
	expect(t, second.get("/"), http.StatusForbidden)
	docs, err := o.store.List(t.Context(), "signin/", "", 10)
	must(t, err)
	var hers string
	for _, d := range docs {
		id := strings.TrimPrefix(d.Key, "signin/")
		if decode[flows.SignIn](t, d.Data).By == "telegram:anna" {
			hers = id
			continue
		}
		expect(t, b.does("/sessions/end", "id", id), http.StatusOK) // not hers to end
		expect(t, boss.get("/"), http.StatusOK)
	}
	expect(t, boss.does("/sessions/end", "id", hers), http.StatusOK, "ended")
	expect(t, b.get("/"), http.StatusForbidden)
	o.clock.Move(13 * time.Hour)
	expect(t, boss.get("/"), http.StatusForbidden)

	flood := o.browser()
	for i := 0; ; i++ {
		if s := flood.post("/enter", url.Values{"code": {"0123456789abcdef"}}); s.status == http.StatusTooManyRequests {
			break
		}
		if i > 400 { // from this machine, where a proxy may stand, ten times as often as from elsewhere
			t.Fatal("links can be tried without end")
		}
	}
}

// Pages of other sites, forms of other sessions, and a form sent twice.
func TestForgedAndRepeatedForms(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "read")
	o.member("telegram:ben", "read")
	anna, ben := o.signedIn("telegram:anna"), o.signedIn("telegram:ben")
	at := "/applicants/" + name(o.person(nina)) + "/note"
	form := anna.form("text", "Once")
	o.caused()

	r, err := http.NewRequest(http.MethodPost, anna.base+at, strings.NewReader(form.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	expect(t, anna.do(r), http.StatusForbidden, "page of another site")
	expect(t, ben.post(at, form), http.StatusForbidden, "another session")
	without := url.Values{"text": {"x"}, "once": form["once"]}
	expect(t, anna.post(at, without), http.StatusForbidden)
	expect(t, anna.post(at, url.Values{"text": {"x"}, "token": form["token"]}), http.StatusBadRequest, "incomplete")
	if u := o.caused(); len(u) > 0 {
		t.Errorf("a forged form caused %s", u[0].Call)
	}
	for range 3 {
		if s := anna.post(at, form); s.status != http.StatusSeeOther {
			t.Error(s.status, text(s.body))
		}
	}
	docs, err := o.store.List(t.Context(), "notes/", "", 10)
	must(t, err)
	if len(docs) != 1 {
		t.Errorf("a form sent three times made %d notes", len(docs))
	}
}

func TestWhatWasWrittenIsNotLostWithASession(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	o.member("telegram:anna", "send", "read")
	anna := o.signedIn("telegram:anna")
	at := "/applicants/" + name(o.person(nina)) + "/note"
	note := anna.form("text", "Her stamp is <b>missing</b>.")
	again := o.signedIn("telegram:anna")
	old := again.form("text", "Written before.")
	old.Set("token", note.Get("token"))
	expect(t, again.post(at, old), http.StatusForbidden, "An old form", "readonly>Written before.</textarea>")
	expect(t, again.does("/sessions/end-mine"), http.StatusOK)
	page := anna.post(at, note)
	expect(t, page, http.StatusForbidden, "Your session has ended", "/console in your private chat", "readonly>Her stamp is &lt;b&gt;missing&lt;/b&gt;.</textarea>")
	if strings.Contains(page.body, note.Get("token")) {
		t.Error("the page shows what the form carried")
	}
	expect(t, anna.gives("/announcements/save", "venue.png", []byte("file"), "text", "This is the venue."), http.StatusForbidden, "readonly>This is the venue.</textarea>")
}

func TestGuessedNamesAreNotThere(t *testing.T) {
	o := openOffice(t)
	o.applies(nina, "Nina Rai", "Ministry", "Kathmandu", "Nepal")
	boss := func() *browser { o.says("telegram:boss", "/start"); return o.signedIn("telegram:boss") }()
	there := name(o.person(nina))
	for _, path := range []string{"/applicants/aaaaaaaaaaaaaaaa", "/applicants/..%2f..%2fetc", "/applicants/" + strings.ToUpper(there), "/help/H-AAAAAA-1", "/help/..",
		"/announcements/nothing", "/announcements/nothing/recipients", "/decisions/aaaaaaaaaaaaaaaa", "/applicants/" + there + "x", "/nothing", "/team/" + there} {
		s := boss.get(path)
		if s.status == http.StatusMovedPermanently || s.status == http.StatusTemporaryRedirect || s.status == http.StatusPermanentRedirect {
			continue // the path was made plain
		}
		expect(t, s, http.StatusNotFound, "There is no such page")
	}
	expect(t, boss.post("/applicants/"+there+"/file", boss.form("upload", "../../olle.db")), http.StatusNotFound)
	expect(t, boss.post("/team/"+there+"/rights", boss.form("right", "admin")), http.StatusNotFound) // into the team by invitation only
	if rights := o.person(nina).Rights; len(rights) > 0 {
		t.Errorf("an applicant has the rights %v", rights)
	}
}
