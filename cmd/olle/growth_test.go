package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"olle/bot"
	"olle/flows"
	"olle/storage"
	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

// silent is a network that takes every message at once.
type silent struct{ sent atomic.Int64 }

func (*silent) Name() string       { return "silent" }
func (*silent) Limits() bot.Limits { return bot.Limits{} }
func (*silent) Receive(ctx context.Context, _ bot.Deliver) error {
	<-ctx.Done()
	return nil
}
func (n *silent) Send(context.Context, string, flows.Message) (string, error) {
	return strconv.FormatInt(n.sent.Add(1), 10), nil
}
func (*silent) Fetch(context.Context, flows.File) (io.ReadCloser, error) { return nil, io.EOF }

// town is a store with so many people, and a bot that works on it.
type town struct {
	t      *testing.T
	people int
	parts  *parts
	bot    *bot.Bot
	net    *silent
	admin  *goredis.Client
	said   int
}

const example = 1_000_000_000 // the number of the person all others are copies of

func newTown(t *testing.T, people int) *town {
	t.Helper()
	server := redistest.NewServer(t, "--appendonly", "no")
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00",
		"OLLE_REDIS_URL": server.URL(), "OLLE_AGE_RECIPIENTS": ageKey(t), "OLLE_LOG_LEVEL": "error"}
	p := &program{out: io.Discard, errs: io.Discard, getenv: func(k string) (string, bool) { v, ok := env[k]; return v, ok }}
	s, err := p.settings()
	if err != nil {
		t.Fatal(err)
	}
	w := &town{t: t, people: people, net: &silent{}, admin: server.Client(nil)}
	if w.parts, err = p.open(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.parts.Close)
	w.parts.log = slog.New(slog.DiscardHandler)
	if w.bot, err = w.parts.newBot(w.net); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.bot.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	if err := w.parts.openEvent(ctx, w.bot); err != nil {
		t.Fatal(err)
	}
	w.settle()
	return w
}

// say is one word of the person with that number.
func (w *town) say(person, n int, text string) {
	now := w.parts.clock.Now()
	a := flows.Address(fmt.Sprintf("silent:%d", person))
	u := flows.Update{ID: fmt.Sprintf("%s/%d", a, n), From: a, Chat: a, Private: true, Text: text, Sent: now}
	if _, err := w.bot.Handle(w.t.Context(), u); err != nil {
		w.t.Error(err)
	}
}

// settle makes a person in the middle of an application, and copies of that person.
func (w *town) settle() {
	w.t.Helper()
	for i, text := range []string{"how much is the airfare from Kathmandu?", "/apply", "I agree", "For myself", "Nina Rai", "Ministry of Labour", "Head", "Government",
		"Senior level", "9", "Kathmandu", "Kathmandu", "Nepal"} {
		w.say(example, i, text)
	}
	var docs []storage.Doc
	for _, prefix := range []string{"person/", "card/", "at/"} {
		found, err := w.parts.store.List(w.t.Context(), prefix, "", 10)
		if err != nil || len(found) != 1 {
			w.t.Fatalf("%s: %d documents, %v", prefix, len(found), err)
		}
		docs = append(docs, found...)
	}
	name := strings.TrimPrefix(docs[0].Key, "person/")
	before := w.memory()
	i := 0
	err := storage.Fill(w.t.Context(), w.parts.store, func() (*storage.Item, error) {
		if i == len(docs)*w.people {
			return nil, nil
		}
		n, d := i/len(docs), docs[i%len(docs)]
		i++
		change := strings.NewReplacer(name, copyName(name, n), fmt.Sprint(example), fmt.Sprint(n))
		return &storage.Item{Doc: &storage.Doc{Key: change.Replace(d.Key), Data: []byte(change.Replace(string(d.Data)))}}, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Logf("%d people, %d bytes of documents each, take %d bytes of Redis each", w.people, len(docs[0].Data)+len(docs[1].Data)+len(docs[2].Data), (w.memory()-before)/int64(w.people))
}

// copyName is a name as long as the example's, spread over the alphabet as names are.
func copyName(name string, n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	b := []byte(strconv.FormatInt(int64(n), 36))
	slices.Reverse(b)
	for len(b) < len(name) {
		b = append(b, "abcdefghijklmnopqrstuvwxyz234567"[r.IntN(32)])
	}
	return string(b[:len(name)])
}

func (w *town) memory() int64 { return w.figure("memory", "used_memory:") }

// figure reads a number from INFO.
func (w *town) figure(section, name string) int64 {
	text := w.admin.Info(w.t.Context(), section).Val()
	_, value, _ := strings.Cut(text, name)
	value, _, _ = strings.Cut(value, "\r")
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		w.t.Fatalf("%s in %q", name, text)
	}
	if strings.HasPrefix(name, "used_cpu") {
		f *= 1e6
	}
	return int64(f)
}

// cost is what one update took: wall and processor time of the bot, and of Redis, in microseconds.
type cost struct{ wall, bot, redis, commands float64 }

// round lets a thousand people of the town say a question each, fifty at a time.
func (w *town) round(n int) cost {
	spent := func() (time.Duration, float64) {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano()), float64(w.figure("cpu", "used_cpu_user:") + w.figure("cpu", "used_cpu_sys:"))
	}
	w.said++
	bot, redis := spent()
	commands, sent, start := w.figure("stats", "total_commands_processed:"), w.net.sent.Load(), time.Now()
	var all sync.WaitGroup
	for g := range 50 {
		all.Go(func() {
			for i := g; i < n; i += 50 {
				w.say((i%min(1000, w.people))*(w.people/min(1000, w.people)), w.said*1_000_000+i, "how much is the airfare from Kathmandu?")
			}
		})
	}
	all.Wait()
	for w.net.sent.Load() < sent+int64(n) {
		time.Sleep(time.Millisecond)
	}
	wall := time.Since(start)
	bot2, redis2 := spent()
	each := float64(n)
	return cost{float64(wall.Microseconds()) / each, float64((bot2 - bot).Microseconds()) / each, (redis2 - redis) / each,
		float64(w.figure("stats", "total_commands_processed:")-commands) / each}
}

