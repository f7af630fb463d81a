package diagnose

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const (
	// AnonymousUser is whom the server takes a request without a credential for.
	AnonymousUser = "system:anonymous"
	// StatusError is where a TokenReview says why it refuses.
	StatusError = "TokenReview status.error"
)

// DecidingText is the server's text that goes with the verdict: that of the
// TokenReview for the audiences asked for.
func (c *Case) DecidingText() string {
	if r, ok := c.Subject().Review(c.Audiences); ok && r.Answer.Known() && !r.Answer.Value.Authenticated {
		return r.Answer.Value.Error
	}
	return ""
}

// ServerNames returns the server's message, in any of its reviews, that names id, and
// whether that message leaves no other explanation. `invalid bearer token` fits too
// much to name anything: what it stands for is left to the search for the cause.
func (c *Case) ServerNames(id finding.ID) (reason errortext.Reason, alone, ok bool) {
	for _, r := range c.Refusals() {
		switch named := r.Stage != errortext.Bearer && slices.Contains(r.IDs, id); {
		case named && len(r.IDs) == 1:
			return r, true, true
		case named && !ok:
			reason, ok = r, true
		}
	}
	return reason, false, ok
}

// Refusals are the server's messages in all reviews that did not take the token.
func (c *Case) Refusals() []errortext.Reason {
	return c.refusals.or(func() (all []errortext.Reason) {
		for _, review := range c.Subject().Reviews {
			all = append(all, Refusal(review.Answer)...)
		}
		return all
	})
}

// Refusal are the server's messages in a review that did not take the token.
func Refusal(r evidence.Fact[evidence.ReviewStatus]) []errortext.Reason {
	if !r.Known() || r.Value.Authenticated {
		return nil
	}
	return errortext.Parse(r.Value.Error)
}

// ServerSettles returns the server's message if it settles id by itself.
func (c *Case) ServerSettles(id finding.ID) (errortext.Reason, bool) {
	if r, alone, _ := c.ServerNames(id); alone {
		return r, true
	}
	return errortext.Reason{}, false
}

// InvalidBearerTokenOnly reports whether the TokenReview for the server's own audiences failed with
// nothing but `invalid bearer token`: no authenticator took the token for its own.
func (c *Case) InvalidBearerTokenOnly() bool {
	r, ok := c.Subject().Review(nil)
	return ok && r.Answer.Known() && !r.Answer.Value.Authenticated && errortext.Bare(r.Answer.Value.Error)
}

// Authenticated reports whether the server takes the credential for somebody,
// whatever the audiences: on the wire or in a TokenReview. Where the wire and the
// TokenReview for the same audiences disagree, the wire has the word, and the
// TokenReview (by another replica, or out of its cache) proves nothing.
func (c *Case) Authenticated() bool {
	if NamesUser(UserOf(c.Subject().Wire)) && !c.IdentitySuppliedOnTheWay() {
		return true
	}
	for _, r := range c.Subject().Reviews {
		if r.Answer.Known() && ReviewNamesUser(r.Answer.Value) && (len(r.Audiences) > 0 || !c.RefusedOnTheWire()) {
			return true
		}
	}
	return false
}

// ReviewNamesUser reports whether a TokenReview names somebody. The API server trims the
// token before it looks at it and may then serve nobody as system:anonymous, with
// authenticated: true (kubernetes#114165).
func ReviewNamesUser(r evidence.ReviewStatus) bool { return r.Authenticated && NamesUser(&r.User) }

// ReviewAccepts reports whether a TokenReview accepts the token for one of the audiences
// asked for. Whoever asks has to look: a server that takes no notice of audiences, or
// answers for others, has not said yes (k8s.io/api authentication/v1 TokenReviewSpec).
func ReviewAccepts(asked []string, r evidence.ReviewStatus) bool {
	return ReviewNamesUser(r) && (len(asked) == 0 || slices.ContainsFunc(r.Audiences, func(a string) bool { return slices.Contains(asked, a) }))
}

// NamesUser reports whether an answer names a user. A name may be empty (an OIDC claim
// that is), and then there is a group at least. Whoever is in the group of the
// unauthenticated is nobody, whatever the name.
func NamesUser(u *token.Identity) bool {
	return u != nil && !strings.EqualFold(u.Username, AnonymousUser) && (u.Username != "" || len(u.Groups) > 0) &&
		!slices.Contains(u.Groups, "system:unauthenticated")
}

// IsAnonymous reports whether the server saw no credential in what it answered. A user of
// that name without the group was authenticated, by a certificate or claim that says so.
func IsAnonymous(u *token.Identity) bool {
	return u != nil && u.Username == AnonymousUser && slices.Contains(u.Groups, "system:unauthenticated")
}

// ServesAnonymousRequests reports whether the server is known to serve requests without a
// credential: then it answers 401 only where it saw one.
func (c *Case) ServesAnonymousRequests() bool { return IsAnonymous(UserOf(c.Anonymous)) }

// RefusedOnTheWire reports whether an API server said no to the credential on the wire.
func (c *Case) RefusedOnTheWire() bool {
	w := c.Subject().Wire
	return w.Known() && w.Value.Status == 401 && w.Value.FromAPIServer
}

// UserOf is whom an answer names; nil where it names nobody, or there is none.
func UserOf(w evidence.Fact[evidence.Answer]) *token.Identity {
	if !w.Known() {
		return nil
	}
	return w.Value.User
}

// IsToken reports whether a token is what the server looks at.
func (c *Case) IsToken() bool { return c.Subject().Credential.IsToken() }

// HasServer reports whether there is an address to ask.
func (c *Case) HasServer() bool { return c.Server.URL != "" }

// IsJWT reports whether the subject's token is a JWT of any kind, readable or not.
func (c *Case) IsJWT() bool {
	return c.IsToken() && slices.Contains([]token.Kind{token.KindJWT, token.KindServiceAccount, token.KindLegacyServiceAccount}, c.Token().Kind)
}

// HasReadableClaims reports whether the subject's token is a JWT whose claims could be read.
func (c *Case) HasReadableClaims() bool { return c.IsJWT() && c.Token().Claims != nil }

// ClaimsComplete reports whether all claims could be read, so that one that is not among
// them is not in the token. Of a payload that breaks off or is no JSON, the claims up
// to there are known.
func (c *Case) ClaimsComplete() bool {
	t := c.Token()
	return c.HasReadableClaims() && !t.HasProblem(finding.TokenTruncated) && !t.HasProblem(finding.MalformedJWT)
}

// IsBoundToken reports whether the token is a ServiceAccount's that the server issued on request.
func (c *Case) IsBoundToken() bool {
	return c.HasReadableClaims() && c.Token().Kind == token.KindServiceAccount && c.Token().ServiceAccount() != nil
}

// IsLegacyToken reports whether the token is a ServiceAccount's that a Secret keeps.
func (c *Case) IsLegacyToken() bool {
	return c.HasReadableClaims() && c.Token().Kind == token.KindLegacyServiceAccount && c.Token().ServiceAccount() != nil
}

// HasCertificate reports whether a client certificate is sent.
func (c *Case) HasCertificate() bool { return c.Subject().Credential.Certificate != nil }
