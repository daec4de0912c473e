package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/bot/platformtest"
	"olle/flows"
	"olle/storage/redis"
	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

// quizRoom is a quiz with people on three networks, a third on each.
type quizRoom struct {
	t                 *testing.T
	telegram, discord *simulator
	servers           []*served // the first may be killed
	redis             string
	host              *user
	code              string
	people            []func(letter string) // tap an option, and return when the network has taken it
	onDiscord         []bool
	web               []time.Duration // from tap to confirmation
	mu                sync.Mutex
	dead              bool
}

// TestQuizOfManyPeople lets everybody answer within one second: each answer is recorded once, the tally is right, and the big screen
// has it at once.
func TestQuizOfManyPeople(t *testing.T) {
	r := openRoom(t, 1)
	sent := r.tapAll(func(int) {})
	took := r.shown(time.Now())
	r.check(sent)
	t.Logf("%d people: the big screen had all answers %v after the last", len(sent), took)
	if storagetest.Full() && took > 250*time.Millisecond {
		t.Errorf("the big screen took %v", took)
	}
	r.confirmations()
	r.end()
	r.discord.lawful()
	r.telegram.lawful()
	bareConfirmations(t, len(sent)/3)
}

// bareConfirmations reports how long a tap takes with the barest bots there are, as many on each network within a second: what the
// simulators need themselves.
func bareConfirmations(t *testing.T, n int) {
	t.Helper()
	telegram, discord := simulate(t, "tgsim"), simulate(t, "dcsim")
	platformtest.EchoBot(t, "tgecho", telegram.base, "123456:TESTTOKEN")
	platformtest.EchoBot(t, "dcecho", discord.base, "TESTTOKEN")
	discord.connected()
	var people []*user
	for i := range int64(n) {
		people = append(people, &user{sim: telegram, id: 50_000 + i}, &user{sim: discord, id: 990_000 + i, where: map[string]any{"dm": true}})
	}
	var starting, tapping sync.WaitGroup
	busy := make(chan bool, 10)
	for _, u := range people {
		starting.Go(func() {
			busy <- true
			defer func() { <-busy }()
			u.says("/start", "Hello!")
		})
	}
	starting.Wait()
	tick := time.NewTicker(time.Second / time.Duration(len(people)))
	defer tick.Stop()
	for _, u := range people {
		<-tick.C
		tapping.Go(func() { u.taps("it") })
	}
	tapping.Wait()
	time.Sleep(time.Second) // what is still under way is late anyhow
	report(t, "the barest bot on Telegram", acknowledged(t, telegram))
}

// taps presses the button of that value.
func (u *user) taps(value string) {
	path, body := "/control/send", map[string]any{"user_id": u.id, "callback_data": value}
	if u.where != nil {
		path, body = "/control/click", map[string]any{"user_id": u.id, "custom_id": value}
	}
	var r turn
	if code := u.sim.post(path, body, &r); code != http.StatusOK {
		u.sim.t.Errorf("a tap was not taken: %d %s", code, r.Error)
	}
}

// TestQuizWithAReplicaKilled kills one of two replicas while people answer: no answer is lost and none counts twice. Discord tells people
// that a tap failed while no gateway session lives; they tap again, and so do those whose tap was taken.
func TestQuizWithAReplicaKilled(t *testing.T) {
	t.Parallel()
	r := openRoom(t, 2)
	sent := r.tapAll(func(i int) {
		if i == len(r.people)/2 {
			r.mu.Lock()
			r.dead = true
			r.mu.Unlock()
			r.servers[0].kill()
		}
	})
	last := time.Now()
	r.until("the other replica receives from Discord", 60*time.Second, func() bool { return strings.Contains(r.servers[1].log.String(), "gateway session works") })
	for i, tap := range r.people {
		if r.onDiscord[i] {
			tap(sent[i])
		}
	}
	took := r.shown(last)
	r.check(sent)
	t.Logf("%d people, one of two replicas killed: the big screen had all answers %v after the last", len(sent), took)
	r.end()
}

