// Package manifest reads whatever configures a kube-apiserver: a Pod or a workload, the configuration of a program
// that starts one (kubeadm, kind, k3s, RKE2, Talos, kops, k0s and others), a systemd unit, or a command line. It
// returns the arguments, each with its place, and where the files that they name are.
package manifest

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Argument is an argument of kube-apiserver.
type Argument struct {
	// Text is the argument, with its variables expanded as far as they are known.
	Text string
	// At is the place of the argument, such as spec.containers[0].command[7].
	At string
	// Default reports that the program that starts the API server adds the argument.
	Default bool
	// Unknown are the variables in the argument whose values are not known here, each with its source.
	Unknown []Variable
}

// Variable is a variable whose value is not known.
type Variable struct {
	Name string
	// From says where the value would come from.
	From finding.Text
}

// Fault is a fault of an argument or of the document.
type Fault struct {
	// At is the place, and Argument the argument; each may be empty.
	At, Argument string
	Reason       finding.Text
}

// Launch is how a kube-apiserver is started.
type Launch struct {
	// Form is the kind of the document, such as "Deployment" or "kubeadm ClusterConfiguration".
	Form finding.Text
	// Args are the arguments of kube-apiserver, without its name.
	Args []Argument
	// Program is the program that adds arguments of its own; empty if the document has them all.
	Program string
	// Partial reports that arguments that every API server needs are set by a program and not known.
	Partial bool
	// Release is the version of Kubernetes that the document names, such as v1.36.0; may be empty.
	Release string
	// Faults prevent the API server from starting. Notes do not.
	Faults []Fault
	Notes  []finding.Text
	// confined reports that the server sees only its image and its mounts.
	confined bool
	mounts   []mount
	// node are the mounts of a host that is a container itself, such as a node of kind.
	node []mount
	// written are the host's files that the document itself contains.
	written map[string][]byte
}

// Reader is what Parse may read besides the document.
type Reader struct {
	// Name is the name of the document's file.
	Name string
	// Objects are files with ConfigMaps and Secrets.
	Objects [][]byte
	// DropIns are the files in the folder beside the document that has its name and .d, sorted by name.
	DropIns []DropIn
	// Beside reads a file of the host that the document refers to, such as an EnvironmentFile or the configuration
	// of k3s. List returns the paths in a folder of the host, sorted. Both may be nil.
	Beside func(path string) ([]byte, error)
	List   func(folder string) []string
}

// DropIn is a file that adds to the configuration of k3s or RKE2, or to a systemd unit.
type DropIn struct {
	Name string
	Data []byte
}

// Parse finds the kube-apiserver in a document. The error says what the document is instead.
func Parse(data []byte, r Reader) (*Launch, error) {
	p := &parser{Reader: r}
	for _, objects := range r.Objects {
		docs, err := documents(objects)
		if err != nil {
			continue
		}
		for _, doc := range docs {
			for _, o := range flatten(doc, "") {
				p.keep(o)
			}
		}
	}
	return p.parse(data)
}

// parser is a run of Parse.
type parser struct {
	Reader
	objects []object
	depth   int
}

// maxDepth bounds documents inside documents, such as a ClusterConfiguration inside a ConfigMap.
const maxDepth = 4

func (p *parser) parse(data []byte) (*Launch, error) {
	p.depth++
	defer func() { p.depth-- }()
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch text := string(data); {
	case p.depth > maxDepth:
		return nil, finding.Errorf("the document is inside too many other documents")
	case strings.TrimSpace(strings.Trim(text, "\x00")) == "":
		return nil, finding.Errorf("the file is empty")
	case strings.Contains(strings.Trim(text, "\x00"), "\x00"):
		return p.processes(text)
	case isUnit(text):
		return p.unit(text)
	}
	docs, err := documents(data)
	if isCommandLine(docs, err, string(data)) {
		return p.commandLine(string(data))
	}
	if err != nil {
		return nil, err
	}
	return p.documents(docs)
}

// object is a document or an item of a list.
type object struct {
	value
	kind, group string
}

func objectOf(v value) object {
	group, _, found := strings.Cut(v.member("apiVersion").text(), "/")
	if !found {
		group = ""
	}
	return object{v, v.member("kind").text(), group}
}

// flatten returns the objects of a document, which may be a list.
func flatten(doc value, kind string) []object {
	o := objectOf(doc)
	if o.kind == "" {
		o.kind = kind
	}
	of, isList := strings.CutSuffix(o.kind, "List")
	if !isList || !doc.member("items").isList() {
		return []object{o}
	}
	var out []object
	for _, item := range doc.member("items").items() {
		out = append(out, flatten(item, of)...)
	}
	return out
}

// documents finds the API server in YAML documents.
func (p *parser) documents(docs []value) (*Launch, error) {
	var all []object
	for _, doc := range docs {
		all = append(all, flatten(doc, "")...)
	}
	for _, o := range all {
		p.keep(o)
	}
	if len(all) == 0 {
		return nil, finding.Errorf("the file is empty")
	}
	var found []finding.Value
	var failed error
	// A workload may use the ConfigMaps of its file, so they are read last.
	slices.SortStableFunc(all, func(a, b object) int { return cmp.Compare(holdsFiles(a), holdsFiles(b)) })
	for _, o := range all {
		for _, f := range forms {
			if !f.matches(o) {
				continue
			}
			launch, err := f.read(p, o, all)
			if launch != nil {
				return launch, nil
			}
			if failed == nil {
				failed = err
			}
			break
		}
		found = append(found, describe(o))
	}
	if failed != nil {
		return nil, failed
	}
	return nil, finding.Errorf("nothing in the file configures a kube-apiserver (found: %s)", finding.Join(", ", found[:min(len(found), mostFound)]...))
}

