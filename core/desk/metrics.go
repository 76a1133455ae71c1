package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/event"
	"sidestage/core/saga"
	"sidestage/core/song"
	"sidestage/core/stream"
	"sidestage/core/twitch"
	"sidestage/storage"
)

// figures are the counters of a desk since it was opened. Every label has few
// values that the program itself makes up: never a viewer, a track or an id.
type figures struct {
	changes, steps, redemptions, songs, rolls *prometheus.CounterVec
}

func newFigures() figures {
	return figures{
		changes:     counter("saga_changes_total", "Changes of sagas to a state.", "kind", "state"),
		steps:       counter("saga_steps_total", "Changes of steps to a state.", "kind", "step", "state"),
		redemptions: counter("redemptions_total", "Redemptions of channel points of ours.", "outcome"),
		songs:       counter("song_requests_total", "Song requests.", "outcome"),
		rolls:       counter("raffle_rolls_total", "Rolls of the raffle.", "outcome"),
	}
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sidestage_" + name, Help: help}, labels)
}

// booked counts a step.
func (f figures) booked(kind, step string, state saga.StepState) {
	f.steps.WithLabelValues(kind, step, string(state)).Inc()
}

// heard counts what was committed.
func (f figures) heard(recs []event.Record) {
	for _, rec := range recs {
		if e, err := event.Decode(rec); err == nil {
			f.count(e)
		}
	}
}

func (f figures) count(e event.Event) {
	switch e := e.(type) {
	case event.SagaChanged:
		f.changes.WithLabelValues(e.Kind, e.State).Inc()
	case event.RedemptionReceived:
		f.redemptions.WithLabelValues("received").Inc()
	case event.RedemptionFulfilled:
		f.redemptions.WithLabelValues("fulfilled").Inc()
	case event.RedemptionRefunded:
		f.redemptions.WithLabelValues("refunded").Inc()
	case event.SongRequested:
		f.songs.WithLabelValues("accepted").Inc()
	case event.SongEnded:
		f.songs.WithLabelValues(e.Outcome).Inc()
	case event.SongWithdrawn:
		f.songs.WithLabelValues("withdrawn").Inc()
	case event.RaffleRolled:
		outcome := "lost"
		if e.Distance == 0 {
			outcome = "won"
		}
		f.rolls.WithLabelValues(outcome).Inc()
	case event.RaffleVoided:
		f.rolls.WithLabelValues("voided").Inc()
	}
}

// metrics answers api.MetricsPath, from a registry of its own.
func (d *Desk) metrics(build string) http.Handler {
	all := prometheus.NewRegistry()
	f := d.figures
	all.MustRegister(f.changes, f.steps, f.redemptions, f.songs, f.rolls, gauges{d: d, build: build})
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{Timeout: scrapeTimeout})
}

// scrapeTimeout is how long one look at everything may take.
const scrapeTimeout = 5 * time.Second

// gauges is how the desk stands when it is asked: a prometheus.Collector.
type gauges struct {
	d     *Desk
	build string
}

// Describe implements prometheus.Collector. It names nothing, so that nothing
// need be kept in step with Collect.
func (gauges) Describe(chan<- *prometheus.Desc) {}

// sheet is what one Collect writes on.
type sheet chan<- prometheus.Metric

// put writes one value; labels are names and values in turn.
func (s sheet) put(as prometheus.ValueType, name, help string, value float64, labels ...string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	s <- prometheus.MustNewConstMetric(prometheus.NewDesc("sidestage_"+name, help, names, nil), as, value, values...)
}

func (s sheet) gauge(name, help string, value float64, labels ...string) {
	s.put(prometheus.GaugeValue, name, help, value, labels...)
}

