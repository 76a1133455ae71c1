package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/web"
	"sidestage/storage"
)

// longYears is a database in which every look takes long.
type longYears struct {
	web.Store
	looks int
}

func (y *longYears) View(ctx context.Context, fn func(web.Tx) error) error {
	y.looks++
	time.Sleep(300 * time.Millisecond)
	return y.Store.View(ctx, fn)
}

// What takes long to count is counted once a minute, however often it is asked
// for, and each question by itself.
func TestWhatTakesLongToCountIsCountedOnceAMinute(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		db, err := storage.Open(t.Context(), dir, storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // only read at the end
		slow := &longYears{Store: storage.In(db, func(tx *storage.Tx) web.Tx { return tx })}
		server := web.New(web.Config{Store: slow, Token: token})
		ask := func(path string) string {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:7433"+path, http.NoBody)
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", path, w.Code, w.Body)
			}
			return w.Body.String()
		}
		month := func() string {
			return "/api/stats/viewers?since=" + time.Now().Add(-30*24*time.Hour).Format(time.RFC3339)
		}
		rolled := func(id, viewer string) {
			err := db.Update(t.Context(), func(tx *storage.Tx) error {
				v := core.Viewer{ID: viewer, Login: viewer, Name: viewer}
				if err := tx.ViewerPut(v); err != nil {
					return err
				}
				return won(tx, id, v)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		rolled("x1", "luna")
		first := ask(month())
		rolled("x2", "kai")
		time.Sleep(20 * time.Second) // within the minute
		if again := ask(month()); again != first || slow.looks != 1 {
			t.Errorf("%d looks for %s", slow.looks, again)
		}
		if all := ask("/api/stats/viewers"); !strings.Contains(all, "kai") {
			t.Errorf("another question: %s", all)
		}
		time.Sleep(time.Minute)
		if now := ask(month()); !strings.Contains(now, "kai") {
			t.Errorf("a minute later: %s", now)
		}
	})
}
