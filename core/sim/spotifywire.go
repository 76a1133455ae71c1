package sim

import (
	"strings"
	"time"
)

const (
	apiBase = "https://api.spotify.com/v1"
	webBase = "https://open.spotify.com"
)

type external struct {
	Spotify string `json:"spotify"`
}

type imageWire struct {
	URL    string `json:"url"`
	Height int    `json:"height"`
	Width  int    `json:"width"`
}

type artistWire struct {
	URLs external `json:"external_urls"`
	Href string   `json:"href"`
	ID   string   `json:"id"`
	Name string   `json:"name"`
	Type string   `json:"type"`
	URI  string   `json:"uri"`
}

type albumWire struct {
	AlbumType string       `json:"album_type"`
	Total     int          `json:"total_tracks"`
	Markets   []string     `json:"available_markets"`
	URLs      external     `json:"external_urls"`
	Href      string       `json:"href"`
	ID        string       `json:"id"`
	Images    []imageWire  `json:"images"`
	Name      string       `json:"name"`
	Released  string       `json:"release_date"`
	Precision string       `json:"release_date_precision"`
	Type      string       `json:"type"`
	URI       string       `json:"uri"`
	Artists   []artistWire `json:"artists"`
}

// trackWire is a track as an application in development mode sees it: without
// popularity, markets and relinking.
type trackWire struct {
	Album    albumWire    `json:"album"`
	Artists  []artistWire `json:"artists"`
	Disc     int          `json:"disc_number"`
	Duration int64        `json:"duration_ms"`
	Explicit bool         `json:"explicit"`
	External externalIDs  `json:"external_ids"`
	URLs     external     `json:"external_urls"`
	Href     string       `json:"href"`
	ID       string       `json:"id"`
	Playable bool         `json:"is_playable"`
	Name     string       `json:"name"`
	Preview  *string      `json:"preview_url"`
	Number   int          `json:"track_number"`
	Type     string       `json:"type"`
	URI      string       `json:"uri"`
	Local    bool         `json:"is_local"`
}

type externalIDs struct {
	ISRC string `json:"isrc"`
}

// wire is the track at the simulator's speed.
func (s *Sim) wire(t track) trackWire {
	artists := make([]artistWire, 0, len(t.Artists))
	for _, name := range t.Artists {
		id := base62("artist", name)
		artists = append(artists, artistWire{
			URLs: external{Spotify: webBase + "/artist/" + id}, Href: apiBase + "/artists/" + id, ID: id, Name: name, Type: "artist", URI: "spotify:artist:" + id,
		})
	}
	return trackWire{
		Album: album(t, artists), Artists: artists, Disc: 1, Duration: t.at(s.opt.Speed).Milliseconds(),
		External: externalIDs{ISRC: "QZ" + strings.ToUpper(hexID(3, t.ID)) + "2600001"},
		URLs:     external{Spotify: webBase + "/track/" + t.ID}, Href: apiBase + "/tracks/" + t.ID, ID: t.ID, Playable: true,
		Name: t.Title, Number: int(digest("number", t.ID)%12) + 1, Type: "track", URI: t.URI(),
	}
}

func album(t track, artists []artistWire) albumWire {
	id := base62("album", t.Album)
	images := make([]imageWire, 0, 3)
	for _, size := range []int{640, 300, 64} {
		images = append(images, imageWire{URL: "https://i.scdn.co/image/" + hexID(40, "cover", t.Album, size), Height: size, Width: size})
	}
	return albumWire{
		AlbumType: "album", Total: 12, Markets: []string{}, URLs: external{Spotify: webBase + "/album/" + id}, Href: apiBase + "/albums/" + id, ID: id,
		Images: images, Name: t.Album, Released: "2024-05-17", Precision: "day", Type: "album", URI: "spotify:album:" + id, Artists: artists,
	}
}

