package cmd

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_mutation/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"github.com/spf13/pflag"
	"google.golang.org/protobuf/encoding/protojson"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

func servePage(t *testing.T) string {
	t.Helper()
	return serveFile(t, "../serve.md")
}

// serveFile returns a file of docs/serve.
func serveFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../docs/serve", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// foreignFlags are flags of other programs that docs/serve.md names.
var foreignFlags = map[string]string{
	"authentication-token-webhook-cache-ttl": "kube-apiserver",
	"addr":                                   "k8s-s2s-auth", "pub-key": "k8s-s2s-auth", "ca": "k8s-s2s-auth", "kube-": "k8s-s2s-auth", "token-file": "k8s-s2s-auth",
	"every": "kubectl authn call",
}

func TestServePageHasFlagsThereAre(t *testing.T) {
	_, all := commands(t)
	var flags *pflag.FlagSet
	for _, c := range all {
		if c.Name() == "serve" {
			flags = ownFlags(c)
		}
	}
	page, named := servePage(t), map[string]bool{}
	for _, span := range codeSpan.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
		for _, m := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(span[1], -1) {
			named[m[1]] = true
			if flags.Lookup(m[1]) == nil && foreignFlags[m[1]] == "" {
				t.Errorf("docs/serve.md names --%s, and serve has no such flag", m[1])
			}
		}
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !named[f.Name] {
			t.Errorf("docs/serve.md does not name --%s", f.Name)
		}
	})
	for name := range foreignFlags {
		if !named[name] {
			t.Errorf("docs/serve.md no longer names --%s", name)
		}
	}
}

