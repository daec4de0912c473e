package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// large is a document that no adapter holds in one small buffer.
func large(t testing.TB) []byte {
	t.Helper()
	noise := make([]byte, 2<<20)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	return pdf(base64.StdEncoding.EncodeToString(noise))
}

// holds checks "my data" as it arrived: the document is in it, byte for byte.
func holds(t testing.TB, archive, document []byte) {
	t.Helper()
	got := unzipped(t, archive)
	if !bytes.Equal(got["documents/7_cv_v1.pdf"], document) {
		t.Errorf("the document arrives with %d bytes of %d", len(got["documents/7_cv_v1.pdf"]), len(document))
	}
	if len(got["person.json"]) == 0 || len(got["README.txt"]) == 0 {
		t.Errorf("%d files", len(got))
	}
}

// arrived waits for a file that the bot sent to the user, and downloads it from where find says.
func (u *user) arrived(since int64, find func(sent string) string) []byte {
	u.sim.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		sent := getAll(u.sim.t, fmt.Sprintf("%s/control/sent?user_id=%d&since=%d", u.sim.base, u.id, since))
		if link := find(sent); link != "" {
			return []byte(getAll(u.sim.t, link))
		}
	}
	u.sim.t.Fatalf("no file arrives: %s", getAll(u.sim.t, fmt.Sprintf("%s/control/sent?user_id=%d&since=%d", u.sim.base, u.id, since)))
	return nil
}

func TestFilesReachTelegram(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "tgsim", "-limits")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": sim.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t)})
	nina := &user{sim: sim, id: 4711}
	nina.applies()
	document := large(t)
	nina.sends("cv.pdf", document, "1 of 7")
	nina.says("/mydata", "Give me all as a file")
	since := nina.since()
	nina.says("Give me all as a file", "as one file")
	holds(t, nina.arrived(since, func(sent string) string {
		if m := regexp.MustCompile(`"file_id":"([^"]+)","filename":"VCA20-[A-Z2-7]{6}-my-data.zip"`).FindStringSubmatch(sent); m != nil {
			return sim.base + "/control/file?file_id=" + url.QueryEscape(m[1])
		}
		return ""
	}), document)
	s.stop()
	sim.lawful()
}

func TestFilesReachDiscord(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "dcsim", "-limits")
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_DISCORD_TOKEN": "sim-token", "OLLE_DISCORD_API_URL": sim.base,
		"OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t)})
	sim.connected()
	nina := &user{sim: sim, id: 990001, where: map[string]any{"dm": true}}
	nina.applies()
	document := large(t)
	nina.sends("cv.pdf", document, "1 of 7")
	nina.says("/mydata", "Give me all as a file")
	since := nina.since()
	nina.says("Give me all as a file", "as one file")
	holds(t, nina.arrived(since, func(sent string) string {
		m := regexp.MustCompile(`"url":("[^"]*-my-data\.zip[^"]*")`).FindStringSubmatch(sent)
		var link string
		if m != nil && json.Unmarshal([]byte(m[1]), &link) == nil {
			return link
		}
		return ""
	}), document)
	s.stop()
	sim.lawful()
}

// On the web a file is a download, for its own session only, and gone with the person.
func TestFilesReachTheWeb(t *testing.T) {
	t.Parallel()
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_AGE_RECIPIENTS": ageKey(t)})
	nina, other := &visitor{t: t, base: s.base, log: s.log}, &visitor{t: t, base: s.base, log: s.log}
	nina.applies("Nina Rai")
	document := large(t)
	nina.upload("cv.pdf", document)
	nina.say("/mydata")
	r := nina.say("Give me all as a file")
	expect(t, r, "as one file")
	other.say("hello")
	id := r.Messages[0].ID
	response, archive := nina.fetch(id)
	holds(t, archive, document)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Type": "application/octet-stream", "Cache-Control": "no-store"} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := response.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=VCA20-") {
		t.Errorf("Content-Disposition: %q", got)
	}
	if response, _ := other.fetch(id); response.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's session gets %d", response.StatusCode)
	}
	nina.say("/delete")
	nina.say("delete everything")
	if response, _ := nina.fetch(id); response.StatusCode != http.StatusNotFound {
		t.Errorf("after deletion: %d", response.StatusCode)
	}
	s.stop()
}

// fetch downloads the file of a message.
func (v *visitor) fetch(id string) (*http.Response, []byte) {
	v.t.Helper()
	response, err := http.PostForm(v.base+"/api/chat/file", url.Values{"session": {v.session}, "id": {id}})
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return response, all
}

// The complete set leads to the ready e-mail with all seven attached; the deadline goes into a calendar.
func TestReadyMailAndCalendar(t *testing.T) {
	t.Parallel()
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_AGE_RECIPIENTS": ageKey(t)})
	nina := &visitor{t: t, base: s.base, log: s.log}
	ref := nina.applies("Nina Rai")
	var r chatReply
	for _, name := range sevenFiles {
		r = nina.upload(name+".pdf", pdf(name))
	}
	mail := string(nina.handed(nina.tap(r.choice("Give me the ready e-mail"))))
	if !strings.Contains(mail, "X-Unsent: 1\r\nTo: <cifaljeju.jitc.1@gmail.com>\r\n") || !strings.Contains(mail, "Nina Rai") {
		t.Errorf("the e-mail begins %.300s", mail)
	}
	for i, name := range []string{"application-form", "commitment-letter", "waiver", "consent-form", "case-study", "nomination-letter", "cv"} {
		if !strings.Contains(mail, fmt.Sprintf("filename=%s_%d_%s_v1.pdf\r\n", ref, i+1, name)) {
			t.Errorf("%s is not attached", name)
		}
	}
	calendar := string(nina.handed(nina.say("/calendar")))
	if !strings.HasPrefix(calendar, "BEGIN:VCALENDAR\r\n") || !strings.Contains(calendar, "DTEND:20200214T145959Z") {
		t.Errorf("the calendar: %s", calendar)
	}
	s.stop()
}

// handed downloads the first file of an answer.
func (v *visitor) handed(r chatReply) []byte {
	v.t.Helper()
	for _, m := range r.Messages {
		if response, all := v.fetch(m.ID); response.StatusCode == http.StatusOK {
			return all
		}
	}
	v.t.Fatalf("no file in the answer:\n%s", r.text())
	return nil
}
