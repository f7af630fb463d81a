package resolve

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// unproduced are the reasons why client-go has no credential to send, for all kinds of
// credentials (k8s.io/client-go transport, rest).
var unproduced = []reason{
	{finding.KubeconfigInvalid, credential.AuthorityNotPEM, []string{"unable to load root certificates"}},
	{finding.KubeconfigInvalid, credential.AuthorityAndInsecure, []string{"root certificates file with the insecure flag"}},
	{finding.KubeconfigInvalid, credential.EntryTokenAndPassword, []string{"username/password or bearer token may be set"}},
	{finding.KubeconfigInvalid, credential.EntryPluginAndProvider, []string{"execProvider and authProvider cannot be used"}},
	{finding.AuthProviderRemoved, 0, []string{"auth plugin has been removed", "no Auth Provider found for name"}},
	{finding.TokenFileUnreadable, 0, []string{"token file", "token from file", "failed to read token"}},
}

// unpresentable are the reasons why client-go cannot present a certificate.
var unpresentable = []reason{
	{finding.ClientCertificateUnusable, credential.CertificateAndKeySwapped, []string{"inputs may have been switched", "found a certificate rather than a key"}},
	{finding.ClientCertificateUnusable, credential.KeyOfAnother, []string{"does not match public key"}},
	{finding.ClientCertificateUnusable, credential.CertificateNotPEM, []string{"certificate input"}},
	{finding.ClientCertificateUnusable, credential.KeyNotPEM, []string{"key input", "parse private key", "parsing private key"}},
}

// pluginless are the reasons why client-go gets no credential from an exec plugin
// (k8s.io/client-go plugin/pkg/client/auth/exec/exec.go).
var pluginless = []reason{
	{finding.ExecPluginFailed, credential.PluginKilled, []string{"failed with exit code -1"}},
	{finding.ExecPluginFailed, credential.PluginExited, []string{"failed with exit code "}},
	{finding.ExecPluginFailed, credential.PluginNotStarted, []string{"exec: fork/exec ", "permission denied"}},
	{finding.ExecPluginNeedsTerminal, 0, []string{"cannot support interactive mode"}},
	{finding.ExecPluginFailed, credential.PluginPrintedOther, []string{"__internal", "decoding stdout"}},
	{finding.ExecPluginVersionMismatch, credential.VersionUnknown, []string{"invalid apiVersion"}},
	{finding.ExecPluginVersionMismatch, 0, []string{"is configured to use API version"}},
	{finding.ExecPluginNoCredential, 0, []string{"didn't return a token", "didn't return a status", "returned only certificate or key"}},
	{finding.ExecPluginFailed, credential.PluginCertificateUnusable, []string{"failed parsing client"}},
}

// produceFault returns why client-go could not produce the credential, by its error message.
func produceFault(config *rest.Config, user string, err error) credential.Fault {
	// The lines after the first one are advice, or a dump of the input.
	text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "getting credentials: "), "\n")
	f := because(credential.Fault{Effect: credential.Unavailable, User: user, Err: err}, unproduced, text)
	if text != err.Error() {
		f.Err = finding.Reword(err, "%s", finding.Message(text))
	}
	switch {
	case f.ID != "":
	case config.AuthProvider != nil:
		f.ID, f.Provider = finding.AuthProviderFailed, keptBy(config.AuthProvider)
	case !runsPlugin(config):
		f.ID = finding.ClientCertificateUnusable
		f = because(f, unpresentable, text)
	default:
		f = pluginFault(f, config.ExecProvider, text)
	}
	return f
}

func containsAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
}

// keptBy returns the tokens that an auth provider (oidc) keeps in the kubeconfig.
func keptBy(p *clientcmdapi.AuthProviderConfig) credential.AuthProvider {
	out := credential.AuthProvider{Name: p.Name, HasID: p.Config["id-token"] != "", HasRefresh: p.Config["refresh-token"] != ""}
	if out.HasID {
		out.IDExpires, _ = token.Parse(p.Config["id-token"]).ExpiresAt()
	}
	return out
}

// pluginFault is the fault of an exec plugin that produced no credential.
func pluginFault(f credential.Fault, p *clientcmdapi.ExecConfig, text string) credential.Fault {
	f.ID, f.Plugin.Command = finding.ExecPluginFailed, p.Command
	switch {
	case errors.As(f.Err, new(*timeoutError)):
		f.Problem = credential.PluginTimedOut
	case containsAny(text, "not permitted by the credential plugin allowlist", "not allowed: policy set to", "allowlist misconfiguration", "plugin policy"):
		f.ID = finding.ExecPluginNotAllowed
	case containsAny(text, "executable ", "fork/exec ") && containsAny(text, " not found", "no such file"),
		strings.Contains(text, "cannot be resolved for credential plugin allowlist"):
		f.ID = finding.ExecPluginNotFound
		f.Plugin.InstallHint = cut(p.InstallHint)
	default:
		f = because(f, pluginless, text)
	}
	switch {
	case f.ID == finding.ExecPluginVersionMismatch && f.Problem == credential.VersionUnknown:
		f.Plugin.APIVersion = p.APIVersion
	case f.ID == finding.ExecPluginVersionMismatch:
		_, f.Plugin.Answered, _ = strings.Cut(text, "plugin returned version ")
	case f.Problem == credential.PluginExited:
		_, code, _ := strings.Cut(text, "failed with exit code ")
		f.Plugin.ExitCode, _ = strconv.Atoi(code)
	case f.Problem == credential.PluginPrintedOther && strings.Contains(text, "parsing time"):
		f.Problem = credential.PluginPrintedBadTime
	}
	return f
}

// pluginLines returns the last lines of the plugin's standard error.
func (r *Resolver) pluginLines() []string {
	if r.PluginStderr == nil {
		return nil
	}
	return r.PluginStderr.Lines(time.Second)
}

// besideKubeconfig is the file with the name of a command in the directory of the kubeconfig, for a command without a
// slash; empty if there is none.
func besideKubeconfig(command, kubeconfig string) string {
	if command == "" || kubeconfig == "" || filepath.Base(command) != command {
		return ""
	}
	file := filepath.Join(filepath.Dir(kubeconfig), command)
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return file
}
