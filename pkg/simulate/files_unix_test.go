//go:build unix

package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// The kubeconfig of a webhook may come from another person, so no endless file of it is read.
func TestWebhooksFiles(t *testing.T) {
	config := func(cluster, user string) *Webhook {
		name := filepath.Join(t.TempDir(), "webhook")
		text := fmt.Sprintf("current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'%s}}]\nusers: [{name: u, user: {%s}}]\n", cluster, user)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return &Webhook{File: name, files: input.OS()}
	}
	for name, w := range map[string]*Webhook{
		"the kubeconfig":         {File: "/dev/zero", files: input.OS()},
		"a CA":                   config(", certificate-authority: /dev/zero", ""),
		"a client's certificate": config("", "client-certificate: /dev/zero, client-key: /dev/zero"),
	} {
		if _, _, err := w.restConfig(); err == nil || !strings.Contains(err.Error(), "is a device, not a file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, user := range map[string]string{
		"a token in a file": "tokenFile: /dev/zero", "a plugin": "exec: {command: /nowhere, apiVersion: client.authentication.k8s.io/v1}", "an auth provider": "auth-provider: {name: oidc}",
	} {
		if _, missing, err := config("", user).restConfig(); missing == nil || err != nil {
			t.Errorf("%s: %v, %v", name, missing, err)
		}
	}
	w := config("", "token: x")
	w.Version = "v1"
	s := &Server{config: Config{Webhook: w}, world: World{CallWebhook: true}}
	if _, err := s.webhook(); err != nil {
		t.Error(err)
	}
}
