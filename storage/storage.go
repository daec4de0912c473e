// Package storage is the promise Olle rests on: documents and waiting jobs change together or not at all.
//
// A turn of a conversation is one Commit. It says which update it answers (Once), which documents it was decided on (Check),
// what they become (Put), what must still happen (Push), and what has happened (Done, Drop). The store takes all of it, durably,
// or refuses all of it. Everything a reliable bot needs (no update counted twice, no reply lost in a crash, replies in order,
// live answers before bulk, one shared rate per platform over any number of replicas) follows from that and from Claim.
//
// The package holds only the contract. storage/redis and storage/bolt keep it, storage/storagetest is the contract as tests.
// It is separate from its backends, and knows nothing of bots, so that a backend can be written by reading this one file.
//
// # Two clocks
//
// What a job or document is about is told in the program's time, which OLLE_NOW may move: Job.At, Doc.Until, Claim.Now. What
// keeps workers honest runs in real time whatever day the program believes it is: Hold, Claim.Lease, Pause.For, rates, leases
// and the 72 hours of Once.
package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// OnceFor is how long a Batch.Once name is remembered, in real time. Telegram redelivers for 24 hours; three days leave room for
// a weekend's outage. A fact that must outlive it is a document.
const OnceFor = 72 * time.Hour

// Limits every backend holds to, so that a batch good for one is good for all.
const (
	MaxKey  = 512     // bytes in a document key, job ID, lane or queue name
	MaxData = 4 << 20 // bytes in one document's or job's data
)

var (
	// ErrSeen says that a batch with this Once name was committed before: the work is done already.
	ErrSeen = errors.New("storage: already committed")
	// ErrConflict says that a checked document has another revision. The error is a *Conflict with the current documents.
	ErrConflict = errors.New("storage: a document changed meanwhile")
	// ErrTooLarge refuses a key or data beyond the limits; nothing was written.
	ErrTooLarge = errors.New("storage: key or data too large")
	// ErrBusy says that another process owns the store (embedded backend only).
	ErrBusy = errors.New("storage: in use by another process")
	// ErrClosed is returned by a closed store.
	ErrClosed = errors.New("storage: closed")
)

// Conflict is the ErrConflict of a refused batch. Docs holds the current state of every document in Batch.Check, in that order
// (Rev 0 and nil Data where none exists), so that the caller can decide again without another round trip.
type Conflict struct{ Docs []Doc }

func (c *Conflict) Error() string { return fmt.Sprintf("%v (%d checked)", ErrConflict, len(c.Docs)) }

// Is makes errors.Is(err, ErrConflict) true.
func (c *Conflict) Is(target error) bool { return target == ErrConflict }

// Doc is a document: opaque bytes under a key.
type Doc struct {
	Key   string    // "kind/name"; the part before the first slash is its kind
	Rev   int64     // set by the store; grows with every commit of the whole store, so it never repeats for a key. 0: no such document
	Until time.Time // program time at which it ceases to exist; zero: never
	Data  []byte    // in a Put, nil deletes
}

// Job is work that waits: a message to carry, an alarm to strike, an update for another subject, a file to fetch.
type Job struct {
	ID    string    // the same work has the same ID: pushing it again while it waits replaces it (and keeps no claim alive)
	Queue string    // whose work it is: "telegram", "web", "clock", …; paused and rated as one
	Lane  string    // jobs of one lane go one at a time: live ones in the order pushed, before the bulk ones in theirs
	Bulk  bool      // claimed only when nothing live is due in the queue
	At    time.Time // program time before which it waits; zero: now
	Data  []byte

	// Set by the store.
	Born  time.Time // program time of the first push of this ID, kept when it is replaced while waiting
	Seq   int64     // names this push; Done removes the job only if nobody pushed it anew since
	Token int64     // names this claim; Done frees the lane only if the claim is still ours
	Tries int       // how often it was claimed before
}

// Batch is one atomic change. Its parts take effect in the order of the fields: Done, then Drop, then Put, Push, Pause.
type Batch struct {
	Once  string   // refuse (ErrSeen) if this name was committed within OnceFor; "": no name. Looked at before Check
	Check []Doc    // refuse (ErrConflict) unless each key has exactly this Rev now; 0: must not exist. Data is ignored
	Done  []Job    // claimed jobs that are finished (by ID, Seq and Token): removed, their lanes free again
	Free  []Job    // claimed jobs given back unfinished, usually with a Pause of their lane: they stay where they were
	Keep  []Job    // claimed jobs that are still being worked on: their claims, if in force, last KeepFor from the commit on
	Drop  []string // IDs of jobs withdrawn, claimed or not; unknown ones are fine
	Put   []Doc    // documents written, or deleted where Data is nil; Rev is ignored
	Push  []Job    // work added
	Pause []Pause  // lanes or queues closed for a while

	KeepFor time.Duration // real time; see Keep

	// Hold > 0 returns those pushed jobs already claimed for that long which Claim could have returned now: live, due, alone in
	// their lane, queue and lane open, rate permitting (which they use up). A live reply never waits for a poll.
	Hold  time.Duration
	Now   time.Time       // program time; decides what is due for Hold and is the Born of new jobs
	Rates map[string]Rate // the rates held jobs draw on, by queue; a queue not named has none
}

// Pause closes a lane, or with Lane "" a whole queue, for a stretch of real time from the commit on. A longer pause in force
// stays; a pause never shortens another. For < 0 opens at once. After its pause a queue goes on at its rate, without a burst: who was
// told to wait, and then sends all that has gathered, is told so again.
type Pause struct {
	Queue, Lane string
	For         time.Duration
}

