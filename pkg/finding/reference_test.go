package finding

import (
	"os"
	"strings"
	"testing"
)

func TestReadAt(t *testing.T) {
	for in, want := range map[string]string{
		"RFC 7519, section 4.1.4":              "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4",
		"RFC 7516":                             "https://www.rfc-editor.org/rfc/rfc7516",
		"OpenID Connect Core 1.0, section 5.7": "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.5.7",
		"k8s.io/kubernetes pkg/serviceaccount/jwt.go, validate": "https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/serviceaccount/jwt.go",
		"k8s.io/client-go transport/token_source.go":            "https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/client-go/transport/token_source.go",
		"k8s.io/kubernetes cmd/kube-apiserver/app/options":      "https://github.com/kubernetes/kubernetes/tree/v1.37.2/cmd/kube-apiserver/app/options",
		"github.com/coreos/go-oidc jwks.go":                     "https://github.com/coreos/go-oidc/blob/v2.5.0/jwks.go",
		"docs/simulate.md":                                      "https://github.com/kubectl-authn/kubectl-authn/blob/main/docs/simulate.md",
		"https://kubernetes.io/docs/concepts/":                  "https://kubernetes.io/docs/concepts/",
	} {
		if got := ReadAt(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// Every reference is a URL, of the release that this program is built with.
func TestReferencesAreURLs(t *testing.T) {
	for _, e := range Catalogue {
		if !strings.HasPrefix(e.Reference, "https://") || strings.ContainsAny(e.Reference, " ,()") {
			t.Errorf("%s: %s", e.ID, e.Reference)
		}
	}
	module, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"k8s.io/apiserver v0." + strings.TrimPrefix(kubernetesTag, "v1.") + "\n", "github.com/coreos/go-oidc " + oidcTag + "+"} {
		if !strings.Contains(string(module), want) {
			t.Errorf("go.mod does not require %s", want)
		}
	}
}
