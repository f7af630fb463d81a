package pasted

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// stopped explains a fault of a client's configuration, or between a client and the API server.
func stopped(title, before finding.Text, fix []step) explanation {
	return explanation{title: title, before: before, fix: fix}
}

// showKubeconfig shows where kubectl looks for a kubeconfig.
func showKubeconfig() finding.Command {
	return finding.Run("echo").Raw(`"$KUBECONFIG"`).Then(finding.Run("ls -l").Raw("~/.kube"))
}

// giveKubeconfig are the fixes for a client that has no kubeconfig.
func giveKubeconfig() []step {
	return []step{
		{finding.T("As the user who runs the client, set KUBECONFIG or --kubeconfig to the cluster's kubeconfig, or copy the file to ~/.kube/config. kubectl silently ignores a path in KUBECONFIG that does not exist. " +
			"If the file is there, check that it has a current-context. Check both places:"), showKubeconfig()},
		{finding.T("With sudo, in cron and in a CI job, the client has another home folder and environment. Pass the file explicitly:"), finding.Run("sudo kubectl --kubeconfig").Raw(`"$HOME/.kube/config"`).Add("get pods")},
		{finding.T("In a Pod, keep KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in the container's environment, and mount the ServiceAccount token (automountServiceAccountToken)."), finding.Command{}},
		{finding.T("If you have no kubeconfig, request one from the administrator, or create it with the cloud's tool. On a kubeadm control-plane node, use /etc/kubernetes/admin.conf. On K3s, use /etc/rancher/k3s/k3s.yaml."), finding.Command{}},
	}
}

// noConfiguration has the faults of clients that found no configuration.
func noConfiguration() map[errortext.Key]explanation {
	return map[errortext.Key]explanation{
		"no-kubeconfig": stopped(finding.T("the client found no usable kubeconfig"),
			finding.T("the client found no kubeconfig, or no current context in it. kubectl then falls back to its default address, localhost:8080, without a credential"), giveKubeconfig()),
		"no-host": stopped(finding.T("the client has no address of an API server"),
			finding.T("the program gave its client library no kubeconfig and no host, so the library falls back to http://localhost without a credential. This is typical of a Terraform provider without its configuration"),
			[]step{
				{finding.T("In Terraform, set `config_path` (or KUBE_CONFIG_PATH), or `host`, `cluster_ca_certificate` and a credential, in the provider block of kubernetes, helm or kubectl. The providers ignore KUBECONFIG."), finding.Command{}},
				{finding.T("If the values come from a cluster that the same configuration creates or replaces, they are empty during the plan. Create the cluster first, in a configuration of its own or with -target:"), finding.Run("terraform apply").Raw("-target=CLUSTER-RESOURCE")},
				{finding.T("In your own program, load the kubeconfig (clientcmd) or the in-cluster configuration before you create the client."), finding.Command{}},
			}),
		"outside-pod": stopped(finding.T("the client found no kubeconfig and no Pod environment"),
			finding.T("the client looks for the environment that the kubelet sets in each container, and the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are missing. "+
				"It runs outside of a Pod, or its environment was cleared"),
			[]step{
				{finding.T("Outside of the cluster, give the program a kubeconfig: with its --kubeconfig flag, or with KUBECONFIG if the program reads that variable."), finding.Command{}},
				{finding.T("In a Pod, find out what clears the environment: sudo, su, cron, `env -i` or an init system. Pass both variables on. Compare with the container's environment:"), finding.Run("kubectl exec POD -- env")},
			}),
		"pod-token-missing": stopped(finding.T("the Pod has no ServiceAccount token"),
			finding.T("the client runs in a Pod and finds no usable token in /var/run/secrets/kubernetes.io/serviceaccount"),
			[]step{
				{finding.T("Check whether the Pod or its ServiceAccount sets automountServiceAccountToken: false. If the program needs the API server, set it to true in the Pod's spec."),
					finding.Run("kubectl get pod POD -o").Word("jsonpath={.spec.automountServiceAccountToken} {.spec.serviceAccountName}")},
				{finding.T("If the program does not run in a Pod, give it a kubeconfig instead of the in-cluster configuration."), finding.Command{}},
			}),
		"pod-authority-missing": stopped(finding.T("the Pod has no CA of the cluster"),
			finding.T("the client runs in a Pod and cannot read the CA of the API server. It then verifies the API server with the CAs of the image"),
			[]step{{finding.T("Check that ca.crt is mounted beside the token, and that the ConfigMap kube-root-ca.crt exists in the Pod's namespace:"), finding.Run("kubectl get configmap kube-root-ca.crt --namespace NAMESPACE")}}),
	}
}

