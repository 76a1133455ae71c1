package assets_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "a directory to leave the pictures of the overlay in")

// picture is the page as OBS gets it, with what is not covered left out.
func (p *tab) picture() image.Image {
	p.t.Helper()
	data, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	shot, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		p.t.Fatal(err)
	}
	return shot
}

// empty reports whether nothing at all is on a picture.
func empty(shot image.Image) bool {
	b := shot.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if _, _, _, a := shot.At(x, y).RGBA(); a != 0 {
				return false
			}
		}
	}
	return true
}

// games are what may be behind an overlay.
var games = []func(x, y int) color.Color{
	func(x, y int) color.Color { // a cave
		return color.RGBA{uint8(14 + x/60), uint8(18 + y/24), uint8(30 + (x+y)/48), 255}
	},
	func(x, y int) color.Color { // nothing, as image editors draw it
		if (x/16+y/16)%2 == 0 {
			return color.Gray{168}
		}
		return color.Gray{104}
	},
	func(x, y int) color.Color { // snow and sky
		return color.RGBA{uint8(225 + x%30), uint8(238 + y%16), 255, 255}
	},
}

// keep leaves a picture over each game, one under the other, if that is wanted.
func keep(t *testing.T, name string, shot image.Image) {
	t.Helper()
	if *pictures == "" {
		return
	}
	b := shot.Bounds()
	sheet := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()*len(games)))
	for i, game := range games {
		for y := range b.Dy() {
			for x := range b.Dx() {
				sheet.Set(x, i*b.Dy()+y, game(x, y))
			}
		}
		draw.Draw(sheet, image.Rect(0, i*b.Dy(), b.Dx(), (i+1)*b.Dy()), shot, b.Min, draw.Over)
	}
	save(t, name, sheet)
}

func save(t *testing.T, name string, shot image.Image) {
	t.Helper()
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, shot); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// at holds every motion of the page so many milliseconds after its begin.
func at(ms int) string {
	return fmt.Sprintf(`document.getAnimations().forEach((a) => { a.pause(); a.currentTime = %d; })`, ms)
}

// news is something for the journal.
type news struct {
	name string
	data any
}

// scene is a page in a state worth looking at.
type scene struct {
	name  string
	page  string
	query string
	play  *playing
	roll  *roll
	tells []news
	until string // when it is there
	run   string // done to it then
}

var (
	midnight = track{
		URI: "spotify:track:1", Name: "Midnight City", Artists: []string{"M83"}, Album: "Hurry Up, We’re Dreaming",
		Duration: 244_000, Requester: "luna",
	}
	long = track{
		URI: "spotify:track:2", Name: "夜に駆ける 〜あの夢をなぞって〜 THE FIRST TAKE 🌃✨ 完全生産限定盤", Artists: []string{"YOASOBI", "幾田りら", "Ayase", "DJ いちばん長い名前"},
		Album: "THE BOOK", Duration: 4_000_000, Requester: "ひじょうにながいなまえのひと_9000",
	}
	bars = track{URI: "spotify:local:3", Name: "A tape from the attic", Artists: []string{"Unknown artist"}, Duration: 181_000}
	near = roll{ID: "a", Viewer: viewer{Login: "kai", Name: "Kai"}, Roll: 4211, Winning: 4207, Distance: 4, Record: true}
	far  = roll{ID: "b", Viewer: viewer{Login: "luna", Name: "luna"}, Roll: 932, Winning: 10000, Distance: 9068}
	hit  = roll{ID: "c", Viewer: viewer{Login: "mo", Name: "Mo"}, Roll: 512, Winning: 512}
)

var (
	wide      = roll{ID: "d", Viewer: viewer{Login: "w", Name: "TheWonderfulWizard_of_Oz2"}, Roll: 10000, Winning: 9999, Distance: 1, Record: true}
	committed = news{"raffle.committed", seed{ID: "seed-1", Scope: "session", Hash: hash}}

	brief   = giveaway{Key: "giveaway-1", Keyword: "!sidestage", Audience: "everybody", Hash: hash, ClosesAt: time.Now().Add(95 * time.Second)}
	endless = giveaway{Key: "giveaway-2", Keyword: "!win", Audience: "subscribers", Most: 50, Hash: hash}
	vast    = giveaway{
		Key: "giveaway-3", Keyword: "ぷれぜんとをわたしにください今日こそ当たりますように", Audience: "followers", Most: 100_000, Hash: hash,
		ClosesAt: time.Now().Add(23 * time.Hour),
	}
	crowd = []viewer{
		{Login: "kai", Name: "Kai"}, {Login: "w", Name: "TheWonderfulWizard_of_Oz2"}, {Login: "luna", Name: "luna"}, {Login: "mo", Name: "Mo"},
		{Login: "hijouni", Name: "ひじょうにながいなまえのひと"}, {Login: "ada", Name: "Ada"}, {Login: "bo", Name: "Bo"},
	}

	timer   = unlocked{Name: "First Timer", Description: "Requested a song.", Icon: "🎵", Viewer: viewer{Name: "Kai"}}
	verbose = unlocked{
		Name: "Certified Disc Jockey of the Old School", Description: "Requested 100 songs, and let each of them play to its very end.", Icon: "🎛️",
		Viewer: viewer{Name: "TheWonderfulWizard_of_Oz2"},
	}
	plain = unlocked{Name: "夜ふかし", Viewer: viewer{Name: "ひじょうにながいなまえのひと"}}
)

