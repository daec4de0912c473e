package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"olle/flows"
)

// source reads the store as turns do.
type source struct {
	ctx context.Context
	c   *Console
}

func (s source) Load(keys ...string) ([]flows.Doc, error) {
	docs, err := s.c.opt.Store.Load(s.ctx, keys...)
	all := make([]flows.Doc, len(docs))
	for i, d := range docs {
		all[i] = flows.Doc(d)
	}
	return all, err
}

func (s source) List(prefix, after string, n int) ([]flows.Doc, error) {
	docs, err := s.c.opt.Store.List(s.ctx, prefix, after, n)
	all := make([]flows.Doc, len(docs))
	for i, d := range docs {
		all[i] = flows.Doc(d)
	}
	return all, err
}

func (v *visit) source() source { return source{v.r.Context(), v.c} }

// announcements lists what was announced, newest first.
func (v *visit) announcements() error {
	all, err := flows.ListAnnouncements(v.source())
	if err != nil {
		return fmt.Errorf("console: %w", err)
	}
	return v.show("announcements", "Announcements", all)
}

// liveSends are the announcements under way.
func (v *visit) liveSends() ([]flows.AnnouncementReport, error) {
	all, err := flows.ListAnnouncements(v.source())
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return slices.DeleteFunc(all, func(r flows.AnnouncementReport) bool {
		return r.State != flows.AnnouncementRunning && r.State != flows.AnnouncementPaused && r.State != flows.AnnouncementScheduled
	}), nil
}

// draftPage is the form an announcement is written in.
type draftPage struct {
	ID    string // "" a new one
	Typed draftForm
	Count count
	listPage
	Files [][2]string // what can be handed out: handle, name
	Most  int
}

// draftForm is what the form holds, as it is typed.
type draftForm struct {
	Text, To, At, Local, Stale, File string
	Stage, Country, Missing          string
	Language, Platform, More         string
	Read                             bool
	Labels, Values                   [2]string
}

var announcementID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

const localMoment = "2006-01-02T15:04"

func (v *visit) newAnnouncement() error { return v.showDraft(draftForm{}, "", "") }

func (v *visit) showDraft(f draftForm, id, problem string) error {
	p := draftPage{ID: id, Typed: f, Most: flows.MaxAnnouncement}
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return err
	}
	p.Stages, p.Countries, p.Languages, p.Platforms = choices(all)
	p.Items = v.event.Items
	p.Files = v.handouts()
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

// handouts are the files of the event that an announcement can carry.
func (v *visit) handouts() [][2]string {
	all := [][2]string{{flows.HandoutDates + "deadline/en", "The deadline, for calendars"}, {flows.HandoutDates + "programme/en", "The programme, for calendars"}}
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
	f := draftForm{Text: strings.ReplaceAll(get("text"), "\r\n", "\n"), To: get("to"), At: get("at"), Local: get("local"), Stale: get("stale"), File: get("file"),
		Stage: get("stage"), Country: get("country"), Missing: get("missing"), Language: get("language"), Platform: get("platform"), More: get("more"), Read: get("read") == "yes"}
	for i := range f.Labels {
		f.Labels[i], f.Values[i] = get("label"+strconv.Itoa(i)), get("value"+strconv.Itoa(i))
	}
	return f
}

// args are what the form asks for; the error is a sentence.
func (v *visit) args(f draftForm) (flows.AnnouncementArgs, error) {
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
	for _, h := range v.handouts() {
		if h[0] == f.File {
			what, _, _ := strings.Cut(strings.TrimPrefix(h[0], flows.HandoutDates), "/")
			a.File = v.event.CalendarFile(what, "en")
		}
	}
	return a, nil
}

// saveAnnouncement keeps a draft. A new one gets its name from the form, so that a form sent twice makes one draft.
func (v *visit) saveAnnouncement() error {
	f := formOf(v.r.PostForm)
	id := v.r.PathValue("id")
	if id != "" {
		if _, err := v.report(); err != nil {
			return err
		}
	}
	args, err := v.args(f)
	if err == nil {
		_, err = args.Check(v.event)
	}
	if err != nil {
		return v.showDraft(f, id, strings.TrimPrefix(err.Error(), "flows: ")+".")
	}
	if id == "" {
		once, ok := v.once()
		if !ok {
			return errBadForm
		}
		id = "a" + hexOf("olle announcement " + once)[:10]
	}
	if _, err := v.do(flows.Update{Subject: flows.AnnouncementKey(id), Call: "announcement/create", Args: flows.Must(args)}); err != nil {
		return err
	}
	return v.to("/announcements/"+id, "drafted")
}

// report loads the announcement of the address.
func (v *visit) report() (flows.AnnouncementReport, error) {
	id := v.r.PathValue("id")
	if !announcementID.MatchString(id) {
		return flows.AnnouncementReport{}, errNotFound
	}
	r, err := flows.ReportAnnouncement(v.source(), id)
	if errors.Is(err, flows.ErrNoAnnouncement) {
		return r, errNotFound
	}
	return r, err
}

// announcementPage is one announcement.
type announcementPage struct {
	flows.AnnouncementReport
	Shown     flows.Message
	Count     count
	Open      bool // can still be changed
	NeedsYes  bool // a second person must agree
	MayAgree  bool
	Left      time.Duration
	Settled   int
	Typed     string
	ReadLabel string
}

func (v *visit) announcement() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	p, err := v.announcementPage(r)
	if err != nil {
		return err
	}
	return v.show("announcement", "Announcement", p)
}

