package simulate

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

// The names of bootstrap tokens: k8s.io/cluster-bootstrap token/api.
const (
	bootstrapSecretPrefix = "bootstrap-token-"
	bootstrapNamespace    = "kube-system"
	bootstrapType         = "bootstrap.kubernetes.io/token"
	bootstrapUserPrefix   = "system:bootstrap:"
	bootstrapGroup        = "system:bootstrappers"
)

// bootstrap authenticates bootstrap tokens, as plugin/pkg/auth/authenticator/token/bootstrap
// of k8s.io/kubernetes does. A fault of the Secret makes it return no opinion. The server
// logs the fault at -v=3; here the trace has it.
type bootstrap struct {
	objects Objects
	now     func() time.Time
}

// AuthenticateToken implements authenticator.Token.
func (b *bootstrap) AuthenticateToken(ctx context.Context, token string) (*authenticator.Response, bool, error) {
	id, secretPart, ok := bootstrapParts(token)
	if !ok {
		trace.Add(ctx, trace.Step{Name: "token", Outcome: trace.Skipped, Detail: finding.T("not in the form ID.SECRET")})
		return nil, false, nil
	}
	trace.Pass(ctx, "token", finding.T("ID %s", finding.TokenID.Of(id)))
	secret, err := b.objects.GetSecret(ctx, bootstrapNamespace, bootstrapSecretPrefix+id)
	switch {
	case apierrors.IsNotFound(err):
		trace.Fail(ctx, "Secret", err)
		return nil, false, nil
	case err != nil:
		return nil, false, trace.Fail(ctx, "Secret", err)
	}
	groups, err := b.judge(secret, id, secretPart)
	if err != nil {
		trace.Fail(ctx, "Secret", err)
		return nil, false, nil
	}
	trace.Pass(ctx, "Secret", objectName("Secret", bootstrapNamespace, secret.Name))
	return &authenticator.Response{User: &user.DefaultInfo{Name: bootstrapUserPrefix + id, Groups: groups}}, true, nil
}

// judge returns the groups of the Secret's token, or the Secret's fault.
func (b *bootstrap) judge(s *corev1.Secret, id, secretPart string) ([]string, error) {
	data := func(key string) string { return string(s.Data[key]) }
	switch {
	case s.DeletionTimestamp != nil:
		return nil, finding.Errorf("the Secret is being deleted")
	case s.Type != bootstrapType || s.Data == nil:
		return nil, finding.Errorf("the Secret's type is %q, not %s", finding.Standard(string(s.Type)), finding.Standard(bootstrapType))
	case subtle.ConstantTimeCompare(s.Data["token-secret"], []byte(secretPart)) != 1:
		return nil, finding.Errorf("the Secret's token-secret does not match the token")
	case data("token-id") != id:
		return nil, finding.Errorf("the Secret's token-id is %q", finding.TokenID.Of(data("token-id")))
	}
	if expiration := data("expiration"); expiration != "" {
		end, err := time.Parse(time.RFC3339, expiration)
		if err != nil {
			return nil, finding.Reword(err, "the Secret's expiration %q is not an RFC 3339 time, and the API server treats the token as expired", finding.Quoted(expiration))
		}
		if !b.now().Before(end) {
			return nil, finding.Errorf("the Secret expired at %s", finding.Standard(expiration))
		}
	}
	if data("usage-bootstrap-authentication") != "true" {
		return nil, finding.Errorf("the Secret does not have usage-bootstrap-authentication=true")
	}
	groups := []string{bootstrapGroup}
	if extra := data("auth-extra-groups"); extra != "" {
		for _, g := range strings.Split(extra, ",") {
			if !isBootstrapGroup(g) {
				return nil, finding.Errorf("the Secret's auth-extra-groups has %q, which is not a valid group for bootstrap tokens", finding.Group.Of(g))
			}
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups), nil
}

const lowerAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789"

// bootstrapParts splits a bootstrap token into its ID and its secret.
func bootstrapParts(token string) (id, secret string, ok bool) {
	id, secret, ok = strings.Cut(token, ".")
	return id, secret, ok && len(id) == 6 && len(secret) == 16 && strings.Trim(id+secret, lowerAndDigits) == ""
}

// isBootstrapGroup reports whether name is system:bootstrappers: followed by up to 256 of a-z,
// 0-9, : and -, the last one a letter or a digit.
func isBootstrapGroup(name string) bool {
	rest, ok := strings.CutPrefix(name, bootstrapGroup+":")
	return ok && rest != "" && len(rest) <= 256 &&
		strings.Trim(rest, lowerAndDigits+":-") == "" && strings.ContainsAny(rest[len(rest)-1:], lowerAndDigits)
}
