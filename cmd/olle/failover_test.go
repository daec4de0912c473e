package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

// callers are people who write on Telegram, each the next words when the ones before were answered. Everything they say counts up a number
// that the answer tells: so what was lost, doubled or out of order is seen from outside.
type callers struct {
	t       *testing.T
	people  []*user
	said    map[*user]int
	since   map[*user]time.Time // of the last words
	heard   map[*user]int
	missed  map[*user]int // words whose answer they gave up waiting for
	patient time.Duration // how long they wait before they say something else
}

func gather(t *testing.T, sim *simulator, n int, first int64) *callers {
	t.Helper()
	c := &callers{t: t, said: map[*user]int{}, since: map[*user]time.Time{}, heard: map[*user]int{}, missed: map[*user]int{}, patient: 40 * time.Second}
	for i := range int64(n) {
		u := &user{sim: sim, id: first + i}
		u.says("/start", "Hello, I am Olle")
		u.says("/human", "Do you agree?")
		u.says("I agree", "pass on")
		u.says("Nothing, go back", "pass nothing on")
		c.people = append(c.people, u)
	}
	return c
}

// meanwhile is something that happens in the middle of a talk, once so many words have been answered and ready says so (nil: at once).
type meanwhile struct {
	after int
	ready func() bool
	do    func()
}

// talk lets everybody say so many words more; the steps happen meanwhile, one after the other.
func (c *callers) talk(words int, steps ...meanwhile) {
	c.t.Helper()
	goal := map[*user]int{}
	begun := 0
	for _, u := range c.people {
		goal[u], begun = c.said[u]+words, begun+c.heard[u]
	}
	for end := time.Now().Add(4 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		answered, done := 0, true
		for _, u := range c.people {
			c.heard[u] = max(c.heard[u], len(requestNumber.FindAllString(fmt.Sprint(u.allSent()), -1)))
			waits := c.heard[u]+c.missed[u] < c.said[u]
			if waits && time.Since(c.since[u]) < c.patient {
				done = false
			} else if c.said[u] < goal[u] {
				done = false
				if waits {
					c.missed[u] = c.said[u] - c.heard[u]
				}
				c.say(u)
			}
			answered += c.heard[u]
		}
		if len(steps) > 0 && answered-begun >= steps[0].after && (steps[0].ready == nil || steps[0].ready()) {
			steps[0].do()
			steps = steps[1:]
		}
		if done && len(steps) == 0 {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("%d of %d words answered", answered-begun, words*len(c.people))
		}
	}
}

func (c *callers) say(u *user) {
	c.said[u]++
	c.since[u] = time.Now()
	u.post(fmt.Sprintf("/human request %d", c.said[u]))
	u.post("/human close") // while it is open, more would be added to it
}

// account says how many words were answered but are not on record, by the number of one more, and how many answers came twice.
func (c *callers) account() (words, lost, doubled int) {
	c.t.Helper()
	before := map[*user]int{}
	for _, u := range c.people {
		before[u] = c.said[u]
	}
	c.talk(1)
	for _, u := range c.people {
		numbers := u.recorded()
		words += before[u]
		if len(numbers) > 0 {
			lost += before[u] - c.missed[u] - (numbers[len(numbers)-1] - 1)
		}
		for i := 1; i < len(numbers); i++ {
			if numbers[i] == numbers[i-1] {
				doubled++
			}
		}
	}
	return words, lost, doubled
}

