package checks

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// untrusted compares the certificates that the server showed with the CAs that the
// kubeconfig trusts.
func untrusted(e *Case, failure *evidence.Failure) finding.Finding {
	trust := e.Server.Trust
	detail := failure.Text
	mine := "the kubeconfig"
	if trust.InCluster {
		mine = "the ca.crt of this Pod"
	}
	command := "kubectl config view --minify --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d | openssl x509 -noout -subject -enddate -fingerprint -sha256"
	remedy := "Compare the CA of the kubeconfig with that of the cluster; after a cluster was rebuilt, fetch its kubeconfig again."
	if trust.InCluster {
		// It is a copy of the ConfigMap, which the controller manager makes of a file of its own.
		command = "ls -lnL " + credential.PodFolder
		remedy = "Compare ca.crt, which the kubelet copies from the ConfigMap kube-root-ca.crt of the Pod's namespace, with the cluster's CA; see who else answers at " + e.Server.URL + "."
	}
	switch chain, same, signer := failure.Presented, sameName(failure.Presented, trust.CAs), signerAmong(failure.Presented, trust.CAs); {
	case len(chain) == 0:
	case signer != nil:
		detail = "the CA in " + mine + " did sign the server's certificate, which is all the same none for a server: " + failure.Text
		remedy = "Have the API server's serving certificate issued anew, for the use of servers."
	case same != nil:
		detail = fmt.Sprintf("the server's certificate was issued by a CA named %s, and the CA of that name in %s has another key and did not sign it: the cluster was set up anew since, or %[2]s is of another cluster whose CA has the same name", quote(same.Subject.String()), mine)
		if !trust.InCluster {
			remedy = "Fetch the cluster's present kubeconfig. On a control-plane node, compare the fingerprint of its CA with the one below."
		}
	case len(trust.CAs) == 0 && trust.InCluster:
		detail = fmt.Sprintf("there is no CA beside the token of this Pod, and none of this image issued the server's certificate; its issuer is %s", quote(top(chain).Issuer.String()))
		remedy = "Mount it: the volume of the token has the ConfigMap kube-root-ca.crt beside it, of which the file is " + credential.PodFolder + "/ca.crt."
	case len(trust.CAs) == 0:
		detail = fmt.Sprintf("the kubeconfig names no certificate authority, and none that this machine trusts issued the server's certificate; its issuer is %s", quote(top(chain).Issuer.String()))
		remedy = "Write the cluster's CA into the kubeconfig; the cluster has it in the ConfigMap kube-root-ca.crt of each namespace, a control-plane node of kubeadm in this file."
		command = setCluster(e, "--certificate-authority=/etc/kubernetes/pki/ca.crt --embed-certs")
	case selfSigned(chain[0]):
		detail = fmt.Sprintf("the server's certificate is signed by itself (%s), not by the CA in %s: it may be another server than the one that is meant, or one that made itself a certificate at its start", quote(chain[0].Subject.String()), mine)
	default:
		detail = fmt.Sprintf("the server's certificate was issued by %s, which is not the CA in %s: another server answers than the one that is meant, or the cluster has another CA by now", quote(top(chain).Issuer.String()), mine)
	}
	f := presented(e, failure, proved(finding.ServerCertificateUntrusted, "no credential was looked at: "+detail))
	for i, ca := range trust.CAs {
		if i == 4 {
			f = f.See("CAs in "+mine, fmt.Sprintf("and %d more", len(trust.CAs)-i))
			break
		}
		f = f.See("CA in "+mine, certificateWords(ca))
	}
	if len(trust.CAs) == 0 && len(failure.Presented) > 0 {
		f = f.See("CA in "+mine, "none: those of this machine count")
	}
	if trust.Proxy != "" {
		// It is evidence for somebody in the way, and no proof that they end TLS.
		f = f.See("proxy", trust.Proxy)
		f = f.Do("The way leads through a proxy, which may show a certificate of its own: if the issuer above is your company's, exempt the API server with NO_PROXY.", "")
	}
	return seePublished(e, failure, f).Do(remedy, command)
}

// seePublished adds what the server says of the cluster's CA, which nobody vouches for:
// whoever answers may show a certificate and a CA that go together.
func seePublished(e *Case, failure *evidence.Failure, f finding.Finding) finding.Finding {
	p := e.Configuration.Published
	if !p.Known() || len(p.Value) == 0 {
		return f
	}
	mine, as := "the kubeconfig", "as is so of the kubeconfig of another cluster, or of this one before it was rebuilt"
	if e.Server.Trust.InCluster {
		mine, as = "the ca.crt of this Pod", "as is so where it was copied from another cluster, or from this one before it was rebuilt"
	}
	what := "the CA of the cluster is " + certificateWords(p.Value[0])
	ours := slices.ContainsFunc(p.Value, func(ca *x509.Certificate) bool { return slices.ContainsFunc(e.Server.Trust.CAs, ca.Equal) })
	signed := signerAmong(failure.Presented, p.Value) != nil
	switch {
	case ours && !signed:
		what += ". It stands in " + mine + " too, and did not sign what was shown: something in the way may show a certificate of its own"
	case signed && !ours:
		what += ". It signed what was shown, and " + mine + " does not have it, " + as
	case !signed:
		what += ". It did not sign what was shown, and " + mine + " does not have it"
	}
	return f.See(p.Source, what)
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
func signedByTrusted(e *Case, failure *evidence.Failure) bool {
	return signerAmong(failure.Presented, e.Server.Trust.CAs) != nil
}

func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// certificateWords are a certificate in one line.
func certificateWords(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	subject := c.Subject.String()
	if subject == "" {
		subject = "(no subject)"
	}
	words := []string{subject}
	if !bytes.Equal(c.RawIssuer, c.RawSubject) {
		words = append(words, "issued by "+c.Issuer.String())
	}
	return short(strings.Join(append(words, "valid "+stamp(c.NotBefore)+" to "+stamp(c.NotAfter)), ", ")) + ", SHA-256 " + hex.EncodeToString(sum[:])
}
