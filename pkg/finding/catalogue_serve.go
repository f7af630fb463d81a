package finding

// Further reading for the findings of serve.
const bearerUsage = "https://datatracker.ietf.org/doc/html/rfc6750#section-3"

var (
	SeveralCredentials = declare(Entry{
		ID: "several-credentials", Severity: Error, Group: "Decisions of serve",
		Title: "the request has more than one credential",
		Meaning: "The request has two Authorization headers, or one with two values: a proxy joins headers as `Bearer a, Bearer b`. " +
			"Two programs may each read another one of them. `serve` therefore takes neither, and answers 400 with `invalid_request`.",
		Detection: "Read from the request alone.",
		Fix: "Send one Authorization header with one token. If a proxy or a mesh adds a token of its own, let it replace the " +
			"client's header.",
		Reference: bearerUsage,
	})

	AuthorizationMalformed = declare(Entry{
		ID: "authorization-malformed", Severity: Error, Group: "Decisions of serve",
		Title: "the Authorization header is not \"Bearer TOKEN\"",
		Meaning: "The header has a token without the scheme `Bearer`, the scheme without a token, or white space inside of the " +
			"token. `serve` answers 400 with `invalid_request`. A header with another scheme, such as `Basic`, counts as no token.",
		Detection: "Read from the request alone.",
		Fix:       "Send `Authorization: Bearer TOKEN`, with one space and without quotes or a line break.",
		Reference: bearerUsage,
	})

	TokenTooLong = declare(Entry{
		ID: "token-too-long", Severity: Error, Group: "Decisions of serve",
		Title: "the token is longer than 64 KiB",
		Meaning: "A ServiceAccount token has about 1 KiB, and an OIDC token with many groups some KiB. `serve` rejects a token of " +
			"more than 64 KiB without asking the API server.",
		Detection: "Read from the request alone.",
		Fix:       "Check what the client sends as its token. If the token lists many groups, let the issuer leave them out.",
		Reference: bearerUsage,
	})

	CallerNotAllowed = declare(Entry{
		ID: "caller-not-allowed", Severity: Error, Group: "Decisions of serve",
		Title: "the service does not allow this caller",
		Meaning: "The token is right, and its user is not one of the ServiceAccounts that `serve --allow` lists. `serve` answers " +
			"403 with `insufficient_scope`. A user that is not a ServiceAccount matches no entry of the list.",
		Detection: "The user name that the API server or the token names is compared with `--allow`. No permissions are needed.",
		Fix: "If the caller is to be allowed, ask the operator of the service to add `--allow NAMESPACE/SERVICEACCOUNT`. " +
			"The log of `serve` has the user name of each rejected caller.",
		Reference: bearerUsage,
	})

	IdentityNotUsable = declare(Entry{
		ID: "identity-not-usable", Severity: Error, Group: "Decisions of serve",
		Title: "the token's identity cannot be handed on",
		Meaning: "The token was verified, and no user name follows from it. Its claims `sub` and `kubernetes.io` do not name " +
			"the same ServiceAccount, or the token is not a ServiceAccount token and `--username-claim` is not set. The name may " +
			"begin with `system:`, which belongs to Kubernetes. A name or a group may also have a character that a header cannot " +
			"carry. `serve` answers 403 and never changes a name to make it fit.",
		Detection: "Read from the verified claims, or from the user that the API server names. The log of `serve` says which of these it is.",
		Fix: "Send a ServiceAccount token. For tokens of another issuer, ask the operator of the service to name the claim with " +
			"the user name: `--username-claim`.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#schema-for-service-account-private-claims",
	})
)
