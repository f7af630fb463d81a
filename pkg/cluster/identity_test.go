package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const (
	callersToken  = "the-callers-token"
	subjectsToken = "the-subjects-token"
)

// asksForCertificates makes a fake request client certificates, as an API server does.
func asksForCertificates(config *tls.Config) {
	config.ClientAuth = tls.RequestClientCert
	config.ClientCAs = x509.NewCertPool()
	config.ClientCAs.AddCert(clientCA.cert)
}

func certificateOf(p *pair) *credential.Certificate {
	return must(credential.ParseCertificate(append(p.certPEM(), p.keyPEM()...)))
}

// The two identities are never mixed: no request of a subject has the caller's token, certificate or
// impersonation, and no request of the caller has the subject's credential, except inside a TokenReview.
func TestIdentitiesAreNotMixed(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/tokenreviews"):
			answers(201, object{"kind": "TokenReview", "spec": object{"token": subjectsToken}, "metadata": object{"managedFields": []object{{"manager": "x"}}}})(w, r)
		case strings.HasSuffix(r.URL.Path, "/token"):
			answers(201, object{"kind": "TokenRequest", "status": object{"token": "minted"}})(w, r)
		default:
			answers(200, object{"kind": "Secret", "metadata": object{"name": "x"}})(w, r)
		}
	}, asksForCertificates)
	config := f.config()
	config.BearerToken = callersToken
	mine := issue("the caller", clientCA, nil)
	config.CertData, config.KeyData = mine.certPEM(), mine.keyPEM()
	config.Impersonate = rest.ImpersonationConfig{UserName: "somebody", Groups: []string{"g"}, UID: "u", Extra: map[string][]string{"e": {"v"}}}
	c := caller(t, config)

	subjects := map[string]*credential.Credential{
		"nobody":        nil,
		"a token":       {Token: token.Parse(subjectsToken)},
		"a password":    {Basic: &credential.Basic{Username: "jane", Password: token.NewSecret("the-subjects-password")}},
		"certificate":   {Certificate: certificateOf(issue("the subject", clientCA, nil))},
		"both":          {Certificate: certificateOf(issue("the subject", clientCA, nil)), Token: token.Parse(subjectsToken)},
		"to the letter": {Token: token.Parse(" " + subjectsToken + " ")},
	}
	for name, subject := range subjects {
		before := len(f.requests())
		s := must(c.NewSubject(subject))
		if _, _, failure := s.WhoAmI(t.Context()); failure != nil {
			t.Fatal(failure)
		}
		s.Close()
		for _, r := range f.requests()[before:] {
			want := map[string]string{"a token": "Bearer " + subjectsToken, "both": "Bearer " + subjectsToken, "to the letter": "Bearer  " + subjectsToken}[name]
			got := r.header.Get("Authorization")
			if name == "a password" {
				want = "Basic " + "amFuZTp0aGUtc3ViamVjdHMtcGFzc3dvcmQ="
			}
			if got != want {
				t.Errorf("%s: Authorization is %q", name, got)
			}
			wantName := ""
			if subject != nil && subject.Certificate != nil {
				wantName = "the subject"
			}
			if r.clientName != wantName {
				t.Errorf("%s: the certificate of %q was presented", name, r.clientName)
			}
			for header, values := range r.header {
				if strings.HasPrefix(header, "Impersonate-") || strings.Contains(fmt.Sprint(values), callersToken) {
					t.Errorf("%s: %s is sent, which is the caller's", name, header)
				}
			}
			if r.path != "/apis/authentication.k8s.io/v1/selfsubjectreviews" || strings.Contains(r.body, "token") {
				t.Errorf("%s: asked %s %s", name, r.path, r.body)
			}
		}
	}

	before := len(f.requests())
	review, failure := c.Review(t.Context(), token.NewSecret(subjectsToken), []string{"vault"})
	if failure != nil || review.Spec.Token != "REDACTED" || review.ManagedFields != nil {
		t.Errorf("the review: %+v, %v", review, failure)
	}
	c.WhoAmI(t.Context())
	c.Version(t.Context())
	c.Document(t.Context(), KeysPath)
	c.Pod(t.Context(), "a", "b")
	c.Secret(t.Context(), "a", "b", token.Parse(subjectsToken))
	_, _, _ = c.RequestToken(t.Context(), "a", "b", authenticationv1.TokenRequestSpec{})
	seen := f.requests()[before:]
	if len(seen) != 7 {
		t.Fatalf("%d requests", len(seen))
	}
	for _, r := range seen {
		h := r.header
		if h.Get("Authorization") != "Bearer "+callersToken || r.clientName != "the caller" || h.Get("Impersonate-User") != "somebody" ||
			!slices.Equal(h.Values("Impersonate-Group"), []string{"g"}) || h.Get("Impersonate-Uid") != "u" || h.Get("Impersonate-Extra-E") != "v" {
			t.Errorf("%s is not asked as the caller: %v, certificate of %q", r.path, h, r.clientName)
		}
		if strings.Contains(fmt.Sprint(h), subjectsToken) || strings.Contains(r.path, subjectsToken) {
			t.Errorf("%s: the subject's token is sent", r.path)
		}
		if strings.Contains(r.body, subjectsToken) != strings.HasSuffix(r.path, "/tokenreviews") {
			t.Errorf("%s: the body is %s", r.path, r.body)
		}
		if !strings.HasPrefix(h.Get("User-Agent"), "kubectl-authn/") {
			t.Errorf("%s: User-Agent %q", r.path, h.Get("User-Agent"))
		}
	}
}

