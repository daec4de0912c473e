package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strconv"
	"sync/atomic"
	"time"

	api "github.com/go-telegram/bot"
)

const (
	maxAnswer = 32 << 20 // bytes of one answer; a hundred updates are far below
	callTime  = 30 * time.Second
)

// client calls the Bot API. Every failure of every call, the library's too, is an *apiError.
type client struct {
	base, token string
	root        *url.URL          // of all methods
	http        http.RoundTripper // no http.Client: a redirect would carry the token in its address to somebody else
	swift       *swift            // nil: everything goes by http
	lib         *api.Bot
}

func newClient(base, token string) (*client, error) {
	root, err := url.Parse(base + "/bot" + token + "/")
	if err != nil {
		return nil, errors.New("telegram: the address of the Bot API is none")
	}
	fast, err := newSwift(root)
	if err != nil {
		return nil, err
	}
	c := &client{base: base, token: token, root: root, http: transport(), swift: fast}
	lib, err := api.New(token, api.WithSkipGetMe(), api.WithServerURL(base), api.WithHTTPClient(time.Minute, c),
		api.WithErrorsHandler(func(error) {}))
	if err != nil {
		return nil, errors.New("telegram: the library refuses the token")
	}
	c.lib = lib
	return c, nil
}

// transport speaks HTTP/1.1 only: over HTTP/2 everything shares one connection, and the server's farewell to it fails all that is
// under way.
func transport() *http.Transport {
	var only http.Protocols
	only.SetHTTP1(true)
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		MaxIdleConns:          maxConns,
		MaxIdleConnsPerHost:   maxConns,
		IdleConnTimeout:       idleTime,
		Protocols:             &only,
		DisableCompression:    true, // answers are short
	}
}

// Do carries a request of the library. Its bodies are pipes, which can be neither repeated nor measured; they are small, so they
// are read first. An answer that says no comes back as an error, before the library looks at it.
func (c *client) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, &apiError{Method: path.Base(req.URL.Path), Description: "the request could not be made", Unsent: true}
		}
		setBody(req, body)
	}
	ctx, cancel := context.WithTimeout(req.Context(), callTime)
	defer cancel()
	answer, err := c.exchange(ctx, req, path.Base(req.URL.Path), nil)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(answer))}, nil
}

func setBody(req *http.Request, body []byte) {
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.ContentLength = int64(len(body))
}

// call makes a call of our own: params as JSON, the result into result (nil: not wanted). Once begun it goes on to its end, or the time
// ctx has, though ctx may be cancelled meanwhile.
func (c *client) call(ctx context.Context, method string, params, result any) error {
	body, err := encode(method, params)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return &apiError{Method: method, Err: err, Unsent: true}
	}
	end := time.Now().Add(callTime)
	if sooner, ok := ctx.Deadline(); ok && sooner.Before(end) {
		end = sooner
	}
	if c.swift == nil {
		return c.post(context.WithoutCancel(ctx), end, method, body, result)
	}
	return c.swift.call(end, method, body, func(status, retryAfter int, answer []byte) error {
		return verdict(method, status, retryAfter, answer, result)
	})
}

// wait makes a call that Telegram may answer late, until ctx or patience end.
func (c *client) wait(ctx context.Context, patience time.Duration, method string, params, result any) error {
	body, err := encode(method, params)
	if err != nil {
		return err
	}
	return c.post(ctx, time.Now().Add(patience), method, body, result)
}

// post sends a body of JSON by net/http, until ctx or the time ends.
func (c *client) post(ctx context.Context, end time.Time, method string, body []byte, result any) error {
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	at := *c.root
	at.Path += method
	req := &http.Request{Method: http.MethodPost, URL: &at, Host: at.Host, Header: jsonHeader}
	setBody(req, body)
	_, err := c.exchange(ctx, req, method, result)
	return err
}

func encode(method string, params any) ([]byte, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, &apiError{Method: method, Description: "the request could not be made", Unsent: true}
	}
	return body, nil
}

