package pasted

import (
	"regexp"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// denial is the end of a 403 message, as in k8s.io/apiserver
// pkg/endpoints/handlers/responsewriters: what was requested, and where.
var denial = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+) (?:path "(/[^"\s]*)"|resource "([a-z0-9.-]+)(?:/([a-z0-9]+))?" in API group "([a-z0-9.-]*)" (?:in the namespace "([^"\s]*)"|(at the cluster scope)))`)
})

// requestOf returns the request in a 403 message, without the lines that were joined to its end.
func requestOf(r reason) string {
	request := r.Values["request"]
	if m := denial().FindString(request); m != "" && strings.HasPrefix(request[len(m):], " ") {
		return m
	}
	return request
}

// grantOf adds the command that shows the missing permission and the commands that grant only
// that permission, from a 403 message. It returns false if the message is not complete.
func grantOf(f finding.Finding, r reason) (finding.Finding, bool) {
	user := r.Values["user"]
	m := denial().FindStringSubmatch(r.Values["request"])
	if m == nil || user == "" || strings.HasPrefix(user, "-") || finding.Word(user) == "NAME" {
		return f, false
	}
	path, sub, namespace := m[2], m[4], m[6]
	if namespace != "" && !finding.NamespaceName(namespace) {
		return f, false
	}
	verb, who := finding.Standard(m[1]), finding.User.Of(user)
	holder := finding.T("--user=%s", who)
	if strings.HasPrefix(user, diagnose.ServiceAccountPrefix) {
		of, name, ok := diagnose.ServiceAccountOf(user)
		if !ok {
			return f, false
		}
		holder = finding.T("--serviceaccount=%s:%s", finding.Namespace.Of(of), finding.ServiceAccount.Of(name))
	}
	check, name := finding.Run("kubectl auth can-i").Arg(verb), finding.T("%s-access", verb)
	var right []finding.Text
	if path != "" {
		check = check.Arg(finding.URL.Of(path))
		right = append(right, finding.T("--non-resource-url=%s", finding.URL.Of(path)))
	} else {
		resource, object := finding.T("%s", finding.Standard(m[3])), r.Values["name"]
		impersonates := m[1] == "impersonate"
		name = finding.T("%s-%s", verb, resource)
		if group := m[5]; group != "" {
			resource = finding.T("%s.%s", resource, finding.Standard(group))
		}
		if !impersonates && !finding.ObjectName(object) || m[1] == "create" || m[1] == "deletecollection" {
			object = ""
		}
		asked := resource
		if object != "" {
			asked = finding.T("%s/%s", resource, finding.Object.Of(object))
		}
		check = check.Arg(asked)
		if sub != "" {
			check = check.Argf("--subresource=%s", finding.Standard(sub))
			resource, name = finding.T("%s/%s", resource, finding.Standard(sub)), finding.T("%s-%s", name, finding.Standard(sub))
		}
		if right = append(right, finding.T("--resource=%s", resource)); object != "" {
			right = append(right, finding.T("--resource-name=%s", finding.Object.Of(object)))
		}
	}
	check = check.Flag("--as", who)
	create, bind := finding.Run("kubectl create clusterrole").Arg(name), finding.Run("kubectl create clusterrolebinding").Arg(name).Argf("--clusterrole=%s", name)
	if namespace != "" {
		create, bind = finding.Run("kubectl create role").Arg(name), finding.Run("kubectl create rolebinding").Arg(name).Argf("--role=%s", name)
	}
	create = create.Argf("--verb=%s", verb)
	for _, part := range right {
		create = create.Arg(part)
	}
	bind = bind.Arg(holder)
	if namespace != "" {
		where := finding.Namespace.Of(namespace)
		check, create, bind = check.Flag("--namespace", where), create.Flag("--namespace", where), bind.Flag("--namespace", where)
	}
	return f.Fix("Check that the permission is missing. You need permission to impersonate the user.", check).
		Fix("As an administrator, create a role with only this permission.", create).
		Fix("Then bind the role to the user.", bind), true
}

// withPermissionFix adds the fix for a user who lacks a permission.
func withPermissionFix(f finding.Finding, r reason) (finding.Finding, bool) {
	of, name, isAccount := diagnose.ServiceAccountOf(r.Values["user"])
	account := finding.ServiceAccount.Of(name)
	bound := func(bind finding.Command) finding.Command {
		return bind.Argf("--serviceaccount=%s:%s", finding.Namespace.Of(of), account)
	}
	switch {
	case isAccount && (f.ID == finding.AggregatedAPIRefused || f.ID == finding.ReviewNotPermitted):
		return f.Fix("Bind the ClusterRole system:auth-delegator to the ServiceAccount that verifies tokens.",
			bound(finding.Run("kubectl create clusterrolebinding").Argf("%s-auth-delegator", account).Add("--clusterrole=system:auth-delegator"))), true
	case f.ID == finding.AggregatedAPIRefused && isTokenRejected(r):
		return f.Fix("Find the client by the time, such as metrics-server or another scraper. The kubelet accepts tokens if its authentication.webhook.enabled is true, and if the API server accepts the token. Restart the client's Pod if its "+
			"token is old.", finding.Run("kubectl authn explain pod/NAME --namespace NAMESPACE")), true
	case f.ID == finding.AggregatedAPIRefused && kubeletLogged(r.Line):
		return f.Fix("If the client is the API server, check on a control-plane node the certificate that it shows to kubelets (--kubelet-client-certificate). It must not be expired. A CA in the kubelet's "+
			"authentication.x509.clientCAFile must have signed it. With kubeadm:", finding.Run("sudo openssl x509 -noout -issuer -dates -in /etc/kubernetes/pki/apiserver-kubelet-client.crt")), true
	case f.ID == finding.AggregatedAPIRefused && r.Values["service"] == errortext.Kubelet:
		return f.Fix("Read the kubelet's log on the node. Without such a line, no authenticator of the kubelet knows the credential. The kubelet accepts the API server's client certificate (--kubelet-client-certificate) if its CA is in the kubelet's "+
			"authentication.x509.clientCAFile. The kubelet accepts tokens, such as metrics-server's, if its authentication.webhook.enabled is true.", finding.Run("journalctl --unit kubelet --since=-10m").Pipe(finding.Run("grep").Word("Unable to authenticate"))), true
	case f.ID != finding.AuthorizationDenied:
		return f, false
	case r.Values["service"] == errortext.Kubelet:
		return kubeletDenied(f, r), true
	case isAccount && r.Values["role"] != "":
		role := finding.Role.Of(r.Values["role"])
		return f.Fix("Bind the Role to the ServiceAccount. A server behind the API server needs the Role to read the front proxy's CA.",
			bound(finding.Run("kubectl -n kube-system create rolebinding").Argf("%s-%s", account, role).Argf("--role=%s", role))), true
	}
	if denied, ok := withoutGrant(f, r); ok {
		return denied, true
	}
	if denied, ok := deniedByCloud(f, r); ok {
		return denied, true
	}
	if isAccount && strings.HasPrefix(r.Values["request"], "impersonate ") {
		f = impersonating(f, finding.T("%s/%s", finding.Namespace.Of(of), account))
	}
	return grantOf(f, r)
}

// deniedByCloud adds the fix for a user that the cloud's own authorizer denied.
func deniedByCloud(f finding.Finding, r reason) (finding.Finding, bool) {
	user := finding.User.Of(r.Values["user"])
	switch request := r.Values["request"]; {
	case strings.Contains(request, "Update role assignment to allow access"):
		return f.FixBy(finding.T("The cluster uses Azure RBAC, and %q has no Azure role for this request. As an administrator, assign a role at the cluster or at one namespace (CLUSTER-ID/namespaces/NAMESPACE). It takes some minutes to apply.", user),
			finding.Run("az role assignment create --role").Word("Azure Kubernetes Service RBAC Reader").Add("--assignee").Arg(user).Add("--scope CLUSTER-ID")).
			Fix("Writing or changing objects needs another role, such as Azure Kubernetes Service RBAC Writer.", finding.Command{}), true
	case strings.Contains(request, `requires one of ["container.`):
		return f.FixBy(finding.T("Neither RBAC of the cluster nor Google IAM permits the request, and the message names the missing IAM permission. An administrator grants %q a role in the cluster's project, or a Role with its RoleBinding in the cluster. Reading needs:", user),
			finding.Run("gcloud projects add-iam-policy-binding PROJECT --role=roles/container.viewer").Argf("--member=user:%s", user)), true
	}
	return f, false
}

