package sim

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"sidestage/core"
)

const (
	ircBacklog  = 1024             // lines a client may be behind before it is cut off
	ircPing     = 4 * time.Minute  // between two questions whether a client is there
	ircPatience = 15 * time.Second // for its answer, and for a login
	ircBatch    = 2 * time.Second  // comings and goings are told so often
)

// chatServer is Twitch's chat server: IRC with tags.
type chatServer struct {
	mu      sync.Mutex
	clients map[*ircClient]bool
}

// ircClient is one connection.
type ircClient struct {
	conn net.Conn
	out  chan string

	caps   []string
	pass   string
	nick   string // empty until it is let in
	joined bool
	here   map[string]bool // logins it was told to be here
}

// serveIRC takes connections until ctx ends, and returns when all have ended.
func (s *Sim) serveIRC(ctx context.Context, l net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	all.Go(func() { s.mingle(ctx) })
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept on the chat server: %w", err)
		}
		all.Go(func() { s.serveClient(ctx, conn) })
	}
}

// serveClient speaks with one client until its connection ends.
func (s *Sim) serveClient(ctx context.Context, conn net.Conn) {
	c := &ircClient{conn: conn, out: make(chan string, ircBacklog), here: map[string]bool{}}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	var writer sync.WaitGroup
	writer.Go(func() {
		for line := range c.out {
			_ = conn.SetWriteDeadline(time.Now().Add(ircPatience))
			if _, err := conn.Write([]byte(line + "\r\n")); err != nil {
				_ = conn.Close()
			}
		}
	})
	ping := time.AfterFunc(ircPing, func() { s.line(c, "PING :tmi.twitch.tv") })
	lines := bufio.NewScanner(conn)
	for s.await(c) == nil && lines.Scan() {
		ping.Reset(ircPing)
		s.obey(c, lines.Text())
	}
	ping.Stop()
	s.irc.mu.Lock()
	delete(s.irc.clients, c)
	close(c.out)
	c.out = nil
	s.irc.mu.Unlock()
	writer.Wait()
	_ = conn.Close()
}

// await gives a client its time for the next line.
func (s *Sim) await(c *ircClient) error {
	limit := ircPing + ircPatience
	if c.nick == "" {
		limit = ircPatience
	}
	return c.conn.SetReadDeadline(time.Now().Add(limit))
}

// line sends lines to a client; one that is too slow is cut off.
func (s *Sim) line(c *ircClient, lines ...string) {
	s.irc.mu.Lock()
	defer s.irc.mu.Unlock()
	s.lineLocked(c, lines...)
}

func (s *Sim) lineLocked(c *ircClient, lines ...string) {
	for _, line := range lines {
		select {
		case c.out <- line:
		default: // ended, or too far behind
			_ = c.conn.Close()
		}
	}
}

// obey does what one line of a client asks for. What it does not know it
// answers as Twitch does: 421.
func (s *Sim) obey(c *ircClient, line string) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "CAP":
		_, asked, _ := strings.Cut(rest, ":")
		c.caps = append(c.caps, strings.Fields(asked)...)
		s.line(c, ":tmi.twitch.tv CAP * ACK :"+asked)
	case "PASS":
		c.pass = strings.TrimPrefix(rest, ":")
	case "NICK":
		s.letIn(c, strings.ToLower(rest))
	case "JOIN":
		s.join(c, strings.ToLower(rest))
	case "PART":
		s.part(c)
	case "PING":
		s.line(c, ":tmi.twitch.tv PONG tmi.twitch.tv "+rest)
	case "PONG":
	default:
		s.line(c, ":tmi.twitch.tv 421 "+c.nick+" "+word+" :Unknown command")
	}
}

var anonymous = regexp.MustCompile(`^justinfan[0-9]+$`)

// letIn checks who a client says it is.
func (s *Sim) letIn(c *ircClient, nick string) {
	token, formed := strings.CutPrefix(c.pass, "oauth:")
	s.mu.Lock()
	who, good := s.bearer(Twitch, token)
	s.mu.Unlock()
	switch {
	case anonymous.MatchString(nick):
	case !formed:
		s.turnAway(c, "Improperly formatted auth")
		return
	case !good || nick != s.opt.Broadcaster.Login || !who.may(scopeReadIRC):
		s.turnAway(c, "Login authentication failed")
		return
	}
	c.nick = nick
	host := ":tmi.twitch.tv "
	s.line(c, host+"001 "+nick+" :Welcome, GLHF!", host+"002 "+nick+" :Your host is tmi.twitch.tv", host+"003 "+nick+" :This server is rather new",
		host+"004 "+nick+" :-", host+"375 "+nick+" :-", host+"372 "+nick+" :You are in a maze of twisty passages, all alike.", host+"376 "+nick+" :>")
}

func (s *Sim) turnAway(c *ircClient, why string) {
	s.line(c, ":tmi.twitch.tv NOTICE * :"+why)
	time.AfterFunc(time.Second, func() { _ = c.conn.Close() })
}

func (c *ircClient) has(capability string) bool {
	return slices.Contains(c.caps, "twitch.tv/"+capability)
}

