package terminal_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/platformtest"
	"olle/bot/terminal"
	"olle/flows"
)

func openFile(path string) (fs.File, error) { return os.Open(path) }

func settled(context.Context, string) (bot.Settlement, error) { return bot.Settled, nil }

// screen remembers what was written, write by write: a message is one.
type screen struct {
	mu     sync.Mutex
	writes []string
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = append(s.writes, string(p))
	return len(p), nil
}

func (s *screen) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

var listed = regexp.MustCompile(`^  \d+\) `)

// shown is what a person reads as messages, choices apart.
func (s *screen) shown() (out []platformtest.Shown) {
	for _, w := range s.all() {
		text, ok := strings.CutPrefix(w, "\r")
		if !ok {
			continue
		}
		var m platformtest.Shown
		for _, l := range strings.Split(strings.TrimSuffix(text, "\n\n"), "\n") {
			if listed.MatchString(l) {
				m.Choices = append(m.Choices, flows.Choice{Label: listed.ReplaceAllString(l, "")})
				continue
			}
			m.Text += l + "\n"
		}
		m.Text = strings.TrimSuffix(m.Text, "\n")
		out = append(out, m)
	}
	return out
}

func TestThePlatformSuite(t *testing.T) {
	platformtest.Run(t, func(t *testing.T) platformtest.Harness {
		in, keys := io.Pipe()
		t.Cleanup(func() { keys.Close() })
		s := &screen{}
		term, err := terminal.New(in, s, terminal.Options{Settled: settled, Open: openFile})
		if err != nil {
			t.Fatal(err)
		}
		enter := func(line string) { fmt.Fprintln(keys, line) }
		return platformtest.Harness{
			Platform: term, Redelivers: true, Key: true, Mangles: true,
			Say: func(t *testing.T, text string) { enter(strings.ReplaceAll(text, "\n", " ")) },
			Tap: func(t *testing.T, value string) { enter("#2") },
			Upload: func(t *testing.T, name string, content []byte) {
				path := filepath.Join(t.TempDir(), name)
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
				enter("/upload " + path)
			},
			Shown: func(*testing.T) []platformtest.Shown { return s.shown() },
		}
	})
}

// talk types lines and returns the updates they became and everything printed.
func talk(t *testing.T, input string, answer func(u flows.Update) []flows.Message) ([]flows.Update, string) {
	t.Helper()
	s := &screen{}
	var term *terminal.Terminal
	term, err := terminal.New(strings.NewReader(input), s, terminal.Options{User: "kim", Settled: settled, Open: openFile})
	if err != nil {
		t.Fatal(err)
	}
	var got []flows.Update
	err = term.Receive(t.Context(), func(ctx context.Context, u flows.Update) (bot.Receipt, error) {
		got = append(got, u)
		for i, m := range answer(u) {
			m.To = u.Chat
			if _, err := term.Send(ctx, fmt.Sprint(u.ID, "/", i), m); err != nil {
				t.Error(err)
			}
		}
		return bot.Receipt{}, nil
	})
	if err != nil {
		t.Error(err)
	}
	select {
	case <-term.Done():
	case <-time.After(time.Second):
		t.Error("the end of input is not told")
	}
	return got, strings.Join(s.all(), "")
}

func TestAnswersComeBeforeTheNextPrompt(t *testing.T) {
	_, out := talk(t, "hello\nlast line without end", func(u flows.Update) []flows.Message {
		return []flows.Message{{Text: "You said " + u.Text, Choices: []flows.Choice{{Label: "Yes", Value: "y"}}}}
	})
	want := "› \rYou said hello\n  1) Yes\n\n› \rYou said last line without end\n  1) Yes\n\n› \n"
	if out != want {
		t.Errorf("printed\n%q\nwant\n%q", out, want)
	}
}

