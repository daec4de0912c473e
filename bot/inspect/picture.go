package inspect

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Pixels a picture may declare. A telephone takes 200 million, a scanner at 1200 dots 140 million; whoever opens one needs four bytes
// each, whatever the file's size. Above the lower number a picture must be as large as pictures of something are.
const (
	mostPixels  = 250_000_000
	manyPixels  = 100_000_000
	pixelsAByte = 512
)

// frame refuses pictures that nobody can open.
func frame(width, height uint32) (pixels int64, err error) {
	pixels = int64(width) * int64(height)
	switch {
	case pixels == 0:
		return 0, Refusal("damaged")
	case pixels > mostPixels:
		return 0, Refusal("bomb")
	}
	return pixels, nil
}

// hollow says that a picture claims more pixels than its bytes can hold.
func hollow(pixels, size int64) bool { return pixels > manyPixels && pixels/size > pixelsAByte }

// readPNG walks the chunks of a PNG (W3C PNG §5): length, type, data, CRC, from IHDR to IEND.
func readPNG(t *tape) error {
	if _, err := t.Discard(len(pngMagic)); err != nil {
		return err
	}
	var pixels int64
	for {
		head, err := t.peek(16)
		if err != nil {
			return err
		}
		if len(head) < 12 {
			return Refusal("damaged")
		}
		length, kind := binary.BigEndian.Uint32(head), string(head[4:8])
		if pixels == 0 {
			if kind != "IHDR" || length != 13 || len(head) < 16 {
				return Refusal("damaged")
			}
			if ihdr, err := t.peek(16); err != nil {
				return err
			} else if pixels, err = frame(binary.BigEndian.Uint32(ihdr[8:]), binary.BigEndian.Uint32(ihdr[12:])); err != nil {
				return err
			}
		}
		if err := pngChunk(t, length); err != nil {
			return err
		}
		if kind == "IEND" {
			break
		}
	}
	if hollow(pixels, t.at()) {
		return Refusal("bomb")
	}
	return trailer(t)
}

// pngChunk reads one chunk and checks its sum.
func pngChunk(t *tape, length uint32) error {
	if _, err := t.Discard(4); err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyN(sum, t, int64(length)+4); err != nil {
		return err
	}
	var want [4]byte
	if _, err := io.ReadFull(t, want[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
		return Refusal("damaged")
	}
	return nil
}

// readJPEG walks the segments of a JPEG (ITU T.81 annex B): each has a marker and a length, but for the picture's data, which ends
// at the next marker.
func readJPEG(t *tape) error {
	if _, err := t.Discard(2); err != nil {
		return err
	}
	var pixels int64
	for {
		marker, err := jpegMarker(t)
		if err != nil {
			return err
		}
		switch {
		case marker == 0xD9: // end of image
			if pixels == 0 {
				return Refusal("damaged")
			}
			if hollow(pixels, t.at()) {
				return Refusal("bomb")
			}
			return trailer(t)
		case marker == 0x01 || marker >= 0xD0 && marker <= 0xD8: // stand alone
			continue
		}
		here, err := jpegSegment(t, marker)
		if err != nil {
			return err
		}
		pixels = max(pixels, here)
		if marker == 0xDA {
			if err := jpegData(t); err != nil {
				return err
			}
		}
	}
}

// jpegMarker reads a marker; any number of FF may stand before it.
func jpegMarker(t *tape) (byte, error) {
	b, err := t.ReadByte()
	if err == nil && b != 0xFF {
		err = Refusal("damaged")
	}
	for b == 0xFF && err == nil {
		b, err = t.ReadByte()
	}
	if err == nil && b == 0 {
		err = Refusal("damaged")
	}
	return b, err
}

// jpegSegment reads a segment with a length. That of a frame tells the picture's size.
func jpegSegment(t *tape, marker byte) (pixels int64, err error) {
	head, err := t.peek(7)
	if err != nil {
		return 0, err
	}
	if len(head) < 2 {
		return 0, Refusal("damaged")
	}
	length := int(binary.BigEndian.Uint16(head))
	frames := marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
	switch {
	case length < 2 || frames && (length < 8 || len(head) < 7):
		return 0, Refusal("damaged")
	case frames:
		pixels, err = frame(uint32(binary.BigEndian.Uint16(head[5:])), uint32(binary.BigEndian.Uint16(head[3:])))
		if err != nil {
			return 0, err
		}
	}
	if marker == 0xFE { // a comment
		comment := make([]byte, length)
		if _, err := io.ReadFull(t, comment); err != nil {
			return 0, err
		}
		if foreign(comment) {
			return 0, Refusal("type")
		}
		return 0, nil
	}
	_, err = t.Discard(length)
	return pixels, err
}

// jpegData reads to the next marker. FF 00 is a byte of the data, FF D0 to D7 are marks within it.
func jpegData(t *tape) error {
	for {
		b, err := t.peek(glance)
		if err != nil {
			return err
		}
		if len(b) < 2 {
			return Refusal("damaged")
		}
		i := index(b, "\xFF", 0)
		for ; i+1 < len(b); i = index(b, "\xFF", i+2) {
			if m := b[i+1]; m != 0 && (m < 0xD0 || m > 0xD7) {
				_, err := t.Discard(i)
				return err
			}
		}
		if _, err := t.Discard(min(i, len(b))); err != nil {
			return err
		}
	}
}

// trailer looks at what follows the end of a picture. Telephones put films and notes there, which is fine.
func trailer(t *tape) error {
	for {
		b, err := t.peek(t.Size())
		if err != nil {
			return err
		}
		if foreign(b) {
			return Refusal("type")
		}
		if len(b) < t.Size() {
			_, err := t.Discard(len(b))
			return err
		}
		if _, err := t.Discard(len(b) - 16); err != nil { // a sign may lie across
			return err
		}
	}
}
