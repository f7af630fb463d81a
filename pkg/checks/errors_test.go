package checks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// neighbours has the finding that is most easily confused with each error; empty if that is a credential without a
// fault.
var neighbours = map[finding.ID]finding.ID{
	finding.NoCredential:              finding.EmptyBearerToken,
	finding.EmptyBearerToken:          finding.NoCredential,
	finding.TokenHasWhitespace:        "", // white space that is trimmed: a valid token
	finding.TokenHasControlCharacters: finding.TokenHasWhitespace,
	finding.TokenBase64Wrapped:        finding.MalformedJWT,
	finding.AuthorizationSchemePasted: finding.TokenHasWhitespace,
	finding.TokenTruncated:            finding.SignatureInvalid,
	finding.TokenPadded:               finding.MalformedJWT,
	finding.MalformedJWT:              finding.TokenTruncated,
	finding.EncryptedToken:            "", // three parts
	finding.BasicAuthUnsupported:      "", // a proxy that accepts them
	finding.AuthProviderRemoved:       finding.ExecPluginNotFound,
	finding.ExecPluginNotFound:        finding.ExecPluginFailed,
	finding.ExecPluginFailed:          finding.ExecPluginNotFound,
	finding.ExecPluginVersionMismatch: finding.ExecPluginNoCredential,
	finding.ExecPluginNoCredential:    finding.ExecPluginFailed,
	finding.CertificateWithoutKey:     "", // both the certificate and the key
	finding.KubeconfigInvalid:         finding.NoCredential,
	finding.AuthProviderFailed:        finding.AuthProviderRemoved,
	finding.ExecPluginNeedsTerminal:   finding.ExecPluginFailed,
	finding.ExecPluginNotAllowed:      finding.ExecPluginNotFound,
	finding.LoginFailed:               finding.ExecPluginFailed,
	finding.ClientCertificateUnusable: finding.NoCredential,
	finding.TokenFileUnreadable:       finding.ExecPluginNoCredential,
	finding.PlainHTTPServer:           finding.NoCredential,

	finding.TokenExpired:           finding.TokenNotYetValid,
	finding.TokenNotYetValid:       finding.TokenIssuedInFuture,
	finding.TokenIssuedInFuture:    finding.TokenNotYetValid,
	finding.CertificateExpired:     finding.CertificateNotYetValid,
	finding.CertificateNotYetValid: finding.CertificateExpired,

	finding.IssuerNotTrusted:     finding.TokenPadded,
	finding.SigningKeyUnknown:    finding.SignatureInvalid,
	finding.SignatureInvalid:     finding.SigningKeyUnknown,
	finding.AlgorithmNotAccepted: finding.SignatureInvalid,
	finding.AudienceMismatch:     finding.OIDCAccessToken,

	finding.ServiceAccountDeleted:     finding.ServiceAccountRecreated,
	finding.ServiceAccountRecreated:   finding.ServiceAccountDeleted,
	finding.ServiceAccountTerminating: finding.ServiceAccountDeleted,
	finding.BoundPodDeleted:           finding.BoundPodRecreated,
	finding.BoundPodRecreated:         finding.BoundPodDeleted,
	finding.BoundPodTerminating:       finding.BoundPodDeleted,
	finding.BoundSecretDeleted:        finding.BoundSecretRecreated,
	finding.BoundSecretRecreated:      finding.BoundSecretDeleted,
	finding.BoundNodeDeleted:          finding.BoundNodeRecreated,
	finding.BoundNodeRecreated:        finding.BoundNodeDeleted,
	finding.BoundObjectGone:           finding.BoundPodDeleted,
	finding.LegacyTokenSecretDeleted:  finding.LegacyTokenReplaced,
	finding.LegacyTokenReplaced:       finding.LegacyTokenSecretDeleted,
	finding.LegacyTokenMarkedInvalid:  finding.LegacyTokenReplaced,

	finding.BootstrapTokensDisabled:            finding.BootstrapTokenNotFound,
	finding.BootstrapTokenNotFound:             finding.BootstrapTokenSecretMismatch,
	finding.BootstrapTokenExpired:              finding.BootstrapTokenNotFound,
	finding.BootstrapTokenSecretMismatch:       finding.BootstrapTokenExpired,
	finding.BootstrapTokenNotForAuthentication: finding.BootstrapTokensDisabled,
	finding.ClientCANotTrusted:                 finding.ClientCARebuilt,
	finding.ClientCARebuilt:                    finding.ClientCANotTrusted,
	finding.CertificateKeyUsage:                "", // no extended key usages: any usage
	finding.CertificateWithoutCommonName:       "", // a name
	finding.ClientCertificateNotRequested:      finding.APIServerUnreachable,
	finding.ServerCertificateUntrusted:         finding.ServerCertificateNameMismatch,
	finding.ServerCertificateNameMismatch:      finding.ServerCertificateUntrusted,
	finding.ServerCertificateExpired:           finding.ServerCertificateUntrusted,

	finding.OIDCNotInitialized:        finding.OIDCAccessToken,
	finding.OIDCAccessToken:           finding.AudienceMismatch,
	finding.OIDCUsernameClaimMissing:  finding.OIDCClaimMappingFailed,
	finding.OIDCGroupsClaimInvalid:    finding.OIDCUsernameClaimMissing,
	finding.OIDCEmailNotVerified:      finding.OIDCUsernameClaimMissing,
	finding.OIDCRequiredClaim:         finding.OIDCClaimValidationFailed,
	finding.OIDCClaimValidationFailed: finding.OIDCUserValidationFailed,
	finding.OIDCUserValidationFailed:  finding.OIDCClaimValidationFailed,
	finding.OIDCClaimMappingFailed:    finding.OIDCUsernameClaimMissing,

	finding.AnonymousRequest:           finding.AuthorizationDenied,
	finding.CredentialRejected:         finding.BootstrapTokenNotFound,
	finding.CredentialStripped:         finding.AnonymousRequest,
	finding.IdentitySuppliedOnTheWay:   "", // its own identity
	finding.AggregatedAPIRefused:       finding.AuthorizationDenied,
	finding.AnswerNotFromAPIServer:     finding.CredentialRejected,
	finding.APIServerUnreachable:       finding.ServerCertificateUntrusted,
	finding.APIServerError:             finding.CredentialRejected,
	finding.ReplicasDisagree:           finding.TokenExpired,
	finding.WebhookAuthenticatorFailed: finding.WebhookRejected,
	finding.WebhookRejected:            finding.WebhookAuthenticatorFailed,
	finding.AWSIAMTokenExpired:         finding.CredentialRejected,
	finding.InputNotGiven:              finding.TokenExpired,

	finding.KubeletCertificateUntrusted:      finding.ServerCertificateUntrusted,
	finding.KubeletCertificateNameMismatch:   finding.ServerCertificateNameMismatch,
	finding.KubeletCertificateExpired:        finding.ServerCertificateExpired,
	finding.KubeletServingCertificateMissing: finding.APIServerUnreachable,
	finding.WebhookCertificateRejected:       finding.ServerCertificateUntrusted,
	finding.AggregatedAPICertificateRejected: finding.ServerCertificateUntrusted,
	finding.EtcdCertificateRejected:          finding.ServerCertificateUntrusted,
	finding.IssuerCertificateRejected:        finding.ServerCertificateUntrusted,
	finding.OtherServerCertificateRejected:   finding.ServerCertificateUntrusted,
	finding.OtherServerUnreachable:           finding.APIServerUnreachable,
	finding.ServerCertificateRejected:        finding.ServerCertificateUntrusted,
	finding.FrontProxyCertificateUntrusted:   finding.ClientCARebuilt,
	finding.FrontProxyNameNotAllowed:         finding.ClientCANotTrusted,
	finding.FrontProxyNotConfigured:          finding.AuthorizationDenied,
	finding.FrontProxyHeadersIgnored:         finding.AnonymousRequest,

	finding.ClusterCAMismatch:           finding.ServerCertificateUntrusted,
	finding.NodePasswordRejected:        finding.CredentialRejected,
	finding.AuthenticationConfigInvalid: finding.KubeconfigInvalid,
}

