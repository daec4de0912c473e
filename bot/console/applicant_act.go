package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"olle/flows"
)

// reviewItem accepts a file or sends it back.
func (v *visit) reviewItem() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	args := flows.ReviewArgs{Upload: v.r.PostFormValue("upload"), State: v.r.PostFormValue("state")}
	args.Reason = strings.TrimSpace(v.r.PostFormValue("reason"))
	if !args.Valid() {
		page, err := v.applicantPage(p)
		if err != nil {
			return err
		}
		page.Typed = map[string]string{args.Upload: args.Reason}
		why := fmt.Sprintf("To send a document back, write the reason for the applicant, in at most %d characters.", flows.MaxReason)
		return v.again("applicant", cmp.Or(nameOf(p), p.Ref), why, page)
	}
	if args.Seen, err = v.was(); err != nil {
		return err
	}
	stood := true // as the page said
	for _, u := range p.Items {
		stood = stood && (u.ID != args.Upload || args.Seen.Is(u.State, u.Checked))
	}
	rec, err := v.do(flows.Update{Subject: p.ID, Call: "person/item", Args: flows.Must(args)})
	if err != nil {
		return err
	}
	said := "newer"
	if p, err = v.person(); err != nil {
		return err
	}
	for item, u := range p.Items {
		switch {
		case u.ID != args.Upload:
		case !stood && !rec.Seen && (u.State != "accepted" || args.State != "accepted"):
			return v.decidedMeanwhile(p, item, args)
		case u.State == args.State:
			said = args.State
		}
	}
	return v.to("/applicants/"+v.r.PathValue("name"), said)
}

// decidedMeanwhile shows the page as it is now, says who decided otherwise, and keeps the reason that was written.
func (v *visit) decidedMeanwhile(p *flows.Person, item string, args flows.ReviewArgs) error {
	page, err := v.applicantPage(p)
	if err != nil {
		return err
	}
	page.Typed = map[string]string{args.Upload: args.Reason}
	entries, err := v.entries()
	if err != nil {
		return err
	}
	by, when := "somebody", ""
	var last time.Time
	for _, e := range entries {
		if e.Whom == p.Ref && e.Detail == item && (e.What == "item accepted" || e.What == "item sent back") && !e.At.Before(last) {
			by, when, last = e.By, ", "+v.moment(e.At), e.At
		}
	}
	did := map[string]string{"accepted": "accepted it", "returned": "sent it back"}[p.Items[item].State]
	why := fmt.Sprintf("Nothing was changed: meanwhile %s %s%s. Please look again.", by, cmp.Or(did, "decided about it"), when)
	if args.Reason != "" {
		why += " Your reason: " + args.Reason
	}
	return v.again("applicant", cmp.Or(nameOf(p), p.Ref), why, page)
}

func (v *visit) addNote() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	text := strings.TrimSpace(v.r.PostFormValue("text"))
	if text == "" || len([]rune(text)) > flows.MaxNote {
		page, err := v.applicantPage(p)
		if err != nil {
			return err
		}
		page.Typed = map[string]string{"note": text}
		return v.again("applicant", cmp.Or(nameOf(p), p.Ref), fmt.Sprintf("A note has between 1 and %d characters.", flows.MaxNote), page)
	}
	if _, err := v.do(flows.Update{Subject: notesOf(p.ID), Call: "notes/add", Args: flows.Must(text)}); err != nil {
		return err
	}
	return v.to("/applicants/"+v.r.PathValue("name"), "noted")
}

// notesOf is the subject of the notes about a person.
func notesOf(person string) string { return strings.TrimSuffix(flows.NotesKey(person), "/") }

func (v *visit) dropNote() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	all, err := v.notes(p)
	if err != nil {
		return err
	}
	key := v.r.PostFormValue("key")
	if !slices.ContainsFunc(all, func(n noteLine) bool { return n.Key == key && n.Mine }) {
		return v.to("/applicants/"+v.r.PathValue("name"), "refused")
	}
	if _, err := v.do(flows.Update{Subject: notesOf(p.ID), Call: "notes/drop", Args: flows.Must(key)}); err != nil {
		return err
	}
	return v.to("/applicants/"+v.r.PathValue("name"), "note-gone")
}
