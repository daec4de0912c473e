package web

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/bot"
	"olle/flows"
)

// What one answer of the history holds, or a line more.
const (
	historyLines = 500
	historyBytes = 512 << 10
)

// keptText is how many characters of a guest's line the talk remembers. The conversation gets all of it.
const keptText = 8000

// reply is what POST /api/chat answers.
type reply struct {
	Session  string    `json:"session"`
	Messages []message `json:"messages"` // never null
	Pending  bool      `json:"pending"`
}

// chat takes a guest's line: POST /api/chat.
func (w *Web) chat(rw http.ResponseWriter, r *http.Request) {
	if err := w.admitPeer(r); err != nil {
		drain(rw, io.LimitReader(r.Body, maxBody))
		w.fail(rw, r, err)
		return
	}
	p, err := w.read(rw, r)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	p.locale = w.tongues.tag(r)
	answer, err := w.converse(r.Context(), p)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	writeJSON(rw, http.StatusOK, answer)
}

// converse puts what was posted on record, waits for what it causes and returns that.
func (w *Web) converse(ctx context.Context, p post) (reply, error) {
	on := w.onDuty(ctx)
	if on == nil {
		w.discard(p.files)
		return reply{}, errNotYet
	}
	first := p.session == ""
	if first {
		p.session = newSession()
		if p.choice == "" && p.text == "" && len(p.files) == 0 {
			p.text = "/start"
		}
	}
	a := addressOf(p.session)
	err := w.admitTalk(ctx, a, first)
	if err != nil {
		w.discard(p.files)
		return reply{}, err
	}
	return w.exchange(ctx, on, p, a, first)
}

// admitTalk says whether a guest may write at a now. Whose talk it remembers it need not look up: keeping the line does.
func (w *Web) admitTalk(ctx context.Context, a flows.Address, first bool) error {
	if first {
		w.talks.set(a, talk{})
		return nil
	}
	t, err := w.stands(ctx, a)
	switch {
	case err != nil:
		return err
	case t.session.Rev == 0:
		return errNoSession
	}
	return w.admitSession(string(a))
}

func (w *Web) exchange(ctx context.Context, on *shift, p post, a flows.Address, first bool) (reply, error) {
	u := flows.Update{
		ID: updateID(a, p.id), Sent: time.Now(), From: a, Chat: a, Private: true,
		Locale: p.locale, Text: p.text, Choice: p.choice, Files: p.files, Album: p.album,
	}
	lasting := context.WithoutCancel(ctx) // a guest who walks away in the middle is heard all the same
	seq, err := w.remember(lasting, &u, first)
	if err != nil {
		w.discard(p.files)
		return reply{}, err
	}
	receipt, err := on.deliver(lasting, u)
	if err != nil { // it may be on record all the same, so its files stay for their day
		w.log.Error("update not on record", "update", u.ID, "err", err)
		again := *errNotYet
		again.Session = p.session
		return reply{}, &again
	}
	if receipt.Seen {
		w.discard(p.files) // those that came first are on their way
	}
	settled := w.settle(ctx, on, a, u.ID)
	if settled != bot.Unsettled {
		for _, f := range p.files {
			w.spool.done(f.Handle)
		}
	}
	answer := reply{Session: p.session, Pending: settled == bot.Unsettled}
	if settled == bot.SettledHere {
		var all bool
		if answer.Messages, all = w.talks.causedBy(a, u.ID, seq); all {
			return answer, nil
		}
	}
	answer.Messages, err = w.causedBy(ctx, a, u.ID, seq)
	return answer, err
}

// remember keeps the guest's own line. If it was kept before, u.Sent becomes what it was then.
func (w *Web) remember(ctx context.Context, u *flows.Update, first bool) (int64, error) {
	l := line{Text: shorten(u.Text), At: w.opt.Now(), Cause: u.ID, Me: true}
	if u.Choice != "" {
		l.Text, l.Ack = w.label(ctx, u.Chat, u.Choice), flows.Stays(u.Choice)
	}
	for _, f := range u.Files {
		l.Files = append(l.Files, attachment{Name: f.Name, Size: f.Size})
	}
	id := u.ID[strings.LastIndexByte(u.ID, ':')+1:]
	seq, err := w.keep(ctx, u.Chat, entry{line: l, id: id, sent: u.Sent, first: first})
	if errors.Is(err, errSaid) {
		u.Sent, err = w.firstSaid(ctx, u.Chat, id)
	}
	return seq, err
}

// firstSaid is when the client's id came first: a retry after the deadline counts from then.
func (w *Web) firstSaid(ctx context.Context, a flows.Address, id string) (time.Time, error) {
	docs, err := w.opt.Store.Load(ctx, saidKey(a, id))
	if err != nil {
		return time.Time{}, fmt.Errorf("web: look up a line: %w", err)
	}
	var s said
	if err := json.Unmarshal(docs[0].Data, &s); err != nil {
		return time.Time{}, fmt.Errorf("web: read what was said: %w", err)
	}
	return s.At, nil
}

