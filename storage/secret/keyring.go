package secret

import (
	"context"
	"encoding/json"

	"sidestage/core"
	"sidestage/core/token"
)

// keyring is the token.Store in the OS keyring. A login is three entries: each
// token its own, since Windows holds 2,560 bytes an entry, and the card, which
// has the rest and names the slot the tokens are in. A new pair goes into the
// other slot and the card is written last, so a login changes whole or not.
type keyring struct {
	ring ring
	dir  string
	mark *file
	busy chan struct{} // one call at a time, also one nobody waits for any more
}

// card is the entry that makes a login.
type card struct {
	Slot  string       `json:"slot"`  // "a" or "b"
	Login token.Stored `json:"login"` // encodes without its tokens
}

func newKeyring(r ring, dir string, mark *file) *keyring {
	return &keyring{ring: r, dir: dir, mark: mark, busy: make(chan struct{}, 1)}
}

// Load implements token.Store.
func (k *keyring) Load(ctx context.Context, platform string) (token.Stored, error) {
	c, err := k.card(ctx, platform)
	if err != nil {
		return token.Stored{}, err
	}
	return k.tokens(ctx, platform, c)
}

// Save implements token.Store.
func (k *keyring) Save(ctx context.Context, platform string, t token.Stored) error {
	if err := k.mark.markKeyring(); err != nil {
		return err
	}
	used, same, err := k.slot(ctx, platform, t)
	if err != nil {
		return err
	}
	slot := used
	if !same {
		slot = other(used)
		if err := k.setTokens(ctx, platform, slot, t); err != nil {
			return err
		}
	}
	data, err := json.Marshal(card{Slot: slot, Login: t})
	if err != nil {
		return core.E(core.Internal, "encode the %s login: %w", platform, err)
	}
	if err := k.set(ctx, platform, string(data)); err != nil {
		return err
	}
	if !same && used != "" {
		_ = k.deleteTokens(ctx, platform, used) // spent; the next Save would overwrite them
	}
	return nil
}

// Delete implements token.Store. The card goes last, so that a Delete cut short
// can be repeated.
func (k *keyring) Delete(ctx context.Context, platform string) error {
	for _, slot := range []string{"a", "b"} {
		if err := k.deleteTokens(ctx, platform, slot); err != nil {
			return err
		}
	}
	return k.delete(ctx, platform)
}

// slot is the slot in use, or "", and whether it holds t's tokens already. A
// damaged login is no obstacle to a new one.
func (k *keyring) slot(ctx context.Context, platform string, t token.Stored) (used string, same bool, err error) {
	c, err := k.card(ctx, platform)
	if err == nil {
		var old token.Stored
		old, err = k.tokens(ctx, platform, c)
		same = err == nil && old.Access == t.Access && old.Refresh == t.Refresh
	}
	if kind := core.KindOf(err); err != nil && kind != core.NotFound && kind != core.Internal {
		return "", false, err
	}
	return c.Slot, same, nil
}

// card reads the entry that makes a login.
func (k *keyring) card(ctx context.Context, platform string) (card, error) {
	data, err := k.get(ctx, platform)
	if err != nil {
		return card{}, err
	}
	var c card
	if json.Unmarshal([]byte(data), &c) != nil || c.Slot != "a" && c.Slot != "b" || c.Login.State == "" {
		return card{}, damaged(platform)
	}
	return c, nil
}

// tokens is c's login with its tokens.
func (k *keyring) tokens(ctx context.Context, platform string, c card) (token.Stored, error) {
	t := c.Login
	var err error
	if t.Access, err = k.get(ctx, platform+"/access."+c.Slot); err == nil {
		t.Refresh, err = k.get(ctx, platform+"/refresh."+c.Slot)
	}
	if core.KindOf(err) == core.NotFound {
		err = damaged(platform)
	}
	if err != nil {
		return token.Stored{}, err
	}
	return t, nil
}

func (k *keyring) setTokens(ctx context.Context, platform, slot string, t token.Stored) error {
	if err := k.set(ctx, platform+"/access."+slot, t.Access); err != nil {
		return err
	}
	return k.set(ctx, platform+"/refresh."+slot, t.Refresh)
}

func (k *keyring) deleteTokens(ctx context.Context, platform, slot string) error {
	if err := k.delete(ctx, platform+"/access."+slot); err != nil {
		return err
	}
	return k.delete(ctx, platform+"/refresh."+slot)
}

func other(slot string) string {
	if slot == "a" {
		return "b"
	}
	return "a"
}

func damaged(platform string) error {
	return core.Because(core.Internal, "secrets-damaged", "the %[1]s login in the OS keyring is damaged: run sidestage auth login %[1]s", platform)
}
