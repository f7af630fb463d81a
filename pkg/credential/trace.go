package credential

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// Trace is how a kubeconfig determines what is sent: the settings that count with their origins,
// and the outcome of each configured authentication method.
type Trace struct {
	// Files are the kubeconfig files in the order of precedence.
	Files    []KubeconfigFile
	Settings []Setting
	Methods  []Method
}

// KubeconfigFile is one file of the KUBECONFIG list.
type KubeconfigFile struct {
	Path    string
	Missing bool
	// Ignored are the entries that an earlier file has too: "user admin". client-go uses the whole
	// entry of the first file.
	Ignored []finding.Text
}

// Setting is a setting and its origin: a key in a file, a flag or a variable.
type Setting struct {
	Name       string
	Value, Key finding.Text
	File       string
}

// The authentication methods of a kubeconfig.
const (
	MethodCertificate  = "ClientCertificate"
	MethodToken        = "Token"
	MethodTokenFile    = "TokenFile"
	MethodExec         = "ExecPlugin"
	MethodBasic        = "BasicAuth"
	MethodAuthProvider = "AuthProvider"
)

// The outcomes of an authentication method.
const (
	// Sent means that its credential is sent to the server.
	Sent = "Sent"
	// NotSent means that another method takes precedence.
	NotSent = "NotSent"
	// NotProduced means that it was tried and produced no credential.
	NotProduced = "NotProduced"
)

// Method is a configured authentication method.
type Method struct {
	Type string
	// Name is the plugin's command, the provider's name or the file's path; empty for others.
	Name finding.Text
	// Key and File are where the method is configured.
	Key    finding.Text
	File   string
	Client string
	// Why is the reason if the method's credential is not sent.
	Why finding.Text
}
