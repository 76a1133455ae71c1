package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
	"sidestage/core/event"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// The rewards that start something, as commands and database name them.
const (
	rewardSong   = "song"
	rewardRaffle = "raffle"
)

var rewardNames = []string{rewardSong, rewardRaffle}

// wish is a reward as the settings want it.
type wish struct {
	name string
	config.Reward
	input bool // viewers have to write something
}

func (d *Desk) wish(name string) (wish, error) {
	now := d.settings.now.Load().Reward
	switch name {
	case rewardSong:
		return wish{name, now.Song, true}, nil
	case rewardRaffle:
		return wish{name, now.Raffle, false}, nil
	}
	return wish{}, core.E(core.NotFound, "no reward %q: say song or raffle", name)
}

// patch is what has to change for r to be as it is wanted, with the names of
// the settings it is about. A reward that skips the request queue could never
// be refunded, so that is switched off.
func (w wish) patch(r twitch.Reward) (twitch.RewardPatch, []string) {
	var (
		p       twitch.RewardPatch
		changes []string
	)
	differ(&p.Title, w.Title, r.Title, "title", &changes)
	differ(&p.Cost, w.Cost, r.Cost, "cost", &changes)
	differ(&p.Prompt, w.Prompt, r.Prompt, "prompt", &changes)
	if w.Color != "" {
		differ(&p.Color, w.Color, strings.ToUpper(r.Color), "color", &changes)
	}
	differ(&p.Cooldown, w.Cooldown, r.Cooldown, "cooldown", &changes)
	differ(&p.MaxPerStream, w.MaxPerStream, r.MaxPerStream, "max_per_stream", &changes)
	differ(&p.MaxPerViewer, w.MaxPerViewer, r.MaxPerViewer, "max_per_viewer", &changes)
	differ(&p.InputRequired, w.input, r.InputRequired, "input", &changes)
	differ(&p.SkipsQueue, false, r.SkipsQueue, "skips-queue", &changes)
	return p, changes
}

func differ[T comparable](to **T, want, have T, what string, changes *[]string) {
	if want != have {
		*to = &want
		*changes = append(*changes, what)
	}
}

// shelf is every reward of the channel; only those this app made can be changed
// and refunded.
type shelf struct{ ours, foreign []twitch.Reward }

// shelf looks at the channel's rewards. A channel that can have none is Denied,
// "not-affiliate".
func (d *Desk) shelf(ctx context.Context) (shelf, error) {
	me, err := d.identify(ctx)
	if err != nil {
		return shelf{}, err
	}
	if me.BroadcasterType == "" {
		return shelf{}, core.Because(core.Denied, "not-affiliate",
			"%s is neither affiliate nor partner, and only those have channel points: viewers can ask for songs in chat instead, with !sr and a link", me.Name)
	}
	ours, err := d.helix.Rewards(ctx, me.ID, true)
	if err != nil {
		return shelf{}, fmt.Errorf("list our rewards: %w", err)
	}
	all, err := d.helix.Rewards(ctx, me.ID, false)
	if err != nil {
		return shelf{}, fmt.Errorf("list rewards: %w", err)
	}
	s := shelf{ours: ours}
	for _, r := range all {
		if _, mine := byID(ours, r.ID); !mine {
			s.foreign = append(s.foreign, r)
		}
	}
	return s, nil
}

func byID(rewards []twitch.Reward, id string) (twitch.Reward, bool) {
	for _, r := range rewards {
		if r.ID == id && id != "" {
			return r, true
		}
	}
	return twitch.Reward{}, false
}

func byTitle(rewards []twitch.Reward, title string) (twitch.Reward, bool) {
	for _, r := range rewards {
		if strings.EqualFold(r.Title, title) {
			return r, true
		}
	}
	return twitch.Reward{}, false
}

// find is the reward that w is about: the one the settings name, the one
// remembered, or ours of that title; false when there is none yet.
func (s shelf) find(w wish, remembered string) (twitch.Reward, bool, error) {
	if w.ID != "" {
		r, mine := byID(s.ours, w.ID)
		if mine {
			return r, true, nil
		}
		if r, there := byID(s.foreign, w.ID); there {
			return r, false, foreign(w, r)
		}
		return r, false, core.Because(core.NotFound, "no-such-reward",
			"reward.%s.id is %s, and the channel has no such reward: remove the setting, then run sidestage reward setup", w.name, w.ID)
	}
	r, found := byID(s.ours, remembered)
	if !found {
		r, found = byTitle(s.ours, w.Title)
	}
	return r, found, nil
}

