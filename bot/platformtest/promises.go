package platformtest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"olle/flows"
)

func textArrives(t *testing.T, s *stage) {
	u := s.greet()
	switch {
	case u.Text != "hello":
		t.Errorf("the text came as %q", u.Text)
	case u.ID == "" || !strings.HasPrefix(u.ID, s.Platform.Name()):
		t.Errorf("ID %q must begin with the platform's name: other platforms number their updates too", u.ID)
	case u.From.Platform() != s.Platform.Name() || u.Chat.Platform() != s.Platform.Name():
		t.Errorf("from %q in chat %q: both need the platform's name", u.From, u.Chat)
	case !u.Private:
		t.Error("a private chat came as a public one")
	case u.Call != "" || u.Choice != "" || len(u.Files) != 0:
		t.Errorf("plain text came with call %q, choice %q, %d files", u.Call, u.Choice, len(u.Files))
	case u.Sent.IsZero() || time.Since(u.Sent).Abs() > 24*time.Hour:
		t.Errorf("sent at %v", u.Sent)
	}
	time.Sleep(100 * time.Millisecond)
	if got := s.taken(); len(got) != 1 {
		t.Errorf("one text came as %d updates", len(got))
	}
}

func unconfirmed(t *testing.T, s *stage) {
	s.mu.Lock()
	s.refuse = 1
	s.mu.Unlock()
	s.Say(t, "important")
	if !s.Redelivers {
		if got := s.awaitShown(1); strings.TrimSpace(got[0].Text) == "" {
			t.Error("the guest is not told that the text was lost")
		}
		return
	}
	if got := s.await(1); got[0].Text != "important" {
		t.Errorf("came again as %q", got[0].Text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.came {
		if u.ID != s.came[0].ID {
			t.Errorf("the same text had IDs %q and %q", s.came[0].ID, u.ID)
		}
	}
}

func textsInOrder(t *testing.T, s *stage) {
	const n = 20
	for i := range n {
		s.Say(t, fmt.Sprint("line ", i))
	}
	for i, u := range s.await(n) {
		if u.Text != fmt.Sprint("line ", i) {
			t.Errorf("in place %d came %q", i, u.Text)
		}
	}
}

func messagesInOrder(t *testing.T, s *stage) {
	const n = 10
	to := s.greet().Chat
	before := len(s.Shown(t))
	for i := range n {
		s.send(fmt.Sprint("order/m", i), flows.Message{To: to, Text: fmt.Sprint("message ", i)})
	}
	for i, m := range s.awaitShown(before + n)[before:] {
		if !strings.Contains(m.Text, fmt.Sprint("message ", i)) {
			t.Errorf("in place %d is shown %q", i, m.Text)
		}
	}
}

func tapComesBack(t *testing.T, s *stage) {
	to := s.greet().Chat
	value := "quiz/ABCD/3/" + strings.Repeat("v", 52) // 64 bytes, the longest allowed
	before := len(s.Shown(t))
	s.send("tap/m0", flows.Message{To: to, Text: "Which?", Choices: []flows.Choice{
		{Label: "First", Value: "one"}, {Label: "Second & <last>", Value: value},
	}})
	s.awaitShown(before + 1)
	s.Tap(t, value)
	u := s.await(2)[1]
	if u.Choice != value || u.From == "" || u.Chat != to {
		t.Errorf("the tap came as choice %q from %q in %q", u.Choice, u.From, u.Chat)
	}
}

// oddTexts is what people and organisers write. None of it means anything special.
var oddTexts = []string{
	"<b>bold</b> & *stars* _under_ `code` [link](https://example.org) ~~x~~ || spoiler ||",
	"</div><script>alert(1)</script>",
	"@everyone <@99> <#1> :tada: /start",
	"👩‍👩‍👧‍👦 🇰🇷 e\u0301 \u1112\u1161\u11ab",
	"مرحبا \u202eabc\u202c עברית",
	"제주 올레 – 済州",
	"\\ \" ' ; {} %s %00 \\n",
	"a\nb\n\nc",
}

func oddTextShown(t *testing.T, s *stage) {
	to := s.greet().Chat
	before := len(s.Shown(t))
	for i, text := range oddTexts {
		s.send(fmt.Sprint("odd/m", i), flows.Message{To: to, Text: text})
	}
	for i, m := range s.awaitShown(before + len(oddTexts))[before:] {
		if !s.Mangles && i < len(oddTexts) && m.Text != oddTexts[i] {
			t.Errorf("%q is shown as %q", oddTexts[i], m.Text)
		}
	}
}

func oddTextArrives(t *testing.T, s *stage) {
	for _, text := range oddTexts {
		s.Say(t, text)
	}
	got := s.await(len(oddTexts))
	for i, text := range oddTexts {
		if !s.Mangles && got[i].Text != text {
			t.Errorf("%q came as %q", text, got[i].Text)
		}
	}
	s.Say(t, "") // may come or not; it must not break what follows
	s.Say(t, "after")
	for end := time.Now().Add(s.Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		all := s.taken()
		if all[len(all)-1].Text == "after" {
			return
		}
	}
	t.Error("after an empty text nothing comes any more")
}

// longText sends long texts both ways. Going out they may be split, and are then complete; coming in they may be refused, in words.
func longText(t *testing.T, s *stage) {
	to := s.greet().Chat
	for _, n := range []int{4_096, 100_000} {
		long := strings.Repeat("워크숍 workshop ", n/12)
		long = strings.TrimSpace(long)
		before := len(s.Shown(t))
		s.send(fmt.Sprint("long/", n), flows.Message{To: to, Text: long})
		s.complete(before, long)
		came, shown := len(s.taken()), len(s.Shown(t))
		s.Say(t, long)
		s.answered(came, shown, long)
	}
}

// complete waits until the messages from the given place on make up text; white space at the seams does not count.
func (s *stage) complete(from int, text string) {
	s.t.Helper()
	var all string
	for end := time.Now().Add(s.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		all = ""
		for _, m := range s.Shown(s.t)[from:] {
			if !utf8.ValidString(m.Text) {
				s.t.Fatal("a character was cut in two")
			}
			all += m.Text
		}
		if unspaced(all) == unspaced(text) {
			return
		}
	}
	s.t.Errorf("of %d characters %d are shown", utf8.RuneCountInString(unspaced(text)), utf8.RuneCountInString(unspaced(all)))
}

// answered waits until a long text has come in full, or the guest has been told why not.
func (s *stage) answered(came, shown int, text string) {
	s.t.Helper()
	for end := time.Now().Add(s.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var all string
		for _, u := range s.taken()[came:] {
			all += u.Text
		}
		if unspaced(all) == unspaced(text) {
			return
		}
		if got := s.Shown(s.t); len(got) > shown && strings.TrimSpace(got[len(got)-1].Text) != "" {
			return
		}
	}
	s.t.Errorf("a text of %d bytes neither came nor was refused in words", len(text))
}

func unspaced(s string) string { return strings.Join(strings.Fields(s), "") }

func sameMessageTwice(t *testing.T, s *stage) {
	to := s.greet().Chat
	before := len(s.Shown(t))
	for range 2 {
		s.send("same/m0", flows.Message{To: to, Text: "once"})
	}
	s.send("same/m1", flows.Message{To: to, Text: "the end"})
	want := before + 2
	if !s.Key {
		want++
	}
	s.awaitShown(want)
	time.Sleep(50 * time.Millisecond)
	if got := s.Shown(t); len(got) != want || got[len(got)-1].Text != "the end" {
		t.Errorf("the guest sees %d new messages, want %d", len(got)-before, want-before)
	}
}

func fileFetched(t *testing.T, s *stage) {
	if s.Upload == nil {
		t.Skip("this platform takes no files")
	}
	content := bytes.Repeat([]byte("%PDF-1.4 \x00\xff"), 30_000)
	s.Upload(t, "my cv <1>.pdf", content)
	u := s.await(1)[0]
	if len(u.Files) != 1 {
		t.Fatalf("the upload came with %d files", len(u.Files))
	}
	for range 2 { // work may be done again
		r, err := s.Platform.Fetch(t.Context(), u.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes were uploaded, %d fetched (%v)", len(content), len(got), err)
		}
	}
	f := u.Files[0]
	f.Handle += "-no-such"
	if r, err := s.Platform.Fetch(t.Context(), f); err == nil {
		_, err = io.ReadAll(r)
		r.Close()
		if err == nil {
			t.Error("a file that is not there could be fetched")
		}
	}
}

func receiveEnds(t *testing.T, s *stage) {
	s.greet()
	s.stop()
}
