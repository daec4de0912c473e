package redis

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/storage"
	"olle/storage/redis/redistest"
)

// oldRelease starts a server with what a release before the present layout left when it was killed: testdata/layout1.aof.gz is its
// append-only file. The name "seen", which Redis has forgotten by now, is remembered anew.
func oldRelease(t *testing.T) *redistest.Server {
	t.Helper()
	f, err := os.Open("testdata/layout1.aof.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	commands, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	server := redistest.NewServer(t)
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = conn.Write(append(commands, "PING\r\n"...)) }()
	var replies bytes.Buffer
	for buf := make([]byte, 1<<16); !bytes.HasSuffix(replies.Bytes(), []byte("+PONG\r\n")); {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		replies.Write(buf[:n])
	}
	if i := bytes.Index(replies.Bytes(), []byte("\r\n-")); i >= 0 {
		t.Fatalf("%s", replies.Bytes()[i:min(i+200, replies.Len())])
	}
	server.Client(nil).Set(t.Context(), "{olle}:o:seen", "LSOJZBPZY77Z5X55PE43W2PME4 1 0", time.Hour)
	return server
}

var oldNow = time.Date(2020, 2, 3, 9, 5, 0, 0, time.UTC)

// openOld opens what an earlier release left from three processes at once.
func openOld(t *testing.T, server *redistest.Server) *Store {
	t.Helper()
	stores := make([]*Store, 3)
	var all sync.WaitGroup
	for i := range stores {
		all.Go(func() {
			s, err := Open(t.Context(), Options{URL: server.URL(), Log: quiet, Now: func() time.Time { return oldNow }})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { s.Close() })
			stores[i] = s
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return stores[0]
}

func TestDocumentsOfAnEarlierReleaseAreThere(t *testing.T) {
	s := openOld(t, oldRelease(t))
	docs, err := s.Load(t.Context(), "a/1", "a/2", "a/3", "many/599")
	if err != nil {
		t.Fatal(err)
	}
	end := oldNow.Truncate(time.Hour).Add(time.Hour)
	if string(docs[0].Data) != "x \x00\xff" || docs[0].Rev != 1 || docs[1].Data == nil || !docs[1].Until.Equal(end) || docs[2].Rev != 0 || string(docs[3].Data) != "599" {
		t.Errorf("%+v", docs)
	}
	if all, err := s.List(t.Context(), "", "", 1000); err != nil || len(all) != 602 {
		t.Errorf("%d documents, %v", len(all), err)
	}
	if _, err := s.Commit(t.Context(), storage.Batch{Once: "seen"}); err != storage.ErrSeen {
		t.Errorf("a name it had seen: %v", err)
	}
	r, err := s.Commit(t.Context(), storage.Batch{Check: docs, Put: docs[:1]})
	if err != nil || r.Rev <= docs[3].Rev {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestJobsOfAnEarlierReleaseGoOnInTheirOrder(t *testing.T) {
	s := openOld(t, oldRelease(t))
	jobs, err := s.Jobs(t.Context(), storage.Filter{}, "", 1000)
	if err != nil || len(jobs) != 608 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	seqs := map[int64]bool{}
	for _, j := range jobs {
		seqs[j.Seq] = true
		if j.Queue == "q" && (string(j.Data) != "data of "+j.ID+" \x00\r\n" || j.Born.After(oldNow) || j.Token != 0) {
			t.Errorf("%+v", j)
		}
	}
	open := storage.Batch{Pause: []storage.Pause{{Queue: "q", Lane: "m", For: -1}}}
	if _, err := s.Commit(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	var order []string
	now := oldNow
	for range 4 {
		claimed, err := s.Claim(t.Context(), storage.Claim{Queue: "q", N: 9, Now: now, Lease: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range claimed {
			order = append(order, j.Lane+"="+j.ID)
			if (j.ID == "1" || j.ID == "held") != (j.Tries == 1) {
				t.Errorf("%s was claimed %d times before", j.ID, j.Tries)
			}
		}
		if _, err := s.Commit(t.Context(), storage.Batch{Done: claimed}); err != nil {
			t.Fatal(err)
		}
		order = append(order, "|")
		now = now.Add(time.Hour)
	}
	got := strings.Join(order, " ")
	for _, lane := range [][]string{{"l=1", "l=2", "l=3", "l=later"}, {"m=live", "m=bulk"}, {"n:1 x=alone"}, {"h=held"}} {
		at := -1
		for _, j := range lane {
			i := strings.Index(got, j)
			if i <= at {
				t.Errorf("%q does not come in its place: %s", j, got)
			}
			at = i
		}
	}
	if claimed, err := s.Claim(t.Context(), storage.Claim{Queue: "clock", N: 600, Now: oldNow.Add(48 * time.Hour), Lease: time.Minute}); err != nil || len(claimed) == 0 {
		t.Errorf("%d alarms, %v", len(claimed), err)
	}
	r, err := s.Commit(t.Context(), storage.Batch{Push: []storage.Job{{ID: "new", Queue: "q", Lane: "new"}}, Hold: time.Minute, Now: now})
	if err != nil || len(r.Held) != 1 || seqs[r.Held[0].Seq] {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestAnEarlierReleaseCannotWriteAnyMore: what it would count in is no number now, so its scripts fail before they write.
func TestAnEarlierReleaseCannotWriteAnyMore(t *testing.T) {
	server := oldRelease(t)
	openOld(t, server)
	fresh := open(t, Options{URL: server.URL(), Name: "fresh"})
	if _, err := fresh.Commit(t.Context(), put("a/1")); err != nil {
		t.Fatal(err)
	}
	admin := server.Client(nil)
	for _, key := range []string{"{olle}:rev", "{olle}:seq", "{fresh}:rev", "{fresh}:seq"} {
		if err := admin.Incr(t.Context(), key).Err(); err == nil || !strings.Contains(err.Error(), "not an integer") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestNothingOfTheEarlierLayoutIsLeft: a key that nobody reads again would keep personal data for ever.
func TestNothingOfTheEarlierLayoutIsLeft(t *testing.T) {
	server := oldRelease(t)
	s := openOld(t, server)
	ctx := t.Context()
	docs, err := s.List(ctx, "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := s.Jobs(ctx, storage.Filter{}, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	b := storage.Batch{Pause: []storage.Pause{{Queue: "q", Lane: "m", For: -1}, {Queue: "q", Lane: "nothing", For: -1}}}
	for _, d := range docs {
		b.Put = append(b.Put, storage.Doc{Key: d.Key})
	}
	for _, j := range jobs {
		b.Drop = append(b.Drop, j.ID)
	}
	if _, err := s.Commit(ctx, b); err != nil {
		t.Fatal(err)
	}
	left := fmt.Sprint(server.Client(nil).Keys(ctx, "*").Val())
	for _, key := range server.Client(nil).Keys(ctx, "*").Val() {
		switch strings.TrimPrefix(key, "{olle}:") {
		case "rev", "seq", "n", "queues", "i:q", "i:clock", "o:seen":
		default:
			t.Errorf("left: %s of %s", key, left)
		}
	}
}
