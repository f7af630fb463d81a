package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

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
	switch f.ID {
	case finding.KubeconfigInvalid:
		return invalidKubeconfig(f)
	case finding.ClientCertificateUnusable:
		return unusableCertificate(f)
	case finding.NoCredential:
		return nobodyIdentified(c, f)
	case finding.TokenFileUnreadable:
		return unreadableToken(c, f)
	case finding.TokenShadowedByTokenFile:
		return shadowedToken(f)
	case finding.TokenFileEncoding:
		return encodedToken(c, f)
	case finding.AuthProviderFailed:
		return failedProvider(f)
	case finding.ServerCertificateUntrusted:
		// Of the Pod that this runs in.
		return prove(f.ID, "there is no CA in "+credential.PodFolder+"/ca.crt beside the token of this Pod: the server's certificate is held against the CAs of this image")
	case finding.CertificateWithoutKey, finding.PlainHTTPServer, finding.ImpersonationConfigured, finding.ServerCertificateUnchecked, finding.AuthProviderRemoved:
		return kubeconfigRemark(f)
	}
	return faultyPlugin(f)
}

// saidBy is what an error says.
func saidBy(err error) finding.Value {
	if err == nil {
		return finding.Text{}
	}
	return finding.Err(err)
}
