package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

func TestScenarios(t *testing.T) {
	files, err := scenario.Files(filepath.Join(root, "testdata", "scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, runner.Params(files...))
}

// TestStrictScenarios runs the scenarios of a server that is configured otherwise: it serves nobody without a credential, takes
// no bootstrap tokens, and has rules for the tokens of its identity provider, which is the other lab's.
func TestStrictScenarios(t *testing.T) {
	files, err := scenario.Files(filepath.Join(root, "testdata", "scenarios-strict"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "authentication-config.yaml")
	if err := os.WriteFile(config, strictConfig(t), 0o600); err != nil {
		t.Fatal(err)
	}
	lab, err := scenario.Start(t.Context(), runner.Lab.Program, filepath.Join(dir, "lab"), progress{},
		"--apiserver-flag", "authentication-config="+config, "--apiserver-flag", "enable-bootstrap-token-auth=false")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Stop)
	strict := &scenario.Runner{Lab: lab, Plugin: runner.Plugin, Issuer: runner.Lab.Path("oidc")}
	testscript.Run(t, strict.Params(files...))
}

func strictConfig(t *testing.T) []byte {
	template, err := os.ReadFile(filepath.Join(root, "testdata", "scenarios-strict", "authentication-config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	url, err := runner.Lab.Read("oidc", "issuer-url")
	if err != nil {
		t.Fatal(err)
	}
	ca, err := runner.Lab.Read("oidc", "ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	config := strings.ReplaceAll(string(template), "url: ISSUER", "url: "+url)
	return []byte(strings.ReplaceAll(config, "      CA\n", "      "+strings.ReplaceAll(ca, "\n", "\n      ")+"\n"))
}

// settled are the findings that explain has to settle on evidence, each of which a scenario shows. (clock-skew needs a server
// with another clock and is in TestOnTheWay.)
var settled = strings.Fields(`
anonymous-request no-credential empty-bearer-token token-has-whitespace token-base64-wrapped authorization-scheme-pasted
token-truncated malformed-jwt token-padded encrypted-token basic-auth-unsupported
token-expired token-not-yet-valid token-issued-in-future token-stale token-expires-soon token-never-expires
issuer-not-trusted signing-key-unknown signature-invalid algorithm-not-accepted audience-mismatch audience-missing
service-account-deleted service-account-recreated bound-pod-deleted bound-pod-recreated bound-secret-deleted
bound-secret-recreated bound-node-deleted bound-node-recreated
legacy-token legacy-token-secret-deleted legacy-token-replaced legacy-token-marked-invalid
bootstrap-tokens-disabled bootstrap-token-not-found bootstrap-token-expired bootstrap-token-secret-mismatch
bootstrap-token-not-for-authentication
certificate-expired certificate-not-yet-valid certificate-expires-soon certificate-key-usage certificate-without-common-name
client-ca-not-trusted client-ca-rebuilt token-shadowed-by-client-certificate token-shadowed-by-token-file
plain-http-server server-certificate-untrusted server-certificate-name-mismatch
answer-may-be-cached review-not-permitted anonymous-access-enabled api-server-unreachable credential-rejected opaque-token
exec-plugin-not-found exec-plugin-failed exec-plugin-version-mismatch exec-plugin-no-credential exec-plugin-skipped
auth-provider-removed token-file-unreadable aws-iam-token-expired
oidc-username-claim-missing oidc-groups-claim-invalid oidc-email-not-verified oidc-required-claim
oidc-claim-validation-failed oidc-user-validation-failed oidc-claim-mapping-failed oidc-access-token
`)

// TestEachFindingHasItsScenario holds that no finding is merely claimed: in some scenario it is the cause, or found.
func TestEachFindingHasItsScenario(t *testing.T) {
	shown := map[string]bool{}
	for _, dir := range []string{"scenarios", "scenarios-strict"} {
		files, err := scenario.Files(filepath.Join(root, "testdata", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if _, _, err := scenario.Title(file); err != nil {
				t.Error(err)
			}
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(script)) {
				switch words := strings.Fields(line); {
				case len(words) > 3 && words[0] == "explain":
					shown[words[3]] = true
				case len(words) > 2 && words[0] == "finds":
					for _, id := range words[2:] {
						shown[id] = true
					}
				}
			}
		}
	}
	for _, id := range settled {
		if !shown[id] {
			t.Errorf("no scenario shows %s", id)
		}
	}
}
