package manifest

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// pod reads a Pod or a workload with a Pod template.
func (p *parser) pod(o object, _ []object) (*Launch, error) {
	spec := o.in("spec.template.spec")
	switch o.kind {
	case "Pod":
		spec = o.in("spec")
	case "PodTemplate":
		spec = o.in("template.spec")
	}
	containers := slices.Concat(spec.member("containers").items(), spec.member("initContainers").items())
	for _, c := range containers {
		launch, err := p.container(o, spec, c)
		if launch != nil || err != nil {
			return launch, err
		}
	}
	return nil, nil
}

// container reads a container; nil if it does not run kube-apiserver.
func (p *parser) container(o object, spec, c value) (*Launch, error) {
	l := &Launch{Form: finding.T("%s", finding.Standard(o.kind)), Release: releaseOf(c.member("image").text()), confined: true}
	env := p.environment(o, c)
	var words []Argument
	size := 0
	for _, member := range []string{"command", "args"} {
		list := c.member(member)
		if list.isScalar() && list.exists() {
			l.fault(list.at, list.text(), finding.T("%s is a list of strings, and this is one string", finding.Standard(member)))
			words = append(words, Argument{Text: list.text(), At: list.at})
		}
		for _, item := range list.items() {
			if size > maxArguments {
				l.fault(list.at, member, finding.T("the command line is longer than 2 MiB, so that Linux does not start the program"))
				break
			}
			words = append(words, l.item(item, env))
			size += len(words[len(words)-1].Text)
		}
	}
	command := len(c.member("command").items()) > 0
	run := p.callOf(words, env)
	if run == nil && !command && c.member("name").text() == "kube-apiserver" && len(words) > 0 {
		// The entry point of the image is kube-apiserver.
		run = &call{program: "kube-apiserver", args: words}
	}
	if run == nil {
		return nil, nil
	}
	for _, d := range slices.Concat(o.duplicates(), spec.duplicates(), c.duplicates()) {
		l.note(finding.T("%s appears twice in line %s and below: only the last one has an effect", finding.Standard(d.at), finding.Count(d.line)))
	}
	p.mountsOf(l, o, spec, c, env)
	return p.launch(l, run)
}

// launch completes l with the arguments of a call of kube-apiserver, or of k3s, RKE2 or minikube.
func (p *parser) launch(l *Launch, c *call) (*Launch, error) {
	switch c.program {
	case "k3s", "rke2":
		return p.rancher(l, c.program, c.args)
	case "minikube":
		return minikube(l, c.args), nil
	}
	l.Args = append(l.Args, c.args...)
	p.openShiftConfig(l)
	return l, nil
}

// item reads an item of command or args, which must be a string.
func (l *Launch) item(v value, env environment) Argument {
	a := Argument{Text: v.text(), At: v.at}
	switch {
	case v.isMap():
		for _, e := range v.members() {
			a.Text = strings.TrimSuffix(e.name+": "+e.text(), " ")
		}
		l.fault(v.at, a.Text, finding.T("the colon makes the item %s in YAML, and it must be a string: write the flag and its value with =, in quotes", v.kindOfValue()))
		a.Text = strings.Replace(a.Text, ": ", "=", 1)
	case !v.isString():
		l.fault(v.at, a.Text, finding.T("the item is %s in YAML, and must be a string: put it in quotes", v.kindOfValue()))
	}
	a.Text, a.Unknown = env.expand(a.Text)
	return a
}

// variable is an environment variable of a container.
type variable struct {
	name, value string
	// unknown says where the value comes from if it is not known.
	unknown *finding.Text
}

// environment are the variables of a container, the last of a name counts.
type environment []variable

func (e environment) lookup(name string) (variable, bool) {
	for i := len(e) - 1; i >= 0; i-- {
		if e[i].name == name {
			return e[i], true
		}
	}
	return variable{}, false
}

// Linux starts no program with a longer argument or variable (MAX_ARG_STRLEN), or with more bytes of them in all (ARG_MAX).
const (
	maxArgument  = 128 << 10
	maxArguments = 2 << 20
)

var tooLong = finding.T("a value with which an argument is longer than 128 KiB, so that Linux does not start the program")

// expand replaces $(NAME) as the kubelet does (k8s.io/kubernetes third_party/forked/golang/expansion): $$ is a
// dollar, and an unknown name stays. It returns the variables that the kubelet would replace by values that are not known here.
func (e environment) expand(s string) (string, []Variable) {
	var out strings.Builder
	var unknown []Variable
	for {
		before, rest, ok := strings.Cut(s, "$")
		out.WriteString(before)
		if !ok {
			return out.String(), unknown
		}
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		v, known := e.lookup(name)
		switch {
		case strings.HasPrefix(rest, "$"):
			out.WriteByte('$')
			s = rest[1:]
		case !strings.HasPrefix(rest, "(") || !closed || !known:
			out.WriteByte('$')
			s = rest
		case v.unknown != nil:
			unknown = append(unknown, Variable{name, *v.unknown})
			out.WriteString("$(" + name + ")")
			s = after
		case out.Len()+len(v.value) > maxArgument:
			return s, append(unknown, Variable{name, tooLong})
		default:
			out.WriteString(v.value)
			s = after
		}
	}
}

