package cmd

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// Two API servers share the address, and one of them rejects the token.
func TestExplainRepeat(t *testing.T) {
	raw := jwt(object{"iss": "https://kubernetes.default.svc", "aud": []string{"https://kubernetes.default.svc"}, "sub": "system:serviceaccount:shop:robot",
		"kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "robot", "uid": "u"}}})
	a := newAPI(t, map[string]string{"admin-token": "admin", raw: "system:serviceaccount:shop:robot"})
	var n atomic.Int64
	odd := false
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		if odd && r.Header.Get("Authorization") == "Bearer "+raw && n.Add(1)%2 == 0 {
			w.Header().Set("Audit-Id", "an-id")
			w.WriteHeader(401)
			_, _ = w.Write([]byte(`{"kind": "Status", "reason": "Unauthorized", "message": "Unauthorized"}`))
			return true
		}
		return false
	}
	a.as(t, object{"token": "admin-token"})
	explain := func(status int, args ...string) (*report.Explanation, string) {
		t.Helper()
		got := run(t, "", append([]string{"explain", raw, "-o", "json"}, args...)...)
		if got.status != status || got.err != "" {
			t.Fatalf("%d\n%s%s", got.status, got.out, got.err)
		}
		var x report.Explanation
		if err := json.Unmarshal([]byte(got.out), &x); err != nil {
			t.Fatal(err)
		}
		return &x, got.out
	}
	if x, _ := explain(0); x.Answers != nil {
		t.Errorf("asked once: %v", x.Answers)
	}
	if x, _ := explain(0, "--repeat", "3"); len(x.Answers) != 2 || x.Answers[0].Times != 3 || x.Answers[0].Of != 3 {
		t.Errorf("one server: %v", x.Answers)
	}
	odd = true
	x, _ := explain(1, "--repeat", "4")
	if x.Verdict != report.Rejected || x.Cause != "replicas-disagree" || len(x.Answers) != 3 || x.Answers[0].Times != 2 || x.Answers[1].Answer.String() != "401 Unauthorized" {
		t.Errorf("two servers: %s, %s, %v", x.Verdict, x.Cause, x.Answers)
	}
	if _, out := explain(1, "--repeat", "4", "--anonymize"); strings.Contains(out, "robot") || strings.Contains(out, "shop") || !strings.Contains(out, "serviceaccount:NAMESPACE-1:SERVICEACCOUNT-1") {
		t.Errorf("names are still there:\n%s", out)
	}
	for _, bad := range []string{"0", "-1", "1001", "x"} {
		if got := run(t, "", "explain", raw, "--repeat="+bad); got.status != 3 || got.out != "" {
			t.Errorf("--repeat %s: %d\n%s%s", bad, got.status, got.out, got.err)
		}
	}
}
