package bot

import "sync/atomic"

// counters are what happened since the start of the process.
type counters struct {
	Updates   atomic.Int64 // turns begun, redeliveries included
	Seen      atomic.Int64 // of them, done before
	Conflicts atomic.Int64 // turns played again because a document had changed
	Sent      atomic.Int64 // messages carried
	Waits     atomic.Int64 // sends and fetches a platform asked to put off
	Failures  atomic.Int64 // sends, turns and fetches that failed and were put off
	GivenUp   atomic.Int64 // jobs and updates set aside for good
	meters
}
