package storagetest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"olle/storage"
)

// killEnv carries to the child where its store is and which round it plays.
const (
	killEnv   = "OLLE_KILL_CHILD"
	killRound = "OLLE_KILL_ROUND"
)

// writers is how many goroutines of the child commit at once.
const writers = 4

// KillOptions says how a backend is killed.
type KillOptions struct {
	// Place tells the child where the store is: a path or an address. It is empty at first and outlives every round.
	Place string
	// Open opens the store at a place, in the parent. The child uses the one given to KillChild.
	Open func(place string) (storage.Store, error)
	// After, if set, runs after the child was killed and before the store is opened again: a backend with a server of its own
	// kills and restarts it here.
	After func(t *testing.T)
	// Rounds is how often to kill; 0: 3 times, or 60 with -full.
	Rounds int
}

// Kill starts the test binary again as a child (its TestKillChild must call KillChild), lets it commit from several goroutines,
// kills it with SIGKILL at a random moment, and looks whether everything it had acknowledged is there and nothing is half done.
//
// Every batch of the child takes a name, writes two documents that must always agree and one of its own, plants a job, and
// finishes an earlier job by writing a document about it.
func Kill(t *testing.T, o KillOptions) {
	if os.Getenv(killEnv) != "" {
		t.Skip("this is the child")
	}
	rounds := o.Rounds
	if rounds == 0 {
		rounds = 3
		if Full() {
			rounds = 60
		}
	}
	total := 0
	for round := range rounds {
		acked := runVictim(t, o.Place, round)
		if o.After != nil {
			o.After(t)
		}
		for _, n := range acked {
			total += n
		}
		s, err := o.Open(o.Place)
		if err != nil {
			t.Fatalf("round %d: open after the kill: %v", round, err)
		}
		v := verdict{T: t, s: s, round: round, acked: acked}
		v.check()
		if err := s.Close(); err != nil {
			t.Fatalf("round %d: close: %v", round, err)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d kills, %d acknowledged commits", rounds, total)
	if total == 0 {
		t.Fatal("no child ever committed anything")
	}
}

// runVictim starts a child, kills it, and returns how many commits each of its writers had acknowledged.
func runVictim(t *testing.T, place string, round int) [writers]int {
	var acked [writers]int
	cmd := exec.Command(os.Args[0], "-test.run=^TestKillChild$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), killEnv+"="+place, fmt.Sprintf("%s=%d", killRound, round))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	ready := make(chan struct{})
	finished := make(chan string, 1)
	go func() {
		odd := ""
		var once sync.Once
		for lines.Scan() {
			var g, i int
			if _, err := fmt.Sscanf(lines.Text(), "ack %d %d", &g, &i); err == nil && g < writers {
				acked[g] = i + 1
				once.Do(func() { close(ready) })
			} else {
				odd += lines.Text() + "\n"
			}
		}
		finished <- odd
	}()
	if round%4 != 3 { // every fourth child dies while it opens or right after
		select {
		case <-ready:
		case odd := <-finished:
			_ = cmd.Wait()
			t.Fatalf("round %d: the child ended by itself:\n%s%s", round, odd, stderr.String())
		case <-time.After(20 * time.Second):
			t.Errorf("round %d: the child never committed", round)
		}
	}
	time.Sleep(time.Duration(rand.IntN(150_000)) * time.Microsecond)
	_ = cmd.Process.Signal(syscall.SIGKILL)
	odd := <-finished
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		t.Fatalf("round %d: the child ended by itself:\n%s%s", round, odd, stderr.String())
	}
	return acked
}

// KillChild is the body of TestKillChild: it commits until it is killed. Started in any other way, it skips.
func KillChild(t *testing.T, open func(place string) (storage.Store, error)) {
	place := os.Getenv(killEnv)
	if place == "" {
		t.Skip("started by the kill test only")
	}
	var round int
	_, _ = fmt.Sscan(os.Getenv(killRound), &round)
	s, err := open(place)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // an orphan ends by itself
	defer cancel()
	var wg sync.WaitGroup
	for g := range writers {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if err := victimCommit(ctx, s, round, g, i); err != nil {
					t.Errorf("writer %d: %v", g, err)
					return
				}
				fmt.Fprintf(os.Stdout, "ack %d %d\n", g, i) // one write: the parent reads whole lines
			}
		})
	}
	wg.Wait()
}

// turnName names commit i of writer g in a round; names sort by round.
func turnName(round, g, i int) string { return fmt.Sprintf("%04d-%d-%06d", round, g, i) }

func victimCommit(ctx context.Context, s storage.Store, round, g, i int) error {
	name := turnName(round, g, i)
	left, right := fmt.Sprintf("pair/left-%d", g), fmt.Sprintf("pair/right-%d", g)
	queue := fmt.Sprintf("kill-%d", g)
	docs, err := s.Load(ctx, left, right)
	if err != nil {
		return err
	}
	b := storage.Batch{
		Once:  "turn/" + name,
		Check: docs,
		Put:   []storage.Doc{doc(left, name), doc(right, name), doc("turn/"+name, strings.Repeat(name, 1+i%40))},
		Push:  []storage.Job{{ID: "job/" + name, Queue: queue, Lane: number("lane-", i%5), Bulk: i%3 == 0, Data: []byte(name)}},
		Now:   time.Now(),
	}
	if i%2 == 1 {
		b.Done, err = s.Claim(ctx, storage.Claim{Queue: queue, N: 1 + i%3, Now: time.Now(), Lease: time.Millisecond})
		if err != nil {
			return err
		}
		for _, j := range b.Done {
			b.Put = append(b.Put, doc("done/"+strings.TrimPrefix(j.ID, "job/"), "x"))
		}
	}
	_, err = s.Commit(ctx, b)
	return err
}
