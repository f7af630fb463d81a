package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// kinds maps each kind of a fault to its finding.
type kinds map[credential.Problem]finding.Finding

// faults has the tables of the faults with several kinds; remarks has the others.
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

// remarks has the findings on the faults with one kind.
func remarks(f credential.Fault) map[finding.ID]finding.Finding {
	plugin, said := finding.Program.Of(f.Plugin.Command), saidBy(f.Err)
	return map[finding.ID]finding.Finding{
		finding.ExecPluginNotAllowed: ofPlugin(f, T("kubectl's preferences (kuberc) do not allow the exec plugin %q: %s", plugin, said),
			T("If you trust the plugin, add its command to credentialPluginAllowlist in ~/.kube/kuberc and run the command again."), finding.Command{}),
		finding.ExecPluginNotFound: missingPlugin(f, said),
		finding.ExecPluginNeedsTerminal: ofPlugin(f, T("client-go does not run the exec plugin %q. The kubeconfig requires a terminal (interactiveMode: Always), but standard input is not a terminal", plugin),
			T("Run the command in a terminal. If the plugin can also run without a terminal, set interactiveMode to IfAvailable:"), writeUser(f.User).Add("--exec-interactive-mode=IfAvailable")),
		finding.ExecPluginNoCredential: ofPlugin(f, T("%s", said), T("Run the plugin in a terminal with the command and arguments of the kubeconfig's exec section. Its output must be an ExecCredential with a status."), finding.Command{}),
		// client-go runs the plugin again for each request and gets the same credential.
		finding.ExecCredentialExpired: prove(finding.ExecCredentialExpired, "the exec plugin %q returned a credential whose expirationTimestamp has passed. client-go still sends the credential, and runs the plugin again for each request", plugin).
			Seen("client-go", T("ran the plugin %s times for one request", finding.Count(f.Plugin.Runs))).
			Fix("Clear the plugin's cache and log in again. If the credential is new, correct this machine's clock, which is:", run("date -u")),
		finding.AuthProviderRemoved: prove(finding.AuthProviderRemoved, "%s", said).
			Fix("Install the exec plugin of the provider (gke-gcloud-auth-plugin or kubelogin), and create the kubeconfig again with the provider's tool.", finding.Command{}),
		finding.AuthProviderFailed: failedProvider(f),
		finding.CertificateWithoutKey: prove(finding.CertificateWithoutKey, "the user %q in the kubeconfig has a client certificate without a private key", finding.User.Of(f.User)).
			Seen("client-go", said).
			Fix("Add the private key of the certificate to the kubeconfig:", writeUser(f.User).Add("--client-key=KEY-FILE --embed-certs")),
		finding.ServerCertificateUnchecked: prove(finding.ServerCertificateUnchecked, "the server certificate is not verified (%s). Any server that answers at the address receives the credential", f.Key).
			Seen("insecure-skip-tls-verify", T("true")).
			Fix("Remove insecure-skip-tls-verify and add the cluster's CA to the kubeconfig. Get the CA from a source that you trust, such as the administrator:", writeAuthority(f.Cluster)),
		// Of the Pod that this runs in.
		finding.ServerCertificateUntrusted: prove(finding.ServerCertificateUntrusted, "no CA exists in "+credential.PodFolder+"/ca.crt of this Pod, so the server certificate is verified with the CAs of this image"),
		finding.ImpersonationConfigured:    impersonates(f),
		finding.PlainHTTPServer:            plainHTTP(f),
	}
}

// FromFault is the finding on a fault in the storage of the credential.
func FromFault(c *credential.Credential, f credential.Fault) finding.Finding {
	out := ofFault(c, f)
	seen := []string{out.Detail.String()}
	for _, also := range f.Also {
		other := ofFault(c, also)
		if slices.Contains(seen, other.Detail.String()) {
			continue
		}
		seen = append(seen, other.Detail.String())
		out = out.Saying(T("%s. %s", out.Detail, other.Detail.Capital()))
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

// Unread is the reason why a token in a container was not read, unless its file is the reason.
func Unread(p *credential.Projected) finding.Finding {
	return FromFault(&credential.Credential{Projected: p}, *p.Unread)
}

// saidBy is the message of an error.
func saidBy(err error) finding.Value {
	if err == nil {
		return finding.Text{}
	}
	return finding.Err(err)
}