func openRoom(t *testing.T, replicas int) *quizRoom {
	t.Helper()
	n := 48
	if storagetest.Full() {
		n = 999
	}
	r := &quizRoom{t: t, telegram: simulate(t, "tgsim"), discord: simulate(t, "dcsim"), redis: redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")}
	for range replicas {
		env := fast(t.TempDir(), r.telegram.base, r.discord.base, t)
		env["OLLE_REDIS_URL"], env["OLLE_ORGANISERS"] = r.redis, "telegram:4000"
		r.servers = append(r.servers, startServe(t, env))
	}
	r.discord.connected()
	r.host = &user{sim: r.telegram, id: 4000}
	said := r.host.says("/quizhost start module4-cooperation untimed", "Code: ")
	r.code = regexp.MustCompile(`Code: ([A-Z]{4})`).FindStringSubmatch(said)[1]
	r.invite(n)
	return r
}

// invite lets n people join, and opens the first question when all are in.
func (r *quizRoom) invite(n int) {
	r.t.Helper()
	var joining sync.WaitGroup
	busy := make(chan bool, 20)
	for i := range n {
		joining.Go(func() {
			busy <- true
			defer func() { <-busy }()
			switch id := int64(i); i % 3 {
			case 0:
				(&user{sim: r.telegram, id: 50_000 + id}).post("/quiz " + r.code)
				r.add(false, func(letter string) {
					r.tap(r.telegram.base+"/control/send", map[string]any{"user_id": 50_000 + id, "callback_data": r.choice(letter)})
				})
			case 1:
				(&user{sim: r.discord, id: 990_000 + id, where: map[string]any{"dm": true}}).post("/quiz " + r.code)
				r.add(true, func(letter string) {
					r.tap(r.discord.base+"/control/click", map[string]any{"user_id": 990_000 + id, "custom_id": r.choice(letter)})
				})
			default:
				v := &visitor{t: r.t, base: r.servers[len(r.servers)-1].base, log: r.servers[len(r.servers)-1].log}
				v.say("/quiz " + r.code)
				r.add(false, func(letter string) { r.browse(v.session, i, letter) })
			}
		})
	}
	joining.Wait()
	r.until("everybody is in", 60*time.Second, func() bool { return r.screen().Players == n })
	since := map[*simulator]int64{r.telegram: r.host.since(), r.discord: (&user{sim: r.discord}).since()}
	r.host.says("/quizhost open", "Question 1 of 5 is open")
	for sim, from := range since {
		r.until("everybody was asked", 60*time.Second, func() bool {
			return asked(r.t, sim, from) >= n/3
		})
	}
}

// asked counts on how many screens the first question is.
func asked(t *testing.T, sim *simulator, since int64) (n int) {
	t.Helper()
	var sent struct{ Sent []sentText }
	if err := json.Unmarshal([]byte(getAll(t, fmt.Sprintf("%s/control/sent?since=%d", sim.base, since))), &sent); err != nil {
		t.Fatal(err)
	}
	for _, m := range sent.Sent {
		if strings.HasPrefix(m.Text, "Question 1 of 5\n") {
			n++
		}
	}
	return n
}

func (r *quizRoom) add(onDiscord bool, tap func(letter string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onDiscord = append(r.onDiscord, onDiscord)
	r.people = append(r.people, tap)
}

func (r *quizRoom) choice(letter string) string { return "quiz/" + r.code + "/1/" + letter }

// tap has a simulator press a button.
func (r *quizRoom) tap(url string, body any) {
	data, _ := json.Marshal(body)
	res, err := http.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		r.t.Error(err)
		return
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		r.t.Errorf("a tap was not taken: %s %s", res.Status, text)
	}
}

// browse taps in the web chat, and again with the same name where the server has gone.
func (r *quizRoom) browse(session string, i int, letter string) {
	data, _ := json.Marshal(map[string]string{"session": session, "id": fmt.Sprint("tap-", i), "choice": r.choice(letter)})
	began := time.Now()
	for _, s := range append(slices.Clone(r.servers), r.servers[len(r.servers)-1]) {
		res, err := http.Post(s.base+"/api/chat", "application/json", bytes.NewReader(data))
		if err != nil {
			continue
		}
		var reply chatReply
		err = json.NewDecoder(res.Body).Decode(&reply)
		res.Body.Close()
		if err != nil {
			continue
		}
		if !strings.Contains(reply.text(), "Your answer: "+strings.ToUpper(letter)) {
			r.t.Errorf("a tap in the web chat was answered %d %q %q", res.StatusCode, reply.text(), reply.Error)
		}
		r.mu.Lock()
		r.web = append(r.web, time.Since(began))
		r.mu.Unlock()
		return
	}
	r.t.Error("no server took a tap")
}

// tapAll has everybody tap within one second, and returns what each tapped.
func (r *quizRoom) tapAll(between func(i int)) (sent []string) {
	r.t.Helper()
	var tapping sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(len(r.people)))
	defer tick.Stop()
	for i, tap := range r.people {
		<-tick.C
		between(i)
		letter := flows.Letter([]int{1, 0, 1, 2, 1, 3}[i%6])
		sent = append(sent, letter)
		tapping.Go(func() { tap(letter) })
	}
	tapping.Wait()
	return sent
}

