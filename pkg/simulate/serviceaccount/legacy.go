package serviceaccount

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"gopkg.in/go-jose/go-jose.v2/jwt"
	corev1 "k8s.io/api/core/v1"
	authserviceaccount "k8s.io/apiserver/pkg/authentication/serviceaccount"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

// invalidSince is the label with which the legacy token cleaner marks a Secret as invalid.
const invalidSince = "kubernetes.io/legacy-token-invalid-since"

type legacyPrivateClaims struct {
	ServiceAccountName string `json:"kubernetes.io/serviceaccount/service-account.name"`
	ServiceAccountUID  string `json:"kubernetes.io/serviceaccount/service-account.uid"`
	SecretName         string `json:"kubernetes.io/serviceaccount/secret.name"`
	Namespace          string `json:"kubernetes.io/serviceaccount/namespace"`
}

// legacy checks the claims and, with --service-account-lookup, the token's Secret and
// ServiceAccount. Legacy tokens do not expire, so the server ignores their times.
func (o Options) legacy(ctx context.Context, raw string, public *jwt.Claims, p *legacyPrivateClaims) (*authserviceaccount.ServiceAccountInfo, error) {
	if err := legacyClaims(public, p); err != nil {
		return nil, trace.Fail(ctx, "claims", err)
	}
	trace.Pass(ctx, "claims", finding.Text{})
	info := &authserviceaccount.ServiceAccountInfo{Namespace: p.Namespace, Name: p.ServiceAccountName, UID: p.ServiceAccountUID}
	if !o.Lookup {
		trace.Add(ctx, trace.Step{Name: "Secret", Outcome: trace.Skipped, Detail: finding.T("--service-account-lookup=false")})
		return info, nil
	}
	secret, err := o.legacySecret(ctx, raw, p)
	if err != nil {
		return nil, trace.Fail(ctx, "Secret", err)
	}
	trace.Pass(ctx, "Secret", finding.T("%s", finding.Secret.Of(p.SecretName)))
	if err := o.legacyServiceAccount(ctx, p); err != nil {
		return nil, trace.Fail(ctx, "ServiceAccount", err)
	}
	trace.Pass(ctx, "ServiceAccount", finding.T("%s/%s", finding.Namespace.Of(p.Namespace), finding.ServiceAccount.Of(p.ServiceAccountName)))
	if secret.Labels[invalidSince] != "" {
		return nil, trace.Fail(ctx, "Secret", fmt.Errorf("the token in secret %s/%s for service account %s/%s has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '%s' label from the secret to temporarily allow use of this token", p.Namespace, p.SecretName, p.Namespace, p.ServiceAccountName, invalidSince))
	}
	return info, nil
}

func legacyClaims(public *jwt.Claims, p *legacyPrivateClaims) error {
	for _, c := range []struct{ value, name string }{
		{public.Subject, "sub"}, {p.Namespace, "namespace"}, {p.SecretName, "secretName"},
		{p.ServiceAccountName, "serviceAccountName"}, {p.ServiceAccountUID, "serviceAccountUID"},
	} {
		if c.value == "" {
			return fmt.Errorf("%s claim is missing", c.name)
		}
	}
	namespace, name, err := authserviceaccount.SplitUsername(public.Subject)
	if err != nil || namespace != p.Namespace || name != p.ServiceAccountName {
		return errors.New("sub claim is invalid")
	}
	return nil
}

func (o Options) legacySecret(ctx context.Context, raw string, p *legacyPrivateClaims) (*corev1.Secret, error) {
	secret, err := o.Getter.GetSecret(ctx, p.Namespace, p.SecretName)
	var missing interface{ Missing() finding.Text }
	switch {
	case errors.As(err, &missing):
		return nil, err
	case err != nil || secret.DeletionTimestamp != nil:
		//lint:ignore ST1005 the server's words
		return nil, errors.New("Token has been invalidated")
	case subtle.ConstantTimeCompare(secret.Data[corev1.ServiceAccountTokenKey], []byte(raw)) == 0:
		//lint:ignore ST1005 the server's words
		return nil, errors.New("Token does not match server's copy")
	}
	return secret, nil
}

func (o Options) legacyServiceAccount(ctx context.Context, p *legacyPrivateClaims) error {
	sa, err := o.Getter.GetServiceAccount(ctx, p.Namespace, p.ServiceAccountName)
	switch {
	case err != nil:
		return err
	case sa.DeletionTimestamp != nil:
		return fmt.Errorf("ServiceAccount %s/%s has been deleted", p.Namespace, p.ServiceAccountName)
	case string(sa.UID) != p.ServiceAccountUID:
		return fmt.Errorf("ServiceAccount UID (%s) does not match claim (%s)", sa.UID, p.ServiceAccountUID)
	}
	return nil
}
