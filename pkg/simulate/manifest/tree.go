package manifest

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// value is a node of a YAML document with its place. The zero value is an absent node.
type value struct {
	node *yaml.Node
	// at is the path of the node, such as spec.containers[0].command[7].
	at string
}

// documents returns the YAML or JSON documents of a text. The error names the line of the fault and quotes nothing.
func documents(data []byte) ([]value, error) {
	if err := aliases.Check(data); err != nil {
		return nil, err
	}
	var out []value
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, syntaxError(data, err)
		}
		if len(n.Content) > 0 && !isNull(n.Content[0]) {
			out = append(out, value{node: n.Content[0]})
		}
	}
}

// syntaxError explains a fault of YAML.
func syntaxError(data []byte, err error) error {
	for i, line := range strings.Split(string(data), "\n") {
		before, _, template := strings.Cut(strings.TrimLeft(line, " \t-"), "{{")
		switch indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; {
		case template && (before == "" || strings.HasSuffix(before, " ") || strings.HasSuffix(before, ":")):
			return finding.Errorf("line %s has a template action ({{ … }}), so the file is not YAML yet: render the template first", finding.Count(i+1))
		case strings.Contains(indent, "\t") && strings.TrimSpace(line) != "":
			return finding.Errorf("line %s is indented with a tab, which YAML does not allow: use spaces", finding.Count(i+1))
		}
	}
	if otherLanguage.Match(data) {
		return finding.Errorf("the file is in another language than YAML, such as HCL (Terraform) or TOML: give the document that it produces")
	}
	if strings.Contains(err.Error(), "mapping values are not allowed") {
		return finding.Errorf("not a document in YAML: %s: put a value with a colon in quotes", finding.Err(err))
	}
	return finding.Errorf("not a document in YAML: %s", finding.Err(err))
}

// otherLanguage matches the first line of a file in HCL or TOML: a block, a table, or an assignment with spaces around the sign.
var otherLanguage = regexp.MustCompile(`\A(?:\s*(?:(?:#|//)[^\n]*)?\n)*(?:[A-Za-z_][\w.-]* = |[a-z_]+(?: "[^"\n]*")* \{[ \t]*\r?\n|\[\[?[A-Za-z][\w."-]*\]\]?[ \t]*\r?\n)`)

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// resolved follows aliases.
func (v value) resolved() *yaml.Node {
	n := v.node
	for hops := 0; n != nil && n.Kind == yaml.AliasNode && hops < 10; hops++ {
		n = n.Alias
	}
	return n
}

// exists reports whether the node is in the document and not null.
func (v value) exists() bool {
	n := v.resolved()
	return n != nil && !isNull(n)
}

// in returns the member at a path of names, such as "spec.template.spec".
func (v value) in(path string) value {
	for _, name := range strings.Split(path, ".") {
		v = v.member(name)
	}
	return v
}

// member returns the last member of a name, as the readers of Kubernetes do. Merge keys (<<) are followed.
func (v value) member(name string) value {
	var out value
	for _, e := range v.members() {
		if e.name == name {
			out = e.value
		}
	}
	return out
}

// entry is a member of a mapping.
type entry struct {
	name string
	line int
	value
}

// members returns the members of a mapping, in the order of the document. A member of the mapping itself
// follows the same member of a merge key.
func (v value) members() []entry { return v.membersTo(0) }

func (v value) membersTo(depth int) []entry {
	n := v.resolved()
	if n == nil || n.Kind != yaml.MappingNode || depth > 10 {
		return nil
	}
	var merged, own []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, content := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			from := value{content, v.at}
			for _, one := range append(from.items(), from) {
				merged = append(merged, one.membersTo(depth+1)...)
			}
			continue
		}
		own = append(own, entry{key.Value, key.Line, value{content, v.child(key.Value)}})
	}
	return append(merged, own...)
}

func (v value) child(name string) string {
	if strings.ContainsAny(name, ".[]/") {
		return v.at + "[" + name + "]"
	}
	if v.at == "" {
		return name
	}
	return v.at + "." + name
}

// items returns the items of a sequence.
func (v value) items() []value {
	n := v.resolved()
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var out []value
	for i, item := range n.Content {
		out = append(out, value{item, v.at + "[" + strconv.Itoa(i) + "]"})
	}
	return out
}

// isList, isMap and isScalar report the kind of a node.
func (v value) isList() bool   { n := v.resolved(); return n != nil && n.Kind == yaml.SequenceNode }
func (v value) isMap() bool    { n := v.resolved(); return n != nil && n.Kind == yaml.MappingNode }
func (v value) isScalar() bool { n := v.resolved(); return n != nil && n.Kind == yaml.ScalarNode }

// text returns a scalar as it is written, without its quotes; empty for other nodes.
func (v value) text() string {
	n := v.resolved()
	if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
		return ""
	}
	return n.Value
}

// isString reports whether the node is a string to the YAML 1.1 readers of Kubernetes.
func (v value) isString() bool {
	n := v.resolved()
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return false
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return true
	}
	switch strings.ToLower(n.Value) {
	case "y", "n", "yes", "no", "on", "off":
		return false
	}
	return true
}

// kindOfValue is the YAML type of a node in words.
func (v value) kindOfValue() finding.Text {
	switch n := v.resolved(); {
	case n == nil || isNull(n):
		return finding.T("empty")
	case n.Kind == yaml.MappingNode:
		return finding.T("a mapping")
	case n.Kind == yaml.SequenceNode:
		return finding.T("a list")
	case n.Tag == "!!int", n.Tag == "!!float":
		return finding.T("a number")
	case n.Tag == "!!bool", n.Tag == "!!str":
		return finding.T("a boolean")
	}
	return finding.T("no string")
}

// duplicates returns the members of a mapping that another member of the same name replaces.
func (v value) duplicates() []entry {
	n := v.resolved()
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	last := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		last[n.Content[i].Value] = i
	}
	var out []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; last[key.Value] != i && key.Tag != "!!merge" {
			out = append(out, entry{key.Value, key.Line, value{n.Content[i+1], v.child(key.Value)}})
		}
	}
	return out
}
