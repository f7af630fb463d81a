package checks

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

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
