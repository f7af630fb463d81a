package token

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// compactJWT assembles a JWT; sig is the unencoded signature.
func compactJWT(header, payload, sig string) string {
	return b64(header) + "." + b64(payload) + "." + b64(sig)
}

var (
	rs256     = `{"alg":"RS256","kid":"k1"}`
	signature = strings.Repeat("\x5a", 256)
	minimal   = compactJWT(rs256, `{"iss":"https://i"}`, signature)
	// boundClaims is a payload that Kubernetes 1.36 issues for a Pod.
	boundClaims = `{"aud":["https://kubernetes.default.svc.cluster.local"],"exp":1800003607,"iat":1800000000,` +
		`"iss":"https://kubernetes.default.svc.cluster.local","jti":"9c2f0d4e","kubernetes.io":{"namespace":"shop",` +
		`"node":{"name":"n1","uid":"u-n1"},"pod":{"name":"cart-0","uid":"u-p"},"serviceaccount":{"name":"cart","uid":"u-sa"},` +
		`"warnafter":1800003600},"nbf":1800000000,"sub":"system:serviceaccount:shop:cart"}`
	bound        = compactJWT(rs256, boundClaims, signature)
	legacyClaims = `{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"shop",` +
		`"kubernetes.io/serviceaccount/secret.name":"cart-token","kubernetes.io/serviceaccount/service-account.name":"cart",` +
		`"kubernetes.io/serviceaccount/service-account.uid":"u-sa","sub":"system:serviceaccount:shop:cart"}`
	legacy = compactJWT(rs256, legacyClaims, signature)
)

