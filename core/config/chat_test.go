package config_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidestage/core/chat"
	"sidestage/core/config"
)

func TestCommandsAndSentencesAreSettings(t *testing.T) {
	l, _ := world{file: `
[chat.commands.song]
role = "subscriber"
cooldown = "1m30s"
aliases = ["music", "lied"]
[chat.commands.queue]
enabled = false
[chat.text]
nothing_playing = "{user}: silence."
queue_empty = ""
`}.must(t)
	uses := l.Chat.Uses()
	want := chat.Use{Enabled: true, Role: chat.Subscriber, Cooldown: 90 * time.Second, ViewerCooldown: 10 * time.Second, Aliases: []string{"music", "lied"}}
	if d := cmp.Diff(want, uses["song"]); d != "" {
		t.Error(d)
	}
	if uses["queue"].Enabled {
		t.Error("queue is still enabled")
	}
	texts := l.Chat.Texts()
	if got := texts.NothingPlaying("kai"); got != "kai: silence." {
		t.Error(got)
	}
	if got := texts.Queue("kai", nil); got != "" {
		t.Error(got)
	}
}

func TestABrokenCommandOrSentenceIsRefusedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"unknown command":     {"[chat.commands.songs]\nenabled = true\n", "FILE:2: chat.commands.songs.enabled: unknown key; did you mean chat.commands.song.enabled?"},
		"unknown key":         {"[chat.commands.song]\ncooldwn = \"3s\"\n", "FILE:2: chat.commands.song.cooldwn: unknown key; did you mean chat.commands.song.cooldown?"},
		"role":                {"[chat.commands.song]\n\nrole = \"mod\"\n", "FILE:3: chat.commands.song.role: expected broadcaster, moderator, vip, subscriber or everyone"},
		"cooldown":            {"chat.commands.song.cooldown = \"3\"", "FILE:1: chat.commands.song.cooldown: expected a length of time from 0s to 24h, such as 3s"},
		"negative":            {"chat.commands.song.viewer_cooldown = \"-3s\"", "expected a length of time"},
		"alias is no list":    {"chat.commands.song.aliases = \"np\"", "FILE:1: chat.commands.song.aliases: expected a list of texts in quotes, found text in quotes"},
		"alias of numbers":    {"chat.commands.song.aliases = [1]", "expected a list of texts in quotes, found a list"},
		"alias with a space":  {"chat.commands.song.aliases = [\"n p\"]", "FILE:1: chat.commands.song.aliases: the name of a command is 1…25"},
		"alias with a bang":   {"chat.commands.song.aliases = [\"!np\"]", "the name of a command"},
		"alias is a command":  {"chat.commands.song.aliases = [\"queue\"]", "FILE:1: chat.commands.song.aliases: !queue is the command queue already"},
		"alias of another":    {"chat.commands.queue.aliases = [\"np\"]", "FILE:1: chat.commands.queue.aliases: !np is the command song already"},
		"unknown sentence":    {"chat.text.acceptd = \"x\"", "FILE:1: chat.text.acceptd: unknown key; did you mean chat.text.accepted?"},
		"unknown placeholder": {"[chat.text]\nnothing_playing = \"{usr} nothing\"", "FILE:2: chat.text.nothing_playing: there is no placeholder {usr} here, only {user}"},
		"foreign placeholder": {"chat.text.nothing_playing = \"{song}\"", "there is no placeholder {song} here"},
		"open brace":          {"chat.text.nothing_playing = \"{user\"", "FILE:1: chat.text.nothing_playing: a '{' belongs to no {placeholder}"},
		"two lines":           {`chat.text.nothing_playing = "a\nb"`, "expected one line of text"},
		"too long":            {"chat.text.now_playing = \"{song} {song} {song} {song}\"", "is the most"},
	} {
		t.Run(name, func(t *testing.T) { _ = world{file: c.file}.refused(t, c.want) })
	}
}

func TestReadingAgainAppliesWhatCanBeAppliedAndNamesTheRest(t *testing.T) {
	before, _ := world{file: "addr = \"127.0.0.1:1\"\n[chat.text]\nqueue_empty = \"{user} empty.\"\n"}.must(t)
	after, _ := world{file: `
addr = "127.0.0.1:2"
[chat]
enabled = false
[chat.commands.song]
aliases = []
[chat.text]
nothing_playing = "{user} hush."
[reward.song]
id = "w7"
`}.must(t)
	after.DataDir = before.DataDir
	now, applied, restart := config.Again(before.Settings, after.Settings)
	slices.Sort(applied)
	if d := cmp.Diff([]string{"chat.commands.song.aliases", "chat.enabled", "chat.text.nothing_playing", "chat.text.queue_empty"}, applied); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"addr", "reward.song.id"}, restart); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(after.Chat, now.Chat); d != "" {
		t.Error(d)
	}
	now.Chat = before.Chat
	if d := cmp.Diff(before.Settings, now); d != "" {
		t.Error(d)
	}
}
