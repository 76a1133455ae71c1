package assets_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// watch opens the page of a widget once its desk has it connected.
func watch(t *testing.T, d *desk, name string, before ...string) *tab {
	t.Helper()
	size := sizes()[name]
	p := view(t, d.url("/overlay/"+name), size[0], size[1], before...)
	p.until(`document.querySelector('.card')`)
	d.connected()
	return p
}

// blank fails the test if anything at all is to be seen.
func (p *tab) blank(when string) {
	p.t.Helper()
	if !empty(p.picture()) {
		p.t.Errorf("something is to be seen %s", when)
	}
}

// rolled is a roll of somebody's.
func rolled(id, name string, winning, own int) roll {
	return roll{ID: id, Viewer: viewer{ID: id, Login: "login", Name: name}, Roll: own, Winning: winning, Distance: max(own-winning, winning-own)}
}

func TestIdleWidgetsAreInvisible(t *testing.T) {
	for _, name := range []string{"now-playing", "raffle", "giveaway", "achievements", "all"} {
		d := newDesk(t)
		watch(t, d, name).blank("while nothing happens: " + name)
	}
}

func TestEveryWidgetFitsIntoTheSizeItIsListedWith(t *testing.T) {
	for selector, name := range map[string]string{".now-playing": "now-playing", ".raffle": "raffle", ".giveaway": "giveaway", ".achievement": "achievements"} {
		d := newDesk(t)
		p := watch(t, d, name)
		box := eval[map[string]float64](p, fmt.Sprintf(`(({ offsetWidth, offsetHeight, parentElement }) => ({ w: offsetWidth, h: offsetHeight, x: parentElement.offsetLeft, y: parentElement.offsetTop }))(document.querySelector(%q))`, selector))
		size := sizes()[name]
		want := map[string]float64{"x": 16, "y": 16, "w": float64(size[0]) - 32, "h": float64(size[1]) - 32}
		if d := cmp.Diff(want, box); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// soon is how late a commit may be on the screen.
const soon = 200 * time.Millisecond

// median tells how long it takes until something happened is seen: happen does
// it for the nth time and returns when, seen is the JavaScript condition.
func median(p *tab, seen func(n int) string, happen func(n int) time.Time) time.Duration {
	p.t.Helper()
	var all []time.Duration
	for n := range 5 {
		eval[chromedp.Void](p, fmt.Sprintf(`void (window.seen = new Promise((done) => {
			const look = () => (%s ? done(Date.now()) : requestAnimationFrame(look)); look(); }))`, seen(n)))
		at := happen(n)
		all = append(all, lasting(p, "seen", at))
	}
	slices.Sort(all)
	p.t.Logf("seen after %v", all)
	return all[len(all)/2]
}

func TestARequestIsSeenAtOnce(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "now-playing")
	p.until(nowGone)
	took := median(p, func(n int) string {
		return fmt.Sprintf(`document.querySelector('.face .viewer').textContent === 'viewer %d'
			&& Number(getComputedStyle(document.querySelector('.now-playing')).opacity) > 0.2
			&& Number(getComputedStyle(document.querySelector('.face')).opacity) > 0.2`, n)
	}, func(n int) time.Time {
		tr := midnight
		tr.Requester = fmt.Sprintf("viewer %d", n)
		at := time.Now()
		d.play(playing{Track: &tr, Occurrence: strconv.Itoa(n), Playing: true})
		return at
	})
	if took > soon {
		t.Errorf("a request is seen after %v", took)
	}
}

func TestARollIsSeenAtOnce(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "raffle", hurry)
	took := median(p, func(n int) string {
		return fmt.Sprintf(`document.querySelector('.raffle .viewer').textContent === 'viewer %d'
			&& Number(getComputedStyle(document.querySelector('.raffle')).opacity) > 0.2`, n)
	}, func(n int) time.Time {
		if n > 0 {
			p.until(rollGone) // the one before has been seen
			eval[chromedp.Void](p, "new Promise((done) => setTimeout(done, 500))")
		}
		return d.emit("raffle.rolled", rolled(strconv.Itoa(n), fmt.Sprintf("viewer %d", n), 4207, 4211))
	})
	if took > soon {
		t.Errorf("a roll is seen after %v", took)
	}
}

