package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"olle/bot"
	"olle/config"
	"olle/flows"
	"olle/storage"
)

// Subcommands that change something reach a running serve over a local socket that only its user may open: the same updates go
// through the same door. When none runs they open the parts themselves and go through a door of their own.

func socketPath(s *config.Settings) string { return filepath.Join(s.DataDir, "olle.sock") }

// operation is one thing an operator may ask of the bot; arguments and result are JSON.
type operation func(ctx context.Context, o *operator, args json.RawMessage) (any, error)

func operations() map[string]operation {
	return map[string]operation{
		"ready":            ready,
		"event/keys":       eventKeys,
		"event/get":        eventGet,
		"event/set":        eventSet,
		"code/make":        makeCode,
		"code/late":        makeLateCode,
		"announce/make":    makeAnnouncement,
		"announce/steer":   doAnnouncement,
		"store/check":      storeCheck,
		"files/check":      filesCheck,
		"jobs/stuck":       stuckJobs,
		"networks/waiting": waitingFor,
		"export/begin":     exportBegin,
		"export/page":      exportPeople,
	}
}

// slow operations go through everything there is, and take their time.
var slow = map[string]bool{"files/check": true, "export/begin": true, "export/page": true}

// operator is what operations act on.
type operator struct {
	parts *parts
	bot   *bot.Bot
}

// reach is the way to where the store is: to a running serve, else to the parts opened here, once for all that is asked.
type reach struct {
	p        *program
	settings *config.Settings
	here     *operator // where no serve runs
	failed   error     // why they do not open here
}

// call runs an operation where the store is, and decodes its result.
func (r *reach) call(ctx context.Context, name string, args, result any) error {
	if r.here == nil {
		err := callServe(ctx, socketPath(r.settings), name, args, result)
		if !errors.Is(err, errNoServe) {
			return err
		}
		if err := r.open(ctx); err != nil {
			return err
		}
	}
	return r.here.run(ctx, name, args, result)
}

func (r *reach) open(ctx context.Context) error {
	if r.failed != nil {
		return r.failed
	}
	w, err := r.p.openThere(ctx, r.settings)
	if err != nil {
		r.failed = err
		return err
	}
	b, err := w.newBot()
	if err != nil {
		w.Close()
		return err
	}
	r.here = &operator{parts: w, bot: b}
	return nil
}

// alone says that no serve is there to do what was put on record.
func (r *reach) alone(ctx context.Context) (bool, error) {
	if r.here == nil {
		return false, nil
	}
	others, err := r.here.parts.elsewhere(ctx)
	return len(others) == 0, err
}

func (r *reach) close() {
	if r.here != nil {
		r.here.parts.Close()
	}
}

// operate reaches the store for one operation.
func (p *program) operate(ctx context.Context, s *config.Settings, name string, args, result any) error {
	r := &reach{p: p, settings: s}
	defer r.close()
	return r.call(ctx, name, args, result)
}

// run runs an operation and decodes its result, as if it had come over the socket.
func (o *operator) run(ctx context.Context, name string, args, result any) error {
	answer, err := operations()[name](ctx, o, flows.Must(args))
	if err != nil {
		return err
	}
	return json.Unmarshal(flows.Must(answer), result)
}

var errNoServe = errors.New("no serve is running")

// callServe has the serve behind the socket run an operation, and decodes its result.
func callServe(ctx context.Context, socket, name string, args, result any) error {
	if !slow[name] {
		limited, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		ctx = limited
	}
	response, err := askServe(ctx, socket, "/"+name, flows.Must(args))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return noAnswer(err, socket)
	}
	return json.Unmarshal(body, result)
}

// askServe asks the serve behind the socket; errNoServe when nobody listens there, and what it says when it refuses. Whoever gets an answer closes it.
func askServe(ctx context.Context, socket, path string, body []byte) (*http.Response, error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dialServe(ctx, socket) },
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://olle"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, noAnswer(err, socket)
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		why, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
		if err != nil {
			return nil, noAnswer(err, socket)
		}
		return nil, errors.New(strings.TrimSpace(string(why)))
	}
	return response, nil
}

// noAnswer says why nobody answers on the socket. No serve runs only if there is none or nobody listens on it: behind one that may not be
// opened there can be one, and its store must not be opened beside it.
func noAnswer(err error, socket string) error {
	var dial *net.OpError
	switch there := errors.As(err, &dial) && dial.Op == "dial"; {
	case there && (errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ECONNREFUSED)):
		return errNoServe
	case there && errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("may not open %s: run this as the user of serve", socket)
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the running serve has not answered in time: it or its store is busy; its log says more")
	}
	return fmt.Errorf("ask the running serve: %w", err)
}

func dialServe(ctx context.Context, socket string) (net.Conn, error) {
	name, done, err := shortName(socket)
	if err != nil {
		return nil, err
	}
	defer done()
	return (&net.Dialer{}).DialContext(ctx, "unix", name)
}

