package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// remedy is a fix for a finding.
type remedy struct {
	advice  finding.Text
	command finding.Command
}

// uncertified has the findings on connections that failed because of the server's certificate.
var uncertified = map[evidence.Transport]func(*Case, *evidence.Failure) finding.Finding{
	evidence.TransportUntrusted: untrusted,
	evidence.TransportWrongName: wrongName,
	evidence.TransportExpired:   outOfTime,
}

// unconnected describes another failure of a connection and its fix.
type unconnected struct {
	detail finding.Text
	remedy
}

// notReached describes how far the connection to the server got, and the fix. No credential was checked.
func notReached(c *Case, failure *evidence.Failure) finding.Finding {
	if find, has := uncertified[failure.Transport]; has {
		return find(c, failure)
	}
	how := connections(c, failure)[failure.Transport]
	if own, has := remediesInPod[failure.Transport]; c.Server.Trust.InCluster && has {
		how.remedy = own
	} else if c.Server.URL == kubectlDefault {
		how.remedy = remedy{T("Set KUBECONFIG or --kubeconfig to the kubeconfig of the cluster. Without a kubeconfig, kubectl uses localhost:8080. The configuration in use:"), run("kubectl config view")}
	}
	f := prove(finding.APIServerUnreachable, "%s", how.detail).Seen("connection error", failure.Said)
	if c.Server.Trust.Proxy != "" {
		f = f.Seen("proxy", finding.URL.Of(c.Server.Trust.Proxy))
	}
	return f.FixBy(how.advice, how.command)
}

// connections describes each failure that is not in uncertified.
func connections(c *Case, failure *evidence.Failure) map[evidence.Transport]unconnected {
	host, hostPort := place(c)
	name, at, says, address := finding.Host.Of(host), finding.Host.Of(hostPort), failure.Said, addressIn(c)
	view := run("kubectl config view --minify -o").Word("jsonpath={.clusters[0].cluster.server}")
	viewPort := view
	if c.Server.Trust.ByFlag {
		viewPort = finding.Command{} // the address is not from the kubeconfig
	}
	handshake := run("openssl s_client -connect").Arg(at).Raw("</dev/null")
	patient := askAgain(c, run("kubectl authn explain")).Add("--request-timeout 60s")
	return map[evidence.Transport]unconnected{
		evidence.TransportOther: {T("the connection failed before a credential was checked: %s", says),
			remedy{T("Check the server's address, the network and the proxy. The log of the requests:"), run("kubectl authn explain --v=6")}},
		evidence.TransportDNS: {T("the server's name %q cannot be resolved on this machine. No request was sent", name),
			remedy{T("Check the name %s. If the name exists only in a VPN or another network, connect to that network. The name resolves when this command prints an address:", address), run("getent hosts").Arg(name)}},
		evidence.TransportRefused: {T("nothing listens at %s: the connection was refused. No credential was checked", at),
			remedy{T("Check the port %s, and check on the control plane that kube-apiserver runs.", address), viewPort}},
		evidence.TransportNoRoute: {T("no network route leads from this machine to %s. No credential was checked", at),
			remedy{T("Connect to the VPN or network that can reach this address, or set a reachable address as the cluster's server in the kubeconfig. The current address:"), view}},
		evidence.TransportNoConnection: {T("%s did not accept a connection in time. No credential was checked. A firewall that drops packets or a wrong address can cause this", at),
			remedy{T("Check the address, the VPN and the firewall. If the network is slow, try a longer timeout:"), patient}},
		evidence.TransportNoHandshake: {T("%s accepted the connection, but the TLS handshake did not finish in time. No credential was checked", at),
			remedy{T("Check the server at this address. Typical reasons are a protocol without TLS, a load balancer without a healthy API server, and a network that drops large packets (MTU). This command shows the handshake:"), handshake}},
		evidence.TransportTimeout: {T("%s received the request and did not answer in time", at),
			remedy{T("Try a longer timeout. If there is still no answer, the API server is overloaded, or a load balancer waits for it:"), patient}},
		evidence.TransportClosed: {T("%s accepted the connection and closed it: %s. No credential was checked", at, says),
			remedy{T("Check what listens at this address: a load balancer without a healthy API server, a firewall that closes connections, or another protocol than TLS. This command shows the handshake:"), handshake}},
		evidence.TransportPlainHTTP: {T("%s answers in plain HTTP to a request over https. No credential was checked", at),
			remedy{T("Set the API server's TLS port in the cluster's server, usually 6443 or 443. kubectl sends no credential over http. The current address:"), view}},
		evidence.TransportHandshake: {T("the TLS handshake failed: %s. No credential was checked", says),
			remedy{T("Compare the TLS versions and cipher suites of client and server (kube-apiserver: --tls-min-version, --tls-cipher-suites). If the alert demands a certificate, a gateway requires its own client certificate. This command shows the handshake:"), handshake}},
		evidence.TransportProxy: {T("the proxy did not forward the connection to the server: %s. No credential was checked", says),
			remedy{T("Check the proxy's address, user name and password in --proxy-url, proxy-url of the kubeconfig or HTTPS_PROXY. If the API server can be reached without the proxy, add its host to NO_PROXY. The proxy variables:"),
				run("env").Pipe(run("grep -i _proxy")).Pipe(run("sed").Word("s|//[^@]*@|//|"))}},
	}
}

