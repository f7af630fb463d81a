package finding

var (
	AnonymousRequest = declare(Entry{
		ID: "anonymous-request", Severity: Error, Group: "The server and the way to it",
		Title: "the server saw no credential",
		Meaning: "The API server found nothing in the request that it reads as a credential, and served it as " +
			"`system:anonymous` in the group `system:unauthenticated`. That this user is refused (403) says nothing about " +
			"any credential: none was judged. No header, a header without a token or with another scheme than Bearer, and " +
			"a certificate that nobody asked for all look the same to the server.",
		Detection: "The server names the user, in a 403 or in a TokenReview; seeing that needs no rights. Why nothing arrived is " +
			"another finding, made from the kubeconfig, the credential and the handshake.",
		Fix: "Find out where the credential is lost: see what the kubeconfig holds, how the credential is written, and " +
			"what stands between the client and the server. Do not give `system:anonymous` any rights to make the error " +
			"go away: that opens the cluster to everybody.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	})

	CredentialRejected = declare(Entry{
		ID: "credential-rejected", Severity: Error, Group: "The server and the way to it",
		Title: "the API server rejected the credential",
		Meaning: "The API server read a credential, refused it with 401, and nothing more can be known with the rights at " +
			"hand. The client is told the word Unauthorized and no more, whatever the reason; the reason stands in the " +
			"server's log after `Unable to authenticate the request`, and in the answer to a TokenReview. It stands here " +
			"as the cause only where no other finding is proved.",
		Detection: "The answer is 401, with the marks of an API server. What was looked at, and what could not be, is listed " +
			"beside it.",
		Fix: "Ask somebody who may create TokenReviews (the ClusterRole `system:auth-delegator` allows it) for the same " +
			"explanation, or look into the kube-apiserver's log at the time that is shown; the audit ID leads to the " +
			"event of exactly this request.",
		Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	})

	CredentialStripped = declare(Entry{
		ID: "credential-stripped", Severity: Error, Group: "The server and the way to it",
		Title: "the credential was lost on the way",
		Meaning: "The client sent a credential that the API server would have judged, and the server saw none. Something " +
			"between the two took it away: a proxy or an ingress that removes or replaces the Authorization header, or a " +
			"load balancer that ends TLS and with it the client certificate. The request is anonymous, so the answer is " +
			"usually 403 for `system:anonymous`.",
		Detection: "The same request gets the same anonymous answer with and without the credential, although it is well-formed " +
			"and its connection is https; that needs no rights. A review by another way that does judge the credential " +
			"proves it.",
		Fix: "Reach the API server without what stands between, and compare. In the proxy pass the Authorization header on " +
			"unchanged; in a load balancer pass TCP through to the API servers, rather than ending TLS.",
		Reference: "RFC 9110, section 11.6.2",
	})

	IdentitySuppliedOnTheWay = declare(Entry{
		ID: "identity-supplied-on-the-way", Severity: Error, Group: "The server and the way to it",
		Title: "something on the way supplies an identity of its own",
		Meaning: "A request without any credential is served as the same user as one with the credential. A gateway or proxy " +
			"between here and the API server, `kubectl proxy` for one, puts its own identity into every request, so that " +
			"what comes back says nothing about the credential.",
		Detection: "A request without credentials and one with the credential are answered for the same named user. Seen without " +
			"any rights.",
		Fix:       "Ask the API server itself: put its own address into the kubeconfig, and leave the gateway out.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy",
	})

	AggregatedAPIRefused = declare(Entry{
		ID: "aggregated-api-refused", Severity: Error, Group: "The server and the way to it",
		Title: "another server than the API server refused it",
		Meaning: "The API server accepts the credential, and a server behind it does not: an aggregated API such as " +
			"metrics-server, or a kubelet. The API server passes on who you are in headers and a certificate of its own, " +
			"and the other server trusts those only with the front proxy's CA, which it reads from " +
			"`extension-apiserver-authentication`; or it asks the API server by TokenReview, and may not. Then only the " +
			"APIs of that group fail, with a 401 that looks like the API server's own, or with `the server is currently unable to " +
			"handle the request`. A kubelet knows the API server by its client certificate; where it does not, " +
			"`kubectl logs` and `kubectl exec` fail while everything else works.",
		Detection: "Once the API server has accepted the credential, it is asked for each API that an APIService leads to another " +
			"server for. A 401 that bears the mark of flow control, which in the API server comes after authentication, is the " +
			"other server's, and so is a 403 that names another user. Of an API that the API server itself does not get, the condition " +
			"`Available` of the APIService says what it was answered. That needs the right to list APIServices. Of a pasted error " +
			"(`--error`): the words of the kubelet, of metrics-server or of that condition.",
		Fix: "Read that server's log. Give its ServiceAccount what it needs: the ClusterRole `system:auth-delegator` by a " +
			"ClusterRoleBinding, and the Role `extension-apiserver-authentication-reader` by a RoleBinding in " +
			"kube-system. See `kubectl get apiservice` for its state. For a kubelet, `--kubelet-client-certificate` of the API server " +
			"must be of the CA in the kubelet's `authentication.x509.clientCAFile`.",
		Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	})

	AnswerNotFromAPIServer = declare(Entry{
		ID: "answer-not-from-api-server", Severity: Error, Group: "The server and the way to it",
		Title: "the answer did not come from an API server",
		Meaning: "A 401 or 403 came without what an API server's answer has: a Status as its body and an `Audit-Id` header. A " +
			"proxy, a load balancer, an identity-aware gateway or a captive portal answered in its place. The credential " +
			"may be perfectly good, as no API server has seen it.",
		Detection: "Read in the answer's headers and body, without any rights. The headers that give the other server away are " +
			"shown. Of a pasted error (`--error`): the words are those of a cloud's token service or of Vault, and settle nothing narrower.",
		Fix: "Log in to the proxy or gateway that answered, or go around it (`NO_PROXY`, the VPN, the API server's own " +
			"address). Check `server` and `proxy-url` in `kubectl config view --minify`.",
		Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	})

	APIServerUnreachable = declare(Entry{
		ID: "api-server-unreachable", Severity: Error, Group: "The server and the way to it",
		Title: "the API server cannot be reached",
		Meaning: "No answer came: the name does not resolve, the connection is refused or times out, or the handshake fails " +
			"for another reason than a certificate. Nothing was asked, so nothing about the credential is known from the " +
			"server. What can be seen in the credential itself is reported all the same.",
		Detection: "The error of the connection is shown; no rights are involved.",
		Fix: "Check the address in `kubectl config view --minify`, then the way there: DNS, VPN, firewall, proxy. " +
			"`connection refused` means that the machine is there and the server is not: look at the kube-apiserver's " +
			"container on the control-plane node.",
		Reference: "https://kubernetes.io/docs/tasks/debug/debug-cluster/",
	})

	APIServerError = declare(Entry{
		ID: "api-server-error", Severity: Error, Group: "The server and the way to it",
		Title: "the API server could not answer the question",
		Meaning: "The API server answered the question whom it takes the credential for with something that is neither yes nor " +
			"no: an error of its own (5xx), too many requests (429), or that it does not know the question, as before " +
			"Kubernetes 1.28. Nothing follows from it about the credential.",
		Detection: "Read in the answer's status, without any rights.",
		Fix: "Ask again later; look at the health of the API server with `kubectl get --raw '/readyz?verbose'`. Where the server " +
			"is older than 1.28, the right to create TokenReviews answers the question.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review",
	})

	ReplicasDisagree = declare(Entry{
		ID: "replicas-disagree", Severity: Error, Group: "The server and the way to it",
		Title: "the API servers answer differently",
		Meaning: "One API server accepts the credential and another refuses it, so that requests fail now and then, depending " +
			"on which one they reach. The servers were started with different keys, CAs, issuers or authentication files, " +
			"or one has not read its new configuration. Some files are read again by themselves, such as CAs and the " +
			"AuthenticationConfiguration; keys for ServiceAccounts and token files are not.",
		Detection: "`--each-server` asks each API server at its own address, which the cluster has in the EndpointSlices of " +
			"the Service `kubernetes`, and `--endpoint` one that is named by hand; their answers, keys, issuers, " +
			"client CAs and clocks are compared. Reading the addresses takes the right to list EndpointSlices in the namespace " +
			"default, asking takes none; with the right to create TokenReviews each says its reason, and with that to read " +
			"`/openid/v1/jwks` (ClusterRole system:service-account-issuer-discovery) its keys are seen. " +
			"With `--repeat`, one address is asked often over new connections; " +
			"there it is proved by an answer that comes back after " +
			"another one: a single server changes its mind once, when a token expires or an object goes. It needs no rights.",
		Fix: "Compare the kube-apiserver manifests and the files they name on all control-plane nodes, above all " +
			"`--service-account-key-file`, `--service-account-issuer` and `--client-ca-file`. Bring them in line and " +
			"restart the odd one.",
		Reference: "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",
	})

	ReplicasConfiguredDifferently = declare(Entry{
		ID: "replicas-configured-differently", Severity: Warning, Group: "The server and the way to it",
		Title: "the API servers are started with different flags",
		Meaning: "The API servers of the cluster do not have the same flags for authentication. One of them may take a credential " +
			"that another refuses, and which one answers is chance. While a control plane is being upgraded or reconfigured " +
			"that is so for a time.",
		Detection: "Read in the mirror Pods of the control plane (label `component=kube-apiserver` in kube-system), with the right to " +
			"list Pods there, and only where the server's refusal leaves something open. Clusters whose API servers are no static " +
			"Pods, as those of cloud providers, do not show it. The flags that differ are shown as each Pod has them.",
		Fix: "Compare the manifests, `/etc/kubernetes/manifests/kube-apiserver.yaml` on a kubeadm node, and give all API servers " +
			"the flags that are right; the kubelet restarts the one that changes. Ask with `--repeat` whether they agree then.",
		Reference: "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",
	})

	WebhookAuthenticatorFailed = declare(Entry{
		ID: "webhook-authenticator-failed", Severity: Error, Group: "The server and the way to it",
		Title: "the token webhook could not be asked",
		Meaning: "The API server is configured to ask a webhook about tokens, and the call failed: no connection, an untrusted " +
			"certificate, a timeout, or an answer that is not a TokenReview. The webhook is asked last, about every token " +
			"that nobody else took, so its error also appears beside tokens that are bad for another reason. Some " +
			"webhooks answer 401 for a token they refuse, which the API server takes for a failed call.",
		Detection: "TokenReview's error text shows the URL or the error of the call. Whether the token is good remains open, as " +
			"the one who knows did not answer.",
		Fix: "See to the webhook: the kubeconfig behind `--authentication-token-webhook-config-file` names it. Check that " +
			"it runs, that the control plane reaches it, and that its certificate fits; the API server's log has the same " +
			"error each time.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication",
	})

	WebhookRejected = declare(Entry{
		ID: "webhook-rejected", Severity: Error, Group: "The server and the way to it",
		Title: "the token webhook refused the token",
		Meaning: "The webhook was asked and said no. If it gave a reason, TokenReview passes that on word for word; if not, " +
			"TokenReview says `invalid bearer token`. A refusal without a reason is remembered for two minutes " +
			"(`--authentication-token-webhook-cache-ttl`), so a token that is made good just now may need that long.",
		Detection: "TokenReview shows an error text that is none of the API server's own. With a bare refusal, or without the " +
			"right to create TokenReviews, it is only possible, and then it is never named as the cause. That there is a webhook " +
			"at all shows in the API server's flags, to those who may list Pods in kube-system.",
		Fix: "The reason is the webhook's to give: look into its log and documentation. For clouds that usually means " +
			"logging in again, or mapping the cloud's identity to a user of the cluster.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/webhook/webhook.go",
	})

	AnswerMayBeCached = declare(Entry{
		ID: "answer-may-be-cached", Severity: Info, Group: "The server and the way to it",
		Title: "the answer may come from the server's cache",
		Meaning: "An API server remembers for ten seconds that it accepted a token, and what a webhook said for two minutes. A " +
			"token that was revoked a moment ago may still be accepted; refusals by the other authenticators are not " +
			"remembered. Each API server has a cache of its own.",
		Detection: "Something that would have the token refused is true, and it was accepted. No rights are needed to see it but " +
			"those that showed the fault.",
		Fix:       "Ask again when the time is over. Nothing has to be changed.",
		Reference: "k8s.io/apiserver pkg/authentication/token/cache/cached_token_authenticator.go",
	})

	ReviewNotPermitted = declare(Entry{
		ID: "review-not-permitted", Severity: Info, Group: "The server and the way to it",
		Title: "the caller may not create TokenReviews",
		Meaning: "Only a TokenReview makes the API server say why it refuses a token, and the caller may not create one: " +
			"ordinary users cannot. The diagnosis then rests on the credential itself, on what the server answers to it " +
			"directly, and on discovery. It says less, and says what it could not look at.",
		Detection: "The API server answered 403 to the review, which names the caller.",
		Fix: "Use the credentials of an administrator for asking (`--context`), or have one grant just this: `kubectl " +
			"create clusterrole token-reviewer --verb=create --resource=tokenreviews.authentication.k8s.io`, then " +
			"`kubectl create clusterrolebinding NAME --clusterrole=token-reviewer --user=USER`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
	})

	AnonymousAccessEnabled = declare(Entry{
		ID: "anonymous-access-enabled", Severity: Info, Group: "The server and the way to it",
		Title: "requests without credentials are served",
		Meaning: "The API server takes a request without a credential for `system:anonymous` and goes on to ask what that user " +
			"may do. That is the default, and health checks and kubeadm's joining rely on it. It means that a missing " +
			"credential shows as 403 rather than 401. By itself it opens nothing: rights bound to that user or to " +
			"`system:unauthenticated` would.",
		Detection: "A request without a credential was answered otherwise than by 401; it needs no rights. The answer holds for " +
			"the path that was asked, as anonymous access can be limited to some paths.",
		Fix: "Nothing has to be done. To limit it, list the paths under `anonymous.conditions` of the " +
			"AuthenticationConfiguration. To see what such requests may do: `kubectl auth can-i --list " +
			"--as=system:anonymous --as-group=system:unauthenticated`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	})

	AuthorizationDenied = declare(Entry{
		ID: "authorization-denied", Severity: Info, Group: "The server and the way to it",
		Title: "authentication worked, authorization refused",
		Meaning: "The answer is 403 and names a user: the credential was accepted, and that user may not do what was asked. " +
			"Another token for the same user changes nothing. If the name is not the expected one, another credential was " +
			"used than was meant.",
		Detection: "Read in the server's message, which names the user, the verb and the resource; no rights are needed.",
		Fix: "Check with `kubectl auth can-i VERB RESOURCE --namespace NAMESPACE --as USER`. An administrator grants what " +
			"is missing, and no more: `kubectl create role NAME --verb=VERB --resource=RESOURCE --namespace NAMESPACE`, " +
			"then `kubectl create rolebinding NAME --role=NAME --user=USER --namespace NAMESPACE`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
	})
)
