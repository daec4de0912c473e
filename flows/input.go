package flows

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"olle/flows/places"
)

// Input is an answer to a pending question: typed words, a tapped choice's value, or files.
type Input struct {
	Text   string
	Choice string
	Files  []File
}

// Pick finds the option meant: by value when it was tapped; typed, by number, label, synonym, a word that only one option has, or
// with a small typo.
func (in Input) Pick(options []Option) (Option, bool) {
	if in.Choice != "" {
		for _, o := range options {
			if o.Value == in.Choice {
				return o, true
			}
		}
		return Option{}, false
	}
	text := places.Fold(in.Text)
	if text == "" {
		return Option{}, false
	}
	if n, is := numberOf(text); is {
		if n >= 1 && n <= len(options) {
			return options[n-1], true
		}
		return Option{}, false
	}
	names := foldedNames(options)
	for _, fits := range []func(text, name string) bool{same, begins, contains, inside, nearly} {
		if o, ok := onlyOf(options, names, text, fits); ok {
			return o, true
		}
	}
	return Option{}, false
}

// numbered are the words that number an option: "number 2", "nomor 2", "số 2", "2번".
var numbered = sync.OnceValue(func() []string {
	return []string{"option", "number", "nomor", places.Fold("số"), places.Fold("번")}
})

// numberOf reads "2", "option 2" or "number 2". Most texts are no number, and to hear that from strconv costs an error.
func numberOf(text string) (n int, is bool) {
	for _, word := range numbered() {
		text = strings.TrimSuffix(strings.TrimPrefix(text, word+" "), word)
	}
	if text == "" || strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// Is says whether the input means this one option: tapped, or typed in full or with a small typo. Unlike Pick it takes neither
// numbers nor parts of a name, which would mean something else here.
func (in Input) Is(o Option) bool {
	return in.Exactly(o) || in.Choice == "" && in.fits(o, nearly)
}

// Exactly is Is without typos.
func (in Input) Exactly(o Option) bool {
	if in.Choice != "" {
		return in.Choice == o.Value
	}
	return in.fits(o, same)
}

func (in Input) fits(o Option, fit func(text, name string) bool) bool {
	text := places.Fold(in.Text)
	for _, name := range o.names() {
		if name = places.Fold(name); text != "" && name != "" && fit(text, name) {
			return true
		}
	}
	return false
}

// only returns the option whose name fits, if it is the only one.
func only(options []Option, text string, fits func(text, name string) bool) (Option, bool) {
	return onlyOf(options, foldedNames(options), text, fits)
}

// foldLine is a line without what nobody means by it: capitals, and how wide its spaces are.
func foldLine(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func foldedNames(options []Option) [][]string {
	all := make([][]string, len(options))
	for i, o := range options {
		all[i] = o.names()
		for k, name := range all[i] {
			all[i][k] = places.Fold(name)
		}
	}
	return all
}

func onlyOf(options []Option, names [][]string, text string, fits func(text, name string) bool) (Option, bool) {
	found := -1
	for i := range options {
		for _, name := range names[i] {
			if name == "" || !fits(text, name) {
				continue
			}
			if found >= 0 && found != i {
				return Option{}, false
			}
			found = i
		}
	}
	if found < 0 {
		return Option{}, false
	}
	return options[found], true
}

func (o Option) names() []string {
	return append([]string{o.Label, strings.ReplaceAll(o.Value, "_", " ")}, o.Also...)
}

func same(text, name string) bool   { return text == name }
func begins(text, name string) bool { return len(text) >= 3 && strings.HasPrefix(name, text) }
func contains(text, name string) bool {
	return len(name) >= 2 && strings.Contains(" "+text+" ", " "+name+" ")
}

func inside(text, name string) bool {
	return len(text) >= 3 && strings.Contains(" "+name+" ", " "+text+" ")
}

func nearly(text, name string) bool {
	allowed := 0
	switch n := len(text); {
	case n >= 8:
		allowed = 2
	case n >= 4:
		allowed = 1
	}
	return allowed > 0 && places.Distance(text, name, allowed) <= allowed
}

// email is compiled at the first address: it takes as long as all other patterns together.
var email = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[^\s@<>()\[\],;:"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})\.[A-Za-z]{2,24}$`)
})

var (
	number = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:about|around|approx|approximately|almost|nearly|over|more than|i have|it is|its|ca)? ?(\d{1,9}(?:\.\d{1,3})?) ?(?:\+|plus)? ?(?:years?|yrs?|yr|y|months?|년|năm|nam|tahun|thn|taon|ปี|साल|वर्ष|वर्षे|বছর|ឆ្នាំ|ປີ|жил)?(?: old| of experience| experience)?$`)
	})
	ordinal = map[string]float64{"zero": 0, "none": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
		"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30}
)

// Number reads "7", "about 7 years", "seven", "7.5", and digits of other scripts. Months are years by twelve.
func (in Input) Number() (float64, bool) {
	typed := commas(digits(in.Text))
	text := places.Fold(typed)
	text = strings.ReplaceAll(text, " .", ".")
	if n, ok := ordinal[strings.TrimSuffix(strings.TrimSuffix(text, " years"), " year")]; ok {
		return n, true
	}
	plain := strings.ToLower(strings.TrimSpace(typed))
	if strings.ContainsAny(plain, "-–−") { // neither a negative number nor a range is an answer
		return 0, false
	}
	for _, candidate := range []string{plain, text} {
		if m := number().FindStringSubmatch(candidate); m != nil {
			n, err := strconv.ParseFloat(m[1], 64)
			if strings.Contains(candidate, "month") {
				n /= 12
			}
			return n, err == nil
		}
	}
	return 0, false
}

// commas reads the commas of numbers: before three digits one parts thousands, before others it is a decimal point: "3,5" is no 35.
func commas(s string) string {
	parts := strings.Split(s, ",")
	number := parts[0]
	for _, part := range parts[1:] {
		switch n := len(part) - len(strings.TrimLeft(part, "0123456789")); n {
		case 0, 3:
			number += part
		default:
			number += "." + part
		}
	}
	return number
}

// digits turns the decimal digits of other scripts into 0-9, so that ๗ and ৭ are 7.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{0x0660, 0x06f0, 0x0966, 0x09e6, 0x0be6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810, 0xff10} {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, s)
}

// Email reads an e-mail address, also with "mailto:", in angle brackets, or as "my e-mail is …".
func (in Input) Email() (string, bool) {
	text := strings.Trim(strings.TrimPrefix(strings.TrimSpace(in.Text), "mailto:"), "<>. ")
	if i := strings.LastIndexByte(text, '<'); i >= 0 {
		text = text[i+1:]
	}
	if i := strings.LastIndexByte(text, ' '); i >= 0 && says(text[:i]) {
		text = text[i+1:]
	}
	return text, email().MatchString(text) && !strings.Contains(text, "..")
}

// says that words end with what announces an address.
func says(words string) bool {
	words = strings.ToLower(strings.TrimSpace(words))
	return strings.HasSuffix(words, " is") || strings.HasSuffix(words, "mail") || strings.HasSuffix(words, ":")
}