func (s sheet) total(name, help string, value float64, labels ...string) {
	s.put(prometheus.CounterValue, name, help, value, labels...)
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	s, d := sheet(ch), g.d
	h := d.health(ctx)
	s.gauge("info", "Which program this is.", 1, "build", g.build, "platform", string(d.db.Platform()))
	s.gauge("running", "Whether the desk runs, rather than a command that looks.", truth(h.Running))
	s.gauge("login_up", "Whether a login works.", truth(h.Components.Twitch.Status == api.StatusOK), "platform", PlatformTwitch)
	s.gauge("login_up", "Whether a login works.", truth(h.Components.Spotify.Status == api.StatusOK), "platform", PlatformSpotify)
	s.gauge("chat_up", "Whether chat is read.", truth(h.Components.Chat.Status == api.StatusOK))
	s.gauge("bus_behind", "Committed events that wait for the slowest listener.", float64(d.bus.Behind()))
	s.session(d.session.Health())
	s.calls(h)
	d.faults.count(func(kind string, n int) {
		s.total("errors_total", "Errors and recovered panics that were logged, by kind.", float64(n), "kind", kind)
	})
	err := d.db.View(ctx, s.stored)
	s.gauge("database_up", "Whether the database could be read.", truth(err == nil))
}

// session writes how the connection to Twitch stands.
func (s sheet) session(now twitch.Health) {
	s.gauge("eventsub_up", "Whether the websocket stands.", truth(now.SessionID != ""))
	s.gauge("eventsub_missing", "Wanted subscriptions that do not deliver.", float64(len(now.Missing)))
	s.total("eventsub_reconnects_total", "Sessions after the first one.", float64(max(now.Sessions-1, 0)))
}

// calls writes what the platforms were asked.
func (s sheet) calls(h api.Health) {
	for call, n := range h.Helix.Calls {
		s.total("helix_calls_total", "Requests sent to Twitch.", float64(n), "call", call)
	}
	for bucket, l := range map[string]api.RateLimit{"api": h.Helix.API, "chat": h.Helix.Chat} {
		s.gauge("helix_points_left", "Points left in a rate limit of Twitch, by our count.", float64(l.Left), "bucket", bucket)
		s.total("helix_waits_total", "Calls that waited for a point.", float64(l.Waits), "bucket", bucket)
		s.total("helix_refusals_total", "Answers 429 of Twitch.", float64(l.Refusals), "bucket", bucket)
	}
	for call, n := range h.WebAPI.Calls {
		s.gauge("spotify_calls_24h", "Requests sent to Spotify in the last 24 hours.", float64(n), "call", call)
	}
	s.gauge("spotify_barred", "Whether Spotify takes no calls for long.", truth(!h.WebAPI.BarredUntil.IsZero()))
}

// stored writes what the database knows.
func (s sheet) stored(tx *storage.Tx) error {
	standing, err := tx.SagasStanding()
	if err != nil {
		return err
	}
	for _, c := range standing {
		s.gauge("sagas", "Sagas that are not over or wait for a person.", float64(c.Count), "kind", c.Kind, "state", string(c.State))
	}
	_, pending, err := tx.SongPending(1)
	if err != nil {
		return err
	}
	s.gauge("queue_length", "Song requests in our own queue.", float64(pending))
	handed, err := song.Ahead(tx)
	if err != nil {
		return err
	}
	s.gauge("queue_handed_over", "Song requests in Spotify's queue.", float64(handed))
	last, err := tx.LastSeq()
	if err != nil {
		return err
	}
	s.total("journal_records_total", "The number of the newest record of the journal.", float64(last))
	return s.stream(tx)
}

func (s sheet) stream(tx *storage.Tx) error {
	now, err := stream.Current(tx)
	if err != nil && core.KindOf(err) != core.NotFound {
		return err
	}
	live := err == nil
	s.gauge("live", "Whether the stream is live.", truth(live))
	if !live {
		return nil
	}
	viewers, _, err := tx.StreamSample(now.ID)
	if err != nil && core.KindOf(err) != core.NotFound {
		return err
	}
	s.gauge("viewers", "Viewers at the last count.", float64(viewers))
	return nil
}
