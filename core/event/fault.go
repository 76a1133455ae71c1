package event

// ErrorHappened: something went wrong at the desk itself, or a call of a
// platform did in a way that somebody may have to know of.
type ErrorHappened struct {
	Kind    string `json:"kind"` // of core.Kind, or "panic"
	Reason  string `json:"reason,omitempty"`
	Place   string `json:"place"` // what was being done, in words that do not change
	SagaID  string `json:"sagaId,omitempty"`
	Message string `json:"message"`
	Times   int    `json:"times"` // how often, with those before that were not journalled
}

// Type implements Event.
func (ErrorHappened) Type() Type { return "error.happened" }

// Subject is the saga's id, where one is concerned.
func (e ErrorHappened) Subject() string { return e.SagaID }