func TestLinesBecomeChoicesFilesOrText(t *testing.T) {
	cv := filepath.Join(t.TempDir(), "my cv.pdf")
	if err := os.WriteFile(cv, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	input := strings.Join([]string{"start", "yes please", "#2", "1", "#9", cv, "/upload '" + cv + "'", "/upload passport", "/upload nosuch.pdf", t.TempDir()}, "\n")
	got, out := talk(t, input, func(flows.Update) []flows.Message {
		return []flows.Message{{Text: "?", Choices: []flows.Choice{{Label: "Yes please", Value: "y"}, {Label: "No", Value: "n"}}}}
	})
	var short []string
	for _, u := range got {
		what := "text " + u.Text
		if u.Choice != "" {
			what = "choice " + u.Choice
		}
		if len(u.Files) == 1 {
			what = fmt.Sprintf("file %s %d", u.Files[0].Name, u.Files[0].Size)
		}
		if u.From != "terminal:kim" || u.Chat != u.From || !u.Private {
			t.Errorf("update: %+v", u)
		}
		short = append(short, what)
	}
	want := []string{"text start", "choice y", "choice n", "text 1", "text #9", "file my cv.pdf 1", "file my cv.pdf 1", "text /upload passport"}
	if !slices.Equal(short[:min(len(short), len(want))], want) || len(short) != len(want)+1 {
		t.Errorf("got %q\nwant %q and the folder as text", short, want)
	}
	if !strings.Contains(out, "no such file here: nosuch.pdf") {
		t.Error("a missing file is not told")
	}
}

func TestNoTextSteersTheTerminal(t *testing.T) {
	_, out := talk(t, "x", func(flows.Update) []flows.Message {
		return []flows.Message{{Text: "red \x1b[31m bell\a over\rwrite \u202etxt \xff", Choices: []flows.Choice{{Label: "a\x1b]0;b\nc", Value: "v"}}}}
	})
	body := strings.TrimPrefix(out, "› \r")
	for _, bad := range []string{"\x1b", "\a", "\r", "\u202e", "\xff"} {
		if strings.Contains(body, bad) {
			t.Errorf("%q came through in %q", bad, body)
		}
	}
	if !strings.Contains(out, "1) a]0;b c\n") {
		t.Errorf("the label: %q", out)
	}
}

func TestLongLinesAreWrappedBetweenWords(t *testing.T) {
	long := strings.Repeat("word ", 40) + strings.Repeat("제주 ", 40) + strings.Repeat("x", 100)
	_, out := talk(t, "x", func(flows.Update) []flows.Message { return []flows.Message{{Text: long + "\n\nnext"}} })
	for _, l := range strings.Split(strings.TrimPrefix(out, "› \r"), "\n") {
		if n := len([]rune(l)); n > 80 && !strings.HasPrefix(l, "xxx") {
			t.Errorf("%d columns: %q", n, l)
		}
	}
	if !strings.Contains(out, "\n\nnext\n") {
		t.Error("an empty line is lost")
	}
}

func FuzzPrinted(f *testing.F) {
	f.Add("hello \x1b[2J\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		_, out := talk(t, "x", func(flows.Update) []flows.Message { return []flows.Message{{Text: text}} })
		for _, c := range strings.TrimPrefix(out, "› \r") {
			if c < ' ' && c != '\n' || c == 0x7f || c == '\u202e' {
				t.Fatalf("%q prints %q", text, out)
			}
		}
	})
}

// A menu of commands is printed with numbers, so its numbers can be typed; under anything printed since they are an answer.
func TestTheNumbersOfAMenuCanBeTyped(t *testing.T) {
	got, _ := talk(t, "start\n2\n2\nyes\nyes\nyes\napply", func(u flows.Update) []flows.Message {
		if u.Text == "start" {
			return []flows.Message{{Text: "Hello.", Choices: []flows.Choice{{Label: "Airfare", Value: "/airfare"}, {Label: "Apply", Value: "/apply"}}}}
		}
		if u.Text == "yes" {
			return []flows.Message{{Text: "Agreed?", Choices: []flows.Choice{{Label: "Yes", Value: "form/agreed/yes"}}}}
		}
		return []flows.Message{{Text: "How many years?"}}
	})
	var heard []string
	for _, u := range got {
		heard = append(heard, u.Text+u.Choice)
	}
	if got := strings.Join(heard, " "); got != "start /apply 2 yes form/agreed/yes yes apply" {
		t.Errorf("heard %s", got)
	}
}