func TestServePageHasEachVariable(t *testing.T) {
	_, table, found := strings.Cut(servePage(t), "## From AuthService\n")
	if !found {
		t.Fatal("docs/serve.md has no table of AuthService's variables")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	row := func(variable string) string {
		for line := range strings.Lines(table) {
			if cell, rest, ok := strings.Cut(strings.TrimPrefix(line, "|"), "|"); ok && strings.Contains(cell, "`"+variable+"`") {
				return rest
			}
		}
		t.Errorf("docs/serve.md has no row for %s", variable)
		return ""
	}
	for _, v := range authService {
		if !strings.Contains(row(v.variable), "`--"+v.flag+"`") {
			t.Errorf("docs/serve.md does not say that %s is --%s", v.variable, v.flag)
		}
	}
	for _, v := range authServiceRestricts {
		if !strings.Contains(row(v.variable), "does not start") {
			t.Errorf("docs/serve.md does not say that serve does not start with %s", v.variable)
		}
	}
	for _, u := range authServiceUnused {
		for _, v := range u.variables {
			row(v)
		}
	}
	for _, v := range []string{"SERVER_HOSTNAME", "SERVER_PORT", "READINESS_PROBE_PORT", "CACHE_ENABLED", "CACHE_EXPIRATION_MINUTES"} {
		row(v)
	}
}

// Each snippet of docs/serve.md is a part of the file that it names.
func TestServePageQuotesItsFiles(t *testing.T) {
	quotes := regexp.MustCompile("(?m)^<!-- part of: (\\S+) -->\n```[a-z]*\n((?s:.*?))^```").FindAllStringSubmatch(servePage(t), -1)
	for _, m := range quotes {
		if !strings.Contains(serveFile(t, m[1]), m[2]) {
			t.Errorf("docs/serve/%s does not have this part:\n%s", m[1], m[2])
		}
	}
	if len(quotes) < 7 {
		t.Errorf("only %d snippets", len(quotes))
	}
}

// The configurations of nginx and Caddy are those that `make test-parties` runs.
func TestServeProxiesAreTested(t *testing.T) {
	source, err := os.ReadFile("../../cmd/authn-parties/proxies_test.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := func(text string) string {
		text = strings.NewReplacer("{{.Serve}}", "authn-serve.authn.svc.cluster.local:8080", "{{.Backend}}", "reports.shop.svc.cluster.local:8080").Replace(text)
		return strings.Join(strings.Fields(text), " ")
	}
	tested := lines(string(source))
	for name, first := range map[string]string{"nginx.conf": "location = /_authn {", "Caddyfile": "forward_auth "} {
		text := serveFile(t, name)
		at := strings.Index(text, first)
		if at < 0 {
			t.Fatalf("docs/serve/%s has no %q", name, first)
		}
		// The last brace closes what is around.
		text = strings.TrimSuffix(strings.TrimSpace(text[at:]), "}")
		if !strings.Contains(tested, lines(text)) {
			t.Errorf("docs/serve/%s is not what cmd/authn-parties/proxies_test.go runs:\n%s", name, text)
		}
	}
}

// serveTypes are the kinds of objects whose Go types are known here.
var serveTypes = map[string]func() any{
	"v1 Namespace":                                    func() any { return new(corev1.Namespace) },
	"v1 ServiceAccount":                               func() any { return new(corev1.ServiceAccount) },
	"v1 Service":                                      func() any { return new(corev1.Service) },
	"apps/v1 Deployment":                              func() any { return new(appsv1.Deployment) },
	"networking.k8s.io/v1 NetworkPolicy":              func() any { return new(networkingv1.NetworkPolicy) },
	"policy/v1 PodDisruptionBudget":                   func() any { return new(policyv1.PodDisruptionBudget) },
	"rbac.authorization.k8s.io/v1 ClusterRole":        func() any { return new(rbacv1.ClusterRole) },
	"rbac.authorization.k8s.io/v1 ClusterRoleBinding": func() any { return new(rbacv1.ClusterRoleBinding) },
}

// serveForeignTypes are the kinds of other projects.
var serveForeignTypes = []string{
	"security.istio.io/v1 AuthorizationPolicy", "security.istio.io/v1 PeerAuthentication", "gateway.envoyproxy.io/v1alpha1 SecurityPolicy",
	"gateway.envoyproxy.io/v1alpha1 ClientTrafficPolicy", "gateway.networking.k8s.io/v1beta1 ReferenceGrant", "traefik.io/v1alpha1 Middleware", "traefik.io/v1alpha1 IngressRoute",
}

// serveObjects parses the documents of a YAML file strictly.
func serveObjects(t *testing.T, name string) (objects []any) {
	t.Helper()
	documents := utilyaml.NewDocumentDecoder(io.NopCloser(strings.NewReader(serveFile(t, name))))
	defer documents.Close()
	for {
		// A document is at most as long as the buffer.
		data := make([]byte, 64<<10)
		n, err := documents.Read(data)
		if err == io.EOF {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		data = data[:n]
		var generic map[string]any
		if err := sigsyaml.UnmarshalStrict(data, &generic); err != nil {
			t.Fatalf("docs/serve/%s: %v", name, err)
		}
		u := unstructured.Unstructured{Object: generic}
		kind := u.GetAPIVersion() + " " + u.GetKind()
		made, ok := serveTypes[kind]
		if !ok {
			if !slices.Contains(serveForeignTypes, kind) {
				t.Errorf("docs/serve/%s: unknown kind %s", name, kind)
			}
			if u.GetName() == "" || u.GetNamespace() == "" {
				t.Errorf("docs/serve/%s: a %s without name or namespace", name, kind)
			}
			objects = append(objects, &u)
			continue
		}
		object := made()
		if err := sigsyaml.UnmarshalStrict(data, object); err != nil {
			t.Fatalf("docs/serve/%s: %v", name, err)
		}
		objects = append(objects, object)
	}
}

func oneOf[T any](t *testing.T, objects []any) T {
	t.Helper()
	var found []T
	for _, o := range objects {
		if typed, ok := o.(T); ok {
			found = append(found, typed)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects of type %T", len(found), *new(T))
	}
	return found[0]
}

func TestServeManifestsParse(t *testing.T) {
	files, err := filepath.Glob("../../docs/serve/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		switch name := filepath.Base(file); name {
		case "envoy.yaml", "istio-mesh.yaml":
			// They are no objects of a cluster, and have tests of their own.
			var values map[string]any
			if err := sigsyaml.UnmarshalStrict([]byte(serveFile(t, name)), &values); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		default:
			if len(serveObjects(t, name)) == 0 {
				t.Errorf("%s has no object", name)
			}
		}
	}
	if len(files) < 6 {
		t.Errorf("only %d files", len(files))
	}
}

func TestServeDeploymentIsRestricted(t *testing.T) {
	objects := serveObjects(t, "deployment.yaml")
	deployment := oneOf[*appsv1.Deployment](t, objects)
	pod := deployment.Spec.Template.Spec
	container := pod.Containers[0]
	is := func(what string, ok bool) {
		t.Helper()
		if !ok {
			t.Errorf("docs/serve/deployment.yaml: %s", what)
		}
	}
	yes := func(p *bool) bool { return p != nil && *p }
	no := func(p *bool) bool { return p != nil && !*p }
	is("two replicas", *deployment.Spec.Replicas == 2)
	is("one container, no volume", len(pod.Containers) == 1 && len(pod.InitContainers) == 0 && len(pod.Volumes) == 0)
	is("nothing of the host", !pod.HostNetwork && !pod.HostPID && !pod.HostIPC)
	is("not root", yes(pod.SecurityContext.RunAsNonRoot) && *pod.SecurityContext.RunAsUser == 65532)
	is("seccomp", pod.SecurityContext.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault)
	is("no escalation", no(container.SecurityContext.AllowPrivilegeEscalation) && container.SecurityContext.Privileged == nil)
	is("read-only", yes(container.SecurityContext.ReadOnlyRootFilesystem))
	is("no capabilities", reflect.DeepEqual(container.SecurityContext.Capabilities, &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}))
	is("a limit of memory", !container.Resources.Limits.Memory().IsZero())
	is("probes", container.LivenessProbe.HTTPGet.Path == "/livez" && container.ReadinessProbe.HTTPGet.Path == "/readyz")

	ports := map[string]int32{}
	for _, p := range container.Ports {
		ports[p.Name] = p.ContainerPort
	}
	for _, probe := range []*corev1.Probe{container.LivenessProbe, container.ReadinessProbe} {
		is("probes ask the health port", probe.HTTPGet.Port.StrVal == "health")
		is("probes wait longer than an answer takes", probe.TimeoutSeconds > 1)
	}
	_, all := commands(t)
	is("the first argument is serve", container.Args[0] == "serve" && len(container.Command) == 0)
	for _, c := range all {
		if c.Name() != "serve" {
			continue
		}
		if err := c.ParseFlags(container.Args[1:]); err != nil || c.Flags().NArg() > 0 {
			t.Fatalf("arguments %q: %v", container.Args, err)
		}
		for flag, port := range map[string]string{"listen": "http", "listen-grpc": "grpc", "health-listen": "health"} {
			value, err := c.Flags().GetString(flag)
			host, number, _ := strings.Cut(value, ":")
			is("--"+flag+" is on all addresses: "+value, err == nil && host == "0.0.0.0")
			data, _ := json.Marshal(ports[port])
			is("--"+flag+" is port "+port, number == string(data))
		}
		audiences, err := c.Flags().GetStringArray("audience")
		is("one audience", err == nil && len(audiences) == 1)
	}

	own := labels.Set(deployment.Spec.Template.Labels)
	service := oneOf[*corev1.Service](t, objects)
	is("the Service selects the Pods", len(service.Spec.Selector) > 0 && labels.SelectorFromSet(service.Spec.Selector).Matches(own))
	for _, p := range service.Spec.Ports {
		is("ports of the Service exist", ports[p.TargetPort.StrVal] == p.Port && p.TargetPort.StrVal != "health")
	}
	policy := oneOf[*networkingv1.NetworkPolicy](t, objects)
	is("the NetworkPolicy selects the Pods", reflect.DeepEqual(policy.Spec.PodSelector.MatchLabels, map[string]string(own)))
	is("the NetworkPolicy is for both directions", len(policy.Spec.PolicyTypes) == 2)
	for _, rule := range policy.Spec.Ingress {
		is("each rule names peers and ports", len(rule.From) > 0 && len(rule.Ports) > 0)
		for _, peer := range rule.From {
			is("each peer is named", peer.NamespaceSelector != nil && len(peer.NamespaceSelector.MatchLabels) > 0)
		}
	}
	for _, rule := range policy.Spec.Egress {
		is("each rule names ports", len(rule.Ports) > 0)
	}
	budget := oneOf[*policyv1.PodDisruptionBudget](t, objects)
	is("the PodDisruptionBudget selects the Pods", reflect.DeepEqual(budget.Spec.Selector.MatchLabels, map[string]string(own)) && budget.Spec.MinAvailable.IntValue() == 1)
	account := oneOf[*corev1.ServiceAccount](t, objects)
	is("the ServiceAccount is the Pod's", pod.ServiceAccountName == account.Name && deployment.Namespace == account.Namespace)
	namespace := oneOf[*corev1.Namespace](t, objects)
	is("the namespace is restricted", namespace.Name == deployment.Namespace && namespace.Labels["pod-security.kubernetes.io/enforce"] == "restricted")

	rights := serveObjects(t, "rbac.yaml")
	role, binding := oneOf[*rbacv1.ClusterRole](t, rights), oneOf[*rbacv1.ClusterRoleBinding](t, rights)
	if want := []rbacv1.PolicyRule{{APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"tokenreviews"}, Verbs: []string{"create"}}}; !reflect.DeepEqual(role.Rules, want) {
		t.Errorf("docs/serve/rbac.yaml: rules %v, want %v", role.Rules, want)
	}
	want := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: account.Namespace, Name: account.Name}}
	is("rbac.yaml is for the ServiceAccount", reflect.DeepEqual(binding.Subjects, want) && binding.RoleRef.Name == role.Name && len(rights) == 2)
}

