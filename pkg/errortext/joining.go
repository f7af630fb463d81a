package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// clientJoining has the messages of programs that add a node to a cluster: kubeadm, the kubelet's
// TLS bootstrap, K3s and RKE2, and the programs of nodeJoining.
//
// k8s.io/kubernetes cmd/kubeadm/app/discovery/token/token.go, app/phases/copycerts, app/util/pubkeypin,
// pkg/kubelet/certificate; k3s-io/k3s pkg/clientaccess/token.go, pkg/nodepassword, pkg/server/auth,
// pkg/daemons/control/tunnel.go, pkg/cluster/storage.go; rancher/remotedialer client.go. The signature of a bootstrap token disappears from cluster-info with its
// Secret, which is deleted when the token expires.
func clientJoining() []pattern {
	kubeadm, kubelet, k3s := service("kubeadm"), service(Kubelet), service("K3s or RKE2")
	lost := []finding.ID{finding.BootstrapTokenNotFound, finding.BootstrapTokenExpired}
	return slices.Concat(
		[]pattern{
			{text: `token id {id:q} is invalid for this cluster or it has expired`, stage: Joining, ids: lost},
			// kubernetes/kubeadm#630
			{text: `This token id {id:q} is invalid for this cluster`, stage: Joining, until: "old", ids: lost},
			{text: `there is no JWS signed token in the cluster-info ConfigMap`, stage: Joining, until: "old", ids: lost},
			{text: `could not find a JWS signature in the cluster-info ConfigMap for token ID {id:q}`, stage: Joining, ids: lost},
			{text: `failed to verify JWS signature of received cluster info object, can't trust this API Server`, stage: Joining, ids: only(finding.BootstrapTokenSecretMismatch)},
		},
		answers(kubeadm, "cluster-info-401", only(finding.AnonymousRequest),
			`couldn't validate the identity of the API Server: Unauthorized`, `couldn't validate the identity of the API server: Unauthorized`,
			`failed to request the cluster-info ConfigMap: Unauthorized`, `Failed to request cluster info, will try again: [Unauthorized]`, `Failed to request cluster info: [Unauthorized]`,
			`Failed to request cluster-info, will try again: Unauthorized`, `Failed to request cluster info, will try again: [the server has asked for the client to provide credentials{error...}`),
		answers(kubeadm, "cluster-info-403", only(finding.AnonymousRequest), `couldn't validate the identity of the API Server: `+clusterInfoForbidden, `couldn't validate the identity of the API server: `+clusterInfoForbidden,
			`failed to request the cluster-info ConfigMap: `+clusterInfoForbidden, `Failed to request cluster-info, will try again: `+clusterInfoForbidden, `Failed to request cluster info, will try again: [`+clusterInfoForbidden),
		answers(kubeadm, "cluster-info-pin", only(finding.ClusterCAMismatch),
			`cluster CA found in cluster-info ConfigMap is invalid: none of the public keys {hashes:q} are pinned`, `cluster CA found in {file:word} ConfigMap is invalid: none of the public keys {hashes:q} are pinned`,
			`none of the public keys {hashes:q} are pinned`),
		answers(kubeadm, "cluster-info-hash", nil, `invalid discovery token CA certificate hash: {error...}`, `invalid hash, expected "format:hex-value". {error...}`, `expected a 32 byte SHA-256 hash, found {count:word} bytes`, `could not decode SHA-256 from hex: {error...}`,
			`unknown hash format {format:q}. {error...}`),
		answers(kubeadm, "join-token-form", nil, `discovery.bootstrapToken.token: Invalid value: {token:q}: the bootstrap token is invalid`, `discovery.tlsBootstrapToken: Invalid value: {token:q}: the bootstrap token is invalid`,
			`discovery.tlsBootstrapToken: Required value: {error...}`, `the bootstrap token {token:q} was not of the form {form:q}`, `discovery: Invalid value: "": bootstrapToken or file must be set`,
			`discovery.bootstrapToken.caCertHashes: Invalid value: "": {error...}`),
		answers(kubeadm, "join-timeout", nil, `abort connecting to API servers after timeout of {time...}`, `Abort connecting to API servers after timeout of {time...}`, `Abort reading the cluster-info ConfigMap after timeout of {time...}`),
		answers(kubeadm, "join-certificates", nil, `Secret "kubeadm-certs" was not found in the "kube-system" Namespace{error...}`, `secrets "kubeadm-certs" not found`,
			`error downloading certs: error downloading the secret: secrets "kubeadm-certs" is forbidden{error...}`),
		answers(kubeadm, "join-certificate-key", nil, `error decoding secret data with provided key: {error...}`, `error decoding certificate key: {error...}`),

		answers(kubeadm, "join-token-401", only(finding.CredentialRejected), `unable to fetch the kubeadm-config ConfigMap: failed to get config map: Unauthorized`, `failed to get config map: Unauthorized`,
			`Downloading configuration for the kubelet from the {name:q} ConfigMap in the kube-system namespace Unauthorized`, `Downloading the kubelet config: Unauthorized`,
			`error downloading certs: error downloading the secret: Unauthorized`),

		answers(kubelet, "node-bootstrap-401", only(finding.CredentialRejected),
			`cannot create certificate signing request: Unauthorized`, `cannot create certificate signing request: the server has asked for the client to provide credentials{error...}`,
			`cannot create certificate signing request: You must be logged in to the server{error...}`),
		answers(kubelet, "node-bootstrap-file", only(finding.KubeconfigInvalid),
			`unable to load bootstrap kubeconfig: {error...}`, `error reading existing bootstrap kubeconfig {file:word}: {error...}`, `failed to run Kubelet: invalid kubeconfig: {error...}`),
		answers(kubelet, "node-certificate-expired", only(finding.CertificateExpired),
			`Part of the existing bootstrap client certificate is expired{notAfter...}`, `part of the existing bootstrap client certificate is expired{notAfter...}`,
			`part of the existing bootstrap client certificate in {file:word} is expired{notAfter...}`, `Part of the existing bootstrap client certificate in {file:word} is expired{notAfter...}`,
			`The currently active client certificate has expired and the server is responsive, exiting{error...}`, `The currently active client certificate has expired, but the server is not responsive.{error...}`,
			`the currently active client certificate has expired`, `The currently active client certificate has expired`),
		answers(kubelet, "node-serving-unsigned", only(finding.KubeletServingCertificateMissing), `kubernetes.io/kubelet-serving: certificate request was not signed: {error...}`),
		answers(kubelet, "node-client-unsigned", only(finding.NoCredential), `kubernetes.io/kube-apiserver-client-kubelet: certificate request was not signed: {error...}`),
		answers(service("a node or another client"), "certificate-unsigned", nil, `Certificate request was not signed: {error...}`, `certificate request was not signed: {error...}`,
			`Certificate request was not signed" err="{error...}`, `Certificate request was not signed","err":"{error...}`),
		answers(kubelet, "node-certificate-missing", only(finding.NoCredential), `No valid client certificate is found and the server is responsive, exiting{error...}`,
			`No valid client certificate is found but the server is not responsive.{error...}`),

		answers(service("the API server"), "node-name", only(finding.AuthorizationDenied), `nodes {node:q} is forbidden: node {name:q} is not allowed to modify node {other:q}`, `is forbidden: node {name:q} is not allowed to modify node {other:q}`),

		answers(k3s, "k3s-ca-hash", only(finding.ClusterCAMismatch), `token CA hash does not match the Cluster CA certificate hash: {token:word} != {server:word}`, `token CA hash does not match the Cluster CA certificate hash`),
		answers(k3s, "k3s-token-form", nil, `invalid token CA hash length`, `failed to normalize server token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>`,
			`failed to parse token: invalid token format`, `failed to validate token: invalid token format`, `failed to validate token: token must not be empty`),
		answers(k3s, "k3s-token-401", nil, `failed to validate token: {url:word} 401 Unauthorized`, `token is not valid: {url:word} 401 Unauthorized`, `failed to retrieve configuration from server: not authorized`, `Waiting to retrieve agent configuration; server is not ready: not authorized`,
			`Failed to retrieve agent config: not authorized`, `{url:word}/v1-k3s/{path:word} 401 Unauthorized`, `{url:word}/v1-rke2/{path:word} 401 Unauthorized`,
			`Failed to authenticate request from {address:word}: invalid username/password combination`),
		answers(k3s, "k3s-client-401", only(finding.CredentialRejected), `Failed to authenticate request from {address:word}: {error...}`),
		answers(k3s, "k3s-bootstrap-500", nil, `{url:word}/v1-k3s/server-bootstrap: 500 Internal Server Error`, `{url:word}/v1-rke2/server-bootstrap: 500 Internal Server Error`, `{url:word}/v1-k3s/{path:word} 500 Internal Server Error`, `{url:word}/v1-rke2/{path:word} 500 Internal Server Error`),
		wrapping(answers(k3s, "k3s-unreachable", only(finding.OtherServerUnreachable), `failed to retrieve configuration from server: Get {url:q}: {error...}`, `failed to retrieve configuration from server: Get https{error...}`,
			`Waiting to retrieve agent configuration; server is not ready: Get {url:q}: {error...}`, `failed to get CA certs: Get {url:q}: {error...}`, `CA cert validation failed: Get {url:q}: {error...}`)),
		answers(k3s, "k3s-agent-tunnel-401", nil, `Failed to connect to proxy. Response status: 401{error...}`, `Failed to connect to proxy. Response status: 403{error...}`),
		answers(k3s, "k3s-tunnel-handshake", nil, `Failed to connect to proxy. Response status: {status...}`),
		answers(k3s, "k3s-tunnel", only(finding.OtherServerUnreachable), `failed to find Session for client {node:word}`),
		// The agent reads /cacerts without a credential, k3s-io/k3s pkg/clientaccess/token.go.
		answers(k3s, "k3s-ca-401", nil, `failed to get CA certs: {url:word} 401 Unauthorized`, `failed to get CA certs at {url:word} 401 Unauthorized`, `failed to get CA certs at {url:word} {again:word} 401 Unauthorized`,
			`{url:word}/cacerts: 401 Unauthorized`),
		answers(k3s, "k3s-token-403", nil, `{url:word}/v1-k3s/{path:word} 403 Forbidden`, `{url:word}/v1-rke2/{path:word} 403 Forbidden`, `failed to retrieve configuration from server: forbidden`),
		answers(k3s, "k3s-tunnel-401", nil, `proxy error from {address:word} while dialing {node:word}, code 401: 401 Unauthorized`, `proxy error from {address:word} while dialing {node:word}, code 401: {error...}`,
			`proxy error from {address:word} while dialing {node:word}, code 403: {error...}`),
		answers(k3s, "k3s-tunnel", only(finding.OtherServerUnreachable), `proxy error from {address:word} while dialing {node:word}, code 500: {error...}`, `proxy error from {address:word} while dialing {node:word}, code 502: {error...}`,
			`proxy error from {address:word} while dialing {node:word}, code 503: {error...}`, `proxy error from {address:word} while dialing {node:word}, code 504: {error...}`),
		answers(k3s, "k3s-node-password", only(finding.NodePasswordRejected), `Node password rejected, duplicate hostname or contents of '{file}' may not match server node-passwd entry{error...}`, `Node password rejected, duplicate hostname`,
			`unable to verify hash for node '{node}': {error...}`, `unable to verify password for node {node:word}: {error...}`, `Node password validation failed for [{node:word}]`),
		answers(k3s, "k3s-tunnel-handshake", nil, `Failed to connect to proxy" error="websocket: bad handshake"`, `Remotedialer proxy error" error="websocket: bad handshake"`),
		answers(k3s, "k3s-bootstrap-data", nil, `bootstrap data already found and encrypted with different token`),
		answers(k3s, "k3s-ca", nil, `failed to get CA certs: {error...}`, `CA cert validation failed: {error...}`, `{url:word}/cacerts is not trusted: {error...}`),
		nodeJoining(),
	)
}

