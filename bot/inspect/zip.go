package inspect

import (
	"compress/flate"
	"encoding/binary"
	"io"
	"path"
	"strings"
)

// Limits of what is unpacked from an office document.
const (
	mostEntries = 2000
	mostGrown   = 200 << 20 // bytes unpacked, all together
	plentyGrown = 16 << 20  // so much is fine however small it was packed
	mostRatio   = 100       // beyond that, so many times the packed size
	mostName    = 1024
)

// zipScan reads a zip file twice at once: from its beginning, entry by entry, unpacking each, and by the directory at its end, which
// is what others go by. Only where both say the same is it what it seems.
type zipScan struct {
	t       *tape
	flate   io.ReadCloser
	grown   int64
	entries map[int64]zipEntry // by where they begin
	names   map[string]bool    // in small letters
	kinds   map[string]bool    // what the contents say the whole is
}

// zipEntry is what its header and its data said.
type zipEntry struct {
	name   string
	method uint16
	sum    uint32
	size   int64 // unpacked
	begin  int64
}

const (
	flagEncrypted  = 1
	flagDescriptor = 8 // sum and sizes stand behind the data
	unknown        = 0xFFFFFFFF
)

func readZip(t *tape) (kind string, err error) {
	z := &zipScan{t: t, entries: map[int64]zipEntry{}, names: map[string]bool{}, kinds: map[string]bool{}}
	if err = z.walk(); err == nil {
		err = z.directory()
	}
	err = broken(err)
	if _, refused := err.(Refusal); refused && err != Refusal("encrypted") && err != Refusal("large") && !z.office() {
		err = Refusal("archive") // whatever is wrong with it, it is no document
	}
	if err != nil {
		return "", err
	}
	return z.kind()
}

// office says that something among the names is an office document's.
func (z *zipScan) office() bool {
	return z.names["[content_types].xml"] || z.names["_rels/.rels"] || z.names["word/document.xml"] || z.kinds["odt"]
}

func (z *zipScan) kind() (string, error) {
	switch {
	case z.kinds["docx"], z.names["[content_types].xml"] && z.names["word/document.xml"]:
		return "docx", nil
	case z.kinds["odt"] && z.names["content.xml"]:
		return "odt", nil
	case z.office(), z.names["mimetype"] && z.names["content.xml"]: // a spreadsheet, slides
		return "", Refusal("type")
	}
	return "", Refusal("archive")
}

// walk reads the entries, up to the directory.
func (z *zipScan) walk() error {
	for {
		begin := z.t.at()
		head, err := z.t.peek(30)
		if err != nil {
			return err
		}
		if len(head) < 4 {
			return Refusal("damaged")
		}
		if string(head[:4]) != zipMagic {
			return nil
		}
		if len(head) < 30 {
			return Refusal("damaged")
		}
		if len(z.entries) >= mostEntries {
			return Refusal("bomb")
		}
		if err := z.entry(begin, header{append([]byte(nil), head...)}); err != nil {
			return err
		}
	}
}

// header is the fixed part before an entry (APPNOTE 4.3.7).
type header struct{ b []byte }

func (h header) flags() uint16  { return binary.LittleEndian.Uint16(h.b[6:]) }
func (h header) method() uint16 { return binary.LittleEndian.Uint16(h.b[8:]) }
func (h header) sum() uint32    { return binary.LittleEndian.Uint32(h.b[14:]) }
func (h header) packed() uint32 { return binary.LittleEndian.Uint32(h.b[18:]) }
func (h header) size() uint32   { return binary.LittleEndian.Uint32(h.b[22:]) }
func (h header) name() int      { return int(binary.LittleEndian.Uint16(h.b[26:])) }
func (h header) extra() int     { return int(binary.LittleEndian.Uint16(h.b[28:])) }

// later says that sum and sizes stand behind the data.
func (h header) later() bool {
	return h.flags()&flagDescriptor != 0 && (h.packed() == 0 || h.packed() == unknown)
}

func (z *zipScan) entry(begin int64, h header) error {
	if h.flags()&flagEncrypted != 0 {
		return Refusal("encrypted")
	}
	if _, err := z.t.Discard(len(h.b)); err != nil {
		return err
	}
	name, err := z.name(h.name())
	if err != nil {
		return err
	}
	if _, err := z.t.Discard(h.extra()); err != nil {
		return err
	}
	small := strings.ToLower(name)
	if z.names[small] || strings.HasPrefix(name, "/") || strings.Contains(name, "\\") || strings.Contains("/"+name+"/", "/../") {
		return Refusal("damaged") // two of one name, or a name that leads elsewhere: readers differ
	}
	z.names[small] = true
	if err := forbidden(small); err != nil {
		return err
	}
	data, err := z.data(h)
	if err != nil {
		return err
	}
	if err := z.look(small, data); err != nil {
		return err
	}
	if err := data.end(); err != nil {
		return err
	}
	z.entries[begin] = zipEntry{name, h.method(), data.sum.Sum32(), data.size, begin}
	return nil
}

func (z *zipScan) name(length int) (string, error) {
	if length > mostName {
		return "", Refusal("damaged")
	}
	b := make([]byte, length)
	if _, err := io.ReadFull(z.t, b); err != nil {
		return "", err
	}
	return string(b), nil
}

// forbidden refuses parts by their name, before they are read.
func forbidden(name string) error {
	base := path.Base(name)
	for _, part := range []string{"vbaproject", "vbadata"} {
		if strings.HasPrefix(base, part) {
			return Refusal("macros")
		}
	}
	for _, folder := range []string{"basic/", "scripts/", "dialogs/", "word/activex/"} {
		if strings.HasPrefix(name, folder) && name != folder && !emptyLibrary[base] {
			return Refusal("macros")
		}
	}
	return nil
}

// emptyLibrary are the lists of macros that an ODT may hold without having any.
var emptyLibrary = map[string]bool{"script-lc.xml": true, "script-lb.xml": true, "dialog-lc.xml": true, "dialog-lb.xml": true}

// data opens an entry's bytes, unpacked.
func (z *zipScan) data(h header) (*entryData, error) {
	d := &entryData{z: z, h: h, from: z.t.at()}
	switch {
	case h.packed() == unknown && !h.later():
		return nil, Refusal("damaged") // over four gigabytes
	case h.method() == 0 && h.later():
		d.r = &untilDescriptor{d: d}
	case h.method() == 0:
		d.r = io.LimitReader(z.t, int64(h.packed()))
	case h.method() == 8:
		if z.flate == nil {
			z.flate = flate.NewReader(z.t.Reader)
		} else if err := z.flate.(flate.Resetter).Reset(z.t.Reader, nil); err != nil {
			return nil, err
		}
		d.r = z.flate
	default:
		return nil, Refusal("damaged")
	}
	return d, nil
}
