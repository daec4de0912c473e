package telegram_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/telegram"
	"olle/flows"
	"olle/storage/bolt"
)

// This test binary, started again with these set, is a bot that can be killed.
const (
	crashDir = "OLLE_TEST_TELEGRAM_CRASH_DIR"
	crashAPI = "OLLE_TEST_TELEGRAM_CRASH_API"
)

// echoUntilKilled answers every text with the number of texts of that person so far, which it keeps in a store on disk.
func echoUntilKilled(dir, apiURL string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	tg, err := telegram.New(telegram.Options{Token: token, APIURL: apiURL, Log: log, PerSecond: 1e5, PerChat: time.Microsecond})
	fail(err)
	store, err := bolt.Open(filepath.Join(dir, "olle.db"), time.Now)
	fail(err)
	b, err := bot.New(bot.Options{Play: countTexts, Store: store, Platforms: []bot.Platform{tg}, Log: log, Lease: 3 * time.Second})
	fail(err)
	fail(b.Run(context.Background()))
}

func countTexts(u flows.Update, src flows.Source) (flows.Outcome, error) {
	key := "person/" + strings.TrimPrefix(string(u.From), "telegram:")
	docs, err := src.Load(key)
	if err != nil {
		return flows.Outcome{}, err
	}
	n := 0
	if docs[0].Data != nil {
		if err := json.Unmarshal(docs[0].Data, &n); err != nil {
			return flows.Outcome{}, err
		}
	}
	n++
	return flows.Outcome{
		Subject: key, Check: docs, Put: []flows.Doc{{Key: key, Data: flows.Must(n)}},
		Messages: []flows.Message{{To: u.Chat, Text: fmt.Sprintf("%d %s", n, u.Text)}},
	}, nil
}

// Killed at random under load, on a network that fails in every way it knows, the bot loses nothing, counts nothing twice, keeps
// the order of every chat, and repeats on the wire only what was in doubt.
func TestKilledAtRandomOnABadNetwork(t *testing.T) {
	t.Parallel()
	people, each, kills := 20, 12, 3
	if *full {
		people, each, kills = 100, 50, 60
	}
	sim := simulate(t)
	for _, f := range []map[string]any{
		{"method": "sendMessage", "kind": "error", "status": 429, "retry_after": 1, "probability": 0.01, "count": -1},
		{"method": "sendMessage", "kind": "error", "status": 500, "probability": 0.02, "count": -1},
		{"method": "sendMessage", "kind": "error", "status": 502, "body": "<html>Bad Gateway</html>", "probability": 0.02, "count": -1},
		{"method": "sendMessage", "kind": "drop", "probability": 0.02, "count": -1},
		{"method": "sendMessage", "kind": "drop_after", "probability": 0.02, "count": -1},
		{"method": "sendMessage", "kind": "garbage", "probability": 0.01, "count": -1},
		{"method": "getUpdates", "kind": "error", "status": 502, "body": "<html>Bad Gateway</html>", "probability": 0.02, "count": -1},
		{"method": "getUpdates", "kind": "drop", "probability": 0.02, "count": -1},
		{"method": "getUpdates", "kind": "drop_after", "probability": 0.02, "count": -1},
	} {
		sim.post("/control/fault", f)
	}
	dir := t.TempDir()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range each {
			for user := range people {
				sim.post("/control/send", map[string]any{"user_id": 1000 + user, "text": fmt.Sprint("text ", i+1)})
				if i%4 == 3 && user%5 == 0 {
					sim.post("/control/update", map[string]any{"message": map[string]any{"message_id": "unreadable"}})
				}
				time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond)
			}
		}
	}()
	for range kills {
		life := startEcho(t, dir, sim.base)
		time.Sleep(time.Duration(150+rand.IntN(900)) * time.Millisecond)
		_ = life.Process.Kill()
		_ = life.Wait()
	}
	last := startEcho(t, dir, sim.base)
	<-sent
	missing := func() (n int) {
		for user := range people {
			if m := sim.chat(int64(1000 + user)); len(m) == 0 || m[len(m)-1].Text != fmt.Sprintf("%d text %d", each, each) {
				n++
			}
		}
		return n
	}
	end := time.Now().Add(60*time.Second + time.Duration(kills)*3*time.Second)
	for missing() > 0 && time.Now().Before(end) {
		time.Sleep(100 * time.Millisecond)
	}
	_ = last.Process.Kill()
	_ = last.Wait()
	repeats := 0
	for user := range people {
		repeats += inOrder(t, sim.chat(int64(1000+user)), each)
	}
	t.Logf("%d texts of %d people, %d kills: %d replies shown twice", people*each, people, kills, repeats)
	var faults struct {
		Faults []struct {
			Method, Kind string
			Hits         int
		}
	}
	sim.get("/control/fault", &faults)
	doubtful := 0
	for _, f := range faults.Faults {
		t.Logf("%s %s: %d times", f.Method, f.Kind, f.Hits)
		if f.Method == "sendMessage" && f.Kind == "drop_after" {
			doubtful += f.Hits
		}
	}
	// A kill can catch as many sends as there are workers between Telegram's yes and our record.
	if most := doubtful + kills*48; repeats > most {
		t.Errorf("%d replies were shown twice, but only %d could be in doubt", repeats, most)
	}
	sim.clean()
}

// inOrder checks the replies in one chat and returns how many came twice.
func inOrder(t *testing.T, got []sent, n int) (repeats int) {
	t.Helper()
	next := 1
	for _, m := range got {
		switch m.Text {
		case fmt.Sprintf("%d text %d", next, next):
			next++
		case fmt.Sprintf("%d text %d", next-1, next-1):
			repeats++
		default:
			t.Errorf("after %d texts came %q", next-1, m.Text)
			return repeats
		}
	}
	if next != n+1 {
		t.Errorf("%d of %d texts were answered", next-1, n)
	}
	return repeats
}

func startEcho(t *testing.T, dir, apiURL string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashAPI+"="+apiURL)
	cmd.Stderr = io.Discard
	if os.Getenv("OLLE_TEST_LOG") != "" {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}
