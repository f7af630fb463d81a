// Package aliases refuses YAML that is small as it is written and large as it is read.
package aliases

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxAliased is how much the aliases of a YAML text may stand for, in bytes.
const maxAliased = 1 << 20

// ErrTooMany is YAML whose aliases stand for more than anybody writes.
var ErrTooMany = finding.Errorf("its YAML aliases (*NAME) stand for more than %s MiB", finding.Count(maxAliased>>20))

// Check returns ErrTooMany where the aliases of a YAML text stand for more than 1 MiB: they may
// stand for aliases, or many of them for a long text. What is no YAML is for its reader to
// refuse.
func Check(data []byte) error {
	if bytes.IndexByte(data, '*') < 0 || bytes.IndexByte(data, '&') < 0 {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		if decoder.Decode(&document) != nil {
			return nil
		}
		if (expansion{}).size(&document)-written(&document) > maxAliased {
			return ErrTooMany
		}
	}
}

// cost is what a node takes beside its text, in bytes.
const cost = 16

// written is the size of a node without what its aliases stand for.
func written(n *yaml.Node) int64 {
	size := int64(len(n.Value) + cost)
	for _, child := range n.Content {
		size += written(child)
	}
	return size
}

// expansion remembers the size of what each anchor stands for; that of one which is being
// added up, and so contains itself, is 0.
type expansion map[*yaml.Node]int64

func (e expansion) size(n *yaml.Node) int64 {
	if n.Kind == yaml.AliasNode {
		return e.size(n.Alias)
	}
	if n.Anchor != "" {
		if size, known := e[n]; known {
			return size
		}
		e[n] = 0
	}
	size := int64(len(n.Value) + cost)
	for _, child := range n.Content {
		// No sum of a text's nodes overflows what stays below this.
		size = min(size+e.size(child), 1<<40)
	}
	if n.Anchor != "" {
		e[n] = size
	}
	return size
}
