package finding

var writtenAndCarried = []Entry{
	{
		ID: NoCredential, Severity: Error, Group: "How the credential is written and carried",
		Title: "the kubeconfig context identifies nobody",
	},
	{
		ID: EmptyBearerToken, Severity: Error, Group: "How the credential is written and carried",
		Title: "the bearer token is empty",
	},
	{
		ID: TokenHasWhitespace, Severity: Error, Group: "How the credential is written and carried",
		Title: "the token contains white space",
	},
	{
		ID: TokenBase64Wrapped, Severity: Error, Group: "How the credential is written and carried",
		Title: "the token is still base64-encoded",
	},
	{
		ID: AuthorizationSchemePasted, Severity: Error, Group: "How the credential is written and carried",
		Title: "the token itself begins with \"Bearer \"",
	},
	{
		ID: TokenTruncated, Severity: Error, Group: "How the credential is written and carried",
		Title: "a part of the token is missing",
	},
	{
		ID: TokenPadded, Severity: Error, Group: "How the credential is written and carried",
		Title: "the token is padded or in the wrong base64 alphabet",
	},
	{
		ID: MalformedJWT, Severity: Error, Group: "How the credential is written and carried",
		Title: "the JWT cannot be decoded",
	},
	{
		ID: EncryptedToken, Severity: Error, Group: "How the credential is written and carried",
		Title: "the token is encrypted",
	},
	{
		ID: BasicAuthUnsupported, Severity: Error, Group: "How the credential is written and carried",
		Title: "no API server reads user names and passwords",
	},
	{
		ID: AuthProviderRemoved, Severity: Error, Group: "How the credential is written and carried",
		Title: "the auth provider has been removed from client-go",
	},
	{
		ID: ExecPluginNotFound, Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec credential plugin is not installed",
	},
	{
		ID: ExecPluginFailed, Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec credential plugin failed",
	},
	{
		ID: ExecPluginVersionMismatch, Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec plugin speaks another API version",
	},
	{
		ID: ExecPluginNoCredential, Severity: Error, Group: "How the credential is written and carried",
		Title: "the exec plugin returned no credential",
	},
	{
		ID: ExecPluginSkipped, Severity: Warning, Group: "How the credential is written and carried",
		Title: "the exec plugin is not run: another credential wins",
	},
	{
		ID: TokenShadowedByClientCertificate, Severity: Warning, Group: "How the credential is written and carried",
		Title: "the client certificate hides the token",
	},
	{
		ID: TokenShadowedByTokenFile, Severity: Warning, Group: "How the credential is written and carried",
		Title: "the token loses to the token file",
	},
	{
		ID: TokenFileUnreadable, Severity: Error, Group: "How the credential is written and carried",
		Title: "the token file cannot be read or is empty",
	},
	{
		ID: PlainHTTPServer, Severity: Error, Group: "How the credential is written and carried",
		Title: "the server URL is plain http, so no token is sent",
	},
}
