package answers

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// TestDangerIsToldFromTalk reads testdata/danger.txt: what people in danger write in four languages, and what only sounds like it.
func TestDangerIsToldFromTalk(t *testing.T) {
	x := index(t, "vca-jeju-2020")
	f, err := os.Open("testdata/danger.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		want, text, ok := strings.Cut(lines.Text(), " | ")
		if !ok {
			continue
		}
		if a := x.Answer(text); a.Danger != (want == "danger") {
			t.Errorf("%q is %s, but was taken for %s", text, want, a.Intent)
		}
	}
}
