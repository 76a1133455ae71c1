package song

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// look reads "c0 50/180 | A* b c": c0 is current, 50 of its 180 seconds played,
// and the rest is upcoming. A star marks ours; every item lasts 180 s unless it
// says so ("b:9"). "-" is nothing, "pause" stops the player.
func look(t *testing.T, at int, text string) (Snapshot, []bool) {
	t.Helper()
	text, paused := strings.CutPrefix(text, "pause ")
	s := Snapshot{Active: true, Playing: !paused, At: noon.Add(time.Duration(at) * time.Second)}
	head, list, ok := strings.Cut(text, "|")
	if !ok {
		t.Fatalf("look %q has no list", text)
	}
	if f := strings.Fields(head); f[0] != "-" {
		var gone, length int
		if _, err := fmt.Sscanf(f[1], "%d/%d", &gone, &length); err != nil {
			t.Fatalf("look %q: %v", text, err)
		}
		it := named(f[0], length)
		s.Current, s.Progress = &it, time.Duration(gone)*time.Second
	}
	var own []bool
	for f := range strings.FieldsSeq(list) {
		f, ours := strings.CutSuffix(f, "*")
		s.Upcoming, own = append(s.Upcoming, parse(f)), append(own, ours)
	}
	return s, own
}

func parse(f string) Item {
	name, length, _ := strings.Cut(f, ":")
	n, err := strconv.Atoi(length)
	if err != nil {
		n = 180
	}
	return named(name, n)
}

func named(name string, seconds int) Item {
	it := Item{Kind: KindTrack, ID: name, URI: "spotify:track:" + name, Name: name, Duration: time.Duration(seconds) * time.Second}
	if name == "ad" {
		return Item{Kind: KindAd}
	}
	return it
}

// full pads a list to a whole window with a context.
func full(list string) string {
	n := len(strings.Fields(strings.SplitN(list, "|", 2)[1]))
	for i := n; i < Window; i++ {
		list += fmt.Sprintf(" z%d", i-n)
	}
	return list
}

