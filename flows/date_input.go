package flows

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"olle/flows/places"
)

// dateWords knows what months are called, and what else may stand in a date: "de", "tháng", "년". It is made of the lists words.months (the
// twelve, parted by |, other ways to say one by /) and words.date of the texts.
type dateWords struct {
	months map[string]time.Month
	filler map[string]bool
}

// dateWords are the words of the reader's language, of English, and behind them everybody else's: people write dates as they are used to.
func (t *Turn) dateWords() dateWords {
	w := dateWords{map[string]time.Month{}, map[string]bool{"": true}}
	w.add(t.texts)
	for m := time.January; m <= time.December; m++ {
		w.name(m, m.String())
		w.name(m, m.String()[:3])
	}
	for _, tag := range sortedKeys(t.Event.Texts) {
		w.add(t.Event.Texts[tag])
	}
	return w
}

func (w dateWords) add(c *Catalogue) {
	for i, names := range strings.Split(c.Own("words.months"), "|") {
		for name := range strings.SplitSeq(names, "/") {
			w.name(time.Month(i+1), name)
		}
	}
	for word := range strings.SplitSeq(c.Own("words.date"), "|") {
		w.filler[places.Fold(word)] = true
	}
}

// name calls a month so, unless another one is already.
func (w dateWords) name(m time.Month, name string) {
	if name = places.Fold(name); name != "" && w.months[name] == 0 {
		w.months[name] = m
	}
}

// date reads a day: "2020-03-30", "30 March 2020", "March 30th, 2020", "30.3.2020" (day first, as in most of the region), "31 de dezembro de
// 1990", "1990년 12월 31일". The year has four digits, and every word must be one that dates have.
func (in Input) date(words dateWords) (time.Time, bool) {
	var numbers []int
	var month time.Month
	year := -1 // which of the numbers it is
	for _, part := range dateParts(digits(in.Text)) {
		n, err := strconv.Atoi(part)
		named := words.months[places.Fold(part)]
		switch {
		case err == nil && len(part) == 4 && year < 0:
			year = len(numbers)
			numbers = append(numbers, n)
		case err == nil && len(part) <= 2:
			numbers = append(numbers, n)
		case named != 0 && month == 0:
			month = named
		case !words.filler[places.Fold(part)]:
			return time.Time{}, false
		}
	}
	switch {
	case month != 0 && len(numbers) == 2 && year >= 0:
		return day(numbers[year], month, numbers[1-year])
	case month == 0 && len(numbers) == 3 && year == 0:
		return day(numbers[0], time.Month(numbers[1]), numbers[2])
	case month == 0 && len(numbers) == 3 && year == 2:
		return day(numbers[2], time.Month(numbers[1]), numbers[0])
	}
	return time.Time{}, false
}

// dateParts parts a text where figures meet letters, and at gaps and the marks that dates have.
func dateParts(text string) (parts []string) {
	var last rune
	for _, r := range text {
		kind := 'a'
		switch {
		case r >= '0' && r <= '9':
			kind = '0'
		case unicode.IsSpace(r) || strings.ContainsRune(".,/-،ªº", r):
			kind = ' '
		}
		switch {
		case kind == ' ':
		case kind == last:
			parts[len(parts)-1] += string(r)
		default:
			parts = append(parts, string(r))
		}
		last = kind
	}
	return parts
}

// day is a date of the calendar; false: there is no such day.
func day(year int, month time.Month, of int) (time.Time, bool) {
	d := time.Date(year, month, of, 0, 0, 0, 0, time.UTC)
	return d, d.Year() == year && d.Month() == month && d.Day() == of
}
