package workflow

import "sidestage/core"

// registerFailpoints declares where the kill test may stop a saga: at every
// boundary of every step. A step missing here panics in the kill test's build.
func registerFailpoints() {
	reads := map[string][]string{
		SongRequest: {"read-settings", "parse-link", "get-track"},
		DeskRequest: {"read-settings", "parse-link", "get-track"},
		ChatCommand: {"get-track"},
	}
	locals := map[string][]string{
		SongRequest:    {"note-outage", "persist-request", "see-turn", "record-handover", "see-outcome", "book-fulfilled", "book-refund", "note-reply"},
		KeyboardRaffle: {"record-roll", "announce-roll", "book-refund", "note-reply"},
		ChatCommand:    {"compose", "note-reply"},
		Raid:           {"note-reply"},
		DeskRequest:    {"note-outage", "persist-request", "see-turn", "record-handover", "note-given-up", "note-reply"},
		Announcement:   {"note-reply"},
		GiveawayKind:   {"word-opening", "word-closing", "word-winners", "note-reply"},
	}
	effects := map[string][]string{
		SongRequest:    {"add-to-player", "fulfil", "confirm-in-chat", "refund", "tell-chat"},
		KeyboardRaffle: {"fulfil", "confirm-in-chat", "refund", "tell-chat"},
		ChatCommand:    {"skip", "reply"},
		Raid:           {"thank-in-chat", "shoutout"},
		DeskRequest:    {"add-to-player", "tell-chat"},
		Announcement:   {"announce"},
		GiveawayKind:   {"tell-opening", "tell-closing", "tell-winners"},
	}
	awaits := map[string][]string{SongRequest: {"spotify", "turn", "heard"}, DeskRequest: {"spotify", "turn"}, GiveawayKind: {"entries", "draw"}}
	undos := map[string][]string{SongRequest: {"persist-request"}, KeyboardRaffle: {"record-roll"}, DeskRequest: {"persist-request"}}

	register(reads, "read")
	register(locals, "local", "stored")
	register(effects, "intended", "done")
	register(awaits, "asked", "ready", "parked")
	register(undos, "undo", "undone")
	for _, kind := range []string{SongRequest, KeyboardRaffle, ChatCommand, DeskRequest, Raid, Announcement, GiveawayKind} {
		core.RegisterFailpoints("saga/" + kind + "/ended")
	}
	core.RegisterFailpoints("saga/"+SongRequest+"/compensating", "saga/"+KeyboardRaffle+"/compensating", "saga/"+DeskRequest+"/compensating")
}

func register(steps map[string][]string, places ...string) {
	for kind, names := range steps {
		for _, name := range names {
			for _, place := range places {
				core.RegisterFailpoints("saga/" + kind + "/" + name + "/" + place)
			}
		}
	}
}
