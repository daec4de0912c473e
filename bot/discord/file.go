package discord

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"olle/bot"
	"olle/flows"
)

const maxUpload = 10 << 20 // what a bot may send without a boosted server

// upload is a file on its way out. The library sends from memory, which maxUpload bounds.
type upload struct {
	name, kind string
	content    []byte
}

func (d *Discord) upload(ctx context.Context, f flows.File) (*upload, error) {
	if d.opt.Open == nil {
		return nil, bot.NoFile("discord: there is nothing to read files with")
	}
	r, err := d.opt.Open(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("discord: opening a file to send: %w", err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxUpload+1))
	if err != nil {
		return nil, fmt.Errorf("discord: reading a file to send: %w", err)
	}
	if len(content) > maxUpload {
		return nil, bot.NoFile("discord: a file of more than 10 MiB cannot be sent")
	}
	name := strings.Map(func(c rune) rune {
		if c < ' ' || strings.ContainsRune(`/\"`, c) {
			return '_'
		}
		return c
	}, strings.ToValidUTF8(f.Name, "_"))
	if strings.Trim(name, ". ") == "" {
		name = "file"
	}
	return &upload{name: name, kind: f.Type, content: content}, nil
}

// Fetch opens an attachment. Its link expires; then the message is read again for a new one.
func (d *Discord) Fetch(ctx context.Context, f flows.File) (io.ReadCloser, error) {
	part := strings.Split(f.Handle, " ")
	if len(part) != 4 || !number(part[3]) || part[1] != "" && !number(part[1]) || part[2] != "" && !number(part[2]) {
		return nil, gone("not a handle of a file here")
	}
	link, channel, message, id := part[0], part[1], part[2], part[3]
	body, status, err := d.download(ctx, link)
	if err != nil || status/100 == 2 {
		return body, err
	}
	if channel == "" || message == "" { // an option of a command: no message holds it
		return nil, gone("the link has expired")
	}
	if link, err = d.freshLink(ctx, channel, message, id); err != nil {
		return nil, err
	}
	body, status, err = d.download(ctx, link)
	if err == nil && status/100 != 2 {
		return nil, gone("the file is not there any more")
	}
	return body, err
}

func gone(why string) error { return &bot.SendError{Gone: true, Err: errors.New("discord: " + why)} }

func (d *Discord) freshLink(ctx context.Context, channel, id, attachment string) (string, error) {
	var m message
	err := d.call(ctx, &request{method: http.MethodGet, path: pathMessages + "/%s", args: []string{channel, id}, patience: 5 * time.Second}, &m)
	if err != nil {
		return "", fact(err)
	}
	for _, a := range m.attached() {
		if a.ID == attachment {
			return a.URL, nil
		}
	}
	return "", gone("the file was removed from its message")
}

// download asks for a file. A status of 400 and more that may pass is an error; one that will not is returned without a body.
func (d *Discord) download(ctx context.Context, link string) (io.ReadCloser, int, error) {
	if !d.trusted(link) {
		return nil, 0, gone("the file is on a server we do not read from")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, 0, gone("the link is broken")
	}
	answer, err := d.plain.Do(r)
	if err != nil {
		return nil, 0, fmt.Errorf("discord: fetching a file: %w", withoutAddress(err))
	}
	if answer.StatusCode/100 == 2 {
		return answer.Body, answer.StatusCode, nil
	}
	answer.Body.Close()
	switch s := answer.StatusCode; {
	case s == http.StatusTooManyRequests:
		return nil, 0, &bot.SendError{Wait: 5 * time.Second, Err: errRate}
	case s >= 500, s == http.StatusRequestTimeout:
		return nil, 0, fmt.Errorf("discord: fetching a file: answered %d", s)
	default:
		return nil, s, nil
	}
}

// trusted says whether a link leads to Discord's files, so that nobody can make the bot read from elsewhere.
func (d *Discord) trusted(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.User != nil {
		return false
	}
	if u.Scheme == "https" && (u.Host == "cdn.discordapp.com" || u.Host == "media.discordapp.net") {
		return true
	}
	api, err := url.Parse(d.base)
	return err == nil && api.Host != "discord.com" && u.Scheme == api.Scheme && u.Host == api.Host
}
