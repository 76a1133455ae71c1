package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sidestage/core/event"
)

// Health says how the desk is.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return ask[Health](ctx, c, GetHealth, call{})
}

// NowPlaying is what is current in the player.
func (c *Client) NowPlaying(ctx context.Context) (NowPlaying, error) {
	return ask[NowPlaying](ctx, c, GetNowPlaying, call{})
}

// Queue is what comes next, at most limit tracks; here and below a limit of 0
// is DefaultLimit, and more than MaxLimit is Invalid.
func (c *Client) Queue(ctx context.Context, limit int) (Queue, error) {
	return ask[Queue](ctx, c, GetQueue, call{query: limited(limit)})
}

// AddToQueue asks for a track. A key that is not empty makes it safe to repeat.
func (c *Client) AddToQueue(ctx context.Context, r AddRequest, key string) (Added, error) {
	in := call{body: r}
	if key != "" {
		in.header = http.Header{KeyHeader: {key}}
	}
	return ask[Added](ctx, c, PostQueue, in)
}

// Skip skips what is current. Conflict, reason "not-current", means that what
// was named no longer is, and nothing was skipped; Ambiguous that Spotify did
// not say whether it skipped.
func (c *Client) Skip(ctx context.Context, r SkipRequest) (Skipped, error) {
	return ask[Skipped](ctx, c, PostSkip, call{body: r})
}

// SearchSongs asks Spotify what a request of this text would be.
func (c *Client) SearchSongs(ctx context.Context, text string) (Search, error) {
	return ask[Search](ctx, c, GetSearch, call{query: url.Values{"q": {text}}})
}

// History is the requests that were played, latest first.
func (c *Client) History(ctx context.Context, limit int) (History, error) {
	return ask[History](ctx, c, GetHistory, call{query: limited(limit)})
}

// TopTracks are the tracks heard most by request of a viewer; of everybody for
// an empty userID.
func (c *Client) TopTracks(ctx context.Context, userID string, in Within, limit int) ([]TopTrack, error) {
	if userID == "" {
		return ask[[]TopTrack](ctx, c, GetTopTracks, call{query: in.query(limit)})
	}
	return ask[[]TopTrack](ctx, c, GetTopTracksOf, call{path: map[string]string{"user": userID}, query: in.query(limit)})
}

// TopRequesters are the viewers with the most requests heard.
func (c *Client) TopRequesters(ctx context.Context, in Within, limit int) ([]TopRequester, error) {
	return ask[[]TopRequester](ctx, c, GetTopRequester, call{query: in.query(limit)})
}

// Leaderboard is the raffle's: of one session, or of all where that is empty;
// sorted by one of the Sort constants, of which empty is SortClosest.
func (c *Client) Leaderboard(ctx context.Context, session, sortBy string, limit int) ([]RaffleEntry, error) {
	q := limited(limit)
	for name, value := range map[string]string{"session": session, "sortBy": sortBy} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return ask[[]RaffleEntry](ctx, c, GetLeaderboard, call{query: q})
}

// RaffleRolls lists rolls, newest first.
func (c *Client) RaffleRolls(ctx context.Context, which RaffleRolls, limit int) ([]RaffleRoll, error) {
	q := limited(limit)
	for name, value := range map[string]string{"session": which.Session, "user": which.UserID} {
		if value != "" {
			q.Set(name, value)
		}
	}
	switch {
	case which.Waiting:
		q.Set("wins", "waiting")
	case which.Won:
		q.Set("wins", "all")
	}
	return ask[[]RaffleRoll](ctx, c, GetRaffleRolls, call{query: q})
}

// GivePrize marks the prize of a winning roll as given. Conflict means that it
// did not win or was given before.
func (c *Client) GivePrize(ctx context.Context, rollID string) (RaffleRoll, error) {
	return ask[RaffleRoll](ctx, c, PostRaffleGive, call{path: map[string]string{"id": rollID}})
}

// RaffleUser is one viewer's entry; NotFound when no roll of theirs counts.
func (c *Client) RaffleUser(ctx context.Context, userID string) (RaffleEntry, error) {
	return ask[RaffleEntry](ctx, c, GetRaffleUser, call{path: map[string]string{"user": userID}})
}

