package web

import (
	"net/http/httptest"
	"testing"

	"olle/bot/gate"
)

// Pages for strangers are said in the language their browser asks for, what it lacks in English.
func TestPagesForStrangersSpeakTheirLanguage(t *testing.T) {
	page := func(words map[string]string) func() map[string]string {
		return func() map[string]string { return words }
	}
	ts := newTongues([]Language{
		{Tag: "ar", Page: page(map[string]string{"handin.item": "سلّم: {item}", "ask": "اسأل"})},
		{Tag: "en", Page: page(map[string]string{"handin.item": "Hand in: {item}"})},
		{Tag: "ko", Page: page(nil)},
	}, func(Language) gate.Asset { return gate.Asset{} })
	for wish, want := range map[string]wording{
		"":             {Tag: "en", Say: map[string]string{"item": "Hand in: CV {kinds}"}},
		"ar-MA,fr":     {Tag: "ar", Leftwards: true, Say: map[string]string{"item": "سلّم: CV {kinds}"}},
		"ko, ar;q=0.5": {Tag: "en", Say: map[string]string{"item": "Hand in: CV {kinds}"}},
		"sw, en;q=0.8": {Tag: "en", Say: map[string]string{"item": "Hand in: CV {kinds}"}},
	} {
		r := httptest.NewRequest("GET", "/hand-in", nil)
		r.Header.Set("Accept-Language", wish)
		got := ts.wording(r, "handin.", "item", "CV {kinds}", "kinds", "PDF")
		if got.Tag != want.Tag || got.Leftwards != want.Leftwards || len(got.Say) != 1 || got.Say["item"] != want.Say["item"] {
			t.Errorf("%q: %+v", wish, got)
		}
	}
}
