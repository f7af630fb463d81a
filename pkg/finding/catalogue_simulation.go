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
		Meaning: "The token was issued to a client that its audience does not name (`azp`), or for several audiences. Another " +
			"recipient of such a token, for example an application, can also use the token at the API server, as the user.",
		Detection: "Read from the claims `aud` and `azp` of the token.",
		Fix:       "Register a separate client for the cluster. Configure the API server to accept only that audience.",
		Reference: "OpenID Connect Core 1.0, section 2",
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
