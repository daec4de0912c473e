package places

import (
	"strings"
	"testing"
)

// One slip of the finger in a name never leads to another departure point without a question, and mostly to the right
// one, to be confirmed.
func TestSlips(t *testing.T) {
	tried, right := 0, 0
	for code, names := range points {
		for _, name := range strings.Split(names, "; ")[:2] {
			for _, slip := range slips(strings.ToLower(name)) {
				if len(slip) < 6 {
					continue
				}
				r := Departure("airfare from " + slip)
				tried++
				switch {
				case strings.Contains(show(r), code):
					right++
				case len(r.Ask) == 0 && len(r.Places) == 1 && !known(slip):
					t.Errorf("%q for %q: %s", slip, name, show(r))
				}
			}
		}
	}
	if right*100 < tried*90 {
		t.Errorf("only %d of %d slips were understood", right, tried)
	}
}

// known reports whether a slip happens to be a name of its own.
func known(slip string) bool {
	return names.has([]byte(Fold(slip)))
}

// slips are all deletions, doublings and swaps of neighbours, and the commonest wrong vowels.
func slips(s string) []string {
	var out []string
	for i := 0; i < len(s); i++ {
		if s[i] < 'a' || s[i] > 'z' {
			continue
		}
		out = append(out, s[:i]+s[i+1:], s[:i+1]+s[i:])
		if i+1 < len(s) && s[i] != s[i+1] && s[i+1] != ' ' {
			out = append(out, s[:i]+string(s[i+1])+string(s[i])+s[i+2:])
		}
		if v := strings.IndexByte("aeiouy", s[i]); v >= 0 {
			out = append(out, s[:i]+string("eieuae"[v])+s[i+1:])
		}
	}
	return out
}
