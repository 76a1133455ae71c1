package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidestage/core"
	"sidestage/storage"
)

// The formats of an export.
const (
	formatCSV   = "csv"
	formatJSONL = "jsonl"
)

func newExportCmd(f *factory) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "export DIR",
		Short: "Write what happened into files for other programs",
		Long: `Writes viewers, sessions, redemptions, requests, rolls, giveaways and
achievements into DIR, a file each, as of one moment and whether the desk runs
or not. DIR has to be new or empty.

csv is for spreadsheets: a heading, UTF-8 with a mark that Excel needs, and an
apostrophe before text that a spreadsheet would take for a formula. jsonl is for
programs: an object a line, and text as it is. Times are UTC.

The journal is not in it: read it with sidestage events --json, from --after on.
Nothing secret is in it, no logins and no seeds of the raffle; but it has what
your viewers are called and what they typed.`,
		Example: "  sidestage export ~/desk-2026\n  sidestage export --format jsonl ./export",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if format != formatCSV && format != formatJSONL {
				return core.E(core.Invalid, "there is no format %q: csv and jsonl can be written", format)
			}
			return f.export(c.Context(), args[0], format)
		},
	}
	c.Flags().StringVar(&format, "format", formatCSV, "`csv` or jsonl")
	return c
}

// exported is a file of an export.
type exported struct {
	Name string `json:"name"`
	Path string `json:"path"`
	Rows int    `json:"rows"`
}

func (f *factory) export(ctx context.Context, dir, format string) (err error) {
	loaded, err := f.settings()
	if err != nil {
		return err
	}
	db, err := storage.Open(ctx, loaded.DataDir, storage.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if dir, err = filepath.Abs(dir); err != nil {
		return core.E(core.Invalid, "export: %w", err)
	}
	made, err := emptyDir(dir)
	if err != nil {
		return err
	}
	v := struct {
		Dir    string     `json:"dir"`
		Format string     `json:"format"`
		Files  []exported `json:"files"`
	}{dir, format, []exported{}}
	err = db.View(ctx, func(tx *storage.Tx) error {
		for _, t := range storage.Tables() {
			file := exported{Name: t.Name, Path: filepath.Join(dir, t.Name+"."+format)}
			v.Files = append(v.Files, file)
			if v.Files[len(v.Files)-1].Rows, err = exportTable(tx, t, file.Path, format); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for _, file := range v.Files { // half an export is none
			_ = os.Remove(file.Path)
		}
		if made {
			_ = os.Remove(dir)
		}
		return err
	}
	return f.print(v, func(b *strings.Builder) {
		rows := make([][]string, 0, len(v.Files))
		for _, file := range v.Files {
			rows = append(rows, []string{plural(file.Rows, "row"), file.Path})
		}
		f.table(b, rows)
	})
}

// emptyDir makes dir, or makes sure that nothing is in it.
func emptyDir(dir string) (made bool, err error) {
	there, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(dir, 0o700)
		made = err == nil
	case err == nil && len(there) > 0:
		return false, core.E(core.Conflict, "%s is not empty: export into a new directory", dir)
	}
	if err != nil {
		return false, core.E(core.Unavailable, "export: %w", err)
	}
	return made, nil
}

// exportTable writes one file, row by row.
func exportTable(tx *storage.Tx, t storage.Table, path, format string) (rows int, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, core.E(core.Unavailable, "export %s: %w", t.Name, err)
	}
	out := bufio.NewWriterSize(file, 1<<16)
	form := csvRows
	if format == formatJSONL {
		form = jsonRows
	}
	write, finish := form(out, t)
	err = tx.Export(t, func(values []any) error { rows++; return write(values) })
	if written := errors.Join(finish(), out.Flush(), file.Close()); err == nil && written != nil {
		err = core.E(core.Unavailable, "export %s: %w", t.Name, written)
	}
	return rows, err
}

// jsonRows writes an object a line, its fields in the order of the columns.
// What is not there is null.
func jsonRows(out io.Writer, t storage.Table) (write func([]any) error, finish func() error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	before := [...]string{"{", ","}
	write = func(values []any) error {
		line.Reset()
		for i, v := range values {
			line.WriteString(before[min(i, 1)] + strconv.Quote(t.Columns[i]) + ":")
			if err := e.Encode(v); err != nil {
				return err
			}
			line.Truncate(line.Len() - 1) // the line's end
		}
		line.WriteString("}\n")
		_, err := out.Write(line.Bytes())
		return err
	}
	return write, func() error { return nil }
}

// byteOrderMark tells Excel that a file is UTF-8.
const byteOrderMark = "\ufeff"

// csvRows writes RFC 4180 for spreadsheets. What is not there is empty.
func csvRows(out io.Writer, t storage.Table) (write func([]any) error, finish func() error) {
	_, markErr := io.WriteString(out, byteOrderMark)
	w := csv.NewWriter(out)
	w.UseCRLF = true
	headErr := w.Write(t.Columns)
	cells := make([]string, len(t.Columns))
	write = func(values []any) error {
		for i, v := range values {
			cells[i] = cell(v)
		}
		return w.Write(cells)
	}
	return write, func() error { w.Flush(); return errors.Join(markErr, headErr, w.Error()) }
}

// cell is a value as a spreadsheet takes it. Text is never a formula: what
// would begin one gets an apostrophe (owasp.org/www-community/attacks/CSV_Injection).
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		return v.Format("2006-01-02 15:04:05.000")
	case string:
		if strings.IndexAny(v, "=+-@\t\r\n") == 0 {
			return "'" + v
		}
		return v
	default: // numbers and truths
		return fmt.Sprint(v)
	}
}
