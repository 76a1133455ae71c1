package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// track is a song of the simulated Spotify. All of them are made up.
type track struct {
	ID      string
	Title   string
	Artists []string
	Album   string
	Length  time.Duration // at speed 1
}

// URI is the track's Spotify URI.
func (t track) URI() string { return "spotify:track:" + t.ID }

// at is the track's length at a speed, never below 3 s.
func (t track) at(speed float64) time.Duration {
	return max(shortest, time.Duration(float64(t.Length)/speed).Round(time.Millisecond))
}

const shortest = 3 * time.Second

// library is every track there is.
type library struct {
	all  []track
	byID map[string]track
}

// contextSize is how many tracks the autoplay context has: the first ones. The
// rest is only heard when somebody asks for it.
const contextSize = 30

func newLibrary() *library {
	l := &library{byID: make(map[string]track, len(songs))}
	for _, s := range songs {
		artists := strings.Split(s.artists, " & ")
		t := track{ID: base62("track", s.title, s.artists), Title: s.title, Artists: artists, Album: s.album, Length: time.Duration(s.seconds) * time.Second}
		l.all = append(l.all, t)
		l.byID[t.ID] = t
	}
	return l
}

// uri finds the track of a spotify:track: URI.
func (l *library) uri(uri string) (track, bool) {
	id, ok := strings.CutPrefix(uri, "spotify:track:")
	if !ok {
		return track{}, false
	}
	t, ok := l.byID[id]
	return t, ok
}

// briefest is a track nobody waits long for: the script's first request.
func (l *library) briefest() track {
	return slices.MinFunc(l.all[contextSize:], func(a, b track) int { return cmp.Compare(a.Length, b.Length) })
}

// search finds tracks whose title, artists and album hold half of the words or
// more, those with most of them first, all for no words. Spotify, too, finds
// something for almost everything.
func (l *library) search(query string) []track {
	words := strings.Fields(strings.ToLower(query))
	holds := func(t track) (n int) {
		text := strings.ToLower(t.Title + " " + strings.Join(t.Artists, " ") + " " + t.Album)
		for _, w := range words {
			if strings.Contains(text, w) {
				n++
			}
		}
		return n
	}
	found := slices.DeleteFunc(slices.Clone(l.all), func(t track) bool { return 2*holds(t) < len(words) })
	slices.SortStableFunc(found, func(a, b track) int { return holds(b) - holds(a) })
	return found
}