func TestNowPlayingComesChangesAndGoes(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "now-playing")
	d.play(*shows(midnight, "", true))
	p.until(nowThere)
	if got := p.text(".face .title") + "|" + p.text(".face .artists") + "|" + p.text(".face .requester"); got != "Midnight City|M83|for luna" {
		t.Errorf("it says %s", got)
	}
	next := playing{Track: &track{URI: "spotify:track:9", Name: "Genesis", Artists: []string{"Justice", "Xavier"}, Duration: 234_000}, Occurrence: "2", Playing: true}
	d.play(next)
	p.until(`document.querySelector('.face:not(.old) .title').textContent === 'Genesis'`)
	p.until(`document.querySelectorAll('.face').length === 1`)
	if eval[bool](p, `document.querySelector('.requester').hidden`) != true {
		t.Error("a requester is shown for a track nobody asked for")
	}
	d.play(playing{})
	d.emit("song.ended", nil)
	p.until(nowGone)
	p.blank("when nothing plays any more")
}

func TestATrackThatPlaysAgainIsAnotherOne(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "now-playing", `{
		const real = Element.prototype.animate;
		window.exchanged = 0;
		Element.prototype.animate = function (...args) { if (this.className === 'face') exchanged++; return real.apply(this, args); };
	}`)
	again := *shows(midnight, "", true)
	d.play(again)
	p.until(nowThere)
	again.Occurrence = "2"
	d.play(again)
	p.until(`exchanged === 1`)
}

func TestProgressFollowsThePlayer(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "now-playing")
	now := *shows(midnight, "", true)
	now.Progress, now.At = 60_000, time.Now().Add(-5*time.Second) // looked at a while ago
	d.play(now)
	p.until(`/^1:0[5-7] \/ 4:04$/.test(document.querySelector('.time').textContent)`)
	p.until(`/^1:0[89] \/ 4:04$/.test(document.querySelector('.time').textContent)`)
	share := eval[float64](p, `new DOMMatrix(getComputedStyle(document.querySelector('.done')).transform).a`)
	if share < 67.0/244 || share > 72.0/244 {
		t.Errorf("the bar stands at %.3f", share)
	}
	now.Playing, now.Progress, now.At = false, 30_000, time.Now()
	d.mu.Lock()
	d.now = now // a pause and a seek are no events
	d.mu.Unlock()
	p.until(`document.querySelector('.paused') && document.querySelector('.time').textContent === '0:30 / 4:04'`)
	eval[chromedp.Void](p, "new Promise((done) => setTimeout(done, 1200))")
	if got := p.text(".time"); got != "0:30 / 4:04" {
		t.Errorf("paused at %s", got)
	}
	now.Playing, now.Progress, now.At = true, 243_900, time.Now()
	d.play(now)
	p.until(`document.querySelector('.time').textContent === '4:04 / 4:04'`)
}

func TestATrackPausedForLongIsIdle(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "now-playing", hurry)
	d.play(*shows(midnight, "", false))
	p.until(nowThere)
	p.until(nowGone)
	d.play(*shows(midnight, "", true))
	p.until(nowThere)
}

func TestATrackOfYesterdayIsNotShown(t *testing.T) {
	d := newDesk(t)
	d.now = *shows(midnight, "", true)
	d.now.At = time.Now().Add(-10 * time.Minute)
	p := watch(t, d, "now-playing")
	d.play(d.now)
	p.until(`performance.getEntriesByType('resource').some((e) => e.name.endsWith('/api/now-playing'))`)
	p.blank("of a track that must be over")
}

