package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sidestage/core"
	"sidestage/core/event"
)

// ReceiptInsert stores a new receipt; false when the message was received
// before.
func (tx *Tx) ReceiptInsert(r event.Receipt) (bool, error) {
	res, err := tx.exec(`INSERT INTO receipt (id, type, state, payload, attempts, next_at, error, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		r.ID, r.Type, string(r.State), maybeJSON(r.Payload), r.Attempts, maybeMillis(r.NextAt), r.Error, millis(r.ReceivedAt))
	return inserted(res, err, "insert receipt "+r.ID)
}

// ReceiptPut writes how far a receipt has come.
func (tx *Tx) ReceiptPut(r event.Receipt) error {
	_, err := tx.exec(`UPDATE receipt SET state = ?, payload = ?, attempts = ?, next_at = ?, error = ? WHERE id = ?`,
		string(r.State), maybeJSON(r.Payload), r.Attempts, maybeMillis(r.NextAt), r.Error, r.ID)
	if err != nil {
		return fmt.Errorf("write receipt %s: %w", r.ID, err)
	}
	return nil
}

// ReceiptRepeated counts a repeat of the message or of what it is about.
func (tx *Tx) ReceiptRepeated(id string) error {
	if _, err := tx.exec(`UPDATE receipt SET repeats = repeats + 1 WHERE id = ?`, id); err != nil {
		return fmt.Errorf("count repeat of receipt %s: %w", id, err)
	}
	return nil
}

// ReceiptsDue lists open receipts whose next attempt is due by at.
func (tx *Tx) ReceiptsDue(at time.Time, limit int) ([]event.Receipt, error) {
	due, err := collect(tx, `SELECT id, type, state, payload, attempts, next_at, error, received_at
		FROM receipt WHERE state = 'open' AND next_at <= ? ORDER BY next_at, id LIMIT ?`, []any{millis(at), limit}, scanReceipt)
	if err != nil {
		return nil, fmt.Errorf("list due receipts: %w", err)
	}
	return due, nil
}

func scanReceipt(rows *sql.Rows) (r event.Receipt, err error) {
	var payload sql.NullString
	var next sql.NullInt64
	var received int64
	err = rows.Scan(&r.ID, &r.Type, &r.State, &payload, &r.Attempts, &next, &r.Error, &received)
	r.Payload, r.NextAt, r.ReceivedAt = json.RawMessage(payload.String), maybeTime(next), fromMillis(received)
	return r, err
}

// RedemptionInsert stores a redemption; false when it is known. Reward is
// "song" or "raffle".
func (tx *Tx) RedemptionInsert(r core.Redemption, reward string) (bool, error) {
	res, err := tx.exec(`INSERT INTO redemption (id, reward_id, reward, viewer_id, input, cost, redeemed_at, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		r.ID, r.RewardID, reward, r.Viewer.ID, r.Input, r.Cost, millis(r.RedeemedAt), millis(tx.Now()))
	return inserted(res, err, "insert redemption "+r.ID)
}

// RedemptionSettle records what Twitch has booked; false when it already was
// on record.
func (tx *Tx) RedemptionSettle(id string, to core.Status, reason string) (bool, error) {
	res, err := tx.exec(`UPDATE redemption SET status = ?, reason = ?, settled_at = ? WHERE id = ? AND status = 'unfulfilled'`,
		string(to), reason, millis(tx.Now()), id)
	return inserted(res, err, "settle redemption "+id)
}

// RedemptionStatus implements workflow.Tx.
func (tx *Tx) RedemptionStatus(id string) (core.Status, error) {
	var status string
	err := tx.get(`SELECT status FROM redemption WHERE id = ?`, []any{id}, &status)
	if errors.Is(err, sql.ErrNoRows) {
		return "", core.E(core.NotFound, "there is no redemption %s", id)
	}
	if err != nil {
		return "", fmt.Errorf("look up redemption %s: %w", id, err)
	}
	return core.Status(status), nil
}

// RedemptionsUndecided implements workflow.Tx.
func (tx *Tx) RedemptionsUndecided() ([]core.Redemption, error) {
	all, err := collect(tx, `SELECT r.id, r.reward_id, r.viewer_id, v.login, v.name, r.input, r.cost, r.redeemed_at, r.status
		FROM redemption AS r JOIN viewer AS v ON v.id = r.viewer_id JOIN saga AS s ON s.id = r.id
		WHERE s.state IN ('needs-decision', 'failed') AND r.reason = 'elsewhere' ORDER BY r.redeemed_at, r.id`, nil, scanRedemption)
	if err != nil {
		return nil, fmt.Errorf("list undecided redemptions: %w", err)
	}
	return all, nil
}

// RedemptionsOpen lists the redemptions of a reward that are not settled as far
// as we know and came in before a time.
func (tx *Tx) RedemptionsOpen(rewardID string, before time.Time) ([]string, error) {
	all, err := collect(tx, `SELECT id FROM redemption WHERE status = 'unfulfilled' AND reward_id = ? AND received_at < ?
		ORDER BY redeemed_at, id`, []any{rewardID, millis(before)}, func(rows *sql.Rows) (id string, err error) {
		err = rows.Scan(&id)
		return id, err
	})
	if err != nil {
		return nil, fmt.Errorf("list open redemptions: %w", err)
	}
	return all, nil
}

// Redemptions lists every redemption with what Twitch has booked for it, as
// far as we know.
func (tx *Tx) Redemptions() ([]core.Redemption, error) {
	all, err := collect(tx, `SELECT r.id, r.reward_id, r.viewer_id, v.login, v.name, r.input, r.cost, r.redeemed_at, r.status
		FROM redemption AS r JOIN viewer AS v ON v.id = r.viewer_id ORDER BY r.redeemed_at, r.id`, nil, scanRedemption)
	if err != nil {
		return nil, fmt.Errorf("list redemptions: %w", err)
	}
	return all, nil
}

func scanRedemption(rows *sql.Rows) (r core.Redemption, err error) {
	var at int64
	err = rows.Scan(&r.ID, &r.RewardID, &r.Viewer.ID, &r.Viewer.Login, &r.Viewer.Name, &r.Input, &r.Cost, &at, &r.Status)
	r.RedeemedAt = fromMillis(at)
	return r, err
}