// environment returns the variables of a container.
func (p *parser) environment(o object, c value) environment {
	var out environment
	for _, from := range c.member("envFrom").items() {
		prefix := from.member("prefix").text()
		for _, kind := range []struct{ ref, kind string }{{"configMapRef", "ConfigMap"}, {"secretRef", "Secret"}} {
			found, ok := p.find(kind.kind, o.in("metadata.namespace").text(), from.member(kind.ref).member("name").text())
			if !ok {
				continue
			}
			for _, f := range contents(found) {
				out = append(out, variable{name: prefix + f.name, value: string(f.data)})
			}
		}
	}
	for _, e := range c.member("env").items() {
		name := e.member("name").text()
		from := e.member("valueFrom")
		if !from.exists() {
			// A value may name the variables before it.
			text, unknown := out.expand(e.member("value").text())
			v := variable{name: name, value: text}
			if len(unknown) > 0 {
				v.unknown = &unknown[0].From
			}
			out = append(out, v)
			continue
		}
		out = append(out, p.valueFrom(o, name, from))
	}
	return out
}

// valueFrom returns a variable with a valueFrom.
func (p *parser) valueFrom(o object, name string, from value) variable {
	for _, kind := range []struct{ ref, kind string }{{"configMapKeyRef", "ConfigMap"}, {"secretKeyRef", "Secret"}} {
		ref := from.member(kind.ref)
		if !ref.exists() {
			continue
		}
		if found, ok := p.find(kind.kind, o.in("metadata.namespace").text(), ref.member("name").text()); ok {
			for _, f := range contents(found) {
				if f.name == ref.member("key").text() {
					return variable{name: name, value: string(f.data)}
				}
			}
		}
		t := finding.T("the %s %s", finding.Standard(kind.kind), finding.Object.Of(ref.member("name").text()))
		return variable{name: name, unknown: &t}
	}
	field := from.in("fieldRef.fieldPath").text()
	if metadata, ok := strings.CutPrefix(field, "metadata."); ok && o.kind == "Pod" && o.in("metadata").member(metadata).text() != "" {
		return variable{name: name, value: o.in("metadata").member(metadata).text()}
	}
	t := finding.T("the field %s of the Pod", finding.Standard(field))
	if field == "" {
		t = finding.T("the cluster")
	}
	return variable{name: name, unknown: &t}
}

// mountsOf reads the mounts of a container.
func (p *parser) mountsOf(l *Launch, o object, spec, c value, env environment) {
	volumes := map[string]value{}
	for _, v := range slices.Concat(o.in("spec.volumeClaimTemplates").items(), spec.member("volumes").items()) {
		name := v.member("name").text()
		if name == "" {
			name = v.in("metadata.name").text()
		}
		volumes[name] = v
	}
	for _, m := range c.member("volumeMounts").items() {
		at, _ := env.expand(m.member("mountPath").text())
		sub, _ := env.expand(m.member("subPath").text() + m.member("subPathExpr").text())
		v, ok := volumes[m.member("name").text()]
		if !ok {
			l.fault(m.at, "", finding.T("the Pod has no volume %q, so it is not valid", finding.Quoted(m.member("name").text())))
			continue
		}
		out := mount{container: path.Join("/", at)}
		if host := v.in("hostPath.path"); host.exists() {
			out.host = path.Join("/", host.text(), sub)
		} else {
			out.files, out.unknown = p.volume(o, v)
			out.sub = sub
		}
		l.mounts = append(l.mounts, out)
	}
	l.sortMounts()
}

// volume returns the files of a volume, or what is not known of it.
func (p *parser) volume(o object, v value) ([]file, finding.Text) {
	namespace := o.in("metadata.namespace").text()
	var files []file
	for _, source := range slices.Concat([]value{v}, v.in("projected.sources").items()) {
		for _, kind := range []struct{ member, kind, name string }{{"configMap", "ConfigMap", "name"}, {"secret", "Secret", "secretName"}, {"secret", "Secret", "name"}} {
			of := source.member(kind.member)
			name := of.member(kind.name).text()
			if name == "" {
				continue
			}
			found, ok := p.find(kind.kind, namespace, name)
			if !ok {
				return nil, finding.T("the %s %s, which was not given", finding.Standard(kind.kind), finding.Object.Of(name))
			}
			files = append(files, selected(contents(found), of.member("items").items())...)
		}
	}
	if len(files) > 0 {
		return files, finding.Text{}
	}
	for _, e := range v.members() {
		if e.name != "name" {
			return nil, finding.T("a volume of type %s, whose files are not known", finding.Standard(e.name))
		}
	}
	return nil, finding.T("a volume whose files are not known")
}

// selected returns the files of a ConfigMap or Secret that a volume has, under their paths.
func selected(files []file, items []value) []file {
	if len(items) == 0 {
		return files
	}
	var out []file
	for _, item := range items {
		for _, f := range files {
			if f.name == item.member("key").text() {
				out = append(out, file{item.member("path").text(), f.data})
			}
		}
	}
	return out
}

var imageVersion = regexp.MustCompile(`(?:^|[:/])[^:/@]*?(v?1\.\d{1,3}(?:\.\d+)?)(?:[-_+][^:/@]*)?(?:@.*)?$`)

// releaseOf returns the Kubernetes release in the tag of an image; empty if it has none.
func releaseOf(image string) string {
	m := imageVersion.FindStringSubmatch(image)
	if m == nil || !strings.Contains(image, ":") {
		return ""
	}
	return "v" + strings.TrimPrefix(m[1], "v")
}
