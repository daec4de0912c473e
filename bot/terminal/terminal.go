// Package terminal is a chat in a text terminal: for trying the bot out, for scripts, and for people who live there.
//
// It hides lines, wrapping and local files, and promises: a line typed is on record before the next one is read, its answer is
// printed before the next prompt, and nothing a text holds can move the cursor or change the terminal. It is the smallest real
// platform, kept apart from the command that starts it so that it passes the same suite as the networks.
package terminal

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/bot"
	"olle/flows"
)

// Options are what a Terminal needs; all but Settled may be left out.
type Options struct {
	User string // whose chat it is: the address is "terminal:USER"; "" is "guest"
	// Settled says whether everything an update caused, work included, has been done.
	Settled func(ctx context.Context, updateID string) (bot.Settlement, error)
	// Open opens a local file to upload. Nil: no files.
	Open func(path string) (fs.File, error)
	// Handout opens a file the bot sends, and Create makes a new local one for it (fs.ErrExist where there is one). Nil: its name is
	// shown, and it cannot be saved.
	Handout func(ctx context.Context, f flows.File) (io.ReadCloser, error)
	Create  func(path string) (io.WriteCloser, error)
	Width   int           // columns; 0: 80
	Wait    time.Duration // how long a prompt waits for an answer to settle; 0: 30 s
	Log     *slog.Logger
}

// Terminal is the platform "terminal", with one chat.
type Terminal struct {
	opt   Options
	in    *bufio.Reader
	me    flows.Address
	run   string // names this process in the IDs of updates
	done  chan struct{}
	over  sync.Once
	lines chan string
	start sync.Once

	mu      sync.Mutex
	out     io.Writer
	sent    map[string]bool // IDs of printed messages
	choices []flows.Choice  // of the newest message that had any
	newest  bool            // no message without choices has come since
	handed  *flows.File     // by the newest message that had one
}

var _ bot.Platform = (*Terminal)(nil)

// New makes a chat of in and out.
func New(in io.Reader, out io.Writer, o Options) (*Terminal, error) {
	if o.Settled == nil {
		return nil, errors.New("terminal: needs Settled")
	}
	if o.User == "" {
		o.User = "guest"
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	if o.Wait <= 0 {
		o.Wait = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Terminal{
		opt: o, in: bufio.NewReader(in), out: out, me: flows.Address("terminal:" + o.User), run: rand.Text(),
		done: make(chan struct{}), lines: make(chan string), sent: map[string]bool{},
	}, nil
}

// Name is the platform's name in addresses.
func (t *Terminal) Name() string { return "terminal" }

// Limits are none: a terminal shows any text at any rate. One message goes at a time.
func (t *Terminal) Limits() bot.Limits { return bot.Limits{Workers: 1} }

// Done is closed when the input has ended and its last answer is printed.
func (t *Terminal) Done() <-chan struct{} { return t.done }

// Receive prompts, reads and delivers until the input or ctx ends.
func (t *Terminal) Receive(ctx context.Context, deliver bot.Deliver) error {
	t.start.Do(func() { go t.read() })
	for n := 1; ; n++ {
		t.print("› ")
		select {
		case <-ctx.Done():
			return nil
		case text, more := <-t.lines:
			if !more {
				t.print("\n")
				t.over.Do(func() { close(t.done) })
				return nil
			}
			t.take(ctx, deliver, n, text)
		}
	}
}

// read hands over lines. It may outlive Receive: a read from a terminal cannot be taken back.
func (t *Terminal) read() {
	defer close(t.lines)
	for {
		text, err := t.in.ReadString('\n')
		if text = strings.TrimRight(text, "\r\n"); text != "" || err == nil {
			t.lines <- text
		}
		if err != nil {
			return
		}
	}
}

// take delivers one line, again and again until it is on record, and waits for its answer.
func (t *Terminal) take(ctx context.Context, deliver bot.Deliver, n int, text string) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if answer, ok := t.saved(ctx, text); ok {
		t.print(t.wrapped(answer) + "\n")
		return
	}
	u, problem := t.update(text)
	if problem != "" {
		t.print(t.wrapped(problem) + "\n")
		return
	}
	u.ID = fmt.Sprintf("%s:%s-%d", t.me, t.run, n)
	u.Sent, u.From, u.Chat, u.Private = time.Now(), t.me, t.me, true
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		_, err := deliver(ctx, u)
		if err == nil {
			break
		}
		if pause == 100*time.Millisecond {
			t.opt.Log.Warn("update not on record", "update", u.ID, "err", err)
			t.print("(This could not be put on record yet; trying again.)\n")
		}
		if !bot.Pause(ctx, pause) {
			return
		}
	}
	t.settle(ctx, u.ID)
}

