package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"olle/bot/inspect/inspecttest"
)

func accepted() Rules {
	return Rules{Max: inspecttest.Max, Types: inspecttest.Types(), Pages: inspecttest.Pages}
}

// pass inspects what r holds and throws it away.
func pass(r io.Reader, rules Rules) (Found, error) {
	return File(context.Background(), r, rules, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
}

func problem(err error) string {
	var no Refusal
	if errors.As(err, &no) {
		return string(no)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// Every hostile file is refused for the right reason, every odd one passes as what it is; however the network cuts it.
func TestCorpus(t *testing.T) {
	all := inspecttest.Corpus()
	if len(all) < 60 {
		t.Fatalf("only %d files", len(all))
	}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			found, err := pass(c.Open(), accepted())
			if problem(err) != c.Problem || found.Type != c.Kind || c.Problem == "" && found.Pages != c.Pages {
				t.Fatalf("%+v, %v; want %q as %q with %d pages", found, err, c.Problem, c.Kind, c.Pages)
			}
			if (found.Hash == "") != (err != nil) {
				t.Errorf("digest %q with %v", found.Hash, err)
			}
			if found.Size > 1<<20 {
				return // bytewise would take long
			}
			slowly := iotest.OneByteReader(c.Open())
			if found.Size > 4<<10 {
				slowly = &inPieces{c.Open(), 61}
			}
			again, err2 := pass(slowly, accepted())
			if problem(err2) != problem(err) || again.Type != found.Type || again.Pages != found.Pages || again.Hash != found.Hash {
				t.Errorf("byte by byte: %+v, %v; at once %+v, %v", again, err2, found, err)
			}
		})
	}
}

// Ordinary files cut off anywhere are never kept as whole ones, but for blanks at the very end.
func TestNothingCutOffPasses(t *testing.T) {
	for name, whole := range map[string][]byte{
		"pdf": bytes.TrimSpace(inspecttest.PDF(2)), "docx": inspecttest.Docx(), "jpeg": inspecttest.JPEG(), "png": inspecttest.PNG(), "doc": inspecttest.Doc(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			last := len(whole)
			if name == "doc" {
				last -= 511 // not all writers fill the last sector
			}
			for n := 0; n < last; n++ {
				if n > 600 && last-n > 600 { // ends and beginnings byte by byte
					n += 12
				}
				if found, err := pass(bytes.NewReader(whole[:n]), accepted()); err == nil {
					t.Fatalf("%d of %d bytes pass: %+v", n, len(whole), found)
				}
			}
		})
	}
}

