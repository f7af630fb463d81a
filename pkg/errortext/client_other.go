package errortext

import (
	"slices"
	"strings"
)

// kubernetesWords are words, in lower case, that show that a client of Kubernetes wrote a text.
var kubernetesWords = []string{
	"kube", "k8s", "openshift", "helm", "argocd", "argo cd", "azmk8s", ":6443", "server api group list", "did you specify the right host or port", "you must be logged in to the server", "unable to connect to the server",
	"/api/v1/namespaces", "/api/v1/nodes", "/api/v1/pods", "/api/v1/services", "/api/v1/configmaps", "/api/v1/secrets", "/api?timeout=", "/apis?timeout=", "/openapi/v2", "/openapi/v3",
	"/apis/apps/", "/apis/batch/", "k8s.io/",
}

// aboutKubernetes reports whether a text has such a word.
func aboutKubernetes(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc(kubernetesWords, func(word string) bool { return strings.Contains(lower, word) })
}

// clientOther has the errors of clients other than client-go.
func clientOther() []pattern { return nil }
