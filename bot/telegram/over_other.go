//go:build !unix

package telegram

import "syscall"

// over cannot look here; a request on a connection that is over fails, and is sent again as one whose fate is unknown.
func over(syscall.RawConn) bool { return false }
