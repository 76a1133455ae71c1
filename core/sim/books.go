package sim

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sidestage/core"
)

// The books are a file of JSON lines, appended only. A line is everything one
// act changed, so an act is in the books wholly or not at all; a line torn by a
// kill is dropped at the next start. Folding the lines in order gives the state.

// op is one change of state. apply cannot fail: whoever books it has checked.
type op interface {
	name() string
	apply(st *state, at time.Time)
}

// decoders knows every op by its name in the books.
var decoders = map[string]func(json.RawMessage) (op, error){
	booted{}.name():     as[booted],
	granted{}.name():    as[granted],
	refreshed{}.name():  as[refreshed],
	ended{}.name():      as[ended],
	dropped{}.name():    as[dropped],
	rewardPut{}.name():  as[rewardPut],
	rewardGone{}.name(): as[rewardGone],
	redeemed{}.name():   as[redeemed],
	settled{}.name():    as[settled],
	online{}.name():     as[online],
	offline{}.name():    as[offline],
	retitled{}.name():   as[retitled],
	followed{}.name():   as[followed],
	posted{}.name():     as[posted],
	spoke{}.name():      as[spoke],
	acted{}.name():      as[acted],
	noted{}.name():      as[noted],
	sent{}.name():       as[sent],
	lost{}.name():       as[lost],
	queued{}.name():     as[queued],
	skipped{}.name():    as[skipped],
	played{}.name():     as[played],
	running{}.name():    as[running],
	device{}.name():     as[device],
	advert{}.name():     as[advert],
}

func as[O op](data json.RawMessage) (op, error) {
	var o O
	err := json.Unmarshal(data, &o)
	return o, err
}

// line is one act: when, and what it changed. A line without ops moves the
// player on to At.
type line struct {
	At  time.Time
	Ops []op
}

type rawLine struct {
	At  time.Time                    `json:"at"`
	Ops []map[string]json.RawMessage `json:"ops,omitempty"`
}

// MarshalJSON writes each op under its name.
func (l line) MarshalJSON() ([]byte, error) {
	raw := rawLine{At: l.At}
	for _, o := range l.Ops {
		data, err := json.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", o.name(), err)
		}
		raw.Ops = append(raw.Ops, map[string]json.RawMessage{o.name(): data})
	}
	return json.Marshal(raw)
}

// UnmarshalJSON refuses an op it does not know: skipping it would make the
// state a lie.
func (l *line) UnmarshalJSON(data []byte) error {
	var raw rawLine
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	l.At, l.Ops = raw.At, nil
	for _, named := range raw.Ops {
		for name, data := range named {
			decode, ok := decoders[name]
			if !ok {
				return fmt.Errorf("unknown entry %q", name)
			}
			o, err := decode(data)
			if err != nil {
				return fmt.Errorf("decode %s: %w", name, err)
			}
			l.Ops = append(l.Ops, o)
		}
	}
	return nil
}

// books is the file. A nil file keeps nothing: state in memory is all there is.
type books struct {
	file *os.File
	size int64 // up to here every line is whole
}

func openBooks(path string, fold func(line)) (*books, error) {
	if path == "" {
		return &books{}, nil
	}
	if strings.HasSuffix(path, ".db") {
		return nil, core.E(core.Invalid, "open books %s: a name ending in .db is the desk's", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open books: %w", err)
	}
	b := &books{file: f}
	if err := b.read(fold); err != nil {
		return nil, errors.Join(fmt.Errorf("read books %s: %w", path, err), f.Close())
	}
	return b, nil
}

// kept reports whether the books outlive this process.
func (b *books) kept() bool { return b.file != nil }

func (b *books) read(fold func(line)) error {
	r := bufio.NewReader(b.file)
	for n := 1; ; n++ {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // text, if any, is a line torn by a kill
		}
		if err != nil {
			return err
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		fold(l)
		b.size += int64(len(text))
	}
	return b.rewind()
}

// rewind drops what follows the last whole line.
func (b *books) rewind() error {
	if err := b.file.Truncate(b.size); err != nil {
		return err
	}
	_, err := b.file.Seek(b.size, io.SeekStart)
	return err
}

// append hands l to the operating system, which keeps it when this process is
// killed.
func (b *books) append(l line) error {
	if !b.kept() {
		return nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	n, err := b.file.Write(append(text, '\n'))
	if err != nil {
		return errors.Join(fmt.Errorf("append to books: %w", err), b.rewind())
	}
	b.size += int64(n)
	return nil
}

// close closes the file. What happens after is in memory only.
func (b *books) close() error {
	if !b.kept() {
		return nil
	}
	f := b.file
	b.file = nil
	return f.Close()
}