// badFile has the faults of the file itself.
func badFile() map[errortext.Key]explanation {
	look, inspect, explain := finding.Run("ls -l KUBECONFIG-FILE"), finding.Run("kubectl authn inspect -f KUBECONFIG-FILE"), finding.Run("kubectl authn explain --kubeconfig KUBECONFIG-FILE")
	again := step{finding.T("Or replace the file with a current one from the administrator or the cloud's tool."), finding.Command{}}
	check := step{finding.T("Then check the file. The command prints the decoded credential if the file is correct:"), inspect}
	return map[errortext.Key]explanation{
		"kubeconfig-missing": stopped(finding.T("the kubeconfig does not exist"), finding.T("the client was told to use the kubeconfig, and the file does not exist"), giveKubeconfig()),
		"kubeconfig-unreadable": stopped(finding.T("the kubeconfig cannot be read"), finding.T("the user who runs the client has no permission to read the kubeconfig"), []step{
			{finding.T("Show the owner and the mode of the file. Copy the file to your own ~/.kube/config with the owner's help; do not make it readable for other users, because it contains a credential."), look},
			{finding.T("On a kubeadm or K3s server, copy the administrator's file for your user:"),
				finding.Run("mkdir -p").Raw("~/.kube").Then(finding.Run("sudo install -m 600 -o").Raw(`"$USER"`).Raw("ADMIN-KUBECONFIG ~/.kube/config"))},
		}),
		"kubeconfig-is-folder": stopped(finding.T("the kubeconfig is a directory"), finding.T("the kubeconfig is a directory, not a file"), []step{
			{finding.T("Set KUBECONFIG or --kubeconfig to the file in the directory. Docker creates an empty directory if you mount a file that does not exist on the host."), finding.Run("ls -la").Raw(`"$KUBECONFIG"`)}}),
		"kubeconfig-not-yaml": stopped(finding.T("the kubeconfig is not valid YAML"), finding.T("the client cannot parse the kubeconfig"), []step{
			{finding.T("Correct the line that the error message names: indentation with spaces only, a space after each colon, and no values that are broken over lines."), finding.Command{}}, check, again}),
		"kubeconfig-of-other-kind": stopped(finding.T("the file is not a kubeconfig"), finding.T("the kubeconfig has no apiVersion: v1 with kind: Config, so it is another kind of file or only a part of a kubeconfig"), []step{
			{finding.T("Check what KUBECONFIG and --kubeconfig name. Some settings, such as CI variables, expect the content of a kubeconfig, and not a path, a base64 text or a single token."), showKubeconfig()}, check, again}),
		"kubeconfig-of-other-shape": stopped(finding.T("the kubeconfig is invalid"), finding.T("a field of the kubeconfig has a value of the wrong type. Typical are a list without its dashes, and a number or a boolean where text is required"), []step{
			{finding.T("Correct the field that the error message names. clusters, contexts and users are lists of entries with a name."), finding.Command{}}, check, again}),
		"not-base64": stopped(finding.T("a -data field of the kubeconfig is not base64"),
			finding.T("certificate-authority-data, client-certificate-data or client-key-data in the kubeconfig is not valid base64. Typical are PEM text, a file path, a placeholder, and a value that was cut off or broken over lines"), []step{
				{finding.T("Find the field: the report of this command names it."), explain},
				{finding.T("Replace the value with the PEM file in base64 on one line. Do not change the field of another cluster or user."), finding.Run("base64").Raw("< FILE.pem | tr -d '\\n'")}, again}),
		"kubeconfig-invalid": stopped(finding.T("the kubeconfig is invalid"), finding.T("the client cannot load the kubeconfig"), []step{{finding.T("Correct what the error message names."), finding.Command{}}, check, again}),
	}
}

