package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"olle/bot"
	"olle/flows"
	"olle/storage"
)

// judge looks at every promise.
func (c *chaos) judge() {
	c.t.Helper()
	c.judgeWords()
	c.judgeNotices()
	err := c.reading(func(ctx context.Context, store storage.Store) error {
		return errors.Join(c.judgeTurns(ctx, store), c.judgeLedger(ctx, store), c.judgeQuiz(ctx, store), c.judgeStuck(ctx, store))
	})
	if err != nil {
		c.t.Errorf("the store cannot be read: %v", err)
	}
	c.judgeFiles()
	for _, r := range c.replicas {
		r.end()
	}
	c.judgeProcesses()
	for name, n := range map[string]int{"Telegram": c.telegram.tooFast, "Discord": c.discord.tooFast} {
		if n > 0 {
			c.broken("a network's limits are kept", c.storm, "%s would have refused %d calls", name, n)
		}
	}
}

// judgeWords: each word was answered, in order, and twice only where the network has no key for messages.
func (c *chaos) judgeWords() {
	words, doubled := 0, 0
	for _, g := range c.guests {
		numbers, twice, _ := g.answers()
		words += g.words()
		for _, n := range g.unanswered(numbers) {
			c.broken("every word is answered", g.said[n-1], "%s has no answer to word %d of %d", g, n, g.words())
		}
		if !slices.IsSorted(numbers) {
			c.broken("answers keep their order", c.storm, "%s was answered %v", g, numbers)
		}
		if doubled += twice; twice > 0 && g.network != "telegram" {
			c.broken("no message is shown twice where the network has a key", c.storm, "%s was answered %d times too often: %v", g, twice, numbers)
		}
	}
	_, doubts := c.telegram.moods.sum()
	blows := 0
	for _, b := range c.blows {
		if b.what != "repeats" && b.what != "gateway" && !strings.HasPrefix(b.what, "discord") {
			blows++
		}
	}
	c.t.Logf("%d words, %d answers doubled on Telegram (%d blows, %d calls done without an answer)", words, doubled, blows, doubts)
	if doubled > blows+doubts {
		c.broken("a message is doubled only where its fate was unknown", c.storm, "%d answers came twice in %d blows and %d calls without an answer", doubled, blows, doubts)
	}
}

// judgeTurns: each word counted once and in its order; nothing else did.
func (c *chaos) judgeTurns(ctx context.Context, store storage.Store) error {
	said := map[string][]string{} // what a person's requests say, in their order
	for after := ""; ; {
		docs, err := store.List(ctx, "help/", after, 500)
		if err != nil {
			return err
		}
		for _, d := range docs {
			var h flows.HelpRequest
			if err := json.Unmarshal(d.Data, &h); err != nil {
				return err
			}
			_, number, _ := strings.Cut(strings.TrimPrefix(h.Ref, "H-"), "-")
			var n int
			_, _ = fmt.Sscan(number, &n)
			said[h.Person] = append(said[h.Person], "")
			if want := requestOf(n); h.Text() != want || len(h.Lines) != 1 {
				c.broken("each turn counts once, in its order", c.storm, "request %s says %q in %d lines, not %q", h.Ref, h.Text(), len(h.Lines), want)
			}
			after = d.Key
		}
		if len(docs) < 500 {
			break
		}
	}
	var got, want []int
	for _, all := range said {
		got = append(got, len(all))
	}
	for _, g := range c.guests {
		want = append(want, g.words())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		c.broken("each turn counts once, in its order", c.storm, "people said %v words, on record are %v", want, got)
	}
	return nil
}

// judgeLedger: everybody has one entry, but perhaps the one who blocked the bot.
func (c *chaos) judgeLedger(ctx context.Context, store storage.Store) error {
	r, err := c.announcement(ctx, store)
	if err != nil {
		c.broken("an announcement is made once", c.storm, "%v", err)
		return nil
	}
	page, _, err := flows.Recipients(c.event, bot.Source(ctx, store), r.ID, "", 100)
	if r.State != flows.AnnouncementFinished || r.Recipients < len(c.guests) || r.Recipients > len(c.guests)+1 || r.Sent+r.Failed+r.Skipped != r.Recipients || len(page) != r.Recipients {
		c.broken("an announcement reaches everybody once", c.storm, "it is %s with %d recipients, %d sent, %d failed, %d skipped, and %d in the ledger; people are %d",
			r.State, r.Recipients, r.Sent, r.Failed, r.Skipped, len(page), len(c.guests)+1)
	}
	return err
}

