// Package credential says what would be sent to an API server and where it was
// found. It holds plain data and recognises text; whatever reads a file, runs a
// plugin or asks a server lives in pkg/resolve.
package credential

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The types of credential beside the kinds of token.
const (
	TypeClientCertificate = "ClientCertificate"
	TypeBasicAuth         = "BasicAuth"
	TypeNone              = "None"
)

// Credential is what a client would send to an API server. Several parts may be
// present at once: a client certificate and a bearer token are both sent, and the
// API server takes the certificate's identity.
type Credential struct {
	// Source says where it was found, in fixed words: "argument",
	// "file PATH", "kubeconfig context C user U", …
	Source finding.Text
	// Again are the words with which the credential is asked about once more: "-f token.txt",
	// "secret/robot --namespace ci". None for the current context.
	Again finding.Command
	// Token is sent as `Authorization: Bearer …`; nil where there is none.
	Token *token.Token
	// Certificate is presented in the TLS handshake; nil where there is none.
	Certificate *Certificate
	// Basic is sent as `Authorization: Basic …`, which no API server reads.
	Basic *Basic
	// KubeletFile is the path of a token of the Pod that this runs in, which the kubelet
	// keeps up to date; empty for all others.
	KubeletFile string
	// Projected describes a token of a Pod as the Pod's spec has it. Beside a Token it is
	// where that was read; without one, all that is known.
	Projected *Projected
	// Faults are what is wrong with how the credential is kept or carried.
	Faults []Fault
	// Document: it stood among other things in a JSON or YAML document, and is not the
	// whole of what was read.
	Document bool
	// Notes say, in sentences, what was done to find the credential.
	Notes []finding.Text
	// Trace is how the kubeconfig comes to it; nil for what was handed over.
	Trace *Trace
	// KubeconfigUser is the user's entry that keeps it in a kubeconfig; empty where no kubeconfig does.
	KubeconfigUser string
	// Secret is the Secret that it was read from.
	Secret struct{ Namespace, Name string }
	// AsCaller marks the credential of the kubeconfig context itself, which is sent
	// by client-go and not by us.
	AsCaller bool
}

// PodFolder is where the kubelet puts the credential of a Pod. client-go looks for it in no
// other place (k8s.io/client-go rest/config.go).
const PodFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

// Party names who takes tokens for an audience, where it is a well-known one that is not the API server; nothing for
// other audiences.
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

// SentBy is the means of the kubeconfig that the credential comes from; false where no kubeconfig sends it.
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

// Argument and Stdin are the sources of what was not read from a place with a name.
var Argument, Stdin = finding.T("argument"), finding.T("standard input")

// Basic is a user name and password.
type Basic struct {
	Username string
	Password token.Secret
}

// Projected is a projected ServiceAccount token volume as a Pod's spec has it.
type Projected struct {
	Namespace, Pod, PodUID, Node string
	ServiceAccount               string
	Container, Path              string
	// Audience is empty where the token is for the API server itself.
	Audience string
	// ExpirationSeconds is the lifetime asked for, in seconds.
	ExpirationSeconds int64
	// Undeclared: the spec puts no token at Path; it was read there because the user
	// said so. Audience and ExpirationSeconds say nothing then.
	Undeclared bool
	// SubPath: the file is mounted by itself, so that the kubelet cannot replace it.
	SubPath bool
	// Optional remarks: what of the spec is worth knowing.
	Remarks []finding.Text
	// Unread is why the token was not read, where that was asked for and cannot be
	// laid to the file; nil otherwise.
	Unread *Fault
}

// Type names what the credential is, as reports do. A client certificate
// wins over a token beside it, as it does in the API server.
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

// Identity is whom Kubernetes would take the credential for, as far as that can be
// known from it alone; nil otherwise.
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
