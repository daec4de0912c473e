package console

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strconv"

	"olle/bot/papers"
	"olle/flows"
)

// resultsPage is how the workshop went: presence, evaluation, certificates. Before the evaluation is closed it has numbers of sheets only.
type resultsPage struct {
	Sessions     []presence
	Results      flows.Results
	Charts       []chart
	Ready, Given int
	All          int       // who take part
	Lacking      []lacking // empty for those who do not decide
	Unwritten    []string  // references of names the font of papers cannot write
	Joined       []string  // references of names that no font writes
	Certified    bool
}

type presence struct {
	Session flows.Session
	Here    counted
}

// chart is one question's answers as bars; the numbers stand beside them.
type chart struct {
	Title, Note string
	Bars        []counted
	Texts       []string
}

type lacking struct{ Ref, Name, Words string }

// results shows the page.
func (v *visit) results() error {
	p, err := v.resultsPage()
	if err != nil {
		return err
	}
	return v.show("results", "Results", p)
}

func (v *visit) resultsPage() (*resultsPage, error) {
	p := &resultsPage{Certified: !v.changes.Certified.IsZero()}
	standings, err := v.c.opt.Book.Standings(v.source(), v.event, v.changes.Release != nil)
	if err != nil {
		return nil, err
	}
	for _, s := range v.event.Sessions {
		here, err := flows.AttendanceOf(v.source(), s.ID)
		if err != nil {
			return nil, err
		}
		p.Sessions = append(p.Sessions, presence{s, counted{s.Name, len(here), max(len(standings), len(here))}})
	}
	if p.Results, err = flows.EvaluationResults(v.source(), v.event, v.now); err != nil {
		return nil, err
	}
	p.Charts = charts(p.Results)
	for _, s := range standings {
		if s.Lacking.None() {
			p.Ready++
		} else if v.May(flows.MayDecide) && s.Given == "" {
			p.Lacking = append(p.Lacking, lacking{s.Ref, s.Name, s.Lacking.Words()})
		}
		if s.Given != "" {
			p.Given++
		}
		if s.Unwritten {
			p.Unwritten = append(p.Unwritten, s.Ref)
		}
		if s.Joined {
			p.Joined = append(p.Joined, s.Ref)
		}
	}
	p.All = len(standings)
	return p, nil
}

// charts are the figures as bars.
func charts(r flows.Results) (all []chart) {
	for _, f := range r.Figures {
		c := chart{Title: f.Question.Ask, Note: fmt.Sprintf("%d answers", f.N), Texts: f.Texts}
		switch {
		case f.Few:
			c.Note += ", too few to show"
		case f.Question.Type == "scale":
			c.Note += fmt.Sprintf(", mean %.1f", f.Mean)
		case f.Question.From != "":
			c.Note += ", the most named first"
		}
		for _, one := range f.Counts {
			c.Bars = append(c.Bars, counted{one.Label, one.N, f.N})
		}
		all = append(all, c)
	}
	return all
}

// actResults closes the evaluation, or releases the certificates. Neither can be undone, so both are asked about first, as in chat.
func (v *visit) actResults() error {
	what := v.r.PostFormValue("what")
	call := map[string]string{"close": "event/evaluated", "certify": "event/certify"}[what]
	if call == "" {
		return errBadForm
	}
	p, err := v.resultsPage()
	if err != nil {
		return err
	}
	if what == "close" && !p.Results.Open || what == "certify" && p.Certified {
		return v.to("/results", "refused")
	}
	if !v.sure() {
		return v.askResults(what, p)
	}
	if _, err := v.do(flows.Update{Subject: "event/" + v.event.ID, Call: call}); err != nil {
		return err
	}
	return v.to("/results", "results")
}

func (v *visit) askResults(what string, p *resultsPage) error {
	q := question{Path: "/results/act", Back: "/results", No: "Not yet", Last: true, Fields: [][2]string{{"what", what}}}
	if what == "certify" {
		q.Facts = [][2]string{{"Get theirs now", strconv.Itoa(max(p.Ready-p.Given, 0))}, {"Not yet", strconv.Itoa(p.All - max(p.Ready, p.Given))}}
		q.Text = "Whoever has fulfilled what is asked for gets the certificate in chat at once; everybody else later, as soon as they have. What is handed out cannot be recalled for all, only taken back one by one."
		q.Yes = "Yes, release the certificates"
		return v.ask("Release the certificates?", q)
	}
	q.Facts = [][2]string{{"Handed in", strconv.Itoa(p.Results.Sheets)}}
	q.Text = "Nobody can hand in any more, and it cannot be opened again: the results are added up once. Of fewer than five sheets nothing is ever shown."
	q.Yes = "Yes, close it for good"
	return v.ask("Close the evaluation for good?", q)
}

// draftedReport hands out the drafted report. It goes on the audit trail first: it quotes what people wrote.
func (v *visit) draftedReport() error {
	r, err := flows.DraftReport(v.source(), v.event, v.changes.Release != nil, v.now)
	if err != nil {
		return err
	}
	format := v.r.PostFormValue("format")
	if format != "docx" && format != "pdf" {
		format = "txt"
	}
	if err := v.note("report", "", format); err != nil {
		return err
	}
	var b bytes.Buffer
	kind := flows.MediaType(format)
	switch format {
	case "docx":
		err = papers.WriteReportDOCX(&b, r, v.now)
	case "pdf":
		err = papers.WriteReportPDF(&b, r, cmp.Or(v.c.opt.Font, papers.Shipped()), v.now)
	default:
		kind = "text/plain; charset=utf-8"
		b.WriteString(r.Text())
	}
	if err != nil {
		return err
	}
	attachment(v.rw.Header(), v.event.ID+"-report."+format)
	v.rw.Header().Set("Content-Type", kind)
	v.rw.WriteHeader(http.StatusOK)
	if _, err := b.WriteTo(v.rw); err != nil {
		v.c.log.Warn("a report was cut short", "err", err)
	}
	return nil
}
