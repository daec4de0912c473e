package console

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"olle/bot"
	"olle/flows"
)

// source is the store as turns read it.
func (v *visit) source() flows.Source { return bot.Source(v.r.Context(), v.c.opt.Store) }

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
	Shown    flows.Message
	Count    count
	Open     bool // can still be changed
	NeedsYes bool // a second person must agree
	MayAgree bool
	Nobody   bool // it would reach nobody, if it went out now
	Left     time.Duration
	Settled  int
	Typed    string
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
	p.Nobody = p.Count.People == 0 && !r.At.After(v.now)
	return p, err
}

// editAnnouncement shows the form of a draft. What of its audience the lists cannot say is in one line.
func (v *visit) editAnnouncement() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	if r.State != flows.AnnouncementDraft && r.State != flows.AnnouncementScheduled {
		return v.to("/announcements/"+r.ID, "refused")
	}
	f := draftForm{Seen: stamp(r.Changed), Text: r.Text, To: string(r.To), Local: r.Local, Read: r.Read}
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return err
	}
	f.listed(v.event, r.Audience, all)
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
	return v.showDraft(f, r.ID, r.File, nil, "")
}

// actAnnouncement does with an announcement what its state allows.
func (v *visit) actAnnouncement() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	what := v.r.PostFormValue("what")
	u := flows.Update{Subject: flows.AnnouncementKey(r.ID), Call: "announcement/" + what}
	seen, err := time.Parse(time.RFC3339Nano, v.r.PostFormValue("seen"))
	asks := what == "approve" || what == "start" || what == "correct" // for what was seen
	if asks && err != nil {
		return errBadForm
	}
	switch what {
	case "approve", "start":
		u.Args = flows.Must(flows.AnnouncementSeen{Changed: seen})
	case "pause", "resume", "cancel", "try":
	case "retract":
		if v.r.PostFormValue("sure") != "yes" {
			return v.to("/announcements/"+r.ID, "refused")
		}
	case "correct":
		args := flows.AnnouncementArgs{Text: strings.ReplaceAll(v.r.PostFormValue("text"), "\r\n", "\n"), Choices: r.Choices, File: r.File, Seen: seen}
		_, err := args.Check(v.event)
		if err == nil && !seen.Equal(r.Changed) && r.Text != args.Text {
			err = fmt.Errorf("nothing was corrected: it was changed meanwhile, and now reads as above; your words are still in the field below")
		}
		if err != nil {
			p, other := v.announcementPage(r)
			if other != nil {
				return other
			}
			p.Typed = args.Text
			return v.again("announcement", "Announcement", flows.Sentence(err), p)
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
	if asks && what != "correct" && !seen.Equal(now.Changed) {
		return v.to("/announcements/"+r.ID, "changed")
	}
	return v.to("/announcements/"+r.ID, v.became(what, r, now))
}

// stamp is a moment as a form carries it, to say what was looked at.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
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
