package resolve

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// produceFault says why client-go could not produce the credential, by its words
// (k8s.io/client-go plugin/pkg/client/auth/exec/exec.go, transport/token_source.go).
func produceFault(config *rest.Config, user string, err error) credential.Fault {
	// What follows the first line is advice, or a dump of what was read.
	text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "getting credentials: "), "\n")
	f := credential.Fault{Effect: credential.Unavailable, Detail: text}
	contains := containsAny(text)
	switch {
	case contains("unable to load root certificates"):
		return invalid("the certificate authority of the cluster's entry holds no certificate in PEM, so that client-go makes no connection", text,
			"Write the cluster's CA anew; certificate-authority-data is base64 of the PEM.", "kubectl config view --minify")
	case contains("root certificates file with the insecure flag"):
		return invalid("the cluster's entry has a certificate authority and insecure-skip-tls-verify: true, of which client-go takes one alone", text,
			"Remove insecure-skip-tls-verify, and the server is checked by the certificate authority.", "kubectl config view --minify")
	case contains("username/password or bearer token may be set"):
		return invalid("the user's entry has a token and a user name, of which client-go takes one alone", text,
			"Remove the user name and the password, which no API server reads.", "kubectl config view --minify")
	case contains("execProvider and authProvider cannot be used"):
		return invalid("the user's entry has an exec plugin and an auth-provider, of which client-go takes one alone", text,
			"Remove the one that is not meant from the user's entry.", "kubectl config view --minify")
	case contains("auth plugin has been removed", "no Auth Provider found for name"):
		f.ID, f.Remedy = finding.AuthProviderRemoved, advice("Replace auth-provider by the exec plugin of the provider (gke-gcloud-auth-plugin, kubelogin).")
	case contains("token file", "token from file", "failed to read token"):
		f.ID, f.Remedy = finding.TokenFileUnreadable, advice("Put the token there again, or name another file.")
	case config.AuthProvider != nil:
		return authProviderFault(config.AuthProvider, text)
	case !runsPlugin(config):
		return certificateFault(user, text)
	default:
		return pluginFault(config.ExecProvider, user, err, text)
	}
	return f
}

// setUser is the command that changes the user's entry.
func setUser(user string) string { return "kubectl config set-credentials " + finding.Word(user) }

func containsAny(text string) func(...string) bool {
	return func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
}

func advice(description string) []finding.Remedy { return []finding.Remedy{{Description: description}} }

// invalid is a kubeconfig that client-go refuses.
func invalid(detail, words, description, command string) credential.Fault {
	return credential.Fault{
		ID: finding.KubeconfigInvalid, Effect: credential.Unavailable, Detail: detail,
		Evidence: []finding.Evidence{{Source: "client-go", Value: words}},
		Remedy:   []finding.Remedy{{Description: description, Command: command}},
	}
}

// certificateFault is a certificate and a key that client-go cannot present.
func certificateFault(user, text string) credential.Fault {
	f := credential.Fault{ID: finding.ClientCertificateUnusable, Effect: credential.Unavailable, Detail: "the client certificate of the kubeconfig cannot be used: " + text}
	f.Evidence = []finding.Evidence{{Source: "client-go", Value: text}}
	f.Remedy = []finding.Remedy{{
		Description: "Write certificate and key anew from the files that belong together.",
		Command:     setUser(user) + " --client-certificate=CERTIFICATE-FILE --client-key=KEY-FILE --embed-certs",
	}}
	switch contains := containsAny(text); {
	case contains("inputs may have been switched"), contains("found a certificate rather than a key"):
		f.Detail = "certificate and key are swapped: one stands where the other belongs, and the client can present neither"
	case contains("does not match public key"):
		f.Detail = "the key of the kubeconfig does not belong to its certificate: the client cannot sign for it"
	case contains("certificate input"):
		f.Detail = "what the kubeconfig has for a client certificate is no certificate in PEM"
	case contains("key input", "parse private key", "parsing private key"):
		f.Detail = "what the kubeconfig has for the key of the client certificate is no private key in PEM that can be read"
	}
	return f
}

