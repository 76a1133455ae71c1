package song_test

import (
	"strings"
	"testing"

	"sidestage/core"
	"sidestage/core/song"
)

// shelf is what a search may find, "title / artist, artist" a line. Real
// searches answer a wish with such a mixture.
func shelf(lines string) []song.Track {
	var found []song.Track
	for line := range strings.Lines(lines) {
		title, artists, ok := strings.Cut(strings.TrimSpace(line), " / ")
		if ok {
			found = append(found, song.Track{ID: title, Name: title, Artists: strings.Split(artists, ", ")})
		}
	}
	return found
}

var shelves = map[string]string{
	"lights": `Blinding Lights / The Weeknd
		Blinding Lights - Live / The Weeknd
		Blinding Lights (Remix) / The Weeknd, ROSALÍA
		blinding lights - sped up / xxtristanxo
		Blinding Lights (Karaoke Version) / Sing King
		Blinding Lights / Piano Tribute Players`,
	"rhapsody": `Bohemian Rhapsody - Remastered 2011 / Queen
		Bohemian Rhapsody - Live Aid / Queen
		Bohemian Rhapsody / Panic! At The Disco`,
	"humble":   "HUMBLE. / Kendrick Lamar\nHUMBLE. - SKRILLEX REMIX / Kendrick Lamar, Skrillex",
	"hello":    "Hello / Adele\nHello / Lionel Richie\nHello Adele / A Fan",
	"halo":     "Halo / Beyoncé\nHalo (Acoustic Cover) / Ane Brun",
	"live":     "Live And Let Die / Wings\nLive Forever - Remastered / Oasis",
	"umbrella": "Umbrella / Rihanna, JAY-Z\nUmbrella (feat. Someone) / Nobody",
	"wake":     "Wake Me Up / Avicii\nWake Me Up When September Ends / Green Day\nWake Me Up - Radio Edit / Avicii",
	"numbers":  "505 / Arctic Monkeys\n7 rings / Ariana Grande\n4 Minutes / Madonna",
	"tower":    "夜の灯台 / 港町オーケストラ",
	"hallel":   "Hallelujah / Leonard Cohen\nHallelujah / Jeff Buckley\nHallelujah / Pentatonix",
	"satis":    "(I Can't Get No) Satisfaction - Mono / The Rolling Stones",
	"please":   "Please Please Me - Remastered 2009 / The Beatles\nPlease / U2",
	"ost":      "Øst for Solen / Fjordlys",
	"dont":     "Don’t Stop Me Now / Queen\nDon't Stop / Fleetwood Mac",
	"the the":  "This Is the Day / The The\nThe The / The",
	"punk":     "Around the World / Daft Punk\nDaft Punk Is Playing at My House / LCD Soundsystem",
	"fame": `Fame / David Bowie
		Fame - Live / David Bowie
		Fame and Fortune / Elvis Presley
		Fame 90 / David Bowie
		Fame / Nobody Yet`,
	"none": "",
}

