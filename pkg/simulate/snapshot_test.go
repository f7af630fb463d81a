package simulate

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	sigsyaml "sigs.k8s.io/yaml"
)

const (
	accountYAML = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: shop, uid: s-uid}\n"
	hidden      = "of-nobody-but-the-holder"
)

// found returns what a snapshot knows about an object: its UID, "gone" or "unknown".
func found(t *testing.T, s *Snapshot, kind string) string {
	t.Helper()
	ctx := t.Context()
	var uid string
	var err error
	switch kind {
	case "ServiceAccount":
		o, e := s.GetServiceAccount(ctx, "shop", "robot")
		if err = e; err == nil {
			uid = string(o.UID)
		}
	case "Pod":
		o, e := s.GetPod(ctx, "shop", "robot")
		if err = e; err == nil {
			uid = string(o.UID)
		}
	case "Secret":
		o, e := s.GetSecret(ctx, "shop", "robot")
		if err = e; err == nil {
			uid = string(o.UID)
		}
	case "Node":
		o, e := s.GetNode(ctx, "robot")
		if err = e; err == nil {
			uid = string(o.UID)
		}
	}
	var missing *Missing
	switch {
	case errors.As(err, &missing) && missing.How.IsZero():
		return "unknown, and nobody says how to give it"
	case errors.As(err, &missing):
		return "unknown"
	case apierrors.IsNotFound(err):
		return "gone"
	case err != nil:
		return err.Error()
	}
	return uid
}

// An object that is not in the files does not exist if the files have its kind; otherwise it is unknown.
func TestSnapshot(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		want  map[string]string
	}{
		"one of a kind":        {[]string{accountYAML}, map[string]string{"ServiceAccount": "s-uid", "Pod": "unknown", "Secret": "unknown", "Node": "unknown"}},
		"another of its kind":  {[]string{strings.ReplaceAll(accountYAML, "robot", "other")}, map[string]string{"ServiceAccount": "gone"}},
		"in another namespace": {[]string{strings.ReplaceAll(accountYAML, "shop", "till")}, map[string]string{"ServiceAccount": "gone"}},
		"JSON":                 {[]string{`{"kind":"Pod","metadata":{"name":"robot","namespace":"shop","uid":"p"}}`}, map[string]string{"Pod": "p"}},
		"several documents": {[]string{"# objects\n---\n" + accountYAML + "---\n---\nkind: Node\nmetadata: {name: robot, uid: n-uid}\n---\n# nothing\n"},
			map[string]string{"ServiceAccount": "s-uid", "Node": "n-uid", "Pod": "unknown"}},
		"several files":       {[]string{accountYAML, "kind: Pod\nmetadata: {name: robot, namespace: shop, uid: p}"}, map[string]string{"ServiceAccount": "s-uid", "Pod": "p"}},
		"the last one counts": {[]string{accountYAML, strings.ReplaceAll(accountYAML, "s-uid", "anew")}, map[string]string{"ServiceAccount": "anew"}},
		"a list": {[]string{`{"kind":"List","items":[{"kind":"Secret","metadata":{"name":"robot","namespace":"shop","uid":"x"}},{"kind":"ConfigMap"}]}`},
			map[string]string{"Secret": "x", "Pod": "unknown"}},
		"a list of a kind, whose items have no kind": {[]string{`{"kind":"PodList","items":[{"metadata":{"name":"robot","namespace":"shop","uid":"p"}}]}`}, map[string]string{"Pod": "p"}},
		"a list as kubectl writes it": {[]string{"apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    annotations:\n      text: |\n        - kind\n\n        items:\n    name: robot\n    namespace: shop\n    uid: p\n# a remark\n- kind: Node\n  metadata: {name: robot, uid: n-uid}\nkind: List\nmetadata:\n  resourceVersion: \"\"\n"},
			map[string]string{"Pod": "p", "Node": "n-uid", "Secret": "unknown"}},
		"a list of a kind, indented":        {[]string{"kind: PodList\nitems:\n  - metadata: {name: other, namespace: shop, uid: o}\n  -   metadata:\n        name: robot\n        namespace: shop\n        uid: p\n"}, map[string]string{"Pod": "p"}},
		"an empty list of a kind":           {[]string{"kind: PodList\nitems: []\n"}, map[string]string{"Pod": "gone", "ServiceAccount": "unknown"}},
		"without a UID":                     {[]string{"kind: Pod\nmetadata: {name: robot, namespace: shop}"}, map[string]string{"Pod": "unknown"}},
		"a Secret without a UID":            {[]string{"kind: Secret\nmetadata: {name: robot, namespace: shop}"}, map[string]string{"Secret": "unknown"}},
		"a bootstrap token written by hand": {[]string{"kind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata: {name: robot, namespace: shop}"}, map[string]string{"Secret": ""}},
	} {
		s := NewSnapshot()
		for _, file := range c.files {
			if err := s.Add([]byte(file)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for kind, want := range c.want {
			if got := found(t, s, kind); got != want {
				t.Errorf("%s: the %s is %q, want %q", name, kind, got, want)
			}
		}
	}
}

// An unreadable file is reported in a sentence that does not quote it, because it may be a Secret.
func TestSnapshotThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"empty":        {"", "the file has no ServiceAccount, Secret, Pod, Node or ConfigMap"},
		"other kinds":  {"kind: Service\n---\nkind: Deployment\n", "the file has no ServiceAccount, Secret, Pod, Node or ConfigMap"},
		"no kind":      {"metadata: {name: robot}\n", "the file has no ServiceAccount, Secret, Pod, Node or ConfigMap"},
		"a word":       {hidden, "document 1 is not a Kubernetes object in YAML or JSON"},
		"broken YAML":  {"kind: Secret\ndata: {token: \"" + hidden + "\n", "document 1 is not a Kubernetes object in YAML or JSON"},
		"broken later": {accountYAML + "---\nkind: Secret\ndata: [" + hidden, "document 2 is not a Kubernetes object in YAML or JSON"},
		"another type": {"kind: Secret\ndata: {token: " + hidden + "!}\nmetadata: {name: a, namespace: b}\n", "document 1 is not valid: a field has the wrong type"},
		"in a list":    {`{"kind":"List","items":[{"kind":"Secret","data":["` + hidden + `"]}]}`, "document 1 has a faulty item: item 1 is not valid: a field has the wrong type"},
		"a list in a list": {`{"kind":"List","items":[{"kind":"PodList","items":[]}]}`,
			"document 1 has a faulty item: item 1 is a list inside a list"},
		"no name":      {"kind: Node\nmetadata: {uid: a}\n", "document 1 is not complete: metadata.name or metadata.namespace is missing"},
		"no namespace": {"kind: Pod\nmetadata: {name: a, uid: a}\n", "document 1 is not complete: metadata.name or metadata.namespace is missing"},
		"binary":       {"kind: Secret\n\x00\x01" + hidden, "document 1 is not a Kubernetes object in YAML or JSON"},
	} {
		err := NewSnapshot().Add([]byte(c.file))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: error %v, want %s", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: the error quotes the file", name)
		}
	}
}

