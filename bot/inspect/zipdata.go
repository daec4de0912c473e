package inspect

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// entryData is an entry's data as it is unpacked, counted and summed.
type entryData struct {
	z    *zipScan
	h    header
	r    io.Reader
	from int64 // where the packed data begins
	sum  checksum
	size int64
}

type checksum uint32

func (c checksum) Sum32() uint32 { return uint32(c) }

func (d *entryData) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.sum = checksum(crc32.Update(uint32(d.sum), crc32.IEEETable, p[:n]))
	d.size += int64(n)
	d.z.grown += int64(n)
	if d.z.grown > mostGrown || d.z.grown > plentyGrown && d.z.grown > mostRatio*d.z.t.at() {
		return 0, Refusal("bomb")
	}
	return n, err
}

// end checks, when all was read, that header and data agree, and reads what stands behind the data.
func (d *entryData) end() error {
	if _, err := io.Copy(io.Discard, d); err != nil {
		return err
	}
	packed := d.z.t.at() - d.from
	if d.h.later() {
		return d.descriptor(packed)
	}
	if packed != int64(d.h.packed()) {
		return Refusal("damaged")
	}
	if d.h.flags()&flagDescriptor != 0 { // known before and repeated
		if b, err := d.z.t.peek(4); err != nil || string(b) != "PK\x07\x08" {
			return err
		}
		return d.descriptor(packed)
	}
	if d.h.sum() != d.sum.Sum32() || int64(d.h.size()) != d.size {
		return Refusal("damaged")
	}
	return nil
}

// descriptor reads sum and sizes behind the data (APPNOTE 4.3.9): with or without a mark, sizes of four or eight bytes.
func (d *entryData) descriptor(packed int64) error {
	b, err := d.z.t.peek(26)
	if err != nil {
		return err
	}
	for _, shape := range []struct{ mark, size int }{{4, 4}, {4, 8}, {0, 4}, {0, 8}} {
		length := shape.mark + 4 + 2*shape.size
		if len(b) < length || shape.mark == 4 && string(b[:4]) != "PK\x07\x08" || len(b) >= length+2 && string(b[length:length+2]) != "PK" {
			continue
		}
		at := b[shape.mark:]
		if binary.LittleEndian.Uint32(at) == d.sum.Sum32() && number(at[4:], shape.size) == packed && number(at[4+shape.size:], shape.size) == d.size {
			_, err := d.z.t.Discard(length)
			return err
		}
	}
	return Refusal("damaged")
}

func number(b []byte, size int) int64 {
	if size == 8 {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return int64(binary.LittleEndian.Uint32(b))
}

// untilDescriptor reads stored data whose length is not known: it ends where a descriptor fits what was read.
type untilDescriptor struct {
	d *entryData
}

func (u *untilDescriptor) Read(p []byte) (int, error) {
	t := u.d.z.t
	b, err := t.peek(glance)
	if err != nil {
		return 0, err
	}
	i := index(b, "PK\x07\x08", 0)
	switch {
	case i == 0 && len(b) >= 16 && u.fits(b):
		return 0, io.EOF
	case i == 0:
		i = 1
	case i == len(b) && len(b) < glance:
		return 0, Refusal("damaged") // the file ends without one
	case i == len(b):
		i -= 3
	}
	return t.Read(p[:min(len(p), i)])
}

func (u *untilDescriptor) fits(b []byte) bool {
	packed := u.d.z.t.at() - u.d.from
	return binary.LittleEndian.Uint32(b[4:]) == u.d.sum.Sum32() && (number(b[8:], 4) == packed || number(b[8:], 8) == packed)
}
