package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"

	"olle/bot"
)

const (
	maxUpload  = 50 << 20 // bytes a bot can send
	uploadHead = 1 << 20  // files up to this are sent with their length known and can be repeated by the transport
)

// sendDocument streams a file the bot has made. It is opened anew for every attempt.
func (t *Telegram) sendDocument(ctx context.Context, chat, thread int64, p part) (string, error) {
	if t.opt.Open == nil || p.file.Size > maxUpload {
		return "", bot.NoFile("telegram: it is over 50 MB, or no files are sent here")
	}
	body, err := t.opt.Open(ctx, *p.file)
	if err != nil {
		return "", fmt.Errorf("telegram: open the file to send: %w", err)
	}
	defer body.Close()
	capped := &cappedReader{r: body, left: maxUpload}
	req, err := t.uploadRequest(ctx, chat, thread, p, capped)
	if err != nil {
		return "", err
	}
	var result struct {
		ID int64 `json:"message_id"`
	}
	err = t.client.result(req, "sendDocument", &result)
	if err != nil && capped.err != nil { // the network only heard that the body broke off
		err = fmt.Errorf("telegram: read the file to send: %w", capped.err)
	}
	return strconv.FormatInt(result.ID, 10), err
}

// cappedReader ends with an error where a file turns out to be larger than Telegram takes, and remembers any error.
type cappedReader struct {
	r    io.Reader
	left int64
	err  error
}

func (c *cappedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		err = bot.NoFile("telegram: it is over 50 MB")
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// uploadRequest makes the multipart form around the file: small ones in memory, others streamed, with the length said beforehand
// if it is known.
func (t *Telegram) uploadRequest(ctx context.Context, chat, thread int64, p part, file io.Reader) (*http.Request, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := writeFields(w, chat, thread, p); err != nil {
		return nil, err
	}
	head := make([]byte, uploadHead)
	n, err := io.ReadFull(file, head)
	small := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !small {
		return nil, fmt.Errorf("telegram: read the file to send: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.client.address("sendDocument"), nil)
	if err != nil {
		return nil, &apiError{Method: "sendDocument", Description: "the request could not be made", Unsent: true}
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	if small {
		form.Write(head[:n])
		_ = w.Close() // into memory
		setBody(req, form.Bytes())
		return req, nil
	}
	before := bytes.Clone(form.Bytes())
	form.Reset()
	_ = w.Close()
	req.Body = io.NopCloser(io.MultiReader(bytes.NewReader(before), bytes.NewReader(head), file, &form))
	req.ContentLength = -1
	if p.file.Size > uploadHead {
		req.ContentLength = int64(len(before)) + p.file.Size + int64(form.Len())
	}
	return req, nil
}

func writeFields(w *multipart.Writer, chat, thread int64, p part) error {
	fields := map[string]string{"chat_id": strconv.FormatInt(chat, 10), "caption": p.text}
	if thread != 0 {
		fields["message_thread_id"] = strconv.FormatInt(thread, 10)
	}
	if markup := p.markup(); markup != nil {
		text, err := json.Marshal(markup)
		if err != nil {
			return fmt.Errorf("telegram: encode buttons: %w", err)
		}
		fields["reply_markup"] = string(text)
	}
	for name, value := range fields {
		if value == "" {
			continue
		}
		if err := w.WriteField(name, value); err != nil {
			return fmt.Errorf("telegram: encode a form: %w", err)
		}
	}
	name := p.file.Name
	if name == "" {
		name = "document"
	}
	if _, err := w.CreateFormFile("document", validUTF8(name)); err != nil {
		return fmt.Errorf("telegram: encode a form: %w", err)
	}
	return nil
}
