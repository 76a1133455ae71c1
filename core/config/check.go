package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	wordPattern  = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)
	colorPattern = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
)

// directory accepts "" (the platform's own) and absolute paths.
func directory(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if !filepath.IsAbs(s) {
		return "", errors.New("expected an absolute path")
	}
	return filepath.Clean(s), nil
}

// word accepts ids as the platforms issue them, and "".
func word(s string) (string, error) {
	if !wordPattern.MatchString(s) {
		return "", errors.New("expected only letters, digits, - and _")
	}
	return s, nil
}

// line accepts one line of least to most characters.
func line(least, most int) check {
	return func(s string) (string, error) {
		s = strings.TrimSpace(s)
		n := utf8.RuneCountInString(s)
		if n < least || n > most || strings.ContainsFunc(s, unicode.IsControl) {
			return "", fmt.Errorf("expected one line of %d to %d characters", least, most)
		}
		return s, nil
	}
}

// color accepts a colour as Twitch writes it, and "".
func color(s string) (string, error) {
	if s != "" && !colorPattern.MatchString(s) {
		return "", errors.New("expected a colour such as #9147FF")
	}
	return strings.ToUpper(s), nil
}

// hostPort accepts the address of a listener.
func hostPort(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", errors.New("expected host:port, such as 127.0.0.1:7433")
	}
	return s, nil
}

// loopback reports whether only this machine reaches host.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// baseURL accepts an address with one of schemes, a host, perhaps a port and a
// path, and nothing else; like is an example for the error.
func baseURL(like string, schemes ...string) check {
	return func(s string) (string, error) {
		u, err := url.Parse(s)
		if err != nil || !slices.Contains(schemes, u.Scheme) || !plain(u) {
			return "", fmt.Errorf("expected %s, such as %s", strings.Join(schemes, ":// or ")+"://", like)
		}
		return strings.TrimRight(u.String(), "/"), nil
	}
}

// plain reports whether u is a host, perhaps a port and a path, and no more.
func plain(u *url.URL) bool {
	if u.Port() != "" {
		if _, err := strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return false
		}
	}
	return u.Hostname() != "" && u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

// ircURL accepts ircs://host:port and irc://host:port.
func ircURL(s string) (string, error) {
	const like = "ircs://irc.chat.twitch.tv:6697"
	s, err := baseURL(like, "ircs", "irc")(s)
	if err != nil {
		return "", err
	}
	if u, err := url.Parse(s); err != nil || u.Port() == "" || u.Path != "" {
		return "", errors.New("expected a host and a port and no path, such as " + like)
	}
	return s, nil
}

// inTheClear reports whether what is sent to address can be read on the way.
func inTheClear(address string) bool {
	u, err := url.Parse(address)
	return err == nil && slices.Contains([]string{"http", "ws", "irc"}, u.Scheme) && !loopback(u.Hostname())
}
