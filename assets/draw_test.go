package assets_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// tell writes news into the journal.
func (d *desk) tell(all ...news) {
	for _, n := range all {
		d.emit(n.name, n.data)
	}
}

// says waits until an element that is no part of what leaves says exactly that.
func (p *tab) says(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector(%q)?.textContent === %q`, selector, text))
}

const face = ".giveaway.on .face:not(.old) "

// recordTitles keeps the achievements that are shown in window.titles.
const recordTitles = `{
	window.titles = [];
	new MutationObserver(() => {
		const title = document.querySelector('.achievement.on .title')?.textContent;
		if (title && titles.at(-1) !== title) titles.push(title);
	}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
}`

func earned(id, name string) unlocked {
	return unlocked{ID: id, Name: id, Description: "For " + id + ".", Icon: "🎵", Viewer: viewer{ID: name, Login: "login", Name: name}}
}

func TestAnAchievementIsSeenAtOnce(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "achievements", hurry)
	took := median(p, func(n int) string {
		return fmt.Sprintf(`document.querySelector('.achievement .viewer').textContent === 'viewer %d'
			&& Number(getComputedStyle(document.querySelector('.achievement')).opacity) > 0.2`, n)
	}, func(n int) time.Time {
		if n > 0 {
			p.until(earnGone)
			eval[chromedp.Void](p, "new Promise((done) => setTimeout(done, 500))")
		}
		return d.emit("achievement.unlocked", earned("Night Owl", fmt.Sprintf("viewer %d", n)))
	})
	if took > soon {
		t.Errorf("an achievement is seen after %v", took)
	}
}

func TestAGiveawayIsSeenAtOnce(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "giveaway")
	took := median(p, func(n int) string {
		return fmt.Sprintf(`document.querySelector('%s.keyword')?.textContent === '!word%d'
			&& Number(getComputedStyle(document.querySelector('.giveaway')).opacity) > 0.2
			&& Number(getComputedStyle(document.querySelector('%[1]s')).opacity) > 0.2`, face, n)
	}, func(n int) time.Time {
		return d.emit("giveaway.opened", giveaway{Key: fmt.Sprint("giveaway-", n), Keyword: fmt.Sprint("!word", n), Audience: "everybody"})
	})
	if took > soon {
		t.Errorf("a giveaway is seen after %v", took)
	}
}

func TestAchievementsWaitForOneAnotherAndLeave(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "achievements", hurry, recordTitles)
	for _, id := range []string{"First Timer", "Night Owl", "Regular"} {
		d.emit("achievement.unlocked", earned(id, "Kai"))
	}
	p.says(".achievement.on .title", "First Timer")
	if got := p.text(".achievement .icon") + "|" + p.text(".achievement .who") + "|" + p.text(".achievement .description"); got != "🎵|Kai unlocked|For First Timer." {
		t.Errorf("it says %s", got)
	}
	p.until(`titles.join() === 'First Timer,Night Owl,Regular'`)
	p.until(earnGone)
	p.blank("after the achievements")
}

func TestAnAchievementThatWasCutOffIsShownAgain(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "achievements")
	d.emit("achievement.unlocked", earned("Night Owl", "Kai"))
	p.until(earnThere)
	d.stop()
	p.until(earnGone)
	p.blank("while the desk is gone")
	d.start()
	p.until(earnThere)
	p.says(".achievement.on .title", "Night Owl")
}

func TestAnAchievementDoesNotTellHowARollEnds(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "all", recordTitles)
	r := rolled("a", "Kai", 4207, 4211)
	d.emit("raffle.rolled", r)
	d.emit("achievement.unlocked", earned("So Close", r.Viewer.ID))
	d.emit("achievement.unlocked", earned("Regular", "Mo"))
	p.says(".achievement.on .title", "Regular")
	p.says(".achievement.on .title", "So Close")
	if got := eval[[]string](p, "titles"); fmt.Sprint(got) != "[Regular So Close]" || eval[bool](p, rollTold+" === null") {
		t.Errorf("%v, before the numbers stand", got)
	}
}

func TestAnAchievementOfYesterdayIsNoNews(t *testing.T) {
	d := newDesk(t)
	d.clock = func() time.Time { return time.Now().Add(-10 * time.Minute) }
	p := watch(t, d, "achievements", hurry, recordTitles)
	d.emit("achievement.unlocked", earned("Night Owl", "Kai"))
	d.clock = time.Now
	d.emit("achievement.unlocked", earned("Regular", "Kai"))
	p.until(`titles.length > 0`)
	if got := eval[[]string](p, "titles"); got[0] != "Regular" {
		t.Errorf("%v are shown", got)
	}
}

func TestAnActThatFailsDoesNotEndTheShow(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "achievements", `window.addEventListener('error', (e) => { window.fault = e.message; e.preventDefault(); });`)
	d.emit("achievement.unlocked", map[string]string{"name": "of nobody"})
	d.emit("achievement.unlocked", earned("Regular", "Kai"))
	p.says(".achievement.on .title", "Regular")
	if eval[bool](p, "window.fault === undefined") {
		t.Error("the fault is told nobody")
	}
}

func TestAGiveawayOpensGrowsClosesIsDrawnAndLeaves(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "giveaway", hurry)
	g := giveaway{Key: "giveaway-4", Keyword: "!win", Audience: "followers", Most: 5000, Hash: hash, ClosesAt: time.Now().Add(119 * time.Second)}
	d.tell(opened(g)...)
	p.says(face+".head", "Say !win to be in")
	p.says(face+".audience", "Followers")
	p.says(face+".entries", "0")
	p.says(".giveaway .seed", "Seed SHA-256 f5411ec7e51e")
	p.until(`/^1:5\d$/.test(document.querySelector('` + face + `.left').textContent)`)
	d.tell(news{"giveaway.entered", step{Key: g.Key, Entries: 1}}, news{"giveaway.entered", step{Key: "giveaway-3", Entries: 77}})
	p.says(face+".entries", "1")
	d.emit("giveaway.entered", step{Key: g.Key, Entries: 1234})
	p.says(face+".entries", "1\u202f234")
	d.emit("giveaway.closed", step{Key: g.Key, Entries: 1234})
	p.says(face+".head", "The draw comes next")
	d.emit("giveaway.drawn", step{Key: g.Key, Entries: 1234, Winners: []viewer{{Login: "kai", Name: "Kai"}, {Login: "mo"}}})
	p.says(face+".winner", "Kai")
	p.says(face+".won", "won the giveaway!1 of 2 from 1\u202f234 entries")
	p.says(face+".winner", "mo")
	p.until(giveGone)
	p.blank("after a giveaway")
	d.emit("giveaway.drawn", step{Key: g.Key, Entries: 1234, Winners: []viewer{{Name: "Ada"}}}) // one did not answer
	p.says(face+".winner", "Ada")
	p.says(".giveaway .seed", "Seed SHA-256 f5411ec7e51e")
	p.until(giveGone)
}

func TestManyWinnersAreShownTogether(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "giveaway", hurry)
	d.tell(drawn(brief, 214, crowd...)...)
	p.until(`document.querySelectorAll('` + face + `.winners .viewer').length === 4`)
	p.says(face+".won .label", "1–4 of 7")
	p.says(face+".won .label", "5–7 of 7")
	p.says(face+".winners .viewer:last-child", "Bo")
}

func TestAGiveawayThatOpensWaitsUntilTheWinnersHaveBeenSeen(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "giveaway", hurry)
	d.tell(drawn(brief, 214, crowd[:3]...)...)
	d.tell(opened(endless, 9)...)
	for _, v := range crowd[:3] {
		p.says(face+".winner", v.Name)
	}
	p.says(face+".head", "Say !win to be in")
	p.says(face+".entries", "9")
}

func TestAGiveawayThatIsCancelledLeaves(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "giveaway")
	d.tell(opened(brief)...)
	p.until(giveThere)
	d.emit("giveaway.cancelled", step{Key: brief.Key})
	p.until(giveGone)
}

func TestAPageThatComesLaterShowsTheGiveawayThatIsOn(t *testing.T) {
	for state, head := range map[string]string{"open": "Say !win to be in", "closed": "The draw comes next", "drawn": "", "cancelled": ""} {
		t.Run(state, func(t *testing.T) {
			d := newDesk(t)
			d.giveaway = &giveaway{ID: 7, State: state, Keyword: "!win", Audience: "everybody", Entries: 12, Hash: hash}
			p := watch(t, d, "giveaway")
			if head == "" {
				eval[chromedp.Void](p, "new Promise((done) => setTimeout(done, 300))")
				p.blank("of a giveaway that is over")
				return
			}
			p.says(face+".head", head)
			d.emit("giveaway.entered", step{Key: "giveaway-7", Entries: 13})
			p.says(face+".entries", "13")
		})
	}
}

func TestAGiveawaySurvivesARestartOfTheDesk(t *testing.T) {
	d := newDesk(t)
	p := watch(t, d, "giveaway")
	d.tell(opened(brief, 3)...)
	p.until(giveThere)
	d.stop()
	p.until(giveGone)
	p.blank("while the desk is gone")
	d.tell(news{"giveaway.entered", step{Key: brief.Key, Entries: 4}})
	d.start()
	p.says(face+".entries", "4")
	d.tell(news{"giveaway.drawn", step{Key: brief.Key, Entries: 4, Winners: []viewer{{Name: "Kai"}}}})
	p.says(face+".winner", "Kai")
	d.stop()
	p.until(giveGone)
	d.start()
	p.says(face+".winner", "Kai") // cut before its end: from the start
}

func TestARollShowsTheHashOfWhatItIsDrawnFrom(t *testing.T) {
	other := seed{ID: "seed-2", Scope: "session", Hash: "00ff11ee22dd33cc44bb"}
	d := newDesk(t)
	d.seed = &seed{Hash: hash}
	p := watch(t, d, "raffle", hurry)
	line := func(name, want string) {
		t.Helper()
		d.emit("raffle.rolled", rolled(name, name, 100, 200))
		p.says(".raffle.on .viewer", name)
		if got := p.text(".raffle .seed"); got != want {
			t.Errorf("the roll of %s says %q", name, got)
		}
	}
	line("Ada", "Seed SHA-256 f5411ec7e51e")
	d.emit("raffle.committed", seed{ID: "seed-9", Scope: "giveaway", Hash: "abcdef"})
	line("Bo", "Seed SHA-256 f5411ec7e51e")
	d.emit("raffle.committed", other)
	line("Kai", "Seed SHA-256 00ff11ee22dd")
	d.emit("raffle.revealed", seed{ID: "seed-1", Hash: hash})
	line("Mo", "Seed SHA-256 00ff11ee22dd")
	d.emit("raffle.revealed", other)
	line("Zoe", "")
}
