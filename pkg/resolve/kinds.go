package resolve

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// kinds are the kinds of objects that have a credential, by the names that kubectl accepts.
var kinds = map[string]finding.Kind{
	"context": finding.Context, "contexts": finding.Context,
	"secret": finding.Secret, "secrets": finding.Secret,
	"serviceaccount": finding.ServiceAccount, "serviceaccounts": finding.ServiceAccount, "sa": finding.ServiceAccount,
	"pod": finding.Pod, "pods": finding.Pod, "po": finding.Pod,
	"deployment": finding.Deployment, "deployments": finding.Deployment, "deploy": finding.Deployment,
	"statefulset": finding.StatefulSet, "statefulsets": finding.StatefulSet, "sts": finding.StatefulSet,
	"daemonset": finding.DaemonSet, "daemonsets": finding.DaemonSet, "ds": finding.DaemonSet,
	"replicaset": finding.ReplicaSet, "replicasets": finding.ReplicaSet, "rs": finding.ReplicaSet,
	"job": finding.Job, "jobs": finding.Job,
	"cronjob": finding.CronJob, "cronjobs": finding.CronJob, "cj": finding.CronJob,
}

// titles are the spellings of kinds in Kubernetes.
var titles = map[finding.Kind]string{
	finding.Context: "context", finding.Secret: "Secret", finding.ServiceAccount: "ServiceAccount", finding.Pod: "Pod",
	finding.Deployment: "Deployment", finding.StatefulSet: "StatefulSet", finding.DaemonSet: "DaemonSet", finding.ReplicaSet: "ReplicaSet",
	finding.Job: "Job", finding.CronJob: "CronJob",
}

// Title returns the spelling of a kind in Kubernetes, such as ServiceAccount.
func Title(kind finding.Kind) string { return titles[kind] }

// KindOf returns the kind for a name that kubectl accepts: deploy, Deployment, deployments.apps. It
// is empty for a kind without a credential.
func KindOf(word string) finding.Kind {
	if len(word) > 40 {
		return ""
	}
	word, group, grouped := strings.Cut(strings.ToLower(word), ".")
	kind := kinds[word]
	if grouped && (!IsWorkload(kind) || strings.TrimPrefix(group, "v1.") != cluster.WorkloadGroup(kind)) {
		return ""
	}
	return kind
}

// IsWorkload reports whether objects of a kind create Pods.
func IsWorkload(kind finding.Kind) bool {
	switch kind {
	case finding.Deployment, finding.StatefulSet, finding.DaemonSet, finding.ReplicaSet, finding.Job, finding.CronJob:
		return true
	}
	return false
}

// reference splits KIND/NAME; kind is empty for a kind without a credential.
func reference(arg string) (kind finding.Kind, name string) {
	word, name, found := strings.Cut(arg, "/")
	if !found {
		return "", ""
	}
	return KindOf(word), name
}

// namesPod reports whether an argument names a Pod or a workload.
func namesPod(arg string) bool {
	kind, _ := reference(arg)
	return kind == finding.Pod || IsWorkload(kind)
}
