package web

import (
	"net/http"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"olle/bot/gate"
	"olle/flows"
)

// tongueCookie keeps the language that a guest chose in the talk, for the page around it. The page's own script sets it.
const tongueCookie = "language"

// tongues are the languages of the page, English first: what nobody's browser asks for falls to it.
type tongues struct {
	all     []Language
	pages   []func() gate.Asset
	matcher language.Matcher
}

func newTongues(all []Language, page func(Language) gate.Asset) *tongues {
	ts := &tongues{}
	var tags []language.Tag
	add := func(l Language) {
		ts.all = append(ts.all, l)
		ts.pages = append(ts.pages, sync.OnceValue(func() gate.Asset { return page(l) }))
		tags = append(tags, language.Make(l.Tag))
	}
	for _, english := range []bool{true, false} {
		for _, l := range all {
			if (l.Tag == "en") == english {
				add(l)
			}
		}
	}
	ts.matcher = language.NewMatcher(tags)
	return ts
}

// of is the place of the language a request is answered in: the one chosen before, or what the browser asks for.
func (ts *tongues) of(r *http.Request) int {
	if c, err := r.Cookie(tongueCookie); err == nil {
		for i, l := range ts.all {
			if l.Tag == c.Value {
				return i
			}
		}
	}
	_, i := language.MatchStrings(ts.matcher, r.Header.Get("Accept-Language"))
	return i
}

func (ts *tongues) page(r *http.Request) gate.Asset { return ts.pages[ts.of(r)]() }

func (ts *tongues) tag(r *http.Request) string { return ts.all[ts.of(r)].Tag }

// wording is what a page says in the language of whoever asks for it.
type wording struct {
	Tag       string
	Leftwards bool
	Say       map[string]string
}

// wording takes the page's texts whose keys begin with prefix, by the rest of the key, with their placeholders filled: name and value in turn.
func (ts *tongues) wording(r *http.Request, prefix string, pairs ...string) wording {
	l := ts.all[ts.of(r)]
	if l.Page() == nil {
		l = ts.all[0]
	}
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	fill, said := strings.NewReplacer(pairs...), map[string]string{}
	for key, text := range l.Page() {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			said[name] = fill.Replace(text)
		}
	}
	return wording{l.Tag, l.leftwards(), said}
}

// leftwards says whether the language is written from right to left.
func (l Language) leftwards() bool {
	return flows.Leftwards(l.Tag)
}

// script is what the language is written in: "Latn".
func (l Language) script() string {
	script, _ := language.Make(l.Tag).Script()
	return script.String()
}
