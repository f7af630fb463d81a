package simulate

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// known are all flags of kube-apiserver, one per line, with the default of a flag without a
// value (a boolean's). A test of the lab compares the list with the server.
//
//go:embed kube-apiserver.flags
var known string

// Manifest is a static Pod that runs kube-apiserver.
type Manifest struct {
	// Args are the arguments of kube-apiserver.
	Args []string
	// mounts map the container's paths to the host's, the longest first.
	mounts []mount
}

type mount struct{ container, host string }

// ParseManifest reads a static Pod manifest, or Pods as `kubectl get -o yaml` prints them. It
// returns the first Pod that runs kube-apiserver, and an error if none does.
func ParseManifest(data []byte) (*Manifest, error) {
	if err := aliases.Check(data); err != nil {
		return nil, err
	}
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	kinds := []string{}
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, finding.Errorf("invalid YAML: %s", finding.Err(err))
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		pods, kind, err := podsOf(document)
		if err != nil {
			return nil, err
		}
		for _, pod := range pods {
			for _, c := range pod.Spec.Containers {
				if m, ok := manifest(&pod, &c); ok {
					return m, nil
				}
			}
			kind = "a Pod without kube-apiserver"
		}
		kinds = append(kinds, kind)
	}
	if len(kinds) == 0 {
		return nil, finding.Errorf("the file is empty")
	}
	return nil, finding.Errorf("no container in the file runs kube-apiserver (found: %s)", finding.Quoted(strings.Join(kinds, ", ")))
}

// podsOf returns the Pods of a document, which is a Pod or a list, and the document's kind.
// It does not decode other objects: an error could quote a Secret.
func podsOf(document []byte) (pods []corev1.Pod, kind string, err error) {
	var object metav1.TypeMeta
	if err := sigsyaml.Unmarshal(document, &object); err != nil {
		return nil, "", finding.Errorf("not a Kubernetes object in YAML: %s", finding.Err(err))
	}
	items := []rawJSON{document}
	switch object.Kind {
	case "Pod":
	case "List", "PodList":
		var list struct {
			Items []rawJSON `json:"items"`
		}
		if err := sigsyaml.Unmarshal(document, &list); err != nil {
			return nil, "", finding.Errorf("not a list in YAML: %s", finding.Err(err))
		}
		items = list.Items
	case "":
		return nil, "an object without a kind", nil
	default:
		return nil, object.Kind, nil
	}
	for _, item := range items {
		var t metav1.TypeMeta
		if sigsyaml.Unmarshal(item, &t) != nil || t.Kind != "Pod" && (t.Kind != "" || object.Kind != "PodList") {
			continue
		}
		var pod corev1.Pod
		if err := sigsyaml.Unmarshal(item, &pod); err != nil {
			return nil, "", finding.Errorf("not a Pod in YAML: %s", finding.Err(err))
		}
		pods = append(pods, pod)
	}
	return pods, "a " + object.Kind, nil
}

func manifest(pod *corev1.Pod, c *corev1.Container) (*Manifest, bool) {
	call := slices.Concat(c.Command, c.Args)
	at := slices.IndexFunc(call, func(s string) bool { return path.Base(s) == "kube-apiserver" && !strings.HasPrefix(s, "-") })
	switch {
	case at < 0:
		if c.Name != "kube-apiserver" || len(c.Command) > 0 || len(c.Args) == 0 {
			return nil, false
		}
		// The entry point of the image is kube-apiserver.
	case at > 0 && (at+1 == len(call) || !strings.HasPrefix(call[at+1], "-")):
		// kube-apiserver is only an argument of another program.
		return nil, false
	}
	m := &Manifest{}
	for _, a := range call[at+1:] {
		m.Args = append(m.Args, expand(a, c.Env))
	}
	hosts := map[string]string{}
	for _, v := range pod.Spec.Volumes {
		if v.HostPath != nil {
			hosts[v.Name] = v.HostPath.Path
		}
	}
	for _, v := range c.VolumeMounts {
		if host, ok := hosts[v.Name]; ok {
			m.mounts = append(m.mounts, mount{path.Join("/", v.MountPath), path.Join("/", host, v.SubPath)})
		}
	}
	slices.SortStableFunc(m.mounts, func(a, b mount) int { return len(b.container) - len(a.container) })
	return m, true
}

// expand replaces $(NAME) by the environment in the container's spec, as the kubelet does: $$
// is a dollar, and an unknown name stays.
func expand(s string, env []corev1.EnvVar) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "$")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		switch name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")"); {
		case strings.HasPrefix(rest, "$"):
			out.WriteByte('$')
			s = rest[1:]
		case strings.HasPrefix(rest, "(") && closed && slices.ContainsFunc(env, func(e corev1.EnvVar) bool { return e.Name == name && e.ValueFrom == nil }):
			i := slices.IndexFunc(env, func(e corev1.EnvVar) bool { return e.Name == name })
			out.WriteString(env[i].Value)
			s = after
		default:
			out.WriteByte('$')
			s = rest
		}
	}
}

// Path returns the local path, below root, of a file in the container.
func (m *Manifest) Path(root, file string) string {
	// The server's working directory is /.
	clean := path.Join("/", file)
	for _, mount := range m.mounts {
		if rest, ok := strings.CutPrefix(clean, mount.container); ok && (rest == "" || rest[0] == '/' || mount.container == "/") {
			clean = path.Join(mount.host, rest)
			break
		}
	}
	if root == "" {
		return filepath.FromSlash(clean)
	}
	return filepath.Join(root, filepath.FromSlash(clean))
}

// Parse parses a kube-apiserver's arguments. Flags that are set in over, the command line of
// this program, replace those of the same name. An unknown flag is an error, unless the
// release older (0 for none) had it.
func (f *Flags) Parse(args []string, over *pflag.FlagSet, older Minor) error {
	fs := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
	})
	*f = Flags{}
	f.AddFlags(fs)
	for line := range strings.Lines(known) {
		name, implied, _ := strings.Cut(strings.TrimSpace(line), " ")
		if fs.Lookup(name) != nil {
			continue
		}
		// The list has kube-apiserver's shorthands (-v, -h) as names.
		short := ""
		if len(name) == 1 {
			short = name
		}
		fs.StringP(name, short, "", "")
		fs.Lookup(name).NoOptDefVal = implied
	}
	for name, until := range flagUntil {
		if older != 0 && older < until {
			fs.String(name, "", "")
		}
	}
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("unknown command %q: kube-apiserver accepts only flags", fs.Arg(0))
	}
	var failed error
	here := map[string]bool{}
	if over != nil {
		over.VisitAll(func(given *pflag.Flag) {
			own := fs.Lookup(given.Name)
			if !given.Changed || own == nil || failed != nil {
				return
			}
			here[given.Name] = true
			failed = replace(own, given)
			own.Changed = true
		})
	}
	f.here = func(name string) bool { return here[name] }
	return failed
}

// replace copies the value of a flag to another.
func replace(own, given *pflag.Flag) error {
	from, isList := given.Value.(pflag.SliceValue)
	to, toList := own.Value.(pflag.SliceValue)
	if isList && toList {
		return to.Replace(from.GetSlice())
	}
	return own.Value.Set(given.Value.String())
}
