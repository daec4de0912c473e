package places

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// Every country and territory is found by its own name, in a text and as an answer.
func TestEveryCountryByName(t *testing.T) {
	all := Countries()
	if len(all) < 249 {
		t.Fatalf("%d countries", len(all))
	}
	shared := "CX GN MF SX" // Christmas Island, Guinea and Saint Martin are several
	for _, c := range all {
		if strings.Contains(shared, c.Code) {
			if r := Departure(c.Name); !strings.Contains(codes(r.Ask), c.Code) {
				t.Errorf("%q does not ask", c.Name)
			}
			continue
		}
		for _, text := range []string{c.Name, strings.ToUpper(c.Name), strings.ToLower(c.Name), "from " + c.Name, "airfare " + c.Name + "?"} {
			if got := Departure(text); show(got) != c.Code && !strings.Contains("JE TD RE", c.Code) {
				t.Errorf("%q: %q", text, show(got))
			}
			if got := Resolve(text); show(got) != c.Code {
				t.Errorf("answer %q: %q", text, show(got))
			}
		}
	}
}

// Every country has a demonym that leads to it, alone or as a question.
func TestEveryCountryByDemonym(t *testing.T) {
	b, err := os.ReadFile("data/demonyms.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, line := range strings.Split(string(b), "\n") {
		codes, people, ok := strings.Cut(line, ":")
		if !ok || line[0] == '#' {
			continue
		}
		for _, code := range strings.Fields(codes) {
			known[code] = true
		}
		for _, p := range strings.Split(people, ",") {
			r := Departure("I am a " + strings.TrimSpace(p))
			if !strings.Contains(show(r), strings.Fields(codes)[0]) {
				t.Errorf("%q: %q, want %s", p, show(r), codes)
			}
		}
	}
	empty := "AQ BV CC GS HM IO TF UM" // nobody is from there
	for _, c := range Countries() {
		if !known[c.Code] && !strings.Contains(empty, c.Code) {
			t.Errorf("no demonym for %s %s", c.Code, c.Name)
		}
	}
}

// No English word is taken for a misspelt place.
func TestEnglishWordsAreNoPlaces(t *testing.T) {
	f, err := os.Open("data/words.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(z); s.Scan(); {
		w := s.Text()
		if w != strings.ToLower(w) {
			continue
		}
		for _, m := range Find("is the " + w + " good") {
			if m.How == Typo {
				t.Errorf("%q is read as %v %v", w, m.Place, m.Ask)
			} else if m.Place.Code != "" || m.Ask != nil {
				t.Logf("%q is %s %s", w, m.Place.Code, m.Place.City)
			}
		}
	}
}

// The generator cuts names as the package cuts texts.
func TestIndexAgreesWithScanner(t *testing.T) {
	names.each(func(name, _ string) {
		folded, tokens := scan(name)
		if string(folded) != name {
			t.Errorf("%q folds to %q", name, folded)
			return
		}
		first := tokens[0]
		if lengths(folded[first.from:first.to])&(1<<(len(tokens)-1)) == 0 {
			t.Errorf("%q: %d tokens, not indexed so", name, len(tokens))
		}
	})
}

// A table gives back what was put in, and nothing else.
func TestTable(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 1000} {
		want := map[string]string{}
		for i := range n {
			want[fmt.Sprintf("key %d", i)] = strings.Repeat("v", i%3)
		}
		tab, got := table(MakeTable(want)), map[string]string{}
		for key, value := range want {
			if v, ok := tab.find([]byte(key)); !ok || v != value {
				t.Errorf("%d keys: %q is %q, %v", n, key, v, ok)
			}
		}
		for _, none := range []string{"", "key", "key 0 ", "key 1000", "v", "\n", "\t"} {
			if v, ok := tab.find([]byte(none)); ok {
				t.Errorf("%d keys: %q is %q", n, none, v)
			}
		}
		if tab.each(func(key, value string) { got[key] = value }); !maps.Equal(got, want) {
			t.Errorf("%d keys: walks %v", n, got)
		}
	}
}

// Every zone exists, and at the deadline each departure point's clock shows what the tz database says.
func TestZones(t *testing.T) {
	for _, c := range Countries() {
		for _, z := range c.Zones {
			if _, err := time.LoadLocation(z); err != nil {
				t.Errorf("%s: %v", c.Code, err)
			}
		}
		if len(c.Zones) == 0 && c.Code != "BV" && c.Code != "HM" {
			t.Errorf("%s %s has no zone", c.Code, c.Name)
		}
	}
	deadline := time.Date(2020, 2, 14, 14, 59, 0, 0, time.UTC)
	for local, texts := range map[string]string{
		"Fri 14, 19:59": "Pakistan; Maldives; Karachi; Malé",
		"Fri 14, 20:29": "India; Sri Lanka; Guwahati; Jaffna",
		"Fri 14, 20:44": "Nepal; Pokhara",
		"Fri 14, 20:59": "Bangladesh; Bhutan; Sylhet; Thimphu",
		"Fri 14, 21:29": "Myanmar; Yangon",
		"Fri 14, 21:59": "Thailand; Vietnam; Cambodia; Lao PDR; Indonesia; Jakarta; Medan; Khovd",
		"Fri 14, 22:59": "China; Urumqi; Hong Kong; Macau; Taiwan; Mongolia; Ulaanbaatar; Malaysia; Kuching; Singapore; Brunei; Philippines; Denpasar; Bali; Makassar; Kupang",
		"Fri 14, 23:59": "South Korea; Jeju; Japan; Jayapura; Manokwari",
		"Sat 15, 00:59": "Papua New Guinea; Port Moresby; Lae",
		"Sat 15, 01:59": "Vanuatu; Bougainville; Luganville",
		"Sat 15, 02:59": "Tuvalu; Kiribati; Tarawa",
		"Sat 15, 04:59": "Samoa; Kiritimati",
	} {
		for _, text := range strings.Split(texts, "; ") {
			r := Resolve(text)
			if len(r.Places) != 1 {
				t.Errorf("%s: %v", text, r)
				continue
			}
			zone, err := time.LoadLocation(r.Places[0].Zones[0])
			if err != nil {
				t.Fatal(err)
			}
			if got := deadline.In(zone).Format("Mon 2, 15:04"); got != local {
				t.Errorf("%s (%s): %s, want %s", text, zone, got, local)
			}
		}
	}
	for code, n := range map[string]int{"ID": 4, "KI": 3, "MN": 2, "PG": 2, "CN": 1, "NP": 1} {
		if c, ok := Country(code); !ok || len(c.Zones) != n {
			t.Errorf("%s: zones %v", code, c.Zones)
		}
	}
}