func (t *Terminal) settle(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, t.opt.Wait)
	defer cancel()
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		how, err := t.opt.Settled(ctx, id)
		if err != nil && ctx.Err() == nil {
			t.opt.Log.Warn("cannot see whether an update has settled", "update", id, "err", err)
		}
		if how != bot.Unsettled && err == nil || !bot.Pause(ctx, pause) {
			return
		}
	}
}

// update makes of a line what it means here: an upload, a choice, or text; or it says what is wrong.
func (t *Terminal) update(text string) (u flows.Update, problem string) {
	path, upload := strings.CutPrefix(text, "/upload ")
	path = unquoted(path)
	if f, err := t.file(path); err == nil {
		return flows.Update{Files: []flows.File{f}}, ""
	} else if upload && t.opt.Open != nil && looksLikePath(path) {
		return u, fmt.Sprintf("There is no such file here: %s", path)
	}
	if value, ok := t.choice(text); ok {
		return flows.Update{Choice: value}, ""
	}
	return flows.Update{Text: text}, ""
}

// choice finds what "#2", or a label typed in full, stands for. A plain number stays text: the conversation knows whether it is
// the number of a choice or the answer itself. Only where the choices printed last are commands is nothing asked, so that the number is theirs.
func (t *Terminal) choice(text string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text = strings.TrimSpace(text)
	digits, marked := strings.CutPrefix(text, "#")
	if n, err := strconv.Atoi(digits); err == nil && n >= 1 && n <= len(t.choices) {
		if value := t.choices[n-1].Value; marked || t.newest && strings.HasPrefix(value, "/") {
			return value, true
		}
	}
	for _, c := range t.choices {
		if strings.EqualFold(c.Label, text) && (t.newest || strings.HasPrefix(c.Value, "/")) { // a later question's answer may read the same
			return c.Value, true
		}
	}
	return "", false
}

// Send prints a message, once.
func (t *Terminal) Send(_ context.Context, id string, m flows.Message) (string, error) {
	if m.To != t.me {
		return "", &bot.SendError{Gone: true, Err: errors.New("terminal: not this terminal's chat")}
	}
	if m.Ack && m.Text == "" {
		return "", nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sent[id] {
		return id, nil
	}
	if _, err := io.WriteString(t.out, t.printed(m)); err != nil {
		return "", fmt.Errorf("terminal: print: %w", err)
	}
	t.sent[id] = true
	if t.newest = len(m.Choices) > 0; t.newest {
		t.choices = m.Choices
	}
	if m.File != nil {
		t.handed = m.File
	}
	return id, nil
}

// printed is a message as it appears: text, file, choices, an empty line.
func (t *Terminal) printed(m flows.Message) string {
	var b strings.Builder
	b.WriteString("\r") // over a prompt that waits
	b.WriteString(t.wrapped(m.Text))
	b.WriteByte('\n')
	if m.File != nil {
		fmt.Fprintf(&b, "  [file: %s]%s\n", oneLine(m.File.Name), t.how())
	}
	for i, c := range m.Choices {
		fmt.Fprintf(&b, "  %d) %s\n", i+1, oneLine(c.Label))
	}
	b.WriteByte('\n')
	return b.String()
}

func (t *Terminal) print(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	io.WriteString(t.out, text) // a terminal that is gone ends the input too
}
