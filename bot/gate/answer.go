package gate

import (
	"net/http"
	"time"
)

// Taken gives an answer up that nobody takes: as many bytes as perSecond are in patience may take that long, and so may the next. So a slow
// telephone line gets its download through, and nobody has answers kept in memory by not reading them. What sets a write deadline of its own
// keeps it. (The server's own time-out would end live streams and long downloads.)
func Taken(patience time.Duration, perSecond int, next http.Handler) http.Handler {
	piece := max(1, perSecond*int(patience/time.Millisecond)/1000)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: rw, conn: http.NewResponseController(rw), patience: patience, piece: piece}
		_ = a.conn.SetWriteDeadline(time.Time{}) // that of the answer before on this connection
		next.ServeHTTP(a, r)
		a.renew() // what is still in the server's buffer
	})
}

type answer struct {
	http.ResponseWriter
	conn     *http.ResponseController
	patience time.Duration
	piece    int // bytes
	own      bool
}

func (a *answer) Write(p []byte) (n int, err error) {
	for {
		a.renew()
		m, err := a.ResponseWriter.Write(p[:min(len(p), a.piece)])
		n, p = n+m, p[m:]
		if err != nil || len(p) == 0 {
			return n, err
		}
	}
}

func (a *answer) renew() {
	if !a.own {
		_ = a.conn.SetWriteDeadline(time.Now().Add(a.patience)) // without a connection, as in tests, nobody is slow either
	}
}

// SetWriteDeadline is for http.ResponseController.
func (a *answer) SetWriteDeadline(t time.Time) error {
	a.own = true
	return a.conn.SetWriteDeadline(t)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