// ofIssuers are the errors that discover and verify report. TestEachErrorOfAnIssuer of pkg/keyset checks them in
// the same way.
var ofIssuers = []finding.ID{
	finding.KeySetInvalid, finding.DiscoveryDisabled, finding.DiscoveryForbidden, finding.DiscoveryUnreachable,
	finding.DiscoveryIssuerMismatch, finding.JWKSUnreachable,
}

// ofServices are the groups of findings that serve and call report.
var ofServices = []string{"Decisions of serve", "Answers to call"}

// judged is a case with its diagnosis.
type judged struct {
	cause    finding.ID
	findings []finding.Finding
	// could are the findings that could have been reported: those of the checks that applied, or of all pasted
	// errors.
	could map[finding.ID]bool
}

func (j judged) finds(id finding.ID) bool {
	return slices.ContainsFunc(j.findings, func(f finding.Finding) bool { return f.ID == id && f.Explains() })
}

func judgeAll() []judged {
	var out []judged
	judge := func(given *evidence.Evidence) {
		d := diagnosed(given)
		j := judged{d.Cause, d.Findings, map[finding.ID]bool{finding.InputNotGiven: given.Simulated}}
		for _, o := range d.Outcomes {
			for _, id := range o.Check.Finds {
				j.could[id] = j.could[id] || o.Result.Status != diagnose.NotApplicable
			}
		}
		out = append(out, j)
	}
	for _, c := range checkCases {
		judge(c.given)
	}
	for _, c := range causeCases {
		judge(c.given)
	}
	texts := map[finding.ID]bool{}
	for _, c := range pastedtest.Errors {
		texts[c.Cause] = true
		if d, ok := pasted.FromText(c.Text); ok {
			out = append(out, judged{d.Cause, d.Findings, texts})
		}
	}
	return out
}

