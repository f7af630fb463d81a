package checks

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// untrusted compares the certificates that the server showed with the CAs that the
// kubeconfig trusts.
func untrusted(c *Case, failure *evidence.Failure) finding.Finding {
	trust := c.Server.Trust
	detail := failure.Said
	mine := T("the kubeconfig")
	if trust.InCluster {
		mine = T("the ca.crt of this Pod")
	}
	command := run("kubectl config view --minify --raw -o").Word("jsonpath={.clusters[0].cluster.certificate-authority-data}").
		Pipe(run("base64 -d")).Pipe(run("openssl x509 -noout -subject -enddate -fingerprint -sha256"))
	advice := T("Compare the CA of the kubeconfig with that of the cluster; after a cluster was rebuilt, fetch its kubeconfig again.")
	if trust.InCluster {
		// It is a copy of the ConfigMap, which the controller manager makes of a file of its own.
		command = run("ls -lnL " + credential.PodFolder)
		advice = T("Compare ca.crt, which the kubelet copies from the ConfigMap kube-root-ca.crt of the Pod's namespace, with the cluster's CA; see who else answers at %s.", finding.URL.Of(c.Server.URL))
	}
	switch chain, same, signer := failure.Presented, sameName(failure.Presented, trust.CAs), signerAmong(failure.Presented, trust.CAs); {
	case len(chain) == 0:
	case signer != nil:
		detail = T("the CA in %s did sign the server's certificate, which is all the same none for a server: %s", mine, failure.Said)
		advice = T("Have the API server's serving certificate issued anew, for the use of servers.")
	case same != nil:
		detail = T("the server's certificate was issued by a CA named %q, and the CA of that name in %s has another key and did not sign it: the cluster was set up anew since, or %s is of another cluster whose CA has the same name", finding.Authority.Of(same.Subject.String()), mine, mine)
		if !trust.InCluster {
			advice = T("Fetch the cluster's present kubeconfig. On a control-plane node, compare the fingerprint of its CA with the one below.")
		}
	case len(trust.CAs) == 0 && trust.InCluster:
		detail = T("there is no CA beside the token of this Pod, and none of this image issued the server's certificate; its issuer is %q", finding.Authority.Of(top(chain).Issuer.String()))
		advice = T("Mount it: the volume of the token has the ConfigMap kube-root-ca.crt beside it, of which the file is " + credential.PodFolder + "/ca.crt.")
	case len(trust.CAs) == 0:
		detail = T("the kubeconfig names no certificate authority, and none that this machine trusts issued the server's certificate; its issuer is %q", finding.Authority.Of(top(chain).Issuer.String()))
		advice = T("Write the cluster's CA into the kubeconfig; the cluster has it in the ConfigMap kube-root-ca.crt of each namespace, a control-plane node of kubeadm in this file.")
		command = run("kubectl config view --minify")
		if entry, named := setCluster(c); named {
			command = entry.Add("--certificate-authority=/etc/kubernetes/pki/ca.crt --embed-certs")
		}
	case selfSigned(chain[0]):
		detail = T("the server's certificate is signed by itself (%q), not by the CA in %s: it may be another server than the one that is meant, or one that made itself a certificate at its start", finding.Subject.Of(chain[0].Subject.String()), mine)
	default:
		detail = T("the server's certificate was issued by %q, which is not the CA in %s: another server answers than the one that is meant, or the cluster has another CA by now", finding.Authority.Of(top(chain).Issuer.String()), mine)
	}
	f := presented(c, failure, prove(finding.ServerCertificateUntrusted, "no credential was looked at: %s", detail))
	for i, ca := range trust.CAs {
		if i == 4 {
			f = f.SeenAt(T("CAs in %s", mine), T("and %s more", finding.Count(len(trust.CAs)-i)))
			break
		}
		f = f.SeenAt(T("CA in %s", mine), certificateWords(ca))
	}
	if len(trust.CAs) == 0 && len(failure.Presented) > 0 {
		f = f.SeenAt(T("CA in %s", mine), T("none: those of this machine count"))
	}
	if trust.Proxy != "" {
		// It is evidence for somebody in the way, and no proof that they end TLS.
		f = f.Seen("proxy", finding.URL.Of(trust.Proxy)).
			Fix("The way leads through a proxy, which may show a certificate of its own: if the issuer above is your company's, exempt the API server with NO_PROXY.", finding.Command{})
	}
	return seePublished(c, failure, f).FixBy(advice, command)
}

// seePublished adds what the server says of the cluster's CA, which nobody vouches for:
// whoever answers may show a certificate and a CA that go together.
func seePublished(c *Case, failure *evidence.Failure, f finding.Finding) finding.Finding {
	p := c.Configuration.Published
	if !p.Known() || len(p.Value) == 0 {
		return f
	}
	mine, as := T("the kubeconfig"), T("as is so of the kubeconfig of another cluster, or of this one before it was rebuilt")
	if c.Server.Trust.InCluster {
		mine, as = T("the ca.crt of this Pod"), T("as is so where it was copied from another cluster, or from this one before it was rebuilt")
	}
	what := T("the CA of the cluster is %s", certificateWords(p.Value[0]))
	ours := slices.ContainsFunc(p.Value, func(ca *x509.Certificate) bool { return slices.ContainsFunc(c.Server.Trust.CAs, ca.Equal) })
	signed := signerAmong(failure.Presented, p.Value) != nil
	switch {
	case ours && !signed:
		what = T("%s. It stands in %s too, and did not sign what was shown: something in the way may show a certificate of its own", what, mine)
	case signed && !ours:
		what = T("%s. It signed what was shown, and %s does not have it, %s", what, mine, as)
	case !signed:
		what = T("%s. It did not sign what was shown, and %s does not have it", what, mine)
	}
	return f.SeenAt(p.Source, what)
}

// top is the certificate of the chain that nobody in it issued.
func top(chain []*x509.Certificate) *x509.Certificate {
	c := chain[0]
	for _, next := range chain[1:] {
		if bytes.Equal(next.RawSubject, c.RawIssuer) && !bytes.Equal(next.RawSubject, next.RawIssuer) {
			c = next
		}
	}
	return c
}

// sameName is a CA that has the name of an issuer in the chain; nil where there is none.
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

// signerAmong is a CA whose key signed a certificate of the chain; nil where there is none.
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

// signedByTrusted reports whether a CA of the kubeconfig vouches for what the server showed.
func signedByTrusted(c *Case, failure *evidence.Failure) bool {
	return signerAmong(failure.Presented, c.Server.Trust.CAs) != nil
}

func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// certificateWords are a certificate in one line.
func certificateWords(c *x509.Certificate) finding.Text {
	subject := T("%s", finding.Subject.Of(c.Subject.String()))
	if subject.IsZero() {
		subject = T("(no subject)")
	}
	if !bytes.Equal(c.RawIssuer, c.RawSubject) {
		subject = T("%s, issued by %s", subject, finding.Authority.Of(c.Issuer.String()))
	}
	return T("%s, valid %s to %s, SHA-256 %s", subject, finding.Time(c.NotBefore), finding.Time(c.NotAfter), finding.Fingerprint.Of(fingerprint(c)))
}
