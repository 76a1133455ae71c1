package spotify

import (
	"encoding/json"
	"math"
	"strings"
	"time"
)

type wireImage struct {
	URL   string `json:"url"`
	Width int    `json:"width"`
}

type wireNamed struct {
	Name   string      `json:"name"`
	Images []wireImage `json:"images"`
}

// wireItem is a track, an episode or what else a player can hold.
type wireItem struct {
	Type        string      `json:"type"`
	ID          string      `json:"id"`
	URI         string      `json:"uri"`
	Name        string      `json:"name"`
	Artists     []wireNamed `json:"artists"`
	Album       wireNamed   `json:"album"`
	Show        wireNamed   `json:"show"`
	Images      []wireImage `json:"images"`
	DurationMS  figure      `json:"duration_ms"`
	Explicit    bool        `json:"explicit"`
	IsLocal     bool        `json:"is_local"`
	IsPlayable  *bool       `json:"is_playable"`
	ExternalIDs struct {
		ISRC string `json:"isrc"`
	} `json:"external_ids"`
	Restrictions struct {
		Reason string `json:"reason"`
	} `json:"restrictions"`
}

func (w *wireItem) sane() bool { return w.ID != "" || w.URI != "" }

func (w *wireItem) track() Track {
	w.Type = KindTrack // whether it says so or not: that is what was asked for
	i := w.item()
	return Track{
		ID: i.ID, URI: i.URI, Name: i.Name, Artists: i.Artists, Album: i.Album, CoverURL: i.CoverURL,
		Duration: i.Duration, ISRC: i.ISRC,
		Explicit: w.Explicit, Playable: w.IsPlayable, Restriction: w.Restrictions.Reason,
	}
}

func (w *wireItem) item() Item {
	i := Item{
		Kind: w.kind(), ID: w.ID, URI: w.URI, Name: w.Name, Artists: names(w.Artists),
		Album: w.Album.Name, CoverURL: cover(w.Album.Images),
		Duration: w.DurationMS.times(time.Millisecond), ISRC: w.ExternalIDs.ISRC,
	}
	if i.Kind == KindEpisode {
		i.Album = w.Show.Name
		i.CoverURL = cover(append(w.Images, w.Show.Images...))
	}
	if i.Kind != KindTrack && i.Kind != KindEpisode {
		return i
	}
	// URI and ID say the same: whichever is missing follows from the other.
	prefix := "spotify:" + i.Kind + ":"
	if i.URI == "" {
		i.URI = prefix + i.ID
	}
	if id, ok := strings.CutPrefix(i.URI, prefix); ok && i.ID == "" {
		i.ID = id
	}
	return i
}

// kind goes by the object's own type, and by its URI where that is missing.
func (w *wireItem) kind() string {
	if w.IsLocal || strings.HasPrefix(w.URI, "spotify:local:") {
		return KindLocal
	}
	kind := w.Type
	if parts := strings.Split(w.URI, ":"); kind == "" && len(parts) > 1 {
		kind = parts[1]
	}
	switch kind {
	case KindTrack, KindEpisode:
		if w.sane() {
			return kind
		}
	case KindAd:
		return KindAd
	}
	return KindUnknown
}

// anyItem decodes one place of a queue. What cannot be read must not spoil its
// neighbours, nor move them up.
func anyItem(raw json.RawMessage) Item {
	var w wireItem
	_ = json.Unmarshal(raw, &w) // a field of an unforeseen form stays empty, the others count
	return w.item()
}

// itemOrNil is anyItem where null means that there is none.
func itemOrNil(raw json.RawMessage) *Item {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	i := anyItem(raw)
	return &i
}

func names(all []wireNamed) []string {
	var s []string
	for _, n := range all {
		if n.Name != "" {
			s = append(s, n.Name)
		}
	}
	return s
}

// cover is the image best shown at 300 to 640 pixels: the widest in that
// range, else the narrowest above it, else the widest there is. Where no width
// is told the first is the widest.
func cover(images []wireImage) string {
	best, url := math.MinInt, ""
	for _, im := range images {
		if fit := fitness(im.Width); fit > best && im.URL != "" {
			best, url = fit, im.URL
		}
	}
	return url
}

func fitness(width int) int {
	const lower, upper = 300, 640
	switch {
	case width > upper:
		return -min(width, 1<<20)
	case width >= lower:
		return width
	default:
		return width - 1<<21
	}
}
