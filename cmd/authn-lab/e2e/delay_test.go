package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// delay is the time that the slow server waits before each response.
const delay = 100 * time.Millisecond

// BenchmarkExplain measures `kubectl authn explain -f FILE` as a whole process, for a token with an object to
// read, as an administrator: with a server on loopback, through a proxy, and with 100 ms added to each answer. It
// reports the increase of the median as added-ms. The requests are concurrent, so the increase is a few round
// trips.
func BenchmarkExplain(b *testing.B) {
	dir := b.TempDir()
	token := filepath.Join(dir, "token")
	direct := tokenKubeconfig()
	mint := exec.Command(runner.Plugin, "mint", "default", "--namespace", "default", "--kubeconfig", direct)
	out, err := mint.Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(token, out, 0o600); err != nil {
		b.Fatal(err)
	}

	near := proxied(b, &scenario.Proxy{})
	far := proxied(b, &scenario.Proxy{Delay: delay})
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

// proxied returns an administrator's kubeconfig for the lab's API server through a proxy. The administrator has a
// token, because a client certificate does not pass a proxy.
func proxied(b testing.TB, proxy *scenario.Proxy) string {
	config, err := clientcmd.LoadFromFile(tokenKubeconfig())
	if err != nil {
		b.Fatal(err)
	}
	cluster := config.Clusters["authn-lab"]
	proxy.To = []string{cluster.Server}
	if cluster.Server, err = runner.StartProxy(proxy); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(proxy.Stop)
	file := filepath.Join(b.TempDir(), "proxied.kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		b.Fatal(err)
	}
	return file
}

func tokenKubeconfig() string { return runner.Lab.Path("static-admin.kubeconfig") }
