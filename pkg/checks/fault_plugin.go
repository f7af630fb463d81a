package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ofPlugin is an exec plugin that did not run, or without a credential.
func ofPlugin(f credential.Fault, said, advice finding.Text, command finding.Command) finding.Finding {
	out := prove(f.ID, "%s", said).Seen("exec plugin", finding.Program.Of(f.Plugin.Command))
	if hint := f.Plugin.InstallHint; hint != "" {
		out = out.Seen("installHint of the kubeconfig", finding.Message(hint))
	}
	for _, line := range f.Plugin.Stderr {
		out = out.Seen("standard error of the plugin", finding.Message(line))
	}
	return out.FixBy(advice, command)
}

// failedPlugin is a plugin that ran, or was to, and gave nothing that can be used.
func failedPlugin(_ *credential.Credential, f credential.Fault) kinds {
	const look = "Run the plugin by hand with KUBERNETES_EXEC_INFO set, and look at what it prints."
	command, err := finding.Program.Of(f.Plugin.Command), saidBy(f.Err)
	byHand := T("Run the plugin by hand: what it writes to standard error says more.")
	failed := func(said, advice finding.Text) finding.Finding { return ofPlugin(f, said, advice, finding.Command{}) }
	return kinds{
		0: failed(T("%s", err), byHand),
		credential.PluginTimedOut: failed(T("%s; kubectl would wait for it without end", err),
			T("Run the plugin by hand on a terminal, where it can ask what it waits for. --request-timeout gives it more time here.")),
		credential.PluginKilled: failed(T("the exec plugin %q was ended by a signal", command), byHand),
		credential.PluginExited: failed(T("the exec plugin %q ended with exit status %s", command, finding.Count(f.Plugin.ExitCode)),
			T("What the plugin wrote to standard error, if it did, says more; most often it wants a new login. Run it by hand to see.")),
		credential.PluginNotStarted: failed(T("the exec plugin %q cannot be started: %s", command, err),
			T("See that the file is a program for this machine, and executable for this user.")),
		credential.PluginPrintedOther:   failed(T("the exec plugin printed something that is no ExecCredential"), T(look)),
		credential.PluginPrintedBadTime: failed(T("the exec plugin printed an ExecCredential whose expirationTimestamp is no time in RFC 3339"), T(look)),
		credential.PluginCertificateUnusable: failed(T("the exec plugin answered with a certificate and a key that cannot be used: %s", err),
			T("Have the plugin issue certificate and key anew, together.")),
	}
}

// pluginOfOtherVersion is a plugin that answers in another version than the kubeconfig asks for,
// or is asked for one that client-go does not know.
func pluginOfOtherVersion(_ *credential.Credential, f credential.Fault) kinds {
	write := run("kubectl config view --minify")
	if f.Plugin.Answered != "" {
		write = writeUser(f.User).Argf("--exec-api-version=%s", finding.Standard(f.Plugin.Answered))
	}
	unknown := T("the kubeconfig asks the exec plugin for %q, which client-go does not know: it takes client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1", finding.Standard(f.Plugin.APIVersion))
	if strings.HasSuffix(f.Plugin.APIVersion, "/v1alpha1") {
		unknown = T("the kubeconfig asks the exec plugin for client.authentication.k8s.io/v1alpha1, which client-go dropped in 1.24: it takes client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1")
	}
	return kinds{
		0: ofPlugin(f, T("%s", saidBy(f.Err)), T("Write the apiVersion that the plugin answers into the kubeconfig, or update the plugin."), write),
		credential.VersionUnknown: ofPlugin(f, unknown, T("Update the plugin, and have its tool write the kubeconfig anew; a plugin that already answers v1 needs the version changed alone."),
			writeUser(f.User).Add("--exec-api-version=client.authentication.k8s.io/v1")),
	}
}

// skippedPlugin is a plugin that does not run because of what stands beside it.
func skippedPlugin(_ *credential.Credential, f credential.Fault) kinds {
	command := finding.Program.Of(f.Plugin.Command)
	return kinds{
		0: prove(f.ID, "the exec plugin %q is configured, and is not run because a token, a password or a certificate stands beside it", command).
			Fix("Remove what stands beside the exec plugin from the user's entry.", finding.Command{}),
		credential.HandedOver: prove(f.ID, "the exec plugin %q is configured, and no client runs it while something stands beside it", command),
	}
}

// failedProvider is an auth provider (oidc) without a token.
func failedProvider(f credential.Fault) finding.Finding {
	p := f.Provider
	id, refresh := T("none"), T("none")
	switch {
	case !p.IDExpires.IsZero():
		id = T("expires at %s", finding.Time(p.IDExpires))
	case p.HasID:
		id = T("not a token that says when it expires")
	}
	if p.HasRefresh {
		refresh = T("there is one")
	}
	return prove(finding.AuthProviderFailed, "the auth provider %q gave no token: %s", finding.Program.Of(p.Name), saidBy(f.Err)).
		Seen("client-go", saidBy(f.Err)).
		Seen("id-token of the auth-provider", id).
		Seen("refresh-token of the auth-provider", refresh).
		Fix("Log in again with the tool that wrote the kubeconfig.", finding.Command{})
}
