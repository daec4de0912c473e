package telegram_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"olle/bot"
	"olle/bot/telegram"
	"olle/flows"
)

// How long an update takes until its reply reaches Telegram, at a steady rate over many chats: the adapter alone, and with the whole
// bot and a store on disk behind it. The fake server's own time is in it.
//
//	go test ./bot/telegram -run '^$' -bench Reply -benchtime 5000x
func BenchmarkReplyOfTheAdapter(b *testing.B) {
	f := newFake(b)
	tg := f.open(b)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- tg.Receive(ctx, func(_ context.Context, u flows.Update) (bot.Receipt, error) {
			go func() { _, _ = tg.Send(ctx, u.ID+"/m0", flows.Message{To: u.Chat, Text: "reply"}) }()
			return bot.Receipt{Messages: []string{"m0"}}, nil
		})
	}()
	defer func() { cancel(); <-done }()
	steady(b, f)
}

func BenchmarkReplyOfTheBot(b *testing.B) {
	f := newFake(b)
	h := openHouse(b, b.TempDir(), telegram.Options{Token: token, APIURL: f.server.URL, PerSecond: 1e6, PerChat: time.Microsecond})
	defer h.stop()
	steady(b, f)
}

// steady sends b.N updates, 500 a second from 500 people, and reports the delays.
func steady(b *testing.B, f *fake) {
	const people, rate = 500, 500
	for user := range people { // everybody is known before the clock runs
		f.say(int64(1000+user), "/deadline")
	}
	waitFor(b, "everybody", func() bool { return len(f.done("sendMessage")) >= people })
	f.mu.Lock()
	f.calls = nil
	f.mu.Unlock()
	began := make([]time.Time, b.N)
	b.ResetTimer()
	start := time.Now()
	for i := range b.N {
		time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second / rate)))
		began[i] = time.Now()
		f.say(int64(1000+i%people), "/deadline")
	}
	waitFor(b, "the replies", func() bool { return len(f.done("sendMessage")) >= b.N })
	b.StopTimer()
	nth := map[int64]int{}
	var took []time.Duration
	for _, c := range f.done("sendMessage") {
		user := int(c.num("chat_id") - 1000)
		if i := user + people*nth[c.num("chat_id")]; i < b.N {
			took = append(took, c.At.Sub(began[i]))
		}
		nth[c.num("chat_id")]++
	}
	slices.Sort(took)
	for _, q := range []float64{50, 99, 99.9} {
		b.ReportMetric(float64(took[int(float64(len(took)-1)*q/100)].Microseconds())/1000, fmt.Sprintf("ms-p%v", q))
	}
}
