package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"olle/bot/platformtest"
	"olle/storage"
	"olle/storage/redis"
	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

// fast are settings for simulators that enforce no limits.
func fast(dir, telegram, discord string, t testing.TB) map[string]string {
	return map[string]string{
		"OLLE_DATA_DIR": dir, "OLLE_EVENT": "vca-jeju-2020", "OLLE_NOW": "2020-02-03T09:00:00+09:00", "OLLE_AGE_RECIPIENTS": ageKey(t),
		"OLLE_TELEGRAM_TOKEN": "123:abc", "OLLE_TELEGRAM_API_URL": telegram, "OLLE_TELEGRAM_PER_SECOND": "100000", "OLLE_TELEGRAM_PER_CHAT": "1000",
		"OLLE_DISCORD_TOKEN": "sim-token", "OLLE_DISCORD_API_URL": discord, "OLLE_DISCORD_PER_SECOND": "100000",
	}
}

// sentText is one message the bot sent, as a simulator wrote it down.
type sentText struct {
	Text string    `json:"text"`
	Time time.Time `json:"time"`
}

func (u *user) allSent() []sentText {
	u.sim.t.Helper()
	var r struct{ Sent []sentText }
	if err := json.Unmarshal([]byte(getAll(u.sim.t, fmt.Sprintf("%s/control/sent?user_id=%d", u.sim.base, u.id))), &r); err != nil {
		u.sim.t.Fatal(err)
	}
	return r.Sent
}

// post says something without waiting for an answer. It may be called from any goroutine.
func (u *user) post(text string) {
	u.sim.t.Helper()
	body := map[string]any{"user_id": u.id, "text": text}
	for k, v := range u.where {
		body[k] = v
	}
	data, _ := json.Marshal(body)
	r, err := http.Post(u.sim.base+"/control/send", "application/json", bytes.NewReader(data))
	if err != nil {
		u.sim.t.Error(err)
		return
	}
	defer r.Body.Close()
	if _, _ = io.Copy(io.Discard, r.Body); r.StatusCode != http.StatusOK {
		u.sim.t.Errorf("%q: %s", text, r.Status)
	}
}

var requestNumber = regexp.MustCompile(`on record under H-[A-Z0-9]+-(\d+)`)

// People write on both networks while the process is killed at random: no word is lost, none counts twice, answers keep their order
// per chat, and the same answer comes twice at most once per kill and chat, on the network that has no keys for messages.
func TestKilledWhilePeopleWrite(t *testing.T) {
	t.Parallel()
	kills, words := 3, 12
	if storagetest.Full() {
		kills, words = 20, 120
	}
	telegram := simulate(t, "tgsim")
	discord := simulate(t, "dcsim")
	env := fast(t.TempDir(), telegram.base, discord.base, t)
	env["OLLE_REDIS_URL"] = redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s := startServe(t, env)
	discord.connected()
	var people []*user
	for i := range int64(5) {
		people = append(people, &user{sim: telegram, id: 5000 + i}, &user{sim: discord, id: 880000 + i, where: map[string]any{"dm": true}})
	}
	for _, u := range people {
		u.says("/start", "Hello, I am Olle")
		u.says("/human", "Do you agree?")
		u.says("I agree", "pass on")
		u.says("Nothing, go back", "pass nothing on")
	}
	for n := range words {
		for _, u := range people {
			u.post(fmt.Sprintf("/human request %d", n+1))
			u.post("/human close") // while it is open, more would be added to it
		}
		if n%(words/kills) == words/kills-1 {
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
			s.kill()
			s = startServe(t, env)
		} else {
			time.Sleep(20 * time.Millisecond)
		}
	}
	doubled := 0
	for _, u := range people {
		doubled += u.complete(words)
		if t.Failed() {
			t.Fatalf("the last process says: %s\nand leaves: %s", s.log, left(t, env["OLLE_REDIS_URL"]))
		}
	}
	t.Logf("%d kills, %d words, %d answers doubled on the wire", kills, 2*words*len(people), doubled)
	if doubled > kills*len(people)/2 {
		t.Errorf("%d answers doubled by %d kills", doubled, kills)
	}
	s.stop()
	telegram.lawful()
	// A killed process cannot know whether its acknowledgement arrived; its successor gives it again, and Discord says so.
	discord.lawful("acknowledged-twice")
}

// complete waits for an answer to each of n requests, checks their order, and returns how many came twice.
func (u *user) complete(n int) (doubled int) {
	u.sim.t.Helper()
	var got []int
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		got, doubled = nil, 0
		for _, m := range u.allSent() {
			if f := requestNumber.FindStringSubmatch(m.Text); f != nil {
				k, _ := strconv.Atoi(f[1])
				if len(got) > 0 && got[len(got)-1] == k {
					doubled++
					continue
				}
				got = append(got, k)
			}
		}
		if len(got) >= n {
			break
		}
	}
	want := make([]int, n)
	for i := range want {
		want[i] = i + 1
	}
	if !slices.Equal(got, want) {
		u.sim.t.Errorf("user %d got answers %v, want 1 to %d in order", u.id, got, n)
	}
	return doubled
}

