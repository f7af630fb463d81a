package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A server, or a webhook behind it, may use the token that it received as a name.
func TestTokenIsNoName(t *testing.T) {
	const canary = "canary-opaque-0123456789"
	user := map[string]any{"username": "u:" + canary, "uid": canary, "groups": []string{"g", canary}, "extra": map[string][]string{canary: {canary}}}
	status := http.StatusCreated
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		switch {
		case status == http.StatusForbidden:
			_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": fmt.Sprintf("x is forbidden: User %q cannot create", "u:"+canary)})
		case strings.HasSuffix(r.URL.Path, "/tokenreviews"):
			_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": map[string]any{"authenticated": true, "user": user, "audiences": []string{canary}}})
		default:
			_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "status": map[string]any{"userInfo": user}})
		}
	}, nil)
	c := caller(t, f.config())
	for _, status = range []int{http.StatusCreated, http.StatusForbidden} {
		s := must(c.NewSubject(&credential.Credential{Token: token.Parse(canary)}))
		answer, _, failure := s.WhoAmI(t.Context())
		s.Close()
		if failure != nil || answer.User == nil || !strings.HasPrefix(answer.User.Username, "u:") {
			t.Fatalf("%+v, %v", answer, failure)
		}
		review, failure := c.Review(t.Context(), token.NewSecret(canary), nil)
		all := string(must(json.Marshal([]any{answer, review, failure})))
		if strings.Contains(all, canary) {
			t.Errorf("the token is in %s", all)
		}
	}
}

// In a page and in an address, the token may be truncated or URL-encoded.
func TestTokenIsNoTitle(t *testing.T) {
	const canary = "canary+opaque/0123456789"
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Location", "https://login.example/?rd="+url.QueryEscape(canary))
		w.WriteHeader(http.StatusFound)
		_, _ = io.WriteString(w, "<title>"+strings.Repeat("x", 190)+canary+"</title>")
	}, nil)
	s := must(caller(t, f.config()).NewSubject(&credential.Credential{Token: token.Parse(canary)}))
	defer s.Close()
	answer, _, failure := s.WhoAmI(t.Context())
	if failure != nil || answer.Location != "https://login.example/?rd=REDACTED" || !strings.HasPrefix(answer.PageTitle, "xxx") || strings.Contains(answer.PageTitle, "canary") {
		t.Errorf("%+v, %v", answer, failure)
	}
}

// An exec plugin's token, and the header of a user name and a password, are in no configuration. They are still
// redacted if a server repeats them.
func TestTokenOfThePluginIsNotRepeated(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "nobody is " + value})
	}, nil)
	const canary = "canary-opaque-0123456789"
	plugin, basic := f.config(), f.config()
	plugin.BearerToken = ""
	plugin.ExecProvider = &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", InteractiveMode: clientcmdapi.NeverExecInteractiveMode, Command: "sh",
		Args: []string{"-c", `echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"` + canary + `"}}'`},
	}
	basic.BearerToken, basic.Username, basic.Password = "", "joe", canary
	for name, config := range map[string]*rest.Config{"exec plugin": plugin, "password": basic} {
		c := caller(t, config)
		_, failure := c.ReadPod(t.Context(), "shop", "web")
		if failure == nil || failure.Error() != "nobody is REDACTED" {
			t.Errorf("%s: %+v", name, failure)
		}
	}
	s := must(caller(t, f.config()).NewSubject(&credential.Credential{Basic: &credential.Basic{Username: "joe", Password: token.NewSecret(canary)}}))
	defer s.Close()
	if answer, _, failure := s.WhoAmI(t.Context()); failure != nil || answer.Message != "nobody is REDACTED" {
		t.Errorf("%+v, %v", answer, failure)
	}
}

// The values of an object go into commands that are pasted into a shell.
func TestObjectIsTheOneAskedFor(t *testing.T) {
	var metadata string
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind": "Pod", "apiVersion": "v1", "metadata": `+metadata+`}`)
	}, nil)
	c := caller(t, f.config())
	for answer, want := range map[string]bool{
		`{"name": "web", "namespace": "shop"}`:                 true,
		`{"name": "web", "namespace": "x; touch pwned #"}`:     false,
		`{"name": "$(touch pwned)", "namespace": "shop"}`:      false,
		`{"name": "another", "namespace": "shop", "uid": "u"}`: false,
	} {
		metadata = answer
		_, failure := c.ReadPod(t.Context(), "shop", "web")
		if got := failure == nil; got != want {
			t.Errorf("%s: %v", answer, failure)
		} else if failure != nil && failure.Kind != evidence.Unusable {
			t.Errorf("%s: %+v", answer, failure)
		}
	}
}
