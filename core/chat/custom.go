package chat

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sidestage/core"
	"sidestage/core/event"
)

// Custom is a command the streamer or a moderator made: a text that is said, or
// another name for a command. Its text is never read as a command.
type Custom struct {
	Name   string
	Text   string // with placeholders; "" of another name
	Target string // the command it is another name for; "" of a text
	Use    Use    // Enabled; of another name only that
	Count  int    // how often it was used, for {count}
	By     string // login of who made it
	At     time.Time
}

// NewUse is how a custom command may be used unless its maker says otherwise.
func NewUse() Use { return everybody() }

// CommandName is the name of a command as a person writes it, with or without
// the "!".
func CommandName(text string) string { return strings.ToLower(strings.TrimPrefix(trim(text), "!")) }

// customHolders are the placeholders of a custom command's text.
var customHolders = []string{"user", "touser", "args", "count", "song", "requester", "uptime"}

// MaxCustom is how many custom commands there can be.
const MaxCustom = 500

// CheckCustomText refuses a text that no command can say; Invalid, naming the
// placeholder that is not known.
func CheckCustomText(text string) error {
	if n := utf8.RuneCountInString(text); n > MaxReply {
		return core.Because(core.Invalid, "too-long", "the text has %d characters; %d is the most", n, MaxReply)
	}
	if Sanitise(text) == "" {
		return core.Because(core.Invalid, "command-text", "a command needs a text to say")
	}
	return checkText(text, customHolders, unlimited)
}

// unlimited is for texts that are cut when they are said.
const unlimited = 1 << 30

// Expand words what a custom command says. Values come from value, by the name
// of the placeholder, and are put in as they are.
func (c Custom) Expand(value func(name string) string) string { return expand(c.Text, value) }

// Touser is the viewer an argument names first, as it was typed but for an "@",
// or whoever uses the command.
func Touser(arg, user string) string {
	first, _ := Words(arg)
	name := strings.TrimPrefix(first, "@")
	wrong := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	if name == "" || utf8.RuneCountInString(name) > longest["touser"] || strings.ContainsFunc(name, wrong) {
		return user
	}
	return name
}

// Tx is the slice of a transaction that custom commands need. One that is not
// there is core.NotFound.
type Tx interface {
	ChatCommand(name string) (Custom, error)
	// ChatCommands lists them by name.
	ChatCommands() ([]Custom, error)
	// ChatCommandPut stores a command, or replaces the one of that name.
	ChatCommandPut(Custom) error
	ChatCommandDelete(name string) error
	AppendEvent(event.Event) error
	AfterCommit(func())
	Now() time.Time
}

// Load reads the custom commands there are.
func (d *Dispatch) Load(tx Tx) error {
	all, err := tx.ChatCommands()
	if err == nil {
		d.replace(func(t *table) { t.custom = all })
	}
	return err
}

// Add makes a new command. By and the rest but At and Count are the caller's.
// Conflict means that the name is taken.
func (d *Dispatch) Add(tx Tx, c Custom) (Custom, error) {
	if err := d.check(tx, c); err != nil {
		return Custom{}, err
	}
	all, err := tx.ChatCommands()
	switch {
	case err != nil:
		return Custom{}, err
	case slices.ContainsFunc(all, func(o Custom) bool { return o.Name == c.Name }):
		return Custom{}, core.Because(core.Conflict, "command-exists", "there is a command !%s already", c.Name)
	case len(all) >= MaxCustom:
		return Custom{}, core.Because(core.Conflict, "too-many-commands", "there are %d commands already; that is the most", len(all))
	}
	c.At, c.Count = tx.Now(), 0
	return c, d.put(tx, c, "added")
}

// Edit changes a command as change says; its name stays.
func (d *Dispatch) Edit(tx Tx, name string, change func(*Custom)) (Custom, error) {
	c, err := tx.ChatCommand(name)
	if err != nil {
		return Custom{}, err
	}
	change(&c)
	c.Name = name
	if err := d.check(tx, c); err != nil {
		return Custom{}, err
	}
	return c, d.put(tx, c, "edited")
}

// Remove takes a command away, and the other names it had.
func (d *Dispatch) Remove(tx Tx, name, by string) ([]string, error) {
	if _, err := tx.ChatCommand(name); err != nil {
		return nil, err
	}
	all, err := tx.ChatCommands()
	if err != nil {
		return nil, err
	}
	var gone []string
	for _, c := range all {
		if c.Name != name && c.Target != name {
			continue
		}
		if err := tx.ChatCommandDelete(c.Name); err != nil {
			return nil, err
		}
		if err := tx.AppendEvent(event.CommandChanged{Name: c.Name, Change: "removed", By: by}); err != nil {
			return nil, err
		}
		gone = append(gone, c.Name)
	}
	return gone, d.follow(tx)
}

// Used counts a use of a command that says how often it was used, and returns
// it as it is now.
func Used(tx Tx, name string) (Custom, error) {
	c, err := tx.ChatCommand(name)
	if err != nil || !strings.Contains(c.Text, "{count}") {
		return c, err
	}
	c.Count++
	return c, tx.ChatCommandPut(c)
}

func (d *Dispatch) put(tx Tx, c Custom, change string) error {
	if err := tx.ChatCommandPut(c); err != nil {
		return err
	}
	if err := tx.AppendEvent(event.CommandChanged{Name: c.Name, Change: change, By: c.By}); err != nil {
		return err
	}
	return d.follow(tx)
}

// follow makes the commands of tx those that are answered, once they are
// stored.
func (d *Dispatch) follow(tx Tx) error {
	all, err := tx.ChatCommands()
	if err == nil {
		tx.AfterCommit(func() { d.replace(func(t *table) { t.custom = all }) })
	}
	return err
}

// check refuses what is no command, or shadows one that the program brings
// along.
func (d *Dispatch) check(tx Tx, c Custom) error {
	if err := CheckName(c.Name); err != nil {
		return err
	}
	if owner, ok := d.builtin(c.Name); ok {
		return core.Because(core.Conflict, "command-builtin", "!%s is the command %s, which the program brings along", c.Name, owner)
	}
	if c.Target == "" {
		return CheckCustomText(c.Text)
	}
	if c.Text != "" {
		return core.Because(core.Invalid, "command-text", "a command has a text or is another name, not both")
	}
	return d.checkTarget(tx, c)
}

// checkTarget refuses another name for something that is no command, or is
// itself another name.
func (d *Dispatch) checkTarget(tx Tx, c Custom) error {
	if _, ok := d.builtin(c.Target); ok {
		return nil
	}
	target, err := tx.ChatCommand(c.Target)
	switch {
	case err != nil:
		return err
	case target.Target != "" || target.Name == c.Name:
		return core.Because(core.Invalid, "command-target", "!%s is another name itself: use the name of the command", c.Target)
	}
	return nil
}

// builtin is the command the program brings along under a name or one of the
// other names it has, answered or not.
func (d *Dispatch) builtin(name string) (owner string, ok bool) {
	t := d.table.Load()
	for _, b := range builtins {
		if b.Name == name || t != nil && slices.Contains(t.uses[b.Name].Aliases, name) {
			return b.Name, true
		}
	}
	return "", false
}