// hash is of a seed.
const hash = "f5411ec7e51e46159c654bdbdf3cc20785a217b87384810ed2e541dc0016943a"

// opened is a giveaway and the numbers of its entries.
func opened(g giveaway, entries ...int) []news {
	all := []news{{"giveaway.opened", g}}
	for _, n := range entries {
		all = append(all, news{"giveaway.entered", step{Key: g.Key, Entries: n}})
	}
	return all
}

func closed(g giveaway, entries int) []news {
	return append(opened(g, entries), news{"giveaway.closed", step{Key: g.Key, Entries: entries}})
}

func drawn(g giveaway, entries int, winners ...viewer) []news {
	return append(closed(g, entries), news{"giveaway.drawn", step{Key: g.Key, Entries: entries, Winners: winners}})
}

func shows(tr track, cover string, playsNow bool) *playing {
	tr.Cover = cover
	return &playing{Track: &tr, Occurrence: "1", Playing: playsNow, Progress: 161_000}
}

// scenes lists what is to be looked at; covers is a host of cover art.
func scenes(covers string) []scene {
	settled := nowThere + ` && document.getAnimations().length === 0`
	covered := settled + ` && document.querySelector('.cover img')`
	turning := rollThere + ` && document.getAnimations().some((a) => a.effect.target.className === 'strip')`
	finish := `document.getAnimations().forEach((a) => a.finish())`
	calm := `.then(() => new Promise((done) => setTimeout(done, 400)))`
	told := `new Promise((done) => { const look = () => document.querySelector('.raffle.told') ? done() : requestAnimationFrame(look); look(); })`
	light := `document.getAnimations().forEach((a) => { if (a.effect.target.className === 'light') { a.pause(); a.currentTime = 620; } else a.finish(); })`
	there := func(card string) string {
		return fmt.Sprintf(`getComputedStyle(document.querySelector('.%s')).opacity === '1' && document.getAnimations().length === 0`, card)
	}
	said := func(n int) string {
		return fmt.Sprintf(`document.querySelector('.entries').textContent === '%d' && `, n) + there("giveaway")
	}
	won := `document.querySelector('.giveaway .won') && document.getAnimations().some((a) => a.effect.target.className === 'light')`
	dark := `document.getAnimations().forEach((a) => a.finish()); new Promise((done) => setTimeout(done, 400))`
	lit := light + `; new Promise((done) => setTimeout(done, 400))`
	return []scene{
		{name: "now-playing-entering", page: "now-playing", play: shows(midnight, covers+"/sunset", true), until: nowOn + ` && document.getAnimations().length > 0`, run: at(90)},
		{name: "now-playing", page: "now-playing", play: shows(midnight, covers+"/sunset", true), until: covered},
		{name: "now-playing-long", page: "now-playing", play: shows(long, covers+"/forest", true), until: covered},
		{name: "now-playing-no-cover", page: "now-playing", play: shows(bars, "", true), until: settled},
		{name: "now-playing-broken-cover", page: "now-playing", play: shows(midnight, covers+"/missing", true), until: settled},
		{name: "now-playing-paused", page: "now-playing", play: shows(midnight, covers+"/sunset", false), until: covered},
		{name: "now-playing-bare", page: "now-playing", query: "?bg=none", play: shows(midnight, covers+"/sunset", true), until: covered},
		{name: "now-playing-scaled", page: "now-playing", query: "?scale=0.75&font=DejaVu%20Serif", play: shows(midnight, covers+"/grey", true), until: covered},
		{name: "raffle-turning", page: "raffle", tells: []news{committed, {"raffle.rolled", near}}, until: turning, run: at(700)},
		{name: "raffle-record", page: "raffle", tells: []news{committed, {"raffle.rolled", near}}, until: turning, run: finish + ";" + told + calm},
		{name: "raffle-far", page: "raffle", tells: []news{committed, {"raffle.rolled", far}}, until: turning, run: finish + ";" + told + calm},
		{name: "raffle-bare", page: "raffle", query: "?bg=none", tells: []news{committed, {"raffle.rolled", far}}, until: turning, run: finish + ";" + told + calm},
		{name: "raffle-winning", page: "raffle", tells: []news{committed, {"raffle.rolled", hit}}, until: turning, run: finish + ";" + told + `.then(() => { ` + light + ` })`},
		{name: "raffle-won", page: "raffle", tells: []news{committed, {"raffle.rolled", hit}}, until: turning, run: finish + ";" + told + `.then(() => { ` + finish + ` })` + calm},
		{name: "raffle-long", page: "raffle", tells: []news{committed, {"raffle.rolled", wide}}, until: turning, run: finish + ";" + told + calm},
		{name: "giveaway-entering", page: "giveaway", tells: opened(brief), until: `document.querySelector('.giveaway.on') && document.getAnimations().length > 0`, run: at(90)},
		{name: "giveaway-open", page: "giveaway", tells: opened(brief, 1, 2, 37), until: said(37)},
		{name: "giveaway-endless", page: "giveaway", tells: opened(endless, 4), until: said(4)},
		{name: "giveaway-wide", page: "giveaway", tells: opened(vast), until: there("giveaway")},
		{name: "giveaway-bare", page: "giveaway", query: "?bg=none", tells: opened(brief, 1, 37), until: said(37)},
		{name: "giveaway-closed", page: "giveaway", tells: closed(brief, 214), until: `document.querySelector('.giveaway .head').textContent === 'The draw comes next' && ` + there("giveaway")},
		{name: "giveaway-winning", page: "giveaway", tells: drawn(brief, 214, crowd[0]), until: won, run: lit},
		{name: "giveaway-won", page: "giveaway", tells: drawn(brief, 214, crowd[0]), until: won, run: dark},
		{name: "giveaway-won-long", page: "giveaway", tells: drawn(brief, 1, crowd[1]), until: won, run: dark},
		{name: "giveaway-won-by-many", page: "giveaway", tells: drawn(brief, 214, crowd...), until: won, run: dark},
		{name: "achievement-entering", page: "achievements", tells: []news{{"achievement.unlocked", timer}}, until: `document.querySelector('.achievement.on') && document.getAnimations().length > 0`, run: at(90)},
		{name: "achievement", page: "achievements", tells: []news{{"achievement.unlocked", timer}}, until: there("achievement")},
		{name: "achievement-long", page: "achievements", tells: []news{{"achievement.unlocked", verbose}}, until: there("achievement")},
		{name: "achievement-plain", page: "achievements", tells: []news{{"achievement.unlocked", plain}}, until: there("achievement")},
		{name: "achievement-bare", page: "achievements", query: "?bg=none", tells: []news{{"achievement.unlocked", timer}}, until: there("achievement")},
		{
			name: "all", page: "all", play: shows(midnight, covers+"/sunset", true), roll: &near,
			tells: append(opened(brief, 37), news{"achievement.unlocked", timer}), until: turning, run: finish + ";" + told + calm,
		},
	}
}

