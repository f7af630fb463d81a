package output

import (
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// printYAML prints an object, which comes as JSON, as YAML, in the order of its fields: apiVersion and
// kind first, and the verdict before what it rests on. The printer of cli-runtime
// sorts members by name; it also leaves bidirectional overrides and the like raw,
// with no way to have them quoted.
func printYAML(object []byte, w io.Writer) error {
	var doc yaml.Node
	// JSON is YAML once its strings hold no character that YAML rejects.
	if err := yaml.Unmarshal(escapeYAML(object), &doc); err != nil {
		return err
	}
	block(&doc)
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(&doc); err != nil {
		return err
	}
	return encoder.Close()
}

// block turns the flow style of JSON into the block style of YAML, and drops quotes
// where the string is one without them, for YAML 1.1 too.
func block(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		if len(n.Content) > 0 {
			n.Style = 0
		}
		for _, child := range n.Content {
			block(child)
		}
		return
	}
	if n.Tag == "!!str" && !needsQuotes(n.Value) {
		n.Style = 0
	}
}

func needsQuotes(s string) bool {
	for _, r := range s {
		if r != '\n' && !escape.Visible(r) {
			return true
		}
	}
	return yaml11.MatchString(s) || strings.TrimSpace(s) != s
}

// What YAML 1.1 takes for a boolean, a merge, a default or a sexagesimal number.
var yaml11 = regexp.MustCompile(`^(?i:y|yes|n|no|on|off|true|false)$|^(<<|=)$|^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)
