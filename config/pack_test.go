package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"olle/flows"
	"olle/flows/answers"
)

// load2020 is the edition of 2020 as it ships.
func load2020(t *testing.T) *flows.Event {
	t.Helper()
	e, err := LoadEvent(Events(), "vca-jeju-2020")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheAnnouncementOf2020(t *testing.T) {
	e := load2020(t)
	if got := []string{flows.Day(e.Start), flows.Day(e.End), flows.Day(e.Deadline), e.Deadline.Format(time.RFC3339), e.ZoneTag, e.Channel, e.Email, e.Site}; !slices.Equal(got, []string{
		"31 March 2020 (Tuesday)", "3 April 2020 (Friday)", "14 February 2020 (Friday)", "2020-02-14T23:59:59+09:00", "KST", "email", "cifaljeju.jitc.1@gmail.com", "http://www.cifaljeju.org/"}) {
		t.Errorf("%q", got)
	}
	var items []string
	for _, it := range e.Items {
		items = append(items, fmt.Sprintf("%d %s %d %v", it.Number, it.Name, it.Pages, it.Blank != ""))
	}
	if d := cmp.Diff([]string{"1 Application form 0 true", "2 Letter of commitment 0 true", "3 Acknowledgement, waiver and release of liability 0 true",
		"4 Consent to collection, usage, and disclosure of personal information 0 true", "5 One-page case study description 1 true",
		"6 Letter of nomination 0 false", "7 Curriculum vitae (CV) 0 false"}, items); d != "" {
		t.Error(d)
	}
	if !strings.Contains(e.Item("nomination").Hint, "official seal") {
		t.Error("the seal is not mentioned")
	}
	if len(e.Modules) != 5 || len(e.Objectives) != 10 || len(e.Sessions) != 0 || len(e.Selected) != 0 || e.MaxFile != 20<<20 || e.Closed {
		t.Errorf("%d modules, %d objectives, %d sessions, %d selected, %d bytes", len(e.Modules), len(e.Objectives), len(e.Sessions), len(e.Selected), e.MaxFile)
	}
	for _, short := range []string{"UNITAR", "CIFAL", "JITC", "RSO", "VCA", "TiP", "UNODC", "IOM", "UN-ACT", "SDG", "3Ps", "NGO", "CV"} {
		if !slices.ContainsFunc(e.Glossary, func(term flows.Term) bool { return term.Short == short && term.Long != "" }) {
			t.Errorf("the glossary lacks %s", short)
		}
	}
}

func TestTheAirfareTableIsAsPrinted(t *testing.T) {
	e := load2020(t)
	bands, regions := map[string][]string{}, map[string]int{}
	for _, a := range e.Airfare {
		bands[a.Region+" "+a.Amount] = append(bands[a.Region+" "+a.Amount], a.Point)
		regions[a.Region]++
	}
	want := map[string][]string{
		"Eastern Asia KRW 150,000":   {"South Korea"},
		"Eastern Asia US$ 300":       {"China", "Hong Kong", "Macau", "Japan", "Chinese Taipei"},
		"Eastern Asia US$ 550":       {"Mongolia"},
		"South-Eastern Asia US$ 450": {"Brunei Darussalam", "Indonesia", "Malaysia", "Philippines", "Singapore", "Thailand", "Vietnam"},
		"South-Eastern Asia US$ 650": {"Cambodia", "Lao PDR", "Myanmar"},
		"Southern Asia US$ 800":      {"Bhutan", "India", "Maldives", "Pakistan", "Sri Lanka"},
		"Southern Asia US$ 850":      {"Bangladesh"},
		"Southern Asia US$ 950":      {"Nepal"},
		"Pacific Islands US$ 1,200":  {"Kiribati", "Papua New Guinea", "Samoa", "Tuvalu", "Vanuatu"},
	}
	if d := cmp.Diff(want, bands); d != "" {
		t.Error(d)
	}
	if len(e.Airfare) != 29 || len(bands) != 9 || len(regions) != 4 {
		t.Errorf("%d points, %d bands, %d regions", len(e.Airfare), len(bands), len(regions))
	}
}

func TestTheRemindersOf2020(t *testing.T) {
	e := load2020(t)
	var got []string
	for _, r := range e.Reminders {
		of := map[string]time.Time{"deadline": e.Deadline, "start": e.Start, "end": e.End.AddDate(0, 0, 1),
			"opens": e.End, "closes": e.End.AddDate(0, 0, 15)}[r.Of]
		at := of.Add(-r.Before).Format("Mon 2 Jan 15:04")
		if r.Cron != "" {
			at = r.Cron
		}
		got = append(got, fmt.Sprint(r.Name, ", ", at, ", ", r.Missed, " ", r.Skip))
		if !e.Texts["en"].Has(r.Text) {
			t.Errorf("%s has no text", r.Name)
		}
	}
	want := []string{
		"two-weeks, Fri 31 Jan 11:59, skip 48h0m0s",
		"nomination-seal, Tue 4 Feb 11:59, skip 72h0m0s",
		"one-week, Fri 7 Feb 11:59, skip 48h0m0s",
		"three-days, Tue 11 Feb 11:59, skip 24h0m0s",
		"one-day, Thu 13 Feb 11:59, skip 24h0m0s",
		"six-hours, Fri 14 Feb 17:59, skip 5h0m0s",
		"mondays, 0 9 * * 1, skip 24h0m0s",
		"closed-incomplete, Sat 15 Feb 11:59, once 0s",
		"laptop-week, Tue 24 Mar 12:00, skip 72h0m0s",
		"laptop-day, Mon 30 Mar 12:00, skip 12h0m0s",
		"rate-before, Sat 28 Mar 12:00, once 0s",
		"evaluate, Fri 3 Apr 15:00, once 0s",
		"evaluate-again, Tue 7 Apr 12:00, once 0s",
		"evaluate-last, Thu 16 Apr 12:00, once 0s",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEligibilityIsAGuideAndQuotesItsRule(t *testing.T) {
	f := load2020(t).Forms["eligibility"]
	type given = map[string]any
	senior := given{"side": "government", "level": "senior", "direct": true, "workplace": "Nepal", "years": 8.0, "english": true}
	with := func(pairs ...any) given {
		all := given{}
		for k, v := range senior {
			all[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			all[pairs[i].(string)] = pairs[i+1]
		}
		return all
	}
	for _, c := range []struct {
		answers given
		want    string
	}{
		{senior, "fits"},
		{with("level", "mid"), "fits"},
		{with("side", "ngo"), "fits"},
		{with("side", "ngo", "level", "mid"), "ask-level"},
		{with("side", "institution", "level", "mid"), "ask-level"},
		{with("side", "ngo", "level", "mid", "years", 3.0), "ask-several"},
		{with("side", "other"), "ask-side"},
		{with("years", 5.0), "ask-years"},
		{with("years", 5.5), "fits"},
		{with("level", "junior"), "outside-level"},
		{with("direct", false), "outside-field"},
		{with("english", false), "outside-english"},
		{with("workplace", "Switzerland"), "ask-region"},
		{with("workplace", "Timor-Leste"), "fits"},
		{with("workplace", "Taiwan"), "fits"},
	} {
		i := slices.IndexFunc(f.Verdicts, func(v flows.Verdict) bool { return v.When.Holds(func(name string) any { return c.answers[name] }) })
		if i < 0 || f.Verdicts[i].Name != c.want {
			t.Errorf("%v: verdict %d, not %s", c.answers, i, c.want)
		}
	}
	for _, v := range f.Verdicts {
		if v.Rule == "" || !strings.Contains(v.Say, "organisers decide") && !strings.Contains(v.Say, "the organisers can") {
			t.Errorf("%s: no rule, or does not say who decides", v.Name)
		}
		for _, promise := range []string{"you are selected", "you are eligible", "accepted", "submitted"} {
			if strings.Contains(strings.ToLower(v.Say), promise) {
				t.Errorf("%s promises: %s", v.Name, promise)
			}
		}
	}
}

func TestTheProfileAsksForConsentFirst(t *testing.T) {
	e := load2020(t)
	f := e.Forms["profile"]
	if !f.Consent {
		t.Error("the profile asks for personal data without consent")
	}
	ids := map[string]bool{}
	for _, q := range f.Questions {
		ids[q.ID] = true
		if q.Help == "" || q.Error == "" || q.Short == "" {
			t.Errorf("%s: help, error and short are needed", q.ID)
		}
	}
	for _, id := range []string{"who", "full_name", "organisation", "position", "side", "level", "years", "workplace", "departure", "citizenship", "email"} {
		if !ids[id] {
			t.Errorf("no question %s", id)
		}
	}
}

func TestTheHistoryOf2014(t *testing.T) {
	e, err := LoadEvent(Events(), "vca-jeju-2014")
	if err != nil {
		t.Fatal(err)
	}
	if !e.Closed || flows.Dates(e.Start, e.End) != "3–5 June 2014" || len(e.Items)+len(e.Reminders)+len(e.Forms) != 0 || len(e.Modules) != 5 {
		t.Errorf("%+v", e)
	}
}

func TestTheSmallestPackIsEnough(t *testing.T) {
	e, err := LoadEvent(os.DirFS("testdata/minimal"), "tea-2027")
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != "tea-2027" || e.Items[0].Short != "Letter of interest" || len(e.Items[0].Types) == 0 || e.MaxFile != 20<<20 || e.Answers == nil ||
		!e.Texts["en"].Has("welcome.hello") || len(e.Forms["profile"].Questions) != 4 {
		t.Errorf("%+v", e)
	}
}

func TestPacksShareTextsAndOverrideThem(t *testing.T) {
	pack := minimal(t)
	pack["tea-2027/texts/en.yaml"].Data = []byte("language: English\ntexts:\n  reminder.week: Soon.\n  welcome.short: Tea?\n")
	pack["tea-2027/texts/fr.yaml"] = &fstest.MapFile{Data: []byte("language: Français\ntexts:\n  welcome.short: Du thé ?\n")}
	e, err := LoadEvent(pack, "tea-2027")
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	if e.Texts["en"].Text("welcome.short", none) != "Tea?" || e.Texts["fr"].Text("welcome.short", none) != "Du thé ?" || e.Texts["fr"].Name != "Français" ||
		!e.Texts["fr"].Has("welcome.hello") || e.Texts["en"].Text("reminder.week", none) != "Soon." {
		t.Error("texts do not override each other as they should")
	}
}

// Readers of other languages agree to the notice of the organisers, not to the shared one which it replaces.
func TestASentenceThatThePackReplacesIsReplacedInEveryLanguage(t *testing.T) {
	pack := minimal(t)
	pack["tea-2027/texts/en.yaml"].Data = []byte("language: English\ntexts:\n  reminder.week: Soon.\n  consent.notice: Our own notice.\n  words.no: nay\n  format.clock: \"3:04 PM\"\n" +
		"  welcome.short: Tea?\n")
	pack["tea-2027/texts/ko.yaml"] = &fstest.MapFile{Data: []byte("language: 한국어\ntexts:\n  welcome.short: 차?\n")}
	e, err := LoadEvent(pack, "tea-2027")
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	for _, tag := range []string{"ko", "vi", "id"} {
		if got := e.Texts[tag].Text("consent.notice", none); got != "Our own notice." {
			t.Errorf("%s: %s", tag, got)
		}
		if e.Texts[tag].Own("format.clock") == "3:04 PM" || e.Texts[tag].Own("format.clock") == "" {
			t.Errorf("%s: the clock is not its own", tag)
		}
	}
	if got := e.Texts["ko"].Text("welcome.short", none); got != "차?" {
		t.Error(got)
	}
	if no := e.Texts["ko"].Words("words.no"); !slices.Contains(no, "아니요") || !slices.Contains(no, "nay") {
		t.Error(no)
	}
}

func TestOnlyTheLanguagesOfTheEventAreOffered(t *testing.T) {
	pack := minimal(t)
	pack["tea-2027/event.yaml"].Data = append(pack["tea-2027/event.yaml"].Data, "languages: [en, fr]\n"...)
	pack["tea-2027/texts/fr.yaml"] = &fstest.MapFile{Data: []byte("language: Français\ntexts:\n  welcome.short: Du thé ?\n")}
	e, err := LoadEvent(pack, "tea-2027")
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Texts) != 2 || e.Texts["en"] == nil || e.Texts["fr"] == nil {
		t.Errorf("offered: %v", slices.Collect(maps.Keys(e.Texts)))
	}
}

const table = "region,point,code,amount,currency,aliases\nAfrica,Morocco,MA,500,EUR,Wakandaville|الدار البيضاء\nAfrica,Senegal,SN,600,EUR,\n"

// talk is what the bot says to lines in a pack.
func talk(t *testing.T, pack fs.FS, lines ...string) (said string) {
	t.Helper()
	e, err := LoadEvent(pack, "tea-2027")
	if err != nil {
		t.Fatal(err)
	}
	book, err := flows.NewBook([]*flows.Event{e}, e.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	played, err := flows.PlayTranscript(book, []byte("clock 2027-03-01T10:00:00+07:00\n> "+strings.Join(lines, "\n> ")+"\n"), map[string]bool{})
	if err != nil {
		t.Fatal(err)
	}
	return string(played)
}

// A table is of use without a line of answers.yaml, and with one that does not speak of it.
func TestAnAirfareTableNeedsNoAnswers(t *testing.T) {
	for _, answers := range []string{"", "topics:\n  - {id: tea, ask: [is there tea], answer: Yes.}\n"} {
		pack := minimal(t)
		pack["tea-2027/airfare.csv"] = &fstest.MapFile{Data: []byte(table)}
		if answers != "" {
			pack["tea-2027/answers.yaml"] = &fstest.MapFile{Data: []byte(answers)}
		}
		said := talk(t, pack, "/airfare Rabat", "/airfare", "Dakar", "/airfare Peru")
		for _, want := range []string{"Rabat, Morocco: EUR 500", "Dakar, Senegal: EUR 600", "Peru is not among the points of departure"} {
			if !strings.Contains(said, want) {
				t.Errorf("no %q in\n%s", want, said)
			}
		}
		if said := talk(t, pack, "How much is the flight from Senegal?"); answers == "" && !strings.Contains(said, "EUR 600") {
			t.Error(said)
		}
	}
}

func TestTheTablesOwnNamesOfPlacesAreUnderstood(t *testing.T) {
	pack := minimal(t)
	pack["tea-2027/airfare.csv"] = &fstest.MapFile{Data: []byte(table)}
	for _, lines := range [][]string{{"/airfare Wakandaville"}, {"/airfare", "from wakandaville please"}, {"/airfare الدار البيضاء"}} {
		if said := talk(t, pack, lines...); !strings.Contains(said, "Morocco (Africa): EUR 500") {
			t.Errorf("%q: %s", lines, said)
		}
	}
	pack["tea-2027/airfare.csv"].Data = append(pack["tea-2027/airfare.csv"].Data, "Asia,Maldives,MV,700,EUR,Male\n"...)
	if said := talk(t, pack, "/airfare male"); !strings.Contains(said, "Did you mean") {
		t.Errorf("a doubtful name is not asked back: %s", said)
	}
	if said := talk(t, pack, "/airfare Wakandaville or Dakar"); strings.Contains(said, "EUR 500.") {
		t.Error(said)
	}
}

// What is said at the end of a form repeats an answer in every language, as it does in English.
func TestTheEndOfAFormRepeatsAnswersInEveryLanguage(t *testing.T) {
	pack := minimal(t)
	pack["tea-2027/forms/profile.yaml"].Data = append(pack["tea-2027/forms/profile.yaml"].Data, "done: Thank you, {full_name}.\n"...)
	pack["tea-2027/texts/pt.yaml"] = &fstest.MapFile{Data: []byte("language: Português\ntexts:\n  forms.profile.done: \"Obrigado, {full_name}.\"\n")}
	if _, err := LoadEvent(pack, "tea-2027"); err != nil {
		t.Error(err)
	}
	pack["tea-2027/texts/pt.yaml"].Data = []byte("language: Português\ntexts:\n  forms.profile.title: \"Obrigado, {full_name}.\"\n")
	if _, err := LoadEvent(pack, "tea-2027"); err == nil {
		t.Error("the title of a form repeats an answer that nobody gave")
	}
}

// Every notice of privacy promises an end.
func TestWhatIsKeptHasAnEndThoughThePackNamesNone(t *testing.T) {
	pack := minimal(t)
	text, _, _ := strings.Cut(string(pack["tea-2027/event.yaml"].Data), "retention:")
	for more, want := range map[string]string{
		"": "[{applications 365} {documents 90} {conversations 90} {evaluation 730} {trail 1095}]",
		"retention: {applications: 30, evaluation: 2000}\n": "[{applications 30} {documents 90} {conversations 90} {evaluation 2000} {trail 2000}]",
	} {
		pack["tea-2027/event.yaml"].Data = []byte(text + more)
		e, err := LoadEvent(pack, "tea-2027")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(e.Retention); got != want {
			t.Errorf("%q: %s", more, got)
		}
	}
	if e, err := LoadEvent(Events(), "vca-jeju-2014"); err != nil || len(e.Retention) > 0 {
		t.Errorf("%v %v", e, err)
	}
}

// Who is not asked where they work counts for the country they depart from.
func TestTheCountryIsThatOfTheDepartureWhereNoWorkplaceIsAsked(t *testing.T) {
	for _, id := range []string{"workplace", "departure", "citizenship"} {
		pack := minimal(t)
		pack["tea-2027/forms/profile.yaml"].Data = []byte("title: You\nquestions: [{id: " + id + ", type: place, ask: Where?}]\n")
		e, err := LoadEvent(pack, "tea-2027")
		if err != nil {
			t.Fatal(err)
		}
		book, err := flows.NewBook([]*flows.Event{e}, e.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := flows.NewRehearsal(book, time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"/apply", "I agree", "Nepal"} {
			if _, err := r.Guest("terminal:guest", flows.Update{Text: line}); err != nil {
				t.Fatal(err)
			}
		}
		cards, err := r.List("card/", "", 9)
		if err != nil || len(cards) != 1 || !strings.Contains(string(cards[0].Data), `"NP"`) {
			t.Errorf("%s: %v %v", id, cards, err)
		}
	}
}

// An hour that comes twice when the clocks are put back is still once a day.
func TestOftenIsMoreThanOnceADay(t *testing.T) {
	for spec, want := range map[string]bool{"30 2 * * *": false, "0 9 * * 1": false, "0 0 * * *": false, "59 23 1 * *": false, "0 9,18 * * 1": true, "*/5 9 * * *": true, "* * 29 2 *": true} {
		schedule, err := parseCron(spec)
		if err != nil || often(schedule) != want {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

func TestEventsComeFromTheFolderAndFromTheProgram(t *testing.T) {
	events, err := LoadAll("testdata/minimal")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	if d := cmp.Diff([]string{"vca-jeju-2014", "vca-jeju-2020", "tea-2027"}, ids); d != "" {
		t.Error(d)
	}
	newest, err := Choose(events, "")
	if err != nil || newest.ID != "tea-2027" {
		t.Errorf("chosen: %v %v", newest, err)
	}
	if e, err := Choose(events, "vca-jeju-2014"); err != nil || e.ID != "vca-jeju-2014" {
		t.Errorf("chosen: %v", err)
	}
	if _, err := Choose(events, "vca-jeju-2015"); err == nil || !strings.Contains(err.Error(), "vca-jeju-2014, vca-jeju-2020, tea-2027") {
		t.Errorf("%v", err)
	}
}

func TestAFolderReplacesAnEmbeddedPack(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "vca-jeju-2014"), os.DirFS("testdata/minimal/tea-2027")); err != nil {
		t.Fatal(err)
	}
	events, err := LoadAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := Choose(events, "vca-jeju-2014"); err != nil || e.Title != "Tea and Talk" {
		t.Errorf("%v %v", e, err)
	}
}

func TestAFolderThatCannotBeReadIsAMistake(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if _, err := LoadAll(dir); err == nil || !strings.HasPrefix(err.Error(), dir+": ") {
			t.Errorf("%s: %v", dir, err)
		}
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "mine"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "mine", "event.yaml") + ": this file is missing: a pack needs at least event.yaml"
	if _, err := LoadAll(dir); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestTranscriptsAreListed(t *testing.T) {
	pack := minimal(t)
	pack["tea-2027/transcripts/b.txt"] = &fstest.MapFile{Data: []byte("\xff not checked here")}
	pack["tea-2027/transcripts/a.txt"] = &fstest.MapFile{}
	if got := Transcripts(pack, "tea-2027"); !slices.Equal(got, []string{"tea-2027/transcripts/a.txt", "tea-2027/transcripts/b.txt"}) {
		t.Error(got)
	}
	if got := Transcripts(minimal(t), "tea-2027"); len(got) != 0 {
		t.Error(got)
	}
	if _, err := LoadEvent(pack, "tea-2027"); err != nil {
		t.Error(err)
	}
}

func TestLimitsOfAPack(t *testing.T) {
	large := minimal(t)
	large["tea-2027/forms/large.yaml"] = &fstest.MapFile{Data: make([]byte, maxFile+1)}
	many := minimal(t)
	for i := range maxFiles {
		many[fmt.Sprintf("tea-2027/forms/f%d.yaml", i)] = &fstest.MapFile{Data: []byte("title: x\nquestions: [{id: a, type: text, ask: A}]\n")}
	}
	for want, pack := range map[string]fs.FS{
		"tea-2027/forms/large.yaml: larger than 256 KiB: split or shorten it":  large,
		"tea-2027: more than 200 files: this does not look like an event pack": many,
	} {
		if _, err := LoadEvent(pack, "tea-2027"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nnot %s", err, want)
		}
	}
}

// The YAML parser needs quadratic time for deep nesting; the guard has to come first.
func TestHostileFilesAreRefusedAtOnce(t *testing.T) {
	for name, text := range map[string]string{
		"brackets":   "a: " + strings.Repeat("[", 200_000),
		"braces":     strings.Repeat("{a: ", 60_000),
		"dashes":     strings.Repeat("- ", 100_000) + "x",
		"questions":  strings.Repeat("? ", 100_000) + "x",
		"keys":       strings.Repeat("a: ", 80_000),
		"stairs":     stairs(500),
		"quotes":     strings.Repeat(`"`, 250_000),
		"anchors":    "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
		"tags":       strings.Repeat("!a ", 80_000),
		"documents":  strings.Repeat("---\n", 60_000),
		"bytes":      "\xff\xfe\x00a",
		"zero":       "a: \x00",
		"literal":    "a: |\n" + strings.Repeat(" x\n", 80_000),
		"long line":  "a: " + strings.Repeat("x ", 120_000),
		"many lines": strings.Repeat("a: 1\n", 50_000),
	} {
		start := time.Now()
		pack := minimal(t)
		pack["tea-2027/event.yaml"].Data = []byte(text)
		_, err := LoadEvent(pack, "tea-2027")
		var mistakes Mistakes
		if !errors.As(err, &mistakes) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// The keys of answers.yaml are those that package answers has: a new field there must be read here.
func TestEveryFieldOfATopicIsRead(t *testing.T) {
	read := []string{"id", "kind", "source", "offer", "when", "ask", "answer", "parts", "region"}
	var have []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[answers.Topic]()) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		have = append(have, key)
	}
	if d := cmp.Diff(read, have); d != "" {
		t.Error(d)
	}
}

func TestDatesThatAreWrittenWithTheirWeekday(t *testing.T) {
	for text, want := range map[string]string{
		"14 February 2020 (Friday)":                       "",
		"14 Feb 2020 (Fri)":                               "",
		"Friday, 14 February 2020":                        "",
		"Fri 14 Feb 2020":                                 "",
		"x\n y 14\n  February\n  2020 (Thursday)":         "f:2:4: 14 February 2020 is a Friday, not a Thursday: correct the date or the weekday",
		"é Thursday 14 February 2020":                     "f:1:3: 14 February 2020 is a Friday, not a Thursday: correct the date or the weekday",
		"30 February 2020 (Sunday)":                       "f:1:1: 30 February 2020 does not exist",
		"2020 14 February 2020 (Monday) 2020 2020":        "f:1:6: 14 February 2020 is a Friday, not a Monday: correct the date or the weekday",
		"on 14 February 2020 (in the evening)":            "",
		"The Monday after 14 February 2020":               "",
		strings.Repeat("9", 300) + " 1 May 2020 (Friday)": "",
	} {
		var m Mistakes
		checkWeekdays(&report{file: "f", all: &m}, []byte(text))
		got := ""
		if err := m.err(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestSpans(t *testing.T) {
	for s, want := range map[string]time.Duration{"14d": 336 * time.Hour, "13d 14h": 326 * time.Hour, "6h": 6 * time.Hour, "90m": 90 * time.Minute,
		"1d2h3m": 26*time.Hour + 3*time.Minute, "": -1, "d": -1, "3": -1, "2h1d": -1, "1d1d": -1, "-1d": -1, "1w": -1, "999999999999d": -1, "1.5h": -1} {
		got, ok := span(s)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %v %v", s, got, ok)
		}
	}
}

// The program names its sentences in Go; each must exist in the texts every event begins with.
func TestEverySentenceTheProgramSaysExists(t *testing.T) {
	all, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../flows/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no flows found: %v", err)
	}
	said := regexp.MustCompile(`\.(?:Say|Text)\("([a-z_]+(?:\.[a-z0-9_-]+)+)"[,)]`)
	count := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllSubmatch(source, -1) {
			count++
			if _, ok := all["en"].texts[string(m[1])]; !ok && !packsOwn(string(m[1])) {
				t.Errorf("%s says %s, which config/texts/en.yaml does not have", filepath.Base(f), m[1])
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d sentences found: the expression no longer fits the code", count)
	}
}

// The shared texts use no placeholder that is neither a fact nor named by the code that says them; a slip shows to the guest.
func TestSharedTextsHaveNoStrayBraces(t *testing.T) {
	all, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	for key, s := range all["en"].texts {
		if strings.Contains(s.text, "{") && len(holes(s.text)) == 0 {
			t.Errorf("%s: braces that are no placeholders: %s", key, s.text)
		}
	}
}

// Whatever an answer may offer is a command, and its button bears words.
func TestWhatMayBeOfferedWorks(t *testing.T) {
	pack := minimal(t)
	for _, name := range append(offerable(), "profile") {
		pack["tea-2027/answers.yaml"] = &fstest.MapFile{Data: []byte("texts: {empty: Ask., unknown: \"I do not know.\"}\n" +
			"topics:\n  - id: kettle\n    ask: [is there a kettle]\n    answer: There is.\n    offer: " + name + "\n")}
		event, err := LoadEvent(pack, "tea-2027")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := flows.NewBook([]*flows.Event{event}, event.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := flows.NewRehearsal(b, time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		say := func(text string) flows.Message {
			said, err := r.Guest("terminal:guest", flows.Update{Text: text})
			if err != nil || len(said) == 0 {
				t.Fatalf("%s: %q: %v, %d messages", name, text, err, len(said))
			}
			return said[len(said)-1]
		}
		say("/start")
		answer := say("Is there a kettle?")
		if !event.Offers(name) { // what the pack does not have
			if len(answer.Choices) > 0 {
				t.Errorf("%s is not there and offered as %+v", name, answer.Choices)
			}
			continue
		}
		if len(answer.Choices) == 0 || answer.Choices[0].Value != "/"+name || strings.Contains(answer.Choices[0].Label, name+".") || strings.Contains(answer.Choices[0].Label, "."+name) {
			t.Errorf("%s is offered as %+v", name, answer.Choices)
		}
		if got := say("/" + name).Text; name != "tasks" && strings.Contains(got, "do not know that command") { // tasks are of those with a seat
			t.Errorf("%s is offered, and then: %q", name, got)
		}
	}
}
