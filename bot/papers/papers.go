// Package papers turns data into files that other programs open: calendars (ICS), e-mails (EML), archives (ZIP), tables (CSV, XLSX),
// certificates and reports (PDF, DOCX); and reads one kind back, a quiz written as a spreadsheet.
//
// It hides the formats' traps: folding and escaping, header injection, formulas in cells, names that climb out of a folder. It
// promises that whatever a person typed stays text, that the same data makes the same bytes (the caller gives every time), and that
// files stream through: each is read once and none is held whole. It knows neither store nor clock nor disk, so it is separate from
// package bot, which decides who may have what.
package papers

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Blob is a file to put into a paper.
type Blob struct {
	Name string // in the paper; made safe here
	Type string // media type; "" is unknown
	Size int64  // plain bytes as recorded
	Time time.Time
	// Open returns the bytes. It is called at most once.
	Open func() (io.ReadCloser, error)
}

// longestName is how many bytes one part of a path may have: every file system and archive program takes it.
const longestName = 80

// SafeName makes one part of a path of any text: ASCII letters, digits, dots, hyphens and underscores, at most 80 bytes, never
// empty, never a name that a system reserves. Accents go, other writing systems become underscores.
func SafeName(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "_")) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '-' || r == '_'):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() > 4*longestName { // the end of the name is its kind; what is between is cut
			break
		}
	}
	name := strings.Trim(b.String(), "_-")
	if strings.HasPrefix(name, ".") && strings.Trim(name, "._-") != "" { // only the kind of the name is left
		name = "file." + strings.Trim(name, "._-")
	}
	name = strings.Trim(name, "._-")
	if len(name) > longestName {
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 || len(name)-dot > 10 {
			dot = len(name)
		}
		name = strings.TrimRight(name[:longestName-(len(name)-dot)], "._-") + name[dot:]
	}
	stem, _, _ := strings.Cut(name, ".")
	if name == "" || reserved[strings.ToUpper(stem)] {
		name = "file_" + name
	}
	return strings.TrimRight(name, "_.")
}

// reserved are names that Windows does not let a file have.
var reserved = func() map[string]bool {
	all := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true}
	for i := range 10 {
		all[fmt.Sprintf("COM%d", i)], all[fmt.Sprintf("LPT%d", i)] = true, true
	}
	return all
}()

// plain makes any text safe to print on lines: valid, no control or direction-changing characters but line ends and tabs.
func plain(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0xfeff:
			return -1
		}
		return r
	}, s)
}

// oneLine is plain with line ends and tabs as blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(plain(s)), " ") }

// copyBlob writes a blob's bytes.
func copyBlob(w io.Writer, b Blob) (n int64, err error) {
	r, err := b.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(w, r)
}