// impersonating adds what a ServiceAccount that impersonates usually is: the credential of a proxy that authenticates users
// itself. The permission is then part of the proxy's installation.
func impersonating(f finding.Finding, account finding.Text) finding.Finding {
	return f.Saying(finding.T("%s. The request impersonates another user. Some proxies authenticate users themselves and then impersonate them, for example Rancher, Teleport, Tailscale's operator and Google's Connect gateway. "+
		"Then the proxy knows the user, and the proxy's ServiceAccount lacks the permission", f.Detail)).
		FixBy(finding.T("If ServiceAccount %s is that of a proxy, grant the permission with the proxy's own tool or chart. Its documentation has the ClusterRole for the users and groups that it impersonates. "+
			"For Google's Connect gateway, that is `gcloud container fleet memberships generate-gateway-rbac`.", account), finding.Command{})
}

// withoutGrant adds the fix for a user that gets no role by name: a node, a bootstrap
// token, a front proxy or an API server.
func withoutGrant(f finding.Finding, r reason) (finding.Finding, bool) {
	user := r.Values["user"]
	node, isNode := strings.CutPrefix(user, "system:node:")
	switch {
	case isNode && strings.Contains(r.Values["request"], "certificatesigningrequests"):
		return f.Fix("Bind the ClusterRole for the renewal of node certificates to the group of all nodes. Do not bind a role to a single node.", finding.Run("kubectl create clusterrolebinding").
			Add("node-client-auto-approve-csr").Add("--clusterrole=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient").Add("--group=system:nodes")), true
	case isNode:
		return f.FixBy(finding.T("Do not grant permissions to a node. The Node authorizer lets the kubelet of %q read only objects that Pods on this node use. Check that the API server's --authorization-mode "+
			"contains Node, and that the kubelet's user is in the group system:nodes. Check that a Pod on the node refers to the object.", finding.Node.Of(node)),
			finding.Run("kubectl get pods --all-namespaces").Flag("--field-selector", finding.T("spec.nodeName=%s", finding.Node.Of(node)))), true
	case strings.HasPrefix(user, "system:bootstrap:") && strings.Contains(r.Values["request"], "configmaps"):
		return f.Fix("kubeadm init creates the Role that lets bootstrap tokens read this ConfigMap. Compare the versions of kubeadm on the node and of the cluster: a kubeadm of another minor version may read a ConfigMap "+
			"of another name.", finding.Run("kubeadm version -o short")).
			Fix("If the versions fit, upload the ConfigMaps on a control-plane node again, with the cluster's configuration. kubeadm then creates the Roles and RoleBindings, too.", finding.Run("kubeadm init phase upload-config all --config FILE")), true
	case strings.HasPrefix(user, "system:bootstrap:") && r.Values["name"] == "kubeadm-certs":
		return f.Fix("The Role that lets bootstrap tokens read the certificates for new control-plane nodes is missing. On a control-plane node, upload the certificates again. The command creates the Secret and the Role, "+
			"and prints a new certificate key.", finding.Run("kubeadm init phase upload-certs --upload-certs")).
			Fix("Then print a join command with that key, and run it on the new node.", finding.Run("kubeadm token create --print-join-command --certificate-key KEY")), true
	case strings.HasPrefix(user, "system:bootstrap:"):
		return f.Fix("Bind the ClusterRole system:node-bootstrapper to the group of the bootstrap token: system:bootstrappers:kubeadm:default-node-token with kubeadm, or system:bootstrappers for all tokens.",
			finding.Run("kubectl create clusterrolebinding kubelet-bootstrap").Add("--clusterrole=system:node-bootstrapper").Add("--group=system:bootstrappers")), true
	case user == "system:kube-controller-manager" || user == "system:kube-scheduler" || user == "system:kube-proxy":
		return f.FixBy(finding.T("The API server creates the role and the binding of %q when it starts, and repairs them. Compare the ClusterRoleBinding of this name with the user, and restart the kube-apiserver if it "+
			"is missing.", finding.User.Of(user)), finding.Run("kubectl get clusterrolebinding").Arg(finding.User.Of(user)).Add("-o yaml")), true
	case isProxyName(user):
		return f.FixBy(finding.T("Do not grant permissions to %q. That is the name of an API server or of a front proxy. Every user whose requests it forwards would have the permissions. Check which certificate the request "+
			"used, and the API server's --proxy-client-cert-file and --kubelet-client-certificate.", finding.User.Of(user)), finding.Command{}), true
	}
	return f, false
}

