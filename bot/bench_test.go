package bot_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"olle/bot"
	"olle/storage"
	"olle/storage/bolt"
)

// BenchmarkConversation counts whole turns: the update on record, the reply carried and that recorded too.
func BenchmarkConversation(b *testing.B) {
	clock := bot.NewClock(time.Time{}, 1, time.Time{})
	s, err := bolt.Open(filepath.Join(b.TempDir(), "store"), clock.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.Run("bolt", func(b *testing.B) { benchConversation(b, s, clock) })
	b.Run("redis", func(b *testing.B) { benchConversation(b, openRedis(b, clock), clock) })
}

func benchConversation(b *testing.B, s storage.Store, clock *bot.Clock) {
	net := newNetwork("net")
	door, err := bot.New(bot.Options{Play: play, Store: s, Platforms: []bot.Platform{net}, Clock: clock, Log: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	stop := running(b, door)
	defer stop()
	run, n := benchRun.Add(1), atomic.Int64{}
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := fmt.Sprint(run, "-", n.Add(1))
			if _, err := door.Handle(b.Context(), said("b"+id, "net:"+id, "hi")); err != nil {
				b.Error(err)
			}
		}
	})
	for net.total() < b.N {
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
}
