package secret

import (
	"context"
	"errors"
	"time"

	osring "github.com/zalando/go-keyring"

	"sidestage/core"
)

const (
	service = "sidestage"
	// answerLimit is how long one keyring call may take. An unlocked keyring
	// answers in milliseconds; a locked one may wait for a person.
	answerLimit = 2 * time.Second
)

// ring is what is used of an OS keyring.
type ring interface {
	Set(service, user, password string) error
	Get(service, user string) (string, error)
	Delete(service, user string) error
}

// osRing is the keyring of this machine.
type osRing struct{}

func (osRing) Set(service, user, password string) error { return osring.Set(service, user, password) }
func (osRing) Get(service, user string) (string, error) { return osring.Get(service, user) }
func (osRing) Delete(service, user string) error        { return osring.Delete(service, user) }

// user names an entry of this data directory.
func (k *keyring) user(entry string) string { return entry + " " + k.dir }

// probe finds out whether a keyring keeps what it is given.
func (k *keyring) probe(ctx context.Context) error {
	const entry = "probe"
	return k.ask(ctx, func() error {
		if err := k.ring.Set(service, k.user(entry), entry); err != nil {
			return err
		}
		got, err := k.ring.Get(service, k.user(entry))
		if err == nil && got != entry {
			err = errors.New("it does not keep what it is given")
		}
		return errors.Join(err, k.ring.Delete(service, k.user(entry)))
	})
}

func (k *keyring) get(ctx context.Context, entry string) (string, error) {
	answer := make(chan string, 1)
	err := k.ask(ctx, func() error {
		v, err := k.ring.Get(service, k.user(entry))
		answer <- v
		return err
	})
	if err != nil {
		return "", err
	}
	return <-answer, nil
}

func (k *keyring) set(ctx context.Context, entry, value string) error {
	return k.ask(ctx, func() error { return k.ring.Set(service, k.user(entry), value) })
}

// delete removes an entry; that there is none is no error.
func (k *keyring) delete(ctx context.Context, entry string) error {
	err := k.ask(ctx, func() error { return k.ring.Delete(service, k.user(entry)) })
	if core.KindOf(err) == core.NotFound {
		return nil
	}
	return err
}

// ask runs one keyring call and waits two seconds for it. A call nobody waits
// for any more still runs to its end before the next one, so that late writes
// keep their order.
func (k *keyring) ask(ctx context.Context, call func() error) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	select {
	case k.busy <- struct{}{}:
	case <-ctx.Done():
		return core.E(core.Unavailable, "the OS keyring does not answer: %w", ctx.Err())
	}
	done := make(chan error, 1)
	go func() {
		err := call()
		<-k.busy
		done <- err
	}()
	select {
	case err := <-done:
		return classified(err)
	case <-ctx.Done():
		return core.E(core.Unavailable, "the OS keyring does not answer: %w", ctx.Err())
	}
}

func classified(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, osring.ErrNotFound):
		return core.E(core.NotFound, "OS keyring: %w", err)
	case errors.Is(err, osring.ErrSetDataTooBig):
		return core.E(core.Invalid, "OS keyring: %w", err)
	default:
		return core.E(core.Unavailable, "OS keyring: %w", err)
	}
}
