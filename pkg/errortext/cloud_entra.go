package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// entraCodes has the error codes of Microsoft Entra ID, by the reason that they have in common. The
// codes that are not here are about the directory, not about a credential.
//
// learn.microsoft.com/entra/identity-platform/reference-error-codes; azure-workload-identity's
// troubleshooting page and its issues 340, 605, 977, 1200; Azure/kubelogin#375, #199, #653.
var entraCodes = []struct {
	key   Key
	ids   []finding.ID
	codes []string
}{
	// A federated token: Entra ID verifies the token of a ServiceAccount. 70021 is about its issuer,
	// subject or audience; since 2023, each has a code of its own.
	{"entra-issuer", []finding.ID{finding.IssuerNotTrusted}, []string{"700211"}},
	{"entra-audience", []finding.ID{finding.AudienceMismatch}, []string{"700212"}},
	{"entra-subject", nil, []string{"700213"}},
	{"entra-federated", []finding.ID{finding.AnswerNotFromAPIServer, finding.IssuerNotTrusted, finding.AudienceMismatch}, []string{"70021", "700221", "700223"}},
	{"entra-issuer-unreachable", []finding.ID{finding.DiscoveryUnreachable}, []string{"90061", "50166", "501661"}},
	{"entra-assertion-times", []finding.ID{finding.AnswerNotFromAPIServer, finding.TokenExpired, finding.TokenNotYetValid}, []string{"700024", "500133", "5001256"}},
	{"entra-assertion-signature", []finding.ID{finding.AnswerNotFromAPIServer, finding.SigningKeyUnknown, finding.SignatureInvalid}, []string{"700027", "50013"}},
	{"entra-assertion-malformed", nil, []string{"50027", "5002723", "500137", "700222"}},

	// The application with its own secret or certificate.
	{"entra-secret-wrong", nil, []string{"7000215"}},
	{"entra-secret-expired", nil, []string{"7000222"}},
	{"entra-secret-missing", nil, []string{"7000218", "7000216"}},
	{"entra-application", nil, []string{"700016", "7000112", "700011", "70001"}},
	{"entra-tenant", nil, []string{"90002", "900023", "50059", "900021", "500212"}},
	{"entra-resource", nil, []string{"500011", "50001", "650057", "650052", "65002"}},
	{"entra-redirect", nil, []string{"50011", "500113", "9002325", "9002326", "9002327"}},

	// A user who logs in.
	{"entra-login-expired", nil, []string{"700082", "70043", "70044", "50173", "700084", "70008", "700081", "50132", "50133", "50078", "160021", "54005", "50089"}},
	{"entra-interaction", nil, []string{"50076", "50079", "50074", "50072", "50058", "16000", "16001", "50199", "50129", "50097", "50125", "50144"}},
	{"entra-conditional-access", nil, []string{"53003", "53000", "53001", "53002", "53004", "530031", "530032", "530033", "53011", "530003", "50005", "50158", "50131"}},
	{"entra-device-code", nil, []string{"70016", "70018", "70019", "70020", "50089001"}},
	{"entra-password", nil, []string{"50126", "50055", "50034", "50056", "50053", "50064"}},
	{"entra-user", nil, []string{"50020", "90072", "50105", "50057", "50177", "500341", "50143", "51004", "50178"}},
	{"entra-consent", nil, []string{"65001", "65004", "90094", "90093", "65005"}},
	{"entra-unavailable", nil, []string{"90033", "90006", "90024", "90038", "50196", "90055", "50000"}},
}

// entraLogin are the reasons that are only about the login of a user, or of an application with its
// own secret. The others may be about a federated token.
var entraLogin = []Key{
	"entra-secret-wrong", "entra-secret-expired", "entra-secret-missing", "entra-login-expired", "entra-interaction", "entra-conditional-access", "entra-device-code",
	"entra-password", "entra-user", "entra-consent",
}

// cloudAzure has the answers of Microsoft Entra ID, which begin with a code. Some programs print
// only the code.
func cloudAzure() []pattern {
	// What Entra ID read in a federated token. Newer texts have only the value that is wrong.
	const federated = `No matching federated identity record found for presented assertion`
	table := []pattern{
		{text: `AADSTS70021: ` + federated + `. Assertion Issuer: '{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: '{audience}'{error...}`,
			key: "entra-federated", ids: entraCodes[3].ids},
		{text: `AADSTS700211: ` + federated + ` issuer '{issuer}'{error...}`, key: "entra-issuer", ids: entraCodes[0].ids},
		{text: `AADSTS700212: ` + federated + ` audience '{audience}'{error...}`, key: "entra-audience", ids: entraCodes[1].ids},
		{text: `AADSTS700213: ` + federated + ` subject '{subject}'{error...}`, key: "entra-subject"},
	}
	var bare []pattern
	for _, c := range entraCodes {
		for _, code := range c.codes {
			table = append(table, pattern{text: `AADSTS` + code + `: {error...}`, key: c.key, ids: c.ids})
			bare = append(bare, pattern{text: `AADSTS` + code, key: c.key, ids: c.ids})
		}
	}
	table = append(table, pattern{text: `AADSTS{code:word}: {error...}`, key: "entra"})
	table = append(append(table, bare...), pattern{text: `No matching federated identity record found for presented assertion{error...}`, key: "entra-federated", ids: entraCodes[3].ids})
	for i := range table {
		table[i].stage, table[i].values = Service, entra
		if slices.Contains(entraLogin, table[i].key) {
			table[i].stage, table[i].ids = Plugin, []finding.ID{finding.LoginFailed}
		}
	}
	return table
}
