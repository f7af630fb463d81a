package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// explanation has the fields of an Explanation that these tests read.
type explanation struct {
	Verdict, Cause string
	Findings       []struct {
		ID, Severity, Certainty, Detail string
		Evidence                        []struct{ Source, Value string }
		Remedy                          []fix
	}
}

type fix struct{ Description, Command string }

// forOthers reports whether an administrator applies the fix.
func (f fix) forOthers() bool { return strings.HasPrefix(f.Description, "Ask an administrator ") }

// of returns the certainty and the whole text of a finding in an explanation.
func (x explanation) of(id string) (certainty, text string) {
	for _, f := range x.Findings {
		if f.ID == id {
			certainty, text = f.Certainty, f.Detail+"\n"
			for _, e := range f.Evidence {
				text += e.Source + ": " + e.Value + "\n"
			}
		}
	}
	return certainty, text
}

// explain runs `kubectl authn explain -o json`. Every verdict is an answer.
func explain(t *testing.T, kubeconfig string, args ...string) explanation {
	t.Helper()
	cmd := exec.Command(runner.Plugin, append([]string{"explain", "-o", "json"}, args...)...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "HOME="+t.TempDir())
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	mustValidate(t, out)
	var x explanation
	if err := json.Unmarshal(out, &x); err != nil {
		t.Fatalf("%q printed no Explanation: %v\n%s", args, err, out)
	}
	return x
}

