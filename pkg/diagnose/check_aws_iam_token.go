package diagnose

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// EKS tokens are presigned requests to AWS STS.
var awsIAMToken = Check{
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
		return report(finding.New(finding.AWSIAMTokenExpired, byClock(e, false), fmt.Sprintf("the token ended on %s, %s ago%s", stamp(end), span(now.Sub(end)), clockWords(byServer))).
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
