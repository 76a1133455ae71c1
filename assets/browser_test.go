package assets_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sidestage/core/testenv"
)

// browser is the one Chromium of all tests, started by the first that needs it.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if browser.stop != nil {
		browser.stop()
	}
	os.Exit(code)
}

// chromium starts the browser, or skips the test where there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	file := testenv.Chromium(t)
	browser.once.Do(func() { launch(file) })
	if browser.err != nil {
		t.Fatal(browser.err)
	}
	return browser.ctx
}

func launch(file string) {
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(file), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.IgnoreCertErrors, // the tests' own host of covers
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	browser.ctx = ctx //nolint:fatcontext // one browser for all tests
	browser.stop = func() { stop(); stopAllocator() }
	browser.err = chromedp.Do(ctx)
}

// tab is a page open in the browser, and what it did there.
type tab struct {
	t      *testing.T
	ctx    context.Context
	covers string // the other host it may ask

	mu       sync.Mutex
	requests []string // addresses
	errors   []string // what the console or the browser complained about
}

// view opens a page in a window of that size, over nothing, and runs the scripts
// of before ahead of its own. When the test ends it must have asked no host but
// ours and covers, and logged no error.
func view(t *testing.T, address string, width, height int64, before ...string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium(t))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.note); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(width, height), transparent)
	for _, script := range before {
		p.do(onEachPage(script))
	}
	p.do(chromedp.Navigate(address))
	home, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.judge(home.Host) })
	return p
}

// transparent takes the white sheet from behind the page, as OBS does.
// (emulation.SetDefaultBackgroundColorOverride leaves an alpha of 0 out.)
func transparent(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	set := cdp.Command[map[string]map[string]int, cdp.Empty]{Method: emulation.CommandSetDefaultBackgroundColorOverride}
	_, err := cdp.Call(ctx, t, set, map[string]map[string]int{"color": {"r": 0, "g": 0, "b": 0, "a": 0}})
	return chromedp.Void{}, err
}

// onEachPage runs a script ahead of every page's own.
func onEachPage(script string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return chromedp.Void{}, err
	}
}

// hurry makes what takes more than a second take a twentieth of it.
const hurry = `{
	const quick = (ms) => (ms > 1000 ? ms / 20 : ms);
	const wait = setTimeout;
	window.setTimeout = (f, ms, ...rest) => wait(f, quick(ms), ...rest);
	const move = Element.prototype.animate;
	Element.prototype.animate = function (frames, timing) {
		return move.call(this, frames, { ...timing, duration: quick(timing.duration) });
	};
}`

// note keeps what is to be judged.
func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, fmt.Sprintf("%s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description))
	case *runtime.EventConsoleAPICalled:
		p.errors = append(p.errors, fmt.Sprintf("console.%s", e.Type))
	case *log.EventEntryAdded:
		if !expected(e.Entry) {
			p.errors = append(p.errors, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

// expected tells of what the browser itself notes when a desk is down or a cover
// cannot be had or read: no page can keep it from doing so.
func expected(e *log.Entry) bool {
	switch e.Source {
	case log.EntrySourceNetwork:
		return strings.HasPrefix(e.Text, "Failed to load resource: net::ERR_") || strings.HasSuffix(e.URL, "/missing")
	case log.EntrySourceJavascript:
		return strings.HasPrefix(e.Text, "Access to image at") && strings.Contains(e.Text, "/closed'")
	default:
		return false
	}
}

func (p *tab) judge(home string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.errors {
		p.t.Errorf("the page complained: %s", text)
	}
	for _, address := range p.requests {
		u, err := url.Parse(address)
		if err != nil || u.Host != home && (u.Scheme != "https" || u.Path == "" || u.Host != p.covers) {
			p.t.Errorf("the page asked %s", address)
		}
	}
}

// asked reports whether the page asked for something with part in its address.
func (p *tab) asked(part string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.requests, func(address string) bool { return strings.Contains(address, part) })
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// until waits until a JavaScript condition holds. An exception is a no, and so is
// a page that is on its way to another.
func (p *tab) until(condition string) {
	p.t.Helper()
	look := chromedp.Evaluate[bool]("(() => { try { return Boolean(" + condition + "); } catch { return false; } })()")
	end := time.Now().Add(15 * time.Second)
	for time.Now().Before(end) {
		if yes, err := chromedp.Run(p.ctx, look); err == nil && yes {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.t.Fatalf("never became true: %s", condition)
}

// eval is the value of a JavaScript expression, a promise's when it is settled.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// text is what the first element selected says.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf("document.querySelector(%q).textContent", selector))
}

// Conditions on the card of a widget.
const (
	nowOn     = `document.querySelector('.now-playing.on')`
	nowGone   = `getComputedStyle(document.querySelector('.now-playing')).visibility === 'hidden'`
	nowThere  = `getComputedStyle(document.querySelector('.now-playing')).opacity === '1'`
	rollOn    = `document.querySelector('.raffle.on')`
	rollGone  = `getComputedStyle(document.querySelector('.raffle')).visibility === 'hidden'`
	rollThere = `getComputedStyle(document.querySelector('.raffle')).opacity === '1'`
	rollTold  = `document.querySelector('.raffle.told')`
	giveGone  = `getComputedStyle(document.querySelector('.giveaway')).visibility === 'hidden'`
	giveThere = `getComputedStyle(document.querySelector('.giveaway')).opacity === '1'`
	earnGone  = `getComputedStyle(document.querySelector('.achievement')).visibility === 'hidden'`
	earnThere = `getComputedStyle(document.querySelector('.achievement')).opacity === '1'`
)
