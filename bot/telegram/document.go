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

// carrying is how a file is sent: the method, and the field that holds the file.
type carrying struct{ method, field string }

var (
	asDocument = carrying{"sendDocument", "document"}
	asPhoto    = carrying{"sendPhoto", "photo"}
)

// carriedMessage is what Telegram says of a message with a file; its file's own name sends the same file again without its bytes.
type carriedMessage struct {
	ID       int64  `json:"message_id"`
	Document kept   `json:"document"`
	Photo    []kept `json:"photo"` // the largest is last
}

type kept struct {
	ID string `json:"file_id"`
}

// sendFile sends a file: a picture as a photo, unless Telegram finds that it is none; anything else as a document.
func (t *Telegram) sendFile(ctx context.Context, chat, thread int64, p part) (string, error) {
	if p.file.Shown() {
		sent, err := t.sendAs(ctx, asPhoto, chat, thread, p)
		if e := asAPI(err); e == nil || e.Code != 400 || !e.says("photo_", "image_process_failed") {
			return sent, err
		}
	}
	return t.sendAs(ctx, asDocument, chat, thread, p)
}

// sendAs sends a file that went to others before by the name Telegram gave it, and with its bytes else.
func (t *Telegram) sendAs(ctx context.Context, how carrying, chat, thread int64, p part) (string, error) {
	name := how.method + " " + p.file.Handle
	if id, ok := t.uploaded.get(name); ok {
		var m carriedMessage
		params := map[string]any{"chat_id": chat, how.field: id, "caption": p.text}
		if thread != 0 {
			params["message_thread_id"] = thread
		}
		if markup := p.markup(); markup != nil {
			params["reply_markup"] = markup
		}
		err := t.client.call(ctx, how.method, params, &m)
		if e := asAPI(err); e == nil || e.Code != 400 || !e.says("file", "photo", "document") {
			return strconv.FormatInt(m.ID, 10), err
		}
	}
	m, err := t.upload(ctx, how, chat, thread, p)
	if _, _, shared := p.file.Announced(); shared && err == nil {
		if len(m.Photo) > 0 {
			m.Document = m.Photo[len(m.Photo)-1]
		}
		if m.Document.ID != "" {
			t.uploaded.put(name, m.Document.ID)
		}
	}
	return strconv.FormatInt(m.ID, 10), err
}

// upload streams a file the bot has. It is opened anew for every attempt.
func (t *Telegram) upload(ctx context.Context, how carrying, chat, thread int64, p part) (m carriedMessage, err error) {
	if t.opt.Open == nil || p.file.Size > maxUpload {
		return m, bot.NoFile("telegram: it is over 50 MB, or no files are sent here")
	}
	body, err := t.opt.Open(ctx, *p.file)
	if err != nil {
		return m, fmt.Errorf("telegram: open the file to send: %w", err)
	}
	defer body.Close()
	capped := &cappedReader{r: body, left: maxUpload}
	req, err := t.uploadRequest(ctx, how, chat, thread, p, capped)
	if err != nil {
		return m, err
	}
	err = t.client.result(req, how.method, &m)
	if err != nil && capped.err != nil { // the network only heard that the body broke off
		err = fmt.Errorf("telegram: read the file to send: %w", capped.err)
	}
	return m, err
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
func (t *Telegram) uploadRequest(ctx context.Context, how carrying, chat, thread int64, p part, file io.Reader) (*http.Request, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := writeFields(w, how, chat, thread, p); err != nil {
		return nil, err
	}
	head := make([]byte, uploadHead)
	n, err := io.ReadFull(file, head)
	small := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !small {
		return nil, fmt.Errorf("telegram: read the file to send: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.client.address(how.method), nil)
	if err != nil {
		return nil, &apiError{Method: how.method, Description: "the request could not be made", Unsent: true}
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

func writeFields(w *multipart.Writer, how carrying, chat, thread int64, p part) error {
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
	if _, err := w.CreateFormFile(how.field, validUTF8(name)); err != nil {
		return fmt.Errorf("telegram: encode a form: %w", err)
	}
	return nil
}
