package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// goX509 is what Go says when a client certificate does not verify.
//
// crypto/x509 verify.go. The hint is the error of the first candidate of the right
// name: a signature that another key made, or a CA that may not sign.
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

// serverCertificate is what is said of client certificates: by the authenticator
// of the client CA, and, in Go's words alone, by that of the front proxy's CA. Up
// to 1.19 the client CA's had no words of its own either.
//
// k8s.io/apiserver pkg/authentication/request/x509/x509.go.
func serverCertificate() []pattern {
	table := []pattern{
		{text: `expected 1 UID, but found multiple: {uids...}`, stage: X509, since: "1.33", ids: []finding.ID{finding.CredentialRejected}},
		{text: `UID cannot be an empty string`, stage: X509, since: "1.33", ids: []finding.ID{finding.CredentialRejected}},
		{text: `unable to parse UID into a string`, stage: X509, since: "1.33", ids: []finding.ID{finding.CredentialRejected}},
		// The front proxy's CA signed it, and it is not the front proxy's.
		{text: `x509: subject with cn={commonName} is not in the allowed list`, stage: RequestHeader,
			ids: []finding.ID{finding.ClientCANotTrusted, finding.AggregatedAPIRefused}},
	}
	for _, p := range goX509 {
		byName := p
		byName.stage = X509
		byName.text = `verifying certificate SN={serial}, SKID={skid}, AKID={akid} failed: ` + p.text
		table = append(table, byName)

		p.stage = RequestHeader
		if slices.Equal(p.ids, []finding.ID{finding.ClientCANotTrusted}) {
			// Alone: the client CA's authenticator is silent on a good certificate that
			// names nobody, and there is none where only front proxies are known.
			p.ids = []finding.ID{finding.ClientCANotTrusted, finding.CertificateWithoutCommonName}
		}
		table = append(table, p)
	}
	return table
}
