package console

import (
	"cmp"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"olle/flows"
)

// draftPage is the form an announcement is written in.
type draftPage struct {
	ID    string // "" a new one
	Typed draftForm
	Count count
	listPage
	Files []handout
	Takes bool // a file of one's own can be given
	Most  int

	Theirs *flows.AnnouncementReport // what somebody else made of it meanwhile
}

// draftForm is what the form holds, as it is typed.
type draftForm struct {
	Seen                             string // when what is changed was written
	Text, To, At, Local, Stale, File string
	Stage, Country, Missing          string
	Language, Platform, More         string
	Read                             bool
	Labels, Values                   [2]string
}

var announcementID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

const localMoment = "2006-01-02T15:04"

func (v *visit) newAnnouncement() error { return v.showDraft(draftForm{}, "", nil, nil, "") }

func (v *visit) showDraft(f draftForm, id string, given *flows.File, theirs *flows.AnnouncementReport, problem string) error {
	p := draftPage{ID: id, Typed: f, Theirs: theirs, Most: flows.MaxAnnouncement}
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return err
	}
	p.Stages, p.Countries, p.Languages, p.Platforms = choices(all)
	p.Items = v.event.Items
	p.Files, p.Takes = v.handouts(given), v.c.opt.Keep != nil
	if a, err := flows.ParseAudience(v.event, f.audience()); err == nil {
		if p.Count, err = v.count(a); err != nil {
			return err
		}
	}
	title := "New announcement"
	if id != "" {
		title = "Change the announcement"
	}
	if problem != "" {
		return v.again("draft", title, problem, p)
	}
	return v.show("draft", title, p)
}

// handout is a file that an announcement can carry: one of the event, or the one it was given.
type handout struct {
	*flows.File
	Label string
}

func (v *visit) handouts(given *flows.File) []handout {
	all := []handout{
		{v.event.CalendarFile("deadline", "en"), "The deadline, for calendars"},
		{v.event.CalendarFile("programme", "en"), "The programme, for calendars"},
	}
	for _, it := range v.event.Items {
		if it.Form != nil {
			all = append(all, handout{flows.PackFile(it.Form.Path), "Blank form: " + it.Short})
		}
	}
	if _, _, ok := given.Announced(); ok {
		all = append(all, handout{given, "Given to it: " + given.Name})
	}
	return all
}

// audience is whom the form means, in the words of an audience.
func (f draftForm) audience() string {
	var terms []string
	for _, t := range [][2]string{{"stage", f.Stage}, {"country", f.Country}, {"missing", f.Missing}, {"language", f.Language}, {"platform", f.Platform}} {
		if t[1] != "" {
			terms = append(terms, t[0]+"="+t[1])
		}
	}
	return strings.TrimSpace(strings.Join(append(terms, f.More), " "))
}

// listed puts back into the lists what was chosen there: conditions of one value each that a list offers. The rest stays written out.
func (f *draftForm) listed(e *flows.Event, audience string, all []*row) {
	f.More = audience
	wishes, err := flows.ParseAudience(e, audience)
	if err != nil {
		return // the pack changed: as it was written
	}
	stages, countries, languages, platforms := choices(all)
	missing := []string{"any"}
	for _, it := range e.Items {
		missing = append(missing, it.ID)
	}
	var offered []string
	for _, s := range stages {
		offered = append(offered, s[0])
	}
	lists := map[string]struct {
		chosen  *string
		offered []string
	}{"stage": {&f.Stage, offered}, "country": {&f.Country, countries}, "missing": {&f.Missing, missing}, "language": {&f.Language, languages}, "platform": {&f.Platform, platforms}}
	var rest flows.Audience
	for _, w := range wishes {
		if l, ok := lists[w.Key]; ok && !w.Not && len(w.Values) == 1 && *l.chosen == "" && slices.Contains(l.offered, w.Values[0]) {
			*l.chosen = w.Values[0]
			continue
		}
		rest = append(rest, w)
	}
	if f.More = ""; len(rest) > 0 {
		f.More = rest.String()
	}
}

// count is how many an audience reaches, with those behind the number.
type count struct {
	People, Cut int
	Platforms   map[string]int
	First       []*row
}

const countNames = 24

// count looks at the cards in memory.
func (v *visit) count(a flows.Audience) (count, error) {
	all, err := v.c.people.all(v.r.Context())
	n := count{Platforms: map[string]int{}}
	for _, r := range all {
		switch {
		case !a.Has(r.Card, r.Name):
		case r.Home == "":
			n.Cut++
		default:
			n.People++
			n.Platforms[r.Home]++
			n.First = append(n.First, r)
		}
	}
	slices.SortFunc(n.First, func(a, b *row) int { return cmp.Compare(a.RefOr(), b.RefOr()) })
	n.First = n.First[:min(len(n.First), countNames)]
	return n, err
}

