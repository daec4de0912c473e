package flows_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"olle/flows"
)

func TestFileName(t *testing.T) {
	for given, want := range map[string]string{
		"cv.pdf":                            "cv.pdf",
		"My CV (final).docx":                "My CV (final).docx",
		"../../../etc/passwd":               "passwd",
		`C:\Users\lee\cv.pdf`:               "cv.pdf",
		"a/b/":                              "b",
		"cv\r\nSet-Cookie: x\n.pdf":         "cv Set-Cookie: x .pdf",
		"cv\u202Efdp.exe":                   "cvfdp.exe",
		"\u200bc\u2066v\u2069\ufeff.pdf":    "cv.pdf",
		"cv.pdf\x00.exe":                    "cv.pdf.exe",
		"이력서.pdf":                           "이력서.pdf",
		"":                                  "file",
		"..":                                "file",
		"/":                                 "file",
		" \u00a0 ":                          "file",
		strings.Repeat("x", 296) + ".pdf":   strings.Repeat("x", 75) + "….pdf",
		strings.Repeat("길", 80):             strings.Repeat("길", 80),
		strings.Repeat("길", 81):             strings.Repeat("길", 79) + "…",
		"x." + strings.Repeat("y", 300):     "x." + strings.Repeat("y", 77) + "…",
		strings.Repeat("x ", 100) + ".jpeg": strings.TrimSpace(strings.Repeat("x ", 37)) + "….jpeg",
	} {
		if got := flows.FileName(given); got != want {
			t.Errorf("%q is shown as %q, want %q", given, got, want)
		}
	}
}

// Whatever a sender calls a file, its name is one short line that reads forward and leads nowhere.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"cv.pdf", "../../x", `C:\x`, "a\r\nb", "\u202Ex", "\xff\xfe.pdf", "x/ ", strings.Repeat("길", 300) + ".pdf", ". . /.."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got := flows.FileName(given)
		bad := func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '/' || r == '\\' || r == '\u2028' || r == '\u2029'
		}
		switch {
		case !utf8.ValidString(got), strings.ContainsFunc(got, bad), strings.TrimSpace(got) != got:
			t.Errorf("%q is shown as %q", given, got)
		case got == "", got == ".", got == "..", utf8.RuneCountInString(got) > 80:
			t.Errorf("%q is shown as %q", given, got)
		}
		if again := flows.FileName(got); again != got {
			t.Errorf("%q is shown as %q, and that as %q", given, got, again)
		}
	})
}