// authProviderFault is an auth provider (oidc) without a token.
func authProviderFault(p *clientcmdapi.AuthProviderConfig, text string) credential.Fault {
	f := credential.Fault{
		ID: finding.AuthProviderFailed, Effect: credential.Unavailable, Detail: fmt.Sprintf("the auth provider %q gave no token: %s", p.Name, text),
		Evidence: []finding.Evidence{{Source: "client-go", Value: text}},
		Remedy:   advice("Log in again with the tool that wrote the kubeconfig."),
	}
	kept := p.Config["id-token"]
	if kept == "" {
		f.Evidence = append(f.Evidence, finding.Evidence{Source: "id-token of the auth-provider", Value: "none"})
	} else if exp, has := token.Parse(kept).ExpiresAt(); has {
		f.Evidence = append(f.Evidence, finding.Evidence{Source: "id-token of the auth-provider", Value: "expires at " + exp.UTC().Format("2006-01-02 15:04:05Z")})
	} else {
		f.Evidence = append(f.Evidence, finding.Evidence{Source: "id-token of the auth-provider", Value: "not a token that says when it expires"})
	}
	refresh := "none"
	if p.Config["refresh-token"] != "" {
		refresh = "there is one"
	}
	f.Evidence = append(f.Evidence, finding.Evidence{Source: "refresh-token of the auth-provider", Value: refresh})
	return f
}

