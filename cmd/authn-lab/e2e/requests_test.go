package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// always are the requests of every `explain` by an administrator, for any credential.
var always = []string{
	"caller GET /.well-known/openid-configuration",
	"caller GET /apis/apiregistration.k8s.io/v1/apiservices",
	"caller GET /openid/v1/jwks",
	"caller GET /version",
	"caller POST selfsubjectreviews",
	"credential POST selfsubjectreviews",
	"nobody POST selfsubjectreviews",
}

const (
	reviewed       = "caller POST tokenreviews"
	serviceAccount = "caller GET serviceaccounts/default"
	apiServers     = "caller GET /api/v1/namespaces/kube-system/pods"
	metrics        = "caller GET /metrics"
)

// asked are credentials with their further requests. The configuration of the API servers is read only if the
// answer leaves open a question that it may settle.
var asked = map[string]struct {
	make  string
	args  []string
	extra []string
}{
	"accepted":              {make: "kubectl create token default > token", extra: []string{reviewed, serviceAccount}},
	"accepted for another":  {make: "kubectl create token default --audience vault > token", args: []string{"--audience", "vault"}, extra: []string{reviewed, reviewed, serviceAccount}},
	"for another audience":  {make: "kubectl create token default --audience vault > token", extra: []string{reviewed, reviewed, serviceAccount}},
	"expired":               {make: forged(`{"iat": "$now-2h", "nbf": "$now-2h", "exp": "$now-1h"}`), extra: []string{reviewed, serviceAccount}},
	"of another issuer":     {make: forged(`{"iss": "https://kubernetes.default.svc/"}`), extra: []string{reviewed, serviceAccount, apiServers, metrics}},
	"of a stranger":         {make: `authn-lab sign token --key sa-other --claims '{"iss": "https://login.example.com", "sub": "jane", "exp": "$now+1h"}' > token`, extra: []string{reviewed, apiServers, metrics}},
	"opaque":                {make: "echo b7d1c0ffee5ca1ab1e0ddba11deadbee > token", extra: []string{reviewed, apiServers}},
	"malformed":             {make: "kubectl create token default | cut -c1-40 > token", extra: []string{reviewed}},
	"bootstrap, not there":  {make: "echo gone00.0123456789abcdef > token", extra: []string{reviewed, apiServers, "caller GET secrets/bootstrap-token-gone00"}},
	"static, accepted":      {make: `cp "$LAB/tokens/nobody" token`, extra: []string{reviewed}},
	"wrapped, and accepted": {make: "kubectl create token default | base64 -w0 > token", extra: []string{reviewed, reviewed, serviceAccount, "credential POST selfsubjectreviews"}},
}

func forged(claims string) string {
	return "kubectl create token default > issued && authn-lab sign token --key sa --from issued --claims '" + claims + "' > token"
}

// TestRequests checks that each request is made once, and only if the diagnosis needs it.
func TestRequests(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	distinct := map[string]bool{}
	kubeconfig := proxied(t, &scenario.Proxy{See: func(r *http.Request) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		mu.Lock()
		defer mu.Unlock()
		who := r.Header.Get("Authorization")
		exact := fmt.Sprintf("%s %s %s %x", who, r.Method, r.URL.RequestURI(), sha256.Sum256(body))
		if distinct[exact] {
			t.Errorf("asked twice: %s %s", r.Method, r.URL)
		}
		distinct[exact] = true
		seen = append(seen, whose(t, who)+" "+r.Method+" "+brief(r.URL.RequestURI()))
	}})

	for name, c := range asked {
		t.Run(name, func(t *testing.T) {
			shell := newShell(t, "requests-"+strings.Trim(strings.NewReplacer(" ", "-", ",", "").Replace(name), "-"))
			if out, err := shell.run("", c.make); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			mu.Lock()
			seen, distinct = nil, map[string]bool{}
			mu.Unlock()
			explain(t, kubeconfig, append([]string{"-f", filepath.Join(shell.dir, "token")}, c.args...)...)
			want := slices.Sorted(slices.Values(append(slices.Clone(always), c.extra...)))
			mu.Lock()
			defer mu.Unlock()
			slices.Sort(seen)
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// whose returns the user of a request with this header.
func whose(t *testing.T, authorization string) string {
	static, err := runner.Lab.Read("tokens", "static-admin")
	switch {
	case err != nil:
		t.Fatal(err)
	case authorization == "":
		return "nobody"
	case authorization == "Bearer "+static:
		return "caller"
	}
	return "credential"
}

// brief is the resource of a request, or its path.
func brief(uri string) string {
	path, _, _ := strings.Cut(uri, "?")
	if path, found := strings.CutPrefix(path, "/apis/authentication.k8s.io/v1/"); found {
		return path
	}
	if parts := strings.Split(path, "/"); len(parts) == 7 && parts[3] == "namespaces" {
		return parts[5] + "/" + parts[6]
	}
	return path
}

// rounds counts the consecutive answers that an `explain` waits for. A request that arrives after an answer may
// depend on it.
type rounds struct {
	mu      sync.Mutex
	deepest int
}

func (r *rounds) around(proxy http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		nth := r.deepest + 1
		r.mu.Unlock()
		proxy.ServeHTTP(w, q)
		// The end of the answer is sent when this returns.
		r.mu.Lock()
		r.deepest = max(r.deepest, nth)
		r.mu.Unlock()
	})
}

// reset returns the counts and sets them to zero.
func (r *rounds) reset() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	counted := r.deepest
	r.deepest = 0
	return counted
}

// TestDelay checks that an administrator's explain waits for at most five consecutive answers, even with the most
// questions: with 100 ms added to each answer, this is half a second on any machine. BenchmarkExplain measures the
// time. The minimum of a few runs counts, because concurrent requests may arrive apart.
func TestDelay(t *testing.T) {
	const most = 5
	r := &rounds{}
	kubeconfig := proxied(t, &scenario.Proxy{Delay: delay, Around: r.around})
	for _, name := range []string{"accepted", "for another audience", "of a stranger", "bootstrap, not there", "opaque"} {
		t.Run(name, func(t *testing.T) {
			shell := newShell(t, "delay-"+strings.NewReplacer(" ", "-", ",", "").Replace(name))
			if out, err := shell.run("", asked[name].make); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var counted []int
			for range 4 {
				r.reset()
				explain(t, kubeconfig, "-f", filepath.Join(shell.dir, "token"))
				counted = append(counted, r.reset())
				if counted[len(counted)-1] <= most {
					break
				}
			}
			t.Logf("%v", counted)
			if least := slices.Min(counted); least == 0 || least > most {
				t.Errorf("it waited for %v answers, one after the other", counted)
			}
		})
	}
}
