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
// of k8s.io/kubernetes does: whatever is wrong with the Secret, it has no opinion, and only
// the log at -v=3 says why. Here the trace does.
type bootstrap struct {
	objects Objects
	now     func() time.Time
}

// AuthenticateToken implements authenticator.Token.
func (b *bootstrap) AuthenticateToken(ctx context.Context, token string) (*authenticator.Response, bool, error) {
	id, secretPart, ok := bootstrapParts(token)
	if !ok {
		trace.Add(ctx, trace.Step{Name: "token", Outcome: trace.Skipped, Detail: finding.T("not of the form id.secret")})
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

// judge returns the groups of the token that the Secret is for.
func (b *bootstrap) judge(s *corev1.Secret, id, secretPart string) ([]string, error) {
	data := func(key string) string { return string(s.Data[key]) }
	switch {
	case s.DeletionTimestamp != nil:
		return nil, finding.Errorf("it is being deleted")
	case s.Type != bootstrapType || s.Data == nil:
		return nil, finding.Errorf("its type is %q, not %s", finding.Standard(string(s.Type)), finding.Standard(bootstrapType))
	case subtle.ConstantTimeCompare(s.Data["token-secret"], []byte(secretPart)) != 1:
		return nil, finding.Errorf("its token-secret is another")
	case data("token-id") != id:
		return nil, finding.Errorf("its token-id is %q", finding.TokenID.Of(data("token-id")))
	}
	if expiration := data("expiration"); expiration != "" {
		end, err := time.Parse(time.RFC3339, expiration)
		if err != nil {
			return nil, finding.Reword(err, "its expiration %q is no RFC 3339 time and counts as past", finding.Quoted(expiration))
		}
		if !b.now().Before(end) {
			return nil, finding.Errorf("it expired at %s", finding.Standard(expiration))
		}
	}
	if data("usage-bootstrap-authentication") != "true" {
		return nil, finding.Errorf("it is not marked usage-bootstrap-authentication=true")
	}
	groups := []string{bootstrapGroup}
	if extra := data("auth-extra-groups"); extra != "" {
		for _, g := range strings.Split(extra, ",") {
			if !isBootstrapGroup(g) {
				return nil, finding.Errorf("its auth-extra-groups hold %q, which is no group of bootstrap tokens", finding.Group.Of(g))
			}
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups), nil
}

const lowerAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789"

// bootstrapParts are the six and the sixteen letters and digits of a bootstrap token.
func bootstrapParts(token string) (id, secret string, ok bool) {
	id, secret, ok = strings.Cut(token, ".")
	return id, secret, ok && len(id) == 6 && len(secret) == 16 && strings.Trim(id+secret, lowerAndDigits) == ""
}

// isBootstrapGroup: system:bootstrappers: and up to 256 of a-z, 0-9, : and -, the last a
// letter or a digit.
func isBootstrapGroup(name string) bool {
	rest, ok := strings.CutPrefix(name, bootstrapGroup+":")
	return ok && rest != "" && len(rest) <= 256 &&
		strings.Trim(rest, lowerAndDigits+":-") == "" && strings.ContainsAny(rest[len(rest)-1:], lowerAndDigits)
}
