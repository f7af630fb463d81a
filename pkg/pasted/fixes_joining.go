package pasted

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ofJoining has the reasons why a node does not join its cluster.
func ofJoining() map[errortext.Key]explanation {
	const kubeadmPage = "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/"
	const bootstrapPage = "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/"
	const csrPage = "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/"
	pendingRequests := do(finding.T("Show the signer, the caller and the condition of each request. Approve a pending request only if you know that its caller created it: `kubectl certificate approve NAME`."), finding.Run("kubectl get certificatesigningrequests"))
	approvers := say(finding.T("If a request is approved and not issued, check that kube-controller-manager runs and has `--cluster-signing-cert-file` and `--cluster-signing-key-file`. If no request is approved automatically, restore the ClusterRoleBindings of the bootstrap: `kubeadm init phase bootstrap-token`."))
	const k3sPage = "https://docs.k3s.io/cli/token"
	joinAgain := do(finding.T("On a control-plane node, create a new token. The command prints the complete join command, with the hash of the current CA:"), finding.Run("kubeadm token create --print-join-command"))
	joinByFile := do(finding.T("Or join with a discovery file, which needs no anonymous access: copy a kubeconfig that has only the cluster's address and CA to the node."), finding.Run("kubeadm join --discovery-file FILE"))
	serverToken := do(finding.T("Read the current token on a server of the cluster (K3s; for RKE2, /var/lib/rancher/rke2/server/node-token). Set it as K3S_TOKEN, `--token`, or `token` in the configuration of the node, and restart the node's service."),
		finding.Run("sudo cat /var/lib/rancher/k3s/server/node-token"))
	return map[errortext.Key]explanation{
		"cluster-info-401": {
			title: finding.T("the API server rejects kubeadm's anonymous request"),
			means: finding.T("kubeadm reads the ConfigMap cluster-info without a credential, to verify the cluster before it sends the token. The 401 means that anonymous access is off (`--anonymous-auth=false`, or `anonymous` in the " +
				"AuthenticationConfiguration), or that a proxy answers at the address. The token was not sent"),
			fix: steps(do(finding.T("Ask an administrator to check the flag on a control-plane node. An AuthenticationConfiguration can limit anonymous access to the path of cluster-info and the health checks."),
				finding.Run("grep -e anonymous-auth -e authentication-config /etc/kubernetes/manifests/kube-apiserver.yaml")),
				joinByFile), reference: kubeadmPage,
		},
		"cluster-info-403": {
			title: finding.T("kubeadm join may not read the ConfigMap cluster-info"),
			means: finding.T("kubeadm reads the ConfigMap cluster-info without a credential, to verify the cluster before it sends the token. In kube-public, the Role or the RoleBinding kubeadm:bootstrap-signer-clusterinfo is missing. " +
				"Or the address is that of a cluster without kubeadm. The token was not sent"),
			fix: steps(do(finding.T("Check the address in the join command. Then show the RoleBinding, as an administrator of the cluster."), finding.Run("kubectl --namespace kube-public get rolebinding kubeadm:bootstrap-signer-clusterinfo --output yaml")),
				do(finding.T("If the RoleBinding is missing, let kubeadm create it again on a control-plane node. The command also creates a new bootstrap token."), finding.Run("kubeadm init phase bootstrap-token")),
				joinByFile), reference: kubeadmPage,
		},
		"cluster-info-pin": {
			title: finding.T("the pinned hash is not that of the cluster's CA"),
			means: finding.T("`--discovery-token-ca-cert-hash` belongs to another CA. Either the join command is from another cluster or from before a rebuild, or another server answers at the address"),
			fix:   steps(joinAgain, say(finding.T("Check that the address in the join command is this cluster's. Do not use `--discovery-token-unsafe-skip-ca-verification`."))), reference: kubeadmPage,
		},
		"cluster-info-hash": {
			title: finding.T("the hash of the CA in the join command is malformed"),
			means: finding.T("`--discovery-token-ca-cert-hash` needs the form sha256: with 64 hexadecimal digits"), fix: steps(joinAgain), reference: kubeadmPage,
		},
		"join-token-form": {
			title: finding.T("the join command has no valid token or hash"),
			means: finding.T("A bootstrap token has the form abcdef.0123456789abcdef: 6 and 16 lower-case letters and digits. A part is missing, was cut or has other characters. kubeadm sent no request"), fix: steps(joinAgain), reference: kubeadmPage,
		},
		"join-timeout": {
			title: finding.T("kubeadm got no usable cluster-info in time"),
			means: finding.T("kubeadm tried until its timeout, and the last line does not say why. Either no API server answers at the address, or cluster-info has no signature of the token"),
			fix: steps(do(finding.T("On a control-plane node, check whether the token exists and when it expires."), finding.Run("kubeadm token list")),
				say(finding.T("On the joining node, check the address and the port. Run kubeadm join with `--v=5`: it logs the error of each attempt."))), reference: kubeadmPage,
		},
		"join-certificates": {
			title: finding.T("the uploaded control-plane certificates have expired"),
			means: finding.T("`kubeadm init phase upload-certs` stores the certificates in the Secret kubeadm-certs, which is deleted after two hours"),
			fix: steps(do(finding.T("On a control-plane node, upload the certificates again. The command prints a new certificate key."), finding.Run("kubeadm init phase upload-certs --upload-certs")),
				do(finding.T("Then print a join command with that key, and run it on the new node."), finding.Run("kubeadm token create --print-join-command --certificate-key KEY"))), reference: kubeadmPage,
		},
		"join-certificate-key": {
			title:     finding.T("the certificate key does not fit the uploaded certificates"),
			means:     finding.T("`--certificate-key` is from an earlier upload, or was cut off. Each upload has a new key"),
			fix:       steps(do(finding.T("On a control-plane node, upload the certificates again, and use the printed key in the join command."), finding.Run("kubeadm init phase upload-certs --upload-certs"))),
			reference: kubeadmPage,
		},
		"node-serving-unsigned": {
			title: finding.T("the kubelet's serving certificate was not approved"),
			means: finding.T("The kubelet requested a serving certificate, and none was issued in time. Kubernetes approves requests of the signer kubernetes.io/kubelet-serving only with an approver of its own"),
			fix:   steps(pendingRequests, say(finding.T("If an approver runs in the cluster, read its log. On a cluster without one, approve each request by hand."))), reference: csrPage,
		},
		"node-client-unsigned": {
			title: finding.T("the kubelet's client certificate was not issued"),
			means: finding.T("The kubelet requested a client certificate, and none was issued in time. Either no request was approved, or kube-controller-manager does not sign"),
			fix:   steps(pendingRequests, approvers), reference: csrPage,
		},
		"certificate-unsigned": {
			title: finding.T("a requested certificate was not issued in time"),
			means: finding.T("A client, usually a kubelet, created a CertificateSigningRequest. Either the request was not approved, or kube-controller-manager does not sign. The message does not say which certificate it is"),
			fix:   steps(pendingRequests, approvers), reference: csrPage,
		},
		"join-token-401": {
			title: finding.T("the API server rejects the bootstrap token of kubeadm join"),
			means: finding.T("The ConfigMap cluster-info was readable, and kubeadm then sends the bootstrap token. The token has expired or was deleted, or `--enable-bootstrap-token-auth` is not set"),
			fix:   steps(do(finding.T("On a control-plane node, check whether the token exists, when it expires, and that its usages contain authentication."), finding.Run("kubeadm token list")), joinAgain), reference: kubeadmPage,
		},
		"k3s-token-403": {
			title: finding.T("the server does not permit this request of the node"),
			means: finding.T("The server answered 403, and not 401: it rejected no password. Either the request had no credential, or the credential is that of an agent. Only a token of servers may read server-bootstrap"),
			fix: steps(do(finding.T("On the first server, read the server token (K3s; for RKE2, /var/lib/rancher/rke2/server/token). Set it as token in the configuration of the node that joins as a server, and restart its service."),
				finding.Run("sudo cat /var/lib/rancher/k3s/server/token")), say(finding.T("Check that the node joins the right cluster, and that the address is that of its server."))), reference: k3sPage,
		},
		"k3s-tunnel": {
			title: finding.T("the tunnel of K3s or RKE2 to the kubelet does not connect"),
			means: finding.T("The API server reaches kubelets through the server process, which uses a tunnel that the agent of each node opens. The tunnel is missing, or the server process does not reach the kubelet. No credential of yours was rejected"),
			fix:   steps(do(finding.T("On the node, read the log of the agent (K3s; for RKE2, the unit rke2-agent or rke2-server). The agent logs why its connection to the server fails."), finding.Run("sudo journalctl --unit k3s-agent --since -15min"))), reference: "https://docs.k3s.io/architecture",
		},
		"k3s-tunnel-401": {
			title: finding.T("the K3s or RKE2 server rejects the API server's request"),
			means: finding.T("The API server connects to kubelets through the server process. It sends its own client certificate, and the process does not accept the certificate. Your credential is not involved. The text does not say why"),
			fix: steps(do(finding.T("On the server, check when its certificates expire (K3s; for RKE2, rke2 certificate check)."), finding.Run("sudo k3s certificate check")),
				say(finding.T("If a certificate has expired, restart the server's service, which renews it. If not, read the log of the service at the time of the error."))), reference: "https://docs.k3s.io/cli/certificate",
		},
		"microk8s-token": {
			title: finding.T("the server rejects the token of microk8s join"),
			means: finding.T("A token of `microk8s add-node` works for one attempt, also for one that fails, unless it has a lifetime (`--token-ttl`)"),
			fix: steps(do(finding.T("On a node of the cluster, create a new token. Run the printed command on the new node once."), finding.Run("microk8s add-node")),
				say(finding.T("If a new token fails too, check that the address in the command is that of the node that created the token."))), reference: "https://microk8s.io/docs/command-reference",
		},
		"microk8s-identity": {
			title: finding.T("the server's certificate does not match the join command"),
			means: finding.T("The last part of the join command is the beginning of the SHA-256 fingerprint of the server's certificate. The part is from another node, was cut, or the node has a new certificate. The new node sent no token"),
			fix:   steps(do(finding.T("On the node of the cluster, print a new join command, and use its address. Do not skip the verification."), finding.Run("microk8s add-node"))), reference: "https://microk8s.io/docs/command-reference",
		},
		"microk8s-hostname": {
			title: finding.T("the host name of the joining node does not resolve"),
			means: finding.T("The server accepted the token. The host name of the joining node must resolve to the address from which its request came"),
			fix:   steps(do(finding.T("On all nodes, add the host name and the address of the new node to the DNS or to /etc/hosts. Then create a new token, because the failed attempt has used the old one."), finding.Run("microk8s add-node"))), reference: "https://microk8s.io/docs/clustering",
		},
		"k8s-snap-token": {
			title: finding.T("the server rejects the token for joining"),
			means: finding.T("A token for joining belongs to one node name, works once, and expires after 24 hours unless it was created with another lifetime"),
			fix:   steps(do(finding.T("On a control-plane node, create a new token for this node, with `--worker` for a worker."), finding.Run("sudo k8s get-join-token NODE"))), reference: "https://documentation.ubuntu.com/canonical-kubernetes/",
		},
		"k8s-snap-unreachable": {
			title: finding.T("the node does not reach the cluster that it joins"),
			means: finding.T("The token has the addresses of the cluster's nodes, with the port 6400. None of them answered, and no token was judged"),
			fix:   steps(say(finding.T("Check the network from this node to the addresses in the message. Then create a new token, because the cluster's addresses may have changed."))), reference: "https://documentation.ubuntu.com/canonical-kubernetes/",
		},
		"node-bootstrap-401": {
			title: finding.T("the API server rejects the kubelet's bootstrap credential"),
			means: finding.T("The kubelet requests its client certificate with the bootstrap token in its bootstrap kubeconfig. A token of `kubeadm token create` expires after 24 hours, and its Secret is then deleted. " +
				"A token of a file works only if the API server's `--token-auth-file` has it. Without `--enable-bootstrap-token-auth`, the API server ignores bootstrap tokens"),
			fix: steps(do(finding.T("On a control-plane node, check whether the bootstrap token in the node's /etc/kubernetes/bootstrap-kubelet.conf exists and when it expires."), finding.Run("kubeadm token list")),
				joinAgain, say(finding.T("Without kubeadm, write the new token to the node's bootstrap kubeconfig, and restart the kubelet."))), reference: bootstrapPage,
		},
		"node-bootstrap-file": {
			title: finding.T("the kubelet loads no kubeconfig or bootstrap kubeconfig"),
			means: finding.T("If the kubelet's client certificate has expired or its kubeconfig is missing, the kubelet needs a bootstrap kubeconfig. kubeadm deletes that file after the node has joined"),
			fix: steps(do(finding.T("On the node, check the kubelet's files and when its client certificate expires."), finding.Run("sudo openssl x509 -noout -dates -in /var/lib/kubelet/pki/kubelet-client-current.pem")),
				say(finding.T("If the certificate has expired, join the node again: on the node, `kubeadm reset`, then the join command of the next step. Drain the node first if its Pods still run.")), joinAgain), reference: bootstrapPage,
		},
		"node-certificate-missing": {
			title: finding.T("the kubelet has no valid client certificate"),
			means: finding.T("The kubelet requested a client certificate and has got none yet, or its certificate has expired. Until then, the API server rejects its requests, or serves them as system:anonymous"),
			fix: steps(do(finding.T("List the CertificateSigningRequests of the signer kubernetes.io/kube-apiserver-client-kubelet. A request that remains Pending has no approver, or kube-controller-manager does not run."), finding.Run("kubectl get csr")),
				say(finding.T("If there is no request of the node, the API server rejects the kubelet's bootstrap token. Create a new token, and write it to the node's bootstrap kubeconfig."))), reference: bootstrapPage,
		},
		"node-certificate-expired": {
			title: finding.T("the kubelet's client certificate has expired"),
			means: finding.T("The kubelet was off or could not rotate its certificate in time. It now requests a new certificate with its bootstrap token, which usually has expired too"),
			fix: steps(
				do(finding.T("Check the node's clock first. A clock that is ahead looks the same. Then, on a control-plane node, create a new bootstrap token. Write the token to the node's /etc/kubernetes/bootstrap-kubelet.conf, or join the node again with the printed command. Then restart the kubelet."),
					finding.Run("kubeadm token create --print-join-command"))), reference: bootstrapPage,
		},
		"node-name": {
			title: finding.T("the kubelet's node name differs from its certificate"),
			means: finding.T("The API server identified the kubelet by the name in its credential. The kubelet may change only the node of that name, and registers another one"),
			fix: steps(say(finding.T("Make both names equal. The kubelet's name is its --hostname-override, or else the host name. With a cloud provider, the provider can determine the name, such as the private DNS name.")),
				do(finding.T("To get a certificate for the right name, join the node again with a new bootstrap token."), finding.Run("kubeadm token create --print-join-command"))), reference: "https://kubernetes.io/docs/reference/access-authn-authz/node/",
		},
		"k3s-ca-hash": {
			title: finding.T("the server token is for another cluster CA"),
			means: finding.T("The token begins with a hash of the CA. The server at the address has another CA: the token is from another cluster, or from this one before it was rebuilt"),
			fix:   steps(serverToken, say(finding.T("Check that the node's server address (`--server`, K3S_URL) is the intended cluster."))), reference: k3sPage,
		},
		"k3s-token-form": {title: finding.T("the server token is malformed"), means: finding.T("A full token has the form K10, the hash of the CA, ::, and the user name and password. The short form is the password alone"), fix: steps(serverToken), reference: k3sPage},
		"k3s-token-401":  {title: finding.T("the server rejects the token of the node"), means: finding.T("The token's password is not that of the server or the agents of this cluster, or the bootstrap token has expired"), fix: steps(serverToken, do(finding.T("On a server, list the bootstrap tokens."), finding.Run("sudo k3s token list"))), reference: k3sPage},
		"k3s-client-401": {title: finding.T("a server of K3s or RKE2 rejects the credential of a node"), means: finding.T("This is the log of the server. The end of the message is the reason. Often, the node has a certificate or a token of another CA, from before the cluster was rebuilt, or an expired one"), fix: steps(
			do(finding.T("On the node at the logged address, check the certificates (K3s; for RKE2, rke2 certificate check). Restart the node's service, which requests new ones with its token."), finding.Run("sudo k3s certificate check")), serverToken), reference: k3sPage},
		"k3s-bootstrap-500": {title: finding.T("the server cannot answer the request of the joining node"), means: finding.T("The answer is 500. Releases of K3s from before 2021 answer 500 to a wrong token, too"), fix: steps(
			do(finding.T("On the server that the URL names, read the log at that time (K3s; for RKE2, the unit rke2-server). It has the reason."), finding.Run("sudo journalctl --unit k3s --since -15min")), serverToken), reference: k3sPage},
		"k3s-unreachable": {title: finding.T("the node does not reach the server"), means: finding.T("The port 6444 of 127.0.0.1 is the agent's own load balancer, which forwards to the servers. The connection behind it fails or times out. The server has not judged the token"), fix: steps(
			do(finding.T("On the node, check that the server answers at its address (RKE2: port 9345). Replace SERVER. If only large answers fail, check the MTU."), finding.Run("curl --insecure --silent --show-error https://SERVER:6443/cacerts"))), reference: "https://docs.k3s.io/installation/requirements#networking"},
		"k3s-tunnel-handshake": {title: finding.T("a server rejects the tunnel of a Rancher, K3s or RKE2 agent"), means: finding.T("The agent opens a WebSocket, and the answer was not the status 101. Newer agents log the status. Either the server rejects the agent's token, or a proxy does not support WebSockets"), fix: steps(
			do(finding.T("Send the request without the token, and read the answer. Replace URL with the logged one, with https:// in place of wss://."), finding.Run("curl --include --silent --show-error --header 'Connection: Upgrade' --header 'Upgrade: websocket' URL")),
			say(finding.T("If the server itself answers, run the registration command that Rancher shows for this cluster again, or restart the K3s or RKE2 agent."))), reference: "https://ranchermanager.docs.rancher.com/troubleshooting/other-troubleshooting-tips/registered-clusters"},
		"k3s-agent-tunnel-401": {title: finding.T("the server rejects the connection of an agent's tunnel"), means: finding.T("The agent of a node opens a WebSocket to its server (K3s, RKE2, or Rancher's cattle-cluster-agent), and the server does not accept the agent's credential"), fix: steps(
			do(finding.T("For K3s, check the certificates on the node (for RKE2, rke2 certificate check), and restart the agent's service."), finding.Run("sudo k3s certificate check")),
			say(finding.T("For Rancher's agent (the URL has /v3/connect), run the registration command that Rancher shows for this cluster again."))), reference: "https://docs.k3s.io/architecture"},
		"kops-identity": {title: finding.T("kops-controller does not accept the identity of the node"), means: finding.T("A new node proves with its cloud identity that it belongs to the cluster, and kops-controller answered 403. The end of the message is the reason. A typical reason is an IAM role that no instance group of the cluster has"), fix: steps(
			do(finding.T("Compare the identity in the message with the roles of the instance groups. Then update the cluster, and replace the node."), finding.Run("kops update cluster --yes")),
			say(finding.T("If the reason is a status code from STS, check the node's clock."))), reference: "https://kops.sigs.k8s.io/architecture/kops-controller/"},
		"capi-token": {title: finding.T("Cluster API cannot renew the bootstrap token of a machine"), means: finding.T("Cluster API keeps a bootstrap token in the workload cluster until the machine has joined. The Secret of the token cannot be read or was deleted. A machine that boots with this token cannot join"), fix: steps(
			do(finding.T("Look for machines without a node. Delete such a machine: its owner creates a new one, with a new token."), finding.Run("kubectl get machines --all-namespaces"))), reference: "https://cluster-api.sigs.k8s.io/user/troubleshooting"},
		"k0s-token": {title: finding.T("the controller rejects the token of the joining controller"), means: finding.T("The token has expired, was invalidated, or has the role of a worker"), fix: steps(
			do(finding.T("On a controller, create a new token, and start the new controller with it."), finding.Run("k0s token create --role=controller"))), reference: "https://docs.k0sproject.io/stable/k0s-multi-node/"},
		"k3s-node-password": {title: finding.T("the server rejects the node's password"), means: finding.T("Another node has the same name, or the node was installed again. The server token is correct"), fix: steps(
			say(finding.T("If two nodes have the same host name, rename one, or start its agent with `--with-node-id`.")),
			do(finding.T("If the node was installed again, delete the old node and its password (K3s; for RKE2 the Secret ends with .node-password.rke2). Then restart the agent."),
				finding.Run("kubectl delete node NODE").And(finding.Run("kubectl --namespace kube-system delete secret NODE.node-password.k3s")))), reference: "https://docs.k3s.io/architecture#how-agent-node-registration-works"},
		"k3s-bootstrap-data": {title: finding.T("the datastore belongs to a server with another token"), means: finding.T("The server's token encrypts the cluster's CA keys in the datastore. This server was started with another token, or without the original one"), fix: steps(
			do(finding.T("Start the server with the original token: from another server of the cluster, or from a backup."), finding.Run("sudo cat /var/lib/rancher/k3s/server/token"))), reference: k3sPage},
		"k3s-ca-401": {title: finding.T("the server answers 401 before the node sends its token"), means: finding.T("The node reads /cacerts without a credential, and a server of K3s or RKE2 serves it to every client. Another server answered, such as the API server of " +
			"another distribution, or a proxy. The token is not involved"), fix: steps(
			say(finding.T("Check the server's address (`--server`, K3S_URL). The port of a K3s server is 6443. The port of an RKE2 server is 9345: on port 6443, its API server answers 401.")),
			do(finding.T("On the node, check which server answers. Replace SERVER. A server of K3s or RKE2 returns a certificate."), finding.Run("curl --insecure --silent --show-error https://SERVER:6443/cacerts"))), reference: k3sPage},
		"k3s-ca": {title: finding.T("the node cannot read or verify the server's CA"), means: finding.T("The node reads /cacerts from the server before it sends the token. The server cannot be reached, or another server or a proxy answers at the address"), fix: steps(
			do(finding.T("On the node, check that the server answers at its address. Replace SERVER."), finding.Run("curl --insecure --silent --show-error https://SERVER:6443/cacerts"))), reference: k3sPage},
	}
}

