package flows

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Every command is there in every edition, but not every pack has something for it. What it has nothing for is left out of menus and lists,
// and answered with a sentence that says so.

// Offers says whether the pack has something for a command, with its words or without: "airfare", "group case".
func (e *Event) Offers(command string) bool {
	name, words, _ := strings.Cut(command, " ")
	switch name {
	case "eligibility":
		return e.Forms["eligibility"] != nil
	case "airfare":
		return len(e.Airfare) > 0
	case "glossary":
		return len(e.Glossary) > 0
	case "group":
		campaign, cases := e.Texts["en"].Has("groupwork.campaign"), e.groupCases() > 0
		return words == "campaign" && campaign || words == "case" && cases || words != "campaign" && words != "case" && (campaign || cases)
	}
	return true
}

// groupCases is how many made-up cases the pack tells: groupwork.case.1 and so on in its texts.
func (e *Event) groupCases() (n int) {
	for e.Texts["en"].Has(fmt.Sprint("groupwork.case.", n+1)) {
		n++
	}
	return n
}

// Compiled at the first list: the start waits for no patterns that are not needed yet.
var (
	listedCommands = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/[a-z]+( [a-z]+)?([,،、] ?/[a-z]+)*`) })
	listedCommand  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[a-z]+( [a-z]+)?`) })
)

// offered leaves what the pack has nothing for out of a text that lists commands: of "/objectives, /glossary – about the workshop" the one, or
// the line.
func (e *Event) offered(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		list := listedCommands().FindString(line)
		all := listedCommand().FindAllString(list, -1)
		var kept []string
		for _, command := range all {
			if e.Offers(command) {
				kept = append(kept, "/"+command)
			}
		}
		switch {
		case len(kept) == len(all):
			lines = append(lines, line)
		case len(kept) > 0:
			lines = append(lines, strings.Join(kept, ", ")+line[len(list):])
		}
	}
	return strings.Join(lines, "\n")
}