// shown waits until the big screen has all answers, and returns how long that is since then.
func (r *quizRoom) shown(then time.Time) time.Duration {
	r.t.Helper()
	r.until("all answers are on the screen", 60*time.Second, func() bool { return r.screen().Answers == len(r.people) })
	return time.Since(then)
}

// quizSlide is what the big screen shows, as programs read it.
type quizSlide struct {
	Quiz, Question, State string
	Answers, Players      int
	Counts                map[string]int
}

func (r *quizRoom) screen() (s quizSlide) {
	r.t.Helper()
	q, _ := http.NewRequest("GET", r.servers[len(r.servers)-1].base+"/screen/"+r.code, nil)
	q.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *quizRoom) until(what string, most time.Duration, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(most); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("never came true: %s; the screen has %+v\n%s\n%s", what, r.screen(), r.servers[len(r.servers)-1].log, left(r.t, r.redis))
		}
	}
}

// check closes the question and compares the tally, the screen and the documents with what was tapped.
func (r *quizRoom) check(sent []string) {
	r.t.Helper()
	want := map[string]int{}
	for _, letter := range sent {
		want[letter]++
	}
	r.host.says("/quizhost lock", fmt.Sprintf("Answers: %d", len(sent)))
	r.host.says("/quizhost tally", fmt.Sprintf("total=%d", len(sent)))
	r.until("the screen is closed", 5*time.Second, func() bool { return r.screen().State == "locked" && len(r.screen().Counts) > 0 })
	if got := r.screen(); fmt.Sprint(got.Counts) != fmt.Sprint(want) || got.Answers != len(sent) {
		r.t.Errorf("the screen counts %v of %d, tapped were %v of %d", got.Counts, got.Answers, want, len(sent))
	}
	store, err := redis.Open(r.t.Context(), redis.Options{URL: r.redis})
	if err != nil {
		r.t.Fatal(err)
	}
	defer store.Close()
	docs, err := store.List(r.t.Context(), flows.QuizAnswersKey(r.code, 1), "", 2000)
	if err != nil || len(docs) != len(sent) {
		r.t.Fatalf("%d answers are on record (%v), not %d", len(docs), err, len(sent))
	}
	got := map[string]int{}
	for _, d := range docs {
		var a flows.QuizAnswer
		if err := json.Unmarshal(d.Data, &a); err != nil {
			r.t.Fatal(err)
		}
		got[a.Choice]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("on record are %v, tapped were %v", got, want)
	}
}

// confirmations reports how long after the tap people knew that their answer was taken.
func (r *quizRoom) confirmations() {
	r.t.Helper()
	report(r.t, "Telegram", acknowledged(r.t, r.telegram))
	report(r.t, "the web chat", r.web)
}

// acknowledged is how long each tap at the simulator waited for its acknowledgement.
func acknowledged(t *testing.T, sim *simulator) (delays []time.Duration) {
	t.Helper()
	var told struct {
		Callbacks []struct {
			Answered bool   `json:"answered"`
			MS       int64  `json:"answer_ms"`
			Text     string `json:"answer_text"`
		}
	}
	if err := json.Unmarshal([]byte(getAll(t, sim.base+"/control/callbacks")), &told); err != nil {
		t.Fatal(err)
	}
	for _, c := range told.Callbacks {
		if !c.Answered { // on a slow machine the words may follow, for a tap is acknowledged in any case in time
			t.Errorf("a tap was not acknowledged: %+v", c)
		}
		delays = append(delays, time.Duration(c.MS)*time.Millisecond)
	}
	return delays
}

func report(t *testing.T, who string, delays []time.Duration) {
	t.Helper()
	slices.Sort(delays)
	if n := len(delays); n > 0 {
		t.Logf("%s: from tap to confirmation p50 %v, p99 %v (%d)", who, delays[n/2], delays[n*99/100], n)
	}
}

// end closes the quiz for good.
func (r *quizRoom) end() {
	r.t.Helper()
	r.host.says("/quizhost reveal", "right.")
	r.host.says("/quizhost end", "has ended")
	r.until("the screen ends", 10*time.Second, func() bool { return r.screen().State == "ended" })
	for i, s := range r.servers {
		if i > 0 || !r.dead {
			s.stop()
		}
	}
}
