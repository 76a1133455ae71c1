package desk

import (
	"context"
	"fmt"

	"sidestage/core/chat"
	"sidestage/storage"
)

// BuiltInUse implements web.Commands.
func (d *Desk) BuiltInUse(name string) chat.Use { return d.commands.Builtin(name) }

// AddCommand implements web.Commands.
func (d *Desk) AddCommand(ctx context.Context, c chat.Custom) (made chat.Custom, err error) {
	c.By = d.streamer()
	err = d.db.Update(ctx, func(tx *storage.Tx) (err error) {
		made, err = d.commands.Add(tx, c)
		return err
	})
	return made, asked("add command", err)
}

// EditCommand implements web.Commands.
func (d *Desk) EditCommand(ctx context.Context, name string, change func(*chat.Custom)) (changed chat.Custom, err error) {
	err = d.db.Update(ctx, func(tx *storage.Tx) (err error) {
		changed, err = d.commands.Edit(tx, name, func(c *chat.Custom) { change(c); c.By = d.streamer() })
		return err
	})
	return changed, asked("edit command", err)
}

// RemoveCommand implements web.Commands.
func (d *Desk) RemoveCommand(ctx context.Context, name string) (gone []string, err error) {
	err = d.db.Update(ctx, func(tx *storage.Tx) (err error) {
		gone, err = d.commands.Remove(tx, name, d.streamer())
		return err
	})
	return gone, asked("remove command", err)
}

// streamer is the streamer's login name, "" while it is not known.
func (d *Desk) streamer() string {
	if a := d.account.Load(); a != nil {
		return a.Login
	}
	return ""
}

func asked(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
