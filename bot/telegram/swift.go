package telegram

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpproxy"
)

// swift carries calls that are over soon, which nearly all are: a reply is one of them. net/http takes a request through two goroutines
// of its connection and back, which costs twice what the rest of a call does; fasthttp stays in the caller's. For that it knows no
// context, only a time by which a call ends: calls that wait for something go by net/http.
type swift struct {
	hosts fasthttp.HostClient
	root  string // of all methods
}

const (
	dialTime = 10 * time.Second
	maxConns = 200
	idleTime = 55 * time.Second // of a connection; Telegram's end waits longer
)

// newSwift returns nil where only net/http knows the way: through a proxy that is spoken to over TLS.
func newSwift(root *url.URL) (*swift, error) {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: root})
	if proxy != nil && proxy.Scheme == "https" {
		return nil, nil
	}
	dial := func(addr string) (net.Conn, error) { return fasthttp.DialDualStackTimeout(addr, dialTime) }
	if err == nil && proxy != nil {
		proxied := fasthttpproxy.Dialer{Timeout: dialTime, ConnectTimeout: dialTime, DialDualStack: true}
		dial, err = proxied.GetDialFunc(true)
	}
	if err != nil {
		return nil, errors.New("telegram: HTTPS_PROXY or HTTP_PROXY names no proxy that can be used: http://, https:// and socks5:// can") // err may hold its password
	}
	secure := root.Scheme == "https"
	return &swift{root: root.String(), hosts: fasthttp.HostClient{
		Addr: fasthttp.AddMissingPort(root.Host, secure), IsTLS: secure,
		Dial: func(addr string) (net.Conn, error) {
			c, err := dial(addr)
			if err != nil {
				return nil, &unsentError{err}
			}
			return watched(c), nil
		},
		MaxConns: maxConns, MaxConnWaitTimeout: callTime, MaxIdleConnDuration: idleTime, ConnPoolStrategy: fasthttp.LIFO,
		MaxResponseBodySize: maxAnswer, NoDefaultUserAgentHeader: true, DisablePathNormalizing: true, SecureErrorLogMessage: true,
		MaxIdemponentCallAttempts: maxConns + 1, // each finds one connection that is over
		RetryIfErr: func(_ *fasthttp.Request, _ int, err error) (resetTimeout, retry bool) {
			return false, errors.Is(err, errOver)
		},
	}}, nil
}

// unsentError is a failure before anything of a request could leave.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// call posts a body of JSON and hands the answer to read; the answer is no longer there afterwards.
func (s *swift) call(end time.Time, method string, body []byte, read func(status, retryAfter int, answer []byte) error) error {
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(s.root + method)
	req.Header.SetMethod(http.MethodPost)
	req.Header.SetContentType("application/json")
	req.SetBodyRaw(body)
	if err := s.hosts.DoDeadline(req, resp, end); err != nil {
		var unsent *unsentError
		return &apiError{Method: method, Err: err, Unsent: errors.As(err, &unsent) || errors.Is(err, fasthttp.ErrNoFreeConns)}
	}
	after := 0 // for nearly all answers; to hear that from strconv costs an error
	if told := resp.Header.Peek("Retry-After"); len(told) > 0 {
		after, _ = strconv.Atoi(string(told))
	}
	return read(resp.StatusCode(), after, resp.Body())
}

// restTime is how long a connection may rest before it is looked at again.
const restTime = time.Second

// errOver says that the other side closed a connection while it rested: nothing has been written to it.
var errOver = &unsentError{errors.New("the connection is over")}

// restingConn looks, before it is written to after a rest, whether the other side has closed it: what is written then is lost, and
// nobody could tell whether it arrived.
type restingConn struct {
	net.Conn
	raw  syscall.RawConn
	last time.Time // when something was read
}

func watched(c net.Conn) net.Conn {
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			return &restingConn{Conn: c, raw: raw, last: time.Now()}
		}
	}
	return c
}

func (c *restingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.last = time.Now()
	return n, err
}

func (c *restingConn) Write(b []byte) (int, error) {
	if time.Since(c.last) > restTime && over(c.raw) {
		return 0, errOver
	}
	return c.Conn.Write(b)
}
