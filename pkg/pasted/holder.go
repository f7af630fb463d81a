package pasted

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
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
	kubeadmJoin       holder = "kubeadm"
	authLookup        holder = "a component that reads the authentication configuration"
)

// runners are the signals of programs that run others, such as kubectl, with a credential of their
// own. They count wherever they stand in a text.
var runners = []signal[holder]{
	{terraform, []string{"registry.terraform.io/", "with kubernetes_", "with helm_release", "with provider[", ".tf line "}},
	{jenkins, []string{"hudson.", "org.csanchez", "org.jenkins", "[Pipeline]"}},
	{ciJob, []string{"##[error]", "gitlab-runner", "prepare environment:", "Error: Process completed with exit code", "ERROR: Job failed", "GITHUB_ACTIONS", "CI_JOB_"}},
}

// holders are the signals of programs in the words around a message.
var holders = []signal[holder]{
	{authLookup, []string{"Error looking up in-cluster authentication configuration"}},
	{nodeKubelet, []string{"error uploading crisocket"}},
	{serverLog, []string{"audit.k8s.io/v1", "Unable to authenticate the request", "authentication.go:"}},
	{kubeadmJoin, []string{"error execution phase", "unable to fetch the kubeadm-config ConfigMap", "couldn't validate the identity of the API Server", "[discovery]", "[preflight]", "configmaps/cluster-info"}},
	{cniPlugin, []string{`plugin type="`, "failed to setup network for sandbox", "failed to set up sandbox container", "etworkPlugin cni failed", "error getting ClusterInformation", "Multus: "}},
	{kubectlUser, []string{"Error from server (", "error: You must be logged in to the server", "Unable to connect to the server: "}},
	{scheduler, []string{"kube-scheduler"}},
	{controllerManager, []string{"kube-controller-manager"}},
	{nodeKubelet, []string{"kubelet_node_status.go", "kubelet_node_status", "Unable to register node", "failed to run Kubelet", "Failed to ensure lease", "kube-node-lease", "Error updating node status", "kubelet[", "kubelet.go:", "kubelet: ",
		"waiting for CSINode", "certificate_manager.go", "kube-api-access-", "kubelet.conf", " kubelet  ", "k8s.io/kubernetes/pkg/kubelet", `object-"`, "kubelet/kubelet", "failed to ensure lease exists"}},
	{vaultLogin, []string{"auth.kubernetes", "auth/kubernetes", "login unauthorized due to", "vault-agent"}},
	{argoCD, []string{"argocd", "argo-cd", "failed to load initial state of resource", "ComparisonError", "REST config invalid", "failed to load live state", "ailed to load live state", "failed to sync cluster"}},
	{kubectlUser, []string{"memcache.go:", "Error from server", "You must be logged in to the server", "Unable to connect to the server", "kubectl", "INSTALLATION FAILED", "UPGRADE FAILED", "Kubernetes cluster unreachable"}},
	{inPod, []string{"Failed to watch", "failed to watch", "Failed to list", "failed to list", "error retrieving resource lock", "leaderelection.go:", "reflector.go:", "controller-runtime", "KUBERNETES_SERVICE_HOST",
		"/var/run/secrets/kubernetes.io/serviceaccount", "https://kubernetes.default", "lookup kubernetes.default", "not kubernetes.default", "k8sError", "subsys=", `"controller":`, "in-cluster", "InCluster",
		"kustomize-controller", "helm-controller", "source-controller", "k8s_client_runtime", "kubernetes_sd", "providerName=kubernetes", "kubernetes_metadata", "cattle-", "cni-installer", "calico-node", "[filter:kubernetes", "panic: "}},
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

// withoutConsequences removes the kubelet's rejected requests beside the rejection of its bootstrap
// credential, without which the kubelet gets no certificate for its requests.
func withoutConsequences(reasons []reason) []reason {
	if !slices.ContainsFunc(reasons, func(r reason) bool { return r.Key == "node-bootstrap-401" }) {
		return reasons
	}
	return slices.DeleteFunc(slices.Clone(reasons), func(r reason) bool {
		return isAnonymous(r) && r.holder == nodeKubelet || r.Stage == errortext.Request && r.Text == "Unauthorized"
	})
}
