package diagnose

import "github.com/kubectl-authn/kubectl-authn/pkg/keyset"

// Verifications counts how often the case verified the token's signature.
func (c *Case) Verifications() *int {
	n := new(int)
	verify := c.signatures.verify
	c.signatures.verify = func(keys *keyset.KeySet, t keyset.JWT) keyset.SignatureResult {
		*n++
		return verify(keys, t)
	}
	return n
}
