package finding

var (
	KubeletCertificateUntrusted = declare(Entry{
		ID: "kubelet-certificate-untrusted", Severity: Error, Group: "Other components of the cluster",
		Title: "the kubelet's serving certificate is not trusted",
		Meaning: "The API server, or a scraper such as metrics-server, connects to a kubelet on port 10250 and rejects the certificate " +
			"that the kubelet serves. No CA that the client trusts signed the certificate, or the certificate is not for servers. " +
			"`kubectl logs`, `exec` and `port-forward` then fail, and everything else works. The kubeconfig has no part in it: " +
			"the API server accepted the credential and forwarded the request. Without `serverTLSBootstrap`, a kubelet signs its " +
			"serving certificate with its own key, and no CA can verify it.",
		Detection: "Only in a pasted error (`--error`). The error message contains the kubelet's port or path, such as " +
			"`/containerLogs/`, or begins with `error dialing backend`.",
		Fix: "Compare the kubelet's serving certificate with the CA in the API server's `--kubelet-certificate-authority`. Set " +
			"`serverTLSBootstrap: true` in the kubelet's configuration and restart the kubelet. Then approve its " +
			"CertificateSigningRequest: `kubectl get csr`, `kubectl certificate approve NAME`. Do not change the kubeconfig.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/",
	})

	KubeletCertificateNameMismatch = declare(Entry{
		ID: "kubelet-certificate-name-mismatch", Severity: Error, Group: "Other components of the cluster",
		Title: "the kubelet's serving certificate is for another name",
		Meaning: "The API server, or a scraper such as metrics-server, connects to a kubelet by an address that is not in the " +
			"kubelet's serving certificate. The address is one of the Node's `status.addresses`. A kubelet that serves " +
			"its client certificate shows the name `system:node:NAME`. The kubeconfig has no part in it.",
		Detection: "Only in a pasted error (`--error`). The error message contains the kubelet's port or path, such as " +
			"`/containerLogs/`, or begins with `error dialing backend`.",
		Fix: "Set `serverTLSBootstrap: true` in the kubelet's configuration and restart the kubelet. Then approve its " +
			"CertificateSigningRequest: `kubectl get csr`, `kubectl certificate approve NAME`. Or serve a certificate that has all " +
			"addresses of the Node (`tlsCertFile`, `tlsPrivateKeyFile`). The API server's " +
			"`--kubelet-preferred-address-types` sets which address it uses.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/",
	})

	KubeletCertificateExpired = declare(Entry{
		ID: "kubelet-certificate-expired", Severity: Error, Group: "Other components of the cluster",
		Title: "the kubelet's serving certificate is not valid now",
		Meaning: "The certificate that a kubelet serves on port 10250 has expired or is not valid yet, by the client's clock. A " +
			"kubelet with `serverTLSBootstrap` requests a new certificate in time, and the request needs an approval. The " +
			"kubeconfig has no part in it.",
		Detection: "Only in a pasted error (`--error`). The error message contains the kubelet's port or path, such as " +
			"`/containerLogs/`, or begins with `error dialing backend`.",
		Fix: "Compare the clocks of the node and of the control plane. If a clock is wrong, correct it. If the certificate has " +
			"expired, look for pending requests of the kubelet: `kubectl get csr`. Approve them: `kubectl certificate approve NAME`. A kubelet without `serverTLSBootstrap` creates a new " +
			"certificate when it starts without `/var/lib/kubelet/pki/kubelet.crt`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/",
	})

	KubeletServingCertificateMissing = declare(Entry{
		ID: "kubelet-serving-certificate-missing", Severity: Error, Group: "Other components of the cluster",
		Title: "the kubelet has no serving certificate",
		Meaning: "The kubelet ends each TLS handshake with `internal error`, because it has no serving certificate yet. With " +
			"`serverTLSBootstrap: true`, the kubelet requests one with a CertificateSigningRequest for the signer " +
			"`kubernetes.io/kubelet-serving`. Kubernetes does not approve such requests automatically. `kubectl logs`, `exec` and " +
			"`port-forward` fail until then, and everything else works.",
		Detection: "Only in a pasted error (`--error`). The client reports `remote error: tls: internal error` for port 10250, and " +
			"the kubelet logs `no serving certificate available for the kubelet`.",
		Fix: "Find the pending CertificateSigningRequest: `kubectl get csr`. Check that its names and addresses are those of the " +
			"node. Then approve it: `kubectl certificate approve NAME`. For later nodes, install a controller that approves " +
			"requests for the signer `kubernetes.io/kubelet-serving`.",
		Reference: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/#kubelet-serving-certs",
	})

	WebhookCertificateRejected = declare(Entry{
		ID: "webhook-certificate-rejected", Severity: Error, Group: "Other components of the cluster",
		Title: "the API server rejects the certificate of a webhook",
		Meaning: "The API server calls an admission or conversion webhook and rejects the certificate that the webhook serves. The " +
			"API server trusts the `caBundle` of the webhook's configuration, and requires the name `SERVICE.NAMESPACE.svc`. The " +
			"`caBundle` is empty or old, or the certificate has expired or is for another name. The kubeconfig has no part in it.",
		Detection: "Only in a pasted error (`--error`). The error message begins with `failed calling webhook` or `conversion " +
			"webhook for`, or has the URL of a Service with `?timeout=`.",
		Fix: "Compare the webhook's certificate with the `caBundle`. For admission, it is in the ValidatingWebhookConfiguration or " +
			"MutatingWebhookConfiguration. For conversion, it is in the CRD under `spec.conversion.webhook.clientConfig`. With " +
			"cert-manager, check the annotation `cert-manager.io/inject-ca-from` and the cainjector's log. Then restart the " +
			"webhook's Pods, so that they serve the present certificate.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook",
	})

	AggregatedAPICertificateRejected = declare(Entry{
		ID: "aggregated-api-certificate-rejected", Severity: Error, Group: "Other components of the cluster",
		Title: "the API server rejects the certificate of an aggregated API",
		Meaning: "The API server connects to the server of an APIService and rejects its certificate. The API server trusts the " +
			"`caBundle` of the APIService, and requires the name `SERVICE.NAMESPACE.svc`. All requests to this API then fail with " +
			"`the server is currently unable to handle the request`. The kubeconfig has no part in it.",
		Detection: "Only in a pasted error (`--error`). The condition `Available` of the APIService has the error message, after " +
			"`failing or missing response from`.",
		Fix: "Compare the server's certificate with the `caBundle`: `kubectl get apiservice NAME -o yaml`. Write the CA of the " +
			"certificate into the `caBundle`, or let cert-manager's cainjector do so. Then restart the Pods of that server.",
		Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	})

	EtcdCertificateRejected = declare(Entry{
		ID: "etcd-certificate-rejected", Severity: Error, Group: "Other components of the cluster",
		Title: "a certificate between the API server and etcd is rejected",
		Meaning: "The TLS handshake of the API server, or of another etcd member, with etcd fails because of a certificate. The API " +
			"server trusts the CA in `--etcd-cafile`, and identifies itself with `--etcd-certfile`. etcd trusts the CA in " +
			"`--trusted-ca-file`. No user's credential and no kubeconfig has a part in it.",
		Detection: "Only in a pasted error (`--error`). The error message contains etcd's port 2379 or 2380, or is from etcd's client " +
			"or server.",
		Fix: "On a control-plane node, check the certificates: `kubeadm certs check-expiration`. etcd's CA is " +
			"`/etc/kubernetes/pki/etcd/ca.crt`. Renew an expired certificate with `kubeadm certs renew etcd-server` or `kubeadm " +
			"certs renew apiserver-etcd-client`. Then restart etcd and the kube-apiserver.",
		Reference: "https://kubernetes.io/docs/setup/best-practices/certificates/",
	})

	IssuerCertificateRejected = declare(Entry{
		ID: "issuer-certificate-rejected", Severity: Error, Group: "Other components of the cluster",
		Title: "the certificate of the OIDC issuer is rejected",
		Meaning: "A program reads the discovery document or the keys of an OIDC issuer and rejects the issuer's certificate. If the " +
			"program is the API server, it cannot verify the issuer's tokens and rejects them. The API server trusts the CA in " +
			"`--oidc-ca-file`, or `certificateAuthority` of the AuthenticationConfiguration. Without one, it trusts the CAs of its " +
			"own machine or image. The kubeconfig's CA has no part in it.",
		Detection: "Only in a pasted error (`--error`). The URL is that of a discovery document or of a key set, or the message is " +
			"from the OIDC authenticator.",
		Fix: "Find out which CA signed the issuer's certificate. Set `--oidc-ca-file`, or `certificateAuthority` in the " +
			"AuthenticationConfiguration, to that CA on every API server. If a login program reports the error, give it the CA " +
			"with its own flag.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server",
	})

	OtherServerCertificateRejected = declare(Entry{
		ID: "other-server-certificate-rejected", Severity: Error, Group: "Other components of the cluster",
		Title: "the certificate of another server is rejected",
		Meaning: "A client rejects the certificate of a server other than the API server. Examples are an image registry, a Git " +
			"server, Vault and a proxy. The message is about the CAs that this client trusts, and about the other server's certificate. No " +
			"credential of the cluster has a part in it.",
		Detection: "Only in a pasted error (`--error`). The URL, the port or the words around the message show the server.",
		Fix: "Give the client that reports the error the CA of that server, in the client's own configuration. Do not change the " +
			"kubeconfig.",
		Reference: "RFC 5280, section 6",
	})

	OtherServerUnreachable = declare(Entry{
		ID: "other-server-unreachable", Severity: Error, Group: "Other components of the cluster",
		Title: "a server behind the API server cannot be reached",
		Meaning: "The API server answered, and a server that it needs does not: a kubelet, a webhook, an aggregated API or etcd. " +
			"The connection is refused, times out or is not TLS. No credential was judged there.",
		Detection: "Only in a pasted error (`--error`). The URL, the port or the words around the message show the server.",
		Fix: "Check that the server runs, and that the control plane can reach its address: firewalls, security groups, network " +
			"policies. Do not change the kubeconfig.",
		Reference: "https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/",
	})

	ServerCertificateRejected = declare(Entry{
		ID: "server-certificate-rejected", Severity: Error, Group: "Other components of the cluster",
		Title: "a client rejects the server's certificate",
		Meaning: "A server logs that a client stopped the TLS handshake with the alert `bad certificate` or `unknown certificate`. The " +
			"server runs and can be reached. The client does not trust the CA of the server's certificate. Or the certificate is " +
			"for another name, or has expired. The alert is never about a client certificate.",
		Detection: "Only in a pasted error (`--error`) or a log (`--log`), with the address of the client.",
		Fix: "Find the program at the client's address, and read its log: it has the reason. If the server is an API server, the " +
			"client's kubeconfig or its Pod's CA is old. If the server is a webhook, the `caBundle` of its configuration is old. " +
			"If the server is a kubelet, the CA in `--kubelet-certificate-authority` did not sign its certificate.",
		Reference: "RFC 8446, section 6.2",
	})

	FrontProxyCertificateUntrusted = declare(Entry{
		ID: "front-proxy-certificate-untrusted", Severity: Error, Group: "Other components of the cluster",
		Title: "the API server's proxy certificate is not trusted",
		Meaning: "The API server forwards requests to an aggregated API such as metrics-server with its own client certificate, " +
			"`--proxy-client-cert-file`. The aggregated API verifies that certificate with the requestheader CA and rejects it: " +
			"another CA signed it, or it has expired. The aggregated API reads the requestheader CA from the ConfigMap " +
			"`extension-apiserver-authentication`, or from its own `--requestheader-client-ca-file`. No user has such a " +
			"certificate, so no kubeconfig has a part in it.",
		Detection: "Only in a pasted error (`--error`) or a log (`--log`). The message is about a client certificate, and names a " +
			"front-proxy CA or is from the log of an aggregated API.",
		Fix: "Compare the issuer of the file in the API server's `--proxy-client-cert-file` with the CA in " +
			"`--requestheader-client-ca-file`. With kubeadm, renew the certificate: `kubeadm certs renew front-proxy-client`. " +
			"Restart the kube-apiserver, which publishes the CA, and then the aggregated API.",
		Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	})

	FrontProxyNameNotAllowed = declare(Entry{
		ID: "front-proxy-name-not-allowed", Severity: Error, Group: "Other components of the cluster",
		Title: "the name in the proxy certificate is not allowed",
		Meaning: "The requestheader CA signed a client certificate, and its common name is not in `--requestheader-allowed-names`. The " +
			"server therefore does not believe the user in the request's headers. Mostly the certificate is the API server's " +
			"`--proxy-client-cert-file`, and the server is an aggregated API. An empty list allows every name of that CA.",
		Detection: "Only in a pasted error (`--error`) or a log (`--log`): the message has the common name.",
		Fix: "Add the common name of the certificate in `--proxy-client-cert-file` to the kube-apiserver's " +
			"`--requestheader-allowed-names`, or issue the certificate with an allowed name. The kube-apiserver publishes the list " +
			"in the ConfigMap `extension-apiserver-authentication`. Restart the aggregated API afterwards.",
		Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	})

	FrontProxyNotConfigured = declare(Entry{
		ID: "front-proxy-not-configured", Severity: Error, Group: "Other components of the cluster",
		Title: "an aggregated API has no requestheader CA",
		Meaning: "An aggregated API has no CA for the API server's proxy certificate, so it ignores the user in the request's " +
			"headers. It then identifies requests as `system:anonymous`, or as the name in the proxy certificate. The CA is in the " +
			"ConfigMap `extension-apiserver-authentication` in kube-system, if the kube-apiserver has " +
			"`--requestheader-client-ca-file` and the aggregated API may read the ConfigMap.",
		Detection: "Only in a pasted error (`--error`): the message is from the start of an aggregated API.",
		Fix: "Look for the key `requestheader-client-ca-file`: `kubectl -n kube-system get configmap " +
			"extension-apiserver-authentication -o yaml`. If it is missing, set `--requestheader-client-ca-file`, " +
			"`--proxy-client-cert-file` and `--proxy-client-key-file` of the kube-apiserver. If it is there, bind the Role " +
			"`extension-apiserver-authentication-reader` in kube-system to the ServiceAccount of the aggregated API. Then restart " +
			"the aggregated API.",
		Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	})

	FrontProxyHeadersIgnored = declare(Entry{
		ID: "front-proxy-headers-ignored", Severity: Error, Group: "Other components of the cluster",
		Title: "an aggregated API ignores the forwarded user",
		Meaning: "The API server forwards the user's name in headers, with its own proxy certificate. The aggregated API did not use " +
			"these headers. It identified the request as `system:anonymous`, or as the name in the proxy certificate, such as " +
			"`front-proxy-client`. Permissions for that name would be permissions for everybody.",
		Detection: "Only in a pasted error (`--error`). A 403 for an aggregated API names `system:anonymous` or the name of a proxy " +
			"certificate. A request without a credential gets the same 403 for `system:anonymous` from the API server itself.",
		Fix: "Check with `kubectl auth whoami` that the API server identifies you. Then compare the API server's " +
			"`--proxy-client-cert-file` with `--requestheader-client-ca-file` and `--requestheader-allowed-names`. Use a CA of its " +
			"own for the front proxy, not the CA of `--client-ca-file`. Do not bind roles to that name.",
		Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	})
)
