package component

import (
	"fmt"
	"strconv"
	"time"
)

// Length is a duration as players write it: 3:41, 1:02:03.
func Length(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// HoursMinutes is a long time as a clock writes it: 1:42 for an hour and 42
// minutes.
func HoursMinutes(d time.Duration) string {
	m := int(max(d, 0) / time.Minute)
	return fmt.Sprintf("%d:%02d", m/60, m%60)
}

// Minutes is a time in words: 19 min, 2 h 5 min; at least a minute.
func Minutes(d time.Duration) string {
	m := max(int(max(d, 0).Round(time.Minute)/time.Minute), 1)
	if m >= 60 {
		return fmt.Sprintf("%d h %d min", m/60, m%60)
	}
	return fmt.Sprintf("%d min", m)
}

// Wait is an estimate: ~12 min, ~2 h, at least a minute.
func Wait(d time.Duration) string {
	m := max(int(max(d, 0).Round(time.Minute)/time.Minute), 1)
	if m >= 100 {
		return fmt.Sprintf("~%d h", (m+30)/60)
	}
	return fmt.Sprintf("~%d min", m)
}

// Ago is how long something is past: just now, 6 minutes ago.
func Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < 2*time.Minute:
		return "a minute ago"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", int(d/time.Hour))
	}
	return fmt.Sprintf("%d days ago", int(d/(24*time.Hour)))
}

// Took is a short time measured: 12 ms, 0.3 s, then as Length.
func Took(d time.Duration) string {
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", max(d, 0).Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", max(d, 0).Seconds())
	}
	return Length(d)
}

// Clock is the time of day: 21:04.
func Clock(t time.Time) string { return stamp(t, "15:04") }

// When is the time of day of something since yesterday, and of what is older how
// many days it is past: 21:04, 3 d.
func When(t, now time.Time) string {
	if past := now.Sub(t); past >= 24*time.Hour && !t.IsZero() {
		return fmt.Sprintf("%d d", int(past/(24*time.Hour)))
	}
	return Clock(t)
}

// ClockSeconds is the time of day to the second.
func ClockSeconds(t time.Time) string { return stamp(t, "15:04:05") }

func stamp(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(layout)
}

// Number groups the digits of a number: 4 211.
func Number(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
