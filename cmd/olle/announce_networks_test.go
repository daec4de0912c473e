package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
	"olle/storage"
	"olle/storage/bolt"
	"olle/storage/redis"
	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

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
	t.Parallel()
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
	quiet := 24
	if storagetest.Full() {
		quiet = 200 // the worst but two of them is what the replies during the send are compared with
	}
	idle := replies(talkers, quiet, 300*time.Millisecond)

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
	most := 2.0 // a small send shows its beginning and end, and what else the machine has to do
	if storagetest.Full() {
		most = 1.03
	}
	if ratio := took.Seconds() / ideal.Seconds(); ratio > most {
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
