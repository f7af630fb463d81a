package resolve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type object = map[string]any

func asJSON(v any) string { return string(must(json.Marshal(v))) }

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func selfSigned(name string) (certificate, key string) {
	k := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(k))}))
}

var certificate, key = selfSigned("jane")

// kubeconfig returns a kubeconfig with a context for a user; the address is https unless server is set.
func kubeconfig(user object) object {
	return object{
		"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": []object{{"name": "k", "cluster": object{"server": "https://api.example:6443"}}},
		"contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
		"users":    []object{{"name": "u", "user": user}},
	}
}

func at(server string, config object) object {
	config["clusters"] = []object{{"name": "k", "cluster": object{"server": server}}}
	return config
}

// resolver returns a Resolver that reads the kubeconfig with the flags of a command line.
func resolver(t *testing.T, config object, change func(*genericclioptions.ConfigFlags)) *Resolver {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if config != nil {
		if err := os.WriteFile(path, []byte(asJSON(config)), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("KUBECONFIG", path)
	} else {
		t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	flags := genericclioptions.NewConfigFlags(true)
	if change != nil {
		change(flags)
	}
	return &Resolver{
		Stdin:      strings.NewReader(""),
		Files:      input.OS(),
		Getenv:     os.Getenv,
		Kubeconfig: flags.ToRawKubeConfigLoader(), Flags: Flags{User: *flags.AuthInfoName, Context: *flags.Context, Token: *flags.BearerToken, Impersonate: *flags.Impersonate, Insecure: *flags.Insecure},
		RESTConfig: flags.ToRESTConfig,
		Caller: func(context.Context) (*cluster.Caller, error) {
			return cluster.NewCaller(must(flags.ToRESTConfig()), &token.Secrets{})
		},
		Namespace: func() (string, error) { return "shop", nil },
		Notice:    func(finding.Text) {},
	}
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// sent returns what the client sends of a credential, in one line.
func sent(c *credential.Credential) string {
	var parts []string
	if c.Certificate != nil {
		parts = append(parts, "certificate "+c.Certificate.Leaf.Subject.CommonName)
	}
	if c.Token != nil {
		parts = append(parts, fmt.Sprintf("token %q", c.Token.Raw.Reveal()))
	}
	if c.Basic != nil {
		parts = append(parts, "basic "+c.Basic.Username+":"+c.Basic.Password.Reveal())
	}
	return strings.Join(parts, ", ")
}

// told returns the finding for a fault.
func told(c *credential.Credential, f credential.Fault) finding.Finding {
	return checks.FromFault(c, f)
}

func faults(c *credential.Credential) string {
	var ids []string
	for _, f := range c.Faults {
		ids = append(ids, string(f.ID)+string(f.Effect))
	}
	return strings.Join(ids, " ")
}

// Without a CREDENTIAL, the credential is exactly what client-go sends for the current context.
func TestContext(t *testing.T) {
	inline := object{"client-certificate-data": b64(certificate), "client-key-data": b64(key)}
	with := func(more ...object) object {
		all := object{}
		for _, m := range more {
			for k, v := range m {
				all[k] = v
			}
		}
		return all
	}
	plugin := object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "command": "never-run", "interactiveMode": "Never"}}
	tokenFile := file(t, "token", " from-the-file \n")
	for name, c := range map[string]struct {
		config object
		flags  func(*genericclioptions.ConfigFlags)
		source string
		sent   string
		faults string
	}{
		"a token":                        {kubeconfig(object{"token": "a"}), nil, "", `token "a"`, ""},
		"to the letter":                  {kubeconfig(object{"token": " a\n"}), nil, "", `token " a\n"`, ""},
		"a certificate":                  {kubeconfig(inline), nil, "", "certificate jane", ""},
		"a certificate and a token":      {kubeconfig(with(inline, object{"token": "a"})), nil, "", `certificate jane, token "a"`, ""},
		"a certificate and --token":      {kubeconfig(inline), func(f *genericclioptions.ConfigFlags) { *f.BearerToken = "b" }, "", `certificate jane, token "b"`, ""},
		"tokenFile, which is trimmed":    {kubeconfig(object{"tokenFile": tokenFile}), nil, "", `token "from-the-file"`, ""},
		"tokenFile beside token":         {kubeconfig(object{"token": "a", "tokenFile": tokenFile}), nil, "", `token "from-the-file"`, "token-shadowed-by-token-file"},
		"tokenFile beside --token":       {kubeconfig(object{"tokenFile": tokenFile}), func(f *genericclioptions.ConfigFlags) { *f.BearerToken = "b" }, "", `token "from-the-file"`, "token-shadowed-by-token-file"},
		"--token beside token":           {kubeconfig(object{"token": "a"}), func(f *genericclioptions.ConfigFlags) { *f.BearerToken = "b" }, "", `token "b"`, ""},
		"exec beside token":              {kubeconfig(with(plugin, object{"token": "a"})), nil, "", `token "a"`, "exec-plugin-skipped"},
		"exec beside a certificate":      {kubeconfig(with(plugin, inline)), nil, "", "certificate jane", "exec-plugin-skipped"},
		"user name and password":         {kubeconfig(object{"username": "jane", "password": "p"}), nil, "", "basic jane:p", ""},
		"--as is the caller's alone":     {kubeconfig(object{"token": "a"}), func(f *genericclioptions.ConfigFlags) { *f.Impersonate = "root" }, "", `token "a"`, "impersonation-configured"},
		"plain http":                     {at("http://api.example:8080", kubeconfig(object{"token": "a"})), nil, "", "", "plain-http-serverdropped"},
		"plain http, and --token":        {at("http://api.example:8080", kubeconfig(object{})), func(f *genericclioptions.ConfigFlags) { *f.BearerToken = "b" }, "", "", "plain-http-serverdropped"},
		"plain http, and a certificate":  {at("http://api.example:8080", kubeconfig(inline)), nil, "", "", "plain-http-serverdropped"},
		"plain http, and nothing":        {at("http://api.example:8080", kubeconfig(object{})), nil, "", "", "no-credentialdropped"},
		"nothing":                        {kubeconfig(object{}), nil, "", "", "no-credentialdropped"},
		"another context":                {both(), func(f *genericclioptions.ConfigFlags) { *f.Context = "other" }, "kubeconfig context other user v", `token "of-v"`, ""},
		"another user":                   {both(), func(f *genericclioptions.ConfigFlags) { *f.AuthInfoName = "v" }, "kubeconfig context c user v", `token "of-v"`, ""},
		"no kubeconfig":                  {nil, nil, "kubeconfig", "", "no-credentialdropped"},
		"no current-context":             {without("current-context"), nil, "kubeconfig", "", "no-credentialdropped"},
		"a context without user":         {userless(), nil, "kubeconfig context c", "", "no-credentialdropped"},
		"tokenFile is missing":           {kubeconfig(object{"tokenFile": "/nowhere/token"}), nil, "", "", "token-file-unreadableunavailable"},
		"tokenFile is empty":             {kubeconfig(object{"tokenFile": file(t, "empty", "")}), nil, "", "", "token-file-unreadableunavailable"},
		"tokenFile is blank":             {kubeconfig(object{"tokenFile": file(t, "blank", " \n")}), nil, "", "", "token-file-unreadableunavailable"},
		"tokenFile is a folder":          {kubeconfig(object{"tokenFile": t.TempDir()}), nil, "", "", "token-file-unreadableunavailable"},
		"a certificate without key":      {kubeconfig(object{"client-certificate-data": b64(certificate)}), nil, "", "", "certificate-without-keyunavailable"},
		"a certificate and another key":  {kubeconfig(object{"client-certificate-data": b64(certificate), "client-key-data": b64(func() string { _, k := selfSigned("x"); return k }())}), nil, "", "", "client-certificate-unusableunavailable"},
		"a certificate's file is absent": {kubeconfig(object{"client-certificate": "/nowhere/a.crt", "client-key": "/nowhere/a.key"}), nil, "", "", "client-certificate-unusableunavailable"},
		"a removed auth provider":        {kubeconfig(object{"auth-provider": object{"name": "gcp"}}), nil, "", "", "auth-provider-removedunavailable"},
		"another auth provider":          {kubeconfig(object{"auth-provider": object{"name": "unheard-of"}}), nil, "", "", "auth-provider-removedunavailable"},
		"a plugin without version":       {kubeconfig(object{"exec": object{"command": "x"}}), nil, "", "", "kubeconfig-invalidunavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := resolver(t, c.config, c.flags).Resolve(t.Context(), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			got := all[0]
			source := c.source
			if source == "" {
				source = "kubeconfig context c user u"
			}
			if sent(got) != c.sent || faults(got) != c.faults || got.Source.String() != source || !got.AsCaller {
				t.Errorf("%s sends %s, with %q: %+v", got.Source, sent(got), faults(got), got.Faults)
			}
			for _, fault := range got.Faults {
				f := told(got, fault)
				if f.Detail.String() == "" || strings.Contains(f.Detail.String(), "\n") || strings.Contains(f.Detail.String(), "PRIVATE") {
					t.Errorf("%s says %q", f.ID, f.Detail)
				}
			}
		})
	}
}

