package console

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"olle/bot"
	"olle/flows"
	"olle/storage"
)

// bar is one line of a chart.
type bar struct {
	Label string
	N, Of int
	Link  string // whole address
}

// landLine is one country of the table on the first page.
type landLine struct {
	Code                            string
	Applying, Complete, Mailed, All int
	Most                            int // of all countries, for the bars
}

// homePage is what the first page shows.
type homePage struct {
	People, Applicants int
	AllHere            int // applicants whose documents have all come
	AllHereLink        string
	Funnel, Items      []bar
	Lands              []landLine
	MoreLands          int
	Strikes            []flows.Strike
	Stuck              []bot.Stuck
	Waiting            int
	WaitingMore        bool
	Oldest             time.Time
	Help               []*flows.HelpRequest // the longest waiting
	HelpOpen           int
	Sends              []flows.AnnouncementReport
}

const (
	showLands   = 10
	showStrikes = 6
	showStuck   = 20
	showHelp    = 8
	lookJobs    = 1000 // waiting jobs looked at to find the oldest
)

func (v *visit) home() error {
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return err
	}
	p := homePage{AllHereLink: wish{Missing: missesNone}.Link("items")}
	p.count(all, v.event)
	for _, s := range v.event.Strikes() {
		if s.At.After(v.now) && len(p.Strikes) < showStrikes {
			p.Strikes = append(p.Strikes, s)
		}
	}
	if p.Stuck, err = bot.ListStuck(v.r.Context(), v.c.opt.Store, "", showStuck); err != nil {
		return err
	}
	if err := p.look(v); err != nil {
		return err
	}
	if p.Help, err = v.openHelp(); err != nil {
		return err
	}
	p.HelpOpen = len(p.Help)
	p.Help = p.Help[:min(len(p.Help), showHelp)]
	if p.Sends, err = v.liveSends(); err != nil {
		return err
	}
	return v.show("home", "Home", p)
}

// count makes the funnel: each step counts those who came at least that far. Organisers are no applicants.
func (p *homePage) count(all []*row, e *flows.Event) {
	at := make([]int, len(stages)+1)
	items := map[string]int{}
	lands := map[string]*landLine{}
	for _, r := range all {
		if len(r.Rights) > 0 && !applied(r) {
			continue
		}
		p.People++
		n := stageOrder(r.Stage)
		for i := 0; i <= n; i++ {
			at[i]++
		}
		if !applied(r) {
			continue
		}
		p.Applicants++
		for _, id := range r.Items {
			items[id]++
		}
		if len(r.Items) == len(e.Items) {
			p.AllHere++
		}
		l := lands[r.Country]
		if l == nil {
			l = &landLine{Code: r.Country}
			lands[r.Country] = l
		}
		l.All++
		switch {
		case n >= stageOrder("mailed"):
			l.Mailed++
		case r.Stage == "complete":
			l.Complete++
		default:
			l.Applying++
		}
	}
	labels := []string{"Wrote to Olle", "Went further than a question", "Began to apply", "All documents here", "Say they e-mailed them",
		"Selected", "Confirmed", "Attended"}
	at[stageOrder("complete")] = p.AllHere // somebody may have e-mailed them without sending them here
	for i, label := range labels {
		if i <= 4 || at[i] > 0 {
			p.Funnel = append(p.Funnel, bar{Label: label, N: at[i], Of: max(p.People, 1)})
		}
	}
	for _, it := range e.Items {
		p.Items = append(p.Items, bar{Label: fmt.Sprintf("%d. %s", it.Number, it.Short), N: items[it.ID], Of: max(p.Applicants, 1), Link: wish{Missing: it.ID}.Link("")})
	}
	p.Lands = topLands(lands)
	p.MoreLands = max(0, len(p.Lands)-showLands)
	p.Lands = p.Lands[:min(len(p.Lands), showLands)]
}

func topLands(lands map[string]*landLine) []landLine {
	var all []landLine
	most := 1
	for _, l := range lands {
		most = max(most, l.All)
		all = append(all, *l)
	}
	for i := range all {
		all[i].Most = most
	}
	slices.SortFunc(all, func(a, b landLine) int { return cmp.Or(b.All-a.All, cmp.Compare(a.Code, b.Code)) })
	return all
}

// look finds out how much work waits, and since when the oldest of it that is due does.
func (p *homePage) look(v *visit) error {
	jobs, err := v.c.opt.Store.Jobs(v.r.Context(), storage.Filter{}, "", lookJobs)
	if err != nil {
		return fmt.Errorf("console: look at waiting work: %w", err)
	}
	given := map[string]bool{}
	for _, s := range p.Stuck {
		given[s.ID] = true
	}
	for _, j := range jobs {
		if given[j.ID] || j.Queue == "given-up" || j.At.After(v.now) {
			continue
		}
		p.Waiting++
		since := j.Born
		if j.At.After(since) {
			since = j.At
		}
		if p.Oldest.IsZero() || since.Before(p.Oldest) {
			p.Oldest = since
		}
	}
	p.WaitingMore = len(jobs) == lookJobs
	return nil
}

// decideStuck tries a job again that was given up, or lets it go.
func (v *visit) decideStuck() error {
	id, what := v.r.PostFormValue("id"), v.r.PostFormValue("what")
	act, said := v.c.opt.Retry, "retried"
	if what == "drop" {
		act, said = v.c.opt.Drop, "dropped"
	}
	if act == nil || id == "" {
		return errBadForm
	}
	if err := v.note("job given up: "+said, "", ""); err != nil {
		return err
	}
	err := act(v.r.Context(), id)
	if errors.Is(err, bot.ErrNoSuchJob) {
		return v.to("/", "gone")
	}
	if err != nil {
		return err
	}
	return v.to("/", said)
}

// Reached counts those who came at least to a complete set.
func (l landLine) Reached() int { return l.Complete + l.Mailed }
