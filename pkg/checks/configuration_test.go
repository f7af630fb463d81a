package checks

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func init() { checkCases = append(checkCases, configurationCases...) }

const (
	hookFlag = "authentication-token-webhook-config-file=/etc/webhook.kubeconfig"
	fileFlag = "authentication-config=/etc/kubernetes/authentication.yaml"
)

// older is a token of a former issuer of the cluster, which discovery does not show.
var older = account(claims{"iss": olderIss})

var frontProxyCA = newCA("k3s-request-header-ca@1700000000")

// rebuilt is a CA with the client CA's name and another key.
var rebuilt = newCA("kubernetes")

// configurationCases are configurations of the cluster, with what they prove.
var configurationCases = []checkCase{
	{"issuer-trusted", "not in the flags, and no webhook to blame", given(foreign, refusedWith(bareText), startedWith(flags())), diagnose.Fail, []found{is(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "no webhook to blame, and issuers in a file", given(foreign, refusedWith(bareText), startedWith(flags(fileFlag))), diagnose.Fail, []found{is(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "not in the flags, and rejected by the webhook", given(foreign, refusedWith(bareText), startedWith(flags(hookFlag))), diagnose.Fail, []found{is(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "a webhook, and issuers in a file", given(foreign, refusedWith(bareText), startedWith(flags(hookFlag, fileFlag))), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "not in the flags, and no error message", given(foreign, rejectedWithoutReason, startedWith(flags())), diagnose.Fail, []found{is(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "not in the flags, no error message, and issuers in a file", given(foreign, rejectedWithoutReason, startedWith(flags(fileFlag))), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "flags that could not be read", given(foreign, refusedWith(bareText), commandLineOf("a shell")), diagnose.Fail, []found{isLeft(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "no API server is a Pod", given(foreign, refusedWith(bareText), startedWith()), diagnose.Fail, []found{isLeft(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "API servers that are not agreed on a webhook", given(foreign, refusedWith(bareText), startedWith(flags(), flags(hookFlag))), diagnose.Fail, []found{isLeft(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "an older issuer, by the flags", given(older, rejectedWithoutReason, startedWith(flags())), diagnose.Pass, nil},
	{"issuer-trusted", "an older issuer that the answer does not know", given(older, refusedWith(bareText), startedWith(flags(hookFlag, fileFlag))), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "in the flags, and accepted", given(foreign, startedWith(flags())), diagnose.Pass, nil},
	{"issuer-trusted", "the OIDC issuer, by its flag", given(idToken(nil), rejectedWithoutReason, startedWith(flags("oidc-issuer-url="+idpIss, "oidc-client-id=kubernetes"))), diagnose.Pass, nil},

	{"audience", "none that the flags name", given(account(claims{"aud": []string{"vault"}}), rejectedWithoutReason, startedWith(flags())), diagnose.Fail, []found{is(finding.AudienceMismatch)}},
	{"audience", "one that the flags name", given(account(claims{"aud": []string{olderIss}}), rejectedWithoutReason, startedWith(flags())), diagnose.Pass, nil},
	{"audience", "one of --api-audiences", given(account(claims{"aud": []string{"api"}}), rejectedWithoutReason, startedWith(flags("api-audiences=api"))), diagnose.Pass, nil},
	{"audience", "the issuer, and not one of --api-audiences", given(rejectedWithoutReason, startedWith(flags("api-audiences=api"))), diagnose.Fail, []found{is(finding.AudienceMismatch)}},
	{"audience", "not in the flags, and accepted", given(account(claims{"aud": []string{"vault"}}), startedWith(flags())), diagnose.Pass, nil},
	{"audience", "not the client of --oidc-client-id", given(idToken(claims{"aud": "account"}), rejectedWithoutReason, startedWith(flags("oidc-issuer-url="+idpIss, "oidc-client-id=kubernetes"))), diagnose.Fail, []found{is(finding.AudienceMismatch)}},
	{"audience", "of an issuer in a file", given(idToken(claims{"aud": "account"}), rejectedWithoutReason, startedWith(flags(fileFlag))), diagnose.Unknown, []found{maybe(finding.AudienceMismatch)}},

	{"bootstrap-token", "disabled by the flags", given(holding(bootstrapRaw), bootstrapSecret(nil), refusedWith(bareText), startedWith(flags("enable-bootstrap-token-auth"))), diagnose.Fail, []found{is(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "disabled by the flags, and the Secret out of sight", given(holding(bootstrapRaw), noObjects, rejectedWithoutReason, startedWith(flags("enable-bootstrap-token-auth=false"))), diagnose.Fail, []found{is(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "disabled, and not there either", given(holding(bootstrapRaw), secretIs(evidence.Secret{}), refusedWith(bareText), startedWith(flags("enable-bootstrap-token-auth=F"))), diagnose.Fail, []found{is(finding.BootstrapTokensDisabled), is(finding.BootstrapTokenNotFound)}},
	{"bootstrap-token", "enabled by flags that the answer does not go by", given(holding(bootstrapRaw), bootstrapSecret(nil), refusedWith(bareText), startedWith(flags())), diagnose.Fail, []found{isLeft(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "enabled on one of two", given(holding(bootstrapRaw), bootstrapSecret(nil), refusedWith(bareText), startedWith(flags(), flags("enable-bootstrap-token-auth"))), diagnose.Fail, []found{isLeft(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "disabled by the flags, and accepted", given(holding(bootstrapRaw), noObjects, acceptedAs("system:bootstrap:abcdef"), startedWith(flags("enable-bootstrap-token-auth"))), diagnose.Pass, nil},
	{"bootstrap-token", "cluster-info is signed with it", given(holding(bootstrapRaw), noObjects, rejectedWithoutReason, clusterInfo(evidence.ClusterInfo{Exists: true, Signed: true, Matches: true})), diagnose.Unknown, []found{
		maybe(finding.BootstrapTokenExpired), maybe(finding.BootstrapTokenNotForAuthentication), maybe(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "cluster-info is signed with another of that ID", given(holding(bootstrapRaw), noObjects, rejectedWithoutReason, clusterInfo(evidence.ClusterInfo{Exists: true, Signed: true})), diagnose.Fail, []found{is(finding.BootstrapTokenSecretMismatch)}},
	{"bootstrap-token", "cluster-info is not signed with it", given(holding(bootstrapRaw), noObjects, rejectedWithoutReason, clusterInfo(evidence.ClusterInfo{Exists: true})), diagnose.Unknown, []found{
		maybe(finding.BootstrapTokenNotFound), maybe(finding.BootstrapTokenSecretMismatch), maybe(finding.BootstrapTokenExpired), maybe(finding.BootstrapTokenNotForAuthentication), maybe(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "no cluster-info", given(holding(bootstrapRaw), noObjects, rejectedWithoutReason, clusterInfo(evidence.ClusterInfo{})), diagnose.Unknown, []found{
		maybe(finding.BootstrapTokenNotFound), maybe(finding.BootstrapTokenSecretMismatch), maybe(finding.BootstrapTokenExpired), maybe(finding.BootstrapTokenNotForAuthentication), maybe(finding.BootstrapTokensDisabled)}},

	{"opaque-token", "no authenticator accepts such tokens", given(holding(opaqueRaw), refusedWith(bareText), startedWith(flags())), diagnose.Fail, []found{{finding.OpaqueToken, finding.Proved, finding.Error}}},
	{"opaque-token", "a placeholder", given(holding("${TOKEN}"), refusedWith(bareText)), diagnose.Fail, []found{{finding.OpaqueToken, finding.Proved, finding.Error}}},
	{"opaque-token", "a placeholder with white space", given(holding("{{ .Token }}"), refusedWith(bareText)), diagnose.Fail, []found{{finding.OpaqueToken, finding.Proved, finding.Error}}},
	{"opaque-token", "a text like a placeholder, and accepted", given(holding("${TOKEN}"), acceptedAs("jane")), diagnose.Pass, []found{{finding.OpaqueToken, finding.Proved, finding.Info}}},
	{"opaque-token", "not in the token file", given(holding(opaqueRaw), refusedWith(bareText), startedWith(flags("token-auth-file=/etc/tokens"))), diagnose.Pass, []found{{finding.OpaqueToken, finding.Proved, finding.Info}}},
	{"opaque-token", "no configured authenticator, and accepted", given(holding(opaqueRaw), acceptedAs("jane"), startedWith(flags())), diagnose.Pass, []found{{finding.OpaqueToken, finding.Proved, finding.Info}}},
	{"webhook", "an unknown error message, and a webhook", given(holding(opaqueRaw), refusedWith(words("session expired")), startedWith(flags(hookFlag))), diagnose.Fail, []found{isLeft(finding.WebhookRejected)}},
	{"webhook", "an unknown error message, and no webhook", given(holding(opaqueRaw), refusedWith(words("session expired")), startedWith(flags())), diagnose.Unknown, []found{maybe(finding.WebhookRejected)}},
	{"webhook", "there, and may have said no", given(holding(opaqueRaw), refusedWith(bareText), startedWith(flags(hookFlag))), diagnose.Unknown, []found{maybe(finding.WebhookRejected)}},

	{"certificate-authority", "the CA's name, and not its key", given(presenting(rebuilt.pemOf(nil), ""), rejectedWithoutReason, publishing(nil, clientCA)), diagnose.Fail, []found{is(finding.ClientCARebuilt)}},
	{"certificate-authority", "an old CA that is still published", given(presenting(rebuilt.pemOf(nil), ""), rejectedWithoutReason, publishing(nil, rebuilt, clientCA)), diagnose.Unknown, []found{maybe(finding.ClientCARebuilt)}},
	{"certificate-authority", "the front proxies' CA", given(presenting(otherCA.pemOf(nil), ""), rejectedWithoutReason, asksFor(clientCA, otherCA), publishing(otherCA, clientCA)), diagnose.Fail, []found{is(finding.ClientCANotTrusted)}},
	{"certificate-authority", "a CA that sounds like the front proxies'", given(presenting(frontProxyCA.pemOf(nil), ""), rejectedWithoutReason, asksFor(clientCA, frontProxyCA)), diagnose.Unknown, []found{maybe(finding.ClientCARebuilt), maybe(finding.ClientCANotTrusted)}},
	{"certificate-authority", "no CA is published", given(presenting(rebuilt.pemOf(nil), ""), rejectedWithoutReason, publishing(nil)), diagnose.Unknown, []found{maybe(finding.ClientCARebuilt)}},
	{"certificate-authority", "expired, of the CA that is published", given(presenting(clientCA.pemOf(from(-48*time.Hour, -time.Second)), ""), rejectedWithoutReason, publishing(nil, clientCA)), diagnose.Unknown, []found{maybe(finding.ClientCARebuilt)}},
	{"certificate-authority", "not published, and accepted", given(presenting(validPEM, ""), acceptedByCertificate, publishing(nil, otherCA)), diagnose.Pass, nil},
	{"certificate-requested", "not asked for, though the API server does", given(presenting(validPEM, ""), handshake(evidence.Handshake{}), publishing(nil, clientCA)), diagnose.Fail, []found{is(finding.ClientCertificateNotRequested)}},
	{"server-reachable", "unknown CA, and the server names another", given(shown(rebuilt.pemOf(nil), clientCA, rebuilt)), diagnose.Fail, []found{is(finding.ServerCertificateUntrusted)}},

	{"same-configuration", "an issuer that one has", given(startedWith(flags(), flags("service-account-issuer="+clusterIss))), diagnose.Warn, []found{is(finding.ReplicasConfiguredDifferently)}},
	{"same-configuration", "a default that one spells out", given(startedWith(flags(), flags("anonymous-auth=true"))), diagnose.Pass, nil},
	{"same-configuration", "one that cannot be read", given(startedWith(flags(), nil), commandLineOf("a shell")), diagnose.Unknown, nil},
	{"same-configuration", "one API server", given(startedWith(flags())), diagnose.NotApplicable, nil},
	{"configuration-loaded", "never read again", given(idToken(nil), counting(time.Time{}, time.Time{})), diagnose.Pass, nil},
	{"configuration-loaded", "failed, and read since", given(idToken(nil), counting(now.Add(-time.Minute), now.Add(-time.Hour))), diagnose.Pass, nil},
	{"configuration-loaded", "read, and failed since", given(idToken(nil), counting(now.Add(-time.Hour), now.Add(-time.Minute))), diagnose.Warn, []found{is(finding.AuthenticationConfigNotLoaded)}},
	{"configuration-loaded", "failed, and never read", given(idToken(nil), counting(time.Time{}, now.Add(-time.Minute))), diagnose.Warn, []found{is(finding.AuthenticationConfigNotLoaded)}},
}

// commandLineOf makes the command line of the last API server unreadable.
func commandLineOf(what string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		if !e.Configuration.APIServers.Known() {
			startedWith(nil)(e)
		}
		servers := e.Configuration.APIServers.Value
		servers[len(servers)-1].Unreadable = finding.T("%s", finding.Message(what))
	}
}

func asksFor(cas ...*authority) func(*evidence.Evidence) {
	h := evidence.Handshake{RequestsCertificate: true}
	for _, ca := range cas {
		h.AcceptableCAs = append(h.AcceptableCAs, ca.leaf.RawSubject)
	}
	return handshake(h)
}

// Each fact names its source, and similar issuers are named.
func TestConfigurationIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		given *evidence.Evidence
		id    finding.ID
		want  []string
	}{
		"an extra slash for a former issuer": {
			given(account(claims{"iss": olderIss + "/"}), refusedWith(bareText), startedWith(flags())), finding.IssuerNotTrusted,
			[]string{"pod kube-system/kube-apiserver-cp1", "--service-account-issuer=" + olderIss, "they differ in a slash at the end", "(no --authentication-token-webhook-config-file)"},
		},
		"http instead of https, with only the hash of the issuer": {
			given(idTokenOf("http://login.example.com"), refusedWith(bareText), startedWith(flags(fileFlag)), counting(time.Time{}, time.Time{}, idpIss)), finding.IssuerNotTrusted,
			[]string{"GET /metrics", `The API server trusts "` + idpIss + `"`, "they differ in the scheme, http and https"},
		},
		"a Pod that contradicts the answer": {
			given(older, refusedWith(bareText), startedWith(flags())), finding.IssuerNotTrusted,
			[]string{"differs from the answer", "out of date"},
		},
		"a stale key cache": {
			given(idToken(nil), refusedWith(words(oidcSignature)), issuerAsked(idpIss, idpKey), counting(time.Time{}, time.Time{}, idpIss)), finding.OIDCKeyCacheStale,
			[]string{"GET /metrics", "last read the issuer's keys at 2026-05-24 16:10:28Z (3h ago)", "last failed to read the issuer's keys at 2026-05-24 18:10:28Z"},
		},
		"bootstrap tokens": {
			given(holding(bootstrapRaw), bootstrapSecret(nil), refusedWith(bareText), startedWith(flags("enable-bootstrap-token-auth"))), finding.BootstrapTokensDisabled,
			[]string{"pod kube-system/kube-apiserver-cp1", "--enable-bootstrap-token-auth=false"},
		},
		"a rebuilt CA": {
			given(presenting(rebuilt.pemOf(nil), ""), rejectedWithoutReason, publishing(nil, clientCA)), finding.ClientCARebuilt,
			[]string{"configmap kube-system/extension-apiserver-authentication", "CN=kubernetes, since 2025-05-24", fingerprint(clientCA.leaf)},
		},
		"a CA for front proxies": {
			given(presenting(otherCA.pemOf(nil), ""), rejectedWithoutReason, asksFor(clientCA, otherCA), publishing(otherCA, clientCA)), finding.ClientCANotTrusted,
			[]string{"a CA for front proxies", "requestheader-client-ca-file"},
		},
		"a load balancer that ends TLS": {
			given(presenting(validPEM, ""), handshake(evidence.Handshake{}), publishing(nil, clientCA)), finding.ClientCertificateNotRequested,
			[]string{"something in front of it terminates TLS"},
		},
		"a rebuilt cluster": {
			given(shown(rebuilt.pemOf(nil), clientCA, rebuilt)), finding.ServerCertificateUntrusted,
			[]string{"over an unverified connection", "for this cluster before it was rebuilt"},
		},
		"a proxy that reads TLS": {
			given(shown(otherCA.pemOf(nil), clientCA, clientCA)), finding.ServerCertificateUntrusted,
			[]string{"A proxy may present its own certificate"},
		},
		"a CA unknown to both": {
			given(shown(otherCA.pemOf(nil), clientCA, rebuilt)), finding.ServerCertificateUntrusted,
			[]string{"did not sign the presented certificate, and is not in the kubeconfig"},
		},
		"two API servers": {
			given(refusedWith(bareText), startedWith(flags(), flags("anonymous-auth=false"))), finding.ReplicasConfiguredDifferently,
			[]string{"kube-apiserver-cp1", "--anonymous-auth=true", "kube-apiserver-cp2", "--anonymous-auth=false"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := ""
			for _, f := range diagnosed(c.given).Findings {
				if f.ID != c.id {
					continue
				}
				text += f.Detail.String() + "\n"
				for _, s := range f.Evidence {
					text += s.Source.String() + ": " + s.Value.String() + "\n"
				}
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s does not say %q:\n%s", c.id, want, text)
				}
			}
		})
	}
}

func idTokenOf(iss string) func(*evidence.Evidence) { return idToken(claims{"iss": iss}) }

// A Pod's flags never turn an acceptance into a rejection, and never hide the server's reason.
func TestConfigurationDoesNotOverrule(t *testing.T) {
	lies := map[string]func(*evidence.Evidence){
		"another issuer":      startedWith(flags("service-account-issuer=https://lies.example")),
		"another audience":    startedWith(flags("api-audiences=lies")),
		"no bootstrap tokens": startedWith(flags("enable-bootstrap-token-auth")),
		"a webhook":           startedWith(flags(hookFlag)),
		"nothing":             startedWith(map[string][]string{}),
		"other CAs":           publishing(nil, newCA("lies")),
	}
	for name, lie := range lies {
		for what, steps := range map[string][]func(*evidence.Evidence){
			"a token":           {},
			"an older token":    {older},
			"a bootstrap token": {holding(bootstrapRaw), noObjects, acceptedAs("system:bootstrap:abcdef")},
			"a certificate":     {presenting(validPEM, ""), acceptedByCertificate},
			"an opaque token":   {holding(opaqueRaw), acceptedAs("jane")},
		} {
			if d := diagnosed(given(append(steps, lie)...)); d.Verdict != diagnose.Accepted {
				t.Errorf("%s, and the Pod lies of %s: %s for %s", what, name, d.Verdict, d.Cause)
			}
		}
		for text, want := range map[string]finding.ID{
			expiredText: finding.TokenExpired, noKeysText: finding.SigningKeyUnknown, saAudienceText: finding.AudienceMismatch,
			`serviceaccounts "robot" not found`: finding.ServiceAccountDeleted,
		} {
			if d := diagnosed(given(refusedWith(words(text)), lie)); d.Cause != want {
				t.Errorf("the server says %q, and the Pod lies of %s: the cause is %s", text, name, d.Cause)
			}
		}
	}
}

// The CA of a certificate does not depend on the time.
func TestSignedByOne(t *testing.T) {
	if signedByOne(given(presenting(rebuilt.pemOf(nil), "")).Subject().Credential.Certificate, []*x509.Certificate{clientCA.leaf}) {
		t.Error("another CA of that name is said to have signed it")
	}
	if !signedByOne(given(presenting(clientCA.pemOf(from(-48*time.Hour, -time.Hour)), "")).Subject().Credential.Certificate, []*x509.Certificate{otherCA.leaf, clientCA.leaf}) {
		t.Error("an expired certificate is said not to be signed by its CA")
	}
}
