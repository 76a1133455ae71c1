package secret

import "sidestage/core/token"

// OpenWith is Open with a keyring of the test's.
func OpenWith(dir string, o Options, r ring) (token.Store, error) { return open(dir, o, r) }
