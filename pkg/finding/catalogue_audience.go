package finding

var audiences = []Entry{
	{
		ID: AudienceMismatch, Severity: Error, Group: "Audience",
		Title: "the token is for another audience",
	},
	{
		ID: AudienceMissing, Severity: Warning, Group: "Audience",
		Title: "the token names no audience",
	},
}
