package finding

var oidc = []Entry{
	{
		ID: OIDCNotInitialized, Severity: Error, Group: "OIDC and structured authentication",
		Title: "the API server has not reached the issuer yet",
	},
	{
		ID: OIDCKeyCacheStale, Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the API server's copy of the issuer's keys is old",
	},
	{
		ID: OIDCAccessToken, Severity: Error, Group: "OIDC and structured authentication",
		Title: "an access token was sent instead of an ID token",
	},
	{
		ID: OIDCUsernameClaimMissing, Severity: Error, Group: "OIDC and structured authentication",
		Title: "the username claim is missing or unusable",
	},
	{
		ID: OIDCGroupsClaimInvalid, Severity: Error, Group: "OIDC and structured authentication",
		Title: "the groups claim is of the wrong type",
	},
	{
		ID: OIDCEmailNotVerified, Severity: Error, Group: "OIDC and structured authentication",
		Title: "the email address is not marked verified",
	},
	{
		ID: OIDCRequiredClaim, Severity: Error, Group: "OIDC and structured authentication",
		Title: "a required claim is missing or has another value",
	},
	{
		ID: OIDCClaimValidationFailed, Severity: Error, Group: "OIDC and structured authentication",
		Title: "a claim validation rule refused the token",
	},
	{
		ID: OIDCUserValidationFailed, Severity: Error, Group: "OIDC and structured authentication",
		Title: "a user validation rule refused the user",
	},
	{
		ID: OIDCClaimMappingFailed, Severity: Error, Group: "OIDC and structured authentication",
		Title: "a claim mapping could not be evaluated",
	},
	{
		ID: OIDCGroupsMissing, Severity: Warning, Group: "OIDC and structured authentication",
		Title: "the token gives the user no groups",
	},
}
