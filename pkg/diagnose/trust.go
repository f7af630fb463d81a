package diagnose

// TrustLevel says how far the claims of a token can be believed to speak of this cluster.
type TrustLevel int

const (
	// Unverified: nobody verified them.
	Unverified TrustLevel = iota
	// Vouched: the server, or its keys, vouch for them.
	Vouched
	// Foreign: the token was changed, or is not, or may not be, this cluster's. What its
	// claims name here is somebody else's.
	Foreign
)

// TrustLevel is that of the token's claims.
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
