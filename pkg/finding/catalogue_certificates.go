package finding

var (
	BootstrapTokensDisabled = declare(Entry{
		ID: "bootstrap-tokens-disabled", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the API server accepts no bootstrap tokens",
		Meaning: "The Secret of the bootstrap token is valid, and the API server does not accept the token. The API server reads " +
			"bootstrap tokens only with `--enable-bootstrap-token-auth`. The flag is off by default; kubeadm sets it. " +
			"TokenReview returns only `invalid bearer token`.",
		Detection: "The API server's flags prove it. Reading them needs permission to list Pods in kube-system. Otherwise it is " +
			"concluded: the Secret in kube-system was read and is faultless, and TokenReview gives no other reason.",
		Fix: "If nodes should join with bootstrap tokens, start every kube-apiserver with " +
			"`--enable-bootstrap-token-auth=true`. Otherwise use the join procedure of the cluster's provider.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	BootstrapTokenNotFound = declare(Entry{
		ID: "bootstrap-token-not-found", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the bootstrap token has no Secret",
		Meaning: "The bootstrap token `abcdef.0123456789abcdef` needs the Secret `bootstrap-token-abcdef` of type " +
			"`bootstrap.kubernetes.io/token` in kube-system. The Secret does not exist, has another type, or is being " +
			"deleted. The controller manager deletes expired Secrets, so an expired token looks the same. TokenReview returns " +
			"only `invalid bearer token`.",
		Detection: "Reading the Secret answers 404. That needs permission to get Secrets in kube-system. The API server logs `No " +
			"secret of name …` at `-v=3`.",
		Fix: "On a control-plane node, create a new bootstrap token: `kubeadm token create --print-join-command`. Its default " +
			"lifetime is one day. Run the printed command on the node that joins.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	BootstrapTokenExpired = declare(Entry{
		ID: "bootstrap-token-expired", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the bootstrap token has expired",
		Meaning: "The `expiration` in the Secret has passed, or is not a valid RFC 3339 time, which counts as expired. There is no " +
			"leeway. The controller manager deletes such Secrets soon. TokenReview returns only `invalid bearer token`.",
		Detection: "The time in the Secret in kube-system is compared with the API server's clock. `kubeadm token list` shows the " +
			"same time. The token itself does not contain its expiry.",
		Fix: "On a control-plane node, create a new bootstrap token: `kubeadm token create --print-join-command`. Set its " +
			"lifetime with `--ttl`. Run the printed command on the node that joins.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	BootstrapTokenSecretMismatch = declare(Entry{
		ID: "bootstrap-token-secret-mismatch", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the bootstrap token's secret part is wrong",
		Meaning: "A Secret for the part before the dot exists. Its `token-secret` is not the part after the dot, or its `token-id` " +
			"is not the part before it. Either the token was mistyped, or another token was created with the same ID. " +
			"TokenReview returns only `invalid bearer token`.",
		Detection: "The token is compared with the Secret in kube-system; neither is shown. That needs permission to get Secrets " +
			"there. Without it, `kube-public/cluster-info` tells. On kubeadm clusters everyone can read this ConfigMap, which " +
			"is signed with each bootstrap token that allows signing.",
		Fix: "Copy the token again from the place where it was created. If you cannot find it, create a new one: `kubeadm " +
			"token create --print-join-command`.",
		Reference: "k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go",
	})

	BootstrapTokenNotForAuthentication = declare(Entry{
		ID: "bootstrap-token-not-for-authentication", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the bootstrap token may not authenticate",
		Meaning: "The Secret has no `usage-bootstrap-authentication`, or its value is not exactly `true`. Such a token may be " +
			"intended only for signing the public cluster-info. TokenReview returns only `invalid bearer token`.",
		Detection: "Read from the Secret in kube-system, with permission to get Secrets there. `kubeadm token list` shows the " +
			"usages.",
		Fix: "Create a token with this usage: `kubeadm token create --usages signing,authentication --print-join-command`. Run " +
			"the printed command on the node that joins.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	ClientCANotTrusted = declare(Entry{
		ID: "client-ca-not-trusted", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the client certificate's CA is not trusted",
		Meaning: "The CA that signed the client certificate is not in `--client-ca-file`, or the client does not send an " +
			"intermediate certificate. The handshake succeeds, because the API server requests any certificate and judges it " +
			"later. The answer is 401. The API server logs `x509: certificate signed by unknown authority`. The log shows the " +
			"same text first for many valid and invalid certificates, because the API server tries the front-proxy CA first.",
		Detection: "In the handshake, the API server names the CAs that it requests, and the certificate's issuer is not among them. " +
			"No permissions are needed. The ConfigMap `extension-apiserver-authentication` in kube-system holds the CAs. A " +
			"caller who may read it also sees whether a CA is only for front proxies.",
		Fix: "Use the kubeconfig of this cluster: compare the server address and the issuer in the report. If the CA was " +
			"replaced, request a new client certificate. To accept both CAs for a time, put both into the file of " +
			"`--client-ca-file`. Append an intermediate certificate to the client's certificate file, after the client " +
			"certificate.",
		Reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go",
	})

	ClientCARebuilt = declare(Entry{
		ID: "client-ca-rebuilt", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "a CA of the same name has another key",
		Meaning: "The API server trusts a CA with this name, and that CA has another key. The certificate was issued by the former " +
			"CA of the cluster, or by the CA of another cluster. Every kubeadm cluster names its CA `kubernetes`. The answer " +
			"is 401. The API server logs `possibly because of \"crypto/rsa: verification error\" while trying to verify " +
			"candidate authority certificate`.",
		Detection: "The ConfigMap `extension-apiserver-authentication` in kube-system proves it: its CA with this name did not sign " +
			"the certificate. Reading it needs permission. Otherwise it follows by elimination. The API server names the CA " +
			"in the handshake and answers 401, and the certificate is current, for clients, and names a user. The report " +
			"shows what was ruled out.",
		Fix: "Use the present kubeconfig of the intended cluster. With kubeadm, that is the `admin.conf` of a control-plane " +
			"node. For another user, create a kubeconfig: `kubeadm kubeconfig user --client-name NAME`.",
		Reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go",
	})

	CertificateKeyUsage = declare(Entry{
		ID: "certificate-key-usage", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the certificate is not a client certificate",
		Meaning: "The certificate, or a CA above it, lists extended key usages without client authentication. It is often a server " +
			"certificate. A certificate that lists no extended key usages is accepted. The API server answers 401 and logs " +
			"`x509: certificate specifies an incompatible key usage`.",
		Detection: "Read from the certificate alone, with certainty. No permissions are needed.",
		Fix: "Issue a certificate with the extended key usage clientAuth. In a CertificateSigningRequest, use the signer " +
			"`kubernetes.io/kube-apiserver-client` and the usage `client auth`. With openssl, set `extendedKeyUsage = " +
			"clientAuth`.",
		Reference: "RFC 5280, section 4.2.1.12",
	})

	CertificateWithoutCommonName = declare(Entry{
		ID: "certificate-without-common-name", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the client certificate names no user",
		Meaning: "The certificate is valid, and its subject has no common name. Kubernetes reads the user name from the common " +
			"name. The certificate authenticator then has no opinion, and the request is anonymous. On an API server with a " +
			"front-proxy CA, as with kubeadm, the error of the front-proxy check remains, and the answer is 401.",
		Detection: "Read from the certificate alone. No permissions are needed.",
		Fix: "Issue a certificate whose subject has the user name as common name and the groups as organizations, such as " +
			"`/CN=jane/O=developers`. Kubernetes does not read names in the subject alternative name.",
		Reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go",
	})

	ClientCertificateNotRequested = declare(Entry{
		ID: "client-certificate-not-requested", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the server requests no client certificate",
		Meaning: "A client sends its certificate only if the server requests one in the handshake, and this server does not. The " +
			"request arrives without the certificate and is anonymous. Either a load balancer or proxy terminates TLS before " +
			"the API server, or the API server has no `--client-ca-file`.",
		Detection: "Seen in the handshake. That needs a connection and no permissions.",
		Fix: "Connect to the API server directly, or configure the load balancer to pass TLS through. If TLS must terminate at " +
			"the load balancer, use a token: proxies can forward a header but not a client certificate.",
		Reference: "k8s.io/apiserver pkg/server/secure_serving.go",
	})

	ServerCertificateUntrusted = declare(Entry{
		ID: "server-certificate-untrusted", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the server's certificate is not trusted",
		Meaning: "No CA that the kubeconfig or this machine trusts signed the server's certificate. The client stops the handshake " +
			"with `x509: certificate signed by unknown authority`. No credential was sent or judged. Either the cluster's CA " +
			"was replaced, the kubeconfig is for another cluster, or a proxy intercepts TLS.",
		Detection: "Seen in the handshake. That needs a connection and no permissions. The server's chain is compared with the " +
			"kubeconfig's CA, and with the CA in `kube-public/cluster-info` if everyone may read it. That ConfigMap is read " +
			"without a credential and is marked as unverified.",
		Fix: "Set the right CA: `kubectl config set-cluster NAME --certificate-authority=FILE --embed-certs`. Inside the " +
			"cluster, the CA is in the ConfigMap `kube-root-ca.crt` of each namespace. If the chain shows your company's " +
			"proxy, exempt the API server from the proxy (`NO_PROXY`).",
		Reference: "k8s.io/client-go transport/transport.go",
	})

	ServerCertificateNameMismatch = declare(Entry{
		ID: "server-certificate-name-mismatch", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the server's certificate is for another name",
		Meaning: "The server's certificate does not contain the name or address in the kubeconfig's `server`. The client stops the " +
			"handshake with `x509: certificate is valid for …, not …` or `doesn't contain any IP SANs`. No credential was " +
			"sent. This happens when the API server is reached by a new name, an IP address or a tunnel.",
		Detection: "Seen in the handshake. That needs a connection and no permissions. The report shows the names in the " +
			"certificate.",
		Fix: "Use one of the names in the certificate. Or keep the address and set the name to check: `kubectl config " +
			"set-cluster NAME --tls-server-name=DNSNAME`. To add a name with kubeadm, add it to `apiServer.certSANs`. Remove " +
			"the old certificate and key, and run `kubeadm init phase certs apiserver --config FILE`.",
		Reference: "RFC 9525, section 6",
	})

	ServerCertificateExpired = declare(Entry{
		ID: "server-certificate-expired", Severity: Error, Group: "Bootstrap tokens and certificates",
		Title: "the server's certificate is not valid now",
		Meaning: "The time on this machine is outside the validity of the server's certificate. The client stops the handshake " +
			"with `x509: certificate has expired or is not yet valid`. No credential was sent or judged. kubeadm issues " +
			"serving certificates for one year. A wrong clock on this machine looks the same.",
		Detection: "Seen in the handshake. That needs a connection and no permissions. The report shows the certificate's dates and " +
			"this machine's clock.",
		Fix: "Check this machine's clock first (`timedatectl`). If the certificate has expired, run `kubeadm certs renew " +
			"apiserver` on each control-plane node, and restart the kube-apiserver. If the certificate is not valid yet, correct " +
			"the clock that is wrong: this machine's, or that of the machine that issued the certificate.",
		Reference: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
	})

	ServerCertificateUnchecked = declare(Entry{
		ID: "server-certificate-unchecked", Severity: Warning, Group: "Bootstrap tokens and certificates",
		Title: "the server's certificate is not checked",
		Meaning: "The kubeconfig has `insecure-skip-tls-verify: true`, or the flag is set. The client accepts any server at the " +
			"address as the API server and sends it the token. An answer does not prove which server gave it.",
		Detection: "Read from the kubeconfig and the flags. No permissions are needed.",
		Fix: "Write the cluster's CA into the kubeconfig, which also enables the check: `kubectl config set-cluster NAME " +
			"--certificate-authority=FILE --embed-certs`. Inside the cluster, the CA is in the ConfigMap `kube-root-ca.crt` " +
			"of each namespace.",
		Reference: "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
	})
)
