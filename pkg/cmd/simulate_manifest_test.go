package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestManifestForms judges a token with configurations of several forms, without the files of a host.
func TestManifestForms(t *testing.T) {
	nowhere(t)
	const issuer = "https://login.example"
	token := signed(object{"iss": issuer, "aud": "cli", "sub": "ada", "exp": time.Now().Unix() + 3600})
	account := signed(object{"iss": "https://kubernetes.default.svc.cluster.local", "aud": []string{"https://kubernetes.default.svc.cluster.local"}, "sub": "system:serviceaccount:a:b", "exp": time.Now().Unix() + 3600})
	keys := jwks(t)
	const auth = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: 'https://login.example', audiences: [cli]}\n  claimMappings: {username: {claim: sub, prefix: 'login:'}}\n"
	indented := "    " + strings.ReplaceAll(auth, "\n", "\n    ")
	for name, c := range map[string]struct {
		file, text, token string
		status            int
		out, err          string
	}{
		"kubeadm":           {text: "kind: ClusterConfiguration\napiServer: {extraArgs: {oidc-issuer-url: 'https://login.example', oidc-client-id: cli, oidc-signing-algs: ES256, oidc-username-prefix: 'login:'}}", out: "login:ada"},
		"kubeadm's account": {token: account, text: "kind: ClusterConfiguration\n", status: exitUndecided, out: ""},
		"a ConfigMap's file": {text: "kind: ConfigMap\nmetadata: {name: auth}\ndata:\n  auth.yaml: |\n" + indented + "\n---\nkind: Deployment\nspec: {template: {spec: {volumes: [{name: auth, configMap: {name: auth}}], containers: [{name: kube-apiserver, volumeMounts: [{name: auth, mountPath: /auth}]," +
			" args: [--authentication-config=/auth/auth.yaml, --service-account-issuer=a, --service-account-signing-endpoint=/s]}]}}}", out: "login:ada"},
		"a ConfigMap that was not given": {text: "kind: Deployment\nspec: {template: {spec: {volumes: [{name: auth, configMap: {name: auth}}], containers: [{name: kube-apiserver, volumeMounts: [{name: auth, mountPath: /auth}]," +
			" args: [--authentication-config=/auth/auth.yaml, --service-account-issuer=a, --service-account-signing-endpoint=/s]}]}}}", status: exitUsage, err: "is in the ConfigMap auth, which was not given\nhint: give a ConfigMap or Secret with --objects FILE"},
		"k3s, a file beside":   {text: "kube-apiserver-arg: [authentication-config=/etc/rancher/k3s/auth.yaml]\n", file: "auth.yaml", out: "login:ada"},
		"k3s, in two files":    {text: "kube-apiserver-arg: ['oidc-issuer-url=https://login.example', oidc-client-id=cli, oidc-signing-algs=ES256]\n", file: "manifest.d/10.yaml", out: "login:ada"},
		"k3s without its file": {text: "kube-apiserver-arg: [authentication-config=/etc/rancher/k3s/other.yaml]\n", status: exitUsage, err: "--root FOLDER"},
		"a variable":           {text: "kube-apiserver-arg: ['oidc-client-id=$APP', 'oidc-issuer-url=https://login.example']\n", status: exitUsage, err: "kube-apiserver-arg[0]: --oidc-client-id=$APP: the variable $APP was left in the value"},
		"a placeholder as path": {text: "kind: Pod\nspec: {containers: [{command: [kube-apiserver, '--authentication-config=<PATH>']}]}\n", status: exitUsage,
			err: "cannot be judged, for 1 reason\n  spec.containers[0].command[1]: --authentication-config=<PATH>: the placeholder <PATH> was left in the value: replace it\n"},
	} {
		dir := t.TempDir()
		manifest := filepath.Join(dir, "manifest")
		more := map[string]string{"": "", "auth.yaml": auth, "manifest.d/10.yaml": "kube-apiserver-arg+: ['oidc-username-prefix=login:']\n"}
		for name, text := range map[string]string{manifest: c.text, filepath.Join(dir, filepath.FromSlash(c.file)): more[c.file]} {
			if name == dir {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if c.token == "" {
			c.token = token
		}
		args := []string{"simulate", "-", "--manifest", manifest, "-o", "jsonpath={.user.username}"}
		if c.token == token {
			args = append(args, "--jwks", issuer+"="+keys)
		}
		got := run(t, c.token, args...)
		if got.status != c.status || got.out != c.out || !strings.Contains(got.err, c.err) {
			t.Errorf("%s: %d %q %s, want %d %q %s", name, got.status, got.out, got.err, c.status, c.out, c.err)
		}
	}
}

// TestAgainstAnyForm compares configurations of unlike forms, with keys for the issuer of only one of them.
func TestAgainstAnyForm(t *testing.T) {
	nowhere(t)
	token := signed(object{"iss": "https://login.example", "aud": "cli", "sub": "ada", "exp": time.Now().Unix() + 3600})
	auth := file(t, "auth.yaml", "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: 'https://login.example', audiences: [cli]}\n  claimMappings: {username: {claim: sub, prefix: 'login:'}}\n")
	k3s := file(t, "config.yaml", "kube-apiserver-arg: ['oidc-issuer-url=https://login.example', oidc-client-id=cli, oidc-signing-algs=ES256, 'oidc-username-prefix=login:']\n")
	empty := file(t, "empty.yaml", "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: []\n")
	keys := "https://login.example=" + jwks(t)
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"a file against a manifest":    {[]string{"--authentication-config", auth, "--against", k3s, "--jwks", keys}, exitYes, "Unchanged"},
		"a manifest against a file":    {[]string{"--manifest", k3s, "--against", auth, "--jwks", keys}, exitYes, "Unchanged"},
		"flags against a manifest":     {[]string{"--oidc-issuer-url", "https://login.example", "--oidc-client-id", "cli", "--oidc-signing-algs", "ES256", "--against", k3s, "--jwks", keys}, exitNo, `"login:ada"`},
		"without the issuer":           {[]string{"--manifest", k3s, "--against", empty, "--jwks", keys}, exitNo, "Rejected"},
		"keys of neither":              {[]string{"--authentication-config", auth, "--against", k3s, "--jwks", "https://other.example=" + jwks(t)}, exitUsage, "names no JWT issuer of the configurations"},
		"keys of a sole configuration": {[]string{"--authentication-config", empty, "--jwks", keys}, exitUsage, "the configuration has no JWT issuer"},
	} {
		got := run(t, token+"\n", append([]string{"simulate", "-"}, c.args...)...)
		if got.status != c.status || !strings.Contains(got.out+got.err, c.want) {
			t.Errorf("%s: %d, want %d and %s:\n%s%s", name, got.status, c.status, c.want, got.out, got.err)
		}
	}
}

