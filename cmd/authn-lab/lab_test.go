package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// asProgram makes the test binary the program itself, because the lab starts its own program as `run` and as
// kube-apiserver.
const asProgram = "AUTHN_LAB_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func program(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// result runs the program to its end.
func result(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := program(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestLab starts a lab with `up` and, meanwhile, another lab with `run`. They must not affect each other.
func TestLab(t *testing.T) {
	upDir := labDir(filepath.Join(t.TempDir(), "a lab"))
	// Stop the lab even if the test fails. If it passes, `down` has already been called.
	t.Cleanup(func() { result(t, "down", "--dir", string(upDir)) })
	stdout, stderr, status := result(t, "up", "--dir", string(upDir))
	if status != 0 {
		t.Fatalf("up ended with %d:\n%s", status, stderr)
	}
	if want := "export KUBECONFIG='" + upDir.adminKubeconfig() + "'\n"; !strings.HasPrefix(stdout, want) {
		t.Errorf("up printed\n%swant it to begin with\n%s", stdout, want)
	}

	runDir := labDir(t.TempDir())
	ready := &writeSignal{written: make(chan struct{})}
	var said bytes.Buffer
	run := program("run", "--dir", string(runDir), "--until-stdin-closes")
	run.Stdout, run.Stderr = ready, &said
	stdin, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	select {
	case <-ready.written:
	case err := <-ended:
		t.Fatalf("run ended: %v\n%s", err, said.String())
	}

	t.Run("credentials", func(t *testing.T) { testCredentials(t, upDir) })
	t.Run("kubectl", func(t *testing.T) { testKubectl(t, upDir) })
	t.Run("audit log holds no token", func(t *testing.T) { testAuditLog(t, upDir) })
	t.Run("another lab's tokens are rejected", func(t *testing.T) {
		token, err := os.ReadFile(upDir.token("static-user"))
		if err != nil {
			t.Fatal(err)
		}
		if review := reviewToken(t, client(t, runDir), string(token)); review.Authenticated {
			t.Errorf("the token of a static user of one lab is %s in the other", review.User.Username)
		}
	})
	t.Run("up when it is up", func(t *testing.T) {
		again, stderr, status := result(t, "up", "--dir", string(upDir))
		if status != 0 || again != stdout || !strings.Contains(stderr, "already up") {
			t.Errorf("up again ended with %d and said\n%s%s", status, again, stderr)
		}
		if stdout, _, status := result(t, "status", "--dir", string(upDir)); status != 0 || !strings.Contains(stdout, "is up") {
			t.Errorf("status ended with %d and said\n%s", status, stdout)
		}
	})
	further := testFurther(t, upDir)
	t.Run("run ends with its standard input", func(t *testing.T) {
		stdin.Close()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("run ended with %v:\n%s", err, said.String())
			}
		case <-time.After(4 * stopGrace):
			run.Process.Kill()
			t.Fatal("run did not end")
		}
		if running, err := runDir.running(); running || err != nil {
			t.Errorf("a process of the lab is left (error: %v)", err)
		}
	})
	t.Run("down leaves nothing", func(t *testing.T) {
		s, err := upDir.readState()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time, there is nothing to do
			if _, stderr, status := result(t, "down", "--dir", string(upDir)); status != 0 {
				t.Fatalf("down ended with %d:\n%s", status, stderr)
			}
		}
		if _, err := os.Stat(string(upDir)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the folder is still there: %v", err)
		}
		for _, url := range []string{s.Server, s.Issuer, further} {
			if _, err := http.Get(url); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s still answers: %v", url, err)
			}
		}
		// Without /proc, the test relies on the lock and the ports.
		processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, process := range processes {
			if line, _ := os.ReadFile(process); bytes.Contains(line, []byte(upDir)) {
				t.Errorf("%s is still there: %s", process, line)
			}
		}
	})
}

