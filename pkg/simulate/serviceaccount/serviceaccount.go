// Package serviceaccount authenticates ServiceAccount tokens as kube-apiserver does. The
// server's own code is in k8s.io/kubernetes (pkg/serviceaccount), which no other module can
// use: this follows it step by step, in its order and with its texts. What it decodes into
// has the server's names, since they stand in the texts of encoding errors.
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

// LegacyIssuer is the issuer of tokens in Secrets, whatever the server's flags say.
const LegacyIssuer = "kubernetes/serviceaccount"

// Getter reads the objects that tokens are bound to. Its errors are the API server's: where
// a ServiceAccount is missing, the error becomes the text of the refusal.
type Getter interface {
	GetServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error)
	GetPod(ctx context.Context, namespace, name string) (*corev1.Pod, error)
	GetSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error)
	GetNode(ctx context.Context, name string) (*corev1.Node, error)
}

// Key is a public key and the ID under which tokens name it.
type Key struct {
	ID     string
	Public any
}

// NewKeys makes a key set of what --service-account-key-file holds: *rsa.PublicKey and
// *ecdsa.PublicKey, or private keys, of which the public half counts. It returns an error
// for a key of another kind.
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

// Options are what both authenticators of ServiceAccount tokens are made of.
type Options struct {
	// Issuers are all values of --service-account-issuer; tokens of others are not looked at.
	Issuers []string
	Keys    []Key
	// APIAudiences are the server's own.
	APIAudiences authenticator.Audiences
	Getter       Getter
	// WebhookConfiguration reads the metadata of an admission webhook configuration by its kind
	// and name; nil where the feature gate APIServerWebhookAuthenticationToken is off.
	WebhookConfiguration func(ctx context.Context, kind, name string) (*metav1.ObjectMeta, error)
	// Lookup is --service-account-lookup; legacy tokens alone depend on it.
	Lookup bool
	// EveryKey: all keys are tried, whichever the token names, as before v1.31.
	EveryKey bool
	Now      func() time.Time
}

// New returns the authenticator of bound tokens.
func New(o Options) authenticator.Token {
	return &tokens[privateClaims]{Options: o, validate: o.bound}
}

// NewLegacy returns the authenticator of the tokens in Secrets.
func NewLegacy(o Options) authenticator.Token {
	o.Issuers = []string{LegacyIssuer}
	return &tokens[legacyPrivateClaims]{Options: o, validate: o.legacy}
}

type tokens[private any] struct {
	Options
	validate func(ctx context.Context, raw string, public *jwt.Claims, p *private) (*authserviceaccount.ServiceAccountInfo, error)
}

// AuthenticateToken implements authenticator.Token. A token of another issuer, or one that
// cannot be read, is no business of this authenticator: it has no opinion of it.
func (t *tokens[private]) AuthenticateToken(ctx context.Context, raw string) (*authenticator.Response, bool, error) {
	if iss, err := Issuer(raw); err != nil {
		trace.Add(ctx, trace.Step{Name: "issuer", Outcome: trace.Skipped, Detail: finding.T("%s", finding.Err(err))})
		return nil, false, nil
	} else if !contains(t.Issuers, iss) {
		trace.Add(ctx, trace.Step{Name: "issuer", Outcome: trace.Skipped, Detail: finding.T("%q is none of %s", finding.Issuer.Of(iss), finding.Listed(len(t.Issuers), finding.Names(finding.Issuer, t.Issuers)...))})
		return nil, false, nil
	} else {
		trace.Pass(ctx, "issuer", finding.T("%q", finding.Issuer.Of(iss)))
	}
	parsed, err := jwt.ParseSigned(raw)
	if err != nil {
		trace.Add(ctx, trace.Step{Name: "token", Outcome: trace.Skipped, Detail: finding.T("no signed JWT that can be read")})
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

// verify checks the signature with the key that the token names, or with all where it names
// none, and decodes the claims.
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
	trace.Pass(ctx, "key", finding.T("%s of %s keys may have signed it", finding.Count(len(keys)), finding.Count(len(t.Keys))))
	var errs []error
	for _, k := range keys {
		err := parsed.Claims(k.Public, public, p)
		if err == nil {
			trace.Pass(ctx, trace.Signature, finding.T("made with the key %s", finding.KeyID.Of(k.ID)))
			return nil
		}
		errs = append(errs, err)
	}
	return trace.Fail(ctx, trace.Signature, utilerrors.NewAggregate(errs))
}

// Issuer reads the claim iss of a signed JWT without trusting it. Its error says why there
// is none to read; the server then has no opinion of the token.
func Issuer(raw string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return "", finding.Errorf("no JWT in compact form")
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", finding.Errorf("no signed JWT: it has %s parts in place of 3", finding.Count(len(parts)))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", finding.Reword(err, "its second part is no unpadded base64url")
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", finding.Reword(err, "its second part is no JSON object with an issuer")
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
