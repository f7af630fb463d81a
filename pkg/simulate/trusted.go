package simulate

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Trust is the configuration of an API server that trusts the issuer of a token.
type Trust struct {
	Keys []TrustedKey
	// Issuer is the configured issuer; empty is the token's.
	Issuer string
	// Audiences are the configured audiences; empty are the token's.
	Audiences []string
	Now       func() time.Time
}

// TrustedKey is a public key and its kid.
type TrustedKey struct {
	ID     string
	Public crypto.PublicKey
}

// Judgement is an authenticator's answer for one token.
type Judgement struct {
	// Issuer is the iss that the API server reads.
	Issuer  string
	Accepts bool
	// Error is the unchanged error message of a rejection.
	Error string
}

// Trusted returns the answer of an API server that trusts the issuer of a JWT, as far as it
// depends on the token alone: the objects of a ServiceAccount token exist, and the issuer has
// no rules about claims. It returns an error if there is no answer.
func Trusted(ctx context.Context, t *token.Token, trust Trust) (*Judgement, error) {
	sent := t.Sent()
	if !sent.Possible {
		return nil, finding.Errorf("the token cannot be sent: %s", sent.Reason)
	}
	iss, aud := untrusted(sent.Read)
	if len(trust.Audiences) == 0 {
		trust.Audiences = aud
	}
	if iss == "" {
		// No authenticator examines such a token.
		return &Judgement{Error: "invalid bearer token"}, nil
	}
	if trust.Issuer == "" {
		trust.Issuer = iss
	}
	config, world := trustedIssuer(trust)
	if t.Kind == token.KindServiceAccount || t.Kind == token.KindLegacyServiceAccount {
		config, world = trustedAccounts(t, trust)
	}
	out := &Judgement{Issuer: iss}
	server, err := New(config, world)
	if err != nil {
		out.Error = err.Error()
		return out, nil
	}
	defer server.Close()
	answer := server.Authenticate(ctx, Request{Token: t.Raw.Reveal(), HasToken: true})
	if !answer.Decided() {
		return nil, answer.Missing[0]
	}
	out.Accepts, out.Error = answer.Authenticated, answer.Error
	for _, a := range answer.Attempts {
		if a.Opinion == Rejected && !a.Name.Equal(nameLoopback) {
			out.Error = a.Error
		}
	}
	return out, nil
}

// trustedIssuer is an API server with one JWT issuer.
func trustedIssuer(trust Trust) (Config, World) {
	set := jose.JSONWebKeySet{}
	for _, k := range trust.Keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public, KeyID: k.ID})
	}
	audiences := trust.Audiences
	if len(audiences) == 0 {
		// The configuration must name an audience, and the token has none.
		audiences = []string{"the API server's"}
	}
	issuer := apiserver.JWTAuthenticator{
		Issuer:        apiserver.Issuer{URL: trust.Issuer, Audiences: audiences},
		ClaimMappings: apiserver.ClaimMappings{Username: apiserver.PrefixedClaimOrExpression{Expression: "'somebody'"}},
	}
	if len(audiences) > 1 {
		issuer.Issuer.AudienceMatchPolicy = apiserver.AudienceMatchPolicyMatchAny
	}
	config := Config{JWT: []apiserver.JWTAuthenticator{issuer}, SigningAlgorithms: oidc.AllValidSigningAlgorithms()}
	keys := func(string) ([]byte, bool) {
		jwks, err := json.Marshal(set)
		return jwks, err == nil
	}
	return config, World{Now: trust.Now, Keys: keys}
}

// trustedAccounts is an API server with one issuer of ServiceAccount tokens, on which every
// object that the token names exists.
func trustedAccounts(t *token.Token, trust Trust) (Config, World) {
	config := Config{APIAudiences: trust.Audiences, ServiceAccountIssuers: []string{trust.Issuer}}
	if len(config.APIAudiences) == 0 {
		config.APIAudiences = []string{trust.Issuer}
	}
	for _, k := range trust.Keys {
		switch k.Public.(type) {
		case *rsa.PublicKey, *ecdsa.PublicKey:
			config.ServiceAccountKeys = append(config.ServiceAccountKeys, serviceaccount.Key{ID: k.ID, Public: k.Public})
		}
	}
	return config, World{Now: trust.Now, Objects: named{t.ServiceAccount()}}
}

// untrusted reads the issuer and the audiences of an unverified JWT with encoding/json, as the
// API server does; unreadable values are empty.
func untrusted(raw string) (issuer string, audiences []string) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", nil
	}
	var claims struct{ Iss, Aud any }
	_ = json.Unmarshal(payload, &claims)
	issuer, _ = claims.Iss.(string)
	list, isList := claims.Aud.([]any)
	if !isList {
		list = []any{claims.Aud}
	}
	for _, a := range list {
		if text, ok := a.(string); ok && text != "" {
			audiences = append(audiences, text)
		}
	}
	return issuer, audiences
}

// named are the objects that a ServiceAccount token names, with the UIDs from the token.
type named struct{ account *token.ServiceAccount }

func meta(name, uid string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, UID: types.UID(uid)}
}

func refUID(r *token.Ref) string {
	if r == nil {
		return ""
	}
	return r.UID
}

// GetServiceAccount implements Objects.
func (n named) GetServiceAccount(_ context.Context, _, name string) (*corev1.ServiceAccount, error) {
	return &corev1.ServiceAccount{ObjectMeta: meta(name, n.account.UID)}, nil
}

// GetPod implements Objects.
func (n named) GetPod(_ context.Context, _, name string) (*corev1.Pod, error) {
	return &corev1.Pod{ObjectMeta: meta(name, refUID(n.account.Pod))}, nil
}

// GetSecret implements Objects.
func (n named) GetSecret(_ context.Context, _, name string) (*corev1.Secret, error) {
	return &corev1.Secret{ObjectMeta: meta(name, refUID(n.account.Secret))}, nil
}

// GetNode implements Objects.
func (n named) GetNode(_ context.Context, name string) (*corev1.Node, error) {
	return &corev1.Node{ObjectMeta: meta(name, refUID(n.account.Node))}, nil
}
