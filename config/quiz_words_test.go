package config

import (
	"regexp"
	"strings"
	"testing"
)

var inBrackets = regexp.MustCompile(` ?\(.*\)`)

// Every quiz of 2020 is read in every language; what a translation calls right is right when it is typed, whole and without the English
// term; and no number of the announcement is lost on the way.
func TestEveryQuizOf2020SpeaksEveryLanguage(t *testing.T) {
	e := load2020(t)
	figures := regexp.MustCompile(`\d+(\.\d+)?`)
	for tag, c := range others(t, e) {
		for name, set := range e.Quizzes {
			for key, original := range set.Sentences() {
				text := c.Own(key)
				if text == "" {
					t.Errorf("%s lacks %s: %q", tag, key, original)
				}
				for _, n := range figures.FindAllString(original, -1) {
					if !strings.Contains(text, n) && !strings.HasSuffix(key, ".title") {
						t.Errorf("%s: %s has lost %s: %s", tag, key, n, text)
					}
				}
			}
			for i, q := range set.Questions {
				right := c.Own("quizzes." + name + "." + string(rune('1'+i)) + ".right")
				for _, typed := range []string{inBrackets.ReplaceAllString(right, ""), strings.ToUpper(inBrackets.ReplaceAllString(right, ""))} {
					if q.Type == "text" && q.Grade(typed) != 1 {
						t.Errorf("%s: who types %q to question %d of %s is wrong", tag, typed, i+1, name)
					}
				}
			}
		}
	}
}