// free checks that nothing else has the title that w wants.
func (s shelf) free(w wish, own string) error {
	if r, taken := byTitle(s.foreign, w.Title); taken {
		return foreign(w, r)
	}
	if r, taken := byTitle(s.ours, w.Title); taken && r.ID != own {
		return core.Because(core.Conflict, "duplicate-title",
			"the channel has another reward with the title %q: delete it with sidestage reward delete %s, or choose another reward.%s.title", r.Title, r.ID, w.name)
	}
	return nil
}

func foreign(w wish, r twitch.Reward) error {
	return core.Because(core.Conflict, "foreign-reward",
		"the reward %q was made in Twitch's dashboard or by another app, and only its maker can refund it: delete it in the dashboard, or choose another reward.%s.title; then run sidestage reward setup", r.Title, w.name)
}

// SetupRewards creates our rewards on Twitch as the settings want them, adopts
// those that are there, changes what differs, and remembers them. Doing it again
// changes nothing.
func (d *Desk) SetupRewards(ctx context.Context) ([]api.Reward, error) {
	s, err := d.shelf(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]api.Reward, 0, len(rewardNames))
	for _, name := range rewardNames {
		r, err := d.setUp(ctx, &s, name)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func (d *Desk) setUp(ctx context.Context, s *shelf, name string) (api.Reward, error) {
	w, err := d.wish(name)
	if err != nil {
		return api.Reward{}, err
	}
	remembered := d.ourRewards().ID(name)
	r, found, err := s.find(w, remembered)
	if err != nil {
		return api.Reward{}, err
	}
	done := api.Reward{Change: api.RewardCreated}
	if found {
		done.Change = api.RewardUnchanged
		r, done.Changed, err = d.adjust(ctx, *s, w, r)
	} else {
		r, err = d.create(ctx, s, w)
	}
	if err != nil {
		return api.Reward{}, err
	}
	switch {
	case len(done.Changed) > 0:
		done.Change = api.RewardUpdated
	case found && r.ID != remembered:
		done.Change = api.RewardAdopted
	}
	return d.remember(ctx, w, r, done)
}

func (d *Desk) create(ctx context.Context, s *shelf, w wish) (twitch.Reward, error) {
	if err := s.free(w, ""); err != nil {
		return twitch.Reward{}, err
	}
	if len(s.ours)+len(s.foreign) >= twitch.MostRewards {
		return twitch.Reward{}, core.Because(core.Conflict, "too-many-rewards",
			"the channel has %d rewards, and Twitch allows no more: delete one in Twitch's dashboard, then run sidestage reward setup", twitch.MostRewards)
	}
	r, err := d.helix.CreateReward(ctx, d.broadcaster(), twitch.NewReward{
		Title: w.Title, Cost: w.Cost, Prompt: w.Prompt, Color: w.Color, InputRequired: w.input,
		Cooldown: w.Cooldown, MaxPerStream: w.MaxPerStream, MaxPerViewer: w.MaxPerViewer,
	})
	if err != nil {
		return r, fmt.Errorf("create reward %q: %w", w.Title, err)
	}
	s.ours = append(s.ours, r)
	return r, nil
}

// adjust makes r as it is wanted.
func (d *Desk) adjust(ctx context.Context, s shelf, w wish, r twitch.Reward) (twitch.Reward, []string, error) {
	p, changes := w.patch(r)
	if len(changes) == 0 {
		return r, nil, nil
	}
	if err := s.free(w, r.ID); p.Title != nil && err != nil {
		return r, nil, err
	}
	r, err := d.helix.UpdateReward(ctx, d.broadcaster(), r.ID, p)
	if err != nil {
		return r, nil, fmt.Errorf("update reward %q: %w", w.Title, err)
	}
	return r, changes, nil
}

// remember keeps which reward is ours, and has Twitch told if it is held.
func (d *Desk) remember(ctx context.Context, w wish, r twitch.Reward, done api.Reward) (api.Reward, error) {
	ours := d.ourRewards().With(w.name, r.ID)
	var holds []string
	err := d.db.Update(ctx, func(tx *storage.Tx) (err error) {
		if holds, err = tx.RewardHolds(w.name); err != nil {
			return err
		}
		if len(holds) > 0 && !r.Paused {
			tx.AfterCommit(d.nudgeKeeper)
			err = tx.RewardDue(w.name)
		}
		if done.Change != api.RewardUnchanged {
			err = errors.Join(err, tx.AppendEvent(event.RewardChanged{Reward: w.name, RewardID: r.ID, Change: done.Change}))
		}
		return errors.Join(err, setMetaJSON(tx, metaRewards, ours))
	})
	if err != nil {
		return api.Reward{}, err
	}
	d.useRewards(ours)
	return d.shown(w.name, r, true, holds, done), nil
}

// listRewards is every reward of the channel, ours first.
func (d *Desk) listRewards(ctx context.Context) ([]api.Reward, error) {
	s, err := d.shelf(ctx)
	if err != nil {
		return nil, err
	}
	holds := map[string][]string{}
	err = d.db.View(ctx, func(tx *storage.Tx) (err error) {
		for _, name := range rewardNames {
			if holds[name], err = tx.RewardHolds(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]api.Reward, 0, len(s.ours)+len(s.foreign))
	for _, r := range s.ours {
		name := d.ourRewards().Name(r.ID)
		all = append(all, d.shown(name, r, true, holds[name], api.Reward{}))
	}
	for _, r := range s.foreign {
		all = append(all, d.shown(d.ourRewards().Name(r.ID), r, false, nil, api.Reward{}))
	}
	return all, nil
}

// shown is a reward as the local API shows it; done says what was done to it.
func (d *Desk) shown(name string, r twitch.Reward, ours bool, holds []string, done api.Reward) api.Reward {
	out := api.Reward{
		ID: r.ID, For: name, Ours: ours, Title: r.Title, Cost: r.Cost, Prompt: r.Prompt, Color: r.Color,
		Cooldown: r.Cooldown, MaxPerStream: r.MaxPerStream, MaxPerViewer: r.MaxPerViewer, InputRequired: r.InputRequired,
		Enabled: r.Enabled, Paused: r.Paused, Held: holds, Change: done.Change, Changed: done.Changed, Returned: done.Returned,
	}
	out.Problem = d.problem(out, r)
	return out
}

// problem says what keeps a reward from working, and what to do.
func (d *Desk) problem(out api.Reward, r twitch.Reward) string {
	w, err := d.wish(out.For)
	switch {
	case !out.Ours && err == nil:
		return foreign(w, r).Error()
	case !out.Ours:
		for _, name := range rewardNames {
			if w, _ := d.wish(name); strings.EqualFold(w.Title, r.Title) {
				return foreign(w, r).Error()
			}
		}
		return ""
	case err != nil:
		return "" // made by this app, and in no use
	case r.SkipsQueue:
		return "its redemptions skip the request queue and can never be refunded: run sidestage reward update " + out.For
	}
	if _, changes := w.patch(r); len(changes) > 0 {
		return "differs from the settings (" + strings.Join(changes, ", ") + "): run sidestage reward update " + out.For
	}
	return ""
}

// updateReward makes the reward of a name as the settings want it.
func (d *Desk) updateReward(ctx context.Context, name string) (api.Reward, error) {
	w, err := d.wish(name)
	if err != nil {
		return api.Reward{}, err
	}
	s, err := d.shelf(ctx)
	if err != nil {
		return api.Reward{}, err
	}
	_, found, err := s.find(w, d.ourRewards().ID(name))
	if err == nil && !found {
		err = d.noReward(name)
	}
	if err != nil {
		return api.Reward{}, err
	}
	return d.setUp(ctx, &s, name)
}

func (d *Desk) noReward(name string) error {
	return core.Because(core.NotFound, "no-reward", "the channel has no reward of ours for %s yet: run sidestage reward setup", purpose[name])
}

// purpose is what a reward is for, in words.
var purpose = map[string]string{rewardSong: "song requests", rewardRaffle: "the keyboard raffle"}
