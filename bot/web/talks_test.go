package web

import (
	"fmt"
	"testing"

	"olle/flows"
)

// A reply is told from memory only where memory has all of it, in the order of the talk.
func TestRepliesFromMemory(t *testing.T) {
	const a = flows.Address("web:a")
	talks := newTalks()
	say := func(n int64, cause string, me bool) {
		talks.wrote(a, talk{n: n, rev: n}, line{Text: fmt.Sprint("line ", n), Cause: cause, Me: me, Choices: []flows.Choice{{Value: fmt.Sprint("v", n), Label: fmt.Sprint("button ", n)}}})
	}
	if _, ok := talks.causedBy(a, "u1", 1); ok {
		t.Error("told of a talk that is not known")
	}
	say(1, "u1", true)
	say(3, "u1/m1", false) // committed last, and here first
	say(2, "u1/m0", false)
	say(4, "u10/m0", false)
	got, ok := talks.causedBy(a, "u1", 1)
	if !ok || len(got) != 2 || got[0].Text != "line 2" || got[1].Text != "line 3" {
		t.Errorf("%v %+v", ok, got)
	}
	if label, ok := talks.offered(a, "v3"); !ok || label != "button 3" {
		t.Errorf("the button is %q, %v", label, ok)
	}
	if talks.recent[a][0].Text != "" {
		t.Error("the guest's own words are remembered")
	}
	for n := range int64(maxLines) {
		say(5+n, "u2/m", false)
	}
	if _, ok := talks.causedBy(a, "u1", 1); ok {
		t.Error("told what is no longer known whole")
	}
	for n := range 2 * maxRecent {
		talks.wrote(flows.Address(fmt.Sprint("web:", n)), talk{}, line{})
	}
	if len(talks.recent) > maxRecent {
		t.Errorf("%d talks' lines are remembered", len(talks.recent))
	}
}

// What two replicas know of a talk may be old: whoever writes learns the truth, and no line is lost.
func TestStaleKnowledgeGivesWay(t *testing.T) {
	talks := newTalks()
	talks.set("web:a", talk{n: 5, rev: 9})
	talks.set("web:a", talk{n: 4, rev: 7})
	if got, _ := talks.get("web:a"); got.n != 5 {
		t.Errorf("older knowledge replaced newer: %+v", got)
	}
}

// A household counts as one peer, however many addresses it has.
func TestStreamsOfOneHouseholdAreBounded(t *testing.T) {
	s := newStreams()
	open := func(i int, peer string) bool { _, ok := s.open(fmt.Sprint(i), peer); return ok }
	for i := range maxPeerStreams {
		if !open(i, fmt.Sprintf("2001:db8::%x", i)) {
			t.Fatalf("stream %d is refused", i)
		}
	}
	if open(maxPeerStreams, "2001:db8::ffff:1") || !open(maxPeerStreams, "2001:db8:0:1::1") {
		t.Error("not this household, or not the next one, is bounded")
	}
}
