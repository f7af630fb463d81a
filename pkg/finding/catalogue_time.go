package finding

var (
	TokenExpired = declare(Entry{
		ID: "token-expired", Severity: Error, Group: "Time",
		Title: "the token has expired",
		Meaning: "The time in `exp` has passed. The API server's clock decides: it allows a ServiceAccount token one minute " +
			"more, and an OIDC token none. It answers 401, and TokenReview says `service account token has expired` or " +
			"`oidc: token is expired`. The audience is looked at before the time, so a token for another audience is " +
			"refused for that even when it has expired too.",
		Detection: "`exp` is compared with the server's clock, which every answer of it shows; the credential and a connection " +
			"are enough. TokenReview, where the caller may create one, proves it by the server's own words.",
		Fix: "Mint a new one with `kubectl create token NAME --namespace NAMESPACE --duration 1h`, or log in again. If a " +
			"Pod's own client holds it, the client has to read the file again: the kubelet replaces it at four fifths of " +
			"its life, or each day if that is sooner.",
		Reference: "RFC 7519, section 4.1.4",
	})

	TokenNotYetValid = declare(Entry{
		ID: "token-not-yet-valid", Severity: Error, Group: "Time",
		Title: "the token is not valid yet",
		Meaning: "The time in `nbf` lies ahead of the API server's clock by more than the minute that it allows. " +
			"ServiceAccount tokens carry the moment of their issue as `nbf`: one that is refused for it was issued by a " +
			"server whose clock is ahead of this one's. TokenReview says `service account token is not valid yet`, or " +
			"`before the nbf (not before) time` for an OIDC token.",
		Detection: "`nbf` is compared with the server's `Date`; the credential and a connection are enough. TokenReview proves " +
			"it by the server's own words.",
		Fix: "Correct the clocks of the control-plane nodes, or of the identity provider (`chronyc tracking`, " +
			"`timedatectl`). Waiting helps only this one token.",
		Reference: "RFC 7519, section 4.1.5",
	})

	TokenIssuedInFuture = declare(Entry{
		ID: "token-issued-in-future", Severity: Error, Group: "Time",
		Title: "the token was issued in the future",
		Meaning: "The time in `iat` lies more than a minute ahead of the API server's clock. For ServiceAccount tokens this is " +
			"checked after `nbf` and `exp`, and the API server's own tokens have `iat` equal to `nbf`, so it is met only " +
			"with tokens whose `nbf` is missing or earlier. TokenReview says `service account token is issued in the " +
			"future`. For OIDC tokens the API server ignores `iat`.",
		Detection: "`iat` is compared with the server's `Date`; the credential and a connection are enough. TokenReview proves " +
			"it by the server's own words.",
		Fix: "Correct the clock of whatever issues the tokens. For an external signer that is the machine the signer runs " +
			"on.",
		Reference: "RFC 7519, section 4.1.6",
	})

	ClockSkew = declare(Entry{
		ID: "clock-skew", Severity: Warning, Group: "Time",
		Title: "this machine's clock and the server's differ",
		Meaning: "The `Date` of the server's answers and the clock of this machine are more than thirty seconds apart. For the " +
			"API server only its own clock counts, so this never is the reason of a refusal. It does explain why a token " +
			"looks valid here and expired there, why a client renews too late, and why a server's certificate seems not " +
			"to be valid yet.",
		Detection: "Measured from the `Date` of an answer, less the time that the request took. It needs a connection and no " +
			"rights. A `Date` more than a year from this machine's clock is not believed, and the server's clock is then not known.",
		Fix: "Find out which of the two is wrong with `timedatectl` or `chronyc tracking`, and have it follow a time " +
			"server. Virtual machines that were suspended are frequent suspects.",
		Reference: "RFC 9110, section 6.6.1",
	})

	TokenExpiresSoon = declare(Entry{
		ID: "token-expires-soon", Severity: Warning, Group: "Time",
		Title: "the token expires soon",
		Meaning: "Less than a tenth of the token's life is left, and less than an hour. It is accepted now. Work that takes " +
			"longer, and clients that read it once, will fail in the middle.",
		Detection: "`iat` or `nbf` and `exp` are compared with the server's clock, or this machine's where there is no server. " +
			"The credential alone is enough.",
		Fix: "Mint or fetch a new one before you begin. For something that runs, use a projected ServiceAccount token, or " +
			"an exec plugin that renews it, and a client library that reads the file again.",
		Reference: "RFC 7519, section 4.1.4",
	})

	TokenNeverExpires = declare(Entry{
		ID: "token-never-expires", Severity: Warning, Group: "Time",
		Title: "the token never expires",
		Meaning: "There is no `exp`. Kubernetes accepts ServiceAccount tokens without one for as long as the objects behind " +
			"them exist; an OIDC token without one is refused as expired. Who copies such a token can use it until " +
			"somebody notices.",
		Detection: "Seen in the credential alone, without any rights.",
		Fix: "Use a token that expires: a projected volume in a Pod, `kubectl create token NAME` by hand. Then delete the " +
			"Secret of the old one: `kubectl delete secret NAME --namespace NAMESPACE`.",
		Reference: "RFC 7519, section 4.1.4",
	})

	TokenStale = declare(Entry{
		ID: "token-stale", Severity: Warning, Group: "Time",
		Title: "the token should have been replaced already",
		Meaning: "The token carries `warnafter`, and that time has passed. The API server gave it a year instead of the hour " +
			"the Pod asked for, so that clients which never read their token file again keep working; each use is counted " +
			"and noted in the audit log. The client that sends it holds on to an old token, and will be refused when the " +
			"year is over, or when that extension is turned off.",
		Detection: "Read in the token and compared with the server's clock; no rights are needed. In the cluster the audit " +
			"annotation `authentication.k8s.io/stale-token` names the subject, and `serviceaccount_stale_tokens_total` " +
			"counts.",
		Fix: "Update the client library to one that reads the token file again (client-go does so since 0.15.7), or " +
			"restart the Pod as a stopgap. The file in the Pod is fresh: it is the process that is not.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
	})

	TokenFileStale = declare(Entry{
		ID: "token-file-stale", Severity: Warning, Group: "Time",
		Title: "the kubelet should have replaced the token by now",
		Meaning: "The kubelet gets a new token when the old one has lived for 80 % of its time, or for 24 hours, and writes it over the " +
			"old one within a minute or two. The file in the container still holds one that is older: the kubelet has " +
			"stopped renewing it, or cannot. Known reasons are a file that is mounted with `subPath`, a Pod that is being " +
			"deleted (kubernetes#116481), a kubelet that lost touch after a restart of the control plane " +
			"(kubernetes#138689), a node that is not ready, and a ServiceAccount that is gone. When the token ends, every " +
			"program in the container fails, also one that reads the file again each time.",
		Detection: "With `pod/NAME --exec`, `iat`, `exp` and `warnafter` of the token in the file are held against the kubelet's rule " +
			"by the server's clock, with five minutes of grace.",
		Fix: "See why: `kubectl describe pod POD` and `kubectl describe node NODE`, and the kubelet's log for `Couldn't update " +
			"token`. Mount the volume and not the single file where `subPath` is used. A new Pod has a fresh token.",
		Reference: "k8s.io/kubernetes pkg/kubelet/token/token_manager.go",
	})

	TokenFileFresh = declare(Entry{
		ID: "token-file-fresh", Severity: Info, Group: "Time",
		Title: "the file in the container holds a fresh token",
		Meaning: "The token that was read in the container is the one that the kubelet keeps there, it is not due for renewal, and " +
			"the API server takes it. A program in the container that is refused all the same does not send it: it read the " +
			"file once, when it started, and keeps a token that has ended since, or it sends something else.",
		Detection: "With `pod/NAME --exec`, where the API server accepts what was read. It needs the rights to read the Pod and to " +
			"create `pods/exec`.",
		Fix: "Restart the program, and mend it: a client library that reads the file again, as client-go does since v0.15.7, needs " +
			"no restarts.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume",
	})

	CertificateExpired = declare(Entry{
		ID: "certificate-expired", Severity: Error, Group: "Time",
		Title: "the client certificate has expired",
		Meaning: "The certificate's `notAfter` has passed on the API server's clock, without any leeway. The handshake still " +
			"succeeds; the refusal comes from the API server, as a 401. Its log says `x509: certificate has expired or is " +
			"not yet valid`. kubeadm issues client certificates for one year.",
		Detection: "The certificate is read here and compared with the server's `Date`; no rights are needed. The server's own " +
			"words stand in its log only, as TokenReview knows no certificates.",
		Fix: "With kubeadm, on a control-plane node: `kubeadm certs check-expiration`, then `kubeadm certs renew " +
			"admin.conf`, and copy the new file to those who use it. Elsewhere fetch the kubeconfig again, or ask for a " +
			"certificate with a CertificateSigningRequest.",
		Reference: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
	})

	CertificateNotYetValid = declare(Entry{
		ID: "certificate-not-yet-valid", Severity: Error, Group: "Time",
		Title: "the client certificate is not valid yet",
		Meaning: "The certificate's `notBefore` lies ahead of the API server's clock. There is no leeway, and the answer is " +
			"401. A certificate that was just issued on a machine whose clock is ahead is the usual case.",
		Detection: "The certificate is read here and compared with the server's `Date`; no rights are needed.",
		Fix: "Correct the clock of the machine that signs certificates, or that of the control plane, whichever is wrong " +
			"(`timedatectl`). If the difference is small, waiting is enough.",
		Reference: "RFC 5280, section 4.1.2.5",
	})

	CertificateExpiresSoon = declare(Entry{
		ID: "certificate-expires-soon", Severity: Warning, Group: "Time",
		Title: "the client certificate expires soon",
		Meaning: "Less than thirty days are left, or less than a tenth of its life where that is shorter. It is accepted now. " +
			"From its last second on every request with it is answered 401.",
		Detection: "Read in the certificate alone, without any rights.",
		Fix: "Renew it in time: `kubeadm certs renew admin.conf` on a control-plane node, or a new " +
			"CertificateSigningRequest. Kubelets renew their own where `rotateCertificates` is on.",
		Reference: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/",
	})
)
