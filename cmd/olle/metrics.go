package main

import (
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"olle/bot"
	"olle/bot/telegram"
	"olle/config"
)

// metricsPage is /metrics, for whom OLLE_METRICS lets see it.
func metricsPage(s *config.Settings, all prometheus.Gatherer, log *slog.Logger) http.Handler {
	page := promhttp.HandlerFor(all, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	})
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !mayMeasure(s, r) {
			http.NotFound(rw, r) // whoever may not see it need not know that it is there
			return
		}
		rw.Header().Set("Cache-Control", "no-store")
		page.ServeHTTP(rw, r)
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

// figures gathers the metrics of the bot, the networks' own and those of the process, in a registry of this program's own: the library's
// shared one is left alone, so what a dependency registers there shows nowhere.
func (n *networks) figures(b *bot.Bot) prometheus.Gatherer {
	all := prometheus.NewRegistry()
	ours := prometheus.WrapRegistererWithPrefix("olle_", all)
	ours.MustRegister(b.Collectors()...)
	if n.counts != nil {
		ours.MustRegister(telegramFigures(n.counts)...)
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "build", Help: "1, with the release."}, []string{"release"})
	build.WithLabelValues(release).Set(1)
	ours.MustRegister(build)
	all.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return all
}

func telegramFigures(counts func() telegram.Counts) []prometheus.Collector {
	one := func(name, help string, n func(telegram.Counts) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "telegram_" + name, Help: help}, func() float64 { return float64(n(counts())) })
	}
	return []prometheus.Collector{
		one("doubtful_total", "Sends without an answer: shown or not, Telegram has no key that would tell.", func(c telegram.Counts) int64 { return c.Doubtful }),
		one("repeated_total", "Doubtful sends that were sent again: a person may see the message twice.", func(c telegram.Counts) int64 { return c.Repeated }),
		one("unreadable_total", "Updates that could not be decoded.", func(c telegram.Counts) int64 { return c.Unreadable }),
	}
}
