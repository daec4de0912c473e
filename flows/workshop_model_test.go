package flows_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"olle/flows"
)

// delegate is one of the twelve, and everything this person will do.
type delegate struct {
	who                     flows.Address
	name, office, side      string
	city, country           string
	observer, plans         bool
	missed                  []string // sessions
	ratesBefore, ratesAfter string   // the five objectives
	line                    string   // for the checklist
	votes                   []int    // lines of it
	rates, shows            string   // CityShare
	shares                  string   // the plan
	satisfied               int
	learned                 bool
	best                    []string // sessions
}

func (d delegate) key() string              { return strings.TrimPrefix(flows.PersonID(d.who), "person/") }
func (d delegate) ref(b *flows.Book) string { return flows.RefOf(b.Current, d.key()) }
func (d delegate) earns() bool              { return !d.observer && len(d.missed) == 0 }
func (d delegate) makesPlan() bool          { return d.plans || d.earns() }

type sessionLine struct{ id, name, line string }

// programme has the topics of 2014 on four days.
func programme() (all []sessionLine) {
	for _, s := range [][3]string{
		{"threep", "2020-03-31 09:00-10:30 | lecture | ", "Introducing the 3P Approach | Hall A | Tim Howe, Masako Ueda"},
		{"identify", "2020-03-31 11:00-12:30 | exercise | ", "Victim Identification | Hall A | Sebastian Boll"},
		{"assist", "2020-04-01 09:00-10:30 | lecture | ", "Victim Assistance | Hall A | Banibandana Pattanaik"},
		{"share", "2020-04-01 14:00-17:00 | cityshare | ", "CityShare | Room 2 | "},
		{"exchange", "2020-04-02 09:00-10:30 | lecture | ", "Data and Information Exchange | Hall A | Hamish Wyatt"},
		{"visit", "2020-04-02 13:00-17:00 | visit | ", "Study visit | Main gate | "},
		{"campaign", "2020-04-03 09:00-10:30 | exercise | ", "Awareness Campaign | Hall A | Stella Ogunlade"},
		{"plans", "2020-04-03 11:00-12:30 | presentation | ", "Action plans | Hall A | "},
		{"closing", "2020-04-03 14:00-15:00 | lecture | ", "Closing | Hall A | "},
	} {
		name, _, _ := strings.Cut(s[2], " | ")
		all = append(all, sessionLine{s[0], name, s[1] + s[2]})
	}
	return all
}

// delegates are eleven from eight countries, as many as in 2014, and the observer. Names are made up.
func delegates() []delegate {
	cities := [][2]string{{"Phnom Penh", "Cambodia"}, {"Jakarta", "Indonesia"}, {"Kuala Lumpur", "Malaysia"}, {"Malé", "Maldives"}, {"Ulaanbaatar", "Mongolia"},
		{"Bangkok", "Thailand"}, {"Hanoi", "Vietnam"}, {"Kathmandu", "Nepal"}, {"Hanoi", "Vietnam"}, {"Bangkok", "Thailand"}, {"Jakarta", "Indonesia"}, {"Seoul", "Republic of Korea"}}
	lines := []string{"Somebody else keeps the papers", "Pay goes to debts first", "Nobody has a day off", "Answers sound learned by heart"}
	var all []delegate
	for i, c := range cities {
		d := delegate{
			who:  flows.Address(fmt.Sprintf("%s:%d", []string{"telegram", "discord", "web"}[i%3], 7000+i)),
			name: fmt.Sprintf("Delegate Number%c", 'A'+i), office: fmt.Sprintf("Office of Matters%c", 'A'+i), side: []string{"government", "ngo", "government"}[i%3],
			city: c[0], country: c[1], observer: i == 11, plans: i != 7 && i != 11,
			ratesBefore: fmt.Sprintf("%d%d22%d", 1+i%3, 2+i%2, 1+i%2), ratesAfter: fmt.Sprintf("4%d4%d%d", 4+i%2, 3+i%3, 4-i%2),
			rates: fmt.Sprintf("%d%d%d3%d4%d", 1+i%5, 2+i%3, 1+i%2, 3+i%3, 5-i%5), shows: []string{"country", "nothing"}[i%2],
			shares: []string{"everybody", "only the organisers"}[i%2], satisfied: 4 + i%2, learned: i != 3,
			best: []string{"Victim Identification", "Data and Information Exchange", "Introducing the 3P Approach"}, votes: []int{i % 4, (i + 1) % 4},
		}
		if i%4 == 1 {
			d.best = []string{"Data and Information Exchange", "Introducing the 3P Approach", "Victim Identification"}
		}
		if i < len(lines) {
			d.line, d.votes = lines[i], []int{(i + 1) % 4}
		}
		all = append(all, d)
	}
	all[4].missed = []string{"exchange", "visit"}
	all[11].ratesBefore = "" // the observer rates nothing before
	return all
}