// settle waits until everything the update caused is done, or for as long as a guest is kept waiting.
func (w *Web) settle(ctx context.Context, on *shift, a flows.Address, updateID string) bot.Settlement {
	wake, stop := w.hub.listen(a)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, w.opt.Wait)
	defer cancel()
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		how, err := w.opt.Settled(ctx, updateID)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("cannot see whether an update has settled", "update", updateID, "err", err)
		}
		if how != bot.Unsettled && err == nil {
			return how
		}
		t := time.NewTimer(pause)
		select {
		case <-wake: // a line was kept; the record that it was follows at once
			pause = time.Millisecond
		case <-t.C:
		case <-on.over:
			t.Stop()
			return bot.Unsettled
		case <-ctx.Done():
			t.Stop()
			return bot.Unsettled
		}
		t.Stop()
	}
}

// causedBy returns the lines that the update brought about, all of which came after line seq.
func (w *Web) causedBy(ctx context.Context, a flows.Address, updateID string, seq int64) ([]message, error) {
	out := []message{}
	for len(out) < 100 {
		page, err := w.lines(ctx, a, seq, 100)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			if seq = l.seq; !l.Me && strings.HasPrefix(l.Cause, updateID+"/") {
				out = append(out, l.message())
			}
		}
		if len(page) < 100 {
			break
		}
	}
	return out, nil
}

// label is what stood on the button the guest tapped, as far as the talk remembers.
func (w *Web) label(ctx context.Context, a flows.Address, value string) string {
	if l, ok := w.talks.offered(a, value); ok {
		return l
	}
	n, err := w.count(ctx, a)
	if err != nil {
		return shorten(value)
	}
	recent, _ := w.lines(ctx, a, max(0, n-50), 50)
	for i := len(recent) - 1; i >= 0; i-- {
		for _, c := range recent[i].Choices {
			if c.Value == value {
				return c.Label
			}
		}
	}
	return shorten(value)
}

func shorten(text string) string {
	if len(text) <= keptText {
		return text
	}
	if rs := []rune(text); len(rs) > keptText {
		return string(rs[:keptText]) + "…"
	}
	return text
}

var plainID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`) })

// updateID names the event. A client's id may hold anything, the update's ID may not: slashes and colons have a meaning there.
func updateID(a flows.Address, id string) string {
	if id == "" {
		id = "r-" + randomName(15)
	}
	return string(a) + ":" + plain(id)
}

// plain is a client's name for something, or a plain one that stands for it.
func plain(id string) string {
	if id == "" || plainID().MatchString(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "h-" + letters.EncodeToString(sum[:])
}

// history returns the last lines of a talk: GET /api/chat/history?session=, with &before=ID the last ones before that line. An addition to
// the fixed interface, for the page.
func (w *Web) history(rw http.ResponseWriter, r *http.Request) {
	a, err := w.visitor(r)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	var before int64
	if id := r.URL.Query().Get("before"); id != "" {
		if before, err = strconv.ParseInt(id, 10, 64); err != nil || before < 1 {
			w.fail(rw, r, malformed("Please say before which line: ?before= and its id."))
			return
		}
	}
	lines, err := w.latest(r.Context(), a, before)
	if err != nil {
		w.fail(rw, r, err)
		return
	}
	writeJSON(rw, http.StatusOK, map[string]any{"lines": lines})
}

// latest returns the last lines of the talk at a before the one with that number (0: of all), read from the end, as many as one answer of the
// history holds.
func (w *Web) latest(ctx context.Context, a flows.Address, before int64) ([]json.RawMessage, error) {
	const page = 50
	n, err := w.count(ctx, a)
	if err != nil {
		return nil, err
	}
	if before > 0 {
		n = min(n, before-1)
	}
	out, bytes := []json.RawMessage{}, 0
	for end := n; end > max(0, n-historyLines) && bytes <= historyBytes; end -= page {
		some, err := w.lines(ctx, a, max(0, end-page), page)
		if err != nil {
			return nil, err
		}
		for _, l := range slices.Backward(some) {
			if m := flows.Must(l.message()); l.seq <= end && bytes <= historyBytes {
				out, bytes = append(out, m), bytes+len(m)
			}
		}
	}
	slices.Reverse(out)
	return out, nil
}

// visitor admits who asks with ?session= and says which talk it is.
func (w *Web) visitor(r *http.Request) (flows.Address, error) {
	if err := w.admitPeer(r); err != nil {
		return "", err
	}
	session := r.URL.Query().Get("session")
	if session == "" {
		return "", malformed("Please name the conversation: ?session=…")
	}
	return w.known(r.Context(), session)
}
