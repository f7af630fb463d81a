package finding

var (
	AudienceMismatch = declare(Entry{
		ID: "audience-mismatch", Severity: Error, Group: "Audience",
		Title: "the token is for another audience",
		Meaning: "A token is good for the audiences in `aud` alone, and none of them is asked for. The API server takes those " +
			"in `--api-audiences`, which are its issuers unless set; a service that asks for a TokenReview names its own. " +
			"The server says `token audiences … is invalid for the target audiences …`, or `oidc: expected audience … got " +
			"…` for an outside issuer. It looks at the audience before the time of a ServiceAccount token, so the token " +
			"may have expired as well.",
		Detection: "`aud` is compared with the audiences asked for; the credential is enough for that. TokenReview proves it by " +
			"the server's own words, and a second review for the token's own audiences tells whether the token is good " +
			"otherwise.",
		Fix: "Get a token for the right audience: `kubectl create token NAME --audience AUDIENCE`, or in a Pod a projected " +
			"volume whose `serviceAccountToken.audience` is it. A token for another service should not be widened to the " +
			"API server: use two.",
		Reference: "RFC 7519, section 4.1.3",
	})

	AudienceMissing = declare(Entry{
		ID: "audience-missing", Severity: Warning, Group: "Audience",
		Title: "the token names no audience",
		Meaning: "There is no `aud`. The API server takes such a ServiceAccount token as meant for itself; only the old ones " +
			"from Secrets are made so. An OIDC token without one is refused, and so it is by others that check: clouds, " +
			"Vault, another cluster.",
		Detection: "Seen in the credential alone, without any rights.",
		Fix: "Use a token that is made for the one who receives it: `kubectl create token NAME --audience AUDIENCE`. An " +
			"identity provider has to put the client's ID into `aud` of the ID token.",
		Reference: "RFC 7519, section 4.1.3",
	})

	AudienceNotChecked = declare(Entry{
		ID: "audience-not-checked", Severity: Warning, Group: "Audience",
		Title: "the audience was not checked",
		Meaning: "`verify` was asked for a token of any audience. A service that leaves this check out accepts every token of the " +
			"issuer, also one that was issued for somebody else: whoever receives such a token can use it here. Nothing is said " +
			"here about the token itself.",
		Detection: "No `--audience` was given.",
		Fix: "Add `--audience AUDIENCE` with the name that the service expects in `aud`. For a cluster's API server this is by default " +
			"its ServiceAccount issuer.",
		Reference: "RFC 7519, section 4.1.3",
	})
)