// The reason why no user is identified, and its remedy, depend on the kubeconfig.
func TestNobodyIsTold(t *testing.T) {
	dangling := both()
	dangling["contexts"] = []object{{"name": "c", "context": object{"cluster": "k", "user": "gone"}}}
	for name, c := range map[string]struct {
		config                  object
		title, detail, commands string
	}{
		"no kubeconfig":          {nil, "there is no kubeconfig", "found no kubeconfig", `echo "$KUBECONFIG"; ls -l ~/.kube`},
		"an empty kubeconfig":    {object{"apiVersion": "v1", "kind": "Config"}, "the kubeconfig is empty", "has no cluster", `echo "$KUBECONFIG"; ls -l ~/.kube`},
		"no current-context":     {without("current-context"), "", "no current-context", "kubectl config get-contexts, kubectl config use-context c"},
		"a context without user": {userless(), "", `"c" names no user`, "kubectl config set-context c --user=u"},
		"a missing user":         {dangling, "", `names the user "gone"`, "kubectl config get-users, kubectl config set-context c --user=USER"},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := resolver(t, c.config, nil).Resolve(t.Context(), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			dropped, _ := all[0].Fault(credential.Dropped)
			f := told(all[0], dropped)
			if c.title == "" {
				c.title = finding.Found(f.ID, finding.Proved, "").Title.String()
			}
			var commands []string
			for _, r := range f.Remedy {
				if r.Command.String() != "" {
					commands = append(commands, r.Command.String())
				}
			}
			if f.ID != finding.NoCredential || f.Title.String() != c.title || !strings.Contains(f.Detail.String(), c.detail) || strings.Join(commands, ", ") != c.commands {
				t.Errorf("%+v", f)
			}
		})
	}
}

