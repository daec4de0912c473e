package redis

import (
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/storage"
)

// request is a batch on its way to lua/commit.lua: everything small in one packed argument, the data behind it. Data is copied: a caller
// whose context ended may use its slices anew while the call is still on its way.
type request struct {
	packer
	root   string
	batch  storage.Batch
	queues []string // which the batch names, each once
	kinds  []string // of the documents put, each once
	ends   []int    // where the parts of b end: the packed values, then each document's and job's data
	args   []any    // the whole command
	born   int64    // Born of the jobs it pushes, in ns
}

// requests are used again, but for those whose caller went away: they are still on their way.
var requests = sync.Pool{New: func() any { return new(request) }}

const maxReused = 64 << 10 // bytes; larger ones are rare

// request makes the command that commits b.
func (s *Store) request(b *storage.Batch) *request {
	r := requests.Get().(*request)
	r.root, r.batch = s.root, *b
	r.b = slices.Grow(r.b[:0], r.estimate())
	r.survey()
	today := s.now()
	now := b.Now
	if now.IsZero() {
		now = today
	}
	r.born = unixNano(now)
	r.header(now, today, s.wait > 0)
	r.reads()
	r.lists()
	r.ends = append(r.ends, len(r.b))
	r.data()
	r.args = append(r.args, evalsha, commitScript.hash, one, s.key)
	from := 0
	for _, end := range r.ends {
		r.args = append(r.args, r.b[from:end:end])
		from = end
	}
	return r
}

// answered says that nobody reads the command any more.
func (r *request) answered() {
	if cap(r.b) > maxReused {
		return
	}
	clear(r.args)
	clear(r.queues)
	clear(r.kinds)
	*r = request{packer: packer{r.b}, queues: r.queues[:0], kinds: r.kinds[:0], ends: r.ends[:0], args: r.args[:0]}
	requests.Put(r)
}

func (r *request) estimate() int {
	b := &r.batch
	n := 512 + 128*(len(b.Check)+len(b.Done)+len(b.Free)+len(b.Keep)+len(b.Drop)+len(b.Pause)) + 256*(len(b.Put)+len(b.Push))
	for i := range b.Put {
		n += len(b.Put[i].Data)
	}
	for i := range b.Push {
		n += len(b.Push[i].Data)
	}
	return n
}

// survey finds the queues and kinds.
func (r *request) survey() {
	b := &r.batch
	for _, jobs := range [][]storage.Job{b.Done, b.Free, b.Keep, b.Push} {
		for i := range jobs {
			r.place(jobs[i].Queue)
		}
	}
	for i := range b.Pause {
		r.place(b.Pause[i].Queue)
	}
	for i := range b.Put {
		if k := kind(b.Put[i].Key); !slices.Contains(r.kinds, k) {
			r.kinds = append(r.kinds, k)
		}
	}
}

// place is the place of a queue in the list, from 1.
func (r *request) place(queue string) int64 {
	i := slices.Index(r.queues, queue)
	if i < 0 {
		i = len(r.queues)
		r.queues = append(r.queues, queue)
	}
	return int64(i + 1)
}

func kind(key string) string {
	k, _, _ := strings.Cut(key, "/")
	return k
}

func (r *request) header(now, today time.Time, touch bool) {
	r.int(unixNano(now) / 1000)
	r.digits(unixNano(now))
	r.digits(unixNano(today))
	r.int(unixNano(today) / 1000)
	if r.batch.Once == "" {
		r.str("")
		r.str("")
	} else {
		r.key(parts.once, r.batch.Once)
		r.str(rand.Text()[:10]) // 50 bits; with two numbers 44 bytes, and so much Redis keeps in one piece
	}
	r.int(storage.OnceFor.Milliseconds())
	r.flag(touch)
	r.int(span(r.batch.Hold))
	r.int(span(r.batch.KeepFor))
	r.flag(r.plain())
}

// plain says that the batch is one of those that lua/turn.lua does by itself, if the store is in the state to be expected.
func (r *request) plain() bool {
	const many, results = 16, 256
	b := &r.batch
	if len(b.Free)+len(b.Keep)+len(b.Drop)+len(b.Pause) > 0 || len(b.Done) > results || len(b.Put) > many || len(b.Push) > many || len(b.Push) > 0 && b.Hold <= 0 {
		return false
	}
	for i := range b.Done {
		if j := &b.Done[i]; j.Token != j.Seq || j.Seq <= 0 {
			return false // Claim gave it out
		}
	}
	for i := range b.Put {
		if b.Put[i].Data == nil {
			return false
		}
		for k := range i {
			if b.Put[k].Key == b.Put[i].Key {
				return false // and only one of them may end
			}
		}
	}
	for i := range b.Push {
		j := &b.Push[i]
		if j.Bulk || !j.At.IsZero() {
			return false
		}
		for k := range i {
			if o := &b.Push[k]; o.ID == j.ID || o.Lane == j.Lane && o.Queue == j.Queue {
				return false
			}
		}
	}
	return true
}

func (r *request) key(part, name string) { r.str(r.root, part, name) }

// lane is the key of a lane's STATE. A queue or lane may hold any bytes, so the length of the queue's name comes first.
func (r *request) lane(queue, lane string) {
	var buf [4]byte
	r.str(r.root, parts.state, string(strconv.AppendInt(buf[:0], int64(len(queue)), 10)), ":", queue, ":", lane)
}

// reads lists the keys that the script reads at once.
func (r *request) reads() {
	b := &r.batch
	n := 1 + len(b.Check) + len(r.queues) + len(b.Done) + len(b.Free) + len(b.Keep) + len(b.Drop) + len(b.Put) + 2*len(b.Push)
	if b.Once != "" {
		n++
	}
	if len(b.Put) > 0 {
		n += 1 + len(r.kinds)
	}
	for i := range b.Pause {
		if b.Pause[i].Lane != "" {
			n++
		}
	}
	r.int(int64(n))
	r.key(parts.number, "")
	if b.Once != "" {
		r.key(parts.once, b.Once)
	}
	for i := range b.Check {
		r.key(parts.head, b.Check[i].Key)
	}
	for _, q := range r.queues {
		r.key(parts.queue, q)
	}
	for _, jobs := range [][]storage.Job{b.Done, b.Free, b.Keep} {
		for i := range jobs {
			r.lane(jobs[i].Queue, jobs[i].Lane)
		}
	}
	for _, id := range b.Drop {
		r.key(parts.job, id)
	}
	r.readsOfChanges()
}

func (r *request) readsOfChanges() {
	b := &r.batch
	for i := range b.Put {
		r.key(parts.head, b.Put[i].Key)
	}
	if len(b.Put) > 0 {
		r.key(parts.copying, "")
		for _, k := range r.kinds {
			r.key(parts.watched, k)
		}
	}
	for i := range b.Push {
		r.key(parts.job, b.Push[i].ID)
		r.lane(b.Push[i].Queue, b.Push[i].Lane)
	}
	for i := range b.Pause {
		if b.Pause[i].Lane != "" {
			r.lane(b.Pause[i].Queue, b.Pause[i].Lane)
		}
	}
}
