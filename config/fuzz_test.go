package config

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"
)

// However a pack is broken, loading it ends soon, with an event or with mistakes that say where.
func FuzzLoadEvent(f *testing.F) {
	base := minimal(f)
	event, form, texts := base["tea-2027/event.yaml"].Data, base["tea-2027/forms/profile.yaml"].Data, base["tea-2027/texts/en.yaml"].Data
	f.Add(event, form, texts, []byte("region,point,code,amount,currency\nAsia,Nepal,NP,950,US$\n"), []byte("topics: [{id: a, ask: [b], answer: c}]"))
	f.Add([]byte("0"), []byte("0"), []byte("0"), []byte("0"), []byte("0"))
	f.Add([]byte("a: [\n"), []byte("? - a\n: b"), []byte("&a a: *a"), []byte("\"\n"), []byte("{"))
	f.Add([]byte("{a: 1, b: {c: [1, 2}}"), []byte("|\n x"), []byte(">-\n\n"), []byte(",,,,"), []byte("concepts: {a: b}\ntopics:\n- {id: x, when: [a]}"))
	f.Fuzz(func(t *testing.T, event, form, texts, airfare, answers []byte) {
		pack := fstest.MapFS{
			"p/event.yaml": {Data: event}, "p/forms/profile.yaml": {Data: form}, "p/texts/en.yaml": {Data: texts},
			"p/airfare.csv": {Data: airfare}, "p/answers.yaml": {Data: answers},
		}
		start := time.Now()
		e, err := LoadEvent(pack, "p")
		var mistakes Mistakes
		switch {
		case err == nil && (e == nil || e.Texts["en"] == nil || e.Zone == nil):
			t.Error("no mistake, but no complete event")
		case err != nil && !errors.As(err, &mistakes):
			t.Errorf("an error that is no mistake: %v", err)
		}
		for _, m := range mistakes {
			if m.Message == "" || m.File == "" {
				t.Errorf("a mistake without place or words: %v", m)
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
