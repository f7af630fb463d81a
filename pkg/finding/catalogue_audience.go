package finding

var (
	AudienceMismatch = declare(Entry{
		ID: "audience-mismatch", Severity: Error, Group: "Audience",
		Title: "the token was issued for another audience",
		Meaning: "A token is valid only for the audiences in `aud`, and none of them is an audience that was asked for. The API " +
			"server accepts the audiences in `--api-audiences`. Their default is the list of ServiceAccount issuers. A " +
			"service that creates a TokenReview names its own audiences. The API server answers `token audiences … is invalid " +
			"for the target audiences …`, or `oidc: expected audience … got …` for an outside issuer. The API server checks " +
			"the audience of a ServiceAccount token before its lifetime, so the token may have expired as well.",
		Detection: "`aud` is compared with the audiences that were asked for. The credential alone is enough. TokenReview proves the " +
			"mismatch with the API server's error message. A second review for the token's own audiences shows whether the " +
			"token is valid otherwise.",
		Fix: "Request a token for the right audience: `kubectl create token NAME --audience AUDIENCE`. In a Pod, use a " +
			"projected volume and set `serviceAccountToken.audience` to the audience. Do not add the API server's audience to " +
			"a token for another service: use two tokens.",
		Reference: "RFC 7519, section 4.1.3",
	})

	AudienceMissing = declare(Entry{
		ID: "audience-missing", Severity: Warning, Group: "Audience",
		Title: "the token names no audience",
		Meaning: "The token has no `aud`. The API server accepts a ServiceAccount token without `aud` for its own audiences. " +
			"Kubernetes issues such tokens only in Secrets. The API server rejects an OIDC token without `aud`. Other " +
			"recipients that check the audience do the same: clouds, Vault, another cluster.",
		Detection: "Read from the credential alone. No permissions are needed.",
		Fix: "Use a token that is issued for the recipient: `kubectl create token NAME --audience AUDIENCE`. Configure an " +
			"identity provider to put the client ID into `aud` of the ID token.",
		Reference: "RFC 7519, section 4.1.3",
	})

	AudienceNotChecked = declare(Entry{
		ID: "audience-not-checked", Severity: Warning, Group: "Audience",
		Title: "the audience was not checked",
		Meaning: "`verify` was run without an audience. A service that skips this check accepts every token of the issuer, also a " +
			"token that was issued for another service. The other service can then use the tokens that it receives here. This " +
			"finding is about the check, not about the token.",
		Detection: "No `--audience` was given.",
		Fix: "Add `--audience AUDIENCE` with the name that the service expects in `aud`. For the API server of a cluster, the " +
			"default audience is the ServiceAccount issuer.",
		Reference: "RFC 7519, section 4.1.3",
	})
)
