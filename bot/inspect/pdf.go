package inspect

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"io"
)

// Limits of what is looked at in a PDF.
const (
	mostUnpacked = 64 << 20 // bytes of unpacked object streams, all together
	mostObjects  = 10_000   // pages told apart
	eofWithin    = 1024     // readers look for %%EOF this far from the end
)

// pdfScan reads a PDF (ISO 32000-1 §7.5) the way a cautious reader does that trusts no table of contents: every object it can see
// counts, wherever it hides. Whoever opens the file may go by another list, of which this is more than all.
type pdfScan struct {
	lex      *lexer
	unpacked int64
	flate    io.ReadCloser
	inner    *bufio.Reader // of unpacked objects

	objects int             // seen at all
	pages   map[uint64]bool // page objects by number, so that a page written again counts once
	count   int             // what the last root of a page tree says
	length  int64           // of the whole file as a linearised one declares it
}

// object is what is known of the object under way.
type object struct {
	number  uint64
	kind    string // value of /Type
	parent  bool
	count   int
	linear  bool
	length  int64 // value of /L
	n       int64 // values of /N and /First
	first   int64
	names   map[string]int // names that tell how its stream is packed
	dicts   uint64         // finished dictionaries, which tell packed objects apart
	written bool
}

// Names that make a PDF run or carry something (ISO 32000-1 §12.6.4, §7.11.4, §12.7.8), and the one that locks it. An empty list
// of embedded files is usual.
var pdfNames = map[string]Refusal{
	"JavaScript": "scripts", "JS": "scripts", "Launch": "scripts", "EmbeddedFile": "scripts", "EF": "scripts",
	"RichMedia": "scripts", "OnInstantiate": "scripts", "XFA": "scripts", "Encrypt": "encrypted",
}

// Names that tell how a stream is packed. N and First together make it a stream of objects, whatever its type claims.
var packing = map[string]bool{
	"ObjStm": true, "N": true, "First": true, "Filter": true, "F": true, "Predictor": true, "FlateDecode": true, "Fl": true,
	"ASCIIHexDecode": true, "AHx": true, "ASCII85Decode": true, "A85": true, "LZWDecode": true, "LZW": true,
	"RunLengthDecode": true, "RL": true, "Crypt": true,
}

func readPDF(t *tape) (pages int, err error) {
	s := &pdfScan{lex: newLexer(t.Reader), pages: map[uint64]bool{}}
	if err := s.objectsOf(s.lex, &object{}, false); err != nil {
		return 0, err
	}
	tail, err := t.drain()
	if err != nil {
		return 0, err
	}
	end := bytes.LastIndex(tail, []byte("%%EOF"))
	rest := bytes.TrimRight(tail[max(end, 0):], "\x00\t\n\f\r ")
	switch {
	case end < 0 || len(rest) > eofWithin || s.objects == 0 || s.length > t.at():
		return 0, Refusal("damaged")
	case foreign(rest):
		return 0, Refusal("type")
	}
	return s.number(), nil
}

// number is how many pages a reader would show: what the page tree says, if as many were seen.
func (s *pdfScan) number() int {
	if s.count > 0 {
		return min(s.count, len(s.pages))
	}
	return len(s.pages)
}

// objectsOf reads objects to the end of a file, or of what an object stream held.
func (s *pdfScan) objectsOf(l *lexer, o *object, packed bool) error {
	var d dict
	for {
		k, err := l.next()
		switch {
		case errors.Is(err, io.EOF):
			s.close(o)
			return nil
		case err != nil:
			return err
		}
		switch k {
		case tokenObject:
			if !packed {
				s.close(o)
				s.objects++
				*o, d = object{number: l.number}, dict{}
			}
		case tokenName:
			if no := pdfNames[string(l.text)]; no != "" {
				return no
			}
			o.name(l.text)
			d.name(o, l.text)
		case tokenWord:
			switch {
			case string(l.text) == "stream" && l.afterDict && !packed:
				if err := s.stream(o); err != nil {
					return err
				}
			case string(l.text) == "endobj" || string(l.text) == "trailer":
				s.close(o)
				*o, d = object{}, dict{}
			default:
				d.word(o, l.text)
			}
		case tokenOpen, tokenClose:
			if d.nest(k) && packed {
				s.close(o)
				*o = object{number: o.number, dicts: o.dicts + 1}
			}
		default:
			d.word(o, nil)
		}
	}
}