var jsonHeader = http.Header{"Content-Type": {"application/json"}} // nobody changes it

// result carries a request and reads the result of its answer.
func (c *client) result(req *http.Request, method string, result any) error {
	_, err := c.exchange(req.Context(), req, method, result)
	return err
}

func (c *client) address(method string) string { return c.base + "/bot" + c.token + "/" + method }

// exchange carries one request and returns the answer's bytes if it says ok, with its result read into result (nil: not wanted).
func (c *client) exchange(ctx context.Context, req *http.Request, method string, result any) ([]byte, error) {
	var written atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }} // a body of our own would go out in a packet of its own
	resp, err := c.http.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err != nil {
		return nil, &apiError{Method: method, Err: bare(err), Unsent: !written.Load()}
	}
	defer resp.Body.Close()
	answer, err := readAnswer(resp)
	switch {
	case err != nil:
		return nil, &apiError{Method: method, Err: bare(err)}
	case len(answer) > maxAnswer:
		return nil, &apiError{Method: method, Description: "the answer is too large"}
	}
	after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return answer, verdict(method, resp.StatusCode, after, answer, result)
}

// readAnswer reads a body, up to a byte more than it may have.
func readAnswer(resp *http.Response) ([]byte, error) {
	if n := resp.ContentLength; n > 0 && n <= maxAnswer {
		answer := make([]byte, n)
		_, err := io.ReadFull(resp.Body, answer)
		return answer, err
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
}

// shown is the result of a send: the message, of which only its number is used.
type shown struct {
	ID int64 `json:"message_id"`
}

// usual is how Telegram's answer to a send begins, nearly always; what follows is the message said back at length.
var usual = []byte(`{"ok":true,"result":{"message_id":`)

// quick reads a usual answer without looking at the rest of it; false: read it properly.
func (s *shown) quick(answer []byte) bool {
	rest, ok := bytes.CutPrefix(answer, usual)
	end := bytes.IndexAny(rest, ",}")
	if !ok || end < 0 || !bytes.HasSuffix(bytes.TrimRight(rest, "\r\n\t "), []byte("}")) {
		return false
	}
	id, err := strconv.ParseInt(string(rest[:end]), 10, 64)
	s.ID = id
	return err == nil
}

// verdict reads whether an answer says ok, and its result. What it returns holds nothing of the answer's bytes.
func verdict(method string, status, retryAfter int, answer []byte, result any) error {
	if s, ok := result.(*shown); ok && s.quick(answer) {
		return nil
	}
	e := struct {
		Result      any    `json:"result"`
		OK          *bool  `json:"ok"`
		Code        int    `json:"error_code"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter float64 `json:"retry_after"`
			Migrate    int64   `json:"migrate_to_chat_id"`
		} `json:"parameters"`
	}{Result: result}
	if result == nil {
		e.Result = &unread{}
	}
	err := json.Unmarshal(answer, &e)
	var form *json.UnmarshalTypeError // the rest is read all the same
	odd := errors.As(err, &form) && e.OK != nil && *e.OK
	if err != nil && !odd || e.OK == nil {
		return &apiError{
			Method: method, Code: status, Foreign: true, Retry: secondsOf(retryAfter),
			Description: fmt.Sprintf("HTTP %d, and no answer of the API", status),
		}
	}
	if odd {
		return &apiError{Method: method, Description: "the answer has another form than documented"}
	}
	if *e.OK {
		return nil
	}
	if e.Code == 0 {
		e.Code = status
	}
	return &apiError{
		Method: method, Code: e.Code, Description: shorten(e.Description, 200),
		Retry: time.Duration(e.Parameters.RetryAfter * float64(time.Second)), Migrate: e.Parameters.Migrate,
	}
}

// unread is the place for a result nobody wants.
type unread struct{}

func (*unread) UnmarshalJSON([]byte) error { return nil }

// bare takes the address, which holds the token, off an error.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return validUTF8(s[:n]) + "…"
}

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }
