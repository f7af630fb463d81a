package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// asymmetric are the algorithms that an API server takes from anybody.
var asymmetric = map[string]bool{
	"RS256": true, "RS384": true, "RS512": true, "PS256": true, "PS384": true, "PS512": true,
	"ES256": true, "ES384": true, "ES512": true,
}

// IsAlgorithmRefused reports whether the server does not take the algorithm of the token's
// header.
func (c *Case) IsAlgorithmRefused() bool {
	if !c.HasReadableClaims() || c.Token().Header == nil {
		return false
	}
	// A webhook, or a token file, may take a JWT for what it likes.
	_, settled := c.ServerSettles(finding.AlgorithmNotAccepted)
	return settled || !asymmetric[c.Token().Algorithm()] && !c.Authenticated()
}

// IsVerifiable reports whether the token's signature is of a kind that a public key verifies.
func (c *Case) IsVerifiable() bool {
	return c.HasReadableClaims() && c.Token().Header != nil && asymmetric[c.Token().Algorithm()]
}

// KeyState says whether the server has the key that the token names.
type KeyState int

const (
	// KeyNotApplicable: the signature is not verified with a public key.
	KeyNotApplicable KeyState = iota
	// KeyDenied: the server says that it does not have it.
	KeyDenied
	// KeyHeld: the server has verified the signature with it, or would have named it.
	KeyHeld
	// KeysUnread: the issuer's keys could not be read.
	KeysUnread
	// KeyNotNamed: the token names none, and the server tries all.
	KeyNotNamed
	// KeyPublished: it is among those that are published.
	KeyPublished
	// KeyMaybeUnpublished: it is not, and need not be.
	KeyMaybeUnpublished
	// KeyMissing: it is not among those that are published, and these are all.
	KeyMissing
)

// Unknown reports whether the server is known not to have the key.
func (s KeyState) Unknown() bool { return s == KeyDenied || s == KeyMissing }

// SigningKey says whether the server has the key that the token names.
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
		// Since 1.31 the server has words of their own for a key it does not have.
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
	// SignatureNotApplicable: it is not verified with a public key.
	SignatureNotApplicable SignatureState = iota
	// SignatureVerifiedByServer: the server takes the token for somebody.
	SignatureVerifiedByServer
	// SignatureVerified: one of the published keys made it.
	SignatureVerified
	// SignaturePassed: the server named a fault that it meets only behind it.
	SignaturePassed
	// SignatureOfOtherKey: none of the published keys made it, and there may be others.
	SignatureOfOtherKey
	// SignatureCut: it is too short for its key.
	SignatureCut
	// SignatureBroken: it does not match the key that the token names.
	SignatureBroken
	// SignatureAlgorithmRefused: its algorithm does not fit the key.
	SignatureAlgorithmRefused
	// SignatureNotJudged: there is no key to verify it with, or nothing to verify.
	SignatureNotJudged
	// SignatureSuspected: the server's message may be about it.
	SignatureSuspected
	// SignatureWithoutKey: the server says that it does not have the key.
	SignatureWithoutKey
	// SignatureUnread: the keys could not be read.
	SignatureUnread
)

// Verified reports whether somebody verified the signature.
func (s SignatureState) Verified() bool {
	return s == SignatureVerifiedByServer || s == SignatureVerified
}

// Broken reports whether it is known not to match.
func (s SignatureState) Broken() bool {
	return s == SignatureCut || s == SignatureBroken || s == SignatureAlgorithmRefused
}

// Signature is what is known of the token's signature.
type Signature struct {
	State SignatureState
	// Here is what the keys say of it that could be read; without a Verdict where none were.
	Here keyset.SignatureResult
}

// Signature is what is known of the token's signature.
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
	_, alone, named := c.ServerNames(finding.SignatureInvalid)
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
	case here.Verdict == keyset.AlgorithmRefused:
		return SignatureAlgorithmRefused
	case alone:
		return SignatureBroken
	case here.Verdict == keyset.KeyUnknown, here.Verdict == keyset.NotChecked:
		return SignatureNotJudged
	case named:
		return SignatureSuspected
	}
	if _, ok := c.ServerSettles(finding.SigningKeyUnknown); ok {
		return SignatureWithoutKey
	}
	return SignatureUnread
}

// signatures remembers what keys say of one token's signature: to verify it is what takes
// longest in a diagnosis.
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
