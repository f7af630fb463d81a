package finding

var serverAndWay = []Entry{
	{
		ID: AnonymousRequest, Severity: Error, Group: "The server and the way to it",
		Title: "the server saw no credential",
	},
	{
		ID: CredentialRejected, Severity: Error, Group: "The server and the way to it",
		Title: "the API server rejected the credential",
	},
	{
		ID: CredentialStripped, Severity: Error, Group: "The server and the way to it",
		Title: "the credential was lost on the way",
	},
	{
		ID: AggregatedAPIRefused, Severity: Error, Group: "The server and the way to it",
		Title: "another server than the API server refused it",
	},
	{
		ID: AnswerNotFromAPIServer, Severity: Error, Group: "The server and the way to it",
		Title: "the answer did not come from an API server",
	},
	{
		ID: APIServerUnreachable, Severity: Error, Group: "The server and the way to it",
		Title: "the API server cannot be reached",
	},
	{
		ID: ReplicasDisagree, Severity: Error, Group: "The server and the way to it",
		Title: "the API servers answer differently",
	},
	{
		ID: WebhookAuthenticatorFailed, Severity: Error, Group: "The server and the way to it",
		Title: "the token webhook could not be asked",
	},
	{
		ID: WebhookRejected, Severity: Error, Group: "The server and the way to it",
		Title: "the token webhook refused the token",
	},
	{
		ID: AnswerMayBeCached, Severity: Info, Group: "The server and the way to it",
		Title: "the answer may come from the server's cache",
	},
	{
		ID: ReviewNotPermitted, Severity: Info, Group: "The server and the way to it",
		Title: "the caller may not create TokenReviews",
	},
	{
		ID: AnonymousAccessEnabled, Severity: Info, Group: "The server and the way to it",
		Title: "requests without credentials are served",
	},
	{
		ID: AuthorizationDenied, Severity: Info, Group: "The server and the way to it",
		Title: "authentication worked, authorization refused",
	},
}
