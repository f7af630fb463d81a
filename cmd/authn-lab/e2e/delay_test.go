package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// delay is what the slow server adds to each of its answers.
const delay = 100 * time.Millisecond

// BenchmarkExplain measures `kubectl authn explain -f FILE` as a whole process, of a token with an object to look up, as an
// administrator: at a server on loopback, at the same through a proxy, and with 100 ms added to each answer. What
// the delay adds to the median is reported as added-ms; the facts are gathered at once, so it is a few round trips.
func BenchmarkExplain(b *testing.B) {
	dir := b.TempDir()
	token := filepath.Join(dir, "token")
	direct := tokenKubeconfig(b, dir)
	mint := exec.Command(runner.Plugin, "mint", "default", "--namespace", "default", "--kubeconfig", direct)
	out, err := mint.Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(token, out, 0o600); err != nil {
		b.Fatal(err)
	}

	near := proxied(b, direct, "near", func(*httputil.ProxyRequest) {}, func(*http.Response) {})
	far := proxied(b, direct, "far", func(*httputil.ProxyRequest) {}, func(*http.Response) { time.Sleep(delay) })
	var before time.Duration
	for _, at := range []struct{ name, kubeconfig string }{{"direct", direct}, {"proxy", near}, {"proxy+100ms", far}} {
		b.Run(at.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				var stderr bytes.Buffer
				explain := exec.CommandContext(context.Background(), runner.Plugin, "explain", "-f", token, "--kubeconfig", at.kubeconfig)
				explain.Stderr = &stderr
				if err := explain.Run(); err != nil {
					b.Fatalf("%v\n%s", err, stderr.String())
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			median := took[len(took)/2]
			b.ReportMetric(float64(median.Milliseconds()), "median-ms")
			switch at.name {
			case "proxy":
				before = median
			case "proxy+100ms":
				b.ReportMetric(float64((median - before).Milliseconds()), "added-ms")
			}
		})
	}
}

// tokenKubeconfig is an administrator with a token: a client certificate would not pass through a proxy that ends TLS.
func tokenKubeconfig(b testing.TB, dir string) string {
	config, err := clientcmd.LoadFromFile(runner.Lab.Path("kubeconfig"))
	if err != nil {
		b.Fatal(err)
	}
	rest, err := clientcmd.BuildConfigFromFlags("", runner.Lab.Path("kubeconfig"))
	if err != nil {
		b.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		b.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "benchmark-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "static-user"}},
	}
	if binding, err = client.RbacV1().ClusterRoleBindings().Create(context.Background(), binding, metav1.CreateOptions{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = client.RbacV1().ClusterRoleBindings().Delete(context.Background(), binding.Name, metav1.DeleteOptions{})
	})
	static, err := runner.Lab.Read("tokens", "static-user")
	if err != nil {
		b.Fatal(err)
	}
	config.AuthInfos["admin"] = &clientcmdapi.AuthInfo{Token: static}
	file := filepath.Join(dir, "direct.kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		b.Fatal(err)
	}
	return file
}

// proxied is a kubeconfig for the same server through a proxy that ends TLS and tampers with requests and answers.
func proxied(b testing.TB, kubeconfig, name string, request func(*httputil.ProxyRequest), answer func(*http.Response)) string {
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		b.Fatal(err)
	}
	cluster := config.Clusters["authn-lab"]
	target, err := url.Parse(cluster.Server)
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cluster.CertificateAuthorityData)
	server := httptest.NewTLSServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			request(r)
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 32},
		ModifyResponse: func(r *http.Response) error {
			answer(r)
			return nil
		},
	})
	b.Cleanup(server.Close)

	cluster.Server, cluster.CertificateAuthorityData = server.URL, pemCertificate(server.Certificate())
	file := filepath.Join(b.TempDir(), name+".kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		b.Fatal(err)
	}
	return file
}
