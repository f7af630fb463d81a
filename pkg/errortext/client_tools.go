package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

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

		answers(kas, "gitlab-agent-access", rejected, `GitLab Agent Server: Forbidden: {error...}`, `GitLab Agent Server: Not found: {error...}`),
		answers(kas, "gitlab-agent-credential", rejected, `GitLab Agent Server: Unauthorized: {error...}`, `GitLab Agent Server: Unauthorized`),
		answers(kas, "gitlab-agent", nil, `GitLab Agent Server: {error...}`),
	)
}
