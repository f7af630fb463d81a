package manifest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// clusterConfiguration reads kubeadm's ClusterConfiguration.
func (p *parser) clusterConfiguration(o object, _ []object) (*Launch, error) {
	l := &Launch{Form: finding.T("kubeadm ClusterConfiguration")}
	_, version, _ := strings.Cut(o.member("apiVersion").text(), "/")
	if args := o.in("apiServer.extraArgs"); args.isMap() && version == "v1beta4" {
		l.fault(args.at, "", finding.T("kubeadm.k8s.io/v1beta4 has a list of name and value here, and kubeadm rejects the map of v1beta3"))
	} else if args.isList() && (version == "v1beta3" || version == "v1beta2") {
		l.fault(args.at, "", finding.T("kubeadm.k8s.io/%s has a map here, and kubeadm rejects the list of v1beta4", finding.Standard(version)))
	}
	p.kubeadm(l, []value{o.value})
	return l, nil
}

// kubeadm adds the arguments of a ClusterConfiguration, which may be in several parts, and kubeadm's own
// (k8s.io/kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go, getAPIServerCommand).
func (p *parser) kubeadm(l *Launch, parts []value) {
	l.Program, l.confined = "kubeadm", true
	certificates, domain := "/etc/kubernetes/pki", "cluster.local"
	var env environment
	for _, part := range parts {
		if v := part.member("kubernetesVersion").text(); v != "" {
			l.Release = releaseOf(":" + v)
		}
		if v := part.member("certificatesDir").text(); v != "" {
			certificates = v
		}
		if v := part.in("networking.dnsDomain").text(); v != "" {
			domain = v
		}
		for _, e := range part.in("apiServer.extraEnvs").items() {
			env = append(env, variable{name: e.member("name").text(), value: e.member("value").text()})
		}
		for _, v := range part.in("apiServer.extraVolumes").items() {
			l.mountHost(v.member("mountPath").text(), v.member("hostPath").text())
		}
		for _, d := range part.in("apiServer.extraArgs").duplicates() {
			l.note(finding.T("%s appears twice in line %s and below: only the last one has an effect", finding.Standard(d.at), finding.Count(d.line)))
		}
	}
	for _, part := range parts {
		l.flags(part.in("apiServer.extraArgs"), "kubeadm")
	}
	for i := range l.Args {
		l.Args[i].Text, l.Args[i].Unknown = env.expand(l.Args[i].Text)
	}
	l.defaults(
		"service-account-key-file", path.Join(certificates, "sa.pub"), "service-account-signing-key-file", path.Join(certificates, "sa.key"),
		"service-account-issuer", "https://kubernetes.default.svc."+domain, "client-ca-file", path.Join(certificates, "ca.crt"),
		"tls-cert-file", path.Join(certificates, "apiserver.crt"), "tls-private-key-file", path.Join(certificates, "apiserver.key"),
		"enable-bootstrap-token-auth", "true",
		"requestheader-username-headers", "X-Remote-User", "requestheader-group-headers", "X-Remote-Group",
		"requestheader-extra-headers-prefix", "X-Remote-Extra-", "requestheader-client-ca-file", path.Join(certificates, "front-proxy-ca.crt"),
		"requestheader-allowed-names", "front-proxy-client",
	)
	if !l.has("authorization-config") {
		l.defaults("authorization-mode", "Node,RBAC")
	}
	// The volumes of cmd/kubeadm/app/phases/controlplane/volumes.go.
	for _, folder := range append([]string{certificates}, inImage...) {
		l.mountHost(folder, folder)
	}
}

// flags adds flags that are written as a map, as a list of name and value, or as a list of strings. A flag of a map
// replaces the same one before it.
func (l *Launch) flags(args value, program string) {
	for _, e := range args.members() {
		if e.isList() {
			for i, item := range e.items() {
				l.flag(e.name, item, program, i == 0)
			}
			continue
		}
		l.flag(e.name, e.value, program, true)
	}
	seen := map[string]bool{}
	for _, item := range args.items() {
		switch {
		case item.isMap() && item.member("name").exists():
			name := item.member("name").text()
			v := item.member("value")
			if v.node == nil {
				v = value{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: ""}, item.at}
			}
			l.flag(name, v, program, !seen[name])
			seen[name] = true
		default:
			a := l.item(item, nil)
			if a.Text != "" && !strings.HasPrefix(a.Text, "-") {
				a.Text = "--" + a.Text
			}
			l.Args = append(l.Args, a)
		}
	}
}

