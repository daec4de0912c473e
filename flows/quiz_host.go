package flows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What hosts say, and what they are told. Their sentences are in English.

// quizWords are what may follow /quizhost, besides start.
var quizWords = []string{"join", "open", "lock", "reveal", "next", "pause", "resume", "end", "tally", "board", "kick", "players", "results"}

// quizhost is /quizhost: "start NAME" begins a quiz, the other words steer the one this person hosts.
func quizhost(t *Turn, args string) {
	word, rest, _ := strings.Cut(strings.TrimSpace(args), " ")
	rest = strings.TrimSpace(rest)
	switch word = strings.ToLower(word); {
	case word == "start":
		t.startQuiz(rest)
	case word == "join" && ReadQuizCode(rest) != "":
		t.Person.Hosting = ReadQuizCode(rest)
		t.toQuiz("join", QuizArgs{})
	case t.Person.Hosting == "" || word == "" || !slices.Contains(quizWords, word) || word == "join":
		t.listQuizSets()
	case word == "results":
		t.Say("team.quiz.results", "code", t.Person.Hosting)
		t.Give(quizFile(t.Person.Hosting))
	case word == "kick":
		t.toQuiz("kick", QuizArgs{Player: rest, Number: -1})
	default:
		t.steerQuiz(word, rest)
	}
}

// steerQuiz carries what a host wants to the quiz, with the question they had in sight: a button has it, words mean the one that is on now.
func (t *Turn) steerQuiz(word, rest string) {
	number, err := strconv.Atoi(rest)
	if err != nil {
		docs, err := t.src.Load(QuizKey(t.Person.Hosting))
		var it Quiz
		if err == nil {
			err = decode(docs[0], &it)
		}
		if err != nil {
			t.err = err
			return
		}
		number = it.Number
		if word == "pause" && it.State == QuizPaused { // typed once more
			word = "resume"
		}
	}
	t.toQuiz(word, QuizArgs{Number: number})
}

// toQuiz posts to the quiz this person hosts, which answers here.
func (t *Turn) toQuiz(call string, args QuizArgs) {
	t.out.post(t.At, Update{ID: t.ID + "/" + call, Subject: QuizKey(t.Person.Hosting), Call: "quiz/" + call,
		From: t.From, Chat: t.Chat, Private: t.Private, Reply: t.Reply, Args: Must(args)})
}

// startQuiz is "/quizhost start NAME [accuracy|speed|unscored] [untimed]". The code is rolled until one is free.
func (t *Turn) startQuiz(rest string) {
	words := strings.Fields(rest)
	args := QuizArgs{Number: -1}
	for n := len(words); n > 1; n = len(words) {
		last := strings.ToLower(words[n-1])
		if last == "untimed" {
			args.Free = true
		} else if slices.Contains(quizModes, last) {
			args.Mode = last
		} else {
			break
		}
		words = words[:n-1]
	}
	args.Name = strings.Join(words, " ")
	set, err := t.Event.QuizSet(t.src, args.Name)
	if err != nil {
		t.err = err
		return
	}
	if set == nil {
		if args.Name != "" {
			t.Say("team.quiz.no_set", "name", shorten(args.Name, 40))
		}
		t.listQuizSets()
		return
	}
	args.Name = set.Name
	for seed := t.Seed; ; seed = seed*0x9e3779b97f4a7c15 + 1 {
		code := QuizCode(seed)
		docs, err := t.src.Load(QuizKey(code))
		if err != nil {
			t.err = err
			return
		}
		if docs[0].Data == nil {
			t.Person.Hosting = code
			t.toQuiz("start", args)
			return
		}
	}
}

// quizModes are the ways to score.
var quizModes = []string{"accuracy", "speed", "unscored"}

// listQuizSets says what can be started, and what to do with the quiz this person hosts.
func (t *Turn) listQuizSets() {
	all, err := t.Event.QuizSets(t.src)
	if err != nil {
		t.err = err
		return
	}
	var lines []string
	var choices []Choice
	for _, s := range all {
		lines = append(lines, fmt.Sprintf("• %s: %s (%d)", s.Name, s.Title, len(s.Questions)))
		choices = append(choices, Choice{Label: "▶ " + shorten(s.Title, 30), Value: "/quizhost start " + s.Name})
	}
	if len(lines) == 0 {
		t.Say("team.quiz.none")
		return
	}
	t.Say("team.quiz.list", "lines", strings.Join(lines, "\n"))
	t.Offer(choices[:min(len(choices), 10)]...)
	if t.Person.Hosting != "" {
		t.Say("team.quiz.steer", "code", t.Person.Hosting, "words", strings.Join(quizWords, ", "))
	}
}

