package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// What a person in danger wrote is answered with care and shown nowhere again: not in the history, not in the log.
func TestWordsOfAPersonInDangerAreNotKept(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, map[string]string{"OLLE_DATA_DIR": dir})
	v := &visitor{t: t, base: s.base, log: s.log}
	v.say("hello")
	r := v.say("they locked me in the cellarroom and took my passport, please help me")
	expect(t, r, "police", "embassy")
	for _, word := range []string{"deadline", "airfare", "?"} {
		if strings.Contains(r.text(), word) {
			t.Errorf("the answer holds %q: %s", word, r.text())
		}
	}
	v.say("thank you")
	s.stop()
	s = startServe(t, map[string]string{"OLLE_DATA_DIR": dir})
	history := get(t, s.base+"/api/chat/history?session="+v.session)
	if strings.Contains(history, "cellarroom") || !strings.Contains(history, "thank you") {
		t.Errorf("the history holds: %s", history)
	}
	if strings.Contains(s.log.String(), "cellarroom") {
		t.Error("the log holds the words")
	}
	s.stop()
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
