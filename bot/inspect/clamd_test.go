package inspect

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"olle/bot/inspect/inspecttest"
)

// clamd is a scanner that speaks the protocol and knows one virus: the EICAR test string. Moods make it misbehave.
type clamd struct {
	net.Listener
	mood string
	t    *testing.T
}

// eicar is put together here so that no scanner takes this source for a virus.
var eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

func startClamd(t *testing.T, network, mood string) *Clamd {
	t.Helper()
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = filepath.Join(t.TempDir(), "clamd.sock")
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &clamd{l, mood, t}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return &Clamd{Addr: l.Addr().String(), Wait: 200 * time.Millisecond}
}

func (c *clamd) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	command, err := r.ReadString(0)
	switch {
	case err != nil || c.mood == "drop":
		return
	case command == "zPING\x00":
		io.WriteString(conn, "PONG\x00")
		return
	case command != "zINSTREAM\x00":
		io.WriteString(conn, "UNKNOWN COMMAND\x00")
		return
	case c.mood == "deaf":
		time.Sleep(time.Second)
		return
	case c.mood == "full":
		io.CopyN(io.Discard, r, 100)
		io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
		return
	}
	var all bytes.Buffer
	for {
		var head [4]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(head[:])
		if n == 0 {
			break
		}
		if _, err := io.CopyN(&all, r, int64(n)); err != nil {
			return
		}
	}
	switch {
	case c.mood == "slow":
		time.Sleep(time.Second)
	case c.mood == "mumbling":
		io.WriteString(conn, strings.Repeat("x", 1<<20))
	case c.mood == "half":
		io.WriteString(conn, "stream: O")
	case bytes.Contains(all.Bytes(), []byte(eicar)):
		io.WriteString(conn, "stream: Eicar-Test-Signature FOUND\x00")
	default:
		io.WriteString(conn, "stream: OK\x00")
	}
}

// infected is a good PDF with a virus in it.
func infected() []byte {
	return bytes.Replace(inspecttest.PDF(1), []byte("xref\n"), []byte("% "+eicar+"\nxref\n"), 1)
}

func TestAScannerHasItsSay(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		rules := accepted()
		rules.Scan = startClamd(t, network, "")
		if err := rules.Scan.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		for name, c := range map[string]struct {
			content []byte
			problem string
		}{
			"clean":             {inspecttest.PDF(1), ""},
			"infected":          {infected(), "virus"},
			"refused otherwise": {[]byte("text " + eicar), "type"},
			"nothing":           {nil, "empty"},
		} {
			if found, err := pass(bytes.NewReader(c.content), rules); problem(err) != c.problem || (found.Type == "pdf") != (err == nil) {
				t.Errorf("%s, %s: %+v, %v", network, name, found, err)
			}
		}
		for _, c := range large() {
			if found, err := pass(c.Open(), rules); err != nil {
				t.Errorf("%s, large: %+v, %v", network, found, err)
			}
		}
	}
}

// A scanner that is away, silent or confused lets nothing pass, and blames nobody.
func TestNothingPassesUnscanned(t *testing.T) {
	t.Parallel()
	for _, mood := range []string{"drop", "deaf", "full", "slow", "mumbling", "half"} {
		t.Run(mood, func(t *testing.T) {
			t.Parallel()
			rules := accepted()
			rules.Scan = startClamd(t, "tcp", mood)
			for name, content := range map[string]io.Reader{"small": bytes.NewReader(infected()), "large": large()[0].Open()} {
				start := time.Now()
				found, err := pass(content, rules)
				if err == nil || errors.As(err, new(Refusal)) || found.Type != "" {
					t.Errorf("%s: %+v, %v", name, found, err)
				}
				if time.Since(start) > 10*time.Second {
					t.Errorf("%s: it took %v", name, time.Since(start))
				}
			}
		})
	}
	rules := accepted()
	rules.Scan = startClamd(t, "tcp", "slow")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := rules.Scan.Ping(ctx); err == nil {
		t.Error("asked although there is no time")
	}
	rules.Scan = &Clamd{Addr: "127.0.0.1:1"}
	if found, err := pass(bytes.NewReader(inspecttest.PDF(1)), rules); err == nil || found.Type != "" {
		t.Errorf("nobody there: %+v, %v", found, err)
	}
	if err := rules.Scan.Ping(t.Context()); err == nil {
		t.Error("nobody there, and yet the scanner answers")
	}
}

// Whatever a scanner says, only its one word for clean is clean, and only its one word for a virus is a refusal.
func FuzzOpinion(f *testing.F) {
	for _, s := range []string{"stream: OK", "stream: Eicar FOUND", "INSTREAM size limit exceeded. ERROR", "", "stream:  FOUND", "OK", "stream: OK\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		err := opinion(answer)
		if err == nil && answer != "stream: OK" {
			t.Errorf("%q is clean", answer)
		}
		if errors.As(err, new(Refusal)) && !strings.HasSuffix(answer, " FOUND") {
			t.Errorf("%q is a virus", answer)
		}
	})
}
