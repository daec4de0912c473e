package answers

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// alone is the similarity to a way of asking that finds a topic no rule names.
const alone = 0.66

// nearly is how little two topics named by rules may differ in score for both to be answered.
const nearly = 0.4

// Answer finds the topic of a question, or the topics of two questions in one line, and says the answer. It never
// fails.
func (x *Index) Answer(question string) Answer {
	x = x.Ready()
	question = clip(question)
	whole := x.one(question)
	if whole.Danger || !whole.Question {
		return whole
	}
	if two, ok := x.both(question); ok {
		return two
	}
	return whole
}

// one answers a text as one question.
func (x *Index) one(question string) Answer {
	a := x.scratch.Get().(*reading)
	defer x.scratch.Put(a)
	x.read(a, question)
	if len(a.toks) == 0 {
		return Answer{Intent: "unknown", Text: x.texts["empty"], Question: a.have.has(fMark)}
	}
	t, second := x.choose(a)
	var out Answer
	if t == nil {
		out = Answer{Intent: "unknown", Text: x.texts["unknown"], Offer: "human"}
	} else {
		out = x.say(a, t)
	}
	if t != nil && out.Text == "" {
		t, out = nil, Answer{Intent: "unknown", Text: x.texts["unknown"], Offer: "human"}
	}
	if t != nil {
		out.Known = true
		out.talk = t.Kind == "smalltalk" || a.have.has(fBare)
	}
	if second != nil && out.Known {
		out.Text = x.alsoSay(a, out.Text, second)
	}
	out.Text = trim(out.Text)
	out.Question = x.asks(a, out)
	return out
}

// choose is the topic with the highest score: its best rule that holds plus the similarity to its ways of asking.
// A topic that speaks of danger wins as soon as one of its rules holds. second is another topic that a rule names and
// that is as likely meant, or nil.
func (x *Index) choose(a *reading) (best, second *topic) {
	x.search.nearest(a.feats, a.unknown, a.dots, a.best)
	top, next, danger := 0.0, 0.0, false
	var first, other *rule // by which the best and the second were found
	for i := range x.topics {
		t := &x.topics[i]
		if danger && t.Kind != "danger" || t.vetoed(&a.have) {
			continue
		}
		rule, by := t.strongest(a)
		ruled := by != nil
		score := a.best[i] + rule
		if !ruled && score < alone || t.Kind == "smalltalk" && a.unknown > 0 && len(a.toks) > 3 && a.have.has(fMark) && !a.parted && t.greets() {
			continue
		}
		urgent := ruled && t.Kind == "danger"
		if score > top || urgent && !danger {
			if first != nil {
				second, next, other = best, top, first
			}
			best, top, danger, first = t, score, danger || urgent, by
		} else if ruled && score > next {
			second, next, other = t, score, by
		}
	}
	if second != nil && (top-next > nearly || first == nil || !other.addsTo(first, &a.have) || !apart(best, second)) {
		second = nil
	}
	return best, second
}

// greets says that a topic is but a courtesy, which answers no question.
func (t *topic) greets() bool {
	return t.ID == "hello" || t.ID == "thanks" || t.ID == "bye" || t.ID == "ack"
}

// apart says that two topics may be answered in one breath: facts both, and none a part of the other.
func apart(a, b *topic) bool {
	for _, t := range []*topic{a, b} {
		if t.Kind != "" && t.Kind != "none" && t.Kind != "airfare" {
			return false
		}
	}
	return !strings.HasPrefix(a.ID, b.ID+".") && !strings.HasPrefix(b.ID, a.ID+".")
}

// alsoSay adds the answer of the second topic, where both together are not too long.
func (x *Index) alsoSay(a *reading, text string, t *topic) string {
	more := x.say(a, t).Text
	if more == "" || utf8.RuneCountInString(text)+utf8.RuneCountInString(more) >= MaxAnswer {
		return text
	}
	return text + "\n" + more
}

