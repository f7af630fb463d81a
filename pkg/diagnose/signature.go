package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// asymmetric are the algorithms that an API server accepts.
var asymmetric = map[string]bool{
	"RS256": true, "RS384": true, "RS512": true, "PS256": true, "PS384": true, "PS512": true,
	"ES256": true, "ES384": true, "ES512": true,
}

// IsAlgorithmRefused reports whether the API server does not accept the algorithm in the token's header.
func (c *Case) IsAlgorithmRefused() bool {
	if !c.HasReadableClaims() || c.Token().Header == nil {
		return false
	}
	// A webhook or a token file may accept any text.
	_, settled := c.ServerSettles(finding.AlgorithmNotAccepted)
	return settled || !asymmetric[c.Token().Algorithm()] && !c.Authenticated()
}

// IsVerifiable reports whether a public key can verify the token's signature.
func (c *Case) IsVerifiable() bool {
	return c.HasReadableClaims() && c.Token().Header != nil && asymmetric[c.Token().Algorithm()]
}

// KeyState says whether the API server has the key that the token names.
type KeyState int

const (
	// KeyNotApplicable: no public key verifies the signature.
	KeyNotApplicable KeyState = iota
	// KeyDenied: the error message says that the API server does not have the key.
	KeyDenied
	// KeyHeld: the API server verified the signature with the key, or would have reported it missing.
	KeyHeld
	// KeysUnread: the issuer's keys could not be read.
	KeysUnread
	// KeyNotNamed: the token has no kid, so the API server tries all keys.
	KeyNotNamed
	// KeyPublished: the key is published.
	KeyPublished
	// KeyMaybeUnpublished: the key is not published, but unpublished keys may exist.
	KeyMaybeUnpublished
	// KeyMissing: the key is not published, and the key set is complete.
	KeyMissing
)

// Unknown reports whether the API server is known not to have the key.
func (s KeyState) Unknown() bool { return s == KeyDenied || s == KeyMissing }

// SigningKey says whether the API server has the key that the token names.
func (c *Case) SigningKey() KeyState { return c.signingKey.or(c.keyState) }

func (c *Case) keyState() KeyState {
	if !c.IsVerifiable() {
		return KeyNotApplicable
	}
	kid, named := c.Token().KeyID()
	reason, alone, suspected := c.ServerNames(finding.SigningKeyUnknown)
	keys := c.Keys()
	switch {
	case alone:
		return KeyDenied
	case c.Authenticated(), c.PastSignature(),
		// Since Kubernetes 1.31, an unknown key has its own error message.
		suspected && named && reason.Stage == errortext.ServiceAccount && c.ServerAtLeast(1, 31):
		return KeyHeld
	case !keys.Unread.IsZero():
		return KeysUnread
	case !named:
		return KeyNotNamed
	case HasKey(keys.Set, kid):
		return KeyPublished
	case !keys.Others.IsZero():
		return KeyMaybeUnpublished
	}
	return KeyMissing
}

// SignatureState says whether the token's signature matches the key.
type SignatureState int

const (
	// SignatureNotApplicable: no public key verifies the signature.
	SignatureNotApplicable SignatureState = iota
	// SignatureVerifiedByServer: the API server authenticated the token.
	SignatureVerifiedByServer
	// SignatureVerified: a published key verifies the signature.
	SignatureVerified
	// SignaturePassed: the API server named a fault that it checks only after the signature.
	SignaturePassed
	// SignatureOfOtherKey: no published key verifies the signature, but unpublished keys may exist.
	SignatureOfOtherKey
	// SignatureCut: the signature is too short for its key.
	SignatureCut
	// SignatureBroken: the signature does not match the key that the token names.
	SignatureBroken
	// SignatureAlgorithmRefused: the algorithm does not fit the key.
	SignatureAlgorithmRefused
	// SignatureNotJudged: the key or the signature is missing.
	SignatureNotJudged
	// SignatureOfNoKey: the API server has no key of an outside issuer that verifies the signature.
	SignatureOfNoKey
	// SignatureSuspected: the error message may be about the signature.
	SignatureSuspected
	// SignatureWithoutKey: the error message says that the API server does not have the key.
	SignatureWithoutKey
	// SignatureUnread: the keys could not be read.
	SignatureUnread
)

// Verified reports whether the API server or a published key verified the signature.
func (s SignatureState) Verified() bool {
	return s == SignatureVerifiedByServer || s == SignatureVerified
}

// Broken reports whether the signature is known not to match.
func (s SignatureState) Broken() bool {
	return s == SignatureCut || s == SignatureBroken || s == SignatureAlgorithmRefused
}

// Signature is the state of the token's signature.
type Signature struct {
	State SignatureState
	// Here is the result of the published keys; it has no Verdict if none could be read.
	Here keyset.SignatureResult
}

// Signature is the state of the token's signature.
func (c *Case) Signature() Signature { return c.signature.or(c.judgeSignature) }

func (c *Case) judgeSignature() Signature {
	if !c.IsVerifiable() {
		return Signature{}
	}
	if c.Authenticated() {
		return Signature{State: SignatureVerifiedByServer}
	}
	keys := c.Keys()
	var here keyset.SignatureResult
	if keys.Unread.IsZero() {
		here = c.signatures.of(keys.Set, c.Token())
	}
	return Signature{c.signatureState(here, !keys.Others.IsZero()), here}
}

func (c *Case) signatureState(here keyset.SignatureResult, otherKeys bool) SignatureState {
	reason, alone, named := c.ServerNames(finding.SignatureInvalid)
	_, namesKey := c.Token().KeyID()
	invalid := here.Verdict == keyset.SignatureInvalid
	switch {
	case here.Verdict == keyset.SignatureValid:
		return SignatureVerified
	case c.PastSignature():
		return SignaturePassed
	case invalid && otherKeys && !namesKey:
		return SignatureOfOtherKey
	case invalid && slices.ContainsFunc(here.Findings, func(f finding.Finding) bool { return f.ID == finding.TokenTruncated }):
		return SignatureCut
	case invalid:
		return SignatureBroken
	case here.Verdict == keyset.AlgorithmRejected:
		return SignatureAlgorithmRefused
	case alone:
		return SignatureBroken
	case here.Verdict == keyset.KeyUnknown, here.Verdict == keyset.NotChecked:
		return SignatureNotJudged
	case named && reason.Stage == errortext.OIDC:
		return SignatureOfNoKey
	case named:
		return SignatureSuspected
	}
	if _, ok := c.ServerSettles(finding.SigningKeyUnknown); ok {
		return SignatureWithoutKey
	}
	return SignatureUnread
}

// signatures caches the verification of one token's signature, the slowest part of a diagnosis.
type signatures struct {
	verify func(*keyset.KeySet, keyset.JWT) keyset.SignatureResult
	known  map[*keyset.KeySet]keyset.SignatureResult
}

func (s *signatures) of(keys *keyset.KeySet, t *token.Token) keyset.SignatureResult {
	r, ok := s.known[keys]
	if !ok {
		r = s.verify(keys, t)
		s.known[keys] = r
	}
	return r
}