// name notes names that tell how a stream is packed.
func (o *object) name(text []byte) {
	if packing[string(text)] {
		if o.names == nil {
			o.names = map[string]int{}
		}
		o.names[string(text)]++
	}
}

// close draws the conclusions from an object.
func (s *pdfScan) close(o *object) {
	if o.written {
		return
	}
	o.written = true
	switch {
	case o.kind == "Page" && len(s.pages) < mostObjects:
		s.pages[o.number<<20|o.dicts] = true
	case o.kind == "Pages" && !o.parent && o.count > 0:
		s.count = o.count
	case o.linear && s.length == 0:
		s.length = o.length
	}
}

// stream passes over a stream; one of objects is unpacked and read like the file.
func (s *pdfScan) stream(o *object) error {
	number := o.number
	s.close(o)
	if o.names["ObjStm"] > 0 || o.names["N"] > 0 && o.names["First"] > 0 {
		body, err := s.unpack(o)
		if err != nil {
			return err
		}
		if body == nil {
			return nil // in the clear: read where they lie
		}
		if s.inner == nil {
			s.inner = bufio.NewReaderSize(body, 16<<10)
		}
		s.inner.Reset(body)
		l := newLexer(s.inner)
		if err := l.contents(o.n, o.first); err != nil {
			return broken(err)
		}
		if err := s.objectsOf(l, &object{number: number}, true); err != nil {
			return broken(err)
		}
	}
	return s.lex.passStream()
}

// broken makes a refusal of what cannot be unpacked, and of an end that comes too soon.
func broken(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return Refusal("damaged")
	}
	return err
}

// unpack opens an object stream. Everybody packs them with plain Flate or not at all; what is packed otherwise hides something. nil:
// they are in the clear.
func (s *pdfScan) unpack(o *object) (io.Reader, error) {
	filters := 0
	for name, n := range o.names {
		if name != "ObjStm" && name != "N" && name != "First" && name != "Filter" && name != "FlateDecode" && name != "Fl" {
			return nil, Refusal("scripts")
		} else if name == "FlateDecode" || name == "Fl" {
			filters += n
		}
	}
	switch {
	case filters == 0 && o.names["Filter"] == 0:
		return nil, nil
	case filters != 1 || o.names["Filter"] != 1:
		return nil, Refusal("scripts")
	}
	r := s.lex.r
	if err := skipLineEnd(r); err != nil {
		return nil, err
	}
	if head, err := peek(r, 2); err != nil || len(head) < 2 || head[0]&15 != 8 { // zlib's two bytes (RFC 1950); its sum is not checked
		return nil, errors.Join(err, Refusal("damaged"))
	}
	_, _ = r.Discard(2)
	if s.flate == nil {
		s.flate = flate.NewReader(r)
	} else if err := s.flate.(flate.Resetter).Reset(r, nil); err != nil {
		return nil, err
	}
	return &allowance{r: s.flate, left: &s.unpacked, most: mostUnpacked}, nil
}

// skipLineEnd passes what stands between the word stream and its data.
func skipLineEnd(r *bufio.Reader) error {
	for {
		b, err := peek(r, 1)
		if err != nil || len(b) == 0 || b[0] != '\r' && b[0] != '\n' && b[0] != ' ' {
			return err
		}
		if _, err := r.Discard(1); err != nil || b[0] == '\n' {
			return err
		}
	}
}

// allowance ends in a refusal when more comes out than there may be.
type allowance struct {
	r    io.Reader
	left *int64 // counted up, over all that share it
	most int64
}

func (a *allowance) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if *a.left += int64(n); *a.left > a.most {
		return 0, Refusal("bomb")
	}
	return n, err
}
