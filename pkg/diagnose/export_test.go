package diagnose

import "github.com/kubectl-authn/kubectl-authn/pkg/keyset"

// Verifications counts how often the case has the token's signature verified.
func (c *Case) Verifications() *int {
	n := new(int)
	verify := c.signatures.verify
	c.signatures.verify = func(keys *keyset.KeySet, t keyset.JWT) keyset.SignatureResult {
		*n++
		return verify(keys, t)
	}
	return n
}
