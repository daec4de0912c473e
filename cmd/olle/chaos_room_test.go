package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"time"

	"olle/flows"
)

// patient is how long anything may take while the storm blows and when it is over.
const patient = 90 * time.Second

const announced = "Doors open at nine on the first day."

// prepare starts everything in fair weather: the replicas, an organiser, and people of whom some have applied.
func (c *chaos) prepare() {
	c.t.Helper()
	for _, r := range c.replicas {
		c.await("replicas are ready", r.ready)
	}
	c.await("Discord is connected", c.discord.connected)
	count := 2
	if len(c.replicas) > 2 {
		count = 4
	}
	for _, network := range []string{"telegram", "discord", "web"} {
		for i := range count {
			c.guests = append(c.guests, c.newGuest(network, int64(i), i == 0))
		}
	}
	blocker := c.newGuest("telegram", 90, false)
	blocker.blocks = true
	c.guests = append(c.guests, blocker)
	c.host = c.newGuest("telegram", 99, false)
	_, invitation, _ := olle(c.t, with(c.env, "OLLE_DATA_DIR", c.replicas[0].env["OLLE_DATA_DIR"]), "", "invite", "-role", "admin")
	c.host.must("hello", "Hello, I am Olle")
	c.host.must("/code "+regexp.MustCompile(`[A-Z2-9]{8}`).FindString(invitation), "admin")
	var all sync.WaitGroup
	for _, g := range c.guests {
		all.Go(g.arrives)
	}
	all.Wait()
}

func (c *chaos) newGuest(network string, i int64, applies bool) *talker {
	id := map[string]int64{"telegram": 5000, "discord": 880000, "web": 100}[network] + i
	g := &talker{c: c, network: network, id: id, files: map[int][]byte{}, chance: rand.New(rand.NewPCG(c.seed, uint64(id)))}
	if applies {
		g.name = fmt.Sprint("Zaphira Quill ", id)
	}
	return g
}

// await waits for something that must come true before anything can begin.
func (c *chaos) await(what string, is func() error) {
	c.t.Helper()
	var err error
	for end := time.Now().Add(patient); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = is(); err == nil {
			return
		}
	}
	c.t.Fatalf("never: %s: %v\n%s", what, err, c.replicas[0].log.String())
}

// must says something and waits for the answer.
func (g *talker) must(text, answer string) {
	g.c.t.Helper()
	if g.say(text); !g.expect(answer, patient) {
		all, _ := g.texts()
		g.c.t.Errorf("%s: %q was not answered with %q but %q", g, text, answer, all)
	}
}

// arrives is what a guest does before the storm: greet, agree to the notice, perhaps apply.
func (g *talker) arrives() {
	g.must("/start", "Hello, I am Olle")
	if g.name == "" {
		g.must("/human", "Do you agree?")
		g.must("I agree", "pass on")
		g.must("Nothing, go back", "pass nothing on")
		return
	}
	for _, step := range [][2]string{{"/apply", "Do you agree?"}, {"I agree", "applying for yourself"}, {"For myself", "full name"},
		{g.name, "organisation?"}, {"Ministry", "position"}, {"Head", "kind of organisation"}, {"Government", "level?"}, {"Senior level", "How many years"},
		{"9", "workplace"}, {"Kathmandu", "travel to Jeju"}, {"Kathmandu", "citizenship"}, {"Nepal", "e-mail address"}, {"zaphira@example.org", "0 of 7"}} {
		g.must(step[0], step[1])
	}
}

// handsIn has an applicant send files, spread over the storm.
func (g *talker) handsIn() {
	if g.name == "" {
		return
	}
	chance := rand.New(rand.NewPCG(g.c.seed+1, uint64(g.id))) // the guest's own is busy talking
	for i, item := range sevenFiles[:3] {
		pause(g.c.ctx, time.Duration(chance.Int64N(int64(g.c.storm/4))))
		content := wrapped("pdf", randomBytes(int(g.id), i, 2000+chance.IntN(40_000)))
		g.mu.Lock()
		g.files[i+1] = content
		g.mu.Unlock()
		g.sendFile(item+".pdf", content)
	}
}

// organise is the organiser's day: a quiz, and an announcement to everybody.
func (c *chaos) organise() {
	pause(c.ctx, c.storm/10)
	c.plays()
	pause(c.ctx, c.storm/10)
	for _, step := range [][2]string{{"/announce " + announced + " | everybody", "They will read:"}, {"Send it", "is on its way"}} {
		if !c.orders(step[0], step[1]) {
			return
		}
	}
}

// orders is a word of the host that must be answered; saying so is the end of it where it is not.
func (c *chaos) orders(text, answer string) bool {
	at := c.since()
	c.host.say(text)
	if !c.host.expect(answer, patient) {
		c.broken("every word is answered", at, "the host said %q and did not hear %q within %s", text, answer, patient)
		return false
	}
	return true
}

// chaosQuiz is a quiz that was played.
type chaosQuiz struct {
	code    string
	choices map[string]int // what was answered, by letter
}

// plays has everybody but the one who blocks the bot answer the first question of a quiz.
func (c *chaos) plays() {
	if !c.orders("/quizhost start module4-cooperation untimed", "Code: ") {
		return
	}
	said, _ := c.host.texts()
	q := &chaosQuiz{choices: map[string]int{}}
	for _, text := range said {
		if m := regexp.MustCompile(`Code: ([A-Z]{4})`).FindStringSubmatch(text); m != nil {
			q.code = m[1]
		}
	}
	var players []*talker
	for _, g := range c.guests {
		if !g.blocks {
			players = append(players, g)
		}
	}
	c.together(players, func(g *talker) { g.say("/quiz " + q.code) })
	if !c.screenHas(q, func(s quizSlide) bool { return s.Players == len(players) }) || !c.orders("/quizhost open", "Question 1 of 5 is open") {
		return
	}
	letters := map[*talker]string{}
	for _, g := range players {
		letters[g] = flows.Letter(c.host.chance.IntN(4))
		q.choices[letters[g]]++
	}
	c.together(players, func(g *talker) {
		at := c.since()
		if !g.expect("Question 1 of 5", patient) {
			c.broken("every message arrives", at, "%s was not shown the question", g)
			return
		}
		g.tap("quiz/" + q.code + "/1/" + letters[g])
	})
	if c.screenHas(q, func(s quizSlide) bool { return s.Answers == len(players) }) &&
		c.orders("/quizhost lock", fmt.Sprintf("Answers: %d", len(players))) && c.orders("/quizhost tally", fmt.Sprintf("total=%d", len(players))) {
		c.quiz = q
	}
}

func (c *chaos) together(people []*talker, do func(g *talker)) {
	var all sync.WaitGroup
	for _, g := range people {
		all.Go(func() { do(g) })
	}
	all.Wait()
}

// screenHas waits until the big screen shows what it should.
func (c *chaos) screenHas(q *chaosQuiz, enough func(quizSlide) bool) bool {
	at := c.since()
	var s quizSlide
	for end := time.Now().Add(patient); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		r, _ := http.NewRequest(http.MethodGet, c.anyReplica()+"/screen/"+q.code, nil)
		r.Header.Set("Accept", "application/json")
		answer, err := impatient.Do(r)
		if err != nil {
			continue
		}
		s = quizSlide{}
		err = json.NewDecoder(answer.Body).Decode(&s)
		answer.Body.Close()
		if err == nil && enough(s) {
			return true
		}
	}
	c.broken("a quiz counts every answer once", at, "the screen shows %+v", s)
	return false
}
