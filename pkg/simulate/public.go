package simulate

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apiserver/pkg/apis/apiserver"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// publicIssuer is an issuer that issues tokens to anyone who registers there.
type publicIssuer struct {
	// host and path identify the issuer; an empty path stands for none.
	host, path string
	// who can request a token.
	who finding.Text
	// audience says who chooses the audience of a token.
	audience finding.Text
	// restrict is the claim to restrict, with an example.
	restrict finding.Text
	// stranger has the claims of a token that an unrelated account can request.
	stranger claims
}

var (
	chosenAudience = finding.T("each token request chooses the audience, so the audience keeps no one out")
	appAudience    = finding.T("any account can log in to an application that is not limited to an organization")
)

// publicIssuers are the issuers of services that anyone can join. The claims are those that each service documents.
var publicIssuers = []publicIssuer{
	{
		host: "accounts.google.com", who: finding.T("anyone with a Google account"), audience: appAudience,
		restrict: finding.T("the claim hd, for example `claims.?hd.orValue(\"\") == \"example.com\"`"),
		stranger: claims{"sub": "100000000000000000000", "email": "stranger@gmail.com", "email_verified": true, "name": "A Stranger", "given_name": "A", "family_name": "Stranger"},
	},
	{
		host: "token.actions.githubusercontent.com", who: finding.T("any workflow of any GitHub repository"), audience: chosenAudience,
		restrict: finding.T("the claims repository_owner_id and repository_id, or repository, for example `claims.repository == \"OWNER/REPOSITORY\"`"),
		stranger: claims{
			"sub": "repo:stranger/fork:ref:refs/heads/main", "repository": "stranger/fork", "repository_owner": "stranger", "repository_id": "1", "repository_owner_id": "2",
			"actor": "stranger", "actor_id": "2", "workflow": "deploy", "workflow_ref": "stranger/fork/.github/workflows/deploy.yml@refs/heads/main", "job_workflow_ref": "stranger/fork/.github/workflows/deploy.yml@refs/heads/main",
			"ref": "refs/heads/main", "ref_type": "branch", "ref_protected": "true", "event_name": "push", "base_ref": "", "head_ref": "", "environment": "production",
			"repository_visibility": "public", "runner_environment": "github-hosted", "run_id": "1", "run_number": "1", "run_attempt": "1", "sha": "0000000000000000000000000000000000000000", "enterprise": "",
		},
	},
	{
		host: "gitlab.com", who: finding.T("any job of any GitLab.com project, and anyone with a GitLab.com account"), audience: chosenAudience,
		restrict: finding.T("the claim namespace_path or project_path, for example `claims.namespace_path == \"GROUP\"`"),
		stranger: claims{
			"sub": "project_path:stranger/fork:ref_type:branch:ref:main", "namespace_id": "1", "namespace_path": "stranger", "project_id": "2", "project_path": "stranger/fork",
			"user_id": "3", "user_login": "stranger", "user_email": "stranger@example.org", "user_access_level": "owner", "user_identities": []any{}, "pipeline_id": "4", "pipeline_source": "push", "job_id": "5",
			"ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true", "runner_environment": "gitlab-hosted", "project_visibility": "public",
			"ci_config_ref_uri": "gitlab.com/stranger/fork//.gitlab-ci.yml@refs/heads/main", "environment": "production", "environment_protected": "true", "deployment_tier": "production",
			"groups_direct": []any{"stranger"}, "groups": []any{"stranger"}, "email": "stranger@example.org", "email_verified": true, "name": "A Stranger", "nickname": "stranger", "preferred_username": "stranger", "profile": "https://gitlab.com/stranger",
		},
	},
	{
		host: "login.microsoftonline.com", path: "/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", who: finding.T("anyone with a personal Microsoft account"), audience: appAudience,
		restrict: finding.T("the claim oid, or use the issuer of your own tenant"),
		stranger: claims{"sub": "AAAA", "oid": "00000000-0000-0000-0000-000000000001", "tid": "9188040d-6c67-4c5b-b112-36a304b66dad", "email": "stranger@outlook.com", "preferred_username": "stranger@outlook.com", "name": "A Stranger", "ver": "2.0"},
	},
	{
		host: "appleid.apple.com", who: finding.T("anyone with an Apple account"), audience: appAudience,
		restrict: finding.T("the claim sub or email"),
		stranger: claims{"sub": "000000.0.0000", "email": "stranger@icloud.com", "email_verified": true},
	},
	{
		host: "oauth2.sigstore.dev", path: "/auth", who: finding.T("anyone with a GitHub, Google or Microsoft account"), audience: appAudience,
		restrict: finding.T("the claims email and federated_claims"),
		stranger: claims{"sub": "stranger", "email": "stranger@example.org", "email_verified": true, "federated_claims": map[string]any{"connector_id": "https://github.com/login/oauth", "user_id": "1"}},
	},
	{
		host: "www.facebook.com", who: finding.T("anyone with a Facebook account"), audience: appAudience,
		restrict: finding.T("the claim sub or email"), stranger: claims{"sub": "1", "email": "stranger@example.org", "name": "A Stranger"},
	},
	{
		host: "agent.buildkite.com", who: finding.T("any job of any Buildkite organization"), audience: chosenAudience,
		restrict: finding.T("the claim organization_slug or organization_id"),
		stranger: claims{"sub": "organization:stranger:pipeline:deploy:ref:refs/heads/main:commit:0:step:deploy", "organization_slug": "stranger", "organization_id": "1", "pipeline_slug": "deploy", "pipeline_id": "2", "build_branch": "main", "build_number": 1, "step_key": "deploy", "job_id": "3"},
	},
	{
		host: "app.terraform.io", who: finding.T("any run of any HCP Terraform organization"), audience: chosenAudience,
		restrict: finding.T("the claim terraform_organization_name"),
		stranger: claims{
			"sub": "organization:stranger:project:default:workspace:deploy:run_phase:apply", "terraform_organization_name": "stranger", "terraform_organization_id": "org-1", "terraform_project_name": "default",
			"terraform_workspace_name": "deploy", "terraform_workspace_id": "ws-1", "terraform_run_phase": "apply", "terraform_full_workspace": "organization:stranger:project:default:workspace:deploy",
		},
	},
	{
		host: "vstoken.dev.azure.com", who: finding.T("any pipeline of that Azure DevOps organization"), audience: chosenAudience,
		restrict: finding.T("the claim sub"), stranger: claims{"sub": "sc://stranger/project/connection"},
	},
	{
		host: "api.bitbucket.org", who: finding.T("any pipeline of that Bitbucket workspace"), audience: finding.T("the audience names the workspace"),
		restrict: finding.T("the claim repositoryUuid"), stranger: claims{"sub": "{0}:{1}", "repositoryUuid": "{0}", "workspaceUuid": "{2}", "branchName": "main"},
	},
}

