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
	anonymousUser = "system:anonymous"
	statusError   = "TokenReview status.error"
)

// decidingText is the server's text that goes with the verdict: that of the
// TokenReview for the audiences asked for.
func decidingText(e *evidence.Evidence) string {
	if r, ok := e.Subject().Review(e.Audiences); ok && r.Answer.Known() && !r.Answer.Value.Authenticated {
		return r.Answer.Value.Error
	}
	return ""
}

// said returns the server's message, in any of its reviews, that names id, and
// whether that message leaves no other explanation. `invalid bearer token` fits too
// much to name anything: what it stands for is left to the search for the cause.
func said(e *evidence.Evidence, id finding.ID) (reason errortext.Reason, alone, ok bool) {
	for _, review := range e.Subject().Reviews {
		if !review.Answer.Known() || review.Answer.Value.Authenticated {
			continue
		}
		for _, r := range errortext.Parse(review.Answer.Value.Error) {
			if r.Stage != errortext.Bearer && slices.Contains(r.IDs, id) {
				if len(r.IDs) == 1 {
					return r, true, true
				}
				if !ok {
					reason, ok = r, true
				}
			}
		}
	}
	return reason, false, ok
}

// saidAlone returns the server's message if it settles id by itself.
func saidAlone(e *evidence.Evidence, id finding.ID) (errortext.Reason, bool) {
	r, alone, _ := said(e, id)
	return r, alone
}

// bare reports whether the TokenReview for the server's own audiences failed with
// nothing but `invalid bearer token`: no authenticator took the token for its own.
func bare(e *evidence.Evidence) bool {
	r, ok := e.Subject().Review(nil)
	return ok && r.Answer.Known() && !r.Answer.Value.Authenticated && errortext.Bare(r.Answer.Value.Error)
}

// authenticated reports whether the server takes the credential for somebody,
// whatever the audiences: on the wire or in a TokenReview. Where the wire and the
// TokenReview for the same audiences disagree, the wire has the word, and the
// TokenReview (by another replica, or out of its cache) proves nothing.
func authenticated(e *evidence.Evidence) bool {
	if somebody(served(e.Subject().Wire)) && !supplied(e) {
		return true
	}
	for _, r := range e.Subject().Reviews {
		if r.Answer.Known() && accepted(r.Answer.Value) && (len(r.Audiences) > 0 || !refused(e)) {
			return true
		}
	}
	return false
}

// accepted reports whether a TokenReview names somebody. The API server trims the
// token before it looks at it and may then serve nobody as system:anonymous, with
// authenticated: true (kubernetes#114165).
func accepted(r evidence.ReviewStatus) bool { return r.Authenticated && somebody(&r.User) }

// confirmed reports whether a TokenReview accepts the token for one of the audiences
// asked for. Whoever asks has to look: a server that takes no notice of audiences, or
// answers for others, has not said yes (k8s.io/api authentication/v1 TokenReviewSpec).
func confirmed(asked []string, r evidence.ReviewStatus) bool {
	return accepted(r) && (len(asked) == 0 || slices.ContainsFunc(r.Audiences, func(a string) bool { return slices.Contains(asked, a) }))
}

// somebody reports whether an answer names a user. A name may be empty (an OIDC claim
// that is), and then there is a group at least. Whoever is in the group of the
// unauthenticated is nobody, whatever the name.
func somebody(u *token.Identity) bool {
	return u != nil && !strings.EqualFold(u.Username, anonymousUser) && (u.Username != "" || len(u.Groups) > 0) &&
		!slices.Contains(u.Groups, "system:unauthenticated")
}

// nobody reports whether the server saw no credential in what it answered. A user of
// that name without the group was authenticated, by a certificate or claim that says so.
func nobody(u *token.Identity) bool {
	return u != nil && u.Username == anonymousUser && slices.Contains(u.Groups, "system:unauthenticated")
}

// servesNobody reports whether the server is known to serve requests without a
// credential: then it answers 401 only where it saw one.
func servesNobody(e *evidence.Evidence) bool { return nobody(served(e.Anonymous)) }

// refused reports whether an API server said no to the credential on the wire.
func refused(e *evidence.Evidence) bool {
	w := e.Subject().Wire
	return w.Known() && w.Value.Status == 401 && w.Value.FromAPIServer
}

func served(w evidence.Fact[evidence.Answer]) *token.Identity {
	if !w.Known() {
		return nil
	}
	return w.Value.User
}

// jwt reports whether the subject's token is a JWT of any kind, readable or not.
func jwt(e *evidence.Evidence) bool {
	t := e.Token()
	if t == nil || !e.Subject().Credential.IsToken() {
		return false
	}
	switch t.Kind {
	case token.KindJWT, token.KindServiceAccount, token.KindLegacyServiceAccount:
		return true
	}
	return false
}

// readable reports whether the subject's token is a JWT whose claims could be read.
func readable(e *evidence.Evidence) bool { return jwt(e) && e.Token().Claims != nil }

// complete reports whether all claims could be read, so that one that is not among
// them is not in the token. Of a payload that breaks off or is no JSON, the claims up
// to there are known.
func complete(e *evidence.Evidence) bool {
	t := e.Token()
	return readable(e) && !t.HasProblem(finding.TokenTruncated) && !t.HasProblem(finding.MalformedJWT)
}

func boundToken(e *evidence.Evidence) bool {
	return readable(e) && e.Token().Kind == token.KindServiceAccount && e.Token().ServiceAccount() != nil
}

func legacyToken(e *evidence.Evidence) bool {
	return readable(e) && e.Token().Kind == token.KindLegacyServiceAccount && e.Token().ServiceAccount() != nil
}

func certificate(e *evidence.Evidence) bool { return e.Subject().Credential.Certificate != nil }

func always(*evidence.Evidence) bool { return true }

// warned adds what the server says of the credential in its Warning headers.
func warned(e *evidence.Evidence, f finding.Finding) finding.Finding {
	if w := e.Subject().Wire; w.Known() {
		for _, text := range w.Value.Warnings {
			f = f.See("Warning of the server", text)
		}
	}
	return f
}