func TestParseKinds(t *testing.T) {
	awsURL := "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15" +
		"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260524%2Feu-central-1%2Fsts%2Faws4_request" +
		"&X-Amz-Date=20260524T191028Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=0123456789abcdef"
	tests := map[string]struct {
		raw  string
		want *Token
	}{
		"a bound ServiceAccount token": {bound, &Token{
			Kind: KindServiceAccount, Parts: 3,
			Header: map[string]any{"alg": "RS256", "kid": "k1"},
			Claims: map[string]any{
				"aud": []any{"https://kubernetes.default.svc.cluster.local"}, "exp": int64(1800003607), "iat": int64(1800000000),
				"iss": "https://kubernetes.default.svc.cluster.local", "jti": "9c2f0d4e", "nbf": int64(1800000000),
				"kubernetes.io": map[string]any{
					"namespace":      "shop",
					"node":           map[string]any{"name": "n1", "uid": "u-n1"},
					"pod":            map[string]any{"name": "cart-0", "uid": "u-p"},
					"serviceaccount": map[string]any{"name": "cart", "uid": "u-sa"},
					"warnafter":      int64(1800003600),
				},
				"sub": "system:serviceaccount:shop:cart",
			},
		}},
		"a legacy Secret token": {legacy, &Token{
			Kind: KindLegacyServiceAccount, Parts: 3,
			Header: map[string]any{"alg": "RS256", "kid": "k1"},
			Claims: map[string]any{
				"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:shop:cart",
				"kubernetes.io/serviceaccount/namespace":            "shop",
				"kubernetes.io/serviceaccount/secret.name":          "cart-token",
				"kubernetes.io/serviceaccount/service-account.name": "cart",
				"kubernetes.io/serviceaccount/service-account.uid":  "u-sa",
			},
		}},
		"numbers are kept exactly": {
			compactJWT(`{"alg":"none"}`, `{"a":9007199254740993,"b":18446744073709551615,"c":18446744073709551616,"d":1.5,"e":[-1,1e2],"f":1e999}`, ""),
			&Token{
				Kind: KindJWT, Parts: 3, Header: map[string]any{"alg": "none"},
				Claims: map[string]any{
					"a": int64(9007199254740993), "b": uint64(18446744073709551615), "c": "18446744073709551616",
					"d": 1.5, "e": []any{int64(-1), float64(100)}, "f": "1e999",
				},
			}},
		"a bootstrap token": {"abcdef.0123456789abcdef", &Token{
			Kind: KindBootstrap, Parts: 2, Bootstrap: &Bootstrap{ID: "abcdef"},
		}},
		"an AWS token": {awsPrefix + b64(awsURL), &Token{
			Kind: KindAWSIAM, Parts: 2,
			AWS: &AWS{
				Region: "eu-central-1", Host: "sts.eu-central-1.amazonaws.com", AccessKeyID: "AKIDEXAMPLE",
				SignedAt:  time.Date(2026, 5, 24, 19, 10, 28, 0, time.UTC),
				ExpiresAt: time.Date(2026, 5, 24, 19, 25, 28, 0, time.UTC), RequestLifetime: time.Minute, SignsCluster: true,
			},
		}},
		"an AWS token without its signature": {awsPrefix + b64("https://sts.amazonaws.com/?X-Amz-Credential=x&X-Amz-Date=20260524T191028Z"), &Token{
			Kind: KindAWSIAM, Parts: 2,
			AWS: &AWS{
				Host:      "sts.amazonaws.com",
				SignedAt:  time.Date(2026, 5, 24, 19, 10, 28, 0, time.UTC),
				ExpiresAt: time.Date(2026, 5, 24, 19, 25, 28, 0, time.UTC),
			},
			Problems: []Problem{{finding.TokenTruncated, finding.T("the signed URL has no %s", finding.Standard("X-Amz-Signature"))}},
		}},
		"an AWS token cut in the middle": {awsPrefix + "aHR0c", &Token{
			Kind: KindAWSIAM, Parts: 2,
			Problems: []Problem{{finding.TokenTruncated, finding.T("the part after k8s-aws-v1. is not base64url of a URL: it is incomplete or was changed")}},
		}},
		"opaque":                              {"sha256~a.b.c", &Token{Kind: KindOpaque, Parts: 3}},
		"base64 of JSON that is no JWT":       {b64(`{"k":"secret","n":"grafana","id":1}`), &Token{Kind: KindOpaque, Parts: 1}},
		"a bootstrap token in capitals":       {"ABCDEF.0123456789ABCDEF", &Token{Kind: KindOpaque, Parts: 2}},
		"a JWS in JSON serialization":         {`{"payload":"e30","signatures":[]}`, &Token{Kind: KindOpaque, Parts: 1}},
		"base64 that decodes to another text": {base64.StdEncoding.EncodeToString([]byte("the quick brown fox jumps over the lazy dog")), &Token{Kind: KindOpaque, Parts: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.want.Raw = NewSecret(test.raw)
			if diff := cmp.Diff(test.want, Parse(test.raw)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestTimesAndNames(t *testing.T) {
	type told struct {
		Algorithm, KeyID, Issuer, Subject, ID        string
		Audience                                     []string
		HasKeyID, HasAudience                        bool
		IssuedAt, NotBefore, ExpiresAt, WarnAfter    time.Time
		HasIssued, HasNotBefore, HasExpires, HasWarn bool
	}
	tell := func(tok *Token) (s told) {
		s.Algorithm, s.Issuer, s.Subject, s.ID = tok.Algorithm(), tok.Issuer(), tok.Subject(), tok.ID()
		s.KeyID, s.HasKeyID = tok.KeyID()
		s.Audience, s.HasAudience = tok.Audience()
		s.IssuedAt, s.HasIssued = tok.IssuedAt()
		s.NotBefore, s.HasNotBefore = tok.NotBefore()
		s.ExpiresAt, s.HasExpires = tok.ExpiresAt()
		s.WarnAfter, s.HasWarn = tok.WarnAfter()
		return s
	}
	at := func(sec, nsec int64) time.Time { return time.Unix(sec, nsec).UTC() }
	tests := map[string]struct {
		raw  string
		want told
	}{
		"bound": {bound, told{
			Algorithm: "RS256", KeyID: "k1", HasKeyID: true, Issuer: "https://kubernetes.default.svc.cluster.local",
			Subject: "system:serviceaccount:shop:cart", ID: "9c2f0d4e",
			Audience: []string{"https://kubernetes.default.svc.cluster.local"}, HasAudience: true,
			IssuedAt: at(1800000000, 0), NotBefore: at(1800000000, 0), ExpiresAt: at(1800003607, 0), WarnAfter: at(1800003600, 0),
			HasIssued: true, HasNotBefore: true, HasExpires: true, HasWarn: true,
		}},
		"a fraction, the limits, one audience": {
			compactJWT(`{"alg":"none","kid":""}`, `{"aud":"a","iat":1800000000.25,"nbf":0,"exp":253402300799}`, ""), told{
				Algorithm: "none", Audience: []string{"a"}, HasAudience: true,
				IssuedAt: at(1800000000, 250e6), NotBefore: at(0, 0), ExpiresAt: at(253402300799, 0),
				HasIssued: true, HasNotBefore: true, HasExpires: true,
			}},
		"out of range and of the wrong type": {
			compactJWT(`{"alg":"none"}`, `{"aud":[],"iat":-1,"nbf":"1800000000","exp":253402300800,"kubernetes.io":{"warnafter":0}}`, ""),
			told{Algorithm: "none", HasAudience: true, WarnAfter: at(0, 0)}},
		"opaque": {"x", told{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, tell(Parse(test.raw))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	account := func(kubernetes string) string {
		return compactJWT(rs256, `{"jti":"j","sub":"system:serviceaccount:shop:cart","kubernetes.io":{`+kubernetes+`}}`, signature)
	}
	accountGroups := []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}
	tests := map[string]struct {
		raw      string
		account  *ServiceAccount
		identity *Identity
	}{
		"bound to a Pod": {bound,
			&ServiceAccount{Namespace: "shop", Name: "cart", UID: "u-sa", Pod: &Ref{"cart-0", "u-p"}, Node: &Ref{"n1", "u-n1"}},
			&Identity{Username: "system:serviceaccount:shop:cart", UID: "u-sa", Groups: accountGroups, Extra: map[string][]string{
				"authentication.kubernetes.io/pod-name":      {"cart-0"},
				"authentication.kubernetes.io/pod-uid":       {"u-p"},
				"authentication.kubernetes.io/node-name":     {"n1"},
				"authentication.kubernetes.io/node-uid":      {"u-n1"},
				"authentication.kubernetes.io/credential-id": {"JTI=9c2f0d4e"},
			}}},
		"bound to a Secret": {account(`"namespace":"shop","serviceaccount":{"name":"cart","uid":"u"},"secret":{"name":"s","uid":"u-s"}`),
			&ServiceAccount{Namespace: "shop", Name: "cart", UID: "u", Secret: &Ref{"s", "u-s"}},
			&Identity{Username: "system:serviceaccount:shop:cart", UID: "u", Groups: accountGroups, Extra: map[string][]string{
				"authentication.kubernetes.io/credential-id": {"JTI=j"},
			}}},
		"a Pod whose node was deleted, a Pod without UID": {account(`"namespace":"shop","serviceaccount":{"name":"cart"},"pod":{"name":"p"},"node":{"name":"n"}`),
			&ServiceAccount{Namespace: "shop", Name: "cart", Pod: &Ref{Name: "p"}, Node: &Ref{Name: "n"}},
			&Identity{Username: "system:serviceaccount:shop:cart", Groups: accountGroups, Extra: map[string][]string{
				"authentication.kubernetes.io/node-name":     {"n"},
				"authentication.kubernetes.io/credential-id": {"JTI=j"},
			}}},
		"claims of the wrong type": {account(`"namespace":"shop","serviceaccount":{"name":1,"uid":[]},"pod":"p","node":null,"secret":3`),
			&ServiceAccount{Namespace: "shop"}, nil},
		"legacy": {legacy,
			&ServiceAccount{Namespace: "shop", Name: "cart", UID: "u-sa", Secret: &Ref{Name: "cart-token"}},
			&Identity{Username: "system:serviceaccount:shop:cart", UID: "u-sa", Groups: accountGroups}},
		"legacy with another subject": {compactJWT(rs256, strings.Replace(legacyClaims, "shop:cart", "shop:other", 1), signature),
			&ServiceAccount{Namespace: "shop", Name: "cart", UID: "u-sa", Secret: &Ref{Name: "cart-token"}}, nil},
		"bootstrap": {"abcdef.0123456789abcdef", nil,
			&Identity{Username: "system:bootstrap:abcdef", Groups: []string{"system:bootstrappers", "system:authenticated"}}},
		"another JWT": {minimal, nil, nil},
		"opaque":      {"x", nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tok := Parse(test.raw)
			if diff := cmp.Diff(test.account, tok.ServiceAccount()); diff != "" {
				t.Errorf("ServiceAccount: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(test.identity, tok.Identity()); diff != "" {
				t.Errorf("Identity: -want +got:\n%s", diff)
			}
		})
	}
}
