package pasted

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ofTools has the reasons of servers with a login of their own, of a kubeconfig's auth provider, and of clients that do not agree with a server on TLS.
func ofTools() map[errortext.Key]explanation {
	const argo = "https://argo-cd.readthedocs.io/en/stable/user-guide/commands/argocd_login/"
	const gitlab = "https://docs.gitlab.com/user/clusters/agent/ci_cd_workflow/"
	relogin := do(finding.T("Log in to Argo CD again. The login ends after `users.session.duration`, by default 24 hours."), finding.Run("argocd login").Arg(finding.T("SERVER")))
	robot := say(finding.T("For a program, use a token of an account with the capability apiKey (`argocd account generate-token`), and put the token into the program's configuration or ARGOCD_AUTH_TOKEN."))
	access := do(finding.T("In the agent's configuration file (`.gitlab/agents/NAME/config.yaml`), check that `ci_access` names the project or group of the job. For users, check `user_access`. In the job, list the contexts that GitLab provides."),
		finding.Run("kubectl config get-contexts"))
	handshake := do(finding.T("Show the protocol and the cipher suite that the server chooses."), finding.Run("openssl s_client").Add("-connect").Arg(finding.T("HOST:6443")).Raw("</dev/null"))
	byPlugin := say(finding.T("Or use an exec plugin such as int128/kubelogin instead of the auth provider."))
	return map[errortext.Key]explanation{
		"registry-login": {
			title: finding.T("the image registry rejects the pull"),
			means: finding.T("The node pulls the image without a credential of the registry, or with one that the registry does not accept. Or the image does not exist. No API server judged a credential"),
			fix: steps(say(finding.T("Check the name and the tag of the image.")),
				do(finding.T("Create a Secret with a login of the registry in the namespace of the Pod. Name the Secret in `imagePullSecrets` of the Pod or of its ServiceAccount."),
					finding.Run("kubectl create secret docker-registry NAME --namespace NAMESPACE --docker-server=SERVER --docker-username=USER --docker-password=PASSWORD")),
				say(finding.T("A registry of a cloud, such as ECR, issues tokens of some hours. There, give the node's identity permission to pull, so that the kubelet's credential provider logs in. Check that this identity may read the repository."))),
			reference: "https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/",
		},
		"tls-handshake": {
			title: finding.T("client and server do not complete the TLS handshake"),
			means: finding.T("No credential was judged. Typical causes are an old runtime without the server's versions or cipher suites, a load balancer without a healthy API server, and a wrong port"),
			fix: steps(handshake, say(finding.T("Update the runtime and the client library. API servers require TLS 1.2 or later, with cipher suites that have forward secrecy (ECDHE).")),
				say(finding.T("For a Java program, the option -Djavax.net.debug=ssl:handshake shows the step that fails."))), reference: "RFC 8446, section 6.2",
		},
		"client-without-addresses": {
			title: finding.T("the client cannot verify a certificate for an IP address"),
			means: finding.T("The kubeconfig has an IP address as the server, and this client compares certificates only with DNS names. The certificate itself can be right"),
			fix: steps(do(finding.T("Use a DNS name of the certificate as the server's address, for example with a line in /etc/hosts. These are the certificate's names:"),
				finding.Run("openssl s_client").Add("-connect").Arg(finding.T("HOST:6443")).Raw("</dev/null | openssl x509 -noout -ext subjectAltName")),
				say(finding.T("Or update the client: rustls compares certificates with IP addresses since version 0.21."))), reference: "RFC 6125, section 1.7.2",
		},

		"argocd-session-expired": {
			title: finding.T("the session of Argo CD has expired"),
			means: finding.T("Argo CD's own API server rejects the token of the login. The message is not about a credential of a Kubernetes cluster"),
			fix:   steps(relogin, robot), reference: argo,
		},
		"argocd-session-clock": {
			title: finding.T("Argo CD reads the token as not valid yet"),
			means: finding.T("The clock of the server that issued the token is ahead of the clock of the server that verifies it. Argo CD's own API server rejects the token, and no Kubernetes cluster does"),
			fix:   steps(say(finding.T("Compare the clocks of the nodes of argocd-server and of the identity provider, and correct them with NTP. Then log in again.")), relogin), reference: argo,
		},
		"argocd-session": {
			title: finding.T("Argo CD does not accept the token of the login"),
			means: finding.T("The token is of another Argo CD, was revoked, or is older than the account's password or Argo CD's signing key. The message is not about a credential of a Kubernetes cluster"),
			fix:   steps(relogin, robot), reference: argo,
		},
		"argocd-login": {
			title: finding.T("Argo CD does not accept the user name or the password"),
			means: finding.T("The login is to Argo CD, not to a Kubernetes cluster. After too many failures, Argo CD rejects the right password too for some minutes"),
			fix:   steps(relogin, say(finding.T("With single sign-on, use `argocd login SERVER --sso`. An administrator can reset the password of a local account."))), reference: argo,
		},

		"argocd-web": {
			title: finding.T("the server that the Argo CD CLI asks is not Argo CD"),
			means: finding.T("The CLI sent a gRPC-Web request of Argo CD, and the answer has only a status. The address is another server's, such as a Kubernetes API server, or a proxy in front of Argo CD answered"),
			fix: steps(do(finding.T("Show the server of the CLI's context. It must be the address of Argo CD, and not of a cluster."), finding.Run("argocd context")),
				say(finding.T("In `argocd cluster add`, `--server` is Argo CD's address. The cluster is the context of the kubeconfig.")),
				say(finding.T("If the address is right, read the log of the proxy or ingress in front of Argo CD for the request."))), reference: argo,
		},

		"gitlab-agent-credential": {
			title: finding.T("GitLab's agent server rejects the credential"),
			means: finding.T("The kubeconfig leads to GitLab's agent server, which accepts the token of a running CI job, a personal access token or a GitLab session. The cluster's API server received nothing"),
			fix: steps(access, say(finding.T("In a CI job, use the kubeconfig in $KUBECONFIG that GitLab writes. The job's token is valid only while the job runs, so a copied kubeconfig does not work later.")),
				say(finding.T("Outside of a job, create a personal access token with the scope k8s_proxy, and write the kubeconfig with `glab cluster agent update-kubeconfig`."))), reference: gitlab,
		},
		"gitlab-agent-access": {
			title: finding.T("GitLab does not permit the use of the agent"),
			means: finding.T("GitLab knows the job or the user, and the agent's configuration does not permit its use. The cluster's API server received nothing"),
			fix:   steps(access, say(finding.T("Check that the context of the kubeconfig names an agent that exists (`PROJECT-PATH:AGENT`)."))), reference: gitlab,
		},
		"gitlab-agent": {
			title: finding.T("GitLab's agent server cannot pass the request on"),
			means: finding.T("The kubeconfig leads to GitLab's agent server, and the agent in the cluster is not connected or reports an error. The cluster's API server did not judge a credential"),
			fix:   steps(do(finding.T("Check the agent's Pods and their log in the cluster."), finding.Run("kubectl logs --namespace NAMESPACE --selector app.kubernetes.io/name=gitlab-agent"))), reference: gitlab,
		},

		"provider-discovery": {
			title: finding.T("the kubeconfig's auth provider gets no discovery document"),
			means: finding.T("The kubeconfig has an auth provider `oidc`, which reads the identity provider's discovery document to renew the ID token. That request failed, and the API server received nothing"),
			fix: steps(do(finding.T("Check the issuer of `idp-issuer-url` in the kubeconfig, and its documents."), finding.Run("kubectl authn discover --issuer-url ISSUER")),
				byPlugin),
		},
		"provider-config": {
			title: finding.T("the kubeconfig's auth provider lacks a usable ID token"),
			means: finding.T("The auth provider `oidc` needs `idp-issuer-url`, `client-id` and an ID token that is a JWT"),
			fix:   steps(do(finding.T("Log in again with the tool that wrote the kubeconfig. The current entry:"), finding.Run("kubectl config view --minify")), byPlugin),
		},
	}
}
