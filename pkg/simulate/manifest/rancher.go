package manifest

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// isRancher recognizes the configuration of k3s or RKE2, which has no kind.
func isRancher(o object) bool {
	if o.kind != "" || !o.isMap() {
		return false
	}
	for _, e := range o.members() {
		if slices.Contains(serverKeys, strings.TrimSuffix(e.name, "+")) {
			return true
		}
	}
	return false
}

// serverKeys are settings that only the server of k3s or RKE2 has.
var serverKeys = []string{
	"kube-apiserver-arg", "kube-controller-manager-arg", "kube-scheduler-arg", "kube-cloud-controller-manager-arg", "etcd-arg", "tls-san",
	"write-kubeconfig-mode", "write-kubeconfig", "cluster-init", "cluster-cidr", "service-cidr", "cluster-domain", "disable-cloud-controller",
	"flannel-backend", "secrets-encryption", "cni", "kube-apiserver-extra-mount", "agent-token", "data-dir", "etcd-expose-metrics", "datastore-endpoint",
}

// onlyRKE2 are settings that k3s does not have.
var onlyRKE2 = []string{"cni", "profile", "kube-apiserver-extra-mount", "kube-apiserver-image", "kube-apiserver-extra-env", "cloud-provider-name", "control-plane-resource-requests", "audit-policy-file", "disable-kube-proxy", "selinux", "ingress-controller"}

// k3s reads the configuration file of k3s or RKE2, and the files in the folder beside it.
func (p *parser) k3s(o object, all []object) (*Launch, error) {
	program := "k3s"
	if strings.Contains(p.Name, "rke2") || o.has(onlyRKE2...) {
		program = "rke2"
	}
	l := &Launch{Form: finding.T("configuration of %s", finding.Syntax(program))}
	settings := rancherSettings{}
	for _, one := range all {
		if isRancher(one) {
			settings.read(one.value, "")
		}
	}
	for _, f := range p.DropIns {
		docs, _ := documents(f.Data)
		for _, doc := range docs {
			settings.read(doc, f.Name+": ")
		}
	}
	return p.rancherLaunch(l, program, settings)
}

func (v value) has(names ...string) bool {
	for _, e := range v.members() {
		if slices.Contains(names, strings.TrimSuffix(e.name, "+")) {
			return true
		}
	}
	return false
}

// rancherSettings are the settings of k3s or RKE2 by name, in the order of their files: a later value replaces an earlier one
// unless its key ends with + (github.com/k3s-io/k3s pkg/configfilearg/parser.go, readConfigFile).
type rancherSettings map[string][]value

func (s rancherSettings) read(doc value, place string) {
	for _, e := range doc.members() {
		name, adds := strings.CutSuffix(e.name, "+")
		values := e.items()
		if !e.isList() {
			values = []value{e.value}
		}
		for i := range values {
			values[i].at = place + values[i].at
		}
		if adds {
			values = append(slices.Clone(s[name]), values...)
		}
		s[name] = values
	}
}

func (s rancherSettings) text(name, otherwise string) string {
	if list := s[name]; len(list) > 0 && list[len(list)-1].text() != "" {
		return list[len(list)-1].text()
	}
	return otherwise
}

// rancher reads the flags of `k3s server` or `rke2 server`, and the configuration file that they name.
func (p *parser) rancher(l *Launch, program string, args []Argument) (*Launch, error) {
	given := rancherSettings{}
	config := "/etc/rancher/" + program + "/config.yaml"
	for i := 0; i < len(args); i++ {
		name, text, joined := strings.Cut(strings.TrimLeft(args[i].Text, "-"), "=")
		if !strings.HasPrefix(args[i].Text, "-") {
			continue
		}
		if !joined && i+1 < len(args) && !strings.HasPrefix(args[i+1].Text, "-") {
			i++
			text = args[i].Text
		} else if !joined && i+1 < len(args) && strings.HasSuffix(name, "-arg") {
			i++
			text = args[i].Text
		}
		switch name {
		case "c", "config":
			config = text
		case "d":
			name = "data-dir"
		}
		v := value{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: text}, args[i].At}
		given[name] = append(given[name], v)
	}
	settings := rancherSettings{}
	if p.Beside != nil && !l.confined {
		files := []string{config}
		if p.List != nil {
			files = append(files, p.List(config+".d")...)
		}
		for _, name := range files {
			p.readSettings(settings, name)
		}
	}
	// A repeatable flag adds to the file, any other flag replaces its value: the flags follow the values of the file.
	for name, values := range given {
		settings[name] = append(slices.Clone(settings[name]), values...)
	}
	return p.rancherLaunch(l, program, settings)
}

