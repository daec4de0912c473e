package web

import (
	"net/http"
	"slices"
	"sync"

	"golang.org/x/text/language"
)

// tongueCookie keeps the language that a guest chose in the talk, for the page around it. The page's own script sets it.
const tongueCookie = "language"

// tongues are the languages of the page, English first: what nobody's browser asks for falls to it.
type tongues struct {
	all     []Language
	pages   []func() asset
	matcher language.Matcher
}

func newTongues(all []Language, page func(Language) asset) *tongues {
	ts := &tongues{}
	var tags []language.Tag
	add := func(l Language) {
		ts.all = append(ts.all, l)
		ts.pages = append(ts.pages, sync.OnceValue(func() asset { return page(l) }))
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

func (ts *tongues) page(r *http.Request) asset { return ts.pages[ts.of(r)]() }

func (ts *tongues) tag(r *http.Request) string { return ts.all[ts.of(r)].Tag }

// leftwards says whether the language is written from right to left.
func (l Language) leftwards() bool {
	script, _ := language.Make(l.Tag).Script()
	return slices.Contains([]string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg"}, script.String())
}
