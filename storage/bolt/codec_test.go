package bolt

import (
	"context"
	"testing"
	"time"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{}, int64(0))
	f.Add(make([]byte, docHead), int64(1))
	f.Add(make([]byte, jobHead+3), int64(-1))
	f.Fuzz(func(t *testing.T, v []byte, at int64) {
		now := time.Unix(at, 0)
		if d := readDoc("k", v, now); d.Rev == 0 && d.Data != nil {
			t.Errorf("a missing document has data: %v", v)
		}
		if j, ok := decodeJob("k", v, true); ok && len(j.Queue)+len(j.Lane)+len(j.Data)+jobHead != len(v) {
			t.Errorf("bytes lost: %v", v)
		}
	})
}
