package console

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"olle/bot/papers"
	"olle/flows"
)

// quizPage is the list of what can be played, and of what is.
type quizPage struct {
	Sets     []*flows.QuizSet
	Live     []flows.Quiz
	Mistakes papers.CellErrors // of a spreadsheet that was brought
}

func (v *visit) quizzes() error { return v.showQuizzes(nil) }

func (v *visit) showQuizzes(wrong papers.CellErrors) error {
	p := quizPage{Mistakes: wrong}
	var err error
	if p.Sets, err = v.event.QuizSets(v.source()); err != nil {
		return err
	}
	docs, err := v.c.opt.Store.List(v.r.Context(), "quiz/", "", readPage)
	if err != nil {
		return fmt.Errorf("console: quizzes: %w", err)
	}
	for _, d := range docs {
		var q flows.Quiz
		if err := v.c.load(v.r.Context(), d.Key, &q); err != nil {
			return err
		}
		p.Live = append(p.Live, q)
	}
	slices.SortFunc(p.Live, func(a, b flows.Quiz) int { return b.Started.Compare(a.Started) })
	if len(wrong) > 0 {
		return v.again("quizzes", "Quizzes", "Nothing was brought. Please mend these cells and bring the file once more.", p)
	}
	return v.show("quizzes", "Quizzes", p)
}

// startQuiz opens the lobby of a quiz whose host is this session. The code comes from the form's own name: sent twice, it is one quiz.
func (v *visit) startQuiz() error {
	id, ok := v.once()
	if !ok {
		return errBadForm
	}
	sum, err := hex.DecodeString(hexOf("quiz " + id))
	if err != nil {
		return err
	}
	code := flows.QuizCode(binary.BigEndian.Uint64(sum))
	args := flows.QuizArgs{Name: v.r.PostFormValue("quiz"), Mode: v.r.PostFormValue("mode"), Free: v.r.PostFormValue("untimed") != "", Number: -1}
	set, err := v.event.QuizSet(v.source(), args.Name)
	if err != nil {
		return err
	}
	if set == nil || !slices.Contains([]string{"", "accuracy", "speed", "unscored"}, args.Mode) {
		return errBadForm
	}
	if _, err := v.do(flows.Update{Subject: flows.QuizKey(code), Call: "quiz/start", Args: flows.Must(args)}); err != nil {
		return err
	}
	return v.to("/quizzes/"+code, "")
}

// hosted finds the quiz of the address.
func (v *visit) hosted() (q flows.Quiz, err error) {
	code := flows.ReadQuizCode(v.r.PathValue("id"))
	if code == "" {
		return q, errNotFound
	}
	if err := v.c.load(v.r.Context(), flows.QuizKey(code), &q); err != nil {
		return q, err
	}
	if q.Code == "" {
		return q, errNotFound
	}
	return q, nil
}

// quizControl is the desk of one live quiz.
func (v *visit) quizControl() error {
	q, err := v.hosted()
	if err != nil {
		return err
	}
	r, err := flows.ReadQuizResults(v.source(), q.Code)
	if err != nil {
		return err
	}
	return v.show("quiz", q.Title, struct {
		flows.QuizResults
		Acts           []string
		Charts         []quizChart
		Leaders, Teams []flows.QuizPlace
	}{r, quizActs[q.State], quizCharts(r), flows.Leaders(&r.Quiz, r.Places, r.Quiz.Rules.Top), flows.Leaders(&r.Quiz, flows.Teams(&r.Quiz, r.Places), r.Quiz.Rules.Top)})
}

// quizActs are what a host can do in a state.
var quizActs = map[string][]string{
	flows.QuizLobby: {"open", "end"}, flows.QuizOpen: {"lock", "reveal", "pause"}, flows.QuizLocked: {"reveal"}, flows.QuizPaused: {"resume"},
	flows.QuizRevealed: {"next", "board", "end"},
}

// actQuiz steers a quiz; whoever does so from here is one of its hosts.
func (v *visit) actQuiz() error {
	q, err := v.hosted()
	if err != nil {
		return err
	}
	act := v.r.PostFormValue("act")
	if !slices.Contains([]string{"open", "lock", "reveal", "next", "pause", "resume", "board", "end", "kick"}, act) {
		return errBadForm
	}
	if _, err := v.doPart("/join", flows.Update{Subject: flows.QuizKey(q.Code), Call: "quiz/join"}); err != nil {
		return err
	}
	args := flows.QuizArgs{Number: -1, Player: v.r.PostFormValue("player")}
	if _, err := fmt.Sscan(v.r.PostFormValue("number"), &args.Number); err != nil {
		return errBadForm
	}
	if _, err := v.do(flows.Update{Subject: flows.QuizKey(q.Code), Call: "quiz/" + act, Args: flows.Must(args)}); err != nil {
		return err
	}
	return v.to("/quizzes/"+q.Code, "")
}

// quizResults hands the results out as a table; it goes on the audit trail first.
func (v *visit) quizResults() error {
	q, err := v.hosted()
	if err != nil {
		return err
	}
	r, err := flows.ReadQuizResults(v.source(), q.Code)
	if err != nil {
		return err
	}
	if err := v.note("export", "", "results of quiz "+q.Code); err != nil {
		return err
	}
	t := papers.Table{Name: q.Title}
	t.Columns, t.Rows = r.Table()
	write, kind := papers.WriteXLSX, "xlsx"
	v.rw.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	if v.r.PostFormValue("format") == "csv" {
		write, kind = papers.WriteCSV, "csv"
		v.rw.Header().Set("Content-Type", "text/csv; charset=utf-8")
	}
	attachment(v.rw.Header(), "quiz-"+q.Code+"."+kind)
	if err := write(v.rw, t); err != nil {
		v.c.log.Warn("an export was cut short", "err", err)
	}
	return nil
}

var quizName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// bringQuiz reads a quiz from a spreadsheet.
func (v *visit) bringQuiz() error {
	name, title := v.r.PostFormValue("name"), strings.TrimSpace(v.r.PostFormValue("title"))
	file, _, err := v.r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || !quizName.MatchString(name) || title == "" || len(title) > 200 {
		return v.showQuizzes(papers.CellErrors{{Message: "A file, a title, and a name of small letters, digits and hyphens are needed."}})
	}
	if err != nil {
		return errBadForm
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return errBadForm
	}
	set, err := papers.ReadQuizSheet(data, name, title)
	var wrong papers.CellErrors
	if errors.As(err, &wrong) {
		return v.showQuizzes(wrong)
	}
	if _, err := v.do(flows.Update{Subject: flows.QuizSetKey("own/" + name), Call: "quizset/put", Args: flows.Must(set)}); err != nil {
		return err
	}
	return v.to("/quizzes", "brought")
}
