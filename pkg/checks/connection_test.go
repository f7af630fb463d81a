package checks

import (
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// How far a connection got, from a kubeconfig's address and from inside the cluster.
func init() {
	for _, kind := range []evidence.Transport{
		evidence.TransportDNS, evidence.TransportRefused, evidence.TransportNoRoute, evidence.TransportNoConnection, evidence.TransportNoHandshake, evidence.TransportTimeout,
		evidence.TransportClosed, evidence.TransportPlainHTTP, evidence.TransportHandshake, evidence.TransportProxy, evidence.TransportOther,
	} {
		for _, trust := range []evidence.Trust{{}, {InCluster: true}} {
			connectionCases = append(connectionCases, checkCase{"server-reachable", fmt.Sprintf("%s, in the cluster: %v", kind, trust.InCluster),
				given(unreachable(kind, "what the client saw"), trusting(trust)), diagnose.Fail, []found{is(finding.APIServerUnreachable)}})
		}
	}
	checkCases = append(checkCases, connectionCases...)
}

func trusting(trust evidence.Trust) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Server.Trust = trust }
}

func serverAt(url string) func(*evidence.Evidence) {
	return func(e *evidence.Evidence) { e.Server.URL = url }
}

// serving is a server's certificate from the CA.
func (ca *authority) serving(change func(*x509.Certificate)) *x509.Certificate {
	return must(credential.ParseCertificate([]byte(ca.pemOf(func(c *x509.Certificate) {
		c.Subject.CommonName, c.Subject.Organization, c.ExtKeyUsage = "kube-apiserver", nil, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		c.DNSNames, c.IPAddresses = []string{"kubernetes", "kubernetes.default.svc"}, []net.IP{net.IPv4(10, 96, 0, 1)}
		if change != nil {
			change(c)
		}
	})))).Leaf
}

// presentedBy has the server present these certificates, and the client report what is wrong with them.
func presentedBy(kind evidence.Transport, trust evidence.Trust, chain ...*x509.Certificate) *evidence.Evidence {
	return given(func(e *evidence.Evidence) {
		unreachable(kind, "what the client saw")(e)
		e.Anonymous.Failure.Presented = chain
		e.Server.Trust = trust
	})
}

func trusts(cas ...*authority) (trust evidence.Trust) {
	for _, ca := range cas {
		trust.CAs = append(trust.CAs, ca.leaf)
	}
	return trust
}

func with(trust evidence.Trust, change func(*evidence.Trust)) evidence.Trust {
	change(&trust)
	return trust
}

func named(t *evidence.Trust)     { t.Cluster = "prod" }
func inCluster(t *evidence.Trust) { t.InCluster = true }
func byFlag(t *evidence.Trust)    { t.ByFlag = true }

var (
	namesakeCA  = newCA("kubernetes")
	serverCert  = clientCA.serving(nil)
	nameless    = clientCA.serving(func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil })
	caUnknown   = []found{is(finding.ServerCertificateUntrusted)}
	nameUnknown = []found{is(finding.ServerCertificateNameMismatch)}
	outOfDate   = []found{is(finding.ServerCertificateExpired)}
)