// Giveaway is the giveaway that is live or was the last.
func (c *Client) Giveaway(ctx context.Context) (GiveawayNow, error) {
	return ask[GiveawayNow](ctx, c, GetGiveaway, call{})
}

// OpenGiveaway opens a giveaway. Conflict, reason "giveaway-live", means that
// one is to be drawn still; Denied, "missing-scope", that the login may not see
// who follows.
func (c *Client) OpenGiveaway(ctx context.Context, t GiveawayTerms) (Giveaway, error) {
	return ask[Giveaway](ctx, c, PostGiveaway, call{body: t})
}

// DrawGiveaway closes a giveaway that is open, and draws its first winners.
func (c *Client) DrawGiveaway(ctx context.Context, a GiveawayAction) (Giveaway, error) {
	return ask[Giveaway](ctx, c, PostDraw, call{body: a})
}

// RedrawGiveaway draws more winners of one that was drawn, others than before.
func (c *Client) RedrawGiveaway(ctx context.Context, a GiveawayAction) (Giveaway, error) {
	return ask[Giveaway](ctx, c, PostRedraw, call{body: a})
}

// CloseGiveaway ends the entries.
func (c *Client) CloseGiveaway(ctx context.Context, a GiveawayAction) (Giveaway, error) {
	return ask[Giveaway](ctx, c, PostEndEntries, call{body: a})
}

// CancelGiveaway ends a giveaway without a winner.
func (c *Client) CancelGiveaway(ctx context.Context, a GiveawayAction) (Giveaway, error) {
	return ask[Giveaway](ctx, c, PostCancel, call{body: a})
}

// RaffleSeeds is what the rolls were drawn from, newest first.
func (c *Client) RaffleSeeds(ctx context.Context, limit int) ([]RaffleSeed, error) {
	return ask[[]RaffleSeed](ctx, c, GetRaffleSeeds, call{query: limited(limit)})
}

// VerifyRaffle computes every roll again of a session, of all for "". NotFound
// when that session has no seed.
func (c *Client) VerifyRaffle(ctx context.Context, session string) (RaffleProof, error) {
	q := url.Values{}
	if session != "" {
		q.Set("session", session)
	}
	return ask[RaffleProof](ctx, c, GetRaffleProof, call{query: q})
}

// Stream is the session that is live, or the last one.
func (c *Client) Stream(ctx context.Context) (Stream, error) {
	return ask[Stream](ctx, c, GetStream, call{})
}

// Viewers is who is in chat, at most limit of them.
func (c *Client) Viewers(ctx context.Context, limit int) (Viewers, error) {
	return ask[Viewers](ctx, c, GetViewers, call{query: limited(limit)})
}

// Say says text in chat. Denied with the reason "dropped" means that Twitch took
// the message and did not post it.
func (c *Client) Say(ctx context.Context, r SayRequest) (Said, error) {
	return ask[Said](ctx, c, PostChat, call{body: r})
}

// Sagas lists sagas, last changed first, in one state or, for "", in any.
func (c *Client) Sagas(ctx context.Context, state string, limit int) (Sagas, error) {
	q := limited(limit)
	if state != "" {
		q.Set("state", state)
	}
	return ask[Sagas](ctx, c, GetSagas, call{query: q})
}

// Saga is one saga with its steps.
func (c *Client) Saga(ctx context.Context, id string) (Saga, error) {
	return ask[Saga](ctx, c, GetSaga, call{path: map[string]string{"id": id}})
}

// RetrySaga makes a saga that waits, failed or is undecided try again now.
func (c *Client) RetrySaga(ctx context.Context, id string) (Saga, error) {
	return ask[Saga](ctx, c, PostRetry, call{path: map[string]string{"id": id}})
}

// ResolveSaga decides whether the uncertain step of a saga happened.
func (c *Client) ResolveSaga(ctx context.Context, id string, happened bool) (Saga, error) {
	return ask[Saga](ctx, c, PostResolve, call{path: map[string]string{"id": id}, body: ResolveRequest{Happened: &happened}})
}

