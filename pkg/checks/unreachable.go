package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// remedy is something to do about a finding.
type remedy struct {
	advice  finding.Text
	command finding.Command
}

// uncertified has what is found where the server's certificate ended the connection.
var uncertified = map[evidence.Transport]func(*Case, *evidence.Failure) finding.Finding{
	evidence.TransportUntrusted: untrusted,
	evidence.TransportWrongName: wrongName,
	evidence.TransportExpired:   outOfTime,
}

// unconnected is what is said of each other end of a connection, and what to try from there.
type unconnected struct {
	detail finding.Text
	remedy
}

// notReached says how far the connection to the server came, and what to try from there.
// No credential was looked at.
func notReached(c *Case, failure *evidence.Failure) finding.Finding {
	if find, has := uncertified[failure.Transport]; has {
		return find(c, failure)
	}
	how := connections(c, failure)[failure.Transport]
	if own, has := remediesInPod[failure.Transport]; c.Server.Trust.InCluster && has {
		how.remedy = own
	} else if c.Server.URL == kubectlDefault {
		how.remedy = remedy{T("localhost:8080 is where kubectl looks if no kubeconfig says otherwise: name one with KUBECONFIG or --kubeconfig."), run("kubectl config view")}
	}
	f := prove(finding.APIServerUnreachable, "%s", how.detail).SeenAt(T("connection to %s", finding.URL.Of(c.Server.URL)), failure.Said)
	if c.Server.Trust.Proxy != "" {
		f = f.Seen("proxy", finding.URL.Of(c.Server.Trust.Proxy))
	}
	return f.FixBy(how.advice, how.command)
}

// connections has what is said of each end but those of uncertified.
func connections(c *Case, failure *evidence.Failure) map[evidence.Transport]unconnected {
	host, hostPort := place(c)
	name, at, says, address := finding.Host.Of(host), finding.Host.Of(hostPort), failure.Said, addressIn(c)
	view := run("kubectl config view --minify -o").Word("jsonpath={.clusters[0].cluster.server}")
	viewPort := view
	if c.Server.Trust.ByFlag {
		viewPort = finding.Command{} // what the kubeconfig says is beside the point
	}
	handshake := run("openssl s_client -connect").Arg(at).Raw("</dev/null")
	patient := askAgain(c, run("kubectl authn explain")).Add("--request-timeout 60s")
	return map[evidence.Transport]unconnected{
		evidence.TransportOther: {T("no credential was looked at: %s", says),
			remedy{T("Check the address, the network and the proxy between here and there."), run("kubectl authn explain --v=6")}},
		evidence.TransportDNS: {T("the name %q of the server cannot be resolved on this machine; nobody was asked and no credential was looked at", name),
			remedy{T("Check the name %s, and whether it is one that only a VPN or another network knows.", address), run("getent hosts").Arg(name)}},
		evidence.TransportRefused: {T("nothing listens at %s: the connection was refused, and no credential was looked at", at),
			remedy{T("Check the port %s, and on the control plane whether kube-apiserver runs.", address), viewPort}},
		evidence.TransportNoRoute: {T("the network of this machine has no way to %s, and no credential was looked at", at),
			remedy{T("Connect the VPN or network from which that address can be reached, or use an address that can be reached from here."), view}},
		evidence.TransportNoConnection: {T("%s does not answer: no connection came about in time, and no credential was looked at. A firewall that drops packets looks like this, and so does a wrong address", at),
			remedy{T("Check the address, and whether a firewall or a missing VPN is in the way; a slow way needs a longer --request-timeout."), patient}},
		evidence.TransportNoHandshake: {T("%s accepts connections and does not answer in TLS: the handshake did not end in time, and no credential was looked at", at),
			remedy{T("Look at who listens there: a port that speaks something else than TLS, a load balancer without a server behind it, or a way that loses large packets (MTU)."), handshake}},
		evidence.TransportTimeout: {T("%s took the request and did not answer it in time", at),
			remedy{T("Ask again with a longer --request-timeout; a server that stays silent is overloaded, or is a load balancer that waits for one."), patient}},
		evidence.TransportClosed: {T("%s accepts connections and closes them: %s; no credential was judged", at, says),
			remedy{T("Look at who listens there: a load balancer without a healthy server behind it, a firewall that cuts connections, or a port that speaks something else than TLS."), handshake}},
		evidence.TransportPlainHTTP: {T("%s speaks plain HTTP, and is asked for https: there is no TLS to be had there, and no credential was looked at", at),
			remedy{T("Use the API server's TLS port, which is 6443 or 443 in most clusters; kubectl sends no credential over http."), view}},
		evidence.TransportHandshake: {T("client and server do not agree on TLS: %s; no credential was judged", says),
			remedy{T("Compare the TLS versions and cipher suites of both sides (kube-apiserver: --tls-min-version, --tls-cipher-suites); an alert that asks for a certificate comes from a gateway that admits only clients with one of its own."), handshake}},
		evidence.TransportProxy: {T("the proxy on the way to the server lets nothing through: %s; no credential was looked at", says),
			remedy{T("Check the proxy's address (--proxy-url, proxy-url of the cluster's entry, or HTTPS_PROXY) and its user name and password; exempt the API server from it with NO_PROXY where it can be reached straight."),
				run("env").Pipe(run("grep -i _proxy")).Pipe(run("sed").Word("s|//[^@]*@|//|"))}},
	}
}