// Each error is the cause in one case. In another case, a similar finding is true instead: a check that could
// report the error ran and did not report it.
func TestEachErrorIsACauseAndIsNot(t *testing.T) {
	cases := judgeAll()
	inScenarios := causesInScenarios(t)
	seen := 0
	for _, e := range finding.Catalogue {
		// The tests of pkg/serve and pkg/call are about their own findings.
		if e.Severity != finding.Error || slices.Contains(ofIssuers, e.ID) || slices.Contains(ofServices, e.Group) {
			continue
		}
		seen++
		neighbour, named := neighbours[e.ID]
		if !named {
			t.Errorf("%s: say what is easily taken for it", e.ID)
			continue
		}
		if neighbour == e.ID {
			t.Errorf("%s is no neighbour of its own", e.ID)
		}
		cause, near := inScenarios[e.ID], false
		for _, c := range cases {
			cause = cause || c.cause == e.ID
			near = near || c.could[e.ID] && c.cause == neighbour && !c.finds(e.ID)
		}
		if !cause {
			t.Errorf("no case has %s as its cause", e.ID)
		}
		if !near {
			t.Errorf("no case has %q as its cause where %s could be reported, and is not", neighbour, e.ID)
		}
	}
	if want := len(neighbours); seen != want || seen == 0 {
		t.Errorf("the catalogue has %d errors for explain, and %d are named here", seen, want)
	}
}

// causesInScenarios are the findings that a scenario in the lab expects as its cause.
func causesInScenarios(t *testing.T) map[finding.ID]bool {
	t.Helper()
	files, err := filepath.Glob("../../testdata/scenarios*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	out := map[finding.ID]bool{}
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(script)) {
			if words := strings.Fields(line); len(words) > 3 && words[0] == "explain" {
				out[finding.ID(words[3])] = true
			}
		}
	}
	return out
}
