// Package inspect tells what a file really is and whether it may be kept, while it streams by.
//
// It hides the formats: PDF with its packed objects, both kinds of Word documents, ODT, JPEG, PNG, and the protocol of a virus
// scanner. It promises that nothing is written to disk and no more than some hundred kilobytes are held of a file of any size; that
// the verdict depends on the bytes alone, not on how the network cut them; and that a file which cannot be read to its end, is two
// things at once, runs something when opened or grows without measure when unpacked does not pass. It is separate from bot because
// everything that reads hostile bytes lies here, and nothing else does.
package inspect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Rules say what is acceptable.
type Rules struct {
	Max   int64    // bytes; larger is refused; 0: any size
	Types []string // of "pdf", "docx", "doc", "odt", "jpeg", "png"
	Pages int      // at most this many pages where they can be counted (PDF); 0: any number
	Scan  *Clamd   // a virus scanner that must agree; nil: none
}

// Found is what a file turned out to be.
type Found struct {
	Size  int64  // bytes; of a refused file, those that were read
	Type  string // as in Rules.Types; "" when refused
	Hash  string // SHA-256, hex; "" when refused
	Pages int    // of a PDF; 0: unknown
}

// Refusal is the error for a file that must not be kept. It is one word, the key of a sentence:
//
//	empty      not a single byte
//	large      more bytes than Rules.Max
//	type       something else than Rules.Types, or two things at once
//	picture    a picture of a kind that few programs open, where a JPEG would do
//	pages      more pages than Rules.Pages (Found.Pages says how many)
//	encrypted  opens with a password only
//	scripts    a PDF that runs or carries something: script, program, attached file, XFA form
//	macros     an office document with macros, controls, embedded programs, or a template from the network
//	archive    an archive, or an archive inside a document
//	bomb       unpacks to something enormous
//	damaged    cut off or broken
//	virus      the scanner knows it
type Refusal string

func (r Refusal) Error() string { return "inspect: refused: " + string(r) }

// File checks r to its end and hands it to keep meanwhile, byte by byte the same. The reader that keep gets ends in io.EOF only when
// all of the file passed; else in an error, and then keep must not keep anything. keep must read to the end and return the error it
// got, wrapped or not.
//
// The error is a Refusal, or what went wrong: reading r, in keep, or with the scanner. Then nothing is known about the file, and it
// is worth trying again.
func File(ctx context.Context, r io.Reader, rules Rules, keep func(io.Reader) error) (Found, error) {
	s := &stream{r: r, sum: sha256.New(), judged: make(chan struct{})}
	if rules.Scan != nil {
		scan, err := rules.Scan.begin(ctx)
		if err != nil {
			return Found{}, err
		}
		defer scan.close()
		s.scan = scan
	}
	in, out := io.Pipe()
	s.out = out
	go func() {
		defer close(s.judged)
		s.verdict = judge(in, rules)
		in.CloseWithError(errJudged)
	}()
	err := keep(s)
	out.CloseWithError(errAbandoned) // no effect on a pipe that ended well
	<-s.judged
	found := Found{Size: s.size, Pages: s.verdict.pages}
	switch {
	case errors.Is(s.end, io.EOF) && err == nil:
		found.Type, found.Hash = s.verdict.kind, hex.EncodeToString(s.sum.Sum(nil))
		return found, nil
	case s.end != nil && !errors.Is(s.end, io.EOF):
		return found, s.end
	case err == nil:
		return found, errors.New("inspect: the file was not read to its end")
	}
	return found, err
}

var (
	errJudged    = errors.New("inspect: judged")
	errAbandoned = errors.New("inspect: abandoned")
)

// stream is what keep reads: every byte goes to the judge, the scanner and the digest first.
type stream struct {
	r       io.Reader
	out     *io.PipeWriter
	scan    *scan
	sum     hash.Hash
	size    int64
	judged  chan struct{} // closed when verdict is there
	verdict verdict
	end     error // how reading ended
}

func (s *stream) Read(p []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	n, err := s.r.Read(p)
	if n > 0 {
		if s.end = s.take(p[:n]); s.end != nil {
			return 0, s.end
		}
	}
	if errors.Is(err, io.EOF) {
		if s.end = s.finish(); s.end != io.EOF {
			return 0, s.end
		}
		return n, io.EOF
	}
	if err != nil {
		s.end = fmt.Errorf("inspect: reading: %w", err)
	}
	return n, s.end
}

func (s *stream) take(b []byte) error {
	s.size += int64(len(b))
	s.sum.Write(b)
	if _, err := s.out.Write(b); err != nil { // the judge has seen enough
		<-s.judged
		return cmp.Or(s.verdict.err, error(Refusal("damaged"))) // what it has not seen never passes
	}
	if s.scan != nil {
		return s.scan.write(b)
	}
	return nil
}

// finish waits for both opinions; io.EOF is a file that passed.
func (s *stream) finish() error {
	s.out.Close()
	<-s.judged
	if s.verdict.err != nil {
		return s.verdict.err
	}
	if s.scan != nil {
		if err := s.scan.finish(); err != nil {
			return err
		}
	}
	return io.EOF
}
