package finding

var issuerKeySignature = []Entry{
	{
		ID: IssuerNotTrusted, Severity: Error, Group: "Issuer, key, signature",
		Title: "the API server does not know the token's issuer",
	},
	{
		ID: SigningKeyUnknown, Severity: Error, Group: "Issuer, key, signature",
		Title: "no known key signed the token",
	},
	{
		ID: SignatureInvalid, Severity: Error, Group: "Issuer, key, signature",
		Title: "the signature does not match the token",
	},
	{
		ID: AlgorithmNotAccepted, Severity: Error, Group: "Issuer, key, signature",
		Title: "the signature algorithm is not accepted",
	},
	{
		ID: WeakKey, Severity: Warning, Group: "Issuer, key, signature",
		Title: "the key is weak",
	},
	{
		ID: KeySetInvalid, Severity: Error, Group: "Issuer, key, signature",
		Title: "the key set cannot be used",
	},
	{
		ID: KeySetDuplicateKid, Severity: Warning, Group: "Issuer, key, signature",
		Title: "two keys of the set share a key ID",
	},
}
