package papers

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"sync"
)

// mailRoom is how many plain bytes of files an e-mail holds together: encoded they are a third more, and 25 MB is what the large
// providers take.
const mailRoom = 18_000_000

// Mail is an e-mail to be looked at and sent by the person who opens it.
type Mail struct {
	To      string // one address, as in an address book
	Subject string
	Body    string
	Files   []Blob
}

// Fit splits files into those that fit into one e-mail together, in their order, and the rest.
func Fit(files []Blob) (fit, rest []Blob) {
	var sum int64
	for _, f := range files {
		if sum+f.Size > mailRoom {
			rest = append(rest, f)
			continue
		}
		sum += f.Size
		fit = append(fit, f)
	}
	return fit, rest
}

// boundary cannot occur in what stands between: neither base64 nor quoted-printable text ever holds "=_" (RFC 2045, 6.7).
const boundary = "=_olle_part"

// WriteEML writes an e-mail as a file that mail programs open as a draft (X-Unsent). It has no sender and no date: the program
// that sends it puts them in. Nothing in subject, address, names or body can become a header of its own.
func WriteEML(w io.Writer, m Mail) error {
	out := bufio.NewWriter(w)
	address, err := mail.ParseAddress(oneLine(m.To))
	if err != nil {
		return fmt.Errorf("papers: e-mail to %q: %w", m.To, err)
	}
	fmt.Fprintf(out, "X-Unsent: 1\r\nTo: %s\r\n", address)
	fmt.Fprintf(out, "Subject: %s\r\nMIME-Version: 1.0\r\n", encodedWords(m.Subject))
	fmt.Fprintf(out, "Content-Type: %s\r\n\r\n", mime.FormatMediaType("multipart/mixed", map[string]string{"boundary": boundary}))
	parts := multipart.NewWriter(out)
	if err := parts.SetBoundary(boundary); err != nil {
		return fmt.Errorf("papers: %w", err)
	}
	if err := writeBody(parts, m.Body); err != nil {
		return fmt.Errorf("papers: write an e-mail: %w", err)
	}
	for _, f := range m.Files {
		if err := attach(parts, f); err != nil {
			return fmt.Errorf("papers: attach a file: %w", err)
		}
	}
	if err := errors.Join(parts.Close(), out.Flush()); err != nil {
		return fmt.Errorf("papers: write an e-mail: %w", err)
	}
	return nil
}

// encodedWords writes a header's text, on lines of at most 76 characters where it has others than ASCII (RFC 2047).
func encodedWords(s string) string {
	s = strings.ReplaceAll(oneLine(s), "=?", "= ?") // what looks encoded is not
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "")
	}
	encoded := mime.QEncoding.Encode("utf-8", s)
	if encoded == s {
		return s
	}
	return strings.ReplaceAll(encoded, "?= =?", "?=\r\n =?")
}

func writeBody(parts *multipart.Writer, body string) error {
	part, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type": {"text/plain; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	text := quotedprintable.NewWriter(part)
	if _, err := io.WriteString(text, strings.ReplaceAll(plain(body), "\n", "\r\n")+"\r\n"); err != nil {
		return err
	}
	return text.Close()
}

// plainKind is a media type that says what one file is.
var plainKind = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(application|audio|image|text|video)/[a-z0-9][a-z0-9.+-]{0,80}$`)
})

// attach streams one file in, encoded.
func attach(parts *multipart.Writer, f Blob) error {
	kind := f.Type
	if !plainKind().MatchString(kind) {
		kind = "application/octet-stream"
	}
	part, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {kind},
		"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": attachmentName(f.Name)})},
		"Content-Transfer-Encoding": {"base64"},
	})
	if err != nil {
		return err
	}
	lines := &lineWriter{w: part}
	encoder := base64.NewEncoder(base64.StdEncoding, lines)
	if _, err := copyBlob(encoder, f); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	_, err = io.WriteString(part, "\r\n")
	return err
}

// attachmentName keeps a name's letters, whatever their writing system (RFC 2231 carries them), and nothing that leads elsewhere.
func attachmentName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, oneLine(s))
	if len(s) > 2*longestName {
		s = strings.ToValidUTF8(s[len(s)-2*longestName:], "")
	}
	if s = strings.TrimLeft(s, ". "); s == "" {
		return "file"
	}
	return s
}

// lineWriter breaks what passes into lines of 76 characters.
type lineWriter struct {
	w  io.Writer
	at int
}

func (l *lineWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if l.at == 76 {
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return n, err
			}
			l.at = 0
		}
		m, err := l.w.Write(p[:min(len(p), 76-l.at)])
		n, l.at, p = n+m, l.at+m, p[m:]
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
