package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/core/config"
)

// world is an environment and a settings file for one Load.
type world struct {
	env   map[string]string
	flags map[string]string
	file  string
}

// load writes the file, if any, and loads. It returns the file's path too.
func (w world) load(t *testing.T) (*config.Loaded, string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	env := map[string]string{"HOME": t.TempDir(), "AppData": t.TempDir(), "LocalAppData": t.TempDir()}
	maps.Copy(env, w.env)
	if w.file != "" {
		if err := os.WriteFile(path, []byte(w.file), 0o600); err != nil {
			t.Fatal(err)
		}
		env["SIDESTAGE_CONFIG"] = path
	}
	l, err := config.Load(config.Sources{
		Env:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Flags: w.flags,
	})
	return l, path, err
}

func (w world) must(t *testing.T) (*config.Loaded, string) {
	t.Helper()
	l, path, err := w.load(t)
	if err != nil {
		t.Fatal(err)
	}
	return l, path
}

// refused expects an error that says each of wants, in which FILE stands for the
// file's path.
func (w world) refused(t *testing.T, wants ...string) error {
	t.Helper()
	_, path, err := w.load(t)
	if core.KindOf(err) != core.Invalid {
		t.Fatalf("%v is %v, want an error of kind invalid", err, core.KindOf(err))
	}
	for _, want := range wants {
		if want = strings.ReplaceAll(want, "FILE", path); !strings.Contains(err.Error(), want) {
			t.Errorf("%q\ndoes not say %q", err, want)
		}
	}
	return err
}