func (v *visit) announcementPage(r flows.AnnouncementReport) (*announcementPage, error) {
	p := &announcementPage{AnnouncementReport: r, Shown: r.Preview(v.event), Left: r.Left(v.now), Settled: r.Sent + r.Failed + r.Skipped, Typed: r.Text}
	p.Open = r.State == flows.AnnouncementDraft || r.State == flows.AnnouncementScheduled
	p.NeedsYes = v.event.Approval && r.ApprovedBy == "" && r.State == flows.AnnouncementDraft
	p.MayAgree = p.NeedsYes && r.By != v.actor()
	if r.To != "" || !p.Open {
		return p, nil
	}
	a, err := flows.ParseAudience(v.event, r.Audience)
	if err != nil {
		return p, nil // the pack changed: nobody fits what is unknown
	}
	p.Count, err = v.count(a)
	return p, err
}

// editAnnouncement shows the form of a draft. Its audience is in one line: it says more than the lists can.
func (v *visit) editAnnouncement() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	if r.State != flows.AnnouncementDraft && r.State != flows.AnnouncementScheduled {
		return v.to("/announcements/"+r.ID, "refused")
	}
	f := draftForm{Text: r.Text, To: string(r.To), Local: r.Local, Read: r.Read, More: r.Audience}
	if r.File != nil {
		f.File = r.File.Handle
	}
	if !r.At.IsZero() {
		f.At = r.At.In(v.event.Zone).Format(localMoment)
	}
	if r.StaleAfter > 0 {
		f.Stale = strconv.FormatFloat(r.StaleAfter.Hours(), 'f', -1, 64)
	}
	for i, c := range r.Choices[:min(len(r.Choices), len(f.Labels))] {
		f.Labels[i], f.Values[i] = c.Label, c.Value
	}
	return v.showDraft(f, r.ID, "")
}

// actAnnouncement does with an announcement what its state allows.
func (v *visit) actAnnouncement() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	what := v.r.PostFormValue("what")
	u := flows.Update{Subject: flows.AnnouncementKey(r.ID), Call: "announcement/" + what}
	switch what {
	case "approve", "start", "pause", "resume", "cancel", "try":
	case "retract":
		if v.r.PostFormValue("sure") != "yes" {
			return v.to("/announcements/"+r.ID, "refused")
		}
	case "correct":
		args := flows.AnnouncementArgs{Text: strings.ReplaceAll(v.r.PostFormValue("text"), "\r\n", "\n"), Choices: r.Choices}
		if _, err := args.Check(v.event); err != nil {
			p, other := v.announcementPage(r)
			if other != nil {
				return other
			}
			p.Typed = args.Text
			return v.again("announcement", "Announcement", strings.TrimPrefix(err.Error(), "flows: ")+".", p)
		}
		u.Args = flows.Must(args)
	default:
		return errBadForm
	}
	if _, err := v.do(u); err != nil {
		return err
	}
	now, err := v.report()
	if err != nil {
		return err
	}
	return v.to("/announcements/"+r.ID, v.became(what, r, now))
}

// became says what an action brought about, by what is on record.
func (v *visit) became(what string, was, now flows.AnnouncementReport) string {
	switch {
	case what == "try" && v.actor() == flows.Operator:
		return "no-chat"
	case what == "try":
		return "tried"
	case what == "start" && now.State == flows.AnnouncementDraft && now.Asked:
		return "asked"
	case what == "approve" && now.ApprovedBy == was.ApprovedBy && now.State == was.State:
		return "refused"
	case now.State == was.State && now.Version == was.Version && now.ApprovedBy == was.ApprovedBy && now.Retracted == was.Retracted && now.Asked == was.Asked:
		return "refused"
	}
	return "did-" + what
}

// recipientsPage is the ledger, or those who have not read.
type recipientsPage struct {
	ID     string
	List   []flows.Recipient
	Next   string
	Unread []string
	Only   bool
}

// recipients shows who got an announcement, and who has not said that they read it.
func (v *visit) recipients() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	p := recipientsPage{ID: r.ID, Only: v.r.URL.Query().Get("only") == "unread"}
	if p.Only {
		p.Unread, err = flows.Unread(v.event, v.source(), r.ID)
	} else {
		after := v.r.URL.Query().Get("after")
		if after != "" {
			after = "sent/" + r.ID + "/" + after
		}
		p.List, p.Next, err = flows.Recipients(v.event, v.source(), r.ID, after, pageSize)
		p.Next = strings.TrimPrefix(p.Next, "sent/"+r.ID+"/")
	}
	if err != nil {
		return fmt.Errorf("console: the ledger: %w", err)
	}
	return v.show("recipients", "Who got it", p)
}

// countAudience says how many the form's audience reaches, for a form that is being filled.
func (v *visit) countAudience() error {
	f := formOf(v.r.URL.Query())
	text := ""
	a, err := flows.ParseAudience(v.event, f.audience())
	if err != nil {
		text = strings.TrimPrefix(err.Error(), "flows: ") + "."
	} else {
		n, err := v.count(a)
		if err != nil {
			return err
		}
		text = fmt.Sprintf("%d people", n.People)
		if n.Cut > 0 {
			text += fmt.Sprintf(", and %d who cannot be reached any more", n.Cut)
		}
	}
	v.rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.rw.WriteHeader(http.StatusOK)
	_, _ = v.rw.Write([]byte(text))
	return nil
}
