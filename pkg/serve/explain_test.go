package serve

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// The log says in which states a rejected token's objects are, and no answer does.
func TestExplain(t *testing.T) {
	status := func(code int, reason metav1.StatusReason, details *metav1.StatusDetails) (int, any) {
		return code, &metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Reason: reason, Code: int32(code), Message: "no", Details: details}
	}
	object := func(uid string, deleted bool) (int, any) {
		a := &corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{Kind: "ServiceAccount", APIVersion: "v1"},
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "robot", UID: types.UID(uid), CreationTimestamp: metav1.NewTime(start)}}
		if deleted {
			a.DeletionTimestamp = &metav1.Time{Time: start}
		}
		return 200, a
	}
	for _, c := range []struct {
		name  string
		reply func() (int, any)
		want  []string
	}{
		{"deleted", func() (int, any) {
			return status(404, metav1.StatusReasonNotFound, &metav1.StatusDetails{Name: "robot", Kind: "serviceaccounts"})
		}, []string{"ServiceAccount shop/robot: missing", `"finding":"service-account-deleted"`}},
		{"recreated", func() (int, any) { return object("other", false) }, []string{"ServiceAccount shop/robot: recreated at 2026-05-24T19:00:00Z"}},
		{"terminating", func() (int, any) { return object("7c3a", true) }, []string{"ServiceAccount shop/robot: terminating since 2026-05-24T19:00:00Z"}},
		{"as it was", func() (int, any) { return object("7c3a", false) }, []string{"ServiceAccount shop/robot: exists"}},
		{"not allowed", func() (int, any) { return status(403, metav1.StatusReasonForbidden, nil) }, []string{"ServiceAccount shop/robot: unknown: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAPIServer(t)
			a.set(func() {
				a.status = authenticationv1.TokenReviewStatus{Error: `[invalid bearer token, serviceaccounts "robot" not found]`}
				a.fault = func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.Contains(r.URL.Path, "/serviceaccounts/") {
						return false
					}
					code, out := c.reply()
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(code)
					_ = json.NewEncoder(w).Encode(out)
					return true
				}
			})
			s, _, log := reviewing(t, a, func(o *Options) { o.Explain, o.Reason = true, ReasonText })
			raw := newSigner(t, "one").token(nil)
			r := s.get("/", "Authorization", "Bearer "+raw)
			if answer := body(t, r) + r.Header.Get("WWW-Authenticate"); r.StatusCode != 401 || strings.Contains(answer, "recreated") || strings.Contains(answer, "missing") {
				t.Errorf("%d: the answer names states: %s", r.StatusCode, answer)
			}
			text := ""
			for end := time.Now().Add(5 * time.Second); time.Now().Before(end) && !strings.Contains(text, `"explanation"`); time.Sleep(5 * time.Millisecond) {
				s.decider.log.out.mu.Lock()
				_ = s.decider.log.out.w.Flush()
				text = log.String()
				s.decider.log.out.mu.Unlock()
			}
			for _, want := range append(c.want, `"jti":"b0a1"`) {
				if !strings.Contains(text, want) {
					t.Errorf("no %s in %s", want, text)
				}
			}
			if strings.Contains(text, raw) || strings.Contains(text, raw[strings.LastIndex(raw, ".")+1:]) {
				t.Error("the log has the token")
			}
		})
	}
}
