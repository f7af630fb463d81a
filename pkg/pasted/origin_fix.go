package pasted

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// aboutConnection returns the title of a finding about the connection to a component, and its
// detail.
func aboutConnection(r reason) (title, detail finding.Text) {
	name := finding.T("%s", finding.Standard(string(r.component)))
	if r.component == otherServer && r.host != "" {
		name = finding.T("the server %s", finding.Host.Of(r.host))
	}
	switch what := r.connection; what {
	case refusedCert:
		return finding.T("%s rejects the client certificate", name), finding.T("%s ends the TLS handshake because of the client's certificate", name)
	case clientRefuses:
		return finding.Text{}, finding.T("a client of %s stopped the TLS handshake, because it does not accept the certificate of %s", name, name)
	case serverRefuses:
		return finding.T("%s rejects the client certificate", name), finding.T("%s rejects the certificate of a client, such as the API server", name)
	case noServing, alert:
		return finding.T("%s ends the TLS handshake", name), finding.T("%s ends the TLS handshake", name)
	case throughProxy:
		return finding.T("a proxy does not connect the API server to %s", name), finding.T("the API server connects to %s through a proxy, and the proxy does not connect", name)
	case connection:
		return finding.T("%s cannot be reached", name), finding.T("the connection to %s fails before any authentication", name)
	default:
		if r.component != kubelet || what == wrongUsage || what == faulty {
			title = finding.T("the certificate of %s %s", name, faultNames[what])
			if isNotYetValid(r) {
				title = finding.T("the certificate of %s is not valid yet", name)
			}
		}
		if m := calledWebhook().FindStringSubmatch(r.Line); m != nil && r.component == admissionWebhook {
			name = finding.T("%s %q", name, finding.Object.Of(m[1]))
		}
		return title, finding.T("%s connects to %s and rejects the server's certificate", clientsOf(r.component), name)
	}
}

// clientsOf returns the programs that connect to a component.
func clientsOf(c component) finding.Text {
	switch {
	case c == etcd:
		return finding.T("a client of etcd, such as the API server,")
	case c == kubelet:
		return finding.T("the API server, or a scraper such as metrics-server,")
	case slices.Contains(behind, c):
		return finding.T("the API server")
	}
	return finding.T("a client")
}

// calledWebhook matches the name of an admission webhook in a message of the API server.
var calledWebhook = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`calling (?:admission )?webhook \\*"([a-z0-9.-]{1,253})\\*"`)
})

var faultNames = map[fault]finding.Text{
	untrusted: finding.T("is not trusted"), otherName: finding.T("has another name"), notNow: finding.T("is not valid now"), wrongUsage: finding.T("is not for servers"), faulty: finding.T("cannot be verified"),
}

// notTheReader ends the detail of a finding about a server behind the API server.
var notTheReader = finding.T("The message is not about your kubeconfig")

// ofComponent returns the title and the meaning of a message about a component other than the API
// server. The title is zero if that of the catalogue fits.
func ofComponent(id finding.ID, r reason) (title, detail finding.Text) {
	quoted := clipped(r.Text)
	switch id {
	case finding.FrontProxyCertificateUntrusted:
		if strings.Contains(r.Text, "has expired") {
			title = finding.T("the API server's proxy certificate has expired")
		}
		detail = finding.T("the server behind the API server verified a client certificate with its requestheader CA and rejected it. The API server shows such a certificate for every request that it " +
			"forwards (--proxy-client-cert-file)")
		if ca := r.Values["candidate"]; ca != "" {
			detail = finding.T("%s. The CA %q has another key than the CA that signed the certificate", detail, finding.Authority.Of(ca))
		}
		return title, finding.T("%s. %s: %s", detail, notTheReader, quoted)
	case finding.FrontProxyNameNotAllowed:
		return title, finding.T("the requestheader CA signed a certificate with the common name %q, which is not in --requestheader-allowed-names: %s", finding.Subject.Of(r.Values["commonName"]), quoted)
	case finding.FrontProxyHeadersIgnored:
		user, group := finding.User.Of(r.Values["user"]), aggregatedGroup(r)
		if r.Values["user"] == diagnose.AnonymousUser {
			return finding.T("a request to an aggregated API is anonymous"), finding.T("a server behind the API server serves %s. Either the API server got no credential, or the aggregated API ignored the user that "+
				"the API server forwards. Without a requestheader CA that verifies the API server's proxy certificate, an aggregated API identifies every user as %q", finding.Standard(group), user)
		}
		return title, finding.T("the API server forwards requests with its proxy certificate. The aggregated API identified the request by the name %q in that certificate, and not by the user in the request's headers", user)
	case finding.FrontProxyNotConfigured:
		return title, finding.T("a server behind the API server cannot verify the API server's proxy certificate. It ignores the users that the API server forwards: %s", quoted)
	case finding.ServerCertificateRejected:
		return title, finding.T("a client at %s stopped the TLS handshake, because it does not accept the certificate of this server. The server runs, and the client reached it: %s", finding.Address.Of(withoutPort(r.Values["address"])), quoted)
	case finding.KubeletServingCertificateMissing:
		return title, finding.T("the kubelet has no serving certificate, and ends each TLS handshake. The certificate request of the kubelet is not approved yet. %s: %s", notTheReader, quoted)
	}
	title, detail = aboutConnection(r)
	return title, finding.T("%s. %s: %s", detail, notTheReader, quoted)
}