// testFurther starts a further API server with other keys, which runs until the lab ends, and returns its address.
func testFurther(t *testing.T, dir labDir) (url string) {
	ready := &writeSignal{written: make(chan struct{})}
	var said bytes.Buffer
	further := program("apiserver", "b", "--dir", string(dir), "--apiserver-flag", "service-account-key-file="+dir.keyPrefix(keySAOther)+".pub",
		"--apiserver-flag", "service-account-signing-key-file="+dir.keyPrefix(keySAOther)+".key")
	further.Stdout, further.Stderr = ready, &said
	if err := further.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- further.Wait() }()
	select {
	case <-ready.written:
	case err := <-ended:
		t.Fatalf("apiserver ended: %v\n%s", err, said.String())
	}
	token, err := client(t, dir).CoreV1().ServiceAccounts("default").CreateToken(t.Context(), "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := labDir(dir.path("servers", "b"))
	if review := reviewToken(t, client(t, b), token.Status.Token); review.Authenticated {
		t.Error("a server with other keys accepts a token of the lab's")
	}
	if review := reviewToken(t, client(t, dir), token.Status.Token); !review.Authenticated {
		t.Errorf("the lab refuses its own token: %s", review.Error)
	}
	config, err := clientcmd.LoadFromFile(b.adminKubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	return config.Clusters["authn-lab"].Server
}

// writeSignal closes written at the first write. run first writes to standard output when it is ready.
type writeSignal struct{ written chan struct{} }

func (w *writeSignal) Write(p []byte) (int, error) {
	select {
	case <-w.written:
	default:
		close(w.written)
	}
	return len(p), nil
}

func client(t *testing.T, dir labDir) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", dir.adminKubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reviewToken(t *testing.T, c kubernetes.Interface, token string) authenticationv1.TokenReviewStatus {
	t.Helper()
	review, err := c.AuthenticationV1().TokenReviews().Create(context.Background(),
		&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return review.Status
}

// testCredentials tries each configured way of authentication.
func testCredentials(t *testing.T, dir labDir) {
	ctx := context.Background()
	c := client(t, dir)
	now := time.Now()
	s, err := dir.readState()
	if err != nil {
		t.Fatal(err)
	}

	issued, err := c.CoreV1().ServiceAccounts("default").CreateToken(ctx, "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	issuedFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(issuedFile, []byte(issued.Status.Token), 0o600); err != nil {
		t.Fatal(err)
	}
	forge := func(o tokenOptions) string {
		t.Helper()
		o.dir = string(dir)
		if o.kid == "" {
			o.kid = "auto"
		}
		token, err := o.sign(nil, now)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	static, err := os.ReadFile(dir.token("static-user"))
	if err != nil {
		t.Fatal(err)
	}
	oidc := `{"iss": "` + s.Issuer + `", "aud": "authn-lab", "sub": "jane", "groups": ["developers"], "iat": "$now", "exp": "$now+1h"}`
	const sa = "system:serviceaccount:default:default"
	for _, tc := range []struct {
		name, token, user, err string
	}{
		{"issued", issued.Status.Token, sa, ""},
		{"sa", forge(tokenOptions{key: keySA, from: issuedFile}), sa, ""},
		{"sa-old", forge(tokenOptions{key: keySAOld, from: issuedFile}), sa, ""},
		{"older issuer", forge(tokenOptions{key: keySA, from: issuedFile, claims: `{"iss": "https://kubernetes.default.svc"}`}), sa, ""},
		{"sa-other", forge(tokenOptions{key: keySAOther, from: issuedFile}), "", "[invalid bearer token, invalid signature, no keys found]"},
		{"expired", forge(tokenOptions{key: keySA, from: issuedFile, claims: `{"exp": "$now-1h"}`}), "", "[invalid bearer token, service account token has expired]"},
		{"none", forge(tokenOptions{algorithm: "none", from: issuedFile}), "", "[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]"},
		{"oidc", forge(tokenOptions{key: keyOIDC, claims: oidc}), "oidc:jane", ""},
		{"static", string(static), "static-user", ""},
		{"unknown", "who-knows", "", "invalid bearer token"},
	} {
		got := reviewToken(t, c, tc.token)
		if got.Authenticated != (tc.user != "") || got.User.Username != tc.user || got.Error != tc.err {
			t.Errorf("%s: the API server says user %q, error %q, want user %q, error %q", tc.name, got.User.Username, got.Error, tc.user, tc.err)
		}
	}

	for _, tc := range []struct{ ca, user string }{
		{caClient, "jane"}, {caRebuilt, ""}, {caOther, ""},
	} {
		o := certificateOptions{dir: string(dir), ca: tc.ca, commonName: "jane", usages: []string{"client"},
			notBefore: "$now-1h", notAfter: "$now+1h", out: filepath.Join(t.TempDir(), "jane")}
		if err := o.sign(now); err != nil {
			t.Fatal(err)
		}
		jane, err := kubernetes.NewForConfig(&rest.Config{Host: s.Server, TLSClientConfig: rest.TLSClientConfig{
			CAFile: dir.servingCA(), CertFile: o.out + ".crt", KeyFile: o.out + ".key"}})
		if err != nil {
			t.Fatal(err)
		}
		review, err := jane.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
		if user := review.Status.UserInfo.Username; user != tc.user || (err == nil) != (tc.user != "") {
			t.Errorf("a certificate of the CA %s is user %q (error: %v), want %q", tc.ca, user, err, tc.user)
		}
	}

	// The token controller fills the Secret.
	secrets := c.CoreV1().Secrets("default")
	if _, err := secrets.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "legacy", Annotations: map[string]string{corev1.ServiceAccountNameKey: "default"}},
		Type:       corev1.SecretTypeServiceAccountToken,
	}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		secret, err := secrets.Get(ctx, "legacy", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if token := secret.Data[corev1.ServiceAccountTokenKey]; len(token) > 0 {
			if got := reviewToken(t, c, string(token)); got.User.Username != sa {
				t.Errorf("the token of a Secret is user %q, error %q", got.User.Username, got.Error)
			}
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("nobody filled the token Secret")
		}
	}
}

