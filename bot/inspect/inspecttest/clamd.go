package inspecttest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type clamd struct {
	net.Listener
	mood string
}

// eicar is put together here so that no scanner takes this source for a virus.
var eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// StartClamd runs a scanner for the time of a test and returns its address. It speaks clamd's protocol and knows one virus, the EICAR
// test string. Moods make it misbehave: "drop" hangs up, "deaf" reads nothing, "full" stops at a hundred bytes, "slow" never comes to
// an end, "mumbling" talks without one, "half" breaks off.
func StartClamd(t testing.TB, network, mood string) (addr string) {
	t.Helper()
	addr = "127.0.0.1:0"
	if network == "unix" {
		addr = filepath.Join(t.TempDir(), "clamd.sock")
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &clamd{l, mood}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return l.Addr().String()
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

// Infected is a good PDF with a virus in it.
func Infected() []byte {
	return bytes.Replace(PDF(1), []byte("xref\n"), []byte("% "+eicar+"\nxref\n"), 1)
}
