package flows_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

func unmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

var shownCode = regexp.MustCompile(`[A-Z2-9]{4}-[A-Z2-9]{4}`)

// as is say for somebody else.
func as(t *testing.T, r *flows.Rehearsal, who flows.Address, lines ...string) string {
	t.Helper()
	var got string
	for _, line := range lines {
		messages, err := r.Guest(who, flows.Update{Text: line})
		if err != nil {
			t.Fatal(err)
		}
		got = texts(messages)
	}
	return got
}

// An invitation gives one right to one person, once; an organiser's command does not exist for anybody else.
func TestInvitation(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	const admin, second, third = "telegram:1", "telegram:2", "discord:3" // book names telegram:1 as organiser
	if got := as(t, r, second, "/invite read"); !strings.Contains(got, "do not know") {
		t.Fatalf("to a guest the command is unknown: %s", got)
	}
	if got := as(t, r, admin, "/invite king"); !strings.Contains(got, "decide") {
		t.Fatal(got)
	}
	code := shownCode.FindString(as(t, r, admin, "/invite send"))
	if got := as(t, r, second, "/code "+code); !strings.Contains(got, "right: send") {
		t.Fatal(got)
	}
	if got := as(t, r, third, "/code "+code); strings.Contains(got, "right") {
		t.Fatalf("a used invitation worked: %s", got)
	}
	if got := as(t, r, second, "/invite read"); !strings.Contains(got, "do not know") {
		t.Fatalf("who may send may not invite: %s", got)
	}
	if docs, _ := r.List(flows.AuditKey, "", 10); len(docs) != 2 {
		t.Fatalf("%d entries on the trail, want the invitation and the right", len(docs))
	}
}

func TestInvitationExpires(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	code := shownCode.FindString(as(t, r, "telegram:1", "/invite admin"))
	r.Skip(r.Now.Add(8 * 24 * time.Hour))
	if got := as(t, r, "telegram:2", "/code "+code); strings.Contains(got, "right") {
		t.Fatal(got)
	}
}

// A link into the console works once, soon, and for nobody who guesses.
func TestConsoleLink(t *testing.T) {
	b := book(t)
	b.Console = "https://olle.example/console/"
	r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
	link := regexp.MustCompile(`enter\?code=([0-9a-f]{16})`).FindStringSubmatch(as(t, r, "telegram:1", "/console"))
	if link == nil {
		t.Fatal("no link")
	}
	open := func(session, code string) bool {
		if _, err := r.Post(flows.Update{Subject: flows.SignInKey(session), Call: "signin/open", Args: flows.Must(flows.OpenSignIn{Code: code, Agent: "test"})}); err != nil {
			t.Fatal(err)
		}
		docs, _ := r.Load(flows.SignInKey(session))
		return docs[0].Data != nil
	}
	if open("guessed", "0123456789abcdef") || !open("first", link[1]) || open("second", link[1]) {
		t.Fatal("a link opens the console once")
	}
	if _, err := r.Post(flows.Update{Subject: flows.SignInKey("first"), Call: "signin/end"}); err != nil {
		t.Fatal(err)
	}
	if docs, _ := r.Load(flows.SignInKey("first")); docs[0].Data != nil {
		t.Fatal("the session did not end")
	}
}
