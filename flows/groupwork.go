package flows

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Group work has templates: a campaign to discuss, made-up cases in which victims are to be identified, and a checklist that everybody adds
// to and votes on, in private or in the cohort's own group. Nothing in it is about anybody real, and each exercise begins by saying so.
//
// Nobody shares a document with other writers: a line is "group/checklist/ID/NAME", a vote "vote/checklist/ID/NAME", where NAME is its writer's.
// The checklist names nobody.

// GroupLine is one line of the checklist.
type GroupLine struct {
	ID    string `json:"-"`
	Key   string `json:"-"` // of its document
	Votes int    `json:"-"`
	Mine  bool   `json:"-"` // of whoever reads
	Voted bool   `json:"-"` // by whoever reads
	N     int    // one more than the newest had when it was written: lines are sorted by it, so that a number stays while votes come
	At    time.Time
	Text  string
}

const (
	groupPrefix   = "group/checklist/"
	votePrefix    = "vote/checklist/"
	longestLine   = 200 // characters
	mostLines     = 100 // in the list
	mostOwnLines  = 15
	offeredToVote = 8
)

// personalData is what looks like a way to reach somebody: it does not belong into a list that everybody reads.
var personalData = regexp.MustCompile(`@|(?:\d[ .-]?){7,}`)

