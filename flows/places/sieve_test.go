package places

import (
	"strconv"
	"testing"
)

func TestEnglishKnowsTheDictionary(t *testing.T) {
	for _, w := range []string{"confused", "looked", "stuck", "excluded", "interior", "junior", "continued"} {
		if !English(w) {
			t.Errorf("%q is an English word", w)
		}
	}
	wrong := 0
	for i := range 20_000 {
		if English("nepl" + strconv.Itoa(i)) {
			wrong++
		}
	}
	if wrong > 20 {
		t.Errorf("%d of 20000 other words are taken for English ones", wrong)
	}
}
