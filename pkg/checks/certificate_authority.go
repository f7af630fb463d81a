package checks

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Any client can read the names of the CAs that a server requests in the handshake. They are those of
// --client-ca-file and --requestheader-client-ca-file.
var certificateAuthority = Check{
	ID:        "certificate-authority",
	Title:     "client CA",
	Passed:    T("requested by the server in the TLS handshake"),
	Reference: x509Source,
	Finds:     []finding.ID{finding.ClientCANotTrusted, finding.ClientCARebuilt},
	Applies: func(c *Case) bool {
		// A server that requests no certificate does not authenticate with one.
		return c.HasCertificate() && (!c.Server.Handshake.Known() || c.Server.Handshake.Value.RequestsCertificate)
	},
	Run: func(c *Case) Result {
		certificate := c.Subject().Credential.Certificate
		h := c.Server.Handshake
		switch u := diagnose.UserOf(c.Subject().Wire); {
		case u != nil && slices.Contains(u.Extra[diagnose.CredentialID], "X509SHA256="+certificate.Fingerprint()),
			// Before Kubernetes 1.32, the answer does not name the certificate.
			c.Authenticated() && c.Subject().Credential.Token == nil:
			return pass(T("trusted: the API server accepts the certificate"))
		case !h.Known():
			return unknown(T("the CAs that the server asks for were not seen: %s", h.Reason()), finding.ClientCANotTrusted, finding.ClientCARebuilt)
		case len(h.Value.AcceptableCAs) == 0:
			return unknown(T("the server does not name the CAs that it accepts"), finding.ClientCANotTrusted, finding.ClientCARebuilt)
		}
		if cert := c.IssuerAmong(h.Value); cert != nil {
			if !c.RefusedOnTheWire() {
				return pass(noDetail)
			}
			if r, settled := byAuthorities(c, certificate); settled {
				return r
			}
			f := finding.Found(finding.ClientCARebuilt, finding.Possible, "the API server requests certificates of a CA named %q, which is also the name of this certificate's issuer. If the signature is the reason for the rejection, that CA has another key", issuerOf(cert)).
				Seen("issuer of the certificate", issuerOf(cert).Whole())
			if a := c.Configuration.Authorities; a.Known() && len(a.Value.Clients) > 0 {
				f = f.SeenAt(a.Source, T("one of these CAs signed the certificate. The list may contain CAs that the API server no longer trusts"))
			}
			f = newCertificate(c, f)
			if len(cert.AuthorityKeyId) > 0 {
				f = f.Seen("key identifier of the issuer", keyIdentifier(cert.AuthorityKeyId))
			}
			if forFrontProxies(cert.Issuer.String()) {
				const detail = "the API server requests certificates of that CA, whose name suggests that it identifies front proxies and not clients"
				return report(f, finding.Found(finding.ClientCANotTrusted, finding.Possible, detail).Seen("issuer of the certificate", issuerOf(cert).Whole()))
			}
			return report(f)
		}
		f := prove(finding.ClientCANotTrusted, "the certificate was issued by %q, and the API server requests certificates of other CAs only", issuerOf(certificate.Leaf)).
			Seen("issuer of the certificate", issuerOf(certificate.Leaf).Whole()).
			Seen("CAs that the API server requests (TLS handshake)", diagnose.ListedAuthorities(h.Value.AcceptableCAs))
		return report(ofTrustedCA(c, f))
	},
}

// forFrontProxies reports whether the name of a CA looks like one for front proxies. The server requests their
// certificates as well, and the handshake does not distinguish the CAs.
func forFrontProxies(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"front-proxy", "request-header", "requestheader", "aggregator"}, func(s string) bool { return strings.Contains(name, s) })
}

