package checks

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// notReached says how far the connection to the server came, and what to try from there.
// No credential was looked at.
func notReached(e *Case, failure *evidence.Failure) finding.Finding {
	switch failure.Transport {
	case evidence.TransportUntrusted:
		return untrusted(e, failure)
	case evidence.TransportWrongName:
		return wrongName(e, failure)
	case evidence.TransportExpired:
		return outOfTime(e, failure)
	}
	host, hostPort := place(e)
	detail, remedy, command := "no credential was looked at: "+failure.Text, "Check the address, the network and the proxy between here and there.", "kubectl authn explain --v=6"
	switch failure.Transport {
	case evidence.TransportDNS:
		detail = fmt.Sprintf("the name %s of the server cannot be resolved on this machine; nobody was asked and no credential was looked at", quote(host))
		remedy, command = "Check the name "+addressIn(e)+", and whether it is one that only a VPN or another network knows.", "getent hosts "+word(host)
	case evidence.TransportRefused:
		detail = fmt.Sprintf("nothing listens at %s: the connection was refused, and no credential was looked at", hostPort)
		remedy, command = "Check the port "+addressIn(e)+", and on the control plane whether kube-apiserver runs.", "kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'"
		if e.Server.Trust.ByFlag {
			command = "" // what the kubeconfig says is beside the point
		}
	case evidence.TransportNoRoute:
		detail = fmt.Sprintf("the network of this machine has no way to %s, and no credential was looked at", hostPort)
		remedy, command = "Connect the VPN or network from which that address can be reached, or use an address that can be reached from here.", "kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'"
	case evidence.TransportNoConnection:
		detail = fmt.Sprintf("%s does not answer: no connection came about in time, and no credential was looked at. A firewall that drops packets looks like this, and so does a wrong address", hostPort)
		remedy, command = "Check the address, and whether a firewall or a missing VPN is in the way; a slow way needs a longer --request-timeout.", again(e, "explain")+" --request-timeout 60s"
	case evidence.TransportNoHandshake:
		detail = fmt.Sprintf("%s accepts connections and does not answer in TLS: the handshake did not end in time, and no credential was looked at", hostPort)
		remedy, command = "Look at who listens there: a port that speaks something else than TLS, a load balancer without a server behind it, or a way that loses large packets (MTU).", "openssl s_client -connect "+word(hostPort)+" </dev/null"
	case evidence.TransportTimeout:
		detail = fmt.Sprintf("%s took the request and did not answer it in time", hostPort)
		remedy, command = "Ask again with a longer --request-timeout; a server that stays silent is overloaded, or is a load balancer that waits for one.", again(e, "explain")+" --request-timeout 60s"
	case evidence.TransportClosed:
		detail = fmt.Sprintf("%s accepts connections and closes them: %s; no credential was judged", hostPort, failure.Text)
		remedy, command = "Look at who listens there: a load balancer without a healthy server behind it, a firewall that cuts connections, or a port that speaks something else than TLS.", "openssl s_client -connect "+word(hostPort)+" </dev/null"
	case evidence.TransportPlainHTTP:
		detail = fmt.Sprintf("%s speaks plain HTTP, and is asked for https: there is no TLS to be had there, and no credential was looked at", hostPort)
		remedy, command = "Use the API server's TLS port, which is 6443 or 443 in most clusters; kubectl sends no credential over http.", "kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'"
	case evidence.TransportHandshake:
		detail = "client and server do not agree on TLS: " + failure.Text + "; no credential was judged"
		remedy, command = "Compare the TLS versions and cipher suites of both sides (kube-apiserver: --tls-min-version, --tls-cipher-suites); an alert that asks for a certificate comes from a gateway that admits only clients with one of its own.", "openssl s_client -connect "+word(hostPort)+" </dev/null"
	case evidence.TransportProxy:
		detail = "the proxy on the way to the server lets nothing through: " + failure.Text + "; no credential was looked at"
		remedy, command = "Check the proxy's address (--proxy-url, proxy-url of the cluster's entry, or HTTPS_PROXY) and its user name and password; exempt the API server from it with NO_PROXY where it can be reached straight.", "env | grep -i _proxy | sed 's|//[^@]*@|//|'"
	}
	if e.Server.URL == kubectlDefault {
		remedy, command = "localhost:8080 is where kubectl looks if no kubeconfig says otherwise: name one with KUBECONFIG or --kubeconfig.", "kubectl config view"
	}
	if own, ownCommand := unreachableInCluster(failure, host); e.Server.Trust.InCluster && own != "" {
		remedy, command = own, ownCommand
	}
	f := proved(finding.APIServerUnreachable, detail).See("connection to "+e.Server.URL, failure.Text)
	if e.Server.Trust.Proxy != "" {
		f = f.See("proxy", e.Server.Trust.Proxy)
	}
	return f.Do(remedy, command)
}

// unreachableInCluster is what to do in a Pod, whose environment says where the API server
// is; empty where that is the same as elsewhere.
func unreachableInCluster(failure *evidence.Failure, host string) (remedy, command string) {
	switch failure.Transport {
	case evidence.TransportDNS:
		return "Check KUBERNETES_SERVICE_HOST, which in most clusters is an address, and the name servers of this Pod (its dnsPolicy, an egress NetworkPolicy, CoreDNS).", "cat /etc/resolv.conf"
	case evidence.TransportRefused:
		return "Check KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and whether there are API servers behind the Service kubernetes.", "kubectl get endpointslices --namespace default -l kubernetes.io/service-name=kubernetes"
	case evidence.TransportNoRoute, evidence.TransportNoConnection:
		return "See whether an egress NetworkPolicy keeps this Pod from the API server, and whether kube-proxy, or what stands in its place, works on this node.", "kubectl get networkpolicies"
	case evidence.TransportPlainHTTP:
		return "Use the API server's TLS port in KUBERNETES_SERVICE_PORT, which is 443 in most clusters.", "kubectl get service kubernetes --namespace default"
	}
	return "", ""
}

