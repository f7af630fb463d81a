package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// cloudGateways has the answers of servers that authenticate users in front of API servers, and the
// messages of their command lines. Behind such a server, the API server sees only the server's own
// identity and the user that it impersonates.
//
// rancher/rancher pkg/auth, pkg/clusterrouter, rancher/norman httperror; gravitational/teleport
// lib/kube/proxy, lib/kube/utils, tool/tsh; tailscale/tailscale cmd/k8s-operator, k8s-operator/api-proxy;
// loft-sh/loftctl; hashicorp/boundary; google-cloud-sdk surface/container/fleet; openshift/oc
// pkg/cli/login, openshift/oauth-server; Azure/azure-cli-extensions connectedk8s.
func cloudGateways() []pattern {
	rancher, teleport, tailscale, google := service("Rancher"), service("Teleport"), service("Tailscale's API server proxy"), service("Google Cloud")
	oc, tsh, boundary, arc := program{name: "oc"}, program{name: "tsh"}, program{name: "Boundary"}, program{name: "Azure Arc's proxy"}
	const gateway, notFound = "the server in front of the clusters", `an error on the server ("cluster not found") has prevented the request from succeeding`
	return slices.Concat(
		answers(rancher, "rancher-rejected", nil, `"type":"error","status":"401","message":"must authenticate"`, `"type":"error","status":"401","code":"Unauthorized","message":"must authenticate"`,
			`Unauthorized 401: must authenticate`, `Unauthorized 401: clusterID does not match`,
			`Status [401 Unauthorized]. Body: [message=must authenticate] from {url...}`, `Status [401 Unauthorized]. Body: [message=clusterID does not match] from {url...}`,
			// The access log of a server in front of Rancher, or of Rancher.
			`GET /k8s/clusters/{path:word} HTTP/{version} 401 {rest...}`),
		answers(rancher, "rancher-cluster", nil, `ClusterUnavailable 503: {error...}`, `Cluster agent is not connected`, `cluster agent disconnected`),
		answers(service(gateway), "gateway-no-cluster", nil, notFound),

		answers(teleport, "teleport-groups", nil, `this user cannot request kubernetes access, has no assigned groups or users`),
		answers(teleport, "teleport-user", nil, `please select a user to impersonate, refusing to select a user due to several kubernetes_users set up for this user`),
		answers(teleport, "teleport-cluster", nil, `Error from server (Forbidden): kubernetes cluster {cluster:q} not found`, `Error from server (NotFound): kubernetes cluster {cluster:q} not found`,
			`kubernetes cluster {cluster:q} not found, check 'tsh kube ls' {error...}`),
		tsh.says("tsh-cluster", `kubernetes cluster {cluster:q} is not registered in this Teleport cluster{error...}`, `Kubernetes cluster {cluster:q} is not registered in this Teleport cluster{error...}`,
			`kubernetes cluster {cluster:q} is not registered in this teleport cluster{error...}`, `No kubernetes cluster matching {cluster:q} found{error...}`, `no Kubernetes clusters found matching the query{error...}`),

		// Web pages that show the API server's answer in words of their own.
		answers(service("the EKS console"), "eks-console", nil, `Your current IAM principal doesn't have access to Kubernetes objects on this cluster{error...}`, `Your current user or role does not have access to Kubernetes objects on this EKS cluster{error...}`,
			`Unauthorized: Verify you have access to the Kubernetes cluster`),
		answers(service("the Kubernetes dashboard"), "dashboard-kubeconfig", nil, `Not enough data to create auth info structure`),
		answers(service("the Kubernetes dashboard"), "dashboard-token", nil, `MSG_LOGIN_UNAUTHORIZED_ERROR`, `Unauthorized (401): Invalid credentials provided`),

		answers(service("the Kubernetes dashboard"), "dashboard-session", only(finding.LoginFailed), `MSG_TOKEN_EXPIRED_ERROR`, `MSG_ENCRYPTION_KEY_CHANGED`),
		answers(service("Portainer"), "portainer-session", only(finding.LoginFailed), `http error: Invalid JWT token (err=Invalid JWT token) (code=401){rest...}`),
		answers(service("the console of Alibaba Cloud"), "ack-console", nil, `ForbiddenQueryClusterNamespace`),

		// Rancher 1.x, which asks its own API about the key of a request.
		uncut(answers(service("Rancher 1.x"), "rancher1-key", only(finding.CredentialRejected), `Error looking up token." error="HTTP error: 401{more...}`, `Error looking up token. error="HTTP error: 401{more...}`)),
		answers(service("karmadactl"), "karmada-cluster", nil, `cluster({cluster:word}) is inaccessible, please check authorization or network`, `cluster {cluster:word} is inaccessible, please check authorization or network`),
		answers(tailscale, "tailscale-caller", nil, `an error on the server ("failed to authenticate caller") has prevented the request from succeeding`),

		answers(google, "connect-denied", nil, `Permission 'gkehub.gateway.{verb:word}' denied on {error...}`, `Permission 'gkehub.memberships.{verb:word}' denied on {error...}`),
		answers(google, "gke-denied", nil, `Permission 'container.clusters.{verb:word}' denied on {error...}`, `Required "container.clusters.{verb:word}" permission(s) for {error...}`),
		program{name: "gcloud"}.says("gke-no-cluster", `ERROR: (gcloud.container.clusters.{subcommand:word}) ResponseError: code=404, message=Not found: {error...}`),

		uncut(oc.says("oc-login", `Login failed (401 Unauthorized) Verify you have provided correct credentials.`, `Login failed (401 Unauthorized) Verify you have provided the correct credentials.`)),
		nearKubernetes(oc.says("oc-login", `Login failed (401 Unauthorized)`)),
		oc.says("oc-token", `You must obtain an API token by visiting {url...}`),
		oc.says("oc-token-expired", `error: The token provided is invalid or expired.`),
		program{name: "MicroK8s"}.says("microk8s-group", `Insufficient permissions to access MicroK8s{error...}`),
		boundary.says("boundary-login", `Unauthenticated, or invalid token.`),
		arc.wraps("arc-login", `Failed to post access token to client proxy{error...}`),
	)
}
