package cluster

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func TestReadFlags(t *testing.T) {
	for name, c := range map[string]struct {
		command, args []string
		want          map[string][]string
		unreadable    bool
	}{
		"kubeadm": {[]string{"kube-apiserver", "--advertise-address=10.0.0.1", "--client-ca-file=/pki/ca.crt", "--enable-bootstrap-token-auth=true"}, nil,
			map[string][]string{"client-ca-file": {"/pki/ca.crt"}, "enable-bootstrap-token-auth": {"true"}}, false},
		"a path, go-runner, and two words a flag": {[]string{"/go-runner", "--log-file=/var/log/x", "/usr/local/bin/kube-apiserver"}, []string{"--allow-privileged", "--client_ca_file", "/ca", "--anonymous-auth"},
			map[string][]string{"client-ca-file": {"/ca"}, "anonymous-auth": {"true"}}, false},
		"an image's entrypoint": {nil, []string{"--anonymous-auth=false"}, map[string][]string{"anonymous-auth": {"false"}}, false},
		"repeated": {[]string{"kube-apiserver"}, []string{"--service-account-issuer=a,b", "--service-account-issuer=c", "--api-audiences=a,b", "--api-audiences=c", "--oidc-issuer-url=x", "--oidc-issuer-url=y"},
			map[string][]string{"service-account-issuer": {"a,b", "c"}, "api-audiences": {"a", "b", "c"}, "oidc-issuer-url": {"y"}}, false},
		"other fields":       {[]string{"kube-apiserver"}, []string{"--etcd-servers=https://user:password@etcd", "--v", "4", "-x", "word"}, map[string][]string{}, false},
		"a value at the end": {[]string{"kube-apiserver", "--client-ca-file"}, nil, map[string][]string{"client-ca-file": {""}}, false},
		"a shell":            {[]string{"/bin/sh", "-c", "exec kube-apiserver --anonymous-auth=false"}, nil, nil, true},
		"the environment":    {[]string{"kube-apiserver", "--service-account-issuer=https://$(HOST)"}, nil, nil, true},
		"something else":     {[]string{"/pause"}, nil, nil, true},
		"nothing":            {nil, nil, nil, true},
	} {
		got, unreadable := readFlags(c.command, c.args)
		if diff := cmp.Diff(c.want, got); diff != "" || (!unreadable.IsZero()) != c.unreadable {
			t.Errorf("%s: %q (-want +got):\n%s", name, unreadable, diff)
		}
	}
}

func TestAPIServers(t *testing.T) {
	pod := func(name string, change func(object)) object {
		p := object{
			"metadata": object{"name": name, "namespace": "kube-system", "annotations": object{"kubernetes.io/config.mirror": "x"}},
			"spec":     object{"containers": []object{{"name": "kube-apiserver", "command": []string{"kube-apiserver", "--anonymous-auth=false"}}}},
		}
		if change != nil {
			change(p)
		}
		return p
	}
	items := []object{
		pod("a", nil),
		pod("no mirror", func(p object) { delete(p["metadata"].(object), "annotations") }),
		pod("deleted", func(p object) { p["metadata"].(object)["deletionTimestamp"] = "2026-05-24T19:10:28Z" }),
		pod("failed", func(p object) { p["status"] = object{"phase": "Failed"} }),
		pod("empty", func(p object) { p["spec"] = object{} }),
		pod("sidecar", func(p object) {
			p["spec"] = object{"containers": []object{{"name": "proxy", "command": []string{"envoy"}}, {"name": "kube-apiserver", "args": []string{"--anonymous-auth"}}}}
		}),
	}
	f := newFake(t, answers(200, object{"kind": "PodList", "items": items}), nil)
	got := caller(t, f.config()).APIServers(t.Context())
	var names []string
	for _, s := range got.Value {
		names = append(names, s.Name().String()+" "+strings.Join(s.Flags["anonymous-auth"], ",")+s.Unreadable.String())
	}
	want := []string{"kube-system/a false", "kube-system/empty the Pod has no container kube-apiserver", "kube-system/sidecar true"}
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	f = newFake(t, answers(403, kubernetesStatus(403, "Forbidden", "no", nil)), nil)
	if got := caller(t, f.config()).APIServers(t.Context()); !got.Failed(evidence.Forbidden) {
		t.Errorf("forbidden is %+v", got)
	}
}

