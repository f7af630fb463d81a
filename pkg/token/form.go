package token

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Form is a documented form of opaque tokens.
type Form struct {
	// Prefix is the beginning that identifies the form.
	Prefix string
	// What names the token with its article, and Verifier is what can verify it.
	What, Verifier finding.Text
	// Accepted is which server accepts the token, as a clause; zero if none is known to do so.
	Accepted finding.Text
	// Reference documents the form.
	Reference string
}

// The documents that define the forms.
const (
	docGitHub    = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats"
	docGitLab    = "https://docs.gitlab.com/security/tokens/#token-prefixes"
	docGoogle    = "https://cloud.google.com/docs/authentication/token-types"
	docVault     = "https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes"
	docOpenShift = "https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/authentication_and_authorization/understanding-authentication"
	docRancher   = "https://ranchermanager.docs.rancher.com/reference-guides/user-settings/api-keys"
	docK3s       = "https://docs.k3s.io/cli/token"
	docSlack     = "https://docs.slack.dev/authentication/tokens"
	docTerraform = "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens"
	docAWS       = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes"
)

// forms are the documented forms of opaque tokens. A longer prefix stands before a shorter one.
var forms = sync.OnceValue(func() []Form {
	github, gitlab, vault := finding.T("GitHub"), finding.T("GitLab"), finding.T("Vault")
	google, slack, terraform := finding.T("Google"), finding.T("Slack"), finding.T("HCP Terraform")
	rancher := finding.T("the Rancher server accepts the token at its own address and forwards the request to the cluster")
	gke := finding.T("API servers of GKE accept the token")
	return []Form{
		{"github_pat_", finding.T("a fine-grained personal access token of GitHub"), github, finding.Text{}, docGitHub},
		{"ghp_", finding.T("a personal access token of GitHub"), github, finding.Text{}, docGitHub},
		{"gho_", finding.T("an OAuth access token of GitHub"), github, finding.Text{}, docGitHub},
		{"ghu_", finding.T("a user access token of a GitHub App"), github, finding.Text{}, docGitHub},
		{"ghs_", finding.T("an installation access token of a GitHub App, such as GITHUB_TOKEN"), github, finding.Text{}, docGitHub},
		{"ghr_", finding.T("a refresh token of a GitHub App"), github, finding.Text{}, docGitHub},
		{"glpat-", finding.T("a personal, project or group access token of GitLab"), gitlab, finding.Text{}, docGitLab},
		{"gloas-", finding.T("an OAuth application secret of GitLab"), gitlab, finding.Text{}, docGitLab},
		{"gldt-", finding.T("a deploy token of GitLab"), gitlab, finding.Text{}, docGitLab},
		{"glrt-", finding.T("a runner authentication token of GitLab"), gitlab, finding.Text{}, docGitLab},
		{"glcbt-", finding.T("a CI/CD job token of GitLab"), gitlab, finding.Text{}, docGitLab},
		{"glptt-", finding.T("a pipeline trigger token of GitLab"), gitlab, finding.Text{}, docGitLab},
		{"glft-", finding.T("a feed token of GitLab"), gitlab, finding.Text{}, docGitLab},
		{"glagent-", finding.T("a token of GitLab's agent for Kubernetes"), gitlab, finding.Text{}, docGitLab},
		{"ya29.", finding.T("an OAuth access token of Google"), google, gke, docGoogle},
		{"1//0", finding.T("an OAuth refresh token of Google"), google, finding.Text{}, docGoogle},
		{"GOCSPX-", finding.T("an OAuth client secret of Google"), google, finding.Text{}, docGoogle},
		{"AIza", finding.T("an API key of Google"), google, finding.Text{}, docGoogle},
		{"hvs.", finding.T("a service token of Vault"), vault, finding.Text{}, docVault},
		{"hvb.", finding.T("a batch token of Vault"), vault, finding.Text{}, docVault},
		{"hvr.", finding.T("a recovery token of Vault"), vault, finding.Text{}, docVault},
		{"sha256~", finding.T("an OAuth access token of OpenShift"), finding.T("the OpenShift cluster that issued it"), finding.T("the API server of the cluster that issued it accepts the token"), docOpenShift},
		{"kubeconfig-", finding.T("a kubeconfig token of Rancher"), finding.T("the Rancher server that issued it"), rancher, docRancher},
		{"token-", finding.T("an API key of Rancher"), finding.T("the Rancher server that issued it"), rancher, docRancher},
		{"K10", finding.T("a K3s or RKE2 token, which joins nodes to a cluster"), finding.T("a K3s or RKE2 server"), finding.Text{}, docK3s},
		{"xoxb-", finding.T("a bot token of Slack"), slack, finding.Text{}, docSlack},
		{"xoxp-", finding.T("a user token of Slack"), slack, finding.Text{}, docSlack},
		{"xoxe", finding.T("a token of Slack with rotation"), slack, finding.Text{}, docSlack},
		{"xoxa-", finding.T("a workspace token of Slack"), slack, finding.Text{}, docSlack},
		{"xapp-", finding.T("an app-level token of Slack"), slack, finding.Text{}, docSlack},
		{"dapi", finding.T("a personal access token of Databricks"), finding.T("Databricks"), finding.Text{}, "https://docs.databricks.com/aws/en/dev-tools/auth/pat"},
		{"dop_v1_", finding.T("a personal access token of DigitalOcean"), finding.T("DigitalOcean"), finding.Text{}, "https://docs.digitalocean.com/reference/api/create-personal-access-token/"},
		{"doo_v1_", finding.T("an OAuth access token of DigitalOcean"), finding.T("DigitalOcean"), finding.Text{}, "https://docs.digitalocean.com/reference/api/oauth/"},
		{"dor_v1_", finding.T("an OAuth refresh token of DigitalOcean"), finding.T("DigitalOcean"), finding.Text{}, "https://docs.digitalocean.com/reference/api/oauth/"},
		{"dckr_pat_", finding.T("a personal access token of Docker Hub"), finding.T("Docker Hub"), finding.Text{}, "https://docs.docker.com/security/for-developers/access-tokens/"},
		{"dckr_oat_", finding.T("an organization access token of Docker Hub"), finding.T("Docker Hub"), finding.Text{}, "https://docs.docker.com/security/for-admins/access-tokens/"},
		{"npm_", finding.T("an access token of npm"), finding.T("npm"), finding.Text{}, "https://docs.npmjs.com/about-access-tokens"},
		{"pypi-", finding.T("an API token of PyPI"), finding.T("PyPI"), finding.Text{}, "https://pypi.org/help/#apitoken"},
		{"glsa_", finding.T("a token of Grafana"), finding.T("Grafana"), finding.Text{}, "https://grafana.com/docs/grafana/latest/administration/service-accounts/"},
		{"glc_", finding.T("an access policy token of Grafana Cloud"), finding.T("Grafana Cloud"), finding.Text{}, "https://grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies/"},
		{"CCIPAT_", finding.T("a personal API token of CircleCI"), finding.T("CircleCI"), finding.Text{}, "https://circleci.com/docs/managing-api-tokens/"},
		{"CCIPRJ_", finding.T("a project API token of CircleCI"), finding.T("CircleCI"), finding.Text{}, "https://circleci.com/docs/managing-api-tokens/"},
		{"bkua_", finding.T("an API access token of Buildkite"), finding.T("Buildkite"), finding.Text{}, "https://buildkite.com/docs/apis/managing-api-tokens"},
		{"pul-", finding.T("an access token of Pulumi"), finding.T("Pulumi"), finding.Text{}, "https://www.pulumi.com/docs/administration/access-identity/access-tokens/"},
		{"tskey-", finding.T("a key of Tailscale"), finding.T("Tailscale"), finding.Text{}, "https://tailscale.com/kb/1277/key-prefixes"},
		{"atlasv1.", finding.T("an API token of HCP Terraform"), terraform, finding.Text{}, docTerraform},
		{"AKIA", finding.T("the access key ID of an IAM user, and not the key"), finding.T("AWS"), finding.Text{}, docAWS},
		{"ASIA", finding.T("the access key ID of a temporary AWS credential, and not the key"), finding.T("AWS"), finding.Text{}, docAWS},
	}
})

