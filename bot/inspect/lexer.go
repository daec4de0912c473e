package inspect

import (
	"bufio"
	"bytes"
	"strconv"
)

type token int

const (
	tokenWord   token = iota // number or keyword
	tokenName                // without its slash, #xx decoded
	tokenObject              // "12 0 obj": the beginning of an object
	tokenOpen                // << or [
	tokenClose               // >> or ]
	tokenString              // of any kind; also a single bracket of no meaning
)

// lexer cuts PDF syntax (ISO 32000-1 §7.2) into tokens. It distrusts what it reads: the beginning of an object counts wherever it
// stands, in a string, a comment or a stream, since readers jump to objects without reading what lies before.
type lexer struct {
	r         *bufio.Reader
	text      []byte // of a name or word, its first bytes
	number    uint64 // of an object
	afterDict bool   // >> stood before this word
	back      [2][]byte
	past      [2][24]byte
	recent    []byte
	pos       int64
	starts    []int64 // where the objects of an object stream begin, in order
}

const mostText = 64

func newLexer(r *bufio.Reader) *lexer { return &lexer{r: r, text: make([]byte, 0, mostText)} }

func blank(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func delimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func (l *lexer) read() (byte, error) {
	l.pos++
	return l.r.ReadByte()
}

// next reads a token; io.EOF at the end.
func (l *lexer) next() (token, error) {
	for {
		c, err := l.read()
		if err != nil {
			return 0, err
		}
		switch c {
		case 0, '\t', '\n', '\f', '\r', ' ':
			continue
		case '%':
			if found, err := l.comment(); err != nil || found {
				return tokenObject, err
			}
			continue
		}
		if c != '/' && delimiter(c) {
			return l.bracket(c)
		}
		if c == '/' {
			l.afterDict = false
			l.forget()
			return tokenName, l.name()
		}
		return l.word(c)
	}
}

func (l *lexer) bracket(c byte) (token, error) {
	l.forget()
	l.afterDict = false
	switch c {
	case '(':
		if found, err := l.string(); err != nil || found {
			return tokenObject, err
		}
	case '[':
		return tokenOpen, nil
	case ']':
		return tokenClose, nil
	case '<', '>':
		b, err := peek(l.r, 1)
		if err != nil {
			return 0, err
		}
		if len(b) == 0 || b[0] != c {
			break
		}
		if _, err := l.read(); err != nil {
			return 0, err
		}
		if c == '<' {
			return tokenOpen, nil
		}
		l.afterDict = true
		return tokenClose, nil
	}
	return tokenString, nil
}

// regular reads on to the next delimiter or blank, calling take with each byte.
func (l *lexer) regular(take func(c byte)) error {
	for {
		c, err := l.read()
		if err != nil {
			return ignoreEOF(err)
		}
		if blank(c) || delimiter(c) {
			l.pos--
			return l.r.UnreadByte()
		}
		take(c)
	}
}

func (l *lexer) add(c byte) {
	if len(l.text) < mostText {
		l.text = append(l.text, c)
	}
}

// name decodes #4A as it goes.
func (l *lexer) name() error {
	l.text = l.text[:0]
	hex := -1 // digits still to come of a #xx, or -1
	var value [2]byte
	err := l.regular(func(c byte) {
		switch {
		case hex > 0:
			value[2-hex] = c
			if hex--; hex == 0 {
				hex = -1
				if n, err := strconv.ParseUint(string(value[:]), 16, 8); err == nil {
					l.add(byte(n))
				} else {
					l.add('#')
					l.add(value[0])
					l.add(value[1])
				}
			}
		case c == '#':
			hex = 2
		default:
			l.add(c)
		}
	})
	return err
}

// word reads a number or keyword, and tells the third of "12 0 obj".
func (l *lexer) word(c byte) (token, error) {
	l.text = append(l.text[:0], c)
	if err := l.regular(l.add); err != nil {
		return 0, err
	}
	if string(l.text) == "obj" && digits(l.back[0]) && digits(l.back[1]) {
		l.number, _ = strconv.ParseUint(string(l.back[0]), 10, 44)
		l.forget()
		l.afterDict = false
		return tokenObject, nil
	}
	l.past[0] = l.past[1]
	l.back[0] = l.past[0][:len(l.back[1])]
	l.back[1] = l.past[1][:copy(l.past[1][:], l.text)]
	if string(l.text) != "stream" {
		l.afterDict = false
	}
	return tokenWord, nil
}

func (l *lexer) forget() { l.back = [2][]byte{} }

// hidden tells, after each byte of a string or comment, whether something begins in it: the byte is the last of "12 0 obj" or
// "trailer", or the next one is the first of an object.
func (l *lexer) hidden(c byte) bool {
	for len(l.starts) > 0 && l.starts[0] <= l.pos {
		at := l.starts[0]
		if l.starts = l.starts[1:]; at == l.pos {
			return true
		}
	}
	if l.recent = append(l.recent, c); len(l.recent) > 128 {
		l.recent = append(l.recent[:0], l.recent[len(l.recent)-48:]...)
	}
	switch c {
	case 'j':
		n, ok := objectBefore(l.recent)
		l.number = n
		return ok
	case 'r':
		l.number = 0
		return bytes.HasSuffix(l.recent, []byte("trailer"))
	}
	return false
}

// comment reads to the end of the line; true when something begins in it.
func (l *lexer) comment() (bool, error) {
	l.recent = l.recent[:0]
	for {
		c, err := l.read()
		if err != nil {
			return false, ignoreEOF(err)
		}
		if l.hidden(c) {
			return true, nil
		}
		if c == '\n' || c == '\r' {
			return false, nil
		}
	}
}

// string reads to the closing parenthesis; true when something begins in it.
func (l *lexer) string() (bool, error) {
	l.recent = l.recent[:0]
	for depth, escaped := 1, false; depth > 0; {
		c, err := l.read()
		if err != nil {
			return false, ignoreEOF(err)
		}
		if l.hidden(c) {
			return true, nil
		}
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
	}
	return false, nil
}
