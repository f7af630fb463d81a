package finding

var (
	DiscoveryDisabled = declare(Entry{
		ID: "discovery-disabled", Severity: Error, Group: "Issuer discovery",
		Title: "the issuer serves no discovery document",
		Meaning: "`/.well-known/openid-configuration` answers 404. An API server serves the document only if its first " +
			"`--service-account-issuer` is an https URL without query and fragment. Otherwise it logs the reason when it " +
			"starts. The API server still accepts its own tokens, but outsiders cannot verify them. For another issuer, the " +
			"URL is wrong, or the issuer does not support OpenID Connect.",
		Detection: "The answer is 404 to a caller who may read the document. A caller without permission gets 403 in both cases.",
		Fix: "Set `--service-account-issuer` to an https URL. Keep the old issuer as a second `--service-account-issuer` until " +
			"its tokens have expired. For another issuer, use exactly the URL in the `iss` of its tokens.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
	})

	DiscoveryForbidden = declare(Entry{
		ID: "discovery-forbidden", Severity: Error, Group: "Issuer discovery",
		Title: "reading the discovery document is forbidden",
		Meaning: "The server answers 403 (or 401) to the request for the discovery document. In Kubernetes, the ClusterRole " +
			"`system:service-account-issuer-discovery` allows reading it. By default, only ServiceAccounts have this role. No " +
			"token is at fault: only parties that want to verify tokens cannot fetch the keys.",
		Detection: "The server's answer proves it for the caller that asked.",
		Fix: "Bind the role to the party that verifies tokens: `kubectl create clusterrolebinding NAME " +
			"--clusterrole=system:service-account-issuer-discovery --user=USER`. For outside parties, publish the document " +
			"and the key set on a web server. Point `--service-account-issuer` and `--service-account-jwks-uri` there instead " +
			"of opening the API server.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
	})

	DiscoveryUnreachable = declare(Entry{
		ID: "discovery-unreachable", Severity: Error, Group: "Issuer discovery",
		Title: "the discovery document cannot be fetched",
		Meaning: "The issuer gave no usable answer. The name does not resolve, the connection fails or times out, its certificate " +
			"is not trusted, or the answer is not JSON. A party that uses discovery cannot get the keys. The control plane " +
			"may get another answer than this machine.",
		Detection: "The document was requested, and the report shows the error. No permissions are needed. The result is certain for " +
			"this machine only.",
		Fix: "Fetch the document with `curl --verbose ISSUER/.well-known/openid-configuration`, from this machine and from the " +
			"machine that verifies tokens. Pass a private CA with `--ca-file`.",
		Reference: "OpenID Connect Discovery 1.0, section 4",
	})

	DiscoveryIssuerMismatch = declare(Entry{
		ID: "discovery-issuer-mismatch", Severity: Error, Group: "Issuer discovery",
		Title: "the discovery document names another issuer",
		Meaning: "The `issuer` in the document is not exactly the URL that the document was requested for. Verifiers must then " +
			"reject the document, and the API server does: it never initializes that issuer. Typical differences are a final " +
			"slash, http instead of https, and an internal name behind an external one.",
		Detection: "The two strings are compared, and the report shows the difference. Only permission to read the document is " +
			"needed.",
		Fix: "Use exactly the issuer in the document as `issuer.url`, `--oidc-issuer-url` or the provider's setting. Or " +
			"configure the issuer to publish its external URL. If the document must be fetched from another address, set " +
			"`discoveryURL`. The issuers must still match.",
		Reference: "OpenID Connect Discovery 1.0, section 4.3",
	})

	DiscoveryInvalid = declare(Entry{
		ID: "discovery-invalid", Severity: Warning, Group: "Issuer discovery",
		Title: "the issuer's documents break the standard",
		Meaning: "The discovery document or the key set has a fault that readers treat differently. Examples are a duplicate " +
			"member, a member in another case, `none` among the algorithms, a wrong `Content-Type`, and keys without `kid`. " +
			"The API server ignores the case of names, uses the last duplicate and ignores the `Content-Type`. A cloud's STS, " +
			"Vault or another library may reject the document, or read another issuer from it.",
		Detection: "Read from the document, the key set and the response headers. Only permission to read them is needed.",
		Fix: "Correct the document at the issuer. Write each member once and in lower case. Serve the document as " +
			"`application/json`, and the key set as `application/jwk-set+json` or `application/json`. Give each key a `kid`. " +
			"Disable unsigned tokens.",
		Reference: "OpenID Connect Discovery 1.0, section 3",
	})

	DiscoveryNotPublic = declare(Entry{
		ID: "discovery-not-public", Severity: Warning, Group: "Issuer discovery",
		Title: "outsiders cannot read the discovery document",
		Meaning: "The server gives the document to some callers, but not to callers without a credential. A cloud, Vault or " +
			"another cluster that should accept this cluster's tokens fetches the document without a credential, and fails. " +
			"Nothing inside the cluster depends on this.",
		Detection: "The document was requested with and without a credential, and the answers differ. That needs permission to read " +
			"it with a credential.",
		Fix: "Publish the document and the key set at a public https address. Set `--service-account-issuer` and " +
			"`--service-account-jwks-uri` to it; they hold public keys only. Many parties also accept the keys directly: " +
			"`kubectl authn discover -o jwks`. Do not give anonymous users permissions on the API server for this.",
		Reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
	})

	JWKSURIPrivate = declare(Entry{
		ID: "jwks-uri-private", Severity: Warning, Group: "Issuer discovery",
		Title: "jwks_uri points to a private address",
		Meaning: "The discovery document sends verifiers to an address that only works inside a network: a private or loopback IP, " +
			"or an internal name. By default, Kubernetes builds the address from the API server's external address; " +
			"`--service-account-jwks-uri` overrides it. Outside parties read the document and then fail to fetch the keys.",
		Detection: "The document has a private or loopback address, a name without a domain, or a domain for internal use. No name " +
			"is looked up. Only permission to read the document is needed.",
		Fix: "Set `--service-account-jwks-uri` to an https URL that the verifiers can reach. Publish the output of `kubectl " +
			"get --raw /openid/v1/jwks` there. Publish it again whenever keys change.",
		Reference: "k8s.io/kubernetes pkg/serviceaccount/openidmetadata.go",
	})

	JWKSUnreachable = declare(Entry{
		ID: "jwks-unreachable", Severity: Error, Group: "Issuer discovery",
		Title: "the issuer's keys cannot be fetched",
		Meaning: "The discovery document is readable, but the key set at its `jwks_uri` is not. No signature of that issuer can be " +
			"verified. An API server without keys answers `failed to verify signature: fetching keys …`. An API server that " +
			"already has keys continues with them.",
		Detection: "The key set was requested, and the report shows the error. No permissions are needed. A TokenReview with this " +
			"error message proves it for the API server.",
		Fix: "Fetch the address with `curl --verbose URL`, from the machine that verifies tokens. Correct `jwks_uri` at the " +
			"issuer, or the connection: name, firewall, proxy, and CA. The CA for the key set often differs from the CA for " +
			"the issuer.",
		Reference: "OpenID Connect Discovery 1.0, section 3",
	})
)
