// Package credential describes a credential and its source, and recognizes credentials in text.
// It does no I/O: pkg/resolve reads files, runs plugins and asks servers.
package credential

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The types of credentials that are not tokens.
const (
	TypeClientCertificate = "ClientCertificate"
	TypeBasicAuth         = "BasicAuth"
	TypeNone              = "None"
)

// Credential is what a client would send to an API server. Several parts may be
// present at once: a client certificate and a bearer token are both sent, and the
// API server uses the certificate's identity.
type Credential struct {
	// Source is where the credential was found, in a fixed form: "argument",
	// "file PATH", "kubeconfig context C user U", …
	Source finding.Text
	// Again are the arguments that select the credential again: "-f token.txt",
	// "secret/robot --namespace ci". Zero for the current context.
	Again finding.Command
	// Token is sent as `Authorization: Bearer …`; nil without one.
	Token *token.Token
	// Certificate is presented in the TLS handshake; nil without one.
	Certificate *Certificate
	// Basic is sent as `Authorization: Basic …`, which no API server reads.
	Basic *Basic
	// KubeletFile is the path of this Pod's own token, which the kubelet refreshes; empty for
	// other credentials.
	KubeletFile string
	// Projected is a Pod's projected token as in the Pod's spec. With a Token, it says where the
	// token was read; without one, it is all that is known.
	Projected *Projected
	// Faults are the faults of the credential's storage or transmission.
	Faults []Fault
	// Document reports that the credential is only a part of a JSON or YAML document.
	Document bool
	// Notes are sentences about how the credential was found.
	Notes []finding.Text
	// Trace is how the kubeconfig selects the credential; nil for a given credential.
	Trace *Trace
	// KubeconfigUser is the kubeconfig user with the credential; empty without a kubeconfig.
	KubeconfigUser string
	// Secret is the Secret that it was read from, and its type.
	Secret struct{ Namespace, Name, Type string }
	// AsCaller marks the credential of the kubeconfig context itself, which client-go sends.
	AsCaller bool
}

// PodFolder is where the kubelet mounts a Pod's credential, and the only place where client-go
// looks for it (k8s.io/client-go rest/config.go).
const PodFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

// Party returns the name of the well-known party that accepts tokens for an audience; empty for other
// audiences.
func Party(audience string) finding.Text {
	switch {
	case audience == "sts.amazonaws.com", audience == "sts.amazonaws.com.cn":
		return finding.T("AWS STS")
	case strings.HasPrefix(audience, "api://AzureADTokenExchange"):
		return finding.T("Microsoft Entra ID")
	case strings.HasSuffix(audience, ".svc.id.goog"), strings.HasPrefix(audience, "//iam.googleapis.com/"), strings.HasPrefix(audience, "https://iam.googleapis.com/"):
		return finding.T("Google Cloud")
	case audience == "vault":
		return finding.T("Vault")
	case audience == "istio-ca":
		return finding.T("Istio")
	}
	return finding.Text{}
}

// SentBy returns the kubeconfig's authentication method that the credential comes from; false
// without a kubeconfig.
func (c *Credential) SentBy() (Method, bool) {
	if c.Trace == nil {
		return Method{}, false
	}
	for _, m := range c.Trace.Methods {
		if m.Client == Sent {
			return m, true
		}
	}
	return Method{}, false
}

// Argument and Stdin are the sources without a name.
var Argument, Stdin = finding.T("argument"), finding.T("standard input")

// Basic is a user name and password.
type Basic struct {
	Username string
	Password token.Secret
}

// Projected is a projected ServiceAccount token as in a Pod's spec.
type Projected struct {
	Namespace, Pod, PodUID, Node string
	ServiceAccount               string
	Container, Path              string
	// Audience is empty if the token is for the API server itself.
	Audience string
	// ExpirationSeconds is the requested lifetime, in seconds.
	ExpirationSeconds int64
	// Undeclared reports that the spec projects no token to Path, which the user named.
	// Audience and ExpirationSeconds are then unknown.
	Undeclared bool
	// SubPath reports that the file is mounted with subPath, so that the kubelet cannot replace it.
	SubPath bool
	// Remarks are noteworthy facts from the spec.
	Remarks []finding.Text
	// Unread is why a token that should be read was not, if the file is not the reason; nil otherwise.
	Unread *Fault
}

// Type returns the type of the credential for reports. A client certificate takes precedence
// over a token, as in the API server.
func (c *Credential) Type() string {
	switch {
	case c.Certificate != nil:
		return TypeClientCertificate
	case c.Token != nil:
		return string(c.Token.Kind)
	case c.Basic != nil:
		return TypeBasicAuth
	case c.Projected != nil:
		return string(token.KindServiceAccount)
	}
	return TypeNone
}

// IsToken reports whether the API server would decide by a bearer token.
func (c *Credential) IsToken() bool { return c.Certificate == nil && c.Token != nil }

// Identity returns the identity that an API server would assign to the credential, as far as the
// credential alone shows it; nil otherwise.
func (c *Credential) Identity() *token.Identity {
	switch {
	case c.Certificate != nil:
		return c.Certificate.Identity()
	case c.Token != nil:
		return c.Token.Identity()
	case c.Projected != nil && !c.Projected.Undeclared:
		return projectedIdentity(c.Projected)
	}
	return nil
}

func projectedIdentity(p *Projected) *token.Identity {
	return &token.Identity{
		Username: "system:serviceaccount:" + p.Namespace + ":" + p.ServiceAccount,
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + p.Namespace, "system:authenticated"},
	}
}
