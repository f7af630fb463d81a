package output

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// maps is a JWT that is printed from its maps.
type maps struct{ header, claims map[string]any }

func (m maps) AppendHeader(b []byte) []byte { return append(b, escapeJSON(marshal(m.header))...) }
func (m maps) AppendClaims(b []byte) []byte { return append(b, escapeJSON(marshal(m.claims))...) }

func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// A verification with any values is printed as encoding/json prints it, including future fields.
func TestVerifications(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var w Verifications
	var b []byte
	lengths := map[int]bool{}
	for range 3000 {
		x := report.NewVerification()
		fill(r, reflect.ValueOf(x).Elem())
		x.TypeMeta = report.NewVerification().TypeMeta
		// The verification of a line never has these.
		x.Credential.Certificate, x.Credential.AWS, x.Credential.Projected, x.Credential.Trace = nil, nil, nil, nil
		jwt := maps{map[string]any{"alg": hostile(r)}, map[string]any{"sub": hostile(r), "exp": r.Int64()}}
		if r.IntN(8) == 0 {
			clear(jwt.claims)
		}
		x.Credential.Header, x.Credential.Claims = jwt.header, jwt.claims
		var want bytes.Buffer
		if err := Line(&want, x); err != nil {
			t.Fatal(err)
		}
		x.Credential.Header, x.Credential.Claims = nil, nil
		for range 2 { // the second time, the key is known
			if b = w.Append(b[:0], x, jwt); string(b) != want.String() {
				t.Fatalf("got\n%s\nwant\n%s", b, want.String())
			}
		}
		lengths[len(b)] = true
	}
	if len(lengths) < 500 {
		t.Errorf("only %d sorts of lines were printed", len(lengths))
	}
}

// fill fills all fields, and omits half of the optional ones.
func fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		text := hostile(r)
		if r.IntN(2) == 0 {
			text = `a "plain" \ text`[:r.IntN(16)]
		}
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(r.IntN(3) * r.IntN(1<<30)))
	case reflect.Pointer:
		if r.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Struct:
		switch x := v.Addr().Interface().(type) {
		case *time.Time:
			*x = time.Unix(r.Int64N(253402300799), r.Int64N(2)*r.Int64N(1e9)).In(time.FixedZone("", 3600*r.IntN(2)))
			return
		case *finding.Text:
			*x = finding.T("of %s%s", finding.User.Of(hostile(r)), finding.Message(hostile(r)))
			return
		case *finding.Command:
			*x = finding.Run("kubectl get pod").Arg(finding.Pod.Of(hostile(r)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(r, v.Field(i))
			}
		}
	case reflect.Map:
	default:
		panic("there is a field of a kind that no verification had: " + v.Type().String())
	}
}
