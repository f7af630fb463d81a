package finding

// answersOfServices are the findings of `call`.
const answersOfServices = "Answers to call"

var (
	ServiceRejected = declare(Entry{
		ID: "service-rejected", Severity: Error, Group: answersOfServices,
		Title: "the service rejected the token",
		Meaning: "The service, or a proxy in front of the service, answered 401 and gave no reason that this program knows. No API " +
			"server has to be involved: the service may verify the token with keys of its own.",
		Detection: "`call` received the status 401. The challenge (`WWW-Authenticate`) and the body are in the report. Faults of " +
			"the token itself are separate findings.",
		Fix: "Ask the operator of the service which issuer and audience the service expects, or read the service's log at the " +
			"time in the report. To ask the API server about the token, run `kubectl authn review` with the same audience.",
		Reference: "https://datatracker.ietf.org/doc/html/rfc6750#section-3",
	})

	ServiceDenied = declare(Entry{
		ID: "service-denied", Severity: Error, Group: answersOfServices,
		Title: "the service does not allow the request",
		Meaning: "The service, or a proxy in front of the service, answered 403. Usually the token was accepted, and a policy does " +
			"not allow its user: an AuthorizationPolicy, `--allow` of `serve`, or the service's own rules. A proxy whose " +
			"authorization server did not answer may also answer 403.",
		Detection: "`call` received the status 403. The challenge (`WWW-Authenticate`) and the body are in the report.",
		Fix: "Ask the operator of the service to allow the user that the token names. Behind Envoy, check first that the " +
			"external authorization server (`ext_authz`) answers: without an answer, Envoy also returns 403.",
		Reference: "https://datatracker.ietf.org/doc/html/rfc9110#section-15.5.4",
	})

	ServiceLoginPage = declare(Entry{
		ID: "service-login-page", Severity: Error, Group: answersOfServices,
		Title: "a login page answered in place of the service",
		Meaning: "A proxy for users in front of the service answered with a redirect to a login, or with a web page. Such a proxy " +
			"did not accept the token and treats the program as a browser without a session.",
		Detection: "`call` received a redirect, or a web page with a form for a password. No redirect is followed.",
		Fix: "Configure the proxy to accept bearer tokens of this issuer for programs, such as `--skip-jwt-bearer-tokens` and " +
			"`--extra-jwt-issuers` of oauth2-proxy. Or call the service at an address without that proxy.",
		Reference: "https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview",
	})

	ServiceRedirected = declare(Entry{
		ID: "service-redirected", Severity: Error, Group: answersOfServices,
		Title: "the service redirects the request",
		Meaning: "The service answered with a redirect. `call` follows no redirect, because the token would be sent to an address " +
			"that you did not name.",
		Detection: "`call` received a status from 300 to 399. The report shows where the redirect points.",
		Fix:       "If the token is for the address that the redirect names, call that address.",
		Reference: "https://datatracker.ietf.org/doc/html/rfc9110#section-15.4",
	})

	ServiceFailed = declare(Entry{
		ID: "service-failed", Severity: Error, Group: answersOfServices,
		Title: "the service did not decide about the token",
		Meaning: "The service, or a proxy in front of the service, answered with a status other than 2xx, 401 and 403. The token may " +
			"be right. nginx answers 500 if the server of `auth_request` does not answer, or answers anything but 2xx, 401 " +
			"and 403. Traefik answers 500 if the server of `forwardAuth` does not answer.",
		Detection: "Read from the status.",
		Fix:       "Check the path and the method, and the log of the service and of each proxy at the time in the report. Then call again.",
		Reference: "https://datatracker.ietf.org/doc/html/rfc9110#section-15",
	})

	ServiceUnreachable = declare(Entry{
		ID: "service-unreachable", Severity: Error, Group: answersOfServices,
		Title: "the service did not answer",
		Meaning: "The name does not resolve, the connection is refused or times out, or the certificate of the service is not " +
			"trusted. The token may be right.",
		Detection: "The report shows the error of the connection.",
		Fix: "Check the address, the network policies and, inside of a mesh, whether the service expects mutual TLS. For a " +
			"certificate of a private CA, add `--ca-file`.",
		Reference: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/",
	})
)
