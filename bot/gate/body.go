package gate

import (
	"io"
	"net/http"
	"time"
)

// Swift gives a request up whose body trickles: it may take patience, and a second more for every perSecond bytes that came. So a slow
// telephone line gets its upload through, and nobody holds a connection for nothing.
func Swift(patience time.Duration, perSecond int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &body{ReadCloser: r.Body, conn: http.NewResponseController(rw), until: time.Now().Add(patience), each: time.Second / time.Duration(perSecond)}
		}
		next.ServeHTTP(rw, r)
	})
}

type body struct {
	io.ReadCloser
	conn  *http.ResponseController
	until time.Time
	each  time.Duration // more, for a byte
}

func (b *body) Read(p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(b.until) // without a connection, as in tests, nothing is slow either
	n, err := b.ReadCloser.Read(p)
	b.until = b.until.Add(time.Duration(n) * b.each)
	if err == io.EOF { // the deadline is for the body, not for what is done with it; after a failure it stays, for nothing is read any more
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