// ofWebhooks has the reasons of programs that decide about tokens for an API server.
func ofWebhooks() map[errortext.Key]explanation {
	const eksPage = "https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html"
	caller := do(finding.T("Show the AWS identity of the client that failed, in its environment and with its profile."), finding.Run("aws sts get-caller-identity"))
	newConfig := do(finding.T("Write the kubeconfig again, so that the exec plugin signs the token for this cluster."), finding.Run("aws eks update-kubeconfig --name CLUSTER"))
	return map[errortext.Key]explanation{
		"eks-not-mapped": {
			title: finding.T("the AWS identity is not mapped to a Kubernetes user"),
			means: finding.T("AWS confirmed the identity. The cluster has neither an access entry nor an entry in the ConfigMap aws-auth for its ARN. aws-auth needs the role's ARN without a path, and not the ARN of the session"),
			fix: steps(do(finding.T("As an administrator of the cluster, show the access entries, and create one for the role or user."), finding.Run("aws eks list-access-entries --cluster-name CLUSTER")),
				do(finding.T("Or show the mapping in aws-auth, and add the ARN."), finding.Run("kubectl --namespace kube-system get configmap aws-auth --output yaml")), caller), reference: eksPage,
		},
		"eks-mapping": {
			title: finding.T("the mapping of the AWS identity cannot be applied"),
			means: finding.T("AWS confirmed the identity, and a mapping in aws-auth matches. Its template cannot be filled: {{EC2PrivateDNSName}} is only for roles of EC2 instances, whose session has the name of the instance. " +
				"A user name must not begin with a reserved prefix"),
			fix: steps(do(finding.T("Show the mapping. For a role that people or programs assume, use {{SessionName}} or a fixed user name, and no group of nodes."), finding.Run("kubectl --namespace kube-system get configmap aws-auth --output yaml"))), reference: eksPage,
		},
		"eks-expired": {
			title: finding.T("the token of EKS has expired"),
			means: finding.T("A token of `aws eks get-token` is valid for 15 minutes after its signature. The client kept the token, or its clock is wrong"),
			fix:   steps(say(finding.T("Let the client run the exec plugin for each token instead of storing the token. Compare the client's clock with the current time.")), newConfig), reference: eksPage,
		},
		"eks-cluster": {
			title: finding.T("the token is not signed for a cluster"),
			means: finding.T("The header x-k8s-aws-id with the name of the cluster is missing in the signature. The token is from a program that does not know EKS"), fix: steps(newConfig), reference: eksPage,
		},
		"eks-token-form": {
			title: finding.T("the token is not a valid token of EKS"),
			means: finding.T("The authenticator expects `k8s-aws-v1.` and a signed URL of AWS STS. The client sends another token, or the token was changed, or is signed for another endpoint"), fix: steps(newConfig, caller), reference: eksPage,
		},
		"eks-sts": {
			title: finding.T("AWS STS rejects the signature of the token"),
			means: finding.T("The authenticator sends the signed URL to AWS STS, which answered with an error. The AWS keys of the client can be invalid, expired or deleted, and the client's clock can be wrong. Or the token was changed, or names another cluster than the authenticator's `clusterID`"),
			fix:   steps(caller, say(finding.T("If that command fails too, log in to AWS again or replace the keys. Then repeat the request."))), reference: eksPage,
		},
		"rancher-expired": {
			title: finding.T("the Rancher token has expired"), fix: steps(say(finding.T("Log in to Rancher, and download a new kubeconfig. The setting `kubeconfig-default-token-ttl-minutes` of Rancher limits the lifetime."))),
			reference: "https://ranchermanager.docs.rancher.com/reference-guides/user-settings/api-keys",
		},
		"rancher-unknown": {
			title:     finding.T("the cluster does not know the Rancher token or its user"),
			means:     finding.T("The authorized cluster endpoint knows only tokens and users that Rancher has copied to this cluster. The token was deleted, or belongs to another cluster, or was not copied yet"),
			fix:       steps(say(finding.T("Download the kubeconfig of this cluster from Rancher again. If the error persists, check in Rancher that the cluster's agent is connected."))),
			reference: "https://ranchermanager.docs.rancher.com/how-to-guides/new-user-guides/manage-clusters/access-clusters/authorized-cluster-endpoint",
		},
		"rancher-migration": {
			title:     finding.T("the Rancher token cannot be read on this cluster"),
			means:     finding.T("The kubeconfig is from an older release of Rancher. The authorized cluster endpoint cannot take over the token's secret"),
			fix:       steps(say(finding.T("Download the kubeconfig of this cluster from Rancher again, which has a new token. Or use the context that connects through the Rancher server."))),
			reference: "https://ranchermanager.docs.rancher.com/how-to-guides/new-user-guides/manage-clusters/access-clusters/authorized-cluster-endpoint",
		},
		"rancher-cluster-401": {
			title: finding.T("the cluster rejects the credential of Rancher"),
			means: finding.T("Rancher manages the cluster with a credential of its own: a ServiceAccount token, or an identity of the cloud in EKS, AKS and GKE. Your credential is not involved"),
			fix: steps(say(finding.T("For a cluster of a cloud, check the cloud credential in Rancher, and that its identity may still administer the cluster. In EKS, that is the role or user that created the cluster, or one with an access entry.")),
				say(finding.T("For an imported cluster, run the registration command that Rancher shows for the cluster again."))),
			reference: "https://ranchermanager.docs.rancher.com/troubleshooting/other-troubleshooting-tips/registered-clusters",
		},
		"openshift-login": {
			title:     finding.T("the identity provider of OpenShift reports an error"),
			means:     finding.T("The OAuth server could not verify the login with the identity provider. The end of the message is the provider's reason"),
			fix:       steps(do(finding.T("As an administrator, compare the provider's settings and its CA in the OAuth configuration with the reason."), finding.Run("oc get oauth cluster --output yaml"))),
			reference: "https://docs.openshift.com/container-platform/latest/authentication/understanding-identity-provider.html",
		},
		"openshift-mapping": {
			title:     finding.T("the OpenShift user already has another identity"),
			means:     finding.T("With the mapping method `claim`, a user name belongs to the identity provider that created it. Another provider, or a recreated one, has the same user name"),
			fix:       steps(do(finding.T("As an administrator, show the identities. Delete the Identity of the old provider, or set `mappingMethod: add` if both providers may log in as this user."), finding.Run("oc get identities"))),
			reference: "https://docs.openshift.com/container-platform/latest/authentication/understanding-identity-provider.html",
		},
		"openshift-proxy": {
			title:     finding.T("OpenShift's OAuth server rejects the client of a proxy"),
			means:     finding.T("oauth-proxy logs users in as an OAuth client, usually with a ServiceAccount of its Pod. The OAuth server does not accept the client, its secret or its redirect address"),
			fix:       steps(do(finding.T("Compare the ServiceAccount's annotation serviceaccounts.openshift.io/oauth-redirectreference with the route, and its token with the proxy's client secret. Then restart the proxy."), finding.Run("oc get serviceaccount NAME --namespace NAMESPACE --output yaml"))),
			reference: "https://docs.openshift.com/container-platform/latest/authentication/using-service-accounts-as-oauth-client.html",
		},
		"guard-token": {
			title:     finding.T("the webhook of AKS rejects the Microsoft Entra token"),
			means:     finding.T("The token has expired, is for another tenant or another server application, or is no access token for the cluster. The end of the message is the reason"),
			fix:       steps(do(finding.T("Log in again, and write the kubeconfig again."), finding.Run("az aks get-credentials --resource-group GROUP --name CLUSTER --overwrite-existing"))),
			reference: "https://learn.microsoft.com/azure/aks/enable-authentication-microsoft-entra-id",
		},
	}
}

