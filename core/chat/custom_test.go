package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sidestage/core"
	"sidestage/core/chat"
	"sidestage/storage"
)

// book is a Dispatch on a real database.
type book struct {
	t  testing.TB
	db *storage.DB
	d  *chat.Dispatch
}

func openBook(t testing.TB) *book {
	t.Helper()
	db, err := storage.Open(t.Context(), t.TempDir(), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &book{t: t, db: db, d: dispatch(map[string]chat.Use{"song": {Enabled: true, Role: chat.Everyone, Aliases: []string{"np"}}, "queue": {Enabled: false}})}
}

func (b *book) update(fn func(*storage.Tx) error) error { return b.db.Update(b.t.Context(), fn) }

func (b *book) add(c chat.Custom) error {
	c.Use.Enabled, c.Use.Role = true, chat.Everyone
	return b.update(func(tx *storage.Tx) error { _, err := b.d.Add(tx, c); return err })
}

func TestWhatIsNoCommandIsRefusedByName(t *testing.T) {
	b := openBook(t)
	if err := b.add(chat.Custom{Name: "hug", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := b.add(chat.Custom{Name: "h", Target: "hug"}); err != nil {
		t.Fatal(err)
	}
	for reason, c := range map[string]chat.Custom{
		"command-name":    {Name: "two words", Text: "x"},
		"command-builtin": {Name: "np", Text: "x"},
		"command-text":    {Name: "a", Text: " \u200b"},
		"placeholder":     {Name: "a", Text: "{moon}"},
		"brace":           {Name: "a", Text: "{user"},
		"lines":           {Name: "a", Text: "x\n/ban"},
		"too-long":        {Name: "a", Text: strings.Repeat("x", 501)},
		"command-exists":  {Name: "hug", Text: "x"},
		"command-target":  {Name: "a", Target: "h"},
		"no-command":      {Name: "a", Target: "moon"},
	} {
		if err := b.add(c); core.ReasonOf(err) != reason {
			t.Errorf("%+v: %v (%q), want %q", c, err, core.ReasonOf(err), reason)
		}
	}
	for _, name := range []string{"", "!x", "ÄRGER", "a b", "a\u200b", strings.Repeat("x", 26), "a.b", "\ufffd"} {
		if chat.CheckName(name) == nil {
			t.Errorf("%q is a name", name)
		}
	}
	for _, name := range []string{"ärger", "so_long-2", "抽選", strings.Repeat("ö", 25)} {
		if err := chat.CheckName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestTheNumberOfCommandsIsBounded(t *testing.T) {
	b := openBook(t)
	err := b.update(func(tx *storage.Tx) error {
		for i := range chat.MaxCustom {
			if err := tx.ChatCommandPut(chat.Custom{Name: fmt.Sprint("c", i), Text: "x", Use: chat.NewUse(), At: tx.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.add(chat.Custom{Name: "onemore", Text: "x"}); core.ReasonOf(err) != "too-many-commands" {
		t.Error(err)
	}
}

func TestCommandsAreKnownOnceTheyAreStoredAndAfterARestart(t *testing.T) {
	b := openBook(t)
	err := b.update(func(tx *storage.Tx) error {
		if _, err := b.d.Add(tx, chat.Custom{Name: "lost", Text: "x", Use: chat.NewUse()}); err != nil {
			return err
		}
		return core.E(core.Internal, "the commit fails")
	})
	if _, ok := b.d.Read(from("a", "!lost")); err == nil || ok {
		t.Error("a command that was not stored is answered")
	}
	for _, c := range []chat.Custom{{Name: "hug", Text: "x"}, {Name: "h", Target: "hug"}, {Name: "music", Target: "song"}, {Name: "waits", Target: "queue"}} {
		if err := b.add(c); err != nil {
			t.Fatal(err)
		}
	}
	again := dispatch(map[string]chat.Use{"song": {Enabled: true, Role: chat.Everyone}})
	if err := b.update(func(tx *storage.Tx) error { return again.Load(tx) }); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*chat.Dispatch{b.d, again} {
		for text, want := range map[string]string{"!hug": "hug", "!H": "hug", "!music": "song", "!waits": "", "!lost": ""} {
			if got, ok := d.Read(from("a", text)); got.Name != want || ok != (want != "") {
				t.Errorf("%s: %+v", text, got)
			}
		}
		if got := d.Names(chat.Everyone); !slices.Equal(got, []string{"song", "hug"}) {
			t.Errorf("names %q", got)
		}
	}
}

// TestNothingTheDeskSaysIsACommand makes any commands with any texts, has
// anybody write anything, and reads every answer as a line of chat, again and
// again: none asks for anything.
func TestNothingTheDeskSaysIsACommand(t *testing.T) {
	b := openBook(t)
	text := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[!/.\x{200b}\x{202e} ]{0,3}(a|b|song)( \{(args|user|touser|count)\}){0,2}`),
	)
	name := rapid.SampledFrom([]string{"a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			c := chat.Custom{Name: name.Draw(t, "name"), Text: text.Draw(t, "text")}
			if err := b.add(c); err != nil {
				_ = b.update(func(tx *storage.Tx) error {
					_, err := b.d.Edit(tx, c.Name, func(o *chat.Custom) { o.Text = c.Text })
					return err
				}) // may be refused as well
			}
			line := from(text.Draw(t, "viewer"), "!"+name.Draw(t, "used")+" "+text.Draw(t, "arg"))
			asked, ok := b.d.Read(line)
			if !ok {
				continue
			}
			var said string
			if err := b.update(func(tx *storage.Tx) error {
				cmd, err := chat.Used(tx, asked.Name)
				said = chat.Sanitise(cmd.Expand(func(h string) string {
					return map[string]string{"user": line.Chatter.ID, "args": asked.Arg, "touser": chat.Touser(asked.Arg, line.Chatter.ID)}[h]
				}))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if answer, ok := b.d.Read(from("desk", said, chat.Broadcaster)); ok {
				t.Fatalf("%q answers %q with %+v", said, line.Text, answer)
			}
			if strings.HasPrefix(said, "/") || strings.HasPrefix(said, ".") || len([]rune(said)) > chat.MaxReply || strings.ContainsAny(said, "\r\n\x00") {
				t.Fatalf("%q is said", said)
			}
		}
	})
}
