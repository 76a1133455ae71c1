package desk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

// ReasonPortTaken is the reason of the error that says another program listens
// where this one should.
const ReasonPortTaken = "port-taken"

// windowsAddrInUse is WSAEADDRINUSE, which Go does not take for EADDRINUSE.
const windowsAddrInUse = syscall.Errno(10048)

// Listen opens the port where Run will answer the local API, before Run. A
// port that is taken is Unavailable, ReasonPortTaken, and says by whom.
func (d *Desk) Listen(ctx context.Context, addr string) error {
	l, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	d.door.listener = l
	return nil
}

// Free reports whether a desk could listen at addr; its error is that of
// Desk.Listen.
func Free(ctx context.Context, addr string) error {
	l, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	return l.Close()
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, windowsAddrInUse):
		return nil, core.Because(core.Unavailable, ReasonPortTaken, "%s is taken by %s: stop it, or choose another --addr", addr, holder(ctx, addr))
	case err != nil:
		return nil, core.E(core.Unavailable, "listen: %w", err)
	}
	return l, nil
}

// Address is where others reach this desk while it runs: host:port, empty
// without Listen.
func (d *Desk) Address() string {
	if d.door.listener == nil {
		return ""
	}
	return reachable(d.door.listener)
}

// askHolder is how long who holds a port is asked whether it is a sidestage.
const askHolder = time.Second

// holder describes who listens at addr, as well as it can be found out.
func holder(ctx context.Context, addr string) string {
	ctx, cancel := context.WithTimeout(ctx, askHolder)
	defer cancel()
	c := &api.Client{Address: addr}
	defer c.Close()
	if h, err := c.Health(ctx); err == nil {
		return fmt.Sprintf("another sidestage (pid %d)", h.PID)
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "another program"
	}
	pid, name := listening(port)
	if pid == "" {
		return "another program"
	}
	return fmt.Sprintf("%s (pid %s)", name, pid)
}

// listening finds the process that listens on a port where the system tells, as
// Linux does for one's own processes; pid is empty elsewhere.
func listening(port string) (pid, name string) {
	sockets := append(listeners("/proc/net/tcp", port), listeners("/proc/net/tcp6", port)...)
	if len(sockets) == 0 {
		return "", ""
	}
	open, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is well formed
	for _, fd := range open {
		target, err := os.Readlink(fd)
		if err != nil || !slices.Contains(sockets, target) {
			continue
		}
		process := filepath.Dir(filepath.Dir(fd))
		comm, err := os.ReadFile(filepath.Join(process, "comm"))
		if err == nil {
			return filepath.Base(process), strings.TrimSpace(string(comm))
		}
	}
	return "", ""
}

// listeners are the sockets of a table of the kernel (proc_net_tcp(5)) that
// listen on port, as links of file descriptors name them.
func listeners(table, port string) (sockets []string) {
	const local, state, inode, listen = 1, 3, 9, "0A"
	file, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer file.Close() //nolint:errcheck // only read
	for lines := bufio.NewScanner(file); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) <= inode || f[state] != listen {
			continue
		}
		_, hex, _ := strings.Cut(f[local], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && strconv.FormatUint(n, 10) == port {
			sockets = append(sockets, "socket:["+f[inode]+"]")
		}
	}
	return sockets
}