// badEntry has the faults of an entry of a kubeconfig, or of the same settings in a program.
func badEntry() map[errortext.Key]explanation {
	invalid := finding.T("the kubeconfig is invalid")
	view := finding.Run("kubectl config view --minify")
	contexts, clusters := finding.Run("kubectl config get-contexts"), finding.Run("kubectl config get-clusters")
	return map[errortext.Key]explanation{
		"context-unknown": stopped(finding.T("the kubeconfig has no such context"), finding.T("the context that the client was told to use does not exist in the kubeconfig"), []step{
			{finding.T("Choose an existing context with `kubectl config use-context` or --context. If the context is in another file, set KUBECONFIG to that file. The contexts:"), contexts}}),
		"context-not-chosen": stopped(finding.T("the kubeconfig has no current context"), finding.T("the kubeconfig has no current-context, and the client was not told which context to use"), []step{
			{finding.T("Choose a context with `kubectl config use-context` or --context. The contexts:"), contexts}}),
		"entry-unknown": stopped(finding.T("the kubeconfig lacks an entry that it names"), finding.T("a context or the command line names a cluster or a user that the kubeconfig does not have"), []step{
			{finding.T("Set an existing cluster and user with `kubectl config set-context CONTEXT --cluster=CLUSTER --user=USER`, or replace the kubeconfig with a current one. The clusters:"), clusters},
			{finding.T("The users:"), finding.Run("kubectl config get-users")}}),
		"server-missing": stopped(finding.T("the cluster has no server"), finding.T("the cluster's entry in the kubeconfig has no server"), []step{
			{finding.T("Set the API server's address in the cluster's entry:"), finding.Run("kubectl config set-cluster CLUSTER --server=https://HOST:6443")}}),
		"server-malformed": stopped(finding.T("the server's address is malformed"), finding.T("the client cannot use the address of the API server, which must be a URL such as https://HOST:6443"), []step{
			{finding.T("Correct server in the kubeconfig, or the host in the program's configuration. Check for a missing https://, for spaces, quotes or a line break, and for a variable that was not replaced. The current address:"),
				view.Add("-o").Word("jsonpath={.clusters[0].cluster.server}")}}),
		"authority-unreadable": stopped(finding.T("the CA file of the kubeconfig cannot be read"), finding.T("the certificate-authority file of the cluster cannot be read"), []step{
			{finding.T("Restore the file, or use a kubeconfig that contains the CA itself (certificate-authority-data). A relative path starts at the directory of the kubeconfig, so a copied kubeconfig needs the file too. The path:"), view},
			{finding.T("If the file exists on another machine, run this command there. It writes a kubeconfig that needs no other file:"), finding.Run("umask 077").Then(finding.Run("kubectl config view --minify --flatten --raw").Raw("> kubeconfig.yaml"))}}),
		"authority-not-pem": stopped(finding.T("the CA is not a PEM certificate"), finding.T("the certificate authority that the client was given contains no PEM certificate"), []step{
			{finding.T("Compare the value with the cluster's CA from the administrator. It must begin with -----BEGIN CERTIFICATE-----. certificate-authority-data is this text in base64, once; cluster_ca_certificate and ca.crt are the text itself. The entry:"), view}}),
		"authority-and-insecure": stopped(invalid, finding.T("the cluster has both a certificate authority and insecure-skip-tls-verify: true. The client accepts only one of them"), []step{
			{finding.T("Remove insecure-skip-tls-verify, so that the certificate authority verifies the server:"), finding.Run("kubectl config unset clusters.CLUSTER.insecure-skip-tls-verify")},
			{finding.T("If the client was given --insecure-skip-tls-verify or `insecure = true`, remove that setting."), finding.Command{}}}),
		"data-and-file": stopped(invalid, finding.T("the same setting is given twice: once as a file and once as data"), []step{
			{finding.T("Keep the field with the current value and remove the other. The entries:"), view}}),
		"token-and-password": stopped(finding.T("the client has more than one credential"),
			finding.T("the user has both a token and a user name with a password. The client accepts only one of them, and API servers do not accept passwords"), []step{
				{finding.T("Remove `username` and `password` from the user's entry, or from the configuration of the program:"), finding.Run("kubectl config unset users.USER.username")},
				{finding.Text{}, finding.Run("kubectl config unset users.USER.password")},
				{finding.T("Also check the flags --username, --password and --token, and environment variables of the program such as KUBE_USER, KUBE_PASSWORD and KUBE_TOKEN."), finding.Command{}}}),
		"plugin-incomplete": stopped(invalid, finding.T("the exec section of the user is incomplete, or the user also has an auth-provider"), []step{
			{finding.T("Create the entry again with the tool that wrote it, or add the field that the error message names. The entry:"), view}}),
		"impersonates-nobody": stopped(invalid, finding.T("groups, a UID or extra fields are given for impersonation, and no user"), []step{
			{finding.T("Add the user (`as` in the kubeconfig, --as on the command line), or remove the other fields. The entry:"), view}}),
		"proxy-malformed": stopped(finding.T("the proxy-url is malformed"), finding.T("the client cannot use the proxy-url, which must begin with http://, https:// or socks5://"), []step{
			{finding.T("Correct proxy-url in the kubeconfig. If no proxy is necessary, remove it:"), finding.Run("kubectl config unset clusters.CLUSTER.proxy-url")}}),
	}
}

