package component

// Rows is a list as a cursor sees it.
type Rows struct {
	Len int
	ID  func(i int) string // names a row for as long as it exists
}

// Cursor is a place in a list that changes: it stays with its row as others
// come and go.
type Cursor struct {
	Index int
	id    string
}

// Follow finds the row again. When it is gone, the one now in its place is
// taken.
func (c Cursor) Follow(rows Rows) Cursor {
	if c.Index < rows.Len && rows.ID(c.Index) == c.id {
		return c
	}
	for i := range rows.Len {
		if rows.ID(i) == c.id {
			c.Index = i
			return c
		}
	}
	return c.Move(0, rows)
}

// Move goes by rows, as far as there are any.
func (c Cursor) Move(by int, rows Rows) Cursor {
	if rows.Len == 0 {
		return Cursor{}
	}
	c.Index = min(max(c.Index+by, 0), rows.Len-1)
	c.id = rows.ID(c.Index)
	return c
}
