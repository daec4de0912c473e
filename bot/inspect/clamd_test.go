package inspect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"olle/bot/inspect/inspecttest"
)

// hasty is a scanner that is not waited for.
func hasty(addr string) *Clamd { return &Clamd{Addr: addr, Wait: 200 * time.Millisecond} }

func TestAScannerHasItsSay(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		rules := accepted()
		rules.Scan = &Clamd{Addr: inspecttest.StartClamd(t, network, "")}
		if err := rules.Scan.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		for name, c := range map[string]struct {
			content []byte
			problem string
		}{
			"clean":             {inspecttest.PDF(1), ""},
			"infected":          {inspecttest.Infected(), "virus"},
			"refused otherwise": {append([]byte("text "), inspecttest.Infected()...), "type"},
			"nothing":           {nil, "empty"},
		} {
			if found, err := pass(bytes.NewReader(c.content), rules); problem(err) != c.problem || (found.Type == "pdf") != (err == nil) {
				t.Errorf("%s, %s: %+v, %v", network, name, found, err)
			}
		}
		for _, c := range large() {
			if found, err := pass(c.Open(), rules); err != nil {
				t.Errorf("%s, large: %+v, %v", network, found, err)
			}
		}
	}
}

// A scanner that is away, silent or confused lets nothing pass, and blames nobody.
func TestNothingPassesUnscanned(t *testing.T) {
	t.Parallel()
	for _, mood := range []string{"drop", "deaf", "full", "slow", "mumbling", "half"} {
		t.Run(mood, func(t *testing.T) {
			t.Parallel()
			rules := accepted()
			rules.Scan = hasty(inspecttest.StartClamd(t, "tcp", mood))
			for name, content := range map[string]io.Reader{"small": bytes.NewReader(inspecttest.Infected()), "large": large()[0].Open()} {
				start := time.Now()
				found, err := pass(content, rules)
				if err == nil || errors.As(err, new(Refusal)) || found.Type != "" {
					t.Errorf("%s: %+v, %v", name, found, err)
				}
				if time.Since(start) > 10*time.Second {
					t.Errorf("%s: it took %v", name, time.Since(start))
				}
			}
		})
	}
	rules := accepted()
	rules.Scan = hasty(inspecttest.StartClamd(t, "tcp", "slow"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := rules.Scan.Ping(ctx); err == nil {
		t.Error("asked although there is no time")
	}
	rules.Scan = &Clamd{Addr: "127.0.0.1:1"}
	if found, err := pass(bytes.NewReader(inspecttest.PDF(1)), rules); err == nil || found.Type != "" {
		t.Errorf("nobody there: %+v, %v", found, err)
	}
	if err := rules.Scan.Ping(t.Context()); err == nil {
		t.Error("nobody there, and yet the scanner answers")
	}
}

// Whatever a scanner says, only its one word for clean is clean, and only its one word for a virus is a refusal.
func FuzzOpinion(f *testing.F) {
	for _, s := range []string{"stream: OK", "stream: Eicar FOUND", "INSTREAM size limit exceeded. ERROR", "", "stream:  FOUND", "OK", "stream: OK\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		err := opinion(answer)
		if err == nil && answer != "stream: OK" {
			t.Errorf("%q is clean", answer)
		}
		if errors.As(err, new(Refusal)) && !strings.HasSuffix(answer, " FOUND") {
			t.Errorf("%q is a virus", answer)
		}
	})
}
