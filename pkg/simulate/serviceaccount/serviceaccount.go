// Package serviceaccount authenticates ServiceAccount tokens as kube-apiserver does. It follows
// the server's code in k8s.io/kubernetes (pkg/serviceaccount), which other modules cannot
// import, step by step and with its error messages. Types have the server's names, since
// decoding errors quote them.
package serviceaccount

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gopkg.in/go-jose/go-jose.v2/jwt"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	authserviceaccount "k8s.io/apiserver/pkg/authentication/serviceaccount"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

// LegacyIssuer is the issuer of legacy tokens, with any flags of the server.
const LegacyIssuer = "kubernetes/serviceaccount"

// Getter reads the objects that tokens are bound to. Its errors are the API server's: the error
// for a missing ServiceAccount becomes the error message of the rejection.
type Getter interface {
	GetServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error)
	GetPod(ctx context.Context, namespace, name string) (*corev1.Pod, error)
	GetSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error)
	GetNode(ctx context.Context, name string) (*corev1.Node, error)
}

// Key is a public key and its kid.
type Key struct {
	ID     string
	Public any
}

// NewKeys returns the keys of --service-account-key-file: *rsa.PublicKey, *ecdsa.PublicKey, or
// the public halves of private keys. It returns an error for a key of another type.
func NewKeys(keys []any) ([]Key, error) {
	out := make([]Key, 0, len(keys))
	for _, k := range keys {
		if private, ok := k.(interface{ Public() crypto.PublicKey }); ok {
			k = private.Public()
		}
		der, err := x509.MarshalPKIXPublicKey(k)
		if err != nil {
			return nil, fmt.Errorf("failed to serialize public key to DER format: %w", err)
		}
		sum := sha256.Sum256(der)
		out = append(out, Key{ID: base64.RawURLEncoding.EncodeToString(sum[:]), Public: k})
	}
	return out, nil
}

// Options are the options of both authenticators of ServiceAccount tokens.
type Options struct {
	// Issuers are the values of --service-account-issuer; tokens of other issuers are ignored.
	Issuers []string
	Keys    []Key
	// APIAudiences are the server's own audiences.
	APIAudiences authenticator.Audiences
	Getter       Getter
	// WebhookConfiguration reads the metadata of an admission webhook configuration by its kind
	// and name; nil if the feature gate APIServerWebhookAuthenticationToken is off.
	WebhookConfiguration func(ctx context.Context, kind, name string) (*metav1.ObjectMeta, error)
	// Lookup is --service-account-lookup, which only legacy tokens depend on.
	Lookup bool
	// EveryKey tries all keys for any kid, as releases before v1.31 do.
	EveryKey bool
	Now      func() time.Time
}

// New returns the authenticator of bound tokens.
func New(o Options) authenticator.Token {
	return &tokens[privateClaims]{Options: o, validate: o.bound}
}

// NewLegacy returns the authenticator of legacy tokens.
func NewLegacy(o Options) authenticator.Token {
	o.Issuers = []string{LegacyIssuer}
	return &tokens[legacyPrivateClaims]{Options: o, validate: o.legacy}
}

type tokens[private any] struct {
	Options
	validate func(ctx context.Context, raw string, public *jwt.Claims, p *private) (*authserviceaccount.ServiceAccountInfo, error)
}

// AuthenticateToken implements authenticator.Token. It has no opinion of unreadable tokens and
// of tokens of other issuers.
func (t *tokens[private]) AuthenticateToken(ctx context.Context, raw string) (*authenticator.Response, bool, error) {
	if iss, err := Issuer(raw); err != nil {
		trace.Add(ctx, trace.Step{Name: "issuer", Outcome: trace.Skipped, Detail: finding.T("%s", finding.Err(err))})
		return nil, false, nil
	} else if !contains(t.Issuers, iss) {
		trace.Add(ctx, trace.Step{Name: "issuer", Outcome: trace.Skipped, Detail: finding.T("%q is not one of %s", finding.Issuer.Of(iss), finding.Listed(len(t.Issuers), finding.Names(finding.Issuer, t.Issuers)...))})
		return nil, false, nil
	} else {
		trace.Pass(ctx, "issuer", finding.T("%q", finding.Issuer.Of(iss)))
	}
	parsed, err := jwt.ParseSigned(raw)
	if err != nil {
		trace.Add(ctx, trace.Step{Name: "token", Outcome: trace.Skipped, Detail: finding.T("not a readable signed JWT")})
		return nil, false, nil
	}

	public, p := &jwt.Claims{}, new(private)
	if err := t.verify(ctx, parsed, public, p); err != nil {
		return nil, false, err
	}
	if !contains(t.Issuers, public.Issuer) {
		return nil, false, trace.Fail(ctx, "issuer", fmt.Errorf("token issuer %q is invalid", public.Issuer))
	}

	own := authenticator.Audiences(public.Audience)
	if len(own) == 0 {
		own = t.APIAudiences
	}
	asked, ok := authenticator.AudiencesFrom(ctx)
	if !ok {
		asked = t.APIAudiences
	}
	common := own.Intersect(asked)
	if len(common) == 0 && len(t.APIAudiences) != 0 {
		return nil, false, trace.Fail(ctx, "audience", fmt.Errorf("token audiences %q is invalid for the target audiences %q", own, asked))
	}
	trace.Pass(ctx, "audience", finding.T("for %s", finding.Listed(len(common), finding.Names(finding.Audience, common)...)))

	info, err := t.validate(ctx, raw, public, p)
	if err != nil {
		return nil, false, err
	}
	return &authenticator.Response{User: info.UserInfo(), Audiences: common}, true, nil
}

// verify checks the signature with the keys of the token's kid, or with all keys without a kid,
// and decodes the claims.
func (t *tokens[private]) verify(ctx context.Context, parsed *jwt.JSONWebToken, public *jwt.Claims, p *private) error {
	var kid string
	for _, h := range parsed.Headers {
		if h.KeyID != "" {
			kid = h.KeyID
			break
		}
	}
	var keys []Key
	for _, k := range t.Keys {
		if kid == "" || k.ID == kid || t.EveryKey {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return trace.Fail(ctx, "key", errors.New("invalid signature, no keys found"))
	}
	trace.Pass(ctx, "key", finding.T("%s of %s keys may have signed the token", finding.Count(len(keys)), finding.Count(len(t.Keys))))
	var errs []error
	for _, k := range keys {
		err := parsed.Claims(k.Public, public, p)
		if err == nil {
			trace.Pass(ctx, trace.Signature, finding.T("verified with the key %s", finding.KeyID.Of(k.ID)))
			return nil
		}
		errs = append(errs, err)
	}
	return trace.Fail(ctx, trace.Signature, utilerrors.NewAggregate(errs))
}

// Issuer reads the claim iss of an unverified JWT. If it returns an error, the server has no
// opinion of the token.
func Issuer(raw string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return "", finding.Errorf("not a JWT in compact form")
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", finding.Errorf("not a signed JWT: %s parts instead of 3", finding.Count(len(parts)))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", finding.Reword(err, "the token's second part is not unpadded base64url")
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", finding.Reword(err, "the token's second part is not a JSON object with an issuer")
	}
	return claims.Issuer, nil
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}
