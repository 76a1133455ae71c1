package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sidestage/core"
	"sidestage/core/config"
	"sidestage/core/ingest"
	"sidestage/core/spotify"
	"sidestage/core/token"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// What the database remembers of the channel.
const (
	metaChannel = "channel"     // core.Viewer as JSON
	metaRewards = "rewards"     // ingest.Rewards as JSON
	metaBar     = "spotify-bar" // spotify.Bar as JSON
)

// recall loads what is known of channel and rewards.
func (d *Desk) recall(ctx context.Context) error {
	var channel core.Viewer
	var rewards ingest.Rewards
	var bar spotify.Bar
	err := d.db.View(ctx, func(tx *storage.Tx) error {
		return errors.Join(metaJSON(tx, metaChannel, &channel), metaJSON(tx, metaRewards, &rewards), metaJSON(tx, metaBar, &bar))
	})
	if err != nil {
		return err
	}
	if channel.ID != "" {
		d.account.Store(&channel)
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
func (d *Desk) identify(ctx context.Context) error {
	me, err := d.helix.Self(ctx)
	if err != nil {
		return fmt.Errorf("ask Twitch who is logged in: %w", err)
	}
	known := d.account.Load()
	if known != nil && known.ID != me.ID {
		return otherChannel(core.Conflict, known.Name, me.Name)
	}
	channel := core.Viewer{ID: me.ID, Login: me.Login, Name: me.Name}
	err = d.db.Update(ctx, func(tx *storage.Tx) error { return setMetaJSON(tx, metaChannel, channel) })
	if err != nil {
		return err
	}
	d.account.Store(&channel)
	return nil
}

func otherChannel(k core.Kind, known, other string) error {
	return core.Because(k, "other-channel",
		"this data directory belongs to the channel of %s, the login is %s's: log in as %s, or use another --data-dir", known, other, known)
}

func (d *Desk) ourRewards() ingest.Rewards { return *d.rewards.Load() }

// useRewards combines what reward setup remembered with the settings, which
// win.
func (d *Desk) useRewards(r ingest.Rewards) {
	if id := d.cfg.Settings.Reward.Song.ID; id != "" {
		r.Song = id
	}
	if id := d.cfg.Settings.Reward.Raffle.ID; id != "" {
		r.Raffle = id
	}
	d.rewards.Store(&r)
}

// Rewards says which rewards are ours, after SetupRewards or by the settings.
func (d *Desk) Rewards() ingest.Rewards { return d.ourRewards() }

// SetupRewards creates our two rewards on Twitch or adopts those of the same
// title, and remembers them. Doing it again changes nothing.
func (d *Desk) SetupRewards(ctx context.Context) ([]twitch.Reward, error) {
	if err := d.identify(ctx); err != nil {
		return nil, err
	}
	have, err := d.helix.Rewards(ctx, d.broadcaster(), true)
	if err != nil {
		return nil, fmt.Errorf("list rewards: %w", err)
	}
	s := d.cfg.Settings.Reward
	song, err := d.adopt(ctx, have, s.Song, true)
	if err != nil {
		return nil, err
	}
	raffle, err := d.adopt(ctx, have, s.Raffle, false)
	if err != nil {
		return nil, err
	}
	ours := ingest.Rewards{Song: song.ID, Raffle: raffle.ID}
	err = d.db.Update(ctx, func(tx *storage.Tx) error { return setMetaJSON(tx, metaRewards, ours) })
	if err != nil {
		return nil, err
	}
	d.useRewards(ours)
	return []twitch.Reward{song, raffle}, nil
}

// adopt finds the reward with the wanted title among ours, or creates it, and
// makes it ask for input where that is needed. One that skips the request
// queue could never be refunded, so that is switched off.
func (d *Desk) adopt(ctx context.Context, have []twitch.Reward, want config.Reward, input bool) (twitch.Reward, error) {
	for _, r := range have {
		if r.Title != want.Title && r.ID != want.ID {
			continue
		}
		if r.InputRequired == input && !r.SkipsQueue {
			return r, nil
		}
		off := false
		r, err := d.helix.UpdateReward(ctx, d.broadcaster(), r.ID, twitch.RewardPatch{InputRequired: &input, SkipsQueue: &off})
		if err != nil {
			return r, fmt.Errorf("update reward %q: %w", want.Title, err)
		}
		return r, nil
	}
	r, err := d.helix.CreateReward(ctx, d.broadcaster(), twitch.NewReward{Title: want.Title, Cost: want.Cost, Prompt: want.Prompt, InputRequired: input})
	if err != nil {
		return r, fmt.Errorf("create reward %q: %w", want.Title, err)
	}
	return r, nil
}

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
