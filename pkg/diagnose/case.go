package diagnose

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Case is the evidence about the subject in focus. Its methods derive facts from the evidence, and each is computed once.
type Case struct {
	*evidence.Evidence

	// signatures are shared with the cases of the attempts, which have the same token.
	signatures *signatures
	decision   answer[Decision]
	attempts   answer[[]*Case]
	issuer     answer[IssuerTrust]
	keys       answer[TokenKeys]
	signingKey answer[KeyState]
	signature  answer[Signature]
	trust      answer[TrustLevel]
	objects    answer[[]Object]
	refusals   answer[[]errortext.Reason]
}

// NewCase is the case of the subject in focus. The evidence must not change afterwards.
func NewCase(e *evidence.Evidence) *Case {
	return &Case{Evidence: e, signatures: &signatures{(*keyset.KeySet).Signature, map[*keyset.KeySet]keyset.SignatureResult{}}}
}

// answer caches the result of a method.
type answer[T any] struct{ given *T }

func (a *answer[T]) or(find func() T) T {
	if a.given == nil {
		found := find()
		a.given = &found
	}
	return *a.given
}

// RefusedInHandshake reports whether the server ended the handshake with an alert after a client certificate. An API server
// accepts any certificate in the handshake and checks it later (k8s.io/apiserver pkg/server/secure_serving.go).
func (c *Case) RefusedInHandshake() bool {
	w := c.Subject().Wire
	return c.HasCertificate() && c.Anonymous.Known() && w.Failed(evidence.Unreachable) && strings.Contains(w.Failure.Error(), "remote error: tls: ")
}

// AcceptedForOtherAudiences reports whether a TokenReview names a user, but none of the requested audiences.
func (c *Case) AcceptedForOtherAudiences() bool {
	r, ok := c.Subject().Review(c.Audiences)
	return ok && r.Answer.Known() && ReviewNamesUser(r.Answer.Value) && !ReviewAccepts(c.Audiences, r.Answer.Value)
}

// MaxSkew is the largest difference between clocks that explains no failure.
const MaxSkew = 30 * time.Second

// TakenUp reports whether a JWT authenticator knew the issuer. Only then does the API server give a reason.
func (c *Case) TakenUp() bool { return slices.ContainsFunc(c.Refusals(), takesUp) }

// TakenUpIn reports whether the text has a reason of a JWT authenticator.
func TakenUpIn(text string) bool { return slices.ContainsFunc(errortext.Parse(text), takesUp) }

func takesUp(r errortext.Reason) bool {
	return slices.Contains([]errortext.Stage{errortext.ServiceAccount, errortext.LegacyServiceAccount, errortext.OIDC}, r.Stage)
}

// Leeway is the tolerance of the ServiceAccount authenticator on both ends of a lifetime (go-jose's default). OIDC allows it
// for nbf only.
const Leeway = time.Minute

// IsExpired reports whether the API server calls the token expired, or its clock is past `exp` of a token that it does not accept.
func (c *Case) IsExpired() bool {
	exp, has := c.Token().ExpiresAt()
	now, _ := c.ServerNow()
	allowed := Leeway
	if c.Token().Kind == token.KindJWT {
		allowed = 0
	}
	_, said := c.ServerSettles(finding.TokenExpired)
	return said || has && now.After(exp.Add(allowed)) && !c.Authenticated()
}

// CertaintyByClock is the certainty of a finding about time. This machine's clock proves nothing if a server decided by its own.
func (c *Case) CertaintyByClock(said bool) finding.Certainty {
	if _, byServer := c.ServerNow(); !said && !byServer && c.Subject().Wire.Known() {
		return finding.Possible
	}
	return finding.Proved
}

// IdentitySuppliedOnTheWay reports whether the server names the same user for a request without a credential.
func (c *Case) IdentitySuppliedOnTheWay() bool {
	with, without := UserOf(c.Subject().Wire), UserOf(c.Anonymous)
	return NamesUser(with) && NamesUser(without) && with.Username == without.Username && with.UID == without.UID
}

// IsWellWritten reports whether the API server can parse the token as a JWT.
func (c *Case) IsWellWritten() bool {
	for _, p := range c.Token().Problems {
		if p.ID != finding.TokenHasWhitespace || ReadDifferently(c.Token()) {
			return false
		}
	}
	// The API server also ignores a token with a header member that a JOSE library cannot parse.
	return (&keyset.KeySet{}).Signature(c.Token()).Verdict != keyset.NotChecked
}

// ReadDifferently reports whether white space makes the API server read another token than the intended one.
func ReadDifferently(t *token.Token) bool {
	meant := t
	for meant.Inner != nil && meant.HasProblem(finding.TokenHasWhitespace) {
		meant = meant.Inner
	}
	sent := t.Sent()
	return !sent.Possible || sent.Read != meant.Raw.Reveal()
}

// IssuerAmong returns the certificate of the client's chain whose issuer is among the CAs that the server requests, or nil.
func (c *Case) IssuerAmong(h evidence.Handshake) *x509.Certificate {
	certificate := c.Subject().Credential.Certificate
	for _, cert := range append([]*x509.Certificate{certificate.Leaf}, certificate.Chain...) {
		if slices.ContainsFunc(h.AcceptableCAs, func(ca []byte) bool { return bytes.Equal(ca, cert.RawIssuer) }) {
			return cert
		}
	}
	return nil
}
