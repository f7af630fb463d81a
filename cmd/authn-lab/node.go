package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// nodeName is the Node to which Pods with containers are assigned.
const nodeName = "lab-node"

// kubeletClient is the user name of the API server at the node, as kubeadm sets it.
const kubeletClient = "kube-apiserver-kubelet-client"

// node is the part of a kubelet that the API server asks to run a command in a container. It accepts only the API server, and
// passes the connection to the streaming server of container runtimes.
type node struct {
	dir    labDir
	server *http.Server
	port   int
}

// startNode serves on a free loopback port.
func (d labDir) startNode(c *credentials) (*node, error) {
	ca, err := os.ReadFile(d.caPrefix(caClient) + ".crt")
	if err != nil {
		return nil, err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(ca)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &node{dir: d, port: listener.Addr().(*net.TCPAddr).Port}
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", n.exec)
	n.server = &http.Server{
		Handler:  onlyAPIServer(mux),
		ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{c.nodeTLS.cert.Raw}, PrivateKey: c.nodeTLS.key}},
			ClientAuth:   tls.RequireAndVerifyClientCert,
			ClientCAs:    clients,
			NextProtos:   []string{"http/1.1"}, // the only HTTP that can be upgraded
		},
		ReadHeaderTimeout: 10 * time.Second,
	}
	go func() { _ = n.server.ServeTLS(listener, "", "") }()
	return n, nil
}

func (n *node) stop() { _ = n.server.Close() }

// onlyAPIServer is the kubelet's authorization, which is needed because its client CA signs the certificates of all users of the
// cluster.
func onlyAPIServer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who := r.TLS.PeerCertificates[0].Subject.CommonName; who != kubeletClient {
			http.Error(w, fmt.Sprintf("Forbidden (user=%s, verb=create, resource=nodes, subresource=proxy)", who), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// The time limits of the kubelet (k8s.io/kubernetes pkg/kubelet/apis/config/v1beta1, k8s.io/cri-streaming).
const (
	streamIdleTimeout     = 4 * time.Hour
	streamCreationTimeout = 30 * time.Second
)

func (n *node) exec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	namespace, pod, name := r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")
	c, err := n.dir.readContainer(namespace, pod, name)
	if err != nil {
		// The kubelet's error message for a container that its runtime does not know.
		http.Error(w, fmt.Sprintf("container not found (%q)", name), http.StatusInternalServerError)
		return
	}
	remotecommand.ServeExec(w, r, c, pod, "", name, r.URL.Query()["command"], options, streamIdleTimeout, streamCreationTimeout, remotecommand.SupportedStreamingProtocols)
}

// register creates the Node, with the address at which it listens.
func (n *node) register(ctx context.Context, client kubernetes.Interface) error {
	object, err := client.CoreV1().Nodes().Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) { // it was created, but setting its status failed
		object, err = client.CoreV1().Nodes().Get(ctx, nodeName, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	object.Status = corev1.NodeStatus{
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(n.port)}},
		Conditions: []corev1.NodeCondition{{
			Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady",
			LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
		}},
		NodeInfo: corev1.NodeSystemInfo{KubeletVersion: kubernetesVersion, OperatingSystem: "linux", ContainerRuntimeVersion: "authn-lab://1"},
	}
	_, err = client.CoreV1().Nodes().UpdateStatus(ctx, object, metav1.UpdateOptions{})
	return err
}
