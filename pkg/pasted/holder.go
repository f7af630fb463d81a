package pasted

import (
	"regexp"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A holder is the program whose credential an error message is about.
type holder string

const (
	serverLog         holder = "the client of an API server's log line"
	kubectlUser       holder = "kubectl"
	nodeKubelet       holder = "the kubelet"
	cniPlugin         holder = "the CNI plugin"
	controllerManager holder = "kube-controller-manager"
	scheduler         holder = "kube-scheduler"
	argoCD            holder = "Argo CD"
	terraform         holder = "Terraform"
	ciJob             holder = "the CI job"
	jenkins           holder = "Jenkins"
	inPod             holder = "a Pod"
	vaultLogin        holder = "Vault"
)

// runners are the signals of programs that run others, such as kubectl, with a credential of their
// own. They count wherever they stand in a text.
var runners = []signal[holder]{
	{terraform, []string{"registry.terraform.io/", "with kubernetes_", "with helm_release", "with provider["}},
	{jenkins, []string{"hudson.", "org.csanchez", "org.jenkins", "[Pipeline]"}},
	{ciJob, []string{"##[error]", "gitlab-runner", "prepare environment:", "Error: Process completed with exit code", "ERROR: Job failed", "GITHUB_ACTIONS", "CI_JOB_"}},
}

// holders are the signals of programs in the words around a message.
var holders = []signal[holder]{
	{serverLog, []string{"Unable to authenticate the request", "authentication.go:"}},
	{cniPlugin, []string{`plugin type="`, "failed to setup network for sandbox", "failed to set up sandbox container", "etworkPlugin cni failed", "error getting ClusterInformation", "Multus: "}},
	{kubectlUser, []string{"Error from server (", "error: You must be logged in to the server", "Unable to connect to the server: "}},
	{scheduler, []string{"kube-scheduler"}},
	{controllerManager, []string{"kube-controller-manager"}},
	{nodeKubelet, []string{"kubelet_node_status.go", "kubelet_node_status", "Unable to register node", "failed to run Kubelet", "Failed to ensure lease", "kube-node-lease", "Error updating node status", "kubelet[", "kubelet.go:", "kubelet: ",
		"waiting for CSINode", "certificate_manager.go", "kube-api-access-", "kubelet.conf", " kubelet  ", "k8s.io/kubernetes/pkg/kubelet"}},
	{vaultLogin, []string{"auth.kubernetes", "auth/kubernetes", "login unauthorized due to", "vault-agent"}},
	{argoCD, []string{"argocd", "argo-cd", "failed to load initial state of resource", "ComparisonError", "REST config invalid", "failed to load live state", "ailed to load live state", "failed to sync cluster"}},
	{kubectlUser, []string{"memcache.go:", "Error from server", "You must be logged in to the server", "Unable to connect to the server", "kubectl", "INSTALLATION FAILED", "UPGRADE FAILED", "Kubernetes cluster unreachable"}},
	{inPod, []string{"Failed to watch", "failed to watch", "Failed to list", "failed to list", "error retrieving resource lock", "leaderelection.go:", "reflector.go:", "controller-runtime", "KUBERNETES_SERVICE_HOST",
		"/var/run/secrets/kubernetes.io/serviceaccount", "https://kubernetes.default", "lookup kubernetes.default", "not kubernetes.default", "k8sError", "subsys=", `"controller":`, "in-cluster", "InCluster",
		"kustomize-controller", "helm-controller", "source-controller", "k8s_client_runtime", "kubernetes_sd", "providerName=kubernetes", "kubernetes_metadata", "cattle-", "cni-installer", "calico-node"}},
}

// containerLog matches a line of klog by the first process of a container, and a request to the
// first address of the range of Services, which is that of the API server.
var containerLog = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[IWEF][0-9]{4} [0-9:.]+ +1 [a-z_]+\.go:[0-9]+\]|https://[0-9]+\.[0-9]+\.[0-9]+\.1:443/api`)
})