// Checklist reads the list for one reader, in the order it was written in.
func Checklist(src Source, reader string) ([]GroupLine, error) {
	by := map[string]*GroupLine{}
	reader = PersonName(reader)
	err := readable(src, groupPrefix, func(rest string, l GroupLine) {
		id, name, _ := strings.Cut(rest, "/")
		if l.ID, l.Key, l.Mine = id, groupPrefix+rest, name == reader; l.Text != "" {
			by[id] = &l
		}
	})
	if err != nil {
		return nil, err
	}
	for d, err := range each(src, votePrefix) {
		if err != nil {
			return nil, err
		}
		id, name, _ := strings.Cut(strings.TrimPrefix(d.Key, votePrefix), "/")
		if l := by[id]; l != nil {
			l.Votes++
			l.Voted = l.Voted || name == reader
		}
	}
	var all []GroupLine
	for _, l := range by {
		all = append(all, *l)
	}
	slices.SortFunc(all, func(a, b GroupLine) int { return cmp.Or(a.N-b.N, a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// group is /group: the exercises. "campaign", "case N", "list", "add …", "vote N" and "drop N" are its words.
func group(t *Turn, args string) {
	word, rest, _ := strings.Cut(strings.TrimSpace(args), " ")
	rest = strings.TrimSpace(rest)
	if !t.Event.Offers("group") {
		t.Say("groupwork.off")
		t.asked = t.top() != nil
		return
	}
	if !t.takesPart() {
		t.Say("groupwork.none")
		t.asked = t.top() != nil
		return
	}
	word = strings.ToLower(word)
	if !t.Event.Offers("group " + word) {
		word = ""
	}
	switch word {
	case "campaign":
		t.Say("groupwork.campaign")
	case "case":
		t.groupCase(rest)
	case "list":
		t.sayChecklist()
	case "add":
		t.addLine(rest)
	case "vote":
		t.voteLine(rest)
	case "drop":
		t.dropLine(rest)
	default:
		t.Tell(t.Event.offered(t.Text("groupwork.menu")))
		t.Offer(t.groupChoice("campaign"), t.groupChoice("case"), t.groupChoice("list"))
	}
	t.asked = t.asked || t.top() != nil && !t.moved
}

func (t *Turn) groupChoice(word string) Choice {
	return Choice{Label: t.Text("choice.group." + word), Value: "/group " + word}
}

// groupCase tells a made-up case. The reminder comes first, each time.
func (t *Turn) groupCase(which string) {
	n, err := strconv.Atoi(which)
	groupCases := t.Event.groupCases()
	if err != nil || n < 1 || n > groupCases {
		n = 1
	}
	t.Say("groupwork.safety")
	t.Say(fmt.Sprint("groupwork.case.", n))
	t.Say("groupwork.questions")
	var choices []Choice
	for other := range groupCases {
		if other+1 != n {
			choices = append(choices, Choice{Label: t.Text("choice.group.other", "n", other+1), Value: fmt.Sprint("/group case ", other+1)})
		}
	}
	t.Offer(append(choices, t.groupChoice("list"))...)
}

// sayChecklist shows the list; what has most votes is offered for a vote last, since everybody else's lines need looks first.
func (t *Turn) sayChecklist() {
	all, err := Checklist(t.src, t.Person.ID)
	if err != nil {
		t.err = err
		return
	}
	if len(all) == 0 {
		t.Say("groupwork.empty")
		t.Offer(t.groupChoice("add"))
		return
	}
	lines := []string{t.Text("groupwork.list", "n", len(all))}
	var choices []Choice
	for i, l := range all {
		line := fmt.Sprintf("%d. %s (%d)", i+1, l.Text, l.Votes)
		if l.Voted && t.Private {
			line += " ✓"
		}
		lines = append(lines, line)
		if !l.Voted && !l.Mine && len(choices) < offeredToVote {
			choices = append(choices, Choice{Label: t.Text("choice.group.vote", "n", i+1), Value: "/group vote " + l.ID})
		}
	}
	t.Tell(strings.Join(lines, "\n"))
	t.Say("groupwork.how")
	t.Offer(append(choices, t.groupChoice("add"))...)
}

// addLine adds a line; in private it may be asked for.
func (t *Turn) addLine(text string) {
	switch {
	case !t.agreed() && !t.Private:
		t.Say("groupwork.consent")
	case text == "" && !t.Private:
		t.Say("groupwork.how")
	case text == "" || !t.agreed():
		t.Say("groupwork.safety")
		t.Begin("groupwork", "add", "text", text)
	default:
		t.keepLine(text)
	}
}

// keepLine keeps a line that is fit to be read by everybody, and says why another one is not.
func (t *Turn) keepLine(text string) (kept bool) {
	text = strings.Join(strings.Fields(text), " ")
	if a := t.Event.Answers.Answer(text); a.Danger {
		t.danger(a)
		return true
	}
	all, err := Checklist(t.src, t.Person.ID)
	if err != nil {
		t.err = err
		return true
	}
	own, last := 0, 0
	for _, l := range all {
		last = max(last, l.N)
		if l.Mine {
			own++
		}
		if foldLine(l.Text) == foldLine(text) {
			t.Say("groupwork.twice")
			return true
		}
	}
	switch n := utf8.RuneCountInString(text); {
	case n < 3 || n > longestLine:
		t.Say("groupwork.length", "most", longestLine)
		return false
	case personalData.MatchString(text):
		t.Say("groupwork.personal")
		return false
	case len(all) >= mostLines || own >= mostOwnLines:
		t.Say("groupwork.full")
		return true
	}
	id := strings.ToLower(CodeFrom(t.Seed)[:6])
	t.putApart(groupPrefix+id+"/"+PersonName(t.Person.ID), GroupLine{N: last + 1, At: t.At, Text: text})
	t.Say("groupwork.added", "n", len(all)+1)
	t.Offer(t.groupChoice("list"), t.groupChoice("add"))
	return true
}

// line finds one by its ID or number; it says that there is none.
func (t *Turn) line(which string) (GroupLine, int, bool) {
	all, err := Checklist(t.src, t.Person.ID)
	if err != nil {
		t.err = err
		return GroupLine{}, 0, false
	}
	i := slices.IndexFunc(all, func(l GroupLine) bool { return l.ID == strings.ToLower(which) })
	if n, err := strconv.Atoi(which); i < 0 && err == nil && n >= 1 && n <= len(all) {
		i = n - 1
	}
	if i < 0 {
		t.Say("groupwork.which")
		return GroupLine{}, 0, false
	}
	return all[i], i + 1, true
}

// voteLine votes for a line, or takes the vote back.
func (t *Turn) voteLine(which string) {
	l, n, ok := t.line(which)
	if !ok {
		return
	}
	key := votePrefix + l.ID + "/" + PersonName(t.Person.ID)
	switch {
	case !t.agreed() && t.Private:
		t.Push("consent", "ask")
		return
	case !t.agreed():
		t.Say("groupwork.consent")
	case l.Voted:
		t.dropApart(key)
		t.Say("groupwork.unvoted", "n", n, "votes", l.Votes-1)
	default:
		t.putApart(key, true)
		t.Say("groupwork.voted", "n", n, "votes", l.Votes+1)
	}
	t.Offer(t.groupChoice("list"))
}

// dropLine takes a line out: its writer may, and organisers, whose doing so is noted.
func (t *Turn) dropLine(which string) {
	l, n, ok := t.line(which)
	switch {
	case !ok:
	case l.Mine:
		t.dropApart(l.Key)
		t.Say("groupwork.dropped", "n", n)
	case t.may(MaySend):
		t.out.Put = append(t.out.Put, Doc{Key: l.Key})
		t.note("checklist line removed", "", "")
		t.Say("groupwork.dropped", "n", n)
	default:
		t.Say("groupwork.not_yours")
	}
}

// groupworkFlow asks for a line of the checklist.
func groupworkFlow() *Flow {
	return &Flow{Name: "groupwork", Light: true, Steps: []Step{{
		Name: "add", Free: true,
		Ask: func(t *Turn) {
			text := t.top().Vars["text"] // typed before the consent
			delete(t.top().Vars, "text")
			if text != "" && t.keepLine(text) {
				t.Done()
				return
			}
			t.Say("groupwork.add")
		},
		Take: func(t *Turn, in Input) bool {
			if in.Text == "" {
				return false
			}
			if t.keepLine(in.Text) {
				t.Done()
			} else {
				t.asked = true
			}
			return true
		},
	}}}
}