// ofLogins has the reasons of identity providers, and of proxies that log users in.
func ofLogins() map[errortext.Key]explanation {
	const proxyPage, dexPage, keycloakPage = "https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview", "https://dexidp.io/docs/", "https://www.keycloak.org/docs/latest/server_admin/"
	sameClient := say(finding.T("Compare the client ID and the client secret of the login program or proxy with the client at the identity provider. Do not paste the secret anywhere."))
	return map[errortext.Key]explanation{
		"proxy-audience": {title: finding.T("oauth2-proxy expects another audience in the token"), means: finding.T("oauth2-proxy accepts tokens whose `aud` has its own client ID. Keycloak writes only `account` into access tokens, unless the client has a mapper for the audience"), fix: steps(
			say(finding.T("At the identity provider, add the client ID of oauth2-proxy to the audience. In Keycloak, that is a mapper of the type Audience. Or allow the audience with `--oidc-extra-audience`.")),
			do(finding.T("To see the audience of a token:"), finding.Run("kubectl authn inspect -f token.txt"))), reference: proxyPage},
		"proxy-email": {title: finding.T("oauth2-proxy finds no verified email address"), means: finding.T("oauth2-proxy needs the claim `email`, and that `email_verified` is not false"), fix: steps(
			say(finding.T("At the identity provider, set and verify the user's address, and add the scope `email` to the client. To identify users by another claim, set `--oidc-email-claim`."))), reference: proxyPage},
		"proxy-cookie": {title: finding.T("the browser did not return oauth2-proxy's cookie"), means: finding.T("oauth2-proxy compares the answer with a cookie that it set when the login began. The login took too long, or started on another host name, or the cookie is not allowed for the page"), fix: steps(
			say(finding.T("Start the login again in one tab. Compare `--cookie-domain`, `--cookie-secure` and `--redirect-url` with the address in the browser."))), reference: proxyPage},
		"proxy-denied": {title: finding.T("oauth2-proxy does not allow the user"), means: finding.T("The login succeeded. The user's address or group is not in the list of oauth2-proxy"), fix: steps(
			say(finding.T("Compare the user with `--email-domain`, `--authenticated-emails-file` and `--allowed-group` of oauth2-proxy."))), reference: proxyPage},
		"oauth2-proxy-login": {title: finding.T("oauth2-proxy cannot complete the login"), means: finding.T("The end of the message is the reason, usually an answer of the identity provider. No API server judged a token"), fix: steps(
			say(finding.T("Check that `--oidc-issuer-url`, `--redeem-url` and the client secret belong to the same provider, and that no proxy or mesh answers in its place.")), sameClient), reference: proxyPage},
		"dex-ldap": {title: finding.T("Dex cannot search or bind at the LDAP server"), means: finding.T("Dex binds with the account of its connector first. LDAP result code 49 is a wrong name or password"), fix: steps(
			say(finding.T("Correct `bindDN`, `bindPW` or the search of the LDAP connector in Dex's configuration, and restart Dex. If the message is about the user's own name, the user's password is wrong."))), reference: "https://dexidp.io/docs/connectors/ldap/"},
		"dex-client": {title: finding.T("Dex does not know the client ID"), fix: steps(
			say(finding.T("Compare the client ID of the login program, such as `--oidc-client-id`, with `staticClients` in Dex's configuration."))), reference: dexPage},
		"dex-redirect": {title: finding.T("Dex does not know the redirect address"), means: finding.T("The address must be in `redirectURIs` of the client, exactly, with its port and path"), fix: steps(
			say(finding.T("Add the address in the message to `redirectURIs` of the client in Dex's configuration. For kubectl oidc-login, these are http://localhost:8000 and http://localhost:18000."))), reference: dexPage},
		"dex-request": {title: finding.T("Dex does not know the login request"), means: finding.T("The request has expired, or was completed already. With `storage.type: memory`, only the replica of Dex that began the login knows it, until it restarts"), fix: steps(
			say(finding.T("Begin the login in the program again, and not with the browser's history. If Dex has several replicas or restarts often, use a storage that they share."))), reference: dexPage},
		"dex-code": {title: finding.T("Dex does not accept the code of the login"), means: finding.T("Dex has the code, and it has expired or was issued to another client"), fix: steps(
			say(finding.T("Compare the clocks of Dex's Pods and `--oidc-client-id` of the login program with the client that began the login. Then repeat the login."))), reference: dexPage},
		"dex-scope": {title: finding.T("Dex does not allow the requested scopes"), means: finding.T("A scope audience:server:client_id:NAME needs a client NAME that trusts the requesting client"), fix: steps(
			say(finding.T("Remove the scope from the login program, or add the client to `trustedPeers` of the other client in Dex's configuration."))), reference: "https://dexidp.io/docs/configuration/custom-scopes-claims-clients/"},
		"keycloak-client": {title: finding.T("Keycloak rejects the client of the login"), means: finding.T("The client ID is unknown in this realm, or the client secret is wrong or missing"), fix: steps(sameClient), reference: keycloakPage},
		"keycloak-redirect": {title: finding.T("Keycloak does not allow the redirect address"), fix: steps(
			say(finding.T("Add the address in the message to the valid redirect URIs of the client. For kubectl oidc-login, these are http://localhost:8000 and http://localhost:18000."))), reference: keycloakPage},
		"keycloak-user": {title: finding.T("Keycloak rejects the user's login"), means: finding.T("The user name is unknown in this realm, the password is wrong, or the user is disabled"), fix: steps(
			say(finding.T("Log in with the right user name. An administrator of the realm can enable the user, or end a temporary lock."))), reference: keycloakPage},
		"keycloak-session": {title: finding.T("the session at Keycloak has expired"), means: finding.T("The refresh token or the code belongs to an expired or closed session, or was used before. The limits are SSO Session Idle and SSO Session Max of the realm"), fix: steps(
			say(finding.T("Log in again. For long sessions, request the scope `offline_access`, or raise the limits of the realm."))), reference: keycloakPage},
		"teleport-denied": {title: finding.T("Teleport denies access to the cluster"), means: finding.T("Teleport authenticated the user. Its roles name no Kubernetes group or user, or do not match the labels of the cluster"), fix: steps(
			do(finding.T("Show your roles. Ask an administrator of Teleport to set `kubernetes_groups` and `kubernetes_labels` in one of them."), finding.Run("tsh status"))), reference: "https://goteleport.com/docs/enroll-resources/kubernetes-access/"},
		"teleport-port": {title: finding.T("Teleport got a request without a user's certificate"), means: finding.T("The request arrived at a port or through a load balancer that ends TLS, so that Teleport does not see the user's certificate. Or Kubernetes access is off in the proxy service"), fix: steps(
			say(finding.T("Let the load balancer forward TCP, without TLS of its own. In the configuration of Teleport's proxy, set `kube_listen_addr`, or `kube_public_addr` in front of it.")),
			do(finding.T("Then write the kubeconfig again."), finding.Run("tsh kube login CLUSTER"))), reference: "https://goteleport.com/docs/enroll-resources/kubernetes-access/troubleshooting/"},
		"pinniped-key": {title: finding.T("Pinniped cannot read the cluster's signing key"), means: finding.T("Pinniped's Concierge looks for a Pod of kube-controller-manager. Managed clusters have none. With an impersonation proxy, the message is harmless"), fix: steps(
			do(finding.T("Check that the CredentialIssuer has a strategy with the status Success. If not, set `impersonationProxy.mode` to enabled."), finding.Run("kubectl get credentialissuers --output yaml"))), reference: "https://pinniped.dev/docs/reference/supported-clusters/"},
	}
}