// readSettings reads a configuration file of the host.
func (p *parser) readSettings(s rancherSettings, name string) {
	data, err := p.Beside(name)
	if err != nil || !strings.HasPrefix(path.Ext(name), ".y") {
		return
	}
	docs, _ := documents(data)
	for _, doc := range docs {
		s.read(doc, path.Base(name)+": ")
	}
}

// rancherLaunch returns the arguments that k3s or RKE2 pass to kube-apiserver (github.com/k3s-io/k3s
// pkg/daemons/control/server.go, apiServer, and pkg/util/args.go, GetArgs). RKE2 runs the same code.
func (p *parser) rancherLaunch(l *Launch, program string, s rancherSettings) (*Launch, error) {
	l.Program = program
	tls := path.Join(s.text("data-dir", "/var/lib/rancher/"+program), "server", "tls")
	issuer := "https://kubernetes.default.svc." + s.text("cluster-domain", "cluster.local")
	own := map[string]string{
		"service-account-signing-key-file": path.Join(tls, "service.current.key"), "service-account-key-file": path.Join(tls, "service.key"),
		"service-account-issuer": issuer, "api-audiences": issuer + "," + program,
		"tls-cert-file": path.Join(tls, "serving-kube-apiserver.crt"), "tls-private-key-file": path.Join(tls, "serving-kube-apiserver.key"),
		"client-ca-file": path.Join(tls, "client-ca.crt"), "requestheader-client-ca-file": path.Join(tls, "request-header-ca.crt"),
		"requestheader-allowed-names": "system:auth-proxy", "requestheader-extra-headers-prefix": "X-Remote-Extra-",
		"requestheader-group-headers": "X-Remote-Group", "requestheader-username-headers": "X-Remote-User",
		"enable-bootstrap-token-auth": "true", "authorization-mode": "Node,RBAC", "anonymous-auth": "false",
		"egress-selector-config-file": path.Join(path.Dir(tls), "etc", "egress-selector-config.yaml"),
	}
	args := map[string][]Argument{}
	var order []string
	for _, v := range s["kube-apiserver-arg"] {
		a := l.item(v, nil)
		name, text, ok := strings.Cut(strings.TrimPrefix(a.Text, "--"), "=")
		if !ok {
			text = "true"
		}
		clean := strings.TrimRight(name, "+-")
		before := slices.Clone(args[clean])
		if initial, is := own[clean]; is && clean != name {
			before = append([]Argument{{Text: "--" + clean + "=" + initial, At: program + "'s own", Default: true}}, before...)
		}
		a.Text = "--" + clean + "=" + text
		if strings.HasSuffix(name, "-") {
			args[clean] = append([]Argument{a}, before...)
		} else {
			args[clean] = append(before, a)
		}
		delete(own, clean)
		if !slices.Contains(order, clean) {
			order = append(order, clean)
		}
	}
	for _, name := range order {
		l.Args = append(l.Args, args[name]...)
	}
	if l.has("authentication-config") {
		delete(own, "anonymous-auth")
	}
	if l.has("authorization-config") {
		delete(own, "authorization-mode")
	}
	for name, text := range own {
		l.defaults(name, text)
	}
	slices.SortStableFunc(l.Args, func(a, b Argument) int {
		if a.Default && b.Default {
			return strings.Compare(a.Text, b.Text)
		}
		return 0
	})
	return l, nil
}

// k3d reads the configuration of a k3d cluster.
func (p *parser) k3d(o object, _ []object) (*Launch, error) {
	var args []Argument
	for _, extra := range o.in("options.k3s.extraArgs").items() {
		for _, w := range shellCommands(extra.member("arg").text()) {
			for _, one := range w {
				args = append(args, Argument{Text: one.text, At: extra.at})
			}
		}
	}
	l := &Launch{Form: finding.T("k3d configuration"), Release: releaseOf(o.member("image").text())}
	// The nodes of k3d are containers, whose files are not those of the host.
	launch, err := (&parser{objects: p.objects}).rancher(l, "k3s", args)
	for _, v := range o.member("volumes").items() {
		if host, rest, ok := strings.Cut(v.member("volume").text(), ":"); ok {
			container, _, _ := strings.Cut(rest, ":")
			launch.node = append(launch.node, mount{container: path.Clean(container), host: host})
		}
	}
	for _, f := range o.member("files").items() {
		if text := f.member("source").text(); strings.Contains(text, "\n") {
			launch.write(f.member("destination").text(), []byte(text))
		}
	}
	return launch, err
}
