package finding

var (
	InputNotGiven = declare(Entry{
		ID: "input-not-given", Severity: Error, Group: "Simulation",
		Title: "something that the verdict depends on was not given",
		Meaning: "`simulate` runs the API server's authenticators here, and one of them needs what only a cluster or an issuer has: " +
			"the keys of a JWT issuer, the ServiceAccount or Pod that a token is bound to, the answer of a webhook. Or flags that nearly " +
			"every API server has were not given, such as `--client-ca-file` where a client certificate is tried. Without it " +
			"nobody can say what the API server would make of the credential, and a guess would be worth nothing.",
		Detection: "An authenticator asked for it. No rights are needed.",
		Fix: "Give what is named: flags by their own names or all with `--manifest`, keys with `--jwks`, objects with `--objects` or `--live`, and `--call-webhook` if the webhook may be " +
			"sent the token.",
		Reference: "docs/simulate.md",
	})

	ReservedNameMapped = declare(Entry{
		ID: "reserved-name-mapped", Severity: Warning, Group: "Simulation",
		Title: "an issuer may hand out names that Kubernetes keeps",
		Meaning: "User names and groups that begin with `system:` belong to Kubernetes: `system:masters` may do anything. Where " +
			"they are mapped from claims without a prefix, and no rule forbids it, the issuer decides who is one of them, and " +
			"so does everybody who can have a claim written there.",
		Detection: "From the configuration and, where the token has such a name, from the token.",
		Fix: "Give the mapping a prefix, or add the user validation rule " +
			"`!user.username.startsWith('system:') && user.groups.all(g, !g.startsWith('system:'))`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	ClaimSelfAsserted = declare(Entry{
		ID: "claim-self-asserted", Severity: Warning, Group: "Simulation",
		Title: "users may be able to choose their user name",
		Meaning: "The user name comes from a claim that many providers let users set, or do not check: `email` without a true " +
			"`email_verified`, `name`, `nickname`, `preferred_username`. Whoever can write another's name there is that other " +
			"to Kubernetes. The API server itself refuses an `email` only where `email_verified` is there and is not true.",
		Detection: "From the configuration and the claims of the token.",
		Fix: "Map `sub`, which the issuer never gives to somebody else, or demand `email_verified` in a claim validation rule: " +
			"`claims.?email_verified.orValue(false) == true`.",
		Reference: "OpenID Connect Core 1.0, section 5.7",
	})

	UsernamesMayCollide = declare(Entry{
		ID: "usernames-may-collide", Severity: Warning, Group: "Simulation",
		Title: "two issuers can produce the same user name",
		Meaning: "To Kubernetes a user is a name. Where the prefix of one issuer's names is the beginning of the other's, or both " +
			"have none, a user of the one can have the name, and with it the rights, of a user of the other.",
		Detection: "From the prefixes of the configured issuers.",
		Fix:       "Give each issuer a prefix of its own that ends in a character which cannot be in the other's.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	AudienceShared = declare(Entry{
		ID: "audience-shared", Severity: Warning, Group: "Simulation",
		Title: "the audience is not the cluster's alone",
		Meaning: "The token was issued to another client than the one that its audience names (`azp`), or for several audiences at " +
			"once. Whoever is given such a token, an application say, can use it at the API server too, as the user.",
		Detection: "From the claims `aud` and `azp` of the token.",
		Fix:       "Register a client of its own for the cluster, and have the API server accept that audience alone.",
		Reference: "OpenID Connect Core 1.0, section 2",
	})

	ReleaseDiffers = declare(Entry{
		ID: "release-differs", Severity: Warning, Group: "Simulation",
		Title: "the release that was asked about does not do the same",
		Meaning: "`simulate` runs the authenticators of one Kubernetes release. An API server of the release named with " +
			"`--kubernetes-version` would not start with this configuration (an apiVersion, a field, a flag or a function of " +
			"expressions that it does not know), or may take a credential that is refused here, or refuse one that is taken.",
		Detection: "From a table of what the releases since v1.30 do otherwise, each row out of their sources, and from what in the " +
			"configuration and the credential it is about. Expressions are evaluated again with the values that release gives them.",
		Fix: "Write the configuration for the oldest release that any API server of the cluster runs, until all are upgraded; " +
			"`apiserver.config.k8s.io/v1beta1` is read by all of them.",
		Reference: "docs/simulate.md",
	})
)
