package api

import (
	"context"
	"time"
)

// Kinds of Block.
const (
	BlockTrack  = "track"
	BlockArtist = "artist"
	BlockViewer = "viewer"
)

// Block keeps a track, an artist or a viewer out of the requests.
type Block struct {
	Kind string    `json:"kind"`
	Key  string    `json:"key"`
	Name string    `json:"name"`
	At   time.Time `json:"at,omitzero"`
}

// Blocks is what is blocked, latest first.
type Blocks struct {
	Blocks     []Block `json:"blocks"`
	TotalCount int     `json:"totalCount"`
}

// BlockRequest names what to block or unblock: a track by link or by artist and
// title, an artist by name, a viewer by login. To unblock, a Block's key serves
// too.
type BlockRequest struct {
	Kind string `json:"kind"`
	What string `json:"what"`
}

// Blocks lists what is blocked, latest first.
func (c *Client) Blocks(ctx context.Context, limit int) (Blocks, error) {
	return ask[Blocks](ctx, c, GetBlocks, call{query: limited(limit)})
}

// Block keeps something out of the requests; again changes nothing. What waits
// already is not touched.
func (c *Client) Block(ctx context.Context, r BlockRequest) (Block, error) {
	return ask[Block](ctx, c, PostBlock, call{body: r})
}

// Unblock takes a block away; NotFound when there is none.
func (c *Client) Unblock(ctx context.Context, r BlockRequest) (Block, error) {
	return ask[Block](ctx, c, PostUnblock, call{body: r})
}