// model is what a quiz must come to, from nothing but the questions as they are written and what each person does.
type model struct {
	points, right map[string]int
	tallies       []*modelTally
}

type modelTally struct {
	m      *model
	q      flows.QuizQuestion
	counts map[string]int
	total  int
}

// choice is what person i answers to question n: mostly what is right, sometimes not, sometimes nothing.
func (m *model) choice(q flows.QuizQuestion, n, i int) string {
	good := (i+2*n)%3 != 0
	switch {
	case (i+n)%11 == 10:
		return ""
	case q.Type == "number":
		return map[bool]string{true: fmt.Sprint(q.Number), false: "17"}[good]
	case q.Type == "text":
		return map[bool]string{true: strings.ToUpper(cmp.Or(append(q.Accept, "")...)), false: "something else"}[good]
	case q.Type == "opinion":
		return flows.Letter(i % len(q.Options))
	case good:
		return q.Key
	case q.Type == "order":
		return q.Key[1:] + q.Key[:1]
	case q.Type == "several":
		return q.Key[:len(q.Key)-1]
	}
	return flows.Letter((int(q.Key[0]-'a') + 1) % len(q.Options))
}

// keyed is how many questions have a right answer.
func (m *model) keyed() (n int) {
	for _, y := range m.tallies {
		if y.q.Type != "opinion" && y.q.Type != "information" {
			n++
		}
	}
	return n
}

func (m *model) plays(q flows.QuizQuestion) *modelTally {
	y := &modelTally{m: m, q: q, counts: map[string]int{}}
	m.tallies = append(m.tallies, y)
	return y
}

// takes counts an answer. Here a wrong one of several options is right in part, one in an order turned round not at all.
func (y *modelTally) takes(who, choice string) {
	if choice == "" {
		return
	}
	y.total++
	share := 0.0
	switch {
	case y.q.Type == "several":
		share = float64(len(choice)) / float64(len(y.q.Key)) // only right ones are chosen
	case y.q.Type == "opinion":
	case choice == y.q.Key, y.q.Type == "number" && choice != "17", y.q.Type == "text" && choice != "something else":
		share = 1
	}
	y.m.points[who] += int(math.Round(100 * share))
	if share == 1 {
		y.m.right[who]++
		y.counts["right"]++
	}
}

// same compares a quiz with the model: who answered, who was right, everybody's points.
func (w *workshop) same(code string, set *flows.QuizSet, m model) {
	w.Helper()
	r, err := flows.ReadQuizResults(w.run, code)
	if err != nil || r.Quiz.State != flows.QuizEnded || len(r.Places) != len(w.people) || len(r.Tallies) != len(set.Questions) {
		w.Fatalf("%s: %v %s, %d players, %d tallies", code, err, r.Quiz.State, len(r.Places), len(r.Tallies))
	}
	for i, y := range m.tallies {
		if got := r.Tallies[i]; got.Total != y.total || y.q.Type != "opinion" && got.Right != y.counts["right"] {
			w.Errorf("%s, question %d: %d answers, %d right; the model has %d and %d", set.Name, i+1, got.Total, got.Right, y.total, y.counts["right"])
		}
	}
	best := slices.Max(slices.Collect(maps.Values(m.points)))
	for _, p := range r.Places {
		if p.Points != m.points[p.Name] || p.Right != m.right[p.Name] || (p.Place == 1) != (p.Points == best) {
			w.Errorf("%s: %s has %d points, %d right, place %d; the model %d and %d", set.Name, p.Ref, p.Points, p.Right, p.Place, m.points[p.Name], m.right[p.Name])
		}
		for _, d := range w.people {
			if strings.Contains(p.Alias, d.name) {
				w.Errorf("%s plays under their own name", d.name)
			}
		}
	}
}

