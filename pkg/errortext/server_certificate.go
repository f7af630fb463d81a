package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// goX509 has Go's messages about a client certificate that cannot be verified.
//
// crypto/x509 verify.go. The hint is the error of the first candidate with the right name: a
// signature by another key, or a CA that may not sign.
var goX509 = []pattern{
	{text: `x509: certificate has expired or is not yet valid: current time {now:word} is after {notAfter:word}`, ids: []finding.ID{finding.CertificateExpired}},
	{text: `x509: certificate has expired or is not yet valid: current time {now:word} is before {notBefore:word}`, ids: []finding.ID{finding.CertificateNotYetValid}},
	{text: `x509: certificate has expired or is not yet valid`, ids: []finding.ID{finding.CertificateExpired, finding.CertificateNotYetValid}},
	{text: `x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate {candidate:q})`,
		ids: []finding.ID{finding.ClientCARebuilt}, values: map[string]string{"hint": "crypto/rsa: verification error"}},
	{text: `x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate {candidate:q})`,
		ids: []finding.ID{finding.ClientCARebuilt}, values: map[string]string{"hint": "x509: ECDSA verification failure"}},
	{text: `x509: certificate signed by unknown authority (possibly because of "x509: Ed25519 verification failure" while trying to verify candidate authority certificate {candidate:q})`,
		ids: []finding.ID{finding.ClientCARebuilt}, values: map[string]string{"hint": "x509: Ed25519 verification failure"}},
	{text: `x509: certificate signed by unknown authority (possibly because of {hint:q} while trying to verify candidate authority certificate {candidate:q})`,
		ids: []finding.ID{finding.ClientCANotTrusted}},
	{text: `x509: certificate signed by unknown authority`, ids: []finding.ID{finding.ClientCANotTrusted}},
	{text: `x509: certificate specifies an incompatible key usage`, ids: []finding.ID{finding.CertificateKeyUsage}},
	{text: `x509: a root or intermediate certificate is not authorized for an extended key usage: {error...}`, ids: []finding.ID{finding.CertificateKeyUsage}},
	{text: `x509: no valid chains built: {error...}`, ids: []finding.ID{finding.CertificateKeyUsage, finding.ClientCANotTrusted}},
	{text: `x509: {error...}`, ids: []finding.ID{finding.CredentialRejected}},
}

// serverCertificate has the messages about client certificates: those of the client CA's
// authenticator, and Go's alone, which the front proxy's authenticator returns. Up to 1.19, the
// client CA's authenticator also returned Go's alone.
//
// k8s.io/apiserver pkg/authentication/request/x509/x509.go.
func serverCertificate() []pattern {
	table := []pattern{
		{text: `expected 1 UID, but found multiple: {uids...}`, stage: X509, since: "1.33", ids: []finding.ID{finding.CredentialRejected}},
		{text: `UID cannot be an empty string`, stage: X509, since: "1.33", ids: []finding.ID{finding.CredentialRejected}},
		{text: `unable to parse UID into a string`, stage: X509, since: "1.33", ids: []finding.ID{finding.CredentialRejected}},
	}
	table = append(table, notAllowed...)
	for _, p := range goX509 {
		byName := p
		byName.stage = X509
		byName.text = `verifying certificate SN={serial}, SKID={skid}, AKID={akid} failed: ` + p.text
		table = append(table, byName)

		p.stage = RequestHeader
		if slices.Equal(p.ids, []finding.ID{finding.ClientCANotTrusted}) {
			// If this is the only message: the client CA's authenticator returns no error for a
			// valid certificate without a user name, and does not exist if only front proxies are
			// configured.
			p.ids = []finding.ID{finding.ClientCANotTrusted, finding.CertificateWithoutCommonName}
		}
		table = append(table, p)
	}
	return table
}
