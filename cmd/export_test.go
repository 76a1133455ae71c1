package cmd

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"sidestage/storage"
)

// TestNoCellOfAnExportIsAFormula: what a viewer typed must not do anything in
// the streamer's spreadsheet.
func TestNoCellOfAnExportIsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=HYPERLINK(\"http://x\")": "'=HYPERLINK(\"http://x\")", "+1": "'+1", "-_-": "'-_-", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"a=b": "a=b", "": "", "夜のレン": "夜のレン", "'quoted": "'quoted",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	at := time.Date(2026, 5, 31, 20, 58, 2, 7e6, time.UTC)
	for want, v := range map[string]any{"": nil, "-7": int64(-7), "62.5": 62.5, "true": true, "2026-05-31 20:58:02.007": at} {
		if got := cell(v); got != want {
			t.Errorf("%v becomes %q, want %q", v, got, want)
		}
	}
}

func TestBothFormatsOfAnExportCanBeReadAgain(t *testing.T) {
	table := storage.Table{Name: "viewers", Columns: []string{"id", "name", "at"}}
	values := []any{int64(7), "say \"hi\", <b>\nand =more", nil}
	var sheet, lines bytes.Buffer
	for _, f := range []struct {
		form func(io.Writer, storage.Table) (func([]any) error, func() error)
		out  *bytes.Buffer
	}{{csvRows, &sheet}, {jsonRows, &lines}} {
		write, finish := f.form(f.out, table)
		if err := errors.Join(write(values), finish()); err != nil {
			t.Error(err)
		}
	}
	text, marked := strings.CutPrefix(sheet.String(), byteOrderMark)
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked || len(records) != 2 || strings.Join(records[0], " ") != "id name at" || records[1][1] != values[1] || records[1][2] != "" {
		t.Errorf("%q, %v", records, err)
	}
	var got struct {
		ID   int
		Name string
		At   *time.Time
	}
	if err := json.Unmarshal(lines.Bytes(), &got); err != nil || got.ID != 7 || got.Name != values[1] || got.At != nil {
		t.Errorf("%+v, %v in %s", got, err, &lines)
	}
	if want := `{"id":7,"name":`; !strings.HasPrefix(lines.String(), want) || !strings.Contains(lines.String(), "<b>") {
		t.Errorf("%s", &lines)
	}
}
