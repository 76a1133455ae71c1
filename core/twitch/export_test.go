package twitch

import "time"

// SetWall sets the clock on the wall of a session that does not run yet.
func (s *Session) SetWall(now func() time.Time) { s.wall = now }

// The gate's judgement of single lines, for fuzzing.
var (
	JudgeLine     = judge
	PermittedLine = permitted
)