// shorten cuts a text to n characters.
func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// answer tells the host who asked.
func (t *quizTurn) answer(key string, pairs ...any) {
	if t.Chat != "" {
		t.out.Messages = append(t.out.Messages, Message{To: t.Chat, Text: t.text(key, pairs...), Choices: t.buttons(), Reply: t.Reply})
	}
}

// tellOthers tells the hosts who did not ask.
func (t *quizTurn) tellOthers(key string, pairs ...any) {
	told := map[Address]bool{t.Chat: true}
	for _, h := range t.it.Hosts {
		if h.Chat != "" && !told[h.Chat] {
			told[h.Chat] = true
			t.out.Messages = append(t.out.Messages, Message{To: h.Chat, Text: t.text(key, pairs...), Choices: t.buttons()})
		}
	}
}

// tellHosts tells every host; whoever asked as an answer.
func (t *quizTurn) tellHosts(key string, pairs ...any) {
	t.answer(key, pairs...)
	t.tellOthers(key, pairs...)
}

// buttons are what can be done next, with the question they are meant for.
func (t *quizTurn) buttons() (all []Choice) {
	words := map[string][]string{
		QuizLobby: {"open", "players", "end"}, QuizOpen: {"lock", "reveal", "pause"}, QuizLocked: {"reveal", "tally"},
		QuizRevealed: {"next", "board", "tally", "end"}, QuizPaused: {"resume"}, QuizEnded: {"results", "tally"},
	}[t.it.State]
	for _, w := range words {
		if w == "next" && t.it.Number >= t.it.Count {
			continue
		}
		all = append(all, Choice{Label: t.text("team.quiz.button." + w), Value: fmt.Sprintf("/quizhost %s %d", w, t.it.Number)})
	}
	return all
}

// tally says how the answers to the present question are spread. While it is open that is so far.
func (t *quizTurn) tally() error {
	if t.it.Number == 0 {
		t.answer("team.quiz.not_begun")
		return nil
	}
	tally, err := t.tallyOf(t.it.Number)
	if err == nil && t.it.Counted < t.it.Number {
		tally, err = t.countNow()
	}
	if err != nil {
		return err
	}
	t.answer("team.quiz.tally", "n", t.it.Number, "ask", t.it.Now.Ask, "lines", t.it.Now.countLines(tally), "total", tally.Total)
	return nil
}

// countLines has a line for each option: "A. … 12".
func (q *QuizQuestion) countLines(tally QuizTally) string {
	var lines []string
	for i, o := range q.Options {
		mark := ""
		if q.Type != "order" && strings.Contains(q.Key, Letter(i)) {
			mark = " ✓"
		}
		if q.Type != "order" {
			lines = append(lines, fmt.Sprintf("%s. %s: %d%s", strings.ToUpper(Letter(i)), o, tally.Counts[Letter(i)], mark))
		}
	}
	if len(lines) == 0 && q.keyed() {
		lines = append(lines, fmt.Sprintf("✓ %d, ✗ %d", tally.Counts["right"], tally.Counts["other"]))
	}
	return strings.Join(lines, "\n")
}

// players lists who is in, by alias.
func (t *quizTurn) players() error {
	all, err := quizPlayers(t.src, t.it.Code)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(all))
	for _, p := range all {
		names = append(names, p.Alias)
	}
	slices.Sort(names)
	shown := strings.Join(names[:min(len(names), 60)], ", ")
	t.answer("team.quiz.players", "n", len(names), "names", shown)
	return nil
}

// kick takes somebody out: their answers stay on record and do not count, and no more are taken.
func (t *quizTurn) kick() error {
	all, err := quizPlayers(t.src, t.it.Code)
	if err != nil {
		return err
	}
	var found []quizPlayer
	for _, p := range all {
		if foldLine(p.Alias) == foldLine(t.args.Player) || p.Ref == strings.ToUpper(t.args.Player) {
			found = append(found, p)
		}
	}
	switch {
	case len(found) == 0:
		t.answer("team.quiz.nobody", "who", shorten(t.args.Player, 60))
	case len(found) > 1:
		t.answer("team.quiz.several", "who", found[0].Alias, "refs", found[0].Ref+", "+found[1].Ref)
	default:
		if !slices.Contains(t.it.Kicked, found[0].Name) {
			t.it.Kicked = append(t.it.Kicked, found[0].Name)
		}
		t.out.note(t.Update, "kicked from a quiz", found[0].Ref, t.it.Name)
		t.answer("team.quiz.kicked", "who", found[0].Alias)
	}
	return nil
}

func (t *quizTurn) text(key string, pairs ...any) string { return teamText(t.event, key, pairs...) }
