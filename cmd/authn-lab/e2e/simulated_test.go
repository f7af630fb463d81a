package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// configuration is the configuration of an API server in a test of simulate: the lab's own, with changed flags.
type configuration struct {
	name string
	// flags are NAME=VALUE or NAME- of `authn-lab apiserver`.
	flags []string
	// authentication is the AuthenticationConfiguration, without apiVersion and kind; empty for the lab's own.
	// ISSUER is the lab's issuer, DEAD is an issuer that does not answer, CA is the issuer's CA as a YAML scalar.
	authentication string
}

// filler fills a configuration with values of the lab; more are pairs of a word and its replacement.
func filler(t *testing.T, more ...string) *strings.Replacer {
	t.Helper()
	issuer, err := runner.Lab.Read("oidc", "issuer-url")
	if err != nil {
		t.Fatal(err)
	}
	ca, err := runner.Lab.Read("oidc", "ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(ca + "\n")
	if err != nil {
		t.Fatal(err)
	}
	// The longer of two words with the same beginning comes first, because the first match is replaced.
	return strings.NewReplacer(append(more, "ISSUER", issuer, "DEAD", deadIssuer, "CAFILE", runner.Lab.Path("oidc", "ca.crt"), "CA", string(quoted))...)
}

// apiServerFlags are the flags of `authn-lab apiserver` for a configuration, whose file is written to dir. The header is
// the apiVersion and kind of the file.
func (c configuration) apiServerFlags(t *testing.T, dir, header string, fill *strings.Replacer) []string {
	t.Helper()
	var flags []string
	for _, f := range c.flags {
		flags = append(flags, fill.Replace(f))
	}
	if c.authentication == "" {
		return flags
	}
	file := filepath.Join(dir, "authentication-config.yaml")
	if err := os.WriteFile(file, []byte(header+fill.Replace(c.authentication)), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(flags, "authentication-config="+file)
}

// manifestOf writes the static Pod of a further API server, even of one that did not start.
func manifestOf(t *testing.T, server, dir string) string {
	t.Helper()
	data, err := os.ReadFile(runner.Lab.Path("servers", server, "kube-apiserver.flags"))
	if err != nil {
		t.Fatal(err)
	}
	pod := corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}}
	// A value may end in a space, so only the last line end is removed.
	flags := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	pod.Spec.Containers = []corev1.Container{{
		Name: "kube-apiserver", Command: append([]string{"kube-apiserver"}, flags...), VolumeMounts: []corev1.VolumeMount{{Name: "host", MountPath: "/"}},
	}}
	pod.Spec.Volumes = []corev1.Volume{{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
	text, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kube-apiserver.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
