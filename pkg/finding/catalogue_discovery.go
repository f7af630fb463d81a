package finding

var (
	DiscoveryDisabled = declare(Entry{
		ID: "discovery-disabled", Severity: Error, Group: "Issuer discovery",
		Title: "the issuer serves no discovery document",
		Meaning: "`/.well-known/openid-configuration` answers 404. An API server serves it only if its first " +
			"`--service-account-issuer` is an https URL without query and fragment, and says at its start why it does " +
			"not. Its own tokens work all the same; outsiders have no way to verify them. For another issuer it means " +
			"that the URL is wrong, or that it speaks no OpenID Connect.",
		Detection: "The answer is 404 to a caller who is allowed to read it; who is not gets 403 in both cases.",
		Fix: "Set `--service-account-issuer` to an https URL, and keep the old one as a second `--service-account-issuer` " +
			"until its tokens have expired. For another issuer use exactly the URL in the `iss` of its tokens.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
	})

	DiscoveryForbidden = declare(Entry{
		ID: "discovery-forbidden", Severity: Error, Group: "Issuer discovery",
		Title: "reading the discovery document is forbidden",
		Meaning: "The server answers 403 (or 401) to the discovery document. In Kubernetes the ClusterRole " +
			"`system:service-account-issuer-discovery` allows it, and by default only ServiceAccounts have that. Nothing " +
			"is wrong with any token: only those who want to verify one cannot fetch the keys.",
		Detection: "The server's answer proves it, for the caller that asked.",
		Fix: "Bind the role to whoever is to verify: `kubectl create clusterrolebinding NAME " +
			"--clusterrole=system:service-account-issuer-discovery --user=USER`. For parties outside, publish the " +
			"document and the key set on a web server and point `--service-account-issuer` and " +
			"`--service-account-jwks-uri` there, rather than opening the API server.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
	})

	DiscoveryUnreachable = declare(Entry{
		ID: "discovery-unreachable", Severity: Error, Group: "Issuer discovery",
		Title: "the discovery document cannot be fetched",
		Meaning: "No usable answer came from the issuer: the name does not resolve, the connection fails or times out, its " +
			"certificate is not trusted, or what came is not JSON. Whoever verifies by discovery cannot get at the keys. " +
			"The control plane may see it otherwise than this machine does.",
		Detection: "The document was asked for and the error is shown; no rights are involved. It is certain for this machine " +
			"only.",
		Fix: "Fetch it by hand with `curl --verbose ISSUER/.well-known/openid-configuration`, from here and from the place " +
			"that has to read it. Give a private CA with `--ca-file`.",
		Reference: "OpenID Connect Discovery 1.0, section 4",
	})

	DiscoveryIssuerMismatch = declare(Entry{
		ID: "discovery-issuer-mismatch", Severity: Error, Group: "Issuer discovery",
		Title: "the discovery document names another issuer",
		Meaning: "The `issuer` in the document is not, to the letter, the URL that the document was asked for. Verifiers must " +
			"refuse it then, and the API server does: it never initializes that issuer. A final slash, http for https, " +
			"and an internal name behind an external one are the usual differences.",
		Detection: "The two strings are compared, and the difference is shown. It needs no rights but to read the document.",
		Fix: "Use exactly the issuer that the document names as `issuer.url`, `--oidc-issuer-url` or the provider's " +
			"setting, or have the issuer name itself by its outside URL. Where the document has to be fetched elsewhere, " +
			"`discoveryURL` is for that, and the names still have to agree.",
		Reference: "OpenID Connect Discovery 1.0, section 4.3",
	})

	DiscoveryInvalid = declare(Entry{
		ID: "discovery-invalid", Severity: Warning, Group: "Issuer discovery",
		Title: "what the issuer publishes breaks the standard",
		Meaning: "The discovery document or the key set has a fault that readers treat differently: a member that is there " +
			"twice or in another case, `none` among the algorithms, a wrong `Content-Type`, keys without `kid`. The API " +
			"server reads JSON without regard to the case of names, takes the last of two members and does not look at " +
			"the `Content-Type`; a cloud's STS, Vault or a library in another language may refuse the document, or read " +
			"another issuer in it.",
		Detection: "Read in the document, the key set and the headers of the answers. It needs no rights but to read them.",
		Fix: "Correct the document at the issuer: each member once and in lower case, `application/json` for the document, " +
			"`application/jwk-set+json` or `application/json` for the key set, a `kid` for each key. Switch off tokens that are not signed.",
		Reference: "OpenID Connect Discovery 1.0, section 3",
	})

	DiscoveryNotPublic = declare(Entry{
		ID: "discovery-not-public", Severity: Warning, Group: "Issuer discovery",
		Title: "outsiders cannot read the discovery document",
		Meaning: "The document is served to some callers and not to those without a credential. A cloud, Vault or another " +
			"cluster that is to accept this cluster's tokens fetches it without one, and cannot. Within the cluster " +
			"nothing depends on it.",
		Detection: "It was asked for with and without a credential, and the answers differ. That needs the right to read it with " +
			"one.",
		Fix: "Publish the document and the key set at a public https address, and set `--service-account-issuer` and " +
			"`--service-account-jwks-uri` to it; they hold public keys only. Many parties can also be given the keys " +
			"directly: `kubectl authn discover -o jwks`. Do not give anonymous users rights on the API server for it.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
	})

	JWKSURIPrivate = declare(Entry{
		ID: "jwks-uri-private", Severity: Warning, Group: "Issuer discovery",
		Title: "jwks_uri points to a private address",
		Meaning: "The discovery document sends verifiers to an address that is reachable inside a network only: a private or " +
			"loopback IP, or an internal name. Unless `--service-account-jwks-uri` is set, Kubernetes makes it from the " +
			"API server's own external address. Outside parties read the document and then fail to fetch the keys.",
		Detection: "Read in the document: a private or loopback address, a name without a domain, or one of a domain that only insiders know. No name is looked up. It needs no rights but to read the document.",
		Fix: "Set `--service-account-jwks-uri` to an https URL that the verifiers reach, and publish there what `kubectl " +
			"get --raw /openid/v1/jwks` shows. Publish it again whenever keys change.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/openidmetadata.go",
	})

	JWKSUnreachable = declare(Entry{
		ID: "jwks-unreachable", Severity: Error, Group: "Issuer discovery",
		Title: "the issuer's keys cannot be fetched",
		Meaning: "The discovery document can be read, and the key set that its `jwks_uri` names cannot. No signature of that " +
			"issuer can be verified: an API server that has no keys yet answers `failed to verify signature: fetching " +
			"keys …`, one that has goes on with those.",
		Detection: "The key set was asked for and the error is shown; no rights are involved. A TokenReview with the text above " +
			"proves it for the API server.",
		Fix: "Fetch the address by hand with `curl --verbose URL`, from where the verifier runs. Correct `jwks_uri` at the " +
			"issuer, or the way there: name, firewall, proxy, and the CA that signed its certificate, which is often " +
			"another one than that of the issuer.",
		Reference: "OpenID Connect Discovery 1.0, section 3",
	})
)
