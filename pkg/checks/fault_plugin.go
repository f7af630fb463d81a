package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// faultyPlugin is an exec plugin that did not run, or without a credential.
func faultyPlugin(f credential.Fault) finding.Finding {
	switch f.ID {
	case finding.ExecPluginSkipped:
		return skippedPlugin(f)
	case finding.ExecCredentialExpired:
		return expiredAnswer(f)
	}
	said, advice, todo := saidOfPlugin(f)
	out := prove(f.ID, "%s", said).Seen("exec plugin", finding.Program.Of(f.Plugin.Command))
	if hint := f.Plugin.InstallHint; hint != "" {
		out = out.Seen("installHint of the kubeconfig", finding.Message(hint))
	}
	for _, line := range f.Plugin.Stderr {
		out = out.Seen("standard error of the plugin", finding.Message(line))
	}
	return out.FixBy(advice, todo)
}

// saidOfPlugin says what came of a plugin, and what to do about it.
func saidOfPlugin(f credential.Fault) (said, advice finding.Text, todo finding.Command) {
	p := f.Plugin
	command, err := finding.Program.Of(p.Command), saidBy(f.Err)
	said = T("%s", err)
	switch f.ID {
	case finding.ExecPluginNotAllowed:
		return T("kubectl's preferences (kuberc) do not let the exec plugin %q run: %s", command, err),
			T("Add the plugin's command to credentialPluginAllowlist in kubectl's preferences, if it is meant to run."), todo
	case finding.ExecPluginNotFound:
		return said, T("Install the plugin, or put its folder on the PATH of this shell."), todo
	case finding.ExecPluginNeedsTerminal:
		return T("the kubeconfig says that the exec plugin %q always needs a terminal (interactiveMode: Always), and standard input is none: client-go does not run it", command),
			T("Run the command from a terminal; or, where the plugin also does without one, set interactiveMode to IfAvailable."), writeUser(f.User).Add("--exec-interactive-mode=IfAvailable")
	case finding.ExecPluginVersionMismatch:
		return ofVersion(f)
	case finding.ExecPluginNoCredential:
		return said, T("Run the plugin by hand and look at what it prints."), todo
	}
	switch f.Problem {
	case credential.PluginTimedOut:
		return T("%s; kubectl would wait for it without end", err),
			T("Run the plugin by hand on a terminal, where it can ask what it waits for. --request-timeout gives it more time here."), todo
	case credential.PluginKilled:
		said = T("the exec plugin %q was ended by a signal", command)
	case credential.PluginExited:
		return T("the exec plugin %q ended with exit status %s", command, finding.Count(p.ExitCode)),
			T("What the plugin wrote to standard error, if it did, says more; most often it wants a new login. Run it by hand to see."), todo
	case credential.PluginNotStarted:
		return T("the exec plugin %q cannot be started: %s", command, err),
			T("See that the file is a program for this machine, and executable for this user."), todo
	case credential.PluginPrintedOther:
		return T("the exec plugin printed something that is no ExecCredential"), T(lookAtOutput), todo
	case credential.PluginPrintedBadTime:
		return T("the exec plugin printed an ExecCredential whose expirationTimestamp is no time in RFC 3339"), T(lookAtOutput), todo
	case credential.PluginCertificateUnusable:
		return T("the exec plugin answered with a certificate and a key that cannot be used: %s", err),
			T("Have the plugin issue certificate and key anew, together."), todo
	}
	return said, T("Run the plugin by hand: what it writes to standard error says more."), todo
}

const lookAtOutput = "Run the plugin by hand with KUBERNETES_EXEC_INFO set, and look at what it prints."

// ofVersion is a plugin that answers in another version than the kubeconfig asks for, or a
// version that client-go does not know.
func ofVersion(f credential.Fault) (said, advice finding.Text, todo finding.Command) {
	p := f.Plugin
	if f.Problem != credential.VersionUnknown {
		todo = run("kubectl config view --minify")
		if p.Answered != "" {
			todo = writeUser(f.User).Argf("--exec-api-version=%s", finding.Standard(p.Answered))
		}
		return T("%s", saidBy(f.Err)), T("Write the apiVersion that the plugin answers into the kubeconfig, or update the plugin."), todo
	}
	said = T("the kubeconfig asks the exec plugin for %q, which client-go does not know: it takes client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1", finding.Standard(p.APIVersion))
	if strings.HasSuffix(p.APIVersion, "/v1alpha1") {
		said = T("the kubeconfig asks the exec plugin for client.authentication.k8s.io/v1alpha1, which client-go dropped in 1.24: it takes client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1")
	}
	return said, T("Update the plugin, and have its tool write the kubeconfig anew; a plugin that already answers v1 needs the version changed alone."),
		writeUser(f.User).Add("--exec-api-version=client.authentication.k8s.io/v1")
}

// skippedPlugin is a plugin that does not run because of what stands beside it.
func skippedPlugin(f credential.Fault) finding.Finding {
	command := finding.Program.Of(f.Plugin.Command)
	if f.Problem == credential.HandedOver {
		return prove(f.ID, "the exec plugin %q is configured, and no client runs it while something stands beside it", command)
	}
	return prove(f.ID, "the exec plugin %q is configured, and is not run because a token, a password or a certificate stands beside it", command).
		Fix("Remove what stands beside the exec plugin from the user's entry.", finding.Command{})
}

// expiredAnswer is a plugin whose answer is past its own expirationTimestamp: client-go
// runs it again for what it already has.
func expiredAnswer(f credential.Fault) finding.Finding {
	return prove(f.ID, "the answer of the exec plugin %q is past its own expirationTimestamp: client-go sends it all the same, and runs the plugin anew for each request", finding.Program.Of(f.Plugin.Command)).
		Seen("client-go", T("ran the plugin %s times for one request", finding.Count(f.Plugin.Runs))).
		Fix("Have the plugin forget what it keeps, and log in again; compare this machine's clock.", run("date -u"))
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
	return prove(f.ID, "the auth provider %q gave no token: %s", finding.Program.Of(p.Name), saidBy(f.Err)).
		Seen("client-go", saidBy(f.Err)).
		Seen("id-token of the auth-provider", id).
		Seen("refresh-token of the auth-provider", refresh).
		Fix("Log in again with the tool that wrote the kubeconfig.", finding.Command{})
}
