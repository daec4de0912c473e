package places

import (
	"runtime"
	"testing"
)

// The unpacked tables stay small: the whole program idles below 64 MiB.
func TestMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := unpack()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 6<<20 {
		t.Errorf("%d KiB", grown>>10)
	} else {
		t.Logf("%d KiB", grown>>10)
	}
	runtime.KeepAlive(d)
}