// strongest is the score of the best rule that holds, more if the sentences that ask hold it alone, and that rule; nil
// where none holds.
func (t *topic) strongest(a *reading) (top float64, by *rule) {
	for k := range t.rules {
		r := &t.rules[k]
		if by != nil && r.score+focused <= top {
			break
		}
		if !r.holds(&a.have) {
			continue
		}
		score := r.score
		if a.parted && r.holds(&a.focus) {
			score += focused
		}
		if by == nil || score > top {
			top, by = score, &r.rule
		}
		if !a.parted {
			break
		}
	}
	return top, by
}

func (t *topic) vetoed(have *set) bool {
	for i := range t.never {
		if t.never[i].holds(have) {
			return true
		}
	}
	return false
}

// say composes the topic's answer.
func (x *Index) say(a *reading, t *topic) Answer {
	out := Answer{Intent: t.ID, Source: t.Source, Offer: t.Offer, Danger: t.Kind == "danger", None: t.Kind == "none"}
	switch t.Kind {
	case "airfare":
		f := x.Airfare(a.where)
		out.Text, out.None = f.Text, f.None
		if t.Answer != "" {
			out.Text += "\n" + t.Answer
		}
	case "region", "table", "reverse", "most", "least":
		out.Text = x.tabled(a, t)
	default:
		out.Text = x.parts(a, t)
	}
	return out
}

// parts says of every part the first sentence whose rule holds, then the answer. What cannot be filled is left out.
func (x *Index) parts(a *reading, t *topic) string {
	var say []string
	for _, part := range t.parts {
		for k := range part {
			if part[k].holds(&a.have) {
				if s, ok := x.fill(a, part[k].say); ok && s != "" {
					say = append(say, s)
				}
				break
			}
		}
	}
	if s, ok := x.fill(a, t.Answer); ok && s != "" {
		say = append(say, s)
	}
	return strings.Join(say, " ")
}

// fill puts in what the question said: {years}, {place} and {amount}; beside {point}, the {region} and {amount} of the
// one place of departure. ok is false where it did not say it.
func (x *Index) fill(a *reading, s string) (filled string, ok bool) {
	if strings.IndexByte(s, '{') < 0 {
		return s, true
	}
	if strings.Contains(s, "{years}") {
		n := strconv.Itoa(a.years)
		if a.half {
			n += "½"
		}
		s = strings.ReplaceAll(s, "{years}", n)
		if a.years < 0 {
			return "", false
		}
	}
	if strings.Contains(s, "{point}") {
		return x.printedFor(a.where, s)
	}
	if strings.Contains(s, "{amount}") {
		if a.amount == "" {
			return "", false
		}
		s = strings.ReplaceAll(s, "{amount}", a.amount)
	}
	if strings.Contains(s, "{place}") {
		name := x.named(a)
		if name == "" {
			return "", false
		}
		s = strings.ReplaceAll(s, "{place}", name)
	}
	return s, true
}

// named is the first place the question names beside the venue; a name with several meanings as it was typed.
func (x *Index) named(a *reading) (name string) {
	for _, m := range a.where.Mentions {
		if m.Place.Code != "" && m.Place.Code != x.venue {
			return x.display(m.Place)
		}
	}
	for _, m := range a.where.Mentions {
		if m.Place.Code == "" {
			return m.Text
		}
	}
	return ""
}

// asks says whether the text is a question, rather than an answer to a form's question.
func (x *Index) asks(a *reading, out Answer) bool {
	if out.Danger || a.have.has(fMark) {
		return true
	}
	if !out.Known || len(a.ids) < 2 || x.cAsking < 0 {
		return false
	}
	id := a.ids[0]
	return id >= 0 && x.lex.concepts[id].has(x.cAsking)
}

// trim keeps an answer within MaxAnswer characters, cut after a sentence where possible.
func trim(s string) string {
	if len(s) <= MaxAnswer || utf8.RuneCountInString(s) <= MaxAnswer {
		return s
	}
	cut := 0
	for n := 0; n < MaxAnswer-1; n++ {
		_, w := utf8.DecodeRuneInString(s[cut:])
		cut += w
	}
	if k := strings.LastIndex(s[:cut], ". "); k > cut/2 {
		return s[:k+1]
	}
	return s[:cut] + "…"
}
