package inspecttest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// picture has something on it.
func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		m.Set(i%64, i/64, color.RGBA{uint8(i), uint8(i / 7), uint8(i / 13), 255})
	}
	return m
}

// JPEG is an ordinary photo.
func JPEG() []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, picture(), nil) // into memory
	return b.Bytes()
}

// PNG is an ordinary picture.
func PNG() []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, picture()) // into memory
	return b.Bytes()
}

// segment is a part of a JPEG with a length.
func segment(marker byte, data string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(data)+2))
	return append(b, data...)
}

// afterStart puts segments behind the first two bytes.
func afterStart(jpg []byte, segments ...[]byte) []byte {
	return join(jpg[:2], join(segments...), jpg[2:])
}

// claim has a JPEG say that it is so large.
func claim(jpg []byte, width, height uint16) []byte {
	jpg = bytes.Clone(jpg)
	at := bytes.Index(jpg, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(jpg[at+5:], height)
	binary.BigEndian.PutUint16(jpg[at+7:], width)
	return jpg
}

// chunk is a part of a PNG.
func chunk(kind, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind+data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(kind+data)))
}

// hugePNG says that it has so many pixels, and holds next to nothing.
func hugePNG(width, height uint32) []byte {
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return join([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", string(size)+"\x01\x00\x00\x00\x00"), chunk("IDAT", flated("")), chunk("IEND", ""))
}

func pictures() []Case {
	jpg, pic := JPEG(), PNG()
	other := Zip(Part{"run.exe", "MZ"})
	spoiltPNG := bytes.Clone(pic)
	spoiltPNG[60] ^= 1
	film := join([]byte("\x00\x00\x00\x18ftypmp42"), bytes.Repeat([]byte("\x00film"), 5000))
	return []Case{
		kept("jpeg", "photo.jpg", "jpeg", 0, jpg),
		kept("jpeg under another ending", "photo.pdf", "jpeg", 0, jpg),
		kept("jpeg of a telephone, with a small one inside", "photo.jpg", "jpeg", 0, afterStart(jpg, segment(0xE1, "Exif\x00\x00"+string(jpg)))),
		kept("jpeg of a telephone, with a film behind", "photo.jpg", "jpeg", 0, join(jpg, film)),
		kept("jpeg with a comment", "photo.jpg", "jpeg", 0, afterStart(jpg, segment(0xFE, "scanned at the office"))),
		refused("jpeg cut off", "photo.jpg", "damaged", cut(jpg, 2)),
		refused("jpeg cut off in its head", "photo.jpg", "damaged", jpg[:20]),
		refused("jpeg without a picture", "photo.jpg", "damaged", []byte("\xff\xd8\xff\xd9")),
		refused("jpeg of four billion pixels", "photo.jpg", "bomb", claim(jpg, 65000, 65000)),
		refused("jpeg of 200 million pixels in a kilobyte", "photo.jpg", "bomb", claim(jpg, 20000, 10000)),
		refused("jpeg with a zip behind it", "photo.jpg", "type", join(jpg, other)),
		refused("jpeg with a zip in a segment", "photo.jpg", "type", afterStart(jpg, segment(0xE5, string(other)))),
		refused("jpeg with a pdf in it", "photo.jpg", "type", afterStart(jpg, segment(0xE5, "%PDF-1.4\n"))),
		refused("jpeg with a script in its comment", "photo.jpg", "type", afterStart(jpg, segment(0xFE, "<SCRIPT>alert(1)</SCRIPT>"))),
		refused("jpeg with a program behind it", "photo.jpg", "type", join(jpg, []byte("<?php system($_GET[1]);"))),
		kept("png", "scan.png", "png", 0, pic),
		refused("png cut off", "scan.png", "damaged", cut(pic, 12)),
		refused("png cut off in its head", "scan.png", "damaged", pic[:20]),
		refused("png with a wrong byte", "scan.png", "damaged", spoiltPNG),
		refused("png of four billion pixels", "scan.png", "bomb", hugePNG(65536, 65535)),
		refused("png of 200 million pixels in a hundred bytes", "scan.png", "bomb", hugePNG(20000, 10000)),
		refused("png of no pixels", "scan.png", "damaged", hugePNG(0, 10)),
		refused("png with a zip behind it", "scan.png", "type", join(pic, other)),
		refused("gif", "scan.gif", "picture", join([]byte("GIF89a\x01\x00\x01\x00"), make([]byte, 50))),
		refused("webp", "scan.webp", "picture", join([]byte("RIFF\x24\x00\x00\x00WEBPVP8 "), make([]byte, 50))),
		refused("heic of an iPhone", "IMG_0001.HEIC", "picture", join([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 50))),
		refused("tiff", "scan.tif", "picture", join([]byte("II*\x00\x08\x00\x00\x00"), make([]byte, 50))),
		refused("drawing that can run scripts", "seal.svg", "type", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)),
	}
}
