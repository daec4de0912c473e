package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"olle/flows"
	"olle/storage"
)

// closing returns the closing list, by what is missing in each line; done says that it is finished.
func (s *season) closing() (missing []string, done bool) {
	s.t.Helper()
	docs, err := s.store.List(context.Background(), flows.ClosingKey("vca-jeju-2020"), "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range docs {
		var line flows.Closing
		if err := json.Unmarshal(d.Data, &line); err != nil {
			s.t.Fatal(err)
		}
		missing = append(missing, strings.Join(line.Missing, " "))
	}
	event, err := s.store.Load(context.Background(), "event/vca-jeju-2020")
	if err != nil {
		s.t.Fatal(err)
	}
	var changes flows.Override
	if err := json.Unmarshal(event[0].Data, &changes); err != nil {
		s.t.Fatal(err)
	}
	return missing, changes.Closing != nil
}

// wait lets all that is due be done but fetching, which waits at the gate.
func (s *season) wait(ready func() bool) {
	s.t.Helper()
	for patience := time.Now().Add(20 * time.Second); !ready(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(patience) {
			s.t.Fatal("it does not come to pass")
		}
	}
}

// closingAlarm is when the event looks next whether it can close.
func (s *season) closingAlarm() (at time.Time) {
	for _, j := range s.jobs() {
		if strings.Contains(j.ID, "@closing") {
			at = j.At
		}
	}
	return at
}

// What was sent in time and is still being fetched holds the list up; it is written when that has come.
func TestClosingWaitsForWhatWasSentInTime(t *testing.T) {
	deadline := deadlineWas
	s := newSeason(t, deadline.Add(-2*time.Hour))
	who := flows.Address("stage:slow")
	s.begin(who)
	s.runTo(deadline.Add(-time.Second))
	gate := make(chan struct{})
	s.stage.gate.Store(&gate)
	s.act(who, flows.Update{Text: "cv", Files: []flows.File{{Name: "scan.pdf", Handle: "slow"}}})
	for minute := range 4 {
		at := deadline.Add(time.Duration(5+minute) * time.Minute)
		if got := s.closingAlarm(); !got.Equal(at) {
			t.Fatalf("minute %d: the event looks again at %s, not %s", minute, got, at)
		}
		s.clock.Move(at.Sub(s.clock.Now()))
		s.wait(func() bool { return s.closingAlarm().After(at) })
		if list, done := s.closing(); done || len(list) > 0 {
			t.Fatalf("minute %d: closed with a file on its way: %q", minute, list)
		}
	}
	close(gate)
	s.calm()
	s.runTo(deadline.Add(10 * time.Minute))
	if list, done := s.closing(); !done || len(list) != 1 || strings.Contains(list[0], "cv") || !strings.Contains(list[0], "waiver") {
		t.Errorf("the list: %q, done: %v", list, done)
	}
}

// Down over the deadline: what the network kept and brings in the first minutes counts by when it was sent; then the list is made.
func TestClosingAfterDowntime(t *testing.T) {
	deadline := deadlineWas
	s := newSeason(t, deadline.Add(-2*time.Hour))
	who := flows.Address("stage:away")
	s.begin(who)
	s.runTo(deadline.Add(-time.Hour))
	s.stop()
	s.clock.Move(9 * time.Hour)
	s.up()
	up := s.clock.Now()
	if list, done := s.closing(); done || len(list) > 0 {
		t.Fatalf("closed at once: %q", list)
	}
	s.runTo(up.Add(2 * time.Minute))
	for i, c := range []struct {
		item string
		sent time.Time
	}{{"cv", deadline}, {"waiver", deadline.Add(time.Second)}} {
		_, err := s.bot.Handle(context.Background(), flows.Update{
			ID: "kept:" + c.item, From: who, Chat: who, Private: true, Sent: c.sent, Text: c.item, Files: []flows.File{{Name: "scan.pdf", Handle: c.item}},
		})
		if err != nil {
			t.Fatal(i, err)
		}
	}
	s.runTo(up.Add(6 * time.Minute))
	if list, done := s.closing(); !done || len(list) != 1 || strings.Contains(list[0], "cv") || !strings.Contains(list[0], "waiver") {
		t.Errorf("the list: %q, done: %v", list, done)
	}
}

// The operator makes a code, on record with its reason; a wrong call or a deadline that is no later is refused with the remedy.
func TestLateCodeOnTheCommandLine(t *testing.T) {
	env := begun(t, map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_NOW": "2020-02-15T09:00:00+09:00"})
	code, out, errs := olle(t, env, "", "late-code", "-until", "2020-02-17T12:00:00+09:00", "-uses", "2", "-why", "flood in the city")
	if code != exitOK || !strings.Contains(out, "until 2020-02-17T12:00:00+09:00") {
		t.Fatalf("late-code: %d %s %s", code, out, errs)
	}
	s, err := openBolt(env["OLLE_DATA_DIR"], func() time.Time { return day(2, 15, 9, 1, 0) })
	if err != nil {
		t.Fatal(err)
	}
	made := strings.Fields(out)[0]
	var docs []storage.Doc
	if docs, err = s.Load(t.Context(), "code/"+made); err != nil || !strings.Contains(string(docs[0].Data), `"Kind":"late"`) {
		t.Errorf("code %s: %s (%v)", made, docs[0].Data, err)
	}
	if docs, err = s.List(t.Context(), flows.AuditKey, "", 10); err != nil || len(docs) != 1 || !strings.Contains(string(docs[0].Data), "flood in the city") {
		t.Errorf("the trail: %v (%v)", docs, err)
	}
	s.Close()
	for want, args := range map[string][]string{
		"no later deadline":         {"-until", "2020-02-14T12:00:00+09:00", "-why", "x"},
		"nobody has the reference":  {"-person", "VCA20-ZZZZZZ", "-why", "x"},
		"usage: olle":               {"-uses", "1"},
		"is no moment like":         {"-until", "tomorrow", "-why", "x"},
		"late-code [-person REF]":   {"-uses", "0", "-why", "x"},
		"flag provided but not def": {"-for", "x"},
	} {
		if code, _, errs := olle(t, env, "", append([]string{"late-code"}, args...)...); code == exitOK || !strings.Contains(errs, want) {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
}
