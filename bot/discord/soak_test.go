package discord_test

import (
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/bot/platformtest"
)

var full = flag.Bool("full", false, "run the long proofs at full size")

// A copy of this test program plays the bot when it is told to, so that it can be killed.
func TestMain(m *testing.M) {
	if base := os.Getenv("OLLE_TEST_BOT"); base != "" {
		t := &child{}
		openHouse(t, &sim{t, base}, os.Getenv("OLLE_TEST_DIR"), folder(os.Getenv("OLLE_TEST_DIR")), nil)
		fmt.Println("ready")
		select {}
	}
	platformtest.SideBySide("4")
	os.Exit(m.Run())
}

// child is the little of a test that the house needs.
type child struct{ testing.TB }

func (c *child) Helper()                   {}
func (c *child) Cleanup(func())            {}
func (c *child) Fatal(a ...any)            { fmt.Fprintln(os.Stderr, a...); os.Exit(1) }
func (c *child) Fatalf(f string, a ...any) { c.Fatal(fmt.Sprintf(f, a...)) }
func (c *child) Errorf(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) }

// folder is a Memory in files, which survives a kill.
type folder string

func (f folder) file(key string) string {
	return filepath.Join(string(f), "memory-"+hex.EncodeToString([]byte(key)))
}

func (f folder) Get(_ context.Context, key string) (string, error) {
	b, err := os.ReadFile(f.file(key))
	if os.IsNotExist(err) {
		err = nil
	}
	return string(b), err
}

func (f folder) Put(_ context.Context, values map[string]string) error {
	for key, value := range values {
		if err := os.WriteFile(f.file(key)+"~", []byte(value), 0o600); err != nil {
			return err
		}
		if err := os.Rename(f.file(key)+"~", f.file(key)); err != nil {
			return err
		}
	}
	return nil
}

func (f folder) All(ctx context.Context, prefix string) (map[string]string, error) {
	found, err := filepath.Glob(filepath.Join(string(f), "memory-*"))
	out := map[string]string{}
	for _, name := range found {
		key, err := hex.DecodeString(strings.TrimPrefix(filepath.Base(name), "memory-"))
		if err != nil || !strings.HasPrefix(string(key), prefix) {
			continue
		}
		if out[string(key)], err = f.Get(ctx, string(key)); err != nil {
			return nil, err
		}
	}
	return out, err
}

// cities are departure points whose answers are told apart by their names.
var cities = []string{"Kathmandu", "Hanoi", "Manila", "Jakarta", "Colombo", "Dhaka", "Ulaanbaatar", "Phnom Penh", "Vientiane", "Nairobi"}

// TestNothingIsLostOrDoubledWhenKilled is a season of bad days: the API fails in every way, the gateway hangs up and forgets, the bot
// is killed; and everybody gets one answer to each question, in order.
func TestNothingIsLostOrDoubledWhenKilled(t *testing.T) {
	t.Parallel()
	people, lines, kills := 10, 10, 3
	if *full {
		people, lines, kills = 100, 30, 60
	}
	s := startSim(t)
	dir := t.TempDir()
	start := func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "OLLE_TEST_BOT="+s.base, "OLLE_TEST_DIR="+dir)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		must(t, err)
		must(t, c.Start())
		_, err = out.Read(make([]byte, 10))
		must(t, err)
		return c
	}
	bot := start()
	kill := func() { _ = bot.Process.Kill(); _ = bot.Wait() }
	defer func() { kill() }()
	user := func(i int) string { return fmt.Sprint("80000000000001", 1000+i) }
	for i := range people { // everybody is known before the bad days begin: Discord tells nobody who wrote to a bot that was away
		s.ask("POST", "send", object{"user_id": user(i), "dm": true, "text": "how much from Kathmandu?"})
	}
	s.until("first answers", func() bool {
		for i := range people {
			if len(s.messages("user_id="+user(i))) == 0 {
				return false
			}
		}
		return true
	})
	time.Sleep(5 * time.Second) // until memory is written
	for _, f := range []object{
		{"kind": "error", "status": 500}, {"kind": "error_after", "status": 502, "body": "<html>"}, {"kind": "drop"}, {"kind": "drop_after"},
		{"kind": "garbage"}, {"kind": "error", "status": 429, "retry_after": 0.2},
	} {
		f["method"], f["count"], f["probability"] = "POST /channels/*/messages", -1, 0.04
		s.ask("POST", "fault", f)
	}
	var talk sync.WaitGroup
	for i := range people {
		talk.Go(func() {
			for n := range lines {
				s.ask("POST", "send", object{"user_id": user(i), "dm": true, "text": "airfare from " + cities[n%len(cities)]})
				time.Sleep(rand.N(400 * time.Millisecond))
			}
		})
	}
	for range kills {
		for _, g := range []object{{"action": "reconnect"}, {"action": "drop"}, {"action": "close", "code": 4000}, {"action": "invalid_session"}} {
			time.Sleep(rand.N(300 * time.Millisecond))
			s.ask("POST", "gateway", g)
		}
		time.Sleep(rand.N(500 * time.Millisecond))
		kill()
		if rand.N(3) == 0 {
			s.ask("POST", "gateway", object{"action": "drop", "forget": true})
		}
		bot = start()
	}
	talk.Wait()
	for i := range people {
		got, want := []string{}, slices.Repeat(cities, lines/len(cities)+1)[:lines]
		for end := time.Now().Add(60 * time.Second); time.Now().Before(end) && !slices.Equal(got, want); time.Sleep(50 * time.Millisecond) {
			got = got[:0]
			for _, m := range s.messages("user_id=" + user(i))[1:] {
				for _, c := range cities {
					if strings.Contains(m["content"].(string), c) {
						got = append(got, c)
						break
					}
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("person %d was answered %v", i, got)
		}
	}
	s.clean()
}