// pluginFault is an exec plugin without a credential.
func pluginFault(p *clientcmdapi.ExecConfig, user string, err error, text string) credential.Fault {
	f := credential.Fault{Effect: credential.Unavailable, Detail: text, Evidence: []finding.Evidence{{Source: "exec plugin", Value: p.Command}}}
	fix := func(id finding.ID, description, command string) {
		f.ID, f.Remedy = id, []finding.Remedy{{Description: description, Command: command}}
	}
	switch contains := containsAny(text); {
	case errors.As(err, new(*timeoutError)):
		f.Detail = err.Error() + "; kubectl would wait for it without end"
		fix(finding.ExecPluginFailed, "Run the plugin by hand on a terminal, where it can ask what it waits for. --request-timeout gives it more time here.", "")
	case contains("not permitted by the credential plugin allowlist", "not allowed: policy set to", "allowlist misconfiguration", "plugin policy"):
		f.Detail = fmt.Sprintf("kubectl's preferences (kuberc) do not let the exec plugin %q run: %s", p.Command, text)
		fix(finding.ExecPluginNotAllowed, "Add the plugin's command to credentialPluginAllowlist in kubectl's preferences, if it is meant to run.", "")
	case contains("executable ", "fork/exec ") && contains(" not found", "no such file"), contains("cannot be resolved for credential plugin allowlist"):
		fix(finding.ExecPluginNotFound, "Install the plugin, or put its folder on the PATH of this shell.", "")
		if hint := strings.Join(strings.Fields(p.InstallHint), " "); hint != "" {
			f.Evidence = append(f.Evidence, finding.Evidence{Source: "installHint of the kubeconfig", Value: cut(hint)})
		}
	case contains("failed with exit code -1"):
		f.Detail = fmt.Sprintf("the exec plugin %q was ended by a signal", p.Command)
		fix(finding.ExecPluginFailed, "Run the plugin by hand: what it writes to standard error says more.", "")
	case contains("failed with exit code "):
		_, code, _ := strings.Cut(text, "failed with exit code ")
		f.Detail = fmt.Sprintf("the exec plugin %q ended with exit status %s", p.Command, code)
		fix(finding.ExecPluginFailed, "What the plugin wrote to standard error, if it did, says more; most often it wants a new login. Run it by hand to see.", "")
	case contains("exec: fork/exec ", "permission denied"):
		f.Detail = fmt.Sprintf("the exec plugin %q cannot be started: %s", p.Command, text)
		fix(finding.ExecPluginFailed, "See that the file is a program for this machine, and executable for this user.", "")
	case contains("cannot support interactive mode"):
		f.Detail = fmt.Sprintf("the kubeconfig says that the exec plugin %q always needs a terminal (interactiveMode: Always), and standard input is none: client-go does not run it", p.Command)
		fix(finding.ExecPluginNeedsTerminal, "Run the command from a terminal; or, where the plugin also does without one, set interactiveMode to IfAvailable.", setUser(user)+" --exec-interactive-mode=IfAvailable")
	case contains("__internal"), contains("decoding stdout"):
		f.Detail = "the exec plugin printed something that is no ExecCredential"
		if contains("parsing time") {
			f.Detail = "the exec plugin printed an ExecCredential whose expirationTimestamp is no time in RFC 3339"
		}
		fix(finding.ExecPluginFailed, "Run the plugin by hand with KUBERNETES_EXEC_INFO set, and look at what it prints.", "")
	case contains("invalid apiVersion"):
		f.Detail = fmt.Sprintf("the kubeconfig asks the exec plugin for %q, which client-go does not know: it takes client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1", p.APIVersion)
		if strings.HasSuffix(p.APIVersion, "/v1alpha1") {
			f.Detail = "the kubeconfig asks the exec plugin for client.authentication.k8s.io/v1alpha1, which client-go dropped in 1.24: it takes client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1"
		}
		fix(finding.ExecPluginVersionMismatch, "Update the plugin, and have its tool write the kubeconfig anew; a plugin that already answers v1 needs the version changed alone.", setUser(user)+" --exec-api-version=client.authentication.k8s.io/v1")
	case contains("is configured to use API version"):
		fix(finding.ExecPluginVersionMismatch, "Write the apiVersion that the plugin answers into the kubeconfig, or update the plugin.", "kubectl config view --minify")
		if _, answered, ok := strings.Cut(text, "plugin returned version "); ok {
			fix(finding.ExecPluginVersionMismatch, "Write the apiVersion that the plugin answers into the kubeconfig, or update the plugin.", setUser(user)+" --exec-api-version="+finding.Word(answered))
		}
	case contains("didn't return a token", "didn't return a status", "returned only certificate or key"):
		fix(finding.ExecPluginNoCredential, "Run the plugin by hand and look at what it prints.", "")
	case contains("failed parsing client"):
		f.Detail = "the exec plugin answered with a certificate and a key that cannot be used: " + text
		fix(finding.ExecPluginFailed, "Have the plugin issue certificate and key anew, together.", "")
	default:
		fix(finding.ExecPluginFailed, "Run the plugin by hand: what it writes to standard error says more.", "")
	}
	return f
}

// expiredAnswer is a plugin whose answer is past its own expirationTimestamp: client-go
// runs it again for what it already has.
func expiredAnswer(command string, runs int64) credential.Fault {
	return credential.Fault{
		ID: finding.ExecCredentialExpired, Effect: credential.Remark,
		Detail:   fmt.Sprintf("the answer of the exec plugin %q is past its own expirationTimestamp: client-go sends it all the same, and runs the plugin anew for each request", command),
		Evidence: []finding.Evidence{{Source: "client-go", Value: fmt.Sprintf("ran the plugin %d times for one request", runs)}},
		Remedy: []finding.Remedy{{Description: "Have the plugin forget what it keeps, and log in again; compare this machine's clock.",
			Command: "date -u"}},
	}
}

// said is how much of a plugin's standard error is evidence.
const said = 12

// pluginSaid is what the plugin wrote to standard error at last.
func (r *Resolver) pluginSaid() []finding.Evidence {
	if r.PluginStderr == nil {
		return nil
	}
	lines := r.PluginStderr.Lines(time.Second)
	if len(lines) > said {
		lines = lines[len(lines)-said:]
	}
	var out []finding.Evidence
	for _, l := range lines {
		out = append(out, finding.Evidence{Source: "standard error of the plugin", Value: cut(l)})
	}
	return out
}
