package evidence

import (
	"crypto/subtle"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The labels of legacy tokens (k8s.io/kubernetes pkg/serviceaccount/legacy.go).
const (
	lastUsedLabel     = "kubernetes.io/legacy-token-last-used"
	invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since"
)

// bootstrapType is the type of a bootstrap token's Secret (k8s.io/cluster-bootstrap token/api).
const bootstrapType = "bootstrap.kubernetes.io/token"

// SecretOf compares the data of an existing Secret with the token under test. The data does not
// leave this function.
func SecretOf(object Object, kind string, labels map[string]string, data map[string][]byte, t *token.Token) Secret {
	out := Secret{Object: object, Type: kind, LastUsed: labels[lastUsedLabel], InvalidSince: labels[invalidSinceLabel]}
	// Ignore white space around the token, which is another finding.
	for t.Inner != nil && t.HasProblem(finding.TokenHasWhitespace) {
		t = t.Inner
	}
	presented := t.Raw.Reveal()
	if t.Bootstrap == nil {
		out.HoldsToken = same(data["token"], presented)
		return out
	}
	id := t.Bootstrap.ID
	out.Bootstrap = &BootstrapSecret{
		TypeMatches:         kind == bootstrapType,
		IDMatches:           string(data["token-id"]) == id,
		SecretMatches:       len(presented) > len(id) && same(data["token-secret"], presented[len(id)+1:]),
		Expiration:          string(data["expiration"]),
		UsageAuthentication: string(data["usage-bootstrap-authentication"]),
		ExtraGroups:         string(data["auth-extra-groups"]),
	}
	return out
}

func same(a []byte, b string) bool { return subtle.ConstantTimeCompare(a, []byte(b)) == 1 }
