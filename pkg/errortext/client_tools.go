package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// clientTools has the messages of servers with logins of their own, through which clients reach a
// cluster or its applications: Argo CD and GitLab's agent server.
//
// argoproj/argo-cd server/server.go, util/session/sessionmanager.go; gitlab-agent
// internal/module/kubernetes_api/server/proxy.go.
func clientTools() []pattern {
	argo, kas := service("Argo CD"), service("GitLab's agent server")
	session := `code = Unauthenticated desc = invalid session: `
	rejected := only(finding.CredentialRejected)
	return allOf(
		answers(argo, "argocd-session-expired", only(finding.TokenExpired), session+`token is expired by {time:word}`, session+`Token is expired`, session+`token is expired`, session+`token has invalid claims: token is expired`, session+`oidc: token is expired{error...}`,
			session+`failed to verify the token: oidc: token is expired{error...}`),
		answers(argo, "argocd-session-clock", only(finding.TokenNotYetValid), session+`Token is not valid yet`, session+`token is not valid yet`, session+`token has invalid claims: token is not valid yet`,
			session+`Token used before issued`, session+`token used before issued`, session+`token has invalid claims: token used before issued`),
		answers(argo, "argocd-session", rejected, session+`{error...}`, `code = Unauthenticated desc = no session information`),
		nearKubernetes(answers(argo, "argocd-session", rejected, `code = Unauthenticated desc = invalid session`)),
		nearKubernetes(answers(argo, "argocd-login", rejected, `code = Unauthenticated desc = Invalid username or password`)),

		suiting(answers(argo, "argocd-web", nil, `POST {url:word} failed with status code {code:word}`), func(values map[string]string) bool {
			return slices.ContainsFunc([]string{"/cluster.ClusterService/", "/session.SessionService/", "/application.ApplicationService/", "/repository.RepositoryService/", "/project.ProjectService/", "/account.AccountService/", "/version.VersionService/", "/cluster.SettingsService/"},
				func(name string) bool { return strings.Contains(values["url"], name) }) && slices.Contains([]string{"401", "403", "404", "405", "502", "503"}, strings.TrimRight(values["code"], "\"'.,;:!?)]}`"))
		}),

		answers(kas, "gitlab-agent-access", rejected, `GitLab Agent Server: Forbidden: {error...}`, `GitLab Agent Server: Not found: {error...}`),
		answers(kas, "gitlab-agent-credential", rejected, `GitLab Agent Server: Unauthorized: {error...}`, `GitLab Agent Server: Unauthorized`),
		answers(kas, "gitlab-agent", nil, `GitLab Agent Server: {error...}`),
	)
}