// badPair has the faults of a client certificate and its key.
func badPair() map[errortext.Key]explanation {
	unusable := finding.T("the client certificate cannot be used")
	write := finding.Run("kubectl config set-credentials USER --client-certificate=CERTIFICATE-FILE --client-key=KEY-FILE --embed-certs")
	anew := []step{
		{finding.T("Give the client a certificate and a key that belong together, both as PEM. In a kubeconfig:"), write},
		{finding.T("In another configuration, such as a Secret or a provider block, check whether the value must be PEM or base64. A server that starts with this error has the same fault in its own certificate files."), finding.Command{}},
	}
	return map[errortext.Key]explanation{
		"certificate-unreadable": stopped(unusable, finding.T("the file of the client certificate or of its key cannot be read"), []step{
			{finding.T("Restore the file, or embed certificate and key in the kubeconfig with this command. A relative path starts at the directory of the kubeconfig, so a copied kubeconfig needs the files too."), write}}),
		"certificate-not-pem":         stopped(unusable, finding.T("the client certificate (client-certificate-data or client-certificate) is not a PEM certificate"), anew),
		"key-not-pem":                 stopped(unusable, finding.T("the key of the client certificate (client-key-data or client-key) is not a readable PEM private key. A key with a passphrase is not accepted either"), anew),
		"certificate-and-key-swapped": stopped(unusable, finding.T("the client certificate and its key are swapped, so the client can use neither"), anew),
		"pair-unusable":               stopped(unusable, finding.T("the program cannot load the client certificate or its key. One of them is not PEM, or they do not belong together, or the key has a passphrase"), anew),
		"key-of-another":              stopped(unusable, finding.T("the private key does not match the client certificate, so the client cannot use the certificate"), anew),
		"key-missing":                 stopped(finding.T("the client certificate has no private key"), finding.T("the user has a client certificate and no private key"), anew),
	}
}

