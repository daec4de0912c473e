package flows

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// announceFlow writes an announcement in chat: the words, the audience, then a look at both with the number of people behind it. Only
// "send" sends. Its sentences are organisers' and in English.
func announceFlow() *Flow {
	return &Flow{Name: "announce", Steps: []Step{
		{Name: "text", Free: true, Ask: func(t *Turn) { t.Say("team.announce.text", "most", MaxAnnouncement) }, Take: takeAnnouncementText},
		{Name: "audience", Free: true, Ask: func(t *Turn) {
			t.Say("team.announce.audience", "keys", strings.Join(sortedKeys(audienceKeys), ", "))
			t.Offer(t.announceChoice("audience", "everybody"))
		}, Take: takeAnnouncementAudience},
		{Name: "confirm", Free: true, Ask: askAnnouncement, Take: takeAnnouncementAnswer},
	}}
}

func (t *Turn) announceChoice(step, value string) Choice {
	return Choice{Label: t.Text("team.announce.button." + value), Value: "announce/" + step + "/" + value}
}

func takeAnnouncementText(t *Turn, in Input) bool {
	if !t.may(MaySend) {
		t.Done()
		return true
	}
	text := strings.TrimSpace(in.Text)
	if err := checkAnnouncementText(text); err != nil {
		t.Say("team.announce.wrong", "why", Sentence(err))
		t.Again()
		return true
	}
	t.top().set("text", text)
	t.Goto("audience")
	if _, known := t.top().Vars["audience"]; known {
		t.Goto("confirm")
	}
	return true
}

func takeAnnouncementAudience(t *Turn, in Input) bool {
	audience, err := ParseAudience(t.Event, in.Choice+in.Text)
	if err != nil {
		t.Say("team.announce.wrong", "why", Sentence(err))
		t.Again()
		return true
	}
	t.top().set("audience", audience.String())
	t.Goto("confirm")
	return true
}

