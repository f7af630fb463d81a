// Package schema validates printed objects against the JSON Schemas of docs/schemas. It is only for tests.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// APIVersion is that of all objects that have a schema.
const APIVersion = "authn.kubectl/v1alpha1"

// Set is the schemas by the kinds that they are of.
type Set map[string]*jsonschema.Schema

// Load reads the schemas of a folder, KIND.json each.
func Load(dir string) (Set, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no schema", dir)
	}
	out := Set{}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for _, file := range files {
		schema, err := compiler.Compile(file)
		if err != nil {
			return nil, err
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = schema
	}
	return out, nil
}

// Output validates the output of a command and returns the number of validated objects: one in JSON or YAML,
// or one a line in JSON. Texts and Kubernetes' own objects do not count.
func (s Set) Output(printed string) (int, error) {
	switch {
	case strings.HasPrefix(printed, "apiVersion: "+APIVersion+"\n"):
		var object any
		if err := yaml.Unmarshal([]byte(printed), &object); err != nil {
			return 0, err
		}
		data, err := json.Marshal(object)
		if err != nil {
			return 0, err
		}
		return s.one(data)
	case !strings.HasPrefix(printed, "{"):
		return 0, nil
	}
	n := 0
	for d := json.NewDecoder(strings.NewReader(printed)); d.More(); {
		var object json.RawMessage
		if err := d.Decode(&object); err != nil {
			return n, err
		}
		m, err := s.one(object)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s Set) one(object []byte) (int, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
	if err != nil {
		return 0, err
	}
	members, _ := value.(map[string]any)
	if members["apiVersion"] != APIVersion {
		return 0, nil
	}
	kind, _ := members["kind"].(string)
	schema := s[kind]
	if schema == nil {
		return 1, fmt.Errorf("there is no schema of kind %q", kind)
	}
	return 1, schema.Validate(value)
}
