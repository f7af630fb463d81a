package simulate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Snapshot is a set of objects from files. If it has objects or an empty list of a kind, other
// objects of that kind do not exist. If it has nothing of a kind, that kind is unknown.
type Snapshot struct {
	given           map[string]bool
	serviceAccounts map[string]*corev1.ServiceAccount
	pods            map[string]*corev1.Pod
	secrets         map[string]*corev1.Secret
	nodes           map[string]*corev1.Node
}

// NewSnapshot returns an empty snapshot.
func NewSnapshot() *Snapshot {
	return &Snapshot{
		given:           map[string]bool{},
		serviceAccounts: map[string]*corev1.ServiceAccount{},
		pods:            map[string]*corev1.Pod{},
		secrets:         map[string]*corev1.Secret{},
		nodes:           map[string]*corev1.Node{},
	}
}

// kinds are the kinds of objects that tokens or the volumes of an API server depend on.
var kinds = []string{"ServiceAccount", "Secret", "Pod", "Node", "ConfigMap"}

// Add adds the objects of a file: YAML documents, JSON, or Lists. It skips other kinds, and
// returns an error if a document cannot be read or no object is of a known kind.
func (s *Snapshot) Add(data []byte) error {
	if err := aliases.Check(data); err != nil {
		return err
	}
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	found := false
	for n := 1; ; n++ {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return finding.Errorf("document %s cannot be read: %s", finding.Count(n), finding.Err(err))
		}
		used, err := s.add(document, false)
		if err != nil {
			return finding.Errorf("document %s %s", finding.Count(n), finding.Err(err))
		}
		found = found || used
	}
	if !found {
		return finding.Errorf("the file has no %s or %s", finding.Syntax(strings.Join(kinds[:len(kinds)-1], ", ")), finding.Syntax(kinds[len(kinds)-1]))
	}
	return nil
}

func (s *Snapshot) add(document []byte, isItem bool) (used bool, err error) {
	var object struct {
		metav1.TypeMeta `json:",inline"`
		Items           []rawJSON `json:"items"`
	}
	rest, items := itemsOf(document)
	if err := decode(rest, &object); err != nil {
		// The error may quote the document, which may be a Secret.
		return false, finding.Reword(err, "is not a Kubernetes object in YAML or JSON")
	}
	kind, isList := strings.CutSuffix(object.Kind, "List")
	if isList {
		if isItem {
			return false, finding.Errorf("is a list inside a list")
		}
		if s.knows(kind) {
			s.given[kind], used = true, true
		}
		for _, item := range object.Items {
			items = append(items, item)
		}
		for i, item := range items {
			if kind != "" {
				// The items of a typed list need not have a kind.
				item = withKind(item, kind)
			}
			these, err := s.add(item, true)
			if err != nil {
				return false, finding.Errorf("has a faulty item: item %s %s", finding.Count(i+1), finding.Err(err))
			}
			used = used || these
		}
		return used, nil
	}
	if !s.knows(object.Kind) {
		return false, nil
	}
	s.given[object.Kind] = true
	switch object.Kind {
	case "ServiceAccount":
		err = keep(document, s.serviceAccounts, &corev1.ServiceAccount{})
	case "Secret":
		err = keep(document, s.secrets, &corev1.Secret{})
	case "Pod":
		err = keep(document, s.pods, &corev1.Pod{})
	case "Node":
		err = keep(document, s.nodes, &corev1.Node{})
	}
	return true, err
}

func (s *Snapshot) knows(kind string) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// rawJSON is an undecoded item of a list.
type rawJSON []byte

// UnmarshalJSON implements json.Unmarshaler.
func (r *rawJSON) UnmarshalJSON(data []byte) error {
	*r = bytes.Clone(data)
	return nil
}

// decode reads YAML or JSON. The YAML parser would read JSON too, ten times slower.
func decode(document []byte, into any) error {
	if json.Valid(document) {
		return json.Unmarshal(document, into)
	}
	return sigsyaml.Unmarshal(document, into)
}

// itemsOf splits the items off a YAML list in kubectl's layout, since the YAML parser needs
// fifty times the size of its input in memory. A list in another layout stays in rest.
func itemsOf(document []byte) (rest []byte, items [][]byte) {
	before, after, found := cutLine(document, "items:")
	if !found {
		return document, nil
	}
	first, _, _ := bytes.Cut(after, []byte("\n"))
	indent := len(first) - len(bytes.TrimLeft(first, " "))
	if !bytes.HasPrefix(first[indent:], []byte("- ")) {
		return document, nil
	}
	dash := first[:indent+1]
	rest = bytes.Clone(before)
	var item []byte
	inList := true
	for line := range bytes.Lines(after) {
		text := bytes.TrimSpace(line)
		blank := len(text) == 0 || text[0] == '#'
		deeper := len(line)-len(bytes.TrimLeft(line, " ")) >= len(dash)
		switch {
		case !inList:
			rest = append(rest, line...)
		case bytes.HasPrefix(line, dash) && len(line) > len(dash) && line[len(dash)] == ' ':
			if item != nil {
				items = append(items, item)
			}
			item = append(bytes.Repeat([]byte(" "), len(dash)), line[len(dash):]...)
		case blank, deeper:
			item = append(item, line...)
		default:
			inList = false
			rest = append(rest, line...)
		}
	}
	return rest, append(items, item)
}