// songs are the made-up tracks: the first contextSize are the context.
var songs = [...]struct {
	title, artists, album string
	seconds               int
}{
	{"Paper Lighthouse", "The Quiet Harbour", "Tidal Notes", 214},
	{"Velvet Static", "Nova Kessler", "Afterglow Radio", 198},
	{"Long Way to Juniper", "Marlow & Finch", "Juniper", 241},
	{"Neon Orchard", "Cassette Garden", "Orchard Road", 187},
	{"夜の灯台", "港町オーケストラ", "潮騒", 256},
	{"Second Hand Moon", "Ida Lindqvist", "Small Hours", 203},
	{"Ghost in the Arcade", "8-Bit Monsoon", "Continue?", 172},
	{"Slow Trains", "Delta Parish", "Slow Trains", 312},
	{"Kaleidoscope Heart", "Mirelle", "Kaleidoscope", 195},
	{"Concrete Daisies", "Southbank Choir Club", "Concrete Daisies", 228},
	{"Tangerine Skyline", "Polar Bloom", "Citrus", 219},
	{"Die Stadt schläft nie", "Grauzone Nord", "Asphalt", 234},
	{"Harvest of Echoes", "Elm & Ash", "Understory", 267},
	{"Low Battery Love", "Charge Cycle", "12 %", 181},
	{"Saudade em Três Atos", "Rua das Flores", "Azulejo", 276},
	{"Midnight Laundromat", "The Spin Cycle", "Rinse", 208},
	{"Glass Elevator", "Otis Vane", "Penthouse Blues", 223},
	{"Tomorrow’s Weather", "Halcyon Post", "Forecasts", 190},
	{"비 오는 골목", "달빛 서점", "골목", 238},
	{"Copper Wire", "Ferro", "Conductors", 169},
	{"Postcards from Nowhere", "June Abernathy", "Return to Sender", 247},
	{"Firefly Committee", "The Firefly Committee", "Minutes", 201},
	{"Undertow", "Kaya Storm & Nova Kessler", "Undertow", 215},
	{"Northern Sidewalk", "Frostbite Parade", "Sidewalks", 259},
	{"Déjà Lu", "Librairie Minuit", "Chapitres", 226},
	{"Pixel Rain", "8-Bit Monsoon", "Continue?", 184},
	{"The Cartographer’s Daughter", "Elm & Ash", "Understory", 301},
	{"Sugar Circuit", "Mirelle", "Kaleidoscope", 177},
	{"Ballad of the Last Phone Booth", "Delta Parish", "Slow Trains", 318},
	{"Half Past Forever", "Ida Lindqvist", "Small Hours", 233},
	{"Ember & Oak", "Thornfield", "Hearth", 206},
	{"Runaway Satellite", "Orbital Youth", "Low Earth", 192},
	{"Cardboard Crown", "Kid Monarch", "Cardboard Crown", 140},
	{"月面散歩", "宇宙電車", "各駅停車", 244},
	{"Everything I Forgot to Pack", "Marlow & Finch", "Juniper", 229},
	{"Lavender Exit", "Polar Bloom", "Citrus", 211},
	{"Chrome Cathedral", "Voltage Saints", "Overdrive Hymns", 265},
	{"Two Spoons", "Nina Okafor", "Kitchen Songs", 166},
	{"Salt on the Window", "The Quiet Harbour", "Tidal Notes", 254},
	{"Boomerang Summer", "Wavepool", "Deep End", 188},
	{"An Incomplete and Mostly Inaccurate History of Leaving Parties Early (Without Saying Goodbye to Anyone)", "The Overlong Titles & The Appendix", "Footnotes, Vol. 2: Further Remarks on the Preceding Remarks", 283},
	{"Tin Roof Applause", "June Abernathy", "Return to Sender", 197},
	{"Quarter for the Claw", "Arcadia Heights", "Prize Counter", 174},
	{"Øst for Solen", "Fjordlys", "Nordover", 249},
	{"Marigold Machine", "Cassette Garden", "Orchard Road", 221},
	{"Low Tide Disco", "Wavepool", "Deep End", 232},
	{"Static on Line Two", "Halcyon Post", "Forecasts", 186},
	{"螢光海岸", "島嶼電台", "頻率", 263},
	{"Pocket Full of Thunder", "Kid Monarch", "Cardboard Crown", 163},
	{"The Elevator Operator", "Otis Vane", "Penthouse Blues", 270},
	{"Windmill Season", "Thornfield", "Hearth", 240},
	{"Overnight Parking", "Charge Cycle", "12 %", 205},
	{"Canción del Último Tranvía", "Los Faroles", "Calle Nueve", 258},
	{"Snow Globe Economics", "Frostbite Parade", "Sidewalks", 217},
	{"Analog Heaven", "Voltage Saints", "Overdrive Hymns", 199},
	{"Little Revolutions", "Southbank Choir Club", "Concrete Daisies", 236},
	{"Blue Hour Bicycle", "Librairie Minuit", "Chapitres", 179},
	{"Orbit, Interrupted", "Orbital Youth", "Low Earth", 251},
	{"Rosewater", "Nina Okafor", "Kitchen Songs", 194},
	{"Until the Lights Come Back", "Kaya Storm", "Undertow", 320},
}

// Links are web links to the first n songs there are, as viewers paste them.
func (s *Sim) Links(n int) []string {
	links := make([]string, 0, n)
	for _, t := range s.tracks.all[:min(n, len(s.tracks.all))] {
		links = append(links, link(t, 1))
	}
	return links
}