// Rate bounds how many jobs of a queue are claimed per second of real time, over all replicas. Zero: no bound.
type Rate struct {
	PerSecond float64
	Burst     int // how many may go at once after a quiet time; at least 1
	Spare     int // of the burst, kept for live jobs: a send to many uses up the rate, and yet a reply need not wait for its share
}

// Bulk is the burst that bulk jobs may use up.
func (r Rate) Bulk() int { return max(1, r.Burst-r.Spare) }

// Claim asks for work.
type Claim struct {
	Queue string
	N     int           // at most this many jobs, each of another lane
	Now   time.Time     // program time: jobs whose At is later stay
	Lease time.Duration // real time after which an unfinished job is offered again (its worker is thought dead)
	Rate  Rate
	Live  bool // no bulk jobs: their share of the workers is at work
}

// Filter narrows Jobs. Empty fields do not narrow.
type Filter struct {
	Queue  string
	Prefix string // of the job's ID
}

// Result is what a Commit brought about.
type Result struct {
	Rev  int64 // the new revision of every document put
	Held []Job // see Batch.Hold
}

// Backlog is what waits in one queue: the measure of whether promises are kept in time.
type Backlog struct {
	Oldest time.Time // program time since when the oldest due live job could have gone, claimed or not; zero: none waits
	Lanes  int       // lanes with due jobs that nobody works on
	Busy   int       // lanes claimed or paused
	Later  int       // jobs that are not due yet, as far as the store has noticed
}

// Store is the promise. All methods are safe for concurrent use. A commit that returned nil survives a kill -9 of this process;
// one that returned another error than ErrSeen, ErrConflict or ErrTooLarge may have happened or not: repeat it under its Once.
type Store interface {
	// Load returns the documents under keys, in that order; Rev 0 and nil Data where none exists (or its Until has passed).
	Load(ctx context.Context, keys ...string) ([]Doc, error)
	// List returns up to n documents whose keys start with prefix and are greater than after, in the byte order of their keys; fewer
	// only where there are no more. Each goes through all of them.
	List(ctx context.Context, prefix, after string, n int) ([]Doc, error)
	// Commit writes the batch durably, or refuses it as a whole.
	Commit(ctx context.Context, b Batch) (Result, error)
	// Claim takes due jobs, live before bulk, at most one per lane, the longest due lane first; a flooded lane starves nobody.
	Claim(ctx context.Context, c Claim) ([]Job, error)
	// Jobs lists waiting and claimed jobs by ID, up to n greater than after.
	Jobs(ctx context.Context, f Filter, after string, n int) ([]Job, error)
	// Backlog tells what waits in a queue. It is cheap, however much waits: it looks at the ends of lines, so that of very many
	// paused lanes the oldest may be a little older than said.
	Backlog(ctx context.Context, queue string) (Backlog, error)
	// Watch sends the keys of documents of one kind (kind is the part of the key before its first slash) that any replica put,
	// soon after the commit. It is a hint: under pressure or after a lost connection keys may be missed or "" (anything may
	// have changed) is sent. The channel closes when ctx ends.
	Watch(ctx context.Context, kind string) (<-chan string, error)
	// Lease takes or prolongs the lease name for owner for d of real time; false: another owner has it. d = 0 gives it up.
	Lease(ctx context.Context, name, owner string, d time.Duration) (bool, error)
	// Copy hands everything the store holds at one moment to visit, while others go on committing; see Item. The end of visit's
	// last call may be long after that moment.
	Copy(ctx context.Context, visit func(Item) error) error
	// Raise makes sure that revisions and job numbers given from now on are above n. It is for Fill.
	Raise(ctx context.Context, n int64) error
	// Forget forgets every Once name. It is for a restore over a store that nobody works with.
	Forget(ctx context.Context) error
	// Check says whether the store keeps its promise as set up: an error names each setting that would lose data, and the remedy.
	Check(ctx context.Context) error
	Close() error
}

// Each goes through the documents whose keys start with prefix, page by page: what is committed meanwhile may be among them or not. An
// error ends it.
func Each(ctx context.Context, s Store, prefix string) iter.Seq2[Doc, error] {
	const page = 500
	return func(yield func(Doc, error) bool) {
		for after := ""; ; {
			docs, err := s.List(ctx, prefix, after, page)
			if err != nil {
				yield(Doc{}, err)
				return
			}
			for _, d := range docs {
				if !yield(d, nil) {
					return
				}
			}
			if len(docs) < page {
				return
			}
			after = docs[len(docs)-1].Key
		}
	}
}

// Validate reports ErrTooLarge, and batches that no backend could make sense of. Backends call it first.
func (b *Batch) Validate() error {
	for _, d := range b.Put {
		if err := size(d.Key, len(d.Data)); err != nil {
			return err
		}
	}
	for _, d := range b.Check {
		if err := size(d.Key, 0); err != nil {
			return err
		}
	}
	for _, j := range b.Push {
		if j.Queue == "" || j.Lane == "" {
			return fmt.Errorf("storage: job %q has no queue or no lane", j.ID)
		}
		if err := errors.Join(size(j.ID, len(j.Data)), size(j.Queue, 0), size(j.Lane, 0)); err != nil {
			return err
		}
	}
	if len(b.Once) > MaxKey {
		return fmt.Errorf("%w: once name of %d bytes", ErrTooLarge, len(b.Once))
	}
	return nil
}

func size(key string, data int) error {
	switch {
	case key == "":
		return errors.New("storage: empty key")
	case len(key) > MaxKey:
		return fmt.Errorf("%w: key of %d bytes", ErrTooLarge, len(key))
	case data > MaxData:
		return fmt.Errorf("%w: %d bytes under %q", ErrTooLarge, data, key)
	}
	return nil
}
