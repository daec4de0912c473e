package terminal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"olle/bot"
	"olle/bot/terminal"
	"olle/flows"
)

// A file is shown by its name and kept only when the person says so, under a name that is free.
func TestSavingAFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	content := strings.Repeat("bytes\x00\xff", 100_000)
	s := &screen{}
	input := strings.Join([]string{"/save", "send", "/save", "/save", "/save " + filepath.Join(dir, "other.zip"), "/saved", ""}, "\n")
	term, err := terminal.New(strings.NewReader(input), s, terminal.Options{
		User: "kim", Settled: settled,
		Handout: func(_ context.Context, f flows.File) (io.ReadCloser, error) {
			if f.Handle != "mydata:person/kim" {
				return nil, errors.New("wrong handle")
			}
			return io.NopCloser(strings.NewReader(content)), nil
		},
		Create: func(path string) (io.WriteCloser, error) {
			return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	err = term.Receive(t.Context(), func(ctx context.Context, u flows.Update) (bot.Receipt, error) {
		heard = append(heard, u.Text)
		m := flows.Message{To: u.Chat, Text: "Here it is.", File: &flows.File{Handle: "mydata:person/kim", Name: "../my\u202edata\x1b[2J.zip"}}
		_, err := term.Send(ctx, fmt.Sprint(u.ID, "/m0"), m)
		return bot.Receipt{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(heard, ",") != "send,/saved" {
		t.Errorf("the bot heard %q", heard)
	}
	for _, name := range []string{"_mydata_2J.zip", "other.zip"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != content {
			t.Errorf("%s: %d bytes (%v)", name, len(got), err)
		}
	}
	out := strings.Join(s.all(), "")
	for _, want := range []string{"No file was sent", "keep it with /save", "Saved as _mydata_2J.zip (700 kB)", "There is a file of that name"} {
		if !strings.Contains(out, want) {
			t.Errorf("not said: %q in\n%s", want, out)
		}
	}
}