func TestWithoutAnySourceTheDefaultsHold(t *testing.T) {
	l, _ := world{}.must(t)
	if !filepath.IsAbs(l.DataDir) {
		t.Errorf("data directory %q is not absolute", l.DataDir)
	}
	want := config.Settings{
		DataDir:  l.DataDir,
		Addr:     "127.0.0.1:7433",
		Keyring:  true,
		LogLevel: slog.LevelInfo,
		Twitch: config.Twitch{
			AuthURL: "https://id.twitch.tv/oauth2", HelixURL: "https://api.twitch.tv/helix",
			EventSubURL: "wss://eventsub.wss.twitch.tv/ws", IRCURL: "ircs://irc.chat.twitch.tv:6697", Keepalive: 10,
		},
		Spotify: config.Spotify{APIURL: "https://api.spotify.com/v1", AccountsURL: "https://accounts.spotify.com"},
		Reward: config.Rewards{
			Song:        config.Reward{Title: "Song request", Cost: 500, Prompt: l.Reward.Song.Prompt},
			Raffle:      config.Reward{Title: "Keyboard raffle", Cost: 200, Prompt: l.Reward.Raffle.Prompt},
			PauseClosed: true,
		},
		Song: config.Song{
			Search: true, Rules: defaultRules(), Handover: "next-up", Order: "fifo", Fulfil: "handed-over", UnavailableFor: 2 * time.Minute, OnOffline: "keep",
		},
		Stream:  config.Stream{ResumeWithin: 2 * time.Minute},
		Chat:    config.Chat{Enabled: true, Rate: 60, Source: config.SourceAuto, Votes: 5, Achievements: true, Commands: map[string]*chat.Use{}},
		CatchUp: "process", CatchUpAge: 30 * time.Minute,
		Raffle: config.Raffle{Highest: 10_000},
	}
	for _, b := range chat.Builtins() {
		want.Chat.Commands[b.Name] = &b.Use
	}
	want.Achievements = l.Achievements // those that come with the program: see TestThirteenAchievementsComeWithTheProgram
	if d := cmp.Diff(want, l.Settings, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	if len(l.Warnings) != 0 {
		t.Errorf("the defaults give warnings: %q", l.Warnings)
	}
}

func TestTheTemplateLoadsBackToTheDefaults(t *testing.T) {
	plain, _ := world{}.must(t)
	l, path := world{file: config.Template()}.must(t)
	plain.DataDir = l.DataDir // each world has a home of its own
	if d := cmp.Diff(plain.Settings, l.Settings); d != "" {
		t.Error(d)
	}
	for _, e := range l.Entries() {
		if e.Source != config.File || !strings.HasPrefix(e.Where, path+":") {
			t.Errorf("%s is not in the template: it comes from %+v", e.Key, e.Origin)
		}
		if e.Doc == "" {
			t.Errorf("%s is not explained", e.Key)
		}
	}
}

func TestLaterSourcesWin(t *testing.T) {
	w := world{file: "addr = \"127.0.0.1:1\"\n"}
	l, path := w.must(t)
	check := func(l *config.Loaded, addr string, from config.Origin) {
		t.Helper()
		if l.Addr != addr {
			t.Errorf("addr %q, want %q", l.Addr, addr)
		}
		if d := cmp.Diff(from, l.Origin("addr")); d != "" {
			t.Error(d)
		}
	}
	check(l, "127.0.0.1:1", config.Origin{Source: config.File, Where: path + ":1"})
	w.env = map[string]string{"SIDESTAGE_ADDR": "127.0.0.1:2"}
	l, _ = w.must(t)
	check(l, "127.0.0.1:2", config.Origin{Source: config.Environment, Where: "SIDESTAGE_ADDR"})
	w.flags = map[string]string{"addr": "127.0.0.1:3"}
	l, _ = w.must(t)
	check(l, "127.0.0.1:3", config.Origin{Source: config.Flag, Where: "--addr"})
	w.env["SIDESTAGE_ADDR"], w.flags = "", nil
	l, path = w.must(t)
	check(l, "127.0.0.1:1", config.Origin{Source: config.File, Where: path + ":1"})
}

// defaultRules spare the streamer, and demand what no request should miss.
func defaultRules() config.Rules {
	const me = "broadcaster"
	on, n, d := config.Rule[bool]{Exempt: me}, config.Rule[int]{Exempt: me}, config.Rule[time.Duration]{Exempt: me}
	r := config.Rules{
		OnlyLive: on, QueueMax: n, ViewerMax: n, SessionMax: n, InRowMax: n, Cooldown: d, MinLength: d, MaxLength: d,
		NoExplicit: on, NoRepeats: on, PlayedWithin: d, ClosedExempt: me, BlocksExempt: me, Playable: config.Rule[bool]{Value: true, Exempt: "nobody"},
	}
	r.QueueMax.Value, r.MaxLength.Value = 100, 15*time.Minute
	return r
}

func TestEverySettingCanComeFromTheEnvironment(t *testing.T) {
	l, _ := world{}.must(t)
	before := l.Entries()
	texts := map[string]string{} // by variable
	for i, e := range before {
		if strings.HasPrefix(e.Key, "achievements.") && e.Key != "achievements.roll_25.threshold" {
			continue // one stands for all: many contradict the others when they change alone
		}
		texts[e.Env] = another(t, i, e)
	}
	// Of any two settings one is changed without the other in some round.
	for bit := 1; bit <= len(before); bit <<= 1 {
		env := map[string]string{}
		for i, e := range before {
			if text, one := texts[e.Env]; one && (i+1)&bit != 0 {
				env[e.Env] = text
			}
		}
		got, _ := world{env: env}.must(t)
		for i, now := range got.Entries() {
			text, set := env[now.Env]
			if now.Key == "twitch.client_secret" {
				text = config.NewSecret(text).String()
			}
			switch {
			case now.Key != before[i].Key:
				t.Fatalf("%s became %s", before[i].Key, now.Key)
			case set && (value(now) != text || now.Where != now.Env):
				t.Errorf("%s=%s gives %v from %q", now.Env, text, now.Value, now.Where)
			case !set && now.Key != "data_dir" && !reflect.DeepEqual(now.Value, before[i].Value):
				t.Errorf("%s changed to %v, and nobody set it", now.Key, now.Value)
			}
		}
	}
}

// another is a text that changes a setting, the nth.
func another(t *testing.T, nth int, e config.Entry) string {
	t.Helper()
	other := map[string]string{
		"data_dir": t.TempDir(), "addr": "[::1]:0", "allow_remote": "true", "log_level": "debug",
		"twitch.irc_url": "irc://127.0.0.1:6667", "twitch.eventsub_url": "ws://127.0.0.1:8080/ws",
		"twitch.keepalive": "30", "catch_up": "ask", "chat.source": "irc", "catch_up_age": "2h",
		"song.handover": "immediate", "song.order": "fair", "song.fulfil": "heard", "song.unavailable_for": "5m", "song.on_offline": "refund",
		"stream.resume_within": "1m30s",
		"reward.song.color":    "#00E5CB", "reward.raffle.color": "#FF00AA",
	}
	endings := map[string]string{"_url": "http://127.0.0.1:8080/mock", "cooldown": "7s", "_exempt": "vip", "_length": "8s", "_within": "9s", ".role": "vip"}
	if text, known := other[e.Key]; known {
		return text
	}
	switch e.Value.(type) {
	case int:
		return "7"
	case bool:
		return strconv.FormatBool(e.Value != true)
	}
	for ending, good := range endings {
		if strings.HasSuffix(e.Key, ending) {
			return good
		}
	}
	return "another" + strconv.Itoa(nth) // names must differ
}

// value is a setting's as a variable holds it.
func value(e config.Entry) string {
	if all, ok := e.Value.([]string); ok {
		return strings.Join(all, ",")
	}
	return fmt.Sprint(e.Value)
}

func TestWrongSettingsSayWhereAndWhatWasExpected(t *testing.T) {
	for name, c := range map[string]struct {
		world
		want []string // FILE stands for the file's path
	}{
		"unknown key":        {world{file: "\n[twitch]\nclient_idd = \"x\"\n"}, []string{`FILE:3: twitch.client_idd: unknown key; did you mean twitch.client_id?`}},
		"forgotten table":    {world{file: "client_secret = \"x\"\n"}, []string{`FILE:1: client_secret: unknown key; did you mean twitch.client_secret?`}},
		"unknown table":      {world{file: "[moon]\n"}, []string{`FILE:1: moon: unknown key`}},
		"unknown below":      {world{file: "twitch = { moon = { phase = 1 } }"}, []string{`FILE:1: twitch.moon: unknown key`, `FILE:1: twitch.moon.phase: unknown key`}},
		"quoted dots":        {world{file: `"twitch.client_id" = "x"`}, []string{`FILE:1: "twitch.client_id": unknown key; did you mean twitch.client_id?`}},
		"text for number":    {world{file: "reward.song.cost = \"5\""}, []string{`FILE:1: reward.song.cost: expected a whole number, found text in quotes`}},
		"fraction":           {world{file: "reward.song.cost = 5.0"}, []string{`FILE:1: reward.song.cost: expected a whole number, found a number with a fraction`}},
		"number for text":    {world{file: "addr = 7433"}, []string{`FILE:1: addr: expected text in quotes, found a whole number`}},
		"text for bool":      {world{file: "chat.enabled = \"on\""}, []string{`FILE:1: chat.enabled: expected true or false, found text in quotes`}},
		"date":               {world{file: "addr = 2026-01-01"}, []string{`FILE:1: addr: expected text in quotes, found a date or a time`}},
		"table for setting":  {world{file: "[addr]\n"}, []string{`FILE:1: addr: expected text in quotes, found a table`}},
		"setting for table":  {world{file: "twitch = \"x\"\n"}, []string{`FILE:1: twitch: expected a table, found text in quotes`}},
		"list of tables":     {world{file: "[[twitch]]\n"}, []string{`FILE:1: twitch: expected a table, found a list of tables`}},
		"all at once":        {world{file: "x = 1\nlog_level = \"loud\"\n"}, []string{`2 settings are wrong:`, `FILE:1: x: unknown key`, `FILE:2: log_level: expected debug, info, warn or error`}},
		"broken":             {world{file: "addr = \"127.0.0.1:1\"\nlog_level = yes\n"}, []string{`FILE:2:13: `}},
		"twice":              {world{file: "addr = \"127.0.0.1:1\"\naddr = \"127.0.0.1:1\"\n"}, []string{`FILE:2:1: `}},
		"relative directory": {world{file: "data_dir = \"here\""}, []string{`FILE:1: data_dir: expected an absolute path`}},
		"no port":            {world{file: "addr = \"127.0.0.1\""}, []string{`FILE:1: addr: expected host:port`}},
		"large port":         {world{flags: map[string]string{"addr": "127.0.0.1:70000"}}, []string{`--addr: addr: expected host:port`}},
		"all interfaces":     {world{flags: map[string]string{"addr": ":7433"}}, []string{`--addr: addr: other machines can reach :7433; set allow_remote = true`}},
		"named host":         {world{env: map[string]string{"SIDESTAGE_ADDR": "desk:1"}}, []string{`SIDESTAGE_ADDR: addr: other machines can reach desk:1`}},
		"empty flag":         {world{flags: map[string]string{"data-dir": ""}}, []string{`--data-dir: data_dir: is empty`}},
		"empty config flag":  {world{flags: map[string]string{"config": ""}}, []string{`--config: is empty`}},
		"scheme":             {world{env: map[string]string{"SIDESTAGE_TWITCH_HELIX_URL": "ftp://x"}}, []string{`SIDESTAGE_TWITCH_HELIX_URL: twitch.helix_url: expected https:// or http://, such as https://api.twitch.tv/helix`}},
		"no host":            {world{env: map[string]string{"SIDESTAGE_SPOTIFY_API_URL": "https:///v1"}}, []string{`SIDESTAGE_SPOTIFY_API_URL: spotify.api_url: expected https://`}},
		"query":              {world{env: map[string]string{"SIDESTAGE_TWITCH_EVENTSUB_URL": "wss://x/ws?a=b"}}, []string{`expected wss:// or ws://`}},
		"http for websocket": {world{env: map[string]string{"SIDESTAGE_TWITCH_EVENTSUB_URL": "https://x/ws"}}, []string{`expected wss:// or ws://`}},
		"irc without port":   {world{env: map[string]string{"SIDESTAGE_TWITCH_IRC_URL": "ircs://x"}}, []string{`expected a host and a port and no path`}},
		"irc with path":      {world{env: map[string]string{"SIDESTAGE_TWITCH_IRC_URL": "ircs://x:1/y"}}, []string{`expected a host and a port and no path`}},
		"cost of nothing":    {world{file: "reward.raffle.cost = 0"}, []string{`FILE:1: reward.raffle.cost: expected a whole number from 1 to`}},
		"long title":         {world{file: "reward.song.title = \"" + strings.Repeat("ö", 46) + "\""}, []string{`FILE:1: reward.song.title: expected one line of 1 to 45 characters`}},
		"two lines":          {world{file: `reward.song.prompt = "a\nb"`}, []string{`FILE:1: reward.song.prompt: expected one line`}},
		"same titles":        {world{file: `reward.song.title = "keyboard RAFFLE"`}, []string{`default: reward.raffle.title: two rewards`}},
		"client id":          {world{file: `twitch.client_id = "a b"`}, []string{`FILE:1: twitch.client_id: expected only letters`}},
		"wrong role":         {world{file: "song.rules.cooldown_exempt = \"mods\""}, []string{`FILE:1: song.rules.cooldown_exempt: expected one of nobody, broadcaster, moderator`}},
		"endless cooldown":   {world{file: "song.rules.cooldown = \"48h\""}, []string{`FILE:1: song.rules.cooldown: expected a length of time from 0s to 24h`}},
		"negative queue":     {world{file: "song.rules.queue_max = -1"}, []string{`FILE:1: song.rules.queue_max: expected a whole number from 0 to`}},
		"unknown rule":       {world{file: "song.rules.queue_maxx = 1"}, []string{`FILE:1: song.rules.queue_maxx: unknown key; did you mean song.rules.queue_max?`}},
		"missing file":       {world{flags: map[string]string{"config": "no-such-file.toml"}}, []string{`no-such-file.toml: `}},
		"file is large":      {world{file: strings.Repeat("#", 65<<10)}, []string{`FILE: the file is larger than 64 KiB`}},
		"no home":            {world{env: map[string]string{"HOME": "", "LocalAppData": ""}}, []string{`give --data-dir or SIDESTAGE_DATA_DIR`}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.refused(t, c.want...)
			if n := strings.Count(err.Error(), "\n"); n != max(0, len(c.want)-1) && name != "unknown below" {
				t.Errorf("%d lines in %q", n+1, err)
			}
		})
	}
}

