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

// needless are the facts of a configuration that nobody asked for.
func needless() evidence.Configuration {
	why := finding.T("the server's answer leaves no question that it would settle")
	return evidence.Configuration{
		APIServers:     evidence.Unasked[[]evidence.APIServer](why),
		Authorities:    evidence.Unasked[evidence.Authorities](why),
		Authenticators: evidence.Unasked[evidence.Authenticators](why),
		Published:      evidence.Unasked[[]*x509.Certificate](finding.T("the connection is trusted")),
	}
}

// published asks a server that is not trusted whose CA it speaks for.
func published(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, w *wave) {
	if f := e.Anonymous.Failure; e.Anonymous.Failed(evidence.Unreachable) && f.Transport == evidence.TransportUntrusted {
		w.run(func() { e.Configuration.Published = caller.Published(ctx) })
	}
}

// configuration reads what the cluster says of its configuration, as far as the server's
// refusal leaves questions that it may settle.
//
// It has a branch for each thing that may be read: the conditions are when it is worth a request.
func configuration(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, w *wave) {
	c := &e.Configuration
	flags, authorities, metrics := false, false, false
	for _, s := range e.Subjects {
		t, certificate := s.Credential.Token, s.Credential.Certificate
		if h := e.Server.Handshake; certificate != nil && h.Known() && !h.Value.RequestsCertificate {
			authorities = true
		}
		if !turnedDown(s) {
			continue
		}
		if certificate != nil && vouchable(e, append([]*x509.Certificate{certificate.Leaf}, certificate.Chain...)) {
			authorities = true
		}
		if t == nil || certificate != nil || len(t.Problems) > 0 {
			continue
		}
		open := unsettled(s)
		flags = flags || open
		metrics = metrics || t.Claims != nil && foreign(e, t) && (open || aboutKeys(s))
		if t.Bootstrap != nil && !s.Secret.Known() {
			w.run(func() { s.ClusterInfo = caller.ClusterInfo(ctx, t) })
		}
	}
	if e.Caller.Failed(evidence.Unauthenticated) {
		why := finding.T("the server does not take the caller's own credential")
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

// turnedDown reports whether an API server refused the credential: with 401 or, where
// its answer says nothing, in a TokenReview.
func turnedDown(s *evidence.Subject) bool {
	w := s.Wire
	if !w.Known() || !w.Value.FromAPIServer || w.Value.User != nil {
		return false
	}
	return w.Value.Status == http.StatusUnauthorized || slices.ContainsFunc(s.Reviews, func(r evidence.Review) bool {
		return r.Answer.Known() && !r.Answer.Value.Authenticated
	})
}

// unsettled reports whether the server's words, where there are any, leave open what it
// does not like.
func unsettled(s *evidence.Subject) bool {
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

// aboutKeys reports whether the server's words are about the keys of an issuer.
func aboutKeys(s *evidence.Subject) bool {
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

// foreign reports whether a token is, or may be, of an issuer that is not the cluster's.
func foreign(e *evidence.Evidence, t *token.Token) bool {
	if t.Kind == token.KindLegacyServiceAccount {
		return false
	}
	d := e.Cluster.Value.Discovery
	return t.Kind == token.KindJWT || !d.Known() || d.Value.Issuer != t.Issuer()
}

// vouchable reports whether the server asks for certificates of a CA of the name of one
// that issued these: then the name settles nothing.
func vouchable(e *evidence.Evidence, chain []*x509.Certificate) bool {
	h := e.Server.Handshake
	return h.Known() && slices.ContainsFunc(h.Value.AcceptableCAs, func(ca []byte) bool {
		return slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return bytes.Equal(ca, c.RawIssuer) })
	})
}
