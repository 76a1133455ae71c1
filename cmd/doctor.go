package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/config"
)

func newDoctorCmd(f *factory) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check everything, and say what to do about what does not work",
		Long: `Checks settings, data directory, database, logins, clock, rewards, player,
overlay and browser, and how the desk is that runs. A line each: ok, warn or
fail, what it is about, and for what does not work what to do. Exit code 1 when
something fails. It changes nothing; a desk that runs may stay running.`,
		RunE: func(c *cobra.Command, _ []string) error { return f.doctor(c.Context()) },
	}
}

// Levels of a finding.
const (
	levelOK   = "ok"
	levelWarn = "warn"
	levelFail = "fail"
)

// finding is what one check came to.
type finding struct {
	Level string `json:"level"`
	What  string `json:"what"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

// doctor is the checks under way.
type doctor struct {
	f        *factory
	settings config.Settings
	client   *api.Client
	address  string          // of the desk that runs; empty when none does
	demo     bool            // the database is a demo's
	usable   map[string]bool // the logins that the checks may go on with, by platform
	found    []finding
}

func (d *doctor) ok(what, format string, a ...any) {
	d.found = append(d.found, finding{levelOK, what, fmt.Sprintf(format, a...), ""})
}

func (d *doctor) warn(what, do, format string, a ...any) {
	d.found = append(d.found, finding{levelWarn, what, fmt.Sprintf(format, a...), do})
}

func (d *doctor) fail(what, do, format string, a ...any) {
	d.found = append(d.found, finding{levelFail, what, fmt.Sprintf(format, a...), do})
}

func (f *factory) doctor(ctx context.Context) error {
	d := &doctor{f: f, usable: map[string]bool{}}
	if d.readSettings() {
		d.client = f.reach()
		for _, check := range []func(context.Context){
			d.dataDir, d.database, d.secrets, d.desk, d.parts, d.logins, d.rewards, d.player, d.overlay, d.browser,
		} {
			if check(ctx); ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	failed := 0
	for _, found := range d.found {
		if found.Level == levelFail {
			failed++
		}
	}
	v := struct {
		OK     bool      `json:"ok"` // nothing fails
		Checks []finding `json:"checks"`
	}{failed == 0, d.found}
	err := f.print(v, func(b *strings.Builder) {
		f.table(b, f.findings(d.found))
	})
	if err == nil && failed > 0 {
		err = core.Because(core.Internal, "unwell", "%d of %d checks failed", failed, len(d.found))
	}
	return err
}

// findings are the rows of a report: what to do in a column of its own for
// programs, and for eyes in a line of its own, which is short enough for them.
func (f *factory) findings(all []finding) [][]string {
	rows := make([][]string, 0, len(all))
	for _, found := range all {
		row := []string{found.Level, found.What, found.Says}
		switch {
		case found.Do == "":
			rows = append(rows, row)
		case f.OutTerminal:
			rows = append(rows, row, []string{"", "", "do: " + found.Do})
		default:
			rows = append(rows, append(row, found.Do))
		}
	}
	return rows
}
