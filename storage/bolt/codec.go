package bolt

import (
	"bytes"
	"encoding/binary"
	"time"

	bbolt "go.etcd.io/bbolt"

	"olle/storage"
)

// A document's value: revision (8 bytes), Until (12), data. A job's: Seq (8), At (12), Born (12), flags (1), lengths of queue and
// lane (2 each), queue, lane, data. A time is seconds (8) and nanoseconds (4); all bits of the nanoseconds set: no time.
const (
	timeSize = 12
	docHead  = 8 + timeSize
	jobHead  = 8 + 2*timeSize + 1 + 4
	flagBulk = 1
	noTime   = 1<<32 - 1
)

func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(b, 0), noTime)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(t.Unix()))
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

func readTime(b []byte) time.Time {
	nanos := binary.BigEndian.Uint32(b[8:])
	if nanos == noTime {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b)), int64(nanos)).UTC()
}

// encodeDoc leaves room for the revision, which stamp fills in.
func encodeDoc(d storage.Doc) []byte {
	b := make([]byte, 8, docHead+len(d.Data))
	return append(appendTime(b, d.Until), d.Data...)
}

// stamp writes a revision or push number into an encoded value.
func stamp(value []byte, seq int64) { binary.BigEndian.PutUint64(value, uint64(seq)) }

// stamped reads the number of an encoded value; 0: there is none.
func stamped(value []byte) int64 {
	if len(value) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(value))
}

// expired says whether a document's value ceased to exist by now.
func expired(value []byte, now time.Time) bool {
	until := readTime(value[8:])
	return !until.IsZero() && !until.After(now)
}

// revision is that of a stored value at a time; 0: no such document.
func revision(value []byte, now time.Time) int64 {
	if len(value) < docHead || expired(value, now) {
		return 0
	}
	return stamped(value)
}

// readDoc copies a stored value out of the file.
func readDoc(key string, value []byte, now time.Time) storage.Doc {
	d := storage.Doc{Key: key, Rev: revision(value, now)}
	if d.Rev == 0 {
		return d
	}
	d.Until = readTime(value[8:])
	d.Data = append([]byte{}, value[docHead:]...)
	return d
}

// encodeJob leaves room for Seq (see stamp) and, by rebirth, for an earlier Born.
func encodeJob(j storage.Job) []byte {
	b := make([]byte, 8, jobHead+len(j.Queue)+len(j.Lane)+len(j.Data))
	b = appendTime(appendTime(b, j.At), j.Born)
	flags := byte(0)
	if j.Bulk {
		flags = flagBulk
	}
	b = append(b, flags)
	b = binary.BigEndian.AppendUint16(b, uint16(len(j.Queue)))
	b = binary.BigEndian.AppendUint16(b, uint16(len(j.Lane)))
	b = append(append(b, j.Queue...), j.Lane...)
	return append(b, j.Data...)
}

// rebirth gives an encoded job the Born of the one it replaces, and returns that.
func rebirth(value, old []byte) time.Time {
	const at = 8 + timeSize
	copy(value[at:at+timeSize], old[at:at+timeSize])
	return readTime(old[at:])
}

// decodeJob copies a job out of the file, with its data or without; false: there is none.
func decodeJob(id string, v []byte, data bool) (storage.Job, bool) {
	if len(v) < jobHead {
		return storage.Job{}, false
	}
	names := jobHead - 4
	q, l := int(binary.BigEndian.Uint16(v[names:])), int(binary.BigEndian.Uint16(v[names+2:]))
	rest := v[jobHead:]
	if len(rest) < q+l {
		return storage.Job{}, false
	}
	j := storage.Job{
		ID: id, Queue: string(rest[:q]), Lane: string(rest[q : q+l]), Bulk: v[names-1]&flagBulk != 0,
		At: readTime(v[8:]), Born: readTime(v[8+timeSize:]), Seq: stamped(v),
	}
	if data {
		j.Data = append([]byte{}, rest[q+l:]...)
	}
	return j, true
}

// walk visits the keys of a bucket that start with prefix and are greater than after, in byte order, until visit says false.
func walk(b *bbolt.Bucket, prefix, after string, visit func(k, v []byte) bool) {
	p, a := []byte(prefix), []byte(after)
	c := b.Cursor()
	k, v := c.Seek(p)
	if after >= prefix && after != "" {
		if k, v = c.Seek(a); bytes.Equal(k, a) {
			k, v = c.Next()
		}
	}
	for ; k != nil && bytes.HasPrefix(k, p); k, v = c.Next() {
		if !visit(k, v) {
			return
		}
	}
}
