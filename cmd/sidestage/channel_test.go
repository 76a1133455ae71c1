package main

import (
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// channel changes the simulated channel of a script that has begun platforms:
//
//	channel logins          writes logins to twitch.json and spotify.json
//	channel live            goes live
//	channel no-points       is neither affiliate nor partner any more
//	channel reward TITLE    makes a reward in Twitch's dashboard
//	channel full            makes as many as there is room for
func channel(ts *testscript.TestScript, neg bool, args []string) {
	s, _ := ts.Value(platformsKey{}).(*simulation)
	if neg || len(args) == 0 || s.Sim == nil {
		ts.Fatalf("usage, after platforms: channel logins|live|no-points|reward TITLE|full")
	}
	switch args[0] {
	case "logins":
		for file, grant := range map[string]func(...string) ([]byte, error){"twitch.json": s.GrantTwitch, "spotify.json": s.GrantSpotify} {
			text, err := grant()
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(file), text, 0o600))
		}
	case "live":
		ts.Check(s.GoLive())
	case "no-points":
		s.SetPoints(false)
	case "reward":
		_, err := s.MakeReward(args[1], 100, true)
		ts.Check(err)
	case "full":
		for n, err := 0, error(nil); err == nil; n++ {
			_, err = s.MakeReward("reward "+strconv.Itoa(n), 1, false)
		}
	default:
		ts.Fatalf("channel knows no %q", args[0])
	}
}
