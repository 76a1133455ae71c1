package web

import (
	"context"

	"sidestage/core"
	"sidestage/core/api"
	"sidestage/core/song"
)

// Blocks keeps tracks, artists and viewers out of the requests.
type Blocks interface {
	// Block blocks what is meant by a link or words, a name, or a login.
	Block(ctx context.Context, kind song.BlockKind, what string) (song.Block, error)
	// Unblock takes such a block away; core.NotFound when there is none.
	Unblock(ctx context.Context, kind song.BlockKind, what string) (song.Block, error)
}

// maxBlock is the longest text that names something to block, in bytes.
const maxBlock = 500

func (s *Server) blocks(ctx context.Context, in *request) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	return read(ctx, s, func(tx Tx) (api.Blocks, error) {
		all, total, err := tx.SongBlocks(limit)
		list := api.Blocks{Blocks: []api.Block{}, TotalCount: total}
		for _, b := range all {
			list.Blocks = append(list.Blocks, block(b))
		}
		return list, err
	})
}

func (s *Server) block(ctx context.Context, in *request) (any, error) {
	return changeBlock(ctx, in, s.cfg.Blocks.Block)
}

func (s *Server) unblock(ctx context.Context, in *request) (any, error) {
	return changeBlock(ctx, in, s.cfg.Blocks.Unblock)
}

func changeBlock(ctx context.Context, in *request, change func(context.Context, song.BlockKind, string) (song.Block, error)) (any, error) {
	var r api.BlockRequest
	if err := in.body(&r); err != nil {
		return nil, err
	}
	if r.What == "" || len(r.What) > maxBlock {
		return nil, core.Because(core.Invalid, "body", "say what is meant, in up to %d bytes", maxBlock)
	}
	b, err := change(ctx, song.BlockKind(r.Kind), r.What)
	return block(b), err
}

func block(b song.Block) api.Block {
	return api.Block{Kind: string(b.Kind), Key: b.Key, Name: b.Name, At: b.At}
}
