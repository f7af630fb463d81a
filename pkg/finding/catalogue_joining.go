package finding

var (
	ClusterCAMismatch = declare(Entry{
		ID: "cluster-ca-mismatch", Severity: Error, Group: "Other components of the cluster",
		Title: "the token or hash for joining is for another cluster CA",
		Meaning: "A node that joins a cluster compares the cluster's CA with a hash. kubeadm has the hash in " +
			"`--discovery-token-ca-cert-hash`. K3s and RKE2 have it in the token, after `K10`. The hashes differ. The token is from another cluster, the cluster was " +
			"rebuilt or its CA replaced, or another server answers at the address. The node sends no credential.",
		Detection: "Only in a pasted error (`--error`). kubeadm reports `none of the public keys … are pinned`. K3s and RKE2 report " +
			"`token CA hash does not match the Cluster CA certificate hash`.",
		Fix: "Check that the address is the cluster that the node joins. Then request the current join command " +
			"(`kubeadm token create --print-join-command`) or the current token (`/var/lib/rancher/k3s/server/node-token`) from a " +
			"server of this cluster. Do not skip the verification.",
		Reference: "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/",
	})

	NodePasswordRejected = declare(Entry{
		ID: "node-password-rejected", Severity: Error, Group: "Other components of the cluster",
		Title: "the server rejects the node's password",
		Meaning: "A node of K3s or RKE2 proves its name with a password in `/etc/rancher/node/password`. The server keeps a hash of " +
			"the first password for each name. Another node has the same name, or the node was installed again and has a new " +
			"password. The server token is correct.",
		Detection: "Only in a pasted error (`--error`): `Node password rejected, duplicate hostname or contents of " +
			"'/etc/rancher/node/password' may not match server node-passwd entry`.",
		Fix: "Give each node its own host name, or start the agent with `--with-node-id`. For a node that was installed again, delete " +
			"the Node and its Secret `NODE.node-password.k3s` (or `.rke2`) in namespace kube-system. Then restart the agent.",
		Reference: "https://docs.k3s.io/architecture#how-agent-node-registration-works",
	})

	AuthenticationConfigInvalid = declare(Entry{
		ID: "authentication-config-invalid", Severity: Error, Group: "API server and connection",
		Title: "kube-apiserver does not start with this configuration",
		Meaning: "kube-apiserver verifies its flags and its AuthenticationConfiguration at the start, and exits with this error. " +
			"No request is authenticated until the configuration is corrected. An API server that runs keeps the last " +
			"valid AuthenticationConfiguration.",
		Detection: "Only in a pasted error or a log (`--error`, `--log`): the error of kube-apiserver's start. `simulate` reports " +
			"the same errors before the API server reads the configuration.",
		Fix: "Correct the flag or the field that the error message names. Check the result with `kubectl authn simulate " +
			"--manifest FILE` or `--authentication-config FILE` before you replace the file.",
		Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
	})
)
