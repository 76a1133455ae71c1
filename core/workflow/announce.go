package workflow

import (
	"context"
	"time"

	"sidestage/core/chat"
	"sidestage/core/saga"
	"sidestage/core/song"
)

// Notice is something the desk tells chat that answers nobody, as a saga's
// params. At is when what it tells of happened.
type Notice struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// announce says a notice, once: one that may have been said is not said again.
func (s *Sagas) announce(ctx context.Context, run *saga.Run[Tx]) error {
	n, err := saga.Params[Notice](run)
	if err != nil {
		return err
	}
	return s.say(ctx, run, "announce", said{Text: n.Text, Since: n.At})
}

// TellTogether has one line tell chat whose points return, where more were
// withdrawn at once than are told one by one. It belongs in the transaction that
// withdrew them.
func (s *Sagas) TellTogether(tx Tx, why chat.Returned, gone []song.Removal) error {
	var ids, names []string
	for _, r := range gone {
		if r.Points == song.PointsReturn {
			ids, names = append(ids, r.Request.ID), append(names, r.Request.Viewer.Name)
		}
	}
	if len(ids) <= Aloud {
		return nil
	}
	for _, id := range ids {
		if err := tx.SongTellTogether(id); err != nil {
			return err
		}
	}
	notice := Notice{Text: s.words().ReturnedTo(why, names), At: tx.Now()}
	_, _, err := s.Start(tx, Announcement, "together-"+ids[0], notice.At, notice) // a request is withdrawn once
	return err
}
