package collect

import (
	"bytes"
	"context"
	"crypto/x509"
	"net/http"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// needless is the evidence of a configuration that is not read.
func needless() evidence.Configuration {
	why := finding.T("the server's answer is clear without it")
	return evidence.Configuration{
		APIServers:     evidence.Unasked[[]evidence.APIServer](why),
		Authorities:    evidence.Unasked[evidence.Authorities](why),
		Authenticators: evidence.Unasked[evidence.Authenticators](why),
		Published:      evidence.Unasked[[]*x509.Certificate](finding.T("the connection is trusted")),
	}
}

// published reads the CA that an untrusted server publishes.
func published(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, w *phase) {
	if f := e.Anonymous.Failure; e.Anonymous.Failed(evidence.Unreachable) && f.Transport == evidence.TransportUntrusted {
		w.run(func() { e.Configuration.Published = caller.Published(ctx) })
	}
}

// configuration reads the parts of the cluster's configuration that may explain a rejection. It
// has a branch for each part, with the condition under which it is worth a request.
func configuration(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, w *phase) {
	c := &e.Configuration
	flags, authorities, metrics := false, false, false
	for _, s := range e.Subjects {
		t, certificate := s.Credential.Token, s.Credential.Certificate
		if h := e.Server.Handshake; certificate != nil && h.Known() && !h.Value.RequestsCertificate {
			authorities = true
		}
		if !isRejected(s) {
			continue
		}
		if certificate != nil && hasAcceptableIssuer(e, append([]*x509.Certificate{certificate.Leaf}, certificate.Chain...)) {
			authorities = true
		}
		if t == nil || certificate != nil || len(t.Problems) > 0 {
			continue
		}
		open := isCauseOpen(s)
		flags = flags || open
		metrics = metrics || t.Claims != nil && mayBeForeign(e, t) && (open || isAboutKeys(s))
		if t.Bootstrap != nil && !s.Secret.Known() {
			w.run(func() { s.ClusterInfo = caller.ClusterInfo(ctx, t) })
		}
	}
	if e.Caller.Failed(evidence.Unauthenticated) {
		why := finding.T("the API server rejected the caller's credential")
		c.APIServers.Why, c.Authorities.Why, c.Authenticators.Why = why, why, why
		return
	}
	if flags {
		w.run(func() { c.APIServers = caller.APIServers(ctx) })
	}
	if authorities {
		w.run(func() { c.Authorities = caller.Authorities(ctx) })
	}
	if metrics {
		w.run(func() { c.Authenticators = caller.Authenticators(ctx) })
	}
}

// isRejected reports whether an API server rejected the credential: with 401 or, if its response
// is no answer, in a TokenReview.
func isRejected(s *evidence.Subject) bool {
	w := s.Wire
	if !w.Known() || !w.Value.FromAPIServer || w.Value.User != nil {
		return false
	}
	return w.Value.Status == http.StatusUnauthorized || slices.ContainsFunc(s.Reviews, func(r evidence.Review) bool {
		return r.Answer.Known() && !r.Answer.Value.Authenticated
	})
}

// isCauseOpen reports whether the server's error message, if any, leaves the cause open.
func isCauseOpen(s *evidence.Subject) bool {
	for _, r := range s.Reviews {
		if !r.Answer.Known() || r.Answer.Value.Authenticated {
			continue
		}
		for _, reason := range errortext.Parse(r.Answer.Value.Error) {
			switch {
			case reason.Stage == errortext.Bearer:
			case reason.Stage != errortext.Unknown && len(reason.IDs) == 1:
				return false
			}
		}
	}
	return true
}

// isAboutKeys reports whether the server's error message is about the keys of an issuer.
func isAboutKeys(s *evidence.Subject) bool {
	for _, r := range s.Reviews {
		for _, reason := range errortext.Parse(r.Answer.Value.Error) {
			if reason.Stage == errortext.OIDC && slices.ContainsFunc(reason.IDs, func(id finding.ID) bool {
				return id == finding.OIDCKeyCacheStale || id == finding.OIDCNotInitialized || id == finding.JWKSUnreachable
			}) {
				return true
			}
		}
	}
	return false
}

// mayBeForeign reports whether a token's issuer is or may be another one than the cluster's.
func mayBeForeign(e *evidence.Evidence, t *token.Token) bool {
	if t.Kind == token.KindLegacyServiceAccount {
		return false
	}
	d := e.Cluster.Value.Discovery
	return t.Kind == token.KindJWT || !d.Known() || d.Value.Issuer != t.Issuer()
}

// hasAcceptableIssuer reports whether an issuer in the chain has the name of an acceptable CA, so
// that the name does not explain the rejection.
func hasAcceptableIssuer(e *evidence.Evidence, chain []*x509.Certificate) bool {
	h := e.Server.Handshake
	return h.Known() && slices.ContainsFunc(h.Value.AcceptableCAs, func(ca []byte) bool {
		return slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return bytes.Equal(ca, c.RawIssuer) })
	})
}