// cutLine cuts a document around the first line that equals cut.
func cutLine(document []byte, cut string) (before, after []byte, found bool) {
	at := 0
	for line := range bytes.Lines(document) {
		if string(bytes.TrimRight(line, " \r\n")) == cut {
			return document[:at], document[at+len(line):], true
		}
		at += len(line)
	}
	return document, nil, false
}

// withKind adds the kind of its list to an item without a kind.
func withKind(item []byte, kind string) []byte {
	var t metav1.TypeMeta
	if decode(item, &t) != nil || t.Kind != "" {
		return item
	}
	if !json.Valid(item) {
		// YAML: insert the kind as the first member.
		indent := len(item) - len(bytes.TrimLeft(item, " "))
		return append([]byte(strings.Repeat(" ", indent)+"kind: "+kind+"\n"), item...)
	}
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(item), []byte("{"))
	if !isObject {
		return item
	}
	comma := ","
	if bytes.HasPrefix(bytes.TrimSpace(rest), []byte("}")) {
		comma = ""
	}
	return append([]byte(`{"kind":"`+kind+`"`+comma), rest...)
}

func keep[T metav1.Object](document []byte, in map[string]T, object T) error {
	if err := decode(document, object); err != nil {
		return finding.Reword(err, "is not valid: a field has the wrong type")
	}
	if _, isNode := any(object).(*corev1.Node); object.GetName() == "" || object.GetNamespace() == "" && !isNode {
		return finding.Errorf("is not complete: metadata.name or metadata.namespace is missing")
	}
	if secret, ok := any(object).(*corev1.Secret); ok {
		for k, v := range secret.StringData {
			if secret.Data == nil {
				secret.Data = map[string][]byte{}
			}
			secret.Data[k] = []byte(v)
		}
	}
	// Only the metadata of Pods and Nodes is used.
	switch o := any(object).(type) {
	case *corev1.Pod:
		o.Spec, o.Status = corev1.PodSpec{}, corev1.PodStatus{}
	case *corev1.Node:
		o.Spec, o.Status = corev1.NodeSpec{}, corev1.NodeStatus{}
	}
	object.SetManagedFields(nil)
	in[object.GetNamespace()+"/"+object.GetName()] = object
	return nil
}

// GetServiceAccount implements Objects.
func (s *Snapshot) GetServiceAccount(_ context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return look(s, s.serviceAccounts, "ServiceAccount", "serviceaccounts", namespace, name)
}

// GetPod implements Objects.
func (s *Snapshot) GetPod(_ context.Context, namespace, name string) (*corev1.Pod, error) {
	return look(s, s.pods, "Pod", "pods", namespace, name)
}

// GetSecret implements Objects.
func (s *Snapshot) GetSecret(_ context.Context, namespace, name string) (*corev1.Secret, error) {
	return look(s, s.secrets, "Secret", "secrets", namespace, name)
}

// GetNode implements Objects.
func (s *Snapshot) GetNode(_ context.Context, name string) (*corev1.Node, error) {
	return look(s, s.nodes, "Node", "nodes", "", name)
}

func look[T metav1.Object](s *Snapshot, in map[string]T, kind, resource, namespace, name string) (T, error) {
	found, ok := in[namespace+"/"+name]
	var none T
	switch {
	case ok && found.GetUID() == "" && needsUID(found):
		return none, &Missing{What: finding.T("the %s %s was given without metadata.uid", finding.Standard(kind), objectName(kind, namespace, name)), How: finding.T("give the object as `kubectl get -o yaml` prints it")}
	case ok:
		return found, nil
	case !s.given[kind]:
		return none, &Missing{What: finding.T("no %s was given, so it is unknown whether %s exists", finding.Standard(kind), objectName(kind, namespace, name)), How: finding.T(objectsHow)}
	}
	return none, apierrors.NewNotFound(corev1.Resource(resource), name)
}

// needsUID reports whether tokens are compared with the object's UID: all objects but bootstrap
// token Secrets, which are often written by hand.
func needsUID(object metav1.Object) bool {
	secret, ok := object.(*corev1.Secret)
	return !ok || secret.Type != bootstrapType
}
