package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/schema"
)

var update = flag.Bool("update", false, "write docs/schemas")

const folder = "../../../docs/schemas"

// objects are all that have a schema, by their kind.
var objects = map[string]any{
	report.KindInspection:     report.Inspection{},
	report.KindInspectionList: report.InspectionList{},
	report.KindVerification:   report.Verification{},
	report.KindDiscovery:      report.Discovery{},
	report.KindExplanation:    report.Explanation{},
	report.KindFindingList:    report.FindingList{},
	report.KindLogSummary:     report.LogSummary{},
	report.KindSimulation:     report.Simulation{},
	report.KindComparison:     report.Comparison{},
	report.KindVersion:        report.Version{},
}

// The schemas that scripts hold our objects against say what the code says.
func TestSchemasAreOfThisCode(t *testing.T) {
	source := read(t, "..", "../../finding", "../../version")
	if schema.APIVersion != report.APIVersion {
		t.Errorf("the schemas are of %s, the objects of %s", schema.APIVersion, report.APIVersion)
	}
	if *update {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for kind, object := range objects {
		w := &writer{t: t, source: source, defs: map[string]reflect.Type{}}
		want := indent(t, w.schema(kind, reflect.TypeOf(object)))
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
	// Each kind of the package is among them, and each value that a constant names is in an enum.
	for name, value := range source.constants {
		if strings.HasPrefix(name, "Kind") {
			if objects[value] == nil {
				t.Errorf("kind %s has no schema", value)
			}
			continue
		}
		if name != "APIVersion" && !source.enums[value] {
			t.Errorf("no enum has %s, which is %q", name, value)
		}
	}
	if len(source.constants) < 40 {
		t.Errorf("only %d constants were seen", len(source.constants))
	}
}

// A schema that takes anything holds nothing: these objects are wrong in one thing each.
func TestBrokenObjectsDoNotValidate(t *testing.T) {
	set, err := schema.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	whole := `{"apiVersion":"authn.kubectl/v1alpha1","kind":"Explanation",
		"credential":{"type":"JWT","source":"file token","verified":false,"claims":{"exp":1},"expiresAt":"2026-05-24T19:10:28Z"},
		"audiences":["vault"],"verdict":"Rejected","decidedBy":"TokenReview","cause":"token-expired",
		"findings":[{"id":"token-expired","severity":"error","certainty":"proved","title":"the token has expired"}],
		"checks":[{"id":"token-lifetime","title":"the token is within its lifetime","status":"Fail"}]}`
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
	// What is not ours is left alone.
	for _, other := range []string{"", "Rejected: no\n", `{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1"}`, `{"keys":[]}`} {
		if n, err := set.Output(other); n != 0 || err != nil {
			t.Errorf("%q: %d objects, %v", other, n, err)
		}
	}
}

// source is what the code says about its types beside what reflection sees.
type source struct {
	// docs are comments, by Type and by Type.Field.
	docs map[string]string
	// constants are those of the package of objects, typed those of named types by their type.
	constants map[string]string
	typed     map[string][]string
	// enums are all values that have been used.
	enums map[string]bool
}

func read(t *testing.T, dirs ...string) *source {
	t.Helper()
	out := &source{docs: map[string]string{}, constants: map[string]string{}, typed: map[string][]string{}, enums: map[string]bool{}}
	for i, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s holds no code: %v", dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range file.Decls {
				if decl, ok := decl.(*ast.GenDecl); ok {
					out.add(decl, i == 0 && (filepath.Base(name) == "objects.go"))
				}
			}
		}
	}
	return out
}

func (s *source) add(decl *ast.GenDecl, ofObjects bool) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.docs[spec.Name.Name] = decl.Doc.Text()
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range fields.Fields.List {
					for _, name := range field.Names {
						s.docs[spec.Name.Name+"."+name.Name] = field.Doc.Text()
					}
				}
			}
		case *ast.ValueSpec:
			for i, name := range spec.Names {
				if decl.Tok != token.CONST || i >= len(spec.Values) {
					continue
				}
				literal, ok := spec.Values[i].(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					continue
				}
				value, _ := strconv.Unquote(literal.Value)
				if named, ok := spec.Type.(*ast.Ident); ok {
					s.typed[named.Name] = append(s.typed[named.Name], value)
				} else if ofObjects {
					s.constants[name.Name] = value
				}
			}
		}
	}
}

// object is a JSON object whose members stay in their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func indent(t *testing.T, v any) []byte {
	t.Helper()
	var b, out bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&out, bytes.TrimSpace(b.Bytes()), "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}

// writer writes one schema.
type writer struct {
	t      *testing.T
	source *source
	defs   map[string]reflect.Type
}

// address is where the schemas can be read.
const address = "https://raw.githubusercontent.com/kubectl-authn/kubectl-authn/main/docs/schemas/"

func (w *writer) schema(kind string, of reflect.Type) object {
	out := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", address + kind + ".json"},
		{"title", kind},
	}
	out = append(out, w.structure(kind, of)...)
	var defs object
	done := map[string]bool{}
	for len(done) < len(w.defs) {
		for _, name := range slices.Sorted(maps.Keys(w.defs)) {
			if !done[name] {
				done[name] = true
				defs = append(defs, member{name, w.structure(name, w.defs[name])})
			}
		}
	}
	slices.SortFunc(defs, func(a, b member) int { return strings.Compare(a.name, b.name) })
	if len(defs) > 0 {
		out = append(out, member{"$defs", defs})
	}
	return out
}

