package config

import (
	"io/fs"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"olle/flows"
)

// The grid of 2020 says of itself that nobody has confirmed it, and every area fits into one message in every language.
func TestCitySharesOwnGrid(t *testing.T) {
	e := load2020(t)
	g := e.Ratings["cityshare"]
	if g == nil || !g.Template || len(g.Levels) != 5 || len(g.Areas) != 7 {
		t.Fatalf("%+v", g)
	}
	for tag, c := range e.Texts {
		for i := range g.Areas {
			whole := 0
			for key, text := range g.Sentences() {
				if strings.HasPrefix(key, "ratings.cityshare."+g.Areas[i].ID+".") || strings.HasPrefix(key, "ratings.cityshare.level.") {
					if own := c.Own(key); own != "" {
						text = own
					}
					whole += utf8.RuneCountInString(text)
					if strings.HasSuffix(key, ".name") && utf8.RuneCountInString(text) > maxButton {
						t.Errorf("%s: %s does not fit on a button", tag, key)
					}
				}
			}
			if whole > maxText {
				t.Errorf("%s: %s has %d characters", tag, g.Areas[i].ID, whole)
			}
		}
	}
}

// However a grid is broken, reading it ends soon, with a grid that can be rated by or with mistakes that say where.
func FuzzReadRating(f *testing.F) {
	real, err := fs.ReadFile(Events(), "vca-jeju-2020/ratings/cityshare.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(real)
	f.Add([]byte("title: t\nlevels: [a, b]\nareas: [{id: x, name: y, levels: [c, d]}]"))
	f.Add([]byte("title: t\nlevels: [a, [b]]\nareas: [{id: x, levels: {c: d}}, {}, 7, null]"))
	f.Add([]byte("levels:\n- \nareas: &a [*a]"))
	f.Fuzz(func(t *testing.T, grid []byte) {
		p := &pack{id: "p", shown: "p", files: map[string][]byte{"ratings/g.yaml": grid}, event: &flows.Event{ID: "p"}}
		start := time.Now()
		p.parse()
		p.readRatings()
		for _, m := range p.mistakes {
			if m.Message == "" || m.File == "" {
				t.Errorf("a mistake without place or words: %v", m)
			}
		}
		g := p.event.Ratings["g"]
		if len(p.mistakes) == 0 {
			if g == nil || len(g.Levels) < 2 || len(g.Areas) == 0 || g.Title == "" {
				t.Fatalf("no mistake, but no grid: %+v", g)
			}
			for _, a := range g.Areas {
				if len(a.Levels) != len(g.Levels) || a.ID == "" || len("rate/area/g."+a.ID+".7") > 64 {
					t.Errorf("no mistake, but %+v", a)
				}
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