var connectionCases = []checkCase{
	{"server-reachable", "connection refused at --server", given(unreachable(evidence.TransportRefused, "refused"), trusting(evidence.Trust{ByFlag: true})), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "connection refused through a proxy", given(unreachable(evidence.TransportRefused, "refused"), trusting(evidence.Trust{Proxy: "http://proxy.example:3128"})), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "connection refused at an address without a port", given(unreachable(evidence.TransportRefused, "refused"), serverAt("https://api.example/k8s")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "a name of IPv6", given(unreachable(evidence.TransportDNS, "no such host"), serverAt("https://[2001:db8::1]")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},
	{"server-reachable", "a name of IPv6 and a port", given(unreachable(evidence.TransportDNS, "no such host"), serverAt("https://[2001:db8::1]:6443")), diagnose.Fail, []found{is(finding.APIServerUnreachable)}},

	{"server-reachable", "another CA of the same name", presentedBy(evidence.TransportUntrusted, trusts(namesakeCA), serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "another CA of the same name, in the cluster", presentedBy(evidence.TransportUntrusted, with(trusts(namesakeCA), inCluster), serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "a certificate that is none for servers", presentedBy(evidence.TransportUntrusted, trusts(clientCA), serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "no CA in the cluster", presentedBy(evidence.TransportUntrusted, evidence.Trust{InCluster: true}, serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "no CA in the kubeconfig", presentedBy(evidence.TransportUntrusted, evidence.Trust{}, serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "no CA in the kubeconfig's entry", presentedBy(evidence.TransportUntrusted, evidence.Trust{Cluster: "prod"}, serverCert, clientCA.leaf), diagnose.Fail, caUnknown},
	{"server-reachable", "a certificate that signs itself", presentedBy(evidence.TransportUntrusted, trusts(clientCA), otherCA.leaf), diagnose.Fail, caUnknown},
	{"server-reachable", "a proxy that may end TLS", presentedBy(evidence.TransportUntrusted, with(trusts(clientCA), func(t *evidence.Trust) { t.Proxy = "http://proxy.example:3128" }), otherCA.serving(nil)), diagnose.Fail, caUnknown},
	{"server-reachable", "four other CAs", presentedBy(evidence.TransportUntrusted, trusts(otherCA, otherCA, otherCA, otherCA), serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "five other CAs", presentedBy(evidence.TransportUntrusted, trusts(otherCA, otherCA, otherCA, otherCA, otherCA), serverCert), diagnose.Fail, caUnknown},
	{"server-reachable", "no certificate shown", presentedBy(evidence.TransportUntrusted, evidence.Trust{}), diagnose.Fail, caUnknown},

	{"server-reachable", "another name, and the CA is ours", presentedBy(evidence.TransportWrongName, trusts(clientCA), serverCert), diagnose.Fail, nameUnknown},
	{"server-reachable", "another name in the kubeconfig's entry", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), named), serverCert), diagnose.Fail, nameUnknown},
	{"server-reachable", "another name, and the CA is another's", presentedBy(evidence.TransportWrongName, with(trusts(otherCA), named), serverCert), diagnose.Fail, nameUnknown},
	{"server-reachable", "another name at --server", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), byFlag), serverCert), diagnose.Fail, nameUnknown},
	{"server-reachable", "another name in the cluster", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), inCluster), serverCert), diagnose.Fail, nameUnknown},
	{"server-reachable", "another tls-server-name", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), func(t *evidence.Trust) { t.ServerName = "api" }), serverCert), diagnose.Fail, nameUnknown},
	{"server-reachable", "another tls-server-name in the kubeconfig's entry", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), func(t *evidence.Trust) { t.ServerName, t.Cluster = "api", "prod" }), serverCert), diagnose.Fail, nameUnknown},
	{"server-reachable", "a tls-server-name, and no name", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), func(t *evidence.Trust) { t.ServerName, t.Cluster = "api", "prod" }), nameless), diagnose.Fail, nameUnknown},
	{"server-reachable", "no name in the cluster", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), inCluster), nameless), diagnose.Fail, nameUnknown},
	{"server-reachable", "no name", presentedBy(evidence.TransportWrongName, with(trusts(clientCA), named), nameless), diagnose.Fail, nameUnknown},

	{"server-reachable", "its certificate has expired", presentedBy(evidence.TransportExpired, trusts(clientCA), clientCA.serving(from(-48*time.Hour, -time.Hour))), diagnose.Fail, outOfDate},
	{"server-reachable", "its certificate is to come", presentedBy(evidence.TransportExpired, trusts(clientCA), clientCA.serving(from(time.Hour, 48*time.Hour))), diagnose.Fail, outOfDate},
	{"server-reachable", "a certificate of its chain has expired", presentedBy(evidence.TransportExpired, trusts(clientCA), serverCert, otherCA.serving(from(-48*time.Hour, -time.Hour))), diagnose.Fail, outOfDate},
	{"server-reachable", "the CA in the kubeconfig has expired", presentedBy(evidence.TransportExpired, trusts(oldCA), oldCA.serving(nil)), diagnose.Fail, outOfDate},
	{"server-reachable", "an old CA in the kubeconfig that did not sign it", presentedBy(evidence.TransportExpired, trusts(oldCA), serverCert), diagnose.Fail, outOfDate},
}

// oldCA has expired.
var oldCA = func() *authority {
	ca := newCA("an old one")
	ca.leaf.NotAfter = now.Add(-time.Hour)
	return ca
}()
