package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The faults were found when the credential was read, such as an exec plugin that fails or a file that is missing.
var credentialProduced = Check{
	ID:        "credential-produced",
	Title:     "credential source",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
	Finds: []finding.ID{
		finding.KubeconfigInvalid, finding.AuthProviderRemoved, finding.AuthProviderFailed, finding.ExecPluginNotFound, finding.ExecPluginFailed,
		finding.ExecPluginVersionMismatch, finding.ExecPluginNoCredential, finding.ExecPluginNeedsTerminal, finding.ExecPluginNotAllowed,
		finding.ExecCredentialExpired, finding.ExecPluginSkipped, finding.ClientCertificateUnusable, finding.CertificateWithoutKey,
		finding.TokenShadowedByTokenFile, finding.TokenFileUnreadable, finding.TokenFileEncoding, finding.PlainHTTPServer, finding.ServerCertificateUnchecked,
	},
	Run: func(c *Case) Result {
		var findings []finding.Finding
		for _, f := range c.Subject().Credential.Faults {
			if f.ID == finding.NoCredential || f.ID == finding.ImpersonationConfigured || f.ID == finding.PlainHTTPServer && c.Server.URL != "" {
				// The checks credentialPresent, impersonation and encryptedConnection report these.
				continue
			}
			findings = append(findings, FromFault(c.Subject().Credential, f))
		}
		if len(findings) == 0 {
			return pass(c.Subject().Credential.Source)
		}
		return report(findings...)
	},
}
