package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// verdict is the judge's opinion. A kind without an error is a file that may be kept.
type verdict struct {
	kind  string
	pages int
	err   error // a Refusal, or why the file could not be read
}

// judge reads a file to its end, or to where it is clear that it must be refused.
func judge(r io.Reader, rules Rules) (v verdict) {
	defer func() {
		if recover() != nil { // hostile bytes found a hole in a format's reader: the process lives on, the file does not pass
			v = verdict{err: Refusal("damaged")}
		}
	}()
	t := newTape(r, rules.Max)
	v = t.recognise(rules)
	if v.err == nil {
		v.err = v.compare(rules)
	}
	if errors.Is(v.err, io.EOF) || errors.Is(v.err, io.ErrUnexpectedEOF) {
		v.err = Refusal("damaged")
	}
	if v.err != nil {
		v.kind = ""
	}
	return v
}

func (v verdict) compare(rules Rules) error {
	switch {
	case !slices.Contains(rules.Types, v.kind):
		return Refusal("type")
	case rules.Pages > 0 && v.pages > rules.Pages:
		return Refusal("pages")
	}
	return nil
}

const (
	pdfMagic = "%PDF-"
	zipMagic = "PK\x03\x04"
	oleMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
	jpgMagic = "\xFF\xD8\xFF"
	pngMagic = "\x89PNG\r\n\x1a\n"
)

// recognise tells what the file is by how it begins, and has it read by whoever knows that format. A file must begin as what it is:
// other things before it make it something else for other programs.
func (t *tape) recognise(rules Rules) (v verdict) {
	head, err := t.peek(4096)
	if err != nil {
		return verdict{err: err}
	}
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case len(head) == 0:
		return verdict{err: Refusal("empty")}
	case begins(pdfMagic):
		v.kind = "pdf"
		v.pages, v.err = readPDF(t)
	case index(head[:min(len(head), 1024)], pdfMagic, 0) < min(len(head), 1024): // PDF readers would take it for one of theirs
		v.err = Refusal("type")
	case begins(zipMagic), begins("PK\x05\x06"):
		v.kind, v.err = readZip(t)
	case begins(oleMagic):
		v.kind, v.err = readOLE(t)
	case begins(jpgMagic):
		v.kind, v.err = "jpeg", readJPEG(t)
	case begins(pngMagic):
		v.kind, v.err = "png", readPNG(t)
	default:
		v.err = other(head, rules)
	}
	if v.err != nil || v.kind == "docx" || v.kind == "odt" {
		return v // a zip has been read to its last byte
	}
	tail, err := t.drain()
	if err == nil && appendedZip(tail) {
		err = Refusal("type")
	}
	v.err = err
	return v
}

// other sorts what is never kept by what its sender can do about it.
func other(head []byte, rules Rules) error {
	media := mimetype.Detect(head)
	switch {
	case strings.HasPrefix(media.String(), "image/") && !media.Is("image/svg+xml") && slices.Contains(rules.Types, "jpeg"):
		return Refusal("picture")
	case slices.ContainsFunc(archives, media.Is):
		return Refusal("archive")
	}
	return Refusal("type")
}

var archives = []string{
	"application/zip", "application/x-7z-compressed", "application/x-rar-compressed", "application/gzip", "application/x-tar",
	"application/x-xz", "application/x-bzip2", "application/zstd", "application/vnd.ms-cab-compressed", "application/lzip",
	"application/x-archive", "application/x-cpio", "application/x-rpm",
}

// appendedZip looks for the end of a zip's directory among a file's last bytes: unpackers look there and nowhere else, whatever
// comes before.
func appendedZip(tail []byte) bool {
	for i := index(tail, "PK\x05\x06", 0); i < len(tail); i = index(tail, "PK\x05\x06", i+1) {
		if i+22 > len(tail) {
			return false
		}
		end := tail[i:]
		disks := binary.LittleEndian.Uint32(end[4:])
		here, all := binary.LittleEndian.Uint16(end[8:]), binary.LittleEndian.Uint16(end[10:])
		if disks == 0 && here == all {
			return true
		}
	}
	return false
}

// foreign says that what follows the end of a document or picture, or lies in its comments, is meant for other programs. Plain junk is
// not: scanners and telephones leave a lot of it.
func foreign(b []byte) bool {
	for _, sign := range []string{zipMagic, "PK\x05\x06", "Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "\x7fELF", pdfMagic} {
		if bytes.Contains(b, []byte(sign)) {
			return true
		}
	}
	small := make([]byte, len(b))
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		small[i] = c
	}
	for _, sign := range []string{"<html", "<script", "<?php"} {
		if bytes.Contains(small, []byte(sign)) {
			return true
		}
	}
	return false
}
