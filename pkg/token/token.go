// Package token says what a token says: what kind it is, what its parts hold,
// what is wrong with how it is written and what becomes of it on the wire. It
// trusts nothing and checks no signature, does no I/O and knows no Kubernetes
// client; all it knows of Kubernetes is how the API server reads tokens.
package token

import (
	"math"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Kind is the kind of a token, one of the values of credential.type.
type Kind string

const (
	// KindServiceAccount is a bound ServiceAccount token, as TokenRequest issues it.
	KindServiceAccount Kind = "ServiceAccountToken"
	// KindLegacyServiceAccount is the never-expiring token of a Secret.
	KindLegacyServiceAccount Kind = "LegacyServiceAccountToken"
	// KindJWT is any other JSON Web Token, also one that is broken.
	KindJWT Kind = "JWT"
	// KindBootstrap is a kubeadm bootstrap token.
	KindBootstrap Kind = "BootstrapToken"
	// KindAWSIAM is a token of aws-iam-authenticator or `aws eks get-token`.
	KindAWSIAM Kind = "AWSIAMToken"
	// KindOpaque is everything else: only the server can say what it is.
	KindOpaque Kind = "OpaqueToken"
)

// Problem is something wrong with how a token is written.
type Problem struct {
	ID finding.ID
	// Detail says in a fragment, lower case, which part and why. It never quotes the
	// token or its signature; other text from the token is quoted as Go does.
	Detail finding.Text
}

// Token is a token as far as it can be read. Nothing in it is verified.
type Token struct {
	// Raw is the token to the letter.
	Raw  Secret
	Kind Kind
	// Parts is the number of parts between dots; 0 for an empty token.
	Parts int
	// Header and Claims are what the first and second part of a JWT hold, as far as
	// they can be read; nil where they cannot. Integers are exact: int64, uint64 where
	// they only fit that, a string of digits beyond 64 bits; other numbers are float64.
	Header map[string]any
	Claims map[string]any
	// Problems is everything wrong with how the token is written, in the order in
	// which the way to the server and the server itself meet it.
	Problems []Problem
	// Inner is the token that was probably meant, where the one at hand is that token
	// in a wrapping: base64, a pasted "Bearer", quotes, white space. Nil otherwise.
	// White space is no other spelling, so a token around which or in which it stands
	// has the kind, the claims and the problems of Inner too.
	Inner *Token
	// Embedded is how many whole tokens stand in the text among other things, of which
	// Inner is the first; 0 where it is not such a text.
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

// HasHeader reports whether there is a header that can be read.
func (t *Token) HasHeader() bool { return t.Header != nil }

// HeaderMember returns a member of the header, and whether it is there.
func (t *Token) HeaderMember(name string) (value any, ok bool) {
	value, ok = t.Header[name]
	return value, ok
}

// HasClaims reports whether there are claims that can be read.
func (t *Token) HasClaims() bool { return t.Claims != nil }

// Claim returns a claim, nil where there is none.
func (t *Token) Claim(name string) any { return t.Claims[name] }

// Algorithm returns the alg of the header, "" where there is none.
func (t *Token) Algorithm() string { return text(t.Header, "alg") }

// KeyID returns the kid of the header, and whether there is one that says anything.
// An empty kid is none, as the API server has it.
func (t *Token) KeyID() (kid string, ok bool) {
	kid = text(t.Header, "kid")
	return kid, kid != ""
}

// Issuer returns the claim iss, "" where there is none.
func (t *Token) Issuer() string { return text(t.Claims, "iss") }

// Subject returns the claim sub, "" where there is none.
func (t *Token) Subject() string { return text(t.Claims, "sub") }

// ID returns the claim jti, "" where there is none.
func (t *Token) ID() string { return text(t.Claims, "jti") }

// Audience returns the claim aud, which is a string or a list of strings, and
// whether the claim is there at all. What is not a string is left out of it, and
// is among the Problems.
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

// IssuedAt returns the claim iat, false where there is none that can be read.
func (t *Token) IssuedAt() (time.Time, bool) { return numericDate(t.Claims["iat"]) }

// NotBefore returns the claim nbf, false where there is none that can be read.
func (t *Token) NotBefore() (time.Time, bool) { return numericDate(t.Claims["nbf"]) }

// ExpiresAt returns the claim exp, or for an AWS token the end of its 15 minutes;
// false where there is none that can be read.
func (t *Token) ExpiresAt() (time.Time, bool) {
	if t.AWS != nil && !t.AWS.ExpiresAt.IsZero() {
		return t.AWS.ExpiresAt, true
	}
	return numericDate(t.Claims["exp"])
}

// WarnAfter returns the time after which a ServiceAccount token lives on an
// extension that is meant to end: kubernetes.io.warnafter. The API server takes
// zero for absent.
func (t *Token) WarnAfter() (time.Time, bool) {
	at, ok := numericDate(object(t.Claims, claimKubernetes)["warnafter"])
	return at, ok && at.Unix() != 0
}

// maxNumericDate is the last second of the year 9999, beyond which RFC 3339 has no
// way to write a time.
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

// text returns the string m[name], "" where it is not one.
func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// object returns the object m[name], nil where it is not one.
func object(m map[string]any, name string) map[string]any {
	o, _ := m[name].(map[string]any)
	return o
}
