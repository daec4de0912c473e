package redis

import (
	"strconv"

	"olle/storage"
)

// lists writes what is to be done.
func (r *request) lists() {
	b := &r.batch
	r.int(int64(len(b.Check)))
	for i := range b.Check {
		r.digits(b.Check[i].Rev)
	}
	r.int(int64(len(r.queues)))
	for _, q := range r.queues {
		rate := b.Rates[q]
		r.str(q)
		r.float(rate.PerSecond)
		r.int(int64(rate.Burst))
	}
	r.int(int64(len(b.Done)))
	for i := range b.Done {
		r.str(b.Done[i].ID)
		r.int(b.Done[i].Seq)
		r.claim(&b.Done[i])
		r.held(&b.Done[i])
	}
	for _, jobs := range [][]storage.Job{b.Free, b.Keep} {
		r.int(int64(len(jobs)))
		for i := range jobs {
			r.claim(&jobs[i])
		}
	}
	r.int(int64(len(b.Drop)))
	for _, id := range b.Drop {
		r.str(id)
	}
	r.puts()
	r.pushes()
	r.int(int64(len(b.Pause)))
	for i := range b.Pause {
		r.int(r.place(b.Pause[i].Queue))
		r.str(b.Pause[i].Lane)
		r.int(span(b.Pause[i].For))
	}
}

func (r *request) claim(j *storage.Job) {
	token := j.Token
	if token == 0 {
		token = -1 // no claim has it
	}
	r.int(token)
	r.int(r.place(j.Queue))
	r.str(j.Lane)
}

// held is how STATE begins where the job is held: see lua/args.lua.
func (r *request) held(j *storage.Job) {
	var buf [20]byte
	seq := strconv.AppendInt(buf[:0], j.Seq, 10)
	r.length(len(seq) + len(j.ID) + 3)
	r.b = append(append(append(r.b, 193), seq...), ' ')
	r.b = append(append(r.b, j.ID...), ' ')
}

func (r *request) puts() {
	docs := r.batch.Put
	r.int(int64(len(docs)))
	for i := range docs {
		d := &docs[i]
		r.key(parts.doc, d.Key)
		until := int64(0)
		switch {
		case d.Data == nil:
			r.no()
		case d.Until.IsZero():
			r.str("")
		default:
			until = unixNano(d.Until)
			r.digits(until)
		}
		r.int(until / 1000)
	}
	r.int(int64(len(r.kinds)))
	for _, k := range r.kinds {
		r.key(parts.channel, k)
		r.announcement(k)
	}
}

// announcement is what watchers of a kind are told: lengths and keys.
func (r *request) announcement(of string) {
	docs := r.batch.Put
	n := 0
	for i := range docs {
		if kind(docs[i].Key) == of {
			n += digitsOf(len(docs[i].Key)) + 1 + len(docs[i].Key)
		}
	}
	r.length(n)
	for i := range docs {
		if key := docs[i].Key; kind(key) == of {
			r.b = append(append(strconv.AppendInt(r.b, int64(len(key)), 10), ':'), key...)
		}
	}
}

func digitsOf(n int) int {
	digits := 1
	for ; n >= 10; n /= 10 {
		digits++
	}
	return digits
}

func (r *request) pushes() {
	jobs := r.batch.Push
	r.int(int64(len(jobs)))
	for i := range jobs {
		j := &jobs[i]
		r.str(j.ID)
		r.int(r.place(j.Queue))
		r.str(j.Lane)
		r.flag(j.Bulk)
		due := int64(0)
		if !j.At.IsZero() {
			due = unixNano(j.At) / 1000
		}
		r.int(due)
	}
}

// data appends the data of documents kept, and jobs as they are stored but for what only the script knows.
func (r *request) data() {
	b := &r.batch
	for i := range b.Put {
		if b.Put[i].Data != nil {
			r.b = append(r.b, b.Put[i].Data...)
			r.ends = append(r.ends, len(r.b))
		}
	}
	for i := range b.Push {
		r.b = appendJob(r.b, &b.Push[i])
		r.ends = append(r.ends, len(r.b))
	}
}
