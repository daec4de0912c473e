package inspect

import (
	"bytes"
	"encoding/binary"
	"io"
)

// zipEnd is where the directory lies, which its end must say just so: readers begin there, and go where it says.
type zipEnd struct {
	begin, end int64 // of the list
	large      int64 // where the record of files over four gigabytes begins; 0: there is none
}

// directory reads the list of contents behind the entries (APPNOTE 4.3.12). It must name every entry once, where it lies, and the
// file must end with it.
func (z *zipScan) directory() error {
	at := zipEnd{begin: z.t.at()}
	listed := map[int64]bool{}
	for {
		mark, err := z.t.peek(4)
		if err != nil {
			return err
		}
		if len(mark) < 4 {
			return Refusal("damaged")
		}
		if string(mark) != "PK\x01\x02" && at.end == 0 {
			at.end = z.t.at()
		}
		switch string(mark) {
		case "PK\x01\x02":
			begin, err := z.listed()
			if err != nil {
				return err
			}
			if listed[begin] || at.end != 0 {
				return Refusal("damaged") // two that share their data, or more behind the end
			}
			listed[begin] = true
		case "PK\x06\x06", "PK\x06\x07":
			if err := z.large(string(mark), &at); err != nil {
				return err
			}
		case "PK\x05\x06":
			if len(listed) != len(z.entries) {
				return Refusal("damaged") // entries that the directory does not know
			}
			return z.last(at)
		default:
			return Refusal("damaged")
		}
	}
}

// listed reads one line of the directory and compares it with the entry it means.
func (z *zipScan) listed() (begin int64, err error) {
	b := make([]byte, 46)
	if _, err := io.ReadFull(z.t, b); err != nil {
		return 0, err
	}
	short := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	long := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	name, err := z.name(short(28))
	if err != nil {
		return 0, err
	}
	if _, err := z.t.Discard(short(30) + short(32)); err != nil {
		return 0, err
	}
	e, ok := z.entries[int64(long(42))]
	switch {
	case short(8)&flagEncrypted != 0:
		return 0, Refusal("encrypted")
	case !ok, e.name != name, e.sum != long(16), e.method != uint16(short(10)), int64(long(24)) != e.size && long(24) != unknown:
		return 0, Refusal("damaged")
	}
	return e.begin, nil
}

// large reads the two records of files over four gigabytes, which some write always: they must say what is so.
func (z *zipScan) large(mark string, at *zipEnd) error {
	begin := z.t.at()
	size := 56
	if mark == "PK\x06\x07" {
		size = 20
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(z.t, b); err != nil {
		return err
	}
	long := func(at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }
	if mark == "PK\x06\x07" {
		if at.large == 0 || long(8) != at.large {
			return Refusal("damaged")
		}
		return nil
	}
	n, more := int64(len(z.entries)), long(4)-44
	if at.large != 0 || long(24) != n || long(32) != n || long(40) != at.end-at.begin || long(48) != at.begin || more < 0 || more > window {
		return Refusal("damaged")
	}
	at.large = begin
	_, err := z.t.Discard(int(more))
	return err
}

// last reads the end of the directory, behind which nothing may stand. What it leaves to the record of large files, that has said.
func (z *zipScan) last(at zipEnd) error {
	b := make([]byte, 22)
	if _, err := io.ReadFull(z.t, b); err != nil {
		return err
	}
	says := func(where, bytes int, want int64) bool {
		got, most := int64(binary.LittleEndian.Uint16(b[where:])), int64(0xFFFF)
		if bytes == 4 {
			got, most = int64(binary.LittleEndian.Uint32(b[where:])), unknown
		}
		return got == want || got == most && at.large != 0
	}
	n := int64(len(z.entries))
	if !says(4, 2, 0) || !says(6, 2, 0) || !says(8, 2, n) || !says(10, 2, n) || !says(12, 4, at.end-at.begin) || !says(16, 4, at.begin) {
		return Refusal("damaged")
	}
	comment := make([]byte, binary.LittleEndian.Uint16(b[20:]))
	if _, err := io.ReadFull(z.t, comment); err != nil {
		return err
	}
	if bytes.Contains(comment, []byte("PK\x05\x06")) {
		return Refusal("damaged") // an end that others would find first
	}
	more, err := z.t.peek(1)
	if err == nil && len(more) > 0 {
		err = Refusal("type") // and something else behind it
	}
	return err
}
