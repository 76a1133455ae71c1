package sim

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
)

// uuid is a fresh id as Twitch gives its rewards, redemptions and messages.
func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// secret is a fresh token or code of n letters and digits.
func secret(n int) string {
	s := ""
	for len(s) < n {
		s += rand.Text()
	}
	return s[:n]
}

// digest is a stable 64-bit number for the given parts: the source of every
// made-up fact and of every seeded decision.
func digest(parts ...any) uint64 {
	sum := sha256.Sum256(fmt.Append(nil, parts...))
	return binary.BigEndian.Uint64(sum[:8])
}

// share is digest as a number in [0, 1).
func share(parts ...any) float64 { return float64(digest(parts...)>>11) / (1 << 53) }

// base62 is a stable 22-character Spotify id for the given parts.
func base62(parts ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, parts...))
	text := new(big.Int).SetBytes(sum[:]).Text(62)
	return text[:22]
}

// hexID is a stable id of n hexadecimal digits, at most 64.
func hexID(n int, parts ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, parts...))
	return hex.EncodeToString(sum[:])[:n]
}

// userID is a stable Twitch user id for a login.
func userID(login string) string {
	return strconv.FormatUint(20_000_000+digest("user", login)%900_000_000, 10)
}
