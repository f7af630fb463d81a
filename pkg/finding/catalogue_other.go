package finding

var otherTokens = []Entry{
	{
		ID: AWSIAMTokenExpired, Severity: Error, Group: "Other tokens",
		Title: "the AWS IAM token is past its 15 minutes",
	},
	{
		ID: OpaqueToken, Severity: Info, Group: "Other tokens",
		Title: "only the server can say whose this token is",
	},
}
