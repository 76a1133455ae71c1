package desk

import (
	"context"

	"sidestage/core/api"
)

// rewards are the channel's rewards as the local API shows and changes them.
type rewards struct{ d *Desk }

// List implements web.Rewards.
func (r rewards) List(ctx context.Context) ([]api.Reward, error) { return r.d.listRewards(ctx) }

// SetUp implements web.Rewards.
func (r rewards) SetUp(ctx context.Context) ([]api.Reward, error) { return r.d.SetupRewards(ctx) }

// Update implements web.Rewards.
func (r rewards) Update(ctx context.Context, name string) (api.Reward, error) {
	return r.d.updateReward(ctx, name)
}

// Pause implements web.Rewards.
func (r rewards) Pause(ctx context.Context, name string, paused bool) (api.Reward, error) {
	return r.d.pauseReward(ctx, name, paused)
}

// Delete implements web.Rewards.
func (r rewards) Delete(ctx context.Context, nameOrID string) (api.Reward, error) {
	return r.d.deleteReward(ctx, nameOrID)
}
