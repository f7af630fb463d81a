// Package token parses tokens: their kind, their parts, the faults of their encoding, and how
// they arrive on the wire. It verifies nothing, does no I/O and imports no Kubernetes client. It
// follows the API server in how tokens are read.
package token

import (
	"math"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Kind is the kind of a token, one of the values of credential.type.
type Kind string

const (
	// KindServiceAccount is a bound ServiceAccount token, as issued by TokenRequest.
	KindServiceAccount Kind = "ServiceAccountToken"
	// KindLegacyServiceAccount is the never-expiring token of a Secret.
	KindLegacyServiceAccount Kind = "LegacyServiceAccountToken"
	// KindJWT is any other JSON Web Token, even a damaged one.
	KindJWT Kind = "JWT"
	// KindBootstrap is a kubeadm bootstrap token.
	KindBootstrap Kind = "BootstrapToken"
	// KindAWSIAM is a token of aws-iam-authenticator or `aws eks get-token`.
	KindAWSIAM Kind = "AWSIAMToken"
	// KindOpaque is everything else: only the server can say what it is.
	KindOpaque Kind = "OpaqueToken"
)

// Problem is a fault of a token's encoding.
type Problem struct {
	ID finding.ID
	// Detail is a clause that says which part is faulty and why. It never quotes the token or its
	// signature; other text from the token is quoted as in Go.
	Detail finding.Text
}

// Token is a token as far as it can be read. Nothing in it is verified.
type Token struct {
	// Raw is the unchanged token.
	Raw  Secret
	Kind Kind
	// Parts is the number of parts between dots; 0 for an empty token.
	Parts int
	// Header and Claims are the first and second part of a JWT, as far as they can be read; nil
	// if they cannot. Integers are exact: int64, or uint64, or a string of digits beyond 64 bits;
	// other numbers are float64.
	Header map[string]any
	Claims map[string]any
	// Problems are all faults of the token's encoding, in the order in which clients, network and
	// server encounter them.
	Problems []Problem
	// Inner is the token that was probably intended, if this one is that token in a wrapping:
	// base64, a pasted "Bearer", quotes, white space. Nil otherwise. A token with white space
	// also has the kind, the claims and the problems of Inner.
	Inner *Token
	// Embedded is the number of complete tokens in a text with other content, of which Inner is
	// the first; 0 for other texts.
	Embedded int
	// Bootstrap is set for KindBootstrap, AWS for KindAWSIAM.
	Bootstrap *Bootstrap
	AWS       *AWS
}

// Bootstrap is the public part of a bootstrap token.
type Bootstrap struct {
	// ID is the token ID: the Secret is kube-system/bootstrap-token-<ID>.
	ID string
}

// HasProblem reports whether id is among the problems.
func (t *Token) HasProblem(id finding.ID) bool {
	for _, p := range t.Problems {
		if p.ID == id {
			return true
		}
	}
	return false
}

// Faults returns the Problems.
func (t *Token) Faults() []Problem { return t.Problems }

// IsLegacy reports whether the token is the never-expiring one of a Secret.
func (t *Token) IsLegacy() bool { return t.Kind == KindLegacyServiceAccount }

// HasHeader reports whether the header is readable.
func (t *Token) HasHeader() bool { return t.Header != nil }

// HeaderMember returns a member of the header, and whether it exists.
func (t *Token) HeaderMember(name string) (value any, ok bool) {
	value, ok = t.Header[name]
	return value, ok
}

// HasClaims reports whether the claims are readable.
func (t *Token) HasClaims() bool { return t.Claims != nil }

// Claim returns a claim; nil if it does not exist.
func (t *Token) Claim(name string) any { return t.Claims[name] }

// Algorithm returns the alg of the header, or "".
func (t *Token) Algorithm() string { return text(t.Header, "alg") }

// KeyID returns the kid of the header; ok is false without one or, as in the API server, if it is
// empty.
func (t *Token) KeyID() (kid string, ok bool) {
	kid = text(t.Header, "kid")
	return kid, kid != ""
}

// Issuer returns the claim iss, or "".
func (t *Token) Issuer() string { return text(t.Claims, "iss") }

// Subject returns the claim sub, or "".
func (t *Token) Subject() string { return text(t.Claims, "sub") }

// ID returns the claim jti, or "".
func (t *Token) ID() string { return text(t.Claims, "jti") }

// Audience returns the strings in the claim aud, which is a string or a list, and whether the
// claim exists. Other elements are in Problems.
func (t *Token) Audience() (aud []string, present bool) {
	switch v := t.Claims["aud"].(type) {
	case nil:
		return nil, false
	case string:
		return []string{v}, true
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				aud = append(aud, s)
			}
		}
	}
	return aud, true
}

// IssuedAt returns the claim iat; false if it is missing or unreadable.
func (t *Token) IssuedAt() (time.Time, bool) { return numericDate(t.Claims["iat"]) }

// NotBefore returns the claim nbf; false if it is missing or unreadable.
func (t *Token) NotBefore() (time.Time, bool) { return numericDate(t.Claims["nbf"]) }

// ExpiresAt returns the claim exp, or for an AWS token the end of its 15 minutes; false if it is
// missing or unreadable.
func (t *Token) ExpiresAt() (time.Time, bool) {
	if t.AWS != nil && !t.AWS.ExpiresAt.IsZero() {
		return t.AWS.ExpiresAt, true
	}
	return numericDate(t.Claims["exp"])
}

// WarnAfter returns kubernetes.io.warnafter, the end of a ServiceAccount token's regular lifetime
// if it was extended. As in the API server, zero counts as absent.
func (t *Token) WarnAfter() (time.Time, bool) {
	at, ok := numericDate(object(t.Claims, claimKubernetes)["warnafter"])
	return at, ok && at.Unix() != 0
}

// maxNumericDate is the last second of the year 9999, the latest time in RFC 3339.
const maxNumericDate = 253402300799

// numericDate reads a NumericDate (RFC 7519 section 2): seconds, maybe with a fraction.
func numericDate(v any) (time.Time, bool) {
	switch n := v.(type) {
	case int64:
		if n >= 0 && n <= maxNumericDate {
			return time.Unix(n, 0).UTC(), true
		}
	case float64:
		if n >= 0 && n <= maxNumericDate {
			whole, fraction := math.Modf(n)
			// A float64 of today's seconds is exact to about a quarter of a microsecond.
			return time.Unix(int64(whole), int64(fraction*1e9)).UTC().Round(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// text returns m[name] if it is a string, or "".
func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// object returns m[name] if it is an object, or nil.
func object(m map[string]any, name string) map[string]any {
	o, _ := m[name].(map[string]any)
	return o
}
