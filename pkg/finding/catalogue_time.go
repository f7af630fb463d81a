package finding

var times = []Entry{
	{
		ID: TokenExpired, Severity: Error, Group: "Time",
		Title: "the token has expired",
	},
	{
		ID: TokenNotYetValid, Severity: Error, Group: "Time",
		Title: "the token is not valid yet",
	},
	{
		ID: TokenIssuedInFuture, Severity: Error, Group: "Time",
		Title: "the token was issued in the future",
	},
	{
		ID: ClockSkew, Severity: Warning, Group: "Time",
		Title: "this machine's clock and the server's differ",
	},
	{
		ID: TokenExpiresSoon, Severity: Warning, Group: "Time",
		Title: "the token expires soon",
	},
	{
		ID: TokenNeverExpires, Severity: Warning, Group: "Time",
		Title: "the token never expires",
	},
	{
		ID: TokenStale, Severity: Warning, Group: "Time",
		Title: "the token should have been replaced already",
	},
	{
		ID: CertificateExpired, Severity: Error, Group: "Time",
		Title: "the client certificate has expired",
	},
	{
		ID: CertificateNotYetValid, Severity: Error, Group: "Time",
		Title: "the client certificate is not valid yet",
	},
	{
		ID: CertificateExpiresSoon, Severity: Warning, Group: "Time",
		Title: "the client certificate expires soon",
	},
}