// publicIssuerOf returns the entry of an issuer, or nil.
func publicIssuerOf(issuer string) *publicIssuer {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(publicIssuers, func(p publicIssuer) bool {
		return strings.EqualFold(u.Host, p.host) && (strings.TrimSuffix(u.Path, "/") == p.path || p.path == "" && slices.Contains(ofTenants, p.host))
	})
	if i < 0 {
		return nil
	}
	return &publicIssuers[i]
}

// ofTenants are hosts whose issuers have a path for each customer.
var ofTenants = []string{"vstoken.dev.azure.com", "api.bitbucket.org"}

// open is about a public issuer whose unrelated accounts the configuration accepts.
func (s *Server) open(j *apiserver.JWTAuthenticator) *finding.Finding {
	known := publicIssuerOf(j.Issuer.URL)
	if known == nil {
		return nil
	}
	p := &prober{s, *j}
	c := claims(maps.Clone(map[string]any(known.stranger)))
	u, why := p.authenticate(c)
	if why != "" {
		return nil
	}
	f := warn(finding.IssuerOpenToAll, finding.T("%s can request a token that the API server accepts from %s: the claims of a stranger are mapped to %q. %s",
		known.who, finding.Issuer.Of(j.Issuer.URL), finding.User.Of(u.GetName()), known.audience.Capital()))
	fixed := f.FixBy(finding.T("Add a claim validation rule about %s.", known.restrict), finding.Command{})
	return &fixed
}

