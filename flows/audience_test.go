package flows_test

import (
	"fmt"
	"testing"
	"time"

	"olle/flows"
)

func TestAudienceIsReadAsWritten(t *testing.T) {
	e := book(t).Current
	for typed, want := range map[string]string{
		"": "everybody", " All ": "everybody",
		"stage=applying,complete country=Nepal,\"Viet Nam\"": "stage=applying,complete country=NP,VN",
		"missing=6 -language=ko":                             "missing=nomination -language=ko",
		"missing=CV role!=organiser":                         "missing=cv -role=organiser",
		"-platform!=Telegram":                                "platform=telegram",
		"ref=VCA20-7K3FQ2 country=np":                        "ref=7K3FQ2 country=NP",
	} {
		a, err := flows.ParseAudience(e, typed)
		if err != nil || a.String() != want {
			t.Errorf("%q reads %q, %v; want %q", typed, a, err, want)
		}
		if again, err := flows.ParseAudience(e, a.String()); err != nil || again.String() != want {
			t.Errorf("%q reads %q the second time, %v", typed, again, err)
		}
	}
	for _, typed := range []string{"nepal", "stage=", "stage=gone", "countri=Nepal", "country=Atlantis", "missing=8", `country="Viet Nam`, "ref=1", "stage=new,", "=x"} {
		if a, err := flows.ParseAudience(e, typed); err == nil {
			t.Errorf("%q is taken for %q", typed, a)
		}
	}
}

func TestAudienceMeansWhomItSays(t *testing.T) {
	e := book(t).Current
	nina := flows.Card{Stage: "applying", Country: "NP", Items: []string{"cv"}, Platforms: []string{"telegram", "web"}, Home: "web"}
	team := flows.Card{Stage: "new", Language: "ko", Rights: []string{"send"}, Platforms: []string{"discord"}, Home: "discord"}
	for typed, want := range map[string][2]bool{
		"all": {true, true}, "stage=applying": {true, false}, "-stage=applying": {false, true}, "country=NP,VN": {true, false},
		"missing=cv": {false, false}, "missing=6": {true, false}, "missing=any": {true, false}, "platform=web": {true, false}, "language=en": {true, false},
		"role=organiser": {false, true}, "role=applicant": {true, false}, "role=decide": {false, false}, "role=read": {false, true},
		"stage=applying,new language=ko": {false, true}, "ref=ABCDEF": {true, true}, "-ref=abcdef": {false, false},
	} {
		a, err := flows.ParseAudience(e, typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{a.Has(nina, "abcdefghij"), a.Has(team, "abcdefzzzz")}; got != want {
			t.Errorf("%q means %v, want %v", typed, got, want)
		}
	}
}

// cards is a source of many people.
type cards []flows.Doc

func (c cards) Load(keys ...string) ([]flows.Doc, error) { return make([]flows.Doc, len(keys)), nil }

func (c cards) List(_, after string, n int) ([]flows.Doc, error) {
	from := 0
	if after != "" {
		if _, err := fmt.Sscanf(after, "card/%d", &from); err != nil {
			return nil, err
		}
		from++
	}
	return c[from:min(from+n, len(c))], nil
}

func TestTenThousandAreCountedWhileSomebodyTypes(t *testing.T) {
	e := book(t).Current
	var all cards
	for i := range 10_000 {
		c := flows.Card{Stage: []string{"new", "applying"}[i%2], Country: []string{"NP", "VN", "KE"}[i%3], Platforms: []string{"telegram"}, Home: "telegram"}
		all = append(all, flows.Doc{Key: fmt.Sprintf("card/%08d", i), Data: flows.Must(c)})
	}
	a, err := flows.ParseAudience(e, "stage=applying country=Nepal -missing=6")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := flows.ParseAudience(e, "stage=applying country=Nepal")
	start := time.Now()
	none, err1 := flows.CountAudience(e, a, all)
	some, err2 := flows.CountAudience(e, b, all)
	took := time.Since(start) / 2
	if err1 != nil || err2 != nil || none.People != 0 || some.People != 1667 || len(some.Refs) != 500 {
		t.Errorf("counted %d and %d (%d names), %v %v", none.People, some.People, len(some.Refs), err1, err2)
	}
	t.Logf("10,000 cards in %v", took)
	if took > 2*time.Second {
		t.Errorf("counting took %v", took)
	}
}

func FuzzAudience(f *testing.F) {
	e := book(f).Current
	for _, s := range []string{"stage=applying", `country="Viet Nam",NP -x=1`, "missing=6 ref=VCA20-ABCDEF", "a!=b", `"`, "-=,", "=", "country=\"\"", "language=한국어"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		a, err := flows.ParseAudience(e, typed)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a sentence")
			}
			return
		}
		again, err := flows.ParseAudience(e, a.String())
		if err != nil || again.String() != a.String() {
			t.Errorf("%q reads %q, which reads %q: %v", typed, a, again, err)
		}
		a.Has(flows.Card{}, "x")
	})
}
