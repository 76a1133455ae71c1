package spotify_test

import (
	"regexp"
	"strings"
	"testing"

	"sidestage/core"
	"sidestage/core/spotify"
)

const (
	id    = "4iV5W9uYEdYUVa79Axb7Rh"
	other = "11dFghVXANMlKmJXsNCbNl"
)

// tracks are texts with the track id in them.
var tracks = []string{
	"https://open.spotify.com/track/" + id,
	"https://open.spotify.com/track/" + id + "?si=0123456789abcdef&context=spotify%3Aplaylist%3A" + other,
	"https://open.spotify.com/track/" + id + "#0:30",
	"https://open.spotify.com/track/" + id + "/",
	"https://open.spotify.com/intl-de/track/" + id + "?si=x",
	"https://open.spotify.com/intl-pt-BR/track/" + id,
	"https://open.spotify.com/intl-es-419/track/" + id,
	"https://open.spotify.com/embed/track/" + id + "?utm_source=generator",
	"https://play.spotify.com/track/" + id,
	"http://open.spotify.com/track/" + id,
	"open.spotify.com/track/" + id,
	"HTTPS://OPEN.SPOTIFY.COM/track/" + id,
	"Open.Spotify.Com/Track/" + id,
	"spotify:track:" + id,
	"Spotify:Track:" + id,
	"spotify:track:" + id + "?si=x",
	"spotify://track/" + id,
	"spotify://track/" + id + "/",
	"spotify:https://open.spotify.com/track/" + id,
	// wrapped
	"<https://open.spotify.com/track/" + id + ">",
	"(https://open.spotify.com/track/" + id + ")",
	"[this one](https://open.spotify.com/track/" + id + ")",
	"\"https://open.spotify.com/track/" + id + "\"",
	"**spotify:track:" + id + "**",
	"“spotify:track:" + id + "”",
	// followed
	"https://open.spotify.com/track/" + id + ".",
	"https://open.spotify.com/track/" + id + "...",
	"https://open.spotify.com/track/" + id + "/.",
	"https://open.spotify.com/track/" + id + ", please!",
	"spotify:track:" + id + ".",
	"spotify:track:" + id + "!!!",
	"https://open.spotify.com/track/" + id + "谢谢",
	// invisible
	"https://open.spotify.com/track/" + id + "\U000E0000",
	"https://open.spotify.com/track/" + id + " \U000E0000",
	"https://open.spotify.com/track/" + id + "\u200b\u200d\ufeff",
	"\u2066https://open.spotify.com/track/" + id + "\u2069",
	"\u202aspotify:track:" + id + "\u202c",
	"https://open.\u200bspotify.com/track/" + id,
	"https://open.spotify.com/track/" + id + "\U000E0067\U000E007F",
	// among other things
	"hey, play https://open.spotify.com/track/" + id + " for me",
	"点歌https://open.spotify.com/track/" + id,
	"song:https://open.spotify.com/track/" + id,
	"song:spotify:track:" + id,
	"On Spotify: https://open.spotify.com/track/" + id,
	"line one\nhttps://open.spotify.com/track/" + id + "\nline three",
	"https://open.spotify.com/album/" + other + " https://open.spotify.com/track/" + id,
	"spotify:playlist:" + other + ",spotify:track:" + id,
	"https://spotify.link/AbCdEf https://open.spotify.com/track/" + id,
	"https://evil.tld/album/ https://open.spotify.com/track/" + id,
	"https://open.spotify.com/track/" + id + " https://open.spotify.com/track/" + other,
	"spotify:track:" + id + ";spotify:track:" + other,
	"spotify:track:tooShort spotify:track:" + id,
	other + " spotify:track:" + id,
	"\xff\xfe spotify:track:" + id + "\x00\x01",
	"spotify:track:" + id + " " + strings.Repeat("very ", 10_000),
}

