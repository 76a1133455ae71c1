package assets_test

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sidestage/assets"
)

// covers is a host of cover art, over TLS as in life.
type covers struct{ url, host string }

// newCovers starts one. It has /sunset, /forest and /grey, and /closed, which no
// script may read.
func newCovers(t *testing.T) covers {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paint, ok := map[string]func(x, y int) color.Color{
			"/sunset": func(x, y int) color.Color {
				if (x-150)*(x-150)+(y-190)*(y-190) < 70*70 {
					return color.RGBA{255, 214, 150, 255}
				}
				return color.RGBA{uint8(70 + y/2), uint8(30 + y/6), uint8(110 - y/5), 255}
			},
			"/forest": func(x, y int) color.Color { return color.RGBA{uint8(12 + x/20), uint8(60 + (x^y)%80), 48, 255} },
			"/grey":   func(x, y int) color.Color { return color.Gray{uint8(60 + (x+y)/5)} },
			"/closed": func(x, y int) color.Color { return color.RGBA{200, uint8(x / 2), 40, 255} },
		}[r.URL.Path]
		if r.URL.Path != "/closed" {
			w.Header().Set("Access-Control-Allow-Origin", "*")
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		m := image.NewRGBA(image.Rect(0, 0, 300, 300))
		for y := range 300 {
			for x := range 300 {
				m.Set(x, y, paint(x, y))
			}
		}
		w.Header().Set("Content-Type", "image/png")
		_ = png.Encode(w, m) // whoever asked has gone
	}))
	t.Cleanup(s.Close)
	return covers{url: s.URL, host: strings.TrimPrefix(s.URL, "https://")}
}

// sizes are the widgets' sizes by name.
func sizes() map[string][2]int64 {
	found := map[string][2]int64{}
	for _, w := range assets.Widgets() {
		found[w.Name] = [2]int64{int64(w.Width), int64(w.Height)}
	}
	return found
}

// prefer makes the browser want something of pages.
func (p *tab) prefer(feature, value string) {
	p.t.Helper()
	p.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
		})
		return chromedp.Void{}, err
	})
}

// connected waits until a page listens to the desk.
func (d *desk) connected() {
	d.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if d.streamsOpened() > 0 {
			return
		}
	}
	d.t.Fatal("no page listens")
}
