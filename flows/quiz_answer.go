package flows

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"olle/flows/places"
)

// Grade says how right an answer is, from 0 to 1. Of several right options each counts, and each wrong one takes as much away; an order
// counts the options that stand in their place.
func (q *QuizQuestion) Grade(choice string) float64 {
	switch q.Type {
	case "single":
		if choice == q.Key {
			return 1
		}
	case "several":
		hits := 0
		for _, letter := range choice {
			if strings.ContainsRune(q.Key, letter) {
				hits++
			} else {
				hits--
			}
		}
		return max(float64(hits)/float64(len(q.Key)), 0)
	case "order":
		hits := 0
		for i := range min(len(choice), len(q.Key)) {
			if choice[i] == q.Key[i] {
				hits++
			}
		}
		return float64(hits) / float64(len(q.Key))
	case "number":
		if n, err := strconv.ParseFloat(choice, 64); err == nil && math.Abs(n-q.Number) <= q.Within+1e-9 {
			return 1
		}
	case "text":
		if q.accepts(choice) {
			return 1
		}
	}
	return 0
}

// accepts compares words as people type them: case, accents, punctuation and a small slip do not matter, nor a few words around ("it is
// prevention"). A long text in which it stands somewhere is no answer.
func (q *QuizQuestion) accepts(words string) bool {
	in, short := Input{Text: words}, len(strings.Fields(words)) <= 6
	return slices.ContainsFunc(q.Accept, func(a string) bool {
		o := Option{Value: a, Label: a}
		return in.Is(o) || short && in.fits(o, contains)
	})
}

// Right is the right answer in words; "" there is none.
func (q *QuizQuestion) Right() string {
	switch q.Type {
	case "number":
		return strconv.FormatFloat(q.Number, 'f', -1, 64)
	case "text":
		return cmp.Or(q.right, q.Accept[0])
	}
	return q.shown(q.Key)
}

// shown is an answer as it is said: "B. Consent".
func (q *QuizQuestion) shown(choice string) string {
	if !q.chosen() {
		return choice
	}
	var parts []string
	for _, letter := range choice {
		if i := int(letter - 'a'); i >= 0 && i < len(q.Options) {
			parts = append(parts, strings.ToUpper(string(letter))+". "+q.Options[i])
		}
	}
	if q.Type == "order" {
		return strings.Join(parts, " → ")
	}
	return strings.Join(parts, "; ")
}

// tap is the answer after an option was tapped: of several each tap puts one in or takes it out, an order grows by one and begins anew
// when it was complete. ok is false for a letter the question does not have.
func (q *QuizQuestion) tap(was, letter string) (choice string, ok bool) {
	if len(letter) != 1 || letter[0] < 'a' || int(letter[0]-'a') >= len(q.Options) {
		return was, false
	}
	switch q.Type {
	case "several":
		if strings.Contains(was, letter) {
			return strings.Replace(was, letter, "", 1), true
		}
		return sorted(was + letter), true
	case "order":
		switch {
		case len(was) == len(q.Options):
			return letter, true
		case strings.Contains(was, letter):
			return was, true
		}
		return was + letter, true
	}
	return letter, true
}

func sorted(letters string) string {
	all := []byte(letters)
	slices.Sort(all)
	return string(slices.Compact(all))
}

// Read reads a typed answer: letters or numbers of options ("b", "2", "a c", "3 1 2"), an option's words, a number, or words.
func (q *QuizQuestion) Read(typed string) (choice string, ok bool) {
	switch q.Type {
	case "number":
		if n, ok := (Input{Text: typed}).Number(); ok {
			return strconv.FormatFloat(n, 'f', -1, 64), true
		}
		return plainNumber(typed)
	case "text":
		words := strings.Join(strings.Fields(clean(typed)), " ")
		return shorten(words, 200), words != ""
	case "information":
		return "", false
	}
	letters, ok := q.letters(typed)
	switch {
	case ok && q.Type == "several":
		return sorted(letters), true
	case ok && q.Type == "order":
		return letters, len(letters) == len(q.Options) && len(sorted(letters)) == len(letters)
	case ok && len(letters) == 1:
		return letters, true
	}
	o, found := (Input{Text: typed}).Pick(q.choices())
	return o.Value, found && q.Type != "order"
}

// plainNumber reads "-3" and "2.5", which are no amounts of anything but may be answers.
func plainNumber(typed string) (string, bool) {
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(digits(typed)), ",", ""), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return "", false
	}
	return strconv.FormatFloat(n, 'f', -1, 64), true
}

// letters reads a list of letters or numbers of options.
func (q *QuizQuestion) letters(typed string) (string, bool) {
	parts := strings.FieldsFunc(strings.ToLower(digits(typed)), func(r rune) bool { return strings.ContainsRune(" ,;.>→-+&/", r) })
	all := ""
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err == nil && n >= 1 && n <= len(q.Options) {
			p = Letter(n - 1)
		}
		if p == "and" {
			continue
		}
		if len(p) != 1 || p[0] < 'a' || int(p[0]-'a') >= len(q.Options) {
			if len(parts) == 1 && len(p) == len(q.Options) && q.Type == "order" && strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") == "" {
				return p, int(slices.Max([]byte(p))-'a') < len(q.Options) // "bdac"
			}
			return "", false
		}
		all += p
	}
	return all, all != ""
}

func (q *QuizQuestion) choices() []Option {
	options := make([]Option, len(q.Options))
	for i, o := range q.Options {
		options[i] = Option{Value: Letter(i), Label: o}
	}
	return options
}

// buttons are the question's options as choices; whole says that every label has all of its option.
func (q *QuizQuestion) buttons(value string) (all []Choice, whole bool) {
	const most = 40
	whole = true
	for i, o := range q.Options {
		if len([]rune(o)) > most {
			whole = false
		}
		all = append(all, Choice{Label: strings.ToUpper(Letter(i)) + ". " + o, Value: value + Letter(i)})
	}
	if !whole {
		for i := range all {
			all[i].Label = strings.ToUpper(Letter(i))
		}
	}
	return all, whole
}

// text is the question as it is put: with its options, unless the buttons have all of them.
func (q *QuizQuestion) text(whole bool) string {
	text := q.Ask
	if !whole || q.Type == "order" {
		text += "\n"
		for i, o := range q.Options {
			text += "\n" + strings.ToUpper(Letter(i)) + ". " + o
		}
	}
	return text
}

// quizName makes a name that somebody chose fit to be shown: ok is false for one that is empty or longer than maxAlias characters.
func quizName(typed string) (string, bool) {
	name := strings.Join(strings.Fields(clean(typed)), " ")
	return name, places.Fold(name) != "" && len([]rune(name)) <= maxAlias
}

const maxAlias = 24

// pseudonyms are what people are called who chose no name: colours and what grows and lives on Jeju.
var pseudonymColours = strings.Fields("Amber Azure Bright Calm Coral Gentle Golden Green Indigo Ivory Jade Lilac Misty Quiet Rosy Silver")
var pseudonymNouns = strings.Fields("Azalea Basalt Camellia Canola Crane Deer Dolphin Gull Hydrangea Kingfisher Lichen Oreum Pine Seagrass Sparrow Spring Tangerine Turtle Wave Wind")

// pseudonym makes one of a random number.
func pseudonym(seed uint64) string {
	c, n := uint64(len(pseudonymColours)), uint64(len(pseudonymNouns))
	return pseudonymColours[seed%c] + " " + pseudonymNouns[seed/c%n] + " " + strconv.FormatUint(100+seed/c/n%900, 10)
}
