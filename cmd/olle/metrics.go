package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"olle/bot"
	"olle/bot/telegram"
	"olle/config"
)

// /metrics shows figures in Prometheus' text format. The format is a page of lines, so writing it takes less code than a library's set-up
// would; nothing registers itself anywhere.

// metricsPage is /metrics, for whom OLLE_METRICS lets see it.
func metricsPage(s *config.Settings, all func(ctx context.Context) []bot.Metric) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !mayMeasure(s, r) {
			http.NotFound(rw, r) // whoever may not see it need not know that it is there
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		rw.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		rw.Header().Set("Cache-Control", "no-store")
		_, _ = rw.Write(exposition(all(ctx)))
	})
}

// mayMeasure says whether a request may see figures: with the token where one is set, else from this machine or a private network and
// not by way of a proxy, which would make everybody a neighbour.
func mayMeasure(s *config.Settings, r *http.Request) bool {
	switch setting := s.Metrics.Reveal(); setting {
	case "off":
		return false
	case "", "on":
		for _, by := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
			if r.Header.Get(by) != "" {
				return false
			}
		}
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return false
		}
		addr := peer.Addr().Unmap()
		return addr.IsLoopback() || addr.IsPrivate()
	default:
		given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		return subtle.ConstantTimeCompare([]byte(given), []byte(setting)) == 1
	}
}

// exposition writes metrics the way Prometheus reads them, version 0.0.4.
func exposition(all []bot.Metric) []byte {
	var b bytes.Buffer
	for _, m := range all {
		name := "olle_" + m.Name
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, strings.NewReplacer(`\`, `\\`, "\n", " ").Replace(m.Help), name, m.Kind)
		for _, s := range m.Samples {
			b.WriteString(name + s.Suffix)
			for i, l := range s.Labels {
				b.WriteString([]string{"{", ","}[min(i, 1)] + l[0] + "=" + strconv.Quote(l[1]))
			}
			if len(s.Labels) > 0 {
				b.WriteByte('}')
			}
			b.WriteString(" " + strconv.FormatFloat(s.Value, 'g', -1, 64) + "\n")
		}
	}
	return b.Bytes()
}

// figures are the metrics of the bot, the networks' own and those of the process.
func (n *networks) figures(b *bot.Bot) func(ctx context.Context) []bot.Metric {
	return func(ctx context.Context) []bot.Metric {
		all := b.Metrics(ctx)
		if n.counts != nil {
			all = append(all, telegramFigures(n.counts())...)
		}
		return append(all, processFigures()...)
	}
}

func telegramFigures(c telegram.Counts) []bot.Metric {
	one := func(name, help string, n int64) bot.Metric {
		return bot.Metric{Name: "telegram_" + name, Help: help, Kind: "counter", Samples: []bot.Sample{{Value: float64(n)}}}
	}
	return []bot.Metric{
		one("doubtful_total", "Sends without an answer: shown or not, Telegram has no key that would tell.", c.Doubtful),
		one("repeated_total", "Doubtful sends that were sent again: a person may see the message twice.", c.Repeated),
		one("unreadable_total", "Updates that could not be decoded.", c.Unreadable),
	}
}

// processFigures are what the program weighs.
func processFigures() []bot.Metric {
	read := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/sched/goroutines:goroutines"}, {Name: "/cpu/classes/user:cpu-seconds"}}
	metrics.Read(read)
	one := func(name, kind, help string, value float64, labels ...[2]string) bot.Metric {
		return bot.Metric{Name: name, Help: help, Kind: kind, Samples: []bot.Sample{{Labels: labels, Value: value}}}
	}
	return []bot.Metric{
		one("memory_bytes", "gauge", "Memory the program has mapped.", float64(read[0].Value.Uint64())),
		one("goroutines", "gauge", "Goroutines.", float64(read[1].Value.Uint64())),
		one("cpu_seconds_total", "counter", "Processor time spent in the program's own code, estimated.", read[2].Value.Float64()),
		one("build", "gauge", "1, with the release.", 1, [2]string{"release", release}),
	}
}
