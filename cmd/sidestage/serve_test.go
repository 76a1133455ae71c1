package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"sidestage/core/sim"
)

// simulation is both platforms in this process, on loopback ports.
type simulation struct {
	*sim.Sim
	twitch, irc, spotify string // host:port
}

func openWorld(t *testing.T) *simulation {
	t.Helper()
	s, stop, err := simulate()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// simulate starts both platforms, until stop.
func simulate() (s *simulation, stop func() error, err error) {
	var ports [3]net.Listener
	for i := range ports {
		if ports[i], err = new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
			return nil, nil, err
		}
	}
	tw, irc, sp := ports[0], ports[1], ports[2]
	both, err := sim.New(sim.Options{Speed: 1, TwitchListener: tw, IRCListener: irc, SpotifyListener: sp})
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- both.Run(ctx) }()
	stop = func() error {
		cancel()
		return errors.Join(<-ended, both.Close())
	}
	return &simulation{Sim: both, twitch: tw.Addr().String(), irc: irc.Addr().String(), spotify: sp.Addr().String()}, stop, nil
}

// environment is all that ties the program to the simulation.
func (s *simulation) environment(t *testing.T) []string {
	t.Helper()
	return homeless(t, s.addresses())
}

// homeless is the environment of a program that has nothing but a new home and
// what it is given.
func homeless(t *testing.T, given []string) []string {
	t.Helper()
	dir := t.TempDir()
	home := []string{
		"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "SIDESTAGE_DATA_DIR=" + filepath.Join(dir, "data"),
		"SIDESTAGE_ADDR=127.0.0.1:0", "SIDESTAGE_KEYRING=false",
	}
	return slices.Concat(os.Environ(), home, given)
}

// addresses lead the program to the simulation.
func (s *simulation) addresses() []string {
	return []string{
		"SIDESTAGE_TWITCH_AUTH_URL=http://" + s.twitch + "/oauth2", "SIDESTAGE_TWITCH_HELIX_URL=http://" + s.twitch + "/helix",
		"SIDESTAGE_TWITCH_EVENTSUB_URL=ws://" + s.twitch + "/ws", "SIDESTAGE_TWITCH_IRC_URL=irc://" + s.irc,
		"SIDESTAGE_SPOTIFY_API_URL=http://" + s.spotify + "/v1", "SIDESTAGE_SPOTIFY_ACCOUNTS_URL=http://" + s.spotify,
		"SIDESTAGE_TWITCH_CLIENT_ID=" + s.ClientIDs().Twitch, "SIDESTAGE_SPOTIFY_CLIENT_ID=" + s.ClientIDs().Spotify,
	}
}

// program is the real program: this test binary runs as it, see TestMain.
func program(ctx context.Context, env []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sidestage", args...)
	c.Env = env
	return c
}
