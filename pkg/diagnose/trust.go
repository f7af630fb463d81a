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
func (e *Case) TrustLevel() TrustLevel { return e.trust.or(e.trustLevel) }

func (e *Case) trustLevel() TrustLevel {
	switch {
	case e.Authenticated(), e.PastSignature():
		return Vouched
	case e.IssuerTrust().Denied(), e.IsAlgorithmRefused(), e.SigningKey().Unknown():
		return Foreign
	case e.Signature().State.Verified():
		return Vouched
	case e.Signature().State.Broken():
		return Foreign
	}
	if own, known := e.IsOwnIssuer(e.Token().Issuer()); known && !own && e.Token().Issuer() != LegacyIssuer {
		return Foreign
	}
	return Unverified
}
