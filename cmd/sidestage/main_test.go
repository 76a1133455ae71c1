package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite"
)

// TestMain lets scripts run this test binary as the command sidestage, as the
// browser that Linux and macOS open, and as both platforms.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sidestage": main, "xdg-open": visit, "open": visit, "bothplatforms": bothPlatforms})
}

// TestScript runs testdata/script/*.txtar, each in a directory and a home of
// its own.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "waits": waits, "waitsfor": waitsfor, "tampers": tampers, "hangsup": hangsup, "platforms": platforms, "channel": channel,
		},
		Setup: func(e *testscript.Env) error {
			for name, dir := range map[string]string{
				"HOME": "home", "AppData": "home/roaming", "LocalAppData": "home/local",
			} {
				e.Setenv(name, e.WorkDir+"/"+dir)
			}
			e.Values[platformsKey{}] = &simulation{}
			return os.Mkdir(e.WorkDir+"/home", 0o700)
		},
	})
}

// tampers changes a database behind its back: tampers file statement.
func tampers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tampers file statement")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = db.Close() }() // nothing is left to write
	_, err = db.ExecContext(context.Background(), args[1])
	ts.Check(err)
}

// exits runs a command and checks its exit code: exits 2 sidestage --nope.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, failed := 0, (*exec.ExitError)(nil)
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
