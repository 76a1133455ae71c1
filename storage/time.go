package storage

import (
	"database/sql"
	"time"
)

// millis is how a time is stored: Unix milliseconds.
func millis(t time.Time) int64 { return t.UnixMilli() }

// fromMillis is the inverse of millis, in UTC.
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// maybeMillis stores the zero time as NULL.
func maybeMillis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return millis(t)
}

// maybeTime is the inverse of maybeMillis.
func maybeTime(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMillis(ms.Int64)
}
