package checks

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// wildCase is a public thread about a failure, and the test of its solution: a pasted error (a case of
// pastedtest), a scenario in the lab, or a test elsewhere.
type wildCase struct {
	thread string
	// saw is the symptom.
	saw string
	// ends is the finding that solves the thread.
	ends finding.ID
	// by is "text NAME", "scenario NAME" or "test FILE FUNCTION".
	by string
}

// wild are real failures of users, grouped by subject.
var wild = []wildCase{
	// ServiceAccount tokens.
	{"vault-plugin-auth-kubernetes#121", "a token whose ServiceAccount or Pod is gone", finding.BoundObjectGone, "text 1 vault-plugin-auth-kubernetes#121"},
	{"kubernetes#106049", "a ServiceAccount that was created again", finding.ServiceAccountRecreated, "scenario legacy-token-service-account-recreated"},
	{"kubernetes#132802", "a Pod that goes on with the token of the ServiceAccount before", finding.ServiceAccountRecreated, "scenario service-account-recreated"},
	{"kubernetes#77651", "a client that read its token once", finding.TokenExpired, "scenario token-expired"},
	{"pomerium#2722", "a client that will fail when the year of grace is over", finding.TokenStale, "scenario token-stale"},
	{"k3s#7198", "expired tokens in the log of the API server", finding.TokenExpired, "text 3 k3s#7198"},
	{"kubernetes#116481", "a token file that nobody renews any more", finding.TokenFileStale, "scenario token-file-stale"},
	{"kubernetes#138689", "a token file that stayed behind after a restart", finding.TokenFileStale, "scenario token-file-stale"},
	{"kubernetes#110035", "refused now and then: control planes with different keys", finding.ReplicasDisagree, "scenario replicas-disagree"},
	{"kubernetes#35849", "a key that this server does not have", finding.SigningKeyUnknown, "scenario signing-key-unknown"},
	{"kubernetes#43793", "asking each server by hand", finding.ReplicasDisagree, "scenario replicas-disagree-on-keys"},
	{"kubernetes#120682", "a Secret's token that the clean-up has marked", finding.LegacyTokenMarkedInvalid, "scenario legacy-token-marked-invalid"},
	{"vault-plugin-auth-jwt#206", "a token for another audience", finding.AudienceMismatch, "scenario audience-mismatch"},
	{"vault#15430", "Vault's own token is dead", finding.CredentialRejected, "text 8 vault#15430"},
	{"vault#11953", "Vault's own token is dead, after an upgrade", finding.CredentialRejected, "text 8 vault#11953"},
	{"argocd-vault-plugin#102", "a reviewer without the right to review", finding.ReviewNotPermitted, "text 9 argocd-vault-plugin#102"},
	{"stratus-red-team#163", "a year asked for, and a day granted", "", "test ../cmd/mint_test.go TestMintSaysWhatWasGranted"},
	{"azure-workload-identity known issues", "a token file that the container's user may not read", finding.TokenFileUnreadable, "text 11 azwi known issues"},
	{"kubernetes#139046", "a node that asks for an audience no Pod names", finding.AuthorizationDenied, "text 12 kubernetes#139046"},
	{"kubernetes#130485", "a driver's audience that is in no Pod's spec", finding.AuthorizationDenied, "text 12 kubernetes#130485"},

	// Malformed or never sent.
	{"kubernetes#58291", "a variable that holds no token", finding.EmptyBearerToken, "scenario empty-bearer-token"},
	{"client-go#542", "no credential at all", finding.NoCredential, "scenario no-credential"},
	{"a space too many", "two spaces after Bearer", finding.TokenHasWhitespace, "scenario token-leading-space-in-kubeconfig"},
	{"kubernetes#52919", "a line break behind the token", finding.TokenHasWhitespace, "scenario token-line-break-in-kubeconfig"},
	{"cluster-template#585", "a Secret's data, not decoded", finding.TokenBase64Wrapped, "scenario token-base64-wrapped"},
	{"kubectl#744", "a server that is spoken to in plain HTTP", finding.PlainHTTPServer, "scenario plain-http-server"},
	{"kubectl#1657", "--token beside a client certificate", finding.TokenShadowedByClientCertificate, "scenario token-shadowed-by-client-certificate"},
	{"kubernetes#29819", "a server's certificate, used as a client's", finding.CertificateKeyUsage, "scenario certificate-key-usage"},
	{"kubeadm#2852", "a client certificate that is over", finding.CertificateExpired, "scenario certificate-expired"},
	{"kubernetes#48378", "a kubeconfig of the cluster before it was rebuilt", finding.ClientCARebuilt, "scenario client-ca-rebuilt"},
	{"kubelogin#1049", "an exec plugin of another version", finding.ExecPluginVersionMismatch, "scenario exec-plugin-version-mismatch"},
	{"runner-images#6778", "an exec plugin that is not installed", finding.ExecPluginNotFound, "scenario exec-plugin-not-found"},

	// OIDC.
	{"kubernetes#136887", "an email that nobody verified", finding.OIDCEmailNotVerified, "scenario oidc-email-not-verified"},
	{"vcluster#3930", "the same, and only the log says so", finding.OIDCEmailNotVerified, "text 24 vcluster#3930"},
	{"headlamp#670", "an ID token for another client", finding.AudienceMismatch, "scenario oidc-wrong-audience"},
	{"oauth2-proxy#1617", "Keycloak's audience account", finding.AudienceMismatch, "text 25 oauth2-proxy#1617"},
	{"k3s#5278", "an issuer that the API server cannot read", finding.OIDCNotInitialized, "text 26 k3s#5278"},
	{"kubelogin#1210", "an algorithm that is not asked for", finding.AlgorithmNotAccepted, "text 27 kubelogin#1210"},
	{"oauth2-proxy#2668", "an issuer with a slash too many", finding.IssuerNotTrusted, "text 28 oauth2-proxy#2668"},
	{"kubernetes#115954", "no groups, as none are mapped", finding.OIDCGroupsMissing, "scenario oidc-groups-missing"},
	{"kubelogin#114", "a prefix that is there twice", finding.OIDCPrefixMistaken, "scenario oidc-prefix-twice"},
	{"kubernetes#97741", "quotes in a prefix", finding.OIDCPrefixMistaken, "scenario oidc-prefix-in-quotes"},
	{"kubernetes#65785", "401 just after the API server's start", finding.OIDCNotInitialized, "text 30 kubernetes#65785"},

	// Discovery and federation.
	{"containers-roadmap#2234", "keys at a private host", finding.JWKSURIPrivate, "test ../keyset/discovery_test.go TestParseDiscovery"},
	{"helm-charts#11695", "keys at the address of a Pod", finding.JWKSURIPrivate, "test ../keyset/discovery_test.go TestParseDiscovery"},
	{"keys forbidden to anonymous", "keys that only ServiceAccounts may read", finding.AnonymousRequest, "text 32 JWKS refused to anonymous"},
	{"aws-load-balancer-controller#1226", "an issuer that AWS does not know", finding.IssuerNotTrusted, "text 33 aws-load-balancer-controller#1226"},
	{"amazon-eks-irsa-cfn#18", "an audience with a typing error", finding.AudienceMismatch, "text 33 amazon-eks-irsa-cfn#18"},
	{"azure-workload-identity AADSTS70021", "an issuer with a slash too many, at Azure", finding.AnswerNotFromAPIServer, "text 34 azwi AADSTS70021"},
	{"azure-workload-identity AADSTS90061", "an issuer that Azure does not reach", finding.DiscoveryUnreachable, "text 34 azwi AADSTS90061"},
	{"rancher#26121", "Rancher's token, after its sixteen hours", finding.OpaqueToken, "scenario opaque-token-rejected"},
	{"rancher#57218", "a webhook that answers 401 for a refusal", finding.WebhookAuthenticatorFailed, "text 35 rancher#57218"},
	{"kubeadm#668", "a bootstrap token that is over", finding.BootstrapTokenNotFound, "text 36 kubeadm#668"},
}

