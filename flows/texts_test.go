package flows

import (
	"slices"
	"testing"
)

// A sentence says one thing where a placeholder has a value and another where it has none; it is read back as it was written.
func TestSentencesWithParts(t *testing.T) {
	facts := func(name string) (string, bool) {
		v, ok := map[string]string{"a": "A", "b": "B", "none": ""}[name]
		return v, ok
	}
	for text, want := range map[string]string{
		"{a?yes}": "yes", "x{a? {a}|no} y": "x A y", "x{none? {a}|no} y": "xno y", "{none?{a}}.": ".", "{a?{b?{a}{b}|2}|3}": "AB", "{a?{none?1|2}|3}": "2",
		"{unknown?1|2}": "2", "a | b? } c": "a | b? } c", "{a}? {b}|": "A? B|",
	} {
		c, err := NewCatalogue("en", "English", map[string]string{"k": text}, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := c.Text("k", facts); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if c.Own("k") != text {
			t.Errorf("%s is read back as %s", text, c.Own("k"))
		}
	}
	c, _ := NewCatalogue("en", "English", map[string]string{"k": "{a?{b}|{c?d}}"}, nil)
	if got := c.Holes("k"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Error(got)
	}
	for _, bad := range []string{"{", "{a", "{a?b", "{a?{b}", "{a?b|c", "{A?b}", "{?b}", "{}", "{a b}"} {
		if _, err := NewCatalogue("en", "English", map[string]string{"k": bad}, nil); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
