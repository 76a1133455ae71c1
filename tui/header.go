package tui

import (
	"fmt"
	"slices"

	"sidestage/tui/component"
	"sidestage/tui/section"
	"sidestage/tui/state"
)

// header is the line at the top: live or not, the viewers, both platforms, and
// what needs a person. It says as much as there is room for, and what is wrong
// before what is nice to know.
func (m model) header() string {
	t := m.desk.Theme
	w := m.w - 2
	left, right := "", ""
	for detail := range details {
		for _, reason := range []int{60, 30, 18, 12} {
			left, right = m.stream(detail), m.health(reason, detail == details-1)
			if component.Width(left)+2+component.Width(right) <= w {
				return " " + component.Spread(left, right, w, t.Signs.Ellipsis) + " "
			}
		}
	}
	return " " + component.Spread(left, right, w, t.Signs.Ellipsis) + " "
}

// details is how often the left of the header can be shortened.
const details = 5

// stream says whether the stream is live and who watches, in detail at 0.
func (m model) stream(detail int) string {
	t, st := m.desk.Theme, m.state.Stream
	text := ""
	if detail < 1 {
		text = t.Title.Render("sidestage") + "  "
	}
	if !m.state.Link.Ever {
		return text + t.Muted.Render(t.Signs.Off+" not connected")
	}
	if !st.Live {
		text += t.Muted.Render(t.Signs.Off + " offline")
		if !st.EndedAt.IsZero() && detail < 3 {
			text += t.Muted.Render(" since " + component.Clock(st.EndedAt))
			if st.PeakViewers > 0 && detail < 2 {
				text += t.Muted.Render("   peak " + component.Number(st.PeakViewers))
			}
		}
		return text
	}
	text += t.OK.Render(t.Signs.Live) + t.Text.Render(" live "+component.HoursMinutes(m.now.Sub(st.StartedAt))) + "  "
	text += t.Text.Render(component.Number(st.Viewers))
	if detail < 3 {
		text += t.Muted.Render(" viewers")
	}
	if spark := component.Spark(t, m.state.Counts, 8); spark != "" && len(m.state.Counts) > 1 && detail < 4 {
		text += " " + t.Info.Render(spark)
	}
	if detail < 2 {
		text += t.Muted.Render(" peak " + component.Number(st.PeakViewers))
	}
	return text
}

// health says how the platforms are, with reasons of so many cells at most, and
// how much needs a person.
func (m model) health(reason int, brief bool) string {
	t := m.desk.Theme
	if l := m.state.Link; !l.Up {
		text := t.Signs.Waiting + " looking for the desk"
		if l.Err != "" {
			text = fmt.Sprintf("%s no desk, trying again  %s", t.Signs.Failed, component.Length(m.now.Sub(l.Since)))
		}
		return t.Bad.Render(text)
	}
	needs := section.NeedYou(m.state.Waiting())
	if brief {
		needs = component.Number(m.state.Waiting())
	}
	text := m.platform("twitch", m.state.Twitch(), reason) + "  " + m.platform("spotify", m.state.Spotify(), reason)
	if m.state.Waiting() > 0 {
		text += "   " + t.Bad.Bold(true).Render(t.Signs.Needs+" "+needs)
	}
	return text
}

func (m model) platform(name string, p state.Platform, reason int) string {
	t := m.desk.Theme
	switch {
	case !p.Known:
		return t.Muted.Render(name + " " + t.Signs.Off)
	case p.OK:
		return t.Muted.Render(name+" ") + t.OK.Render(t.Signs.Done)
	}
	text := name + " " + t.Signs.Waiting
	if p.Short != "" && !slices.Contains(m.state.Outages(), p) { // that the banner says
		text += " " + component.Cut(p.Short, reason, t.Signs.Ellipsis)
	}
	return t.Warn.Render(text)
}