// Each proxy copies both headers, and rejects if serve does not answer.
func TestServeProxiesAreSafe(t *testing.T) {
	both := []any{"kubeflow-userid", "kubeflow-groups"}
	for _, o := range serveObjects(t, "envoy-gateway.yaml") {
		u := o.(*unstructured.Unstructured)
		if u.GetKind() != "SecurityPolicy" {
			continue
		}
		open, found, _ := unstructured.NestedBool(u.Object, "spec", "extAuth", "failOpen")
		headers, _, _ := unstructured.NestedSlice(u.Object, "spec", "extAuth", "http", "headersToBackend")
		if !found || open || !reflect.DeepEqual(headers, both) {
			t.Errorf("envoy-gateway.yaml: failOpen %v, headers %v", open, headers)
		}
	}
	var mesh struct {
		MeshConfig struct {
			ExtensionProviders []struct {
				Name              string
				EnvoyExtAuthzHTTP map[string]any `json:"envoyExtAuthzHttp"`
				EnvoyExtAuthzGRPC map[string]any `json:"envoyExtAuthzGrpc"`
			}
		}
	}
	if err := sigsyaml.UnmarshalStrict([]byte(serveFile(t, "istio-mesh.yaml")), &mesh); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range mesh.MeshConfig.ExtensionProviders {
		names = append(names, p.Name)
		for _, settings := range []map[string]any{p.EnvoyExtAuthzHTTP, p.EnvoyExtAuthzGRPC} {
			if settings != nil && settings["failOpen"] != false {
				t.Errorf("istio-mesh.yaml: %s lets requests pass if serve does not answer", p.Name)
			}
		}
		if p.EnvoyExtAuthzHTTP != nil && !reflect.DeepEqual(p.EnvoyExtAuthzHTTP["headersToUpstreamOnAllow"], both) {
			t.Errorf("istio-mesh.yaml: headers %v", p.EnvoyExtAuthzHTTP)
		}
	}
	for _, o := range serveObjects(t, "istio.yaml") {
		u := o.(*unstructured.Unstructured)
		if name, _, _ := unstructured.NestedString(u.Object, "spec", "provider", "name"); u.GetKind() == "AuthorizationPolicy" && !slices.Contains(names, name) {
			t.Errorf("istio.yaml: no provider %q", name)
		}
	}
	for _, o := range serveObjects(t, "traefik.yaml") {
		u := o.(*unstructured.Unstructured)
		if forward, found, _ := unstructured.NestedMap(u.Object, "spec", "forwardAuth"); found && !reflect.DeepEqual(runtime.DeepCopyJSON(forward)["authResponseHeaders"], both) {
			t.Errorf("traefik.yaml: %v", forward)
		}
	}
}

