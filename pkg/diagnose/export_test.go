package diagnose

import "github.com/kubectl-authn/kubectl-authn/pkg/keyset"

// Verifications counts how often the case has the token's signature verified.
func (e *Case) Verifications() *int {
	n := new(int)
	verify := e.signatures.verify
	e.signatures.verify = func(keys *keyset.KeySet, t keyset.JWT) keyset.SignatureResult {
		*n++
		return verify(keys, t)
	}
	return n
}
