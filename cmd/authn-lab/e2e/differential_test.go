package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// TestDifferential compares `simulate` with real API servers: it asks API servers with many configurations about
// many credentials, and simulates each of them. Verdict, user and error message must be the same. For an API
// server of another release, simulate must report exactly the differences.
func TestDifferential(t *testing.T) {
	w := newWorld(t)
	objects := w.dump(t)
	if len(configurations) < 30 {
		t.Fatalf("%d configurations are too few", len(configurations))
	}
	// An API server needs 340 MB.
	slots := make(chan struct{}, 2)
	var mu sync.Mutex
	compared := 0
	t.Run("configurations", func(t *testing.T) {
		for _, c := range configurations {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				if strings.Contains(c.authentication, "anonymous:") && minorKubernetes() < 32 {
					t.Skip("the release does not start with it: TestReleaseStarts")
				}
				slots <- struct{}{}
				defer func() { <-slots }()
				n := differential(t, c, w, objects)
				mu.Lock()
				compared += n
				mu.Unlock()
			})
		}
	})
	t.Logf("%d answers compared", compared)
}

func differential(t *testing.T, c configuration, w *world, objects string) int {
	dir := t.TempDir()
	name := "diff-" + c.name
	fill := filler(t, "OLDKEY", runner.Lab.Path("sa-old.pub"), "OTHERCA", runner.Lab.Path("other-ca.crt"))
	server, err := runner.Lab.StartServer(t.Context(), name, c.apiServerFlags(t, dir, authenticationHeader(), fill)...)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()

	f := newForger(t, w)
	tokens := f.tokens()
	if len(tokens) < 190 {
		t.Fatalf("%d credentials are too few", len(tokens))
	}
	admin := adminOf(t, server)
	waitForIssuer(t, admin, tokens)
	file := filepath.Join(dir, "tokens")
	var lines strings.Builder
	for _, b := range tokens {
		lines.WriteString(b.raw + "\n")
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	manifest := manifestOf(t, name, dir)
	n := 0
	for _, audiences := range [][]string{nil, {"vault"}} {
		args := append([]string{"simulate", "--each-line", "-f", file, "--manifest", manifest, "--objects", objects}, askedRelease()...)
		for _, a := range audiences {
			args = append(args, "--audience", a)
		}
		start := time.Now()
		simulated, reviewed := simulateLines(t, args), reviewAll(t, admin, tokens, audiences)
		// A server caches an acceptance for ten seconds.
		forgotten := w.leftUntil.Add(11 * time.Second)
		if start.Before(forgotten) && !time.Now().Before(w.leftUntil.Add(-2*time.Second)) {
			// The account is being deleted, so that the two answers may differ until this time.
			time.Sleep(time.Until(forgotten))
			simulated, reviewed = simulateLines(t, args), reviewAll(t, admin, tokens, audiences)
		}
		if len(simulated) != len(tokens) {
			t.Fatalf("%d lines for %d tokens", len(simulated), len(tokens))
		}
		for i, b := range tokens {
			compareAnswers(t, b.name, audiences, &reviewed[i], simulated[i])
		}
		n += len(tokens)
	}
	return n + compareCertificates(t, server, manifest, dir)
}

func reviewAll(t *testing.T, admin *kubernetes.Clientset, tokens []bearer, audiences []string) []authenticationv1.TokenReviewStatus {
	t.Helper()
	out := make([]authenticationv1.TokenReviewStatus, 0, len(tokens))
	for _, b := range tokens {
		real, err := admin.AuthenticationV1().TokenReviews().Create(t.Context(), &authenticationv1.TokenReview{
			Spec: authenticationv1.TokenReviewSpec{Token: b.raw, Audiences: audiences}}, metav1.CreateOptions{})
		if err != nil {
			t.Fatalf("%s: the API server did not review it: %v", b.name, err)
		}
		out = append(out, real.Status)
	}
	return out
}

// simulation has the compared fields of `simulate -o json`.
type simulation struct {
	Verdict, Error string
	Missing        []string
	Differences    []struct{ Affects, Detail string }
	User           *struct {
		Username, UID string
		Groups        []string
		Extra         map[string][]string
	}
}

// differs reports whether simulate reported a difference of the release in one of these.
func (s *simulation) differs(in ...string) bool {
	for _, d := range s.Differences {
		if slices.Contains(in, d.Affects) {
			return true
		}
	}
	return false
}

func simulateLines(t *testing.T, args []string) []simulation {
	t.Helper()
	command := exec.Command(runner.Plugin, args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	var status *exec.ExitError
	if err != nil && (!errors.As(err, &status) || status.ExitCode() != 1) {
		t.Fatalf("simulate: %v\n%s", err, stderr.String())
	}
	mustValidate(t, output)
	var out []simulation
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var s simulation
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		out = append(out, s)
	}
	return out
}

// moment is the part of an error message that may differ: the time of the request.
var moment = regexp.MustCompile(`current time .*?( before the nbf| is )`)

func sameText(text string) string { return moment.ReplaceAllString(text, "current time …$1") }

func compareAnswers(t *testing.T, name string, audiences []string, real *authenticationv1.TokenReviewStatus, got simulation) {
	t.Helper()
	if len(got.Missing) > 0 {
		// The only fact outside the configuration: an issuer that is unreachable from here as well.
		if !strings.Contains(real.Error, "oidc: authenticator not initialized") || !strings.Contains(got.Missing[0], deadIssuer) {
			t.Errorf("%s %q: simulate misses %q; the server says %+v", name, audiences, got.Missing, real)
		}
		return
	}
	if a, b := sameText(real.Error), sameText(got.Error); a != b && !got.differs("Error", "Verdict") || a == b && got.differs("Error") {
		t.Errorf("%s %q: error\nserver:   %s\nsimulate: %s", name, audiences, a, b)
	}
	want := "Rejected"
	switch {
	case real.Authenticated && real.User.Username == "system:anonymous":
		want = "Anonymous"
	case real.Authenticated:
		want = "Accepted"
	}
	if got.Verdict != want && !got.differs("Verdict") {
		t.Errorf("%s %q: verdict %s, want %s (server: %+v)", name, audiences, got.Verdict, want, real)
	}
	if want != "Accepted" || got.User == nil {
		return
	}
	compareUsers(t, name, &real.User, got)
}

func compareUsers(t *testing.T, name string, real *authenticationv1.UserInfo, got simulation) {
	t.Helper()
	extra := map[string][]string{}
	for k, v := range real.Extra {
		extra[k] = v
	}
	mine := got.User.Extra
	if mine == nil {
		mine = map[string][]string{}
	}
	same := real.Username == got.User.Username && real.UID == got.User.UID && slices.Equal(real.Groups, got.User.Groups) && reflect.DeepEqual(extra, mine)
	if same == got.differs("User") {
		t.Errorf("%s: user\nserver:   %+v\nsimulate: %+v\n%+v", name, real, *got.User, got.Differences)
	}
}

func adminOf(t *testing.T, server *scenario.Server) *kubernetes.Clientset {
	t.Helper()
	config := configOf(t, server)
	config.QPS = -1
	admin, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

// configOf returns an administrator's configuration with a static token or a certificate, whichever the server
// accepts.
func configOf(t *testing.T, server *scenario.Server) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(server.Dir, "kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := runner.Lab.Read("tokens", "static-admin")
	if err != nil {
		t.Fatal(err)
	}
	config.BearerToken = token
	return config
}

// waitForIssuer waits until the server has read the issuer's discovery document, if it reads one.
func waitForIssuer(t *testing.T, admin *kubernetes.Clientset, tokens []bearer) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		r, err := admin.AuthenticationV1().TokenReviews().Create(t.Context(), &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: tokens[0].raw}}, metav1.CreateOptions{})
		if err == nil && !strings.Contains(r.Status.Error, "not initialized") {
			return
		}
	}
	t.Fatal("the server did not read the issuer's keys")
}

