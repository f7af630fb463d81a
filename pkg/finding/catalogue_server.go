package finding

var (
	AnonymousRequest = declare(Entry{
		ID: "anonymous-request", Severity: Error, Group: "API server and connection",
		Title: "the API server received no credential",
		Meaning: "The API server found no credential in the request and served it as `system:anonymous` in the group " +
			"`system:unauthenticated`. A 403 for this user does not tell anything about a credential, because none was " +
			"judged. Three cases look the same to the API server. They are a missing header, a header without a bearer token, " +
			"and a certificate that the server did not request.",
		Detection: "The API server names the user in a 403 or in a TokenReview. No permissions are needed. Another finding tells why " +
			"no credential arrived. It comes from the kubeconfig, the credential and the handshake.",
		Fix: "Find out where the credential is lost. Check the content of the kubeconfig, the encoding of the credential, and " +
			"the proxies between the client and the API server. Do not give `system:anonymous` permissions to avoid the " +
			"error: that opens the cluster to everyone.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	})

	CredentialRejected = declare(Entry{
		ID: "credential-rejected", Severity: Error, Group: "API server and connection",
		Title: "the API server rejected the credential",
		Meaning: "The API server read a credential and rejected it with 401, and the available permissions reveal no more. A " +
			"client always gets only the word Unauthorized. The API server's log has the reason after `Unable to authenticate " +
			"the request`, and so has the answer to a TokenReview. This finding is the cause only if no other finding is " +
			"proved.",
		Detection: "The answer is 401, with the marks of an API server. The report lists what was checked and what could not be " +
			"checked.",
		Fix: "Ask an administrator who may create TokenReviews for the same report (the ClusterRole `system:auth-delegator` " +
			"allows it). Or search the kube-apiserver's log at the time in the report. The audit ID identifies the audit " +
			"event of this request.",
		Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	})

	CredentialStripped = declare(Entry{
		ID: "credential-stripped", Severity: Error, Group: "API server and connection",
		Title: "the credential was lost on the way",
		Meaning: "The client sent a credential that the API server would have judged, and the API server received none. A proxy or " +
			"an ingress removed or replaced the Authorization header, or a load balancer terminated TLS and with it the " +
			"client certificate. The request is anonymous, so the answer is usually 403 for `system:anonymous`.",
		Detection: "The same request gets the same anonymous answer with and without the credential. The credential is well-formed " +
			"and its connection is https. No permissions are needed. A review over another connection that does judge the " +
			"credential proves it.",
		Fix: "Connect to the API server without the proxy or load balancer, and compare. Configure a proxy to pass the " +
			"Authorization header on unchanged. Configure a load balancer to pass TCP through to the API servers instead of " +
			"terminating TLS.",
		Reference: "RFC 9110, section 11.6.2",
	})

	IdentitySuppliedOnTheWay = declare(Entry{
		ID: "identity-supplied-on-the-way", Severity: Error, Group: "API server and connection",
		Title: "a proxy adds its own identity to requests",
		Meaning: "A request without a credential is served as the same user as a request with the credential. A gateway or proxy, " +
			"such as `kubectl proxy`, adds its own identity to every request. The answers therefore show nothing about the " +
			"credential.",
		Detection: "A request without a credential and a request with the credential are answered for the same named user. No " +
			"permissions are needed.",
		Fix:       "Connect to the API server directly: write its own address into the kubeconfig, without the gateway.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy",
	})

	AggregatedAPIRefused = declare(Entry{
		ID: "aggregated-api-refused", Severity: Error, Group: "API server and connection",
		Title: "another server rejected the request",
		Meaning: "The API server accepts the credential, and a server behind it does not: an aggregated API such as " +
			"metrics-server, or a kubelet. The API server forwards the user's identity in headers, with its own certificate. " +
			"The other server trusts these headers only with the front-proxy CA from `extension-apiserver-authentication`. Or " +
			"the other server creates a TokenReview and lacks permission for it. Only the APIs of that group then fail, with " +
			"a 401 that looks like an answer of the API server, or with `the server is currently unable to handle the " +
			"request`. A kubelet identifies the API server by its client certificate. If that fails, `kubectl logs` and " +
			"`kubectl exec` fail, and everything else works.",
		Detection: "After the API server accepted the credential, each API behind an APIService is requested. In the API server, " +
			"flow control comes after authentication. A 401 with the mark of flow control is therefore the other server's " +
			"answer. So is a 403 that names another user. If the API server cannot reach an API, the condition `Available` of " +
			"the APIService has the answer. That needs permission to list APIServices. In a pasted error (`--error`), the " +
			"error message of the kubelet, of metrics-server or of that condition shows it.",
		Fix: "Read that server's log. Give its ServiceAccount the ClusterRole `system:auth-delegator` with a " +
			"ClusterRoleBinding. Give it the Role `extension-apiserver-authentication-reader` with a RoleBinding in " +
			"kube-system. Check its state with `kubectl get apiservice`. For a kubelet, the CA in " +
			"`authentication.x509.clientCAFile` must have signed the certificate in the API server's " +
			"`--kubelet-client-certificate`.",
		Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	})

	AnswerNotFromAPIServer = declare(Entry{
		ID: "answer-not-from-api-server", Severity: Error, Group: "API server and connection",
		Title: "the answer did not come from an API server",
		Meaning: "A 401 or 403 lacks the marks of an API server: a Status as its body and an `Audit-Id` header. A proxy, a load " +
			"balancer, an identity-aware gateway or a captive portal answered instead. The credential may be valid, because " +
			"no API server received it.",
		Detection: "Read from the answer's headers and body. No permissions are needed. The report shows the headers that identify " +
			"the other server. In a pasted error (`--error`), the message of a cloud's token service or of Vault proves no " +
			"narrower finding. Or a client reports a proxy's status, a web page or another answer that is not JSON.",
		Fix: "Log in to the proxy or gateway that answered, or bypass it: `NO_PROXY`, the VPN, or the API server's own " +
			"address. Check `server` and `proxy-url` in the output of `kubectl config view --minify`.",
		Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	})

	APIServerUnreachable = declare(Entry{
		ID: "api-server-unreachable", Severity: Error, Group: "API server and connection",
		Title: "the API server cannot be reached",
		Meaning: "No answer arrived. The name does not resolve, the connection is refused or times out, or the handshake fails for " +
			"a reason other than a certificate. The API server therefore tells nothing about the credential. Faults that are " +
			"visible in the credential are still reported.",
		Detection: "The report shows the error of the connection. No permissions are needed.",
		Fix: "Check the address in the output of `kubectl config view --minify`. Then check the connection: DNS, VPN, " +
			"firewall, proxy. `connection refused` means that the machine is running and the server is not. Check the " +
			"kube-apiserver container on the control-plane node.",
		Reference: "https://kubernetes.io/docs/tasks/debug/debug-cluster/",
	})

	APIServerError = declare(Entry{
		ID: "api-server-error", Severity: Error, Group: "API server and connection",
		Title: "the API server could not answer",
		Meaning: "The API server neither accepted nor rejected the credential. It answered with an internal error (5xx), with too " +
			"many requests (429), or, before Kubernetes 1.28, that it does not know SelfSubjectReview. The answer tells " +
			"nothing about the credential.",
		Detection: "Read from the status of the answer. No permissions are needed.",
		Fix: "Try again later. Check the health of the API server with `kubectl get --raw '/readyz?verbose'`. With a server " +
			"older than 1.28, use an identity with permission to create TokenReviews.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review",
	})

	ReplicasDisagree = declare(Entry{
		ID: "replicas-disagree", Severity: Error, Group: "API server and connection",
		Title: "the API server replicas answer differently",
		Meaning: "One API server replica accepts the credential and another rejects it. Requests then fail now and then, depending " +
			"on the replica that they reach. The replicas were started with different keys, CAs, issuers or authentication " +
			"files, or one replica has not read its new configuration. API servers reload some files, such as CAs and the " +
			"AuthenticationConfiguration. They do not reload ServiceAccount keys and token files.",
		Detection: "`--each-server` asks each API server replica at its own address, from the EndpointSlices of the Service " +
			"`kubernetes`. `--endpoint` names a replica by hand. Answers, keys, issuers, client CAs and clocks are compared. " +
			"Reading the addresses needs permission to list EndpointSlices in the namespace default; asking needs none. With " +
			"permission to create TokenReviews, each replica gives its reason. With permission to read `/openid/v1/jwks` " +
			"(ClusterRole system:service-account-issuer-discovery), its keys are compared. `--repeat` asks one address often " +
			"over new connections. A sequence such as yes, no, yes proves it. A single server changes its answer at most " +
			"once, when a token expires or an object is deleted. `--repeat` needs no permissions.",
		Fix: "Compare the kube-apiserver manifests and their files on all control-plane nodes. Check " +
			"`--service-account-key-file`, `--service-account-issuer` and `--client-ca-file` first. Make them equal, and " +
			"restart the replica that differs.",
		Reference: "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",
	})

	ReplicasConfiguredDifferently = declare(Entry{
		ID: "replicas-configured-differently", Severity: Warning, Group: "API server and connection",
		Title: "the API server replicas have different flags",
		Meaning: "The API server replicas of the cluster do not have the same authentication flags. One replica may accept a " +
			"credential that another replica rejects. This is normal for a short time during an upgrade or a reconfiguration " +
			"of the control plane.",
		Detection: "Read from the mirror Pods of the control plane (label `component=kube-apiserver` in kube-system), with " +
			"permission to list Pods there. They are read only if the API server's answer leaves something open. Clusters " +
			"whose API servers are not static Pods, such as those of cloud providers, do not show it. The report shows the " +
			"different flags of each Pod.",
		Fix: "Compare the manifests, on a kubeadm node `/etc/kubernetes/manifests/kube-apiserver.yaml`. Give all API servers " +
			"the right flags; the kubelet restarts each API server whose manifest changes. Then check with `--repeat` whether " +
			"the replicas agree.",
		Reference: "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",
	})

	WebhookAuthenticatorFailed = declare(Entry{
		ID: "webhook-authenticator-failed", Severity: Error, Group: "API server and connection",
		Title: "the token webhook could not be asked",
		Meaning: "The API server asks a webhook about tokens, and the call failed. The reason is a broken connection, an untrusted " +
			"certificate, a timeout, or an answer that is not a TokenReview. The API server asks the webhook last, about " +
			"every token that no other authenticator accepted. The webhook's error therefore also appears for tokens that are " +
			"invalid for another reason. Some webhooks answer 401 for a token that they reject, which the API server treats " +
			"as a failed call.",
		Detection: "The error message of TokenReview shows the URL or the error of the call. Whether the token is valid remains " +
			"open, because the webhook did not answer.",
		Fix: "Check the webhook: the kubeconfig of `--authentication-token-webhook-config-file` names it. Check that it runs, " +
			"that the control plane can reach it, and that its certificate is valid for its name. The API server logs the " +
			"same error each time.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication",
	})

	WebhookRejected = declare(Entry{
		ID: "webhook-rejected", Severity: Error, Group: "API server and connection",
		Title: "the token webhook rejected the token",
		Meaning: "The webhook rejected the token. If it gave a reason, TokenReview returns the reason unchanged; if not, " +
			"TokenReview returns `invalid bearer token`. The API server caches a rejection without a reason for two minutes " +
			"(`--authentication-token-webhook-cache-ttl`). A token that becomes valid may need that long.",
		Detection: "TokenReview shows an error message that is not from the API server. Without such a message, or without " +
			"permission to create TokenReviews, the finding is only possible and never the cause. The API server's flags show " +
			"whether a webhook exists, to callers who may list Pods in kube-system.",
		Fix: "Only the webhook knows the reason: read its log and its documentation. With clouds, log in again, or map the " +
			"cloud identity to a user of the cluster.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/webhook/webhook.go",
	})

	AnswerMayBeCached = declare(Entry{
		ID: "answer-may-be-cached", Severity: Info, Group: "API server and connection",
		Title: "the answer may come from the server's cache",
		Meaning: "An API server caches for ten seconds that it accepted a token, and caches the answer of a webhook for two " +
			"minutes. The API server may still accept a token that was revoked a moment ago. Rejections by other " +
			"authenticators are not cached. Each API server replica has its own cache.",
		Detection: "The token should be rejected for a known fault, and it was accepted. Only the permissions that showed the fault " +
			"are needed.",
		Fix:       "Ask again after that time. No change is needed.",
		Reference: "k8s.io/apiserver pkg/authentication/token/cache/cached_token_authenticator.go",
	})

	ReviewNotPermitted = declare(Entry{
		ID: "review-not-permitted", Severity: Info, Group: "API server and connection",
		Title: "the caller may not create TokenReviews",
		Meaning: "Only a TokenReview returns the reason for a rejection, and the caller may not create TokenReviews. Ordinary " +
			"users may not. The report then rests on the credential, on the API server's direct answer to it, and on " +
			"discovery. The report says less and lists the checks that could not run.",
		Detection: "The API server answered 403 to the review and named the caller.",
		Fix: "Use the credential of an administrator as caller (`--context`). Or let an administrator grant only this " +
			"permission. Run `kubectl create clusterrole token-reviewer --verb=create " +
			"--resource=tokenreviews.authentication.k8s.io`, then `kubectl create clusterrolebinding NAME " +
			"--clusterrole=token-reviewer --user=USER`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
	})

	AnonymousAccessEnabled = declare(Entry{
		ID: "anonymous-access-enabled", Severity: Info, Group: "API server and connection",
		Title: "requests without credentials are served",
		Meaning: "The API server identifies a request without a credential as `system:anonymous` and then checks what that user " +
			"may do. That is the default; health checks and kubeadm's join procedure need it. A missing credential therefore " +
			"shows as 403 instead of 401. Anonymous access alone opens nothing: only permissions of that user or of " +
			"`system:unauthenticated` would.",
		Detection: "The answer to a request without a credential was not 401. No permissions are needed. The result applies to the " +
			"requested path, because anonymous access can be limited to some paths.",
		Fix: "No change is needed. To limit anonymous access, list the paths under `anonymous.conditions` of the " +
			"AuthenticationConfiguration. To see what such requests may do, run `kubectl auth can-i --list " +
			"--as=system:anonymous --as-group=system:unauthenticated`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	})

	AuthorizationDenied = declare(Entry{
		ID: "authorization-denied", Severity: Info, Group: "API server and connection",
		Title: "the user is authenticated and lacks permission",
		Meaning: "The answer is 403 and names a user. The credential was accepted, and that user may not do what was requested. " +
			"Another token for the same user changes nothing. If the user is not the expected one, the client sent another " +
			"credential.",
		Detection: "Read from the error message, which names the user, the verb and the resource. No permissions are needed.",
		Fix: "Check with `kubectl auth can-i VERB RESOURCE --namespace NAMESPACE --as USER`. An administrator grants the " +
			"missing permission, and no more. Run `kubectl create role NAME --verb=VERB --resource=RESOURCE --namespace " +
			"NAMESPACE`, then `kubectl create rolebinding NAME --role=NAME --user=USER --namespace NAMESPACE`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
	})
)