// remainders are what follows a short prefix, which other tokens may begin with too.
var remainders = sync.OnceValue(func() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"AIza":        regexp.MustCompile(`^[A-Za-z0-9_-]{35}$`),
		"1//0":        regexp.MustCompile(`^[A-Za-z0-9_-]{20,}$`),
		"kubeconfig-": regexp.MustCompile(`^[a-z0-9.-]+:[a-z0-9]{20,}$`),
		"token-":      regexp.MustCompile(`^[a-z0-9]+:[a-z0-9]{20,}$`),
		"K10":         regexp.MustCompile(`^[0-9a-f]{40,}::[^:]+`),
		"xoxe":        regexp.MustCompile(`^[.-]`),
		"dapi":        regexp.MustCompile(`^[0-9a-f]{32}(-\d+)?$`),
		"npm_":        regexp.MustCompile(`^[A-Za-z0-9]{36}$`),
		"glc_":        regexp.MustCompile(`^eyJ`),
		"pul-":        regexp.MustCompile(`^[0-9a-f]{40}$`),
		"AKIA":        regexp.MustCompile(`^[A-Z0-9]{16}$`),
		"ASIA":        regexp.MustCompile(`^[A-Z0-9]{16}$`),
	}
})

// Form returns the documented form of an opaque token. ok is false for other tokens.
func (t *Token) Form() (form Form, ok bool) {
	if t.Kind != KindOpaque {
		return Form{}, false
	}
	raw := t.Raw.Reveal()
	// A token of HCP Terraform has its prefix behind an ID of 14 characters.
	if id, rest, found := strings.Cut(raw, "."); found && len(id) == 14 && strings.HasPrefix(rest, "atlasv1.") {
		raw = rest
	}
	i := slices.IndexFunc(forms(), func(f Form) bool {
		rest, found := strings.CutPrefix(raw, f.Prefix)
		shape := remainders()[f.Prefix]
		return found && len(rest) > 0 && isOneWord(rest) && (shape == nil || shape.MatchString(rest))
	})
	if i < 0 {
		return Form{}, false
	}
	return forms()[i], true
}

func isOneWord(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return isBlank(r) || isControl(r) })
}