// flag adds a flag with a value of a map.
func (l *Launch) flag(name string, v value, program string, replace bool) {
	if n := v.resolved(); n != nil && isNull(n) && strings.HasPrefix(n.LineComment, "#@") {
		l.fault(v.at, n.LineComment, finding.T("the value is a template of ytt: render it first"))
	}
	if program == "kubeadm" && v.exists() && !v.isString() {
		l.fault(v.at, v.text(), finding.T("the value is %s in YAML, and kubeadm accepts only strings: put it in quotes", v.kindOfValue()))
	}
	name = strings.TrimPrefix(name, "--")
	if replace {
		l.Args = slices.DeleteFunc(l.Args, func(a Argument) bool { return flagOf(a.Text) == name })
	}
	l.Args = append(l.Args, Argument{Text: "--" + name + "=" + v.text(), At: v.at})
}

// controlPlane reads the objects of Cluster API's kubeadm provider.
func (p *parser) controlPlane(o object, all []object) (*Launch, error) {
	spec := kubeadmConfigSpec(o)
	config := spec.member("clusterConfiguration")
	if !config.exists() {
		return nil, nil
	}
	l := &Launch{Form: finding.T("%s", finding.Standard(o.kind)), Release: releaseOf(":" + o.in("spec.version").text())}
	p.hostFiles(l, o, spec.member("files"))
	release := l.Release
	p.kubeadm(l, []value{config})
	if release != "" {
		l.Release = release
	}
	return l, nil
}

// kubeadmConfigSpec returns the KubeadmConfigSpec of an object.
func kubeadmConfigSpec(o object) value {
	for _, at := range []string{"spec.kubeadmConfigSpec", "spec.template.spec.kubeadmConfigSpec", "spec.template.spec"} {
		if v := o.in(at); v.exists() {
			return v
		}
	}
	return o.in("spec")
}

// hostFiles reads the files that cloud-init or Ignition writes on the host.
func (p *parser) hostFiles(l *Launch, o object, files value) {
	for _, f := range files.items() {
		data := []byte(f.member("content").text())
		if ref := f.in("contentFrom.secret"); ref.exists() {
			found, ok := p.find("Secret", o.in("metadata.namespace").text(), ref.member("name").text())
			if !ok {
				continue
			}
			for _, c := range contents(found) {
				if c.name == ref.member("key").text() {
					data = c.data
				}
			}
		}
		l.write(f.member("path").text(), decoded(data, f.member("encoding").text()))
	}
}

// decoded decodes the content of a file as cloud-init does.
func decoded(data []byte, encoding string) []byte {
	switch encoding {
	case "base64", "b64", "gzip+base64", "gz+base64", "gz+b64":
		plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), ""))
		if err != nil {
			return data
		}
		data = plain
	}
	if strings.HasPrefix(encoding, "gz") {
		if in, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if plain, err := io.ReadAll(io.LimitReader(in, maxWritten)); err == nil {
				return plain
			}
		}
	}
	return data
}

// maxWritten bounds a compressed file in a document, in bytes.
const maxWritten = 1 << 20

// kind reads the configuration of a kind cluster, whose patches are applied to a ClusterConfiguration
// (sigs.k8s.io/kind pkg/cluster/internal/kubeadm/config.go sets nothing that concerns authentication).
func (p *parser) kind(o object, _ []object) (*Launch, error) {
	if o.member("kind").text() != "Cluster" {
		return nil, nil
	}
	l := &Launch{Form: finding.T("kind configuration")}
	var parts []value
	node := value{}
	for _, n := range o.member("nodes").items() {
		if n.member("role").text() == "control-plane" && !node.exists() {
			node = n
			l.Release = releaseOf(n.member("image").text())
		}
	}
	for _, from := range []value{o.value, node} {
		for _, patch := range from.member("kubeadmConfigPatches").items() {
			docs, err := documents([]byte(patch.text()))
			if err != nil {
				l.fault(patch.at, "", finding.T("%s", finding.Err(err)))
			}
			for _, doc := range docs {
				if doc.member("kind").text() == "ClusterConfiguration" {
					parts = append(parts, value{doc.node, patch.at})
				}
			}
		}
		for _, patch := range from.member("kubeadmConfigPatchesJSON6902").items() {
			if patch.member("kind").text() == "ClusterConfiguration" {
				parts = append(parts, operations(l, patch.member("patch"), "")...)
			}
		}
	}
	if gates := o.member("featureGates").members(); len(gates) > 0 {
		var list []string
		for _, g := range gates {
			list = append(list, g.name+"="+g.text())
		}
		l.Args = append(l.Args, Argument{Text: "--feature-gates=" + strings.Join(list, ","), At: o.member("featureGates").at})
	}
	p.kubeadm(l, parts)
	// The node of kind is a container with mounts of its own.
	for _, extra := range node.member("extraMounts").items() {
		l.node = append(l.node, mount{container: path.Clean(extra.member("containerPath").text()), host: extra.member("hostPath").text()})
	}
	return l, nil
}

