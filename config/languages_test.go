package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"olle/flows"
)

// others are the languages of an event beside English.
func others(t *testing.T, e *flows.Event) map[string]*flows.Catalogue {
	t.Helper()
	all := map[string]*flows.Catalogue{}
	for tag, c := range e.Texts {
		if tag != "en" {
			all[tag] = c
		}
	}
	if len(all) < 3 {
		t.Fatalf("only %d languages beside English", len(all))
	}
	return all
}

// distinct sorts names and drops doubles: a translation may say a fact once more or once less, but neither add nor lose one.
func distinct(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// Nobody who chose a language is spoken to in English, and no translation loses an amount, a date or an address.
func TestEveryLanguageSaysWhatEnglishSays(t *testing.T) {
	e := load2020(t)
	english := e.Texts["en"]
	for tag, c := range others(t, e) {
		for _, key := range english.Keys() {
			if strings.HasPrefix(key, "team.") {
				continue // what organisers read is in English
			}
			if strings.HasSuffix(key, ".one") && c.Own(key) == "" {
				continue // a language that counts without it
			}
			if c.Own(key) == "" {
				t.Errorf("%s lacks %s", tag, key)
			} else if want, got := distinct(english.Holes(key)), distinct(c.Holes(key)); !slices.Equal(want, got) {
				t.Errorf("%s: %s has the placeholders %v, in English %v", tag, key, got, want)
			}
		}
	}
}

func TestEveryFormOf2020SpeaksEveryLanguage(t *testing.T) {
	e := load2020(t)
	for tag, c := range others(t, e) {
		for _, f := range e.Forms {
			said := (&pack{event: &flows.Event{Forms: map[string]*flows.Form{f.Name: f}}}).formSentences()
			for _, key := range f.Sentences() {
				text, known := said[key]
				switch {
				case !known:
					t.Errorf("%s is a sentence that this test does not know", key)
				case text == "": // the form does not say it
				case c.Own(key) == "":
					t.Errorf("%s lacks %s", tag, key)
				case !slices.Equal(distinct(holes(text)), distinct(c.Holes(key))):
					t.Errorf("%s: %s has the placeholders %v, in English %v", tag, key, c.Holes(key), holes(text))
				}
			}
		}
	}
}

// Who types what a button says means that button, in every language, and the English name works beside it.
func TestOptionsOfAQuestionAreToldApart(t *testing.T) {
	e := load2020(t)
	for tag, c := range others(t, e) {
		for _, f := range e.Forms {
			for _, q := range f.Questions {
				translated := slices.Clone(q.Options)
				for i, o := range translated {
					translated[i].Label = c.Own("forms." + f.Name + "." + q.ID + ".option." + o.Value)
					translated[i].Also = append(slices.Clone(o.Also), o.Label)
				}
				for i, o := range translated {
					for _, name := range []string{o.Label, q.Options[i].Label} {
						if got, ok := (flows.Input{Text: name}).Pick(translated); !ok || got.Value != o.Value {
							t.Errorf("%s: %q at %s.%s means %q, not %q", tag, name, f.Name, q.ID, got.Value, o.Value)
						}
					}
				}
			}
		}
	}
}

// Translations that hold the name of another option whole: "non-governmental" is not "government".
func TestNearNamesOfOptions(t *testing.T) {
	e := load2020(t)
	side := e.Forms["eligibility"].Questions[0]
	for _, c := range []struct{ tag, typed, not string }{
		{"ko", "비정부기구", "government"}, {"ko", "비정부 기구", "government"},
		{"vi", "tổ chức phi chính phủ", "government"}, {"vi", "phi chính phủ", "government"},
		{"id", "organisasi non-pemerintah", "government"}, {"id", "lembaga swadaya masyarakat", "institution"},
	} {
		options := slices.Clone(side.Options)
		for i, o := range options {
			options[i].Label = e.Texts[c.tag].Own("forms.eligibility.side.option." + o.Value)
		}
		if got, ok := (flows.Input{Text: c.typed}).Pick(options); ok && got.Value == c.not {
			t.Errorf("%s: %q is taken for %q", c.tag, c.typed, got.Label)
		}
	}
}

// Dates of a language have no English names in them, and still tell day, month, hour and minute.
func TestDatesHaveNoEnglishNames(t *testing.T) {
	e := load2020(t)
	at := time.Date(2020, 12, 27, 21, 43, 0, 0, time.UTC) // no two of its numbers are the same
	for tag, c := range others(t, e) {
		moment, clock := at.Format(c.Own("format.moment")), at.Format(c.Own("format.clock"))
		for _, part := range []string{"12", "27", "21", "43"} {
			if !strings.Contains(moment, part) {
				t.Errorf("%s: %q does not tell %s", tag, moment, part)
			}
		}
		if !strings.Contains(clock, "21") || !strings.Contains(clock, "43") {
			t.Errorf("%s: %q is no time of day", tag, clock)
		}
		for _, name := range []string{"Dec", "Sun", "PM", "UTC"} {
			if strings.Contains(moment+clock, name) {
				t.Errorf("%s: %q has an English name", tag, moment)
			}
		}
	}
}

func words(c *flows.Catalogue, name string) []string { return strings.Split(c.Own("words."+name), "|") }

// Words that refuse never delete, and words that delete are never taken for a refusal, a small slip included.
func TestDeletingAndKeepingAreToldApart(t *testing.T) {
	e := load2020(t)
	for tag, c := range e.Texts {
		erase := flows.Option{Value: "delete", Label: c.Own("choice.delete.delete"), Also: words(c, "delete")}
		keep := flows.Option{Value: "keep", Label: c.Own("choice.delete.keep"), Also: words(c, "no")}
		for _, no := range append(words(c, "no"), keep.Label) {
			if (flows.Input{Text: no}).Is(erase) {
				t.Errorf("%s: %q deletes", tag, no)
			}
		}
		for _, yes := range append(words(c, "delete"), erase.Label) {
			if (flows.Input{Text: yes}).Is(keep) {
				t.Errorf("%s: %q does not delete", tag, yes)
			}
		}
	}
}

// "I e-mailed it" is heard at every step, so its words are no answer to anything else.
func TestWordsForMailedMeanNothingElse(t *testing.T) {
	e := load2020(t)
	for tag, c := range e.Texts {
		for _, other := range []string{"done", "yes", "no", "help", "back", "skip", "cancel", "repeat", "restart", "status", "human", "change"} {
			heard := flows.Option{Value: "mailed", Label: c.Own("choice.documents.mailed"), Also: words(c, "mailed")}
			for _, word := range words(c, other) {
				if (flows.Input{Text: word}).Is(heard) {
					t.Errorf("%s: %q of words.%s says that the documents were e-mailed", tag, strings.TrimSpace(word), other)
				}
			}
		}
	}
}

// Who will send it, or has not sent it, has not sent it: the reminders must go on.
func TestNotYetMailed(t *testing.T) {
	e := load2020(t)
	for tag, typed := range map[string][]string{
		"ko": {"이메일로 보낼게요", "이메일 안 보냈어요", "이메일로 아직 못 보냈어요", "메일로 보낼까요", "이메일로 보낼 거예요"},
		"vi": {"tôi sẽ gửi email", "tôi sẽ gửi e-mail", "chưa gửi email", "tôi chưa gửi e-mail", "sẽ gửi qua email", "tôi sẽ gửi"},
		"id": {"saya akan kirim email", "saya belum kirim email", "belum kirim email", "belum saya kirim lewat e-mail", "akan saya kirim"},
	} {
		c := e.Texts[tag]
		heard := flows.Option{Label: c.Own("choice.documents.mailed"), Also: slices.Concat(words(c, "mailed"), words(c, "done"), words(c, "yes"))}
		for _, text := range typed {
			if (flows.Input{Text: text}).Exactly(heard) {
				t.Errorf("%s: %q is taken for having e-mailed", tag, text)
			}
		}
	}
}

// A language is found by its name in English and in its own words, however it is typed.
func TestLanguagesAreFoundByName(t *testing.T) {
	e := load2020(t)
	var all []flows.Option
	for tag, c := range e.Texts {
		all = append(all, flows.Option{Value: tag, Label: c.Name, Also: strings.Split(c.Own("language.also"), "|")})
	}
	for name, tag := range map[string]string{"english": "en", "korean": "ko", "한국어": "ko", "hangugeo": "ko", "Vietnamese": "vi",
		"tieng viet": "vi", "Việt Nam": "vi", "indonesian": "id", "bahasa indonesia": "id", "Indonesia": "id"} {
		if got, ok := (flows.Input{Text: name}).Pick(all); !ok || got.Value != tag {
			t.Errorf("%q means %q, not %s", name, got.Value, tag)
		}
	}
	for _, name := range []string{"bahasa inggris", "tiếng Anh"} {
		if got, ok := (flows.Input{Text: name}).Pick(all); ok && got.Value != "en" {
			t.Errorf("%q means %s", name, got.Label)
		}
	}
}

// Whoever rates reads areas and levels in their own language.
func TestEveryRatingGridOf2020SpeaksEveryLanguage(t *testing.T) {
	e := load2020(t)
	if len(e.Ratings) == 0 {
		t.Fatal("no grid")
	}
	for tag, c := range others(t, e) {
		for _, g := range e.Ratings {
			for key, text := range g.Sentences() {
				if text != "" && c.Own(key) == "" {
					t.Errorf("%s lacks %s", tag, key)
				}
			}
		}
	}
}
