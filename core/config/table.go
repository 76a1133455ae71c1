package config

import (
	"log/slog"
	"math"
	"slices"
	"time"
)

// Limits of Twitch's custom rewards.
const (
	maxTitle    = 45
	maxPrompt   = 200
	maxCooldown = 604800 // seconds: a week
)

// table is every setting there is, in the order they are shown.
var table = slices.Concat([]setting{
	text("data_dir", "", func(s *Settings) *string { return &s.DataDir }, directory,
		"Where the database and the logins live. Empty: the platform's directory for such data.").withFlag("data-dir"),
	text("addr", "127.0.0.1:7433", func(s *Settings) *string { return &s.Addr }, hostPort,
		"Where the local server listens, for the overlay, scripts and the Spotify login.").withFlag("addr"),
	boolean("allow_remote", false, func(s *Settings) *bool { return &s.AllowRemote },
		"Permit an addr that other machines can reach. They can then read everything but secrets."),
	boolean("keyring", true, func(s *Settings) *bool { return &s.Keyring },
		"Keep logins in the system's keyring where there is one; else in a file only you can read."),
	level("log_level", "info", func(s *Settings) *slog.Level { return &s.LogLevel },
		"debug, info, warn or error."),
	choice("catch_up", "process", func(s *Settings) *string { return &s.CatchUp },
		"Redemptions made while the desk was away, or Twitch was: process them, refund them, or ask you about each.", "process", "refund", "ask"),
	duration("catch_up_age", "30m", func(s *Settings) *time.Duration { return &s.CatchUpAge }, time.Minute, 30*24*time.Hour,
		"Older ones are refunded, whatever they were for, unless catch_up is ask."),

	text("twitch.client_id", "", func(s *Settings) *string { return &s.Twitch.ClientID }, word,
		"Client id of your Twitch app (dev.twitch.tv/console, client type Public)."),
	secret("twitch.client_secret", func(s *Settings) *Secret { return &s.Twitch.ClientSecret }, word,
		"Only for an app of client type Confidential. Better given as an environment variable."),
	text("twitch.auth_url", "https://id.twitch.tv/oauth2", func(s *Settings) *string { return &s.Twitch.AuthURL },
		baseURL("https://id.twitch.tv/oauth2", "https", "http"), "Twitch's login service."),
	text("twitch.helix_url", "https://api.twitch.tv/helix", func(s *Settings) *string { return &s.Twitch.HelixURL },
		baseURL("https://api.twitch.tv/helix", "https", "http"), "Twitch's API."),
	text("twitch.eventsub_url", "wss://eventsub.wss.twitch.tv/ws", func(s *Settings) *string { return &s.Twitch.EventSubURL },
		baseURL("wss://eventsub.wss.twitch.tv/ws", "wss", "ws"), "The whole address of Twitch's event websocket."),
	text("twitch.irc_url", "ircs://irc.chat.twitch.tv:6697", func(s *Settings) *string { return &s.Twitch.IRCURL }, ircURL,
		"Twitch's chat server: ircs with TLS, irc without."),
	number("twitch.keepalive", 10, func(s *Settings) *int { return &s.Twitch.Keepalive }, 10, 600,
		"Longest silence of the event websocket, in seconds. A dead connection is noticed five seconds later."),

	text("spotify.client_id", "", func(s *Settings) *string { return &s.Spotify.ClientID }, word,
		"Client id of your Spotify app (developer.spotify.com/dashboard)."),
	text("spotify.api_url", "https://api.spotify.com/v1", func(s *Settings) *string { return &s.Spotify.APIURL },
		baseURL("https://api.spotify.com/v1", "https", "http"), "Spotify's API."),
	text("spotify.accounts_url", "https://accounts.spotify.com", func(s *Settings) *string { return &s.Spotify.AccountsURL },
		baseURL("https://accounts.spotify.com", "https", "http"), "Spotify's login service."),

	text("reward.song.id", "", func(s *Settings) *string { return &s.Reward.Song.ID }, word,
		"Id of the reward for song requests. Empty: the one that reward setup made."),
	text("reward.song.title", "Song request", func(s *Settings) *string { return &s.Reward.Song.Title }, line(1, maxTitle),
		"What viewers see. Titles are unique in a channel.").atOnce(),
	number("reward.song.cost", 500, func(s *Settings) *int { return &s.Reward.Song.Cost }, 1, math.MaxInt32,
		"In channel points.").atOnce(),
	text("reward.song.prompt", "Paste the link of a Spotify track, or type artist and title.", func(s *Settings) *string { return &s.Reward.Song.Prompt },
		line(0, maxPrompt), "What viewers are asked to type.").atOnce(),
	text("reward.song.color", "", func(s *Settings) *string { return &s.Reward.Song.Color }, color,
		"Background, such as \"#00E5CB\". Empty: what Twitch has.").atOnce(),
	number("reward.song.cooldown", 0, func(s *Settings) *int { return &s.Reward.Song.Cooldown }, 0, maxCooldown,
		"Seconds until the next viewer can redeem; 0 is none. Twitch shows it from 60 on.").atOnce(),
	number("reward.song.max_per_stream", 0, func(s *Settings) *int { return &s.Reward.Song.MaxPerStream }, 0, math.MaxInt32,
		"How often all viewers together can redeem in a stream; 0 is no limit.").atOnce(),
	number("reward.song.max_per_viewer", 0, func(s *Settings) *int { return &s.Reward.Song.MaxPerViewer }, 0, math.MaxInt32,
		"How often one viewer can redeem in a stream; 0 is no limit.").atOnce(),
	text("reward.raffle.id", "", func(s *Settings) *string { return &s.Reward.Raffle.ID }, word,
		"Id of the reward for the keyboard raffle. Empty: the one that reward setup made."),
	text("reward.raffle.title", "Keyboard raffle", func(s *Settings) *string { return &s.Reward.Raffle.Title }, line(1, maxTitle),
		"What viewers see. Titles are unique in a channel.").atOnce(),
	number("reward.raffle.cost", 200, func(s *Settings) *int { return &s.Reward.Raffle.Cost }, 1, math.MaxInt32,
		"In channel points.").atOnce(),
	text("reward.raffle.prompt", "Roll a number from 1 to 10000. Hit the winning number and the keyboard is yours.",
		func(s *Settings) *string { return &s.Reward.Raffle.Prompt }, line(0, maxPrompt), "What viewers read before they roll.").atOnce(),
	text("reward.raffle.color", "", func(s *Settings) *string { return &s.Reward.Raffle.Color }, color,
		"Background, such as \"#00E5CB\". Empty: what Twitch has.").atOnce(),
	number("reward.raffle.cooldown", 0, func(s *Settings) *int { return &s.Reward.Raffle.Cooldown }, 0, maxCooldown,
		"Seconds until the next viewer can redeem; 0 is none. Twitch shows it from 60 on.").atOnce(),
	number("reward.raffle.max_per_stream", 0, func(s *Settings) *int { return &s.Reward.Raffle.MaxPerStream }, 0, math.MaxInt32,
		"How often all viewers together can redeem in a stream; 0 is no limit.").atOnce(),
	number("reward.raffle.max_per_viewer", 0, func(s *Settings) *int { return &s.Reward.Raffle.MaxPerViewer }, 0, math.MaxInt32,
		"How often one viewer can redeem in a stream; 0 is no limit.").atOnce(),
	boolean("reward.pause_offline", false, func(s *Settings) *bool { return &s.Reward.PauseOffline },
		"Pause both rewards while the stream is off, so that no points are taken."),
	boolean("reward.pause_closed", true, func(s *Settings) *bool { return &s.Reward.PauseClosed },
		"Pause the reward for songs while no requests are taken."),
}, atOnce([]setting{
	boolean("song.search", true, func(s *Settings) *bool { return &s.Song.Search },
		"Search for what viewers type in place of a link. Only a sure match is taken; else the points go back."),
	boolean("song.short_links", false, func(s *Settings) *bool { return &s.Song.ShortLinks },
		"Follow short links (spotify.link) to their track. This opens pages that viewers name, on Spotify's hosts only."),
	choice("song.handover", "next-up", func(s *Settings) *string { return &s.Song.Handover },
		"When requests go to Spotify's queue, which nobody can change. next-up: one at a time; those that wait can be moved and removed. immediate: in order, as they come.", "next-up", "immediate"),
	choice("song.order", "fifo", func(s *Settings) *string { return &s.Song.Order },
		"fifo: requests play in order of redemption. fair: viewers take turns, everybody's first request before anybody's second.",
		"fifo", "fair"),
	choice("song.fulfil", "handed-over", func(s *Settings) *string { return &s.Song.Fulfil },
		"When the points of a request are spent. handed-over: with the track in Spotify's queue; until then they can return. heard: once it was heard; a skip returns them. accepted: at once; they cannot return.", "handed-over", "heard", "accepted"),
	duration("song.unavailable_for", "2m", func(s *Settings) *time.Duration { return &s.Song.UnavailableFor }, 0, time.Hour,
		"How long a request whose turn has come waits while Spotify has no device, no login or no quota; then its points return."),
	choice("song.on_offline", "keep", func(s *Settings) *string { return &s.Song.OnOffline },
		"What becomes of unplayed requests when the stream ends. keep: they wait for the next one. refund: their points return, where they still can, once stream.resume_within is over.", "keep", "refund"),
}), atOnce(rules()), []setting{
	number("raffle.highest", 10_000, func(s *Settings) *int { return &s.Raffle.Highest }, 2, 1_000_000,
		"The numbers of the keyboard raffle are 1 to this. A change holds from the next stream on: it is promised when a stream begins."),

	duration("stream.resume_within", "2m", func(s *Settings) *time.Duration { return &s.Stream.ResumeWithin }, 0, time.Hour,
		"How soon a stream that broke off may come back and still continue its session: streaks and limits go on. 0s is never."),

	boolean("chat.enabled", true, func(s *Settings) *bool { return &s.Chat.Enabled },
		"Answer chat commands at all.").atOnce(),
	boolean("chat.raid_thanks", false, func(s *Settings) *bool { return &s.Chat.RaidThanks },
		"Say thank you in chat after a raid.").atOnce(),
	boolean("chat.raid_shoutout", false, func(s *Settings) *bool { return &s.Chat.RaidShoutout },
		"Give a raider's channel a shoutout. Twitch takes one in two minutes, and one to the same channel in an hour.").atOnce(),
	boolean("chat.achievements", true, func(s *Settings) *bool { return &s.Chat.Achievements },
		"Tell chat when a viewer unlocks an achievement.").atOnce(),
	choice("chat.source", SourceAuto, func(s *Settings) *string { return &s.Chat.Source },
		"How chat is read: auto is eventsub with the chat server (irc) beside it, which also tells who is here.",
		SourceAuto, SourceEventSub, SourceIRC),
	number("chat.rate", 60, func(s *Settings) *int { return &s.Chat.Rate }, 1, MaxChatRate,
		"Most messages the desk says in half a minute. Twitch lets a streamer say 100."),
	number("chat.skip_votes", 5, func(s *Settings) *int { return &s.Chat.Votes }, 1, 1000,
		"How many viewers it takes to skip what plays with !voteskip.").atOnce(),
}, commands(), sentences(), achievements())

// rowsOf is every setting that one of all has: those of the table, and those of
// the achievements that somebody added.
func rowsOf(all ...*Settings) []setting { return slices.Concat(table, ownAchievements(all...)) }

// find is the row of key.
func find(key string) (setting, bool) {
	for _, s := range table {
		if s.key == key {
			return s, true
		}
	}
	return ownAchievement(key)
}
