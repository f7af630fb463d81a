package collect

import (
	"context"
	"net/http"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// aggregated requests the aggregated APIs with the credential if the API server accepted it: a
// server behind the API server may still reject the identity. It skips APIs that the API server
// itself cannot reach.
func aggregated(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, w *phase) {
	s := e.Subjects[0]
	if !e.Server.Aggregated.Known() || !s.Wire.Known() || s.Wire.Value.Status != http.StatusCreated || caller.PlainHTTP() {
		return
	}
	var mu sync.Mutex
	s.Aggregated = map[string]evidence.Fact[evidence.Answer]{}
	for _, api := range e.Server.Aggregated.Value {
		if api.Available == "False" {
			continue
		}
		w.run(func() {
			answer := resources(ctx, caller, s, api)
			mu.Lock()
			defer mu.Unlock()
			s.Aggregated[api.Name] = answer
		})
	}
}

func resources(ctx context.Context, caller *cluster.Caller, s *evidence.Subject, api evidence.AggregatedAPI) evidence.Fact[evidence.Answer] {
	subject, err := caller.NewSubject(s.Credential)
	if err != nil {
		return evidence.Unasked[evidence.Answer](finding.T("%s", finding.Err(err)))
	}
	defer subject.Close()
	return subject.Resources(ctx, api)
}
