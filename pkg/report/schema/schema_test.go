package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/schema"
)

var update = flag.Bool("update", false, "write docs/schemas")

const folder = "docs/schemas"

// objects are all types with a schema, by their kind.
var objects = map[string]any{
	report.KindInspection:       report.Inspection{},
	report.KindInspectionList:   report.InspectionList{},
	report.KindVerification:     report.Verification{},
	report.KindVerificationList: report.VerificationList{},
	report.KindSimulationList:   report.SimulationList{},
	report.KindCall:             report.Call{},
	report.KindDiscovery:        report.Discovery{},
	report.KindExplanation:      report.Explanation{},
	report.KindFindingList:      report.FindingList{},
	report.KindLogSummary:       report.LogSummary{},
	report.KindSimulation:       report.Simulation{},
	report.KindComparison:       report.Comparison{},
	report.KindVersion:          report.Version{},
}

// The schemas for scripts match the code.
func TestSchemasAreOfThisCode(t *testing.T) {
	g := newGenerator(t)
	if schema.APIVersion != report.APIVersion {
		t.Errorf("the schemas are of %s, the objects of %s", schema.APIVersion, report.APIVersion)
	}
	if *update {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for kind, object := range objects {
		want := indent(t, g.schema(kind, object))
		file := filepath.Join(folder, kind+".json")
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the type says: run make docs", file)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) != len(objects) {
		t.Errorf("there are %d schemas of %d kinds: %v", len(files), len(objects), err)
	}
	// They include each kind of the package, and an enum has each value that a constant names.
	constants := constantsOf(t, "pkg/report/objects.go")
	for _, c := range constants {
		switch {
		case c.kind != "" || c.name == "APIVersion":
		case strings.HasPrefix(c.name, "Kind"):
			if objects[c.value] == nil {
				t.Errorf("kind %s has no schema", c.value)
			}
		case !g.enums[c.value]:
			t.Errorf("no enum has %s, which is %q", c.name, c.value)
		}
	}
	if len(constants) < 40 {
		t.Errorf("only %d constants were seen", len(constants))
	}
}

// A schema that accepts everything is useless: each of these objects has one fault.
func TestBrokenObjectsDoNotValidate(t *testing.T) {
	set, err := schema.Load("../../../" + folder)
	if err != nil {
		t.Fatal(err)
	}
	whole := `{"apiVersion":"authn.kubectl/v1alpha1","kind":"Explanation",
		"credential":{"type":"JWT","source":"file token","verified":false,"claims":{"exp":1},"expiresAt":"2026-05-24T19:10:28Z"},
		"audiences":["vault"],"verdict":"Rejected","decidedBy":"TokenReview","cause":"token-expired",
		"findings":[{"id":"token-expired","severity":"error","certainty":"proved","title":"the token has expired"}],
		"checks":[{"id":"token-lifetime","title":"token lifetime","status":"Fail"}]}`
	if n, err := set.Output(whole); n != 1 || err != nil {
		t.Fatalf("%d objects: %v", n, err)
	}
	for what, change := range map[string][2]string{
		"an unknown kind":           {`"kind":"Explanation"`, `"kind":"Explication"`},
		"another kind":              {`"kind":"Explanation"`, `"kind":"Verification"`},
		"no verdict":                {`"verdict":"Rejected",`, ``},
		"an unknown verdict":        {`"Rejected"`, `"rejected"`},
		"an unknown member":         {`"audiences"`, `"audience":[],"audiences"`},
		"null for a list":           {`["vault"]`, `null`},
		"an unknown severity":       {`"error"`, `"fatal"`},
		"an unknown certainty":      {`"proved"`, `"sure"`},
		"an unknown status":         {`"Fail"`, `"Failed"`},
		"an ID with a capital":      {`"cause":"token-expired"`, `"cause":"TokenExpired"`},
		"a time without a zone":     {`28Z`, `28`},
		"a time that is a number":   {`"2026-05-24T19:10:28Z"`, `1779649828`},
		"a member of a finding":     {`"title":"the token has expired"`, `"title":"the token has expired","color":"red"`},
		"a string for a bool":       {`"verified":false`, `"verified":"false"`},
		"claims that are no object": {`{"exp":1}`, `[1]`},
	} {
		broken := strings.Replace(whole, change[0], change[1], 1)
		if broken == whole {
			t.Errorf("%s: nothing was changed", what)
		}
		if _, err := set.Output(broken); err == nil {
			t.Errorf("%s: the schema takes it", what)
		}
	}
	// Foreign objects are not validated.
	for _, other := range []string{"", "Rejected: no\n", `{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1"}`, `{"keys":[]}`} {
		if n, err := set.Output(other); n != 0 || err != nil {
			t.Errorf("%q: %d objects, %v", other, n, err)
		}
	}
}

// address is the public address of the schemas.
const address = "https://raw.githubusercontent.com/kubectl-authn/kubectl-authn/main/docs/schemas/"

const module = "github.com/kubectl-authn/kubectl-authn"

// generator creates schemas from the types and their comments.
type generator struct {
	*jsonschema.Reflector
	// types are the types with a definition, by name.
	types map[string]reflect.Type
	// values are the values of the constants of named types.
	values map[string][]any
	// enums are all values in the enums of the schemas.
	enums map[any]bool
}

func newGenerator(t *testing.T) *generator {
	t.Helper()
	// Packages are found by their path in the module.
	t.Chdir("../../..")
	g := &generator{Reflector: &jsonschema.Reflector{ExpandedStruct: true}, types: map[string]reflect.Type{}, values: map[string][]any{}, enums: map[any]bool{}}
	for _, dir := range []string{"pkg/report", "pkg/finding", "pkg/version"} {
		if err := g.AddGoComments(module, dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range constantsOf(t, "pkg/finding/finding.go") {
		g.values[v.kind] = append(g.values[v.kind], v.value)
	}
	g.Mapper = g.value
	g.Namer = func(of reflect.Type) string {
		g.types[of.Name()] = of
		return ""
	}
	g.LookupComment = func(of reflect.Type, field string) string {
		key, goName, name := of.PkgPath()+"."+of.Name(), of.Name(), of.Name()
		if field != "" {
			f, _ := of.FieldByName(field)
			key, goName = key+"."+field, field
			name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
			if missing := f.Type.Kind() == reflect.Slice && !strings.HasPrefix(f.Type.Name(), "List[") || f.Type.Kind() == reflect.Map; missing && !strings.HasSuffix(f.Tag.Get("json"), ",omitempty") {
				t.Errorf("%s is printed as null where there is none: it has to be a List, or omitempty", key)
			}
		}
		text := strings.Join(strings.Fields(g.CommentMap[key]), " ")
		rest, ok := strings.CutPrefix(text, goName)
		if ours := strings.HasPrefix(of.PkgPath(), module) && !strings.HasPrefix(of.Name(), "List["); ours && !ok {
			t.Errorf("the comment of %s does not begin with its name: %q", key, text)
		}
		return name + rest
	}
	return g
}

// value is the schema of a type whose JSON differs from its Go type.
func (g *generator) value(of reflect.Type) *jsonschema.Schema {
	switch of.Name() {
	case "Time":
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case "LogTime":
		return &jsonschema.Schema{Type: "string", Pattern: `^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z|(\d{4}-)?\d{2}-\d{2} \d{2}:\d{2}:\d{2})$`}
	case "Text", "Command":
		return &jsonschema.Schema{Type: "string"}
	case "ID":
		return &jsonschema.Schema{Type: "string", Pattern: patternOfIDs}
	}
	if values := g.values[of.Name()]; of.Kind() == reflect.String && len(values) > 0 {
		return &jsonschema.Schema{Type: "string", Enum: values}
	}
	return nil
}

const patternOfIDs = "^[a-z0-9]+(-[a-z0-9]+)*$"

func (g *generator) schema(kind string, of any) *jsonschema.Schema {
	clear(g.types)
	s := g.Reflect(of)
	s.ID, s.Title = jsonschema.ID(address+kind+".json"), kind
	g.complete(s, reflect.TypeOf(of))
	for name, def := range s.Definitions {
		if strings.HasPrefix(name, "List[") {
			delete(s.Definitions, name)
			continue
		}
		g.complete(def, g.types[name])
	}
	delete(s.Definitions, kind)
	return s
}

// complete adds the constraints in the tags of a type, and the items of a List.
func (g *generator) complete(s *jsonschema.Schema, of reflect.Type) {
	sides := map[string]*jsonschema.Schema{"when": {Properties: jsonschema.NewProperties()}, "unless": {Properties: jsonschema.NewProperties()}}
	neither := &jsonschema.Schema{Properties: jsonschema.NewProperties()}
	if _, ok := of.FieldByName("TypeMeta"); ok {
		for name, value := range map[string]string{"apiVersion": report.APIVersion, "kind": of.Name()} {
			s.Properties.Set(name, &jsonschema.Schema{Const: value})
		}
		s.Required = append(s.Required, "apiVersion", "kind")
	}
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		property, ok := s.Properties.Get(name)
		if !ok {
			continue
		}
		for _, v := range property.Enum {
			g.enums[v] = true
		}
		if strings.HasPrefix(field.Type.Name(), "List[") {
			items := g.Reflect(reflect.New(field.Type.Elem()).Interface())
			property.Ref, property.Type, property.Items = "", "array", &jsonschema.Schema{Type: items.Type}
			for _, keyword := range strings.Split(field.Tag.Get("jsonschema"), ",") {
				if value, ok := strings.CutPrefix(keyword, "enum="); ok {
					property.Items.Enum = append(property.Items.Enum, value)
					g.enums[value] = true
				}
			}
			if field.Type.Elem().Kind() == reflect.Struct && g.value(field.Type.Elem()) == nil {
				property.Items = &jsonschema.Schema{Ref: "#/$defs/" + field.Type.Elem().Name()}
			}
		}
		// A member exists exactly if another member has a value, or exactly if it has another value. All members
		// of a type depend on one value.
		for here, there := range map[string]string{"when": "unless", "unless": "when"} {
			if is := field.Tag.Get(here); is != "" {
				other, value, _ := strings.Cut(is, "=")
				s.If = &jsonschema.Schema{Properties: jsonschema.NewProperties()}
				s.If.Properties.Set(other, &jsonschema.Schema{Const: value})
				s.Then, s.Else = sides["when"], sides["unless"]
				if !slices.Contains(s.Required, other) {
					// Without the other member, neither exists.
					s.If.Required = []string{other}
					s.Else = &jsonschema.Schema{If: &jsonschema.Schema{Required: []string{other}}, Then: sides["unless"], Else: neither}
					neither.Properties.Set(name, jsonschema.FalseSchema)
				}
				sides[here].Required = append(sides[here].Required, name)
				sides[there].Properties.Set(name, jsonschema.FalseSchema)
			}
		}
	}
}

func indent(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// constant is a constant string of a file and its type; the kind is empty for an untyped constant.
type constant struct{ name, kind, value string }

func constantsOf(t *testing.T, path string) []constant {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []constant
	for _, decl := range file.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		for _, spec := range decl.Specs {
			spec := spec.(*ast.ValueSpec)
			for i, name := range spec.Names {
				if i >= len(spec.Values) {
					continue
				}
				literal, ok := spec.Values[i].(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					continue
				}
				value, _ := strconv.Unquote(literal.Value)
				kind, _ := spec.Type.(*ast.Ident)
				if kind == nil {
					kind = &ast.Ident{}
				}
				out = append(out, constant{name.Name, kind.Name, value})
			}
		}
	}
	return out
}

// IDs match the pattern in the schemas.
func TestPatternOfIDs(t *testing.T) {
	pattern := regexp.MustCompile(patternOfIDs)
	for _, e := range finding.Catalogue {
		if !pattern.MatchString(string(e.ID)) {
			t.Error(fmt.Sprint(e.ID))
		}
	}
}
