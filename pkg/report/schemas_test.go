package report

import (
	"encoding/json"
	"testing"

	kinds "k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/anonymize"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/schema"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// The printed objects of these reports are valid for docs/schemas, also with placeholders and with as few members
// as possible.
func TestReportsAreOfTheirSchemas(t *testing.T) {
	set, err := schema.Load("../../docs/schemas")
	if err != nil {
		t.Fatal(err)
	}
	objects := []interface{ GetObjectKind() kinds.ObjectKind }{
		inspectBound(), inspectForeign(), inspectCertificate(), inspectList(),
		verifyValid(), verifyInvalid(), verifyOneFault(),
		discovery(), discoveryBroken(), catalogue(), NewVersion(version.Get()),
		simulateAccepted(), simulateRejected(), simulateUndecided(),
		compared(), comparedEqual(), comparedUnknown(),
		logOfAnHour(), auditLog(), silentLog(),
		anonymize.Copy(Names(), logOfAnHour()), anonymize.Copy(Names(), auditLog()), anonymize.Copy(Names(), simulateRejected()), anonymize.Copy(Names(), discovery()),
		callAccepted(), callRejected(), callUnanswered(), verifyList(), simulateList(), NewVerificationList(), NewSimulationList(), NewInspectionList(), NewFindingList(), NewComparison(),
	}
	for _, x := range reports {
		if x, ok := x.(*Explanation); ok {
			objects = append(objects, x, anonymize.Copy(Names(), x))
		}
	}
	tried := map[string]bool{}
	for _, x := range objects {
		kind := x.GetObjectKind().GroupVersionKind().Kind
		tried[kind] = true
		data, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := set.Output(string(data)); n != 1 || err != nil {
			t.Errorf("%s: %d objects, %v\n%s", kind, n, err, data)
		}
	}
	for kind := range set {
		if !tried[kind] {
			t.Errorf("no %s was tried", kind)
		}
	}
}