// onTheWay has the faults between a client and the API server.
func onTheWay() map[errortext.Key]explanation {
	variables := finding.Run("env").Pipe(finding.Run("grep -i _proxy"))
	bypass := step{finding.T("If the API server is reachable without the proxy, add its host or network to NO_PROXY for the client. NO_PROXY knows no wildcards in the middle of a name, and a network only as a CIDR. The variables in use:"), variables}
	address := step{finding.T("Check proxy-url in the kubeconfig too:"), finding.Run("kubectl config view --minify")}
	allow := step{finding.T("Otherwise ask the operator of the proxy to allow CONNECT to the API server's host and port."), finding.Command{}}
	server := finding.Run("kubectl config view --minify -o").Word("jsonpath={.clusters[0].cluster.server}")
	who := finding.Run("kubectl get --raw /version -v=8")
	chain := step{finding.T("Show the certificates that the server sends, with their extensions:"), finding.Run("openssl s_client -showcerts -connect HOST:PORT").Raw("</dev/null").Pipe(finding.Run("openssl x509 -noout -text"))}
	renew := step{finding.T("Ask the administrator of the server for a new certificate. For an API server of kubeadm, move apiserver.crt and apiserver.key in /etc/kubernetes/pki away, run this command, and restart the kube-apiserver:"),
		finding.Run("kubeadm init phase certs apiserver --config FILE")}
	checkAddress := step{finding.T("Check the server's address, its port and its path. The current address:"), server}
	showAnswer := step{finding.T("Show the answer and its headers, which name the server that answered:"), who}
	return map[errortext.Key]explanation{
		"server-certificate-usage": {title: finding.T("the server's certificate is not for servers"),
			means: finding.T("The certificate, or its CA, lacks the extended key usage for servers (serverAuth). Another CA in the kubeconfig does not help"),
			fix:   []step{chain, renew}},
		"server-certificate-issuer": {title: finding.T("the CA of the server's certificate may not sign it"),
			means: finding.T("A certificate above the server's is no CA, or its constraints do not allow the server's certificate. Often, a certificate of a server stands in place of its CA"),
			fix: []step{{finding.T("Check that each certificate above the server's has `CA:TRUE` in basicConstraints, and keyCertSign in keyUsage. Check the CA that the client trusts, too:"), finding.Run("openssl x509 -noout -text -in ca.crt")},
				chain, renew}},
		"server-certificate-faulty": {title: finding.T("the client cannot process the server's certificate"),
			means: finding.T("The certificate breaks a rule that the client enforces. Another CA in the kubeconfig does not help"),
			fix:   []step{chain, renew}},
		"handshake-alert": stopped(finding.T("the server ends the TLS handshake"),
			finding.T("a server answered, and does not accept what the client offers in the TLS handshake. That is a TLS version, a cipher, the server's name, or the client certificate. No API server judged a token"), []step{
				{finding.T("Check that the address in the kubeconfig is that of the API server, and that no proxy or gateway answers. This command shows the handshake:"), finding.Run("openssl s_client -connect HOST:PORT -servername HOST").Raw("</dev/null")},
				{finding.T("If TLS versions or ciphers are restricted, compare `--tls-min-version` and `--tls-cipher-suites` of the API server with those of the client. Some gateways send `handshake failure` if a client certificate is missing."), finding.Command{}}}),
		"proxy-refused": stopped(finding.T("a proxy answered in place of the API server"),
			finding.T("the client asked an HTTP proxy (HTTPS_PROXY or proxy-url) to connect to the API server, and the proxy answered with an error. No credential reached an API server"), []step{bypass, allow, address}),
		"proxy-login": stopped(finding.T("the proxy requires a login"),
			finding.T("the HTTP proxy (HTTPS_PROXY or proxy-url) requires a login of its own (407). This is not the login to the API server, which received no credential"), []step{
				bypass,
				{finding.T("Otherwise put the proxy's user name and password into the URL in HTTPS_PROXY, in front of the host: `USER:PASSWORD@`. Percent-encode special characters. Go programs do not support NTLM or Kerberos; use a local helper proxy such as px or cntlm for them."), finding.Command{}}}),
		"proxy-unreachable": stopped(finding.T("the proxy cannot be reached"), finding.T("the client got no connection through the proxy that HTTPS_PROXY or proxy-url names. No request reached an API server"), []step{
			{finding.T("Correct or remove the proxy. The variables in use:"), variables}, address, bypass}),
		"proxy-scheme": stopped(finding.T("the proxy does not speak TLS"),
			finding.T("HTTPS_PROXY (or proxy-url) begins with https://, so the client speaks TLS to the proxy itself, and the proxy did not answer with TLS. No request reached an API server"), []step{
				{finding.T("Set HTTPS_PROXY to http://PROXY:PORT. The name of the variable is about the target, not about the proxy. The variables in use:"), variables}, address, bypass}),
		"web-page": stopped(finding.T("a web page answered in place of the API server"),
			finding.T("the answer is HTML, and an API server answers with JSON. A login page, a proxy, a load balancer, a captive portal or another web server answered"), []step{
				{finding.T("Check the server's address, its port and its path, and log in to the gateway or VPN in front of it. The current address:"), server},
				{finding.T("Show the page and its headers, which name the server that answered:"), who}, bypass}),
		"gateway": stopped(finding.T("a gateway answered in place of the API server"),
			finding.T("a load balancer, a service mesh or a reverse proxy answered, and no API server did"), []step{
				{finding.T("Check the gateway's own log, and whether it has a healthy API server behind it. The address that the client uses:"), server},
				showAnswer}),
		"no-status": stopped(finding.T("the answer lacks the form of an API server's"),
			finding.T("an API server explains each error in a Status, and this answer has none. A proxy, a load balancer or another server answered, or an HTTP server in front of the API rejected the request itself"), []step{
				{finding.T("Show the answer and its headers. An API server's answer has an Audit-Id header:"), who}, checkAddress, bypass}),
		"not-json": stopped(finding.T("the answer is not JSON"),
			finding.T("an API server answers with JSON, and this answer is another text. A proxy, a load balancer or another server answered"), []step{
				checkAddress, showAnswer, bypass}),
		"other-protocol": stopped(finding.T("the answer is not HTTP"),
			finding.T("the server at the address does not speak the HTTP that the client expects. Another service listens there, or a proxy changes the connection"), []step{
				{finding.T("Check the server's address and port, usually 6443 or 443. The current address:"), server}, bypass}),
		"tls-port": stopped(finding.T("the server URL is http: the API server requires https"),
			finding.T("the client sent plain HTTP to a port that requires TLS. Clients send no credential over plain HTTP"), []step{
				{finding.T("Put https:// in front of the server's address:"), finding.Run("kubectl config set-cluster CLUSTER --server=https://HOST:6443")},
				{finding.T("With curl or another program, use https:// too."), finding.Command{}}}),
	}
}

