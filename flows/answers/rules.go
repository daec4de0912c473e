package answers

import (
	"fmt"
	"strconv"
	"strings"
)

// rule is a compiled line of Topic.When or Line.When.
type rule struct {
	all, not set
	any      []set
	bonus    float64
}

// compile reads "visa !airfare fee|pay +0.5".
func (l *lexicon) compile(line string) (rule, error) {
	var r rule
	for _, f := range strings.Fields(line) {
		if f[0] == '+' || f[0] == '-' {
			b, err := strconv.ParseFloat(f, 64)
			if err != nil {
				return r, fmt.Errorf("rule %q: %q is no number", line, f)
			}
			r.bonus += b
			continue
		}
		neg := f[0] == '!'
		var s set
		n := 0
		for _, name := range strings.Split(strings.TrimPrefix(f, "!"), "|") {
			c, ok := l.number[name]
			if !ok {
				return r, fmt.Errorf("rule %q: no concept %q", line, name)
			}
			s.add(c)
			n++
		}
		switch {
		case neg:
			r.not.union(s)
		case n == 1:
			r.all.union(s)
		default:
			r.any = append(r.any, s)
		}
	}
	return r, nil
}

// holds says whether the rule's conditions are met.
func (r *rule) holds(have *set) bool {
	if !have.holds(&r.all) || have.meets(&r.not) {
		return false
	}
	for i := range r.any {
		if !have.meets(&r.any[i]) {
			return false
		}
	}
	return true
}

// addsTo says whether the rule names something in the question that another does not: only then do both together
// answer more.
func (r *rule) addsTo(o *rule, have *set) bool {
	mine, theirs := r.named(have), o.named(have)
	return !theirs.holds(&mine)
}

// named is what the rule names of what the question holds.
func (r *rule) named(have *set) (s set) {
	s = r.all
	for i := range r.any {
		for k := range s {
			s[k] |= r.any[i][k] & have[k]
		}
	}
	return s
}

// names is every concept and flag the rule asks about.
func (r *rule) names() (s set) {
	s = r.all
	s.union(r.not)
	for i := range r.any {
		s.union(r.any[i])
	}
	return s
}

// score of a rule that holds: the weights of what it names, of alternatives the heaviest.
func (r *rule) score(weights []float64) float64 {
	sum := r.bonus
	r.all.each(func(i int) { sum += weights[i] })
	for _, a := range r.any {
		top := 0.0
		a.each(func(i int) { top = max(top, weights[i]) })
		sum += top
	}
	return sum
}
