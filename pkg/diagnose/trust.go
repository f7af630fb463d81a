package diagnose

// TrustLevel says how far a token's claims can be trusted to describe this cluster.
type TrustLevel int

const (
	// Unverified: the signature is not verified.
	Unverified TrustLevel = iota
	// Vouched: the API server or its keys verified the signature.
	Vouched
	// Foreign: the token was changed, or is or may be from another cluster. Its claims name other objects than those of this cluster.
	Foreign
)

// TrustLevel is the trust level of the token's claims.
func (c *Case) TrustLevel() TrustLevel { return c.trust.or(c.trustLevel) }

func (c *Case) trustLevel() TrustLevel {
	switch {
	case c.Authenticated(), c.PastSignature():
		return Vouched
	case c.IssuerTrust().Denied(), c.IsAlgorithmRefused(), c.SigningKey().Unknown():
		return Foreign
	case c.Signature().State.Verified():
		return Vouched
	case c.Signature().State.Broken():
		return Foreign
	}
	if own, known := c.IsOwnIssuer(c.Token().Issuer()); known && !own && c.Token().Issuer() != LegacyIssuer {
		return Foreign
	}
	return Unverified
}