func TestAProblemIsOneLineWithItsPlace(t *testing.T) {
	_, path, err := world{file: "\nmoon = 1\n"}.load(t)
	var wrong *config.Error
	if !errors.As(err, &wrong) {
		t.Fatalf("%T is not an *Error", err)
	}
	want := []config.Problem{{Where: path + ":2", Key: "moon", Message: "unknown key"}}
	if d := cmp.Diff(want, wrong.Problems); d != "" {
		t.Error(d)
	}
}

func TestValuesAreNormalised(t *testing.T) {
	l, _ := world{file: `
data_dir = "/var//lib/sidestage/"
[twitch]
helix_url = "HTTP://127.0.0.1:8080/mock/"
[reward.song]
title = "  Wish  "
cost = 1_000
`}.must(t)
	if l.DataDir != filepath.Clean("/var/lib/sidestage") || l.Twitch.HelixURL != "http://127.0.0.1:8080/mock" ||
		l.Reward.Song.Title != "Wish" || l.Reward.Song.Cost != 1000 {
		t.Errorf("%+v", l.Settings)
	}
}

func TestADirectoryOnTheCommandLineMayBeRelative(t *testing.T) {
	l, _ := world{flags: map[string]string{"data-dir": "here"}}.must(t)
	if want, _ := filepath.Abs("here"); l.DataDir != want {
		t.Errorf("%q, want %q", l.DataDir, want)
	}
}

