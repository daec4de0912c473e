package config

import "testing"

// Currencies stand in the table as they are printed, by their letters or their sign.
func TestCurrenciesAsPrinted(t *testing.T) {
	for printed, want := range map[string]bool{"US$": true, "KRW": true, "R$": true, "€": true, "£": true, "¥": true, "₩": true, "₫": true, "$": true, "CA$": true,
		"": false, "dollars": false, "R": false, "€€": false, "950": false, "$US": false, "US $": false} {
		if currency.MatchString(printed) != want {
			t.Errorf("%q: %v", printed, !want)
		}
	}
}