// formOf reads the form from an address or a body.
func formOf(q url.Values) draftForm {
	get := func(k string) string { return strings.TrimSpace(q.Get(k)) }
	f := draftForm{Seen: get("seen"), Text: strings.ReplaceAll(get("text"), "\r\n", "\n"), To: get("to"), At: get("at"), Local: get("local"), Stale: get("stale"), File: get("file"),
		Stage: get("stage"), Country: get("country"), Missing: get("missing"), Language: get("language"), Platform: get("platform"), More: get("more"), Read: get("read") == "yes"}
	for i := range f.Labels {
		f.Labels[i], f.Values[i] = get("label"+strconv.Itoa(i)), get("value"+strconv.Itoa(i))
	}
	return f
}

// args are what the form asks for; the error is a sentence.
func (v *visit) args(f draftForm, given *flows.File) (flows.AnnouncementArgs, error) {
	a := flows.AnnouncementArgs{Text: f.Text, Audience: f.audience(), To: f.To, Read: f.Read, Local: f.Local}
	for i, label := range f.Labels {
		if label != "" || f.Values[i] != "" {
			a.Choices = append(a.Choices, flows.Choice{Label: label, Value: f.Values[i]})
		}
	}
	if f.At != "" {
		at, err := time.ParseInLocation(localMoment, f.At, v.event.Zone)
		if err != nil {
			return a, errors.New("the time is not readable; write it as 2020-02-10T09:00")
		}
		a.At = at
	}
	if f.Stale != "" {
		hours, err := strconv.ParseFloat(f.Stale, 64)
		if err != nil || hours < 0 || hours > 24*365 {
			return a, errors.New("\"too late after\" is a number of hours")
		}
		a.StaleAfter = time.Duration(hours * float64(time.Hour))
	}
	for _, h := range v.handouts(given) {
		if h.Handle == f.File {
			a.File = h.File
		}
	}
	return a, nil
}

// saveAnnouncement keeps a draft. A new one gets its name from the form, so that a form sent twice makes one draft.
func (v *visit) saveAnnouncement() error {
	f := formOf(v.r.PostForm)
	id := v.r.PathValue("id")
	var was flows.AnnouncementReport
	var seen time.Time
	if id != "" {
		var err error
		if was, err = v.report(); err != nil {
			return err
		}
		if seen, err = time.Parse(time.RFC3339Nano, f.Seen); err != nil {
			return errBadForm
		}
	}
	given := was.File
	args, err := v.args(f, given)
	if err != nil {
		return v.showDraft(f, id, given, nil, flows.Sentence(err))
	}
	args.Seen = seen
	old := id
	if id == "" {
		once, ok := v.once()
		if !ok {
			return errBadForm
		}
		id = "a" + hexOf("olle announcement " + once)[:10]
	}
	if old == "" || seen.Equal(was.Changed) { // else the turn refuses it, and no file is kept for it
		problem, err := v.attach(id, &args)
		if err != nil {
			return err
		}
		if problem != "" {
			return v.showDraft(f, old, given, nil, problem)
		}
	}
	rec, err := v.do(flows.Update{Subject: flows.AnnouncementKey(id), Call: "announcement/create", Args: flows.Must(args)})
	if err != nil {
		return err
	}
	now, err := flows.ReportAnnouncement(v.source(), id)
	if err != nil {
		return err
	}
	if old != "" && !rec.Seen && !v.wrote(now, args) {
		return v.overtaken(f, now)
	}
	return v.to("/announcements/"+id, "drafted")
}

// wrote says whether what stands there is what this organiser wanted to keep.
func (v *visit) wrote(now flows.AnnouncementReport, args flows.AnnouncementArgs) bool {
	mine, err := args.Check(v.event)
	return err == nil && now.By == v.actor() && now.Text == mine.Text && now.Audience == mine.Audience && now.To == mine.To &&
		now.Read == mine.Read && now.At.Equal(mine.At) && now.Local == mine.Local && now.StaleAfter == mine.StaleAfter && slices.Equal(now.Choices, mine.Choices)
}

// overtaken shows the form again with what was typed, and beside it what somebody else made of the announcement meanwhile. Kept once more,
// it takes the place of that: now it has been seen.
func (v *visit) overtaken(f draftForm, now flows.AnnouncementReport) error {
	f.Seen = stamp(now.Changed)
	if now.State != flows.AnnouncementDraft && now.State != flows.AnnouncementScheduled {
		return v.showDraft(f, now.ID, now.File, &now, "Nothing was kept: it was sent or thrown away meanwhile, and cannot be changed any more. What you wrote is below.")
	}
	return v.showDraft(f, now.ID, now.File, &now, "Nothing was kept: somebody changed it meanwhile. What you wrote is below; if you keep it, it takes the place of what stands there now.")
}
