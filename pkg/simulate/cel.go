package simulate

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apiserver/pkg/apis/apiserver"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// watched is the server's own CEL compiler. Its programs add their inputs and their result to
// the trace whenever the server evaluates them.
type watched struct {
	authenticationcel.Compiler
	// mappings are the fields of the mapping expressions that the server has yet to compile, in
	// its order: unlike other expressions, they do not carry their field.
	mappings []string
}

func watch(c authenticationcel.Compiler, j *apiserver.JWTAuthenticator) *watched {
	w := &watched{Compiler: c}
	for _, m := range []struct{ place, expression string }{
		{"claimMappings.username", j.ClaimMappings.Username.Expression},
		{"claimMappings.groups", j.ClaimMappings.Groups.Expression},
		{"claimMappings.uid", j.ClaimMappings.UID.Expression},
	} {
		if m.expression != "" {
			w.mappings = append(w.mappings, m.place)
		}
	}
	return w
}

// CompileClaimsExpression implements the server's Compiler.
func (w *watched) CompileClaimsExpression(e authenticationcel.ExpressionAccessor) (authenticationcel.CompilationResult, error) {
	place, key := "claimValidationRules", ""
	switch e := e.(type) {
	case *authenticationcel.ExtraMappingExpression:
		place, key = "claimMappings.extra", e.Key
	case *authenticationcel.ClaimMappingExpression:
		if place = "claimMappings"; len(w.mappings) > 0 {
			place, w.mappings = w.mappings[0], w.mappings[1:]
		}
	}
	r, err := w.Compiler.CompileClaimsExpression(e)
	return watchedResult(r, place, key, "claims"), err
}

// CompileUserExpression implements the server's Compiler.
func (w *watched) CompileUserExpression(e authenticationcel.ExpressionAccessor) (authenticationcel.CompilationResult, error) {
	r, err := w.Compiler.CompileUserExpression(e)
	return watchedResult(r, "userValidationRules", "", "user"), err
}

func watchedResult(r authenticationcel.CompilationResult, place, key, root string) authenticationcel.CompilationResult {
	if r.Program != nil {
		r.Program = &program{r.Program, place, key, root, r.ExpressionAccessor.GetExpression(), paths(r.AST, root)}
	}
	return r
}

// program adds each evaluation of an expression to the trace.
type program struct {
	cel.Program
	place, key, root, expression string
	paths                        [][]string
}

// ContextEval implements cel.Program.
func (p *program) ContextEval(ctx context.Context, input any) (ref.Val, *cel.EvalDetails, error) {
	value, details, err := p.Program.ContextEval(ctx, input)
	step := trace.Step{Name: p.place, Key: p.key, Outcome: trace.Passed, Expression: p.expression, Inputs: map[string]string{}}
	if activation, ok := input.(interpreter.Activation); ok {
		for _, path := range p.paths {
			step.Inputs[dotted(p.root, path)] = lookup(activation, p.root, path)
		}
	}
	switch {
	case err != nil:
		step.Outcome, step.Detail = trace.Failed, finding.T("%s", finding.Err(err))
	default:
		step.Value = inJSON(value)
		if yes, ok := value.(types.Bool); ok && !bool(yes) && isRule(p.place) {
			step.Outcome = trace.Failed
		}
	}
	trace.Add(ctx, step)
	return value, details, err
}

func isRule(place string) bool {
	return place == "claimValidationRules" || place == "userValidationRules"
}

// paths returns the field paths that an expression reads of a variable, each as long as
// possible, by name or by a constant index.
func paths(a *cel.Ast, root string) [][]string {
	if a == nil {
		return nil
	}
	var out [][]string
	inner := map[int64]bool{}
	ast.PreOrderVisit(a.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if inner[e.ID()] {
			return
		}
		path, under, ok := chain(e, root)
		if !ok || len(path) == 0 {
			return
		}
		for _, id := range under {
			inner[id] = true
		}
		out = append(out, path)
	}))
	return out
}

// chain reads e as a field path below the variable root; under are the IDs of its expressions.
func chain(e ast.Expr, root string) (path []string, under []int64, ok bool) {
	var operand ast.Expr
	var field string
	switch e.Kind() {
	case ast.IdentKind:
		return nil, []int64{e.ID()}, e.AsIdent() == root
	case ast.SelectKind:
		operand, field = e.AsSelect().Operand(), e.AsSelect().FieldName()
	case ast.CallKind:
		args := e.AsCall().Args()
		name := e.AsCall().FunctionName()
		if len(args) != 2 || name != operators.Index && name != operators.OptIndex && name != operators.OptSelect || args[1].Kind() != ast.LiteralKind {
			return nil, nil, false
		}
		text, isText := args[1].AsLiteral().(types.String)
		if !isText {
			return nil, nil, false
		}
		operand, field = args[0], string(text)
	default:
		return nil, nil, false
	}
	path, under, ok = chain(operand, root)
	return append(path, field), append(under, e.ID()), ok
}

func dotted(root string, path []string) string {
	out := root
	for _, p := range path {
		out += "." + p
	}
	return out
}

// lookup returns the value at a path, as JSON.
func lookup(input interpreter.Activation, root string, path []string) string {
	value, ok := input.ResolveName(root)
	if !ok {
		return "absent"
	}
	current, ok := value.(ref.Val)
	if !ok {
		return "absent"
	}
	for _, p := range path {
		if token.SecretMember(p) {
			return token.Redacted
		}
		var fields traits.Mapper
		if fields, ok = current.(traits.Mapper); !ok {
			return "absent"
		}
		if current, ok = fields.Find(types.String(p)); !ok {
			return "absent"
		}
	}
	return inJSON(current)
}

// inJSON encodes a value as JSON; a value without JSON becomes the name of its type.
func inJSON(v ref.Val) string {
	if v == nil {
		return "absent"
	}
	if native, err := v.ConvertToNative(reflect.TypeFor[*structpb.Value]()); err == nil {
		if data, err := json.Marshal(native.(*structpb.Value).AsInterface()); err == nil {
			return token.Redact(string(data))
		}
	}
	return "a " + v.Type().TypeName()
}
