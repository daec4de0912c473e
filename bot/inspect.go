package bot

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"olle/flows"
)

// refusal is why a file is not kept, as a key of flows.Fetched.Problem.
type refusal string

func (r refusal) Error() string { return "bot: file refused: " + string(r) }

const (
	headBytes = 3 << 10   // what the media type is told from
	tailBytes = 256 << 10 // where a zip's directory must lie; an office document's takes some kilobytes
)

// inspector checks a file while it streams by, so that nothing plain ever rests on disk and nothing large in memory: its size,
// what it really is (by content, whatever its name says), its pages, its digest. What must not be kept ends the stream with a
// refusal instead of io.EOF.
type inspector struct {
	r     io.Reader
	rules flows.FetchRules
	size  int64
	head  []byte
	tail  []byte // the last bytes, at least tailBytes of them when there are so many
	sum   hash.Hash
	pdf   pageScan
	words wordScan
	found flows.Fetched // complete when Read has returned io.EOF
}

func newInspector(r io.Reader, rules flows.FetchRules) *inspector {
	return &inspector{r: r, rules: rules, sum: sha256.New(), words: wordScan{words: [][]byte{wide("WordDocument"), wide("_VBA")}}}
}

// wide is how OLE files write names.
func wide(s string) []byte {
	var out []byte
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

func (i *inspector) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if n > 0 {
		if refused := i.take(p[:n]); refused != nil {
			return 0, refused
		}
	}
	if errors.Is(err, io.EOF) {
		if refused := i.verdict(); refused != nil {
			return 0, refused
		}
		return n, io.EOF
	}
	return n, err
}

// take looks at the next bytes.
func (i *inspector) take(b []byte) error {
	i.size += int64(len(b))
	if i.rules.Max > 0 && i.size > i.rules.Max {
		return refusal("large")
	}
	i.sum.Write(b)
	early := len(i.head) < headBytes
	if early {
		i.head = append(i.head, b[:min(len(b), headBytes-len(i.head))]...)
	}
	i.tail = append(i.tail, b...)
	if len(i.tail) > 2*tailBytes {
		i.tail = append(i.tail[:0], i.tail[len(i.tail)-tailBytes:]...)
	}
	switch {
	case bytes.HasPrefix(i.head, []byte("%PDF")):
		i.pdf.write(b)
	case bytes.HasPrefix(i.head, oleMagic):
		i.words.write(b)
	}
	if early && len(i.head) == headBytes && !i.promising() {
		return refusal("type")
	}
	return nil
}

var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// promising says that the file could still turn out to be something known: a gigabyte of the wrong kind is not read to its end.
func (i *inspector) promising() bool {
	for _, magic := range [][]byte{[]byte("%PDF-"), []byte("PK\x03\x04"), oleMagic, {0xFF, 0xD8, 0xFF}, []byte("\x89PNG\r\n\x1a\n")} {
		if bytes.HasPrefix(i.head, magic) {
			return true
		}
	}
	return false
}

// verdict is the decision once all has been seen.
func (i *inspector) verdict() error {
	if i.size == 0 {
		return refusal("empty")
	}
	kind := i.kind()
	if kind == "" || !slices.Contains(i.rules.Types, kind) {
		return refusal("type")
	}
	pages := 0
	if kind == "pdf" {
		pages = i.pdf.pages()
	}
	if i.rules.Pages > 0 && pages > i.rules.Pages {
		i.found.Pages = pages
		return refusal("pages")
	}
	i.found = flows.Fetched{Size: i.size, Type: kind, Hash: hex.EncodeToString(i.sum.Sum(nil)), Pages: pages}
	return nil
}

// kind tells what the file is from its content; "" for whatever is not an ordinary document or picture. It must begin as one:
// files that are two things at once, pages with a document inside, and documents with macros are not.
func (i *inspector) kind() string {
	media := mimetype.Detect(i.head)
	switch {
	case media.Is("application/pdf") && bytes.HasPrefix(i.head, []byte("%PDF-")) && bytes.Contains(i.tail, []byte("%%EOF")):
		return "pdf"
	case media.Is("image/jpeg"):
		return "jpeg"
	case media.Is("image/png") || media.Is("image/vnd.mozilla.apng"):
		return "png"
	case bytes.HasPrefix(i.head, oleMagic):
		if i.words.found[0] && !i.words.found[1] {
			return "doc"
		}
	case bytes.HasPrefix(i.head, []byte("PK\x03\x04")):
		return i.office()
	}
	return ""
}

// office tells DOCX and ODT by the zip's central directory, the only list of contents that readers obey.
func (i *inspector) office() string {
	z, err := zip.NewReader(tailReader{i.tail, i.size}, i.size)
	if err != nil {
		return ""
	}
	has := map[string]bool{}
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		has[name] = true
		base := name[strings.LastIndex(name, "/")+1:]
		if strings.HasPrefix(base, "vbaproject") || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/") {
			return ""
		}
	}
	switch {
	case has["[content_types].xml"] && has["word/document.xml"]:
		return "docx"
	case has["content.xml"] && bytes.Contains(i.head[:min(len(i.head), 128)], []byte("mimetypeapplication/vnd.oasis.opendocument.text")):
		return "odt"
	}
	return ""
}

// tailReader reads the end of a file of which only the end is known.
type tailReader struct {
	tail []byte
	size int64
}

func (t tailReader) ReadAt(p []byte, off int64) (int, error) {
	off -= t.size - int64(len(t.tail))
	if off < 0 || off > int64(len(t.tail)) {
		return 0, errors.New("bot: that part of the file is gone")
	}
	n := copy(p, t.tail[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
