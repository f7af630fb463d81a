package checks

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// untrusted compares the server's certificates with the CAs of the kubeconfig.
func untrusted(c *Case, failure *evidence.Failure) finding.Finding {
	trust := c.Server.Trust
	detail := failure.Said
	mine := T("the kubeconfig")
	if trust.InCluster {
		mine = T("the ca.crt of this Pod")
	}
	command := run("kubectl config view --minify --raw -o").Word("jsonpath={.clusters[0].cluster.certificate-authority-data}").
		Pipe(run("base64 -d")).Pipe(run("openssl x509 -noout -subject -enddate -fingerprint -sha256"))
	advice := T("If the cluster's CA on a control-plane node has another fingerprint, replace the kubeconfig with a current one from the administrator. The CA in use:")
	if trust.InCluster {
		// The kubelet copies ca.crt from the ConfigMap, which the controller manager writes from its own file.
		command = run("ls -lnL " + credential.PodFolder)
		advice = T("Compare ca.crt with the cluster's CA, and check whether another server answers at %s. The kubelet copies ca.crt from the ConfigMap kube-root-ca.crt of the Pod's namespace. The files of this Pod:", finding.URL.Of(c.Server.URL))
	}
	fix := func(f finding.Finding) finding.Finding { return f.FixBy(advice, command) }
	switch chain, same, signer := failure.Presented, sameName(failure.Presented, trust.CAs), signerAmong(failure.Presented, trust.CAs); {
	case len(chain) == 0:
	case signer != nil:
		detail = T("the CA in %s signed the server certificate, but the certificate is not usable for a server: %s", mine, failure.Said)
		fix = func(f finding.Finding) finding.Finding {
			return f.Ask("Ask an administrator to issue a new serving certificate for the API server with the extended key usage serverAuth.", finding.Command{})
		}
	case same != nil:
		detail = T("a CA named %q issued the server certificate, but the CA of that name in %s has another key. The cluster was rebuilt, or %s is for another cluster", finding.Authority.Of(same.Subject.String()), mine, mine)
		if !trust.InCluster {
			advice = T("Replace the kubeconfig with a current one from the administrator or the cloud's tool. The fingerprint of the CA in use, to compare with the cluster's CA:")
		}
	case len(trust.CAs) == 0 && trust.InCluster:
		detail = T("no ca.crt exists next to the token of this Pod, and no CA of this image issued the server certificate. The issuer is %q", finding.Authority.Of(top(chain).Issuer.String()))
		advice = T("Project the ConfigMap kube-root-ca.crt into the volume of the token, so that the Pod has " + credential.PodFolder + "/ca.crt. The files of this Pod:")
	case len(trust.CAs) == 0:
		detail = T("the kubeconfig has no certificate authority, and no CA of this machine issued the server certificate. The issuer is %q", finding.Authority.Of(top(chain).Issuer.String()))
		advice = T("Copy the cluster's CA from a source that you trust, such as /etc/kubernetes/pki/ca.crt on a kubeadm control-plane node, and add it to the kubeconfig.")
		command = run("kubectl config view --minify")
		if entry, named := setCluster(c); named {
			command = entry.Add("--certificate-authority=CA-FILE --embed-certs")
		}
	case isSelfSigned(chain[0]):
		detail = T("the server certificate is self-signed (%q), and not issued by the CA in %s. Another server may answer, or the API server generated a certificate at its start", finding.Subject.Of(chain[0].Subject.String()), mine)
	default:
		detail = T("%q issued the server certificate, and not the CA in %s. Another server answers, or the cluster has a new CA", finding.Authority.Of(top(chain).Issuer.String()), mine)
	}
	f := presented(c, failure, prove(finding.ServerCertificateUntrusted, "%s. No credential was sent", detail))
	for i, ca := range trust.CAs {
		if i == 4 {
			f = f.SeenAt(T("CAs in %s", mine), T("and %s more", finding.Count(len(trust.CAs)-i)))
			break
		}
		f = f.SeenAt(T("CA in %s", mine), certificateLine(ca))
	}
	if len(trust.CAs) == 0 && len(failure.Presented) > 0 {
		f = f.SeenAt(T("CA in %s", mine), T("none, so the CAs of this machine apply"))
	}
	if trust.Proxy != "" {
		// A proxy may terminate TLS, but the address alone does not prove this.
		f = f.Seen("proxy", finding.URL.Of(trust.Proxy)).
			Fix("The connection uses a proxy, which may present its own certificate. If the issuer above is your company's, add the API server's host to NO_PROXY and run the command again.", finding.Command{})
	}
	return fix(seePublished(c, failure, f))
}

