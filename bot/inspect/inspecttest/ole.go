package inspecttest

import (
	"encoding/binary"
	"unicode/utf16"
)

const (
	oleMagic  = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	sector    = 512
	chainEnd  = 0xFFFFFFFE
	tablePart = 0xFFFFFFFD
	free      = 0xFFFFFFFF
)

// oleEntry is a stream (2) or storage (1) of an OLE file.
type oleEntry struct {
	name string
	kind byte
}

// Doc is an ordinary document of the old Word.
func Doc() []byte { return ole(oleEntry{"WordDocument", 2}, oleEntry{"1Table", 2}) }

// ole writes an OLE file ([MS-CFB]): header, table, directory, then 4096 bytes for each stream.
func ole(entries ...oleEntry) []byte {
	entries = append([]oleEntry{{"Root Entry", 5}}, entries...)
	folders := (len(entries) + 3) / 4
	table := make([]byte, sector)
	chain := func(n int, next uint32) { binary.LittleEndian.PutUint32(table[4*n:], next) }
	for i := range sector / 4 {
		chain(i, free)
	}
	chain(0, tablePart)
	for i := 1; i < folders; i++ {
		chain(i, uint32(i+1))
	}
	chain(folders, chainEnd)
	next := folders + 1
	var dir, data []byte
	for _, e := range entries {
		start := 0
		if e.kind == 2 {
			start = next
			for range 7 {
				chain(next, uint32(next+1))
				next++
			}
			chain(next, chainEnd)
			next++
			data = append(data, make([]byte, 8*sector)...)
		}
		dir = append(dir, directoryEntry(e, start)...)
	}
	dir = append(dir, make([]byte, folders*sector-len(dir))...)
	return join(oleHeader(), table, dir, data)
}

func oleHeader() []byte {
	h := make([]byte, sector)
	copy(h, oleMagic)
	binary.LittleEndian.PutUint16(h[24:], 0x3e)
	binary.LittleEndian.PutUint16(h[26:], 3)
	binary.LittleEndian.PutUint16(h[28:], 0xfffe)
	binary.LittleEndian.PutUint16(h[30:], 9)
	binary.LittleEndian.PutUint16(h[32:], 6)
	binary.LittleEndian.PutUint32(h[44:], 1) // one sector of the table, number 0
	binary.LittleEndian.PutUint32(h[48:], 1) // the directory is next
	binary.LittleEndian.PutUint32(h[56:], 4096)
	binary.LittleEndian.PutUint32(h[60:], chainEnd)
	binary.LittleEndian.PutUint32(h[68:], chainEnd)
	for at := 80; at < sector; at += 4 {
		binary.LittleEndian.PutUint32(h[at:], free)
	}
	return h
}

func directoryEntry(e oleEntry, start int) []byte {
	b := make([]byte, 128)
	units := utf16.Encode([]rune(e.name))
	for i, u := range units {
		binary.LittleEndian.PutUint16(b[2*i:], u)
	}
	binary.LittleEndian.PutUint16(b[64:], uint16(2*len(units)+2))
	b[66] = e.kind
	binary.LittleEndian.PutUint32(b[116:], uint32(start))
	if e.kind == 2 {
		binary.LittleEndian.PutUint64(b[120:], 4096)
	}
	return b
}

func oldOffices() []Case {
	locked := Doc()
	text := sector * 3 // header, table, directory
	copy(locked[text:], "\xec\xa5\xc1\x00\x00\x00\x00\x00\x00\x00\x00\x01")
	open := Doc()
	copy(open[text:], "\xec\xa5\xc1\x00")
	word := oleEntry{"WordDocument", 2}
	return []Case{
		kept("doc", "cv.doc", "doc", 0, open),
		refused("doc with a password", "cv.doc", "encrypted", locked),
		refused("docx with a password", "cv.docx", "encrypted", ole(oleEntry{"EncryptionInfo", 2}, oleEntry{"EncryptedPackage", 2})),
		refused("doc with macros", "cv.doc", "macros", ole(word, oleEntry{"Macros", 1}, oleEntry{"VBA", 1}, oleEntry{"_VBA_PROJECT", 2})),
		refused("doc with a file in it", "cv.doc", "macros", ole(word, oleEntry{"ObjectPool", 1}, oleEntry{"\x01Ole10Native", 2})),
		refused("doc cut off", "cv.doc", "damaged", cut(Doc(), 3000)),
		refused("doc of a head only", "cv.doc", "damaged", Doc()[:512]),
		refused("doc of its first bytes only", "cv.doc", "damaged", []byte(oleMagic)),
		refused("old spreadsheet", "cv.doc", "type", ole(oleEntry{"Workbook", 2})),
		refused("mail of Outlook", "letter.msg", "type", ole(oleEntry{"__substg1.0_0037001F", 2})),
		refused("doc with a zip behind it", "cv.doc", "type", join(Doc(), Zip(Part{"run.exe", "MZ"}))),
	}
}
