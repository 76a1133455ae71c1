package web

import (
	"context"
	"time"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/chat"
)

// Commands are the chat commands.
type Commands interface {
	// BuiltInUse says how a command that comes with the program may be used now.
	BuiltInUse(name string) chat.Use
	AddCommand(ctx context.Context, c chat.Custom) (chat.Custom, error)
	EditCommand(ctx context.Context, name string, change func(*chat.Custom)) (chat.Custom, error)
	RemoveCommand(ctx context.Context, name string) ([]string, error)
}

func (s *Server) commands(ctx context.Context, _ *request) (any, error) {
	own, err := read(ctx, s, Tx.ChatCommands)
	if err != nil {
		return nil, err
	}
	all := []api.Command{}
	for _, b := range chat.Builtins() {
		all = append(all, using(api.Command{Name: b.Name, BuiltIn: true, Usage: b.Usage, Doc: b.Doc}, s.cfg.Commands.BuiltInUse(b.Name)))
	}
	for _, c := range own {
		all = append(all, custom(c))
	}
	return all, nil
}

// custom is a custom command as the API shows it.
func custom(c chat.Custom) api.Command {
	shown := api.Command{Name: c.Name, Text: c.Text, Target: c.Target, Count: c.Count, By: c.By, At: c.At}
	if c.Target != "" { // it is used as its target is
		shown.Enabled = c.Use.Enabled
		return shown
	}
	return using(shown, c.Use)
}

func using(c api.Command, u chat.Use) api.Command {
	c.Enabled, c.Role, c.Aliases = u.Enabled, string(u.Role), u.Aliases
	c.CooldownMs, c.ViewerCooldownMs = u.Cooldown.Milliseconds(), u.ViewerCooldown.Milliseconds()
	return c
}

func (s *Server) addCommand(ctx context.Context, in *request) (any, error) {
	var n api.NewCommand
	if err := in.body(&n); err != nil {
		return nil, err
	}
	c := chat.Custom{Name: chat.CommandName(n.Name), Text: n.Text, Target: chat.CommandName(n.Target), Use: chat.NewUse()}
	if err := use(&c.Use, n.CommandUse); err != nil {
		return nil, err
	}
	made, err := s.cfg.Commands.AddCommand(ctx, c)
	return custom(made), err
}

func (s *Server) editCommand(ctx context.Context, in *request) (any, error) {
	var e api.EditCommand
	if err := in.body(&e); err != nil {
		return nil, err
	}
	var use0 chat.Use
	if err := use(&use0, e.CommandUse); err != nil { // refused before anything is touched
		return nil, err
	}
	if e.Count != nil && *e.Count < 0 {
		return nil, core.Because(core.Invalid, "body", "a count cannot be %d", *e.Count)
	}
	changed, err := s.cfg.Commands.EditCommand(ctx, chat.CommandName(in.path("name")), func(c *chat.Custom) {
		if e.Text != nil {
			c.Text, c.Target = *e.Text, ""
		}
		if e.Count != nil {
			c.Count = *e.Count
		}
		_ = use(&c.Use, e.CommandUse)
	})
	return custom(changed), err
}

// use changes how a command may be used.
func use(u *chat.Use, by api.CommandUse) error {
	if by.Enabled != nil {
		u.Enabled = *by.Enabled
	}
	if by.Role != nil {
		role, err := chat.ParseRole(*by.Role)
		if err != nil {
			return err
		}
		u.Role = role
	}
	for _, row := range []struct {
		ms   *int64
		into *time.Duration
	}{{by.CooldownMs, &u.Cooldown}, {by.ViewerCooldownMs, &u.ViewerCooldown}} {
		if row.ms == nil {
			continue
		}
		if *row.ms < 0 || *row.ms > chat.MaxCooldown.Milliseconds() {
			return core.Because(core.Invalid, "body", "a cooldown is from nothing to %v", chat.MaxCooldown)
		}
		*row.into = time.Duration(*row.ms) * time.Millisecond
	}
	return nil
}

func (s *Server) removeCommand(ctx context.Context, in *request) (any, error) {
	gone, err := s.cfg.Commands.RemoveCommand(ctx, chat.CommandName(in.path("name")))
	return api.RemovedCommands{Removed: list(gone)}, err
}
