package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// albums are files that people send at once: networks take ten together.
var albums = [][]string{numbered(0, 10), numbered(10, 20), numbered(20, 25)}

func numbered(from, to int) (names []string) {
	for n := from; n < to; n++ {
		names = append(names, fmt.Sprintf("paper %d.pdf", n+1))
	}
	return names
}

// put uses the simulator's control interface.
func (s *simulator) put(path string, body any) {
	s.t.Helper()
	data, _ := json.Marshal(body)
	r, err := http.Post(s.base+path, "application/json", bytes.NewReader(data))
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s", path, r.Status)
	}
}

// shelved waits until n encrypted files lie in the data folder, and checks that no more come.
func shelved(t *testing.T, dir string, n int) {
	t.Helper()
	count := func() (found int) {
		all, _ := os.ReadDir(filepath.Join(dir, "files"))
		for _, f := range all {
			if f.Type().IsRegular() && !strings.HasPrefix(f.Name(), ".") {
				found++
			}
		}
		return found
	}
	for end := time.Now().Add(30 * time.Second); count() < n && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
	}
	time.Sleep(300 * time.Millisecond)
	if got := count(); got != n {
		t.Errorf("%d files are kept, %d were sent", got, n)
	}
}

// Telegram brings the files of an album one by one, in messages with a number in common.
func TestAlbumsOnTelegram(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "tgsim")
	env := fast(t.TempDir(), sim.base, "", t)
	delete(env, "OLLE_DISCORD_TOKEN")
	s := startServe(t, env)
	nina, other := &user{sim: sim, id: 4711}, &user{sim: sim, id: 9}
	nina.applies()
	for _, album := range albums { // the simulator knows no albums, so their messages are made from another's
		for _, name := range album {
			other.posts(map[string]any{"document": map[string]any{"filename": name, "mime": "application/pdf", "data_base64": base64.StdEncoding.EncodeToString(pdf(name))}}, "")
		}
	}
	var chat struct{ Messages []map[string]any }
	if err := json.Unmarshal([]byte(getAll(t, sim.base+"/control/messages?chat_id=9")), &chat); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range chat.Messages {
		if m["document"] == nil {
			continue
		}
		sim.put("/control/update", map[string]any{"message": map[string]any{
			"message_id": 100_000 + n, "date": m["date"], "document": m["document"], "media_group_id": fmt.Sprint("album", n/10),
			"from": map[string]any{"id": nina.id, "is_bot": false, "first_name": "Nina"}, "chat": map[string]any{"id": nina.id, "type": "private", "first_name": "Nina"},
		}})
		n++
	}
	shelved(t, env["OLLE_DATA_DIR"], 25)
	if n != 25 {
		t.Errorf("%d files were sent", n)
	}
	s.stop()
	sim.lawful()
}

// Discord brings the files of an album in one message.
func TestAlbumsOnDiscord(t *testing.T) {
	t.Parallel()
	sim := simulate(t, "dcsim")
	env := fast(t.TempDir(), "", sim.base, t)
	delete(env, "OLLE_TELEGRAM_TOKEN")
	s := startServe(t, env)
	sim.connected()
	nina := &user{sim: sim, id: 990001, where: map[string]any{"dm": true}}
	nina.says("hello", "Hello, I am Olle")
	nina.applies()
	for _, album := range albums {
		var files []any
		for _, name := range album {
			files = append(files, map[string]any{"filename": name, "mime": "application/pdf", "data_base64": base64.StdEncoding.EncodeToString(pdf(name))})
		}
		sim.put("/control/send", map[string]any{"user_id": nina.id, "dm": true, "attachments": files})
	}
	shelved(t, env["OLLE_DATA_DIR"], 25)
	s.stop()
	sim.lawful()
}
