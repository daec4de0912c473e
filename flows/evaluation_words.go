package flows

import (
	"fmt"
	"strings"
)

// How a report puts numbers into words, and how it is asked for.

// share puts a count in words: all, the majority, half, some, nobody; the exact count stands behind it.
func share(n, of int, who string) string {
	switch {
	case n == 0:
		return "None " + ofThose(who)
	case n == of:
		return "All " + strings.TrimPrefix(who, "of ")
	case 2*n > of:
		return "The majority " + ofThose(who)
	case 2*n == of:
		return "Half " + ofThose(who)
	}
	return "Some " + ofThose(who)
}

func ofThose(who string) string {
	if strings.HasPrefix(who, "of ") {
		return who
	}
	return "of the " + who
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// tallied prints counts by name, in the order of the alphabet: "Cambodia (1), Nepal (2)".
func tallied(counts map[string]int) string {
	var parts []string
	for _, name := range sortedKeys(counts) {
		parts = append(parts, fmt.Sprintf("%s (%d)", name, counts[name]))
	}
	return listed(parts)
}

// listed joins names: "a, b and c".
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// Text is the report as plain text.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", r.Title, r.Note)
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "\n%s\n\n", p.Heading)
		if len(p.Sentences) > 0 {
			b.WriteString(strings.Join(p.Sentences, " ") + "\n")
		}
		for _, line := range p.Lines {
			b.WriteString("- " + line + "\n")
		}
	}
	return b.String()
}

// report is /report docx|pdf|text: the drafted report as a file.
func report(t *Turn, args string) {
	kind := strings.ToLower(strings.TrimSpace(args))
	if kind == "text" {
		kind = "txt"
	}
	if kind != "docx" && kind != "pdf" && kind != "txt" {
		t.Say("team.report_which")
		t.Offer(Choice{Label: "DOCX", Value: "/report docx"}, Choice{Label: "PDF", Value: "/report pdf"}, Choice{Label: "TXT", Value: "/report text"})
		return
	}
	t.note("report", "", kind)
	t.Say("team.report")
	t.Give(reportFile(t.Event.ID, kind))
	t.asked = t.top() != nil
}

// reportFile hands out the drafted report: kind is "docx", "pdf" or "txt".
func reportFile(event, kind string) *File {
	types := map[string]string{"docx": MediaType("docx"), "pdf": "application/pdf", "txt": "text/plain"}
	return &File{Handle: HandoutReport + kind, Name: event + "-report." + kind, Type: types[kind]}
}