type deviceWire struct {
	ID      string `json:"id"`
	Active  bool   `json:"is_active"`
	Private bool   `json:"is_private_session"`
	Locked  bool   `json:"is_restricted"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Volume  int    `json:"volume_percent"`
	Volumes bool   `json:"supports_volume"`
}

func (s *Sim) device() deviceWire {
	return deviceWire{ID: hexID(40, "device", s.opt.Broadcaster.ID), Active: true, Name: "Streaming PC", Type: "Computer", Volume: 64, Volumes: true}
}

type contextWire struct {
	Type string   `json:"type"`
	Href string   `json:"href"`
	URLs external `json:"external_urls"`
	URI  string   `json:"uri"`
}

// autoplay is the playlist that plays when nobody asks for anything.
func autoplay() *contextWire {
	id := base62("playlist")
	return &contextWire{Type: "playlist", Href: apiBase + "/playlists/" + id, URLs: external{Spotify: webBase + "/playlist/" + id}, URI: "spotify:playlist:" + id}
}

type actionsWire struct {
	Disallows map[string]bool `json:"disallows"`
}

type playbackWire struct {
	Device    *deviceWire  `json:"device,omitempty"` // only in /me/player
	Repeat    string       `json:"repeat_state,omitempty"`
	Shuffle   *bool        `json:"shuffle_state,omitempty"`
	Context   *contextWire `json:"context"`
	Timestamp int64        `json:"timestamp"` // ms: /me/player when the state last changed, currently-playing when it was asked
	Progress  int64        `json:"progress_ms"`
	Playing   bool         `json:"is_playing"`
	Item      *trackWire   `json:"item"` // null during an advertisement
	ItemType  string       `json:"currently_playing_type"`
	Actions   actionsWire  `json:"actions"`
}

// playback is the player, whole or only what currently-playing tells.
func (s *Sim) playback(whole bool) playbackWire {
	p := s.shown()
	item := s.wire(s.tracks.byID[p.Current])
	w := playbackWire{
		Context: autoplay(), Timestamp: p.At.UnixMilli(), Progress: p.Progress.Milliseconds(), Playing: p.Playing,
		Item: &item, ItemType: "track", Actions: actionsWire{Disallows: map[string]bool{}},
	}
	if p.Ad {
		w.Item, w.ItemType, w.Progress, w.Actions.Disallows["skipping_next"] = nil, "ad", 0, true
	}
	if p.Playing {
		w.Actions.Disallows["resuming"] = true
	} else {
		w.Actions.Disallows["pausing"] = true
	}
	if whole {
		d, off := s.device(), false
		w.Device, w.Repeat, w.Shuffle = &d, "context", &off
		w.Timestamp = p.At.Add(-p.Progress).UnixMilli()
	}
	return w
}

type queueWire struct {
	Playing *trackWire  `json:"currently_playing"`
	Queue   []trackWire `json:"queue"`
}

type devicesWire struct {
	Devices []deviceWire `json:"devices"`
}

type tracksPage struct {
	Href     string      `json:"href"`
	Limit    int         `json:"limit"`
	Next     *string     `json:"next"`
	Offset   int         `json:"offset"`
	Previous *string     `json:"previous"`
	Total    int         `json:"total"`
	Items    []trackWire `json:"items"`
}

type searchWire struct {
	Tracks tracksPage `json:"tracks"`
}

type recentWire struct {
	Track   trackWire    `json:"track"`
	At      time.Time    `json:"played_at"`
	Context *contextWire `json:"context"`
}

type recentPage struct {
	Href    string       `json:"href"`
	Limit   int          `json:"limit"`
	Next    *string      `json:"next"` // never: more than a page is not kept
	Cursors cursors      `json:"cursors"`
	Items   []recentWire `json:"items"`
}

// cursors are Unix times in milliseconds.
type cursors struct {
	After  string `json:"after"`
	Before string `json:"before"`
}

type meWire struct {
	AccountID string      `json:"account_id"`
	Name      string      `json:"display_name"`
	URLs      external    `json:"external_urls"`
	Href      string      `json:"href"`
	ID        string      `json:"id"`
	Images    []imageWire `json:"images"`
	Type      string      `json:"type"`
	URI       string      `json:"uri"`
}