// remediesInPod has the fixes that differ in a Pod, whose environment has the address of the API server.
var remediesInPod = map[evidence.Transport]remedy{
	evidence.TransportDNS: {T("Check KUBERNETES_SERVICE_HOST, which is an IP address in most clusters. Check the name resolution of this Pod: its dnsPolicy, egress NetworkPolicies and CoreDNS. The name servers of this Pod:"), run("cat /etc/resolv.conf")},
	evidence.TransportRefused: {T("Check KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. Check from a machine with access that the Service kubernetes has endpoints:"),
		run("kubectl get endpointslices --namespace default -l kubernetes.io/service-name=kubernetes")},
	evidence.TransportNoRoute:      egress,
	evidence.TransportNoConnection: egress,
	evidence.TransportPlainHTTP:    {T("Set KUBERNETES_SERVICE_PORT to the API server's TLS port, usually 443. From a machine with access, this command shows the port:"), run("kubectl get service kubernetes --namespace default")},
}

var egress = remedy{T("Check that no egress NetworkPolicy blocks this Pod, and that kube-proxy or its replacement runs on this node. From a machine with access, list the policies:"), run("kubectl get networkpolicies")}

// place returns the server's host, and the host with the port.
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

// setCluster begins the command that changes the cluster's entry; false if the entry's name is not known.
func setCluster(c *Case) (finding.Command, bool) {
	return run("kubectl config set-cluster").Arg(finding.Cluster.Of(c.Server.Trust.Cluster)), c.Server.Trust.Cluster != ""
}

// presented adds the certificates that the server presented.
func presented(c *Case, failure *evidence.Failure, f finding.Finding) finding.Finding {
	f = f.Seen("connection error", failure.Said)
	for i, c := range failure.Presented {
		if i == 4 {
			f = f.Seen("server certificates", T("and %s more", finding.Count(len(failure.Presented)-i)))
			break
		}
		where := T("server certificate")
		if i > 0 {
			where = T("issuer's certificate")
		}
		f = f.SeenAt(where, certificateLine(c))
	}
	return f
}

