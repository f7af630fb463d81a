package diagnose

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// What an OIDC issuer's rules want, only the server's words tell.
var oidcRules = Check{
	ID:        "oidc-rules",
	Stage:     StagePolicy,
	Title:     "the rules for the issuer's tokens are met",
	Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	Finds: []finding.ID{
		finding.OIDCNotInitialized, finding.OIDCKeyCacheStale, finding.OIDCAccessToken, finding.OIDCUsernameClaimMissing,
		finding.OIDCGroupsClaimInvalid, finding.OIDCEmailNotVerified, finding.OIDCRequiredClaim,
		finding.OIDCClaimValidationFailed, finding.OIDCUserValidationFailed, finding.OIDCClaimMappingFailed,
	},
	Applies: func(e *evidence.Evidence) bool { return readable(e) && e.Token().Kind == token.KindJWT },
	Run: func(e *evidence.Evidence) Result {
		if authenticated(e) {
			return pass("the server maps the token to a user")
		}
		fixes := map[finding.ID]string{
			finding.OIDCNotInitialized:        "See that the API server can reach the issuer's discovery document and trusts its TLS certificate; its log says what it met.",
			finding.OIDCUsernameClaimMissing:  "Have the issuer put the claim into ID tokens, or map another one in the AuthenticationConfiguration.",
			finding.OIDCGroupsClaimInvalid:    "Have the issuer send the groups as a list of strings.",
			finding.OIDCEmailNotVerified:      "Verify the address at the issuer; `email_verified` has to be the JSON value true.",
			finding.OIDCRequiredClaim:         "Get a token in which the claim has the value that is wanted.",
			finding.OIDCClaimValidationFailed: "Compare the claims with the expression of the rule in the AuthenticationConfiguration.",
			finding.OIDCUserValidationFailed:  "Compare the mapped user with the expression of the rule in the AuthenticationConfiguration.",
			finding.OIDCClaimMappingFailed:    "Compare the claims with the mapping's expression in the AuthenticationConfiguration.",
		}
		var findings []finding.Finding
		for _, id := range []finding.ID{
			finding.OIDCNotInitialized, finding.OIDCUsernameClaimMissing, finding.OIDCGroupsClaimInvalid, finding.OIDCEmailNotVerified,
			finding.OIDCRequiredClaim, finding.OIDCClaimValidationFailed, finding.OIDCUserValidationFailed, finding.OIDCClaimMappingFailed,
		} {
			if reason, ok := saidAlone(e, id); ok {
				findings = append(findings, proved(id, "the server says: "+reason.Text).See(statusError, reason.Text).Do(fixes[id], ""))
			}
		}
		if reason, _, ok := said(e, finding.OIDCAccessToken); ok && accessToken(e.Token()) {
			findings = append(findings, proved(finding.OIDCAccessToken, "the token says of itself that it is an access token, and the server takes ID tokens: "+accessWords(e.Token())).
				See(statusError, reason.Text).Do("Send the ID token of the same login.", ""))
		}
		if reason, _, ok := said(e, finding.OIDCKeyCacheStale); ok {
			if r, verified := byIssuersKeys(e); verified && r.Verdict == keyset.SignatureValid {
				findings = append(findings, proved(finding.OIDCKeyCacheStale, "the issuer publishes the key, and the token verifies with it; the server still refuses it, because it remembers the keys from before").
					See(statusError, reason.Text).Do("Wait until the key set's Cache-Control lifetime is over, or have the API server load its configuration again.", ""))
			} else if !verified {
				findings = append(findings, finding.New(finding.OIDCKeyCacheStale, finding.Possible, "whether the issuer publishes the key was not looked at; --issuer-url does"))
			}
		}
		switch {
		case len(findings) > 0:
			return report(findings...)
		case takenUp(e):
			return pass("the server named another fault")
		}
		return unknown("which rules the server has for this issuer, only its own words tell")
	},
}

