package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/core/workflow"
	"sidestage/storage"
)

// keyForm is what the id of a request from the desk may look like.
var keyForm = regexp.MustCompile(`^[0-9A-Za-z._:-]{1,128}$`)

// Add implements web.Songs: a request without points. The same id again is the
// same request; for another link or another kind of saga it is a Conflict.
func (d *Desk) Add(ctx context.Context, r api.AddRequest, id string) (string, bool, error) {
	if id == "" {
		id = "desk-" + strings.ToLower(rand.Text())
	}
	if !keyForm.MatchString(id) {
		return "", false, core.Because(core.Invalid, "key", "a key is 1…128 letters, digits and . _ : -")
	}
	if err := d.checkTrack(ctx, r.Link); err != nil {
		return "", false, err
	}
	created := false
	err := d.db.Update(ctx, func(tx *storage.Tx) error {
		who, err := d.requester(tx, r.As)
		if err != nil {
			return err
		}
		want := core.Redemption{ID: id, Viewer: who, Input: r.Link, RedeemedAt: tx.Now()}
		got, isNew, err := d.engine.Start(tx, workflow.DeskRequest, id, want.RedeemedAt, want)
		if created = isNew; err != nil || isNew {
			return err
		}
		return sameRequest(got, want)
	})
	if err != nil {
		return "", false, fmt.Errorf("add to the queue: %w", err)
	}
	return id, created, nil
}

// checkTrack refuses at once what the saga would certainly refuse. What cannot
// be asked now the saga asks later.
func (d *Desk) checkTrack(ctx context.Context, link string) error {
	wish, err := d.sagas.Spotify.Understand(link)
	if err == nil && wish.Short == "" {
		_, err = d.sagas.Find(ctx, wish, "")
	}
	switch core.KindOf(err) {
	case core.Invalid, core.NotFound:
		return err
	default:
		return nil
	}
}

// Search implements web.Songs.
func (d *Desk) Search(ctx context.Context, text string) (found []song.Track, taken int, refused, err error) {
	wish, err := d.sagas.Spotify.Understand(text)
	if err != nil {
		return nil, 0, err, nil //nolint:nilerr // that is the answer
	}
	if wish.Words == "" {
		t, err := d.sagas.Find(ctx, wish, "")
		return []song.Track{t}, 0, nil, err
	}
	if found, err = d.sagas.Spotify.Search(ctx, wish.Words); err != nil {
		return nil, 0, nil, err
	}
	t, refused := song.Match(wish.Words, found)
	taken = slices.IndexFunc(found, func(f song.Track) bool { return f.ID == t.ID })
	return found, max(taken, 0), refused, nil
}

// sameRequest reports, as a Conflict, that the saga of an id is about something
// else.
func sameRequest(s saga.Saga, want core.Redemption) error {
	var had core.Redemption
	if s.Kind != workflow.DeskRequest || json.Unmarshal(s.Params, &had) != nil || had.Input != want.Input || had.Viewer.ID != want.Viewer.ID {
		return core.Because(core.Conflict, "key-used", "the key %s was used for another request", want.ID)
	}
	return nil
}

// maxName is the longest name a request can be in, in characters.
const maxName = 50

// requester is whose a request is: the streamer's, a viewer's who is known by
// that name, or that of a guest whom only this desk knows.
func (d *Desk) requester(tx *storage.Tx, name string) (core.Viewer, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "@")
	if name == "" {
		if me := d.account.Load(); me != nil {
			return *me, nil
		}
		return core.Viewer{}, core.E(core.LoginRequired, "whose channel this is, is not known yet: name somebody with --as, or log in: sidestage auth login twitch")
	}
	if len([]rune(name)) > maxName || strings.ContainsFunc(name, unprintable) {
		return core.Viewer{}, core.Because(core.Invalid, "name", "a name is at most %d printable characters", maxName)
	}
	v, err := tx.ViewerByLogin(name)
	if core.KindOf(err) == core.NotFound && err != nil {
		login := strings.ToLower(name)
		return core.Viewer{ID: "guest:" + login, Login: login, Name: name}, nil //nolint:nilerr // a name nobody knows is a guest's
	}
	return v, err
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
