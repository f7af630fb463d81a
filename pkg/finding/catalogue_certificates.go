package finding

var bootstrapAndCertificates = []Entry{
	{
		ID: BootstrapTokensDisabled, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the API server takes no bootstrap tokens",
	},
	{
		ID: BootstrapTokenNotFound, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "no Secret belongs to the bootstrap token",
	},
	{
		ID: BootstrapTokenExpired, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the bootstrap token has expired",
	},
	{
		ID: BootstrapTokenSecretMismatch, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the secret half of the bootstrap token is wrong",
	},
	{
		ID: BootstrapTokenNotForAuthentication, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the bootstrap token may not be used to authenticate",
	},
	{
		ID: ClientCANotTrusted, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the API server does not trust the certificate's issuer",
	},
	{
		ID: ClientCARebuilt, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the certificate is from before the cluster was rebuilt",
	},
	{
		ID: CertificateKeyUsage, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the certificate is not meant for clients",
	},
	{
		ID: CertificateWithoutCommonName, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the client certificate names no user",
	},
	{
		ID: ClientCertificateNotRequested, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the server asks for no client certificate",
	},
	{
		ID: ServerCertificateUntrusted, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the client does not trust the server's certificate",
	},
	{
		ID: ServerCertificateNameMismatch, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the server's certificate is for another name",
	},
	{
		ID: ServerCertificateExpired, Severity: Error, Group: "Bootstrap tokens, client certificates",
		Title: "the server's certificate has expired or is not yet valid",
	},
}