// structure is an object of ours: nothing else may be in it.
func (w *writer) structure(kind string, of reflect.Type) object {
	var properties object
	required := []string{}
	w.fields(kind, of, &properties, &required)
	return append(object{
		{"description", w.doc(of.Name(), of.Name(), of.Name())},
		{"type", "object"},
		{"additionalProperties", false},
		{"required", required},
		{"properties", properties},
	}, depending(of)...)
}

// depending is what the tags `when:"NAME=VALUE"` and `unless:"NAME=VALUE"` say: that a member is there if another one has
// that value, and only then; or if it has another one, and only then. All of a type are about the same value.
func depending(of reflect.Type) object {
	condition := ""
	sides := map[string]*struct {
		required []string
		absent   object
	}{"when": {}, "unless": {}}
	for i := range of.NumField() {
		tag := of.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		for here, there := range map[string]string{"when": "unless", "unless": "when"} {
			if is := tag.Get(here); is != "" {
				condition = is
				sides[here].required = append(sides[here].required, name)
				sides[there].absent = append(sides[there].absent, member{name, false})
			}
		}
	}
	if condition == "" {
		return nil
	}
	side := func(name string) object {
		return object{{"required", sides[name].required}, {"properties", sides[name].absent}}
	}
	name, value, _ := strings.Cut(condition, "=")
	return object{
		{"if", object{{"properties", object{{name, object{{"const", value}}}}}}},
		{"then", side("when")},
		{"else", side("unless")},
	}
}

func (w *writer) fields(kind string, of reflect.Type, properties *object, required *[]string) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && field.Type.Name() == "TypeMeta":
			*properties = append(*properties,
				member{"apiVersion", object{{"const", report.APIVersion}}},
				member{"kind", object{{"const", kind}}})
			*required = append(*required, "apiVersion", "kind")
			continue
		case field.Anonymous:
			w.fields(kind, field.Type, properties, required)
			continue
		case name == "-":
			continue
		case name == "":
			w.t.Errorf("%s.%s has no name in JSON", of.Name(), field.Name)
		}
		optional := options == "omitempty"
		if !optional {
			*required = append(*required, name)
		}
		property := object{{"description", w.doc(of.Name()+"."+field.Name, field.Name, name)}}
		var enum []string
		if values := field.Tag.Get("enum"); values != "" {
			enum = strings.Split(values, "|")
		}
		*properties = append(*properties, member{name, append(property, w.value(of.Name()+"."+field.Name, field.Type, enum, optional)...)})
	}
}

var sentence = regexp.MustCompile(`\s+`)

// doc is a comment as a description: of what it is called in JSON.
func (w *writer) doc(of, goName, name string) string {
	text := strings.TrimSpace(sentence.ReplaceAllString(w.source.docs[of], " "))
	if text == "" {
		w.t.Errorf("no comment says what %s is", of)
	}
	rest, ok := strings.CutPrefix(text, goName)
	if !ok || !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, ":") {
		w.t.Errorf("the comment of %s does not begin with its name: %q", of, text)
	}
	return name + rest
}

// value is the schema of a value; where is for errors. A list or an object of which nil is printed
// as null is an error: no script should have to expect that.
func (w *writer) value(where string, of reflect.Type, enum []string, optional bool) object {
	switch of.Name() {
	case "Time":
		return object{{"type", "string"}, {"format", "date-time"}}
	case "LogTime":
		return object{{"type", "string"}, {"pattern", `^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z|\d{2}-\d{2} \d{2}:\d{2}:\d{2})$`}}
	case "ID":
		return object{{"type", "string"}, {"pattern", "^[a-z0-9]+(-[a-z0-9]+)*$"}}
	}
	nullable := func(printed string) {
		if !optional {
			w.t.Errorf("%s is printed as null where there is none: it has to be %s", where, printed)
		}
	}
	switch of.Kind() {
	case reflect.Pointer:
		nullable("omitempty")
		return w.value(where, of.Elem(), enum, true)
	case reflect.Struct:
		w.defs[of.Name()] = of
		return object{{"$ref", "#/$defs/" + of.Name()}}
	case reflect.Slice:
		if !strings.HasPrefix(of.Name(), "List[") {
			nullable("a List, or omitempty")
		}
		return object{{"type", "array"}, {"items", w.value(where, of.Elem(), enum, true)}}
	case reflect.Map:
		nullable("omitempty")
		if of.Elem().Kind() == reflect.Interface {
			return object{{"type", "object"}}
		}
		return object{{"type", "object"}, {"additionalProperties", w.value(where, of.Elem(), enum, true)}}
	case reflect.String:
		if typed := w.source.typed[of.Name()]; len(typed) > 0 {
			enum = typed
		} else if of.Name() != "string" {
			w.t.Errorf("%s: nothing says which values %s has", where, of.Name())
		}
		if len(enum) == 0 {
			return object{{"type", "string"}}
		}
		for _, v := range enum {
			w.source.enums[v] = true
		}
		return object{{"type", "string"}, {"enum", enum}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	}
	w.t.Errorf("%s: nobody knows how a %s is printed", where, of)
	return nil
}

// IDs are as the pattern of the schemas has them.
func TestPatternOfIDs(t *testing.T) {
	pattern := regexp.MustCompile("^[a-z0-9]+(-[a-z0-9]+)*$")
	for _, e := range finding.Catalogue {
		if !pattern.MatchString(string(e.ID)) {
			t.Error(fmt.Sprint(e.ID))
		}
	}
}
