package inspect_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"

	"olle/bot/inspect"
	"olle/bot/inspect/inspecttest"
)

// Readers of a zip file begin at its end and go where that says. A document whose end points elsewhere shows them what was never looked at.
func TestTheEndOfADocumentSaysWhatIsSo(t *testing.T) {
	whole := inspecttest.Docx()
	end := bytes.LastIndex(whole, []byte("PK\x05\x06"))
	directory := int(binary.LittleEndian.Uint32(whole[end+16:]))
	look := func(doc []byte) error {
		_, err := inspect.File(t.Context(), bytes.NewReader(doc), inspect.Rules{Types: []string{"docx"}}, func(r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
		return err
	}
	if err := look(whole); err != nil {
		t.Fatalf("a sound document: %v", err)
	}
	for name, change := range map[string]func(doc []byte) []byte{
		"another place":    func(d []byte) []byte { d[end+16]++; return d },
		"another size":     func(d []byte) []byte { d[end+12]--; return d },
		"fewer entries":    func(d []byte) []byte { d[end+10]--; return d },
		"fewer here":       func(d []byte) []byte { d[end+8]--; return d },
		"another disk":     func(d []byte) []byte { d[end+4] = 1; return d },
		"place left out":   func(d []byte) []byte { copy(d[end+16:], "\xff\xff\xff\xff"); return d },
		"another method":   func(d []byte) []byte { d[directory+10] ^= 8; return d },
		"an end in an end": func(d []byte) []byte { d[end+20] = 22; return append(d, d[end:end+22]...) },
		"a large record elsewhere": func(d []byte) []byte {
			record := make([]byte, 56)
			copy(record, "PK\x06\x06")
			binary.LittleEndian.PutUint64(record[4:], 44)
			return slices.Insert(d, end, record...)
		},
	} {
		var refused inspect.Refusal
		if err := look(change(bytes.Clone(whole))); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := look(func(d []byte) []byte { d[end+20] = 5; return append(d, "hello"...) }(bytes.Clone(whole))); err != nil {
		t.Errorf("with a comment: %v", err)
	}
}
