// Package aliases rejects YAML whose aliases expand to much more than its text.
package aliases

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxAliased bounds the expansion of a YAML text's aliases, in bytes.
const maxAliased = 1 << 20

// ErrTooMany is the error for YAML whose aliases expand too much.
var ErrTooMany = finding.Errorf("the YAML aliases (*NAME) expand to more than %s MiB", finding.Count(maxAliased>>20))

// Check returns ErrTooMany if the aliases of a YAML text expand to more than 1 MiB. It accepts
// invalid YAML, which its parser rejects.
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

// cost is the memory of a node without its text, in bytes.
const cost = 16

// written is the size of a node without the expansion of its aliases.
func written(n *yaml.Node) int64 {
	size := int64(len(n.Value) + cost)
	for _, child := range n.Content {
		size += written(child)
	}
	return size
}

// expansion caches the size of each anchor's expansion; 0 for an anchor that is being computed,
// and so contains itself.
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
		// Values below this bound cannot overflow when the nodes of a text are summed.
		size = min(size+e.size(child), 1<<40)
	}
	if n.Anchor != "" {
		e[n] = size
	}
	return size
}
