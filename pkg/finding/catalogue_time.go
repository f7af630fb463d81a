package finding

var (
	TokenExpired = declare(Entry{
		ID: "token-expired", Severity: Error, Group: "Lifetime and clocks",
		Title: "the token has expired",
		Meaning: "The time in `exp` has passed. The API server's clock decides: it allows one more minute for a ServiceAccount " +
			"token, and none for an OIDC token. The answer is 401. TokenReview returns `service account token has expired` or " +
			"`oidc: token is expired`. The API server checks the audience first, so an expired token for another audience is " +
			"rejected for its audience.",
		Detection: "`exp` is compared with the API server's clock, which every answer shows. The credential and a connection are " +
			"enough. If the caller may create TokenReviews, the error message proves it.",
		Fix: "Request a new token with `kubectl create token NAME --namespace NAMESPACE --duration 1h`, or log in again. " +
			"Replace the old token where the client reads it. In a Pod, the client must read the token file again. The " +
			"kubelet replaces the file at 80 % of the token's lifetime, or after 24 hours if that is sooner.",
		Reference: "RFC 7519, section 4.1.4",
	})

	TokenNotYetValid = declare(Entry{
		ID: "token-not-yet-valid", Severity: Error, Group: "Lifetime and clocks",
		Title: "the token is not valid yet",
		Meaning: "The time in `nbf` is more than one minute ahead of the API server's clock. A ServiceAccount token has its time " +
			"of issue as `nbf`. If it is not valid yet, the server that issued it has a clock ahead of the API server's. " +
			"TokenReview returns `service account token is not valid yet`, or `before the nbf (not before) time` for an OIDC " +
			"token.",
		Detection: "`nbf` is compared with the `Date` of the API server's answer. The credential and a connection are enough. The " +
			"error message of TokenReview proves it.",
		Fix: "Correct the clocks of the control-plane nodes, or of the identity provider (`chronyc tracking`, `timedatectl`). " +
			"Waiting helps only this one token.",
		Reference: "RFC 7519, section 4.1.5",
	})

	TokenIssuedInFuture = declare(Entry{
		ID: "token-issued-in-future", Severity: Error, Group: "Lifetime and clocks",
		Title: "the token was issued in the future",
		Meaning: "The time in `iat` is more than one minute ahead of the API server's clock. For ServiceAccount tokens, the API " +
			"server checks `iat` after `nbf` and `exp`. Its own tokens have equal `iat` and `nbf`, so this fault needs a " +
			"token with a missing or earlier `nbf`. TokenReview returns `service account token is issued in the future`. For " +
			"OIDC tokens, the API server ignores `iat`.",
		Detection: "`iat` is compared with the `Date` of the API server's answer. The credential and a connection are enough. The " +
			"error message of TokenReview proves it.",
		Fix:       "Correct the clock of the machine that issues the tokens. For an external signer, that is the signer's machine.",
		Reference: "RFC 7519, section 4.1.6",
	})

	ClockSkew = declare(Entry{
		ID: "clock-skew", Severity: Warning, Group: "Lifetime and clocks",
		Title: "this machine's clock differs from the server's",
		Meaning: "The `Date` of the server's answers and the clock of this machine differ by more than thirty seconds. Only the " +
			"API server's own clock decides, so the difference never causes a rejection. The difference explains why a token " +
			"seems valid here and expired there, or why a client renews too late. A server certificate may seem not valid yet " +
			"for the same reason.",
		Detection: "Measured from the `Date` of an answer, minus the time of the request. It needs a connection and no permissions. " +
			"A `Date` more than a year from this machine's clock is ignored; the server's clock is then unknown.",
		Fix: "Find out which clock is wrong with `timedatectl` or `chronyc tracking`. Synchronize that machine with a time " +
			"server. Virtual machines that were suspended often have wrong clocks.",
		Reference: "RFC 9110, section 6.6.1",
	})

	TokenExpiresSoon = declare(Entry{
		ID: "token-expires-soon", Severity: Warning, Group: "Lifetime and clocks",
		Title: "the token expires soon",
		Meaning: "Less than a tenth of the token's lifetime is left, and less than an hour. The token is accepted now. Longer work " +
			"will fail in the middle, and so will clients that read the token only once.",
		Detection: "`iat` or `nbf` and `exp` are compared with the API server's clock, or with this machine's clock if there is no " +
			"server. The credential alone is enough.",
		Fix: "Request a new token before you begin. For a program that keeps running, use a projected ServiceAccount token, or " +
			"an exec plugin that renews the token. Use a client library that reads the token file again.",
		Reference: "RFC 7519, section 4.1.4",
	})

	TokenNeverExpires = declare(Entry{
		ID: "token-never-expires", Severity: Warning, Group: "Lifetime and clocks",
		Title: "the token never expires",
		Meaning: "The token has no `exp`. Kubernetes accepts such a ServiceAccount token for as long as its objects exist. An OIDC " +
			"token without `exp` is rejected as expired. A stolen copy of such a token works until its Secret or " +
			"ServiceAccount is deleted.",
		Detection: "Read from the credential alone. No permissions are needed.",
		Fix: "Use a token that expires: a projected volume in a Pod, `kubectl create token NAME` elsewhere. Then delete the " +
			"Secret of the old token: `kubectl delete secret NAME --namespace NAMESPACE`.",
		Reference: "RFC 7519, section 4.1.4",
	})

	TokenStale = declare(Entry{
		ID: "token-stale", Severity: Warning, Group: "Lifetime and clocks",
		Title: "the token should have been replaced",
		Meaning: "The token has a claim `warnafter`, and that time has passed. The API server gave the token a lifetime of a year " +
			"instead of the hour that the Pod requested. Clients that never read their token file again keep working in this " +
			"way. The API server counts each use and notes it in the audit log. The client still sends an old token. It will " +
			"be rejected after that year, or when the extension is disabled.",
		Detection: "The claim is compared with the API server's clock. No permissions are needed. In the cluster, the audit " +
			"annotation `authentication.k8s.io/stale-token` names the subject, and `serviceaccount_stale_tokens_total` counts " +
			"the uses.",
		Fix: "Update the client library to a version that reads the token file again (client-go since 0.15.7). Until then, " +
			"restart the Pod. The file in the Pod is fresh: only the process holds the old token.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
	})

	TokenFileStale = declare(Entry{
		ID: "token-file-stale", Severity: Warning, Group: "Lifetime and clocks",
		Title: "the kubelet has not replaced the token file",
		Meaning: "The kubelet replaces a token after 80 % of its lifetime or after 24 hours, and writes the new token to the file " +
			"within two minutes. The file in the container still holds an older token: the kubelet has stopped the renewal, " +
			"or cannot renew. Known reasons are a `subPath` mount, a Pod that is being deleted (kubernetes#116481), and a " +
			"kubelet that lost its connection after a control-plane restart (kubernetes#138689). Others are a node that is " +
			"not ready and a deleted ServiceAccount. When the token expires, every program in the container fails, also a " +
			"program that reads the file each time.",
		Detection: "With `pod/NAME --exec`, `iat`, `exp` and `warnafter` of the token in the file are compared with the kubelet's " +
			"rule. The API server's clock counts, with five minutes of grace.",
		Fix: "Find the reason: run `kubectl describe pod POD` and `kubectl describe node NODE`, and search the kubelet's log " +
			"for `Couldn't update token`. If the file is mounted with `subPath`, mount the volume instead. A new Pod has a " +
			"fresh token.",
		Reference: "k8s.io/kubernetes pkg/kubelet/token/token_manager.go",
	})

	TokenFileFresh = declare(Entry{
		ID: "token-file-fresh", Severity: Info, Group: "Lifetime and clocks",
		Title: "the file in the container holds a fresh token",
		Meaning: "The token file in the container holds the token that the kubelet keeps there. The token is not due for renewal, " +
			"and the API server accepts it. If a program in the container is still rejected, the program does not send this " +
			"token. Either it read the file only at its start and holds an expired token, or it sends something else.",
		Detection: "With `pod/NAME --exec`, if the API server accepts the token that was read. It needs permission to get the Pod " +
			"and to create `pods/exec`.",
		Fix: "Restart the program. Then update its client library: a library that reads the file again, such as client-go " +
			"since v0.15.7, needs no restarts.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume",
	})

	CertificateExpired = declare(Entry{
		ID: "certificate-expired", Severity: Error, Group: "Lifetime and clocks",
		Title: "the client certificate has expired",
		Meaning: "The certificate's `notAfter` has passed by the API server's clock. There is no leeway. The handshake still " +
			"succeeds, and the API server then answers 401. It logs `x509: certificate has expired or is not yet valid`. " +
			"kubeadm issues client certificates for one year.",
		Detection: "The certificate is compared with the `Date` of the API server's answer. No permissions are needed. The API " +
			"server's error message is only in its log, because TokenReview does not cover certificates.",
		Fix: "With kubeadm, on a control-plane node, run `kubeadm certs check-expiration`, then `kubeadm certs renew " +
			"admin.conf`. Copy the new file to its users. Otherwise download the kubeconfig again, or request a certificate " +
			"with a CertificateSigningRequest.",
		Reference: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
	})

	CertificateNotYetValid = declare(Entry{
		ID: "certificate-not-yet-valid", Severity: Error, Group: "Lifetime and clocks",
		Title: "the client certificate is not valid yet",
		Meaning: "The certificate's `notBefore` is ahead of the API server's clock. There is no leeway, and the answer is 401. " +
			"Usually the certificate was just issued on a machine whose clock is ahead.",
		Detection: "The certificate is compared with the `Date` of the API server's answer. No permissions are needed.",
		Fix: "Check the clocks of the machine that signs certificates and of the control plane (`timedatectl`), and correct " +
			"the wrong clock. If the difference is small, wait.",
		Reference: "RFC 5280, section 4.1.2.5",
	})

	CertificateExpiresSoon = declare(Entry{
		ID: "certificate-expires-soon", Severity: Warning, Group: "Lifetime and clocks",
		Title: "the client certificate expires soon",
		Meaning: "Less than thirty days are left, or less than a tenth of a shorter lifetime. The certificate is accepted now. " +
			"After its last second, every request with it is answered with 401.",
		Detection: "Read from the certificate alone. No permissions are needed.",
		Fix: "Renew the certificate in time: run `kubeadm certs renew admin.conf` on a control-plane node, or create a new " +
			"CertificateSigningRequest. Kubelets renew their own certificates if `rotateCertificates` is enabled.",
		Reference: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
	})
)
