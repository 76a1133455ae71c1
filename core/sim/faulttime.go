package sim

import (
	"context"
	"time"
)

// heartbeat is how often the faults that come with time are looked at.
const heartbeat = 200 * time.Millisecond

// misbehave runs the faults that come with time, and the streamer who logs in
// again. With nothing to do it sleeps.
func (s *Sim) misbehave(ctx context.Context) error {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		beat := tick.C
		if s.harmless() {
			beat = nil
			tick.Stop()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.alarm:
			tick.Reset(heartbeat)
			continue
		case <-beat:
		}
		if err := s.pester(time.Now()); err != nil {
			return err
		}
		if err := s.returned(); err != nil {
			return err
		}
	}
}

// harmless reports whether nothing is due with time.
func (s *Sim) harmless() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.away) == 0 && !s.state.Player.Robbed && !s.state.Player.Ad && !s.faults.timed()
}

// alarmed wakes misbehave: something may be due with time.
func (s *Sim) alarmed() {
	select {
	case s.alarm <- struct{}{}:
	default:
	}
}

func (s *Sim) pester(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.robDevice(now); err != nil {
		return err
	}
	if err := s.advertise(now); err != nil {
		return err
	}
	for _, x := range s.hub.sessions {
		if x.used && x.takes() && !now.Before(x.strike) {
			s.strikeSocket(x)
		}
	}
	return s.takeBack(now)
}

// robDevice takes the device in the windows of no-device, and gives it back:
// the streamer starts playback somewhere.
func (s *Sim) robDevice(now time.Time) error {
	gone := s.faults.window(faultNoDevice, now)
	p := &s.state.Player
	if gone && p.Device || !gone && p.Robbed {
		defer s.nudge()
		return s.commit([]op{device{On: !gone, Fault: true}})
	}
	return nil
}

// closings are what close-code does in turn, as close codes; 0 is a reconnect,
// 4007 one whose URL EventSub then refuses.
var closings = [...]int{4000, 0, 4005, 4002, 4007, 4006, 4001, 0, 4003, 4004}

// strikeSocket ends a connection as the socket faults do, whichever are on.
func (s *Sim) strikeSocket(x *session) {
	drop, shut := s.faults.on(faultDropSocket), s.faults.on(faultCloseCode)
	switch {
	case drop && (!shut || s.hub.strikes%2 == 0):
		if (s.hub.strikes/2)%2 == 0 {
			x.halfDead = halfDeadFor
		}
		x.end(order{})
	case shut:
		code := closings[s.hub.closings%len(closings)]
		s.hub.closings++
		if code == 0 || code == 4007 {
			s.handOver(x, code == 0)
		} else {
			x.end(order{code: code})
		}
	default:
		return
	}
	s.hub.strikes++
}

// takeBackEvery is how far apart refuse-refresh revokes logins.
const takeBackEvery = 30 * time.Second

// takeBack revokes a login when refuse-refresh says so, one platform after the
// other: the next call is unauthorized, its refresh refused.
func (s *Sim) takeBack(now time.Time) error {
	switch {
	case !s.faults.on(faultRefuseRefresh):
		s.revokeAt = time.Time{}
		return nil
	case s.revokeAt.IsZero():
		s.revokeAt = now.Add(s.faults.calm("revoke", s.revoked))
		return nil
	case now.Before(s.revokeAt):
		return nil
	}
	platform := []string{Spotify, Twitch}[s.revoked%2]
	s.revoked++
	s.revokeAt = now.Add(takeBackEvery + s.faults.calm("revoke", s.revoked))
	return s.revoke(platform)
}