func TestAByteOrderMarkAndWindowsLinesAreRead(t *testing.T) {
	l, path := world{file: "\ufeff# hello\r\naddr = \"127.0.0.1:1\"\r\n"}.must(t)
	if l.Addr != "127.0.0.1:1" || l.Origin("addr").Where != path+":2" {
		t.Errorf("%q from %+v", l.Addr, l.Origin("addr"))
	}
}

func TestWhatIsRiskyGivesAWarning(t *testing.T) {
	for name, c := range map[string]struct {
		world
		want string
	}{
		"remote":   {world{env: map[string]string{"SIDESTAGE_ADDR": "0.0.0.0:1", "SIDESTAGE_ALLOW_REMOTE": "true"}}, "other machines can reach addr 0.0.0.0:1"},
		"in clear": {world{env: map[string]string{"SIDESTAGE_TWITCH_HELIX_URL": "http://mock/helix"}}, "twitch.helix_url: what is sent to http://mock/helix can be read on the way"},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := c.must(t)
			if len(l.Warnings) != 1 || !strings.Contains(l.Warnings[0], c.want) {
				t.Errorf("warnings %q, want one with %q", l.Warnings, c.want)
			}
		})
	}
	l, _ := world{env: map[string]string{"SIDESTAGE_TWITCH_HELIX_URL": "http://[::1]:1", "SIDESTAGE_ADDR": "localhost:1"}}.must(t)
	if len(l.Warnings) != 0 {
		t.Errorf("loopback gives warnings: %q", l.Warnings)
	}
}

