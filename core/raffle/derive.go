package raffle

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// Bounds of the largest number of a roll; the smallest number is always 1.
const (
	DefaultHighest = 10_000
	LeastHighest   = 2
	MostHighest    = 1_000_000
)

// What a number is for. Labels keep apart the numbers that one redemption gets.
const (
	labelWinning = "winning"
	labelRoll    = "roll"
)

// Number is the number in 1…highest that the secret gives for a label and an id,
// each equally likely. It is a promise to whoever checks old rolls and never
// changes:
//
//	mac = HMAC-SHA256(key, message), with
//	key     the 32 bytes of the secret
//	message label ":" id ":" counter, in UTF-8, the counter in decimal from 0
//	x   = the first 4 bytes of mac, the first of them the most significant
//
// The number is 1 + x mod highest. Where x is not below the largest multiple of
// highest that 2³² holds, the small numbers would come up more often: it is
// thrown away, and the next counter is taken.
func (s Secret) Number(label, id string, highest int) int {
	n := uint64(highest) //nolint:gosec // at least 1
	fair := (1 << 32) / n * n
	for counter := 0; ; counter++ {
		mac := hmac.New(sha256.New, s[:])
		_, _ = mac.Write([]byte(label + ":" + id + ":" + strconv.Itoa(counter))) // a hash never fails
		if x := uint64(binary.BigEndian.Uint32(mac.Sum(nil))); x < fair {
			return int(x%n) + 1 //nolint:gosec // at most highest
		}
	}
}

// numbers are the two that a redemption gets.
func (s Seed) numbers(id string) (winning, roll int) {
	return s.Secret.Number(labelWinning, id, s.Highest), s.Secret.Number(labelRoll, id, s.Highest)
}
