package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// checkQuizSentences checks what a file of texts says of the quizzes in another language. A quiz is translated as a whole or not at all: where
// questions were added, taken out or moved since, sentences are missing or left over, and the translation would stand beside the wrong
// question.
func (p *pack) checkQuizSentences(r *report, texts map[string]sentence) {
	for _, name := range slices.Sorted(maps.Keys(p.event.Quizzes)) {
		p.checkQuizWords(r, texts, name)
	}
	known := slices.Sorted(maps.Keys(p.event.Quizzes))
	for key, s := range texts {
		rest, mine := strings.CutPrefix(key, "quizzes.")
		if quiz, _, _ := strings.Cut(rest, "."); mine && p.event.Quizzes[quiz] == nil {
			r.at(s.at, "there is no quiz %q for %s%s", quiz, key, meant(quiz, known))
		}
	}
}

// checkQuizWords compares the sentences of one quiz with those of its translation.
func (p *pack) checkQuizWords(r *report, texts map[string]sentence, name string) {
	said := p.event.Quizzes[name].Sentences()
	var has []sentence
	for key, s := range texts {
		if !strings.HasPrefix(key, "quizzes."+name+".") {
			continue
		}
		has = append(has, s)
		if said[key] == "" {
			r.at(s.at, "the quiz has no %s%s", key, meant(key, slices.Sorted(maps.Keys(said))))
		}
		p.checkHoles(r, s.at, s.text, p.eventFact, everywhere)
		if n, most := utf8.RuneCountInString(s.text), longestQuizWords(key); n > most {
			r.at(s.at, "%s has %d characters, at most %d can be read on a wall: shorten it", key, n, most)
		}
	}
	if len(has) == 0 {
		return
	}
	first := slices.MinFunc(has, func(a, b sentence) int { return cmp.Compare(a.at.line, b.at.line) })
	for _, key := range slices.Sorted(maps.Keys(said)) {
		if texts[key].text == "" {
			r.at(first.at, "the translation of the quiz %s lacks %s: %q", name, key, said[key])
		}
	}
	p.checkQuizTwins(r, texts, name)
}

// checkQuizTwins finds options that read alike in the other language: nobody could tell which is which.
func (p *pack) checkQuizTwins(r *report, texts map[string]sentence, name string) {
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(p.event.Quizzes[name].Sentences())) {
		at := strings.LastIndexByte(key, '.')
		if s := texts[key]; len(key)-at == 2 && s.text != "" { // ".a"
			whole := key[:at] + " " + strings.ToLower(s.text)
			if other := seen[whole]; other != "" {
				r.at(s.at, "%s reads like %s: give each option its own words", key, other)
			}
			seen[whole] = key
		}
	}
}

// longestQuizWords is how many characters a sentence of a quiz may have.
func longestQuizWords(key string) int {
	switch part := key[strings.LastIndexByte(key, '.')+1:]; {
	case part == "ask":
		return maxSlide
	case len(part) == 1 || part == "right":
		return maxOption
	}
	return maxText
}