// withComponentFix adds the fix for a message about a component other than the API server.
func withComponentFix(f finding.Finding, r reason) finding.Finding {
	entry, _ := finding.Lookup(f.ID)
	switch of := r.component; {
	case r.connection == throughProxy:
		return f.Fix("The kube-apiserver has HTTPS_PROXY in its environment. Add the networks of Services, Pods and nodes to its NO_PROXY, and `.svc`. On a kubeadm node, the environment is in "+
			"/etc/kubernetes/manifests/kube-apiserver.yaml.", finding.Command{})
	case f.ID == finding.FrontProxyHeadersIgnored:
		return f.Fix("Check that the API server identifies you. If it does, the fault is between the API server and the aggregated API.", finding.Run("kubectl auth whoami")).
			Fix("Compare the CA in --requestheader-client-ca-file, the API server's --proxy-client-cert-file and --requestheader-allowed-names. The aggregated API reads the CA and the names from this ConfigMap. "+
				"Do not grant permissions to the name in the error message: everybody would have them.", frontProxyConfig())
	case f.ID == finding.FrontProxyNotConfigured, f.ID == finding.FrontProxyNameNotAllowed, f.ID == finding.FrontProxyCertificateUntrusted:
		return f.FixBy(entry.ToDo(), frontProxyConfig())
	case of == kubelet && r.connection != connection && r.connection != refusedCert:
		return kubeletCertificateFix(f)
	case of == admissionWebhook && f.ID == finding.WebhookCertificateRejected:
		return expiredBehind(f, r).FixBy(entry.ToDo(), finding.Run("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml"))
	case of == conversionWebhook && f.ID == finding.WebhookCertificateRejected:
		return expiredBehind(f, r).FixBy(entry.ToDo(), finding.Run("kubectl get crd").Arg(finding.T("NAME")).Add("-o").Word("jsonpath={.spec.conversion.webhook.clientConfig}"))
	case f.ID == finding.AggregatedAPICertificateRejected:
		return expiredBehind(f, r).FixBy(entry.ToDo(), finding.Run("kubectl get apiservices -o wide"))
	case f.ID == finding.EtcdCertificateRejected:
		return f.FixBy(entry.ToDo(), finding.Run("kubeadm certs check-expiration"))
	case of == oidcIssuer && r.connection != notNow:
		return showChain(f, r).FixBy(trustOfIssuer(r), finding.Command{})
	case f.ID == finding.OtherServerCertificateRejected, of == oidcIssuer, of == k3sServer:
		if text, ok := trustOfK3s[r.connection]; ok && of == k3sServer {
			return f.FixBy(text, finding.Command{})
		}
		f = showChain(ofGRPC(f, of), r)
		if text, ok := renewal[r.connection]; ok {
			return f.FixBy(text, finding.Command{})
		}
		return f.FixBy(trust[of], finding.Command{})
	case f.ID == finding.ServerCertificateRejected:
		return clientOfFix(f, r)
	case of == kubelet && r.port == "10248":
		return f.Fix("The kubelet does not run on this node, or does not answer yet. Read its log on the node.", finding.Run("journalctl --unit kubelet --since=-10m"))
	}
	return f.FixBy(entry.ToDo(), finding.Command{})
}

// expiredBehind adds the step that renews the expired certificate of a webhook or an aggregated API.
func expiredBehind(f finding.Finding, r reason) finding.Finding {
	if r.connection != notNow {
		return f
	}
	return f.Fix("Renew the certificate of the server that the API server connects to, and restart its Pods. A new `caBundle` alone does not help. If cert-manager issues the certificate, find out why it was not renewed.",
		finding.Run("kubectl get certificates --all-namespaces"))
}