// TestConfiguration changes the objects that describe a cluster's configuration. It has its own lab, because other
// tests read these objects too. The API server's answers and the verdict must not change.
func TestConfiguration(t *testing.T) {
	lab, err := scenario.Start(t.Context(), runner.Lab.Program, filepath.Join(t.TempDir(), "lab"), progress{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Stop)
	admin := lab.Path("kubeconfig")
	config, err := clientcmd.BuildConfigFromFlags("", admin)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := lab.Read("oidc", "issuer-url")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	sign := func(name, key, claims string) string {
		out, err := exec.Command(lab.Program, "sign", "token", "--dir", lab.Dir, "--key", key, "--claims", claims).Output()
		if err != nil {
			t.Fatal(err)
		}
		return write(name, string(out))
	}
	stranger := sign("stranger", "sa-other", `{"iss": "https://login.example.com", "aud": "x", "sub": "jane", "iat": "$now", "exp": "$now+1h"}`)
	older := sign("older", "sa-other", `{"iss": "https://kubernetes.default.svc", "aud": "https://kubernetes.default.svc", "sub": "system:serviceaccount:default:default", "iat": "$now", "nbf": "$now", "exp": "$now+1h", "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": "default", "uid": "x"}}}`)
	opaque := write("opaque", "b7d1c0ffee5ca1ab1e0ddba11deadbee\n")
	static, err := lab.Read("tokens", "static-user")
	if err != nil {
		t.Fatal(err)
	}
	staticUser := write("static", static)

	pods := client.CoreV1().Pods("kube-system")
	const name = "kube-apiserver-authn-lab"
	true1, err := pods.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// pod replaces the API server's Pod by one with a change.
	pod := func(t *testing.T, name string, change func(*corev1.Pod)) {
		t.Helper()
		now := int64(0)
		_ = pods.Delete(t.Context(), name, metav1.DeleteOptions{GracePeriodSeconds: &now})
		if change == nil {
			return
		}
		p := true1.DeepCopy()
		p.ObjectMeta = metav1.ObjectMeta{Name: name, Namespace: p.Namespace, Labels: p.Labels, Annotations: p.Annotations}
		change(p)
		if _, err := pods.Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	command := func(change func([]string) []string) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Spec.Containers[0].Command = change(p.Spec.Containers[0].Command) }
	}
	without := func(flag string) func(*corev1.Pod) {
		return command(func(line []string) []string {
			return slices.DeleteFunc(line, func(arg string) bool { return strings.HasPrefix(arg, "--"+flag+"=") })
		})
	}
	with := func(arg string) func(*corev1.Pod) {
		return command(func(line []string) []string { return append(line, arg) })
	}
	want := func(t *testing.T, x explanation, cause, certainty string, texts ...string) {
		t.Helper()
		got, text := x.of(cause)
		if x.Verdict != "Rejected" || x.Cause != cause || got != certainty {
			t.Errorf("%s, cause %s, and %s is %q, want it to be the cause and %s", x.Verdict, x.Cause, cause, got, certainty)
		}
		for _, want := range texts {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not show %q:\n%s", cause, want, text)
			}
		}
	}

	t.Run("as it is", func(t *testing.T) {
		want(t, explain(t, admin, "-f", stranger), "issuer-not-trusted", "proved", "pod kube-system/"+name, "(no --authentication-token-webhook-config-file)")
		want(t, explain(t, admin, "-f", opaque), "credential-rejected", "proved")
		if _, text := explain(t, admin, "-f", opaque).of("opaque-token"); !strings.Contains(text, "--token-auth-file=") {
			t.Errorf("of the token file it says\n%s", text)
		}
	})
	t.Run("a Pod that is not of the kubelet", func(t *testing.T) {
		pod(t, name, func(p *corev1.Pod) { p.Annotations = nil; p.Spec.ServiceAccountName = "default" })
		want(t, explain(t, admin, "-f", stranger), "issuer-not-trusted", "eliminated")
	})
	t.Run("a command line in a shell", func(t *testing.T) {
		pod(t, name, command(func(line []string) []string { return []string{"/bin/sh", "-c", "exec " + strings.Join(line, " ")} }))
		want(t, explain(t, admin, "-f", stranger), "issuer-not-trusted", "eliminated")
	})
	t.Run("no Pod, as on a managed cluster", func(t *testing.T) {
		pod(t, name, nil)
		want(t, explain(t, admin, "-f", stranger), "issuer-not-trusted", "eliminated")
		want(t, explain(t, admin, "-f", opaque), "credential-rejected", "proved")
	})
	t.Run("a webhook, and issuers in a file", func(t *testing.T) {
		pod(t, name, with("--authentication-token-webhook-config-file=/etc/webhook"))
		x := explain(t, admin, "-f", stranger)
		want(t, x, "credential-rejected", "proved")
		for _, id := range []string{"issuer-not-trusted", "webhook-rejected"} {
			if c, _ := x.of(id); c != "possible" {
				t.Errorf("%s is %q, want possible", id, c)
			}
		}
	})
	t.Run("a missing token file", func(t *testing.T) {
		pod(t, name, without("token-auth-file"))
		want(t, explain(t, admin, "-f", opaque), "opaque-token", "proved", "the API server has neither", "pod kube-system/"+name)
		// The Pod is out of date: the server has the file, and its answer counts.
		if x := explain(t, admin, "-f", staticUser); x.Verdict != "Accepted" {
			t.Errorf("a Pod makes of an accepted token one that is %s for %s", x.Verdict, x.Cause)
		}
	})
	t.Run("an issuer that the Pod does not have", func(t *testing.T) {
		pod(t, name, without("service-account-issuer"))
		if x := explain(t, admin, "-f", older); x.Cause != "signing-key-unknown" && x.Cause != "signature-invalid" {
			t.Errorf("the server looked for the key, and the cause is %s", x.Cause)
		}
	})
	t.Run("two API servers", func(t *testing.T) {
		pod(t, name, func(*corev1.Pod) {})
		pod(t, "kube-apiserver-other", with("--authentication-token-webhook-config-file=/etc/webhook"))
		x := explain(t, admin, "-f", stranger)
		want(t, x, "issuer-not-trusted", "eliminated")
		if c, text := x.of("replicas-configured-differently"); c != "proved" ||
			!strings.Contains(text, "pod kube-system/kube-apiserver-other: --authentication-token-webhook-config-file=/etc/webhook") {
			t.Errorf("replicas-configured-differently is %q:\n%s", c, text)
		}
		pod(t, "kube-apiserver-other", func(*corev1.Pod) {})
		x = explain(t, admin, "-f", stranger)
		want(t, x, "issuer-not-trusted", "proved", "pods kube-system/"+name+", kube-system/kube-apiserver-other")
		if c, _ := x.of("replicas-configured-differently"); c != "" {
			t.Error("API servers with the same flags are said to have different ones")
		}
		pod(t, "kube-apiserver-other", nil)
	})
	t.Run("anonymous, and unreachable", func(t *testing.T) {
		x := explain(t, lab.Path("nobody.kubeconfig"), "-f", stranger)
		want(t, x, "credential-rejected", "proved")
		if _, text := x.of("credential-rejected"); strings.Contains(text, "pod ") {
			t.Errorf("nobody sees the Pods:\n%s", text)
		}
	})
	t.Run("a configuration that does not load", func(t *testing.T) {
		if c, _ := explain(t, admin, "-f", stranger).of("authentication-config-not-loaded"); c != "" {
			t.Fatal("the configuration has loaded, and is said not to have")
		}
		file := lab.Path("authentication-config.yaml")
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(good), issuer, "http://not.https.example", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		for ctx.Err() == nil {
			if c, text := explain(t, admin, "-f", stranger).of("authentication-config-not-loaded"); c == "proved" {
				if !strings.Contains(text, "still uses the one from its start") || !strings.Contains(text, "GET /metrics") {
					t.Errorf("it says\n%s", text)
				}
				return
			}
			time.Sleep(500 * time.Millisecond)
		}
		t.Error("the configuration does not load, and nothing says so")
	})
}
