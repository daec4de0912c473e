package inspect

import (
	"encoding/binary"
	"io"
)

// directory reads the list of contents behind the entries (APPNOTE 4.3.12). It must name every entry once, where it lies, and the
// file must end with it.
func (z *zipScan) directory() error {
	listed := map[int64]bool{}
	for {
		mark, err := z.t.peek(4)
		if err != nil {
			return err
		}
		if len(mark) < 4 {
			return Refusal("damaged")
		}
		switch string(mark) {
		case "PK\x01\x02":
			begin, err := z.listed()
			if err != nil {
				return err
			}
			if listed[begin] {
				return Refusal("damaged") // two that share their data
			}
			listed[begin] = true
		case "PK\x06\x06", "PK\x06\x07":
			if err := z.large(string(mark)); err != nil {
				return err
			}
		case "PK\x05\x06":
			if len(listed) != len(z.entries) {
				return Refusal("damaged") // entries that the directory does not know
			}
			return z.last()
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
	case !ok, e.name != name, e.sum != long(16), int64(long(24)) != e.size && long(24) != unknown:
		return 0, Refusal("damaged")
	}
	return e.begin, nil
}

// large passes the two records of files over four gigabytes, which some write always.
func (z *zipScan) large(mark string) error {
	if mark == "PK\x06\x07" {
		_, err := z.t.Discard(20)
		return err
	}
	b := make([]byte, 12)
	if _, err := io.ReadFull(z.t, b); err != nil {
		return err
	}
	length := binary.LittleEndian.Uint64(b[4:])
	if length > window {
		return Refusal("damaged")
	}
	_, err := z.t.Discard(int(length))
	return err
}

// last reads the end of the directory, behind which nothing may stand.
func (z *zipScan) last() error {
	b := make([]byte, 22)
	if _, err := io.ReadFull(z.t, b); err != nil {
		return err
	}
	if _, err := z.t.Discard(int(binary.LittleEndian.Uint16(b[20:]))); err != nil {
		return err
	}
	more, err := z.t.peek(1)
	if err == nil && len(more) > 0 {
		err = Refusal("type") // and something else behind it
	}
	return err
}
