package collect

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func apiService(group, available string, service any) object {
	return object{
		"metadata": object{"name": "v1." + group},
		"spec":     object{"group": group, "version": "v1", "service": service},
		"status": object{"conditions": []object{
			{"type": "Other", "status": "True"}, {"type": "Available", "status": available, "reason": "Why", "message": "because"},
		}},
	}
}

// An API of another server is asked with the credential after the API server has accepted it, and only if the API
// server reaches that server.
func TestAggregatedAPIs(t *testing.T) {
	behind := object{"namespace": "kube-system", "name": "behind"}
	for name, c := range map[string]struct {
		held []*credential.Credential
		want []string
	}{
		"accepted":  {holding("subjects-token"), []string{"subject GET /apis/there.example/v1", "subject GET /apis/unknown.example/v1"}},
		"anonymous": {[]*credential.Credential{{Source: finding.T("test")}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.apiServices = []object{
				apiService("own.example", "True", nil), apiService("there.example", "True", behind),
				apiService("gone.example", "False", behind), apiService("unknown.example", "Unknown", behind),
			}
			e := Collect(t.Context(), f.caller(t), c.held, options())
			var got []string
			for _, line := range f.requests() {
				if strings.Contains(line, ".example/v1") {
					got = append(got, line)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("asked %q, want %q", got, c.want)
			}
			gone := evidence.AggregatedAPI{
				Name: "v1.gone.example", Group: "gone.example", Version: "v1", Namespace: "kube-system", Service: "behind",
				Available: "False", Reason: "Why", Message: "because",
			}
			if apis := e.Server.Aggregated.Value; len(apis) != 3 || apis[1] != gone {
				t.Errorf("the list is %+v", apis)
			}
			if c.want != nil && (len(e.Subject().Aggregated) != 2 || e.Subject().Aggregated["v1.there.example"].Value.Status != 404) {
				t.Errorf("the answers are %+v", e.Subject().Aggregated)
			}
		})
	}
}
