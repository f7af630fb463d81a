package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
)

// maxPluginLines and maxPluginLine bound the lines of a plugin's standard error that are evidence.
const (
	maxPluginLines = 12
	maxPluginLine  = 400
)

// ofPlugin is the finding on an exec plugin that did not run or returned no credential.
func ofPlugin(f credential.Fault, said, advice finding.Text, command finding.Command) finding.Finding {
	out := prove(f.ID, "%s", said).Seen("exec plugin", finding.Program.Of(f.Plugin.Command))
	if hint := f.Plugin.InstallHint; hint != "" {
		out = out.Seen("installHint of the kubeconfig", finding.Message(hint))
	}
	for _, line := range f.Plugin.Stderr[max(0, len(f.Plugin.Stderr)-maxPluginLines):] {
		out = out.Seen("standard error of the plugin", finding.Message(finding.Truncate(strings.Join(strings.Fields(line), " "), maxPluginLine, "…")))
	}
	if explained, ok := explainedByOutput(out, f); ok {
		return explained
	}
	return out.FixBy(advice, command)
}

// explainedByOutput is the finding with what the plugin wrote to standard error; false if that explains nothing.
func explainedByOutput(out finding.Finding, f credential.Fault) (finding.Finding, bool) {
	said := pasted.Output{Command: f.Plugin.Command, Lines: f.Plugin.Stderr}
	switch {
	case f.ID != finding.ExecPluginFailed && f.ID != finding.ExecPluginNoCredential,
		f.Problem == credential.PluginNotStarted, f.Problem == credential.PluginCertificateUnusable:
		return out, false
	case f.Problem == credential.PluginExited:
		said.ExitCode = f.Plugin.ExitCode
	}
	return pasted.FromPlugin(out, said)
}

// missingPlugin is an exec plugin that client-go does not find.
func missingPlugin(f credential.Fault, said finding.Value) finding.Finding {
	if f.Plugin.Beside == "" {
		return ofPlugin(f, T("%s", said), T("Install the plugin, or add its directory to the PATH of this shell. Then run the command again."), finding.Command{})
	}
	name := finding.Program.Of(f.Plugin.Command)
	out := ofPlugin(f, T("%s exists next to the kubeconfig, but a command without a slash is looked up only on the PATH", finding.File.Of(f.Plugin.Beside)),
		T("Write the command as ./%s in the kubeconfig. A command with a slash is relative to the kubeconfig's directory. Then run the command again.", name), finding.Command{})
	out.Title = T("the exec plugin is not on the PATH")
	return out.Seen("client-go", said)
}

// failedPlugin is an exec plugin without a usable result.
func failedPlugin(_ *credential.Credential, f credential.Fault) kinds {
	const look = "Run the plugin in a terminal with the command, arguments and variables of the kubeconfig's exec section. Standard output must be one ExecCredential in JSON; update the plugin if it is not."
	command, err := finding.Program.Of(f.Plugin.Command), saidBy(f.Err)
	byHand := T("Run the plugin in a terminal with the command and arguments of the kubeconfig's exec section, and correct what it reports on standard error.")
	failed := func(said, advice finding.Text) finding.Finding { return ofPlugin(f, said, advice, finding.Command{}) }
	return kinds{
		0: failed(T("%s", err), byHand),
		credential.PluginTimedOut: failed(T("%s. kubectl would wait for the plugin without a limit", err),
			T("Run the plugin in a terminal, where it can prompt for input. If the plugin is only slow, set a longer --request-timeout.")),
		credential.PluginKilled: failed(T("a signal stopped the exec plugin %q", command), byHand),
		credential.PluginExited: failed(T("the exec plugin %q failed with exit status %s", command, finding.Count(f.Plugin.ExitCode)),
			T("Log in again with the tool of the plugin, which is the most frequent fix. If the plugin still fails, run it in a terminal and correct what it reports on standard error.")),
		credential.PluginNotStarted: failed(T("the exec plugin %q cannot be started: %s", command, err),
			T("Check that the file is a program for this operating system and architecture, and that this user has the permission to execute it.")),
		credential.PluginPrintedOther:   failed(T("the output of the exec plugin is not an ExecCredential"), T(look)),
		credential.PluginPrintedBadTime: failed(T("the exec plugin returned an ExecCredential whose expirationTimestamp is not an RFC 3339 time"), T(look)),
		credential.PluginCertificateUnusable: failed(T("the exec plugin returned a client certificate and a key that client-go cannot use: %s", err),
			T("Clear the plugin's cache and log in again, so that the plugin returns a new certificate with its key.")),
	}
}

// pluginOfOtherVersion is an exec plugin whose API version differs from the one in the kubeconfig, or a version that
// client-go does not support.
func pluginOfOtherVersion(_ *credential.Credential, f credential.Fault) kinds {
	write := run("kubectl config view --minify")
	if f.Plugin.Answered != "" {
		write = writeUser(f.User).Argf("--exec-api-version=%s", finding.Standard(f.Plugin.Answered))
	}
	unknown := T("the kubeconfig requests the exec plugin API version %q. client-go supports only client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1", finding.Standard(f.Plugin.APIVersion))
	if strings.HasSuffix(f.Plugin.APIVersion, "/v1alpha1") {
		unknown = T("the kubeconfig requests client.authentication.k8s.io/v1alpha1, which client-go removed in 1.24. client-go supports client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1")
	}
	return kinds{
		0: ofPlugin(f, T("%s", saidBy(f.Err)), T("Set the API version that the plugin returns in the kubeconfig, or update the plugin:"), write),
		credential.VersionUnknown: ofPlugin(f, unknown, T("Update the plugin, and create the kubeconfig again with its tool. If the installed plugin already supports v1, only set the version:"),
			writeUser(f.User).Add("--exec-api-version=client.authentication.k8s.io/v1")),
	}
}

// skippedPlugin is an exec plugin that client-go does not run because the user has another credential.
func skippedPlugin(_ *credential.Credential, f credential.Fault) kinds {
	command := finding.Program.Of(f.Plugin.Command)
	return kinds{
		0: prove(f.ID, "client-go does not run the exec plugin %q, because the user also has a token, a password or a client certificate", command).
			Fix("Remove the token, password or client certificate from the user's entry in the kubeconfig to use the exec plugin.", finding.Command{}),
		credential.FromKubeconfigFile: prove(f.ID, "no client runs the exec plugin %q, because the user also has another credential", command),
	}
}

// failedProvider is the finding about an auth provider (oidc) that returned no token.
func failedProvider(f credential.Fault) finding.Finding {
	p := f.Provider
	id, refresh := T("none"), T("none")
	switch {
	case !p.IDExpires.IsZero():
		id = T("expires at %s", finding.Time(p.IDExpires))
	case p.HasID:
		id = T("a token without a readable `exp`")
	}
	if p.HasRefresh {
		refresh = T("present")
	}
	return prove(finding.AuthProviderFailed, "the auth provider %q returned no token: %s", finding.Program.Of(p.Name), saidBy(f.Err)).
		Seen("client-go", saidBy(f.Err)).
		Seen("id-token of the auth-provider", id).
		Seen("refresh-token of the auth-provider", refresh).
		Fix("Log in again with the tool that wrote the kubeconfig, which replaces id-token and refresh-token.", finding.Command{})
}