// TestDelayOfTwoNetworks reports the delay from word to answer under load on both networks, and beside it that of the barest bots there
// are, which say a text of the same length: the simulators' own. Only a gross failure fails it.
func TestDelayOfTwoNetworks(t *testing.T) {
	perSecond, seconds := 25, 2
	if storagetest.Full() {
		perSecond, seconds = 500, 10
	}
	const question = "where is Jeju?" // its answer has no buttons: the barest bots have none, and the simulators take milliseconds to check them
	var answer string
	t.Run("olle", func(t *testing.T) {
		telegram, discord := simulate(t, "tgsim"), simulate(t, "dcsim")
		env := fast(t.TempDir(), telegram.base, discord.base, t)
		env["OLLE_REDIS_URL"] = redistest.Start(t)
		s := startServe(t, env)
		discord.connected()
		people := peopleOnBoth(telegram, discord)
		everybodyHears(people, "hello", "Hello")
		spent := s.processorTime()
		answer = delays(t, people, question, perSecond, seconds)
		t.Logf("%.2f ms of processor time for each word", float64((s.processorTime()-spent).Microseconds())/1000/float64(perSecond*seconds))
		s.stop()
	})
	t.Run("simulators", func(t *testing.T) {
		telegram, discord := simulate(t, "tgsim"), simulate(t, "dcsim")
		platformtest.EchoBot(t, "tgecho", telegram.base, "123456:TESTTOKEN")
		platformtest.EchoBot(t, "dcecho", discord.base, "TESTTOKEN")
		discord.connected()
		people := peopleOnBoth(telegram, discord)
		everybodyHears(people, "hello", "hello")
		delays(t, people, answer, perSecond, seconds)
	})
}

// peopleOnBoth are a hundred people on each network.
func peopleOnBoth(telegram, discord *simulator) (people []*user) {
	for i := range int64(100) {
		people = append(people, &user{sim: telegram, id: 6000 + i}, &user{sim: discord, id: 770000 + i, where: map[string]any{"dm": true}})
	}
	return people
}

func everybodyHears(people []*user, word, part string) {
	for _, u := range people {
		u.post(word)
	}
	for _, u := range people {
		u.hears(word, 0, part)
	}
}

// delays has people say the word, so many a second, and reports how long the answers take. It returns an answer.
func delays(t *testing.T, people []*user, word string, perSecond, seconds int) (answer string) {
	t.Helper()
	before := map[int64]int{}
	for _, u := range people {
		before[u.id] = len(u.allSent())
	}
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	said := map[*user][]time.Time{} // each writes only after the answer before, so answers belong to words in their order
	for i := range perSecond * seconds {
		<-tick.C
		u := people[i%len(people)]
		said[u] = append(said[u], time.Now())
		go u.post(word)
	}
	took := map[string][]float64{}
	for u, words := range said {
		for end := time.Now().Add(20 * time.Second); len(u.allSent()) < before[u.id]+len(words) && time.Now().Before(end); {
			time.Sleep(50 * time.Millisecond)
		}
		answers, network := u.allSent()[before[u.id]:], "Telegram"
		if u.where != nil {
			network = "Discord"
		}
		if len(answers) != len(words) {
			t.Fatalf("%s: %d answers to %d words: %q", network, len(answers), len(words), answers)
		}
		for i, m := range answers {
			took[network] = append(took[network], float64(m.Time.Sub(words[i]).Microseconds())/1000)
			answer = m.Text
		}
	}
	for network, d := range took {
		sort.Float64s(d)
		t.Logf("%s, %d a second on both: from word to answer p50 %.1f ms, p90 %.1f ms, p99 %.1f ms", network, perSecond, d[len(d)/2], d[len(d)*9/10], d[len(d)*99/100])
	}
	return answer
}

// processorTime is what the process has used so far, in steps of 10 ms; 0 where the system does not tell.
func (s *served) processorTime() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if err != nil || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// left describes the jobs in a store, for the message of a test that failed.
func left(t *testing.T, url string) string {
	store, err := redis.Open(t.Context(), redis.Options{URL: url})
	if err != nil {
		return err.Error()
	}
	defer store.Close()
	jobs, err := store.Jobs(t.Context(), storage.Filter{}, "", 50)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, j := range jobs {
		if j.Queue != "clock" {
			fmt.Fprintf(&b, "%s in %s/%s at %s, tried %d times; ", j.ID, j.Queue, j.Lane, j.At, j.Tries)
		}
	}
	return b.String()
}