// A hostile file may be slow to read, or need too much stack.
func TestSnapshotOfHostileFiles(t *testing.T) {
	const deep = 100_000
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		p := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+",", 8) + "*" + p + "]\n"
	}
	for name, file := range map[string]string{
		"brackets":      "kind: Pod\nspec: " + strings.Repeat("[", deep),
		"braces":        strings.Repeat("{a: ", deep),
		"JSON":          `{"kind":"List","items":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + "}",
		"lists":         strings.Repeat(`{"kind":"List","items":[`, 3000) + strings.Repeat("]}", 3000),
		"dashes":        "kind: Pod\nspec:\n" + strings.Repeat("- ", deep),
		"aliases":       "kind: Pod\n" + bomb,
		"one long line": "kind: Pod\nspec: " + strings.Repeat("x", 3<<20),
		"documents":     strings.Repeat("---\n", 200_000),
	} {
		began := time.Now()
		if err := NewSnapshot().Add([]byte(file)); err == nil {
			t.Errorf("%s: it is read", name)
		} else if len(err.Error()) > 200 {
			t.Errorf("%s: the error is long: %.200s…", name, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: it takes %s", name, took)
		}
	}
}

// FuzzSnapshot checks that any file of objects is read or rejected without a panic and without quoting it, and
// that the layout of a list makes no difference.
func FuzzSnapshot(f *testing.F) {
	const item = "- kind: Pod\n  metadata: {name: robot, namespace: shop, uid: p}\n"
	for _, seed := range []string{
		accountYAML, "kind: List\nitems:\n" + item + item, "items:\n" + item + "kind: PodList\n", "items:\n# x\n" + item, "items:\n  -   a\n  b: c", "kind: PodList\nitems: [{metadata: {name: a, namespace: b}}]",
		`{"kind":"List","items":[{"kind":"Node","metadata":{"name":"a"}}]}`, "kind: Secret\nstringData: {a: " + hidden + "}\nmetadata: {name: a, namespace: b}\n---\n- x", "kind: List\nitems:\n- a: |\n    - b\n\n    c",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := NewSnapshot()
		err := s.Add(data)
		if err != nil && strings.Contains(err.Error(), hidden) {
			t.Errorf("%q is quoted: %v", data, err)
		}
		asJSON, notYAML := sigsyaml.YAMLToJSON(data)
		if err != nil || notYAML != nil || strings.Contains(string(data), "---") {
			return
		}
		other := NewSnapshot()
		if other.Add(asJSON) == nil && !reflect.DeepEqual(s, other) {
			t.Errorf("%q: %+v, as JSON %+v", data, s, other)
		}
	})
}
