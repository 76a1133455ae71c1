package event

import (
	"encoding/json"
	"time"
)

// ReceiptState is where a receipt stands.
type ReceiptState string

// The states of a receipt.
const (
	ReceiptOpen ReceiptState = "open" // waits for another attempt
	ReceiptDone ReceiptState = "done"
	ReceiptDead ReceiptState = "dead" // set aside after the last attempt
)

// Receipt is one message from outside, as it came in and before it became
// events. Payload is kept only while it is open or dead.
type Receipt struct {
	ID         string // the message id
	Type       string // the platform's name for it
	State      ReceiptState
	Payload    json.RawMessage
	Attempts   int
	NextAt     time.Time
	Error      string
	ReceivedAt time.Time
}
