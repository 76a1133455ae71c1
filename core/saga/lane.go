package saga

import "context"

// Lane lets Effects through one at a time, each from its Before to its answer.
type Lane struct{ slot chan struct{} }

// NewLane makes an empty lane.
func NewLane() *Lane { return &Lane{slot: make(chan struct{}, 1)} }

// enter waits for f's turn. Nobody enters any more once the desk stops.
func (l *Lane) enter(ctx context.Context, f *frame) (leave func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	select {
	case l.slot <- struct{}{}:
	case <-f.stop:
		return nil, f.halt(errInterrupted)
	case <-ctx.Done():
		return nil, f.halt(errInterrupted)
	}
	leave = func() { <-l.slot }
	if f.stopping() {
		leave()
		return nil, f.halt(errInterrupted)
	}
	return leave, nil
}
