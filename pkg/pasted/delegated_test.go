package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A component that asks the API server about each token, and may not ask, is told from an API server that rejects a token.
func TestComponentsThatMayNotAsk(t *testing.T) {
	const forbidden = `tokenreviews.authentication.k8s.io is forbidden: User "system:serviceaccount:shop:meter" cannot create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope`
	quoted := strings.ReplaceAll(forbidden, `"`, `\"`)
	asked := `E0412 08:21:07.512300       1 webhook.go:154] Failed to make webhook authenticator request: ` + forbidden
	rejected := `E0412 08:21:07.512345       1 auth.go:47] Unable to authenticate the request due to an error: ` + forbidden
	for name, text := range map[string]string{
		"old":             rejected,
		"both lines":      asked + "\n" + rejected,
		"the other order": rejected + "\n" + asked,
		"structured":      `E0412 08:21:07.512345       1 authentication.go:63] "Unable to authenticate the request" err="` + quoted + `"`,
		"after another":   `E0412 08:21:07.512345       1 authentication.go:63] "Unable to authenticate the request" err="[invalid bearer token, ` + quoted + `]"`,
	} {
		d, ok := FromText(text)
		if !ok || d.Verdict != diagnose.Undecided || d.Cause != finding.ReviewNotPermitted || d.Findings[0].Severity != finding.Error {
			t.Errorf("%s: %+v", name, d)
			continue
		}
		if f := d.Findings[0]; !strings.Contains(f.Detail.String(), "shop:meter") || len(f.Remedy) == 0 ||
			!strings.Contains(f.Remedy[0].Command.String(), "--clusterrole=system:auth-delegator --serviceaccount=shop:meter") {
			t.Errorf("%s: %+v", name, f)
		}
	}
	// The neighbours: an authenticator of an API server judged the token, or a person may not ask.
	for text, cause := range map[string]finding.ID{
		`"Unable to authenticate the request" err="[invalid bearer token, service account token has expired, ` + quoted + `]"`: finding.TokenExpired,
		`"Unable to authenticate the request" err="[invalid bearer token, context canceled]"`:                                  finding.CredentialRejected,
	} {
		if d, ok := FromText(text); !ok || d.Cause != cause || d.Verdict != diagnose.Rejected {
			t.Errorf("%s: %+v", text, d)
		}
	}
	if d, _ := FromText(`Error from server (Forbidden): ` + strings.ReplaceAll(forbidden, "system:serviceaccount:shop:meter", "jane")); d == nil || d.Findings[0].Severity != finding.Info {
		t.Errorf("a person: %+v", d)
	}
	if d, _ := FromText(`E0412 08:21:07.5       1 errors.go:77] ` + strings.ReplaceAll(forbidden, "tokenreviews.authentication", "subjectaccessreviews.authorization")); d == nil || d.Cause != finding.AggregatedAPIRefused ||
		!strings.HasPrefix(d.Findings[0].Detail.String(), "the server that asks the API server runs as") {
		t.Errorf("authorization: %+v", d)
	}
}
