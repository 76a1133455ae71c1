package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/web"
	"sidestage/storage"
	"sidestage/storage/years"
)

// yearly are the questions to routes that read what years have left; {session}
// is the last stream, {month} 30 days before its end.
var yearly = map[api.Name][]string{
	api.GetTopTracks:          {"", "?limit=100", "?session={session}", "?since={month}"},
	api.GetTopTracksOf:        {"", "?session={session}", "?since={month}"},
	api.GetTopRequester:       {"", "?limit=100", "?session={session}", "?since={month}"},
	api.GetSessions:           {"", "?limit=100", "?session={session}", "?since={month}"},
	api.GetViewerStats:        {"", "?limit=100", "?session={session}", "?since={month}"},
	api.GetViewerPage:         {"", "?session={session}", "?since={month}"},
	api.GetErrors:             {"", "?session={session}", "?since={month}"},
	api.GetLeaderboard:        {"", "?sortBy=rolls", "?sortBy=wins", "?limit=100", "?session={session}"},
	api.GetRaffleUser:         {""},
	api.GetRaffleRolls:        {"", "?user=100000000", "?user=100000777", "?wins=all", "?wins=waiting", "?session={session}"},
	api.GetRaffleSeeds:        {""},
	api.GetAchievements:       {""},
	api.GetAchievementLeaders: {"", "?limit=100"},
	api.GetLatestAchievements: {"", "?limit=100"},
	api.GetAchievementsOf:     {""},
	api.GetUnlockedBy:         {""},
	api.GetHistory:            {"", "?limit=100"},
	api.GetQueue:              {"", "?limit=100"},
	api.GetNowPlaying:         {""},
	api.GetStream:             {""},
	api.GetSagas:              {"", "?state=needs-decision", "?state=compensated"},
	api.GetJournal:            {"", "?limit=100", "?type=raffle.committed,error.happened"},
	api.GetHealth:             {""},
}

// BenchmarkYears asks each of them.
func BenchmarkYears(b *testing.B) {
	db := years.Read(b, years.Requests(b))
	s := &staff{}
	server := web.New(web.Config{
		Store: storage.In(db, func(tx *storage.Tx) web.Tx { return tx }), Achievements: s, Health: s.health, Token: token, Build: "b1", Platform: "live",
	})
	fill := strings.NewReplacer(lastStream(b, db)...)
	for _, route := range api.Routes() {
		for _, query := range yearly[route.Name] {
			b.Run(string(route.Name)+query, func(b *testing.B) {
				target := strings.ReplaceAll(route.Path, "{user}", "100000000") + fill.Replace(query)
				var took []time.Duration
				for b.Loop() {
					r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://127.0.0.1:7433"+target, http.NoBody)
					w := httptest.NewRecorder()
					begun := time.Now()
					server.ServeHTTP(w, r)
					took = append(took, time.Since(begun))
					if w.Code != http.StatusOK {
						b.Fatalf("%s: %d %s", target, w.Code, w.Body)
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[(len(took)-1)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
	}
}

func lastStream(b *testing.B, db *storage.DB) (fill []string) {
	b.Helper()
	err := db.View(context.Background(), func(tx *storage.Tx) error {
		found, err := tx.StatsSessions(core.Span{}, 1)
		if err == nil {
			month := found[0].EndedAt.Add(-30 * 24 * time.Hour).Format(time.RFC3339)
			fill = []string{"{session}", strconv.FormatInt(found[0].ID, 10), "{month}", url.QueryEscape(month)}
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return fill
}
