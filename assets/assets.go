// Package assets holds what the program shows in a browser: the overlay's pages
// for OBS, their styles and scripts, built into the binary as they are, and the
// achievements that come with it.
//
// Pages are plain HTML, scripts plain ES modules, written to Chrome 103 (OBS's
// Chromium). They take all they show from the local API, over one stream of
// events a page, and ask no other host but for cover art.
package assets

import (
	"bytes"
	"embed"
	"io/fs"
	"slices"
)

//go:embed theme.css page widget
var files embed.FS

//go:embed achievements.toml
var achievements []byte

// Achievements is the list of achievements that come with the program, as TOML.
func Achievements() []byte { return bytes.Clone(achievements) }

// Overlay holds the files of the overlay. A page is page/<name>.html and is
// served at /overlay/<name>, page/index.html at /overlay/; every other file is
// served at /overlay/assets/ and its own path, for so the pages refer to it.
// Scripts need a JavaScript content type or a browser refuses them.
func Overlay() fs.FS { return files }

// Widget is a page of the overlay as a browser source of OBS.
type Widget struct {
	Name  string // of its page
	Path  string // where it is served
	Title string // for people
	// Width and Height of the source, in pixels, at scale 1: the widget and the
	// room its motion and shadow need.
	Width, Height int
}

// widgets are the pages the streamer can choose from.
var widgets = []Widget{
	{Name: "now-playing", Path: "/overlay/now-playing", Title: "Now playing", Width: 592, Height: 160},
	{Name: "raffle", Path: "/overlay/raffle", Title: "Raffle", Width: 592, Height: 200},
	{Name: "giveaway", Path: "/overlay/giveaway", Title: "Giveaway", Width: 592, Height: 200},
	{Name: "achievements", Path: "/overlay/achievements", Title: "Achievements", Width: 592, Height: 152},
	{Name: "all", Path: "/overlay/all", Title: "Everything", Width: 1920, Height: 1080},
}

// Widgets lists the overlay's widgets, one a page, and last the page with all.
func Widgets() []Widget { return slices.Clone(widgets) }
