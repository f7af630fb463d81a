package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// TestRealLog causes several failed authentications, and checks that the summaries of the API server's log and
// audit log have them. Other tests cause failures at the same time, so the counts are minimums.
func TestRealLog(t *testing.T) {
	dir := t.TempDir()
	config, err := clientcmd.BuildConfigFromFlags("", runner.Lab.Path("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	starts := map[string]int64{}
	for _, name := range []string{"kube-apiserver.log", "audit.log"} {
		info, err := os.Stat(runner.Lab.Path(name))
		if err != nil {
			t.Fatal(err)
		}
		starts[name] = info.Size()
	}

	account, minted := failToAuthenticate(t, config.Host)
	agent := "log-test-" + account

	// The logs are written shortly after the answer.
	for _, c := range []struct {
		log    string
		causes map[string]int64
		names  map[string]int64
	}{
		{"kube-apiserver.log", logged(t), map[string]int64{account: 3}},
		{"audit.log", map[string]int64{"credential-rejected": 15, "anonymous-request": 1}, map[string]int64{agent: 15}},
	} {
		part := filepath.Join(dir, c.log)
		wrong := "nothing"
		var got summary
		for began := time.Now(); wrong != "" && time.Since(began) < 20*time.Second; time.Sleep(200 * time.Millisecond) {
			log, err := os.ReadFile(runner.Lab.Path(c.log))
			if err != nil {
				t.Fatal(err)
			}
			log = log[starts[c.log]:]
			if end := bytes.LastIndexByte(log, '\n'); end < 0 || os.WriteFile(part, log[:end+1], 0o600) != nil {
				continue
			}
			got, _ = summarise(t, part)
			wrong = ""
			for cause, want := range c.causes {
				if n := got.byCause()[cause]; n < want {
					wrong += fmt.Sprintf("%s: %d, want %d\n", cause, n, want)
				}
			}
		}
		if wrong != "" {
			t.Errorf("%s: %s%+v", c.log, wrong, got)
			continue
		}
		for name, want := range c.names {
			if n := got.named(name); n != want && n != 0 {
				t.Errorf("%s: %s stands for %d, want %d", c.log, name, n, want)
			}
		}
		shown, err := exec.Command(runner.Plugin, "explain", "--log", part).Output()
		if err != nil {
			t.Errorf("%s: %v", c.log, err)
		}
		for _, secret := range []string{minted, strings.Split(minted, ".")[2]} {
			if bytes.Contains(shown, []byte(secret)) {
				t.Errorf("%s: the token is shown", c.log)
			}
		}
	}
	// The audit log has exactly these requests of this test.
	log, err := os.ReadFile(filepath.Join(dir, "audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	var own []byte
	for line := range bytes.Lines(log) {
		if bytes.Contains(line, []byte(agent)) {
			own = append(own, line...)
		}
	}
	part := filepath.Join(dir, "own.log")
	if err := os.WriteFile(part, own, 0o600); err != nil {
		t.Fatal(err)
	}
	got, _ := summarise(t, part)
	if want := map[string]int64{"credential-rejected": 15, "anonymous-request": 1}; fmt.Sprint(got.byCause()) != fmt.Sprint(want) || got.Unknown != nil || got.named(agent) != 15 {
		t.Errorf("of its own requests the audit log says %+v, want %v", got, want)
	}
}

// TestRealLogAsJSON checks the same for the log of an API server that logs in JSON. No other test uses this API
// server, so the counts are exact.
func TestRealLogAsJSON(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("only the lab's own kube-apiserver has the JSON format built in")
	}
	server, err := runner.Lab.StartServer(t.Context(), "logs-json", "logging-format=json")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(server.Dir, "kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	account, minted := failToAuthenticate(t, config.Host)
	want := logged(t)
	var got summary
	var log []byte
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(200 * time.Millisecond) {
		if log, err = os.ReadFile(filepath.Join(server.Dir, "kube-apiserver.log")); err != nil {
			t.Fatal(err)
		}
		part := filepath.Join(t.TempDir(), "kube-apiserver.log")
		if err := os.WriteFile(part, log[:bytes.LastIndexByte(log, '\n')+1], 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _ = summarise(t, part); fmt.Sprint(got.byCause()) == fmt.Sprint(want) {
			break
		}
	}
	if !bytes.Contains(log, []byte(`"msg":"Unable to authenticate the request"`)) {
		t.Errorf("the log is not of JSON:\n%.1000s", log)
	}
	if fmt.Sprint(got.byCause()) != fmt.Sprint(want) || got.Unknown != nil || got.named(account) != 3 {
		t.Errorf("the log says %+v, want %v", got, want)
	}
	for _, c := range got.Causes {
		if c.First == "" || c.Last == "" {
			t.Errorf("%s: first %q, last %q", c.ID, c.First, c.Last)
		}
	}
	if data, err := json.Marshal(got); err != nil || bytes.Contains(data, []byte(strings.Split(minted, ".")[2])) {
		t.Error("the token is shown")
	}
}

// failToAuthenticate sends requests with failures that logged counts. It returns the ServiceAccount of one of them
// and its token. The requests' User-Agent is log-test- and that account.
func failToAuthenticate(t *testing.T, host string) (account, minted string) {
	t.Helper()
	dir, ctx := t.TempDir(), t.Context()
	config, err := clientcmd.BuildConfigFromFlags("", runner.Lab.Path("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	admin := kubernetes.NewForConfigOrDie(config)

	// A ServiceAccount that is deleted before its token expires.
	account = fmt.Sprintf("log-%d", time.Now().UnixNano())
	if _, err := admin.CoreV1().ServiceAccounts("default").Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	issued, err := admin.CoreV1().ServiceAccounts("default").CreateToken(ctx, account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.CoreV1().ServiceAccounts("default").Delete(ctx, account, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	const expired = `{"iss":"https://kubernetes.default.svc.cluster.local","aud":["https://kubernetes.default.svc.cluster.local"],"sub":"system:serviceaccount:default:default","iat":"$now-2h","nbf":"$now-2h","exp":"$now-1h","kubernetes.io":{"namespace":"default","serviceaccount":{"name":"default","uid":"x"}}}`
	agent := "log-test-" + account
	for token, times := range map[string]int{
		signed(t, "sa", expired): 5,
		signed(t, "sa-other", strings.ReplaceAll(expired, "-1h", "+1h")): 4,
		issued.Status.Token:     3,
		"neither fish nor fowl": 2,
		"":                      1,
	} {
		for range times {
			send(ctx, t, host, agent, token, nil)
		}
	}
	pair := filepath.Join(dir, "old")
	if out, err := exec.Command(runner.Lab.Program, "sign", "certificate", "--dir", runner.Lab.Dir, "--ca", "client", "--common-name", "jane",
		"--not-before", "$now-30d", "--not-after", "$now-1d", "--out", pair).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	certificate, err := tls.LoadX509KeyPair(pair+".crt", pair+".key")
	if err != nil {
		t.Fatal(err)
	}
	send(ctx, t, host, agent, "", &certificate)
	return account, issued.Status.Token
}

// logged returns the causes that an API server logs for failToAuthenticate, with their counts.
func logged(t *testing.T) map[string]int64 {
	t.Helper()
	said := map[string]int64{"token-expired": 5, "signing-key-unknown": 4, "service-account-deleted": 3, "credential-rejected": 2, "certificate-expired": 1}
	release, err := runner.Lab.Release()
	if err != nil {
		t.Fatal(err)
	}
	if release < 31 {
		// The error message for an unknown key is also that for a changed token.
		said["credential-rejected"] += said["signing-key-unknown"]
		delete(said, "signing-key-unknown")
	}
	return said
}

// TestLogAsWritten checks that an audit log gives the same summary as an indented list of its events.
func TestLogAsWritten(t *testing.T) {
	data, err := os.ReadFile(runner.Lab.Path("audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	var events []json.RawMessage
	for line := range bytes.Lines(data) {
		events = append(events, json.RawMessage(bytes.TrimSpace(line)))
	}
	list, err := json.MarshalIndent(map[string]any{"apiVersion": "audit.k8s.io/v1", "kind": "EventList", "items": events}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var sums []string
	for name, content := range map[string][]byte{"lines": data, "list": list} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, _ := summarise(t, file)
		if s.Recognised < int64(len(events)) {
			t.Errorf("%s: %d of %d events are recognised", name, s.Recognised, len(events))
		}
		sums = append(sums, fmt.Sprint(s.Failed, s.byCause()))
	}
	if sums[0] != sums[1] {
		t.Errorf("as lines and as a list they are summed up differently: %v", sums)
	}
}

// named returns the number of messages with a name of any kind; 0 if the name is not among the most frequent ones.
func (s *summary) named(name string) int64 {
	for _, c := range s.Causes {
		for _, d := range c.Differs {
			for _, v := range d.Values {
				if v.Value == name {
					return v.Count
				}
			}
		}
	}
	return 0
}

func signed(t *testing.T, key, claims string) string {
	t.Helper()
	out, err := exec.Command(runner.Lab.Program, "sign", "token", "--dir", runner.Lab.Dir, "--key", key, "--claims", claims).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// send sends a request over its own connection and ignores the response.
func send(ctx context.Context, t *testing.T, host, agent, token string, certificate *tls.Certificate) {
	t.Helper()
	settings := &tls.Config{InsecureSkipVerify: true} // the lab's own server, on loopback
	if certificate != nil {
		settings.Certificates = []tls.Certificate{*certificate}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, host+"/api/v1/pods", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", agent)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}