func both() object {
	config := kubeconfig(object{"token": "of-u"})
	config["users"] = append(config["users"].([]object), object{"name": "v", "user": object{"token": "of-v"}})
	config["contexts"] = append(config["contexts"].([]object), object{"name": "other", "context": object{"cluster": "k", "user": "v"}})
	return config
}

func without(member string) object {
	config := kubeconfig(object{"token": "a"})
	delete(config, member)
	return config
}

func userless() object {
	config := kubeconfig(object{"token": "a"})
	config["contexts"] = []object{{"name": "c", "context": object{"cluster": "k"}}}
	return config
}

func TestInCluster(t *testing.T) {
	r := resolver(t, nil, nil)
	tokenFile := file(t, "token", "in-cluster-token")
	r.RESTConfig = func() (*rest.Config, error) {
		return &rest.Config{Host: "https://10.0.0.1", BearerTokenFile: tokenFile, BearerToken: "in-cluster-token"}, nil
	}
	all, err := r.Resolve(t.Context(), nil, "")
	if err != nil || all[0].Source.String() != "in-cluster" || sent(all[0]) != `token "in-cluster-token"` || len(all[0].Faults) > 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// podFiles are the files of the container that a resolver seems to run in.
type podFiles map[string]error

func (p podFiles) stat(name string) (fs.FileInfo, error) {
	err, has := p[name]
	switch {
	case !has:
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	case err != nil:
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return os.Stat(os.Args[0])
}

// TestNotOfPod covers the message if a Pod's own credential is not used and no other is available.
func TestNotOfPod(t *testing.T) {
	for name, c := range map[string]struct {
		files podFiles
		env   map[string]string
		flags func(*genericclioptions.ConfigFlags)
		// want is part of the detail; empty means that this is not a Pod.
		want, evidence string
	}{
		"no Pod":              {},
		"no token":            {env: map[string]string{serviceHost: "10.96.0.1", servicePort: "443"}, want: "ServiceAccount is not mounted", evidence: "does not exist"},
		"no environment":      {files: podFiles{podToken: nil}, want: serviceHost + " is not set", evidence: podToken},
		"no port":             {files: podFiles{podToken: nil}, env: map[string]string{serviceHost: "10.96.0.1"}, want: servicePort + " is not set", evidence: "10.96.0.1"},
		"a locked folder":     {files: podFiles{podToken: fs.ErrPermission}, env: map[string]string{serviceHost: "10.96.0.1"}, want: "permission denied", evidence: "permission denied"},
		"a flag beside it":    {files: podFiles{podToken: nil}, env: map[string]string{serviceHost: "10.96.0.1", servicePort: "443"}, flags: func(f *genericclioptions.ConfigFlags) { *f.Impersonate = "jane" }, want: "--as does", evidence: podToken},
		"two flags beside it": {files: podFiles{podToken: nil}, env: map[string]string{serviceHost: "10.96.0.1", servicePort: "443"}, flags: func(f *genericclioptions.ConfigFlags) { *f.Impersonate, *f.Insecure = "jane", true }, want: "--as, --insecure-skip-tls-verify do", evidence: podToken},
	} {
		t.Run(name, func(t *testing.T) {
			r := resolver(t, nil, c.flags)
			r.Files.Stat, r.Getenv = c.files.stat, func(name string) string { return c.env[name] }
			all, err := r.Resolve(t.Context(), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			f := told(all[0], all[0].Faults[len(all[0].Faults)-1])
			if f.ID != finding.NoCredential || len(f.Remedy) == 0 {
				t.Fatalf("%+v", f)
			}
			hint := ""
			if amiss := r.Amiss(); amiss != nil {
				hint = told(nil, *amiss).Detail.String()
			}
			if c.want == "" {
				if strings.Contains(f.Detail.String(), "Pod") || hint != "" {
					t.Errorf("%+v, hint %q", f, hint)
				}
				return
			}
			if !strings.Contains(f.Detail.String(), c.want) || !strings.Contains(fmt.Sprint(f.Evidence), c.evidence) || hint != f.Detail.String() {
				t.Errorf("%+v, hint %q, want %q and %q", f, hint, c.want, c.evidence)
			}
		})
	}
}

// A kubeconfig that is unusable for another reason than its credential is wrong usage.
func TestUnusableKubeconfig(t *testing.T) {
	broken := file(t, "kubeconfig", "kind: Config\nusers: hunter2\n")
	for name, r := range map[string]*Resolver{
		"context that is not there": resolver(t, kubeconfig(object{"token": "hunter2"}), func(f *genericclioptions.ConfigFlags) { *f.Context = "gone" }),
		"user that is not there":    resolver(t, kubeconfig(object{"token": "hunter2"}), func(f *genericclioptions.ConfigFlags) { *f.AuthInfoName = "gone" }),
		"no YAML":                   resolver(t, kubeconfig(object{}), func(f *genericclioptions.ConfigFlags) { *f.KubeConfig = broken }),
	} {
		all, err := r.Resolve(t.Context(), nil, "")
		if err == nil {
			t.Errorf("%s: %s, %+v", name, sent(all[0]), all[0].Faults)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// exec returns a kubeconfig whose user runs a script.
func exec(t *testing.T, script string) object {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the plugin is a shell script")
	}
	return kubeconfig(object{"exec": object{
		"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": file(t, "plugin", "#!/bin/sh\n"+script),
	}})
}

func answer(version string, status object) string {
	return "cat <<'EOF'\n" + asJSON(object{"apiVersion": "client.authentication.k8s.io/" + version, "kind": "ExecCredential", "status": status}) + "\nEOF\n"
}

func TestExecPlugins(t *testing.T) {
	missing := kubeconfig(object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "gke-gcloud-auth-plugin-that-nobody-has"}})
	noPath := kubeconfig(object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "/nowhere/plugin"}})
	terminal := exec(t, answer("v1", object{"token": "a"}))
	terminal["users"].([]object)[0]["user"].(object)["exec"].(object)["interactiveMode"] = "Always"
	for name, c := range map[string]struct {
		config object
		sent   string
		fault  finding.ID
	}{
		"a token":               {exec(t, answer("v1", object{"token": "from-the-plugin"})), `token "from-the-plugin"`, ""},
		"a token to the letter": {exec(t, answer("v1", object{"token": " from-the-plugin\n"})), `token " from-the-plugin\n"`, ""},
		"a certificate":         {exec(t, answer("v1", object{"clientCertificateData": certificate, "clientKeyData": key})), "certificate jane", ""},
		"both":                  {exec(t, answer("v1", object{"token": "a", "clientCertificateData": certificate, "clientKeyData": key})), `certificate jane, token "a"`, ""},
		"not found":             {missing, "", finding.ExecPluginNotFound},
		"not found at its path": {noPath, "", finding.ExecPluginNotFound},
		"exits with 1":          {exec(t, "echo hunter2; exit 1"), "", finding.ExecPluginFailed},
		"prints a bare token":   {exec(t, "echo hunter2"), "", finding.ExecPluginFailed},
		"prints other JSON":     {exec(t, `echo '{"token":"hunter2"}'`), "", finding.ExecPluginFailed},
		"prints nothing":        {exec(t, ":"), "", finding.ExecPluginFailed},
		"another version":       {exec(t, answer("v1beta1", object{"token": "hunter2"})), "", finding.ExecPluginVersionMismatch},
		"no status":             {exec(t, `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}'`), "", finding.ExecPluginNoCredential},
		"neither":               {exec(t, answer("v1", object{})), "", finding.ExecPluginNoCredential},
		"a certificate alone":   {exec(t, answer("v1", object{"clientCertificateData": certificate})), "", finding.ExecPluginNoCredential},
		"wants a terminal":      {terminal, "", finding.ExecPluginNeedsTerminal},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := resolver(t, c.config, nil).Resolve(t.Context(), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			got := all[0]
			fault, _ := got.Fault(credential.Unavailable)
			if sent(got) != c.sent || fault.ID != c.fault || !strings.HasPrefix(got.Source.String(), "exec ") {
				t.Errorf("%s sends %q, %+v", got.Source, sent(got), got.Faults)
			}
			var f finding.Finding
			if c.fault != "" {
				f = told(got, fault)
			}
			if text := fmt.Sprintf("%+v %+v", got.Faults, f); strings.Contains(text, "hunter2") {
				t.Errorf("a fault repeats what the plugin printed: %s", text)
			}
			if c.fault != "" && (f.Detail.String() == "" || strings.Contains(f.Detail.String(), "\n") || len(f.Remedy) == 0) {
				t.Errorf("%+v", f)
			}
		})
	}
}

