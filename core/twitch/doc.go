// Package twitch speaks with Twitch: OAuth, the Helix API and an EventSub
// websocket session. Platform shapes end here; what leaves this package are
// small structs of our own.
//
// Twitch adds fields and values without notice, so everything is decoded
// leniently: an unknown type, a missing event or a broken timestamp never costs
// a whole frame or page. Nothing is retried here but what is certainly safe: one
// replay after a forced token refresh, one more GET after a 503.
//
// Every error has a core.Kind. An answer of Twitch is an *Error; a call that
// got no answer is Unavailable where it certainly had no effect or only read,
// and Ambiguous where a write may have happened. No token, secret or reconnect
// URL appears in an error or a log line.
package twitch
