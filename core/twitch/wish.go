package twitch

import "slices"

// The scopes that subscriptions need.
const (
	ScopeManageRedemptions = "channel:manage:redemptions"
	ScopeReadRedemptions   = "channel:read:redemptions"
	ScopeReadChat          = "user:read:chat"
	ScopeReadFollowers     = "moderator:read:followers"
	ScopeReadSubscriptions = "channel:read:subscriptions"
	ScopeReadBits          = "bits:read"
)

// kind is what is known of a subscription type.
type kind struct {
	typ, version string
	condition    []string // fields that are all the broadcaster's id
	scopes       []string // any of them will do; none is needed where there are none
	optional     bool     // not asked for without its scope; the others are, so that their lack is seen
	brings       string   // what a person misses without it
}

// kinds are the subscription types a channel is listened to with, the ones that
// cannot be done without first.
var kinds = []kind{
	{typ: TypeRedemptionAdd, version: "1", condition: here, scopes: redemptionScopes, brings: "song requests and rolls"},
	{typ: TypeRedemptionUpdate, version: "1", condition: here, scopes: redemptionScopes, brings: "what moderators settle"},
	{typ: TypeStreamOnline, version: "1", condition: here, brings: "the stream's start"},
	{typ: TypeStreamOffline, version: "1", condition: here, brings: "the stream's end"},
	{typ: TypeChatMessage, version: "1", condition: []string{"broadcaster_user_id", "user_id"}, scopes: []string{ScopeReadChat}, optional: true, brings: "chat"},
	{typ: TypeRaid, version: "1", condition: []string{"to_broadcaster_user_id"}, brings: "raids"},
	{typ: TypeChannelUpdate, version: "2", condition: here, brings: "title and category"},
	{typ: TypeFollow, version: "2", condition: []string{"broadcaster_user_id", "moderator_user_id"}, scopes: []string{ScopeReadFollowers}, optional: true, brings: "follows"},
	{typ: TypeSubscribe, version: "1", condition: here, scopes: []string{ScopeReadSubscriptions}, optional: true, brings: "subscriptions"},
	{typ: TypeCheer, version: "1", condition: here, scopes: []string{ScopeReadBits}, optional: true, brings: "cheers"},
}

var (
	here             = []string{"broadcaster_user_id"}
	redemptionScopes = []string{ScopeManageRedemptions, ScopeReadRedemptions}
)

// Wishes are the subscriptions to listen to a channel with, by a login of its
// broadcaster that was granted scopes. Nil scopes are not known: then all are
// taken to be granted, and Twitch will tell.
func Wishes(broadcasterID string, scopes []string) []Subscription {
	var all []Subscription
	for _, k := range kinds {
		if k.optional && !k.granted(scopes) {
			continue
		}
		s := Subscription{Type: k.typ, Version: k.version, Condition: map[string]string{}}
		for _, field := range k.condition {
			s.Condition[field] = broadcasterID
		}
		all = append(all, s)
	}
	return all
}

func (k kind) granted(scopes []string) bool {
	if scopes == nil || len(k.scopes) == 0 {
		return true
	}
	return slices.ContainsFunc(k.scopes, func(s string) bool { return slices.Contains(scopes, s) })
}
