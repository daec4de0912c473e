package redis

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"olle/storage"
)

// appendJob writes what a job is besides its ID and what the store sets: " bulk at len(queue) len(lane) queue+lane+data".
func appendJob(b []byte, j *storage.Job) []byte {
	b = append(b, " 0 "...)
	if j.Bulk {
		b[len(b)-2] = '1'
	}
	if !j.At.IsZero() {
		b = strconv.AppendInt(b, unixNano(j.At), 10)
	}
	b = strconv.AppendInt(append(b, ' '), int64(len(j.Queue)), 10)
	b = strconv.AppendInt(append(b, ' '), int64(len(j.Lane)), 10)
	b = append(append(append(b, ' '), j.Queue...), j.Lane...)
	return append(b, j.Data...)
}

// readJob reads a job as the scripts hand it over: "seq,tries,born" before what appendJob wrote.
func readJob(id, value string) (storage.Job, error) {
	j := storage.Job{ID: id}
	odd := func() (storage.Job, error) { return j, fmt.Errorf("redis: job %q is unreadable", id) }
	fields := strings.SplitN(value, " ", 6)
	if len(fields) != 6 {
		return odd()
	}
	set := strings.SplitN(fields[0], ",", 3)
	queue, err1 := strconv.Atoi(fields[3])
	lane, err2 := strconv.Atoi(fields[4])
	rest := fields[5]
	if len(set) != 3 || err1 != nil || err2 != nil || queue < 0 || lane < 0 || queue+lane > len(rest) {
		return odd()
	}
	j.Seq, j.Tries, j.Born = integer(set[0]), int(integer(set[1])), moment(set[2])
	j.Bulk, j.At = fields[1] == "1", moment(fields[2])
	j.Queue, j.Lane, j.Data = rest[:queue], rest[queue:queue+lane], []byte(rest[queue+lane:])
	return j, nil
}

// readDoc reads a document from its HEAD ("revision" or "revision until") and data.
func readDoc(key, head, data string) storage.Doc {
	rev, until, _ := strings.Cut(head, " ")
	return storage.Doc{Key: key, Rev: integer(rev), Until: moment(until), Data: []byte(data)}
}

func moment(v any) time.Time {
	n := integer(v)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func integer(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64) // '' is 0: none
		return n
	}
	return 0
}

// nanos is a moment as the store keeps it: decimal nanoseconds since 1970, from 1 (1970) to the last an int64 holds (2262).
func nanos(t time.Time) string { return strconv.FormatInt(unixNano(t), 10) }

// micros is the same as sorted sets compare it: a double holds microseconds exactly, nanoseconds not.
func micros(t time.Time) string { return strconv.FormatInt(unixNano(t)/1000, 10) }

// span is a stretch of real time in µs, rounded away from zero: the shortest pause is still one, and so is the shortest opening.
func span(d time.Duration) int64 {
	switch {
	case d > 0:
		return max(d.Microseconds(), 1)
	case d < 0:
		return min(d.Microseconds(), -1)
	}
	return 0
}

func unixNano(t time.Time) int64 {
	switch {
	case t.Year() < 1970:
		return 1
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return max(t.UnixNano(), 1)
}
