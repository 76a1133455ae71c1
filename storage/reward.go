package storage

import "fmt"

// RewardHold holds a reward paused for a reason; false when it was already.
func (tx *Tx) RewardHold(reward, reason string) (bool, error) {
	res, err := tx.exec("INSERT INTO reward_hold (reward, reason, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", reward, reason, millis(tx.Now()))
	return inserted(res, err, "hold reward "+reward)
}

// RewardRelease ends a hold; false when there was none.
func (tx *Tx) RewardRelease(reward, reason string) (bool, error) {
	res, err := tx.exec("DELETE FROM reward_hold WHERE reward = ? AND reason = ?", reward, reason)
	return inserted(res, err, "release reward "+reward)
}

// RewardHolds lists why a reward is held, the first reason first.
func (tx *Tx) RewardHolds(reward string) ([]string, error) {
	reasons, err := collect(tx, "SELECT reason FROM reward_hold WHERE reward = ? ORDER BY since, reason", []any{reward}, scanText)
	if err != nil {
		return nil, fmt.Errorf("list holds of reward %s: %w", reward, err)
	}
	return reasons, nil
}

// RewardDue notes that Twitch has to be told whether a reward is paused.
func (tx *Tx) RewardDue(reward string) error {
	_, err := tx.exec("INSERT INTO reward_due (reward) VALUES (?) ON CONFLICT DO NOTHING", reward)
	return err
}

// RewardsDue lists the rewards of which Twitch has to be told.
func (tx *Tx) RewardsDue() ([]string, error) {
	due, err := collect(tx, "SELECT reward FROM reward_due ORDER BY reward", nil, scanText)
	if err != nil {
		return nil, fmt.Errorf("list rewards to be told of: %w", err)
	}
	return due, nil
}

// RewardTold ends a RewardDue.
func (tx *Tx) RewardTold(reward string) error {
	_, err := tx.exec("DELETE FROM reward_due WHERE reward = ?", reward)
	return err
}
