package answers

import (
	"sync"
	"testing"

	"olle/flows/places"
)

// An index that is made later answers as one made at once, and is compiled once, and only when it is needed.
func TestLaterIsCompiledOnceWhenItIsAsked(t *testing.T) {
	config := Config{Topics: []Topic{{ID: "visa", Ask: []string{"do I need a visa"}, Answer: "Ask the embassy."}}, Texts: map[string]string{"empty": "Yes?", "unknown": "I do not know."}}
	now, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	times := 0
	later := Later(func() (*Index, error) { times++; return New(config) })
	if times != 0 {
		t.Error("compiled before anybody asked")
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got, want := later.Answer("do I need a visa?"), now.Answer("do I need a visa?"); got != want || !got.Known {
				t.Errorf("%+v, want %+v", got, want)
			}
			later.Airfare(places.Reading{})
			later.Listed("NP")
		})
	}
	all.Wait()
	if times != 1 {
		t.Errorf("compiled %d times", times)
	}
}
