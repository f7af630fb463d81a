package cluster

import (
	"context"
	"net/http"
	"net/url"

	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// WithoutCredentials returns a client for the same server that sends no credential.
func (c *Caller) WithoutCredentials() (*Caller, error) {
	return NewCaller(rest.AnonymousClientConfig(c.config), c.secrets)
}

// maxPages is the greatest number of pages of a list: no cluster has so many bindings, and a
// hostile server may send pages without end.
const maxPages = 40

// GroupsBoundTo lists the groups to which a ClusterRole is bound cluster-wide.
func (c *Caller) GroupsBoundTo(ctx context.Context, role string) evidence.Fact[[]string] {
	const path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
	var list struct {
		Metadata struct {
			Continue string `json:"continue"`
		} `json:"metadata"`
		Items []struct {
			RoleRef struct {
				Kind, Name string
			} `json:"roleRef"`
			Subjects []struct {
				Kind, Name string
			} `json:"subjects"`
		} `json:"items"`
	}
	groups := []string{}
	ctx, cancel := c.inOneCall(ctx)
	defer cancel()
	for next, page := "", 0; ; page++ {
		if page == maxPages {
			return evidence.Not[[]string](evidence.Because(evidence.Unusable, finding.Errorf("the cluster has too many ClusterRoleBindings to read")), finding.T(http.MethodGet+" "+path))
		}
		found, failure := c.get(ctx, path+"?limit=250&continue="+url.QueryEscape(next), &list)
		switch {
		case failure != nil:
			return evidence.Not[[]string](failure, finding.T(http.MethodGet+" "+path))
		case !found:
			return evidence.Not[[]string](evidence.Because(evidence.Unsupported, finding.Errorf("the API server does not serve RBAC objects")), finding.T(http.MethodGet+" "+path))
		}
		for _, b := range list.Items {
			if b.RoleRef.Kind != "ClusterRole" || b.RoleRef.Name != role {
				continue
			}
			for _, s := range b.Subjects {
				if s.Kind == "Group" {
					groups = append(groups, s.Name)
				}
			}
		}
		if next = list.Metadata.Continue; next == "" {
			return evidence.Is(groups, finding.T(http.MethodGet+" "+path))
		}
		list.Items, list.Metadata.Continue = nil, ""
	}
}
