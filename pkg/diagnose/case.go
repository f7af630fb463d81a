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

// Case is the evidence about the subject in focus, and what follows from it. Its methods are
// questions, which read nothing but the evidence and each other, and are answered once.
type Case struct {
	*evidence.Evidence

	// signatures are shared with the cases of the attempts: they are of the same token.
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

// answer remembers what a question was answered.
type answer[T any] struct{ given *T }

func (a *answer[T]) or(find func() T) T {
	if a.given == nil {
		found := find()
		a.given = &found
	}
	return *a.given
}

// RefusedInHandshake reports whether the connection ended with an alert of the server
// once a client certificate was presented. An API server asks for a certificate, takes
// any in the handshake and judges it later (k8s.io/apiserver pkg/server/secure_serving.go).
func (c *Case) RefusedInHandshake() bool {
	w := c.Subject().Wire
	return c.HasCertificate() && c.Anonymous.Known() && w.Failed(evidence.Unreachable) && strings.Contains(w.Failure.Error(), "remote error: tls: ")
}

// AcceptedForOtherAudiences reports whether a TokenReview names somebody, and no audience that was
// asked for.
func (c *Case) AcceptedForOtherAudiences() bool {
	r, ok := c.Subject().Review(c.Audiences)
	return ok && r.Answer.Known() && ReviewNamesUser(r.Answer.Value) && !ReviewAccepts(c.Audiences, r.Answer.Value)
}

// MaxSkew is the difference between clocks from which on it explains failures.
const MaxSkew = 30 * time.Second

// TakenUp reports whether some JWT authenticator knew the issuer: only then does the
// server give a reason of its own.
func (c *Case) TakenUp() bool { return slices.ContainsFunc(c.Refusals(), takesUp) }

// TakenUpIn reports whether the text has a reason of a JWT authenticator.
func TakenUpIn(text string) bool { return slices.ContainsFunc(errortext.Parse(text), takesUp) }

func takesUp(r errortext.Reason) bool {
	return slices.Contains([]errortext.Stage{errortext.ServiceAccount, errortext.LegacyServiceAccount, errortext.OIDC}, r.Stage)
}

// Leeway is what the ServiceAccount authenticator allows on either side of a lifetime
// (go-jose's default); OIDC allows it for nbf only.
const Leeway = time.Minute

// IsExpired reports whether the server says so, or its clock does of a token that it does
// not accept.
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

// CertaintyByClock is how certain a finding is that rests on a clock. Where a server decided by
// its own clock, and that is not known, this machine's proves nothing.
func (c *Case) CertaintyByClock(said bool) finding.Certainty {
	if _, byServer := c.ServerNow(); !said && !byServer && c.Subject().Wire.Known() {
		return finding.Possible
	}
	return finding.Proved
}

// IdentitySuppliedOnTheWay reports whether the server's answer would have been the same without the
// credential, for a named user.
func (c *Case) IdentitySuppliedOnTheWay() bool {
	with, without := UserOf(c.Subject().Wire), UserOf(c.Anonymous)
	return NamesUser(with) && NamesUser(without) && with.Username == without.Username && with.UID == without.UID
}

// IsWellWritten reports whether nothing is wrong with the writing of the token that
// changes what the server reads: the server, too, can read it as a JWT.
func (c *Case) IsWellWritten() bool {
	for _, p := range c.Token().Problems {
		if p.ID != finding.TokenHasWhitespace || ReadDifferently(c.Token()) {
			return false
		}
	}
	// Members of the header that a JOSE library cannot read are no problem of the
	// writing; the API server drops a token with one all the same.
	return (&keyset.KeySet{}).Signature(c.Token()).Verdict != keyset.NotChecked
}

// ReadDifferently reports whether the server reads something else than the token that was
// meant, because of the white space around it or inside.
func ReadDifferently(t *token.Token) bool {
	meant := t
	for meant.Inner != nil && meant.HasProblem(finding.TokenHasWhitespace) {
		meant = meant.Inner
	}
	sent := t.Sent()
	return !sent.Possible || sent.Read != meant.Raw.Reveal()
}

// IssuerAmong is the certificate under test, or one of its chain, of whose issuer the server
// asks for certificates; nil where there is none.
func (c *Case) IssuerAmong(h evidence.Handshake) *x509.Certificate {
	certificate := c.Subject().Credential.Certificate
	for _, cert := range append([]*x509.Certificate{certificate.Leaf}, certificate.Chain...) {
		if slices.ContainsFunc(h.AcceptableCAs, func(ca []byte) bool { return bytes.Equal(ca, cert.RawIssuer) }) {
			return cert
		}
	}
	return nil
}
