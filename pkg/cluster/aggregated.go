package cluster

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// apiServicesPath lists the APIServices without the label that marks those of the API server's
// own groups and of CustomResourceDefinitions
// (k8s.io/kube-aggregator pkg/controllers/autoregister).
const apiServicesPath = "/apis/apiregistration.k8s.io/v1/apiservices?labelSelector=%21kube-aggregator.kubernetes.io%2Fautomanaged"

// maxAggregated bounds how many APIs are requested: a cluster has a handful.
const maxAggregated = 32

// AggregatedAPIs lists the APIs that servers behind the API server serve.
func (c *Caller) AggregatedAPIs(ctx context.Context) evidence.Fact[[]evidence.AggregatedAPI] {
	source := finding.T("GET /apis/apiregistration.k8s.io/v1/apiservices")
	var list struct {
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
			Spec struct {
				Group   string `json:"group"`
				Version string `json:"version"`
				Service *struct {
					Namespace string `json:"namespace"`
					Name      string `json:"name"`
				} `json:"service"`
			} `json:"spec"`
			Status struct {
				Conditions []struct {
					Type, Status, Reason, Message string
				} `json:"conditions"`
			} `json:"status"`
		} `json:"items"`
	}
	found, failure := c.get(ctx, apiServicesPath, &list)
	switch {
	case failure != nil:
		return evidence.Not[[]evidence.AggregatedAPI](failure, source)
	case !found:
		return evidence.Not[[]evidence.AggregatedAPI](evidence.Because(evidence.Unsupported, finding.Errorf("the API server does not serve APIServices")), source)
	}
	out := []evidence.AggregatedAPI{}
	for _, item := range list.Items {
		if item.Spec.Service == nil || len(out) == maxAggregated {
			continue
		}
		api := evidence.AggregatedAPI{
			Name: item.Metadata.Name, Group: item.Spec.Group, Version: item.Spec.Version,
			Namespace: item.Spec.Service.Namespace, Service: item.Spec.Service.Name,
		}
		for _, condition := range item.Status.Conditions {
			if condition.Type == "Available" {
				api.Available, api.Reason, api.Message = condition.Status, condition.Reason, condition.Message
			}
		}
		out = append(out, api)
	}
	return evidence.Is(out, source)
}

// Resources lists the resources of an aggregated API with the credential. The API server removes
// the credential and forwards the identity in headers
// (k8s.io/kube-aggregator pkg/apiserver/handler_proxy.go).
func (s *Subject) Resources(ctx context.Context, api evidence.AggregatedAPI) evidence.Fact[evidence.Answer] {
	path := "/apis/" + url.PathEscape(api.Group) + "/" + url.PathEscape(api.Version)
	source := finding.T("GET %s", finding.URL.Of(path))
	r, failure := s.do(ctx, http.MethodGet, path, nil, maxBody)
	if failure != nil {
		return evidence.Not[evidence.Answer](failure, source)
	}
	a := r.answer()
	if a.Message == "" && r.status >= 400 && strings.HasPrefix(a.ContentType, "text/plain") {
		// The error of a server that cannot delegate authorization to the API server.
		const limit = 1000
		a.Message = strings.ToValidUTF8(r.clean(string(r.body[:min(len(r.body), limit)])), "")
	}
	return evidence.Is(a, source)
}