// The solution of a thread is tested: a pasted error here, and a scenario in the lab. This test checks that the
// scenario exists and expects the finding.
func TestInTheWild(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range wild {
		t.Run(w.thread, func(t *testing.T) {
			if seen[w.thread] {
				t.Error("the thread is here twice")
			}
			seen[w.thread] = true
			kind, name, _ := strings.Cut(w.by, " ")
			switch kind {
			case "text":
				i := slices.IndexFunc(pastedtest.Errors, func(c pastedtest.Error) bool { return c.Name == name })
				if i < 0 {
					t.Fatalf("there is no pasted error %q", name)
				}
				d, ok := pasted.FromText(pastedtest.Errors[i].Text)
				if !ok || d.Cause != w.ends || len(d.Findings[0].Remedy) == 0 {
					t.Errorf("%s: it says %+v, want %s and what to do", w.saw, d, w.ends)
				}
			case "scenario":
				script, err := os.ReadFile("../../testdata/scenarios/" + name + ".txt")
				if os.IsNotExist(err) {
					script, err = os.ReadFile("../../testdata/scenarios-strict/" + name + ".txt")
				}
				if err != nil {
					t.Fatal(err)
				}
				if w.ends != "" && !expects(string(script), w.ends) {
					t.Errorf("%s: the scenario does not expect %s", w.saw, w.ends)
				}
			case "test":
				file, function, _ := strings.Cut(name, " ")
				code, err := os.ReadFile(file)
				if err != nil || !strings.Contains(string(code), "\nfunc "+function+"(") {
					t.Errorf("there is no %s in %s: %v", function, file, err)
				}
			default:
				t.Errorf("by %q", w.by)
			}
		})
	}
	if len(seen) == 0 {
		t.Error("nothing is here")
	}
}

// expects reports whether a scenario expects explain to report a finding.
func expects(script string, id finding.ID) bool {
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) > 2 && (words[0] == "explain" || words[0] == "finds") && slices.Contains(words[2:], string(id)) {
			return true
		}
	}
	return false
}
