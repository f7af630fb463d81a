package manifest

import (
	"errors"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// texts returns the arguments that the document itself has.
func texts(l *Launch) []string {
	var out []string
	for _, a := range l.Args {
		if !a.Default {
			out = append(out, a.Text)
		}
	}
	return out
}

func pod(containers string) string {
	return "apiVersion: v1\nkind: Pod\nspec: {containers: [" + containers + "]}\n"
}

func TestPods(t *testing.T) {
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
		m, err := Parse([]byte(c.manifest), Reader{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, texts(m), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}

func TestWithoutAPIServer(t *testing.T) {
	for name, c := range map[string]struct{ manifest, want string }{
		"empty":         {"", "the file is empty"},
		"blank":         {"\n---\n\n", "the file is empty"},
		"another kind":  {"kind: Service\n", `nothing in the file configures a kube-apiserver (found: kind Service)`},
		"another Pod":   {pod(`{name: etcd, command: [etcd]}`), "nothing in the file configures a kube-apiserver (found: kind Pod without kube-apiserver)"},
		"no kind":       {"spec: {}\n", "nothing in the file configures a kube-apiserver (found: an object without a kind)"},
		"its log alone": {pod(`{name: log, command: [tail, -F, /var/log/kube-apiserver]}`), "nothing in the file configures a kube-apiserver (found: kind Pod without kube-apiserver)"},
		"a list":        {"[1, 2]", "nothing in the file configures a kube-apiserver (found: a document that is not an object)"},
		"broken":        {"kind: Pod\nspec: [\n", "not a document in YAML: *"},
		"a tab":         {"kind: Pod\nspec:\n\tcontainers: []\n", "line 3 is indented with a tab, which YAML does not allow: use spaces"},
		"a template":    {"kind: Pod\nspec:\n  {{- if .Values.x }}\n  containers: []\n", "line 3 has a template action ({{ … }}), so the file is not YAML yet: render the template first"},
		"nested":        {"kind: Pod\nspec: " + strings.Repeat("[", 100_000), "not a document in YAML: *"},
		"configuration": {"apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt: []\n", "the file is an AuthenticationConfiguration: give it with --authentication-config"},
		"a process":     {"/usr/bin/etcd\x00--name=a\x00", "the arguments are those of etcd, not of kube-apiserver"},
		"Terraform":     {"# one\n\nlocals {\n  server = \"--oidc-client-id: x\"\n}\n", "the file is in another language than YAML, such as HCL (Terraform) or TOML: give the document that it produces"},
		"an assignment": {"cluster = {\n  patch = <<-EOT\n  a: b\n  EOT\n}\n", "the file is in another language than YAML, such as HCL (Terraform) or TOML: give the document that it produces"},
		"TOML":          {"[server.settings]\nname = \"a\"\n", "the file is in another language than YAML, such as HCL (Terraform) or TOML: give the document that it produces"},
		"no TOML":       {"kind: Pod\nname = a: b: c\n", "not a document in YAML: *"},
		"another start": {"sh -s - server --token=x\n", "nothing in the file configures a kube-apiserver (found: a document that is not an object)"},
		"another unit":  {"[Service]\nExecStart=/usr/bin/etcd --name=a\n", "no ExecStart= in the unit runs kube-apiserver, k3s server or rke2 server"},
		"a worker":      {"apiVersion: bootstrap.cluster.x-k8s.io/v1beta1\nkind: KubeadmConfigTemplate\nspec: {template: {spec: {joinConfiguration: {}}}}\n", "nothing in the file configures a kube-apiserver (found: kind KubeadmConfigTemplate)"},
	} {
		_, err := Parse([]byte(c.manifest), Reader{})
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

// A file that is no manifest is not quoted, because it may be a Secret.
func TestSecretsAreNotQuoted(t *testing.T) {
	_, err := Parse([]byte("apiVersion: v1\nkind: Secret\nmetadata: {name: x, creationTimestamp: canary}\ndata: {token: canary}\n"), Reader{})
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("error = %v", err)
	}
}

// The container's paths are those of its mounts.
func TestLocate(t *testing.T) {
	l, err := Parse([]byte(`kind: Pod
spec:
  containers:
  - name: kube-apiserver
    command: [kube-apiserver]
    volumeMounts:
    - {name: pki, mountPath: /etc/kubernetes/pki}
    - {name: pki, mountPath: /etc/kubernetes/pki/front/, subPath: proxy}
    - {name: auth, mountPath: /etc/auth.yaml, subPath: auth/config.yaml}
    - {name: secret, mountPath: /etc/secret}
    - {name: map, mountPath: /etc/map}
    - {name: map, mountPath: /etc/one.yaml, subPath: a.yaml}
    - {name: renamed, mountPath: /etc/renamed}
  volumes:
  - {name: pki, hostPath: {path: /var/lib/pki}}
  - {name: auth, hostPath: {path: /srv}}
  - {name: secret, secret: {secretName: s}}
  - {name: map, configMap: {name: m}}
  - {name: renamed, projected: {sources: [{configMap: {name: m, items: [{key: a.yaml, path: x/b.yaml}]}}]}}
---
kind: ConfigMap
metadata: {name: m}
data: {a.yaml: text}
`), Reader{})
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"/etc/kubernetes/pki/ca.crt":       "/var/lib/pki/ca.crt",
		"etc/kubernetes/pki/ca.crt":        "/var/lib/pki/ca.crt",
		"/etc/kubernetes/pki":              "/var/lib/pki",
		"/etc/kubernetes/pki-old/ca.crt":   "unmounted",
		"/etc/kubernetes/pki/front/ca.crt": "/var/lib/pki/proxy/ca.crt",
		"/etc/auth.yaml":                   "/srv/auth/config.yaml",
		"/etc/secret/a":                    "the Secret s, which was not given",
		"/etc/map/a.yaml":                  "= text",
		"/etc/map/b.yaml":                  "absent",
		"/etc/one.yaml":                    "= text",
		"/etc/renamed/x/b.yaml":            "= text",
		"/etc/kubernetes/pki/../x":         "unmounted",
		"/etc/ssl/certs/ca.pem":            "the container's image",
	} {
		at := l.Locate(file)
		got := at.Path + at.Unknown.String()
		switch {
		case at.Unmounted:
			got = "unmounted"
		case at.Absent:
			got = "absent"
		case at.Data != nil:
			got = "= " + string(at.Data)
		}
		if got != want {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
}

const issuer = "--oidc-issuer-url=https://idp.example"

// Each form gives the same arguments, at their places.
func TestForms(t *testing.T) {
	host := map[string]string{
		"/etc/default/api":                       "# options\nOPTS=\"--oidc-issuer-url=https://idp.example --oidc-client-id=app\"\nCLIENT=app\n",
		"/etc/rancher/k3s/config.yaml":           "kube-apiserver-arg:\n- oidc-issuer-url=https://idp.example\n",
		"/etc/rancher/k3s/config.yaml.d/10.yaml": "kube-apiserver-arg+:\n- oidc-client-id=app\n",
		"/etc/rancher/k3s/config.yaml.d/x.txt":   "kube-apiserver-arg: [v=2]\n",
	}
	for name, c := range map[string]struct {
		text, file string
		want       []string
		at         string
	}{
		"Deployment":            {text: "kind: Deployment\nspec: {template: {spec: {containers: [{name: proxy, command: [konnectivity]}, {name: a, command: [/kube-apiserver, " + issuer + "]}]}}}", at: "spec.template.spec.containers[1].command[1]"},
		"StatefulSet in a List": {text: "kind: List\nitems:\n- kind: Service\n- kind: StatefulSet\n  spec: {template: {spec: {containers: [{name: kube-apiserver, args: [" + issuer + "]}]}}}", at: "items[1].spec.template.spec.containers[0].args[0]"},
		"hyperkube":             {text: "kind: Pod\nspec: {containers: [{name: a, command: [hyperkube, kube-apiserver], args: [" + issuer + "]}]}"},
		"a shell":               {text: "kind: Pod\nspec: {containers: [{name: a, command: [/bin/sh, -ec], args: [\"set -e; I=idp.example\\nexec kube-apiserver --oidc-issuer-url=https://$I >>/var/log/x 2>&1\"]}]}"},
		"a shell's parameters":  {text: "kind: Pod\nspec: {containers: [{name: a, command: [sh, -c, 'exec kube-apiserver \"$@\"', --], args: [" + issuer + "]}]}"},
		"anchors":               {text: "x: &a [kube-apiserver, " + issuer + "]\nkind: Pod\nspec: {containers: [{name: a, command: *a}]}"},
		"kubeadm v1beta3":       {text: "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer: {extraArgs: {oidc-issuer-url: 'https://idp.example'}}", at: "apiServer.extraArgs.oidc-issuer-url"},
		"kubeadm v1beta4":       {text: "kind: InitConfiguration\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: {extraArgs: [{name: oidc-issuer-url, value: 'https://idp.example'}]}", at: "apiServer.extraArgs[0].value"},
		"kubeadm-config":        {text: "kind: ConfigMap\ndata:\n  ClusterConfiguration: |\n    kind: ClusterConfiguration\n    apiServer: {extraArgs: {oidc-issuer-url: 'https://idp.example'}}\n", at: "data.ClusterConfiguration: apiServer.extraArgs.oidc-issuer-url"},
		"KubeadmControlPlane":   {text: "kind: KubeadmControlPlane\nspec: {kubeadmConfigSpec: {clusterConfiguration: {apiServer: {extraArgs: {oidc-issuer-url: 'https://idp.example'}}}}}"},
		"its template":          {text: "kind: KubeadmControlPlaneTemplate\nspec: {template: {spec: {kubeadmConfigSpec: {clusterConfiguration: {apiServer: {extraArgs: [{name: oidc-issuer-url, value: 'https://idp.example'}]}}}}}}"},
		"ClusterClass":          {text: "kind: ClusterClass\nspec:\n  variables: [{name: issuer, schema: {openAPIV3Schema: {default: idp.example}}}]\n  patches:\n  - definitions:\n    - selector: {kind: KubeadmControlPlaneTemplate}\n      jsonPatches:\n      - {op: add, path: /spec/template/spec/kubeadmConfigSpec/clusterConfiguration/apiServer/extraArgs, valueFrom: {template: 'oidc-issuer-url: https://{{ .issuer }}'}}\n"},
		"kind":                  {text: "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n  kubeadmConfigPatches:\n  - |\n    kind: ClusterConfiguration\n    apiServer: {extraArgs: {oidc-issuer-url: 'https://idp.example'}}\n", at: "nodes[0].kubeadmConfigPatches[0].apiServer.extraArgs.oidc-issuer-url"},
		"kind JSON6902":         {text: "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nkubeadmConfigPatchesJSON6902:\n- kind: ClusterConfiguration\n  patch: |\n    - {op: add, path: /apiServer/extraArgs/oidc-issuer-url, value: 'https://idp.example'}\n"},
		"k3s":                   {text: "kube-apiserver-arg:\n- oidc-issuer-url=https://idp.example\n", at: "kube-apiserver-arg[0]"},
		"k3s with one string":   {text: "kube-apiserver-arg: --oidc-issuer-url=https://idp.example\n"},
		"k3s' installer":        {text: "curl -sfL https://k3s.example | K3S_TOKEN=t sh -s - --disable traefik server --config=/none \\\n --kube-apiserver-arg=oidc-issuer-url=https://idp.example \\\n --kube-apiserver-arg='oidc-client-id=app'\n"},
		"in a variable":         {text: "curl -sfL https://k3s.example | INSTALL_K3S_EXEC=\"server --config=/none --kube-apiserver-arg=oidc-issuer-url=https://idp.example\" sh -s - --kube-apiserver-arg oidc-client-id=app"},
		"k3s flags alone":       {text: "--config=/none\n--kube-apiserver-arg=oidc-issuer-url=https://idp.example\n--kube-apiserver-arg=oidc-client-id=app\n"},
		"minikube":              {text: "minikube start --cpus 2 --extra-config=apiserver.oidc-issuer-url=https://idp.example \\\n  --extra-config apiserver.oidc-client-id=app --extra-config=kubelet.v=2"},
		"k3s as a command":      {text: "k3s server --config=/none --disable traefik --kube-apiserver-arg=oidc-issuer-url=https://idp.example --kube-apiserver-arg oidc-client-id=app"},
		"k3s as a unit":         {text: "[Unit]\nDescription=k3s\n[Service]\nExecStart=/usr/local/bin/k3s \\\n    server \\\n", want: []string{issuer, "--oidc-client-id=app"}},
		"k3s of k3d":            {text: "apiVersion: k3d.io/v1alpha5\nkind: Simple\noptions: {k3s: {extraArgs: [{arg: --kube-apiserver-arg=oidc-issuer-url=https://idp.example, nodeFilters: ['server:*']}]}}"},
		"RKE2":                  {file: "/etc/rancher/rke2/config.yaml", text: "tls-san: [a]\nkube-apiserver-arg: [oidc-issuer-url=https://idp.example]\n"},
		"Rancher":               {text: "kind: Cluster\nspec: {rkeConfig: {machineGlobalConfig: {kube-apiserver-arg: [oidc-issuer-url=https://idp.example]}}}"},
		"Talos":                 {text: "version: v1alpha1\nmachine: {type: controlplane}\ncluster: {controlPlane: {endpoint: 'https://a.example:6443'}, apiServer: {extraArgs: {oidc-issuer-url: 'https://idp.example'}}}", at: "cluster.apiServer.extraArgs.oidc-issuer-url"},
		"Talos with a list":     {text: "cluster: {apiServer: {extraArgs: {oidc-issuer-url: ['https://idp.example']}}}"},
		"Talos in documents":    {text: "apiVersion: v1alpha1\nkind: KubeAPIServerConfig\nextraArgs: {oidc-issuer-url: 'https://idp.example'}"},
		"kops":                  {text: "apiVersion: kops.k8s.io/v1alpha2\nkind: Cluster\nspec: {kubeAPIServer: {oidcIssuerURL: 'https://idp.example'}}", at: "spec.kubeAPIServer.oidcIssuerURL"},
		"k0s before 0.14":       {text: "apiVersion: k0s.k0sproject.io/v1beta1\nkind: Cluster\nspec: {api: {extraArgs: {oidc-issuer-url: 'https://idp.example'}}}"},
		"k0s":                   {text: "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec: {api: {extraArgs: {oidc-issuer-url: 'https://idp.example'}}}"},
		"Kamaji":                {text: "kind: TenantControlPlane\nspec: {controlPlane: {deployment: {extraArgs: {apiServer: [" + issuer + "]}}}}"},
		"Gardener":              {text: "kind: Shoot\nspec: {kubernetes: {kubeAPIServer: {oidcConfig: {issuerURL: 'https://idp.example'}}}}"},
		"OpenShift":             {text: "kind: KubeAPIServerConfig\napiVersion: kubecontrolplane.config.openshift.io/v1\napiServerArguments: {oidc-issuer-url: ['https://idp.example']}"},
		"RKE":                   {text: "services: {kube-api: {extra_args: {oidc-issuer-url: 'https://idp.example'}}}"},
		"a unit":                {text: "[Service]\nEnvironmentFile=/etc/default/api\nExecStart=/usr/bin/kube-apiserver \\\n  # a comment\n  --oidc-issuer-url='https://idp.example' \\\n  --oidc-client-id=${CLIENT}\n", want: []string{issuer, "--oidc-client-id=app"}, at: "line 3"},
		"a unit's variable":     {text: "[Service]\nEnvironmentFile=-/etc/default/api\nExecStart=\nExecStart=/usr/bin/kube-apiserver $OPTS\n", want: []string{issuer, "--oidc-client-id=app"}},
		"a process":             {text: "/usr/bin/kube-apiserver\x00" + issuer + "\x00", at: "argument 1"},
		"an EnvironmentFile":    {text: "KUBE_API_ARGS=\"" + issuer + " --oidc-client-id=app\"\n", want: []string{issuer, "--oidc-client-id=app"}},
		"a file with arguments": {text: "# microk8s\n" + issuer + "\n--oidc-client-id=app\n", want: []string{issuer, "--oidc-client-id=app"}},
		"the output of ps":      {text: "root  812  1  5 kube-apiserver " + issuer + " --v=2", want: []string{issuer, "--v=2"}},
		"compose":               {text: "services:\n  etcd: {image: etcd}\n  api: {image: 'registry/kube-apiserver:v1.36.0', command: kube-apiserver " + issuer + "}\n"},
		"cloud-config":          {text: "#cloud-config\nwrite_files:\n- {path: /etc/rancher/k3s/config.yaml, content: \"kube-apiserver-arg: ['oidc-issuer-url=https://idp.example']\"}\n"},
	} {
		l, err := Parse([]byte(c.text), Reader{
			Name: c.file,
			Beside: func(name string) ([]byte, error) {
				if text, ok := host[name]; ok {
					return []byte(text), nil
				}
				return nil, errors.New("missing")
			},
			List: func(folder string) []string {
				var out []string
				for name := range host {
					if path.Dir(name) == folder {
						out = append(out, name)
					}
				}
				slices.Sort(out)
				return out
			},
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := c.want
		if want == nil {
			want = []string{issuer}
			if strings.Contains(c.text, "oidc-client-id=app") {
				want = append(want, "--oidc-client-id=app")
			}
		}
		if diff := cmp.Diff(want, texts(l)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
			continue
		}
		if i := slices.IndexFunc(l.Args, func(a Argument) bool { return a.Text == issuer }); c.at != "" && (i < 0 || l.Args[i].At != c.at) {
			t.Errorf("%s: the argument is at %q, want %q", name, l.Args[i].At, c.at)
		}
	}
}
