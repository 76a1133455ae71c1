package main

import (
	"encoding/json"
	"os"
	"regexp"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for another process, and how often it
// looks.
const (
	patience = 30 * time.Second
	between  = 50 * time.Millisecond
)

// waits waits until a file is there: waits d/sidestage.run.
func waits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waits file")
	}
	for until := time.Now().Add(patience); ; time.Sleep(between) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("there is still no %s", args[0])
		}
	}
}

// waitsfor runs a command until it prints what is expected:
// waitsfor stdout REGEXP command [args...].
func waitsfor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: waitsfor stdout|stderr regexp command [args...]")
	}
	want, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for until := time.Now().Add(patience); ; time.Sleep(between) {
		err := ts.Exec(args[2], args[3:]...)
		if err == nil && want.MatchString(ts.ReadFile(args[0])) {
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("%s never matched %s (%v)", args[0], args[1], err)
		}
	}
}

// hangsup sends SIGHUP to the desk that a run file names: hangsup d/sidestage.run.
func hangsup(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hangsup runfile")
	}
	var run struct{ PID int }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &run))
	desk, err := os.FindProcess(run.PID)
	ts.Check(err)
	ts.Check(desk.Signal(syscall.SIGHUP))
}