// The plugin runs once, however many requests follow.
func TestPluginRunsOnce(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	api := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"gitVersion":"v1"}`) }))
	defer api.Close()
	config := exec(t, "echo >> "+runs+"\n"+answer("v1", object{"token": "a"}))
	config["clusters"] = []object{{"name": "k", "cluster": object{"server": api.URL, "insecure-skip-tls-verify": true}}}
	r := resolver(t, config, nil)
	if _, err := r.Resolve(t.Context(), nil, ""); err != nil {
		t.Fatal(err)
	}
	caller := must(r.Caller(t.Context()))
	for range 5 {
		if v := caller.Version(t.Context()); !v.Known() {
			t.Fatal(v.Reason())
		}
	}
	if data := must(os.ReadFile(runs)); len(data) != 1 {
		t.Errorf("it ran %d times", len(data))
	}
}

// TestArguments covers which arguments are a path, a reference or a literal credential.
func TestArguments(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("token.txt", []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	arg := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		arg      *string
		filename string
		stdin    string
		sent     string
		source   string
		err      string
		hint     string
	}{
		"a token":                        {arg: arg("tok"), sent: `token "tok"`, source: "argument"},
		"to the letter":                  {arg: arg(" tok\n"), sent: `token " tok\n"`, source: "argument"},
		"a header":                       {arg: arg("Authorization: Bearer tok"), sent: `token "tok"`, source: "argument"},
		"the name of a folder":           {arg: arg("folder"), sent: `token "folder"`, source: "argument"},
		"standard input":                 {arg: arg("-"), stdin: "tok\n", sent: `token "tok"`, source: "standard input"},
		"-f -":                           {filename: "-", stdin: "tok\n", sent: `token "tok"`, source: "standard input"},
		"-f":                             {filename: "token.txt", sent: `token "hunter2"`, source: "file token.txt"},
		"the name of a file":             {arg: arg("token.txt"), err: `the argument "token.txt" is the name of a file`, hint: "-f token.txt"},
		"a file and an argument":         {arg: arg("a"), filename: "token.txt", err: "both given"},
		"standard input and a file":      {arg: arg("-"), filename: "token.txt", err: "both given"},
		"a missing file":                 {filename: "gone.txt", err: "--filename: open gone.txt"},
		"a folder":                       {filename: "folder", err: "folder is a directory"},
		"too much":                       {arg: arg("-"), stdin: strings.Repeat("hunter2 ", 1<<18), err: "larger than 1 MiB"},
		"a Secret without name":          {arg: arg("secret/"), err: "secret/NAME"},
		"a ServiceAccount without name":  {arg: arg("sa/"), err: "serviceaccount/NAME"},
		"a Pod without name":             {arg: arg("pod/"), err: "pod/NAME"},
		"a Secret's token for its name":  {arg: arg("secret/eyJhbGciOiJub25lIn0.e30.hunter2"), err: "not a name"},
		"what no credential is kept in":  {arg: arg("configmap/web"), err: "configmap is not a type"},
		"a token that has a slash in it": {arg: arg("aGVsbG8/d29ybGQ="), sent: `token "aGVsbG8/d29ybGQ="`, source: "argument"},
	} {
		t.Run(name, func(t *testing.T) {
			r := resolver(t, kubeconfig(object{"token": "the-callers"}), nil)
			r.Stdin = strings.NewReader(c.stdin)
			all, err := r.Resolve(t.Context(), c.arg, c.filename)
			if c.err == "" {
				if err != nil {
					t.Fatal(err)
				}
				if got := all[0]; sent(got) != c.sent || got.Source.String() != c.source || got.AsCaller {
					t.Errorf("%s sends %s", got.Source, sent(got))
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), c.err) || e.Undecided {
				t.Fatalf("%+v, want %q", err, c.err)
			}
			if text := e.Error() + fmt.Sprint(e.Hints); strings.Contains(text, "hunter2") || !strings.Contains(text, c.hint) {
				t.Errorf("%q", text)
			}
		})
	}
}

// brokenReader fails in the middle.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, fs.ErrPermission }

func TestInputThatCannotBeRead(t *testing.T) {
	r := resolver(t, nil, nil)
	r.Stdin = brokenReader{}
	dash := "-"
	if _, err := r.Resolve(t.Context(), &dash, ""); err == nil || !strings.Contains(err.Error(), "standard input cannot be read") {
		t.Errorf("%v", err)
	}
}

// api is a server that knows one Secret, one ServiceAccount and one Pod.
func api(t *testing.T, answer http.HandlerFunc) (*Resolver, *[]string) {
	t.Helper()
	var seen []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	config := kubeconfig(object{"token": "the-callers"})
	config["clusters"] = []object{{"name": "k", "cluster": object{"server": s.URL, "insecure-skip-tls-verify": true}}}
	return resolver(t, config, nil), &seen
}

func status(w http.ResponseWriter, code int, reason, message string) {
	w.WriteHeader(code)
	_, _ = io.WriteString(w, asJSON(object{"kind": "Status", "reason": reason, "message": message, "details": object{"name": "x"}}))
}

func TestFromTheServer(t *testing.T) {
	pod := object{"kind": "Pod", "metadata": object{"name": "web", "namespace": "shop", "uid": "u"}, "spec": object{
		"serviceAccountName": "robot", "nodeName": "n1",
		"containers": []object{
			{"name": "web", "volumeMounts": []object{{"name": "api", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}, {"name": "vault", "mountPath": "/vault/token", "subPath": "token"}}},
			{"name": "side", "volumeMounts": []object{{"name": "api", "mountPath": "/api"}, {"name": "vault", "mountPath": "/v", "subPath": "other"}}},
		},
		"volumes": []object{
			{"name": "api", "projected": object{"sources": []object{{"configMap": object{"name": "ca"}}, {"serviceAccountToken": object{"path": "token", "expirationSeconds": 3607}}}}},
			{"name": "vault", "projected": object{"sources": []object{{"serviceAccountToken": object{"path": "token", "audience": "vault"}}}}},
			{"name": "data", "emptyDir": object{}},
		},
	}}
	r, seen := api(t, func(w http.ResponseWriter, q *http.Request) {
		switch q.Method + " " + q.URL.Path {
		case "GET /api/v1/namespaces/shop/secrets/robot-token":
			_, _ = io.WriteString(w, asJSON(object{"kind": "Secret", "metadata": object{"name": "robot-token"}, "type": "kubernetes.io/service-account-token", "data": object{"token": b64("from-the-secret")}}))
		case "POST /api/v1/namespaces/shop/serviceaccounts/robot/token":
			var request struct {
				Spec struct{ ExpirationSeconds int64 }
			}
			_ = json.NewDecoder(q.Body).Decode(&request)
			_, _ = io.WriteString(w, asJSON(object{"kind": "TokenRequest", "status": object{"token": fmt.Sprintf("minted-for-%d", request.Spec.ExpirationSeconds)}}))
		case "GET /api/v1/namespaces/shop/pods/web":
			_, _ = io.WriteString(w, asJSON(pod))
		default:
			status(w, 403, "Forbidden", "no")
		}
	})
	var notices []string
	r.Notice = func(text finding.Text) { notices = append(notices, text.String()) }

	for arg, want := range map[string]string{
		"secret/robot-token": `token "from-the-secret"`, "secrets/robot-token": `token "from-the-secret"`,
		"serviceaccount/robot": `token "minted-for-600"`, "sa/robot": `token "minted-for-600"`,
	} {
		all, err := r.Resolve(t.Context(), &arg, "")
		if err != nil || sent(all[0]) != want || !strings.Contains(all[0].Source.String(), "shop/robot") {
			t.Errorf("%s: %+v, %v", arg, all, err)
		}
	}
	if len(notices) != 2 || !strings.Contains(notices[0], "requested a ten-minute token") {
		t.Errorf("notices %q", notices)
	}

	name := "pod/web"
	all, err := r.Resolve(t.Context(), &name, "")
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, c := range all {
		places = append(places, c.Source.String())
		if c.Token != nil || c.Projected == nil || c.Projected.ServiceAccount != "robot" || c.Projected.Node != "n1" {
			t.Errorf("%+v", c.Projected)
		}
	}
	if want := []string{
		"pod shop/web container web path /var/run/secrets/kubernetes.io/serviceaccount/token",
		"pod shop/web container web path /vault/token",
		"pod shop/web container side path /api/token",
	}; !slices.Equal(places, want) {
		t.Errorf("places %q", places)
	}
	if p := all[1].Projected; p.Audience != "vault" || p.ExpirationSeconds != 3600 || len(p.Remarks) == 0 {
		t.Errorf("%+v", p)
	}
	r.Container, r.Path = "side", ""
	if all, err := r.Resolve(t.Context(), &name, ""); err != nil || len(all) != 1 || all[0].Projected.Container != "side" {
		t.Errorf("--container: %+v, %v", all, err)
	}
	r.Container, r.Path = "", "/vault/token"
	if all, err := r.Resolve(t.Context(), &name, ""); err != nil || len(all) != 1 || all[0].Projected.Audience != "vault" {
		t.Errorf("--path: %+v, %v", all, err)
	}
	r.Path = "/nowhere"
	var e *Error
	if _, err := r.Resolve(t.Context(), &name, ""); !errors.As(err, &e) || len(e.Hints) != 3 || e.Undecided {
		t.Errorf("--path: %+v", err)
	}
	r.Path = ""
	for _, arg := range []string{"secret/other", "sa/other", "pod/other"} {
		if _, err := r.Resolve(t.Context(), &arg, ""); !errors.As(err, &e) || !e.Undecided || !strings.Contains(e.Error(), "shop/other") {
			t.Errorf("%s: %+v", arg, err)
		}
	}
	for _, s := range *seen {
		if !strings.HasPrefix(s, "GET ") && !strings.HasSuffix(s, "/token") {
			t.Errorf("asked %s", s)
		}
	}
}

// A missing object is wrong input. An object that the caller may not read is undecided.
func TestServerErrors(t *testing.T) {
	for name, c := range map[string]struct {
		answer    http.HandlerFunc
		undecided bool
	}{
		"not there":   {func(w http.ResponseWriter, _ *http.Request) { status(w, 404, "NotFound", `secrets "x" not found`) }, false},
		"forbidden":   {func(w http.ResponseWriter, _ *http.Request) { status(w, 403, "Forbidden", "no") }, true},
		"not taken":   {func(w http.ResponseWriter, _ *http.Request) { status(w, 401, "Unauthorized", "Unauthorized") }, true},
		"in trouble":  {func(w http.ResponseWriter, _ *http.Request) { status(w, 500, "InternalError", "etcd") }, true},
		"no JSON":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, true},
		"a dead line": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
	} {
		r, _ := api(t, c.answer)
		arg := "secret/x"
		var e *Error
		if _, err := r.Resolve(t.Context(), &arg, ""); !errors.As(err, &e) || e.Undecided != c.undecided {
			t.Errorf("%s: %+v", name, err)
		}
	}
	// A Pod that mounts no token is an answer.
	r, _ := api(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, asJSON(object{"kind": "Pod", "metadata": object{"name": "x", "namespace": "shop"}, "spec": object{"automountServiceAccountToken": false}}))
	})
	arg := "pod/x"
	var e *Error
	if _, err := r.Resolve(t.Context(), &arg, ""); !errors.As(err, &e) || e.Undecided || len(e.Hints) != 1 || !strings.Contains(e.Hints[0].String(), "automountServiceAccountToken: false") {
		t.Errorf("%+v", err)
	}
}

// The origin of a Pod's token is reported if it is known.
func TestPodWithoutToken(t *testing.T) {
	for name, c := range map[string]struct {
		account http.HandlerFunc
		hint    string
	}{
		"its ServiceAccount": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, asJSON(object{"kind": "ServiceAccount", "metadata": object{"name": "default"}, "automountServiceAccountToken": false}))
		}, "the ServiceAccount default has"},
		"nobody, now": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, asJSON(object{"kind": "ServiceAccount", "metadata": object{"name": "default"}}))
		}, "neither the Pod's spec nor the ServiceAccount"},
		"not allowed to look": {func(w http.ResponseWriter, _ *http.Request) { status(w, 403, "Forbidden", "no") }, "the ServiceAccount default may have"},
	} {
		r, _ := api(t, func(w http.ResponseWriter, q *http.Request) {
			if strings.HasSuffix(q.URL.Path, "/serviceaccounts/default") {
				c.account(w, q)
				return
			}
			_, _ = io.WriteString(w, asJSON(object{"kind": "Pod", "metadata": object{"name": "x", "namespace": "shop"}, "spec": object{"containers": []object{{"name": "main"}}}}))
		})
		r.Notice = func(finding.Text) {}
		arg := "pod/x"
		for _, exec := range []bool{false, true} {
			r.Exec = exec
			var e *Error
			if _, err := r.Resolve(t.Context(), &arg, ""); !errors.As(err, &e) || e.Undecided || len(e.Hints) != 1 || !strings.Contains(e.Hints[0].String(), c.hint) {
				t.Errorf("%s: %+v", name, err)
			}
		}
		r.Container = "gone"
		var e *Error
		if _, err := r.Resolve(t.Context(), &arg, ""); !errors.As(err, &e) || e.Undecided || !strings.Contains(e.Error(), `no container "gone"`) || !strings.Contains(e.Hints[0].String(), "main") {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// --exec and the flags that select a Pod's token are rejected for other credentials.
func TestFlagsForPods(t *testing.T) {
	r, seen := api(t, func(w http.ResponseWriter, _ *http.Request) { status(w, 403, "Forbidden", "no") })
	file, secret, podName := "token.txt", "secret/x", "pod/x"
	for name, c := range map[string]struct {
		arg      *string
		filename string
	}{"the context": {nil, ""}, "a file": {nil, file}, "a Secret": {&secret, ""}, "a Pod and a file": {&podName, file}, "a token": {&file, ""}} {
		for flag, set := range map[string]func(*Resolver){
			"--exec": func(r *Resolver) { r.Exec = true }, "--container": func(r *Resolver) { r.Container = "c" }, "--path": func(r *Resolver) { r.Path = "/p" },
		} {
			given := *r
			set(&given)
			var e *Error
			if _, err := given.Resolve(t.Context(), c.arg, c.filename); !errors.As(err, &e) || e.Undecided || !strings.HasPrefix(e.Error(), flag+" ") {
				t.Errorf("%s: %+v", name, err)
			}
		}
	}
	if len(*seen) > 0 {
		t.Errorf("asked %q", *seen)
	}
}