func TestWhatViewersWroteStaysText(t *testing.T) {
	const evil = `<img src=x onerror="window.hit = 1"><script>window.hit = 2</script>`
	d := newDesk(t)
	p := watch(t, d, "all")
	tr := track{URI: evil, Name: evil, Artists: []string{evil, "b"}, Album: evil, Cover: "javascript:window.hit=3", Duration: 1000, Requester: evil}
	d.play(playing{Track: &tr, Occurrence: evil, Playing: true})
	d.emit("raffle.committed", seed{Scope: "session", Hash: evil})
	d.emit("raffle.rolled", rolled("a", evil, 10, 12))
	d.emit("achievement.unlocked", unlocked{Name: evil, Description: evil, Icon: evil, Viewer: viewer{Name: evil}})
	d.emit("giveaway.opened", giveaway{Key: "g", Keyword: evil, Audience: evil, Hash: evil})
	p.until(nowThere + " && " + rollThere + " && " + earnThere + " && " + giveThere)
	if got := p.text(".face .title"); got != evil {
		t.Errorf("the title is %q", got)
	}
	if got := p.text(".raffle .viewer"); got != evil {
		t.Errorf("the viewer is %q", got)
	}
	if got := p.text(".achievement .viewer") + p.text(".achievement .title") + p.text(".achievement .description") + p.text(".achievement .icon"); got != evil+evil+evil+evil {
		t.Errorf("the achievement says %q", got)
	}
	if got := p.text(".giveaway .keyword"); got != evil {
		t.Errorf("the keyword is %q", got)
	}
	d.emit("giveaway.drawn", step{Key: "g", Winners: []viewer{{Name: evil}}})
	p.until(`document.querySelector('.giveaway .winner')`)
	if got := p.text(".giveaway .winner"); got != evil {
		t.Errorf("the winner is %q", got)
	}
	if eval[bool](p, `window.hit !== undefined || document.querySelector('.card img, .card script') !== null`) {
		t.Error("text became markup")
	}
}

func TestCoversComeOnlyFromTheAnswerAndOnlyOverHTTPS(t *testing.T) {
	c := newCovers(t)
	for name, want := range map[string]struct {
		cover, platform, there string
		asked                  bool
	}{
		"one that can be read tints the bar":          {c.url + "/sunset", "live", `document.querySelector('.cover img') && document.querySelector('.now-playing').style.getPropertyValue('--tint') !== ''`, true},
		"a grey one leaves the bar alone":             {c.url + "/grey", "live", `document.querySelector('.cover img') && document.querySelector('.now-playing').style.getPropertyValue('--tint') === ''`, true},
		"one that may not be read is shown all right": {c.url + "/closed", "live", `document.querySelector('.cover img').naturalWidth === 300`, true},
		"one that is missing leaves the tile":         {c.url + "/missing", "live", nowThere + ` && !document.querySelector('.cover img')`, true},
		"the demo's are not asked for":                {c.url + "/sunset", "demo", nowThere + ` && !document.querySelector('.cover img')`, false},
		"plain HTTP is not asked":                     {"http://" + c.host + "/sunset", "live", nowThere + ` && !document.querySelector('.cover img')`, false},
		"a file is not asked":                         {"file:///sunset", "live", nowThere + ` && !document.querySelector('.cover img')`, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.platform = want.platform
			p := watch(t, d, "now-playing")
			p.covers = c.host
			d.play(*shows(midnight, want.cover, true))
			p.until(want.there)
			if asked := p.asked("sunset") || p.asked(c.url); asked != want.asked {
				t.Errorf("asked for: %v", asked)
			}
		})
	}
}

func TestARollIsPlayedOutAndLeaves(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "raffle", hurry)
	r := rolled("a", "Kai", 4207, 4211)
	r.Record = true
	d.emit("raffle.rolled", r)
	p.until(rollOn)
	if eval[bool](p, rollTold+" !== null") {
		t.Error("the distance is told before the numbers stand")
	}
	p.until(rollTold)
	if got := p.text(".raffle .who") + "|" + p.text(".raffle .note") + "|" + p.text(".raffle .distance"); got != "Kai rolls|the closest so far|4" {
		t.Errorf("it says %s", got)
	}
	stands := `[...document.querySelectorAll('.odometer')].map((o) => [...o.querySelectorAll('.wheel')].map((w) => {
		const top = w.getBoundingClientRect().top;
		return [...w.querySelectorAll('.digit')].filter((d) => Math.abs(d.getBoundingClientRect().top - top) < 2).map((d) => d.textContent).join('');
	}).join('')).join('|')`
	if got := eval[string](p, stands); got != "4207|4211" {
		t.Errorf("the wheels stand at %s", got)
	}
	p.until(rollGone)
	p.blank("after a roll")
}

