package spotify

import "net/netip"

// Public tells whether a short link may lead to an address.
func Public(address string) bool { return public(netip.MustParseAddr(address)) }
