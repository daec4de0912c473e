package inspect

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

const (
	odtMedia    = "application/vnd.oasis.opendocument.text"
	mostRels    = 512 << 10 // bytes of a list of relationships; ordinary ones have some kilobytes
	scanBytes   = 32 << 10
	scanOverlap = 64
)

// look reads an entry's data, at least as far as it matters.
func (z *zipScan) look(name string, data io.Reader) error {
	head := make([]byte, 128)
	n, err := io.ReadFull(data, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n] // packed data cut off shows again when the rest is read
	if err := nested(name, head); err != nil {
		return err
	}
	if len(z.names) == 1 && name == "mimetype" && string(head) == odtMedia {
		z.kinds["odt"] = true
	}
	whole := io.MultiReader(bytes.NewReader(head), data)
	switch path.Ext(name) {
	case ".rels":
		return relations(whole)
	case ".xml", ".vml", ".rdf":
		return z.markup(name, whole)
	}
	return nil
}

// nested refuses files within the file that are more than pictures.
func nested(name string, head []byte) error {
	is := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case is(oleMagic): // an embedded object, or macros under another name
		return Refusal("macros")
	case is(zipMagic) && strings.HasPrefix(name, "word/embeddings/") && strings.HasSuffix(name, ".xlsx"): // the numbers of a chart
		return nil
	case is(zipMagic), is("Rar!\x1a\x07"), is("7z\xbc\xaf\x27\x1c"), is("\x7fELF"), is("MZ\x90\x00"):
		return Refusal("archive")
	}
	return nil
}

// markup looks for what must not stand in the parts of a document.
func (z *zipScan) markup(name string, r io.Reader) error {
	forbid := map[string]Refusal{"<!ENTITY": "bomb", "vnd.sun.star.script:": "macros", "macroEnabled": "macros"}
	tell := map[string]string{}
	switch name {
	case "[content_types].xml":
		tell["wordprocessingml.document.main+xml"] = "docx"
	case "meta-inf/manifest.xml":
		forbid["encryption-data"] = "encrypted"
	}
	buf, kept := make([]byte, scanOverlap+scanBytes), 0
	for first := true; ; first = false {
		n, err := io.ReadFull(r, buf[kept:])
		b := buf[:kept+n]
		if first && !z.kinds["odt"] && len(b) > 1 && (b[0] == 0xFE && b[1] == 0xFF || b[0] == 0xFF && b[1] == 0xFE || b[1] == 0) {
			return Refusal("damaged") // UTF-16, which nobody writes here, and which would hide words
		}
		for word, no := range forbid {
			if bytes.Contains(b, []byte(word)) {
				return no
			}
		}
		for word, kind := range tell {
			z.kinds[kind] = z.kinds[kind] || bytes.Contains(b, []byte(word))
		}
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return ignoreEOF(err)
		}
		kept = copy(buf, b[len(b)-scanOverlap:])
	}
}

// relations reads a part's list of what belongs to it. Templates, frames and objects must lie inside: Word loads them without asking.
// A template on a disk of the sender's is usual and does no harm.
func relations(r io.Reader) error {
	from := &remembering{r: r}
	limited := &io.LimitedReader{R: from, N: mostRels}
	d := xml.NewDecoder(limited)
	for {
		tok, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return nil
		case from.err != nil:
			return from.err
		case err != nil:
			return Refusal("damaged")
		}
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Local != "Relationship" {
			continue
		}
		var kind, target, mode string
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "Type":
				kind = strings.ToLower(path.Base(a.Value))
			case "Target":
				target = strings.ToLower(strings.TrimSpace(a.Value))
			case "TargetMode":
				mode = strings.ToLower(a.Value)
			}
		}
		if mode == "external" && loaded[kind] && distant(target) {
			return Refusal("macros")
		}
	}
}

// remembering tells a failing source from a parser that does not like what it read.
type remembering struct {
	r   io.Reader
	err error
}

func (m *remembering) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.err = ignoreEOF(err)
	return n, err
}

var loaded = map[string]bool{"attachedtemplate": true, "oleobject": true, "frame": true, "subdocument": true, "afchunk": true, "control": true}

func distant(target string) bool {
	local := strings.HasPrefix(target, "file:///") && len(target) > 9 && target[9] == ':' || len(target) > 1 && target[1] == ':'
	return !local
}