// mostFound is the number of objects that an error names.
const mostFound = 5

// holdsFiles returns 1 for a ConfigMap or a Secret, and 0 for any other object.
func holdsFiles(o object) int {
	if o.kind == "ConfigMap" || o.kind == "Secret" {
		return 1
	}
	return 0
}

// describe names an object that configures no API server.
func describe(o object) finding.Value {
	switch {
	case !o.isMap():
		return finding.T("a document that is not an object")
	case o.kind == "":
		return finding.T("an object without a kind")
	case o.in("spec.containers").exists(), o.in("spec.template.spec.containers").exists():
		return finding.T("kind %s without kube-apiserver", finding.Quoted(o.kind))
	}
	return finding.T("kind %s", finding.Quoted(o.kind))
}

// form is a form of document that configures an API server.
type form struct {
	matches func(object) bool
	// read returns nil without an error if the object configures no API server.
	read func(p *parser, o object, all []object) (*Launch, error)
}

// forms are all forms of documents; the first one that matches is read.
var forms []form

func init() {
	forms = []form{
		{kinds("Pod", "PodTemplate", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"), (*parser).pod},
		{kinds("ClusterConfiguration"), (*parser).clusterConfiguration},
		{isAuthenticationConfiguration, (*parser).authenticationConfiguration},
		{kinds("ConfigMap", "Secret"), (*parser).inside},
		{kinds("KubeadmControlPlane", "KubeadmControlPlaneTemplate", "KubeadmConfig", "KubeadmConfigTemplate"), (*parser).controlPlane},
		{kinds("ClusterClass"), (*parser).clusterClass},
		{groupOf("kind.x-k8s.io"), (*parser).kind},
		{groupOf("kops.k8s.io"), (*parser).kops},
		{groupOf("k3d.io"), (*parser).k3d},
		{isTalos, (*parser).talos},
		{isExtraArgs, (*parser).extraArgs},
		{kinds("Shoot"), (*parser).shoot},
		{isOpenShift, (*parser).openShift},
		{isRancher, (*parser).k3s},
		{isCompose, (*parser).compose},
		{isCloudConfig, (*parser).cloudConfig},
		{isFragment, (*parser).fragment},
	}
}

func kinds(names ...string) func(object) bool {
	return func(o object) bool { return slices.Contains(names, o.kind) }
}

func groupOf(group string) func(object) bool {
	return func(o object) bool { return o.group == group }
}

func isAuthenticationConfiguration(o object) bool { return o.kind == "AuthenticationConfiguration" }

// authenticationConfiguration explains where an AuthenticationConfiguration goes.
func (p *parser) authenticationConfiguration(object, []object) (*Launch, error) {
	return nil, finding.Errorf("the file is an AuthenticationConfiguration: give it with --authentication-config")
}

// inside reads the documents inside a ConfigMap or a Secret, such as kubeadm-config.
func (p *parser) inside(o object, _ []object) (*Launch, error) {
	for _, f := range contents(o) {
		if !mentionsAPIServer(f.data) {
			continue
		}
		if launch, err := p.parse(f.data); err == nil {
			return launch.within(o.in("data").child(f.name)), nil
		}
	}
	return nil, nil
}

var apiServerWords = regexp.MustCompile(`kube-?apiserver|apiServer|ClusterConfiguration|kube-api\b`)

func mentionsAPIServer(data []byte) bool { return apiServerWords.Match(data) }

// within adds the place of the document to the places in it.
func (l *Launch) within(at string) *Launch {
	for i := range l.Args {
		if l.Args[i].At != "" {
			l.Args[i].At = at + ": " + l.Args[i].At
		}
	}
	for i := range l.Faults {
		l.Faults[i].At = strings.TrimSuffix(at+": "+l.Faults[i].At, ": ")
	}
	return l
}

// defaults adds arguments of the program that starts the API server, unless the document has the same flag.
func (l *Launch) defaults(pairs ...string) {
	var out []Argument
	for i := 0; i+1 < len(pairs); i += 2 {
		if l.has(pairs[i]) {
			continue
		}
		out = append(out, Argument{Text: "--" + pairs[i] + "=" + pairs[i+1], At: l.Program + "'s own", Default: true})
	}
	l.Args = append(out, l.Args...)
}

// has reports whether a flag is among the arguments.
func (l *Launch) has(name string) bool {
	for _, a := range l.Args {
		if flagOf(a.Text) == name {
			return true
		}
	}
	return false
}

// HasDefault reports whether the program that starts the API server sets a flag.
func (l *Launch) HasDefault(name string) bool {
	return slices.ContainsFunc(l.Args, func(a Argument) bool { return a.Default && flagOf(a.Text) == name })
}

// get returns the last value of a flag that is written as --name=value.
func (l *Launch) get(name string) string {
	out := ""
	for _, a := range l.Args {
		if flagOf(a.Text) == name {
			_, out, _ = strings.Cut(a.Text, "=")
		}
	}
	return out
}

// flagOf returns the name of the flag in an argument; empty if the argument is none.
func flagOf(argument string) string {
	name, ok := strings.CutPrefix(argument, "--")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "=")
	return strings.ReplaceAll(name, "_", "-")
}

// note adds a remark that does not concern the start of the API server.
func (l *Launch) note(t finding.Text) { l.Notes = append(l.Notes, t) }

// fault adds a fault with which the API server does not start.
func (l *Launch) fault(at, argument string, reason finding.Text) {
	l.Faults = append(l.Faults, Fault{At: at, Argument: argument, Reason: reason})
}
