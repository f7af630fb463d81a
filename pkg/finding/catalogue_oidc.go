package finding

var (
	OIDCNotInitialized = declare(Entry{
		ID: "oidc-not-initialized", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the API server has not reached the issuer yet",
		Meaning: "The issuer is configured, and the API server has not been able to read its discovery document since it " +
			"started, so it can judge none of its tokens. It tries every ten seconds. TokenReview says `oidc: " +
			"authenticator not initialized`; the reason stands only in the log, after `oidc authenticator: initializing " +
			"plugin`: a name that does not resolve, a certificate it does not trust, or an `issuer` in the document that " +
			"is not the configured one.",
		Detection: "TokenReview's words prove it. Reading the discovery document from here shows faults of the document, but not " +
			"whether the control plane can reach it.",
		Fix: "From a control-plane node fetch `ISSUER/.well-known/openid-configuration`. Give the issuer's CA by " +
			"`certificateAuthority` in the AuthenticationConfiguration or by `--oidc-ca-file`, open the way through " +
			"firewall and proxy, and write `issuer.url` exactly as the document's `issuer`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens",
	})

	OIDCKeyCacheStale = declare(Entry{
		ID: "oidc-key-cache-stale", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the API server's copy of the issuer's keys is old",
		Meaning: "The token's key is in the issuer's key set and its signature is right, and the API server still says `failed " +
			"to verify id token signature`. It keeps the keys for as long as their `Cache-Control` allows, and does not " +
			"fetch them again before that, not even for a key it does not know. An issuer that signs with a new key at " +
			"once after publishing it runs into this.",
		Detection: "The token is verified here with the keys that the issuer serves now, and TokenReview refuses it. Asking the " +
			"issuer needs `--issuer-url`; the metric " +
			"`apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds` shows when the keys were last " +
			"fetched, where it exists.",
		Fix: "Wait until the time in `Cache-Control` is over. At the issuer, publish keys well before they sign, or " +
			"shorten that time. Changing the AuthenticationConfiguration file makes API servers begin anew with fresh " +
			"keys.",
		Reference: "github.com/coreos/go-oidc jwks.go",
	})

	OIDCAccessToken = declare(Entry{
		ID: "oidc-access-token", Severity: Error, Group: "OIDC and structured authentication",
		Title: "an access token was sent instead of an ID token",
		Meaning: "Kubernetes wants the ID token, which tells the client who the user is. An access token is for another API: " +
			"its audience is not the client, the claims about the user are often missing, and it may not be a JWT at all. " +
			"It is usually refused with `oidc: expected audience`, or for a claim that is not there.",
		Detection: "The token says so itself: its header's `typ` is `at+jwt`, or its claims have `typ: Bearer` (Keycloak) or " +
			"`token_use: access` (Cognito). Reported where the server refuses the token for its audience, which takes the " +
			"right to create TokenReviews.",
		Fix: "Have the login helper or plugin hand over `id_token` rather than `access_token`, with the client ID that the " +
			"API server is configured for. In an exec plugin this is a setting of the plugin.",
		Reference: "RFC 9068, section 2.1",
	})

	OIDCUsernameClaimMissing = declare(Entry{
		ID: "oidc-username-claim-missing", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the username claim is missing or unusable",
		Meaning: "The claim that the API server takes the user name from is not in the token, or is not a string. The default " +
			"is `sub`; often `email` or `preferred_username` is configured and the token lacks it, because its scope was " +
			"not asked for. TokenReview says `oidc: parse username claims … claim not present`.",
		Detection: "TokenReview's words prove it and name the claim. The token's claims are there to be compared with it.",
		Fix: "Ask for the scope that brings the claim (`profile`, `email`), and see that the identity provider puts it " +
			"into the ID token. Or choose a claim that is always there: `claimMappings.username` in the " +
			"AuthenticationConfiguration, or `--oidc-username-claim`.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})

	OIDCGroupsClaimInvalid = declare(Entry{
		ID: "oidc-groups-claim-invalid", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the groups claim is of the wrong type",
		Meaning: "The claim that the groups are taken from is neither a string nor a list of strings, or it is a distributed " +
			"claim that could not be followed. Identity providers that cut long lists of groups replace them by such a " +
			"reference. TokenReview says `oidc: parse groups claim …` or `oidc: could not expand distributed claims`. A " +
			"claim that is merely absent is no error: the user then has no groups.",
		Detection: "TokenReview's words prove it and name the claim. The token's claims are there to be compared with it.",
		Fix: "Have the identity provider send a flat list of strings, and for users with very many groups only those " +
			"assigned to the application. An AuthenticationConfiguration can also take them out of an object by an " +
			"expression in `claimMappings.groups`.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})

	OIDCEmailNotVerified = declare(Entry{
		ID: "oidc-email-not-verified", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the email address is not marked verified",
		Meaning: "The user name is taken from `email`, and the token has an `email_verified` that is not the JSON value true; " +
			"the string \"true\" does not count. Otherwise anybody could claim the address of somebody else. TokenReview " +
			"says `oidc: email not verified` or `oidc: parse 'email_verified' claim`.",
		Detection: "TokenReview's words prove it. The claim can be read in the token.",
		Fix: "Let the user verify the address, or the administrator of the identity provider mark it as verified. A " +
			"provider that sends a string has to send a boolean. Where addresses are not verified at all, use another " +
			"claim for the user name, such as `sub`.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})

	OIDCRequiredClaim = declare(Entry{
		ID: "oidc-required-claim", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a required claim is missing or has another value",
		Meaning: "The configuration demands that a claim has a certain value, by `claimValidationRules` with `claim` and " +
			"`requiredValue` or by `--oidc-required-claim`, and the token does not have it. Only strings can be required, " +
			"and they are compared to the letter. TokenReview says `oidc: required claim … not present in ID token` or " +
			"`value does not match`, with both values.",
		Detection: "TokenReview's words prove it and name the claim, what it holds and what is wanted.",
		Fix: "If the user should have access, correct the claim at the identity provider, for example by logging in to the " +
			"right tenant or organisation. Whether the rule itself is right is for the cluster's administrators: it may " +
			"be all that keeps others out.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCClaimValidationFailed = declare(Entry{
		ID: "oidc-claim-validation-failed", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a claim validation rule refused the token",
		Meaning: "A CEL expression in `claimValidationRules` was false for the token's claims, or failed, most often because " +
			"it reads a claim that is not there. TokenReview shows the expression and the message that the administrator " +
			"wrote.",
		Detection: "TokenReview's words prove it. The values that the expression saw are the token's claims, which are shown " +
			"beside it.",
		Fix: "If the token should be accepted, correct its claims at the identity provider. If the expression fails on " +
			"absent claims, guard it with `has(claims.NAME)` or `claims.?NAME.orValue(\"\")`, so that absent still means " +
			"refused.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCUserValidationFailed = declare(Entry{
		ID: "oidc-user-validation-failed", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a user validation rule refused the user",
		Meaning: "The claims were accepted and mapped to a user, and a CEL expression in `userValidationRules` was false for " +
			"that user, or failed. Such rules keep names like `system:` from being used, which Kubernetes does not do by " +
			"itself. TokenReview shows the expression and its message.",
		Detection: "TokenReview's words prove it. What the expression saw is the user name, groups, UID and extra that the " +
			"mappings make of the claims.",
		Fix: "See which user the claims are mapped to, and set a prefix in `claimMappings` where names of the identity " +
			"provider collide with those of Kubernetes. Keep the rule: it is there so that nobody becomes a component of " +
			"the cluster.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCClaimMappingFailed = declare(Entry{
		ID: "oidc-claim-mapping-failed", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a claim mapping failed",
		Meaning: "A CEL expression in `claimMappings`, for user name, groups, UID or extra, failed on this token or returned " +
			"something else than strings, or the claim for the UID is not there. An empty user name from an expression is " +
			"refused as well. TokenReview shows the expression and the error, such as `no such key`.",
		Detection: "TokenReview's words prove it. The token's claims are there to be compared with the expression.",
		Fix: "See that the identity provider sends the claim that the expression reads. In the expression allow for its " +
			"absence where that is harmless, for example `claims.?groups.orValue([])`; for the user name it is not.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCGroupsMissing = declare(Entry{
		ID: "oidc-groups-missing", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the token gives the user no groups",
		Meaning: "The token was accepted, and the user has no groups but `system:authenticated`. No groups are mapped " +
			"(`--oidc-groups-claim` has no default), or the claim is absent or empty in this token. Rights that are bound " +
			"to groups do not apply then, and requests end in 403.",
		Detection: "Seen in the groups of the user that a SelfSubjectReview or a TokenReview shows, and in the claims of the " +
			"token. The first needs no rights beyond being authenticated.",
		Fix: "Set `claimMappings.groups` or `--oidc-groups-claim`, and have the identity provider put the groups into the " +
			"ID token, usually by asking for a `groups` scope. Mind the prefix: a RoleBinding has to name the group with " +
			"it.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens",
	})

	OIDCPrefixMistaken = declare(Entry{
		ID: "oidc-prefix-mistaken", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the prefix of the user's names looks like a mistake",
		Meaning: "The token was accepted, and the server put a prefix before the user name or a group that nobody will have meant: " +
			"one in quotes, as in `\"oidc:\"jane` or `'-'jane`, or one that is there twice, as in `oidc:oidc:jane`. RBAC compares names " +
			"to the letter, so that bindings for `oidc:jane` do not apply and requests end in 403. Quotes stay where no shell removes them: " +
			"in a static Pod's manifest, `- --oidc-username-prefix=\"oidc:\"` has them in the value. A prefix is there twice where the issuer " +
			"has put it into the claim already, or where it was written twice.",
		Detection: "Seen in the names that a SelfSubjectReview or a TokenReview shows, held against the claims of the token. The first " +
			"needs no rights beyond being authenticated.",
		Fix: "Write `- --oidc-username-prefix=oidc:`, without quotes inside the argument; `- --oidc-username-prefix=-` is what asks for no prefix. " +
			"Where the claim has the prefix already, have either the issuer or the server add it, not both. Bindings that were made for " +
			"the mistaken name have to be changed with it.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server",
	})

	AuthenticationConfigNotLoaded = declare(Entry{
		ID: "authentication-config-not-loaded", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the API server goes by an older AuthenticationConfiguration",
		Meaning: "The file behind `--authentication-config` was changed, and the API server could not use it: it does not parse, " +
			"breaks a rule, or names an issuer whose discovery document could not be read within a minute. The server keeps " +
			"what it had, so that a new issuer or a mended rule does not count. Nothing but its log and its metrics tells.",
		Detection: "Read in `/metrics`, with the right to get that path (the ClusterRole `system:monitoring` has it), and only of a " +
			"JWT that was refused: the last attempt to read the file again failed. It is one API server's word about itself.",
		Fix: "The API server's log says what is wrong with the file, in lines with `authentication config`. Mend the file in its " +
			"place; the server reads it again within a minute, without a restart.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})
)
