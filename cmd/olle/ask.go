package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"olle/flows"
)

// ask answers questions from the announcement, without a store, a clock or a conversation.
func ask(_ context.Context, p *program, args []string) error {
	f := flags("ask")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args); err != nil {
		return err
	}
	settings, err := p.settings()
	if err != nil {
		return err
	}
	book, err := loadBook(settings)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(p.out)
	defer out.Flush()
	if f.NArg() > 0 {
		return answer(out, book, strings.Join(f.Args(), " "), *asJSON)
	}
	lines := bufio.NewReader(p.in)
	for {
		line, err := lines.ReadString('\n')
		if question := strings.TrimRight(line, "\r\n"); question != "" || err == nil {
			if err := answer(out, book, question, *asJSON); err != nil {
				return err
			}
			if lines.Buffered() == 0 { // somebody types: answer at once
				out.Flush()
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("ask: read questions: %w", err)
		}
	}
}

func answer(w io.Writer, book *flows.Book, question string, asJSON bool) error {
	a := book.Ask(book.Current, question)
	if !asJSON {
		_, err := fmt.Fprintln(w, a.Text)
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Question string `json:"question"`
		Intent   string `json:"intent"`
		Answer   string `json:"answer"`
		Source   string `json:"source"`
	}{question, a.Intent, a.Text, a.Source})
}
