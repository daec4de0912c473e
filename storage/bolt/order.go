package bolt

import (
	"math"

	"olle/storage"
)

// heap is a binary heap whose items know their place, so that any of them can be taken out in O(log n). It does what
// container/heap does, without boxing every item. An empty one takes no memory but its slice.
type heap[T any, O order[T]] struct{ items []T }

// order says which item comes first, and tells an item its place. Its methods need no receiver's data.
type order[T any] interface {
	less(a, b T) bool
	moved(item T, place int)
}

func (h *heap[T, O]) len() int { return len(h.items) }
func (h *heap[T, O]) top() T   { return h.items[0] }

func (h *heap[T, O]) push(item T) {
	var o O
	h.items = append(h.items, item)
	o.moved(item, len(h.items)-1)
	h.up(len(h.items) - 1)
}

// remove takes out the item at a place.
func (h *heap[T, O]) remove(place int) {
	last := len(h.items) - 1
	h.swap(place, last)
	var none T
	h.items[last] = none
	h.items = h.items[:last]
	if place < last {
		h.fix(place)
	}
	if last == 0 {
		h.items = nil // lanes come and go; an empty one keeps no memory
	}
}

// fix restores the order after the item at a place changed.
func (h *heap[T, O]) fix(place int) {
	h.down(place)
	h.up(place)
}

func (h *heap[T, O]) swap(i, j int) {
	var o O
	h.items[i], h.items[j] = h.items[j], h.items[i]
	o.moved(h.items[i], i)
	o.moved(h.items[j], j)
}

func (h *heap[T, O]) up(i int) {
	var o O
	for i > 0 {
		parent := (i - 1) / 2
		if !o.less(h.items[i], h.items[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *heap[T, O]) down(i int) {
	var o O
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			return
		}
		if r := child + 1; r < len(h.items) && o.less(h.items[r], h.items[child]) {
			child = r
		}
		if !o.less(h.items[child], h.items[i]) {
			return
		}
		h.swap(i, child)
		i = child
	}
}

// line is a queue of lanes, first come first served, from whose middle one may leave.
type line struct{ first, last *lane }

func (q *line) join(l *lane) {
	l.in, l.prev, l.next = q, q.last, nil
	if q.last == nil {
		q.first = l
	} else {
		q.last.next = l
	}
	q.last = l
}

func (q *line) leave(l *lane) {
	if l.prev == nil {
		q.first = l.next
	} else {
		l.prev.next = l.next
	}
	if l.next == nil {
		q.last = l.prev
	} else {
		l.next.prev = l.prev
	}
	l.in, l.prev, l.next = nil, nil, nil
}

// gcra is a rate's memory: the second at which all that was let through will have been earned (generic cell rate algorithm), and the one
// at which nothing of the burst had gathered because a pause was over.
type gcra struct{ earned, emptied float64 }

func newGCRA() gcra { return gcra{emptied: math.Inf(-1)} }

// from is the second at which what r lets through now is earned.
func (g *gcra) from(r storage.Rate, now float64) float64 {
	return max(g.earned, now, g.emptied+float64(max(1, r.Burst)-1)/r.PerSecond)
}

// room says how many of n may go now.
func (g *gcra) room(r storage.Rate, now float64, n int) int {
	if r.PerSecond <= 0 || n <= 0 {
		return max(0, n)
	}
	debt := (g.from(r, now) - now) * r.PerSecond // jobs' worth
	free := math.Floor(float64(max(1, r.Burst)) - debt + 1e-9)
	return int(max(0, min(free, float64(n))))
}

// use counts n that went.
func (g *gcra) use(r storage.Rate, now float64, n int) {
	if r.PerSecond > 0 && n > 0 {
		g.earned = g.from(r, now) + float64(n)/r.PerSecond
	}
}
