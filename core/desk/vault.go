package desk

import (
	"context"
	"sync"

	"sidestage/core/token"
)

// vault is a token.Store that is opened when it is first needed: finding the
// OS keyring takes time, and most commands read no login.
type vault struct {
	open func() (token.Store, error)

	mu     sync.Mutex
	opened token.Store
}

func (v *vault) store() (token.Store, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.opened != nil {
		return v.opened, nil
	}
	s, err := v.open()
	if err == nil {
		v.opened = s
	}
	return s, err
}

// Load implements token.Store.
func (v *vault) Load(ctx context.Context, platform string) (token.Stored, error) {
	s, err := v.store()
	if err != nil {
		return token.Stored{}, err
	}
	return s.Load(ctx, platform)
}

// Save implements token.Store.
func (v *vault) Save(ctx context.Context, platform string, t token.Stored) error {
	s, err := v.store()
	if err != nil {
		return err
	}
	return s.Save(ctx, platform, t)
}

// Delete implements token.Store.
func (v *vault) Delete(ctx context.Context, platform string) error {
	s, err := v.store()
	if err != nil {
		return err
	}
	return s.Delete(ctx, platform)
}