// Journal is what happened after record after, at most limit records; for an
// after below 0, the newest ones.
//
// With types it is only what is of one of them.
func (c *Client) Journal(ctx context.Context, after int64, limit int, types ...event.Type) (Journal, error) {
	q := limited(limit)
	if after >= 0 {
		q.Set("after", strconv.FormatInt(after, 10))
	}
	if len(types) > 0 {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = string(t)
		}
		q.Set("type", strings.Join(names, ","))
	}
	return ask[Journal](ctx, c, GetJournal, call{query: q})
}

// Logins is how the platforms' logins stand; with validate they are asked now.
func (c *Client) Logins(ctx context.Context, validate bool) ([]Login, error) {
	return ask[[]Login](ctx, c, GetLogins, call{query: url.Values{"validate": {strconv.FormatBool(validate)}}})
}

// LogIn stores a login. grant is JSON as the platform's token endpoint gives
// it; it travels in the body and is never answered.
func (c *Client) LogIn(ctx context.Context, platform string, grant []byte) (Login, error) {
	return ask[Login](ctx, c, PostLogin, call{path: map[string]string{"platform": platform}, body: grant})
}

// BeginLogin begins a login to which a person agrees in a browser.
func (c *Client) BeginLogin(ctx context.Context, platform string, in LoginStart) (LoginBegun, error) {
	return ask[LoginBegun](ctx, c, PostLoginBegin, call{path: map[string]string{"platform": platform}, body: in})
}

// FinishLogin asks once what became of a login: its State is LoginPending while
// nobody has agreed. Not before the interval of LoginBegun is over; after an
// error that is Unavailable, RateLimited or Ambiguous, it may be asked again.
func (c *Client) FinishLogin(ctx context.Context, platform string, in LoginFinish) (Login, error) {
	return ask[Login](ctx, c, PostLoginFinish, call{path: map[string]string{"platform": platform}, body: in})
}

// RefreshLogin refreshes a login now. Conflict, reason "refresh-unknown", means
// that the answer to the last refresh was lost and the access token still
// serves: nothing was sent.
func (c *Client) RefreshLogin(ctx context.Context, platform string) (Login, error) {
	return ask[Login](ctx, c, PostRefresh, call{path: map[string]string{"platform": platform}})
}

// LogOut ends a login and forgets it; NotFound when there is none.
func (c *Client) LogOut(ctx context.Context, platform string) (Login, error) {
	return ask[Login](ctx, c, DeleteLogin, call{path: map[string]string{"platform": platform}})
}

// Rewards lists every channel-point reward of the channel, ours first. Denied,
// reason "not-affiliate", means that the channel can have none.
func (c *Client) Rewards(ctx context.Context) ([]Reward, error) {
	return ask[[]Reward](ctx, c, GetRewards, call{})
}

// SetUpRewards creates our rewards or adopts them, and changes what differs from
// the settings; again, it changes nothing.
func (c *Client) SetUpRewards(ctx context.Context) ([]Reward, error) {
	return ask[[]Reward](ctx, c, PostRewards, call{})
}

// UpdateReward changes what differs from the settings of the reward for "song"
// or "raffle". Here and below NotFound, reason "no-reward", means that there is
// none yet.
func (c *Client) UpdateReward(ctx context.Context, reward string) (Reward, error) {
	return ask[Reward](ctx, c, PostReward, call{path: map[string]string{"reward": reward}})
}

// PauseReward keeps viewers from redeeming; ResumeReward lets them again, unless
// something else still holds the reward.
func (c *Client) PauseReward(ctx context.Context, reward string) (Reward, error) {
	return ask[Reward](ctx, c, PostRewardPause, call{path: map[string]string{"reward": reward}})
}

// ResumeReward ends what PauseReward began.
func (c *Client) ResumeReward(ctx context.Context, reward string) (Reward, error) {
	return ask[Reward](ctx, c, PostRewardGo, call{path: map[string]string{"reward": reward}})
}

// DeleteReward returns the points of a reward's open redemptions and deletes it:
// the one for "song" or "raffle", or any that this app made, by its id.
func (c *Client) DeleteReward(ctx context.Context, reward string) (Reward, error) {
	return ask[Reward](ctx, c, DeleteReward, call{path: map[string]string{"reward": reward}})
}
