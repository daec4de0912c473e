package flows

import (
	"testing"
	"time"
)

// Every button has its typed twin: number, label, part of it, synonym, small typo.
func TestPick(t *testing.T) {
	options := []Option{
		{Value: "government", Label: "Government", Also: []string{"ministry", "police", "official"}},
		{Value: "ngo", Label: "NGO or civil society", Also: []string{"non-governmental", "nonprofit"}},
		{Value: "other", Label: "Something else"},
	}
	for typed, want := range map[string]string{
		"1": "government", "2.": "ngo", "option 3": "other", "2번": "ngo", "số 2": "ngo", "nomor 2": "ngo", "number 1": "government", "Government": "government", "GOVERNMENT!": "government", "gov": "government",
		"govermnent": "government", "I work for the police": "government", "an NGO": "ngo", "ngo": "ngo", "civil society": "ngo",
		"something else": "other", "nonprofitt": "ngo",
		"4": "", "0": "", "": "", "banana": "", "police or NGO": "", "🙂": "",
	} {
		o, ok := Input{Text: typed}.Pick(options)
		if o.Value != want || ok != (want != "") {
			t.Errorf("%q picks %q, want %q", typed, o.Value, want)
		}
	}
	if o, _ := (Input{Choice: "ngo", Text: "ignored"}).Pick(options); o.Value != "ngo" {
		t.Errorf("a tapped choice picks %q", o.Value)
	}
	if _, ok := (Input{Choice: "admin"}).Pick(options); ok {
		t.Error("a value that was never offered is taken")
	}
}

func TestNumber(t *testing.T) {
	for typed, want := range map[string]float64{
		"7": 7, "7 years": 7, "about 7 yrs": 7, "over 10 years": 10, "seven": 7, "Seven years": 7, "7.5": 7.5, "12+": 12, "๗": 7, "৭ years": 7,
		"18 months": 1.5, "1,000": 1000, "3,5": 3.5, "3,5 years": 3.5, "1,000,000": 1e6, "7,": 7, "I have 6 years of experience": 6, "5 years experience": 5,
	} {
		if n, ok := (Input{Text: typed}).Number(); !ok || n != want {
			t.Errorf("%q reads as %v (%v), want %v", typed, n, ok, want)
		}
	}
	for _, typed := range []string{"", "many", "five to seven", "-3", "3-5", "2020-01-02", "seven eight", "1e9", "99999999999999999999"} {
		if n, ok := (Input{Text: typed}).Number(); ok {
			t.Errorf("%q reads as %v", typed, n)
		}
	}
}

func TestEmail(t *testing.T) {
	for typed, want := range map[string]string{"a@b.org": "a@b.org", " <Nina.Rai@moha.gov.np> ": "Nina.Rai@moha.gov.np", "mailto:x@y.co": "x@y.co", "Nina <n@x.org>": "n@x.org",
		"my email is n@x.org": "n@x.org", "E-mail: n@x.org.": "n@x.org"} {
		if e, ok := (Input{Text: typed}).Email(); !ok || e != want {
			t.Errorf("%q reads as %q (%v)", typed, e, ok)
		}
	}
	for _, typed := range []string{"", "a@b", "a b@c.org", "@x.org", "a@.org", "a..b@x.org", "none"} {
		if _, ok := (Input{Text: typed}).Email(); ok {
			t.Errorf("%q is taken for an address", typed)
		}
	}
}

func FuzzInput(f *testing.F) {
	for _, s := range []string{"7 years", "30 March 2020", "a@b.org", "\xff\u202e", "๗"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := Input{Text: clean(s)}
		in.Number()
		in.Email()
		in.date(dateWords{map[string]time.Month{"march": 3}, map[string]bool{"de": true}})
		in.Pick([]Option{{Value: "a", Label: "Alpha"}, {Value: "b", Label: "Beta"}})
	})
}