// operations converts the operations of a JSON patch below prefix to parts of a document.
func operations(l *Launch, patch value, prefix string) []value {
	list := patch
	if patch.isScalar() {
		docs, err := documents([]byte(patch.text()))
		if err != nil || len(docs) != 1 {
			l.fault(patch.at, "", finding.T("the JSON patch cannot be read"))
			return nil
		}
		list = value{docs[0].node, patch.at}
	}
	var out []value
	for _, op := range list.items() {
		to, ok := strings.CutPrefix(op.member("path").text(), prefix)
		if !ok || op.member("op").text() == "remove" {
			continue
		}
		out = append(out, nested(to, op.member("value")))
	}
	return out
}

// nested returns a document that has only v, at a JSON pointer.
func nested(pointer string, v value) value {
	n := v.resolved()
	segments := strings.Split(strings.Trim(pointer, "/"), "/")
	for i := len(segments) - 1; i >= 0 && segments[i] != ""; i-- {
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(segments[i])
		if name == "-" || strings.Trim(name, "0123456789") == "" {
			n = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}}
			continue
		}
		n = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, n}}
	}
	return value{n, v.at}
}

const inControlPlane = "/spec/template/spec/kubeadmConfigSpec"

// clusterClass reads the patches of a ClusterClass, over the KubeadmControlPlaneTemplate of the same file.
func (p *parser) clusterClass(o object, all []object) (*Launch, error) {
	l := &Launch{Form: finding.T("ClusterClass")}
	variables := map[string]value{}
	for _, v := range o.in("spec.variables").items() {
		variables[v.member("name").text()] = v.in("schema.openAPIV3Schema.default")
	}
	var parts []value
	for _, other := range all {
		switch other.kind {
		case "KubeadmControlPlaneTemplate":
			spec := kubeadmConfigSpec(other)
			parts = append(parts, spec.member("clusterConfiguration"))
			p.hostFiles(l, other, spec.member("files"))
		case "Cluster":
			for _, v := range other.in("spec.topology.variables").items() {
				variables[v.member("name").text()] = v.member("value")
			}
			l.Release = releaseOf(":" + other.in("spec.topology.version").text())
		}
	}
	for _, patch := range o.in("spec.patches").items() {
		for _, definition := range patch.member("definitions").items() {
			if definition.in("selector.kind").text() != "KubeadmControlPlaneTemplate" {
				continue
			}
			for _, op := range definition.member("jsonPatches").items() {
				to, ok := strings.CutPrefix(op.member("path").text(), inControlPlane)
				if !ok {
					continue
				}
				part := nested(to, patchValue(op, variables))
				parts = append(parts, part.member("clusterConfiguration"))
				p.hostFiles(l, o, part.member("files"))
			}
		}
	}
	parts = slices.DeleteFunc(parts, func(v value) bool { return !v.exists() })
	if len(parts) == 0 {
		return nil, nil
	}
	p.kubeadm(l, parts)
	return l, nil
}

// patchValue returns the value of an operation of a ClusterClass. A variable without a value stays as a template.
func patchValue(op value, variables map[string]value) value {
	if v := op.member("value"); v.exists() {
		return v
	}
	from := op.member("valueFrom")
	if name := from.member("variable").text(); name != "" {
		if v := variables[name]; v.exists() && v.isScalar() {
			return value{v.node, op.at}
		}
		return value{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "{{ ." + name + " }}"}, op.at}
	}
	text := from.member("template").text()
	for name, v := range variables {
		if v.exists() && v.isScalar() {
			text = strings.NewReplacer("{{ ."+name+" }}", v.text(), "{{."+name+"}}", v.text()).Replace(text)
		}
	}
	docs, err := documents([]byte(strings.NewReplacer("{{", "<{{", "}}", "}}>").Replace(text)))
	if err != nil || len(docs) != 1 {
		return value{&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}, op.at}
	}
	restore(docs[0].node)
	return value{docs[0].node, op.at}
}

func restore(n *yaml.Node) {
	n.Value = strings.NewReplacer("<{{", "{{", "}}>", "}}").Replace(n.Value)
	for _, c := range n.Content {
		restore(c)
	}
}
