package inspect

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Clamd is a virus scanner that is reached over the network, ClamAV's clamd (its protocol: man clamd, INSTREAM). A scanner that does
// not answer is an error, never a file that passed. Its StreamMaxLength must be at least the largest file allowed.
type Clamd struct {
	Addr string        // "host:port", or the path of a socket
	Wait time.Duration // for a connection, for each piece it takes, for its opinion at the end; 0: one minute
}

// Ping asks whether the scanner is there.
func (c *Clamd) Ping(ctx context.Context) error {
	s, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.send([]byte("zPING\x00")); err != nil {
		return err
	}
	answer, err := s.answer()
	if err == nil && answer != "PONG" {
		err = errors.New("inspect: what answers at the virus scanner's address is not clamd")
	}
	return err
}

// scan is one file under way to the scanner.
type scan struct {
	conn net.Conn
	wait time.Duration
	stop func() bool
}

func (c *Clamd) dial(ctx context.Context) (*scan, error) {
	network := "tcp"
	if strings.HasPrefix(c.Addr, "/") {
		network = "unix"
	}
	wait := c.Wait
	if wait <= 0 {
		wait = time.Minute
	}
	d := net.Dialer{Timeout: wait}
	conn, err := d.DialContext(ctx, network, c.Addr)
	if err != nil {
		return nil, fmt.Errorf("inspect: virus scanner: %w", err)
	}
	return &scan{conn: conn, wait: wait, stop: context.AfterFunc(ctx, func() { conn.Close() })}, nil
}

func (c *Clamd) begin(ctx context.Context) (*scan, error) {
	s, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.send([]byte("zINSTREAM\x00")); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *scan) close() {
	s.stop()
	_ = s.conn.Close()
}

func (s *scan) send(b []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.wait)); err != nil {
		return fmt.Errorf("inspect: virus scanner: %w", err)
	}
	if _, err := s.conn.Write(b); err != nil {
		return fmt.Errorf("inspect: virus scanner: %w", err)
	}
	return nil
}

// write sends the next bytes of the file. A scanner that has made up its mind hangs up: then its answer counts.
func (s *scan) write(b []byte) error {
	if len(b) == 0 {
		return nil // would mean the end
	}
	err := s.send(append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(b)), uint32(len(b))), b...))
	if err == nil {
		return nil
	}
	if said := s.opinion(); isRefusal(said) {
		return said
	}
	return err
}

// finish ends the file and waits for the opinion; nil: no virus found.
func (s *scan) finish() error {
	sent := s.send([]byte{0, 0, 0, 0})
	err := s.opinion()
	if sent != nil && !isRefusal(err) {
		return sent
	}
	return err
}

func isRefusal(err error) bool { var r Refusal; return errors.As(err, &r) }

func (s *scan) opinion() error {
	answer, err := s.answer()
	if err != nil {
		return err
	}
	return opinion(answer)
}

const mostAnswer = 4 << 10

func (s *scan) answer() (string, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(s.wait)); err != nil {
		return "", fmt.Errorf("inspect: virus scanner: %w", err)
	}
	line, err := bufio.NewReader(io.LimitReader(s.conn, mostAnswer)).ReadString(0)
	if err != nil {
		return "", fmt.Errorf("inspect: virus scanner: %w", err)
	}
	return strings.TrimSuffix(line, "\x00"), nil
}

// opinion reads what clamd answers: "stream: OK", "stream: NAME FOUND", or an error in its words.
func opinion(answer string) error {
	switch {
	case answer == "stream: OK":
		return nil
	case strings.HasPrefix(answer, "stream: ") && strings.HasSuffix(answer, " FOUND"):
		return Refusal("virus")
	}
	return fmt.Errorf("inspect: virus scanner: it answers %.100q", answer)
}