// An update costs the same however many people are stored.
func TestAnUpdateCostsTheSameWithAMillionPeople(t *testing.T) {
	many, rounds, words := 10_000, 3, 300
	if storagetest.Full() {
		many, rounds, words = 1_000_000, 21, 4000
	} else {
		t.Parallel() // only the commands count: others use the processor too
	}
	few, lots := newTown(t, 1000), newTown(t, many)
	few.round(words)
	lots.round(words)
	ratios := map[string][]float64{}
	var last [2]cost
	for i := range rounds {
		var a, b cost
		if i%2 == 0 { // the machine's speed drifts
			a, b = few.round(words), lots.round(words)
		} else {
			b, a = lots.round(words), few.round(words)
		}
		last = [2]cost{a, b}
		for name, pair := range map[string][2]float64{"wall": {a.wall, b.wall}, "bot": {a.bot, b.bot}, "redis": {a.redis, b.redis}, "commands": {a.commands, b.commands}} {
			ratios[name] = append(ratios[name], pair[1]/pair[0])
		}
	}
	middle := func(name string) float64 { slices.Sort(ratios[name]); return ratios[name][len(ratios[name])/2] }
	t.Logf("an update with %d people stored against 1,000, medians of %d paired rounds: time × %.2f, processor × %.2f, Redis' processor × %.2f, commands × %.2f; the last round in µs: %.0f %+.0f",
		many, rounds, middle("wall"), middle("bot"), middle("redis"), middle("commands"), last[0], last[1])
	if got := middle("commands"); got > 1.25 { // looking for work counts too, and takes its time
		t.Errorf("%.2f times as many commands", got)
	}
	if storagetest.Full() && (middle("bot") > 1.1 || middle("redis") > 1.1) {
		t.Errorf("the cost grows with the people stored: processor × %.2f, Redis × %.2f", middle("bot"), middle("redis"))
	}
	few.disk(words)
	if storagetest.Full() {
		lots.walks()
	}
}

// disk measures what an update adds to Redis' memory, where its name is kept for three days, and to the append-only file.
func (w *town) disk(words int) {
	memory := w.memory()
	for range 4 {
		w.round(words)
	}
	memory = (w.memory() - memory) / int64(4*words)
	w.admin.ConfigSet(w.t.Context(), "auto-aof-rewrite-percentage", "0")
	w.admin.ConfigSet(w.t.Context(), "appendonly", "yes")
	for end := time.Now().Add(time.Minute); w.figure("persistence", "aof_rewrite_in_progress:")+w.figure("persistence", "aof_rewrite_scheduled:") > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("the append-only file is not there")
		}
	}
	before := w.figure("persistence", "aof_current_size:")
	w.round(words)
	w.t.Logf("an update adds %d bytes to Redis' memory for three days, and %d to its append-only file", memory, (w.figure("persistence", "aof_current_size:")-before)/int64(words))
}

// walks measures what goes through everybody: the sweep of each day, the count of an audience, a page of the console.
func (w *town) walks() {
	start := time.Now()
	cards := 0
	for after := ""; ; {
		docs, err := w.parts.store.List(w.t.Context(), "card/", after, 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(docs) == 0 {
			break
		}
		cards, after = cards+len(docs), docs[len(docs)-1].Key
	}
	w.t.Logf("reading %d cards took %v", cards, time.Since(start).Round(time.Millisecond))
	start = time.Now()
	if _, err := w.bot.Remains(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Logf("looking through everybody (doctor, and the sweep of each day) took %v", time.Since(start).Round(time.Millisecond))
}
