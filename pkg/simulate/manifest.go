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
)

// known are all flags of kube-apiserver, one a line, with the value that each has where none
// is written (a boolean's). A test of the lab compares it with the server.
//
//go:embed kube-apiserver.flags
var known string

// Manifest is a static Pod that runs kube-apiserver.
type Manifest struct {
	// Args are what kube-apiserver is called with.
	Args []string
	// mounts are where the container's paths are on the host, the longest first.
	mounts []mount
}

type mount struct{ container, host string }

// ParseManifest reads a static Pod manifest, or Pods as `kubectl get -o yaml` prints them, of
// which the first that runs kube-apiserver counts. It returns an error where none does.
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
			return nil, fmt.Errorf("it is no YAML: %w", err)
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
		return nil, errors.New("it is empty")
	}
	return nil, fmt.Errorf("no container in it runs kube-apiserver (it holds: %s)", strings.Join(kinds, ", "))
}

// podsOf are the Pods of a document, which is one or a list; without any, kind says what it
// is. What else it holds may be a Secret, which an error would quote: it is not read.
func podsOf(document []byte) (pods []corev1.Pod, kind string, err error) {
	var object metav1.TypeMeta
	if err := sigsyaml.Unmarshal(document, &object); err != nil {
		return nil, "", fmt.Errorf("it is no Kubernetes object in YAML: %w", err)
	}
	items := []rawJSON{document}
	switch object.Kind {
	case "Pod":
	case "List", "PodList":
		var list struct {
			Items []rawJSON `json:"items"`
		}
		if err := sigsyaml.Unmarshal(document, &list); err != nil {
			return nil, "", fmt.Errorf("it is no list in YAML: %w", err)
		}
		items = list.Items
	case "":
		return nil, "something without a kind", nil
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
			return nil, "", fmt.Errorf("it is no Pod in YAML: %w", err)
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
		// The image's own entry point is the server.
	case at > 0 && (at+1 == len(call) || !strings.HasPrefix(call[at+1], "-")):
		// Another program is called with its name, and does not call it with flags.
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

// expand replaces $(NAME) as the kubelet does, by what the container's environment says in
// its spec; $$ is a dollar, and what is not known stays.
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

// Path says where a file of the container is here, below root.
func (m *Manifest) Path(root, file string) string {
	// The server's working directory is the root, and nothing is above that.
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

// Parse reads a kube-apiserver's arguments, of which the flags in over, those of a command
// line here, replace those of their name. A flag that kube-apiserver does not know is an
// error, unless one that it knew in an older release, which may be given (0: none is).
func (f *Flags) Parse(args []string, over *pflag.FlagSet, older Minor) error {
	fs := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
	})
	*f = Flags{}
	f.AddFlags(fs)
	for line := range strings.Lines(known) {
		name, unwritten, _ := strings.Cut(strings.TrimSpace(line), " ")
		if fs.Lookup(name) != nil {
			continue
		}
		// The shorthands that kube-apiserver has (-v, -h) come with the names.
		short := ""
		if len(name) == 1 {
			short = name
		}
		fs.StringP(name, short, "", "")
		fs.Lookup(name).NoOptDefVal = unwritten
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
		return fmt.Errorf("unknown command %q: kube-apiserver takes flags alone", fs.Arg(0))
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

// replace gives a flag the value of another.
func replace(own, given *pflag.Flag) error {
	from, isList := given.Value.(pflag.SliceValue)
	to, toList := own.Value.(pflag.SliceValue)
	if isList && toList {
		return to.Replace(from.GetSlice())
	}
	return own.Value.Set(given.Value.String())
}
