package finding

var (
	BootstrapTokensDisabled = declare(Entry{
		ID: "bootstrap-tokens-disabled", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the API server takes no bootstrap tokens",
		Meaning: "The Secret of the bootstrap token is in order, and the API server does not accept it. It reads bootstrap " +
			"tokens only with `--enable-bootstrap-token-auth`, which is off unless set; kubeadm sets it. TokenReview says " +
			"nothing but `invalid bearer token`.",
		Detection: "Read in the API server's flags, where its static Pod can be listed in kube-system, which proves it. Else concluded from " +
			"the Secret in kube-system, which has to be read and is faultless, and the bare refusal in TokenReview.",
		Fix: "If nodes are to join by bootstrap tokens, start every kube-apiserver with " +
			"`--enable-bootstrap-token-auth=true`. Otherwise use the way of joining that the cluster's provider offers.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	BootstrapTokenNotFound = declare(Entry{
		ID: "bootstrap-token-not-found", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "no Secret belongs to the bootstrap token",
		Meaning: "A bootstrap token `abcdef.0123456789abcdef` is good if kube-system holds a Secret `bootstrap-token-abcdef` " +
			"of type `bootstrap.kubernetes.io/token`. There is none, or it is of another type or being deleted. Expired " +
			"ones are deleted by the controller manager, so this is also what a token of yesterday looks like. " +
			"TokenReview says nothing but `invalid bearer token`.",
		Detection: "Reading the Secret answers 404; that needs the right to get Secrets in kube-system. In its log the API " +
			"server says `No secret of name …` at `-v=3`.",
		Fix: "Make a new one on a control-plane node: `kubeadm token create --print-join-command`. By default it lasts for " +
			"a day.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	BootstrapTokenExpired = declare(Entry{
		ID: "bootstrap-token-expired", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the bootstrap token has expired",
		Meaning: "The `expiration` of the Secret has passed, or cannot be read as an RFC 3339 time, which counts as expired. " +
			"There is no leeway. The controller manager deletes such Secrets before long. TokenReview says nothing but " +
			"`invalid bearer token`.",
		Detection: "Read in the Secret in kube-system and compared with the server's clock; `kubeadm token list` shows the same. " +
			"A token itself does not tell when it ends.",
		Fix: "Make a new one on a control-plane node: `kubeadm token create --print-join-command`. Choose its life with " +
			"`--ttl`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	BootstrapTokenSecretMismatch = declare(Entry{
		ID: "bootstrap-token-secret-mismatch", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the secret half of the bootstrap token is wrong",
		Meaning: "There is a Secret for the part before the dot, and its `token-secret` is not the part after it, or its " +
			"`token-id` is not the part before. The token was mistyped, or another one was made with the same ID. " +
			"TokenReview says nothing but `invalid bearer token`.",
		Detection: "Read in the Secret in kube-system and compared without showing either. That needs the right to get Secrets " +
			"there. Without it, `kube-public/cluster-info` tells, which anybody may read on clusters of kubeadm: it is signed with each " +
			"bootstrap token that may be used for signing.",
		Fix: "Copy the token again from where it was made. If it cannot be found, make a new one: `kubeadm token create " +
			"--print-join-command`.",
		Reference: "k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go",
	})

	BootstrapTokenNotForAuthentication = declare(Entry{
		ID: "bootstrap-token-not-for-authentication", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the bootstrap token may not be used to authenticate",
		Meaning: "The Secret lacks `usage-bootstrap-authentication`, or its value is not exactly `true`. Such a token may be " +
			"meant for signing the public cluster-info alone. TokenReview says nothing but `invalid bearer token`.",
		Detection: "Read in the Secret in kube-system, with the right to get Secrets there. `kubeadm token list` shows the " +
			"usages.",
		Fix:       "Make a token for the purpose: `kubeadm token create --usages signing,authentication --print-join-command`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
	})

	ClientCANotTrusted = declare(Entry{
		ID: "client-ca-not-trusted", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the API server does not trust the certificate's issuer",
		Meaning: "The client certificate is signed by an authority that is not in `--client-ca-file`, or by way of an " +
			"intermediate that the client does not send. The handshake succeeds, as the API server asks for any " +
			"certificate and judges it afterwards; the answer is 401. Its log says `x509: certificate signed by unknown " +
			"authority`. That very text also stands first in the log for many good and bad certificates, because the CA " +
			"of the front proxy is tried before.",
		Detection: "In the handshake the server names the authorities that it asks for, to anybody: the certificate's issuer is " +
			"not among them. The ConfigMap `extension-apiserver-authentication` in kube-system holds the CAs themselves, " +
			"for those who may read it; there it also shows that a CA vouches for front proxies alone.",
		Fix: "Use the kubeconfig of this cluster: compare the server's address and the issuer that is shown. If the CA was " +
			"exchanged, get a new certificate; to let both in for a time, put both CAs into the file behind " +
			"`--client-ca-file`. An intermediate belongs into the client's certificate file, after the leaf.",
		Reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go",
	})

	ClientCARebuilt = declare(Entry{
		ID: "client-ca-rebuilt", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "a CA of the same name and another key issued it",
		Meaning: "The API server trusts an authority of the right name, and its key is another one. The certificate was issued " +
			"by the CA of the cluster before it was rebuilt, or by that of another cluster: every kubeadm cluster calls " +
			"its CA `kubernetes`. The answer is 401, and the server's log says `possibly because of \"crypto/rsa: " +
			"verification error\" while trying to verify candidate authority certificate`.",
		Detection: "With the right to read the ConfigMap `extension-apiserver-authentication` in kube-system, proved: its CA of that name did " +
			"not sign the certificate. Else by elimination: the server names the authority in the handshake, the certificate is within " +
			"its validity, made for clients and names a user, and the answer is 401. What was ruled out is shown.",
		Fix: "Use the kubeconfig of the cluster that is meant, as it is now. With kubeadm that is the `admin.conf` of a " +
			"control-plane node, or a new one for a user: `kubeadm kubeconfig user --client-name NAME`.",
		Reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go",
	})

	CertificateKeyUsage = declare(Entry{
		ID: "certificate-key-usage", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the certificate is not meant for clients",
		Meaning: "The certificate, or an authority above it, lists extended key usages, and neither client authentication nor " +
			"any usage is among them: often it is a server's certificate. One that lists none at all is accepted. The API " +
			"server answers 401, and its log says `x509: certificate specifies an incompatible key usage`.",
		Detection: "Read in the certificate alone, without any rights and with certainty.",
		Fix: "Issue a certificate with the extended key usage clientAuth. With a CertificateSigningRequest use the signer " +
			"`kubernetes.io/kube-apiserver-client` and the usage `client auth`; with openssl set `extendedKeyUsage = " +
			"clientAuth`.",
		Reference: "RFC 5280, section 4.2.1.12",
	})

	CertificateWithoutCommonName = declare(Entry{
		ID: "certificate-without-common-name", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the client certificate names no user",
		Meaning: "The certificate is good and its subject has no common name, which is where Kubernetes takes the user's name " +
			"from. The authenticator has no opinion then, and the request is anonymous. Where the API server also has a " +
			"CA for front proxies, as with kubeadm, that one's complaint about the certificate remains, and the answer is " +
			"401.",
		Detection: "Read in the certificate alone, without any rights.",
		Fix: "Issue a certificate whose subject has the user name as common name and the groups as organisations, such as " +
			"`/CN=jane/O=developers`. Names in the subject alternative name are not read.",
		Reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go",
	})

	ClientCertificateNotRequested = declare(Entry{
		ID: "client-certificate-not-requested", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the server asks for no client certificate",
		Meaning: "A client certificate is sent only if the server asks for one in the handshake, and this server does not. The " +
			"request arrives without it and is anonymous. Either a load balancer or proxy ends TLS before the API server, " +
			"or the API server has no `--client-ca-file`.",
		Detection: "Seen in the handshake, which needs a connection and no rights: the client's certificate was never asked for.",
		Fix: "Connect to the API server itself, or have the load balancer pass TLS through. Where TLS has to end there, " +
			"use tokens: a header survives what a certificate cannot.",
		Reference: "k8s.io/apiserver pkg/server/secure_serving.go",
	})

	ServerCertificateUntrusted = declare(Entry{
		ID: "server-certificate-untrusted", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the client does not trust the server's certificate",
		Meaning: "The server's certificate was not signed by an authority that the kubeconfig, or this machine, trusts. The " +
			"client ends the handshake with `x509: certificate signed by unknown authority`, and no credential was sent " +
			"or judged. The cluster's CA was exchanged, the kubeconfig is for another cluster, or a proxy that reads TLS " +
			"stands between.",
		Detection: "Seen in the handshake, which needs a connection and no rights. The chain that the server shows is compared " +
			"with the kubeconfig's CA, and with the one that `kube-public/cluster-info` names, where anybody may read it; that is " +
			"asked without any credential, and marked as unverified.",
		Fix: "Set the right CA: `kubectl config set-cluster NAME --certificate-authority=FILE --embed-certs`. In the " +
			"cluster it stands in the ConfigMap `kube-root-ca.crt` of each namespace. If the chain shows your company's " +
			"proxy, exempt the API server from it (`NO_PROXY`).",
		Reference: "k8s.io/client-go transport/transport.go",
	})

	ServerCertificateNameMismatch = declare(Entry{
		ID: "server-certificate-name-mismatch", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the server's certificate is for another name",
		Meaning: "The name or address in the kubeconfig's `server` is not among those the server's certificate is for. The " +
			"client ends the handshake with `x509: certificate is valid for …, not …` or `doesn't contain any IP SANs`, " +
			"and no credential was sent. This happens when the API server is reached by a new name, a bare address or a " +
			"tunnel.",
		Detection: "Seen in the handshake, which needs a connection and no rights. The names in the certificate are shown.",
		Fix: "Use one of the names that the certificate has, or keep the address and set the name to check: `kubectl " +
			"config set-cluster NAME --tls-server-name=DNSNAME`. To add a name with kubeadm put it into " +
			"`apiServer.certSANs`, remove the old pair and run `kubeadm init phase certs apiserver --config FILE`.",
		Reference: "RFC 9525, section 6",
	})

	ServerCertificateExpired = declare(Entry{
		ID: "server-certificate-expired", Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the server's certificate has expired or is not yet valid",
		Meaning: "The time on this machine is outside the validity of the server's certificate. The client ends the handshake " +
			"with `x509: certificate has expired or is not yet valid`, and no credential was sent or judged. kubeadm's " +
			"serving certificates last for a year; a wrong clock on this machine looks the same.",
		Detection: "Seen in the handshake, which needs a connection and no rights. The certificate's dates and this machine's " +
			"clock are shown.",
		Fix: "Compare this machine's clock first (`timedatectl`). Then renew on each control-plane node with `kubeadm " +
			"certs renew apiserver`, and restart the kube-apiserver there so that it is certain to serve the new one.",
		Reference: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
	})

	ServerCertificateUnchecked = declare(Entry{
		ID: "server-certificate-unchecked", Severity: Warning, Group: "Bootstrap tokens, client certificates",
		Title: "the server's certificate is not checked",
		Meaning: "The kubeconfig says `insecure-skip-tls-verify: true`, or the flag does: whoever answers at the address is taken for the " +
			"API server, and a bearer token is handed to them. An answer proves nothing about who gave it.",
		Detection: "Read from the kubeconfig and the flags, without any rights.",
		Fix: "Write the cluster's CA into the kubeconfig, which also has the certificate checked again: `kubectl config set-cluster " +
			"NAME --certificate-authority=FILE --embed-certs`. In the cluster it stands in the ConfigMap `kube-root-ca.crt` of " +
			"each namespace.",
		Reference: "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
	})
)
