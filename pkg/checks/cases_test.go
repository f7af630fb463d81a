package checks

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// found is an expected finding of a case.
type found struct {
	ID        finding.ID
	Certainty finding.Certainty
	Severity  finding.Severity
}

func severity(id finding.ID) finding.Severity {
	e, _ := finding.Lookup(id)
	return e.Severity
}

func is(id finding.ID) found { return found{id, finding.Proved, severity(id)} }

func isLeft(id finding.ID) found { return found{id, finding.Eliminated, severity(id)} }

func maybe(id finding.ID) found { return found{id, finding.Possible, severity(id)} }

func onlyWarns(id finding.ID) found { return found{id, finding.Proved, finding.Warning} }

// checkCase is evidence with the expected result of one check.
type checkCase struct {
	check string
	name  string
	given *evidence.Evidence
	want  diagnose.Status
	finds []found
}

func fault(id finding.ID, effect credential.Effect) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		c := *e.Subject().Credential
		c.Faults = append(c.Faults, credential.Fault{ID: id, Effect: effect, Err: errors.New("what resolve saw")})
		e.Subject().Credential = &c
	}
}

// nothing removes the credential, so that only faults remain.
func nothing(e *evidence.Evidence) {
	sending(&credential.Credential{Source: finding.T("kubeconfig context a user b")})(e)
	answers(asNobody())(e)
	e.Subject().Reviews = nil
}

func basic(e *evidence.Evidence) {
	sending(&credential.Credential{Source: finding.T("kubeconfig"), Basic: &credential.Basic{Username: "jane", Password: token.NewSecret("secret")}})(e)
	answers(asNobody())(e)
	e.Subject().Reviews = nil
}

func described(e *evidence.Evidence) {
	sending(&credential.Credential{Source: finding.T("pod shop/web container web path /token"), Projected: &credential.Projected{
		Namespace: "shop", Pod: "web", ServiceAccount: "robot", Container: "web", Path: "/token", ExpirationSeconds: 3607,
		Remarks: []finding.Text{finding.T("it is mounted with subPath")},
	}})(e)
	e.Subject().Wire = evidence.Unasked[evidence.Answer](finding.T("there was nothing to send"))
	e.Subject().Reviews = nil
}

// inPod is a token of Pod shop/web, read in its container from the file that the kubelet writes.
func inPod(different func(*credential.Projected), changes claims) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		account(bound("pod", "web", "web-uid"))(e)
		podIs(there("web-uid"))(e)
		merged := saClaims(bound("pod", "web", "web-uid"))
		p := &credential.Projected{
			Namespace: "shop", Pod: "web", PodUID: "web-uid", Node: "n1", ServiceAccount: "robot", Container: "web", Path: "/token", ExpirationSeconds: 3600,
		}
		if different != nil {
			different(p)
		}
		e.Subject().Credential = &credential.Credential{
			Source: finding.T("pod shop/web container web path /token"), Token: token.Parse(clusterKey.sign(change(merged, changes), nil)), Projected: p,
		}
	}
}

func unreadable(e *evidence.Evidence) {
	e.Subject().Credential.Projected.Unread = &credential.Fault{
		ID:      finding.TokenNotRead,
		Problem: credential.NoProgram, Attempt: credential.Attempt{Program: "cat", Tried: []string{"cat"}, Said: "not found"},
	}
}

func awsRaw(signed time.Time) string {
	return "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Credential=AKIA/20260524/eu-west-1/sts/aws4_request&X-Amz-Date="+signed.Format("20060102T150405Z")+"&X-Amz-Signature=0123"))
}

const (
	expiredText      = "service account token has expired"
	goneText         = "service account token has been invalidated"
	primitiveText    = "go-jose/go-jose: error in cryptographic primitive"
	noKeysText       = "invalid signature, no keys found"
	oidcSignature    = "oidc: verify token: failed to verify signature: failed to verify id token signature"
	oidcAudienceText = `oidc: verify token: oidc: expected audience "kubernetes" got ["account"]`
	saAudienceText   = `token audiences ["vault"] is invalid for the target audiences ["https://kubernetes.default.svc.cluster.local"]`
	webhookDownText  = `Post "https://webhook.example/authenticate": dial tcp 10.0.0.1:443: connect: connection refused`
)

var (
	validPEM       = clientCA.pemOf(nil)
	tampered       = clusterKey.sign(saClaims(nil), nil)
	signatureOfAll = strings.Split(clusterKey.sign(saClaims(claims{"jti": "other"}), nil), ".")[2]
	edited         = tampered[:strings.LastIndexByte(tampered, '.')+1] + signatureOfAll
)

// mismatched is a certificate with the key of another certificate.
var mismatched = withoutKey(validPEM) + strings.TrimPrefix(otherPEM, withoutKey(otherPEM))

var otherPEM = clientCA.pemOf(nil)

// asTheContext makes the credential the one that the kubeconfig's context sends.
func asTheContext(e *evidence.Evidence) {
	c := *e.Subject().Credential
	c.AsCaller = true
	e.Subject().Credential = &c
}

func actingAs(user string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		asTheContext(e)
		fault(finding.ImpersonationConfigured, credential.Remark)(e)
		c := e.Subject().Credential
		c.Faults[len(c.Faults)-1].As = user
	}
}

func callerIs(user string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Caller = evidence.Is(token.Identity{Username: user}, finding.Text{}) }
}

func bootstrapSecret(change func(*evidence.Secret)) func(*evidence.Evidence) {
	s := evidence.Secret{Object: there("s"), Type: credential.SecretTypeBootstrapToken, Bootstrap: &evidence.BootstrapSecret{
		TypeMatches: true, IDMatches: true, SecretMatches: true, UsageAuthentication: "true", ExtraGroups: "system:bootstrappers:kubeadm:default-node-token",
	}}
	if change != nil {
		change(&s)
	}
	return secretIs(s)
}

func legacySecretIs(change func(*evidence.Secret)) func(*evidence.Evidence) {
	s := evidence.Secret{Object: there("s"), Type: credential.SecretTypeServiceAccountToken, HoldsToken: true, LastUsed: "2026-05-01"}
	if change != nil {
		change(&s)
	}
	return secretIs(s)
}

// foreign is a token in the form of a ServiceAccount token, from another cluster with its own issuer.
var foreign = holding(otherKey.sign(saClaims(claims{"iss": "https://other-cluster.example"}), nil))

// namesake is a token of another cluster whose issuer has the same name.
var namesake = holding(otherKey.sign(saClaims(nil), nil))

func handshake(h evidence.Handshake) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Server.Handshake = evidence.Is(h, finding.T("TLS handshake")) }
}

func wireFails(kind evidence.FailureKind, text string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Subject().Wire = evidence.Not[evidence.Answer](&evidence.Failure{Kind: kind, Said: finding.T("%s", finding.Message(text)), Transport: evidence.TransportOther}, finding.Text{})
	}
}

// only removes the earlier reviews.
func only(step func(*evidence.Evidence)) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		e.Subject().Reviews = nil
		step(e)
	}
}

func from(notBefore, notAfter time.Duration) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(notBefore), now.Add(notAfter) }
}

const frontProxyRefused = "failing or missing response from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: bad status from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: 401"

// behind has metrics-server serve its own API. The APIService has this condition, and the credential gets this
// answer from metrics-server.
func behind(available, reason, message string, answer *evidence.Answer) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) {
		api := evidence.AggregatedAPI{
			Name: "v1beta1.metrics.k8s.io", Group: "metrics.k8s.io", Version: "v1beta1", Namespace: "kube-system", Service: "metrics-server",
			Available: available, Reason: reason, Message: message,
		}
		e.Server.Aggregated = evidence.Is([]evidence.AggregatedAPI{api}, finding.T("GET apiservices"))
		if answer != nil {
			e.Subject().Aggregated = map[string]evidence.Fact[evidence.Answer]{api.Name: evidence.Is(*answer, finding.T("GET /apis/metrics.k8s.io/v1beta1"))}
		}
	}
}

// another adds an aggregated API of another Service.
func another(e *evidence.Evidence) {
	api := e.Server.Aggregated.Value[0]
	api.Name, api.Group, api.Service = "v1.custom.metrics.k8s.io", "custom.metrics.k8s.io", "prometheus-adapter"
	e.Server.Aggregated.Value = append(e.Server.Aggregated.Value, api)
}

func ofSpec(change func(*credential.Projected)) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { change(e.Subject().Credential.Projected) }
}

// inFile is a credential from a file, and ofContext is one from the kubeconfig.
func inFile(e *evidence.Evidence) {
	sending(&credential.Credential{Source: finding.T("file token"), Again: finding.Run("-f").Word("token")})(e)
}

func ofContext(e *evidence.Evidence) {
	sending(&credential.Credential{Source: finding.T("kubeconfig"), AsCaller: true, Trace: &credential.Trace{
		Settings: []credential.Setting{{Name: "cluster", Value: finding.T("prod")}, {Name: "user", Value: finding.T("jane")}}, Methods: []credential.Method{{Key: finding.T("token")}},
	}})(e)
}

// holdingMore is that credential with this token.
func holdingMore(raw string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Subject().Credential.Token = token.Parse(raw) }
}

func padded() string {
	parts := strings.Split(tampered, ".")
	return parts[0] + "=." + parts[1] + "=." + parts[2]
}

