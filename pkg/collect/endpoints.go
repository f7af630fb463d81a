package collect

import (
	"context"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The sources of an address.
var (
	namedByKubeconfig = finding.T("the kubeconfig")
	namedByFlag       = finding.T("--endpoint")
	namedByCluster    = finding.T("the EndpointSlices of the Service kubernetes")
)

// endpoints finds the API servers and probes each without the credential. The callers are in the
// order of e.Endpoints after the kubeconfig's own; a server that must not get a credential is nil.
func endpoints(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, o Options) []*cluster.Caller {
	found := []evidence.Endpoint{{Server: evidence.Server{URL: strings.TrimRight(caller.URL(), "/")}, NamedBy: namedByKubeconfig}}
	add := func(by finding.Text, addresses []string) {
		for _, a := range addresses {
			i := slices.IndexFunc(found, func(f evidence.Endpoint) bool { return f.URL == a })
			switch {
			case i < 0:
				found = append(found, evidence.Endpoint{Server: evidence.Server{URL: a}, NamedBy: by})
			case !strings.HasSuffix(found[i].NamedBy.String(), by.String()):
				found[i].NamedBy = finding.T("%s and %s", found[i].NamedBy, by)
			}
		}
	}
	add(namedByFlag, o.Endpoints)
	if o.EachServer {
		e.Addresses = caller.Addresses(ctx)
		add(namedByCluster, e.Addresses.Value)
	}
	callers := make([]*cluster.Caller, len(found)-1)
	var w phase
	for i, f := range found[1:] {
		w.run(func() {
			at, endpoint := caller.At(ctx, f.URL)
			endpoint.NamedBy = f.NamedBy
			if callers[i] = at; at != nil {
				var more phase
				more.run(func() { endpoint.Version = at.Version(ctx) })
				more.run(func() { endpoint.Issuer = clusterIssuer(ctx, at) })
				more.Wait()
			}
			found[i+1] = endpoint
		})
	}
	w.Wait()
	e.Endpoints = found
	return callers
}
