package desk

import (
	"sidestage/core/chat"
	"sidestage/core/config"
	"sidestage/core/song"
)

// songRules are the rules of the settings as songs see them.
func songRules(r config.Rules) song.Rules {
	return song.Rules{
		Closed: chat.Role(r.ClosedExempt), OnlyLive: rule(r.OnlyLive), QueueMax: rule(r.QueueMax), ViewerMax: rule(r.ViewerMax), SessionMax: rule(r.SessionMax),
		InRowMax: rule(r.InRowMax), Cooldown: rule(r.Cooldown), MinLength: rule(r.MinLength), MaxLength: rule(r.MaxLength),
		NoExplicit: rule(r.NoExplicit), NoRepeats: rule(r.NoRepeats), PlayedWithin: rule(r.PlayedWithin),
		Blocked: chat.Role(r.BlocksExempt), Playable: rule(r.Playable),
	}
}

func rule[V any](r config.Rule[V]) song.Rule[V] {
	return song.Rule[V]{Value: r.Value, Exempt: chat.Role(r.Exempt)}
}
