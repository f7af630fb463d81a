package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// apiVersion is the apiVersion of the plugin's own objects.
const apiVersion = "authn.kubectl/v1alpha1"

// schemas are the schemas of docs/schemas, by kind.
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	files, err := filepath.Glob(filepath.Join(root, "docs", "schemas", "*.json"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("docs/schemas holds no schema")
	}
	out := map[string]*jsonschema.Schema{}
	for _, file := range files {
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		schema, err := compiler.Compile(file)
		if err != nil {
			return nil, err
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = schema
	}
	return out, err
})

// validated is the number of objects that were checked against a schema.
var validated atomic.Int64

// validate validates the plugin's output: an object as JSON or YAML, or one object per line. It ignores other
// output.
func validate(printed string) error {
	all, err := schemas()
	if err != nil {
		return err
	}
	if strings.HasPrefix(printed, "apiVersion: "+apiVersion+"\n") {
		data, err := yaml.YAMLToJSON([]byte(printed))
		if err != nil {
			return err
		}
		printed = string(data)
	}
	if !strings.HasPrefix(printed, "{") {
		return nil
	}
	for d := json.NewDecoder(strings.NewReader(printed)); d.More(); {
		var object json.RawMessage
		if err := d.Decode(&object); err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
		if err != nil {
			return err
		}
		members, _ := value.(map[string]any)
		if members["apiVersion"] != apiVersion {
			continue
		}
		kind, _ := members["kind"].(string)
		schema := all[kind]
		if schema == nil {
			return fmt.Errorf("docs/schemas has no kind %q", kind)
		}
		if err := schema.Validate(value); err != nil {
			return fmt.Errorf("what is printed is not what docs/schemas promises: %w", err)
		}
		validated.Add(1)
	}
	return nil
}

// mustValidate is validate for a test that runs the plugin itself.
func mustValidate(t testing.TB, printed []byte) {
	t.Helper()
	if err := validate(string(printed)); err != nil {
		t.Error(err)
	}
}