// kubeletDenied adds the fix for a user that a kubelet identified and denied.
func kubeletDenied(f finding.Finding, r reason) finding.Finding {
	user, sub := r.Values["user"], r.Values["subresource"]
	if of, name, ok := diagnose.ServiceAccountOf(user); ok {
		first, _, _ := strings.Cut(sub, " ")
		if !kubeletSubresource[first] {
			first = "metrics"
		}
		role, account := finding.T("kubelet-%s", finding.Standard(first)), finding.ServiceAccount.Of(name)
		return f.FixBy(finding.T("The kubelet asks the API server whether the ServiceAccount may access the cluster-scoped resource nodes/%s. Create a ClusterRole with only this permission.", finding.Standard(first)),
			finding.Run("kubectl create clusterrole").Arg(role).Add("--verb=get").Argf("--resource=nodes/%s", finding.Standard(first))).
			Fix("Then bind the ClusterRole to the ServiceAccount.", finding.Run("kubectl create clusterrolebinding").Arg(role).Argf("--clusterrole=%s", role).
				Argf("--serviceaccount=%s:%s", finding.Namespace.Of(of), account))
	}
	todo := finding.T("The user is that of the API server's certificate for kubelets (--kubelet-client-certificate). The kubelet asks the API server whether this user may access the cluster-scoped resource nodes. " +
		"Bind the ClusterRole system:kubelet-api-admin to the user.")
	if isProxyName(user) || strings.HasPrefix(user, "system:") || strings.HasPrefix(user, "-") || finding.Word(user) == "NAME" {
		return f.FixBy(finding.T("%s With kubeadm, this user is kube-apiserver-kubelet-client. If another certificate is configured, correct the flag instead.", todo), finding.Command{})
	}
	return f.FixBy(todo, finding.Run("kubectl create clusterrolebinding kube-apiserver-kubelet-api-admin").Add("--clusterrole=system:kubelet-api-admin").Argf("--user=%s", finding.User.Of(user)))
}

// kubeletSubresource are the subresources of nodes that the kubelet's authorization knows.
var kubeletSubresource = map[string]bool{"metrics": true, "stats": true, "log": true, "proxy": true, "pods": true, "healthz": true, "configz": true}