// TestAuthenticationConfigThatIsAManifest checks that a manifest in the wrong flag is recognized.
func TestAuthenticationConfigThatIsAManifest(t *testing.T) {
	nowhere(t)
	manifest := file(t, "k3s.yaml", "kube-apiserver-arg: [oidc-client-id=cli]\n")
	got := run(t, "", "simulate", "--authentication-config", manifest)
	if got.status != exitUsage || !strings.Contains(got.err, "is not an AuthenticationConfiguration but a configuration of k3s: give it with --manifest") {
		t.Errorf("%d %s%s", got.status, got.out, got.err)
	}
}

// A drop-in that cannot be read is not left out: the API server would be started with it.
func TestUnreadableDropIn(t *testing.T) {
	nowhere(t)
	name := file(t, "config.yaml", "kube-apiserver-arg: [anonymous-auth=true]\n")
	for _, c := range []struct {
		folder string
		status int
	}{{"notes", exitYes}, {"10-more.yaml", exitUsage}} {
		if err := os.MkdirAll(filepath.Join(name+".d", c.folder), 0o700); err != nil {
			t.Fatal(err)
		}
		got := run(t, "", "simulate", "--manifest", name)
		if got.status != c.status || c.status == exitUsage && !strings.Contains(got.err, c.folder) {
			t.Errorf("%s: %d, want %d\n%s%s", c.folder, got.status, c.status, got.out, got.err)
		}
	}
}
