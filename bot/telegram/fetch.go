package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	api "github.com/go-telegram/bot"

	"olle/bot"
	"olle/flows"
)

// maxDownload is the largest file Telegram lets a bot fetch.
const maxDownload = 20 << 20

// fileHandle names a file and the chat it came in, where fetching it shows.
func fileHandle(p place, id string) string { return fmt.Sprintf("%d/%d/%s", p.chat, p.topic, id) }

func fileOf(handle string) (p place, id string, ok bool) {
	parts := strings.SplitN(handle, "/", 3)
	if len(parts) != 3 || parts[2] == "" {
		return place{}, "", false
	}
	var errChat, errTopic error
	p.chat, errChat = strconv.ParseInt(parts[0], 10, 64)
	p.topic, errTopic = strconv.ParseInt(parts[1], 10, 64)
	return p, parts[2], errChat == nil && errTopic == nil
}

// Fetch opens a file that came with a message. It is streamed; where it lies is asked for each time, since addresses expire.
func (t *Telegram) Fetch(ctx context.Context, f flows.File) (io.ReadCloser, error) {
	where, id, ok := fileOf(f.Handle)
	if !ok {
		return nil, gone("not a file of this platform")
	}
	if f.Size > maxDownload {
		return nil, gone("the file is over the 20 MB that Telegram lets bots fetch")
	}
	if where.chat != 0 {
		go t.act(ctx, t.current(where), 0)
	}
	file, err := t.client.lib.GetFile(ctx, &api.GetFileParams{FileID: id})
	if err != nil {
		return nil, t.fact(0, err)
	}
	if file.FilePath == "" || strings.HasPrefix(file.FilePath, "/") || strings.Contains(file.FilePath, "..") {
		return nil, errors.New("telegram: the API server keeps files on its own disk: run it without --local")
	}
	return t.download(ctx, file.FilePath)
}

func gone(why string) error { return &bot.SendError{Gone: true, Err: errors.New("telegram: " + why)} }

func (t *Telegram) download(ctx context.Context, path string) (io.ReadCloser, error) {
	address := t.client.base + "/file/bot" + t.client.token + "/" + (&url.URL{Path: path}).EscapedPath()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("telegram: the file's place is no address")
	}
	resp, err := t.client.http.RoundTrip(req)
	if err != nil {
		return nil, &apiError{Method: "download", Err: bare(err)}
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		e := &apiError{Method: "download", Code: resp.StatusCode, Foreign: true, Description: fmt.Sprintf("HTTP %d", resp.StatusCode)}
		if seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")); seconds > 0 {
			return nil, t.fact(0, &apiError{Method: "download", Code: 429, Retry: secondsOf(seconds), Description: e.Description})
		}
		return nil, e
	}
	return &bounded{body: resp.Body, left: maxDownload}, nil
}

// bounded ends with an error where a file is longer than Telegram lets it be.
type bounded struct {
	body io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, gone("the file is longer than announced")
	}
	return n, err
}

func (b *bounded) Close() error { return b.body.Close() }
