package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// pod writes a Pod with containers in JSON.
func pod(containers string) string {
	return "apiVersion: v1\nkind: Pod\nspec: {containers: [" + containers + "]}\n"
}

func TestParseManifest(t *testing.T) {
	for name, c := range map[string]struct {
		manifest string
		want     []string
	}{
		"command":                {pod(`{name: kube-apiserver, command: [kube-apiserver, --anonymous-auth=false]}`), []string{"--anonymous-auth=false"}},
		"with a path":            {pod(`{name: api, command: [/usr/local/bin/kube-apiserver, --anonymous-auth=false]}`), []string{"--anonymous-auth=false"}},
		"arguments":              {pod(`{name: api, command: [kube-apiserver], args: [--client-ca-file, /ca.crt]}`), []string{"--client-ca-file", "/ca.crt"}},
		"arguments alone":        {pod(`{name: kube-apiserver, args: [--anonymous-auth=false]}`), []string{"--anonymous-auth=false"}},
		"without any":            {pod(`{name: kube-apiserver, command: [kube-apiserver]}`), nil},
		"behind another":         {pod(`{name: api, command: [/kube-log-runner, --also-stdout=true, /kube-apiserver, --v=2]}`), []string{"--v=2"}},
		"beside another":         {pod(`{name: konnectivity, command: [/proxy, --server=/var/kube-apiserver]}, {name: api, command: [kube-apiserver, --v=2]}`), []string{"--v=2"}},
		"beside one for its log": {pod(`{name: log, command: [tail, -F, /var/log/kube-apiserver]}, {name: api, command: [kube-apiserver, --v=2]}`), []string{"--v=2"}},
		"variables": {pod(`{name: api, command: [kube-apiserver, "--advertise-address=$(IP)", "--a=$$(IP)", "--b=$(NOBODY)", "--c=$(REF)", "--d=$", "--e=$(IP"], env: [{name: IP, value: 10.0.0.1}, {name: REF, valueFrom: {}}]}`),
			[]string{"--advertise-address=10.0.0.1", "--a=$(IP)", "--b=$(NOBODY)", "--c=$(REF)", "--d=$", "--e=$(IP"}},
		"the second document": {"kind: ConfigMap\n---\n# none\n---\n" + pod(`{name: api, command: [kube-apiserver, --v=2]}`), []string{"--v=2"}},
		"the second Pod":      {pod(`{name: etcd, command: [etcd]}`) + "---\n" + pod(`{name: api, command: [kube-apiserver, --v=2]}`), []string{"--v=2"}},
		"a list":              {`{"apiVersion":"v1","kind":"List","items":[{"kind":"Pod","spec":{"containers":[{"name":"a","command":["etcd"]}]}},{"kind":"Pod","spec":{"containers":[{"name":"a","command":["kube-apiserver","--v=2"]}]}}]}`, []string{"--v=2"}},
		"a list of Pods":      {`{"apiVersion":"v1","kind":"PodList","items":[{"spec":{"containers":[{"name":"a","command":["kube-apiserver","--v=2"]}]}}]}`, []string{"--v=2"}},
		"as kubectl prints it": {`apiVersion: v1
kind: Pod
metadata:
  annotations: {kubernetes.io/config.source: file}
  creationTimestamp: "2026-01-02T03:04:05Z"
  name: kube-apiserver-n1
  namespace: kube-system
  ownerReferences: [{apiVersion: v1, controller: true, kind: Node, name: n1, uid: u}]
spec:
  containers:
  - command: [kube-apiserver, --v=2]
    image: registry.example/kube-apiserver:v1.36.3
    name: kube-apiserver
    resources: {requests: {cpu: 250m}}
  hostNetwork: true
status:
  phase: Running
  startTime: "2026-01-02T03:04:05Z"
`, []string{"--v=2"}},
	} {
		m, err := ParseManifest([]byte(c.manifest))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, m.Args, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}

func TestManifestWithoutAPIServer(t *testing.T) {
	for name, c := range map[string]struct{ manifest, want string }{
		"empty":         {"", "the file is empty"},
		"blank":         {"\n---\n\n", "the file is empty"},
		"another kind":  {"kind: Deployment\n", "no container in the file runs kube-apiserver (found: Deployment)"},
		"another Pod":   {pod(`{name: etcd, command: [etcd]}`), "no container in the file runs kube-apiserver (found: a Pod without kube-apiserver)"},
		"a list":        {"kind: List\nitems: []\n", "no container in the file runs kube-apiserver (found: a List)"},
		"no kind":       {"spec: {}\n", "no container in the file runs kube-apiserver (found: an object without a kind)"},
		"its log alone": {pod(`{name: log, command: [tail, -F, /var/log/kube-apiserver]}`), "no container in the file runs kube-apiserver (found: a Pod without kube-apiserver)"},
		"a shell":       {pod(`{name: kube-apiserver, command: [/bin/sh, -c], args: ["exec kube-apiserver --v=2"]}`), "no container in the file runs kube-apiserver (found: a Pod without kube-apiserver)"},
		"broken":        {"kind: Pod\nspec: [\n", "not a Kubernetes object in YAML: *"},
		"another type":  {"kind: Pod\nspec: {containers: none}\n", "not a Pod in YAML: *"},
		"nested":        {"kind: Pod\nspec: " + strings.Repeat("[", 100_000), "not a Kubernetes object in YAML: *"},
	} {
		_, err := ParseManifest([]byte(c.manifest))
		if err == nil {
			t.Errorf("%s: it is one", name)
			continue
		}
		want, open := strings.CutSuffix(c.want, "*")
		if got := err.Error(); got != want && !(open && strings.HasPrefix(got, want)) || len(err.Error()) > 300 {
			t.Errorf("%s: error %.300s, want %s", name, err, c.want)
		}
	}
}

// The container's paths are mapped to the host's where the Pod mounts them, below --root.
func TestManifestPaths(t *testing.T) {
	m, err := ParseManifest([]byte(`kind: Pod
spec:
  containers:
  - name: kube-apiserver
    command: [kube-apiserver]
    volumeMounts:
    - {name: pki, mountPath: /etc/kubernetes/pki}
    - {name: pki, mountPath: /etc/kubernetes/pki/front/, subPath: proxy}
    - {name: auth, mountPath: /etc/auth.yaml, subPath: auth/config.yaml}
    - {name: secret, mountPath: /etc/secret}
  volumes:
  - {name: pki, hostPath: {path: /var/lib/pki}}
  - {name: auth, hostPath: {path: /srv}}
  - {name: secret, secret: {secretName: s}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ root, file, want string }{
		{"", "/etc/kubernetes/pki/ca.crt", "/var/lib/pki/ca.crt"},
		{"", "/etc/kubernetes/pki", "/var/lib/pki"},
		{"", "/etc/kubernetes/pki-old/ca.crt", "/etc/kubernetes/pki-old/ca.crt"},
		{"", "/etc/kubernetes/pki/front/ca.crt", "/var/lib/pki/proxy/ca.crt"},
		{"", "/etc/auth.yaml", "/srv/auth/config.yaml"},
		{"", "/etc/secret/a", "/etc/secret/a"},
		{"", "/etc/kubernetes/pki/../x", "/etc/kubernetes/x"},
		{"/mnt/n1", "/etc/kubernetes/pki/ca.crt", "/mnt/n1/var/lib/pki/ca.crt"},
		{"copy", "/etc/other.crt", "copy/etc/other.crt"},
		{"copy", "/etc/kubernetes/pki/../../../../x", "copy/x"},
	} {
		if got := filepath.ToSlash(m.Path(c.root, c.file)); got != c.want {
			t.Errorf("%s below %q is %s, want %s", c.file, c.root, got, c.want)
		}
	}
}

func TestFlagsParse(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		// over is this program's command line.
		over []string
		want func(*Flags) any
		is   any
		err  string
	}{
		"a value behind =":             {args: []string{"--client-ca-file=/ca"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/ca"},
		"a value in the next argument": {args: []string{"--client-ca-file", "/ca"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/ca"},
		"underscores":                  {args: []string{"--client_ca_file=/ca"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/ca"},
		"one dash":                     {args: []string{"-client-ca-file=/ca"}, err: "unknown shorthand flag: 'c' in -client-ca-file=/ca"},
		"the last one counts":          {args: []string{"--client-ca-file=/a", "--client-ca-file=/b"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/b"},
		"a bare boolean":               {args: []string{"--enable-bootstrap-token-auth"}, want: func(f *Flags) any { return f.BootstrapTokens }, is: true},
		"a list":                       {args: []string{"--api-audiences=a,b", "--api-audiences=c"}, want: func(f *Flags) any { return f.APIAudiences }, is: []string{"a", "b", "c"}},
		"an array":                     {args: []string{"--service-account-issuer=a,b", "--service-account-issuer=c"}, want: func(f *Flags) any { return f.ServiceAccountIssuers }, is: []string{"a,b", "c"}},
		"other flags":                  {args: []string{"--etcd-servers=https://e", "--allow-privileged", "--v=4", "-v", "4", "--secure-port", "6443", "--client-ca-file=/ca"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/ca"},
		"a default":                    {want: func(f *Flags) any { return f.OIDCSigningAlgs }, is: []string{"RS256"}},
		"an unknown one":               {args: []string{"--oidc-issuer=a"}, err: "unknown flag: --oidc-issuer"},
		"one without a value":          {args: []string{"--client-ca-file"}, err: "flag needs an argument: --client-ca-file"},
		"no boolean":                   {args: []string{"--anonymous-auth=perhaps"}, err: `invalid argument "perhaps" for "--anonymous-auth" flag: strconv.ParseBool: parsing "perhaps": invalid syntax`},
		"a word":                       {args: []string{"start", "--v=2"}, err: `unknown command "start": kube-apiserver accepts only flags`},
		"replaced":                     {args: []string{"--client-ca-file=/a"}, over: []string{"--client-ca-file=/b"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/b"},
		"replaced by empty":            {args: []string{"--client-ca-file=/a"}, over: []string{"--client-ca-file="}, want: func(f *Flags) any { return f.ClientCAFile }, is: ""},
		"a list is replaced":           {args: []string{"--api-audiences=a,b"}, over: []string{"--api-audiences=c"}, want: func(f *Flags) any { return f.APIAudiences }, is: []string{"c"}},
		"an array is replaced":         {args: []string{"--service-account-issuer=a", "--service-account-issuer=b"}, over: []string{"--service-account-issuer=c,d"}, want: func(f *Flags) any { return f.ServiceAccountIssuers }, is: []string{"c,d"}},
		"a boolean":                    {args: []string{"--anonymous-auth=false"}, over: []string{"--anonymous-auth=true"}, want: func(f *Flags) any { return f.AnonymousAuth }, is: true},
		"not replaced":                 {args: []string{"--client-ca-file=/a"}, over: []string{"--api-audiences=c"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/a"},
		"replaced with its value": {args: []string{"--client-ca-file=/a"}, over: []string{"--client-ca-file=/b"},
			want: func(f *Flags) any {
				return f.path(Source{Path: func(s string) string { return "/mnt" + s }}, "client-ca-file", f.ClientCAFile)
			}, is: "/b"},
		"a path of the server's": {args: []string{"--client-ca-file=/a"},
			want: func(f *Flags) any {
				return f.path(Source{Path: func(s string) string { return "/mnt" + s }}, "client-ca-file", f.ClientCAFile)
			}, is: "/mnt/a"},
		"what was given": {args: []string{"--api-audiences=a,b", "--etcd-servers=https://e"}, over: []string{"--client-ca-file=/b"},
			want: func(f *Flags) any { return f.values() }, is: map[string][]string{"api-audiences": {"a", "b"}, "etcd-servers": {"https://e"}, "client-ca-file": {"/b"}}},
	} {
		var here Flags
		over := pflag.NewFlagSet("", pflag.ContinueOnError)
		here.AddFlags(over)
		if err := over.Parse(c.over); err != nil {
			t.Fatal(err)
		}
		var f Flags
		err := f.Parse(c.args, over, 0)
		switch {
		case c.err != "":
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: error %v, want %s", name, err, c.err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		default:
			if diff := cmp.Diff(c.is, c.want(&f)); diff != "" {
				t.Errorf("%s: (-want +got):\n%s", name, diff)
			}
		}
	}
}

// Every flag that is read is a flag of kube-apiserver.
func TestFlagsAreKubeAPIServers(t *testing.T) {
	var names []string
	for line := range strings.Lines(known) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		names = append(names, name)
	}
	var f Flags
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.AddFlags(fs)
	n := 0
	fs.VisitAll(func(given *pflag.Flag) {
		n++
		if !slices.Contains(names, given.Name) {
			t.Errorf("--%s is no flag of kube-apiserver", given.Name)
		}
	})
	if n < 30 || len(names) < 150 {
		t.Errorf("%d flags are read, of %d", n, len(names))
	}
}

// Release is the release of the linked packages: v1.36.3 has the packages v0.36.3.
func TestRelease(t *testing.T) {
	data, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	want := "k8s.io/apiserver " + strings.Replace(Release, "v1.", "v0.", 1)
	if !slices.ContainsFunc(strings.Split(string(data), "\n"), func(line string) bool { return strings.TrimSpace(line) == want }) {
		t.Errorf("go.mod does not require %s", want)
	}
}

const someManifest = `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver}
spec:
  containers:
  - name: kube-apiserver
    image: x
    command: [kube-apiserver, %s]
    volumeMounts: [{name: pki, mountPath: /pki}]
  volumes: [{name: pki, hostPath: {path: /host/pki}}]
`

// A manifest may come from another person, so it only names files below --root.
func TestPathsStayBelowTheRoot(t *testing.T) {
	m, err := ParseManifest(fmt.Appendf(nil, someManifest, "--client-ca-file=x"))
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"/etc/ca.crt": "/node1/etc/ca.crt", "ca.crt": "/node1/ca.crt", "../../etc/passwd": "/node1/etc/passwd", "/../etc/passwd": "/node1/etc/passwd",
		"/pki/ca.crt": "/node1/host/pki/ca.crt", "/pki/../../x": "/node1/x", "pki/sa.pub": "/node1/host/pki/sa.pub", "/pkix": "/node1/pkix",
	} {
		if got := filepath.ToSlash(m.Path("/node1", file)); got != want {
			t.Errorf("Path(%q) = %q, want %q", file, got, want)
		}
	}
}

// A device is not read, nor a file that is no part of a server's configuration.
func TestManifestNamesNoDevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a manifest's paths are those of Linux, which without --root lead nowhere here")
	}
	big := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(big, make([]byte, input.MaxNamed+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"/dev/zero": "is a device, not a file", big: "is larger than"} {
		for _, flag := range []string{"client-ca-file", "requestheader-client-ca-file", "oidc-ca-file", "token-auth-file", "service-account-key-file", "authentication-config", "authentication-token-webhook-config-file"} {
			args := "--" + flag + "=" + file
			if flag == "oidc-ca-file" {
				args += ", --oidc-issuer-url=https://issuer.example, --oidc-client-id=x"
			}
			m, err := ParseManifest(fmt.Appendf(nil, someManifest, args))
			if err != nil {
				t.Fatal(err)
			}
			var f Flags
			if err := f.Parse(m.Args, nil, 0); err != nil {
				t.Fatal(err)
			}
			_, err = f.Config(Source{Path: func(file string) string { return m.Path("", file) }})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--"+flag) {
				t.Errorf("--%s=%s: error %v, want one that it %s", flag, file, err, want)
			}
		}
	}
}

// A file that is no manifest is not quoted, because it may be a Secret.
func TestManifestQuotesNoSecret(t *testing.T) {
	_, err := ParseManifest([]byte("apiVersion: v1\nkind: Secret\nmetadata: {name: x, creationTimestamp: canary}\ndata: {token: canary}\n"))
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("error = %v", err)
	}
}
