package config

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"olle/storage/storagetest"
)

// shipped calls f with every YAML file of the module's packs and texts.
func shipped(t testing.TB, f func(name string, data []byte)) {
	for _, root := range []string{"events", "texts", "testdata", "../cmd/olle/testdata/bench"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".yaml" {
				return err
			}
			data, err := os.ReadFile(name)
			f(name, data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The quick reader and the general parser read every file the same, to the column; and those that ship with the program are plain, so
// that its start does not wait.
func TestPlainFilesAreReadAsTheParserReadsThem(t *testing.T) {
	shipped(t, func(name string, data []byte) {
		quick, ok := readPlain(data)
		if !ok {
			if !strings.HasPrefix(name, "testdata") {
				t.Errorf("%s is not plain: the start waits for it", name)
			}
			return
		}
		sameAsParser(t, name, data, quick)
	})
}

func sameAsParser(t testing.TB, name string, data []byte, quick *node) {
	t.Helper()
	var mistakes Mistakes
	r := &report{file: name, all: &mistakes}
	if !prescan(r, data) {
		return // refused before anybody reads it
	}
	full := parseGeneral(r, data)
	if len(mistakes) > 0 || full == nil {
		t.Fatalf("%s: read quickly, but the parser says %v\n%q", name, mistakes, data)
	}
	if at, a, b := difference(quick, full); at != nil {
		t.Fatalf("%s:%d:%d: quick %+v, parser %+v\n%q", name, at.line, at.column, a, b, data)
	}
}

// difference finds the first place where two trees differ.
func difference(a, b *node) (at, left, right *node) {
	if a.kind != b.kind || a.line != b.line || a.column != b.column || a.text != b.text || len(a.items) != len(b.items) || len(a.fields) != len(b.fields) {
		return b, a, b
	}
	for i := range a.items {
		if at, l, r := difference(a.items[i], b.items[i]); at != nil {
			return at, l, r
		}
	}
	for i := range a.fields {
		if at, l, r := difference(a.fields[i].key, b.fields[i].key); at != nil {
			return at, l, r
		}
		if at, l, r := difference(a.fields[i].value, b.fields[i].value); at != nil {
			return at, l, r
		}
	}
	return nil, nil, nil
}

// Whatever pieces of YAML are put together: what the quick reader takes, it reads as the parser does.
func TestPiecesAreReadAsTheParserReadsThem(t *testing.T) {
	pieces := []string{"a: ", "b:", "c: d", "- ", "- ", "-", "\n", "\n", "\n", "\n", "\n  ", "\n    ", "\n- k: ", " ", "  ", "|\n", ">-\n", "\"x\"", "\"", `\n`, `\"`, `\\`,
		"[", "]", "{", "}", ",", ", ", ": ", "#", " # x", "1", "01", "1.5", "true", "null", "~", "é", "한", "(z)", "two words", "'q'", "&a", "*a", "!", "?", "? ", "<<", ":", "%", "@",
		"`", "yes", "1e3", "0x1F", "---", "...", "k1: v\n", "k2:\n", "e: [f, g]", "h: {i: j}", "x y: z", "1: 2", "10:30", "a:b", "a#b", "=", ">", "+1", ".5", "_", `\t`, "\t", "\r", "\r\n", "\x00", "\x1b", "\x7f", "\x80", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufffd"}
	rounds, taken := 20_000, 0
	if storagetest.Full() {
		rounds = 2_000_000
	}
	r := rand.New(rand.NewPCG(20200214, 1))
	for range rounds {
		var b strings.Builder
		for range 1 + r.IntN(14) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		b.WriteByte('\n')
		if quick, ok := readPlain([]byte(b.String())); ok {
			taken++
			sameAsParser(t, "pieces", []byte(b.String()), quick)
		}
	}
	if taken < rounds/100 {
		t.Errorf("only %d of %d were taken", taken, rounds)
	}
}

func FuzzPlain(f *testing.F) {
	shipped(f, func(_ string, data []byte) {
		if len(data) < 4000 {
			f.Add(string(data))
		}
	})
	f.Add("a: b\nc:\n- d\n- e: f\n  g: [h, {i: j}]\nk: |\n  l\n\n   m\nn: \"o\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		if quick, ok := readPlain([]byte(text)); ok {
			sameAsParser(t, "fuzz", []byte(text), quick)
		}
	})
}
