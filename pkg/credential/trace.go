package credential

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// Trace is the way from a kubeconfig to what is sent: the settings that count and where
// each stands, and what became of each means of authentication that is configured.
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
	// Ignored are the entries that an earlier file has as well: "user admin". client-go
	// takes the whole entry of the first file that has it.
	Ignored []finding.Text
}

// Setting is one setting, and where it stands: under a key of a file, or in a flag or
// a variable alone.
type Setting struct {
	Name       string
	Value, Key finding.Text
	File       string
}

// The means of authentication that a kubeconfig knows.
const (
	MethodCertificate  = "ClientCertificate"
	MethodToken        = "Token"
	MethodTokenFile    = "TokenFile"
	MethodExec         = "ExecPlugin"
	MethodBasic        = "BasicAuth"
	MethodAuthProvider = "AuthProvider"
)

// What the client makes of a means of authentication.
const (
	// Sent: it, or what it produced, goes to the server.
	Sent = "Sent"
	// NotSent: something else stands before it.
	NotSent = "NotSent"
	// NotProduced: it was tried, and there is nothing to send.
	NotProduced = "NotProduced"
)

// Method is a means of authentication that is configured.
type Method struct {
	Type string
	// Name is the plugin's command, the provider's name or the file's path; empty else.
	Name finding.Text
	// Key and File say where it stands.
	Key    finding.Text
	File   string
	Client string
	// Why says why it is not sent.
	Why finding.Text
}
