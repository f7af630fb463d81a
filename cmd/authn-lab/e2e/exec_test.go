package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// TestExecWithoutWebSockets checks that a token is read in its container even if a proxy blocks WebSockets, and
// that the API server's answer over SPDY is the same.
func TestExecWithoutWebSockets(t *testing.T) {
	dir := t.TempDir()
	direct := tokenKubeconfig()
	for _, args := range [][]string{
		{"kubectl", "create", "namespace", "exec-proxied"},
		{"kubectl", "--namespace", "exec-proxied", "create", "serviceaccount", "robot"},
		{"kubectl", "--namespace", "exec-proxied", "run", "web", "--image", "registry.example/web", "--overrides", `{"spec": {"nodeName": "lab-node", "serviceAccountName": "robot"}}`},
	} {
		labCommand(t, args...)
	}
	token := filepath.Join(dir, "token")
	minted := labCommand(t, "kubectl", "--namespace", "exec-proxied", "create", "token", "robot", "--bound-object-kind", "Pod", "--bound-object-name", "web")
	if err := os.WriteFile(token, []byte(minted), 0o600); err != nil {
		t.Fatal(err)
	}
	labCommand(t, "container", "web", "--dir", runner.Lab.Dir, "--namespace", "exec-proxied", "--file", "/var/run/secrets/kubernetes.io/serviceaccount/token="+token)

	var refused, upgraded atomic.Int32
	kubeconfig := withoutWebSockets(t, direct, &refused, &upgraded)
	out, err := exec.Command(runner.Plugin, "explain", "pod/web", "--exec", "--namespace", "exec-proxied", "-o", "json", "--kubeconfig", kubeconfig).Output()
	var got struct {
		Verdict string
		User    struct{ Username string }
	}
	if unreadable := json.Unmarshal(out, &got); unreadable != nil || err != nil {
		t.Fatalf("explain printed %q: %v", out, err)
	}
	if got.Verdict != "Accepted" || got.User.Username != "system:serviceaccount:exec-proxied:robot" {
		t.Errorf("%+v", got)
	}
	if refused.Load() != 1 || upgraded.Load() != 1 {
		t.Errorf("%d WebSockets were refused and %d other connections upgraded, want one of each", refused.Load(), upgraded.Load())
	}
}

func labCommand(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(runner.Lab.Program, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+runner.Lab.Path("kubeconfig"), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return string(out)
}

// withoutWebSockets is a proxy that does not forward WebSockets.
func withoutWebSockets(t *testing.T, kubeconfig string, refused, upgraded *atomic.Int32) string {
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	cluster := config.Clusters["authn-lab"]
	target, err := url.Parse(cluster.Server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cluster.CertificateAuthorityData)
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch upgrade := r.Header.Get("Upgrade"); {
		case strings.EqualFold(upgrade, "websocket"):
			refused.Add(1)
			http.Error(w, "<html><h1>Bad Request</h1></html>", http.StatusBadRequest)
			return
		case upgrade != "":
			upgraded.Add(1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	cluster.Server, cluster.CertificateAuthorityData = server.URL, pemCertificate(server.Certificate())
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}
