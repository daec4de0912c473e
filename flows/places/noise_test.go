package places

import (
	"strings"
	"testing"
	"time"
)

// Whatever comes in, a hundred thousand characters of it are read in a blink and never in more than proportion.
func TestNoise(t *testing.T) {
	const size = 100_000
	for _, unit := range []string{"from ", "nepal ", "png ", "male or ", "Mumbai, Delhi or Kolkata ", "not ", "a", "\xff", "🙂", "ก", "中国", "네팔에서", "နေပြည်တော်",
		"papua new giunea ", "kathmandhoo ", "new ", "saint ", "Nepal-", "from Nepal via Bangkok to Korea or ", "\u202e", "é", "u.s.a.", "a\u0301", "ﷺ", "ガ", "Guinea and ",
		"San ", "moved to ", "hyderabad, "} {
		text := strings.Repeat(unit, size/len(unit)+1)
		for i, read := range []func(string) Reading{Departure, Resolve} {
			begin := time.Now()
			read(text[:len(text)/(1+9*i)])
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("%q repeated took %v", unit, took)
			}
		}
	}
}