func frontProxyConfig() finding.Command {
	return finding.Run("kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml")
}

// kubeletCertificateFix adds the steps that give a kubelet a serving certificate of the cluster's
// CA.
func kubeletCertificateFix(f finding.Finding) finding.Finding {
	if f.ID != finding.KubeletServingCertificateMissing {
		f = f.Fix("On the node, set `serverTLSBootstrap: true` in the kubelet's configuration (/var/lib/kubelet/config.yaml), remove tlsCertFile and tlsPrivateKeyFile, and restart the kubelet. It then requests "+
			"a serving certificate for all addresses of the node.", finding.Run("systemctl restart kubelet"))
	}
	f = f.Fix("List the CertificateSigningRequests. Look for one of the signer kubernetes.io/kubelet-serving in the state Pending, and check that it is from the node.", finding.Run("kubectl get csr")).
		Fix("Approve the request. The kubelet then serves the new certificate.", finding.Run("kubectl certificate approve").Arg(finding.T("NAME")))
	if f.ID == finding.KubeletCertificateUntrusted {
		f = f.Fix("Check that the API server's --kubelet-certificate-authority is the CA of that signer, on kubeadm nodes /etc/kubernetes/pki/ca.crt. A scraper such as metrics-server has a flag of the same name.",
			finding.Command{})
	}
	return f
}

// showChain adds the command that shows the certificate of the server that a message names.
func showChain(f finding.Finding, r reason) finding.Finding {
	host, port := r.host, r.port
	if host == "" || strings.Contains(host, ":") || finding.Word(host) == "NAME" || strings.HasPrefix(host, "-") {
		return f
	}
	if port == "" {
		port = "443"
	}
	return f.Fix("Where the client runs, show the certificates that the server sends. A certificate of your company's proxy means that the proxy intercepts TLS.",
		finding.Run("openssl s_client -showcerts").Add("-connect").Arg(finding.T("%s:%s", finding.Host.Of(host), finding.Standard(port))).Flag("-servername", finding.Host.Of(host)).Raw("</dev/null"))
}

// trust is how the clients of each server are given the CA of its certificate.
var trust = map[component]finding.Text{
	imageRegistry: finding.T("On each node, give the container runtime the CA of the registry. For containerd, set `ca` in /etc/containerd/certs.d/HOST/hosts.toml. For Docker, copy it to /etc/docker/certs.d/HOST/ca.crt. " +
		"For CRI-O, copy it to /etc/containers/certs.d/HOST/ca.crt. No credential of the cluster is involved in this error."),
	gitServer:       trustOfSource,
	chartRepository: trustOfSource,
	vaultServer:     finding.T("Give Vault's client the CA of Vault: the environment variable VAULT_CACERT, or `caBundle` of the operator that logs in to Vault."),
	serviceMesh:     finding.T("The proxy in the Pod does not trust the control plane of the service mesh. Restart the Pod, so that it reads the present CA. For Istio, the CA is in the ConfigMap istio-ca-root-cert."),
	forwardProxy:    finding.T("The client connects to a proxy over TLS and rejects its certificate. Check HTTPS_PROXY and `proxy-url`. Give the client the CA of the proxy, or exempt the server with NO_PROXY."),
	rancherServer:   finding.T("The agent does not trust the certificate of the Rancher server. In Rancher, set `cacerts` to the CA of that certificate. Then run the registration command that Rancher shows again, which has the checksum of the CA."),
	talosAPI: finding.T("The talosconfig does not belong to this machine's configuration. Give talosctl the talosconfig that was generated with it (`--talosconfig FILE`). A machine without a configuration is in maintenance mode, and accepts only " +
		"`talosctl apply-config --insecure`. No credential of the cluster is involved in this error."),
	k3sServer: finding.T("The node has the CA of another cluster, or of this one before it was rebuilt. Check that the server's address is right. Then move the old certificates of the node away (*.crt, *.key and *.kubeconfig in " +
		"/var/lib/rancher/k3s/agent, or /var/lib/rancher/rke2/agent), and let the node join with the current token. If a load balancer or a proxy is in between, it must forward TCP and not end TLS."),
	otherServer: trustOfOther,
	grpcServer:  trustOfOther,
}

