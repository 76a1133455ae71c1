package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sidestage/core/sim"
)

// TestServeDoesItsJobAgainstAnyServersThatSpeakTheProtocols ties the real
// program to two servers by nothing but the addresses in its environment: it
// logs in with tokens, sets its rewards up, and settles what a viewer asks for.
func TestServeDoesItsJobAgainstAnyServersThatSpeakTheProtocols(t *testing.T) {
	world := openWorld(t)
	env := world.environment(t)
	twitch, err := world.GrantTwitch()
	if err != nil {
		t.Fatal(err)
	}
	spotify, err := world.GrantSpotify()
	if err != nil {
		t.Fatal(err)
	}
	runProgram(t, env, twitch, "auth", "login", "twitch", "--with-token")
	runProgram(t, env, spotify, "auth", "login", "spotify", "--with-token")
	runProgram(t, env, nil, "reward", "setup")
	missed, err := world.Redeem("luna", "Keyboard raffle", "")
	if err != nil {
		t.Fatal(err)
	}
	serve := program(t.Context(), env, "serve")
	var log bytes.Buffer
	serve.Stderr = &log
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	world.wait(t, missed, "FULFILLED", &log) // redeemed while the desk was down
	song, err := world.Redeem("kai", "Song request", "https://open.spotify.com/track/"+world.anyTrack(t))
	if err != nil {
		t.Fatal(err)
	}
	world.wait(t, song, "FULFILLED", &log)
	album, err := world.Redeem("pip", "Song request", "https://open.spotify.com/album/4uLU6hMCjMI75M1A2tKUQC")
	if err != nil {
		t.Fatal(err)
	}
	world.wait(t, album, "CANCELED", &log)
	if len(world.Adds()) != 1 {
		t.Errorf("%d tracks were added", len(world.Adds()))
	}
	if err := serve.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = serve.Wait() // how it exits is not the matter here
	for _, secret := range []string{"access_token", field(twitch, "access_token"), field(twitch, "refresh_token"), field(spotify, "refresh_token")} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has a secret:\n%s", &log)
		}
	}
}

// simulation is both platforms in this process, on loopback ports.
type simulation struct {
	*sim.Sim
	twitch, irc, spotify string // host:port
}

func openWorld(t *testing.T) *simulation {
	t.Helper()
	listen := func() net.Listener {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	tw, irc, sp := listen(), listen(), listen()
	s, err := sim.New(sim.Options{Speed: 1, TwitchListener: tw, IRCListener: irc, SpotifyListener: sp})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &simulation{Sim: s, twitch: tw.Addr().String(), irc: irc.Addr().String(), spotify: sp.Addr().String()}
}

// environment is all that ties the program to the simulation.
func (s *simulation) environment(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	ids := []string{"SIDESTAGE_TWITCH_CLIENT_ID=" + s.ClientIDs().Twitch, "SIDESTAGE_SPOTIFY_CLIENT_ID=" + s.ClientIDs().Spotify}
	home := []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "SIDESTAGE_DATA_DIR=" + filepath.Join(dir, "data")}
	return slices.Concat(os.Environ(), home, s.addresses(), ids)
}

// addresses lead the program to the simulation.
func (s *simulation) addresses() []string {
	return []string{
		"SIDESTAGE_ADDR=127.0.0.1:0", "SIDESTAGE_KEYRING=false",
		"SIDESTAGE_TWITCH_AUTH_URL=http://" + s.twitch + "/oauth2", "SIDESTAGE_TWITCH_HELIX_URL=http://" + s.twitch + "/helix",
		"SIDESTAGE_TWITCH_EVENTSUB_URL=ws://" + s.twitch + "/ws", "SIDESTAGE_TWITCH_IRC_URL=irc://" + s.irc,
		"SIDESTAGE_SPOTIFY_API_URL=http://" + s.spotify + "/v1", "SIDESTAGE_SPOTIFY_ACCOUNTS_URL=http://" + s.spotify,
	}
}

// anyTrack is the id of a track that Spotify knows.
func (s *simulation) anyTrack(t *testing.T) string {
	t.Helper()
	return strings.TrimPrefix(s.Player().URI, "spotify:track:")
}

// wait polls the simulator's books until a redemption has the status.
func (s *simulation) wait(t *testing.T, id, status string, log *bytes.Buffer) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		for _, r := range s.Redemptions() {
			if r.ID == id && r.Status == status {
				return
			}
		}
	}
	t.Fatalf("redemption %s is not %s after 20 s: %+v\n%s", id, status, s.Redemptions(), log)
}

// program is the real program: this test binary runs as it, see TestMain.
func program(ctx context.Context, env []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sidestage", args...)
	c.Env = env
	return c
}

func runProgram(t *testing.T, env []string, in []byte, args ...string) {
	t.Helper()
	c := program(t.Context(), env, args...)
	c.Stdin = bytes.NewReader(in)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// field reads one string of a flat JSON object.
func field(data []byte, name string) string {
	_, rest, _ := strings.Cut(string(data), `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
