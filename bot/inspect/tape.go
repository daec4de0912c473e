package inspect

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

const (
	window   = 64 << 10        // bytes looked at together
	glance   = 512             // bytes looked at for a mark that may follow at once: who looks at more moves them for every few bytes
	tailSize = 64<<10 + 22 + 8 // as far from its end as a zip file can be told
)

// tape is the file as its judge reads it: forward, with a window, remembering the end.
type tape struct {
	*bufio.Reader
	end *ending
}

func newTape(r io.Reader, limit int64) *tape {
	e := &ending{r: r, limit: limit}
	return &tape{bufio.NewReaderSize(e, window), e}
}

// at is how many bytes have been read.
func (t *tape) at() int64 { return t.end.size - int64(t.Buffered()) }

// peek returns the next bytes, n of them or as many as are left. Not the end of the file but another failure is an error.
func (t *tape) peek(n int) ([]byte, error) { return peek(t.Reader, n) }

func peek(r *bufio.Reader, n int) ([]byte, error) {
	b, err := r.Peek(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b, err
}

// drain reads the rest and returns the file's last bytes.
func (t *tape) drain() ([]byte, error) {
	if _, err := io.Copy(io.Discard, t.Reader); err != nil {
		return nil, err
	}
	return t.end.tail, nil
}

// ending limits and counts what is read, and remembers the last of it.
type ending struct {
	r     io.Reader
	limit int64
	size  int64
	tail  []byte
	err   error // once over the limit, always
}

func (e *ending) Read(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	n, err := e.r.Read(p)
	if e.limit > 0 && e.size+int64(n) > e.limit {
		n, err = int(e.limit-e.size), Refusal("large")
		e.err = err
	}
	e.size += int64(n)
	e.tail = append(e.tail, p[:n]...)
	if len(e.tail) > 2*tailSize {
		e.tail = append(e.tail[:0], e.tail[len(e.tail)-tailSize:]...)
	}
	return n, err
}

// index finds word in b at or after from; len(b) when it is not there.
func index(b []byte, word string, from int) int {
	if from < len(b) {
		if i := bytes.Index(b[from:], []byte(word)); i >= 0 {
			return from + i
		}
	}
	return len(b)
}
