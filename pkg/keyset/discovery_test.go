package keyset

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// kubernetesDocument is what an API server serves (pkg/serviceaccount/openidmetadata.go).
const kubernetesDocument = `{"issuer":"https://kubernetes.default.svc.cluster.local","jwks_uri":"https://172.18.0.2:6443/openid/v1/jwks",` +
	`"response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256","ES256"]}`

func TestParseDiscovery(t *testing.T) {
	const source = "https://c.example/.well-known/openid-configuration"
	got, err := ParseDiscovery([]byte(kubernetesDocument), source)
	if err != nil {
		t.Fatal(err)
	}
	want := &Discovery{
		URL: source, Document: []byte(kubernetesDocument),
		Issuer: "https://kubernetes.default.svc.cluster.local", JWKSURI: "https://172.18.0.2:6443/openid/v1/jwks",
		Algorithms: []string{"RS256", "ES256"}, Findings: got.Findings,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	private := `jwks-uri-private: jwks_uri points to "172.18.0.2:6443", an address of a private network: outside parties (a cloud's STS, Vault, another cluster) cannot read the keys there`
	if diff := cmp.Diff([]string{private}, said(got.Findings)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got, err = ParseDiscovery([]byte(`{"issuer":"https://i.example","jwks_uri":"https://i.example/keys"}`), source)
	if err != nil {
		t.Fatal(err)
	}
	missing := []string{"response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"}
	if diff := cmp.Diff(missing, got.Missing); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDiscoveryThatCannotBeRead(t *testing.T) {
	tests := map[string]struct{ data, want string }{
		"nothing":    {"", "the content is empty; a discovery document is expected"},
		"HTML":       {"<html>", "the content is an HTML or XML page, not a discovery document"},
		"not JSON":   {"Not found", "not a discovery document: invalid JSON, invalid character 'N' looking for beginning of value at byte 1"},
		"a mark":     {"\xef\xbb\xbf{}", "not a discovery document: invalid JSON, invalid character 'ï' looking for beginning of value at byte 1"},
		"a list":     {"[]", "the content is JSON, but not a discovery document: an object is expected"},
		"null":       {"null", "the content is JSON, but not a discovery document: an object is expected"},
		"a key set":  {`{"keys":[]}`, "the content is a key set, not a discovery document"},
		"a Status":   {`{"kind":"Status","code":404}`, "not a discovery document: issuer and jwks_uri are missing"},
		"wrong type": {`{"issuer":7}`, "not a discovery document: the member issuer has the wrong type"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := ParseDiscovery([]byte(test.data), "x")
			if d != nil || err == nil || err.Error() != test.want {
				t.Errorf("want %q, got %v", test.want, err)
			}
		})
	}
}

func TestPrivateHosts(t *testing.T) {
	public := []string{"issuer.example.com", "oidc.eks.eu-central-1.amazonaws.com", "203.0.113.7", "2001:db8::1", "svc.example.com"}
	private := []string{"10.1.2.3", "192.168.0.1", "127.0.0.1", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "169.254.1.1", "100.64.0.1", "0.0.0.0",
		"localhost", "kubernetes", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "Node1.LOCAL.", "api.internal"}
	for _, host := range public {
		if why := privateHost(host); !why.IsZero() {
			t.Errorf("%s: %s", host, why)
		}
	}
	for _, host := range private {
		if privateHost(host).IsZero() {
			t.Errorf("%s is taken for public", host)
		}
	}
}

// issuer serves a discovery document and keys over TLS; routes overrides paths.
func issuer(t *testing.T, routes map[string]http.HandlerFunc) (*httptest.Server, *Fetcher) {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			t.Error("a credential was sent")
		}
		if handler := routes[r.URL.Path]; handler != nil {
			handler(w, r)
			return
		}
		switch r.URL.Path {
		case wellKnown:
			_, _ = w.Write([]byte(`{"issuer":"` + server.URL + `","jwks_uri":"` + server.URL + `/keys"}`))
		case "/keys":
			_, _ = w.Write(jwks(jwk("rsa", "rsa", nil)))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, &Fetcher{Client: server.Client(), Timeout: 5 * time.Second}
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestDiscover(t *testing.T) {
	server, fetcher := issuer(t, nil)
	for _, url := range []string{server.URL, server.URL + wellKnown} {
		d, err := fetcher.Discover(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		if d.URL != server.URL+wellKnown || d.KeySet == nil || d.KeySet.Source.String() != server.URL+"/keys" || len(d.KeySet.Keys) != 1 {
			t.Errorf("%+v", d)
		}
		for _, f := range d.Findings {
			if f.ID != finding.JWKSURIPrivate { // the test's server is on loopback
				t.Errorf("%s: %s", f.ID, f.Detail)
			}
		}
	}
	d, err := fetcher.Discover(context.Background(), server.URL+"/")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Findings) != 2 || d.Findings[1].ID != finding.DiscoveryIssuerMismatch || !strings.Contains(d.Findings[1].Detail.String(), "they differ in a slash at the end") {
		t.Errorf("%v", said(d.Findings))
	}
}

// TestDiscoverFails checks the finding and the sentence for each failure. HOST is the server's address.
func TestDiscoverFails(t *testing.T) {
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	tests := map[string]struct {
		routes   map[string]http.HandlerFunc
		id       finding.ID
		want     string
		document bool // the document is still returned
	}{
		"404":           {map[string]http.HandlerFunc{wellKnown: answer(404, "")}, finding.DiscoveryDisabled, "the discovery document at https://HOST" + wellKnown + " cannot be read: the server answered 404 Not Found", false},
		"401":           {map[string]http.HandlerFunc{wellKnown: answer(401, "")}, finding.DiscoveryForbidden, "the discovery document at https://HOST" + wellKnown + " cannot be read: the server answered 401 Unauthorized", false},
		"403":           {map[string]http.HandlerFunc{wellKnown: answer(403, "")}, finding.DiscoveryForbidden, "the discovery document at https://HOST" + wellKnown + " cannot be read: the server answered 403 Forbidden", false},
		"500":           {map[string]http.HandlerFunc{wellKnown: answer(500, "")}, finding.DiscoveryUnreachable, "the discovery document at https://HOST" + wellKnown + " cannot be read: the server answered 500 Internal Server Error", false},
		"a login page":  {map[string]http.HandlerFunc{wellKnown: answer(200, "<html>")}, finding.DiscoveryUnreachable, "the discovery document at https://HOST" + wellKnown + " cannot be used: the content is an HTML or XML page, not a discovery document", false},
		"too large":     {map[string]http.HandlerFunc{wellKnown: answer(200, strings.Repeat(" ", 1<<20+1))}, finding.DiscoveryUnreachable, "the discovery document at https://HOST" + wellKnown + " cannot be read: the response is larger than 1024 KiB", false},
		"a loop":        {map[string]http.HandlerFunc{wellKnown: redirect(wellKnown)}, finding.DiscoveryUnreachable, "the discovery document at https://HOST" + wellKnown + " cannot be read: the server redirects more than 3 times", false},
		"a downgrade":   {map[string]http.HandlerFunc{wellKnown: redirect("http://localhost:1/")}, finding.DiscoveryUnreachable, "the discovery document at https://HOST" + wellKnown + " cannot be read: the server redirects from https to http, which is not followed", false},
		"no jwks_uri":   {map[string]http.HandlerFunc{wellKnown: answer(200, `{"issuer":"https://i"}`)}, finding.JWKSUnreachable, "the key set cannot be read: the discovery document has no jwks_uri", true},
		"jwks_uri http": {map[string]http.HandlerFunc{wellKnown: answer(200, `{"issuer":"https://i","jwks_uri":"http://u:p@i/keys"}`)}, finding.JWKSUnreachable, "the key set at http://i/keys cannot be read: the issuer is an https URL and jwks_uri is not. The keys were not fetched, because an attacker on the network can change them", true},
		"jwks_uri file": {map[string]http.HandlerFunc{wellKnown: answer(200, `{"issuer":"https://i","jwks_uri":"file:///etc/passwd"}`)}, finding.JWKSUnreachable, "the key set at file:///etc/passwd cannot be read: not an https URL", true},
		"keys 503":      {map[string]http.HandlerFunc{"/keys": answer(503, "")}, finding.JWKSUnreachable, "the key set at https://HOST/keys cannot be read: the server answered 503 Service Unavailable", true},
		"keys HTML":     {map[string]http.HandlerFunc{"/keys": answer(200, "<html>")}, finding.KeySetInvalid, "the key set at https://HOST/keys cannot be used: the content is an HTML or XML page, not a key set", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, fetcher := issuer(t, test.routes)
			d, err := fetcher.Discover(context.Background(), server.URL)
			var typed *Error
			if !errors.As(err, &typed) {
				t.Fatalf("got %v", err)
			}
			if got := strings.ReplaceAll(err.Error(), strings.TrimPrefix(server.URL, "https://"), "HOST"); got != test.want {
				t.Errorf("want %q\ngot  %q", test.want, got)
			}
			if f := typed.Finding(); f.ID != test.id || f.Detail.String() != err.Error() {
				t.Errorf("want %s, got %s: %s", test.id, f.ID, f.Detail)
			}
			if (d != nil) != test.document {
				t.Errorf("document: %v", d)
			}
			if strings.Contains(name, "jwks_uri") != typed.NoAddress {
				t.Errorf("the document names an address: %t", !typed.NoAddress)
			}
		})
	}
}

// The keys to publish are those of the requested issuer, not the cluster's.
func TestPrivateAddressOfAnIssuer(t *testing.T) {
	server, fetcher := issuer(t, nil)
	d, err := fetcher.Discover(context.Background(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(d.Findings, func(f finding.Finding) bool { return f.ID == finding.JWKSURIPrivate })
	if i < 0 || len(d.Findings[i].Remedy) != 1 || d.Findings[i].Remedy[0].Command.String() != "kubectl authn discover -o jwks --issuer-url "+server.URL {
		t.Errorf("%+v", d.Findings)
	}
}

func TestGetFollowsThreeRedirects(t *testing.T) {
	next := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://user:secret@"+r.Host+to, http.StatusFound)
		}
	}
	server, fetcher := issuer(t, map[string]http.HandlerFunc{"/0": next("/1"), "/1": next("/2"), "/2": next("/3"), "/3": answer(200, "here"), "/-1": next("/0")})
	body, _, status, err := fetcher.Get(context.Background(), strings.Replace(server.URL, "//", "//me:secret@", 1)+"/0", acceptDocument, 10)
	if err != nil || status != 200 || string(body) != "here" {
		t.Errorf("%d %q %v", status, body, err)
	}
	if _, _, _, err := fetcher.Get(context.Background(), server.URL+"/-1", acceptDocument, 10); !errors.Is(err, transport.ErrRedirects) {
		t.Error(err)
	}
}

// TestNoAnswer covers a server that never answers, one that stops inside its answer, and Ctrl-C.
func TestNoAnswer(t *testing.T) {
	done := make(chan struct{})
	hang := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			_, _ = w.Write([]byte("{"))
			w.(http.Flusher).Flush()
		}
		// The client has ended by then, because earlier output could still arrive.
		<-done
	}
	server, fetcher := issuer(t, map[string]http.HandlerFunc{"/never": hang, "/half": hang})
	t.Cleanup(func() { close(done) }) // before the server is closed, which waits for it
	fetcher.Timeout = 50 * time.Millisecond
	for _, path := range []string{"/never", "/half"} {
		if _, _, _, err := fetcher.Get(context.Background(), server.URL+path, acceptDocument, 10); err == nil || err.Error() != "no answer within 50ms" {
			t.Errorf("%s: %v", path, err)
		}
	}
	fetcher.Timeout = time.Minute
	brief, stop := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer stop()
	if _, err := fetcher.FetchKeys(brief, server.URL+"/never"); err == nil || !strings.HasSuffix(err.Error(), "/never cannot be read: no answer before the deadline") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, _, _, err := fetcher.Get(ctx, server.URL+"/never", acceptDocument, 10); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := fetcher.FetchKeys(ctx, server.URL+"/keys"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestIssuerURLs(t *testing.T) {
	tests := map[string]string{
		"":                    "the discovery document cannot be read: not an https URL",
		"issuer.example":      "the discovery document at issuer.example cannot be read: not an https URL",
		"ftp://issuer":        "the discovery document at ftp://issuer cannot be read: not an https URL",
		"https://i?x=1":       "the discovery document at https://i?x=1 cannot be read: an issuer URL must have neither query nor fragment",
		"https://u:secret@%%": "the discovery document at %% cannot be read: not a URL",
	}
	for url, want := range tests {
		if _, err := new(Fetcher).Discover(context.Background(), url); err == nil || err.Error() != want {
			t.Errorf("%q: want %q, got %v", url, want, err)
		}
	}
}

func TestNewHTTPClient(t *testing.T) {
	if _, err := NewHTTPClient([]byte("no PEM"), time.Second); err == nil || err.Error() != "the file has no CA certificate in PEM" {
		t.Error(err)
	}
	server, _ := issuer(t, nil)
	ca := pemBlock("CERTIFICATE", server.Certificate().Raw)
	client, err := NewHTTPClient([]byte(ca), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&Fetcher{Client: client}).Discover(context.Background(), server.URL); err != nil {
		t.Error(err)
	}
	client, err = NewHTTPClient(nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&Fetcher{Client: client}).Discover(context.Background(), server.URL); err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Error(err)
	}
}
