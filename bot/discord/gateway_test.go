package discord_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"olle/bot"
	"olle/bot/discord"
	"olle/flows"
)

// run receives as the bot does, and keeps what came.
type run struct {
	t    *testing.T
	d    *discord.Discord
	end  context.CancelFunc
	done chan error

	mu     sync.Mutex
	took   []flows.Update
	seen   map[string]int
	refuse func(u flows.Update) error
	say    func(u flows.Update) bot.Receipt
}

func receive(t *testing.T, d *discord.Discord) *run {
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{t: t, d: d, end: cancel, done: make(chan error, 1), seen: map[string]int{}}
	go func() { r.done <- d.Receive(ctx, r.deliver) }()
	t.Cleanup(func() { cancel(); r.stopped() })
	return r
}

func (r *run) deliver(_ context.Context, u flows.Update) (bot.Receipt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		if err := r.refuse(u); err != nil {
			return bot.Receipt{}, err
		}
	}
	if r.seen[u.ID]++; r.seen[u.ID] > 1 {
		return bot.Receipt{Seen: true}, nil
	}
	r.took = append(r.took, u)
	if r.say != nil {
		return r.say(u), nil
	}
	return bot.Receipt{Messages: []string{u.ID + "/m0"}}, nil
}

// stopped waits for the end of Receive.
func (r *run) stopped() error {
	select {
	case err := <-r.done:
		r.done <- err
		return err
	case <-time.After(20 * time.Second):
		r.t.Fatal("Receive did not end within twenty seconds")
		return nil
	}
}

func (r *run) stop() { r.end(); r.stopped() }

func (r *run) await(n int) []flows.Update {
	r.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		r.mu.Lock()
		got := append([]flows.Update(nil), r.took...)
		r.mu.Unlock()
		if len(got) >= n {
			return got
		}
	}
	r.t.Fatalf("%d updates did not come", n)
	return nil
}

// all checks that exactly these texts came, in this order.
func (r *run) all(texts ...string) {
	r.t.Helper()
	got := r.await(len(texts))
	for i, u := range got {
		if i >= len(texts) || u.Text != texts[i] {
			r.t.Errorf("in place %d came %q", i, u.Text)
		}
	}
}

func TestNothingIsLostWhateverTheGatewayDoes(t *testing.T) {
	disturbances := map[string]func(n *network){
		"asks to reconnect":     func(n *network) { n.op(7, nil) },
		"calls session invalid": func(n *network) { n.forget(); n.op(9, false) },
		"invalid but resumable": func(n *network) { n.op(9, true) },
		"cuts the line":         func(n *network) { n.hangUp(0) },
		"forgets the session":   func(n *network) { n.forget(); n.hangUp(0) },
		"answers no heartbeat": func(n *network) {
			n.mu.Lock()
			n.mute = true
			n.mu.Unlock()
			time.Sleep(500 * time.Millisecond)
			n.mu.Lock()
			n.mute = false
			n.mu.Unlock()
		},
		"asks for a heartbeat": func(n *network) { n.op(1, nil) },
		"sends what nobody knows": func(n *network) {
			n.op(99, "?")
			n.each(func(s *session) { s.emit("MESSAGE_CREATE", "no object"); s.emit("NEW_THING", []int{1}) })
		},
	}
	for _, code := range []int{1000, 1001, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009} {
		disturbances[fmt.Sprint("closes with ", code)] = func(n *network) { n.hangUp(code) }
	}
	for name, disturb := range disturbances {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			if strings.Contains(name, "heartbeat") {
				n.beat = 200 * time.Millisecond
			}
			r := receive(t, newDiscord(t, n, nil))
			n.ready()
			n.say("before", nil)
			r.await(1)
			disturb(n)
			n.say("during", nil)
			n.ready()
			n.say("after", nil)
			r.all("before", "during", "after")
		})
	}
}

// forget makes resuming impossible, and loses what was not sent.
func (n *network) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id := range n.sessions {
		if s := n.sessions[id]; s.conn != nil {
			n.conns[s.conn] = s
		}
		s := n.sessions[id]
		delete(n.sessions, id)
		if s.conn != nil {
			defer s.conn.Close()
		}
	}
}

