// Package storage keeps the desk's state in one SQLite file, sidestage.db, and
// is the only room that speaks SQL. Rules live in core; a domain package
// declares the slice of a transaction it needs and In narrows Tx to it.
//
// # Transactions
//
// A transaction is a function given to Update or View. Updates are grouped:
// whoever calls while a commit is under way joins the next one, and alone
// nobody waits. In a group each function has a savepoint of its own, so one
// that returns an error, panics or ends its goroutine takes back only what it
// did itself. Functions run in their own caller's goroutine, one at a time, but
// on the connection's terms: a caller's context counts until its turn has come
// and not after, because an interrupted statement makes SQLite roll back
// everybody's work. A function must therefore not wait for anything outside,
// and must not call Update or Close: it would wait for itself.
//
// Update returns nil only when the work is durable. When the connection loses
// its transaction (a full disk, a failing one) the whole group fails, and so
// does every member of it. Hooks given to AfterCommit run after the COMMIT, in
// the order of the transactions, before any Update of the group returns; they
// must not block, panic or call Update.
//
// View reads one consistent snapshot, as of its first statement, and never
// waits for a writer. There are few connections to read with, so a View inside
// another may wait for itself.
//
// # SQL
//
// Every statement is one whole string literal, or a constant that is one, that
// begins with its keyword in capitals and holds no semicolon. A test finds them
// all in the source and prepares each against a fresh database, so a statement
// put together at run time would escape it; the test refuses those too. Tables
// are STRICT, every state column has a CHECK, no foreign key is deferred, and a
// time is an INTEGER of Unix milliseconds: a time.Time is never given to the
// driver, which would store its Go notation.
//
// # Size
//
// Requests, rolls, redemptions, viewers and the journal are kept for ever. What
// only says how they came about is forgotten, by a desk that runs: receipts
// after a week, finished sagas with their steps, and the records of how sagas
// went on, after a month. It is done in small transactions, so that nobody waits
// for it. The pages that become free are used again; there is no auto_vacuum,
// which would move pages at every commit to give back what is needed next month,
// and no VACUUM, which holds up everybody for seconds. So the file is as large
// as what is kept and the largest month. A test in core/desk reckons a year of
// heavy use at less than 250 MB.
//
// What is asked for all there is comes from totals, which triggers keep, and what
// is asked for a session or a viewer from an index that begins with it: nothing
// gets slower as the years go by but what is asked for years. Statements are
// planned by their indexes alone; there is no ANALYZE, whose findings would make
// the plans differ from one desk to another.
//
// # Files
//
// All in the data directory, for the owner's eyes only: sidestage.db with its
// -wal and -shm, sidestage.lock, sidestage.holder (who has the lock), and
// backups/ with the copies that were asked for, those taken before a migration,
// and what a restore replaced. A copy never ends in .db.
package storage