func TestTheCheapestStoryIsWhatHappened(t *testing.T) {
	type row struct {
		was    string
		unseen string // "A:180@5": length, and when it was added
		after  int    // seconds
		now    string
		want   string // current, popped, arrived; d = doubtful
	}
	rows := map[string]row{
		"nothing":                            {full("c0 50/180 | A* c1"), "", 10, full("c0 60/180 | A c1"), "same 0 0"},
		"paused":                             {"pause " + full("c0 50/180 | A* c1"), "", 60, "pause " + full("c0 50/180 | A c1"), "same 0 0"},
		"seek back":                          {full("c0 50/180 | A* c1"), "", 10, full("c0 5/180 | A c1"), "same 0 0"},
		"natural end":                        {full("c0 170/180 | A* c1"), "", 15, full("A 5/180 | c1"), "was 1 0"},
		"skip":                               {full("c0 20/180 | A* c1"), "", 10, full("A 5/180 | c1"), "was 1 0"},
		"two skips":                          {full("c0 20/180 | A* B* c1"), "", 10, full("B 5/180 | c1"), "was 2 0"},
		"played wholly between":              {full("c0 170/180 | A:9* c1 c2"), "", 25, full("c1 6/180 | c2"), "was 2 0"},
		"by hand, ours stays":                {full("c0 20/180 | A* c1"), "", 10, full("x 5/180 | A c1"), "hand 0 0"},
		"the same song by hand":              {full("c0 20/180 | A* c1"), "", 10, full("A 5/180 | A c1"), "hand 0 0"},
		"the same song, new context":         {full("c0 20/180 | A* c1"), "", 10, "A 5/180 | A d1 d2 d3 d4 d5 d6 d7 d8 d9", "hand 0 0"},
		"by hand, new context":               {"c0 20/180 | A* B* c1 c2 c3 c4", "", 10, "x 5/180 | A B d1 d2 d3 d4", "hand 0 0"},
		"shuffle":                            {"c0 20/180 | A* c1 c2 c3 c4 c5", "", 10, "c0 30/180 | A c5 c3 c2 c1 c9", "same 0 0"},
		"shuffle as ours starts":             {"c0 175/180 | A* c1 c2 c3 c4 c5", "", 10, "A 5/180 | c5 c3 c2 c1 c9 c8", "was 1 0"},
		"add seen":                           {full("c0 20/180 | c1 c2"), "A:180@5", 10, full("c0 30/180 | A c1 c2"), "same 0 0"},
		"add before a copy of the context":   {full("c0 20/180 | A c2"), "A:180@5", 10, full("c0 30/180 | A A c2"), "same 0 0"},
		"add not shown yet":                  {full("c0 20/180 | c1 c2"), "A:180@5", 10, full("c0 30/180 | c1 c2"), "same 0 0"},
		"started without being seen":         {full("c0 170/180 | c1 c2"), "A:180@5", 15, full("A 5/180 | c1 c2"), "unseen 0 1"},
		"came and went without being seen":   {full("c0 170/180 | c1 c2"), "A:3@5", 18, full("c1 5/180 | c2"), "was 1 1"},
		"context went on before the add":     {full("c0 170/180 | c1 c2"), "A:3@14", 15, full("c1 5/180 | c2"), "was 1 0"},
		"a copy of the context starts":       {full("c0 177/180 | A c2"), "A:180@4", 5, full("A 2/180 | A c2"), "was 1 0"},
		"ours starts before that copy":       {full("c0 177/180 | A c2"), "A:180@1", 5, full("A 2/180 | A c2"), "unseen 0 1"},
		"ours, then ours again":              {full("A 170/180 | A* c1"), "", 15, full("A 5/180 | c1"), "was 1 0"},
		"context loops over ours":            {"c0 170/180 | A* c1 A c2 c1 A c2 c1 A c2 c1", "", 200, "c1 10/180 | A c2 c1 A c2 c1 A c2 c1", "was 2 0"},
		"later copy of the context":          {"A 100/180 | c1 A c2 c1 A c2 c1", "", 270, "A 10/180 | c2 c1 A c2 c1 A c2", "was 2 0"},
		"advertisement":                      {full("c0 170/180 | A* c1"), "", 15, full("ad 0/0 | A c1"), "hand 0 0"},
		"after the advertisement":            {full("ad 0/0 | A* c1"), "", 15, full("A 5/180 | c1"), "was 1 0"},
		"streamer queues another":            {full("c0 20/180 | A* c1"), "", 10, full("c0 30/180 | A x c1"), "same 0 0"},
		"streamer queues the current song":   {full("c0 20/180 | c1 c2"), "", 10, full("c0 30/180 | c0 c1 c2"), "same 0 0"},
		"a context item taken out":           {full("c0 20/180 | A* c1 c2"), "", 10, full("c0 30/180 | A c2"), "same 0 0"},
		"nothing between two items":          {full("c0 170/180 | A* c1"), "", 15, full("- | c1"), "hand 1 0 d"},
		"stale: from before our item":        {full("A 2/180 | c1 c2"), "", 2, full("c0 178/180 | A c1 c2"), "hand 0 0 d"},
		"stale: from before the add":         {full("c0 20/180 | A* c1"), "", 1, full("c0 21/180 | c1"), "same 0 0 d"},
		"stale: looks like three skips":      {"c1 20/180 | A* c2 c3 c1 c2 c3 c1 c2 c3", "", 1, "c3 175/180 | c1 c2 c3 c1 c2 c3 c1 c2 c3", "was 3 0 d"},
		"ours taken out by hand":             {full("c0 20/180 | A* c1"), "", 10, full("c0 30/180 | c1"), "same 0 0 d"},
		"long outage":                        {full("c0 80/180 | A* B* c1"), "", 520, "x 40/180 | y1 y2 y3 y4 y5 y6", "hand 2 0"},
		"new context by hand, unseen ours":   {full("c0 20/180 | c1 c2"), "A:180@5", 10, "x 5/180 | A d1 d2 d3 d4 d5", "hand 0 0"},
		"tail of the context is not our add": {full("c0 170/180 | c1"), "z19:180@14", 15, full("c1 5/180 | ") + " z19", "was 1 0"},
	}
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			var c change
			c.was, c.own = look(t, 0, r.was)
			c.now, _ = look(t, r.after, r.now)
			if r.unseen != "" {
				item, at, _ := strings.Cut(r.unseen, "@")
				sec, err := strconv.Atoi(at)
				if err != nil {
					t.Fatal(err)
				}
				c.unseen = []arrival{{item: parse(item), added: noon.Add(time.Duration(sec) * time.Second)}}
			}
			s := explain(c)
			got := fmt.Sprintf("%s %d %d", map[originKind]string{fromBefore: "same", fromWas: "was", fromUnseen: "unseen", fromElsewhere: "hand"}[s.current], s.popped, s.arrived)
			if s.doubtful {
				got += " d"
			}
			if got != r.want {
				t.Errorf("got %q at cost %d, want %q\n%+v", got, s.cost, r.want, s.from)
			}
		})
	}
}