// holderOf returns the program whose credential a message is about; "" if the text does not show it.
func holderOf(r reason, text pastedText) holder {
	line, _ := around(r)
	if len(text.raw) <= 4*maxAround {
		if h, _ := first(runners, text.raw); h != "" {
			return h
		}
	}
	if h, _ := first(holders, line); h != "" {
		return h
	}
	if containerLog().MatchString(line) {
		return inPod
	}
	for _, whole := range []string{text.normal, text.raw} {
		if len(whole) > 4*maxAround {
			break
		}
		if h, _ := first(holders, strings.ReplaceAll(whole, `\`, "")); h != "" {
			return h
		}
	}
	return ""
}

// explainHolder adds the step that explains the credential of a holder other than kubectl's user.
// It returns false for that user and for an unknown holder.
func explainHolder(f finding.Finding, h holder) (finding.Finding, bool) {
	explainFile := func(file finding.Text) finding.Command {
		return finding.Run("kubectl authn explain").Flag("--kubeconfig", file)
	}
	switch h {
	case serverLog:
		return f.Fix("Find the client of the rejected request, by the time: the audit log has its address and its user agent. Save the client's credential to token.txt, and run:",
			finding.Run("kubectl authn explain -f token.txt")), true
	case nodeKubelet:
		return f.Fix("On the node, as root, explain the kubelet's credential. Its kubeconfig is mostly /etc/kubernetes/kubelet.conf; the kubelet's flag --kubeconfig has the path.",
			explainFile(finding.T("/etc/kubernetes/kubelet.conf"))), true
	case cniPlugin:
		return f.Fix("On the node, as root, explain the CNI plugin's credential. Its kubeconfig is in /etc/cni/net.d, such as calico-kubeconfig or multus.d/multus.kubeconfig.", explainFile(finding.T("FILE"))), true
	case controllerManager:
		return f.Fix("On the control-plane node, as root, explain the credential of kube-controller-manager. Its flag --kubeconfig has the path.", explainFile(finding.T("/etc/kubernetes/controller-manager.conf"))), true
	case scheduler:
		return f.Fix("On the control-plane node, as root, explain the credential of kube-scheduler. Its flag --kubeconfig has the path.", explainFile(finding.T("/etc/kubernetes/scheduler.conf"))), true
	case argoCD:
		return f.Fix("Argo CD's credential for the cluster is rejected. For the cluster that Argo CD runs in, explain the token of its application controller. For another cluster, the Secret with the label "+
			"argocd.argoproj.io/secret-type=cluster has the credential.", finding.Run("kubectl authn explain pod/NAME --namespace NAMESPACE")), true
	case terraform:
		return f.Fix("Terraform's provider block sets the credential. A token from a data source is valid only for some minutes. Use `exec` in the provider block instead. To explain "+
			"the token, save it to token.txt, and run:", finding.Run("kubectl authn explain -f token.txt")), true
	case jenkins:
		return f.Fix("Jenkins has a credential of its own for the cluster. In the configuration of the cloud, `Credentials` names a token or a kubeconfig. Without one, Jenkins uses the token of its Pod. Save the "+
			"credential to a file, and run:", finding.Run("kubectl authn explain").Flag("-f", finding.T("FILE"))), true
	case ciJob:
		return f.Fix("The job's credential is rejected. In the job, or with the kubeconfig that the job uses, run:", explainFile(finding.T("FILE"))), true
	case inPod:
		return f.Fix("The program runs with the credential of its Pod, or with a kubeconfig of its own. Explain the Pod's token:", finding.Run("kubectl authn explain pod/NAME --namespace NAMESPACE")), true
	}
	return f, false
}

// replaceHolders adds the step that replaces the credential of a holder.
func replaceHolders(f finding.Finding, h holder) finding.Finding {
	switch h {
	case nodeKubelet:
		return f.Fix("If the certificate has expired or is from another CA, create a new kubeconfig on a control-plane node. Copy it to the kubelet's path, delete /var/lib/kubelet/pki/kubelet-client*, and restart the "+
			"kubelet.", finding.Run("kubeadm kubeconfig user --org system:nodes --client-name system:node:NAME")).
			Fix("If the kubelet uses an identity of the cloud, check how the cluster maps it. In EKS, the node's IAM role needs an access entry, or a line in the ConfigMap aws-auth.", finding.Command{})
	case cniPlugin:
		return f.Fix("Restart the CNI plugin's DaemonSet: its Pods write the kubeconfig again. If the token expires again, the Pods do not refresh the file: update the plugin.",
			finding.Run("kubectl rollout restart daemonset NAME --namespace NAMESPACE"))
	case controllerManager:
		return f.Fix("Renew the kubeconfig, and restart kube-controller-manager.", finding.Run("kubeadm certs renew controller-manager.conf"))
	case scheduler:
		return f.Fix("Renew the kubeconfig, and restart kube-scheduler.", finding.Run("kubeadm certs renew scheduler.conf"))
	case argoCD:
		return f.Fix("Replace the credential of another cluster: add the cluster again.", finding.Run("argocd cluster add").Arg(finding.T("CONTEXT")))
	case inPod:
		return f.Fix("Restart the owner of the Pod. The new Pod gets a new token.", finding.Run("kubectl rollout restart deployment NAME --namespace NAMESPACE"))
	}
	return f
}

// withHolderFix adds the fix for a credential that is not the reader's. It returns false if the
// credential is the reader's, or if the fix does not depend on it.
func withHolderFix(f finding.Finding, r reason) (finding.Finding, bool) {
	h := r.holder
	switch f.ID {
	case finding.CredentialRejected, finding.AnonymousRequest:
		if r.Stage == errortext.HTTP && h == "" {
			return f, false
		}
		explained, ok := explainHolder(f, h)
		if !ok {
			return f, false
		}
		explained = replaceHolders(explained, h)
		if r.Stage == errortext.RequestHeader {
			entry, _ := finding.Lookup(finding.FrontProxyCertificateUntrusted)
			explained = explained.FixBy(finding.T("If the log is that of an aggregated API: %s", entry.ToDo()), frontProxyConfig())
		}
		if h != serverLog && f.ID == finding.CredentialRejected {
			explained = explained.Ask("Or ask an administrator to find the rejection in the API server's log. Tell them the time.", diagnose.ReasonsInLog())
		}
		return explained, true
	case finding.ClientCANotTrusted, finding.CertificateExpired, finding.CertificateKeyUsage:
		if r.Stage != errortext.RequestHeader {
			return f, false
		}
		// The API server's own authenticator of client certificates adds their serial number.
		certificate, proxy := entryOf(f.ID), entryOf(finding.FrontProxyCertificateUntrusted)
		return f.FixBy(finding.T("If the log is that of an aggregated API such as metrics-server: %s", proxy.ToDo()), frontProxyConfig()).
			FixBy(finding.T("If the log is that of the API server: %s", certificate.ToDo()), finding.Command{}), true
	case finding.APIServerUnreachable:
		return networkOfHolder(f, r, h)
	case finding.ServerCertificateUntrusted, finding.ServerCertificateNameMismatch, finding.ServerCertificateExpired:
		if h == "" && r.server == "" && r.Stage == errortext.Transport {
			entry, _ := finding.Lookup(f.ID)
			return f.Fix("Find the program that reports the error, and the server that it connects to. If that is kubectl and the API server, this command compares the certificate with the kubeconfig:",
				finding.Run("kubectl authn explain")).FixBy(finding.T("If the server is the API server: %s", entry.ToDo()), finding.Command{}), true
		}
		if (h == "" || h == kubectlUser) && strings.Contains(r.Line, "/tokenreviews") {
			h = vaultLogin
		}
		return trustOfHolder(f, h)
	}
	return f, false
}

func entryOf(id finding.ID) finding.Entry {
	entry, _ := finding.Lookup(id)
	return entry
}

// serverCertificate are the findings about the certificate of the API server.
var serverCertificate = []finding.ID{finding.ServerCertificateUntrusted, finding.ServerCertificateNameMismatch, finding.ServerCertificateExpired}

// sameName returns the meaning of the default certificate of ingress-nginx, and of Go's hint that a trusted CA has the name of the certificate's
// issuer and another key.
func sameName(id finding.ID, r reason) finding.Text {
	if id == finding.ServerCertificateNameMismatch && strings.Contains(r.Text, "valid for ingress.local") {
		return finding.T(". An ingress controller answered with its default certificate: the address is that of the ingress controller, or no Ingress has this name")
	}
	if id != finding.ServerCertificateUntrusted || r.Values["candidate"] == "" || !strings.Contains(r.Values["hint"], "verification") {
		return finding.Text{}
	}
	return finding.T(". The client trusts a CA of the same name, %q, with another key. Either the cluster's CA was rebuilt, or the client has the CA of another cluster", finding.Authority.Of(r.Values["candidate"]))
}

// networkOfHolder adds the fix for a program other than kubectl that cannot reach the API server.
func networkOfHolder(f finding.Finding, r reason, h holder) (finding.Finding, bool) {
	switch h {
	case inPod, cniPlugin:
		if strings.Contains(r.Line, "request-header-client-ca-file") {
			f = f.Fix("A server behind the API server reads the requestheader CA from the ConfigMap extension-apiserver-authentication when it starts, and does not reach the API server. If no Pod of this node reaches "+
				"Services, repair the network of the node first. hostNetwork only hides the fault.", finding.Command{})
		}
		return f.Fix("The program runs in a Pod and connects to the Service `kubernetes`. Check on the Pod's node that kube-proxy and the network plugin run, and that no network policy forbids the connection.",
			finding.Run("kubectl get pods --namespace kube-system -o wide")).
			Fix("Check that the Service has the addresses of the API servers.", finding.Run("kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes")), true
	case nodeKubelet:
		return f.Fix("On the node, check that the address of the API server in the kubelet's kubeconfig is right and can be reached. Its kubeconfig is mostly /etc/kubernetes/kubelet.conf.",
			finding.Run("kubectl authn explain").Flag("--kubeconfig", finding.T("/etc/kubernetes/kubelet.conf"))), true
	}
	return f, false
}

// trustOfHolder adds the fix for a program other than kubectl that rejects the API server's
// certificate.
func trustOfHolder(f finding.Finding, h holder) (finding.Finding, bool) {
	renewed := func(file finding.Text, phase finding.Command) (finding.Finding, bool) {
		return f.FixBy(finding.T("On the control-plane node, compare the CA in %s with /etc/kubernetes/pki/ca.crt. If they differ, move the file away, create it again, and restart the program.", file), phase), true
	}
	if f.ID == finding.ServerCertificateExpired {
		return f, false
	}
	switch h {
	case nodeKubelet:
		if f.ID == finding.ServerCertificateNameMismatch {
			return f, false
		}
		return f.Fix("On the node, compare the CA in the kubelet's kubeconfig with the cluster's CA, on control-plane nodes /etc/kubernetes/pki/ca.crt. If the CA was replaced, create a new kubeconfig on a control-plane "+
			"node, copy it to the kubelet's path, and restart the kubelet.", finding.Run("kubeadm kubeconfig user --org system:nodes --client-name system:node:NAME")), true
	case vaultLogin:
		return f.Fix("A program such as Vault asks the API server about the tokens of logins, and does not accept the API server's certificate. Write the CA of the cluster, and the address of the API server, into the "+
			"program's configuration. In Vault:",
			finding.Run("vault write auth/kubernetes/config kubernetes_ca_cert=@ca.crt kubernetes_host=https://HOST:PORT")), true
	case controllerManager:
		return renewed(finding.T("/etc/kubernetes/controller-manager.conf"), finding.Run("kubeadm init phase kubeconfig controller-manager"))
	case scheduler:
		return renewed(finding.T("/etc/kubernetes/scheduler.conf"), finding.Run("kubeadm init phase kubeconfig scheduler"))
	case inPod, cniPlugin:
		if f.ID == finding.ServerCertificateNameMismatch {
			return f.Fix("The program runs in a Pod and connects to the Service `kubernetes`. The API server's certificate lacks the address of this Service, or the name kubernetes.default.svc. Issue a new certificate that "+
				"has them. With kubeadm, move apiserver.crt and apiserver.key in /etc/kubernetes/pki away, and run:", finding.Run("kubeadm init phase certs apiserver --config FILE")).
				Fix("Then restart the kube-apiserver, so that it serves the new certificate.", finding.Command{}), true
		}
		return f.Fix("The program in the Pod trusts the CA in its ServiceAccount volume, which is a copy of the ConfigMap kube-root-ca.crt. Compare that CA with the API server's certificate. If the cluster's CA was "+
			"replaced, kube-controller-manager must publish the new one (--root-ca-file).", finding.Run("kubectl get configmap kube-root-ca.crt --namespace NAMESPACE -o yaml")).
			Fix("Then restart the owner of the Pod.", finding.Run("kubectl rollout restart deployment NAME --namespace NAMESPACE")), true
	}
	return f, false
}
