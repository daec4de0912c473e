package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"olle/config"
	"olle/flows"
	"olle/storage/redis/redistest"
	"olle/storage/storagetest"
)

// memoryLimit is what a process that takes in files may have resident at any moment.
const memoryLimit = 200 << 20

// Applicants send seven files each while the process is killed at random and the disk fills once: every file is received once and comes
// back byte for byte with the organisers' key, nothing of it is ever plain on a disk, and the process stays small.
func TestUploadsThroughKillsAndAFullDisk(t *testing.T) {
	if !storagetest.Full() {
		t.Parallel() // what a killed process was at waits for 20 s on Redis
	}
	t.Run("embedded", func(t *testing.T) { newIntake(t).run() })
	t.Run("redis", func(t *testing.T) {
		server := redistest.NewServer(t, "--appendfsync", "always")
		in := newIntake(t)
		in.env["OLLE_REDIS_URL"] = server.URL()
		in.logbook = server.Client(nil).ConfigGet(t.Context(), "dir").Val()["dir"]
		in.run()
	})
}

// intake is one run of it.
type intake struct {
	t       *testing.T
	people  int
	kills   int
	largest int
	patient time.Duration // for seven receipts
	sim     *simulator
	env     map[string]string
	key     string // file of the organisers' identity
	disk    string // the data folder; may be full
	scratch string // the processes' folder for temporary files, on another disk
	logbook string // the folder of Redis; "" where there is none
	room    bool   // disk is a small one of its own, which can be filled
	event   *flows.Event

	serve    *served
	process  atomic.Int64 // its ID; 0 between two lives
	resident atomic.Int64 // bytes a process had resident at most
	received atomic.Int64 // files
	bytes    atomic.Int64 // sent
	repeated atomic.Int64 // receipts that came more than once
}

func newIntake(t *testing.T) *intake {
	in := &intake{t: t, people: 25, kills: 2, largest: 200 << 10, patient: 3 * time.Minute, sim: simulate(t, "tgsim"), scratch: t.TempDir()}
	if storagetest.Full() {
		in.people, in.kills, in.largest, in.patient = 500, 10, 20<<20, 20*time.Minute
	}
	events, err := config.LoadAll("")
	if err != nil {
		t.Fatal(err)
	}
	if in.event, err = config.Choose(events, "vca-jeju-2020"); err != nil {
		t.Fatal(err)
	}
	in.disk, in.room = smallDisk(t, int64(in.people)*7*int64(in.largest)/16+128<<20)
	in.env = fast(in.disk, in.sim.base, "", t)
	in.env["OLLE_DISCORD_TOKEN"], in.env["TMPDIR"] = "", in.scratch
	in.env["OLLE_AGE_RECIPIENTS"], in.key = keyFile(t)
	return in
}

func (in *intake) run() {
	in.begin()
	watched := make(chan struct{})
	defer close(watched)
	go in.watch(watched)
	in.everybody(in.applies)
	began := time.Now()
	done := make(chan struct{})
	go func() { defer close(done); in.everybody(in.handsIn) }()
	for _, what := range in.plan() {
		in.until(what.received, done)
		what.do()
	}
	<-done
	took := time.Since(began)
	if in.t.Failed() {
		in.t.Fatalf("the last process says: %s", in.serve.log)
	}
	size := float64(in.bytes.Load()) / 1e6
	in.t.Logf("%d files, %.1f MB in %s with %d kills: %.1f MB/s; %d receipts came twice; at most %.1f MiB resident",
		in.received.Load(), size, took.Round(time.Second), in.kills, size/took.Seconds(), in.repeated.Load(), float64(in.resident.Load())/(1<<20))
	in.export()
	in.search(true)
	in.serve.stop()
	in.sim.lawful()
	in.small("serve", in.resident.Load())
}

// small holds a program to the limit, unless it is under the race detector, which takes several times the memory.
func (in *intake) small(name string, peak int64) {
	in.t.Helper()
	built, _ := debug.ReadBuildInfo()
	switch {
	case slices.Contains(built.Settings, debug.BuildSetting{Key: "-race", Value: "true"}):
	case peak == 0:
		in.t.Logf("this system does not tell how much memory %s had", name)
	case peak > memoryLimit:
		in.t.Errorf("%s had %d MiB resident", name, peak>>20)
	}
}

func (in *intake) begin() {
	in.serve = startServe(in.t, in.env)
	in.process.Store(int64(in.serve.cmd.Process.Pid))
}

// watch notes the most memory any process ever had resident, until stop.
func (in *intake) watch(stop chan struct{}) {
	for {
		if peak := peakMemory(in.process.Load()); peak > in.resident.Load() {
			in.resident.Store(peak)
		}
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// peakMemory is the most a process ever had resident, in bytes; 0 where the system does not tell.
func peakMemory(process int64) (bytes int64) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscanf(rest, "%d kB", &bytes)
	return bytes << 10
}

// everybody has all of them do it, some at a time.
func (in *intake) everybody(do func(i int)) {
	var all sync.WaitGroup
	next := atomic.Int64{}
	for range 12 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < in.people && !in.t.Failed(); i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

// step is what happens to the process once so many files have been received.
type step struct {
	received int64
	do       func()
}

// plan spreads the kills at random, and the full disk.
func (in *intake) plan() []step {
	all := int64(7 * in.people)
	var plan []step
	for range in.kills {
		plan = append(plan, step{all/20 + rand.Int64N(all*8/10), in.kill})
	}
	if in.room {
		plan = append(plan, step{all/10 + rand.Int64N(all/2), in.fill})
	} else {
		in.t.Log("the disk is never full: that takes the right to mount one")
	}
	slices.SortFunc(plan, func(a, b step) int { return int(a.received - b.received) })
	return plan
}

func (in *intake) until(received int64, done chan struct{}) {
	for in.received.Load() < received {
		select {
		case <-done:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
	time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
}

// kill ends the process as a power cut would, looks at what it leaves, and starts another.
func (in *intake) kill() {
	in.process.Store(0)
	in.serve.kill()
	in.search(false)
	in.begin()
}

// fill leaves no room on the disk until the process has noticed.
func (in *intake) fill() {
	ballast := filepath.Join(in.disk, "ballast")
	fillDisk(in.t, ballast)
	for end := time.Now().Add(time.Minute); !strings.Contains(in.serve.log.String(), "no space left"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			in.t.Errorf("a full disk was not noticed: %s", in.serve.log)
			break
		}
	}
	time.Sleep(500 * time.Millisecond)
	if err := os.Remove(ballast); err != nil {
		in.t.Error(err)
	}
}

// search looks for plain words of anybody's files in everything that was written; unless everywhere, not in the files that are
// finished, which stay as they are.
func (in *intake) search(everywhere bool) {
	in.t.Helper()
	searched := 0
	for _, dir := range []string{in.scratch, in.logbook, in.disk} {
		if dir == "" {
			continue
		}
		found, n := plainOn(dir, func(path string) bool {
			return !everywhere && filepath.Dir(path) == filepath.Join(in.disk, "files") && !strings.HasPrefix(filepath.Base(path), ".")
		})
		if searched += n; len(found) > 0 {
			in.t.Errorf("plain on disk: %q", found)
		}
	}
	if everywhere && searched < 7*in.people {
		in.t.Errorf("only %d files were searched", searched)
	}
	runtime.GC() // what was read is large
}
