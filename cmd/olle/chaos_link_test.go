package main

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// link is the network between one replica and one server: a TCP relay that can be slow, cut, or hold back what passes in one direction
// or in both, as a connection does that one end believes to be alive.
type link struct {
	listener net.Listener
	to       string // host:port behind it

	mu      sync.Mutex
	changed chan struct{} // closed and renewed when the weather changes
	now     weather
	conns   map[net.Conn]bool
}

// weather is how a link is. The zero value is fair.
type weather struct {
	delay time.Duration // of everything, each way
	cut   bool          // connections are reset, and so are new ones
	deaf  bool          // what the server says does not arrive
	mute  bool          // what the replica says does not arrive
}

func newLink(t testing.TB, to string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener, to: to, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	go l.accept()
	t.Cleanup(func() { listener.Close(); l.turn(weather{cut: true}) })
	return l
}

func (l *link) addr() string { return l.listener.Addr().String() }

// turn changes the weather. What was held back arrives when it is fair again.
func (l *link) turn(w weather) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = w
	close(l.changed)
	l.changed = make(chan struct{})
	if w.cut {
		for c := range l.conns {
			reset(c)
		}
	}
}

// reset closes a connection so that the other end sees an error, not an end.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

func (l *link) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		go l.relay(near)
	}
}

// add takes a connection into account; false: the link is cut.
func (l *link) add(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now.cut {
		reset(c)
		return false
	}
	l.conns[c] = true
	return true
}

func (l *link) relay(near net.Conn) {
	if !l.add(near) {
		return
	}
	far, err := net.DialTimeout("tcp", l.to, 5*time.Second)
	if err != nil || !l.add(far) {
		reset(near)
	} else {
		var both sync.WaitGroup
		both.Go(func() { l.pump(near, far, func(w weather) bool { return w.mute }) })
		both.Go(func() { l.pump(far, near, func(w weather) bool { return w.deaf }) })
		both.Wait()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, near)
	if far != nil {
		delete(l.conns, far)
	}
}

// pump carries one direction until it ends, and then ends the connection.
func (l *link) pump(from, to net.Conn, held func(weather) bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && (!l.pass(held) || write(to, buffer[:n]) != nil) {
			return
		}
		if err != nil {
			return
		}
	}
}

func write(to io.Writer, b []byte) error { _, err := to.Write(b); return err }

// pass waits as the weather wants; false: the link was cut meanwhile.
func (l *link) pass(held func(weather) bool) bool {
	for {
		l.mu.Lock()
		now, changed := l.now, l.changed
		l.mu.Unlock()
		switch {
		case now.cut:
			return false
		case held(now):
			<-changed
		default:
			time.Sleep(now.delay)
			return true
		}
	}
}
