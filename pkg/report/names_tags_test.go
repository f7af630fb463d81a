package report

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/anonymize"
)

// objects are all types that are printed, or that printed types contain.
var objects = []any{Inspection{}, InspectionList{}, Verification{}, Call{}, VerificationList{}, SimulationList{}, Reviews{}, Discovery{}, Explanation{}, Simulation{}, Comparison{}, FindingList{}, LogSummary{}, Version{}, Review{}, Minted{}}

// kindsOfNames are the values of the tag.
var kindsOfNames = []string{
	anonymize.Own, anonymize.Said, anonymize.Term, anonymize.JSON, anonymize.Document, anonymize.Extra, anonymize.Inputs, anonymize.Release, "=Kind",
	string(finding.Namespace), string(finding.ServiceAccount), string(finding.Node), string(finding.Container), string(finding.User), string(finding.Group), string(finding.File),
	string(finding.URL), string(finding.Host), string(finding.Issuer), string(finding.Audience), string(finding.UID), string(finding.KeyID), string(finding.Thumbprint), string(finding.Fingerprint),
	string(finding.SerialNumber), string(finding.AuditID), string(finding.Subject), string(finding.Authority),
}

// Each string of an object has its kind, so that --anonymize does not have to guess.
func TestStringsSayWhatTheyName(t *testing.T) {
	n := 0
	seen := map[reflect.Type]bool{}
	var walk func(of reflect.Type, where, tag string)
	walk = func(of reflect.Type, where, tag string) {
		switch of {
		case reflect.TypeFor[finding.Text](), reflect.TypeFor[finding.Command](), reflect.TypeFor[finding.Name](), reflect.TypeFor[runtime.TypeMeta](), reflect.TypeFor[time.Time](),
			reflect.TypeFor[finding.ID](), reflect.TypeFor[finding.Severity](), reflect.TypeFor[finding.Certainty]():
			return
		}
		switch of.Kind() {
		case reflect.String, reflect.Map, reflect.Interface:
			n++
			if !slices.Contains(kindsOfNames, tag) {
				t.Errorf("%s has no tag `name` that says what it names: %q", where, tag)
			}
			want := map[reflect.Type]string{
				reflect.TypeFor[map[string]any](): anonymize.Document, reflect.TypeFor[map[string][]string](): anonymize.Extra, reflect.TypeFor[map[string]string](): anonymize.Inputs,
			}
			if of.Kind() != reflect.String && want[of] != tag {
				t.Errorf("%s is a %s, and its tag says %q", where, of, tag)
			}
		case reflect.Pointer, reflect.Slice:
			walk(of.Elem(), where, tag)
		case reflect.Struct:
			if seen[of] && tag == "" {
				return
			}
			seen[of] = true
			for i := range of.NumField() {
				f := of.Field(i)
				inner := anonymize.Tag(f)
				if inner == "" {
					inner = tag
				}
				if f.IsExported() {
					walk(f.Type, of.Name()+"."+f.Name, inner)
				}
			}
		}
	}
	for _, x := range objects {
		walk(reflect.TypeOf(x), "", "")
	}
	if n < 80 {
		t.Errorf("only %d strings were seen", n)
	}
}
