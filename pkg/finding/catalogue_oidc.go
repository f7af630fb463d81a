package finding

var (
	OIDCNotInitialized = declare(Entry{
		ID: "oidc-not-initialized", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the API server has not reached the issuer yet",
		Meaning: "The issuer is configured, but the API server has not read its discovery document since the start. It cannot " +
			"judge any token of that issuer, and tries again every ten seconds. TokenReview returns `oidc: authenticator not " +
			"initialized`. Only the log has the reason, after `oidc authenticator: initializing plugin`. Typical reasons are " +
			"a name that does not resolve, an untrusted certificate, and a document whose `issuer` is not the configured " +
			"issuer.",
		Detection: "The error message of TokenReview proves it. Reading the discovery document from here shows faults of the " +
			"document, but not whether the control plane can reach it.",
		Fix: "On a control-plane node, fetch `ISSUER/.well-known/openid-configuration`. Set the issuer's CA with " +
			"`certificateAuthority` in the AuthenticationConfiguration, or with `--oidc-ca-file`. Allow the connection " +
			"through firewall and proxy. Write `issuer.url` exactly as the `issuer` in the document.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens",
	})

	OIDCKeyCacheStale = declare(Entry{
		ID: "oidc-key-cache-stale", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the API server has an old copy of the keys",
		Meaning: "The token's key is in the issuer's key set and its signature is valid, but the API server returns `failed to " +
			"verify id token signature`. The API server keeps the keys for as long as their `Cache-Control` allows. It does " +
			"not fetch them earlier, not even for an unknown key. This happens when an issuer signs with a new key " +
			"immediately after publishing it.",
		Detection: "The token is verified here with the keys that the issuer serves now, and TokenReview rejects it. Asking the " +
			"issuer needs `--issuer-url`. The metric " +
			"`apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds`, where it exists, shows the time " +
			"of the last fetch.",
		Fix: "Wait until the time in `Cache-Control` has passed. At the issuer, publish keys well before they sign, or shorten " +
			"that time. A change of the AuthenticationConfiguration file makes the API servers fetch the keys again.",
		Reference: "github.com/coreos/go-oidc jwks.go",
	})

	OIDCAccessToken = declare(Entry{
		ID: "oidc-access-token", Severity: Error, Group: "OIDC and structured authentication",
		Title: "an access token was sent instead of an ID token",
		Meaning: "Kubernetes needs the ID token, which tells a client who the user is. An access token is for another API. Its " +
			"audience is not the client, it often lacks the claims about the user, and it may not be a JWT. The API server " +
			"usually rejects it with `oidc: expected audience`, or for a missing claim.",
		Detection: "The token shows it: the `typ` in its header is `at+jwt`, or its claims have `typ: Bearer` (Keycloak) or " +
			"`token_use: access` (Cognito). It is reported if the API server rejects the token for its audience. Seeing that " +
			"needs permission to create TokenReviews.",
		Fix: "Configure the login tool or exec plugin to return `id_token` instead of `access_token`. Use the client ID that " +
			"the API server is configured for. With an exec plugin, this is a setting of the plugin.",
		Reference: "RFC 9068, section 2.1",
	})

	OIDCUsernameClaimMissing = declare(Entry{
		ID: "oidc-username-claim-missing", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the user name claim is missing or unusable",
		Meaning: "The claim that holds the user name is not in the token, or is not a string. The default claim is `sub`. If " +
			"`email` or `preferred_username` is configured, the token often lacks the claim because its scope was not " +
			"requested. TokenReview returns `oidc: parse username claims … claim not present`.",
		Detection: "The error message of TokenReview proves it and names the claim. The report shows the token's claims for " +
			"comparison.",
		Fix: "Request the scope that adds the claim (`profile`, `email`). Check that the identity provider adds the claim to " +
			"the ID token. Or use a claim that is always there: set `claimMappings.username` in the " +
			"AuthenticationConfiguration, or `--oidc-username-claim`.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})

	OIDCGroupsClaimInvalid = declare(Entry{
		ID: "oidc-groups-claim-invalid", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the groups claim has the wrong type",
		Meaning: "The groups claim is neither a string nor a list of strings, or it is a distributed claim that the API server " +
			"could not resolve. Some identity providers replace long lists of groups by such a reference. TokenReview returns " +
			"`oidc: parse groups claim …` or `oidc: could not expand distributed claims`. A missing claim is not an error: " +
			"the user then has no groups.",
		Detection: "The error message of TokenReview proves it and names the claim. The report shows the token's claims for " +
			"comparison.",
		Fix: "Configure the identity provider to send a flat list of strings. For users with very many groups, send only the " +
			"groups that are assigned to the application. An AuthenticationConfiguration can also extract the groups from an " +
			"object, with an expression in `claimMappings.groups`.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})

	OIDCEmailNotVerified = declare(Entry{
		ID: "oidc-email-not-verified", Severity: Error, Group: "OIDC and structured authentication",
		Title: "the email address is not verified",
		Meaning: "The user name comes from `email`, and the token's `email_verified` is not the JSON value true. The string \"true\" " +
			"does not count. The check prevents a user from claiming the address of another person. TokenReview returns " +
			"`oidc: email not verified` or `oidc: parse 'email_verified' claim`.",
		Detection: "The error message of TokenReview proves it. The claim is in the token.",
		Fix: "Let the user verify the address, or let the administrator of the identity provider mark it as verified. A " +
			"provider that sends a string must send a boolean instead. If addresses are never verified, use another claim for " +
			"the user name, such as `sub`.",
		Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go",
	})

	OIDCRequiredClaim = declare(Entry{
		ID: "oidc-required-claim", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a required claim is missing or different",
		Meaning: "The configuration requires a value for a claim, and the token does not have it. The requirement comes from " +
			"`claimValidationRules` with `claim` and `requiredValue`, or from `--oidc-required-claim`. Only strings can be " +
			"required, and they are compared exactly. TokenReview returns `oidc: required claim … not present in ID token` or " +
			"`value does not match`, with both values.",
		Detection: "The error message of TokenReview proves it and names the claim, its value and the required value.",
		Fix: "If the user should have access, correct the claim at the identity provider, for example by logging in to the " +
			"right tenant or organization. Whether the rule is right is a decision of the cluster's administrators: the rule " +
			"may be all that keeps others out.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCClaimValidationFailed = declare(Entry{
		ID: "oidc-claim-validation-failed", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a claim validation rule rejected the token",
		Meaning: "A CEL expression in `claimValidationRules` was false for the token's claims, or failed. It most often fails " +
			"because it reads a missing claim. TokenReview shows the expression and the administrator's message.",
		Detection: "The error message of TokenReview proves it. The report shows the token's claims, which are the values that the " +
			"expression read.",
		Fix: "If the token should be accepted, correct its claims at the identity provider. If the expression fails on missing " +
			"claims, guard it with `has(claims.NAME)` or `claims.?NAME.orValue(\"\")`, so that a missing claim still means " +
			"rejected.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCUserValidationFailed = declare(Entry{
		ID: "oidc-user-validation-failed", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a user validation rule rejected the user",
		Meaning: "The claims were accepted and mapped to a user. A CEL expression in `userValidationRules` was false for that " +
			"user, or failed. Such rules prevent the use of names like `system:`, which Kubernetes does not prevent alone. " +
			"TokenReview shows the expression and its message.",
		Detection: "The error message of TokenReview proves it. The expression read the user name, groups, UID and extra that the " +
			"mappings derive from the claims.",
		Fix: "Check which user the claims are mapped to. If names of the identity provider collide with names of Kubernetes, " +
			"set a prefix in `claimMappings`. Keep the rule: it keeps users from becoming a component of the cluster.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCClaimMappingFailed = declare(Entry{
		ID: "oidc-claim-mapping-failed", Severity: Error, Group: "OIDC and structured authentication",
		Title: "a claim mapping failed",
		Meaning: "A CEL expression in `claimMappings` for user name, groups, UID or extra failed on this token, or returned no " +
			"strings. Or the claim for the UID is missing. An empty user name from an expression is rejected as well. " +
			"TokenReview shows the expression and the error, such as `no such key`.",
		Detection: "The error message of TokenReview proves it. The report shows the token's claims for comparison with the " +
			"expression.",
		Fix: "Check that the identity provider sends the claim that the expression reads. If a missing claim is harmless, let " +
			"the expression allow it, for example `claims.?groups.orValue([])`. For the user name, a missing claim is never " +
			"harmless.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})

	OIDCGroupsMissing = declare(Entry{
		ID: "oidc-groups-missing", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the token gives the user no groups",
		Meaning: "The token was accepted, and `system:authenticated` is the user's only group. Either no groups are mapped " +
			"(`--oidc-groups-claim` has no default), or the claim is missing or empty in this token. Role bindings for groups " +
			"then do not apply, and requests fail with 403.",
		Detection: "The groups in a SelfSubjectReview or a TokenReview are compared with the claims of the token. A " +
			"SelfSubjectReview needs no permissions beyond being authenticated.",
		Fix: "Set `claimMappings.groups` or `--oidc-groups-claim`. Configure the identity provider to add the groups to the ID " +
			"token, usually by requesting a `groups` scope. A RoleBinding must name the group with its prefix.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens",
	})

	OIDCPrefixMistaken = declare(Entry{
		ID: "oidc-prefix-mistaken", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the prefix of the user's names looks wrong",
		Meaning: "The token was accepted, and the API server added a prefix that looks like a mistake to the user name or a group. " +
			"The prefix has quotes, as in `\"oidc:\"jane` or `'-'jane`, or appears twice, as in `oidc:oidc:jane`. RBAC compares " +
			"names exactly, so bindings for `oidc:jane` do not apply and requests fail with 403. Quotes remain where no shell " +
			"removes them: `- --oidc-username-prefix=\"oidc:\"` in a static Pod's manifest keeps them in the value. A prefix " +
			"appears twice if the issuer already adds it to the claim, or if it was written twice.",
		Detection: "The names in a SelfSubjectReview or a TokenReview are compared with the claims of the token. A SelfSubjectReview " +
			"needs no permissions beyond being authenticated.",
		Fix: "Write `- --oidc-username-prefix=oidc:` without quotes inside the argument. To use no prefix, write `- " +
			"--oidc-username-prefix=-`. If the claim already has the prefix, let either the issuer or the API server add it, " +
			"not both. Change the bindings that were created for the wrong name.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server",
	})

	AuthenticationConfigNotLoaded = declare(Entry{
		ID: "authentication-config-not-loaded", Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the AuthenticationConfiguration was not reloaded",
		Meaning: "The file of `--authentication-config` changed, and the API server could not use it. The file does not parse, " +
			"breaks a rule, or names an issuer whose discovery document could not be read within a minute. The API server " +
			"keeps the former configuration, so a new issuer or a corrected rule has no effect. Only its log and its metrics " +
			"show it.",
		Detection: "Read from `/metrics`: the last attempt to reload the file failed. It needs permission to get that path, which " +
			"the ClusterRole `system:monitoring` gives. It is read only for a JWT that was rejected, and it describes one API " +
			"server replica.",
		Fix: "Read the API server's log: lines with `authentication config` show the fault in the file. Correct the file in " +
			"its place. The API server reads it again within a minute, without a restart.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
	})
)