// remediesInPod is what to do in a Pod, whose environment says where the API server is; the rest is the
// same as elsewhere.
var remediesInPod = map[evidence.Transport]remedy{
	evidence.TransportDNS: {T("Check KUBERNETES_SERVICE_HOST, which in most clusters is an address, and the name servers of this Pod (its dnsPolicy, an egress NetworkPolicy, CoreDNS)."), run("cat /etc/resolv.conf")},
	evidence.TransportRefused: {T("Check KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and whether there are API servers behind the Service kubernetes."),
		run("kubectl get endpointslices --namespace default -l kubernetes.io/service-name=kubernetes")},
	evidence.TransportNoRoute:      egress,
	evidence.TransportNoConnection: egress,
	evidence.TransportPlainHTTP:    {T("Use the API server's TLS port in KUBERNETES_SERVICE_PORT, which is 443 in most clusters."), run("kubectl get service kubernetes --namespace default")},
}

var egress = remedy{T("See whether an egress NetworkPolicy keeps this Pod from the API server, and whether kube-proxy, or what stands in its place, works on this node."), run("kubectl get networkpolicies")}

// place is the server's host, and its host and port.
func place(c *Case) (host, hostPort string) {
	scheme, rest, _ := strings.Cut(c.Server.URL, "://")
	hostPort, _, _ = strings.Cut(rest, "/")
	host = hostPort
	// The colons of an IPv6 address stand in brackets.
	if i := strings.LastIndexByte(hostPort, ':'); i > strings.LastIndexByte(hostPort, ']') {
		host = hostPort[:i]
	} else {
		hostPort += map[string]string{"https": ":443", "http": ":80"}[scheme]
	}
	return strings.Trim(host, "[]"), hostPort
}

// setCluster begins the command that changes the cluster's entry; false where its name is not
// known.
func setCluster(c *Case) (finding.Command, bool) {
	return run("kubectl config set-cluster").Arg(finding.Cluster.Of(c.Server.Trust.Cluster)), c.Server.Trust.Cluster != ""
}

// presented adds the certificates that the server showed.
func presented(c *Case, failure *evidence.Failure, f finding.Finding) finding.Finding {
	f = f.SeenAt(T("connection to %s", finding.URL.Of(c.Server.URL)), failure.Said)
	for i, c := range failure.Presented {
		if i == 4 {
			f = f.Seen("server's certificates", T("and %s more", finding.Count(len(failure.Presented)-i)))
			break
		}
		where := T("server's certificate")
		if i > 0 {
			where = T("its issuer's")
		}
		f = f.SeenAt(where, certificateWords(c))
	}
	return f
}

