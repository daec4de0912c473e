package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/config"
	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/redis"
	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

// hall is a network with keys for messages, which notes what each chat was shown and refuses those who blocked the bot.
type hall struct {
	mu      sync.Mutex
	shown   map[flows.Address][]string
	seen    map[string]bool
	blocked func(flows.Address) bool
	rate    float64
	deliver chan bot.Deliver
}

func newHall(rate float64) *hall {
	return &hall{shown: map[flows.Address][]string{}, seen: map[string]bool{}, rate: rate, blocked: func(flows.Address) bool { return false }, deliver: make(chan bot.Deliver, 1)}
}

func (h *hall) Name() string { return "hall" }
func (h *hall) Limits() bot.Limits {
	return bot.Limits{PerSecond: h.rate, Burst: 8, Workers: 16}
}

func (h *hall) Receive(ctx context.Context, deliver bot.Deliver) error {
	h.deliver <- deliver
	<-ctx.Done()
	return nil
}

func (h *hall) Send(_ context.Context, id string, m flows.Message) (string, error) {
	if h.blocked(m.To) {
		return "", &bot.SendError{Gone: true, Err: errors.New("blocked")}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.seen[id] {
		h.seen[id] = true
		h.shown[m.To] = append(h.shown[m.To], m.Text)
	}
	return "shown " + id, nil
}

func (h *hall) Fetch(context.Context, flows.File) (io.ReadCloser, error) {
	return nil, errors.New("no files here")
}

// counts says how many chats were shown a text, and how many more than once.
func (h *hall) counts(text string) (chats, doubled int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, all := range h.shown {
		n := 0
		for _, t := range all {
			if strings.Contains(t, text) {
				n++
			}
		}
		chats += min(n, 1)
		if n > 1 {
			doubled++
		}
	}
	return chats, doubled
}

// mortal is a store that a process can be cut off from, as by kill -9: from then on nothing of that process reaches it.
type mortal struct {
	storage.Store
	dead atomic.Bool
}

func (m *mortal) Commit(ctx context.Context, b storage.Batch) (storage.Result, error) {
	if m.dead.Load() {
		return storage.Result{}, storage.ErrClosed
	}
	return m.Store.Commit(ctx, b)
}

func (m *mortal) Claim(ctx context.Context, c storage.Claim) ([]storage.Job, error) {
	if m.dead.Load() {
		return nil, storage.ErrClosed
	}
	return m.Store.Claim(ctx, c)
}

// hallBot runs a bot on a store; the first function cuts it off without grace, the second stops it.
type hallBot struct {
	deliver bot.Deliver
	kill    func()
	stop    func()
}

func openHall(t *testing.T, book *flows.Book, store storage.Store, h *hall, clock *bot.Clock) *hallBot {
	t.Helper()
	m := &mortal{Store: store}
	b, err := bot.New(bot.Options{Play: book.Play, Store: m, Platforms: []bot.Platform{h}, Clock: clock, Log: slog.New(slog.DiscardHandler), Lease: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = b.Run(ctx) }()
	return &hallBot{deliver: <-h.deliver, kill: func() { m.dead.Store(true); cancel() }, stop: func() { cancel(); <-ended }}
}

// seated puts people into a store as if they had written to the bot: their address, themselves and their card.
func seated(t *testing.T, store storage.Store, addresses []flows.Address) {
	t.Helper()
	now := time.Now()
	var docs []storage.Doc
	for i, a := range addresses {
		id := flows.PersonID(a)
		name := strings.TrimPrefix(id, "person/")
		p := flows.Person{ID: id, Ref: "VCA20-" + strings.ToUpper(name[:6]), Addresses: []flows.Address{a}, Home: a, Born: now, Seen: now, Forms: map[string]*flows.Record{}}
		c := flows.Card{Ref: p.Ref, Born: now, Stage: "new", Platforms: []string{a.Platform()}, Home: a.Platform()}
		docs = append(docs, storage.Doc{Key: "at/" + string(a), Data: flows.Must(flows.Identity{Person: id})},
			storage.Doc{Key: id, Data: flows.Must(p)}, storage.Doc{Key: "card/" + name, Data: flows.Must(c)})
		if len(docs) >= 600 || i == len(addresses)-1 {
			if _, err := store.Commit(t.Context(), storage.Batch{Put: docs}); err != nil {
				t.Fatal(err)
			}
			docs = nil
		}
	}
}

func addresses(n int, form string, from int) (all []flows.Address) {
	for i := range n {
		all = append(all, flows.Address(fmt.Sprintf(form, from+i)))
	}
	return all
}

func book2020(t *testing.T) *flows.Book {
	t.Helper()
	events, err := config.LoadAll("")
	if err != nil {
		t.Fatal(err)
	}
	book, err := flows.NewBook(events, "vca-jeju-2020", nil)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func orders(t *testing.T, deliver bot.Deliver, id, call string, args any) {
	t.Helper()
	u := flows.Update{ID: fmt.Sprintf("%s/%s/%d", call, id, rand.Int64()), Subject: flows.AnnouncementKey(id), Call: "announcement/" + call, From: flows.Operator, Args: flows.Must(args)}
	if _, err := deliver(t.Context(), u); err != nil {
		t.Fatal(err)
	}
}

// until waits for an announcement to be in a state.
func until(t *testing.T, store storage.Store, id string, patience time.Duration, done func(flows.AnnouncementReport) bool) flows.AnnouncementReport {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		r, err := flows.ReportAnnouncement(storeSource{t.Context(), store}, id)
		if err != nil {
			t.Fatal(err)
		}
		if done(r) {
			return r
		}
		if time.Now().After(end) {
			data, _ := json.Marshal(r)
			t.Fatalf("the announcement stands at %s", data)
		}
	}
}

func finished(r flows.AnnouncementReport) bool { return r.State == flows.AnnouncementFinished }

// The bot is cut off at random points of a send to three hundred: each of them has one entry in the ledger, and saw it once.
func TestASendSurvivesBeingKilled(t *testing.T) {
	t.Parallel()
	const people, kills = 300, 6
	h := newHall(150)
	clock := bot.NewClock(time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), 1, time.Time{})
	store, err := bolt.Open(filepath.Join(t.TempDir(), "olle.db"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	seated(t, store, addresses(people, "hall:%d", 1))
	book := book2020(t)
	b := openHall(t, book, store, h, clock)
	orders(t, b.deliver, "KILLED", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	orders(t, b.deliver, "KILLED", "start", nil)
	for k := range kills {
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) { // a little more of it each time
			if n, _ := h.counts("Doors"); n >= (k*people/kills)+rand.IntN(people/kills) || time.Now().After(end) {
				break
			}
		}
		b.kill()
		b = openHall(t, book, store, h, clock)
	}
	until(t, store, "KILLED", 40*time.Second, finished)
	b.stop()
	ledger := map[string]int{}
	page, _, err := flows.Recipients(book.Current, storeSource{t.Context(), store}, "KILLED", "", people+1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page {
		if r.State == "sent" {
			ledger[r.Ref]++
		}
	}
	if chats, doubled := h.counts("Doors"); chats != people || doubled != 0 || len(ledger) != people {
		t.Errorf("%d of %d saw it, %d twice, %d in the ledger", chats, people, doubled, len(ledger))
	}
	if docs, _ := store.List(t.Context(), "due/", "", 10); len(docs) > 0 {
		t.Errorf("left due: %v", docs)
	}
}

// When many have blocked the bot a send pauses by itself, and goes on when somebody says so; the blocked are marked, not lost.
func TestASendPausesWhenManyFail(t *testing.T) {
	t.Parallel()
	h := newHall(400)
	h.blocked = func(a flows.Address) bool {
		return strings.HasSuffix(string(a), "1") || strings.HasSuffix(string(a), "2")
	}
	clock := bot.NewClock(time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), 1, time.Time{})
	store, err := bolt.Open(filepath.Join(t.TempDir(), "olle.db"), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	seated(t, store, addresses(400, "hall:%d", 1))
	b := openHall(t, book2020(t), store, h, clock)
	defer b.stop()
	orders(t, b.deliver, "SPIKES", "create", flows.AnnouncementArgs{Text: "Doors open at nine."})
	orders(t, b.deliver, "SPIKES", "start", nil)
	pauses := 0
	r := until(t, store, "SPIKES", 40*time.Second, func(r flows.AnnouncementReport) bool {
		if r.State == flows.AnnouncementPaused {
			if pauses++; r.PausedWhy != "failures" || pauses == 1 && r.Sent > 300 {
				t.Errorf("paused for %q with %d sent", r.PausedWhy, r.Sent)
			}
			orders(t, b.deliver, "SPIKES", "resume", nil)
		}
		return finished(r)
	})
	if r.Sent != 320 || r.Gone != 80 || pauses == 0 {
		t.Errorf("%d sent, %d gone, %d pauses", r.Sent, r.Gone, pauses)
	}
	if chats, doubled := h.counts("Doors"); chats != 320 || doubled != 0 {
		t.Errorf("%d saw it, %d twice", chats, doubled)
	}
}

// arrival is one message as a simulator wrote it down.
type arrival struct {
	Text   string          `json:"text"`
	Time   time.Time       `json:"time"`
	ChatID int64           `json:"chat_id"`
	UserID json.RawMessage `json:"user_id"`
}

// arrived lists what a simulator was sent since then that holds the text.
func (s *simulator) arrived(text string) (all []arrival) {
	s.t.Helper()
	var r struct{ Sent []arrival }
	if err := json.Unmarshal([]byte(getAll(s.t, s.base+"/control/sent?since=0")), &r); err != nil {
		s.t.Fatal(err)
	}
	for _, a := range r.Sent {
		if strings.Contains(a.Text, text) {
			all = append(all, a)
		}
	}
	return all
}

// spread says how many different people got it, and how many more than once.
func spread(all []arrival) (people, doubled int, last time.Time) {
	n := map[string]int{}
	for _, a := range all {
		n[fmt.Sprint(a.ChatID, string(a.UserID))]++
		if a.Time.After(last) {
			last = a.Time
		}
	}
	for _, k := range n {
		if k > 1 {
			doubled += k - 1
		}
	}
	return len(n), doubled, last
}

// replies measures the delay from word to answer, one word at a time, of people who take turns so that none passes a chat's limit.
func replies(people []*user, n int, every time.Duration) []time.Duration {
	var delays []time.Duration
	for i := range n {
		u := people[i%len(people)]
		before := len(u.allSent())
		said := time.Now()
		u.post("/deadline")
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if all := u.allSent(); len(all) > before {
				delays = append(delays, all[before].Time.Sub(said))
				break
			}
		}
		time.Sleep(max(0, every-time.Since(said)))
	}
	slices.Sort(delays)
	return delays
}

func shares(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	return fmt.Sprintf("p50 %v, p90 %v, p99 %v, worst %v of %d", d[len(d)/2].Round(100*time.Microsecond), d[len(d)*9/10].Round(100*time.Microsecond), d[len(d)*99/100].Round(100*time.Microsecond), d[len(d)-1].Round(100*time.Microsecond), len(d))
}

// A send to many on both networks at their real limits, while somebody talks to the bot: none lost, none doubled, no limit passed, in
// the time the networks need. On Discord that is the opening of direct messages, five a second; on Telegram thirty a second.
func TestAnnounceAtTheNetworksLimits(t *testing.T) {
	onTelegram, onDiscord := crowd()
	telegram, discord, env, everyone := manyPeople(t, onTelegram, onDiscord, "")
	s := startServe(t, env)
	discord.connected()
	var talkers []*user
	for i := range int64(4) {
		u := &user{sim: telegram, id: 40 + i}
		u.says("hello", "Hello")
		talkers = append(talkers, u)
	}
	replies(talkers, 4, time.Second)
	idle := replies(talkers, 12, 400*time.Millisecond)

	begun := time.Now()
	code, out, errs := olle(t, env, "", "announce", "-text", "Doors open at nine.", "-audience", "-ref="+strings.Join(refs(talkers), ","), "-json")
	if code != exitOK {
		t.Fatalf("announce: %d %s%s", code, out, errs)
	}
	var state announceState
	if err := json.Unmarshal([]byte(out), &state); err != nil || state.Recipients != len(everyone) {
		t.Fatalf("%s %v", out, err)
	}
	ideal := max(time.Duration(float64(onTelegram)/30*float64(time.Second)), time.Duration((onDiscord-1)/25*5)*time.Second)
	var busy []time.Duration
	for state.State == flows.AnnouncementRunning {
		busy = append(busy, replies(talkers, 4, 500*time.Millisecond)...)
		if time.Since(begun) > 2*ideal+time.Minute {
			t.Fatalf("it takes too long: %+v", state)
		}
		if code, out, errs = olle(t, env, "", "announce", "status", state.ID, "-json"); code != exitOK {
			t.Fatalf("status: %s%s", out, errs)
		}
		_ = json.Unmarshal([]byte(out), &state)
		time.Sleep(200 * time.Millisecond)
	}
	atTelegram, twice, lastT := spread(telegram.arrived("Doors"))
	atDiscord, twiceD, lastD := spread(discord.arrived("Doors"))
	ideal = max(ideal, time.Duration(float64(onTelegram+len(busy))/30*float64(time.Second)))
	took := max(lastT.Sub(begun), lastD.Sub(begun))
	t.Logf("%d recipients: Telegram %d in %v, Discord %d in %v; ideal %v, ratio %.3f; doubled %d and %d", len(everyone),
		atTelegram, lastT.Sub(begun).Round(time.Millisecond), atDiscord, lastD.Sub(begun).Round(time.Millisecond), ideal, took.Seconds()/ideal.Seconds(), twice, twiceD)
	if atTelegram != onTelegram || atDiscord != onDiscord || twice > 0 || twiceD > 0 || state.Sent != len(everyone) || state.State != "finished" {
		t.Errorf("Telegram %d of %d, Discord %d of %d, %+v", atTelegram, onTelegram, atDiscord, onDiscord, state)
	}
	slices.Sort(busy)
	t.Logf("live replies: idle %s; during the send %s", shares(idle), shares(busy))
	if ratio := took.Seconds() / ideal.Seconds(); ratio > 1.03 {
		t.Errorf("it took %.3f times the ideal", ratio)
	}
	s.stop()
	telegram.lawful()
	discord.lawful()
}

// The same by two replicas on a Redis, of which one is killed five times, and the Redis restarted once. Where a network has no key, one
// more message per kill may show twice; a process that has just begun does not know how much Discord allows it yet.
func TestAnnounceKilledAtTheNetworksLimits(t *testing.T) {
	if !storagetest.Full() {
		t.Skip("only with -full")
	}
	server := redistest.NewServer(t, "--appendonly", "yes", "--appendfsync", "always")
	onTelegram, onDiscord := crowd()
	telegram, discord, env, everyone := manyPeople(t, onTelegram, onDiscord, server.URL())
	second := maps.Clone(env)
	second["OLLE_DATA_DIR"] = t.TempDir()
	replicas, envs := []*served{startServe(t, env), startServe(t, second)}, []map[string]string{env, second}
	discord.connected()
	begun := time.Now()
	code, out, errs := olle(t, env, "", "announce", "-text", "Doors open at nine.", "-json")
	var state announceState
	if err := json.Unmarshal([]byte(out), &state); code != exitOK || err != nil || state.Recipients != len(everyone) {
		t.Fatalf("%s%s %v", out, errs, err)
	}
	const kills = 5
	long := time.Duration(float64(onTelegram) / 30 * float64(time.Second))
	for killed := 0; state.State == flows.AnnouncementRunning; time.Sleep(200 * time.Millisecond) {
		if killed < kills && time.Since(begun) > time.Duration(killed+1)*long/(kills+1) {
			i := killed % 2
			replicas[i].kill()
			if killed++; killed == 3 {
				server.Stop()
				server.Restart()
			}
			replicas[i] = startServe(t, envs[i])
		}
		if time.Since(begun) > 2*long+2*time.Minute {
			t.Fatalf("it takes too long: %+v", state)
		}
		if code, out, _ := olle(t, env, "", "announce", "status", state.ID, "-json"); code == exitOK {
			_ = json.Unmarshal([]byte(out), &state)
		}
	}
	atTelegram, twice, lastT := spread(telegram.arrived("Doors"))
	atDiscord, twiceD, lastD := spread(discord.arrived("Doors"))
	t.Logf("%d recipients, %d kills: Telegram %d in %v, %d shown twice; Discord %d in %v, %d shown twice", len(everyone), kills,
		atTelegram, lastT.Sub(begun).Round(time.Millisecond), twice, atDiscord, lastD.Sub(begun).Round(time.Millisecond), twiceD)
	if atTelegram != onTelegram || atDiscord != onDiscord || twice > kills || twiceD > 0 || state.Sent != len(everyone) || state.State != "finished" {
		t.Errorf("Telegram %d of %d, Discord %d of %d, %+v", atTelegram, onTelegram, atDiscord, onDiscord, state)
	}
	replicas[0].stop()
	replicas[1].stop()
}

// crowd is how many people a send through the simulators has.
func crowd() (onTelegram, onDiscord int) {
	if storagetest.Full() {
		return 17_200, 2_800
	}
	return 780, 110
}

// manyPeople starts both simulators at the networks' limits, and puts people of both into a store.
func manyPeople(t *testing.T, onTelegram, onDiscord int, redisURL string) (telegram, discord *simulator, env map[string]string, everyone []flows.Address) {
	t.Helper()
	telegram = simulate(t, "tgsim", "-limits")
	discord = simulate(t, "dcsim", "-limits")
	env = map[string]string{
		"OLLE_DATA_DIR": t.TempDir(), "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t),
		"OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": telegram.base, "OLLE_DISCORD_TOKEN": "sim-token", "OLLE_DISCORD_API_URL": discord.base,
	}
	everyone = append(addresses(onTelegram, "telegram:%d", 1_000_000), addresses(onDiscord, "discord:%d", 880_000_000)...)
	var store storage.Store
	var err error
	if redisURL == "" {
		store, err = bolt.Open(filepath.Join(env["OLLE_DATA_DIR"], "olle.db"), time.Now)
	} else {
		env["OLLE_REDIS_URL"] = redisURL
		store, err = redis.Open(t.Context(), redis.Options{URL: redisURL})
	}
	if err != nil {
		t.Fatal(err)
	}
	seated(t, store, everyone)
	store.Close()
	for i := range onDiscord {
		var r struct{ Error string }
		if code := discord.post("/control/user", map[string]any{"user_id": 880_000_000 + i}, &r); code != http.StatusOK {
			t.Fatalf("a user of Discord: %d %s", code, r.Error)
		}
	}
	return telegram, discord, env, everyone
}

// refs are the references of people on Telegram, as conditions take them.
func refs(people []*user) (all []string) {
	for _, u := range people {
		all = append(all, strings.TrimPrefix(flows.PersonID(flows.Address(fmt.Sprint("telegram:", u.id))), "person/")[:6])
	}
	return all
}

// The command line counts, sends, steers, and says in a sentence what is wrong; scripts read the same five fields everywhere.
func TestAnnounceFromTheCommandLine(t *testing.T) {
	t.Parallel()
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir()}
	s := startServe(t, env)
	for range 3 {
		(&visitor{t: t, base: s.base, log: s.log}).say("hello")
	}
	run := func(want int, args ...string) (announceState, string) {
		t.Helper()
		code, out, errs := olle(t, env, "", append([]string{"announce"}, args...)...)
		if code != want {
			t.Fatalf("announce %q: %d, want %d: %s%s", args, code, want, out, errs)
		}
		var fields map[string]any
		var state announceState
		if code == exitOK {
			if err := errors.Join(json.Unmarshal([]byte(out), &fields), json.Unmarshal([]byte(out), &state)); err != nil || len(fields) != 5 {
				t.Errorf("announce %q printed %s, %v", args, out, err)
			}
		}
		return state, errs
	}
	if a, _ := run(exitOK, "-text", "Doors open at nine.", "-dry-run", "-json"); a.Recipients != 3 || a.State != "dry-run" || a.ID != "" {
		t.Errorf("counted %+v", a)
	}
	if a, _ := run(exitOK, "-text", "Doors open at nine.", "-audience", "stage=new platform=web", "-wait", "-json"); a.State != "finished" || a.Sent != 3 || a.Failed != 0 {
		t.Errorf("sent %+v", a)
	}
	later, _ := run(exitOK, "-text", "Doors open at ten.", "-at", "2020-02-05T09:00:00+09:00", "-json")
	for _, step := range [][2]string{{"status", "scheduled"}, {"pause", "paused"}, {"resume", "scheduled"}, {"cancel", "cancelled"}, {"resume", "cancelled"}} {
		if a, _ := run(exitOK, step[0], later.ID, "-json"); a.State != step[1] || a.ID != later.ID || a.Recipients != 3 {
			t.Errorf("after %s: %+v", step[0], a)
		}
	}
	for _, wrong := range [][]string{{}, {"-text", "x", "-file", "y"}, {"-text", "x", "-at", "noon"}, {"status"}, {"-nonsense"}} {
		run(exitUsage, wrong...)
	}
	for _, wrong := range [][]string{{"-text", "x", "-audience", "countri=Nepal"}, {"-text", "x", "-to", "channel:web:1"}, {"status", "NOSUCH"}, {"-file", filepath.Join(t.TempDir(), "none")}} {
		if _, errs := run(exitFailed, wrong...); len(errs) < 20 {
			t.Errorf("announce %q says only %q", wrong, errs)
		}
	}
	s.stop()
}