// place is the server's host, and its host and port.
func place(e *Case) (host, hostPort string) {
	scheme, rest, _ := strings.Cut(e.Server.URL, "://")
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

// setCluster is the command that changes the cluster's entry; none where its name is not known.
func setCluster(e *Case, change string) string {
	if e.Server.Trust.Cluster == "" {
		return "kubectl config view --minify"
	}
	return "kubectl config set-cluster " + word(e.Server.Trust.Cluster) + " " + change
}

// presented adds the certificates that the server showed.
func presented(e *Case, failure *evidence.Failure, f finding.Finding) finding.Finding {
	f = f.See("connection to "+e.Server.URL, failure.Text)
	for i, c := range failure.Presented {
		if i == 4 {
			f = f.See("server's certificates", fmt.Sprintf("and %d more", len(failure.Presented)-i))
			break
		}
		f = f.See([]string{"server's certificate", "its issuer's"}[min(i, 1)], certificateWords(c))
	}
	return f
}

func outOfTime(e *Case, failure *evidence.Failure) finding.Finding {
	detail, remedy, command := failure.Text, "Renew the API server's serving certificate on the control plane.", "kubeadm certs check-expiration"
	chain := failure.Presented
	if ca := signerAmong(chain, e.Server.Trust.CAs); ca != nil {
		chain = append(chain[:len(chain):len(chain)], ca)
	}
	// The leaf comes first, and any of the chain may be the one.
	for i, c := range chain {
		whose := "the server's certificate"
		switch {
		case i >= len(failure.Presented):
			whose = "the CA in the kubeconfig, which signed the server's certificate,"
			remedy, command = "Fetch the cluster's present CA, and the kubeconfig with it.", "kubectl config view --minify"
		case i > 0:
			whose = "the certificate of the server's CA " + quote(c.Subject.String())
		}
		switch {
		case e.Now.After(c.NotAfter):
			detail = fmt.Sprintf("%s expired on %s, %s ago by this machine's clock (%s)", whose, stamp(c.NotAfter), span(e.Now.Sub(c.NotAfter)), stamp(e.Now))
		case e.Now.Before(c.NotBefore):
			detail = fmt.Sprintf("%s is not valid before %s, in %s by this machine's clock (%s)", whose, stamp(c.NotBefore), span(c.NotBefore.Sub(e.Now)), stamp(e.Now))
			remedy, command = "Compare this machine's clock with the true time, and then with that of whoever issued the certificate.", "date -u"
		default:
			continue
		}
		break
	}
	f := proved(finding.ServerCertificateExpired, "no credential was looked at: "+detail)
	return presented(e, failure, f).See("this machine's clock", stamp(e.Now)).Do(remedy, command)
}

// addressIn says where the address of the server stands.
func addressIn(e *Case) string {
	switch {
	case e.Server.Trust.ByFlag:
		return "that --server gives"
	case e.Server.Trust.InCluster:
		return "in KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT"
	default:
		return "in the kubeconfig"
	}
}

func wrongName(e *Case, failure *evidence.Failure) finding.Finding {
	host, _ := place(e)
	asked, where := host, "the kubeconfig's server"
	switch {
	case e.Server.Trust.ByFlag:
		where = "--server"
	case e.Server.Trust.InCluster:
		where = "KUBERNETES_SERVICE_HOST"
	}
	if e.Server.Trust.ServerName != "" {
		asked, where = e.Server.Trust.ServerName, "tls-server-name"
	}
	detail := failure.Text
	remedy, command := "Use a name that is in the server's certificate, or set tls-server-name in the kubeconfig to one that is.", "kubectl config view --minify"
	if len(failure.Presented) > 0 {
		leaf := failure.Presented[0]
		valid := append([]string{}, leaf.DNSNames...)
		for _, ip := range leaf.IPAddresses {
			valid = append(valid, ip.String())
		}
		detail = fmt.Sprintf("the server's certificate is not for %s, which %s asks for; it is for %s", quote(asked), where, listOr(valid, "no name and no address"))
		switch {
		case e.Server.Trust.ServerName != "":
			remedy = "Write a name of the certificate into tls-server-name, or remove it where the server's own name is in the certificate."
			command = "kubectl config view --minify"
			if len(leaf.DNSNames) > 0 {
				command = setCluster(e, "--tls-server-name="+word(leaf.DNSNames[0]))
			}
		case e.Server.Trust.InCluster && len(leaf.DNSNames) > 0:
			remedy, command = "Have the client ask by a name that is in the certificate; kubernetes.default.svc should be.", "KUBERNETES_SERVICE_HOST="+word(leaf.DNSNames[len(leaf.DNSNames)-1])+" kubectl authn explain"
		case len(leaf.DNSNames) > 0 && signedByTrusted(e, failure):
			remedy = "Keep the address, and have the client check a name that the certificate is for."
			command = setCluster(e, "--tls-server-name="+word(leaf.DNSNames[0]))
		}
	}
	return presented(e, failure, proved(finding.ServerCertificateNameMismatch, "no credential was looked at: "+detail)).Do(remedy, command)
}

func listOr(items []string, none string) string {
	if len(items) == 0 {
		return none
	}
	shown := items[:min(len(items), diagnose.MaxListed)]
	return diagnose.List(shown, len(items)-len(shown))
}
