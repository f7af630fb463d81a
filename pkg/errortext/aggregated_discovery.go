package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// aggregatedDiscovery has the messages about one API group that answers 401 although the list of
// all groups was readable with the same credential, and the answer of an aggregated API whose own
// credential is rejected.
//
// k8s.io/client-go discovery/discovery_client.go, discovery/cached/memory/memcache.go;
// k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go.
func aggregatedDiscovery() []pattern {
	refused := []finding.ID{finding.AggregatedAPIRefused}
	other, own := service("the server behind the API server"), service("the aggregated API")
	var table []pattern
	for _, answer := range []string{"Unauthorized", "the server has asked for the client to provide credentials"} {
		table = append(table,
			pattern{text: `couldn't get resource list for {groupVersion:word}: ` + answer, stage: Service, values: other, ids: refused, suits: ofAddedGroup},
			pattern{text: `unable to retrieve the complete list of server APIs: {groupVersion:word}: ` + answer, stage: Service, values: other, ids: refused, suits: ofAggregatedGroup},
			pattern{text: `unable to retrieve the complete list of server APIs: {groupVersion:word}: ` + answer + `{more...}`, stage: Service, values: other, ids: refused, suits: ofAggregatedGroup},
		)
	}
	for i := range table {
		table[i].key = "aggregated-discovery-401"
	}
	for _, text := range []string{`Internal Server Error: {path:q}: Unauthorized`, `Internal Server Error: {path:q}: the server has asked for the client to provide credentials`} {
		table = append(table, pattern{text: text, stage: Service, values: own, ids: only(finding.CredentialRejected), key: "aggregated-own-401", suits: func(values map[string]string) bool {
			group, rest, _ := strings.Cut(strings.TrimPrefix(values["path"], "/apis/"), "/")
			version, _, _ := strings.Cut(rest, "/")
			return strings.HasPrefix(values["path"], "/apis/") && ofAddedGroup(map[string]string{"groupVersion": group + "/" + version})
		}})
	}
	// A 500 whose reason is a 401: the server that answered sent a credential of its own, such as Rancher's for a cluster.
	table = append(table, pattern{text: `an error on the server ({error:q}) has prevented the request from succeeding`, stage: Service, values: service("the server that answered"),
		ids: only(finding.CredentialRejected), key: "server-own-401", suits: func(values map[string]string) bool {
			return strings.HasSuffix(values["error"], ": Unauthorized") && !strings.HasPrefix(values["error"], "Internal Server Error: ")
		}})
	return table
}

// builtinGroups are the API groups with a dot that kube-apiserver serves.
var builtinGroups = []string{
	"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io",
	"discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io",
	"scheduling.k8s.io", "settings.k8s.io", "storage.k8s.io", "storagemigration.k8s.io", "auditregistration.k8s.io",
}

// ofAddedGroup reports whether an API group is none of kube-apiserver's own.
func ofAddedGroup(values map[string]string) bool {
	group, _, ok := strings.Cut(values["groupVersion"], "/")
	return ok && strings.Contains(group, ".") && !slices.Contains(builtinGroups, group)
}

// ofAggregatedGroup reports whether another server always serves an API group. A client that knows
// only the group it needs gets the same message for a group that kube-apiserver serves.
func ofAggregatedGroup(values map[string]string) bool {
	group, _, _ := strings.Cut(values["groupVersion"], "/")
	return ofAddedGroup(values) && (strings.HasSuffix(group, "metrics.k8s.io") || slices.Contains(aggregatedGroups, group))
}

// aggregatedGroups are API groups of aggregated APIs.
var aggregatedGroups = []string{
	"packages.operators.coreos.com", "subresources.kubevirt.io", "upload.cdi.kubevirt.io", "projectcalico.org", "servicecatalog.k8s.io", "image.openshift.io", "route.openshift.io", "apps.openshift.io",
	"build.openshift.io", "project.openshift.io", "user.openshift.io", "oauth.openshift.io", "template.openshift.io", "authorization.openshift.io", "security.openshift.io", "quota.openshift.io",
}
