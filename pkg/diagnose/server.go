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
	// AnonymousUser is the user of a request without a credential.
	AnonymousUser = "system:anonymous"
)

// DecidingText is the error message of the TokenReview for the requested audiences.
func (c *Case) DecidingText() string {
	if r, ok := c.Subject().Review(c.Audiences); ok && r.Answer.Known() && !r.Answer.Value.Authenticated {
		return r.Answer.Value.Error
	}
	return ""
}

// ServerNames returns the message in any TokenReview that names id, and whether it has no other explanation. The message
// `invalid bearer token` fits too many findings to name one.
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

// Refusals are the messages of all TokenReviews that did not accept the token.
func (c *Case) Refusals() []errortext.Reason {
	return c.refusals.or(func() (all []errortext.Reason) {
		for _, review := range c.Subject().Reviews {
			all = append(all, Refusal(review.Answer)...)
		}
		return all
	})
}

// Refusal are the messages of a TokenReview that did not accept the token.
func Refusal(r evidence.Fact[evidence.ReviewStatus]) []errortext.Reason {
	if !r.Known() || r.Value.Authenticated {
		return nil
	}
	return errortext.Parse(r.Value.Error)
}

// ServerSettles returns the message that proves id alone, if any.
func (c *Case) ServerSettles(id finding.ID) (errortext.Reason, bool) {
	if r, alone, _ := c.ServerNames(id); alone {
		return r, true
	}
	return errortext.Reason{}, false
}

// InvalidBearerTokenOnly reports whether the TokenReview for the API server's own audiences failed with only `invalid bearer token`,
// which means that no authenticator was responsible for the token.
func (c *Case) InvalidBearerTokenOnly() bool {
	r, ok := c.Subject().Review(nil)
	return ok && r.Answer.Known() && !r.Answer.Value.Authenticated && errortext.InvalidBearerTokenOnly(r.Answer.Value.Error)
}

// Authenticated reports whether the API server identified a user by the credential, for any audience. The answer to a request
// with the credential precedes a TokenReview, which another replica or a cache may have answered.
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

// ReviewNamesUser reports whether a TokenReview names a user other than system:anonymous, which an API server returns with
// authenticated: true for an empty token (kubernetes#114165).
func ReviewNamesUser(r evidence.ReviewStatus) bool { return r.Authenticated && NamesUser(&r.User) }

// ReviewAccepts reports whether a TokenReview accepts the token for a requested audience. The caller must compare the audiences,
// because an API server may ignore them (k8s.io/api authentication/v1 TokenReviewSpec).
func ReviewAccepts(asked []string, r evidence.ReviewStatus) bool {
	return ReviewNamesUser(r) && (len(asked) == 0 || slices.ContainsFunc(r.Audiences, func(a string) bool { return slices.Contains(asked, a) }))
}

// NamesUser reports whether an answer identifies a user. An OIDC claim may give an empty name, but then the user has a group. The
// group system:unauthenticated means that there is no user.
func NamesUser(u *token.Identity) bool {
	return u != nil && !strings.EqualFold(u.Username, AnonymousUser) && (u.Username != "" || len(u.Groups) > 0) &&
		!slices.Contains(u.Groups, "system:unauthenticated")
}

// IsAnonymous reports whether the API server saw no credential. A user with the name system:anonymous but without the group
// system:unauthenticated was authenticated, by a certificate or claim with that name.
func IsAnonymous(u *token.Identity) bool {
	return u != nil && u.Username == AnonymousUser && slices.Contains(u.Groups, "system:unauthenticated")
}

// ServesAnonymousRequests reports whether the API server serves requests without a credential, so that a 401 proves that it saw one.
func (c *Case) ServesAnonymousRequests() bool { return IsAnonymous(UserOf(c.Anonymous)) }

// RefusedOnTheWire reports whether an API server rejected a request with the credential.
func (c *Case) RefusedOnTheWire() bool {
	w := c.Subject().Wire
	return w.Known() && w.Value.Status == 401 && w.Value.FromAPIServer
}

// UserOf is the user in an answer, or nil.
func UserOf(w evidence.Fact[evidence.Answer]) *token.Identity {
	if !w.Known() {
		return nil
	}
	return w.Value.User
}

// IsToken reports whether a token is the credential that the API server checks.
func (c *Case) IsToken() bool { return c.Subject().Credential.IsToken() }

// HasServer reports whether the address of a server is known.
func (c *Case) HasServer() bool { return c.Server.URL != "" }

// IsJWT reports whether the subject's token is a JWT of any kind, readable or not.
func (c *Case) IsJWT() bool {
	return c.IsToken() && slices.Contains([]token.Kind{token.KindJWT, token.KindServiceAccount, token.KindLegacyServiceAccount}, c.Token().Kind)
}

// HasReadableClaims reports whether the subject's token is a JWT whose claims could be read.
func (c *Case) HasReadableClaims() bool { return c.IsJWT() && c.Token().Claims != nil }

// ClaimsComplete reports whether all claims could be read, so that an absent claim is really missing. A truncated payload yields
// only some claims.
func (c *Case) ClaimsComplete() bool {
	t := c.Token()
	return c.HasReadableClaims() && !t.HasProblem(finding.TokenTruncated) && !t.HasProblem(finding.MalformedJWT)
}

// IsBoundToken reports whether the token is a ServiceAccount token from a TokenRequest.
func (c *Case) IsBoundToken() bool {
	return c.HasReadableClaims() && c.Token().Kind == token.KindServiceAccount && c.Token().ServiceAccount() != nil
}

// IsLegacyToken reports whether the token is a ServiceAccount token that a Secret stores.
func (c *Case) IsLegacyToken() bool {
	return c.HasReadableClaims() && c.Token().Kind == token.KindLegacyServiceAccount && c.Token().ServiceAccount() != nil
}

// HasCertificate reports whether a client certificate is sent.
func (c *Case) HasCertificate() bool { return c.Subject().Credential.Certificate != nil }