// Envoy's own types read the configuration of Envoy, also with the lines for gRPC.
func TestServeEnvoyConfiguration(t *testing.T) {
	text := serveFile(t, "envoy.yaml")
	m := regexp.MustCompile("<!-- envoy: grpc -->\n```yaml\n((?s:.*?))```").FindStringSubmatch(servePage(t))
	if m == nil {
		t.Fatal("docs/serve.md has no lines for gRPC")
	}
	begin := strings.Index(text, "              transport_api_version:")
	end := strings.Index(text, "          - name: envoy.filters.http.router")
	if begin < 0 || end < begin {
		t.Fatal("docs/serve/envoy.yaml has another form")
	}
	lines := strings.ReplaceAll("\n"+strings.TrimSuffix(m[1], "\n"), "\n", "\n"+strings.Repeat(" ", 14))[1:]
	for name, config := range map[string]string{"HTTP": text, "gRPC": text[:begin] + lines + "\n" + text[end:]} {
		data, err := sigsyaml.YAMLToJSONStrict([]byte(config))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var parsed bootstrap.Bootstrap
		if err := protojson.Unmarshal(data, &parsed); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if err := parsed.ValidateAll(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Contains(data, []byte(`"failure_mode_allow":false`)) {
			t.Errorf("%s: requests pass if serve does not answer", name)
		}
	}
}

func TestServeImage(t *testing.T) {
	text := serveFile(t, "Dockerfile")
	for _, want := range []string{"FROM scratch\n", "USER 65532:65532\n", "ENTRYPOINT [\"/kubectl-authn\"]\n", "/etc/ssl/certs/ca-certificates.crt"} {
		if !strings.Contains(text, want) {
			t.Errorf("docs/serve/Dockerfile has no %q", want)
		}
	}
}