// announcement is how the one of this storm stands.
func (c *chaos) announcement(ctx context.Context, store storage.Store) (r flows.AnnouncementReport, err error) {
	docs, err := store.List(ctx, "announcement/", "", 10)
	if err == nil && len(docs) != 1 {
		err = fmt.Errorf("%d announcements are on record", len(docs))
	}
	if err != nil {
		return r, err
	}
	return flows.ReportAnnouncement(bot.Source(ctx, store), strings.TrimPrefix(docs[0].Key, "announcement/"))
}

func (c *chaos) judgeQuiz(ctx context.Context, store storage.Store) error {
	if c.quiz == nil {
		return nil // what went wrong was said
	}
	docs, err := store.List(ctx, flows.QuizAnswersKey(c.quiz.code, 1), "", 100)
	got := map[string]int{}
	for _, d := range docs {
		var a flows.QuizAnswer
		err = errors.Join(err, json.Unmarshal(d.Data, &a))
		got[a.Choice]++
	}
	if fmt.Sprint(got) != fmt.Sprint(c.quiz.choices) {
		c.broken("a quiz counts every answer once", c.storm, "answered were %v, on record are %v", c.quiz.choices, got)
	}
	return err
}

// judgeStuck: nothing waits for somebody's decision but what was for the one who had blocked the bot.
func (c *chaos) judgeStuck(ctx context.Context, store storage.Store) error {
	stuck, err := bot.ListStuck(ctx, store, "", 100)
	for _, s := range stuck {
		if s.Kind == "message" && s.Subject == "telegram:5090" {
			continue
		}
		c.broken("nothing is given up", c.storm, "a %s for %s of %s was", s.Kind, s.Subject, s.Since)
	}
	return err
}

// judgeNotices: the announcement and the reminder were shown to everybody they are for; twice at most on Telegram.
func (c *chaos) judgeNotices() {
	for _, g := range append(slices.Clone(c.guests), c.host) {
		least, most := 1, 1
		if g.blocks {
			least = 0
		}
		if g.network == "telegram" {
			most = 2
		}
		what := map[string]int{announced: most}
		if g == c.host {
			what[announced] = most + 1 // who writes it is shown it
		}
		if g.name != "" {
			what["left for VCA workshop 2020."] = most
		}
		for text, most := range what {
			if n, ok := g.count(text); !ok || n < least || n > most {
				c.broken("announcements and reminders reach everybody once", c.storm, "%s was shown %q %d times", g, text, n)
			}
		}
	}
}

// judgeFiles: every file comes back byte for byte with the organisers' key, once.
func (c *chaos) judgeFiles() {
	out := filepath.Join(c.t.TempDir(), "all.zip")
	if code, said, errs := olle(c.t, c.env, "", "export", "-format", "zip", "-identity", c.key, "-out", out); code != exitOK {
		c.broken("files come back as they were sent", c.storm, "export: %d %s%s", code, said, errs)
		return
	}
	all, err := zip.OpenReader(out)
	if err != nil {
		c.t.Fatal(err)
	}
	defer all.Close()
	var rows []manifestRow
	if err := json.Unmarshal(entryOf(c.t, all, "manifest.json"), &rows); err != nil {
		c.t.Fatal(err)
	}
	want := 0
	for _, g := range c.guests {
		want += len(g.files)
		for item, content := range g.files {
			mine := slices.DeleteFunc(slices.Clone(rows), func(r manifestRow) bool { return r.Name != g.name || r.Number != item })
			if len(mine) != 1 || !bytes.Equal(entryOf(c.t, all, mine[0].Path), content) {
				c.broken("files come back as they were sent", c.storm, "%s, item %d: %d in the export, or another file", g, item, len(mine))
			}
		}
	}
	if len(rows) != want {
		c.broken("files come back as they were sent", c.storm, "%d files were sent, %d are in the export", want, len(rows))
	}
}

// judgeProcesses: no log holds what is nobody's business, and no process grew.
func (c *chaos) judgeProcesses() {
	for _, r := range c.replicas {
		log := r.log.String()
		for _, secret := range []string{"Zaphira", "zaphira", "Quill", chaosTelegramToken, "TOKEN", chaosRedisPassword, "PASSWORD", "AGE-SECRET-KEY"} {
			if strings.Contains(log, secret) {
				c.broken("no personal data and no secret in a log", c.storm, "%s logs %q", r.name, secret)
			}
		}
		if strings.Contains(log, "panic") {
			c.broken("nothing panics", c.storm, "%s: %s", r.name, log)
		}
		(&intake{t: c.t}).small(r.name, r.peak)
		if c.t.Failed() {
			c.t.Logf("the last that %s said: %s", r.name, log[max(0, len(log)-4000):])
		}
		c.t.Logf("%s lived %d times, at most %.1f MiB resident, %d lines of log", r.name, r.lives, float64(r.peak)/(1<<20), strings.Count(log, "\n"))
	}
}