// shortName is a name of the socket that an address has room for, until done: systems take some hundred bytes (unix(7), sun_path), and
// a data folder may lie deeper. Then the way there leads through a link in a temporary folder that only this user may enter.
func shortName(socket string) (name string, done func(), err error) {
	if len(socket) <= 100 {
		return socket, func() {}, nil
	}
	folder, err := filepath.Abs(filepath.Dir(socket))
	if err != nil {
		return "", nil, fmt.Errorf("local socket: %w", err)
	}
	dir, err := os.MkdirTemp("", "olle")
	done = func() { os.RemoveAll(dir) }
	if err == nil {
		err = os.Symlink(folder, filepath.Join(dir, "data"))
	}
	if err != nil {
		done()
		return "", nil, fmt.Errorf("local socket: %w; set OLLE_DATA_DIR to a folder with a shorter path", err)
	}
	return filepath.Join(dir, "data", filepath.Base(socket)), done, nil
}

// listen opens the socket, mode 0600. A file left behind, by a kill or under a short name, is replaced; a socket that answers is not.
func listen(path string) (net.Listener, error) {
	name, done, err := shortName(path)
	if err != nil {
		return nil, err
	}
	defer done()
	if conn, err := net.DialTimeout("unix", name, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("another olle serve runs on this data folder (it answers on %s)", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		return nil, fmt.Errorf("local socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("local socket: %w", err)
	}
	return l, nil
}

// ServeHTTP answers subcommands.
func (o *operator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == backupPath && r.Method == http.MethodPost {
		o.stream(w, r)
		return
	}
	op, ok := operations()[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok || r.Method != http.MethodPost {
		http.Error(w, "the running serve does not know this; is it of an older release?", http.StatusNotFound)
		return
	}
	args, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	result, err := op(r.Context(), o, args)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	_, _ = w.Write(flows.Must(result))
}

// eventValue is a key of the event and its value.
type eventValue struct{ Key, Value string }

// changes loads what was changed of the current event.
func (o *operator) changes(ctx context.Context) (flows.Override, error) {
	var changes flows.Override
	docs, err := o.parts.store.Load(ctx, "event/"+o.parts.book.Current.ID)
	if err != nil || docs[0].Data == nil {
		return changes, err
	}
	return changes, json.Unmarshal(docs[0].Data, &changes)
}

// eventKeys lists the keys that have a value now: of those that stand for many, the sessions, the texts that were corrected and the
// prepared answers that there are.
func eventKeys(ctx context.Context, o *operator, _ json.RawMessage) (any, error) {
	changes, err := o.changes(ctx)
	if err != nil {
		return nil, err
	}
	event := changes.Apply(o.parts.book.Current)
	keys := slices.DeleteFunc(flows.Settable(), func(key string) bool {
		return strings.ContainsFunc(key, unicode.IsUpper) || key == "deadline" && event.Deadline.IsZero()
	})
	for _, s := range event.Sessions {
		keys = append(keys, "session."+s.ID)
	}
	for name := range event.Help.Canned {
		keys = append(keys, "help.canned."+name)
	}
	for name := range changes.Texts {
		keys = append(keys, "text."+name)
	}
	slices.Sort(keys)
	return keys, nil
}

func eventGet(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var args eventValue
	if err := json.Unmarshal(raw, &args); err != nil {
		return nil, err
	}
	changes, err := o.changes(ctx)
	if err != nil {
		return nil, err
	}
	value, err := changes.Apply(o.parts.book.Current).Get(args.Key)
	return eventValue{args.Key, value}, err
}

// eventSet checks the change, so that whoever asked hears what is wrong, and delivers it as an update.
func eventSet(ctx context.Context, o *operator, raw json.RawMessage) (any, error) {
	var args eventValue
	if err := json.Unmarshal(raw, &args); err != nil {
		return nil, err
	}
	changes, err := o.changes(ctx)
	if err != nil {
		return nil, err
	}
	now := o.parts.clock.Now()
	if err := changes.Set(o.parts.book.Current, args.Key, args.Value, "operator", now); err != nil {
		return nil, err
	}
	_, err = o.bot.Handle(ctx, flows.Update{
		ID: fmt.Sprintf("event/set/%d", time.Now().UnixNano()), Subject: "event/" + o.parts.book.Current.ID, Call: "event/set", Sent: now,
		Args: flows.Must(flows.SetArgs{Key: args.Key, Value: args.Value, By: "operator"}),
	})
	if err != nil {
		return nil, err
	}
	return eventGet(ctx, o, raw)
}

// ready is /readyz for the machine itself.
func ready(ctx context.Context, o *operator, _ json.RawMessage) (any, error) {
	return "ready", o.bot.Ready(ctx)
}

// storeCheck says what the store's set-up would lose, and proves that it takes commits: Check asks about settings, and one that is full
// has the right ones. "" is well.
func storeCheck(ctx context.Context, o *operator, _ json.RawMessage) (any, error) {
	now := o.parts.clock.Now()
	proof := storage.Doc{Key: "clock/doctor", Data: []byte("1"), Until: now.Add(time.Hour)}
	_, err := o.parts.store.Commit(ctx, storage.Batch{Put: []storage.Doc{proof}, Now: now})
	if err != nil {
		err = fmt.Errorf("it takes no commits: %w", err)
	}
	if err := errors.Join(err, o.parts.store.Check(ctx)); err != nil {
		return strings.ReplaceAll(err.Error(), "\n", "; "), nil
	}
	return "", nil
}