func TestTheSecretIsNeverShown(t *testing.T) {
	const hidden = "tops3cret"
	l, _ := world{env: map[string]string{"SIDESTAGE_TWITCH_CLIENT_SECRET": hidden}}.must(t)
	if l.Twitch.ClientSecret.Reveal() != hidden {
		t.Fatal("the secret is lost")
	}
	wrapped := struct{ inner config.Settings }{l.Settings}
	asJSON, err := json.Marshal(l.Settings)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "secret", l.Twitch.ClientSecret, "all", l.Settings)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&logged, verb+verb+verb, l.Settings, wrapped, l.Twitch.ClientSecret)
	}
	fmt.Fprint(&logged, string(asJSON), l.Entries())
	if strings.Contains(logged.String(), hidden) || strings.Contains(logged.String(), fmt.Sprintf("%x", hidden)) {
		t.Error("the secret is shown")
	}
	_, _, err = world{file: "twitch.client_secret = \"" + hidden + " x\""}.load(t)
	if err == nil || strings.Contains(err.Error(), hidden) {
		t.Errorf("error %v", err)
	}
}

func TestLocateDoesNotNeedTheFile(t *testing.T) {
	env := func(name string) (string, bool) {
		return "/settings.toml", name == "SIDESTAGE_CONFIG"
	}
	for want, flags := range map[string]map[string]string{"/settings.toml": nil, "other.toml": {"config": "other.toml"}} {
		at, err := config.Locate(config.Sources{Env: env, Flags: flags})
		if err != nil || at.Path != want || at.Named == "" {
			t.Errorf("Locate = %+v, %v; want %s", at, err, want)
		}
	}
}
