package discord_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"olle/bot/discord"
)

// TestAnswersAtARate measures from the simulator's interaction to the answer it receives, and fails only where answers are missing. The
// simulator takes several times the bot's time for each, so on two cores it is what ends the rate, a little above 300 a second; answers
// that come after the hold cost it two requests each, and it falls behind altogether.
func TestAnswersAtARate(t *testing.T) {
	perSecond, seconds := 100, 2
	if *full {
		perSecond, seconds = 200, 20
	}
	s := startSim(t)
	openHouse(t, s, t.TempDir(), nil, func(o *discord.Options) { o.PerSecond = 100_000 })
	var all sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	want := perSecond * seconds
	for i := range want {
		<-tick.C
		all.Go(func() {
			s.ask("POST", "slash", object{"user_id": fmt.Sprint("80000000000002", 1000+i%500), "dm": true, "command": "airfare", "options": object{"from": "Kathmandu"}})
		})
	}
	all.Wait()
	var took []float64
	s.until("all answers", func() bool {
		took = took[:0]
		for _, action := range []string{"response", "edit"} { // an edit fills the place of a deferred one
			for _, e := range s.ask("GET", "sent?action="+action, nil)["sent"].([]any) {
				took = append(took, e.(object)["latency_ms"].(float64))
			}
		}
		return len(took) >= want
	})
	slices.Sort(took)
	t.Logf("%d answers at %d/s: p50 %.1f ms, p99 %.1f ms, worst %.1f ms", len(took), perSecond, took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	s.clean()
}