func TestATrackIsFoundInEveryFormOfLink(t *testing.T) {
	for _, text := range tracks {
		got, err := spotify.ParseLink(text)
		if err != nil || got != (spotify.Link{ID: id}) {
			t.Errorf("ParseLink(%.120q) = %+v, %v", text, got, err)
		}
	}
}

func TestALoneWordOfTheRightFormIsBare(t *testing.T) {
	for _, text := range []string{id, "  " + id + "\n", "<" + id + ">", id + " \U000E0000", "(" + id + ")."} {
		got, err := spotify.ParseLink(text)
		if err != nil || got != (spotify.Link{ID: id, Bare: true}) {
			t.Errorf("ParseLink(%q) = %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"play " + id, id + " " + id, id[1:], id + "x", "%" + id, "../" + id, "track/" + id} {
		if got, err := spotify.ParseLink(text); core.ReasonOf(err) != "no-link" {
			t.Errorf("ParseLink(%q) = %+v, %v", text, got, err)
		}
	}
}

const web = "https://open.spotify.com/"

// noTracks are texts without a track, and what they are instead.
var noTracks = []struct{ text, reason string }{
	{"", "empty"},
	{" \t\n", "empty"},
	{"\U000E0000\u200b", "empty"},
	{"<>", "empty"},
	{"never gonna give you up", "no-link"},
	{"I love spotify: it is great", "no-link"},
	{"https://www.youtube.com/watch?v=dQw4w9WgXcQ", "no-link"},
	{strings.Repeat("x", 10_000), "no-link"},
	{strings.Repeat(" ", 10_000) + "spotify:track:" + id, "no-link"},

	{web + "album/" + id + "?highlight=spotify:track:" + other, "album"},
	{web + "intl-de/album/" + id, "album"},
	{web + "embed/album/" + id, "album"},
	{"spotify:album:" + id, "album"},
	{"spotify://album/" + id, "album"},
	{web + "playlist/" + id, "playlist"},
	{web + "user/some.body/playlist/" + id, "playlist"},
	{"spotify:user:somebody:playlist:" + id, "playlist"},
	{web + "artist/" + id, "artist"},
	{"spotify:artist:" + id, "artist"},
	{web + "show/" + id, "show"},
	{web + "episode/" + id + "?si=x", "episode"},
	{"spotify:episode:" + id, "episode"},
	{web + "audiobook/" + id, "audiobook"},
	{web + "chapter/" + id, "chapter"},
	{"spotify:local:Some+Body:Album:Song:200", "local-file"},
	{web + "local/x/y/z/200", "local-file"},
	{web + "prerelease/" + id, "prerelease"},
	{web + "user/somebody", "user"},
	{"spotify:user:somebody", "user"},
	{web + "artist/" + id + " " + web + "album/" + id, "artist"},
	{"nice " + web + "album/" + id + " isn't it", "album"},

	{"https://spotify.link/AbCdEfGhIj", "short-link"},
	{"spotify.link/AbCdEfGhIj", "short-link"},
	{"https://spotify.app.link/AbCdEfGhIj?_p=x", "short-link"},
	{"https://spoti.fi/3xYzAbC", "short-link"},
	{web + "s/AbCdEfG", "short-link"},

	{web, "bad-link"},
	{web + "track", "bad-link"},
	{web + "track/", "bad-link"},
	{web + "search/track", "bad-link"},
	{web + "collection/tracks", "bad-link"},
	{web + "track/" + id[1:], "bad-link"},
	{web + "track/" + id + "x", "bad-link"},
	{web + "track/" + id + "/x", "bad-link"},
	{web + "track/" + id + "/../../album/" + id, "bad-link"},
	{web + "track/" + id + "/..", "bad-link"},
	{web + "track/../track/" + id, "bad-link"},
	{web + "../track/" + id, "bad-link"},
	{web + "/track/" + id, "bad-link"},
	{web + "track/%34" + id[1:], "bad-link"},
	{web + "track%2F" + id, "bad-link"},
	{web + "%74rack/" + id, "bad-link"},
	{web + "track/" + id + "%00", "bad-link"},
	{web + "track/" + id + "@evil.tld", "bad-link"},
	{"spotify:track:" + id + ":x", "bad-link"},
	{"spotify:track:", "bad-link"},
	{"spotify:empty:" + id, "bad-link"},
	{"spotify:short-link:" + id, "bad-link"},
	{"https://accounts.spotify.com/track/" + id, "bad-link"},
	{"https://open.spotify.com.evil.tld/track/" + id, "bad-link"},
	{"open.spotify.com.evil.tld/track/" + id, "bad-link"},
	{"https://open.spotify.com./track/" + id, "bad-link"},
	{"https://open.spotify.com@evil.tld/track/" + id, "bad-link"},
	{"https://user:pw@open.spotify.com/track/" + id, "bad-link"},
	{"https://evil.tld@open.spotify.com/track/" + id, "bad-link"},
	{"https://open.spotify.com:443/track/" + id, "bad-link"},
	{"open.spotify.com:8443/track/" + id, "bad-link"},
	{"https://open%2espotify.com/track/" + id, "bad-link"},
	{`https://open.spotify.com\@evil.tld/track/` + id, "bad-link"},
	{"https://open.spotify.com?/track/" + id, "bad-link"},
	{"https://notopen.spotify.com/track/" + id, "bad-link"},

	{"notopen.spotify.com/track/" + id, "no-link"},
	{"evil-open.spotify.com/track/" + id, "no-link"},
	{"user@open.spotify.com/track/" + id, "no-link"},
	{"ftp://open.spotify.com/track/" + id, "no-link"},
	{"https://evil.tld/open.spotify.com/track/" + id, "no-link"},
	{"https://evil.tld/?u=https://open.spotify.com/track/" + id, "no-link"},
	{"evil.tld/?u=https://open.spotify.com/track/" + id, "no-link"},
	{"https://evil.tld/#spotify:track:" + id, "no-link"},
	{"https://evil.tld?open.spotify.com/track/" + id, "no-link"},
	{"notspotify:track:" + id, "no-link"},
	{"https://open.sp\u043etify.com/track/" + id, "no-link"}, // a Cyrillic o
	{"\u0435open.spotify.com/track/" + id, "no-link"},
}

func TestWhatIsNoTrackIsRefusedByName(t *testing.T) {
	for _, v := range noTracks {
		got, err := spotify.ParseLink(v.text)
		if core.KindOf(err) != core.Invalid || core.ReasonOf(err) != v.reason {
			t.Errorf("ParseLink(%.120q) = %+v, %v (reason %q), want %q", v.text, got, err, core.ReasonOf(err), v.reason)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	for _, s := range []string{
		"", id, "spotify:track:" + id, "https://open.spotify.com/track/" + id + "?si=x",
		"https://open.spotify.com@evil.tld/track/" + id, "open.spotify.com:1/../", "spotify:", "\xffspotify://",
		"https://open.spotify.com/intl-de/", "spotify:https://", "\U000E0000", "embed/s/",
	} {
		f.Add(s)
	}
	form := regexp.MustCompile(`^[0-9A-Za-z]{22}$`)
	f.Fuzz(func(t *testing.T, noise string) {
		alone, err := spotify.ParseLink(noise)
		if (err == nil) != form.MatchString(alone.ID) {
			t.Fatalf("ParseLink(%q) = %+v, %v", noise, alone, err)
		}
		if err != nil && (core.KindOf(err) != core.Invalid || core.ReasonOf(err) == "") {
			t.Fatalf("ParseLink(%q): %v has no reason", noise, err)
		}
		if len(noise) > 1000 {
			return
		}
		// A link beside noise is found, unless the noise brings its own.
		want := id
		if err == nil && !alone.Bare {
			want = alone.ID
		}
		got, err := spotify.ParseLink(noise + " spotify:track:" + id + " " + noise)
		if err != nil || got != (spotify.Link{ID: want}) {
			t.Fatalf("beside %q: %+v, %v", noise, got, err)
		}
	})
}
