package pasted

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// frontProxyCA matches the names that distributions give the CA of front proxies: front-proxy-ca
// (kubeadm), k3s-request-header-ca, kube-apiserver-requestheader-ca, aggregator-client-signer.
var frontProxyCA = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)front-?_?proxy|request-?header|aggregator|aggregation|proxy-client`)
})

// proxyNames are the common names that installers give the API server's proxy certificate, and the
// API server itself. A user with such a name is no person.
var proxyNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:front-?proxy(-client)?|aggregator(-client|-proxy)?|proxy-client|request-?header.*|system:auth-proxy|system:kube-apiserver|kube-apiserver(-proxy|-aggregator|-front-proxy)?|apiserver-client|system:aggregator|kubernetes-proxy|system:openshift-aggregator)$`)
})

// aggregatedGroups are API groups that only servers behind an API server serve: no API server and
// no CustomResourceDefinition has them.
var aggregatedGroups = []string{
	"metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io", "servicecatalog.k8s.io", "clusterregistry.k8s.io", "wardle.example.com", "packages.operators.coreos.com",
	"subresources.kubevirt.io", "upload.cdi.kubevirt.io", "visibility.kueue.x-k8s.io", "cluster.karmada.io", "search.karmada.io", "proxy.open-cluster-management.io",
	"clusterview.open-cluster-management.io", "data.packaging.carvel.dev", "stats.antrea.io", "controlplane.antrea.io", "system.antrea.io", "ext.cattle.io", "login.concierge.pinniped.dev",
	"apps.openshift.io", "authorization.openshift.io", "build.openshift.io", "image.openshift.io", "oauth.openshift.io", "project.openshift.io", "quota.openshift.io",
	"route.openshift.io", "security.openshift.io", "template.openshift.io", "user.openshift.io",
}

// aggregatedServers are words in the logs of servers behind an API server.
var aggregatedServers = []string{"metrics-server", "prometheus-adapter", "custom-metrics-apiserver", "Failed to scrape node", "unable to fully scrape metrics", "keda-operator-metrics", "keda-metrics", "cluster-agent-metrics", "extension apiserver", "aggregated apiserver"}

// deniedAPI matches the API group of a 403.
var deniedAPI = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`API group "([a-z0-9.-]+)"|path "/apis/([a-z0-9.-]+)|^(?:list|get|watch|create|update|patch|delete|deletecollection) [a-z]+\.([a-z0-9.-]+[a-z])`)
})

// aggregatedGroup returns the API group that a 403 names, if only servers behind an API server
// serve it; otherwise "".
func aggregatedGroup(r reason) string {
	m := deniedAPI().FindStringSubmatch(r.Values["request"])
	if m == nil {
		return ""
	}
	if group := m[1] + m[2] + m[3]; slices.Contains(aggregatedGroups, group) {
		return group
	}
	return ""
}

// isProxyName reports whether a user name is that of a front proxy or of an API server.
func isProxyName(user string) bool { return proxyNames().MatchString(user) }

// candidateCA matches the name of a CA in a message whose quotes were changed.
var candidateCA = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`candidate authority certificate ["'\\]{2,8}([\w.@-]+)`)
})

// requotedCandidate returns the name of the CA in a message about a certificate that another key signed, whatever the quotes around
// the name.
func requotedCandidate(r reason) string {
	m := candidateCA().FindStringSubmatch(r.Line)
	if r.Values["candidate"] != "" || m == nil {
		return ""
	}
	return m[1]
}

// frontProxy returns the finding about the API server's proxy certificate that a message proves,
// or "".
func frontProxy(r reason, text string) finding.ID {
	switch r.Stage {
	case errortext.Authorization:
		if aggregatedGroup(r) != "" && (isAnonymous(r) || isProxyName(r.Values["user"])) {
			return finding.FrontProxyHeadersIgnored
		}
	case errortext.X509, errortext.RequestHeader:
		switch {
		case r.Values["commonName"] != "":
			return finding.FrontProxyNameNotAllowed
		case frontProxyCA().MatchString(r.Values["candidate"]), frontProxyCA().MatchString(requotedCandidate(r)):
			return finding.FrontProxyCertificateUntrusted
		case len(r.IDs) == 0:
			// Another message of the same line says more.
		case slices.ContainsFunc(aggregatedServers, func(w string) bool { return strings.Contains(text, w) }):
			return finding.FrontProxyCertificateUntrusted
		}
	}
	return ""
}
