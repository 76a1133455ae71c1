package api

import (
	"context"
	"time"
)

// Command is a chat command.
type Command struct {
	Name string `json:"name"`
	// BuiltIn commands come with the program; the settings say how they are used.
	BuiltIn          bool     `json:"builtIn"`
	Enabled          bool     `json:"enabled"`
	Usage            string   `json:"usage,omitempty"` // what follows the name
	Doc              string   `json:"doc,omitempty"`
	Text             string   `json:"text,omitempty"`   // what it says
	Target           string   `json:"target,omitempty"` // the command it is another name for
	Role             string   `json:"role,omitempty"`   // the weakest that may use it
	CooldownMs       int64    `json:"cooldownMs"`
	ViewerCooldownMs int64    `json:"viewerCooldownMs"` // for one viewer
	Aliases          []string `json:"aliases,omitempty"`
	// Count is how often a command whose text has {count} was used.
	Count int       `json:"count,omitempty"`
	By    string    `json:"by,omitempty"` // login of who made it
	At    time.Time `json:"at,omitzero"`  // when
}

// NewCommand is a command to make: a text, or another name for a target.
type NewCommand struct {
	Name   string `json:"name"`
	Text   string `json:"text,omitempty"`
	Target string `json:"target,omitempty"`
	CommandUse
}

// EditCommand is what to change about a command; what is absent stays.
type EditCommand struct {
	Text  *string `json:"text,omitempty"`
	Count *int    `json:"count,omitempty"`
	CommandUse
}

// CommandUse says how a command may be used; what is absent stays, or is as
// usual.
type CommandUse struct {
	Enabled          *bool   `json:"enabled,omitempty"`
	Role             *string `json:"role,omitempty"`
	CooldownMs       *int64  `json:"cooldownMs,omitempty"`
	ViewerCooldownMs *int64  `json:"viewerCooldownMs,omitempty"`
}

// RemovedCommands are the names that are gone: the command's, and others it had.
type RemovedCommands struct {
	Removed []string `json:"removed"`
}

// Commands lists every chat command, the built-in ones first.
func (c *Client) Commands(ctx context.Context) ([]Command, error) {
	return ask[[]Command](ctx, c, GetCommands, call{})
}

// AddCommand makes a custom command; Conflict means that its name is taken.
func (c *Client) AddCommand(ctx context.Context, n NewCommand) (Command, error) {
	return ask[Command](ctx, c, PostCommand, call{body: n})
}

// EditCommand changes a custom command.
func (c *Client) EditCommand(ctx context.Context, name string, e EditCommand) (Command, error) {
	return ask[Command](ctx, c, PostCommandEdit, call{path: map[string]string{"name": name}, body: e})
}

// RemoveCommand takes a custom command away, with the other names it has.
func (c *Client) RemoveCommand(ctx context.Context, name string) (RemovedCommands, error) {
	return ask[RemovedCommands](ctx, c, DeleteCommand, call{path: map[string]string{"name": name}})
}
