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
	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
)

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
		"one dash":                     {args: []string{"-client-ca-file=/ca"}, err: "unknown shorthand flag: 'c' in -client-ca-file=/ca: a flag begins with two dashes"},
		"the last one counts":          {args: []string{"--client-ca-file=/a", "--client-ca-file=/b"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/b"},
		"a bare boolean":               {args: []string{"--enable-bootstrap-token-auth"}, want: func(f *Flags) any { return f.BootstrapTokens }, is: true},
		"a list":                       {args: []string{"--api-audiences=a,b", "--api-audiences=c"}, want: func(f *Flags) any { return f.APIAudiences }, is: []string{"a", "b", "c"}},
		"an array":                     {args: []string{"--service-account-issuer=a,b", "--service-account-issuer=c"}, want: func(f *Flags) any { return f.ServiceAccountIssuers }, is: []string{"a,b", "c"}},
		"other flags":                  {args: []string{"--etcd-servers=https://e", "--allow-privileged", "--v=4", "-v", "4", "--secure-port", "6443", "--client-ca-file=/ca"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/ca"},
		"a default":                    {want: func(f *Flags) any { return f.OIDCSigningAlgs }, is: []string{"RS256"}},
		"an unknown one":               {args: []string{"--oidc-issuer=a"}, err: "--oidc-issuer=a: unknown flag: --oidc-issuer: kube-apiserver v1.37.2 has no such flag: did you mean --oidc-issuer-url?"},
		"one without a value":          {args: []string{"--client-ca-file"}, err: "flag needs an argument: --client-ca-file"},
		"no boolean":                   {args: []string{"--anonymous-auth=perhaps"}, err: `invalid argument "perhaps" for "--anonymous-auth" flag: strconv.ParseBool: parsing "perhaps": invalid syntax`},
		"a word":                       {args: []string{"start", "--v=2"}, err: "start: kube-apiserver accepts only flags, and this argument is not a flag"},
		"replaced":                     {args: []string{"--client-ca-file=/a"}, over: []string{"--client-ca-file=/b"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/b"},
		"replaced by empty":            {args: []string{"--client-ca-file=/a"}, over: []string{"--client-ca-file="}, want: func(f *Flags) any { return f.ClientCAFile }, is: ""},
		"a list is replaced":           {args: []string{"--api-audiences=a,b"}, over: []string{"--api-audiences=c"}, want: func(f *Flags) any { return f.APIAudiences }, is: []string{"c"}},
		"an array is replaced":         {args: []string{"--service-account-issuer=a", "--service-account-issuer=b"}, over: []string{"--service-account-issuer=c,d"}, want: func(f *Flags) any { return f.ServiceAccountIssuers }, is: []string{"c,d"}},
		"a boolean":                    {args: []string{"--anonymous-auth=false"}, over: []string{"--anonymous-auth=true"}, want: func(f *Flags) any { return f.AnonymousAuth }, is: true},
		"not replaced":                 {args: []string{"--client-ca-file=/a"}, over: []string{"--api-audiences=c"}, want: func(f *Flags) any { return f.ClientCAFile }, is: "/a"},
		"replaced with its value": {args: []string{"--client-ca-file=/a"}, over: []string{"--client-ca-file=/b"},
			want: func(f *Flags) any {
				return f.here("client-ca-file")
			}, is: true},
		"a path of the server's": {args: []string{"--client-ca-file=/a"},
			want: func(f *Flags) any {
				return f.here("client-ca-file")
			}, is: false},
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
		err := f.Parse(arguments(c.args...), over, Version{}).Err()
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
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

// hostOf reads a manifest whose files are below root, or on this machine.
func hostOf(t *testing.T, root, text string) (*Flags, *Host, *Parsed) {
	t.Helper()
	launch, err := manifest.Parse([]byte(text), manifest.Reader{})
	if err != nil {
		t.Fatal(err)
	}
	h := &Host{Root: root, Files: input.OS(), Launch: launch}
	if err := h.Open(); err != nil {
		t.Fatal(err)
	}
	var f Flags
	parsed := f.Parse(launch.Args, nil, VersionOf(launch.Release))
	parsed.Faults = append(parsed.Faults, f.Mounts(launch)...)
	return &f, h, parsed
}

// A manifest may come from another person, so it only names files below --root.
func TestPathsStayBelowTheRoot(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "node")
	for name, text := range map[string]string{"node/host/pki/in": "in", "outside": "secret", "node/outside": "in"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "outside"), filepath.Join(root, "host", "pki", "link")); err != nil {
		t.Skip(err)
	}
	_, h, _ := hostOf(t, root, fmt.Sprintf(someManifest, "--client-ca-file=/pki/in"))
	for name, want := range map[string]string{"/pki/in": "in", "pki/in": "in", "/pki/../../pki/in": "in", "/pki/link": "leads out of the folder of --root", "/pki/../../../outside": "does not exist", "/pki/missing": "no such file"} {
		data, _, err := h.read("client-ca-file", name, false, 10)
		if got := string(data) + fmt.Sprint(err); !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// A link to a folder outside of --root lists nothing.
func TestFoldersStayBelowTheRoot(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"node/units/a.conf", "outside/b.conf"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(dir, "node")
	if err := os.Symlink(filepath.Join(dir, "outside"), filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	h := &Host{Root: root, Files: input.OS()}
	if err := h.Open(); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string][]string{"/units": {"/units/a.conf"}, "/link": nil, "/../outside": nil, "/missing": nil} {
		if diff := cmp.Diff(want, h.List(folder)); diff != "" {
			t.Errorf("%s: %s", folder, diff)
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
			f, h, _ := hostOf(t, "", strings.NewReplacer("mountPath: /pki", "mountPath: /", "path: /host/pki", "path: /").Replace(fmt.Sprintf(someManifest, args)))
			_, err := f.Config(Source{Server: h, Files: h.Files})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--"+flag) {
				t.Errorf("--%s=%s: error %v, want one that it %s", flag, file, err, want)
			}
		}
	}
}

const podHead = "apiVersion: v1\nkind: Pod\nspec:\n  volumes: [{name: pki, hostPath: {path: /etc/kubernetes/pki}}]\n  containers:\n  - name: kube-apiserver\n    volumeMounts: [{name: pki, mountPath: /etc/kubernetes/pki}]\n"

// Each fault names the argument that it is in.
func TestFaultsOfArguments(t *testing.T) {
	for name, c := range map[string]struct{ image, command, want string }{
		"a shell variable":           {"", `"--oidc-client-id=$APP"`, `spec.containers[0].command[1]: --oidc-client-id=$APP: the variable $APP was left in the value`},
		"a variable in braces":       {"", `"--oidc-issuer-url=https://login.example/${TENANT}/v2.0"`, `the variable ${TENANT} was left in the value`},
		"an unset variable":          {"", `"--oidc-client-id=$(APP)"`, `the container has no environment variable of this name`},
		"a placeholder":              {"", `"--oidc-client-id=<your-client>"`, `the placeholder <your-client> was left in the value`},
		"a template":                 {"", `"--oidc-client-id={{ .Values.client }}"`, `render the template first`},
		"an unknown flag":            {"", `--oidc-issuer=https://a.example`, `no such flag: did you mean --oidc-issuer-url?`},
		"a removed flag":             {"x:v1.35.1", `--cloud-provider=external`, `kube-apiserver v1.35 has no such flag: it was removed in v1.33`},
		"a flag from the future":     {"x:v1.31.2", `--requestheader-uid-headers=X-Remote-Uid`, `kube-apiserver v1.31 has no such flag: it is new in v1.32`},
		"an unknown gate":            {"x:v1.36.0", `--feature-gates=TokenRequest=true`, `kube-apiserver v1.36 does not know the feature gate TokenRequest, and does not start with it`},
		"a removed gate":             {"x:v1.34.0", `--feature-gates=AppArmor=true`, `it was removed in v1.33`},
		"a locked gate":              {"x:v1.32.0", `--feature-gates=AppArmor=false`, `has the feature gate AppArmor locked to true`},
		"a gate without value":       {"", `--feature-gates=WatchList`, `needs a value, true or false`},
		"one argument":               {"", `"--client-ca-file /etc/kubernetes/pki/ca.crt"`, `the flag and its value are one argument`},
		"a secret in a wrong flag":   {"", `--etcd-password=hunter2`, `command[1]: --etcd-password=REDACTED: unknown flag`},
		"a secret after such a flag": {"", `--bearer-token, hunter2`, `command[2]: REDACTED: kube-apiserver accepts only flags`},
		"a file of keys":             {"", `--service-account-key-file=/nowhere/sa.pub`, `--service-account-key-file=/nowhere/sa.pub: no volume`},
		"one dash":                   {"", `-client-ca-file=/etc/kubernetes/pki/ca.crt`, `a flag begins with two dashes`},
		"a boolean's value behind":   {"", `--anonymous-auth, "false"`, `write --anonymous-auth=false`},
		"a typographic dash":         {"", `"–-client-ca-file=/etc/kubernetes/pki/ca.crt"`, `begins with a typographic dash`},
		"not mounted":                {"", `--client-ca-file=/etc/ssl-own/ca.crt`, `--client-ca-file=/etc/ssl-own/ca.crt: no volume of the container is mounted at the path`},
		"a mapping for a string":     {"", `--client-ca-file: /etc/kubernetes/pki/ca.crt`, `spec.containers[0].command[1]: --client-ca-file: /etc/kubernetes/pki/ca.crt: the colon makes the item a mapping in YAML`},
		"right":                      {"x:v1.36.0", `--client-ca-file=/etc/kubernetes/pki/ca.crt, --feature-gates=WatchList=true`, ""},
		"a dollar that is no name":   {"", `"--oidc-username-prefix=u$"`, ""},
		"elsewhere":                  {"", `"--advertise-address=$(HOST_IP)", "--etcd-servers=<etcd>"`, ""},
		"an old release":             {"x:v1.21.0", `--insecure-port=0, --feature-gates=TTLAfterFinished=true`, ""},
		"the system's certificates":  {"", `--oidc-ca-file=/etc/ssl/certs/ca-certificates.crt`, ""},
	} {
		text := podHead + "    image: " + c.image + "\n    command: [kube-apiserver, " + c.command + "]\n"
		launch, err := manifest.Parse([]byte(text), manifest.Reader{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var f Flags
		version := Version{}
		if launch.Release != "" {
			version = VersionOf(launch.Release)
		}
		parsed := f.Parse(launch.Args, nil, version)
		for _, fault := range launch.Faults {
			parsed.Faults = append(parsed.Faults, &Placed{At: fault.At, Argument: fault.Argument, Reason: fault.Reason})
		}
		parsed.Faults = append(parsed.Faults, f.Mounts(launch)...)
		got := ""
		if err := parsed.Err(); err != nil {
			got = err.Error()
		}
		if got == "" != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Every feature gate of the linked release is in the list.
func TestFeatureGates(t *testing.T) {
	for name := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		if g, ok := gatesByName[string(name)]; !ok || g.last != newest {
			t.Errorf("%s is not in feature-gates.txt for %s", name, newest)
		}
	}
	if len(gatesByName) < 300 {
		t.Errorf("%d feature gates", len(gatesByName))
	}
}

// arguments are arguments of kube-apiserver without a place.
func arguments(args ...string) []manifest.Argument {
	var out []manifest.Argument
	for _, a := range args {
		out = append(out, manifest.Argument{Text: a})
	}
	return out
}
