package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What resolving the credential found wrong with how it is kept: an exec plugin that
// fails, a file that is missing. The check only passes on what was seen there.
var credentialProduced = Check{
	ID:        "credential-produced",
	Stage:     StageClient,
	Title:     "the client can produce the credential",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
	Finds: []finding.ID{
		finding.AuthProviderRemoved, finding.ExecPluginNotFound, finding.ExecPluginFailed,
		finding.ExecPluginVersionMismatch, finding.ExecPluginNoCredential, finding.ExecPluginSkipped,
		finding.TokenShadowedByTokenFile, finding.TokenFileUnreadable,
	},
	Applies: always,
	Run: func(e *evidence.Evidence) Result {
		var findings []finding.Finding
		for _, f := range e.Subject().Credential.Faults {
			if f.ID == finding.NoCredential {
				continue
			}
			findings = append(findings, fromFault(f))
		}
		if len(findings) == 0 {
			return pass(e.Subject().Credential.Source)
		}
		return report(findings...)
	},
}

func fromFault(f credential.Fault) finding.Finding {
	out := proved(f.ID, f.Detail)
	out.Evidence, out.Remedy = f.Evidence, f.Remedy
	return out
}

// A request without any credential is anonymous by right; the question is only
// whether that was meant.
var credentialPresent = Check{
	ID:        "credential-present",
	Stage:     StageClient,
	Title:     "there is a credential",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	Finds:     []finding.ID{finding.NoCredential, finding.EmptyBearerToken},
	Applies: func(e *evidence.Evidence) bool {
		c := e.Subject().Credential
		_, broken := c.Fault(credential.Unavailable)
		return !broken && c.Projected == nil
	},
	Run: func(e *evidence.Evidence) Result {
		c := e.Subject().Credential
		switch {
		case c.Type() == credential.TypeNone:
			f := proved(finding.NoCredential, "nothing in "+c.Source+" identifies a user; requests are sent without a credential")
			for _, fault := range c.Faults {
				if fault.ID == finding.NoCredential {
					f = fromFault(fault)
				}
			}
			return report(f.Do("Say which user the context is to use, or choose another context.", "kubectl config get-contexts"))
		case c.IsToken() && c.Token.HasProblem(finding.EmptyBearerToken):
			return report(proved(finding.EmptyBearerToken, problem(e, finding.EmptyBearerToken)).
				See("token", fmt.Sprintf("%d bytes, none of them part of a token", c.Token.Raw.Len())).
				Do("Look where the token should have come from: an unset shell variable, an empty file, a Secret that the token controller has not filled.", ""))
		}
		return pass("a " + c.Type())
	},
}

// problem is the detail of what token.Parse found under id.
func problem(e *evidence.Evidence, id finding.ID) string {
	for _, p := range e.Token().Problems {
		if p.ID == id {
			return p.Detail
		}
	}
	return ""
}

// White space inside a token changes what arrives: a line break cannot be sent in a
// header at all, a second space after the scheme makes the API server ignore the
// header, and what follows a space is cut off.
var tokenSendable = Check{
	ID:        "token-sendable",
	Stage:     StageClient,
	Title:     "the token arrives as it is written",
	Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	Finds:     []finding.ID{finding.TokenHasWhitespace, finding.AuthorizationSchemePasted},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Credential.IsToken() && !e.Token().HasProblem(finding.EmptyBearerToken)
	},
	Run: func(e *evidence.Evidence) Result {
		t := e.Token()
		var findings []finding.Finding
		if t.HasProblem(finding.TokenHasWhitespace) {
			f := proved(finding.TokenHasWhitespace, problem(e, finding.TokenHasWhitespace))
			switch sent := t.Sent(); {
			case sent.Possible && t.Inner != nil && sent.Read == t.Inner.Raw.Reveal():
				// Trimmed on the way: it hurts only with clients that are less kind.
				f.Severity = finding.Warning
			case !sent.Possible:
				f = f.See("HTTP client", sent.Reason)
			case sent.Read == "":
				f = f.See("API server", "ignores the header: it holds no token where the server looks for one")
			}
			findings = append(findings, f.Do("Remove the white space. A shell removes a trailing line break in `$(cat FILE)`; `tr -d '[:space:]'` removes all of it.",
				"tr -d '[:space:]' < TOKEN-FILE | kubectl authn explain -"))
		}
		if t.HasProblem(finding.AuthorizationSchemePasted) {
			findings = append(findings, proved(finding.AuthorizationSchemePasted, problem(e, finding.AuthorizationSchemePasted)).
				See("API server", "reads the word behind the first `Bearer` as the token").
				Do("Keep the token alone in the kubeconfig or file; the client adds the word Bearer.", ""))
		}
		if len(findings) == 0 {
			return pass("")
		}
		return report(findings...)
	},
}

// A client certificate and a token are both sent, and the API server's x509
// authenticator comes first: a valid certificate decides.
var tokenNotShadowed = Check{
	ID:        "token-not-shadowed",
	Stage:     StageClient,
	Title:     "one credential is sent, not two",
	Reference: "k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go",
	Finds:     []finding.ID{finding.TokenShadowedByClientCertificate},
	Applies:   certificate,
	Run: func(e *evidence.Evidence) Result {
		c := e.Subject().Credential
		if c.Token == nil {
			return pass("a client certificate alone")
		}
		f := proved(finding.TokenShadowedByClientCertificate,
			fmt.Sprintf("a client certificate for %q is sent beside the token: where the server accepts it, it never looks at the token", c.Certificate.Leaf.Subject.CommonName))
		if w := e.Subject().Wire; w.Known() && w.Value.User != nil {
			if ids := w.Value.User.Extra[credentialID]; len(ids) == 1 && ids[0] == "X509SHA256="+c.Certificate.Fingerprint() {
				f = f.See("SelfSubjectReview", "credential-id is the fingerprint of the certificate: the certificate decided")
			}
		}
		return report(f.Do("Use a context without a client certificate for the token.", "kubectl authn explain -f TOKEN-FILE"))
	},
}

const credentialID = "authentication.kubernetes.io/credential-id"