// Sentence is an error as it is said to people: without the package's name.
func Sentence(err error) string {
	s := strings.TrimPrefix(err.Error(), "flows: ")
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// askAnnouncement shows the announcement as it will be seen, and how many will.
func askAnnouncement(t *Turn) {
	it, err := t.announcement()
	if err != nil {
		t.Say("team.announce.wrong", "why", Sentence(err))
		t.Push("announce", "text")
		return
	}
	audience, _ := it.audience(t.Event)
	n, err := CountAudience(t.Event, audience, t.src)
	if err != nil {
		t.err = err
		return
	}
	refs := n.Refs[:min(len(n.Refs), 10)]
	if n.Cut > 0 {
		t.Say("team.announce.cut", "n", n.Cut)
	}
	t.Say("team.announce.preview", "n", n.People, "audience", it.Audience, "platforms", platforms(n), "refs", strings.Join(refs, ", "))
	t.Tell(it.message(t.texts, true).Text)
	if it.File != nil {
		t.Say("team.announce.file.with", "file", it.File.Name, "size", Bytes(it.File.Size))
	}
	t.Offer(t.announceChoice("confirm", "send"), t.announceChoice("confirm", "test"), t.announceChoice("confirm", "text"),
		t.announceChoice("confirm", "audience"), t.announceChoice("confirm", "drop"))
}

// platforms says where people are reached: "telegram 3, web 1".
func platforms(n Count) string {
	var parts []string
	for _, p := range sortedKeys(n.Platforms) {
		parts = append(parts, fmt.Sprint(p, " ", n.Platforms[p]))
	}
	return strings.Join(parts, ", ")
}

func takeAnnouncementAnswer(t *Turn, in Input) bool {
	var options []Option
	for _, v := range []string{"send", "test", "text", "audience", "drop"} {
		options = append(options, Option{Value: v, Label: t.Text("team.announce.button." + v)})
	}
	i := slices.IndexFunc(options, func(o Option) bool { return in.Exactly(o) }) // nothing goes out by a typo
	if i < 0 || !t.may(MaySend) {
		return false
	}
	switch v := options[i].Value; v {
	case "send":
		if t.top().Vars["fetching"] != "" {
			t.Say("team.announce.file.waits")
			t.Again()
			return true
		}
		t.sendAnnouncement()
	case "test":
		if it, err := t.announcement(); err == nil {
			it.Read = false
			m := it.message(t.texts, true)
			m.To, m.Bulk = t.Chat, false
			t.out.Messages = append(t.out.Messages, m)
		}
		t.Again()
	case "drop":
		if id := t.top().Vars["id"]; id != "" {
			t.toAnnouncement(id, "cancel", nil)
		}
		t.Done()
		t.Say("team.announce.dropped")
	default:
		t.Goto(v)
	}
	return true
}

// announcement is the one being written.
func (t *Turn) announcement() (Announcement, error) {
	return t.top().announcementArgs().Check(t.Event)
}

// sendAnnouncement posts it to a subject of its own, and starts it there.
func (t *Turn) sendAnnouncement() {
	f := t.top()
	id := f.Vars["id"]
	if id == "" {
		id = t.newCode()[:6]
	}
	t.toAnnouncement(id, "create", f.announcementArgs())
	t.toAnnouncement(id, "start", nil)
	t.Done()
	if t.Event.Approval {
		t.Say("team.announce.waits", "id", id)
	} else {
		t.Say("team.announce.begun", "id", id)
	}
	t.Offer(Choice{Label: t.Text("team.announce.button.status"), Value: "/announce status " + id}, Choice{Label: t.Text("team.announce.button.pause"), Value: "/announce pause " + id})
}

func (t *Turn) toAnnouncement(id, call string, args any) {
	u := Update{ID: t.ID + "/" + call, Subject: AnnouncementKey(id), From: t.From, Call: "announcement/" + call}
	if args != nil {
		u.Args = Must(args)
	}
	t.out.post(t.At, u)
}

// announce is /announce: with nothing it asks, with words it goes straight to the preview, and "status", "pause", "resume", "cancel",
// "approve", "retract" and "correct" with an ID steer what is under way.
func announce(t *Turn, args string) {
	word, rest, _ := strings.Cut(args, " ")
	id, text, _ := strings.Cut(strings.TrimSpace(rest), " ")
	switch word = strings.ToLower(word); {
	case args == "":
		t.Push("announce", "text")
	case slices.Contains([]string{"status", "pause", "resume", "cancel", "approve", "retract", "correct"}, word) && (len(id) == 6 || text == "" && !strings.Contains(rest, "|")): // an ID mistyped or left out is no announcement
		t.steerAnnouncement(word, strings.ToUpper(id), text)
	default:
		t.announceLine(args)
	}
}

// announceLine takes an announcement written in one line: "text | audience", "text: … audience: …", or the text with conditions at
// its end, as the options of a slash command come.
func (t *Turn) announceLine(line string) {
	text, audience := splitAnnouncement(t.Event, line)
	t.Push("announce", "text")
	if !takeAnnouncementText(t, Input{Text: text}) || t.top() == nil || t.top().Step != "audience" || audience == "" {
		return
	}
	takeAnnouncementAudience(t, Input{Text: audience})
}

// splitAnnouncement parts the words from the audience; "" where none is written.
func splitAnnouncement(e *Event, line string) (text, audience string) {
	line = strings.TrimSpace(strings.TrimPrefix(line, "text:"))
	for _, mark := range []string{"|", " audience:"} {
		if i := strings.LastIndex(line, mark); i >= 0 {
			return strings.TrimSpace(line[:i]), strings.TrimSpace(line[i+len(mark):])
		}
	}
	for i, r := range line {
		if r != ' ' && r != '\n' {
			continue
		}
		if a, err := ParseAudience(e, line[i:]); err == nil && len(a) > 0 {
			return strings.TrimSpace(line[:i]), a.String()
		}
	}
	return line, ""
}

// steerAnnouncement shows one, or changes what it does; what came of it is in its status.
func (t *Turn) steerAnnouncement(word, id, text string) {
	if id == "" {
		t.listAnnouncements()
		return
	}
	r, err := ReportAnnouncement(t.src, id)
	switch {
	case errors.Is(err, ErrNoAnnouncement):
		t.Say("team.announce.unknown", "id", id)
		return
	case err != nil:
		t.err = err
		return
	case word == "status" || !r.can(word):
		t.Tell(t.announcementLine(r))
	case r.By == t.From && (word == "approve" || word == "correct" && t.Event.Approval):
		t.Say("team.announce.own", "id", id)
	case word == "correct":
		if err := checkAnnouncementText(text); err != nil {
			t.Say("team.announce.wrong", "why", Sentence(err))
			return
		}
		t.toAnnouncement(id, word, AnnouncementArgs{Text: text})
		t.Say("team.announce.did.correct", "id", id)
	case word == "approve" && text != stampOf(r) && (text != "" || !r.Asked): // who was asked has read it: a change asks anew
		t.Say("team.announce.reads", "id", id, "audience", r.Audience, "text", r.Text)
		t.Offer(Choice{Label: t.Text("team.announce.button.approve"), Value: "/announce approve " + id + " " + stampOf(r)})
		return
	case word == "approve":
		t.toAnnouncement(id, word, AnnouncementSeen{r.Changed})
		t.Say("team.announce.did.approve", "id", id)
	default:
		t.toAnnouncement(id, word, nil)
		t.Say("team.announce.did."+word, "id", id)
	}
	t.Offer(Choice{Label: t.Text("team.announce.button.status"), Value: "/announce status " + id})
}

// stampOf goes with the button of who has seen a draft: when it was written.
func stampOf(r AnnouncementReport) string { return strconv.FormatInt(r.Changed.UnixMicro(), 36) }

// can says whether a word that steers means anything as it stands now.
func (r AnnouncementReport) can(word string) bool {
	switch word {
	case "approve":
		return r.State == AnnouncementDraft
	case "pause":
		return r.State == AnnouncementScheduled || r.State == AnnouncementRunning
	case "resume":
		return r.State == AnnouncementPaused
	case "cancel":
		return !r.over()
	}
	return !r.Started.IsZero() && !r.Retracted
}

func (t *Turn) listAnnouncements() {
	all, err := ListAnnouncements(t.src)
	if err != nil {
		t.err = err
		return
	}
	if len(all) == 0 {
		t.Say("team.announce.none")
	}
	for _, r := range all[:min(len(all), 10)] {
		t.Tell(t.announcementLine(r))
	}
}

// announcementLine is a report in words.
func (t *Turn) announcementLine(r AnnouncementReport) string {
	line := t.Text("team.announce.status", "id", r.ID, "state", r.State, "sent", r.Sent, "failed", r.Failed, "n", r.Recipients)
	if r.Skipped > 0 {
		line += " " + t.Text("team.announce.skipped", "n", r.Skipped)
	}
	if r.PausedWhy != "" {
		line += " " + t.Text("team.announce.halted."+r.PausedWhy, "id", r.ID)
	}
	if left := r.Left(t.At); left > 0 {
		line += " " + t.Text("team.announce.left", "rate", strconv.FormatFloat(r.Rate, 'f', 0, 64), "at", t.moment(t.At.Add(left.Round(time.Second))))
	}
	return line
}