// recorded are the numbers this user was told, in order.
func (u *user) recorded() (numbers []int) {
	u.sim.t.Helper()
	for _, m := range u.allSent() {
		if f := requestNumber.FindStringSubmatch(m.Text); f != nil {
			n, _ := strconv.Atoi(f[1])
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// silence is the longest time without an answer to anybody between two moments.
func (c *callers) silence(from, until time.Time) (longest time.Duration) {
	c.t.Helper()
	times := []time.Time{from}
	for _, u := range c.people {
		for _, m := range u.allSent() {
			if requestNumber.MatchString(m.Text) && m.Time.After(from) && m.Time.Before(until) {
				times = append(times, m.Time)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	for i := 1; i < len(times); i++ {
		longest = max(longest, times[i].Sub(times[i-1]))
	}
	return longest.Round(10 * time.Millisecond)
}

// group is a Redis whose master may die.
type group struct {
	url     string
	die     func()      // kill -9 of the master
	moved   func() bool // another is the master
	recover func()      // its machine comes back
}

// sentinelGroup is a master with two replicas under three Sentinels.
func sentinelGroup(t *testing.T) group {
	w := redistest.StartSentinel(t, "")
	replicas := []*redistest.Server{w.Replica, w.AddReplica(t)}
	first, other := leads(t, replicas[0]), leads(t, replicas[1])
	die := func() {
		cut := holdBack(t, w.Master, replicas)
		time.Sleep(300 * time.Millisecond) // so far behind are they
		w.Master.Kill()
		cut()
	}
	return group{url: w.URL(), die: die, moved: func() bool { return first() || other() }, recover: w.Master.Restart}
}

// holdBack lets replicas fall behind as a slow network does: from now on what the master tells them stays on the way. With cut it is
// gone. On one machine a killed master's last words would all arrive.
func holdBack(t *testing.T, master *redistest.Server, replicas []*redistest.Server) (cut func()) {
	road := newLink(t, master.Addr())
	host, port, _ := net.SplitHostPort(road.addr())
	for _, r := range replicas {
		c := r.Client(nil)
		c.Do(t.Context(), "replicaof", host, port)
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			info := c.Info(t.Context(), "replication").Val()
			if strings.Contains(info, "master_port:"+port) && strings.Contains(info, "master_link_status:up") {
				break
			}
			if time.Now().After(end) {
				t.Fatal("a replica does not follow on the other road")
			}
		}
	}
	road.turn(weather{deaf: true})
	return func() { road.turn(weather{cut: true}) }
}

// leads asks whether a server is a master.
func leads(t *testing.T, s *redistest.Server) func() bool {
	client := s.Client(nil)
	return func() bool { return strings.Contains(client.Info(t.Context(), "replication").Val(), "role:master") }
}

// clusterOf is three masters, with a replica for the one that holds the installation. A part that is missing does not stop the others.
func clusterOf(t *testing.T, names ...string) (*redistest.Cluster, []*redistest.Server) {
	c := redistest.NewCluster(t, "--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0")
	var homes []*redistest.Server
	for _, name := range names {
		slot := c.Masters[0].Client(nil).ClusterKeySlot(t.Context(), "{"+name+"}").Val()
		homes = append(homes, c.Masters[min(slot/5461, 2)])
	}
	return c, homes
}

func clusterGroup(t *testing.T) group {
	c, homes := clusterOf(t, "olle")
	replica := c.AddReplica(homes[0])
	return group{url: c.URL(), die: homes[0].Kill, moved: leads(t, replica), recover: homes[0].Restart}
}

// The master dies under load, the Sentinels' with replicas that are behind, and its machine comes back later. With redis.wait_replicas nothing that was confirmed is lost: every word
// is answered, counts once, and in order. Without, what is lost is measured.
func TestFailoverUnderLoad(t *testing.T) {
	for name, start := range map[string]func(*testing.T) group{"sentinel": sentinelGroup, "cluster": clusterGroup} {
		for _, wait := range []string{"1", "0"} {
			if (wait == "0" || name == "cluster") && !storagetest.Full() {
				continue
			}
			t.Run(name+"/wait_replicas="+wait, func(t *testing.T) {
				t.Parallel()
				failover(t, start(t), wait)
			})
		}
	}
}

func failover(t *testing.T, g group, wait string) {
	people, words := 4, 8
	if storagetest.Full() {
		people, words = 40, 50
	}
	sim := simulate(t, "tgsim")
	env := fast(t.TempDir(), sim.base, "", t)
	delete(env, "OLLE_DISCORD_TOKEN")
	env["OLLE_REDIS_URL"], env["OLLE_REDIS_WAIT_REPLICAS"] = g.url, wait
	first := startServe(t, env)
	second := startServe(t, elsewhere(t, env))
	c := gather(t, sim, people, 7000)
	var died, took, left time.Time
	var third *served
	c.talk(words,
		meanwhile{after: people * words / 4, do: func() { third = startServe(t, elsewhere(t, env)) }},
		meanwhile{after: people * words / 2, do: func() { died = time.Now(); g.die() }},
		meanwhile{ready: g.moved, do: func() { took = time.Now(); g.recover() }},
		meanwhile{after: people * words * 3 / 4, do: func() { left = time.Now(); first.stop() }})
	said, lost, doubled := c.account()
	silent := 0
	for _, n := range c.missed {
		silent += n
	}
	t.Logf("%d words of %d people: %d confirmed and lost, %d never answered, %d answers twice on the wire; the other master after %v, the longest silence then %v; after a replica left %v",
		said, people, lost, silent, doubled, took.Sub(died).Round(10*time.Millisecond), c.silence(died, left), c.silence(left, time.Now()))
	if wait != "0" {
		if lost != 0 {
			t.Errorf("%d words are not on record (below 0: recorded twice)", lost)
		}
		for _, u := range c.people {
			u.complete(words + 1)
		}
	}
	second.stop()
	third.stop()
	sim.lawful()
}

// elsewhere is the environment of another replica.
func elsewhere(t *testing.T, env map[string]string) map[string]string {
	other := map[string]string{}
	for k, v := range env {
		other[k] = v
	}
	other["OLLE_DATA_DIR"] = t.TempDir()
	return other
}

// Two installations of different names share a Cluster. While the master of one is dead, people of the other notice nothing.
func TestInstallationsOnOneClusterDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	c, homes := clusterOf(t, "jeju", "busan")
	if homes[0] == homes[1] {
		t.Fatal("both names live on one master: choose others")
	}
	c.AddReplica(homes[0])
	sims := []*simulator{simulate(t, "tgsim"), simulate(t, "tgsim")}
	var people []*callers
	for i, name := range []string{"jeju", "busan"} {
		env := fast(t.TempDir(), sims[i].base, "", t)
		delete(env, "OLLE_DISCORD_TOKEN")
		env["OLLE_REDIS_URL"], env["OLLE_REDIS_NAME"] = c.URL(), name
		startServe(t, env)
		people = append(people, gather(t, sims[i], 3, 7000)) // the same numbers on both: nothing is mixed up
	}
	died := time.Now()
	homes[0].Kill()
	people[1].talk(10)
	longest := people[1].silence(died, time.Now())
	people[0].talk(5)
	t.Logf("the longest silence at busan while jeju's master was dead: %v; at jeju itself: %v", longest, people[0].silence(died, time.Now()))
	if longest > 2*time.Second {
		t.Errorf("busan was silent for %v", longest)
	}
	for i, group := range people {
		if words, lost, doubled := group.account(); lost != 0 || doubled > 0 {
			t.Errorf("installation %d: of %d words %d are lost, %d answers doubled", i, words, lost, doubled)
		}
	}
}
