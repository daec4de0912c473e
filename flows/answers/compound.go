package answers

import (
	"strings"
	"unicode/utf8"
)

// joints part two questions in one line: what follows a question mark, or an "also".
var joints = []string{"? ", "?, ", ", also ", " and also "}

// both answers a line that holds two questions of different topics; ok is false where it does not, where one of the
// halves is not understood on its own, or where both answers together are too long.
func (x *Index) both(q string) (out Answer, ok bool) {
	left, right, found := halves(q)
	if !found {
		return out, false
	}
	one, two := x.one(left), x.one(right)
	if !plainly(one) || !plainly(two) || one.Intent == two.Intent {
		return out, false
	}
	out = one
	out.Text += "\n" + two.Text
	out.None = one.None && two.None
	return out, utf8.RuneCountInString(out.Text) <= MaxAnswer
}

// plainly says that a half is a question with an answer of its own, not talk and not just the name of a place.
func plainly(a Answer) bool { return a.Known && a.Question && !a.Danger && !a.talk }

func halves(q string) (left, right string, found bool) {
	for _, j := range joints {
		if i := strings.Index(q, j); i >= 0 && len(q)-i-len(j) >= 8 && i >= 8 {
			return q[:i] + "?", q[i+len(j):], true
		}
	}
	return "", "", false
}
