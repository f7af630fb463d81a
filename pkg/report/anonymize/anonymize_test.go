package anonymize

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func TestName(t *testing.T) {
	for _, c := range []struct {
		kind        finding.Kind
		value, want string
	}{
		{finding.Node, "", ""},
		{finding.Node, "node-7", "NODE-1"},
		{finding.Node, "NODE-1", "NODE-1"},
		{finding.Namespace, "ci", "NAMESPACE-1"},
		{finding.Namespace, "kube-system", "kube-system"},
		{finding.Cluster, "kube-system", "CLUSTER-1"},
		{finding.User, "jane", "USER-1"},
		{finding.User, "system:anonymous", "system:anonymous"},
		{finding.User, "system:PRODDB01", "USER-1"},
		{finding.User, "system:serviceaccount:ci:robot", "system:serviceaccount:NAMESPACE-1:SERVICEACCOUNT-1"},
		{finding.User, "system:serviceaccount:default:default", "system:serviceaccount:default:default"},
		{finding.User, "system:serviceaccount:ci", "USER-1"},
		{finding.User, "system:serviceaccount:a:b:c", "USER-1"},
		{finding.User, "system:node:node-7", "system:node:NODE-1"},
		{finding.User, "https://login.corp/x#jane", "https://HOST-1/PATH-1#USER-1"},
		{finding.User, "corp#jane", "USER-1"},
		{finding.Group, "system:serviceaccounts:ci", "system:serviceaccounts:NAMESPACE-1"},
		{finding.Group, "system:bootstrappers:prod", "system:bootstrappers:GROUP-1"},
		{finding.Group, "system:masters", "system:masters"},
		{finding.Secret, "ci/key", "NAMESPACE-1/SECRET-1"},
		{finding.Secret, "kube-system/bootstrap-token-abcdef", "kube-system/bootstrap-token-JTI-1"},
		{finding.Pod, "a/b/c", "POD-1"},
		{finding.URL, "https://api.corp:6443/k8s/clusters/c-1/", "https://HOST-1:6443/PATH-1/"},
		{finding.URL, "https://api.corp/", "https://HOST-1/"},
		{finding.URL, "https://jane:pass@api.corp", "https://USER-1@HOST-1"},
		{finding.URL, "https://[2001:db8::7]:6443", "https://HOST-1:6443"},
		{finding.URL, "https://2001:db8::7", "https://HOST-1"},
		{finding.URL, "https://kubernetes.default.svc:443/openid/v1/jwks", "https://kubernetes.default.svc:443/openid/v1/jwks"},
		{finding.URL, "https://corp.example/x/.well-known/openid-configuration", "https://HOST-1/PATH-1/.well-known/openid-configuration"},
		{finding.URL, "https://corp.example?tenant=prod", "https://HOST-1/PATH-1"},
		{finding.URL, "gopher://corp.example/1", "URL-1"},
		{finding.URL, "/api/v1/namespaces/ci/serviceaccounts/robot/token", "/api/v1/namespaces/NAMESPACE-1/serviceaccounts/SERVICEACCOUNT-1/token"},
		{finding.URL, "/apis/corp.example/v1/namespaces/ci/widgets/w?x=prod", "/apis/OBJECT-1/v1/namespaces/NAMESPACE-1/OBJECT-2/OBJECT-3?…"},
		{finding.Issuer, "https://kubernetes.default.svc.cluster.local", "https://kubernetes.default.svc.cluster.local"},
		{finding.Issuer, "prod-issuer", "ISSUER-1"},
		{finding.Audience, "https://a.corp", "https://HOST-1"},
		{finding.Audience, "vault", "AUDIENCE-1"},
		{finding.Address, "10.0.0.1:6443", "HOST-1:6443"},
		{finding.Address, "[fd00::1]:6443", "HOST-1:6443"},
		{finding.Address, "fd00::1", "HOST-1"},
		{finding.Host, "localhost", "localhost"},
		{finding.Subject, "CN=jane,O=oncall+O=system:masters,L=Graz", "CN=USER-1,O=GROUP-1+O=system:masters,L=VALUE-1"},
		{finding.Subject, `CN=jane\, of O=corp`, "CN=USER-1"},
		{finding.Subject, "CN=system:node:node-7,O=system:nodes", "CN=system:node:NODE-1,O=system:nodes"},
		{finding.Subject, "prod=jane", "WORD-1=VALUE-1"},
		{finding.Subject, "front-proxy-client", "front-proxy-client"},
		{finding.Authority, "CN=kubernetes", "CN=kubernetes"},
		{finding.Authority, "CN=corp ca,O=corp", "CN=CA-1,O=GROUP-1"},
		{finding.Claim, "kubernetes.io.pod.name", "kubernetes.io.pod.name"},
		{finding.Claim, "badge", "CLAIM-1"},
		{finding.Claim, "act.badge", "act.CLAIM-1"},
		{finding.File, "/home/jane/.kube/config", "FILE-1"},
		{finding.File, "/var/run/secrets/kubernetes.io/serviceaccount/token", "/var/run/secrets/kubernetes.io/serviceaccount/token"},
		{finding.Program, "kubectl/v1.36.3 (linux/amd64) of PRODDB01", "kubectl/v1.36.3"},
		{finding.Program, "kubectl/PRODDB01", "kubectl"},
		{finding.Program, "corp-login", "PROGRAM-1"},
		{finding.APIService, "v1beta1.metrics.k8s.io", "v1beta1.metrics.k8s.io"},
		{finding.APIService, "v1.corp.k8s.io", "APISERVICE-1"},
	} {
		if got := New().Name(c.kind, c.value); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.kind, c.value, got, c.want)
		}
	}
}

