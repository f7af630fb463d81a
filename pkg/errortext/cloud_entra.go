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
	{"entra-federated", []finding.ID{finding.AnswerNotFromAPIServer, finding.IssuerNotTrusted, finding.AudienceMismatch}, []string{"70021", "700221", "700223", "700229"}},
	{"entra-issuer-unreachable", []finding.ID{finding.DiscoveryUnreachable}, []string{"90061", "50166", "501661"}},
	{"entra-assertion-times", []finding.ID{finding.AnswerNotFromAPIServer, finding.TokenExpired, finding.TokenNotYetValid}, []string{"700024", "500133", "5001256"}},
	{"entra-assertion-signature", []finding.ID{finding.AnswerNotFromAPIServer, finding.SigningKeyUnknown, finding.SignatureInvalid}, []string{"700027", "50013", "900384"}},
	{"entra-assertion-malformed", nil, []string{"50027", "5002723", "500137", "700222", "50048"}},

	// The application with its own secret or certificate. 50012 and 70002 are the codes of the first
	// version of the endpoint.
	{"entra-client-certificate", nil, []string{"50012", "700030", "50017", "700021"}},
	{"entra-secret-wrong", nil, []string{"7000215", "70002"}},
	{"entra-secret-expired", nil, []string{"7000222"}},
	{"entra-secret-missing", nil, []string{"7000218", "7000216"}},
	{"entra-public-client", nil, []string{"700025"}},
	{"entra-application", nil, []string{"700016", "7000112", "7000113", "7000114", "7000229", "700011", "70001", "500014", "1000031"}},
	{"entra-tenant", nil, []string{"90002", "900023", "50059", "50128", "50049", "900021", "900382", "900432", "50194", "90019", "90038", "90051", "90124", "90125", "90126", "90130", "9001023", "9002332"}},
	{"entra-tenant-policy", nil, []string{"500212", "500213", "500021", "500022", "50002"}},
	{"entra-resource", nil, []string{"500011", "50001", "5000111", "650057", "650052", "650054", "65002", "70011", "700022", "700023", "28002", "28003"}},
	{"entra-redirect", nil, []string{"50011", "500113", "70004", "900971", "9002325", "9002326", "9002327"}},

	// A user who logs in.
	{"entra-login-expired", nil, []string{"700082", "70043", "70044", "50173", "700084", "70008", "700081", "50132", "50133", "50078", "50139", "160021", "54005", "50089", "70000", "50085"}},
	{"entra-interaction", nil, []string{"50076", "50079", "50074", "50072", "50058", "16000", "16001", "50199", "50129", "50097", "50125", "500121", "50127", "50140", "50155", "50180", "51006", "700020", "135010", "135011"}},
	{"entra-conditional-access", nil, []string{"53003", "53000", "53001", "53002", "53004", "530031", "530032", "530033", "53010", "53011", "530003", "530034", "530035", "50005", "50158", "50131", "50187"}},
	{"entra-device-code", nil, []string{"70016", "70018", "70019", "70020", "50089001", "50134", "90119", "90120"}},
	{"entra-password", nil, []string{"50126", "50055", "50034", "50056", "50053", "50064", "50135", "50142", "50144"}},
	{"entra-on-premises", nil, []string{"80001", "80002", "80005", "80007", "80010", "80012", "80013", "80014", "81004", "81005", "81006", "81007", "81009", "81010", "81011", "81012", "20001", "20012", "40008", "40009", "40010", "40015", "50107"}},
	{"entra-user", nil, []string{"50020", "90072", "50105", "50057", "50177", "500341", "50143", "51004", "50178", "50014", "16003", "500208", "54000"}},
	{"entra-consent", nil, []string{"65001", "65004", "90094", "90093", "90095", "90008", "90099", "650056", "65005"}},
	{"entra-unavailable", nil, []string{"90033", "90006", "90012", "90024", "90036", "90090", "90091", "50196", "90055", "50000", "50033", "50087", "70012"}},
}

// entraLogin are the reasons that are only about the login of a user, or of an application with its
// own secret. The others may be about a federated token.
var entraLogin = []Key{
	"entra-secret-wrong", "entra-secret-expired", "entra-secret-missing", "entra-login-expired", "entra-interaction", "entra-conditional-access", "entra-device-code",
	"entra-password", "entra-user", "entra-consent", "entra-client-certificate", "entra-public-client", "entra-on-premises",
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
		// The code has several meanings.
		{text: `AADSTS50012: Invalid client secret is provided{error...}`, key: "entra-secret-wrong"},
		{text: `AADSTS700023: Client assertion {error...}`, key: "entra-client-certificate"},
		{text: `AADSTS70002: Error validating credentials. {error...}`, key: "entra-secret-wrong", wraps: true},
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
	// The login page shows these words, and the code only behind a link.
	page := program{name: entra["service"]}
	return slices.Concat(table, uncut(page.says("entra-conditional-access", `Your sign-in was successful but your admin requires {error...}`, `Your sign-in was successful but does not meet the criteria to access this resource{error...}`)))
}
