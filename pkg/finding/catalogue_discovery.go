package finding

var discovery = []Entry{
	{
		ID: DiscoveryDisabled, Severity: Error, Group: "Issuer discovery",
		Title: "the issuer serves no discovery document",
	},
	{
		ID: DiscoveryForbidden, Severity: Error, Group: "Issuer discovery",
		Title: "reading the discovery document is forbidden",
	},
	{
		ID: DiscoveryUnreachable, Severity: Error, Group: "Issuer discovery",
		Title: "the discovery document cannot be fetched",
	},
	{
		ID: DiscoveryIssuerMismatch, Severity: Error, Group: "Issuer discovery",
		Title: "the discovery document names another issuer",
	},
	{
		ID: DiscoveryNotPublic, Severity: Warning, Group: "Issuer discovery",
		Title: "outsiders cannot read the discovery document",
	},
	{
		ID: JWKSURIPrivate, Severity: Warning, Group: "Issuer discovery",
		Title: "jwks_uri points to a private address",
	},
	{
		ID: JWKSUnreachable, Severity: Error, Group: "Issuer discovery",
		Title: "the issuer's keys cannot be fetched",
	},
}
