package pasted

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ofGateways has the reasons of servers that authenticate users in front of API servers, and of their command lines.
func ofGateways() map[errortext.Key]explanation {
	const connectPage = "https://cloud.google.com/kubernetes-engine/enterprise/multicluster-management/gateway/setup"
	const teleportPage = "https://goteleport.com/docs/enroll-resources/kubernetes-access/controls/"
	login := func(name string) step { return programs()[name].login }
	clusters := do(finding.T("List the clusters that the user may use."), finding.Run("tsh kube ls"))
	account := do(finding.T("Find out which account gcloud uses."), finding.Run("gcloud auth list"))
	return map[errortext.Key]explanation{
		"rancher-rejected": {
			title: finding.T("Rancher rejects the token"),
			means: finding.T("Rancher verifies the token before any API server sees the request. The token has expired, was deleted, is of another Rancher, or the request has none"),
			fix: steps(do(finding.T("Log in to Rancher, and download a new kubeconfig of the cluster. With the Rancher CLI:"), finding.Run("rancher login")),
				say(finding.T("For scripts, create a new API key in Rancher. Its scope must be \"no scope\" or the cluster."))),
			reference: "https://ranchermanager.docs.rancher.com/reference-guides/about-the-api/api-tokens",
		},
		"rancher1-key": {
			title: finding.T("Rancher rejects the API key of a client"),
			means: finding.T("Rancher 1.x asks its own API about the key of each request, and the answer was 401. A client sends an old or deleted key. No Kubernetes credential was judged"),
			fix: steps(say(finding.T("Find the client that sends the requests, for example a script or a monitoring system. Give that client a new API key of Rancher.")),
				say(finding.T("Rancher 1.x is no longer supported. Plan the migration to Rancher 2."))),
		},
		"karmada-cluster": {
			title: finding.T("Karmada cannot reach the member cluster for this user"),
			means: finding.T("karmadactl asks the member cluster through Karmada's proxy, and hides the error of that request. Either the user may not use the proxy or the member cluster, or Karmada cannot connect to the member cluster"),
			fix: steps(do(finding.T("Show the hidden error. Replace CLUSTER with the name of the member cluster, and use the kubeconfig of Karmada's API server."), finding.Run("kubectl get --raw /apis/cluster.karmada.io/v1alpha1/clusters/CLUSTER/proxy/api")),
				say(finding.T("For a 403, Karmada's API server must permit the user to use `clusters/proxy`, and the member cluster needs its own roles for the user. For another error, check the Cluster's condition Ready."))),
			reference: "https://karmada.io/docs/userguide/globalview/proxy-global-resource",
		},
		"rancher-cluster": {
			title: finding.T("Rancher has no connection to the cluster"),
			means: finding.T("Rancher forwards requests through an agent in the cluster, and the agent is not connected. The message says nothing about the credential"),
			fix: steps(do(finding.T("Check the agent, with a kubeconfig that reaches the cluster directly."), finding.Run("kubectl --namespace cattle-system get pods --selector app=cattle-cluster-agent")),
				say(finding.T("Until the agent is connected, use the context of the authorized cluster endpoint, if the kubeconfig has one. It goes to the cluster without Rancher."))),
			reference: "https://ranchermanager.docs.rancher.com/troubleshooting/other-troubleshooting-tips/registered-clusters",
		},
		"gateway-no-cluster": {
			title: finding.T("the server does not know the cluster of the kubeconfig"),
			means: finding.T("A server in front of several clusters, such as Rancher, answered. The cluster was deleted, or the path of the server's URL names another one. The message says nothing about the credential"),
			fix:   steps(do(finding.T("Compare the cluster's ID in the server's URL with the clusters of that server, and download a new kubeconfig."), finding.Run("kubectl config view --minify").Add("-o").Word("jsonpath={.clusters[*].cluster.server}"))),
		},
		"teleport-groups": {
			title: finding.T("no Teleport role of the user allows access to Kubernetes"),
			means: finding.T("Teleport authenticated the user. The roles have neither kubernetes_groups nor kubernetes_users for the cluster"),
			fix: steps(do(finding.T("Show the roles of the user."), finding.Run("tsh status")),
				say(finding.T("Ask an administrator of Teleport for a role with kubernetes_groups or kubernetes_users, and with kubernetes_labels and kubernetes_resources of the cluster. Then log in again."))), reference: teleportPage,
		},
		"teleport-user": {
			title: finding.T("Teleport requires the choice of a Kubernetes user"),
			means: finding.T("The roles of the user have several kubernetes_users"),
			fix:   steps(do(finding.T("Name the Kubernetes user in the request, or when you log in to the cluster."), finding.Run("tsh kube login CLUSTER --as USER"))), reference: teleportPage,
		},
		"teleport-cluster": {
			title: finding.T("Teleport does not let the user see the cluster"),
			means: finding.T("The cluster does not exist, or the user's roles do not allow it, or the request lacks the second factor that each session requires"),
			fix: steps(clusters,
				do(finding.T("Log in to the cluster again, which also asks for the second factor."), finding.Run("tsh kube login CLUSTER")),
				say(finding.T("If the list lacks the cluster, ask an administrator of Teleport for a role with the cluster's kubernetes_labels."))), reference: teleportPage,
		},
		"tsh-cluster": {
			title: finding.T("Teleport does not list the cluster for the user"),
			means: finding.T("The cluster is not registered in this Teleport cluster, or the user's roles do not allow it (kubernetes_labels)"),
			fix: steps(clusters,
				say(finding.T("If the list lacks the cluster, check that you are logged in to the right Teleport cluster (`tsh status`). Or ask an administrator of Teleport for a role with the cluster's kubernetes_labels."))), reference: teleportPage,
		},
		"tailscale-caller": {
			title: finding.T("Tailscale's proxy cannot tell who sent the request"),
			means: finding.T("The proxy of Tailscale's operator finds the user by the address of the connection in the tailnet. The connection does not come from a device of the tailnet, or another proxy is between"),
			fix: steps(do(finding.T("Check that this machine is connected to the tailnet, and that the server's name is the operator's."), finding.Run("tailscale status")),
				do(finding.T("Write the kubeconfig again."), finding.Run("tailscale configure kubeconfig HOSTNAME"))),
			reference: "https://tailscale.com/kb/1437/kubernetes-operator-api-server-proxy",
		},
		"eks-console": {
			title: finding.T("the AWS identity of the console is not mapped in the cluster"),
			means: finding.T("The console asks the API server as the AWS identity that you logged in with. The cluster has no access entry for that identity, or the entry has no permissions"),
			fix: steps(do(finding.T("As an administrator of the cluster, show the access entries, and create one for the identity."), finding.Run("aws eks list-access-entries --cluster-name CLUSTER")),
				do(finding.T("An entry without a policy needs RBAC for its groups. For a policy that only reads:"), finding.Run("aws eks associate-access-policy --cluster-name CLUSTER --principal-arn ARN --access-scope type=cluster --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"))),
			reference: "https://docs.aws.amazon.com/eks/latest/userguide/view-kubernetes-resources.html",
		},
		"dashboard-kubeconfig": {
			title:     finding.T("the dashboard cannot use this kubeconfig"),
			means:     finding.T("The dashboard reads only a token or a password from a kubeconfig. It runs no exec plugin and sends no client certificate"),
			fix:       steps(do(finding.T("Log in to the dashboard with a token of a ServiceAccount instead."), finding.Run("kubectl create token NAME --namespace NAMESPACE"))),
			reference: "https://github.com/kubernetes/dashboard/blob/master/docs/user/access-control/README.md",
		},
		"dashboard-token": {
			title:     finding.T("the API server rejects the token of the dashboard login"),
			means:     finding.T("The dashboard sends the token to the API server, which answered 401. The token has expired, is of another cluster, or was cut when it was pasted"),
			fix:       steps(do(finding.T("Explain the token."), finding.Run("kubectl authn explain -f token.txt")), do(finding.T("Or request a new one."), finding.Run("kubectl create token NAME --namespace NAMESPACE"))),
			reference: "https://github.com/kubernetes/dashboard/blob/master/docs/user/access-control/README.md",
		},
		"dashboard-session": {
			title:     finding.T("the session of the Kubernetes dashboard has expired"),
			means:     finding.T("The dashboard keeps the login in a token of its own. That token has expired (`--token-ttl`, by default 15 minutes), or an older key encrypted it. No API server judged a credential"),
			fix:       steps(say(finding.T("Log in to the dashboard again. The credential of the cluster can still be valid."))),
			reference: "https://github.com/kubernetes/dashboard/blob/master/docs/user/access-control/README.md",
		},
		"portainer-session": {
			title:     finding.T("Portainer does not accept its own session"),
			means:     finding.T("Portainer's server rejected the token of its login, which has expired or is missing. The message is not about a credential of a Kubernetes cluster"),
			fix:       steps(say(finding.T("Log in to Portainer again. For a script, create an access token in Portainer, and send it in the header X-API-Key."))),
			reference: "https://docs.portainer.io/api/access",
		},
		"ack-console": {
			title:     finding.T("the RAM identity has no RBAC permissions in the cluster"),
			means:     finding.T("Alibaba Cloud knows the RAM user or role. The cluster gives it no permission to list namespaces"),
			fix:       steps(say(finding.T("Ask an administrator to assign an RBAC role to the RAM user or role, on the page Authorizations of the console."))),
			reference: "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-authorization-management",
		},
		"gke-no-cluster": {
			title: finding.T("no such cluster in this Google project and location"),
			fix:   steps(do(finding.T("Compare the cluster's name, location and project with your own. A regional cluster needs `--location=REGION`, and not a zone."), finding.Run("gcloud container clusters list --project PROJECT")), account), reference: "https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl",
		},
		"connect-denied": {
			title:     finding.T("Google does not permit the use of the Connect gateway"),
			means:     finding.T("Google knows the account, and the account lacks a permission in the fleet's project. No API server has seen the request"),
			fix:       steps(account, say(finding.T("Ask an administrator of the fleet's project for roles/gkehub.gatewayReader, gatewayEditor or gatewayAdmin, and for roles/gkehub.viewer. The last one is required to write the kubeconfig."))),
			reference: connectPage,
		},
		"gke-denied": {
			title:     finding.T("Google does not permit access to the cluster"),
			means:     finding.T("Google knows the account, and the account lacks the permission in the cluster's project"),
			fix:       steps(account, say(finding.T("Ask an administrator of the cluster's project for roles/container.clusterViewer, which is enough to write the kubeconfig. Permissions inside of the cluster need another role or RBAC."))),
			reference: "https://cloud.google.com/kubernetes-engine/docs/how-to/iam",
		},
		"oc-login": {
			title: finding.T("OpenShift does not accept the user name or the password"),
			means: finding.T("The OAuth server of the cluster rejected the login. The API server has seen no credential"),
			fix: steps(do(finding.T("Log in with a browser, which works with each identity provider of the cluster."), finding.Run("oc login --web --server=URL")),
				say(finding.T("Check the user name and the password. The user kubeadmin no longer exists after its Secret was deleted."))),
		},
		"oc-token": {
			title: finding.T("OpenShift expects a token instead of a password"),
			means: finding.T("The identity provider of the cluster has no login with a password. Its login page gives out a token"),
			fix:   steps(say(finding.T("Open the page from the message, log in, and run the `oc login --token=…` command that the page shows.")), do(finding.T("Or log in with a browser."), finding.Run("oc login --web --server=URL"))),
		},
		"oc-token-expired": {
			title: finding.T("the token for the login is invalid or has expired"),
			means: finding.T("The client verified the token before it wrote the token into the kubeconfig"),
			fix:   steps(do(finding.T("Request a new token. For OpenShift, log in with a browser:"), finding.Run("oc login --web --server=URL"))),
		},
		"microk8s-group": {
			title: finding.T("the user may not read the kubeconfig of MicroK8s"),
			means: finding.T("Only members of the group microk8s may read it. The members can do everything in the cluster"),
			fix:   steps(do(finding.T("Add the user to the group. The group applies to new logins, and to the shell that the second command starts."), finding.Run("sudo usermod --append --groups microk8s USER").And(finding.Run("newgrp microk8s")))), reference: "https://microk8s.io/docs/getting-started",
		},
		"boundary-login": {
			title: finding.T("the Boundary session has expired"),
			means: finding.T("Boundary does not accept the token of its own login. No connection to the cluster was made"),
			fix:   steps(do(finding.T("Log in to Boundary again."), finding.Run("boundary authenticate"))), reference: "https://developer.hashicorp.com/boundary/docs/commands/authenticate",
		},
		"arc-login": {
			title: finding.T("Azure Arc's proxy got no token"),
			means: finding.T("`az connectedk8s proxy` asks Microsoft Entra ID for a token with the login of the Azure CLI. The identity of a Cloud Shell or of a machine is not enough"),
			fix:   steps(login("az"), do(finding.T("Then start the proxy again."), finding.Run("az connectedk8s proxy --name CLUSTER --resource-group GROUP"))), reference: "https://learn.microsoft.com/azure/azure-arc/kubernetes/cluster-connect",
		},
	}
}
