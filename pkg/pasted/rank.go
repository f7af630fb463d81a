package pasted

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// precedence says which of several error messages leads: the one that fits the first entry. The order of the lines has no
// influence.
var precedence = []struct {
	what, because string
	fits          func(reason) bool
}{
	{"an authenticator that names the fault of the credential", "it judged the credential",
		func(r reason) bool { return hasJudged(r) && isSettled(r) }},
	{"an OIDC authenticator that names no single fault", "it judges only tokens of its own issuer",
		func(r reason) bool { return r.Stage == errortext.OIDC }},
	{"another authenticator that names no single fault", "it judged the credential",
		func(r reason) bool { return hasJudged(r) && r.Until != "old" }},
	{"a token webhook that could not be asked", "it is asked last, after every other authenticator has rejected the token",
		func(r reason) bool { return r.Stage == errortext.Webhook }},
	{"an authenticator of an old release", "it verified the tokens of every issuer",
		func(r reason) bool { return hasJudged(r) }},
	{"an error message that the API server passes on", "only a token webhook can have written it",
		func(r reason) bool { return r.Stage == errortext.Unknown }},
	{"the program that obtains the credential", "without its credential there is no request to judge, or an anonymous one",
		func(r reason) bool { return r.Stage == errortext.Plugin && !r.Wraps && !isErrorCode(r) }},
	{"a cloud or another service that says why", "it judged the token, or the request for one",
		func(r reason) bool {
			return r.Stage == errortext.Service && !r.Wraps && (isSettled(r) || r.Key != "") && !slices.Contains(warnings, r.Key)
		}},
	{"a client that has no usable credential", "it sends none, or stops before any request",
		func(r reason) bool {
			return r.Stage == errortext.Client && !r.Wraps && !isExitCode(r) || dropsCredential(r)
		}},
	{"an error code of an identity provider", "the code alone names no single fault",
		func(r reason) bool { return r.Stage == errortext.Plugin && isErrorCode(r) }},
	{"an answer of the API server after authentication", "the API server knew the user",
		func(r reason) bool { return answersUser(r) && isSettled(r) }},
	{"a failed connection with its reason", "the reason is known",
		func(r reason) bool {
			return r.Stage == errortext.Transport && isSettled(r) && r.IDs[0] != finding.APIServerUnreachable
		}},
	{"another message that proves a finding", "a finding explains more than none",
		func(r reason) bool { return isSettled(r) && !isSummary(r) }},
	{"a message that contains another one", "the inner message, if it is known, explains more",
		func(r reason) bool { return r.Wraps }},
	{"a message that proves nothing alone", "it names a component at least",
		func(r reason) bool { return !isSummary(r) }},
	{"the exit code of an exec plugin", "the plugin itself wrote the reason, elsewhere", isExitCode},
	{"a bare 401", "every rejected request ends with it", func(reason) bool { return true }},
}

// rankOf returns the place of a message in precedence.
func rankOf(r reason) int {
	for i, p := range precedence {
		if p.fits(r) {
			return i
		}
	}
	return len(precedence)
}

// ranked returns the messages, the leading one first. Among equals, the order is that of the API server's authenticators, and
// then of the findings' names.
func ranked(reasons []reason) []reason {
	out := slices.Clone(reasons)
	slices.SortStableFunc(out, func(a, b reason) int {
		return cmp.Or(
			cmp.Compare(rankOf(a), rankOf(b)),
			cmp.Compare(slices.Index(authenticators, a.Stage), slices.Index(authenticators, b.Stage)),
			byDepth(a, b),
			cmp.Compare(len(a.IDs), len(b.IDs)), // fewer readings
			cmp.Compare(rankOfKey(a.Key), rankOfKey(b.Key)),
			cmp.Compare(firstID(a), firstID(b)),
			byReason(a, b),
			cmp.Compare(b.Values["error"], a.Values["error"]), // a message with an inner error says more
			cmp.Compare(a.Text, b.Text),
		)
	})
	return out
}

// leadingKeys are faults of a client in the order in which they explain others: a file before its
// entries, and a kubeconfig before the environment of a Pod, which clients try next.
var leadingKeys = []errortext.Key{
	"kubeconfig-missing", "kubeconfig-unreadable", "kubeconfig-is-folder", "kubeconfig-not-yaml", "kubeconfig-of-other-kind", "kubeconfig-of-other-shape",
	"not-base64", "kubeconfig-invalid", "context-unknown", "context-not-chosen", "entry-unknown",
}

// warnings are messages after which a server starts nevertheless.
var warnings = []errortext.Key{"startup-anonymous", "startup-discovery"}

// trailingKeys are the consequences of others.
var trailingKeys = []errortext.Key{"server-missing", "no-kubeconfig", "no-host", "pod-token-missing", "outside-pod", "gateway"}

