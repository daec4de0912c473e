package files

import (
	"io"
	"net/http"
	"sync"
)

// lending keeps what is sent ours until the network has let go of it. A server that answers before it has read all leaves the
// transport reading on for a moment; by then the library begins again, or the part's memory holds the next part. So an answer's
// end, or the failure, waits until the request's body is closed, which a transport always does.
type lending struct{ next http.RoundTripper }

func (l lending) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return l.next.RoundTrip(r)
	}
	lent := &lentBody{ReadCloser: r.Body, back: make(chan struct{})}
	r = r.Clone(r.Context())
	r.Body, r.GetBody = lent, nil // a second reading is the library's to decide
	answer, err := l.next.RoundTrip(r)
	if err != nil {
		<-lent.back
		return nil, err
	}
	answer.Body = &returning{answer.Body, lent}
	return answer, nil
}

type lentBody struct {
	io.ReadCloser
	once sync.Once
	back chan struct{}
}

func (b *lentBody) Close() error {
	defer b.once.Do(func() { close(b.back) })
	return b.ReadCloser.Close()
}

// returning is an answer's body whose end is also the end of the request's.
type returning struct {
	io.ReadCloser
	lent *lentBody
}

func (r *returning) Close() error {
	err := r.ReadCloser.Close()
	<-r.lent.back
	return err
}