var certificates = []struct {
	name string
	args []string
}{
	{"as it should be", []string{"--common-name", "jane", "--organization", "developers", "--organization", "ops"}},
	{"system:masters", []string{"--common-name", "root", "--organization", "system:masters"}},
	{"without groups", []string{"--common-name", "jane"}},
	{"expired", []string{"--common-name", "jane", "--not-before", "$now-30d", "--not-after", "$now-1d"}},
	{"not yet", []string{"--common-name", "jane", "--not-before", "$now+1d", "--not-after", "$now+30d"}},
	{"of another CA", []string{"--common-name", "jane", "--ca", "other"}},
	{"of the CA of another day", []string{"--common-name", "jane", "--ca", "client-rebuilt"}},
	{"without a name", []string{"--organization", "developers"}},
	{"a server's", []string{"--common-name", "jane", "--usage", "server"}},
	{"both", []string{"--common-name", "jane", "--usage", "server", "--usage", "client"}},
	{"of no usage", []string{"--common-name", "jane", "--usage", "none"}},
	{"anonymous by name", []string{"--common-name", "system:anonymous"}},
}

// compareCertificates compares the server's answers to certificates with the simulated answers.
func compareCertificates(t *testing.T, server *scenario.Server, manifest, dir string) int {
	t.Helper()
	log := filepath.Join(server.Dir, "kube-apiserver.log")
	for i, c := range certificates {
		prefix := filepath.Join(dir, fmt.Sprintf("certificate-%d", i))
		if text, err := exec.Command(runner.Lab.Program, append([]string{"sign", "certificate", "--dir", runner.Lab.Dir, "--out", prefix}, c.args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		config := rest.AnonymousClientConfig(configOf(t, server))
		config.CertFile, config.KeyFile = prefix+".crt", prefix+".key"
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		before := fileSize(t, log)
		result := client.AuthenticationV1().RESTClient().Post().Resource("selfsubjectreviews").Body(&authenticationv1.SelfSubjectReview{}).Do(context.Background())
		var code int
		result.StatusCode(&code)
		review := &authenticationv1.SelfSubjectReview{}
		if code == http.StatusCreated {
			if err := result.Into(review); err != nil {
				t.Fatal(err)
			}
		}
		command := exec.Command(runner.Plugin, append([]string{"simulate", "-f", prefix + ".crt", "--manifest", manifest, "--offline", "-o", "json"}, askedRelease()...)...)
		output, _ := command.Output()
		var got simulation
		if err := json.Unmarshal(output, &got); err != nil {
			t.Fatalf("%s: %v: %s", c.name, err, output)
		}
		want := "Accepted"
		switch {
		case code == http.StatusUnauthorized:
			want = "Rejected"
			if text := refusedInLog(t, log, before); sameText(text) != sameText(got.Error) {
				t.Errorf("certificate %s: error\nserver:   %s\nsimulate: %s", c.name, text, got.Error)
			}
		case code == http.StatusForbidden, review.Status.UserInfo.Username == "system:anonymous":
			want = "Anonymous"
		}
		if got.Verdict != want {
			t.Errorf("certificate %s: verdict %s, want %s (%d)", c.name, got.Verdict, want, code)
			continue
		}
		if want == "Accepted" {
			compareUsers(t, "certificate "+c.name, &review.Status.UserInfo, got)
		}
	}
	return len(certificates)
}

func fileSize(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

var refusal = regexp.MustCompile(`"Unable to authenticate the request" err="((?:[^"\\]|\\.)*)"`)

// refusedInLog returns the reason in the server's log after an offset; empty if the server rejected without a
// reason.
func refusedInLog(t *testing.T, file string, after int64) string {
	t.Helper()
	for end := time.Now().Add(2 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := refusal.FindSubmatch(data[after:]); m != nil {
			var text string
			if err := json.Unmarshal([]byte(`"`+string(m[1])+`"`), &text); err != nil {
				return string(m[1])
			}
			return text
		}
		if time.Now().After(end) {
			return ""
		}
	}
}

// newWorld creates the objects that tokens are bound to, and deletes some of them.
func newWorld(t *testing.T) *world {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", runner.Lab.Path("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	w := &world{namespace: "differential"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}, metav1.CreateOptions{})
	must(err)
	accounts, secrets, pods := c.CoreV1().ServiceAccounts(w.namespace), c.CoreV1().Secrets(w.namespace), c.CoreV1().Pods(w.namespace)
	account := func(name string, finalizers ...string) metav1.ObjectMeta {
		o, err := accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name, Finalizers: finalizers}}, metav1.CreateOptions{})
		must(err)
		return o.ObjectMeta
	}
	w.account = account("robot")
	w.terminating = account("leaving", "example.org/hold")
	must(accounts.Delete(ctx, "leaving", metav1.DeleteOptions{}))
	t.Cleanup(func() {
		_, _ = accounts.Patch(context.Background(), "leaving", "application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	})
	pod := func(name string) metav1.ObjectMeta {
		o, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{
			ServiceAccountName: "robot", Containers: []corev1.Container{{Name: "c", Image: "registry.example/c"}}}}, metav1.CreateOptions{})
		must(err)
		return o.ObjectMeta
	}
	w.pod, w.podGone = pod("web"), pod("gone")
	zero := int64(0)
	must(pods.Delete(ctx, "gone", metav1.DeleteOptions{GracePeriodSeconds: &zero}))
	secret := func(name string) metav1.ObjectMeta {
		o, err := secrets.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		must(err)
		return o.ObjectMeta
	}
	w.secret, w.secretGone = secret("bound"), secret("gone")
	must(secrets.Delete(ctx, "gone", metav1.DeleteOptions{}))
	node, err := c.CoreV1().Nodes().Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "differential"}}, metav1.CreateOptions{})
	must(err)
	w.node = node.ObjectMeta
	t.Cleanup(func() { _ = c.CoreV1().Nodes().Delete(context.Background(), "differential", metav1.DeleteOptions{}) })

	legacy := func(name, account string) string {
		_, err := secrets.Create(ctx, &corev1.Secret{Type: corev1.SecretTypeServiceAccountToken, ObjectMeta: metav1.ObjectMeta{
			Name: name, Annotations: map[string]string{corev1.ServiceAccountNameKey: account}}}, metav1.CreateOptions{})
		must(err)
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if s, err := secrets.Get(ctx, name, metav1.GetOptions{}); err == nil && len(s.Data["token"]) > 0 {
				return string(s.Data["token"])
			}
		}
		t.Fatalf("the Secret %s got no token", name)
		return ""
	}
	w.legacy, w.legacyInvalid = legacy("legacy", "robot"), legacy("legacy-invalid", "robot")
	_, err = secrets.Patch(ctx, "legacy-invalid", "application/merge-patch+json", []byte(`{"metadata":{"labels":{"kubernetes.io/legacy-token-invalid-since":"2026-01-02"}}}`), metav1.PatchOptions{})
	must(err)
	account("anew")
	w.legacyOf = legacy("legacy-anew", "anew")

	for name, data := range map[string]map[string]string{
		"difgoo": {"token-id": "difgoo", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true"},
		"difgrp": {"token-id": "difgrp", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true", "auth-extra-groups": "system:bootstrappers:b,system:bootstrappers:a"},
		"difbad": {"token-id": "difbad", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true", "auth-extra-groups": "admins"},
		"difexp": {"token-id": "difexp", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true", "expiration": "2020-01-01T00:00:00Z"},
		"diftim": {"token-id": "diftim", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true", "expiration": "tomorrow"},
		"difuse": {"token-id": "difuse", "token-secret": "0123456789abcdef"},
		"difone": {"token-id": "difone", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "1"},
	} {
		s, err := c.CoreV1().Secrets("kube-system").Create(ctx, &corev1.Secret{Type: "bootstrap.kubernetes.io/token", ObjectMeta: metav1.ObjectMeta{Name: "bootstrap-token-" + name}, StringData: data}, metav1.CreateOptions{})
		must(err)
		t.Cleanup(func() {
			_ = c.CoreV1().Secrets("kube-system").Delete(context.Background(), s.Name, metav1.DeleteOptions{})
		})
		w.bootstrap = append(w.bootstrap, *s)
	}
	// The tokens of a terminating account are accepted for another minute, and its deletionTimestamp has whole
	// seconds.
	leaving, err := accounts.Get(ctx, "leaving", metav1.GetOptions{})
	must(err)
	w.leftUntil = leaving.DeletionTimestamp.Add(time.Minute + time.Second)
	return w
}

// dump writes the objects as `kubectl get -o json` prints them.
func (w *world) dump(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "objects.yaml")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, args := range [][]string{{"get", "serviceaccounts,pods,secrets", "-n", w.namespace}, {"get", "nodes"}, {"get", "secrets", "-n", "kube-system"}} {
		command := exec.Command(runner.Lab.Program, append([]string{"kubectl", "--kubeconfig", runner.Lab.Path("kubeconfig"), "-o", "yaml"}, args...)...)
		text, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(out, "---\n%s", text)
	}
	return file
}

func kubernetesKeyID(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