// testKubectl runs a plugin through the lab's kubectl, found by its name.
func testKubectl(t *testing.T, dir labDir) {
	plugins := t.TempDir()
	plugin := filepath.Join(plugins, "kubectl-authn")
	if err := os.WriteFile(plugin, []byte("#!/bin/sh\necho plugin $*\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{filepath.Join(dir.binDir(), "kubectl"), "authn", "inspect"},
		{os.Args[0], "kubectl", "authn", "inspect"},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), asProgram+"=1", "KUBECONFIG="+dir.adminKubeconfig(), "PATH="+plugins+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != "plugin inspect\n" {
			t.Errorf("%q printed %q (error: %v)", args, out, err)
		}
	}

	cmd := exec.Command(filepath.Join(dir.binDir(), "kubectl"), "version")
	cmd.Env = append(os.Environ(), asProgram+"=1", "KUBECONFIG="+dir.adminKubeconfig())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl version: %v\n%s", err, out)
	}
	for _, want := range []string{"Client Version: " + kubernetesVersion, "Server Version: " + kubernetesVersion} {
		if !strings.Contains(string(out), want) {
			t.Errorf("kubectl version printed\n%swant %q", out, want)
		}
	}
}

func testAuditLog(t *testing.T, dir labDir) {
	log, err := os.ReadFile(dir.apiServer().auditLog())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(log, []byte(`"tokenreviews"`)) {
		t.Error("the audit log does not have the TokenReviews")
	}
	for _, secret := range []string{`"requestObject"`, `"responseObject"`, "eyJ"} {
		if bytes.Contains(log, []byte(secret)) {
			t.Errorf("the audit log has %s", secret)
		}
	}
}

func TestStartThatFailsSaysWhy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	t.Cleanup(func() { result(t, "down", "--dir", dir) })
	for _, tc := range []struct{ flag, want string }{
		{"no-such-flag=1", "error: kube-apiserver stopped: unknown flag: --no-such-flag\n"},
		{"service-account-max-token-expiration=1s",
			"error: kube-apiserver stopped: the service-account-max-token-expiration must be between 1 hour and 2^32 seconds\n"},
	} {
		stdout, stderr, status := result(t, "up", "--dir", dir, "--apiserver-flag", tc.flag)
		if status != exitFailed || stdout != "" || !strings.Contains(stderr, tc.want) || !strings.Contains(stderr, "the last lines of") {
			t.Errorf("up with %s ended with %d and said\n%s%swant %s", tc.flag, status, stdout, stderr, tc.want)
		}
		if running, err := labDir(dir).running(); running || err != nil {
			t.Errorf("a process of the lab is left (error: %v)", err)
		}
	}
}

func TestFolderOfSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "thesis.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"up", "run", "down", "status", "apiserver b"} {
		_, stderr, status := result(t, append(strings.Fields(command), "--dir", dir)...)
		if want := "error: " + dir + " is not a lab's folder: it has no lab.json\n"; status != exitFailed || stderr != want {
			t.Errorf("%s ended with %d and said %q, want %q", command, status, stderr, want)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Fatalf("%s changed the folder: %v, error %v", command, entries, err)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for _, args := range [][]string{
		{"bogus"}, {"up", "bogus"}, {"up", "--bogus"}, {"up", "--dir", ""}, {"up", "--apiserver-flag", "bogus"},
		{"apiserver"}, {"apiserver", "../a"}, {"apiserver", "a", "b"},
		{"sign", "bogus"}, {"sign", "token"}, {"sign", "token", "--claims", "{}"}, {"sign", "certificate", "--ca", "bogus"},
	} {
		if _, stderr, status := result(t, args...); status != exitUsage || !strings.HasPrefix(stderr, "error: ") {
			t.Errorf("%q ended with %d and said %q", args, status, stderr)
		}
	}
}