func outOfTime(c *Case, failure *evidence.Failure) finding.Finding {
	detail, advice, command := failure.Said, T("Renew the API server's serving certificate on the control plane."), run("kubeadm certs check-expiration")
	chain := failure.Presented
	if ca := signerAmong(chain, c.Server.Trust.CAs); ca != nil {
		chain = append(chain[:len(chain):len(chain)], ca)
	}
	// The leaf comes first, and any of the chain may be the one.
	for i, cert := range chain {
		whose := T("the server's certificate")
		switch {
		case i >= len(failure.Presented):
			whose = T("the CA in the kubeconfig, which signed the server's certificate,")
			advice, command = T("Fetch the cluster's present CA, and the kubeconfig with it."), run("kubectl config view --minify")
		case i > 0:
			whose = T("the certificate of the server's CA %q", finding.Authority.Of(cert.Subject.String()))
		}
		switch {
		case c.Now.After(cert.NotAfter):
			detail = T("%s expired on %s, %s ago by this machine's clock (%s)", whose, finding.Time(cert.NotAfter), finding.Duration(c.Now.Sub(cert.NotAfter)), finding.Time(c.Now))
		case c.Now.Before(cert.NotBefore):
			detail = T("%s is not valid before %s, in %s by this machine's clock (%s)", whose, finding.Time(cert.NotBefore), finding.Duration(cert.NotBefore.Sub(c.Now)), finding.Time(c.Now))
			advice, command = T("Compare this machine's clock with the true time, and then with that of whoever issued the certificate."), run("date -u")
		default:
			continue
		}
		break
	}
	f := prove(finding.ServerCertificateExpired, "no credential was looked at: %s", detail)
	return presented(c, failure, f).Seen("this machine's clock", finding.Time(c.Now)).FixBy(advice, command)
}

// addressIn says where the address of the server stands.
func addressIn(c *Case) finding.Text {
	switch {
	case c.Server.Trust.ByFlag:
		return T("that --server gives")
	case c.Server.Trust.InCluster:
		return T("in KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT")
	}
	return T("in the kubeconfig")
}

func wrongName(c *Case, failure *evidence.Failure) finding.Finding {
	host, _ := place(c)
	asked, where := host, T("the kubeconfig's server")
	switch {
	case c.Server.Trust.ByFlag:
		where = T("--server")
	case c.Server.Trust.InCluster:
		where = T("KUBERNETES_SERVICE_HOST")
	}
	if c.Server.Trust.ServerName != "" {
		asked, where = c.Server.Trust.ServerName, T("tls-server-name")
	}
	detail := failure.Said
	advice, command := T("Use a name that is in the server's certificate, or set tls-server-name in the kubeconfig to one that is."), run("kubectl config view --minify")
	if len(failure.Presented) > 0 {
		leaf := failure.Presented[0]
		valid := finding.Names(finding.Host, leaf.DNSNames)
		for _, ip := range leaf.IPAddresses {
			valid = append(valid, finding.Address.Of(ip.String()))
		}
		detail = T("the server's certificate is not for %q, which %s asks for; it is for %s", finding.Host.Of(asked), where, validFor(valid))
		name := func(i int) finding.Name { return finding.Host.Of(leaf.DNSNames[i]) }
		entry, named := setCluster(c)
		switch {
		case len(c.Server.Trust.CAs) > 0 && !signedByTrusted(c, failure):
			// A name would make a stranger's certificate pass one check more.
			advice = T("Check the server's address. Another server answers there: the CA that the client trusts did not sign the certificate.")
		case c.Server.Trust.ServerName != "":
			advice = T("Write a name of the certificate into tls-server-name, or remove it where the server's own name is in the certificate.")
			if len(leaf.DNSNames) > 0 && named {
				command = entry.Argf("--tls-server-name=%s", name(0))
			}
		case c.Server.Trust.InCluster && len(leaf.DNSNames) > 0:
			advice = T("Have the client ask by a name that is in the certificate; kubernetes.default.svc should be.")
			command = run("").Argf("KUBERNETES_SERVICE_HOST=%s", name(len(leaf.DNSNames)-1)).Add("kubectl authn explain")
		case len(leaf.DNSNames) > 0 && signedByTrusted(c, failure):
			advice = T("Keep the address, and have the client check a name that the certificate is for.")
			if named {
				command = entry.Argf("--tls-server-name=%s", name(0))
			}
		}
	}
	return presented(c, failure, prove(finding.ServerCertificateNameMismatch, "no credential was looked at: %s", detail)).FixBy(advice, command)
}

// validFor lists what a certificate is for.
func validFor(names []finding.Value) finding.Text {
	shown := finding.Join(", ", names[:min(len(names), diagnose.MaxListed)]...)
	switch more := len(names) - diagnose.MaxListed; {
	case len(names) == 0:
		return T("no name and no address")
	case more > 0:
		return T("%s and %s more", shown, finding.Count(more))
	}
	return shown
}