// The same name has the same placeholder, and another name has another.
func TestPlaceholders(t *testing.T) {
	n := New()
	var got []string
	for _, name := range []finding.Name{finding.Node.Of("a"), finding.Pod.Of("a"), finding.Node.Of("b"), finding.Node.Of("NODE-1"), finding.Node.Of("a"), finding.Pod.Of("ns/a")} {
		got = append(got, n.Name(name.Kind, name.Value))
	}
	if diff := cmp.Diff([]string{"NODE-1", "POD-1", "NODE-2", "NODE-3", "NODE-1", "NAMESPACE-1/POD-1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestText(t *testing.T) {
	long := strings.Repeat("x", 300)
	n := New("the token is within its lifetime")
	text := finding.T("%s, %q of %s says %q, %s and %q: %s; alg %q, %s, %s; %s", finding.Node.Of(long), finding.User.Of(`a"b`), finding.Node.Of(long),
		finding.Message("invalid bearer token"), finding.Quoted("of PRODDB01"), finding.Quoted(`token issuer "x" is invalid`), finding.Standard("the token is within its lifetime"),
		finding.Standard("RS256"), finding.Standard("PROD256"), finding.Standard("Basic realm=PRODDB01"), finding.Count(3))
	want := `NODE-1, "USER-1" of NODE-1 says "invalid bearer token", (text withheld) and "token issuer \"ISSUER-1\" is invalid": the token is within its lifetime; ` +
		`alg "RS256", WORD-1, Basic WORD-2; 3`
	if got := n.Text(text).String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !n.Withheld() || New().Withheld() {
		t.Error("nobody learns that a text was withheld")
	}
	// Placeholders have the kinds of the names.
	if got := n.Text(text).Names(); len(got) != 2 || got[1] != finding.User.Of("USER-1") {
		t.Errorf("%v", got)
	}
}

// The operating system's error messages for files and connections are not replaced.
func TestSystemErrors(t *testing.T) {
	address := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 6443}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "open", Path: "/home/jane/x", Err: syscall.ENOENT}, "open FILE-1: no such file or directory"},
		{&net.OpError{Op: "read", Net: "tcp", Addr: address, Err: os.NewSyscallError("read", syscall.ECONNRESET)}, "read tcp HOST-1:6443: read: connection reset by peer"},
		{&url.Error{Op: "Get", URL: "https://api.corp/", Err: &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Name: "api.corp", Server: "10.0.0.2:53", Err: "no such host"}}},
			`Get "https://HOST-1/": dial tcp: lookup HOST-1 on HOST-2:53: no such host`},
		{errors.New("open: PRODDB01"), "(text withheld)"},
		{errors.New("read: connection reset by peer: PRODDB01"), "(text withheld)"},
	} {
		if got := New().Text(finding.T("%s", finding.Err(c.err))).String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestCommand(t *testing.T) {
	n := New()
	c := finding.Run("kubectl --context").Arg(finding.Context.Of("prod eu")).Add("create token").Arg(finding.ServiceAccount.Of("robot")).
		Flag("--audience", finding.Audience.Of("https://x.corp/y/")).Argf("--user=%s", finding.User.Of("system:serviceaccount:ci:robot")).
		Arg(finding.Message("invalid bearer token")).Arg(finding.File.Of("日本.txt")).Raw("> TOKEN")
	want := "kubectl --context CONTEXT-1 create token SERVICEACCOUNT-1 --audience https://HOST-1/PATH-1/ --user=system:serviceaccount:NAMESPACE-1:SERVICEACCOUNT-1 TEXT-1 FILE-1 > TOKEN"
	if got := n.Command(c).String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A single character may be the fault of a token, but a pictogram may be a name.
func TestCharacter(t *testing.T) {
	for s, want := range map[string]string{"+": "+", "“": "“", "🐙": "WORD-1", "ß": "WORD-1"} {
		if got := New().Term(s); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

func TestSavedCommand(t *testing.T) {
	var c finding.Command
	if err := c.UnmarshalText([]byte("kubectl get pod PRODDB01")); err != nil {
		t.Fatal(err)
	}
	if n := New(); !n.Command(c).IsZero() || !n.Withheld() || !n.Command(finding.Command{}).IsZero() {
		t.Errorf("%s", n.Command(c))
	}
}

func TestDocument(t *testing.T) {
	in := `{"alg": "RS256", "kid": "k1", "typ": "PROD", "iss": "https://login.corp/", "sub": "jane", "aud": ["a", "b", "a"], "exp": 1779649828, "iat": "1779649828", "azp": "a",
		"email": "jane@corp", "email_verified": true, "scope": "openid prod", "amr": ["pwd"], "nonce": "n", "badge": 4711, "corp": {"badge": 4711, "name": "x", "b": null, "deep": [{"x": 0.5}]},
		"kubernetes.io": {"namespace": "ci", "serviceaccount": {"name": "robot", "uid": "u1"}, "pod": {"name": "web"}, "warnafter": 1779649828},
		"id_token_signing_alg_values_supported": ["RS256", "PROD"], "claims_supported": ["sub", "badge"], "keys": [{"n": "abc", "kty": "RSA", "x5c": ["abc"]}],
		"authentication.kubernetes.io/credential-id": ["JTI=j1", "X509SHA256=ff", "x"], "t": "REDACTED"}`
	want := `{"CLAIM-1":"VALUE-6","CLAIM-2":{"CLAIM-3":null,"CLAIM-1":"VALUE-6","CLAIM-4":[{"x":"VALUE-7"}],"name":"USER-2"},"CLAIM-5":"REDACTED",` +
		`"alg":"RS256","amr":["pwd"],"aud":["AUDIENCE-1","AUDIENCE-2","AUDIENCE-1"],"authentication.kubernetes.io/credential-id":["JTI=JTI-1","X509SHA256=FINGERPRINT-1","VALUE-1"],` +
		`"azp":"CLIENT-1","claims_supported":["sub","CLAIM-1"],"email":"EMAIL-1","email_verified":true,"exp":1779649828,"iat":"VALUE-2",` +
		`"id_token_signing_alg_values_supported":["RS256","VALUE-3"],"iss":"https://HOST-1/","keys":[{"kty":"RSA","n":"VALUE-4","x5c":["VALUE-4"]}],"kid":"KID-1",` +
		`"kubernetes.io":{"namespace":"NAMESPACE-1","pod":{"name":"POD-1"},"serviceaccount":{"name":"SERVICEACCOUNT-1","uid":"UID-1"},"warnafter":1779649828},` +
		`"nonce":"VALUE-5","scope":"openid WORD-1","sub":"USER-1","typ":"VALUE-3"}`
	var doc map[string]any
	decoder := json.NewDecoder(strings.NewReader(in))
	decoder.UseNumber()
	if err := decoder.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(doc)
	got, err := json.Marshal(New().Document(doc))
	if err != nil {
		t.Fatal(err)
	}
	var x, y any
	_ = json.Unmarshal(got, &x)
	if err := json.Unmarshal([]byte(want), &y); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(y, x); diff != "" {
		t.Error(diff)
	}
	if fmt.Sprint(doc) != before {
		t.Error("the original has changed")
	}
	if New().Document(nil) != nil {
		t.Error("out of nothing something came")
	}
}

func TestDocumentDepth(t *testing.T) {
	var deep any = "PRODDB01"
	for range 100000 {
		deep = []any{map[string]any{"PRODDB01": deep}}
	}
	for key := range New().Document(map[string]any{"iss": deep}) {
		if key != "iss" {
			t.Error(key)
		}
	}
}

type sample struct {
	runtime.TypeMeta `json:",inline"`
	Text             finding.Text
	Command          finding.Command
	Name             *finding.Name
	Host             string   `name:"host"`
	Groups           []string `name:"group"`
	Own              string   `name:"own"`
	Enum             string   `jsonschema:"enum=a"`
	Said             string   `name:"said"`
	Forgotten        string
	Term             string              `name:"term"`
	Value            string              `name:"json"`
	Claims           map[string]any      `name:"document"`
	Extra            map[string][]string `name:"extra"`
	Inputs           map[string]string   `name:"inputs"`
	Inner            struct{ A string }  `name:"pod"`
	More             []sample
	Nothing          *sample
	Number           int
}

func full() *sample {
	return &sample{
		TypeMeta: runtime.TypeMeta{Kind: "Sample"}, Text: finding.T("on %s", finding.Node.Of("n")), Command: finding.Run("kubectl get node").Arg(finding.Node.Of("n")),
		Name: &finding.Name{Kind: finding.Node, Value: "n"}, Host: "h", Groups: []string{"g", "system:masters"}, Own: "own", Enum: "a", Said: "Unauthorized", Forgotten: "prod", Term: "RS256",
		Value: `{"sub":"jane"}`, Claims: map[string]any{"sub": "jane"}, Extra: map[string][]string{"authentication.kubernetes.io/pod-name": {"p"}, "corp/k": {"v"}},
		Inputs: map[string]string{"claims.sub": `"jane"`, "claims.badge": `1`, "user.username": `"jane"`}, Inner: struct{ A string }{"p"}, More: []sample{{Host: "h"}}, Number: 7,
	}
}

func TestCopy(t *testing.T) {
	x := full()
	got, err := json.Marshal(Copy(New(), x))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"Sample","Text":"on NODE-1","Command":"kubectl get node NODE-1","Name":{"kind":"node","value":"NODE-1"},"Host":"HOST-1","Groups":["GROUP-1","system:masters"],` +
		`"Own":"own","Enum":"a","Said":"Unauthorized","Forgotten":"(text withheld)","Term":"RS256","Value":"{\"sub\":\"USER-1\"}","Claims":{"sub":"USER-1"},` +
		`"Extra":{"CLAIM-1":["VALUE-1"],"authentication.kubernetes.io/pod-name":["POD-1"]},` +
		`"Inputs":{"claims.CLAIM-2":"\"VALUE-2\"","claims.sub":"\"USER-1\"","user.username":"\"USER-1\""},"Inner":{"A":"POD-1"},`
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	options := cmp.Options{cmp.Comparer(finding.Text.Equal), cmp.Comparer(finding.Command.Equal)}
	if diff := cmp.Diff(full(), x, options); diff != "" {
		t.Errorf("the original has changed: %s", diff)
	}
	y := Copy(New(), x)
	y.Claims["sub"], y.Groups[0], y.More[0].Host, y.Extra["authentication.kubernetes.io/pod-name"][0] = "x", "x", "x", "x"
	if diff := cmp.Diff(full(), x, options); diff != "" {
		t.Errorf("the copy shares something: %s", diff)
	}
}
