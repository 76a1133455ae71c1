package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sidestage/core"
)

// fault gives a driver's error its kind. Result codes and their meaning:
// https://www.sqlite.org/rescode.html
func fault(err error) error {
	var known interface{ ErrorKind() core.Kind }
	if err == nil || errors.As(err, &known) {
		return err
	}
	kind, reason := classify(err)
	return core.Because(kind, reason, "%w", err)
}

func classify(err error) (core.Kind, string) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return core.Unavailable, ""
	}
	switch code := resultCode(err); code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return core.Conflict, "exists"
	default:
		return classifyPrimary(code & 0xff)
	}
}

func classifyPrimary(code int) (core.Kind, string) {
	switch code {
	case sqlite3.SQLITE_FULL:
		return core.Unavailable, "disk-full"
	case sqlite3.SQLITE_IOERR:
		return core.Unavailable, "disk-error"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
		return core.Unavailable, ""
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN:
		return core.Denied, "not-writable"
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return core.Invalid, "not-a-database"
	default:
		return core.Internal, ""
	}
}

// commitFault is fault for a COMMIT. One that could not be written to disk is
// rolled back for this process, but its frames may stand complete in the log,
// and a crash before the next write would bring them back.
func commitFault(err error) error {
	if resultCode(err)&0xff == sqlite3.SQLITE_IOERR {
		return core.Because(core.Ambiguous, "disk-error", "commit: %w", err)
	}
	return fmt.Errorf("commit: %w", fault(err))
}

// isConstraint reports whether err only refused one statement, which SQLite
// then has undone without touching the transaction around it.
func isConstraint(err error) bool {
	return resultCode(err)&0xff == sqlite3.SQLITE_CONSTRAINT
}

// resultCode is SQLite's extended result code of err, or 0.
func resultCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code()
}

// fileFault is fault for errors of the operating system.
func fileFault(err error, doing string) error {
	kind, reason := core.Unavailable, ""
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		kind, reason = core.Denied, "not-writable"
	case errors.Is(err, syscall.ENOSPC):
		reason = "disk-full"
	}
	return core.Because(kind, reason, "%s: %w", doing, err)
}