// sameRating compares the revealed rating with the model: counts, medians, countries of those who agreed.
func (w *workshop) sameRating() {
	w.Helper()
	g, round, _, err := flows.ReadRating(w.run, w.run.Book.Current, "cityshare")
	sheets, _ := flows.RatingSheets(w.run, "cityshare")
	if err != nil || !round.Seen() {
		w.Fatal("not revealed", err)
	}
	r := flows.CountRating(g, sheets)
	for a, spread := range r.Areas {
		var levels []int
		want := make([]int, 5)
		for _, d := range w.people {
			levels = append(levels, int(d.rates[a]-'0'))
			want[d.rates[a]-'1']++
		}
		slices.Sort(levels)
		if middle := float64(levels[5]+levels[6]) / 2; !slices.Equal(spread.Counts, want) || spread.Middle != middle || spread.Apart != levels[11]-levels[0] {
			w.Errorf("area %d: %v, middle %v, apart %d; the model has %v, %v", a+1, spread.Counts, spread.Middle, spread.Apart, want, middle)
		}
	}
	var want []string
	for _, d := range w.people {
		if d.shows == "country" && !slices.Contains(want, d.country) {
			want = append(want, d.country)
		}
	}
	slices.Sort(want)
	var got []string
	for _, c := range r.Countries {
		got = append(got, c.Country)
	}
	if !slices.Equal(got, want) {
		w.Errorf("countries shown are %v, those who agreed are from %v", got, want)
	}
}

func (w *workshop) sharing(but int) (n int) {
	for i, d := range w.people {
		if i != but && d.plans && d.shares == "everybody" {
			n++
		}
	}
	return n
}

func (w *workshop) certified() (n int) {
	for _, d := range w.people {
		if d.earns() {
			n++
		}
	}
	return n
}

// counted are the figures of the report as the model counts them.
func (w *workshop) counted() []string {
	countries, present, votes, lines, learned, high := map[string]bool{}, 0, 0, 0, 0, 0
	answers, right, keyed := 0, 0, 0
	for _, d := range w.people {
		if !d.observer {
			countries[d.country] = true
		}
		present += 8 - len(d.missed) // nobody takes presence at the closing
		votes += len(d.votes)
		if d.line != "" {
			lines++
		}
		if d.learned {
			learned++
		}
		if d.satisfied >= 4 {
			high++
		}
	}
	for _, m := range w.quizAs {
		for _, y := range m.tallies {
			answers += y.total
			if y.q.Type != "opinion" {
				right, keyed = right+y.counts["right"], keyed+y.total
			}
		}
	}
	return []string{
		fmt.Sprintf("11 participants from %d countries and 1 observer", len(countries)), fmt.Sprintf("(%d of %d)", present, 8*12),
		fmt.Sprintf("5 quizzes were played live, with %d answers", answers), fmt.Sprintf("(%d of %d)", right, keyed),
		fmt.Sprintf("a checklist of %d lines for identifying victims, and gave it %d votes", lines, votes), "12 people rated 7 areas",
		fmt.Sprintf("learned something new (%d of 12)", learned), fmt.Sprintf("(%d of 12; mean 4.5)", high), "(chosen by 12 of 12, first by 9)",
		"an action plan (11 of 11)", fmt.Sprintf("a certificate (%d of 11)", w.certified()),
	}
}
