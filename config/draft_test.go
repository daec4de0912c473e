package config

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"olle/flows"
)

// An answered request becomes a topic that a pack takes, whatever was written in it.
func TestAnswerDraftLoads(t *testing.T) {
	const dir = "events/vca-jeju-2020"
	e := load2020(t)
	for _, text := range []string{"May {florp} \"wump\": gnarf # snork?", "Is\nthere 'blib' <b>blob</b>?", "- a\n  - b: [c"} {
		request := &flows.HelpRequest{Ref: "H-7K3FQ2-1", Opened: time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC), Lines: []flows.HelpLine{
			{From: "applicant", Text: "zorblax quibble: " + text}, {From: "note", Text: "ask the head"}, {From: "organiser", Text: "Yes:\n" + text, At: time.Date(2020, 2, 3, 20, 0, 0, 0, time.UTC)},
		}}
		pack := fstest.MapFS{}
		for _, name := range files2020(t, dir) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "answers.yaml") {
				data = append(append(data, '\n'), flows.AnswerDraft(request, e)...)
			}
			pack[strings.TrimPrefix(name, "events/")] = &fstest.MapFile{Data: data}
		}
		grown, err := LoadEvent(pack, "vca-jeju-2020")
		if err != nil {
			t.Fatalf("%s\n%v", flows.AnswerDraft(request, e), err)
		}
		a := grown.Answers.Answer("zorblax quibble: " + text)
		if a.Intent != "desk.7k3fq2.1" || !strings.HasPrefix(a.Text, "Yes:") || a.Source != "organisers, 4 February 2020" || strings.Contains(a.Text, "head") {
			t.Errorf("%q is answered %+v", text, a)
		}
	}
}

func files2020(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.Contains(name, "transcripts") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
