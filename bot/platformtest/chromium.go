package platformtest

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Chromium starts a real headless Chromium with a profile of its own for pages that a guest sees, and returns its context for
// chromedp. zone is the guest's time zone ("Asia/Kathmandu"). Anything a page's script throws or prints fails the test. Where
// Chromium is missing the test is skipped, in CI it fails.
func Chromium(t *testing.T, zone string) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must have Chromium (Debian package chromium): ", err)
		}
		t.Skip("needs Chromium (Debian package chromium): ", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WindowSize(1180, 860),
		chromedp.Env("TZ="+zone))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx) })
	if err := chromedp.Do(ctx); err != nil { // starts it; a time limit here would end it
		t.Fatal("start Chromium: ", err)
	}
	err = chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("script error: %+v", e.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			t.Errorf("console: %s", e.Type)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