// rankOfKey returns the place of a message among those with a fault of a client.
func rankOfKey(key errortext.Key) int {
	if at := slices.Index(leadingKeys, key); at >= 0 {
		return at
	}
	return len(leadingKeys) + 1 + slices.Index(trailingKeys, key)
}

// byDepth puts the inner message of a chain first.
func byDepth(a, b reason) int {
	if !a.Wraps || !b.Wraps {
		return 0
	}
	return cmp.Compare(len(a.Text), len(b.Text))
}

// byReason puts a message with the fault of a certificate before an alert about it, which tells no reason.
func byReason(a, b reason) int {
	alerts := []fault{clientRefuses, serverRefuses, refusedCert, alert}
	return cmp.Compare(btoi(slices.Contains(alerts, a.connection)), btoi(slices.Contains(alerts, b.connection)))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func firstID(r reason) finding.ID {
	if len(r.IDs) == 0 {
		return ""
	}
	return r.IDs[0]
}

// fuller returns the message with the finding of the leading one that has the error behind it, such as the log line that says
// why an authenticator is not initialized.
func fuller(said reason, reasons []reason) reason {
	for _, r := range reasons {
		if r.Stage == said.Stage && r.Key == said.Key && !r.Wraps && isSettled(r) && firstID(r) == firstID(said) && said.Values["error"] == "" && r.Values["error"] != "" {
			return r
		}
	}
	return said
}

// authenticators are the stages in the order in which an API server asks them.
var authenticators = []errortext.Stage{
	errortext.X509, errortext.RequestHeader, errortext.TokenFile, errortext.ServiceAccount, errortext.LegacyServiceAccount, errortext.Bootstrap, errortext.OIDC, errortext.Webhook,
}

// hasJudged reports whether an authenticator other than the webhook read the credential and rejected it.
func hasJudged(r reason) bool {
	return isRefusal(r) && r.Stage != errortext.Webhook && slices.Contains(authenticators, r.Stage) && len(r.IDs) > 0
}

func isSettled(r reason) bool {
	_, ok := settles(r)
	return ok
}

// answersUser reports whether the message is an API server's answer to an authenticated user, or about a review.
func answersUser(r reason) bool {
	switch r.Stage {
	case errortext.Authorization, errortext.TokenReview, errortext.TokenRequest, errortext.API, errortext.Joining:
		return true
	}
	return false
}

// dropsCredential reports whether the message says why a request has no credential.
func dropsCredential(r reason) bool {
	id, ok := settles(r)
	return ok && id != finding.AnonymousRequest && losesCredential(id)
}

// isErrorCode reports whether the message is only a code that OAuth 2.0 defines.
func isErrorCode(r reason) bool {
	return strings.HasPrefix(string(r.Key), "oauth") && !r.Wraps
}

// isConsequence reports whether the message is no finding of its own beside one that explains more.
func isConsequence(r reason) bool { return r.Wraps || isErrorCode(r) || isExitCode(r) }

// isExitCode reports whether a client only says that an exec plugin failed.
func isExitCode(r reason) bool {
	return r.Stage == errortext.Client && r.Key == "" && slices.Contains(r.IDs, finding.ExecPluginFailed) && (r.Values["code"] != "" || r.Values["error"] != "")
}

// isSummary reports whether the message is only a 401.
func isSummary(r reason) bool {
	return r.Stage == errortext.Request || r.Stage == errortext.Bearer || r.Stage == errortext.HTTP || isExitCode(r)
}

// explainsAbsence reports whether the message says why the API server got no credential, or an old one.
func explainsAbsence(r reason) bool {
	id, ok := settles(r)
	return ok && slices.Contains(produced, id) && (r.Stage == errortext.Plugin || r.Stage == errortext.Client) || dropsCredential(r)
}

// rejectionReasons are the findings with which a program that judges credentials for an API server, or that owns the
// credential, explains a 401.
var rejectionReasons = []finding.ID{finding.WebhookRejected, finding.AWSIAMTokenExpired, finding.CertificateExpired}

// explainsRejection reports whether the message of another program says why the API server rejects the credential.
func explainsRejection(r reason) bool {
	id, ok := settles(r)
	return ok && r.Stage == errortext.Service && r.Key != "" && slices.Contains(rejectionReasons, id)
}

// candidates returns the messages that may lead under a verdict: those that decided it, and those that say why no credential
// arrived or why it was rejected.
func candidates(v diagnose.Verdict, reasons, deciding []reason) []reason {
	if v == diagnose.Undecided {
		return deciding
	}
	return slices.DeleteFunc(slices.Clone(reasons), func(r reason) bool {
		return !explainsAbsence(r) && !explainsRejection(r) && !slices.ContainsFunc(deciding, func(d reason) bool { return d.Stage == r.Stage && d.Text == r.Text })
	})
}
