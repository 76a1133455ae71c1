package section

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"sidestage/core/api"
	"sidestage/tui/component"
	"sidestage/tui/keymap"
	"sidestage/tui/state"
)

// Playing is the track that plays, or why none does.
type Playing struct {
	desk  Desk
	shown Shown
}

// NewPlaying makes the panel.
func NewPlaying(d Desk) Section { return Playing{desk: d} }

// Title implements Section.
func (Playing) Title() string { return "1 Now playing" }

// Keys implements Section.
func (p Playing) Keys() help.KeyMap {
	k := p.desk.Keys
	short := []key.Binding{k.Skip, k.Add, k.Viewer, k.Next}
	return keymap.Group{Short: short, Full: [][]key.Binding{{k.Skip, k.Add, k.Viewer}}}
}

// Update implements Section.
func (p Playing) Update(msg tea.Msg) (Section, tea.Cmd) {
	switch {
	case pressed(msg, p.desk.Keys.Skip):
		return p, p.askSkip()
	default:
		if s, ok := msg.(Shown); ok {
			p.shown = s
		}
	}
	return p, nil
}

// askSkip asks before the current track is skipped, and means that very
// appearance of it: should another be current by then, nothing is skipped.
func (p Playing) askSkip() tea.Cmd {
	now := p.shown.Playing
	if now.Track == nil {
		return send(Note{state.Warning, "Nothing plays, so there is nothing to skip."})
	}
	who := "Nobody asked for it: no points move."
	if t := now.Track; t.Source == api.SourceUser {
		who = "Asked for by " + t.RequesterDisplayName + " " + component.Ago(p.shown.Now.Sub(t.RequestedAt)) + ". The points stay spent."
	}
	next := "It ends now for everybody."
	if q := p.shown.Queue.Tracks; len(q) > 0 {
		next = "It ends now, and " + named(q[0].Track) + " is next."
	}
	yes := as(p.desk.Keys.Confirm, "skip it")
	return send(Open{ID: "confirm", Section: Confirm{
		desk: p.desk, title: "Skip " + title(*now.Track) + "?", text: []string{named(*now.Track) + ".", who, next},
		choices: []choice{{yes, p.desk.Do.Skip(now.Occurrence, title(*now.Track))}},
	}})
}

// View implements Section.
func (p Playing) View(w, h int) string {
	t := p.desk.Theme
	if text, bad := p.trouble(); bad {
		return p.explain(text, w, h)
	}
	if p.shown.Playing.Track == nil {
		return t.Text.Render("Nothing plays.") + "\n" +
			t.Muted.Render(paragraphs(w, "Start playback on any Spotify device; requests join its queue."))
	}
	if h < 4 {
		return p.short(w) + "\n" + p.bar(w)
	}
	return strings.Join(p.tall(w, h), "\n")
}

// explain tells the trouble. In two lines there is room for the case and, before
// what it means, what to do.
func (p Playing) explain(text []string, w, h int) string {
	t := p.desk.Theme
	if h < 3 && len(text) > 2 {
		text = []string{text[0] + ". " + text[1], text[2]}
	}
	lines := []string{t.Bad.Render(component.Cut(text[0], w, t.Signs.Ellipsis))}
	return strings.Join(append(lines, t.Text.Render(paragraphs(w, text[1:]...))), "\n")
}

// trouble is what keeps anything from playing: the case, what it means for
// points, what to do.
func (p Playing) trouble() ([]string, bool) {
	s := p.shown
	if !s.Link.Up {
		if !s.Link.Ever && s.Link.Err == "" {
			return []string{"Looking for the desk."}, true
		}
		return []string{"! No desk answers", "It is tried again every few seconds; requests are safe at Twitch.", s.Link.Err}, true
	}
	sp := s.Spotify()
	switch {
	case !sp.Known || sp.OK:
		return nil, false
	case s.Over(s.Now): // the banner says why
		return []string{"! What plays is not known", requests(s.Pending())}, true
	case s.Playing.Track != nil && s.Playing.Playing:
		return nil, false
	}
	return []string{"! Nothing plays", requests(s.Pending())}, true // the banner says why
}

func requests(n int) string {
	switch n {
	case 0:
		return "No request waits."
	case 1:
		return "1 request waits; its points can still go back."
	}
	return strconv.Itoa(n) + " requests wait; their points can still go back."
}

func (p Playing) forWhom() string {
	t := p.desk.Theme
	if track := p.shown.Playing.Track; track.Source == api.SourceUser {
		return t.Muted.Render("for ") + t.Viewer.Render(component.Cut(track.RequesterDisplayName, 25, t.Signs.Ellipsis))
	}
	return ""
}

func (p Playing) short(w int) string {
	t, track := p.desk.Theme, *p.shown.Playing.Track
	text := t.Strong.Render(title(track))
	if len(track.Artists) > 0 {
		text += t.Muted.Render(" · " + artists(track))
	}
	return component.Spread(text, p.forWhom(), w, t.Signs.Ellipsis)
}

func (p Playing) tall(w, h int) []string {
	t, track := p.desk.Theme, *p.shown.Playing.Track
	about := artists(track)
	if track.Album != "" {
		about += " · " + track.Album
	}
	lines := []string{
		component.Spread(t.Strong.Render(title(track)), p.forWhom(), w, t.Signs.Ellipsis),
		component.Cut(t.Muted.Render(about), w, t.Signs.Ellipsis),
		"",
		p.bar(w),
	}
	if h > len(lines) {
		lines = append([]string{""}, lines...)
	}
	return lines
}

func (p Playing) bar(w int) string {
	t := p.desk.Theme
	done, whole := p.shown.Progress(p.shown.Now), state.Duration(p.shown.Playing.Track.DurationMs)
	times := component.Length(done) + " / " + component.Length(whole)
	if !p.shown.Playing.Playing {
		times = "paused  " + times
	}
	room := w - component.Width(times) - 2
	if room < 8 {
		return t.Muted.Render(component.FitRight(times, w, t.Signs.Ellipsis))
	}
	return component.Progress(t, done, whole, room) + "  " + t.Muted.Render(times)
}
