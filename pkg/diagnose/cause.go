package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// explainUndecided says why there is no verdict.
func (d *Diagnosis) explainUndecided(e *evidence.Evidence) finding.Finding {
	// What cannot be produced or sent comes before the server's silence.
	if unsendable(e) != "" || plainHTTP(e) {
		if f, ok := d.first(func(o Outcome, f finding.Finding) bool {
			return o.Check.Stage == StageClient && (f.Severity == finding.Error || f.ID == finding.TokenNotRead)
		}); ok {
			return f
		}
		// A control character in the token is no white space, and cannot be sent either.
		if f, ok := d.first(func(o Outcome, f finding.Finding) bool {
			return o.Check.Stage == StageWriting && f.Severity == finding.Error && unsendable(e) != ""
		}); ok {
			return f
		}
	}
	if f, ok := d.first(func(o Outcome, f finding.Finding) bool {
		return o.Check.Stage == StageWay && f.Severity == finding.Error
	}); ok {
		return f
	}
	if f, ok := d.first(isOneOf(finding.ReviewNotPermitted)); ok {
		return f
	}
	if e.Simulated {
		return proved(finding.InputNotGiven, e.Subject().Wire.Reason())
	}
	detail := "the server gave no answer from which a verdict follows"
	if why := unsendable(e); why != "" {
		detail = "the credential cannot be sent: " + why
	}
	return proved(finding.APIServerError, detail).See("SelfSubjectReview with the credential", wireWords(e))
}

// explainAnonymous says why the server saw no credential.
func (d *Diagnosis) explainAnonymous(e *evidence.Evidence) finding.Finding {
	if f, ok := d.first(keepsCredentialAway); ok {
		return f
	}
	if f, ok := d.first(isOneOf(finding.TokenHasWhitespace)); ok && f.Severity == finding.Error {
		return f
	}
	return proved(finding.AnonymousRequest, "the server served the request as "+anonymousUser+", and what was sent does not say why").
		See("SelfSubjectReview", wireWords(e))
}

// credentialRejected is what remains when no cause is settled: what was seen, what
// it may mean, and what would tell more.
func credentialRejected(e *evidence.Evidence, left []finding.Finding) finding.Finding {
	title, detail := "the evidence does not settle why", "the server refused the credential, and what it says does not settle why"
	if decidingText(e) == "" {
		title, detail = "the API server tells a client no reason", "the server says no, and nothing more, whatever its reason"
	}
	switch n := len(left); {
	case n == 1:
		detail += fmt.Sprintf("; of what is known to cause it, %s remains possible", left[0].ID)
	case n > 1:
		detail += fmt.Sprintf("; of what is known to cause it, %d things remain possible", n)
	}
	if r, ok := e.Subject().Review(nil); ok && r.Answer.Known() && accepted(r.Answer.Value) && refused(e) {
		detail = "the server refused the credential, and accepted it in a TokenReview: it is not always the same server that answers, or one of the answers came from a cache"
	}
	common := refusedCallerToo(e)
	if common {
		detail = "the server refused the credential, and the caller's own as well: look first at what both have in common, the server and the way to it"
		if !servesNobody(e) {
			detail += "; a proxy that drops or changes the Authorization header gets this answer for everybody"
		}
	}
	f := proved(finding.CredentialRejected, detail)
	f.Title = title
	text := decidingText(e)
	if text != "" {
		f = f.See(statusError, text)
	}
	if w := e.Subject().Wire; w.Known() {
		f = f.See("SelfSubjectReview with the credential", wireWords(e))
	}
	if e.Subject().Credential.IsToken() && !common {
		if r, ok := e.Subject().Review(e.Audiences); ok && !r.Answer.Known() {
			if e.Subject().Credential.AsCaller && r.Answer.Failed(evidence.Unauthenticated) {
				// As long as it is refused, no command of theirs gets further.
				f = f.Do("Have an administrator ask, as themselves: `kubectl authn explain -f FILE` also gets the server's reason, where FILE is this kubeconfig, or the token that was sent.", "")
			} else {
				f = f.Have("Have somebody ask who may create TokenReviews, such as an administrator: they are told the server's reason.", again(e, "explain"))
			}
		}
	}
	// The log says no more than the server's text does; the keys may.
	if r, _, named := said(e, finding.SigningKeyUnknown); named && slices.ContainsFunc(left, settledByKeys) {
		if r.Stage == errortext.OIDC {
			return f.Do("Have the signature verified with the issuer's keys, which may settle it.", again(e, "explain --issuer-url "+word(e.Token().Issuer())))
		}
		return f.Do("Have the signature verified with the cluster's keys, which may settle it; who has the ClusterRole system:service-account-issuer-discovery may read them.", again(e, "explain"))
	}
	return f.Do("An administrator finds the reason of each refusal in the API server's log; tell them the time.",
		"kubectl -n kube-system logs -l component=kube-apiserver --since=10m | grep 'Unable to authenticate'")
}

// refusedCallerToo reports whether the server takes neither the credential nor that of the
// caller, which is another one.
func refusedCallerToo(e *evidence.Evidence) bool {
	r, ok := e.Subject().Review(e.Audiences)
	return ok && r.Answer.Failed(evidence.Unauthenticated) && refused(e) && !e.Subject().Credential.AsCaller
}

func settledByKeys(f finding.Finding) bool {
	return f.ID == finding.SigningKeyUnknown || f.ID == finding.SignatureInvalid
}

// wireWords is the server's answer to the SelfSubjectReview in one line.
func wireWords(e *evidence.Evidence) string {
	w := e.Subject().Wire
	if !w.Known() {
		return w.Reason()
	}
	text := fmt.Sprintf("%d", w.Value.Status)
	switch {
	case w.Value.Message != "":
		text += " " + w.Value.Message
	case w.Value.User != nil:
		text += " " + w.Value.User.Username
	}
	return text
}

func join(items []string) string { return strings.Join(items, "; ") }