// TestPictures draws every state of the overlay worth looking at:
//
//	go test ./assets -run TestPictures -pictures DIR
func TestPictures(t *testing.T) {
	chromium(t)
	covers := newCovers(t)
	sizes := sizes()
	for _, s := range scenes(covers.url) {
		t.Run(s.name, func(t *testing.T) {
			d := newDesk(t)
			p := view(t, d.url("/overlay/"+s.page+s.query), sizes[s.page][0], sizes[s.page][1])
			p.covers = covers.host
			p.until(`document.querySelector('.card')`)
			d.connected()
			if s.play != nil {
				d.play(*s.play)
			}
			if s.roll != nil {
				d.emit("raffle.rolled", *s.roll)
			}
			d.tell(s.tells...)
			p.until(s.until)
			if s.run != "" {
				eval[chromedp.Void](p, s.run)
			}
			shot := p.picture()
			if empty(shot) {
				t.Error("nothing is on the picture")
			}
			keep(t, s.name, shot)
		})
	}
}

func TestThePicturesOfTheList(t *testing.T) {
	d := newDesk(t)
	for _, tone := range []string{"dark", "light"} {
		p := view(t, d.url("/overlay/"), 1280, 1000)
		p.prefer("prefers-color-scheme", tone)
		p.until(`document.querySelector('td a').textContent.startsWith('http')`)
		if *pictures != "" {
			save(t, "list-"+tone, p.picture())
		}
	}
}