// A token webhook is asked last, and gets every token that the others refused.
var webhook = Check{
	ID:        "webhook",
	Stage:     StagePolicy,
	Title:     "no webhook authenticator stands in the way",
	Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/webhook/webhook.go",
	Finds:     []finding.ID{finding.WebhookAuthenticatorFailed, finding.WebhookRejected},
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Credential.IsToken() },
	Run: func(e *evidence.Evidence) Result {
		if authenticated(e) {
			return pass("")
		}
		var findings []finding.Finding
		if reason, ok := saidAlone(e, finding.WebhookAuthenticatorFailed); ok {
			findings = append(findings, proved(finding.WebhookAuthenticatorFailed, "the API server could not ask its token webhook").See(statusError, reason.Text).
				Do("See that the webhook runs, and that the API server reaches it and trusts its certificate. Every token that no other authenticator takes fails meanwhile.", ""))
		}
		if words := unknownWords(e); words != "" {
			findings = append(findings, finding.New(finding.WebhookRejected, finding.Eliminated, "the API server passes on words that are none of its own, as it does with the reason of a token webhook").
				See(statusError, words).See("ruled out, because", "no authenticator of the API server uses these words").
				Do("Ask whoever runs the webhook authenticator; its log has the reason.", ""))
		}
		if len(findings) > 0 {
			return report(findings...)
		}
		return pass("")
	},
}

// unknownWords is a message in the server's text that no API server is known to give.
func unknownWords(e *evidence.Evidence) string {
	for _, r := range errortext.Parse(decidingText(e)) {
		if r.Stage == errortext.Unknown && r.Text != "" {
			return r.Text
		}
	}
	return ""
}

// Whose an opaque token is, only the server can say.
var opaque = Check{
	ID:        "opaque-token",
	Stage:     StagePolicy,
	Title:     "the token says what it is",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file",
	Finds:     []finding.ID{finding.OpaqueToken},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Credential.IsToken() && len(e.Token().Problems) == 0
	},
	Run: func(e *evidence.Evidence) Result {
		if e.Token().Kind != token.KindOpaque {
			return pass(string(e.Token().Kind))
		}
		return report(proved(finding.OpaqueToken, fmt.Sprintf("the token is %d bytes without a structure: whose it is, a static token file or a webhook of the server knows", e.Token().Raw.Len())))
	},
}

// EKS tokens are presigned requests to AWS STS.
var awsToken = Check{
	ID:        "aws-iam-token",
	Stage:     StagePolicy,
	Title:     "the AWS IAM token is not older than 15 minutes",
	Reference: "https://github.com/kubernetes-sigs/aws-iam-authenticator pkg/token/token.go",
	Finds:     []finding.ID{finding.AWSIAMTokenExpired},
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Credential.IsToken() && e.Token().AWS != nil },
	Run: func(e *evidence.Evidence) Result {
		now, byServer := e.ServerNow()
		end := e.Token().AWS.ExpiresAt
		if end.IsZero() || !now.After(end) || authenticated(e) {
			return pass("")
		}
		return report(proved(finding.AWSIAMTokenExpired, fmt.Sprintf("the token ended on %s, %s ago%s", stamp(end), span(now.Sub(end)), clockWords(byServer))).
			See("signed at", stamp(e.Token().AWS.SignedAt)).
			Do("Get a new token; client-go does so by itself where the kubeconfig names the exec plugin.", "aws eks get-token --cluster-name NAME"))
	},
}

// accessToken reports whether a token says of itself that it is an OAuth access token:
// in its header's typ (RFC 9068), or in the claims by which Keycloak and Cognito do.
func accessToken(t *token.Token) bool { return accessWords(t) != "" }

func accessWords(t *token.Token) string {
	for _, m := range []struct {
		members map[string]any
		where   string
		name    string
		values  []string
	}{
		{t.Header, "header", "typ", []string{"at+jwt", "application/at+jwt"}},
		{t.Claims, "claims", "typ", []string{"Bearer"}},
		{t.Claims, "claims", "token_use", []string{"access"}},
	} {
		value, _ := m.members[m.name].(string)
		for _, v := range m.values {
			if strings.EqualFold(value, v) {
				return fmt.Sprintf("%s.%s is %q", m.where, m.name, value)
			}
		}
	}
	return ""
}
