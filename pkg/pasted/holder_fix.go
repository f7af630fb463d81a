package pasted

import (
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// holderFixes has the fixes for the credential of each holder, and for its connection to the API server.
// Other fixes do not depend on the holder.
var holderFixes = sync.OnceValue(func() map[holder]map[finding.ID][]step {
	file, token, pod := finding.Run("kubectl authn explain --kubeconfig FILE"), finding.Run("kubectl authn explain -f token.txt"), finding.Run("kubectl authn explain pod/NAME --namespace NAMESPACE")
	kubeletFile := finding.Run("kubectl authn explain --kubeconfig /etc/kubernetes/kubelet.conf")
	newKubelet := finding.Run("kubeadm kubeconfig user --org system:nodes --client-name system:node:NAME")
	restart := finding.Run("kubectl rollout restart deployment NAME --namespace NAMESPACE")
	renewed := func(file finding.Text, phase finding.Command) []step {
		return steps(do(finding.T("On the control-plane node, compare the CA in %s with /etc/kubernetes/pki/ca.crt. If they differ, move the file away, create it again, and restart the program.", file), phase))
	}
	podUnreachable := steps(
		do(finding.T("The program runs in a Pod and connects to the Service `kubernetes`. Check on the Pod's node that kube-proxy and the network plugin run, and that no network policy forbids the connection."),
			finding.Run("kubectl get pods --namespace kube-system -o wide")),
		do(finding.T("Check that the Service has the addresses of the API servers."), finding.Run("kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes")))
	podUntrusted := steps(
		do(finding.T("The program in the Pod trusts the CA in its ServiceAccount volume, which is a copy of the ConfigMap kube-root-ca.crt. Compare that CA with the API server's certificate. If the cluster's CA was "+
			"replaced, kube-controller-manager must publish the new one (--root-ca-file)."), finding.Run("kubectl get configmap kube-root-ca.crt --namespace NAMESPACE -o yaml")),
		do(finding.T("Then restart the owner of the Pod."), restart))
	podMisnamed := steps(
		do(finding.T("The program runs in a Pod and connects to the Service `kubernetes`. The API server's certificate lacks the address of this Service, or the name kubernetes.default.svc. Issue a new certificate that "+
			"has them. With kubeadm, move apiserver.crt and apiserver.key in /etc/kubernetes/pki away, and run:"), finding.Run("kubeadm init phase certs apiserver --config FILE")),
		say(finding.T("Then restart the kube-apiserver, so that it serves the new certificate.")))
	login := steps(do(finding.T("A program such as Vault asks the API server about the tokens of logins, and does not accept the API server's certificate. Write the CA of the cluster, and the address of the API server, into the "+
		"program's configuration. In Vault:"), finding.Run("vault write auth/kubernetes/config kubernetes_ca_cert=@ca.crt kubernetes_host=https://HOST:PORT")))
	return map[holder]map[finding.ID][]step{
		serverLog: {
			finding.CredentialRejected: steps(do(finding.T("Find the client of the rejected request, by the time: the audit log has its address and its user agent. Save the client's credential to token.txt, and run:"), token)),
		},
		nodeKubelet: {
			finding.CredentialRejected: steps(do(finding.T("On the node, as root, explain the kubelet's credential. Its kubeconfig is usually /etc/kubernetes/kubelet.conf; the kubelet's flag --kubeconfig has the path."), kubeletFile),
				do(finding.T("If the certificate has expired or is from another CA, create a new kubeconfig on a control-plane node. Copy it to the kubelet's path, delete /var/lib/kubelet/pki/kubelet-client*, and restart the "+
					"kubelet."), newKubelet),
				say(finding.T("If the kubelet uses an identity of the cloud, check how the cluster maps it. In EKS, the node's IAM role needs an access entry, or a line in the ConfigMap aws-auth."))),
			finding.APIServerUnreachable: steps(do(finding.T("On the node, check that the address of the API server in the kubelet's kubeconfig is right and can be reached. Its kubeconfig is usually /etc/kubernetes/kubelet.conf."), kubeletFile)),
			finding.ServerCertificateUntrusted: steps(do(finding.T("On the node, compare the CA in the kubelet's kubeconfig with the cluster's CA, on control-plane nodes /etc/kubernetes/pki/ca.crt. If the CA was replaced, create a new kubeconfig on a control-plane "+
				"node, copy it to the kubelet's path, and restart the kubelet."), newKubelet)),
		},
		cniPlugin: {
			finding.CredentialRejected: steps(do(finding.T("On the node, as root, explain the CNI plugin's credential. Its kubeconfig is in /etc/cni/net.d, such as calico-kubeconfig or multus.d/multus.kubeconfig."), file),
				do(finding.T("Restart the CNI plugin's DaemonSet: its Pods write the kubeconfig again. If the token expires again, the Pods do not refresh the file: update the plugin."),
					finding.Run("kubectl rollout restart daemonset NAME --namespace NAMESPACE"))),
			finding.APIServerUnreachable: podUnreachable, finding.ServerCertificateNameMismatch: podMisnamed,
			finding.ServerCertificateUntrusted: steps(do(finding.T("On the node, as root, compare the CA in the CNI plugin's kubeconfig with the cluster's CA. The kubeconfig is in /etc/cni/net.d, such as calico-kubeconfig or "+
				"multus.d/multus.kubeconfig."), file),
				do(finding.T("Restart the CNI plugin's DaemonSet: its Pods write the kubeconfig again, with the CA in their ServiceAccount volume."), finding.Run("kubectl rollout restart daemonset NAME --namespace NAMESPACE")),
				do(finding.T("If the CA in the new file is still another one, kube-controller-manager must publish the cluster's CA (--root-ca-file). Compare it with:"), finding.Run("kubectl get configmap kube-root-ca.crt --namespace NAMESPACE -o yaml"))),
		},
		controllerManager: {
			finding.CredentialRejected: steps(do(finding.T("On the control-plane node, as root, explain the credential of kube-controller-manager. Its flag --kubeconfig has the path."),
				finding.Run("kubectl authn explain --kubeconfig /etc/kubernetes/controller-manager.conf")),
				do(finding.T("Renew the kubeconfig, and restart kube-controller-manager."), finding.Run("kubeadm certs renew controller-manager.conf"))),
			finding.ServerCertificateUntrusted: renewed(finding.T("/etc/kubernetes/controller-manager.conf"), finding.Run("kubeadm init phase kubeconfig controller-manager")),
		},
		scheduler: {
			finding.CredentialRejected: steps(do(finding.T("On the control-plane node, as root, explain the credential of kube-scheduler. Its flag --kubeconfig has the path."),
				finding.Run("kubectl authn explain --kubeconfig /etc/kubernetes/scheduler.conf")),
				do(finding.T("Renew the kubeconfig, and restart kube-scheduler."), finding.Run("kubeadm certs renew scheduler.conf"))),
			finding.ServerCertificateUntrusted: renewed(finding.T("/etc/kubernetes/scheduler.conf"), finding.Run("kubeadm init phase kubeconfig scheduler")),
		},
		authLookup: {
			finding.CredentialRejected: steps(do(finding.T("The component that logs the message reads the ConfigMap extension-apiserver-authentication when it starts, and its credential is rejected. kube-scheduler and kube-controller-manager use the file of "+
				"--authentication-kubeconfig:"), file),
				do(finding.T("A server behind the API server, such as metrics-server, uses the token of its Pod:"), pod)),
		},
		argoCD: {
			finding.CredentialRejected: steps(do(finding.T("Argo CD's credential for the cluster is rejected. For the cluster that Argo CD runs in, explain the token of its application controller. For another cluster, the Secret with the label "+
				"argocd.argoproj.io/secret-type=cluster has the credential."), pod),
				do(finding.T("Replace the credential of another cluster: add the cluster again."), finding.Run("argocd cluster add CONTEXT"))),
		},
		terraform: {
			finding.CredentialRejected: steps(do(finding.T("Terraform's provider block sets the credential. A token from a data source is valid only for some minutes. Use `exec` in the provider block instead. To explain "+
				"the token, save it to token.txt, and run:"), token)),
		},
		jenkins: {
			finding.CredentialRejected: steps(do(finding.T("Jenkins has a credential of its own for the cluster. In the configuration of the cloud, `Credentials` names a token or a kubeconfig. Without one, Jenkins uses the token of its Pod. Save the "+
				"credential to a file, and run:"), finding.Run("kubectl authn explain -f FILE"))),
		},
		ciJob: {
			finding.CredentialRejected: steps(do(finding.T("The job's credential is rejected. In the job, or with the kubeconfig that the job uses, run:"), file)),
		},
		inPod: {
			finding.CredentialRejected: steps(do(finding.T("The program runs with the credential of its Pod, or with a kubeconfig of its own. Explain the Pod's token:"), pod),
				do(finding.T("Restart the owner of the Pod. The new Pod gets a new token."), restart)),
			finding.APIServerUnreachable: podUnreachable, finding.ServerCertificateUntrusted: podUntrusted, finding.ServerCertificateNameMismatch: podMisnamed,
		},
		kubeadmJoin: {
			finding.APIServerUnreachable: steps(do(finding.T("On the joining node, check the address in the join command, and that the API server answers there. Then check firewalls and security groups for the port."),
				finding.Run("curl --insecure --silent --show-error https://HOST:6443/healthz"))),
			finding.ServerCertificateUntrusted: steps(
				do(finding.T("kubeadm trusts the CA in the ConfigMap cluster-info, or in the discovery file. Check that the address in the join command is this cluster's API server. On a control-plane node, compare the CA in cluster-info with "+
					"/etc/kubernetes/pki/ca.crt."), finding.Run("kubectl --namespace kube-public get configmap cluster-info --output yaml")),
				do(finding.T("Then join with a new join command. It has the hash of the current CA."), finding.Run("kubeadm token create --print-join-command"))),
			finding.ServerCertificateNameMismatch: steps(
				do(finding.T("Use an address in the join command that the API server's certificate has. To add an address to the certificate, add it to `apiServer.certSANs` of the configuration. On the control-plane node, move "+
					"apiserver.crt and apiserver.key in /etc/kubernetes/pki away, and run:"), finding.Run("kubeadm init phase certs apiserver --config FILE")),
				say(finding.T("Then restart the kube-apiserver, so that it serves the new certificate."))),
		},
		vaultLogin: {
			finding.ServerCertificateUntrusted: login, finding.ServerCertificateNameMismatch: login,
		},
	}
})

// withHolderFix adds the fix for a credential that is not the reader's. It returns false if the
// credential is the reader's, or if the fix does not depend on it.
func withHolderFix(f finding.Finding, r reason) (finding.Finding, bool) {
	h := r.holder
	switch f.ID {
	case finding.CredentialRejected, finding.AnonymousRequest:
		if r.Stage == errortext.HTTP && h == "" {
			return f, false
		}
		fix, ok := holderFixes()[h][finding.CredentialRejected]
		if !ok {
			return f, false
		}
		f = withSteps(f, fix)
		if r.Stage == errortext.RequestHeader {
			f = f.FixBy(finding.T("If the log is that of an aggregated API: %s", entryOf(finding.FrontProxyCertificateUntrusted).ToDo()), frontProxyConfig())
		}
		if h != serverLog && f.ID == finding.CredentialRejected {
			f = f.Ask("Or ask an administrator to find the rejection in the API server's log. Tell them the time.", diagnose.ReasonsInLog())
		}
		return f, true
	case finding.ClientCANotTrusted, finding.CertificateExpired, finding.CertificateKeyUsage:
		certificate, proxy := entryOf(f.ID), entryOf(finding.FrontProxyCertificateUntrusted)
		if r.Stage == errortext.X509 && strings.Contains(r.Line, errortext.Refusal) {
			return f.FixBy(certificate.ToDo(), finding.Command{}).
				FixBy(finding.T("If the log is that of an aggregated API such as metrics-server, the certificate is the API server's. %s", proxy.ToDo()), frontProxyConfig()), true
		}
		if r.Stage != errortext.RequestHeader {
			return f, false
		}
		// The API server's own authenticator of client certificates adds their serial number.
		return f.FixBy(finding.T("If the log is that of an aggregated API such as metrics-server: %s", proxy.ToDo()), frontProxyConfig()).
			FixBy(finding.T("If the log is that of the API server: %s", certificate.ToDo()), finding.Command{}), true
	case finding.APIServerUnreachable:
		if (h == inPod || h == cniPlugin) && strings.Contains(r.Line, "request-header-client-ca-file") {
			f = f.Fix("A server behind the API server reads the requestheader CA from the ConfigMap extension-apiserver-authentication when it starts, and does not reach the API server. If no Pod of this node reaches "+
				"Services, repair the network of the node first. hostNetwork only hides the fault.", finding.Command{})
		}
	case finding.ServerCertificateUntrusted, finding.ServerCertificateNameMismatch, finding.ServerCertificateExpired:
		if h == "" && r.server == "" && r.Stage == errortext.Transport {
			return f.Fix("Find the program that reports the error, and the server that it connects to. If that is kubectl and the API server, this command compares the certificate with the kubeconfig:",
				finding.Run("kubectl authn explain")).FixBy(finding.T("If the server is the API server: %s", entryOf(f.ID).ToDo()), finding.Command{}), true
		}
		if (h == "" || h == kubectlUser) && strings.Contains(r.Line, "/tokenreviews") {
			h = vaultLogin
		}
	}
	fix, ok := holderFixes()[h][f.ID]
	return withSteps(f, fix), ok
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
