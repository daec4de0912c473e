package papers_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"

	"olle/bot/papers"
)

func blob(name, kind string, content []byte) papers.Blob {
	return papers.Blob{Name: name, Type: kind, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

func writeEML(t testing.TB, m papers.Mail) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := papers.WriteEML(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readMail is an e-mail as another program reads it.
type readMail struct {
	head  mail.Header
	body  string
	names []string
	files [][]byte
}

func readEML(t testing.TB, raw []byte) readMail {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	got := readMail{head: m.Header}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for n := 0; ; n++ {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		switch p.Header.Get("Content-Transfer-Encoding") {
		case "quoted-printable":
			text, err := io.ReadAll(quotedprintable.NewReader(p))
			if err != nil || n != 0 {
				t.Fatalf("part %d: %v", n, err)
			}
			got.body = strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
		case "base64":
			content, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
			if err != nil {
				t.Fatal(err)
			}
			got.names, got.files = append(got.names, p.FileName()), append(got.files, content)
		default:
			t.Fatalf("part %d is encoded as %q", n, p.Header.Get("Content-Transfer-Encoding"))
		}
	}
}

func TestMailIsReadBack(t *testing.T) {
	content := make([]byte, 100_003)
	for i := range content {
		content[i] = byte(i * 7)
	}
	m := papers.Mail{
		To: "cifaljeju.jitc.1@gmail.com", Subject: "Application: VCA workshop 2020 – Nguyễn Thị Ánh, 제주특별자치도 인신매매방지 상담소와 그 밖의 긴 이름",
		Body: "Dear organisers,\n\nplease find attached my documents.\n=_olle_part\n--=_olle_part--\n.\nFrom the beginning = 1",
		Files: []papers.Blob{blob("1_application-form.pdf", "application/pdf", content), blob("지명 추천서 \"1\".pdf", "application/pdf", nil),
			blob("a\r\nBcc: everybody@example.org\r\n.pdf", "text/html\r\nX: y", []byte("x"))},
	}
	raw := writeEML(t, m)
	got := readEML(t, raw)
	subject, err := new(mime.WordDecoder).DecodeHeader(got.head.Get("Subject"))
	if err != nil || subject != m.Subject {
		t.Errorf("subject %q (%v)", subject, err)
	}
	if to, err := got.head.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != m.To {
		t.Errorf("to %v (%v)", to, err)
	}
	if got.head.Get("X-Unsent") != "1" {
		t.Error("it does not open as a draft")
	}
	if got.body != m.Body {
		t.Errorf("body %q", got.body)
	}
	if len(got.files) != 3 || !bytes.Equal(got.files[0], content) || len(got.files[1]) != 0 {
		t.Errorf("%d files arrive, or not as sent", len(got.files))
	}
	if want := []string{"1_application-form.pdf", "지명 추천서 _1_.pdf", "a Bcc_ everybody@example.org .pdf"}; strings.Join(got.names, "|") != strings.Join(want, "|") {
		t.Errorf("names %q", got.names)
	}
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("bad line %.90q", line)
		}
	}
}

// What does not fit together is told apart by the plain bytes, in order.
func TestFit(t *testing.T) {
	size := func(n int64) papers.Blob { return papers.Blob{Size: n} }
	fit, rest := papers.Fit([]papers.Blob{size(10_000_000), size(8_000_001), size(8_000_000), size(1)})
	if len(fit) != 2 || len(rest) != 2 || fit[1].Size != 8_000_000 || rest[1].Size != 1 {
		t.Errorf("%v fit, %v do not", fit, rest)
	}
}

// A file that breaks off is an error, never a shorter attachment.
func TestMailWithABrokenFile(t *testing.T) {
	broken := errors.New("unplugged")
	err := papers.WriteEML(io.Discard, papers.Mail{To: "a@example.org", Files: []papers.Blob{{Name: "x", Open: func() (io.ReadCloser, error) { return nil, broken }}}})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func FuzzEML(f *testing.F) {
	f.Add("a@example.org", "Subject\r\nBcc: b@example.org", "--=_olle_part\r\n\r\nbody", "../../etc/passwd\x00", "text/plain; a=\"b\r\nc\"")
	f.Add("\"x\\\" <y>\" <a@example.org>", "=?utf-8?q?=0D=0ABcc:_x?=", "\xff", "\u202egpj.exe", "multipart/mixed; boundary=x")
	f.Fuzz(func(t *testing.T, to, subject, body, name, kind string) {
		var b bytes.Buffer
		if err := papers.WriteEML(&b, papers.Mail{To: to, Subject: subject, Body: body, Files: []papers.Blob{blob(name, kind, []byte("content"))}}); err != nil {
			if _, bad := mail.ParseAddress(strings.Join(strings.Fields(to), " ")); bad == nil {
				t.Fatal(err)
			}
			return
		}
		got := readEML(t, b.Bytes())
		if len(got.head) != 5 {
			t.Fatalf("headers: %v", got.head)
		}
		if len(got.files) != 1 || string(got.files[0]) != "content" {
			t.Fatalf("%d files", len(got.files))
		}
		if n := got.names[0]; strings.ContainsAny(n, "/\\\r\n\x00") || strings.Trim(n, ". ") == "" {
			t.Fatalf("name %q", n)
		}
	})
}
