package cmd

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/desk"
)

// firstRun explains how to get a client id. %s is the redirect URI.
var firstRun = map[string]string{
	desk.PlatformTwitch: `Twitch has to know sidestage as an app of your own, which is free:

  1. Log in at https://dev.twitch.tv/console/apps/create (needs two-factor).
  2. Name: anything nobody has yet. OAuth Redirect URL: http://localhost
  3. Category: Application Integration. Client Type: Public.
  4. Create it, open it again with Manage, and copy its Client ID. There is no
     secret to copy.
`,
	desk.PlatformSpotify: `Spotify has to know sidestage as an app of your own, which is free:

  1. Open https://developer.spotify.com/dashboard with the account that has
     Premium (the owner of the app needs it), and choose Create app.
  2. Name and description: anything. Redirect URI, letter by letter:
     %s
  3. Which API: tick Web API. Save, and copy the Client ID from its Settings.
     The secret is not needed.
  4. Another account than your own plays the music? Add it under User
     Management; an app has room for five.
`,
}

// clientKeys are the settings of the client ids.
var clientKeys = map[string]string{
	desk.PlatformTwitch: "twitch.client_id", desk.PlatformSpotify: "spotify.client_id",
}

// redirectURI is what has to be registered at Spotify for a desk at addr. A
// port that is not known before is left out: Spotify takes any with a loopback
// address that was registered without.
func redirectURI(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		host = "127.0.0.1"
	}
	if port == "0" {
		return "http://" + host + "/oauth/spotify/callback"
	}
	return "http://" + net.JoinHostPort(host, port) + "/oauth/spotify/callback"
}

// needClient makes sure that the settings have the platform's client id: a
// person is asked for it, and it is stored.
func (f *factory) needClient(ctx context.Context, platform string) error {
	loaded, err := f.settings()
	if err != nil {
		return err
	}
	id := map[string]string{desk.PlatformTwitch: loaded.Twitch.ClientID, desk.PlatformSpotify: loaded.Spotify.ClientID}[platform]
	if id != "" {
		return nil
	}
	key, how := clientKeys[platform], firstRun[platform]
	if platform == desk.PlatformSpotify {
		how = fmt.Sprintf(how, redirectURI(loaded.Addr))
	}
	if !f.InTerminal || !f.ErrTerminal || f.json {
		return core.Because(core.Invalid, "no-client-id", "%s\nThen write the Client ID into the settings as %s, or set SIDESTAGE_%s, and do this again",
			how, key, strings.ToUpper(strings.ReplaceAll(key, ".", "_")))
	}
	f.tell("%s\nClient ID: ", how)
	line, err := f.line(ctx)
	if err != nil {
		return err
	}
	if line = strings.TrimSpace(line); line == "" {
		return core.Because(core.Invalid, "no-client-id", "without a client id there is no login to %s", platform)
	}
	if err := config.Put(loaded.File.Path, key, line); err != nil {
		return err
	}
	f.tell("Stored as %s in %s\n\n", key, loaded.File.Path)
	f.settings = sync.OnceValues(func() (*config.Loaded, error) { return config.Load(f.sources()) })
	return nil
}