// byAuthorities compares the certificate with the CAs that the API servers publish. A published CA may be an old
// one, so that a CA that signed the certificate proves nothing.
func byAuthorities(c *Case, certificate *credential.Certificate) (Result, bool) {
	a := c.Configuration.Authorities
	if !a.Known() || len(a.Value.Clients) == 0 || signedByOne(certificate, a.Value.Clients) {
		return Result{}, false
	}
	for _, cert := range append([]*x509.Certificate{certificate.Leaf}, certificate.Chain...) {
		for _, ca := range a.Value.Clients {
			if !bytes.Equal(ca.RawSubject, cert.RawIssuer) {
				continue
			}
			f := prove(finding.ClientCARebuilt, "the API server trusts a CA named %q, which did not sign this certificate. The CA of the same name that signed the certificate has another key", subjectOf(ca)).
				SeenAt(a.Source, T("client-ca-file: %s, since %s, SHA-256 %s", subjectOf(ca).Whole(), finding.Time(ca.NotBefore), finding.Fingerprint.Of(fingerprint(ca)))).
				Seen("issuer of the certificate", issuerOf(cert).Whole())
			if len(cert.AuthorityKeyId) > 0 && len(ca.SubjectKeyId) > 0 && !bytes.Equal(cert.AuthorityKeyId, ca.SubjectKeyId) {
				f = f.Seen("key identifier of the issuer", keyIdentifier(cert.AuthorityKeyId)).
					Seen("key identifier of server's CA", keyIdentifier(ca.SubjectKeyId))
			}
			return report(newCertificate(c, f)), true
		}
	}
	f := prove(finding.ClientCANotTrusted, "the certificate was issued by %q, which is not among the CAs for client certificates", issuerOf(certificate.Leaf)).
		Seen("issuer of the certificate", issuerOf(certificate.Leaf).Whole()).
		SeenAt(a.Source, T("client-ca-file: %s", subjects(a.Value.Clients)))
	if signedByOne(certificate, a.Value.FrontProxy) {
		f = f.Saying(T("the certificate was issued by %q, which is a CA for front proxies and not for clients", issuerOf(certificate.Leaf))).
			SeenAt(a.Source, T("requestheader-client-ca-file: %s", subjects(a.Value.FrontProxy)))
	}
	return report(ofTrustedCA(c, f)), true
}

// signedByOne reports whether one of these CAs signed the certificate. It ignores the certificate's dates and
// usages.
func signedByOne(c *credential.Certificate, cas []*x509.Certificate) bool {
	roots, chain := x509.NewCertPool(), x509.NewCertPool()
	for _, ca := range cas {
		roots.AddCert(ca)
	}
	for _, cert := range c.Chain {
		chain.AddCert(cert)
	}
	for _, when := range []time.Time{c.Leaf.NotBefore, c.Leaf.NotAfter} {
		_, err := c.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: chain, CurrentTime: when, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil {
			return true
		}
	}
	return slices.ContainsFunc(cas, func(ca *x509.Certificate) bool { return c.Leaf.CheckSignatureFrom(ca) == nil })
}

func fingerprint(c *x509.Certificate) string { return fmt.Sprintf("%x", sha256.Sum256(c.Raw)) }

func issuerOf(c *x509.Certificate) finding.Name { return finding.Authority.Of(c.Issuer.String()) }

func subjectOf(ca *x509.Certificate) finding.Name { return finding.Authority.Of(ca.Subject.String()) }

func keyIdentifier(id []byte) finding.Value { return finding.KeyID.Of(fmt.Sprintf("%X", id)).Whole() }

// subjects lists the names of the CAs, up to a limit.
func subjects(cas []*x509.Certificate) finding.Text {
	var out []finding.Value
	for i, ca := range cas {
		if i == diagnose.MaxListed {
			out = append(out, T("%s more", finding.Count(len(cas)-i)))
			break
		}
		out = append(out, subjectOf(ca).Whole())
	}
	return finding.Join("; ", out...)
}

// ofTrustedCA adds how to get a certificate of a CA that the API server trusts.
func ofTrustedCA(c *Case, f finding.Finding) finding.Finding {
	f = f.Fix("Check that the context belongs to this cluster. The certificate is from another cluster, or from this cluster before its CA was replaced.", run("kubectl config get-contexts"))
	return newCertificate(c, f)
}

// newCertificate adds how to get a new client certificate and where to put it.
func newCertificate(c *Case, f finding.Finding) finding.Finding {
	f = f.Step(c.Ask(T("Issue a new client certificate. On a kubeadm control-plane node, this command prints a kubeconfig with a new certificate:"),
		T("Ask an administrator for a new client certificate. "+onControlPlane), newKubeconfig(c.Subject().Credential.Certificate)))
	return replaceCertificate(c, f)
}

// newKubeconfig issues a new certificate on a kubeadm control-plane node.
func newKubeconfig(c *credential.Certificate) finding.Command {
	command := run("kubeadm kubeconfig user").Flag("--client-name", finding.User.Of(c.Leaf.Subject.CommonName))
	for _, o := range c.Leaf.Subject.Organization {
		command = command.Flag("--org", finding.Group.Of(o))
	}
	return command.ByOthers()
}