func TestAWinIsCelebratedOnce(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "raffle")
	d.emit("raffle.rolled", rolled("a", "Mo", 512, 512))
	lit := `document.getAnimations().filter((a) => a.effect.target.className === 'light').length`
	p.until(rollTold + " && " + lit + " === 1")
	if got := p.text(".raffle .who"); got != "Mo wins!" {
		t.Errorf("it says %s", got)
	}
	p.until(lit + " === 0")
}

func TestRollsWaitForOneAnother(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "raffle", hurry)
	for _, name := range []string{"Ada", "Kai", "Mo"} {
		d.emit("raffle.rolled", rolled(name, name, 100, 200))
	}
	d.emit("raffle.voided", map[string]string{"rollId": "Kai"})
	p.until(`document.querySelector('.raffle.on .viewer').textContent === 'Ada'`)
	p.until(`document.querySelector('.raffle.on.told .viewer')?.textContent === 'Mo'`)
}

func TestARollThatIsVoidedLeavesTheStage(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "raffle")
	d.emit("raffle.rolled", rolled("a", "Ada", 100, 200))
	p.until(rollThere)
	d.emit("raffle.voided", map[string]string{"rollId": "a"})
	p.until(rollGone)
	d.emit("raffle.rolled", rolled("b", "Bo", 1, 9))
	p.until(`document.querySelector('.raffle.on .viewer')?.textContent === 'Bo'`)
}

func TestThePageSurvivesARestartOfTheDesk(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "all")
	d.play(*shows(midnight, "", true))
	p.until(nowThere)
	d.stop()
	p.until(nowGone)
	p.blank("while the desk is gone")
	d.emit("raffle.rolled", rolled("a", "Kai", 4207, 4211)) // committed just before it went, say
	d.start()
	p.until(nowThere)
	p.until(`document.querySelector('.raffle.on .viewer')?.textContent === 'Kai'`)
	d.stop()
	p.until(nowGone + " && " + rollGone)
	p.blank("while the desk is gone again")
	d.start()
	p.until(`document.querySelector('.raffle.on .viewer')?.textContent === 'Kai'`) // cut before its end: from the start
}

func TestAPageOfAnotherBuildIsLoadedAgain(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "now-playing")
	eval[chromedp.Void](p, "window.old = true")
	d.stop()
	d.mu.Lock()
	d.build, d.now = "two", *shows(midnight, "", true)
	d.mu.Unlock()
	d.start()
	p.until("window.old === undefined && " + nowThere)
}

func TestNothingMovesWhereNothingShould(t *testing.T) {
	still := func(t *testing.T, p *tab, d *desk) {
		d.play(*shows(midnight, "", true))
		p.until(nowOn)
		next := *shows(bars, "", true)
		next.Occurrence = "2"
		d.play(next)
		d.emit("raffle.rolled", rolled("a", "Mo", 512, 512))
		d.emit("achievement.unlocked", timer)
		d.tell(drawn(brief, 2, viewer{Name: "Ada"})...)
		p.until(earnThere + ` && document.querySelector('.giveaway.on .winner')`)
		p.until(rollTold + ` && document.querySelector('.face .title').textContent === 'A tape from the attic'`)
		if n := eval[int](p, `document.getAnimations().filter((a) => a.playState === 'running').length`); n != 0 {
			t.Errorf("%d things move", n)
		}
		if empty(p.picture()) {
			t.Error("nothing is shown")
		}
	}
	t.Run("by the page's address", func(t *testing.T) {
		d := newDesk(t)
		p := view(t, d.url("/overlay/all?anim=0"), 1920, 1080)
		d.connected()
		still(t, p, d)
	})
	t.Run("by the system's wish", func(t *testing.T) {
		d := newDesk(t)
		p := watch(t, d, "all")
		p.prefer("prefers-reduced-motion", "reduce")
		still(t, p, d)
	})
}
