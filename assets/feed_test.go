package assets_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// module opens a page without widgets, with a module of the overlay at hand as
// window.m.
func module(t *testing.T, d *desk, name string) *tab {
	t.Helper()
	p := view(t, d.url("/overlay/"), 100, 100)
	eval[chromedp.Void](p, fmt.Sprintf(`import('/overlay/assets/widget/%s').then((m) => { window.m = m; })`, name))
	return p
}

// following follows the desk's events with these options and writes down, as
// window.told, what it is told.
func following(t *testing.T, d *desk, options string) *tab {
	t.Helper()
	p := module(t, d, "feed.js")
	eval[chromedp.Void](p, `{
		window.told = [];
		const note = (what) => (arg) => { told.push(what + (arg === undefined ? '' : ' ' + arg.seq)); };
		m.follow({ snapshot: note('snapshot'), resumed: note('resumed'), record: note('record'), lost: note('lost') },
			{ pause: 20, reload: () => told.push('reload'), `+options+` });
	}`)
	p.until("told.length > 0")
	return p
}

func told(t *testing.T, p *tab, want ...string) {
	t.Helper()
	p.until(fmt.Sprintf("told.length >= %d", len(want)))
	if d := cmp.Diff(want, eval[[]string](p, "told")); d != "" {
		t.Error(d)
	}
}

func TestAStreamCutAnywhereGivesTheSameEvents(t *testing.T) {
	p := module(t, newDesk(t), "feed.js")
	got := eval[[]string](p, `(() => {
		const stream = ': hello\r\nretry: 1000\n\nid: 7\nevent: song.started\ndata: {"title":"夜 🌃"}\n\n: beat\n\ndata: a\ndata: b\r\n\r\nevent: empty\n\ndata\n\nevent: cut off\ndata: x';
		const run = (...pieces) => {
			const found = [];
			const parse = m.parser((name, data) => found.push(name + '=' + data));
			pieces.forEach(parse);
			return found.join('|');
		};
		const all = new Set([run(stream), run(...stream)]);
		for (let i = 0; i < stream.length; i++) all.add(run(stream.slice(0, i), stream.slice(i)));
		return [...all];
	})()`)
	want := []string{"song.started={\"title\":\"夜 🌃\"}|=a\nb|="}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAFeedBeginsWithTheStateAndGoesOnInOrder(t *testing.T) {
	d := newDesk(t)
	d.emit("song.requested", nil)
	p := following(t, d, "")
	d.emit("song.started", nil)
	d.emit("raffle.rolled", nil)
	told(t, p, "snapshot 1", "record 2", "record 3")
}

func TestARecordThatComesTwiceIsToldOnce(t *testing.T) {
	d := newDesk(t)
	p := following(t, d, "")
	d.emit("song.started", nil)
	d.again(1)
	d.emit("song.ended", nil)
	told(t, p, "snapshot 0", "record 1", "record 2")
}

func TestAShortAbsenceIsNotToldAndNothingIsMissed(t *testing.T) {
	d := newDesk(t)
	p := following(t, d, "grace: 60_000")
	d.stop()
	d.emit("song.started", nil)
	d.start()
	told(t, p, "snapshot 0", "resumed", "record 1")
}

func TestALongAbsenceIsToldOnce(t *testing.T) {
	d := newDesk(t)
	p := following(t, d, "grace: 30")
	d.stop()
	told(t, p, "snapshot 0", "lost")
	eval[chromedp.Void](p, "new Promise((done) => setTimeout(done, 200))")
	d.start()
	told(t, p, "snapshot 0", "lost", "resumed")
}

func TestASilentConnectionIsMadeAnew(t *testing.T) {
	d := newDesk(t)
	p := following(t, d, "silence: 300, grace: 60_000")
	eval[chromedp.Void](p, "new Promise((done) => setTimeout(done, 600))")
	if n := d.streamsOpened(); n != 1 {
		t.Fatalf("%d connections while the heart beats", n)
	}
	d.hush(true)
	told(t, p, "snapshot 0", "resumed")
}

func TestADeskOfAnotherBuildLoadsThePageAgain(t *testing.T) {
	d := newDesk(t)
	p := following(t, d, "")
	d.stop()
	d.start()
	told(t, p, "snapshot 0", "resumed")
	d.stop()
	d.mu.Lock()
	d.build = "two"
	d.mu.Unlock()
	d.start()
	told(t, p, "snapshot 0", "resumed", "reload", "resumed")
}

func TestAWidgetsFaultDoesNotEndTheStream(t *testing.T) {
	d := newDesk(t)
	p := module(t, d, "feed.js")
	eval[chromedp.Void](p, `{
		window.told = [];
		window.addEventListener('error', (e) => { told.push('error ' + e.message); e.preventDefault(); });
		m.follow({ snapshot: () => { throw new Error('broken'); }, record: () => told.push('record') });
	}`)
	d.connected()
	d.emit("song.started", nil)
	p.until("told.includes('record')")
	if got := eval[string](p, "told[0]"); !strings.Contains(got, "broken") {
		t.Errorf("the fault was told as %q", got)
	}
}

func TestAPagesAddressIsReadStrictly(t *testing.T) {
	p := module(t, newDesk(t), "settings.js")
	type settings struct {
		Bare  bool
		Still bool
		Font  string
		Scale float64
	}
	plain := settings{Scale: 1}
	for query, want := range map[string]settings{
		"":                                   plain,
		"?bg=none&font=Noto+Sans+CJK&anim=0": {Bare: true, Still: true, Font: "Noto Sans CJK", Scale: 1},
		"?scale=1.25":                        {Scale: 1.25},
		"?scale=0.5":                         {Scale: 0.5},
		"?scale=4":                           {Scale: 4},
		"?font=%E6%B8%B8%E3%82%B4%E3%82%B7":  {Font: "游ゴシ", Scale: 1},
		"?scale=0.49":                        plain,
		"?scale=4.5":                         plain,
		"?scale=1e3":                         plain,
		"?scale=2&scale=2":                   plain,
		"?scale=-1&bg=None&anim=1&other=x":   plain,
		"?bg=red&anim=00":                    plain,
		`?font=%22%3B%7Dbody%7Bdisplay%3Anone%7D`: plain,
		"?font=" + strings.Repeat("a", 65):        plain,
		"?font=x%0A":                              plain,
		"?font=url(//evil.example)":               plain,
	} {
		got := eval[settings](p, fmt.Sprintf(`(({ bare, still, font, scale }) => ({ Bare: bare, Still: still, Font: font ?? '', Scale: scale }))(m.settings(%q))`, query))
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", query, d)
		}
	}
}

func TestNumbersAndTimesAreWrittenTheWayTheyAreRead(t *testing.T) {
	p := module(t, newDesk(t), "dom.js")
	got := eval[[]string](p, `[1, 999, 4211, 10000, 1234567].map(m.grouped).concat([-5, 0, 999, 59_999, 221_000, 3_723_000].map(m.clock))`)
	want := []string{"1", "999", "4\u202f211", "10\u202f000", "1\u202f234\u202f567", "0:00", "0:00", "0:00", "0:59", "3:41", "1:02:03"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// again sends a record once more.
func (d *desk) again(seq int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for stream := range d.streams {
		stream <- d.journal[seq-1]
	}
}

// lasting is how long ago at was, by the clock of the page.
func lasting(p *tab, promise string, at time.Time) time.Duration {
	seen := eval[float64](p, promise)
	return time.UnixMilli(int64(seen)).Sub(at.Truncate(time.Millisecond))
}