// seePublished adds the cluster's CA as the server publishes it, which proves nothing: an untrusted server can present a
// certificate and a CA that match.
func seePublished(c *Case, failure *evidence.Failure, f finding.Finding) finding.Finding {
	p := c.Configuration.Published
	if !p.Known() || len(p.Value) == 0 {
		return f
	}
	mine, as := T("the kubeconfig"), T("The kubeconfig may be for another cluster, or for this cluster before it was rebuilt")
	if c.Server.Trust.InCluster {
		mine, as = T("the ca.crt of this Pod"), T("The file may be from another cluster, or from this cluster before it was rebuilt")
	}
	what := T("the cluster's CA is %s", certificateLine(p.Value[0]))
	ours := slices.ContainsFunc(p.Value, func(ca *x509.Certificate) bool { return slices.ContainsFunc(c.Server.Trust.CAs, ca.Equal) })
	signed := signerAmong(failure.Presented, p.Value) != nil
	switch {
	case ours && !signed:
		what = T("%s. This CA is in %s too, but did not sign the presented certificate. A proxy may present its own certificate", what, mine)
	case signed && !ours:
		what = T("%s. This CA signed the presented certificate, and is not in %s. %s", what, mine, as)
	case !signed:
		what = T("%s. This CA did not sign the presented certificate, and is not in %s", what, mine)
	}
	return f.SeenAt(p.Source, what)
}

// top is the last certificate of the chain, whose issuer is not in the chain.
func top(chain []*x509.Certificate) *x509.Certificate {
	c := chain[0]
	for _, next := range chain[1:] {
		if bytes.Equal(next.RawSubject, c.RawIssuer) && !bytes.Equal(next.RawSubject, next.RawIssuer) {
			c = next
		}
	}
	return c
}

// sameName returns a CA that has the name of an issuer in the chain, or nil.
func sameName(chain, cas []*x509.Certificate) *x509.Certificate {
	for _, c := range chain {
		for _, ca := range cas {
			if bytes.Equal(c.RawIssuer, ca.RawSubject) {
				return ca
			}
		}
	}
	return nil
}

// signerAmong returns a CA whose key signed a certificate of the chain, or nil.
func signerAmong(chain, cas []*x509.Certificate) *x509.Certificate {
	for _, c := range chain {
		for _, ca := range cas {
			if bytes.Equal(c.RawIssuer, ca.RawSubject) && ca.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil {
				return ca
			}
		}
	}
	return nil
}

// isSignedByTrusted reports whether a CA of the kubeconfig signed a certificate that the server presented.
func isSignedByTrusted(c *Case, failure *evidence.Failure) bool {
	return signerAmong(failure.Presented, c.Server.Trust.CAs) != nil
}

func isSelfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// certificateLine describes a certificate in one line.
func certificateLine(c *x509.Certificate) finding.Text {
	subject := T("%s", finding.Subject.Of(c.Subject.String()))
	if subject.IsZero() {
		subject = T("(no subject)")
	}
	if !bytes.Equal(c.RawIssuer, c.RawSubject) {
		subject = T("%s, issued by %s", subject, finding.Authority.Of(c.Issuer.String()))
	}
	return T("%s, valid %s to %s, SHA-256 %s", subject, finding.Time(c.NotBefore), finding.Time(c.NotAfter), finding.Fingerprint.Of(fingerprint(c)))
}
