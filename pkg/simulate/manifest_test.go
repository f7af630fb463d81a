package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

// A manifest, which may be somebody else's, names files below --root and no others.
func TestPathsStayBelowTheRoot(t *testing.T) {
	m, err := ParseManifest(fmt.Appendf(nil, someManifest, "--client-ca-file=x"))
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"/etc/ca.crt": "/root/etc/ca.crt", "ca.crt": "/root/ca.crt", "../../etc/passwd": "/root/etc/passwd", "/../etc/passwd": "/root/etc/passwd",
		"/pki/ca.crt": "/root/host/pki/ca.crt", "/pki/../../x": "/root/x", "pki/sa.pub": "/root/host/pki/sa.pub", "/pkix": "/root/pkix",
	} {
		if got := m.Path("/root", file); got != want {
			t.Errorf("Path(%q) = %q, want %q", file, got, want)
		}
	}
}

// A device is not read, nor is a file that is none of a server's configuration.
func TestManifestNamesNoDevice(t *testing.T) {
	big := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(big, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{os.DevNull: "is no regular file", big: "is larger than 4 MiB"} {
		for _, flag := range []string{"client-ca-file", "requestheader-client-ca-file", "oidc-ca-file", "token-auth-file", "service-account-key-file", "authentication-config", "authentication-token-webhook-config-file"} {
			m, err := ParseManifest(fmt.Appendf(nil, someManifest, "--"+flag+"="+file))
			if err != nil {
				t.Fatal(err)
			}
			var f Flags
			if err := f.Parse(m.Args, nil); err != nil {
				t.Fatal(err)
			}
			_, err = f.Config(Source{Path: func(file string) string { return m.Path("", file) }})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--"+flag) {
				t.Errorf("--%s=%s: error %v, want one that it %s", flag, file, err, want)
			}
		}
	}
}

// A file that is no manifest is not quoted: it may be a Secret.
func TestManifestQuotesNoSecret(t *testing.T) {
	_, err := ParseManifest([]byte("apiVersion: v1\nkind: Secret\nmetadata: {name: x, creationTimestamp: canary}\ndata: {token: canary}\n"))
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("error = %v", err)
	}
}
