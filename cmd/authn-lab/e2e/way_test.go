package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestOnTheWay holds what explain makes of things that stand between it and the API server.
func TestOnTheWay(t *testing.T) {
	dir := t.TempDir()
	direct := tokenKubeconfig(t, dir)
	token := filepath.Join(dir, "token")
	minted, err := exec.Command(runner.Plugin, "mint", "default", "--namespace", "default", "--kubeconfig", direct).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(token, minted, 0o600); err != nil {
		t.Fatal(err)
	}
	asIs := func(*httputil.ProxyRequest) {}
	clock := func(ahead time.Duration) func(*http.Response) {
		return func(r *http.Response) { r.Header.Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat)) }
	}
	for _, tc := range []struct {
		name    string
		request func(*httputil.ProxyRequest)
		answer  func(*http.Response)
		// What explain -f token must say: verdict, cause, what else it finds and what it must not.
		verdict, cause string
		finds, lacks   []string
	}{
		{"nothing", asIs, func(*http.Response) {}, "Accepted", "", nil, []string{"clock-skew", "credential-stripped"}},
		{"a server whose clock is five minutes ahead", asIs, clock(5 * time.Minute), "Accepted", "", []string{"clock-skew"}, nil},
		{"a server whose clock is five minutes behind", asIs, clock(-5 * time.Minute), "Accepted", "", []string{"clock-skew"}, nil},
		{"clocks a few seconds apart", asIs, clock(10 * time.Second), "Accepted", "", nil, []string{"clock-skew"}},
		{
			"a proxy that drops the Authorization header",
			func(r *httputil.ProxyRequest) { r.Out.Header.Del("Authorization") },
			func(*http.Response) {},
			"Anonymous", "credential-stripped", nil, []string{"no-credential", "empty-bearer-token", "token-has-whitespace"},
		},
		{
			"a gateway that answers for the server",
			asIs,
			func(r *http.Response) {
				r.StatusCode, r.Status = http.StatusUnauthorized, "401 Unauthorized"
				r.Header = http.Header{"Server": {"nginx"}, "Content-Type": {"text/html"}}
				r.Body.Close()
				r.Body, r.ContentLength = http.NoBody, 0
			},
			"Undecided", "answer-not-from-api-server", nil, []string{"credential-rejected"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kubeconfig := proxied(t, direct, "proxied", tc.request, tc.answer)
			out, _ := exec.Command(runner.Plugin, "explain", "-f", token, "-o", "json", "--kubeconfig", kubeconfig).Output()
			var got struct {
				Verdict, Cause string
				Findings       []struct{ ID string }
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("explain printed %q: %v", out, err)
			}
			var ids []string
			for _, f := range got.Findings {
				ids = append(ids, f.ID)
			}
			if got.Verdict != tc.verdict || got.Cause != tc.cause {
				t.Errorf("verdict %s, cause %q, want %s, %q (found: %q)", got.Verdict, got.Cause, tc.verdict, tc.cause, ids)
			}
			for _, id := range tc.finds {
				if !slices.Contains(ids, id) {
					t.Errorf("%s is not found; what is: %q", id, ids)
				}
			}
			for _, id := range tc.lacks {
				if slices.Contains(ids, id) {
					t.Errorf("%s is found, and is not true; all: %q", id, ids)
				}
			}
		})
	}
}