func TestMatchTakesWhatIsSurelyMeant(t *testing.T) {
	for _, c := range []struct{ shelf, said, want, by string }{
		{"lights", "blinding lights", "Blinding Lights", "The Weeknd"},
		{"lights", "The Weeknd - Blinding Lights", "Blinding Lights", "The Weeknd"},
		{"lights", "blinding lights by the weeknd", "Blinding Lights", "The Weeknd"},
		{"lights", "blindng lihgts weeknd", "Blinding Lights", "The Weeknd"},
		{"lights", "BLINDING LIGHTS weekend", "Blinding Lights", "The Weeknd"},
		{"lights", "can you please play blinding lights by the weeknd thanks", "Blinding Lights", "The Weeknd"},
		{"lights", "the weeknd blinding lights live", "Blinding Lights - Live", "The Weeknd"},
		{"lights", "blinding lights remix rosalia", "Blinding Lights (Remix)", "The Weeknd"},
		{"lights", "blinding lights sped up", "blinding lights - sped up", "xxtristanxo"},
		{"rhapsody", "queen bohemian rapsody", "Bohemian Rhapsody - Remastered 2011", "Queen"},
		{"rhapsody", "bohemian rhapsody panic at the disco", "Bohemian Rhapsody", "Panic! At The Disco"},
		{"rhapsody", "bohemian rhapsody live aid queen", "Bohemian Rhapsody - Live Aid", "Queen"},
		{"humble", "kendrick humble", "HUMBLE.", "Kendrick Lamar"},
		{"hello", "hello adele", "Hello", "Adele"},
		{"hello", "adele - hello (official music video)", "Hello", "Adele"},
		{"halo", "Beyonce halo", "Halo", "Beyoncé"},
		{"halo", "halo", "Halo", "Beyoncé"},
		{"live", "live and let die", "Live And Let Die", "Wings"},
		{"live", "oasis live forever", "Live Forever - Remastered", "Oasis"},
		{"umbrella", "umbrella rihanna ft jay z", "Umbrella", "Rihanna"},
		{"wake", "avicii wake me up", "Wake Me Up", "Avicii"},
		{"wake", "wake me up when september ends", "Wake Me Up When September Ends", "Green Day"},
		{"numbers", "505 arctic monkeys", "505", "Arctic Monkeys"},
		{"numbers", "7 rings", "7 rings", "Ariana Grande"},
		{"tower", "夜の灯台", "夜の灯台", "港町オーケストラ"},
		{"hallel", "hallelujah jeff buckly", "Hallelujah", "Jeff Buckley"},
		{"satis", "satisfaction rolling stones", "(I Can't Get No) Satisfaction - Mono", "The Rolling Stones"},
		{"satis", "i cant get no satisfaction", "(I Can't Get No) Satisfaction - Mono", "The Rolling Stones"},
		{"please", "please please me beatles", "Please Please Me - Remastered 2009", "The Beatles"},
		{"ost", "ost for solen", "Øst for Solen", "Fjordlys"},
		{"dont", "dont stop me now", "Don’t Stop Me Now", "Queen"},
		{"fame", "fame", "Fame", "David Bowie"},
		{"the the", "the the this is the day", "This Is the Day", "The The"},
	} {
		got, err := song.Match(c.said, shelf(shelves[c.shelf]))
		if err != nil || got.Name != c.want || got.Artists[0] != c.by {
			t.Errorf("%q: %s by %v, %v; want %s by %s", c.said, got.Name, got.Artists, err, c.want, c.by)
		}
	}
}

func TestMatchRefusesWhatIsNotSureAndSaysWhatItUnderstood(t *testing.T) {
	for _, c := range []struct{ shelf, said, reason, detail string }{
		{"hello", "hello", song.ReasonWhich, "Hello by Adele / Hello by Lionel Richie"},
		{"hallel", "hallelujah", song.ReasonWhich, "Hallelujah by Leonard Cohen / Hallelujah by Jeff Buckley / Hallelujah by Pentatonix"},
		{"rhapsody", "bohemian rhapsody", song.ReasonWhich, "Bohemian Rhapsody - Remastered 2011 by Queen / Bohemian Rhapsody by Panic! At The Disco"},
		{"hello", "hello drake", song.ReasonNoMatch, "hello drake"},
		{"lights", "blinding lights acoustic", song.ReasonNoMatch, "blinding lights acoustic"},
		{"lights", "lights", song.ReasonNoMatch, "lights"},
		{"halo", "halo cover", song.ReasonNoMatch, "halo cover"},
		{"punk", "daft punk", song.ReasonNoMatch, "daft punk"},
		{"live", "live", song.ReasonNoMatch, "live"},
		{"wake", "wake me", song.ReasonNoMatch, "wake me"},
		{"none", "something\n nobody  knows", song.ReasonNoMatch, "something nobody knows"},
		{"none", strings.Repeat("la ", 100), song.ReasonNoMatch, strings.TrimSpace(strings.Repeat("la ", 20)) + "…"},
	} {
		got, err := song.Match(c.said, shelf(shelves[c.shelf]))
		if core.ReasonOf(err) != c.reason || core.DetailOf(err) != c.detail || core.KindOf(err) != core.NotFound {
			t.Errorf("%q: %s, %v (%s)", c.said, got.Name, err, core.DetailOf(err))
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range shelves {
		f.Add("blinding lights", s)
	}
	f.Add("\u202e(\U000e0000", "( - [ / )\n - / ")
	f.Fuzz(func(t *testing.T, said, shelved string) {
		found := shelf(shelved)
		got, err := song.Match(said, found)
		if err == nil && len(found) == 0 {
			t.Fatalf("%q found %v on an empty shelf", said, got)
		}
		if err != nil && core.DetailOf(err) == "" && strings.TrimSpace(said) != "" {
			t.Fatalf("%q: %v without a detail", said, err)
		}
	})
}