func TestOddBeginnings(t *testing.T) {
	hello := object{"heartbeat_interval": 100}
	first := map[string]func(c *websocket.Conn, write func(int, any)) bool{
		"op 7 before Hello": func(c *websocket.Conn, write func(int, any)) bool {
			write(7, nil)
			write(10, hello)
			write(7, nil)
			return true
		},
		"op 11 after Hello": func(c *websocket.Conn, write func(int, any)) bool { write(10, hello); write(11, nil); return true },
		"op 7 after Hello":  func(c *websocket.Conn, write func(int, any)) bool { write(10, hello); write(7, nil); return true },
		"op 9 after Hello":  func(c *websocket.Conn, write func(int, any)) bool { write(10, hello); write(9, false); return true },
		"silence":           func(c *websocket.Conn, write func(int, any)) bool { time.Sleep(700 * time.Millisecond); return true },
		"silence after Hello": func(c *websocket.Conn, write func(int, any)) bool {
			write(10, object{"heartbeat_interval": 60_000})
			time.Sleep(700 * time.Millisecond)
			return true
		},
		"a Hello without sense": func(c *websocket.Conn, write func(int, any)) bool { write(10, "?"); return true },
		"an end":                func(c *websocket.Conn, write func(int, any)) bool { return true },
	}
	for name, begin := range first {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			times := 0
			n.greeting = func(c *websocket.Conn, write func(int, any)) bool {
				n.mu.Lock()
				times++
				mine := times
				n.mu.Unlock()
				return mine <= 2 && begin(c, write)
			}
			r := receive(t, newDiscord(t, n, nil))
			n.ready()
			n.say("hello", nil)
			r.all("hello")
		})
	}
}

// A gateway that cannot be reached for a while, or ends every connection at once, costs no session: what a new one does not replay would be lost.
func TestAnOutageKeepsTheSession(t *testing.T) {
	n := newNetwork(t)
	d := newDiscord(t, n, nil)
	d.Patience(30 * time.Second)
	d.Away(200 * time.Millisecond)
	r := receive(t, d)
	n.ready()
	n.say("before", nil)
	r.await(1)
	if err := d.Trouble(); err != nil {
		t.Errorf("in a good hour: %v", err)
	}
	began := time.Now()
	n.mu.Lock()
	n.greeting = func(*websocket.Conn, func(int, any)) bool { return time.Since(began) < 700*time.Millisecond }
	n.mu.Unlock()
	n.hangUp(0)
	n.say("during", nil)
	n.until("the figures say so", func() bool { return d.Trouble() != nil })
	r.await(2)
	n.until("and that it is over", func() bool { return d.Trouble() == nil })
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.identify) != 1 || n.resumes == 0 {
		t.Errorf("%d sessions begun, %d resumed", len(n.identify), n.resumes)
	}
}

func TestAStopDoesNotWaitForAHello(t *testing.T) {
	n := newNetwork(t)
	d, err := discord.New(discord.Options{Token: "good", APIURL: n.server.URL}) // in no hurry: it would wait half a minute
	if err != nil {
		t.Fatal(err)
	}
	there := make(chan bool, 1)
	n.greeting = func(c *websocket.Conn, _ func(int, any)) bool {
		there <- true
		_, _, _ = c.ReadMessage()
		return true
	}
	r := receive(t, d)
	<-there
	r.stop()
}

// A connection that is left is closed, and so that its session can be taken up.
func TestAConnectionThatIsLeftIsClosed(t *testing.T) {
	for name, op := range map[string]int{"asked to reconnect": 7, "session called invalid": 9} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			left := make(chan error, 10)
			n.greeting = func(c *websocket.Conn, write func(int, any)) bool {
				write(10, object{"heartbeat_interval": 600_000})
				_, _, _ = c.ReadMessage() // identify
				write(op, nil)
				_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
				_, _, err := c.ReadMessage()
				left <- err
				return true
			}
			receive(t, newDiscord(t, n, nil))
			if err := <-left; !websocket.IsCloseError(err, 4000) {
				t.Error(err)
			}
		})
	}
}