func TestAuthenticators(t *testing.T) {
	const hash = "3521618a82cd95ad4f2203510ac9a974b41fc5aa35d1b78f6a373e97384e20a5"
	const before = "# HELP aggregator_x X\n# TYPE aggregator_x gauge\naggregator_x 1\napiserver_admission_y{a=\"" + hash + "\"} 2\n"
	const text = before + `apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds{apiserver_id_hash="sha256:aa",status="failure"} 1.7e+09
apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds{apiserver_id_hash="sha256:aa",status="success"} 1.6e+09
apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds{apiserver_id_hash="sha256:aa",jwt_issuer_hash="sha256:` + hash + `",result="success"} 1.5e+09
apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds{apiserver_id_hash="sha256:aa",jwt_issuer_hash="sha256:` + hash + `",result="failure"} 1.4e+09
apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds{jwt_issuer_hash="sha256:` + hash + `"} NaN
apiserver_authentication_jwt_authenticator_latency_seconds_count{jwt_issuer_hash="sha256:bb",result="success"} 1
`
	serve := func(status int, text string) evidence.Fact[evidence.Authenticators] {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/metrics" {
				t.Errorf("asked for %s", r.URL)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}, nil)
		return caller(t, f.config()).Authenticators(t.Context())
	}
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
	got := serve(200, text+"# HELP apiserver_authorization_z Z\n"+strings.Repeat("apiserver_z 1\n", 1<<20))
	want := evidence.Authenticators{ReloadFailed: at(1.7e9), Reloaded: at(1.6e9), Issuers: map[string]evidence.IssuerKeys{hash: {Read: at(1.5e9), Failed: at(1.4e9)}, "bb": {}}}
	if diff := cmp.Diff(want, got.Value); diff != "" || !got.Known() {
		t.Errorf("%s (-want +got):\n%s", got.Reason(), diff)
	}
	for name, c := range map[string]struct {
		status int
		text   string
		kind   evidence.FailureKind
	}{
		"too much before it": {200, strings.Repeat("apiserver_a 1\n", 1<<20) + text, evidence.Unusable},
		"a line without end": {200, strings.Repeat("a", 2<<20), evidence.Unusable},
		"a web page":         {200, "<html>", evidence.Unusable},
		"cut short":          {200, text, evidence.Unusable},
		"forbidden":          {403, `{"kind":"Status","reason":"Forbidden","message":"no","code":403}`, evidence.Forbidden},
	} {
		if got := serve(c.status, c.text); !got.Failed(c.kind) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestClusterInfo(t *testing.T) {
	const kubeconfig = "apiVersion: v1\nkind: Config\n"
	sign := func(id, secret string) string {
		header := base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"alg":"HS256","kid":%q}`, id)))
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(header + "." + base64.RawURLEncoding.EncodeToString([]byte(kubeconfig))))
		return header + ".." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
	}
	const raw = "abcdef.0123456789abcdef"
	for name, c := range map[string]struct {
		data map[string]string
		want evidence.ClusterInfo
	}{
		"signed with it":       {map[string]string{"kubeconfig": kubeconfig, "jws-kubeconfig-abcdef": sign("abcdef", "0123456789abcdef")}, evidence.ClusterInfo{Exists: true, Signed: true, Matches: true}},
		"signed with another":  {map[string]string{"kubeconfig": kubeconfig, "jws-kubeconfig-abcdef": sign("abcdef", "fedcba9876543210")}, evidence.ClusterInfo{Exists: true, Signed: true}},
		"nonsense":             {map[string]string{"kubeconfig": kubeconfig, "jws-kubeconfig-abcdef": ".."}, evidence.ClusterInfo{Exists: true, Signed: true}},
		"other tokens only":    {map[string]string{"kubeconfig": kubeconfig, "jws-kubeconfig-ghijkl": sign("ghijkl", "0123456789abcdef")}, evidence.ClusterInfo{Exists: true}},
		"of another's content": {map[string]string{"kubeconfig": "changed", "jws-kubeconfig-abcdef": sign("abcdef", "0123456789abcdef")}, evidence.ClusterInfo{Exists: true, Signed: true}},
	} {
		f := newFake(t, answers(200, object{"kind": "ConfigMap", "metadata": object{"name": "cluster-info"}, "data": c.data}), asksForCertificates)
		config := f.config()
		config.BearerToken = callersToken
		got := caller(t, config).ClusterInfo(t.Context(), token.Parse(raw))
		if got.Value != c.want || !got.Known() {
			t.Errorf("%s: %+v", name, got)
		}
		for _, r := range f.requests() {
			if r.header.Get("Authorization") != "" || r.clientName != "" {
				t.Errorf("%s: it is asked as somebody", name)
			}
		}
	}
}

// A server that is not trusted gets one request, without the caller's credential.
func TestPublished(t *testing.T) {
	other := issue("another CA", nil, nil)
	kubeconfig := "apiVersion: v1\nkind: Config\nclusters:\n- name: ''\n  cluster:\n    certificate-authority-data: " + base64.StdEncoding.EncodeToString(other.certPEM()) + "\n    server: https://evil.example\n"
	f := newFake(t, answers(200, object{"kind": "ConfigMap", "metadata": object{"name": "cluster-info"}, "data": map[string]string{"kubeconfig": kubeconfig}}), asksForCertificates)
	config := f.config()
	config.CAData = other.certPEM()
	config.BearerToken = callersToken
	config.Impersonate.UserName = "somebody"
	mine := issue("the caller", clientCA, nil)
	config.CertData, config.KeyData = mine.certPEM(), mine.keyPEM()
	c := caller(t, config)
	if who := c.WhoAmI(t.Context()); !who.Failed(evidence.Unreachable) {
		t.Fatalf("the server is trusted: %+v", who)
	}
	got := c.Published(t.Context())
	if len(got.Value) != 1 || !got.Value[0].Equal(other.cert) || !strings.Contains(got.Source.String(), "unverified") {
		t.Errorf("%+v", got)
	}
	seen := f.requests()
	if len(seen) != 1 || seen[0].method != "GET" || seen[0].path != "/api/v1/namespaces/kube-public/configmaps/cluster-info" {
		t.Fatalf("it was asked %+v", seen)
	}
	if r := seen[0]; r.header.Get("Authorization") != "" || r.header.Get("Impersonate-User") != "" || r.clientName != "" {
		t.Errorf("it is asked as %v, %q", r.header, r.clientName)
	}
	for name, data := range map[string]string{"no CA": "apiVersion: v1\nkind: Config\n", "no YAML": "\x00", "empty": ""} {
		f := newFake(t, answers(200, object{"metadata": object{"name": "cluster-info"}, "data": map[string]string{"kubeconfig": data}}), nil)
		config := f.config()
		config.CAData = other.certPEM()
		if got := caller(t, config).Published(t.Context()); len(got.Value) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