// Over plain HTTP, no credential of the subject is sent.
func TestPlainHTTPGoesWithout(t *testing.T) {
	var seen []http.Header
	f := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Clone())
		answers(403, kubernetesStatus(403, "Forbidden", `User "system:anonymous" cannot`, nil))(w, r)
	}))
	defer f.Close()
	c := caller(t, &rest.Config{Host: f.URL})
	if !c.PlainHTTP() {
		t.Error("it is plain HTTP")
	}
	for _, subject := range []*credential.Credential{
		{Token: token.Parse(subjectsToken)},
		{Basic: &credential.Basic{Username: "jane", Password: token.NewSecret("p")}},
		{Certificate: certificateOf(issue("the subject", clientCA, nil))},
	} {
		if _, _, failure := must(c.NewSubject(subject)).WhoAmI(t.Context()); failure != nil {
			t.Error(failure)
		}
	}
	if len(seen) != 3 {
		t.Fatalf("%d requests", len(seen))
	}
	for _, h := range seen {
		if h.Get("Authorization") != "" {
			t.Errorf("Authorization is sent: %v", h)
		}
	}
}

// A certificate that cannot be presented is an error.
func TestCertificateWithoutKeyIsNoSubject(t *testing.T) {
	c := caller(t, &rest.Config{Host: "https://api.example"})
	for name, certificate := range map[string]*credential.Certificate{
		"no key":      must(credential.ParseCertificate(issue("a", clientCA, nil).certPEM())),
		"another key": must(credential.ParseCertificate(append(issue("a", clientCA, nil).certPEM(), issue("b", clientCA, nil).keyPEM()...))),
	} {
		if _, err := c.NewSubject(&credential.Credential{Certificate: certificate}); err == nil || strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Any client can see what the server requests in the handshake.
func TestHandshake(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*tls.Config)
		want   bool
	}{
		"asks for certificates": {asksForCertificates, true},
		"requests none":         {nil, false},
	} {
		f := newFake(t, answers(401, kubernetesStatus(401, "Unauthorized", "Unauthorized", nil)), c.change)
		s := must(caller(t, f.config()).NewSubject(nil))
		if _, _, failure := s.WhoAmI(t.Context()); failure != nil {
			t.Fatal(failure)
		}
		h := s.Handshake()
		if h.RequestsCertificate != c.want || c.want && (len(h.AcceptableCAs) != 1 || string(h.AcceptableCAs[0]) != string(clientCA.cert.RawSubject)) {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

// A server behind a path (Rancher) is asked below it.
func TestServerBelowAPath(t *testing.T) {
	f := newFake(t, answers(200, object{"gitVersion": "v1.36.3"}), nil)
	config := f.config()
	config.Host += "/k8s/clusters/c-1/"
	if v := caller(t, config).Version(t.Context()); v.Value != "v1.36.3" {
		t.Errorf("%+v", v)
	}
	if seen := f.requests(); seen[0].path != "/k8s/clusters/c-1/version" {
		t.Errorf("asked for %s", seen[0].path)
	}
}

// Bindings say who may read the issuer's documents, and there may be many bindings.
func TestGroupsBoundTo(t *testing.T) {
	pages := []object{
		{"metadata": object{"continue": "a/b+c"}, "items": []object{
			{"roleRef": object{"kind": "ClusterRole", "name": "reader"}, "subjects": []object{{"kind": "Group", "name": "g1"}, {"kind": "User", "name": "u"}}},
			{"roleRef": object{"kind": "Role", "name": "reader"}, "subjects": []object{{"kind": "Group", "name": "no"}}}}},
		{"items": []object{{"roleRef": object{"kind": "ClusterRole", "name": "reader"}, "subjects": []object{{"kind": "Group", "name": "g2"}}},
			{"roleRef": object{"kind": "ClusterRole", "name": "other"}, "subjects": []object{{"kind": "Group", "name": "no"}}}}},
	}
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		page := pages[0]
		if r.URL.Query().Get("continue") == "a/b+c" {
			page = pages[1]
		}
		answers(200, page)(w, r)
	}, nil)
	groups := caller(t, f.config()).GroupsBoundTo(t.Context(), "reader")
	if !slices.Equal(groups.Value, []string{"g1", "g2"}) {
		t.Errorf("%+v", groups)
	}
	f = newFake(t, answers(403, kubernetesStatus(403, "Forbidden", "no", nil)), nil)
	if groups := caller(t, f.config()).GroupsBoundTo(t.Context(), "reader"); !groups.Failed(evidence.Forbidden) {
		t.Errorf("%+v", groups)
	}
}

// A request without the caller's credentials trusts the same server.
func TestWithoutCredentials(t *testing.T) {
	f := newFake(t, answers(200, object{"gitVersion": "v1.36.3"}), asksForCertificates)
	config := f.config()
	config.BearerToken = callersToken
	config.Impersonate.UserName = "somebody"
	mine := issue("the caller", clientCA, nil)
	config.CertData, config.KeyData = mine.certPEM(), mine.keyPEM()
	nobody, err := caller(t, config).WithoutCredentials()
	if err != nil {
		t.Fatal(err)
	}
	if v := nobody.Version(t.Context()); !v.Known() {
		t.Fatalf("%+v", v)
	}
	r := f.requests()[0]
	if r.header.Get("Authorization") != "" || r.header.Get("Impersonate-User") != "" || r.clientName != "" {
		t.Errorf("asked as %v, %q", r.header, r.clientName)
	}
}
