package cmd

import (
	"strings"
	"testing"
	"time"
)

// TestReleaseOfManifest compares with the release that the manifest names, unless the flag names one.
func TestReleaseOfManifest(t *testing.T) {
	nowhere(t)
	token := signed(object{"iss": "https://login.example", "aud": "cli", "sub": "ada", "exp": time.Now().Unix() + 3600})
	const auth = "\n---\nkind: ConfigMap\nmetadata: {name: auth}\ndata:\n  auth.yaml: |\n    apiVersion: apiserver.config.k8s.io/v1\n    kind: AuthenticationConfiguration\n    jwt:\n    - issuer: {url: 'https://login.example', audiences: [cli]}\n      claimMappings: {username: {claim: sub, prefix: 'login:'}}\n"
	deployment := func(image string) string {
		return "kind: Deployment\nspec: {template: {spec: {volumes: [{name: auth, configMap: {name: auth}}], containers: [{name: kube-apiserver, image: 'mirror.example/kube-apiserver:" + image + "', volumeMounts: [{name: auth, mountPath: /auth}]," +
			" args: [--authentication-config=/auth/auth.yaml, --service-account-issuer=a, --service-account-signing-endpoint=/s, '--feature-gates=ExternalServiceAccountTokenSigner=true']}]}}}" + auth
	}
	const flag = "kind: ClusterConfiguration\nkubernetesVersion: v1.31.0\napiServer: {extraArgs: {cloud-provider: external}}\n"
	for name, c := range map[string]struct {
		manifest string
		args     []string
		status   int
		out, err string
	}{
		"of the image":            {deployment("v1.33.4"), nil, exitUsage, "Invalid: an API server of Kubernetes v1.33 would not", "note: compared with Kubernetes v1.33, which "},
		"the flag overrides it":   {deployment("v1.33.4"), []string{"--kubernetes-version", "v1.36"}, exitYes, "Valid:", ""},
		"the flag's release":      {deployment("v1.36.1"), []string{"--kubernetes-version", "v1.33"}, exitUsage, "Invalid: an API server of Kubernetes v1.33 would not", ""},
		"a release that starts":   {deployment("v1.35.0"), nil, exitYes, "Valid:", "which "},
		"this release":            {deployment("v1.37.2"), nil, exitYes, "Valid:", ""},
		"an unknown release":      {deployment("v1.29.2"), nil, exitYes, "Valid:", `names Kubernetes v1.29.2, whose behavior is not known`},
		"a credential":            {deployment("v1.33.4"), []string{"-", "--jwks", jwks(t)}, exitUsage, "Invalid: an API server of Kubernetes v1.33 would not", "v1.33"},
		"a credential, of a list": {deployment("v1.33.4"), []string{"-", "--each-line", "--jwks", jwks(t)}, exitUsage, "", "v1.33"},
		"a flag of old releases":  {flag, nil, exitYes, "kube-apiserver accepts --cloud-provider", "v1.31"},
	} {
		args := append([]string{"simulate", "--manifest", file(t, "manifest.yaml", c.manifest)}, c.args...)
		got := run(t, token+"\n", args...)
		if got.status != c.status || !strings.Contains(strings.Join(strings.Fields(got.out), " "), c.out) || !strings.Contains(got.err, c.err) || name == "this release" && strings.Contains(got.err, "compared with") {
			t.Errorf("%s: %d %s%s", name, got.status, got.out, got.err)
		}
		if strings.Contains(got.out, "[release-differs]") {
			t.Errorf("%s: the report has the difference twice: %s", name, got.out)
		}
	}
}