func TestFatalCodesStopWithASentence(t *testing.T) {
	for code, words := range map[int]string{4004: "reset it", 4010: "4010", 4011: "more shards", 4012: "4012", 4013: "4013", 4014: "Server Members Intent"} {
		n := newNetwork(t)
		r := receive(t, newDiscord(t, n, nil))
		n.ready()
		n.say("x", nil)
		r.await(1)
		n.hangUp(code)
		if err := r.stopped(); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestAWrongTokenStops(t *testing.T) {
	n := newNetwork(t)
	d := newDiscord(t, n, func(o *discord.Options) { o.Token = "Bot wrong" })
	for _, err := range []error{receive(t, d).stopped(), d.Check(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "OLLE_DISCORD_TOKEN") || strings.Contains(err.Error(), "wrong ") && strings.Contains(err.Error(), "Bot wrong") {
			t.Errorf("%v", err)
		}
	}
}

func TestAPrivilegedIntentThatIsOffIsDoneWithout(t *testing.T) {
	n := newNetwork(t)
	n.greeting = func(c *websocket.Conn, write func(int, any)) bool {
		n.mu.Lock()
		first := len(n.calls) <= 2
		n.mu.Unlock()
		if first {
			write(10, object{"heartbeat_interval": 1000})
			_ = c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4014, ""), time.Now().Add(time.Second))
		}
		return first
	}
	r := receive(t, newDiscord(t, n, nil))
	n.ready()
	n.say("hello", nil)
	r.all("hello")
	if got := n.identify[0]["intents"]; got != float64(1|1<<9|1<<12) {
		t.Errorf("identified with %v", got)
	}
}

func TestTheSessionLimitIsObeyed(t *testing.T) {
	n := newNetwork(t)
	n.starts = 0
	begun := time.Now()
	time.AfterFunc(200*time.Millisecond, func() { n.mu.Lock(); n.starts = 1; n.mu.Unlock() })
	receive(t, newDiscord(t, n, nil))
	n.ready()
	if time.Since(begun) < time.Second { // reset_after is 300 ms, and a second at least
		t.Error("a session was begun although none was left")
	}
}

func TestARestartTakesTheSessionUpBehindTheLastEventOnRecord(t *testing.T) {
	n := newNetwork(t)
	memory := newKept()
	d := newDiscord(t, n, func(o *discord.Options) { o.Memory = memory })
	r := receive(t, d)
	n.ready()
	n.say("one", nil)
	r.all("one")
	r.mu.Lock()
	r.refuse = func(flows.Update) error { return context.DeadlineExceeded }
	r.mu.Unlock()
	n.use(2, object{"name": "status", "type": 1}, nil, false) // an interaction: no API tells about it later
	time.Sleep(50 * time.Millisecond)
	r.stop()
	n.say("two", nil)
	r = receive(t, newDiscord(t, n, func(o *discord.Options) { o.Memory = memory }))
	r.all("/status", "two")
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.resumes != 1 || len(n.identify) != 1 {
		t.Errorf("%d resumes, %d identifies", n.resumes, len(n.identify))
	}
}

func TestARestartWithoutTheSessionLooksForWhatWasWritten(t *testing.T) {
	for _, newest := range []bool{false, true} {
		restartWithoutSession(t, newest)
	}
}

func restartWithoutSession(t *testing.T, newest bool) {
	n := newNetwork(t)
	n.newest = newest
	memory := newKept()
	r := receive(t, newDiscord(t, n, func(o *discord.Options) { o.Memory = memory }))
	n.ready()
	n.say("zero", nil)
	r.all("zero")
	r.stop()
	n.forget()
	var want []string
	for i := range 230 {
		want = append(want, fmt.Sprint("line ", i))
		n.say(want[i], nil)
	}
	r = receive(t, newDiscord(t, n, func(o *discord.Options) { o.Memory = memory }))
	n.ready()
	n.say("live", nil)
	r.all(append(want, "live")...)
}

// kept is a Memory that outlives a Discord.
type kept struct {
	mu sync.Mutex
	m  map[string]string
}

func newKept() *kept { return &kept{m: map[string]string{}} }

func (k *kept) Get(_ context.Context, key string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.m[key], nil
}

func (k *kept) Put(_ context.Context, values map[string]string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.Copy(k.m, values)
	return nil
}

func (k *kept) All(_ context.Context, prefix string) (map[string]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := map[string]string{}
	for key, v := range k.m {
		if strings.HasPrefix(key, prefix) && v != "" {
			out[key] = v
		}
	}
	return out, nil
}
