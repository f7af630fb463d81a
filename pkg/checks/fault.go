package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// kinds has the finding on each kind of a fault. All are made and one is taken: faults are few,
// and a table reads best.
type kinds map[credential.Problem]finding.Finding

// faults are the tables of the faults that have several kinds; remarks has the others.
var faults = map[finding.ID]func(*credential.Credential, credential.Fault) kinds{
	finding.KubeconfigInvalid:         invalidKubeconfig,
	finding.ClientCertificateUnusable: unusableCertificate,
	finding.NoCredential:              nobodyIdentified,
	finding.ExecPluginFailed:          failedPlugin,
	finding.ExecPluginVersionMismatch: pluginOfOtherVersion,
	finding.ExecPluginSkipped:         skippedPlugin,
	finding.TokenFileUnreadable:       unreadableToken,
	finding.TokenShadowedByTokenFile:  shadowedToken,
	finding.TokenFileEncoding:         encodedToken,
	finding.TokenNotRead:              unreadInContainer,
}

// remarks has the findings on the faults of which there is one kind.
func remarks(f credential.Fault) map[finding.ID]finding.Finding {
	plugin, said := finding.Program.Of(f.Plugin.Command), saidBy(f.Err)
	return map[finding.ID]finding.Finding{
		finding.ExecPluginNotAllowed: ofPlugin(f, T("kubectl's preferences (kuberc) do not let the exec plugin %q run: %s", plugin, said),
			T("Add the plugin's command to credentialPluginAllowlist in kubectl's preferences, if it is meant to run."), finding.Command{}),
		finding.ExecPluginNotFound: ofPlugin(f, T("%s", said), T("Install the plugin, or put its folder on the PATH of this shell."), finding.Command{}),
		finding.ExecPluginNeedsTerminal: ofPlugin(f, T("the kubeconfig says that the exec plugin %q always needs a terminal (interactiveMode: Always), and standard input is none: client-go does not run it", plugin),
			T("Run the command from a terminal; or, where the plugin also does without one, set interactiveMode to IfAvailable."), writeUser(f.User).Add("--exec-interactive-mode=IfAvailable")),
		finding.ExecPluginNoCredential: ofPlugin(f, T("%s", said), T("Run the plugin by hand and look at what it prints."), finding.Command{}),
		// client-go runs it again for what it already has.
		finding.ExecCredentialExpired: prove(finding.ExecCredentialExpired, "the answer of the exec plugin %q is past its own expirationTimestamp: client-go sends it all the same, and runs the plugin anew for each request", plugin).
			Seen("client-go", T("ran the plugin %s times for one request", finding.Count(f.Plugin.Runs))).
			Fix("Have the plugin forget what it keeps, and log in again; compare this machine's clock.", run("date -u")),
		finding.AuthProviderRemoved: prove(finding.AuthProviderRemoved, "%s", said).
			Fix("Replace auth-provider by the exec plugin of the provider (gke-gcloud-auth-plugin, kubelogin).", finding.Command{}),
		finding.AuthProviderFailed: failedProvider(f),
		finding.CertificateWithoutKey: prove(finding.CertificateWithoutKey, "the user %q of the kubeconfig has a client certificate and no key", finding.User.Of(f.User)).
			Seen("client-go", said).
			Fix("Write the key that belongs to the certificate beside it.", writeUser(f.User).Add("--client-key=KEY-FILE --embed-certs")),
		finding.ServerCertificateUnchecked: prove(finding.ServerCertificateUnchecked, "the server's certificate is not checked (%s): whoever answers at the address gets the credential", f.Key).
			Seen("insecure-skip-tls-verify", T("true")).
			Fix("Check the server by the cluster's CA, which each namespace has in the ConfigMap kube-root-ca.crt.", writeAuthority(f.Cluster)),
		// Of the Pod that this runs in.
		finding.ServerCertificateUntrusted: prove(finding.ServerCertificateUntrusted, "there is no CA in "+credential.PodFolder+"/ca.crt beside the token of this Pod: the server's certificate is held against the CAs of this image"),
		finding.ImpersonationConfigured:    impersonates(f),
		finding.PlainHTTPServer:            plainHTTP(f),
	}
}

// FromFault is a fault of how the credential is kept as a finding.
func FromFault(c *credential.Credential, f credential.Fault) finding.Finding {
	out := ofFault(c, f)
	seen := []string{out.Detail.String()}
	for _, also := range f.Also {
		other := ofFault(c, also)
		if slices.Contains(seen, other.Detail.String()) {
			continue
		}
		seen = append(seen, other.Detail.String())
		out = out.Saying(T("%s; %s", out.Detail, other.Detail))
		out.Evidence = append(out.Evidence, other.Evidence...)
	}
	return out
}

func ofFault(c *credential.Credential, f credential.Fault) finding.Finding {
	if table, several := faults[f.ID]; several {
		return table(c, f)[f.Problem]
	}
	return remarks(f)[f.ID]
}

// Unread is why a token in a container was not read, where that is not laid to its file.
func Unread(p *credential.Projected) finding.Finding {
	return FromFault(&credential.Credential{Projected: p}, *p.Unread)
}

// saidBy is what an error says.
func saidBy(err error) finding.Value {
	if err == nil {
		return finding.Text{}
	}
	return finding.Err(err)
}