// clusterInfoForbidden is the answer to the request of kubeadm join, which has no credential.
const clusterInfoForbidden = `configmaps "cluster-info" is forbidden: User "system:anonymous" {more...}`

// nodeJoining has the messages of other programs that add a node.
//
// canonical/microk8s scripts/wrappers/join.py, canonical/microk8s-cluster-agent pkg/api/v2/join.go; canonical/k8s-snap
// src/k8s/pkg/k8sd/api/worker_access_handler.go; canonical/microcluster; kubernetes/kops
// cmd/kops-controller/pkg/server/server.go, pkg/bootstrap; kubernetes-sigs/cluster-api
// bootstrap/kubeadm/internal/controllers; k0sproject/k0s pkg/token.
func nodeJoining() []pattern {
	microk8s, snap, kops, capi, k0s := service("MicroK8s"), service("Canonical Kubernetes"), service("kops-controller"), service("Cluster API"), service("k0s")
	return slices.Concat(
		answers(microk8s, "microk8s-token", nil, `Connection failed. Invalid token (500).`, `Connection failed. Invalid token (500)`, `Connection failed. The token is invalid (500)`,
			`Failed to sign {name:word} certificate ({code:word}). Invalid token`, `Failed to sign certificate. Invalid token`),
		answers(microk8s, "microk8s-identity", nil, `Joining cluster failed. Could not verify the identity of {address...}`, `Joining cluster failed. Fingerprint too short.{error...}`,
			`Peer node verification failed with {error...}`),
		answers(microk8s, "microk8s-hostname", nil, `Connection failed. The hostname ({name:word}) of the joining node does not resolve to the IP {error...}`,
			`the hostname ({name:word}) of the joining node does not resolve to the IP {error...}`),
		answers(snap, "k8s-snap-token", nil, `HTTP request for worker node info failed: invalid token`, `failed to join k8sd cluster as control plane: Failed to decode token{error...}`,
			`join attempts were unsuccessful. Last error: CoreTokenRecord not found{error...}`),
		answers(snap, "k8s-snap-unreachable", nil, `join attempts were unsuccessful. Last error: Get {url:q}: {error...}`, `join attempts were unsuccessful. Last error: Post {url:q}: {error...}`),
		answers(kops, "kops-identity", nil, `bootstrap returned status code 403: failed to verify token: {error...}`, `bootstrap {address:word} verify err: {error...}`),
		answers(capi, "capi-token", nil, `failed to get bootstrap token secret in order to refresh it: {error...}`, `failed to get bootstrap token secret in order to rotate it: {error...}`,
			`failed to refresh bootstrap token{error...}`, `failed to rotate bootstrap token{error...}`, `failed to create new bootstrap token{error...}`),
		answers(k0s, "k0s-token", nil, `unexpected response status when trying to join etcd cluster: 401 Unauthorized`, `failed to sync CA: unexpected response status: 401 Unauthorized`),
	)
}