func outOfTime(c *Case, failure *evidence.Failure) finding.Finding {
	detail := failure.Said
	fix := func(f finding.Finding) finding.Finding {
		return f.Ask("Ask an administrator to renew the API server's serving certificate. On a kubeadm control plane, `kubeadm certs renew apiserver` does this, and this command lists the dates:", run("kubeadm certs check-expiration"))
	}
	chain := failure.Presented
	if ca := signerAmong(chain, c.Server.Trust.CAs); ca != nil {
		chain = append(chain[:len(chain):len(chain)], ca)
	}
	// The leaf comes first; any certificate of the chain may be the expired one.
	for i, cert := range chain {
		which := T("the server certificate")
		switch {
		case i >= len(failure.Presented):
			which = T("the CA certificate in the kubeconfig, which signed the server certificate,")
			fix = func(f finding.Finding) finding.Finding {
				return f.Fix("Replace the kubeconfig with a current one from the cluster's administrator or from the cloud's tool. The entries in use:", run("kubectl config view --minify"))
			}
		case i > 0:
			which = T("the certificate of the server's CA %q", finding.Authority.Of(cert.Subject.String()))
		}
		switch {
		case c.Now.After(cert.NotAfter):
			detail = T("%s expired at %s (%s ago, by this machine's clock)", which, finding.Time(cert.NotAfter), finding.Duration(c.Now.Sub(cert.NotAfter)))
		case c.Now.Before(cert.NotBefore):
			detail = T("%s is not valid before %s (in %s, by this machine's clock)", which, finding.Time(cert.NotBefore), finding.Duration(cert.NotBefore.Sub(c.Now)))
			fix = func(f finding.Finding) finding.Finding {
				return f.Fix("Compare this machine's clock with the actual time. If the clock is right, the clock of the certificate's issuer was ahead. This machine's clock:", run("date -u"))
			}
		default:
			continue
		}
		break
	}
	f := prove(finding.ServerCertificateExpired, "%s. No credential was sent", detail)
	return fix(presented(c, failure, f).Seen("this machine's clock", finding.Time(c.Now)))
}

// addressIn names the place of the server's address.
func addressIn(c *Case) finding.Text {
	switch {
	case c.Server.Trust.ByFlag:
		return T("in --server")
	case c.Server.Trust.InCluster:
		return T("in KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT")
	}
	return T("in the kubeconfig")
}

func wrongName(c *Case, failure *evidence.Failure) finding.Finding {
	host, _ := place(c)
	asked, where := host, T("the server's address in the kubeconfig")
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
	advice, command := T("Use a name from the server certificate in the cluster's server, or set tls-server-name in the kubeconfig to such a name. The entries in use:"), run("kubectl config view --minify")
	if len(failure.Presented) > 0 {
		leaf := failure.Presented[0]
		valid := finding.Names(finding.Host, leaf.DNSNames)
		for _, ip := range leaf.IPAddresses {
			valid = append(valid, finding.Address.Of(ip.String()))
		}
		detail = T("the server certificate is not valid for %q from %s. The certificate is valid for %s", finding.Host.Of(asked), where, validFor(valid))
		name := func(i int) finding.Name { return finding.Host.Of(leaf.DNSNames[i]) }
		entry, named := setCluster(c)
		switch {
		case len(c.Server.Trust.CAs) > 0 && !isSignedByTrusted(c, failure):
			// A name would make a stranger's certificate pass one check more.
			advice = T("Check the server's address. Another server answers there: the CA that the client trusts did not sign the certificate.")
		case c.Server.Trust.ServerName != "":
			advice = T("Set tls-server-name to a name from the certificate. If the certificate contains the server's own name, remove tls-server-name instead.")
			if len(leaf.DNSNames) > 0 && named {
				command = entry.Argf("--tls-server-name=%s", name(0))
			}
		case c.Server.Trust.InCluster && len(leaf.DNSNames) > 0:
			advice = T("Use a name from the certificate as KUBERNETES_SERVICE_HOST. Usually kubernetes.default.svc is in the certificate.")
			command = run("").Argf("KUBERNETES_SERVICE_HOST=%s", name(len(leaf.DNSNames)-1)).Add("kubectl authn explain")
		case len(leaf.DNSNames) > 0 && isSignedByTrusted(c, failure):
			advice = T("Keep the address, and set tls-server-name to a name from the certificate.")
			if named {
				command = entry.Argf("--tls-server-name=%s", name(0))
			}
		}
	}
	return presented(c, failure, prove(finding.ServerCertificateNameMismatch, "%s. No credential was sent", detail)).FixBy(advice, command)
}

// validFor lists the names and addresses of a certificate.
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