// join lets a client into the one channel there is.
func (s *Sim) join(c *ircClient, channel string) {
	b := s.opt.Broadcaster
	if c.nick == "" || channel != "#"+b.Login {
		return
	}
	s.irc.mu.Lock()
	defer s.irc.mu.Unlock()
	c.joined = true
	s.irc.clients[c] = true
	names := []string{c.nick}
	if c.has("membership") {
		for _, v := range s.present(time.Now()) {
			c.here[v.Login] = true
			names = append(names, v.Login)
		}
	}
	s.lineLocked(c, from(c.nick)+"JOIN "+channel)
	for part := range slices.Chunk(names, 20) {
		s.lineLocked(c, fmt.Sprintf(":%s.tmi.twitch.tv 353 %s = %s :%s", c.nick, c.nick, channel, strings.Join(part, " ")))
	}
	s.lineLocked(c, fmt.Sprintf(":%s.tmi.twitch.tv 366 %s %s :End of /NAMES list", c.nick, c.nick, channel))
	if c.has("commands") && c.has("tags") {
		s.lineLocked(c, fmt.Sprintf("@emote-only=0;followers-only=-1;r9k=0;room-id=%s;slow=0;subs-only=0 :tmi.twitch.tv ROOMSTATE %s", b.ID, channel))
	}
}

func (s *Sim) part(c *ircClient) {
	s.irc.mu.Lock()
	defer s.irc.mu.Unlock()
	delete(s.irc.clients, c)
	c.joined = false
	s.lineLocked(c, from(c.nick)+"PART #"+s.opt.Broadcaster.Login)
}

func from(login string) string {
	return ":" + login + "!" + login + "@" + login + ".tmi.twitch.tv "
}

// present is everybody who is here. Without a script of viewers all of the cast
// are; with one they come and go.
func (s *Sim) present(now time.Time) []core.Viewer {
	here := []core.Viewer{s.opt.Broadcaster}
	for i, v := range s.cast() {
		stay := now.Add(time.Duration(i)*7*time.Second).Unix() / 90
		if !s.opt.Viewers || share("here", s.opt.Seed, v.Login, stay) < 0.75 {
			here = append(here, v)
		}
	}
	return here
}

// mingle tells the clients who has come and gone, a batch at a time, as Twitch
// does.
func (s *Sim) mingle(ctx context.Context) {
	for pause(ctx, ircBatch) {
		now := map[string]bool{}
		for _, v := range s.present(time.Now()) {
			now[v.Login] = true
		}
		s.irc.mu.Lock()
		for c := range s.irc.clients {
			if c.has("membership") {
				s.tellMoves(c, now)
			}
		}
		s.irc.mu.Unlock()
	}
}

func (s *Sim) tellMoves(c *ircClient, now map[string]bool) {
	channel := "#" + s.opt.Broadcaster.Login
	for login := range now {
		if !c.here[login] {
			c.here[login] = true
			s.lineLocked(c, from(login)+"JOIN "+channel)
		}
	}
	for login := range c.here {
		if !now[login] {
			delete(c.here, login)
			s.lineLocked(c, from(login)+"PART "+channel)
		}
	}
}

// spread sends a chat message to the clients in the channel.
func (s *Sim) spread(e chatEvent, at time.Time) {
	s.irc.mu.Lock()
	defer s.irc.mu.Unlock()
	for c := range s.irc.clients {
		if c.has("tags") {
			s.lineLocked(c, s.ircTags(e, at)+ircText(e))
		} else {
			s.lineLocked(c, ircText(e))
		}
	}
}

func ircText(e chatEvent) string {
	return from(e.ChatterLogin) + "PRIVMSG #" + e.BroadcasterLogin + " :" + e.Message.Text
}

// tagEscapes are those of IRCv3.
var tagEscapes = strings.NewReplacer(`\`, `\\`, ";", `\:`, " ", `\s`, "\r", `\r`, "\n", `\n`)

func (s *Sim) ircTags(e chatEvent, at time.Time) string {
	badges, mod, sub := make([]string, 0, len(e.Badges)), 0, 0
	for _, b := range e.Badges {
		badges = append(badges, b.Set+"/"+b.ID)
		switch b.Set {
		case Moderator:
			mod = 1
		case Subscriber:
			sub = 1
		}
	}
	tags := []string{
		"badge-info=", "badges=" + strings.Join(badges, ","), "color=" + e.Colour, "display-name=" + tagEscapes.Replace(e.ChatterName),
		"emotes=", "first-msg=0", "flags=", "id=" + e.ID, fmt.Sprint("mod=", mod), "returning-chatter=0", "room-id=" + e.BroadcasterID,
		fmt.Sprint("subscriber=", sub), fmt.Sprint("tmi-sent-ts=", at.UnixMilli()), "turbo=0", "user-id=" + e.ChatterID, "user-type=",
	}
	if e.RewardID != nil {
		tags = append(tags, "custom-reward-id="+*e.RewardID)
	}
	if e.Reply != nil {
		tags = append(tags, "reply-parent-msg-id="+e.Reply.ParentID)
	}
	if e.SourceID != nil {
		tags = append(tags, "source-room-id="+*e.SourceID, "source-id="+*e.SourceMsg)
	}
	return "@" + strings.Join(tags, ";") + " "
}

// CutIRC ends every connection to the chat server; with ask it asks them to
// connect again first.
func (s *Sim) CutIRC(ask bool) {
	s.irc.mu.Lock()
	defer s.irc.mu.Unlock()
	for c := range s.irc.clients {
		if ask {
			s.lineLocked(c, ":tmi.twitch.tv RECONNECT")
		} else {
			_ = c.conn.Close()
		}
	}
}

// IRCClients counts who is in the channel on the chat server.
func (s *Sim) IRCClients() int {
	s.irc.mu.Lock()
	defer s.irc.mu.Unlock()
	return len(s.irc.clients)
}
