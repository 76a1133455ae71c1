package desk

import (
	"context"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/achievement"
	"sidestage/core/api"
	"sidestage/core/chat"
	"sidestage/core/event"
	"sidestage/core/workflow"
	"sidestage/storage"
)

// achievementReader is the name under which achievements read the journal.
const achievementReader = "achievements"

// newAwards makes the reader that awards achievements.
func (d *Desk) newAwards() *reader {
	r := newReader(achievementReader, d.db, d.log, achievement.Concern()...)
	r.take = d.award
	return r
}

// award counts one record, and tells everybody what it unlocked.
func (d *Desk) award(tx *storage.Tx, live string, rec event.Record) (string, error) {
	defs := d.settings.now.Load().Definitions()
	live, unlocked, err := achievement.Apply(tx, defs, live, rec)
	if err != nil || len(unlocked) == 0 {
		return live, err
	}
	names := make([]string, 0, len(unlocked))
	for _, u := range unlocked {
		def := definition(defs, u.ID)
		names = append(names, def.Icon+" "+def.Name)
		err := tx.AppendEvent(event.AchievementUnlocked{
			AchievementID: u.ID, Name: def.Name, Description: def.Description, Icon: def.Icon, Viewer: u.Viewer, SessionID: u.Session,
		})
		if err != nil {
			return live, err
		}
	}
	if time.Since(rec.At) > chat.MaxReplyAge || !d.settings.now.Load().Chat.Achievements {
		return live, nil
	}
	_, _, err = d.engine.Start(tx, workflow.Announcement, fmt.Sprintf("achievement-%d", rec.Seq), rec.At, workflow.Notice{
		Text: d.words.Load().Unlocked(unlocked[0].Viewer.Name, names), At: rec.At,
	})
	return live, err
}

func definition(defs []achievement.Definition, id string) achievement.Definition {
	for _, d := range defs {
		if d.ID == id {
			return d
		}
	}
	return achievement.Definition{ID: id, Name: id}
}

// Definitions implements web.Achievements.
func (d *Desk) Definitions() []achievement.Definition { return d.settings.now.Load().Definitions() }

// RebuildAchievements implements web.Achievements: it counts the journal from
// its beginning, by the definitions as they are now, and makes what is kept
// agree with that; with dry it only compares. What it unlocks is not announced.
func (d *Desk) RebuildAchievements(ctx context.Context, dry bool) (api.Rebuilt, error) {
	var now *storage.Tx // of whoever asks for an owner
	replay := achievement.NewReplay(d.Definitions(), func(id string) (core.Viewer, string, error) { return now.AchievementOwner(id) })
	var place int64
	for done := false; !done; {
		err := d.db.View(ctx, func(tx *storage.Tx) (err error) {
			now = tx
			place, done, err = replayTo(tx, replay, place, readAtOnce)
			return err
		})
		if err != nil {
			return api.Rebuilt{}, fmt.Errorf("count the journal again: %w", err)
		}
	}
	run := d.db.Update
	if dry {
		run = d.db.View
	}
	out := api.Rebuilt{DryRun: dry, Differences: []api.AchievementDifference{}}
	err := run(ctx, func(tx *storage.Tx) (err error) {
		now = tx
		for done := false; !done; { // what was read since
			if place, done, err = replayTo(tx, replay, place, readAtOnce); err != nil {
				return err
			}
		}
		out.Differences, err = correct(tx, replay, dry)
		return err
	})
	return out, err
}

// replayTo counts up to limit records after place, and says whether that is all
// that has been read.
func replayTo(tx *storage.Tx, replay *achievement.Replay, place int64, limit int) (now int64, done bool, err error) {
	until, _, err := tx.Consumer(achievementReader)
	if err != nil || place >= until {
		return place, true, err
	}
	recs, err := tx.EventsAfter(place, limit)
	for _, rec := range recs {
		if err != nil || rec.Seq > until {
			return place, true, err
		}
		err = replay.Take(rec)
		place = rec.Seq
	}
	return place, len(recs) == 0, err
}

// correct compares what is kept with the replay and, unless dry, mends it.
func correct(tx *storage.Tx, replay *achievement.Replay, dry bool) ([]api.AchievementDifference, error) {
	have, err := tx.AchievementStandings()
	if err != nil {
		return nil, err
	}
	want, _ := replay.Standings()
	found := achievement.Differences(have, want)
	shown := make([]api.AchievementDifference, 0, len(found))
	for _, f := range found {
		shown = append(shown, api.AchievementDifference{
			UserID: f.ViewerID, DisplayName: f.Viewer.Name, AchievementID: f.ID, SessionID: f.Session,
			Have: api.AchievementCount{Count: f.Have.Count, Unlocked: f.Have.Unlocked},
			Want: api.AchievementCount{Count: f.Want.Count, Unlocked: f.Want.Unlocked},
		})
		if dry {
			continue
		}
		if err := tx.AchievementCorrect(f); err != nil {
			return nil, err
		}
	}
	return shown, nil
}
