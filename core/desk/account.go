package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sidestage/core"
	"sidestage/core/ingest"
	"sidestage/core/spotify"
	"sidestage/core/token"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// What the database remembers of the channel.
const (
	metaChannel  = "channel"           // core.Viewer as JSON
	metaRewards  = "rewards"           // ingest.Rewards as JSON
	metaBar      = "spotify-bar"       // spotify.Bar as JSON
	metaSessions = "eventsub-sessions" // ids of our sessions with Twitch as JSON, the last one last
)

// recall loads what is known of channel and rewards.
func (d *Desk) recall(ctx context.Context) error {
	var channel core.Viewer
	var rewards ingest.Rewards
	var bar spotify.Bar
	err := d.db.View(ctx, func(tx *storage.Tx) error {
		return errors.Join(metaJSON(tx, metaChannel, &channel), metaJSON(tx, metaRewards, &rewards), metaJSON(tx, metaBar, &bar),
			metaJSON(tx, metaSessions, &d.session.Former))
	})
	if err != nil {
		return err
	}
	if channel.ID != "" {
		d.account.Store(&channel)
	}
	if err := d.recallGiveaway(ctx); err != nil {
		return err
	}
	d.useRewards(rewards)
	d.spotify.Gate.Restore(bar)
	return nil
}

// keepBar remembers, for the next start too, that Spotify takes no calls.
func (d *Desk) keepBar(ctx context.Context, b spotify.Bar) error {
	d.log.Warn("Spotify takes no calls", "until", b.Until, "reason", b.Reason)
	err := d.db.Update(ctx, func(tx *storage.Tx) error { return setMetaJSON(tx, metaBar, b) })
	if err != nil {
		d.log.Warn("that Spotify takes no calls is not kept for the next start", "error", err)
	}
	return err
}

// metaJSON decodes a fact that is kept; one that is not leaves into alone.
func metaJSON(tx *storage.Tx, key string, into any) error {
	text, err := tx.Meta(key)
	if core.KindOf(err) == core.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return core.E(core.Internal, "what is kept under %s does not decode: %w", key, err)
	}
	return nil
}

func setMetaJSON(tx *storage.Tx, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.SetMeta(key, string(data))
}

// broadcaster is the user id of the channel, "" while it is not known.
func (d *Desk) broadcaster() string {
	if a := d.account.Load(); a != nil {
		return a.ID
	}
	return ""
}

// identify learns whose channel this is from the Twitch login, and remembers
// it. A data directory belongs to one channel for good.
func (d *Desk) identify(ctx context.Context) (twitch.User, error) {
	me, err := d.helix.Self(ctx)
	if err != nil {
		return me, fmt.Errorf("ask Twitch who is logged in: %w", err)
	}
	known := d.account.Load()
	if known != nil && known.ID != me.ID {
		return me, otherChannel(core.Conflict, known.Name, me.Name)
	}
	channel := core.Viewer{ID: me.ID, Login: me.Login, Name: me.Name}
	if d.readOnly || known != nil && *known == channel {
		return me, nil
	}
	err = d.db.Update(ctx, func(tx *storage.Tx) error { return setMetaJSON(tx, metaChannel, channel) })
	if err == nil {
		d.account.Store(&channel)
	}
	return me, err
}

func otherChannel(k core.Kind, known, other string) error {
	return core.Because(k, "other-channel",
		"this data directory belongs to the channel of %s, the login is %s's: log in as %s, or use another --data-dir", known, other, known)
}

func (d *Desk) ourRewards() ingest.Rewards { return *d.rewards.Load() }

// useRewards combines what reward setup remembered with the settings, which
// win.
func (d *Desk) useRewards(r ingest.Rewards) {
	for name, id := range map[string]string{rewardSong: d.cfg.Settings.Reward.Song.ID, rewardRaffle: d.cfg.Settings.Reward.Raffle.ID} {
		if id != "" {
			r = r.With(name, id)
		}
	}
	d.rewards.Store(&r)
}

// Rewards says which rewards are ours, after SetupRewards or by the settings.
func (d *Desk) Rewards() ingest.Rewards { return d.ourRewards() }

// login is the token source of a platform.
func (d *Desk) login(platform string) (*token.Source, error) {
	switch platform {
	case PlatformTwitch:
		return d.twitchLogin, nil
	case PlatformSpotify:
		return d.spotifyLogin, nil
	}
	return nil, core.E(core.Invalid, "no platform %q: say twitch or spotify", platform)
}

// Login stores a token that a person was given, JSON as a token endpoint
// answers it, and says whose it is.
func (d *Desk) Login(ctx context.Context, platform string, grant io.Reader) (token.Status, error) {
	g, err := token.ParseGrant(grant)
	if err != nil {
		return token.Status{}, err
	}
	return d.keep(ctx, platform, g)
}

// Refresh refreshes a login now.
func (d *Desk) Refresh(ctx context.Context, platform string) (token.Status, error) {
	src, err := d.login(platform)
	if err != nil {
		return token.Status{}, err
	}
	return src.Renew(ctx)
}

// Logout ends a login at the platform, as far as it can, and forgets it.
func (d *Desk) Logout(ctx context.Context, platform string) error {
	src, err := d.login(platform)
	if err != nil {
		return err
	}
	return src.Logout(ctx)
}

// LoginStatus says how a login stands; validate asks the platform.
func (d *Desk) LoginStatus(ctx context.Context, platform string, validate bool) (token.Status, error) {
	src, err := d.login(platform)
	if err != nil {
		return token.Status{}, err
	}
	return src.Status(ctx, validate)
}