var checkCases = []checkCase{
	// What the client sends.
	{"credential-produced", "auth provider", given(nothing, fault(finding.AuthProviderRemoved, credential.Unavailable)), diagnose.Fail, []found{is(finding.AuthProviderRemoved)}},
	{"credential-produced", "plugin missing", given(nothing, fault(finding.ExecPluginNotFound, credential.Unavailable)), diagnose.Fail, []found{is(finding.ExecPluginNotFound)}},
	{"credential-produced", "plugin fails", given(nothing, fault(finding.ExecPluginFailed, credential.Unavailable)), diagnose.Fail, []found{is(finding.ExecPluginFailed)}},
	{"credential-produced", "plugin of another version", given(nothing, fault(finding.ExecPluginVersionMismatch, credential.Unavailable)), diagnose.Fail, []found{is(finding.ExecPluginVersionMismatch)}},
	{"credential-produced", "plugin without output", given(nothing, fault(finding.ExecPluginNoCredential, credential.Unavailable)), diagnose.Fail, []found{is(finding.ExecPluginNoCredential)}},
	{"credential-produced", "kubeconfig invalid", given(nothing, fault(finding.KubeconfigInvalid, credential.Unavailable)), diagnose.Fail, []found{is(finding.KubeconfigInvalid)}},
	{"credential-produced", "auth provider failed", given(nothing, fault(finding.AuthProviderFailed, credential.Unavailable)), diagnose.Fail, []found{is(finding.AuthProviderFailed)}},
	{"credential-produced", "exec plugin needs terminal", given(nothing, fault(finding.ExecPluginNeedsTerminal, credential.Unavailable)), diagnose.Fail, []found{is(finding.ExecPluginNeedsTerminal)}},
	{"credential-produced", "exec plugin not allowed", given(nothing, fault(finding.ExecPluginNotAllowed, credential.Unavailable)), diagnose.Fail, []found{is(finding.ExecPluginNotAllowed)}},
	{"credential-produced", "client certificate unusable", given(nothing, fault(finding.ClientCertificateUnusable, credential.Unavailable)), diagnose.Fail, []found{is(finding.ClientCertificateUnusable)}},
	{"credential-produced", "certificate without key", given(nothing, fault(finding.CertificateWithoutKey, credential.Unavailable)), diagnose.Fail, []found{is(finding.CertificateWithoutKey)}},
	{"credential-produced", "a cluster that is not there", given(nothing, fault(finding.KubeconfigInvalid, credential.Dropped)), diagnose.Fail, []found{is(finding.KubeconfigInvalid)}},
	{"credential-produced", "an answer that calls itself expired", given(fault(finding.ExecCredentialExpired, credential.Remark)), diagnose.Warn, []found{is(finding.ExecCredentialExpired)}},
	{"credential-produced", "a server that is not checked", given(fault(finding.ServerCertificateUnchecked, credential.Remark)), diagnose.Warn, []found{is(finding.ServerCertificateUnchecked)}},
	{"credential-present", "a missing cluster is no missing credential", given(nothing, fault(finding.KubeconfigInvalid, credential.Dropped)), diagnose.NotApplicable, nil},
	{"credential-at-hand", "a key of another certificate", given(presenting(mismatched, "")), diagnose.Fail, []found{is(finding.ClientCertificateUnusable)}},
	{"impersonation", "none", given(asTheContext), diagnose.Pass, nil},
	{"impersonation", "a credential passed with -f", given(), diagnose.NotApplicable, nil},
	{"impersonation", "the server authenticates the caller as that user", given(actingAs("jane"), callerIs("jane")), diagnose.Warn, []found{is(finding.ImpersonationConfigured)}},
	{"impersonation", "the server refuses", given(actingAs("jane"), callerIs("robot")), diagnose.Warn, []found{is(finding.ImpersonationConfigured)}},
	{"impersonation", "no server could be asked", given(actingAs("jane"), unreachable(evidence.TransportRefused, "refused")), diagnose.Warn, []found{is(finding.ImpersonationConfigured)}},
	{"credential-produced", "plugin skipped", given(fault(finding.ExecPluginSkipped, credential.Remark)), diagnose.Warn, []found{is(finding.ExecPluginSkipped)}},
	{"credential-produced", "tokenFile and token", given(fault(finding.TokenShadowedByTokenFile, credential.Remark)), diagnose.Warn, []found{is(finding.TokenShadowedByTokenFile)}},
	{"credential-produced", "tokenFile missing", given(nothing, fault(finding.TokenFileUnreadable, credential.Unavailable)), diagnose.Fail, []found{is(finding.TokenFileUnreadable)}},
	{"credential-produced", "plain HTTP, and no server asked", given(nothing, fault(finding.PlainHTTPServer, credential.Dropped), func(e *evidence.Evidence) { e.Server.URL = "" }), diagnose.Fail, []found{is(finding.PlainHTTPServer)}},
	{"credential-produced", "plain HTTP is the connection's", given(nothing, fault(finding.PlainHTTPServer, credential.Dropped)), diagnose.Pass, nil},
	{"credential-produced", "no user is no broken credential", given(nothing, fault(finding.NoCredential, credential.Dropped)), diagnose.Pass, nil},
	{"credential-at-hand", "a Pod's spec", given(described), diagnose.Unknown, []found{is(finding.TokenNotRead)}},
	{"credential-at-hand", "a Pod's spec that names an audience", given(described, ofSpec(func(p *credential.Projected) { p.Audience = "vault" })), diagnose.Unknown, []found{is(finding.TokenNotRead)}},
	{"credential-at-hand", "a Pod's spec that asks for none", given(described, ofSpec(func(p *credential.Projected) { p.Undeclared = true })), diagnose.Unknown, []found{is(finding.TokenNotRead)}},
	{"credential-at-hand", "a Pod's token that was read", given(inPod(nil, nil)), diagnose.Pass, nil},
	{"credential-at-hand", "a Pod's token that could not be read", given(described, unreadable), diagnose.Unknown, []found{is(finding.TokenNotRead)}},
	{"credential-at-hand", "a Pod's file that could not be read", given(described, fault(finding.TokenFileUnreadable, credential.Unavailable)), diagnose.Unknown, []found{is(finding.TokenNotRead)}},
	{"credential-present", "an empty token, read in a Pod", given(inPod(nil, nil), func(e *evidence.Evidence) { e.Subject().Credential.Token = token.Parse(" ") }, answers(asNobody())), diagnose.Fail, []found{is(finding.EmptyBearerToken)}},
	{"credential-at-hand", "certificate alone", given(presenting(withoutKey(validPEM), "")), diagnose.Fail, []found{is(finding.CertificateWithoutKey)}},
	{"credential-at-hand", "certificate and key", given(presenting(validPEM, "")), diagnose.Pass, nil},
	{"credential-present", "no user", given(nothing), diagnose.Fail, []found{is(finding.NoCredential)}},
	{"credential-present", "no user, with the reason", given(nothing, fault(finding.NoCredential, credential.Dropped)), diagnose.Fail, []found{is(finding.NoCredential)}},
	{"credential-present", "empty", given(holding(" "), answers(asNobody())), diagnose.Fail, []found{is(finding.EmptyBearerToken)}},
	{"credential-present", "a token", given(), diagnose.Pass, nil},
	{"credential-present", "a plugin that fails is no missing credential", given(nothing, fault(finding.ExecPluginFailed, credential.Unavailable)), diagnose.NotApplicable, nil},
	{"token-sendable", "leading space", given(holding(" " + tampered)), diagnose.Fail, []found{is(finding.TokenHasWhitespace)}},
	{"token-sendable", "line break", given(holding(tampered + "\n")), diagnose.Fail, []found{is(finding.TokenHasWhitespace)}},
	{"token-sendable", "line break, and a certificate", given(presenting(validPEM, tampered+"\n")), diagnose.Fail, []found{is(finding.TokenHasWhitespace)}},
	{"token-sendable", "trailing space is trimmed", given(holding(tampered + " ")), diagnose.Warn, []found{onlyWarns(finding.TokenHasWhitespace)}},
	{"token-sendable", "scheme twice", given(holding("Bearer " + tampered)), diagnose.Fail, []found{is(finding.AuthorizationSchemePasted)}},
	{"token-sendable", "a control character", given(holding("hunter\x012")), diagnose.Fail, []found{is(finding.TokenHasControlCharacters)}},
	{"credential-produced", "a file with a mark", given(readFrom("\ufeff" + tampered)), diagnose.Warn, []found{is(finding.TokenFileEncoding)}},
	{"token-sendable", "text around it", given(inFile, holdingMore("the token is "+tampered+" and no other")), diagnose.Fail, []found{is(finding.TokenHasWhitespace)}},
	{"token-sendable", "two of them", given(inFile, holdingMore(tampered+" "+rsaToken("RS256"))), diagnose.Warn, []found{onlyWarns(finding.TokenHasWhitespace)}},
	{"token-sendable", "text around it, in the kubeconfig", given(ofContext, holdingMore("the token is "+tampered+" and no other")), diagnose.Fail, []found{is(finding.TokenHasWhitespace)}},
	{"token-sendable", "a control character in a file", given(inFile, holdingMore("hunter\x012")), diagnose.Fail, []found{is(finding.TokenHasControlCharacters)}},
	{"token-sendable", "valid", given(), diagnose.Pass, nil},
	{"token-not-shadowed", "both are sent", given(presenting(validPEM, tampered), acceptedByCertificate), diagnose.Warn, []found{is(finding.TokenShadowedByClientCertificate)}},
	{"token-not-shadowed", "before 1.32 only the name tells", given(presenting(validPEM, tampered), answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: "jane"}}), version("v1.31.14")), diagnose.Warn, []found{is(finding.TokenShadowedByClientCertificate)}},
	{"token-not-shadowed", "since 1.32 no fingerprint means no certificate", given(presenting(validPEM, tampered), version("v1.36.3"), answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: "jane"}})), diagnose.Pass, nil},
	{"token-not-shadowed", "no server was asked", given(presenting(validPEM, tampered), unreachable(evidence.TransportRefused, "refused")), diagnose.Warn, []found{is(finding.TokenShadowedByClientCertificate)}},
	{"token-not-shadowed", "the certificate is rejected, the token accepted", given(presenting(validPEM, tampered), answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: robot}})), diagnose.Pass, nil},
	{"token-not-shadowed", "certificate alone", given(presenting(validPEM, "")), diagnose.Pass, nil},

	// The connection to the server.
	{"encrypted-connection", "http", given(plainHTTPServer), diagnose.Fail, []found{is(finding.PlainHTTPServer)}},
	{"encrypted-connection", "http, and a kubeconfig whose credential was dropped", given(nothing, plainHTTPServer, fault(finding.PlainHTTPServer, credential.Dropped)), diagnose.Fail, []found{is(finding.PlainHTTPServer)}},
	{"encrypted-connection", "no kubeconfig", given(noKubeconfigServer), diagnose.Fail, []found{is(finding.KubeconfigInvalid)}},
	{"encrypted-connection", "a kubeconfig with the default address of kubectl", given(noKubeconfigServer, func(e *evidence.Evidence) { e.Server.Trust.Cluster = "prod" }), diagnose.Fail, []found{is(finding.PlainHTTPServer)}},
	{"encrypted-connection", "http, and no credential", given(nothing, plainHTTPServer), diagnose.Pass, nil},
	{"encrypted-connection", "https", given(), diagnose.Pass, nil},
	{"server-reachable", "a kubeconfig that does not load", given(func(e *evidence.Evidence) {
		e.Server.URL = ""
		e.Kubeconfig = &credential.Fault{ID: finding.KubeconfigInvalid, Problem: credential.ContextUnknown, Context: "gone"}
	}), diagnose.Fail, []found{is(finding.KubeconfigInvalid)}},
	{"server-reachable", "refused", given(unreachable(evidence.TransportRefused, "connection refused")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "no such host", given(unreachable(evidence.TransportDNS, "lookup api.example: no such host")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "no route", given(unreachable(evidence.TransportNoRoute, "no route to host")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "no connection", given(unreachable(evidence.TransportNoConnection, "no connection in time")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "unknown CA", given(unreachable(evidence.TransportUntrusted, "unknown authority")), diagnose.Fail, []found{is(finding.ServerCertificateUntrusted)}},
	{"server-reachable", "wrong name", given(unreachable(evidence.TransportWrongName, "valid for a, not b")), diagnose.Fail, []found{is(finding.ServerCertificateNameMismatch)}},
	{"server-reachable", "expired", given(unreachable(evidence.TransportExpired, "expired")), diagnose.Fail, []found{is(finding.ServerCertificateExpired)}},
	{"server-reachable", "only the request with the credential fails", given(wireFails(evidence.Unreachable, "no answer in time")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "an answer that is none", given(wireFails(evidence.Unusable, "larger than 1 MiB")), diagnose.Pass, nil},
	{"server-reachable", "a TLS alert at the certificate", given(presenting(validPEM, ""), wireFails(evidence.Unreachable, "remote error: tls: unknown certificate authority")), diagnose.Pass, nil},
	{"server-reachable", "it answers", given(), diagnose.Pass, nil},
	{"answered-by-api-server", "a proxy's 401", given(answers(evidence.Answer{Status: 401, ServerHeader: "nginx", ContentType: "text/html"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a login page", given(answers(evidence.Answer{Status: 302, Location: "https://login.example/start"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a redirect without a host", given(answers(evidence.Answer{Status: 302, Location: "/login"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a proxy that wants a password", given(answers(evidence.Answer{Status: 407})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a gateway that names a scheme", given(answers(evidence.Answer{Status: 401, Challenge: "Basic realm=gateway"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a scheme with 403", given(answers(evidence.Answer{Status: 403, Challenge: "Basic realm=gateway"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a port without HTTP", given(answers(evidence.Answer{Status: 400, ContentType: "text/plain; charset=utf-8"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "text with 403", given(answers(evidence.Answer{Status: 403, ContentType: "text/plain"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "400 that is no text", given(answers(evidence.Answer{Status: 400, ContentType: "application/json"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a page with a title", given(answers(evidence.Answer{Status: 200, PageTitle: "Welcome"})), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "an answer that is none", given(wireFails(evidence.Unusable, "larger than 1 MiB")), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "a TLS alert at the certificate", given(presenting(validPEM, ""), wireFails(evidence.Unreachable, "remote error: tls: unknown certificate authority")), diagnose.Fail, []found{is(finding.AnswerNotFromAPIServer)}},
	{"answered-by-api-server", "an API server's 401", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"question-answered", "503", given(answers(evidence.Answer{Status: 503, FromAPIServer: true, Message: "etcd"})), diagnose.Fail, []found{is(finding.APIServerError)}},
	{"question-answered", "before 1.28", given(answers(evidence.Answer{Status: 404, FromAPIServer: true})), diagnose.Unknown, nil},
	{"question-answered", "401 is an answer", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"credential-arrives", "anonymous", given(answers(asNobody())), diagnose.Fail, []found{is(finding.CredentialStripped)}},
	{"credential-arrives", "claims that name their user so", given(answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: anonymousUser, Groups: []string{"developers"}}})), diagnose.Pass, nil},
	{"credential-arrives", "401 means that it arrived", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"own-identity", "a gateway's", given(answers(janeServed), anonymousIs(janeServed)), diagnose.Fail, []found{is(finding.IdentitySuppliedOnTheWay)}},
	{"own-identity", "another user without the credential", given(anonymousIs(janeServed)), diagnose.Pass, nil},
	{"own-identity", "anonymous without the credential", given(), diagnose.Pass, nil},
	{"credential-arrives", "a space too many is not lost on the way", given(holding(" "+tampered), answers(asNobody())), diagnose.NotApplicable, nil},
	{"clocks-agree", "an hour ahead", given(clock(time.Hour)), diagnose.Warn, []found{is(finding.ClockSkew)}},
	{"clocks-agree", "an hour behind", given(clock(-time.Hour)), diagnose.Warn, []found{is(finding.ClockSkew)}},
	{"clocks-agree", "half a minute", given(clock(-30 * time.Second)), diagnose.Pass, nil},
	{"clocks-agree", "not known", given(noClock), diagnose.Unknown, nil},

	// Client certificates.
	{"certificate-requested", "not asked for", given(presenting(validPEM, ""), handshake(evidence.Handshake{})), diagnose.Fail, []found{is(finding.ClientCertificateNotRequested)}},
	{"certificate-requested", "no CA for clients", given(presenting(validPEM, ""), handshake(evidence.Handshake{}), publishing(nil)), diagnose.Fail, []found{is(finding.ClientCertificateNotRequested)}},
	{"certificate-requested", "asked for", given(presenting(validPEM, "")), diagnose.Pass, nil},
	{"certificate-requested", "not seen", given(presenting(validPEM, ""), unreachable(evidence.TransportDNS, "no such host")), diagnose.Unknown, nil},
	{"certificate-authority", "another CA", given(presenting(otherCA.pemOf(nil), ""), rejectedWithoutReason), diagnose.Fail, []found{is(finding.ClientCANotTrusted)}},
	{"certificate-authority", "the CA's name, and rejected", given(presenting(newCA("kubernetes").pemOf(nil), ""), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.ClientCARebuilt)}},
	{"certificate-authority", "cross-signed, and accepted", given(presenting(otherCA.pemOf(nil), ""), answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: "jane"}})), diagnose.Pass, nil},
	{"certificate-authority", "another CA, and the token is accepted", given(presenting(otherCA.pemOf(nil), tampered), answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: robot}})), diagnose.Fail, []found{is(finding.ClientCANotTrusted)}},
	{"certificate-authority", "the server names no CA", given(presenting(validPEM, ""), rejectedWithoutReason, handshake(evidence.Handshake{RequestsCertificate: true})), diagnose.Unknown, []found{maybe(finding.ClientCANotTrusted), maybe(finding.ClientCARebuilt)}},
	{"certificate-authority", "accepted", given(presenting(validPEM, ""), acceptedByCertificate), diagnose.Pass, nil},
	{"certificate-validity", "expired", given(presenting(clientCA.pemOf(from(-48*time.Hour, -time.Second)), ""), rejectedWithoutReason), diagnose.Fail, []found{is(finding.CertificateExpired)}},
	{"certificate-validity", "expired by an unreliable clock", given(presenting(clientCA.pemOf(from(-48*time.Hour, -time.Second)), ""), rejectedWithoutReason, noClock), diagnose.Unknown, []found{maybe(finding.CertificateExpired)}},
	{"certificate-validity", "expired here, not there", given(presenting(clientCA.pemOf(from(-48*time.Hour, -time.Minute)), ""), acceptedByCertificate, clock(-time.Hour)), diagnose.Warn, []found{is(finding.CertificateExpiresSoon)}},
	{"certificate-validity", "not yet", given(presenting(clientCA.pemOf(from(time.Minute, time.Hour)), ""), rejectedWithoutReason), diagnose.Fail, []found{is(finding.CertificateNotYetValid)}},
	{"certificate-validity", "soon", given(presenting(clientCA.pemOf(from(-335*24*time.Hour, 29*24*time.Hour)), ""), acceptedByCertificate), diagnose.Warn, []found{is(finding.CertificateExpiresSoon)}},
	{"certificate-validity", "a month to go", given(presenting(clientCA.pemOf(from(-335*24*time.Hour, 31*24*time.Hour)), ""), acceptedByCertificate), diagnose.Pass, nil},
	{"certificate-usage", "for servers", given(presenting(clientCA.pemOf(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), ""), rejectedWithoutReason), diagnose.Fail, []found{is(finding.CertificateKeyUsage)}},
	{"certificate-usage", "for any usage", given(presenting(clientCA.pemOf(func(c *x509.Certificate) { c.ExtKeyUsage = nil }), "")), diagnose.Pass, nil},
	{"certificate-common-name", "no user name", given(presenting(clientCA.pemOf(func(c *x509.Certificate) { c.Subject = pkix.Name{Organization: []string{"developers"}} }), "")), diagnose.Fail, []found{is(finding.CertificateWithoutCommonName)}},
	{"certificate-common-name", "jane's", given(presenting(validPEM, "")), diagnose.Pass, nil},

	// The encoding of the token.
	{"basic-authentication", "user name and password", given(basic), diagnose.Fail, []found{is(finding.BasicAuthUnsupported)}},
	{"basic-authentication", "a server that accepts it", given(basic, answers(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: "jane"}})), diagnose.Pass, nil},
	{"basic-authentication", "a token", given(), diagnose.Pass, nil},
	{"token-writing", "base64", given(holding(base64.StdEncoding.EncodeToString([]byte(tampered))), refusedWith(bareText)), diagnose.Fail, []found{is(finding.TokenBase64Wrapped)}},
	{"token-writing", "two parts", given(holding(tampered[:strings.LastIndexByte(tampered, '.')]), refusedWith(bareText)), diagnose.Fail, []found{is(finding.TokenTruncated)}},
	{"token-writing", "padded", given(holding(padded()), refusedWith(bareText)), diagnose.Fail, []found{is(finding.TokenPadded)}},
	{"token-writing", "six parts", given(holding(tampered+".a.b.c"), refusedWith(bareText)), diagnose.Fail, []found{is(finding.MalformedJWT)}},
	{"token-writing", "valid", given(), diagnose.Pass, nil},
	{"token-encryption", "five parts", given(holding(unsigned(claims{"alg": "RSA-OAEP", "enc": "A256GCM"}, nil, "a")+".YQ.YQ"), refusedWith(bareText)), diagnose.Fail, []found{is(finding.EncryptedToken)}},
	{"token-encryption", "three", given(), diagnose.Pass, nil},

	// Issuer, key and signature.
	{"issuer-trusted", "no authenticator examined it", given(foreign, refusedWith(bareText)), diagnose.Fail, []found{isLeft(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "an ID token that no authenticator examined, with a space that is trimmed", given(holding(idpKey.sign(idClaims(nil), nil)+" "), refusedWith(bareText), noKeys), diagnose.Fail, []found{isLeft(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "bare, and the header is unreadable to a JOSE library", given(holding(idpKey.sign(idClaims(nil), claims{"jwk": claims{"kty": "RSA", "n": 1}})), refusedWith(bareText)), diagnose.Unknown, nil},
	{"issuer-trusted", "bare, and badly written", given(holding(padded()), func(e *evidence.Evidence) { noKeys(e); refusedWith(bareText)(e) }), diagnose.Unknown, nil},
	{"issuer-trusted", "another issuer, and no error message", given(foreign, rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "bare for other audiences only", given(asking("vault"), idToken(nil), answers(unauthorized()), only(refusedFor(bareText, "vault")), noKeys), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "not configured, and no webhook", given(foreign, rejectedWithoutReason, startedWith(flags())), diagnose.Fail, []found{is(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "not configured, and a webhook that may take it", given(foreign, rejectedWithoutReason, startedWith(flags(diagnose.WebhookFlag+"=/etc/hook"))), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "not configured, and rejected by the webhook", given(idToken(nil), refusedWith(words("session expired")), startedWith(flags(diagnose.WebhookFlag+"=/etc/hook"))), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "the issuers are unknown", given(foreign, rejectedWithoutReason, noKeys), diagnose.Unknown, []found{maybe(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "claims of a legacy token, and another issuer", given(secretToken(claims{"iss": "https://vault.example"}), refusedWith(bareText)), diagnose.Fail, []found{isLeft(finding.IssuerNotTrusted)}},
	{"issuer-trusted", "a legacy token", given(secretToken(nil), refusedWith(words("Token has been invalidated"))), diagnose.Pass, nil},
	{"issuer-trusted", "rejected for another reason", given(foreign, refusedWith(words(expiredText))), diagnose.Pass, nil},
	{"issuer-trusted", "the cluster's own", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"signing-algorithm", "none", given(holding(unsigned(claims{"alg": "none"}, saClaims(nil), "")), refusedWith(words(primitiveText))), diagnose.Fail, []found{is(finding.AlgorithmNotAccepted)}},
	{"signing-algorithm", "HMAC", given(holding(unsigned(claims{"alg": "HS256"}, saClaims(nil), strings.Repeat("x", 32))), rejectedWithoutReason), diagnose.Fail, []found{is(finding.AlgorithmNotAccepted)}},
	{"signing-algorithm", "named in the error message", given(idToken(nil), refusedWith(words(`oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"`))), diagnose.Fail, []found{is(finding.AlgorithmNotAccepted)}},
	{"signing-algorithm", "HMAC, and a webhook accepts it", given(holding(unsigned(claims{"alg": "HS256"}, idClaims(nil), strings.Repeat("x", 32))), acceptedAs("jane")), diagnose.Pass, nil},
	{"signing-algorithm", "ES256", given(), diagnose.Pass, nil},
	{"signing-key", "named in the error message", given(namesake, refusedWith(words(noKeysText))), diagnose.Fail, []found{is(finding.SigningKeyUnknown)}},
	{"signing-key", "not among the published", given(namesake, rejectedWithoutReason), diagnose.Fail, []found{is(finding.SigningKeyUnknown)}},
	{"signing-key", "another issuer, with unread keys", given(foreign, rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.SigningKeyUnknown)}},
	{"signing-key", "the cluster's issuer is unknown", given(namesake, rejectedWithoutReason, undiscovered), diagnose.Unknown, []found{maybe(finding.SigningKeyUnknown)}},
	{"signing-key", "the flags say that it is", given(namesake, rejectedWithoutReason, undiscovered, startedWith(flags())), diagnose.Fail, []found{is(finding.SigningKeyUnknown)}},
	{"signing-key", "an external signer may have more keys than are published", given(namesake, rejectedWithoutReason, published(external)), diagnose.Unknown, []found{maybe(finding.SigningKeyUnknown)}},
	{"signing-key", "before 1.32 there was no external signer", given(namesake, rejectedWithoutReason, published(external), version("v1.31.14")), diagnose.Fail, []found{is(finding.SigningKeyUnknown)}},
	{"signing-key", "named in the error message, for any issuer", given(namesake, refusedWith(words(noKeysText)), published(external)), diagnose.Fail, []found{is(finding.SigningKeyUnknown)}},
	{"signing-key", "no keys to compare with", given(namesake, rejectedWithoutReason, noKeys), diagnose.Unknown, []found{maybe(finding.SigningKeyUnknown)}},
	{"signing-key", "an issuer that was not asked", given(idToken(nil), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.SigningKeyUnknown)}},
	{"signing-key", "not among its issuer's", given(idToken(nil), refusedWith(words(oidcSignature)), issuerAsked(idpIss, otherKey)), diagnose.Fail, []found{is(finding.SigningKeyUnknown)}},
	{"signing-key", "another issuer than the token's was asked", given(idToken(nil), refusedWith(words(oidcSignature)), issuerAsked("https://accounts.example", otherKey)), diagnose.Unknown, nil},
	{"signing-key", "among its issuer's", given(idToken(nil), refusedWith(words(oidcSignature)), issuerAsked(idpIss, idpKey)), diagnose.Pass, nil},
	{"signing-key", "since 1.31 another text means that it is there", given(holding(edited), refusedWith(words(primitiveText)), noKeys), diagnose.Pass, nil},
	{"signing-key", "before, it does not", given(holding(edited), refusedWith(words(primitiveText)), noKeys, version("v1.30.14")), diagnose.Unknown, []found{maybe(finding.SigningKeyUnknown)}},
	{"signing-key", "before 1.36 an ID token's audience came first", given(idToken(claims{"aud": "account"}), refusedWith(words(oidcAudienceText)), version("v1.35.1")), diagnose.Unknown, []found{maybe(finding.SigningKeyUnknown)}},
	{"signing-key", "since 1.36 it comes last", given(idToken(claims{"aud": "account"}), refusedWith(words(oidcAudienceText))), diagnose.Pass, nil},
	{"signing-key", "got past", given(namesake, refusedWith(words(expiredText))), diagnose.Pass, nil},
	{"signing-key", "there", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"signing-key", "no kid", given(holding(clusterKey.sign(saClaims(nil), claims{"kid": ""})), rejectedWithoutReason), diagnose.Pass, nil},
	{"signature", "edited", given(holding(edited), rejectedWithoutReason), diagnose.Fail, []found{is(finding.SignatureInvalid)}},
	{"signature", "edited, with a cluster's error message", given(holding(edited), refusedWith(words(primitiveText))), diagnose.Fail, []found{is(finding.SignatureInvalid)}},
	{"signature", "no key, and an ambiguous error message", given(holding(edited), refusedWith(words(primitiveText)), noKeys), diagnose.Unknown, []found{maybe(finding.SignatureInvalid)}},
	{"signature", "no key, and no error message", given(rejectedWithoutReason, noKeys), diagnose.Unknown, []found{maybe(finding.SignatureInvalid)}},
	{"signature", "of an unknown key", given(namesake, refusedWith(words(noKeysText)), noKeys), diagnose.Unknown, nil},
	{"signature", "a kid of another key", given(holding(otherKey.sign(saClaims(nil), claims{"kid": clusterKey.kid})), rejectedWithoutReason), diagnose.Fail, []found{is(finding.SignatureInvalid)}},
	{"signature", "no kid, and an issuer with unread keys", given(holding(otherKey.sign(saClaims(claims{"iss": "https://other.example"}), claims{"kid": ""})), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.SignatureInvalid)}},
	{"signature", "cut, as only its key shows", given(holding(cutRSA()), withRSA, rejectedWithoutReason), diagnose.Fail, []found{is(finding.TokenTruncated)}},
	{"signature", "a key of another kind", given(holding(rsaToken("ES256")), withRSA, rejectedWithoutReason), diagnose.Fail, []found{is(finding.AlgorithmNotAccepted)}},
	{"signature", "verified here", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"signature", "got past", given(holding(edited), refusedWith(words(expiredText))), diagnose.Pass, nil},
	{"signature", "verified with its issuer's keys", given(idToken(nil), rejectedWithoutReason, issuerAsked(idpIss, idpKey)), diagnose.Pass, nil},
	{"signature", "an issuer with unread keys", given(idToken(nil), refusedWith(words(oidcSignature))), diagnose.Fail, []found{is(finding.SignatureInvalid)}},
	{"signature", "another issuer's keys prove nothing", given(idToken(nil), rejectedWithoutReason, issuerAsked("https://accounts.example", otherKey)), diagnose.Unknown, []found{maybe(finding.SignatureInvalid)}},

	// Audience.
	{"audience", "named in the error message", given(account(claims{"aud": []string{"vault"}}), refusedWith(words(saAudienceText))), diagnose.Fail, []found{is(finding.AudienceMismatch)}},
	{"audience", "an ID token's, named in the error message", given(idToken(claims{"aud": "account"}), refusedWith(words(oidcAudienceText))), diagnose.Fail, []found{is(finding.AudienceMismatch)}},
	{"audience", "an access token's has a narrower reason", given(idToken(claims{"aud": "account", "typ": "Bearer"}), refusedWith(words(oidcAudienceText))), diagnose.Pass, nil},
	{"audience", "not the one asked for", given(asking("vault"), unreviewed), diagnose.Fail, []found{is(finding.AudienceMismatch)}},
	{"audience", "the one asked for, and not the server's own", given(asking("vault"), account(claims{"aud": []string{"vault"}}), refusedWith(words(saAudienceText)), acceptedFor(robot, "vault")), diagnose.Pass, nil},
	{"audience", "an ID token's aud does not show the server's audience", given(asking("vault"), idToken(claims{"aud": "kubernetes"}), acceptedAs("jane"), acceptedFor("jane", "vault")), diagnose.Pass, nil},
	{"audience", "an ID token that is ignored for it", given(asking("vault"), idToken(nil), acceptedAs("jane"), refusedFor(bareText, "vault")), diagnose.Fail, []found{isLeft(finding.AudienceMismatch)}},
	{"audience", "an expired ID token that is ignored for it", given(asking("vault"), idToken(nil), refusedWith(words("oidc: verify token: oidc: token is expired (Token Expiry: x)")), refusedFor(bareText, "vault")), diagnose.Fail, []found{isLeft(finding.AudienceMismatch)}},
	{"audience", "a static token that is ignored for it", given(asking("vault"), holding(opaqueRaw), acceptedAs("jane"), refusedFor(bareText, "vault")), diagnose.Fail, []found{isLeft(finding.AudienceMismatch)}},
	{"audience", "a static token, and TokenReviews are forbidden", given(asking("vault"), holding(opaqueRaw), acceptedAs("jane"), unreviewed), diagnose.Unknown, []found{maybe(finding.AudienceMismatch)}},
	{"audience", "a static token that no authenticator accepts", given(asking("vault"), holding(opaqueRaw), refusedWith(bareText), refusedFor(bareText, "vault")), diagnose.Pass, nil},
	{"audience", "a stranger's token, for whomever", given(idToken(nil), refusedWith(bareText)), diagnose.Unknown, []found{maybe(finding.AudienceMismatch)}},
	{"audience", "for others, as far as can be seen", given(account(claims{"aud": []string{"vault"}}), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.AudienceMismatch)}},
	{"audience", "none", given(account(claims{"aud": nil})), diagnose.Warn, []found{is(finding.AudienceMissing)}},
	{"audience", "none, named in the error message", given(account(claims{"aud": nil}), refusedWith(words(saAudienceText))), diagnose.Fail, []found{is(finding.AudienceMissing), is(finding.AudienceMismatch)}},
	{"audience", "another one in a Pod", given(account(bound("pod", "web", "web-uid")), podIs(there("web-uid")), asking("vault"), unreviewed), diagnose.Fail, []found{is(finding.AudienceMismatch)}},
	{"audience", "none, where another is asked for", given(asking("vault"), account(claims{"aud": nil}), refusedFor(words(saAudienceText), "vault")), diagnose.Fail, []found{is(finding.AudienceMissing), is(finding.AudienceMismatch)}},
	{"audience", "an empty list", given(account(claims{"aud": []string{}}), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.AudienceMismatch)}},
	{"audience", "the issuer's own", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"audience", "a legacy token has none", given(secretToken(nil)), diagnose.Pass, nil},

	// Lifetime.
	{"lifetime", "expired", given(account(claims{"exp": at(-time.Hour)}), rejectedWithoutReason), diagnose.Fail, []found{is(finding.TokenExpired)}},
	{"lifetime", "expired, of a Pod", given(account(change(bound("pod", "web", "web-uid"), claims{"exp": at(-time.Hour)})), podIs(there("web-uid")), refusedWith(words(expiredText))), diagnose.Fail, []found{is(finding.TokenExpired)}},
	{"lifetime", "expired, and no server is reachable", given(account(claims{"exp": at(-time.Hour)}), unreachable(evidence.TransportRefused, "refused")), diagnose.Fail, []found{is(finding.TokenExpired)}},
	{"lifetime", "expired by an unreliable clock", given(account(claims{"exp": at(-time.Hour)}), rejectedWithoutReason, noClock), diagnose.Unknown, []found{maybe(finding.TokenExpired)}},
	{"lifetime", "expired only by the server's clock", given(rejectedWithoutReason, clock(2*time.Hour)), diagnose.Fail, []found{is(finding.TokenExpired)}},
	{"lifetime", "expired by this clock, not by the server's", given(account(claims{"exp": at(-time.Hour)}), rejectedWithoutReason, clock(-2*time.Hour)), diagnose.Fail, []found{is(finding.TokenNotYetValid), is(finding.TokenIssuedInFuture)}},
	{"lifetime", "named in the error message", given(refusedWith(words(expiredText))), diagnose.Fail, []found{is(finding.TokenExpired)}},
	{"lifetime", "within the leeway", given(account(claims{"exp": at(-time.Minute)})), diagnose.Pass, nil},
	{"lifetime", "an ID token has no leeway", given(idToken(claims{"exp": at(-time.Second)}), rejectedWithoutReason), diagnose.Fail, []found{is(finding.TokenExpired)}},
	{"lifetime", "an ID token without exp is rejected", given(idToken(claims{"exp": nil}), refusedWith(words("oidc: verify token: oidc: token is expired (Token Expiry: 0001-01-01 00:00:00 +0000 UTC)"))), diagnose.Fail, []found{is(finding.TokenExpired), is(finding.TokenNeverExpires)}},
	{"lifetime", "never", given(account(claims{"exp": nil})), diagnose.Warn, []found{is(finding.TokenNeverExpires)}},
	{"lifetime", "not yet", given(account(claims{"nbf": at(5 * time.Minute)}), rejectedWithoutReason), diagnose.Fail, []found{is(finding.TokenNotYetValid)}},
	{"lifetime", "not yet valid, named in the error message", given(refusedWith(words("service account token is not valid yet"))), diagnose.Fail, []found{is(finding.TokenNotYetValid)}},
	{"lifetime", "issued in the future", given(account(claims{"iat": at(24 * time.Hour), "exp": at(48 * time.Hour)}), rejectedWithoutReason), diagnose.Fail, []found{is(finding.TokenIssuedInFuture)}},
	{"lifetime", "issued in the future, named in the error message", given(refusedWith(words("service account token is issued in the future"))), diagnose.Fail, []found{is(finding.TokenIssuedInFuture)}},
	{"lifetime", "an ID token's iat is not checked", given(idToken(claims{"iat": at(24 * time.Hour)}), rejectedWithoutReason), diagnose.Pass, nil},
	{"lifetime", "exp that cannot be read", given(account(claims{"exp": "tomorrow"}), rejectedWithoutReason), diagnose.Unknown, nil},
	{"lifetime", "within", given(), diagnose.Pass, nil},
	{"lifetime", "a legacy token has none", given(secretToken(claims{"exp": at(-time.Hour)})), diagnose.NotApplicable, nil},
	{"token-fresh", "stale", given(account(claims{"exp": at(time.Hour), "kubernetes.io": claims{"warnafter": at(-time.Minute)}})), diagnose.Warn, []found{is(finding.TokenStale)}},
	{"token-fresh", "from a file that was just read, for another check", given(inPod(nil, claims{"exp": at(time.Hour), "kubernetes.io": claims{"warnafter": at(-time.Minute)}})), diagnose.NotApplicable, nil},
	{"token-file-fresh", "fresh", given(inPod(nil, nil)), diagnose.Pass, []found{is(finding.TokenFileFresh)}},
	{"token-file-fresh", "rejected for another reason", given(inPod(nil, nil), rejectedWithoutReason), diagnose.Pass, nil},
	{"token-file-fresh", "an hour's token after 85 minutes", given(inPod(nil, claims{"iat": at(-85 * time.Minute), "exp": at(-25 * time.Minute)}), refusedWith(words(expiredText))), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "within the grace", given(inPod(nil, claims{"iat": at(-52 * time.Minute), "exp": at(8 * time.Minute)})), diagnose.Pass, []found{is(finding.TokenFileFresh)}},
	{"token-file-fresh", "beyond the grace", given(inPod(nil, claims{"iat": at(-54 * time.Minute), "exp": at(6 * time.Minute)})), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "a year's token is due by warnafter", given(inPod(nil, claims{"iat": at(-2 * time.Hour), "exp": at(8000 * time.Hour), "kubernetes.io": claims{"warnafter": at(-time.Hour)}})), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "a week's token after a day", given(inPod(nil, claims{"iat": at(-25 * time.Hour), "exp": at(143 * time.Hour)})), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "mounted by itself", given(inPod(func(p *credential.Projected) { p.SubPath = true }, claims{"iat": at(-25 * time.Hour), "exp": at(143 * time.Hour)})), diagnose.Warn, []found{is(finding.TokenFileStale)}},
	{"token-file-fresh", "by the server's clock it is fresh", given(inPod(nil, claims{"iat": at(-54 * time.Minute), "exp": at(6 * time.Minute)}), clock(-10*time.Minute)), diagnose.Pass, []found{is(finding.TokenFileFresh)}},
	{"token-file-fresh", "it does not say when it was issued", given(inPod(nil, claims{"iat": nil})), diagnose.Unknown, []found{maybe(finding.TokenFileStale)}},
	{"token-file-fresh", "the kubelet did not write it", given(inPod(func(p *credential.Projected) { p.PodUID = "other" }, claims{"iat": at(-25 * time.Hour)})), diagnose.NotApplicable, nil},
	{"token-file-fresh", "the spec asks for none there", given(inPod(func(p *credential.Projected) { p.Undeclared = true }, nil)), diagnose.NotApplicable, nil},
	{"token-file-fresh", "a token passed with -f", given(account(bound("pod", "web", "web-uid"))), diagnose.NotApplicable, nil},
	{"token-of-pod", "valid", given(inPod(nil, nil)), diagnose.Pass, nil},
	{"token-of-pod", "another ServiceAccount", given(inPod(func(p *credential.Projected) { p.ServiceAccount = "other" }, nil)), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "another Pod", given(inPod(func(p *credential.Projected) { p.Pod = "other" }, nil)), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "an earlier Pod of that name", given(inPod(func(p *credential.Projected) { p.PodUID = "other" }, nil)), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "another audience", given(inPod(func(p *credential.Projected) { p.Audience = "vault" }, nil)), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "the audience that is asked for", given(inPod(func(p *credential.Projected) { p.Audience = "vault" }, claims{"aud": []string{"vault"}})), diagnose.Pass, nil},
	{"token-of-pod", "a longer life", given(inPod(nil, claims{"exp": at(24 * time.Hour)})), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "a longer life for old clients", given(inPod(nil, claims{"exp": at(8000 * time.Hour), "kubernetes.io": claims{"warnafter": at(50 * time.Minute)}})), diagnose.Pass, nil},
	{"token-of-pod", "a shorter life is the server's", given(inPod(func(p *credential.Projected) { p.ExpirationSeconds = 86400 }, nil)), diagnose.Pass, nil},
	{"token-of-pod", "no ServiceAccount's", given(inPod(nil, nil), func(e *evidence.Evidence) {
		e.Subject().Credential.Token = token.Parse(idpKey.sign(idClaims(nil), nil))
	}), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "no ServiceAccount's, where none is asked for", given(inPod(func(p *credential.Projected) { p.Undeclared = true }, nil), func(e *evidence.Evidence) {
		e.Subject().Credential.Token = token.Parse(idpKey.sign(idClaims(nil), nil))
	}), diagnose.Pass, nil},
	{"token-of-pod", "another Pod's, where none is asked for", given(inPod(func(p *credential.Projected) { p.Undeclared, p.Pod = true, "other" }, nil)), diagnose.Warn, []found{is(finding.TokenFileMismatch)}},
	{"token-of-pod", "a token passed with -f", given(account(bound("pod", "web", "web-uid"))), diagnose.NotApplicable, nil},
	{"token-fresh", "fresh", given(account(claims{"kubernetes.io": claims{"warnafter": at(time.Minute)}})), diagnose.Pass, nil},
	{"token-lasts", "two minutes", given(account(claims{"exp": at(50 * time.Second)})), diagnose.Warn, []found{is(finding.TokenExpiresSoon)}},
	{"token-lasts", "on the leeway", given(account(claims{"exp": at(-30 * time.Second)})), diagnose.Warn, []found{is(finding.TokenExpiresSoon)}},
	{"token-lasts", "expired is not soon", given(account(claims{"exp": at(-time.Hour)}), rejectedWithoutReason), diagnose.Pass, nil},
	{"token-lasts", "an hour of ten", given(account(claims{"iat": at(-9 * time.Hour), "nbf": at(-9 * time.Hour), "exp": at(time.Hour)})), diagnose.Pass, nil},
	{"token-lasts", "the lifetime is unknown", given(idToken(claims{"iat": nil, "exp": at(time.Minute)})), diagnose.Pass, nil},

	// The objects behind the token.
	{"legacy-secret", "deleted", given(secretToken(nil), secretIs(evidence.Secret{}), rejectedWithoutReason), diagnose.Fail, []found{is(finding.LegacyTokenSecretDeleted), is(finding.LegacyToken)}},
	{"legacy-secret", "being deleted", given(secretToken(nil), legacySecretIs(func(s *evidence.Secret) { s.DeletionTimestamp = moment(time.Minute) }), rejectedWithoutReason), diagnose.Fail, []found{is(finding.LegacyTokenSecretDeleted), is(finding.LegacyToken)}},
	{"legacy-secret", "replaced", given(secretToken(nil), legacySecretIs(func(s *evidence.Secret) { s.HoldsToken = false }), rejectedWithoutReason), diagnose.Fail, []found{is(finding.LegacyTokenReplaced), is(finding.LegacyToken)}},
	{"legacy-secret", "marked", given(secretToken(nil), legacySecretIs(func(s *evidence.Secret) { s.InvalidSince = "2026-05-01" }), rejectedWithoutReason), diagnose.Fail, []found{is(finding.LegacyTokenMarkedInvalid), is(finding.LegacyToken)}},
	{"legacy-secret", "another cluster's token", given(holding(otherKey.sign(legacyClaims(nil), nil)), secretIs(evidence.Secret{}), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.LegacyTokenSecretDeleted), is(finding.LegacyToken)}},
	{"legacy-secret", "named in the error message", given(secretToken(nil), noObjects, refusedWith(words("Token does not match server's copy"))), diagnose.Fail, []found{is(finding.LegacyTokenReplaced), is(finding.LegacyToken)}},
	{"legacy-secret", "forbidden is not absent", given(secretToken(nil), noObjects, rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.LegacyTokenSecretDeleted), maybe(finding.LegacyTokenReplaced), maybe(finding.LegacyTokenMarkedInvalid), is(finding.LegacyToken)}},
	{"legacy-secret", "valid", given(secretToken(nil), legacySecretIs(nil)), diagnose.Warn, []found{onlyWarns(finding.LegacyToken)}},
	{"service-account", "deleted", given(serviceAccountIs(evidence.Object{}), rejectedWithoutReason), diagnose.Fail, []found{is(finding.ServiceAccountDeleted)}},
	{"service-account", "deleted, and still in the cache", given(serviceAccountIs(evidence.Object{})), diagnose.Fail, []found{is(finding.ServiceAccountDeleted)}},
	{"service-account", "deleted, named in the error message", given(noObjects, refusedWith(words(`serviceaccounts "robot" not found`))), diagnose.Fail, []found{is(finding.ServiceAccountDeleted)}},
	{"service-account", "created again", given(serviceAccountIs(younger("new")), rejectedWithoutReason), diagnose.Fail, []found{is(finding.ServiceAccountRecreated)}},
	{"service-account", "recreated, named in the error message", given(refusedWith(words("service account UID (new) does not match claim (robot-uid)"))), diagnose.Fail, []found{is(finding.ServiceAccountRecreated)}},
	{"service-account", "another one, that is older than the token", given(serviceAccountIs(there("other")), rejectedWithoutReason, noKeys), diagnose.Unknown, []found{maybe(finding.ServiceAccountRecreated)}},
	{"service-account", "another one that looks older, and the server got past the signature", given(serviceAccountIs(there("other")), refusedWith(words(expiredText)), noKeys), diagnose.Fail, []found{is(finding.ServiceAccountRecreated)}},
	{"service-account", "not here, and the token is a stranger's", given(foreign, serviceAccountIs(evidence.Object{}), refusedWith(bareText)), diagnose.Unknown, []found{maybe(finding.ServiceAccountDeleted)}},
	{"service-account", "not here, and the key is another cluster's", given(namesake, serviceAccountIs(evidence.Object{}), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.ServiceAccountDeleted)}},
	{"service-account", "not here, and the token was changed", given(holding(edited), serviceAccountIs(evidence.Object{}), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.ServiceAccountDeleted)}},
	{"service-account", "being deleted", given(serviceAccountIs(deleting("robot-uid", -2*time.Minute)), rejectedWithoutReason), diagnose.Fail, []found{is(finding.ServiceAccountTerminating)}},
	{"service-account", "being deleted, and still good for a minute", given(serviceAccountIs(deleting("robot-uid", -30*time.Second))), diagnose.Warn, []found{onlyWarns(finding.ServiceAccountTerminating)}},
	{"service-account", "of a legacy token, being deleted", given(secretToken(nil), serviceAccountIs(deleting("robot-uid", time.Second)), rejectedWithoutReason), diagnose.Fail, []found{is(finding.ServiceAccountTerminating)}},
	{"service-account", "forbidden is not absent", given(noObjects, rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.ServiceAccountDeleted), maybe(finding.ServiceAccountRecreated), maybe(finding.ServiceAccountTerminating)}},
	{"service-account", "forbidden, and the server got past it", given(account(bound("pod", "web", "web-uid")), noObjects, refusedWith(words(goneText))), diagnose.Pass, nil},
	{"service-account", "valid", given(rejectedWithoutReason), diagnose.Pass, nil},
	{"bound-secret", "deleted", given(account(bound("secret", "key", "key-uid")), secretIs(evidence.Secret{}), refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundSecretDeleted)}},
	{"bound-secret", "being deleted", given(account(bound("secret", "key", "key-uid")), secretIs(evidence.Secret{Object: deleting("key-uid", -time.Hour)}), refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundSecretDeleted)}},
	{"bound-secret", "created again", given(account(bound("secret", "key", "key-uid")), secretIs(evidence.Secret{Object: younger("new")}), rejectedWithoutReason), diagnose.Fail, []found{is(finding.BoundSecretRecreated)}},
	{"bound-secret", "valid", given(account(bound("secret", "key", "key-uid")), secretIs(evidence.Secret{Object: there("key-uid")})), diagnose.Pass, nil},
	{"bound-pod", "deleted", given(account(bound("pod", "web", "web-uid")), podIs(evidence.Object{}), refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundPodDeleted)}},
	{"bound-pod", "created again", given(account(bound("pod", "web", "web-uid")), podIs(younger("new")), rejectedWithoutReason), diagnose.Fail, []found{is(finding.BoundPodRecreated)}},
	{"bound-pod", "another Pod with that name", given(foreign, func(e *evidence.Evidence) {
		holding(otherKey.sign(saClaims(change(bound("pod", "web", "web-uid"), claims{"iss": "https://other.example"})), nil))(e)
	}, podIs(there("other")), rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.BoundPodRecreated)}},
	{"bound-pod", "terminating", given(account(bound("pod", "web", "web-uid")), podIs(deleting("web-uid", -time.Hour)), refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundPodTerminating)}},
	{"bound-pod", "terminating, with its grace to go", given(account(bound("pod", "web", "web-uid")), podIs(deleting("web-uid", 30*time.Second))), diagnose.Warn, []found{onlyWarns(finding.BoundPodTerminating)}},
	{"bound-pod", "terminating, by an unreliable clock", given(account(bound("pod", "web", "web-uid")), podIs(deleting("web-uid", -time.Hour)), rejectedWithoutReason, noClock), diagnose.Unknown, []found{maybe(finding.BoundPodTerminating)}},
	{"bound-pod", "forbidden is not absent", given(account(bound("pod", "web", "web-uid")), noObjects, rejectedWithoutReason), diagnose.Unknown, []found{maybe(finding.BoundPodDeleted), maybe(finding.BoundPodRecreated), maybe(finding.BoundPodTerminating)}},
	{"bound-pod", "valid", given(account(bound("pod", "web", "web-uid")), podIs(there("web-uid"))), diagnose.Pass, nil},
	{"bound-node", "deleted", given(account(bound("node", "n1", "n1-uid")), nodeIs(evidence.Object{}), refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundNodeDeleted)}},
	{"bound-node", "created again", given(account(bound("node", "n1", "n1-uid")), nodeIs(younger("new")), rejectedWithoutReason), diagnose.Fail, []found{is(finding.BoundNodeRecreated)}},
	{"bound-node", "a claim without a uid fits any", given(account(bound("node", "n1", "")), nodeIs(younger("new"))), diagnose.Pass, nil},
	{"bound-node", "with a Pod, the Node is information", given(account(change(bound("pod", "web", "web-uid"), bound("node", "n1", "n1-uid"))), podIs(there("web-uid"))), diagnose.NotApplicable, nil},
	{"bound-object", "which one cannot be seen", given(account(bound("pod", "web", "web-uid")), noObjects, refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundObjectGone)}},
	{"bound-object", "read a moment before it went", given(account(bound("pod", "web", "web-uid")), podIs(there("web-uid")), refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundObjectGone)}},
	{"bound-object", "read while its grace ran", given(account(bound("pod", "web", "web-uid")), podIs(deleting("web-uid", time.Second)), refusedWith(words(goneText))), diagnose.Fail, []found{is(finding.BoundObjectGone)}},
	{"bound-object", "found", given(account(bound("pod", "web", "web-uid")), podIs(evidence.Object{}), refusedWith(words(goneText))), diagnose.Pass, nil},
	{"bootstrap-token", "no Secret", given(holding(bootstrapRaw), secretIs(evidence.Secret{}), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenNotFound)}},
	{"bootstrap-token", "being deleted", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.DeletionTimestamp = moment(time.Hour) }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenNotFound)}},
	{"bootstrap-token", "no bootstrap token's Secret", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.TypeMatches = false }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenNotFound)}},
	{"bootstrap-token", "another secret part", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.SecretMatches = false }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenSecretMismatch)}},
	{"bootstrap-token", "expired", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.Expiration = "2026-05-24T19:10:28Z" }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenExpired)}},
	{"bootstrap-token", "unreadable expiration", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.Expiration = "never" }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenExpired)}},
	{"bootstrap-token", "not for authentication", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.UsageAuthentication = "True" }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenNotForAuthentication)}},
	{"bootstrap-token", "a group it cannot have", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.ExtraGroups = "system:masters" }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.CredentialRejected)}},
	{"bootstrap-token", "two groups it cannot have", given(bootstrapGroups("system:masters,admins")), diagnose.Fail, []found{is(finding.CredentialRejected)}},
	{"bootstrap-token", "an ID that is not in its name", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.IDMatches = false }), refusedWith(bareText)), diagnose.Fail, []found{is(finding.BootstrapTokenSecretMismatch)}},
	{"bootstrap-token", "an expiration to come", given(holding(bootstrapRaw), bootstrapSecret(func(s *evidence.Secret) { s.Bootstrap.Expiration = now.Add(time.Hour).Format(time.RFC3339) }), acceptedAs("system:bootstrap:abcdef")), diagnose.Pass, nil},
	{"bootstrap-token", "valid, and rejected", given(holding(bootstrapRaw), bootstrapSecret(nil), refusedWith(bareText)), diagnose.Fail, []found{isLeft(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "valid, and another error message", given(holding(bootstrapRaw), bootstrapSecret(nil), refusedWith(words("context deadline exceeded"))), diagnose.Pass, nil},
	{"bootstrap-token", "forbidden is not absent", given(holding(bootstrapRaw), noObjects, refusedWith(bareText)), diagnose.Unknown, []found{
		maybe(finding.BootstrapTokenNotFound), maybe(finding.BootstrapTokenSecretMismatch), maybe(finding.BootstrapTokenExpired),
		maybe(finding.BootstrapTokenNotForAuthentication), maybe(finding.BootstrapTokensDisabled)}},
	{"bootstrap-token", "accepted", given(holding(bootstrapRaw), noObjects, acceptedAs("system:bootstrap:abcdef")), diagnose.Pass, nil},

	// The server's claim rules.
	{"oidc-rules", "not initialized", given(idToken(nil), refusedWith(words("oidc: authenticator not initialized"))), diagnose.Fail, []found{is(finding.OIDCNotInitialized)}},
	{"oidc-rules", "keys out of reach", given(idToken(nil), refusedWith(words(`oidc: verify token: failed to verify signature: fetching keys oidc: get keys failed Get "https://idp.example/jwks": dial tcp 192.0.2.1:443: connect: connection refused`))), diagnose.Fail, []found{is(finding.JWKSUnreachable)}},
	{"oidc-rules", "stale keys", given(idToken(nil), refusedWith(words(oidcSignature)), issuerAsked(idpIss, idpKey)), diagnose.Warn, []found{is(finding.OIDCKeyCacheStale)}},
	{"oidc-rules", "unread keys", given(idToken(nil), refusedWith(words(oidcSignature))), diagnose.Unknown, nil},
	{"oidc-rules", "another issuer's keys", given(idToken(nil), refusedWith(words(oidcSignature)), issuerAsked("https://accounts.example", idpKey)), diagnose.Unknown, nil},
	{"oidc-rules", "access token", given(idToken(claims{"aud": "account", "typ": "Bearer"}), refusedWith(words(oidcAudienceText))), diagnose.Fail, []found{is(finding.OIDCAccessToken)}},
	{"oidc-rules", "user name", given(idToken(nil), refusedWith(words(`oidc: parse username claims "email": claim not present`))), diagnose.Fail, []found{is(finding.OIDCUsernameClaimMissing)}},
	{"oidc-rules", "groups", given(idToken(nil), refusedWith(words(`oidc: parse groups claim "groups": json: cannot unmarshal object`))), diagnose.Fail, []found{is(finding.OIDCGroupsClaimInvalid)}},
	{"oidc-rules", "email", given(idToken(nil), refusedWith(words("oidc: email not verified"))), diagnose.Fail, []found{is(finding.OIDCEmailNotVerified)}},
	{"oidc-rules", "required claim", given(idToken(nil), refusedWith(words("oidc: required claim hd not present in ID token"))), diagnose.Fail, []found{is(finding.OIDCRequiredClaim)}},
	{"oidc-rules", "claim rule", given(idToken(nil), refusedWith(words("oidc: error evaluating claim validation expression: validation expression 'a' failed: no"))), diagnose.Fail, []found{is(finding.OIDCClaimValidationFailed)}},
	{"oidc-rules", "user rule", given(idToken(nil), refusedWith(words("oidc: error evaluating user info validation rule: validation expression 'a' failed: no"))), diagnose.Fail, []found{is(finding.OIDCUserValidationFailed)}},
	{"oidc-rules", "mapping", given(idToken(nil), refusedWith(words("oidc: empty username via CEL expression is not allowed"))), diagnose.Fail, []found{is(finding.OIDCClaimMappingFailed)}},
	{"oidc-rules", "no error message", given(idToken(nil), rejectedWithoutReason), diagnose.Unknown, nil},
	{"oidc-rules", "another fault", given(idToken(claims{"aud": "account"}), refusedWith(words(oidcAudienceText))), diagnose.Pass, nil},
	{"oidc-groups", "no claim", given(idToken(nil), acceptedAs("jane")), diagnose.Warn, []found{is(finding.OIDCGroupsMissing)}},
	{"oidc-groups", "a claim that is not mapped", given(idToken(claims{"groups": []any{"developers"}}), acceptedAs("jane")), diagnose.Warn, []found{is(finding.OIDCGroupsMissing)}},
	{"oidc-groups", "an empty claim", given(idToken(claims{"groups": []any{}}), acceptedAs("jane")), diagnose.Warn, []found{is(finding.OIDCGroupsMissing)}},
	{"oidc-groups", "a group", given(idToken(nil), acceptedAs("jane"), answers(evidence.Answer{Status: 201, FromAPIServer: true,
		User: &token.Identity{Username: "jane", Groups: []string{"developers", "system:authenticated"}}})), diagnose.Pass, nil},
	{"oidc-groups", "the answer names no groups", given(idToken(nil), answers(evidence.Answer{Status: 403, FromAPIServer: true, User: &token.Identity{Username: "jane"}}), unreviewed), diagnose.Unknown, nil},
	{"oidc-prefix", "one prefix", given(idToken(nil), acceptedAs("oidc:jane")), diagnose.Pass, nil},
	{"oidc-prefix", "none", given(idToken(nil), acceptedAs("jane")), diagnose.Pass, nil},
	{"oidc-prefix", "the issuer", given(idToken(nil), acceptedAs(idpIss+"#jane")), diagnose.Pass, nil},
	{"oidc-prefix", "a name of no claim", given(idToken(nil), acceptedAs(`"x"x`)), diagnose.Pass, nil},
	{"oidc-prefix", "a claim that is in quotes itself", given(idToken(claims{"sub": `"jane"`}), acceptedAs(`oidc:"jane"`)), diagnose.Pass, nil},
	{"oidc-prefix", "two characters that are the same", given(idToken(nil), acceptedAs("--jane")), diagnose.Pass, nil},
	{"oidc-prefix", "twice", given(idToken(nil), acceptedAs("oidc:oidc:jane")), diagnose.Warn, []found{is(finding.OIDCPrefixMistaken)}},
	{"oidc-prefix", "in the claim already", given(idToken(claims{"sub": "oidc:jane"}), acceptedAs("oidc:oidc:jane")), diagnose.Warn, []found{is(finding.OIDCPrefixMistaken)}},
	{"oidc-prefix", "in quotes", given(idToken(nil), acceptedAs(`"oidc:"jane`)), diagnose.Warn, []found{is(finding.OIDCPrefixMistaken)}},
	{"oidc-prefix", "no prefix, in quotes", given(idToken(nil), acceptedAs(`'-'jane`)), diagnose.Warn, []found{is(finding.OIDCPrefixMistaken)}},
	{"oidc-prefix", "of a group", given(idToken(claims{"groups": []any{"developers"}}), answers(evidence.Answer{Status: 201, FromAPIServer: true,
		User: &token.Identity{Username: "jane", Groups: []string{`"oidc:"developers`, "system:authenticated"}}})), diagnose.Warn, []found{is(finding.OIDCPrefixMistaken)}},
	{"oidc-prefix", "of the name in a 403", given(idToken(nil), answers(evidence.Answer{Status: 403, FromAPIServer: true, User: &token.Identity{Username: "oidc:oidc:jane"}}), unreviewed), diagnose.Warn, []found{is(finding.OIDCPrefixMistaken)}},
	{"webhook", "down", given(holding(opaqueRaw), refusedWith(words(webhookDownText))), diagnose.Fail, []found{is(finding.WebhookAuthenticatorFailed)}},
	{"webhook", "rejected", given(holding(opaqueRaw), refusedWith(words("session expired"))), diagnose.Fail, []found{isLeft(finding.WebhookRejected)}},
	{"webhook", "an unknown error message about the cluster's own token", given(refusedWith(words("the attestation of the token is missing"))), diagnose.Unknown, []found{maybe(finding.WebhookRejected)}},
	{"webhook", "no sign of a webhook", given(holding(opaqueRaw), refusedWith(bareText)), diagnose.Pass, nil},
	{"opaque-token", "opaque", given(holding(opaqueRaw), acceptedAs("jane")), diagnose.Pass, []found{is(finding.OpaqueToken)}},
	{"opaque-token", "a JWT", given(), diagnose.Pass, nil},
	{"aws-iam-token", "an hour old", given(holding(awsRaw(now.Add(-time.Hour))), refusedWith(bareText)), diagnose.Fail, []found{is(finding.AWSIAMTokenExpired)}},
	{"aws-iam-token", "ten minutes old", given(holding(awsRaw(now.Add(-10*time.Minute))), refusedWith(bareText)), diagnose.Pass, nil},

	// The server's answers.
	{"review-permitted", "forbidden", given(rejectedWithoutReason), diagnose.Warn, []found{onlyWarns(finding.ReviewNotPermitted)}},
	{"review-permitted", "forbidden, and the wire has answered", given(unreviewed), diagnose.NotApplicable, []found{is(finding.ReviewNotPermitted)}},
	{"review-permitted", "allowed", given(), diagnose.Pass, nil},
	{"anonymous-access", "served", given(), diagnose.Pass, []found{is(finding.AnonymousAccessEnabled)}},
	{"anonymous-access", "refused", given(noAnonymous), diagnose.Pass, nil},
	{"anonymous-access", "a failing server rejects no user", given(func(e *evidence.Evidence) {
		e.Anonymous = evidence.Is(evidence.Answer{Status: 503, FromAPIServer: true}, finding.Text{})
	}), diagnose.Unknown, nil},
	{"anonymous-access", "a proxy that adds an identity", given(func(e *evidence.Evidence) {
		e.Anonymous = evidence.Is(evidence.Answer{Status: 201, FromAPIServer: true, User: &token.Identity{Username: "proxy"}}, finding.Text{})
	}), diagnose.Unknown, nil},
	{"answer-fresh", "a deleted ServiceAccount", given(serviceAccountIs(evidence.Object{})), diagnose.Pass, []found{is(finding.AnswerMayBeCached)}},
	{"answer-fresh", "a Pod that goes", given(account(bound("pod", "web", "web-uid")), podIs(deleting("web-uid", time.Minute))), diagnose.Pass, nil},
	{"answer-fresh", "all there", given(), diagnose.Pass, nil},
	{"authorization", "403 for a user", given(answers(evidence.Answer{Status: 403, FromAPIServer: true, User: &token.Identity{Username: robot}})), diagnose.Pass, []found{is(finding.AuthorizationDenied)}},
	{"authorization", "403 for system:anonymous", given(answers(asNobody())), diagnose.Pass, nil},
	{"aggregated-apis", "none", given(), diagnose.Pass, nil},
	{"aggregated-apis", "the API server itself is rejected", given(behind("False", "FailedDiscoveryCheck", frontProxyRefused, nil)), diagnose.Warn, []found{onlyWarns(finding.AggregatedAPIRefused)}},
	{"aggregated-apis", "no server answers", given(behind("False", "FailedDiscoveryCheck", "failing or missing response from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: dial tcp 10.96.1.2:443: connect: connection refused", nil)), diagnose.Pass, nil},
	{"aggregated-apis", "its Service is not there", given(behind("False", "ServiceNotFound", `service/metrics-server in "kube-system" is not present`, nil)), diagnose.Pass, nil},
	{"aggregated-apis", "401, and the API server had let it pass", given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: 401, PastAuthentication: true, FromAPIServer: true, Message: "Unauthorized"})), diagnose.Warn, []found{onlyWarns(finding.AggregatedAPIRefused)}},
	{"aggregated-apis", "401 from an unknown server", given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: 401, FromAPIServer: true, Message: "Unauthorized"})), diagnose.Pass, nil},
	{"aggregated-apis", "two that refuse", given(behind("False", "FailedDiscoveryCheck", frontProxyRefused, nil), another), diagnose.Warn, []found{onlyWarns(finding.AggregatedAPIRefused)}},
	{"aggregated-apis", "one that does not answer", given(behind("True", "Passed", "all checks passed", nil), func(e *evidence.Evidence) {
		e.Subject().Aggregated = map[string]evidence.Fact[evidence.Answer]{"v1beta1.metrics.k8s.io": evidence.Not[evidence.Answer](&evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("no answer in time")}, finding.Text{})}
	}), diagnose.Pass, nil},
	{"aggregated-apis", "403 for system:anonymous", given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: 403, PastAuthentication: true, User: &token.Identity{Username: anonymousUser}})), diagnose.Warn, []found{onlyWarns(finding.AggregatedAPIRefused)}},
	{"aggregated-apis", "403 for an authenticated user", given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: 403, PastAuthentication: true, User: &token.Identity{Username: robot}})), diagnose.Pass, nil},
	{"aggregated-apis", "it may not ask", given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: 500, PastAuthentication: true,
		Message: `Internal Server Error: "/apis/metrics.k8s.io/v1beta1": subjectaccessreviews.authorization.k8s.io is forbidden: User "system:serviceaccount:kube-system:metrics-server" cannot create resource "subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope`})), diagnose.Warn, []found{onlyWarns(finding.AggregatedAPIRefused)}},
	{"aggregated-apis", "it has trouble of its own", given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: 500, PastAuthentication: true, Message: "Internal Server Error"})), diagnose.Pass, nil},
	{"aggregated-apis", "it answers", given(behind("True", "Passed", "all checks passed", &evidence.Answer{Status: 200, PastAuthentication: true})), diagnose.Pass, nil},
	{"aggregated-apis", "the APIs may not be listed", given(func(e *evidence.Evidence) {
		e.Server.Aggregated = evidence.Not[[]evidence.AggregatedAPI](&evidence.Failure{Kind: evidence.Forbidden, Said: finding.T("forbidden to list")}, finding.Text{})
	}), diagnose.Unknown, nil},
	{"aggregated-apis", "the API server refuses it as well", given(refusedWith(words(expiredText)), behind("False", "FailedDiscoveryCheck", frontProxyRefused, nil)), diagnose.NotApplicable, nil},
}