// publicClient is an audience whose tokens others than the cluster's users have.
type publicClient struct {
	audience string
	// of is the program or service to which the audience belongs.
	of finding.Text
}

// publicClients are client IDs and audiences that their owners publish. Any program can log users in as such a client, and
// tokens for such an audience are sent to other parties.
var publicClients = []publicClient{
	{"04b07795-8ddb-461a-bbee-02f9e1bf7b46", finding.T("the Azure CLI")},
	{"1950a258-227b-4e31-a9cf-717495945fc2", finding.T("Azure PowerShell")},
	{"aebc6443-996d-45c2-90f0-388ff96faa56", finding.T("Visual Studio Code")},
	{"872cd9fa-d31f-45e0-9eab-6e460a02d1f1", finding.T("Visual Studio")},
	{"80faf920-1908-4b52-b5ef-a8e7bedfc67a", finding.T("the client of AKS and kubelogin")},
	{"6dae42f8-4368-4678-94ff-3960e28e3630", finding.T("the AKS server, which all AKS clusters share")},
	{"00000003-0000-0000-c000-000000000000", finding.T("Microsoft Graph")},
	{"https://graph.microsoft.com", finding.T("Microsoft Graph")},
	{"00000002-0000-0000-c000-000000000000", finding.T("Azure AD Graph")},
	{"https://graph.windows.net", finding.T("Azure AD Graph")},
	{"https://management.azure.com", finding.T("Azure Resource Manager")},
	{"https://management.core.windows.net", finding.T("Azure Resource Manager")},
	{"api://AzureADTokenExchange", finding.T("Azure's token exchange")},
	{"32555940559.apps.googleusercontent.com", finding.T("the Google Cloud CLI")},
	{"764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com", finding.T("the Google Cloud CLI")},
	{"618104708054-9r9s1c4alg36erliucho9t52n32n6dgq.apps.googleusercontent.com", finding.T("the Google Cloud CLI")},
	{"407408718192.apps.googleusercontent.com", finding.T("Google's OAuth playground")},
	{"sts.amazonaws.com", finding.T("AWS STS")},
	{"sigstore", finding.T("Sigstore")},
	{"account", finding.T("Keycloak's account console, which access tokens of every client name")},
	{"admin-cli", finding.T("Keycloak's admin client")},
	{"security-admin-console", finding.T("Keycloak's admin console")},
	{"realm-management", finding.T("Keycloak's administration API")},
	{"api://default", finding.T("Okta's default authorization server, which access tokens of every application name")},
	{"example-app", finding.T("Dex's example client, whose secret is published")},
}

// publicAudience is about an audience that is not the cluster's own.
func publicAudience(j *apiserver.JWTAuthenticator) *finding.Finding {
	for _, a := range j.Issuer.Audiences {
		i := slices.IndexFunc(publicClients, func(c publicClient) bool { return strings.EqualFold(strings.TrimSuffix(a, "/"), c.audience) })
		if i >= 0 {
			return warn(finding.AudienceShared, finding.T("the audience %q of %s is that of %s. Tokens for it are issued to other programs, and anyone who receives one can use it at the API server", finding.Audience.Of(a), finding.Issuer.Of(j.Issuer.URL), publicClients[i].of))
		}
		if publicIssuerOf(j.Issuer.URL) != nil && strings.HasPrefix(a, "https://github.com/") && strings.HasPrefix(j.Issuer.URL, "https://token.actions.") {
			return warn(finding.AudienceShared, finding.T("the audience %q is the default of GitHub Actions. A token that a workflow requests for any party, without naming an audience, can be used at the API server", finding.Audience.Of(a)))
		}
	}
	return nil
}
