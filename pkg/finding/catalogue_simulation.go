package finding

var (
	InputNotGiven = declare(Entry{
		ID: "input-not-given", Severity: Error, Group: "Simulation",
		Title: "an input that the verdict needs is missing",
		Meaning: "`simulate` runs the API server's authenticators here, and one of them needs an input from a cluster or an " +
			"issuer. Such inputs are the keys of a JWT issuer, the ServiceAccount or Pod of a token, and the answer of a " +
			"webhook. Or a flag that nearly every API server has was not given, such as `--client-ca-file` for a client " +
			"certificate. Without the input, the verdict of the API server is unknown.",
		Detection: "An authenticator requested it. No permissions are needed.",
		Fix: "Provide the input that the report names: flags by their own names or all with `--manifest`, keys with `--jwks`, " +
			"objects with `--objects` or `--live`. Add `--call-webhook` if the webhook may receive the token.",
		Reference: "docs/simulate.md",
	})

	ConfigurationContradicted = declare(Entry{
		ID: "configuration-contradicted", Severity: Warning, Group: "Simulation",
		Title: "the API server's answer contradicts the configuration",
		Meaning: "`explain` was given a configuration with `--authentication-config` or `--manifest`. It asked the API server, and " +
			"ran the authenticators of an API server with that configuration. The two differ: one accepts the credential and " +
			"the other does not, or they name different users or different reasons. The API server decides. It may not have " +
			"loaded the configuration yet, another replica may have answered, or the file belongs to another cluster.",
		Detection: "The answer of the API server is compared with the answer of its authenticators, run here with the " +
			"configuration at the API server's time. A signature is compared only if the keys are given with `--jwks`.",
		Fix: "Compare the configuration with the command line of each kube-apiserver. A changed AuthenticationConfiguration is " +
			"loaded within a minute, a changed flag with a restart. Add `--each-server` to ask each API server.",
		Reference: "docs/simulate.md",
	})

	ReservedNameMapped = declare(Entry{
		ID: "reserved-name-mapped", Severity: Warning, Group: "Simulation",
		Title: "an issuer can assign reserved names",
		Meaning: "User names and groups that begin with `system:` belong to Kubernetes: `system:masters` may do anything. The " +
			"configuration maps such names from claims without a prefix, and no rule forbids it. The issuer then decides who " +
			"is a member, and so does everyone who can change that claim.",
		Detection: "Read from the configuration and, if the token has such a name, from the token.",
		Fix: "Add a prefix to the mapping, or add the user validation rule `!user.username.startsWith('system:') && " +
			"user.groups.all(g, !g.startsWith('system:'))`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	ClaimSelfAsserted = declare(Entry{
		ID: "claim-self-asserted", Severity: Warning, Group: "Simulation",
		Title: "users may be able to choose their user name",
		Meaning: "The user name comes from a claim that many providers let users set, or do not verify: `email` without a true " +
			"`email_verified`, `name`, `nickname`, `preferred_username`. A user who writes the name of another user there has " +
			"that user's permissions. The API server rejects an `email` only if `email_verified` exists and is not true.",
		Detection: "Read from the configuration and the claims of the token.",
		Fix: "Map `sub`, which an issuer never assigns to another user. Or require `email_verified` in a claim validation " +
			"rule: `claims.?email_verified.orValue(false) == true`.",
		Reference: "OpenID Connect Core 1.0, section 5.7",
	})

	UsernamesMayCollide = declare(Entry{
		ID: "usernames-may-collide", Severity: Warning, Group: "Simulation",
		Title: "two issuers can produce the same user name",
		Meaning: "Kubernetes knows a user only by name. The prefix of one issuer's names is the beginning of the other issuer's " +
			"prefix, or both issuers have no prefix. A user of one issuer can then have the name, and the permissions, of a " +
			"user of the other.",
		Detection: "Read from the prefixes of the configured issuers.",
		Fix: "Give each issuer its own prefix. End it with a character that the other issuer's prefix and names cannot " +
			"contain.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	AudienceShared = declare(Entry{
		ID: "audience-shared", Severity: Warning, Group: "Simulation",
		Title: "the audience is not only for the cluster",
		Meaning: "The token was issued to a client that its audience does not name (`azp`), or for several audiences. Or the " +
			"configuration accepts an audience of a published client, such as a cloud provider's command-line tool. Another " +
			"recipient of such a token, for example an application, can also use the token at the API server, as the user.",
		Detection: "Read from the audiences of the configuration, and from the claims `aud` and `azp` of the token.",
		Fix:       "Register a separate client for the cluster. Configure the API server to accept only that audience.",
		Reference: "OpenID Connect Core 1.0, section 2",
	})

	IssuerOpenToAll = declare(Entry{
		ID: "issuer-open-to-all", Severity: Warning, Group: "Simulation",
		Title: "anyone with an account at the issuer is accepted",
		Meaning: "The issuer is a public service that issues tokens to anyone who registers there, such as Google, GitHub Actions " +
			"or GitLab.com. The configuration accepts the claims of an unrelated account. Everyone on the Internet is then " +
			"authenticated: they are in the group `system:authenticated`, and have all permissions of a role binding that " +
			"fits their names. The audience alone keeps no one out if each token request chooses it.",
		Detection: "The API server's own code is run with claims of an unrelated account, as the service documents them.",
		Fix: "Add a claim validation rule about your organization, for example `claims.?hd.orValue(\"\") == \"example.com\"` for " +
			"Google or `claims.repository_owner_id == \"ID\"` for GitHub Actions.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	IssuerNotUsable = declare(Entry{
		ID: "issuer-not-usable", Severity: Warning, Group: "Simulation",
		Title: "no token can have the configured issuer",
		Meaning: "The API server compares the `iss` of a token with `issuer.url` as text, and its discovery document must name the " +
			"same issuer. The configured URL still contains a placeholder such as `${TENANT_ID}`, or is Entra's endpoint for " +
			"several tenants (`common`, `organizations`, `consumers`), whose document names `{tenantid}`. The API server starts, " +
			"and accepts no token of this issuer.",
		Detection: "Read from the configuration.",
		Fix:       "Write the issuer exactly as in the `iss` of its tokens. For Entra, this contains the ID of the tenant.",
		Reference: "OpenID Connect Discovery 1.0, section 4.3",
	})

	PrefixWithoutSeparator = declare(Entry{
		ID: "prefix-without-separator", Severity: Warning, Group: "Simulation",
		Title: "a prefix has no separator at its end",
		Meaning: "The API server puts the prefix directly before the name: with the prefix `oidc`, `jane` becomes `oidcjane`. Role " +
			"bindings for `oidc:jane` do not apply. A name without the prefix can also look like a name with it.",
		Detection: "Read from the configuration: the prefix ends with a letter or a digit.",
		Fix:       "End the prefix with a separator, for example `oidc:`. Change the role bindings that have names with the prefix.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	GroupsNotMapped = declare(Entry{
		ID: "groups-not-mapped", Severity: Info, Group: "Simulation",
		Title: "no groups are mapped",
		Meaning: "The configuration of the issuer maps no groups. Its users are only in `system:authenticated`, and role bindings " +
			"must name each user. A groups prefix or a rule about groups has no effect without a mapping.",
		Detection: "Read from the configuration.",
		Fix: "To use groups, set `claimMappings.groups` in the AuthenticationConfiguration or `--oidc-groups-claim`, with a " +
			"prefix.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	FurtherDocumentIgnored = declare(Entry{
		ID: "further-document-ignored", Severity: Warning, Group: "Simulation",
		Title: "the API server reads only the first YAML document",
		Meaning: "The file has several YAML documents, separated by `---`. The API server decodes the first one and ignores the " +
			"others without an error. Issuers and rules in the others have no effect.",
		Detection: "The file is read as the API server reads it, and its documents are counted.",
		Fix:       "Write all issuers into the list `jwt` of one AuthenticationConfiguration.",
		Reference: "k8s.io/apimachinery pkg/runtime/serializer/json",
	})

	AnonymousPathNeverMatches = declare(Entry{
		ID: "anonymous-path-never-matches", Severity: Warning, Group: "Simulation",
		Title: "a path for anonymous requests matches no request",
		Meaning: "A condition of `anonymous.conditions` has a path with a `*`, or a path that does not begin with `/`. The API server " +
			"compares the whole path of a request with it, as text. It rejects such requests, for example health checks, unless " +
			"they have a credential.",
		Detection: "Read from the configuration.",
		Fix:       "Write each path in full, as a condition of its own: `/healthz`, `/livez`, `/readyz`.",
		Reference: "k8s.io/apiserver pkg/authentication/request/anonymous",
	})

	ExpressionFails = declare(Entry{
		ID: "expression-fails", Severity: Warning, Group: "Simulation",
		Title: "an expression fails for usual claims",
		Meaning: "A CEL expression compiles, but its evaluation fails for claims that tokens usually have, or for tokens without an " +
			"optional claim. The API server then rejects the token. The compiler does not find this, because it does not know the " +
			"types of claims.",
		Detection: "The API server's own code evaluates the expression with a string, with a list, and without the claim.",
		Fix: "Guard an optional claim: `claims.?roles.orValue([])` or `has(claims.roles) && …`. Convert lists with " +
			"`.map(r, r)`, and add a prefix to each item: `dyn(claims.groups).map(g, \"idp:\" + g)`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	SignatureNotChecked = declare(Entry{
		ID: "signature-not-checked", Severity: Warning, Group: "Simulation",
		Title: "the signature was not checked",
		Meaning: "`--claims` gives claims without a token. The API server's code judges the claims as if an issuer had signed them. " +
			"The verdict is about the claims alone: it does not say that a real token has a valid signature or a known key.",
		Detection: "The credential comes from `--claims`.",
		Fix:       "Give the token itself, with the issuer's keys in `--jwks`.",
		Reference: "docs/simulate.md",
	})

	ReleaseDiffers = declare(Entry{
		ID: "release-differs", Severity: Warning, Group: "Simulation",
		Title: "the other Kubernetes release behaves differently",
		Meaning: "`simulate` runs the authenticators of one Kubernetes release. An API server of the release in " +
			"`--kubernetes-version` differs. It may not start with this configuration, because it does not know an " +
			"apiVersion, a field, a flag or a function of expressions. Or it may accept a credential that is rejected here, " +
			"or reject a credential that is accepted here.",
		Detection: "A table lists the differences of the releases since v1.30, each taken from their sources. It is compared with " +
			"the configuration and the credential. Expressions are evaluated again with the values of that release.",
		Fix: "Write the configuration for the oldest release of any API server in the cluster, until all are upgraded. All " +
			"these releases read `apiserver.config.k8s.io/v1beta1`.",
		Reference: "docs/simulate.md",
	})
)
