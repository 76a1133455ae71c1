package api

// SayRequest asks to say something in chat: one line of 1 … 500 characters. A
// "/", "." or "!" at its beginning is said, not obeyed.
type SayRequest struct {
	Text string `json:"text"`
}

// Said is what became of it.
type Said struct {
	MessageID string `json:"messageId"` // Twitch's
}