// ofStartup has the reasons why kube-apiserver does not start.
func ofStartup() map[errortext.Key]explanation {
	const page = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
	check := do(finding.T("Correct the flag or the field that the error message names. Then check the manifest before the API server reads it:"), finding.Run("kubectl authn simulate --manifest /etc/kubernetes/manifests/kube-apiserver.yaml"))
	checkFile := do(finding.T("Correct the field that the error message names. Then check the file before the API server reads it:"), finding.Run("kubectl authn simulate --authentication-config FILE"))
	says := func(title finding.Text, means finding.Text, more ...step) explanation {
		return explanation{title: title, means: means, fix: more, reference: page}
	}
	return map[errortext.Key]explanation{
		"startup-exclusive": says(finding.T("kube-apiserver does not start: conflicting settings"),
			finding.T("With `--authentication-config`, the `--oidc-*` flags must not be set. `--anonymous-auth` must not be set if the file has `anonymous`"),
			say(finding.T("Move the settings of the flags to the AuthenticationConfiguration, and remove the flags. Each `--oidc-*` flag has a field there.")), check),
		"startup-config": says(finding.T("kube-apiserver does not start: invalid configuration"),
			finding.T("The AuthenticationConfiguration is invalid. The error message names the field and the reason. An API server that already runs keeps its last valid configuration"), checkFile),
		"startup-token-file": says(finding.T("kube-apiserver does not start: invalid static token file"),
			finding.T("Each line of this CSV file has a token, a user name, a user ID, and optionally the groups in double quotation marks"), say(finding.T("Correct the line that the error message names. Restart kube-apiserver."))),
		"startup-gate": says(finding.T("kube-apiserver does not start: a feature gate is off"),
			finding.T("This release reads `--authentication-config` only with the feature gate StructuredAuthenticationConfiguration, which is on by default since Kubernetes 1.30"), check),
		"startup-oidc": says(finding.T("kube-apiserver does not start: invalid `--oidc-*` flags"),
			finding.T("`--oidc-issuer-url` and `--oidc-client-id` belong together, and the issuer's URL must begin with https://"), check),
		"startup-service-account": says(finding.T("kube-apiserver does not start: invalid ServiceAccount flags"),
			finding.T("kube-apiserver needs `--service-account-issuer`, `--service-account-signing-key-file` and `--service-account-key-file` that fit together, with readable PEM keys"), check),
		"startup-ca": says(finding.T("kube-apiserver does not start: unusable client CA"),
			finding.T("The file is missing, is not mounted in the Pod, or is not PEM. The CAs of `--client-ca-file` and `--requestheader-client-ca-file` must differ unless `--requestheader-allowed-names` is set"), check),
		"startup-webhook": says(finding.T("kube-apiserver does not start: invalid token webhook flags"), finding.Text{}, check),
		"issuer-not-ready": says(finding.T("the API server has not read the issuer's keys yet"),
			finding.T("The API server has not read the issuer's discovery document. A new AuthenticationConfiguration takes effect only after all of its issuers answered. Until then, the API server keeps the old one"),
			do(finding.T("Find the reason: in the log of kube-apiserver, the lines with `oidc authenticator: initializing plugin` have it. Then check the issuer from a control-plane node."), finding.Run("kubectl authn discover --issuer-url ISSUER")),
			say(finding.T("If the issuer has a private CA, set `certificateAuthority` of the issuer (or `--oidc-ca-file`). If it is reachable only at another address, set `discoveryURL`."))),
		"reload-config": says(finding.T("the API server rejects the new AuthenticationConfiguration"),
			finding.T("The API server keeps its last valid configuration, and reads the file again at each change. After a restart, the API server does not start with this file"), checkFile),
		"startup-egress": says(finding.T("kube-apiserver does not start: invalid egress selector file"),
			finding.T("The file of `--egress-selector-config-file` has the connections to the control plane, to etcd and to the cluster. With it, the API server also asks issuers and token webhooks"),
			do(finding.T("Check the file that the flag names, and that it is mounted in kube-apiserver's Pod."), finding.Run("grep -e egress-selector -e mountPath /etc/kubernetes/manifests/kube-apiserver.yaml"))),
		"startup-anonymous": says(finding.T("kube-apiserver turns anonymous access off"),
			finding.T("With `--authorization-mode=AlwaysAllow`, every request would have all permissions. So the API server rejects requests without a credential, also those of kubeadm join and of health checks"),
			say(finding.T("Set `--authorization-mode=Node,RBAC`. Before that, check that administrators and components have their roles."))),
		"startup-discovery": says(finding.T("kube-apiserver does not serve its issuer's documents"),
			finding.T("The API server starts. The paths /.well-known/openid-configuration and /openid/v1/jwks are off, because `--service-account-issuer` is no https URL, or the address of the keys is missing. Clouds and Vault then cannot verify tokens with OIDC"),
			say(finding.T("Set `--service-account-issuer` to an https URL. Keep the old issuer as a second `--service-account-issuer`, so that existing tokens remain valid.")), check),
		"startup-argument": says(finding.T("kube-apiserver does not start: invalid value of a flag"), finding.Text{}, check),
		"startup-unknown-flag": says(finding.T("kube-apiserver does not start: unknown flag"),
			finding.T("The flag is misspelled, or this release does not have it yet, or it was removed"), check),
		"startup-unknown-gate": says(finding.T("kube-apiserver does not start: a feature gate cannot be set"),
			finding.T("The gate is unknown to this release, or its feature is always on. Kubernetes removes a gate some releases after the feature became stable"),
			say(finding.T("Remove the gate from `--feature-gates`. If the feature is not in this release yet, upgrade the API server first."))),
		"startup-file": says(finding.T("a control-plane component does not start: missing file"),
			finding.T("The message names the file, and not the flag. In a static Pod, a file of the host must also be mounted"),
			do(finding.T("Find the flag that names the file, and check that the file exists and that its directory is mounted. Replace FILE."), finding.Run("grep -r FILE /etc/kubernetes/manifests")), check),
		"startup-flag": says(finding.T("kube-apiserver does not start: a flag was removed"),
			finding.T("The manifest has a flag of an older release"), say(finding.T("Remove the flag. `--basic-auth-file` has no replacement: use client certificates, OIDC or ServiceAccount tokens. Use `--api-audiences` for `--service-account-api-audiences`.")), check),
		"startup-applied": says(finding.T("an AuthenticationConfiguration is a file, not an object"),
			finding.T("The API server has no such resource, so kubectl cannot apply the file. No CRD is missing"),
			say(finding.T("Copy the file to each control-plane node, mount it in kube-apiserver's Pod, and set `--authentication-config` to its path.")), checkFile),
	}
}
