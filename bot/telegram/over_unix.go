//go:build unix

package telegram

import "syscall"

// over says whether a connection that rests was closed by the other side, or has something to read that nobody asked for.
func over(raw syscall.RawConn) bool {
	is := false
	err := raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		is = err != syscall.EAGAIN && err != syscall.EWOULDBLOCK && err != syscall.EINTR
	})
	return is || err != nil
}
