package inspect

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
)

// An OLE file ([MS-CFB]) is a file system of sectors. Its directory may lie anywhere, in any order, before or after what it tells of;
// but its entries are 128 bytes long and lie at multiples of 128. So they are picked out as the file goes by, without following a chain.
type oleScan struct {
	sector  int64            // bytes of a sector
	tables  map[uint32]int64 // sectors with parts of the allocation table, as far as the header lists them, and which part
	last    int64            // highest sector that the tables seen so far say is in use; -1: none
	started map[uint32]bool  // sectors that begin like a Word text encrypted in the old way
	text    uint32           // where the Word text starts
	has     map[string]bool  // names of what lies in the file that matter
}

// What the names of an OLE file's streams and storages tell.
var oleNames = map[string]string{
	"WordDocument": "doc", "EncryptedPackage": "encrypted", "EncryptionInfo": "encrypted",
	"Macros": "macros", "VBA": "macros", "_VBA_PROJECT": "macros", "_VBA_PROJECT_CUR": "macros", "\x01Ole10Native": "macros",
}

const (
	oleEntry  = 128
	mostStart = 256 // candidates remembered
	oleFree   = 0xFFFFFFFF
)

func readOLE(t *tape) (kind string, err error) {
	head := make([]byte, 512)
	if _, err := io.ReadFull(t, head); err != nil {
		return "", err
	}
	shift := binary.LittleEndian.Uint16(head[30:])
	if shift != 9 && shift != 12 {
		return "", Refusal("damaged")
	}
	o := &oleScan{sector: 1 << shift, tables: map[uint32]int64{}, last: -1, started: map[uint32]bool{}, text: oleFree, has: map[string]bool{}}
	for at := 76; at < 512; at += 4 {
		if s := binary.LittleEndian.Uint32(head[at:]); s < oleFree-8 {
			o.tables[s] = int64(at-76) / 4
			o.last = max(o.last, int64(s))
		}
	}
	o.last = max(o.last, int64(int32(binary.LittleEndian.Uint32(head[48:])))) // the directory's first
	if _, err := t.Discard(int(o.sector) - len(head)); err != nil {
		return "", err
	}
	if err := o.sectors(t); err != nil {
		return "", err
	}
	return o.verdict(t.at())
}

func (o *oleScan) sectors(t *tape) error {
	for n := uint32(0); ; n++ {
		b, err := t.peek(int(o.sector))
		if err != nil || len(b) == 0 {
			return err
		}
		if part, ok := o.tables[n]; ok {
			o.table(part, b)
		}
		if len(b) > 12 && b[0] == 0xEC && b[1] == 0xA5 && b[11]&1 != 0 && len(o.started) < mostStart { // [MS-DOC] FibBase, fEncrypted
			o.started[n] = true
		}
		for ; len(b) >= oleEntry; b = b[oleEntry:] {
			o.entry(b[:oleEntry])
		}
		if _, err := t.Discard(min(int(o.sector), t.Buffered())); err != nil {
			return err
		}
	}
}

// table learns from a part of the allocation table how far the file must reach.
func (o *oleScan) table(part int64, b []byte) {
	for i := len(b)/4 - 1; i >= 0; i-- {
		if binary.LittleEndian.Uint32(b[4*i:]) != oleFree {
			o.last = max(o.last, part*o.sector/4+int64(i))
			return
		}
	}
}

// entry looks at 128 bytes that may be a directory entry: a name in UTF-16, its length, and what it names.
func (o *oleScan) entry(b []byte) {
	length, object := binary.LittleEndian.Uint16(b[64:]), b[66]
	if length < 4 || length > 64 || length%2 != 0 || object == 0 || object > 5 || !bytes.Equal(b[length-2:length], []byte{0, 0}) {
		return
	}
	var units [32]uint16
	n := int(length)/2 - 1
	for i := range n {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	name := string(utf16.Decode(units[:n]))
	if means := oleNames[name]; means != "" {
		o.has[means] = true
		if means == "doc" {
			o.text = binary.LittleEndian.Uint32(b[116:])
		}
	}
}

func (o *oleScan) verdict(size int64) (string, error) {
	switch {
	case o.has["encrypted"] || o.started[o.text]:
		return "", Refusal("encrypted")
	case o.has["macros"]:
		return "", Refusal("macros")
	case (o.last+1)*o.sector >= size: // its last sector lies beyond the end, or wholly so
		return "", Refusal("damaged")
	case !o.has["doc"]:
		return "", Refusal("type")
	}
	return "doc", nil
}