// inOtherWords has the faults that clients other than client-go report.
func inOtherWords() map[errortext.Key]explanation {
	whose := step{finding.T("Find out to which server the program connects: its log, its configuration or the rest of the error has the address. A proxy that inspects TLS presents certificates of its own CA."), finding.Command{}}
	authority := finding.T("If the server is the API server, give the program the cluster's CA. Get the CA from a source that you trust: certificate-authority-data of a working kubeconfig, or in a Pod /var/run/secrets/kubernetes.io/serviceaccount/ca.crt")
	untrusted := func(by finding.Text, how finding.Text) explanation {
		return explanation{before: finding.T("%s does not trust the certificate of the server to which it connects", by),
			fix: []step{{finding.T("%s. %s This command shows whether a CA fits:", authority, how), finding.Run("openssl s_client -connect HOST:6443 -CAfile ca.crt").Raw("</dev/null")}, whose}}
	}
	return map[errortext.Key]explanation{
		"untrusted-by-java":   untrusted(finding.T("the Java program"), finding.T("Set it in the kubeconfig, or with `caCertFile` (fabric8: KUBERNETES_CERTS_CA_FILE). In Jenkins, set the server certificate key of the cloud. The JVM's own trust store is only for other servers.")),
		"untrusted-by-python": untrusted(finding.T("the Python program"), finding.T("Set it in the kubeconfig, or as `ssl_ca_cert` of the Configuration (Ansible: `ca_cert`). For requests, set REQUESTS_CA_BUNDLE.")),
		"untrusted-by-node":   untrusted(finding.T("the Node program"), finding.T("Set it in the kubeconfig, or start the program with NODE_EXTRA_CA_CERTS=FILE.")),
		"untrusted-by-dotnet": untrusted(finding.T("the .NET program"), finding.T("Set it in the kubeconfig, or as `SslCaCerts` of the KubernetesClientConfiguration.")),
		"untrusted-by-rust":   untrusted(finding.T("the Rust program"), finding.T("Set it in the kubeconfig, or as `root_cert` of the Config.")),
		"untrusted-by-tool":   untrusted(finding.T("the program"), finding.T("With curl, use --cacert FILE; with openssl, -CAfile FILE; with wget, --ca-certificate=FILE.")),
		"strict-verification": stopped(finding.T("the CA certificate lacks an extension"),
			finding.T("Python 3.13 and later verify certificates strictly (VERIFY_X509_STRICT), and the chain of the server's certificate has a CA or a certificate without a required extension. Older clients accept the same chain"), []step{
				{finding.T("Show the extensions of the CA. The CA needs keyUsage with keyCertSign, critical basicConstraints, and a Subject Key Identifier; each certificate below it needs an Authority Key Identifier."),
					finding.Run("openssl x509 -noout -text -in ca.crt")},
				{finding.T("Ask the administrator to issue the certificates again with these extensions. Until then, clear only the flag ssl.VERIFY_X509_STRICT in the program's SSL context; the certificate is still verified."), finding.Command{}}}),
		"certificate-required": stopped(finding.T("the server does not accept the client's certificate"),
			finding.T("the server closed the TLS handshake because of the client certificate. It requires another one, or does not trust its CA. An API server asks for a client certificate and does not require one, so a proxy, a gateway or another server answered"), []step{
				{finding.T("If the client uses a kubeconfig, check when its client certificate expires, and which CA signed it:"), finding.Run("kubectl authn explain")},
				{finding.T("Find out which server listens at the address, and give the client the certificate that this server requires. This command shows the accepted CAs:"), finding.Run("openssl s_client -connect HOST:PORT").Raw("</dev/null")}}),
		"cluster-name-unknown": stopped(finding.T("the API server's name inside of the cluster does not resolve"),
			finding.T("kubernetes.default.svc resolves only inside of the cluster. Some clients, such as fabric8's, use this name if they find no kubeconfig"), []step{
				{finding.T("Outside of the cluster, give the program a kubeconfig (KUBECONFIG), or the API server's address. In Jenkins, set the Kubernetes URL of the cloud."), finding.Command{}},
				{finding.T("In a Pod, check the cluster's DNS and the Pod's dnsPolicy. A Pod with hostNetwork needs ClusterFirstWithHostNet:"), finding.Run("kubectl exec POD -- cat /etc/resolv.conf")}}),
		"answered-in-plain-http": stopped(finding.T("the server does not speak TLS"),
			finding.T("the client began a TLS handshake, and the answer is not TLS. The port is one for plain HTTP, or a proxy answered"), []step{
				{finding.T("Check the address, the port and the proxy. An API server listens with TLS, usually at 6443 or 443. This command shows the handshake:"), finding.Run("openssl s_client -connect HOST:PORT").Raw("</dev/null")}}),
	}
}