// renewal is what helps with a certificate that no CA in the client's configuration makes valid.
var renewal = map[fault]finding.Text{
	notNow: finding.T("Check the clock of the client. If it is right, ask the operator of the server to renew the certificate. A server may need a restart to read the new one. " +
		"Another CA in the configuration of the client does not help."),
	otherName: finding.T("Connect to the server by a name or an address that its certificate has. Or give the server a certificate for the name in use. Another CA in the configuration of the client does not help."),
}

// ofGRPC adds the step that finds out whether a gRPC server is etcd.
func ofGRPC(f finding.Finding, of component) finding.Finding {
	if of != grpcServer {
		return f
	}
	return f.Fix("In the log of a kube-apiserver, the server is mostly etcd. On a control-plane node, check the certificates.", finding.Run("kubeadm certs check-expiration"))
}

// trustOfK3s returns how a K3s or RKE2 server gets a certificate that the nodes accept.
var trustOfK3s = map[fault]finding.Text{
	otherName:  finding.T("Give the server a certificate for the address that the node uses: set `tls-san` on each server, and restart its service. If a load balancer or a proxy is in between, it must forward TCP and not end TLS."),
	connection: finding.T("Check that the service of the server runs, and that this node reaches its port: 6443 for K3s, 9345 and 6443 for RKE2. The port 6444 of 127.0.0.1 is the agent's own load balancer. The server has not judged a token."),
	notNow:     finding.T("Check the clocks of the node and the server. Restart the server's service: it renews its certificates. `k3s certificate check` (for RKE2, `rke2 certificate check`) shows when they expire."),
}

var (
	trustOfSource = finding.T("Give the client the CA of the server. For Argo CD, use `argocd cert add-tls HOST --from FILE`. For Flux, set `ca.crt` in the Secret of the source. For Helm, use `--ca-file`. " +
		"For git, set `http.sslCAInfo`.")
	trustOfOther = finding.T("Find the program that reports the error. Give it the CA of the server in its own configuration. No credential of the cluster is involved in this error.")
)

// trustOfIssuer returns how the program that reports the error is given the CA of an OIDC issuer.
func trustOfIssuer(r reason) finding.Text {
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(r.Line, w) })
	}
	if says("get-token", "oidc-login", "kubelogin", "exec: executable") {
		return finding.T("The login program reports this error. Give it the CA of the issuer: `--certificate-authority=FILE` of kubectl oidc-login, in `args` of the kubeconfig's exec plugin.")
	}
	servers := finding.T("Give every API server the CA of the issuer: `--oidc-ca-file`, or `certificateAuthority` in the AuthenticationConfiguration. The issuer must send its intermediate certificates.")
	if r.connection == otherName {
		servers = finding.T("Give the issuer a certificate for the host in its URL. The API server and all other clients verify the name.")
	}
	if says("oidc authenticator", "authenticator.go", "oidc.go") {
		return servers
	}
	return finding.T("If the API server reports the error: %s If another program reports the error, give the program the CA in its own configuration.", servers)
}

// withoutPort returns the host of an address.
func withoutPort(address string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(address, "["), "]")
	if !strings.HasPrefix(address, "[") {
		host, _, _ = strings.Cut(address, ":")
	}
	return host
}

// clientOfFix adds the steps that find out why a client rejected the certificate of the server that
// logged the message.
func clientOfFix(f finding.Finding, r reason) finding.Finding {
	host := withoutPort(r.Values["address"])
	f = f.FixBy(finding.T("Find the program at %s, and read its log: the program has the reason. The address is that of a Pod or of a node.", finding.Address.Of(host)),
		finding.Run("kubectl get pods,nodes --all-namespaces -o wide"))
	switch {
	case strings.Contains(r.Line, "kubelet"):
		return f.Fix("The kubelet's certificate is rejected. Check that the CA in the API server's --kubelet-certificate-authority signed the certificate, or let the kubelet request one: set serverTLSBootstrap, and "+
			"approve its CertificateSigningRequest.", finding.Run("kubectl get csr"))
	case strings.Contains(r.Line, "webhook"):
		return f.Fix("The webhook's certificate is rejected. Compare it with the `caBundle` of the webhook's configuration.", finding.Run("kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml"))
	}
	return f.Fix("If the server is an API server, update the CA in the client's kubeconfig. A client in a Pod reads the present CA when the Pod restarts. If the server is a webhook, update the "+
		"`caBundle` of its configuration. If the server is a kubelet, check --kubelet-certificate-authority.", finding.Command{})
}
