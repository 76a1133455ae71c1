package main

import (
	"context"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sidestage/core/testenv"
)

// TestTheOverlayShowsWhatTheDeskDoesAndSurvivesItsRestart opens the real pages
// of the real program in a real browser.
func TestTheOverlayShowsWhatTheDeskDoesAndSurvivesItsRestart(t *testing.T) {
	browser := openBrowser(t)
	addr, dir := freeAddress(t), t.TempDir()
	stop := startDemo(t, addr, dir)
	for _, widget := range []string{"now-playing", "raffle"} {
		page, closePage := chromedp.NewContext(browser)
		defer closePage()
		if err := chromedp.Do(page, chromedp.Navigate("http://"+addr+"/overlay/"+widget)); err != nil {
			t.Fatalf("%s: %v", widget, err)
		}
		shows(page, t, widget, true)
		stop()
		shows(page, t, widget, false)
		stop = startDemo(t, addr, dir)
		shows(page, t, widget, true)
	}
	stop()
}

// visible is what a page shows the audience: text that is neither hidden nor
// faded out.
const visible = `(() => {
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = texts.nextNode(); n; n = texts.nextNode()) {
		let opacity = n.data.trim() ? 1 : 0;
		for (let e = n.parentElement; e && opacity; e = e.parentElement) {
			const s = getComputedStyle(e);
			opacity *= s.visibility === 'hidden' || s.display === 'none' ? 0 : Number(s.opacity);
		}
		if (opacity > 0.2) return true;
	}
	return false;
})()`

// shows waits until a page shows something, or nothing.
func shows(page context.Context, t *testing.T, widget string, something bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if got, err := chromedp.Run(page, chromedp.Evaluate[bool](visible)); err == nil && got == something {
			return
		}
	}
	t.Fatalf("%s: it never came that the page shows something: %v", widget, something)
}

// startDemo runs the program until stop is called.
func startDemo(t *testing.T, addr, dir string) (stop func()) {
	t.Helper()
	c := program(t.Context(), os.Environ(), "demo", "--headless", "--json", "--for", "5m", "--speed", "20", "--rate", "60", "--addr", addr, "--data-dir", dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the demo does not answer at %s: %v", addr, err)
		}
	}
	return func() {
		_ = c.Process.Kill() // the overlay must bear the worst
		_ = c.Wait()
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// openBrowser starts Chromium, or skips the test where there is none.
func openBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(testenv.Chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stopAllocator)
	browser, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	return browser
}