func TestAFailureIsNoRefusal(t *testing.T) {
	reset := errors.New("connection reset")
	half := inspecttest.PDF(1)[:100]
	for name, r := range map[string]io.Reader{
		"at once":       iotest.ErrReader(reset),
		"in the middle": io.MultiReader(bytes.NewReader(half), iotest.ErrReader(reset)),
	} {
		if _, err := pass(r, accepted()); !errors.Is(err, reset) || problem(err) != err.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	full := errors.New("disk full")
	_, err := File(context.Background(), bytes.NewReader(inspecttest.PDF(1)), accepted(), func(r io.Reader) error { _, _ = r.Read(make([]byte, 10)); return full })
	if !errors.Is(err, full) {
		t.Errorf("keeping failed: %v", err)
	}
	found, err := File(context.Background(), bytes.NewReader(inspecttest.PDF(1)), accepted(), func(io.Reader) error { return nil })
	if err == nil || found.Type != "" {
		t.Errorf("not read: %+v, %v", found, err)
	}
}

func TestTheReasonReachesWhoKeeps(t *testing.T) {
	var seen error
	_, err := File(context.Background(), bytes.NewReader([]byte("text")), accepted(), func(r io.Reader) error {
		_, seen = io.Copy(io.Discard, r)
		return nil // even who forgets to say so
	})
	if seen != Refusal("type") || err != Refusal("type") {
		t.Errorf("kept with %v, returned %v", seen, err)
	}
}

// However large the file, little of it is held.
func TestMemoryIsBounded(t *testing.T) {
	for _, c := range large() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		found, err := pass(c.Open(), accepted())
		runtime.ReadMemStats(&after)
		if err != nil || found.Size < 19<<20 {
			t.Fatalf("%s: %+v, %v", c.Name, found, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
			t.Errorf("%s: %d kB allocated in all for %d MB", c.Name, got>>10, found.Size>>20)
		}
	}
}

// Marks that follow one another at once do not make a file slow to judge: each is looked for in a few bytes, not in a whole window.
func TestMarksInARowAreNotSlow(t *testing.T) {
	const size = 2 << 20
	took := func(head, again string) time.Duration {
		began := time.Now()
		_, _ = pass(strings.NewReader(head+strings.Repeat(again, size/len(again))), accepted())
		return time.Since(began)
	}
	pdf := "%PDF-1.4\n1 0 obj<<>>"
	usual := took(pdf, "%obj 1obj 0 obj\n(ob0 obj)")
	for name, now := range map[string]time.Duration{
		"descriptors":           took(stored("[Content_Types].xml"), "PK\x07\x08"),
		"scans of a picture":    took(jpgMagic[:2], "\xff\xda\x00\x02a"),
		"ends of streams":       took(pdf, "<<>>stream\nendstream "),
		"long lists in nothing": took(pdf, "1 0 obj<</Type/ObjStm/N 20000/First 9/Filter/FlateDecode>>stream\n\x78\x9c\x03\x00\x00\x00\x00\x01\nendstream endobj\n"),
	} {
		if now > 25*usual {
			t.Errorf("%s: %v, where syntax takes %v", name, now, usual)
		}
	}
}

// stored begins a zip file: an entry that is not packed, and whose length stands behind it.
func stored(name string) string {
	head := make([]byte, 30)
	copy(head, zipMagic)
	binary.LittleEndian.PutUint16(head[6:], flagDescriptor)
	binary.LittleEndian.PutUint16(head[26:], uint16(len(name)))
	return string(head) + name
}

// large are ordinary files of nearly twenty megabytes.
func large() []inspecttest.Case {
	const size = 19 << 20
	between := func(whole []byte, mark string) func() io.Reader {
		at := bytes.LastIndex(whole, []byte(mark))
		return func() io.Reader {
			return io.MultiReader(bytes.NewReader(whole[:at]), &inspecttest.Filler{Left: size, Byte: 'x'}, bytes.NewReader(whole[at:]))
		}
	}
	scan := bytes.Replace(inspecttest.PDF(1), []byte("xref\n"), []byte("9 0 obj << /Subtype /Image >>\nstream\nendstream endobj\nxref\n"), 1)
	return []inspecttest.Case{
		{Name: "pdf", Open: between(scan, "endstream")},
		{Name: "jpeg", Open: between(inspecttest.JPEG(), "\xff\xd9")},
	}
}

func BenchmarkFile(b *testing.B) {
	for _, c := range large() {
		b.Run(c.Name, func(b *testing.B) {
			for b.Loop() {
				found, err := pass(c.Open(), accepted())
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(found.Size)
			}
		})
	}
}

// No content makes the inspection fail in another way than refusing, and none is judged differently when it comes in other pieces.
func FuzzFile(f *testing.F) {
	for _, c := range inspecttest.Corpus() {
		content, err := io.ReadAll(io.LimitReader(c.Open(), 32<<10))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, uint16(len(content)))
	}
	rules := Rules{Max: 1 << 20, Pages: 2, Types: inspecttest.Types()}
	f.Fuzz(func(t *testing.T, content []byte, piece uint16) {
		whole, err1 := pass(bytes.NewReader(content), rules)
		pieces, err2 := pass(&inPieces{bytes.NewReader(content), int(piece)%4099 + 1}, rules)
		if problem(err1) != problem(err2) || whole.Hash != pieces.Hash || whole.Type != pieces.Type || whole.Pages != pieces.Pages {
			t.Errorf("at once %+v %v, in pieces %+v %v", whole, err1, pieces, err2)
		}
		var no Refusal
		if err1 != nil && !errors.As(err1, &no) {
			t.Errorf("failed otherwise: %v", err1)
		}
		if v := judgeBare(content, rules); problem(v.err) != problem(err1) {
			t.Errorf("judged %v, passed %v", v.err, err1)
		}
	})
}

// judgeBare judges without the net that catches panics.
func judgeBare(content []byte, rules Rules) verdict {
	v := newTape(bytes.NewReader(content), rules.Max).recognise(rules)
	if v.err == nil {
		v.err = v.compare(rules)
	}
	if errors.Is(v.err, io.EOF) || errors.Is(v.err, io.ErrUnexpectedEOF) {
		v.err = Refusal("damaged")
	}
	return v
}

type inPieces struct {
	r io.Reader
	n int
}

func (p *inPieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }
