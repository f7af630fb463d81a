package resolve

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxJobs is the number of Jobs of a CronJob that are read, the newest first. A CronJob keeps four
// by default.
const maxJobs = 5

// workload returns the tokens of one Pod of a workload: of the newest Running Pod, or else of the
// newest.
func (r *Resolver) workload(ctx context.Context, kind finding.Kind, name string) ([]*credential.Credential, error) {
	caller, namespace, err := r.caller(ctx, kind, name)
	if err != nil {
		return nil, err
	}
	w := &workload{kind: kind, namespace: namespace, name: name, caller: caller}
	p, failed := w.pod(ctx)
	if failed != nil {
		return nil, failed
	}
	phase := phaseOf(p)
	if p.Status.Phase == corev1.PodRunning {
		r.Notice(finding.T("note: using %s (phase %s), the newest running Pod of %s", nameOf(p), phase, w.title()))
	} else {
		r.Notice(finding.T("note: using %s (phase %s), the newest Pod of %s; no Pod is running", nameOf(p), phase, w.title()))
	}
	credentials, err := r.tokensOf(ctx, caller, p)
	for _, c := range credentials {
		c.Source = finding.T("%s (phase %s, of %s)", c.Source, phase, w.title())
	}
	return credentials, err
}

// PodOf reads a Pod by its name, or a Pod of a workload; nil if it cannot be read.
func PodOf(ctx context.Context, caller *cluster.Caller, kind finding.Kind, namespace, name string) *corev1.Pod {
	switch {
	case !finding.ObjectName(name):
	case kind == finding.Pod:
		if p, failure := caller.ReadPod(ctx, namespace, name); failure == nil {
			return p
		}
	case IsWorkload(kind):
		if p, failed := (&workload{kind: kind, namespace: namespace, name: name, caller: caller}).pod(ctx); failed == nil {
			return p
		}
	}
	return nil
}

// phaseOf returns the phase of a Pod.
func phaseOf(p *corev1.Pod) finding.Text {
	switch p.Status.Phase {
	case corev1.PodPending, corev1.PodRunning, corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown:
		return finding.T("%s", finding.Standard(string(p.Status.Phase)))
	}
	return finding.T("unknown")
}

// workload is an object that creates Pods.
type workload struct {
	kind            finding.Kind
	namespace, name string
	caller          *cluster.Caller
}

func (w *workload) title() finding.Text {
	return finding.T("%s %s/%s", finding.Standard(string(w.kind)), finding.Namespace.Of(w.namespace), w.kind.Of(w.name))
}

// pod reads the Pod whose tokens are used for the workload.
func (w *workload) pod(ctx context.Context) (*corev1.Pod, *Error) {
	selectors, failed := w.selectors(ctx)
	if failed != nil {
		return nil, failed
	}
	for _, running := range []bool{true, false} {
		var all []cluster.Metadata
		for _, s := range selectors {
			pods, failure := w.caller.Pods(ctx, w.namespace, s, running)
			if failure != nil {
				return nil, w.lacks(asked(finding.T("the Pods of %s cannot be listed", w.title()), failure), failure, "list", "pods")
			}
			all = append(all, pods...)
		}
		chosen := newest(all)
		if chosen == "" {
			continue
		}
		p, failure := w.caller.ReadPod(ctx, w.namespace, chosen)
		if failure != nil {
			return nil, w.lacks(asked(finding.T("pod %s/%s of %s cannot be read", finding.Namespace.Of(w.namespace), finding.Pod.Of(chosen), w.title()), failure), failure, "get", "pods")
		}
		return p, nil
	}
	none := wrong(finding.Errorf("%s has no Pods", w.title()))
	if len(selectors) == 1 {
		none.hint(finding.T("to list its Pods, run: kubectl get pods --namespace %s --selector %s", finding.Namespace.Of(w.namespace), finding.Message(finding.Word(selectors[0]))))
	}
	return nil, none.hint(finding.T("for a new token of its ServiceAccount, name the ServiceAccount instead: serviceaccount/NAME"))
}

// selectors returns the selectors for the Pods of the workload.
func (w *workload) selectors(ctx context.Context) ([]string, *Error) {
	resource := string(w.kind) + "s." + cluster.WorkloadGroup(w.kind)
	read, failure := w.caller.ReadWorkload(ctx, w.kind, w.namespace, w.name)
	switch {
	case failure != nil:
		return nil, w.lacks(asked(finding.T("%s cannot be read", w.title()), failure), failure, "get", resource)
	case w.kind != finding.CronJob:
		return []string{read.Selector}, nil
	}
	jobs, failure := w.caller.Jobs(ctx, w.namespace)
	if failure != nil {
		return nil, w.lacks(asked(finding.T("the Jobs of %s cannot be listed", w.title()), failure), failure, "list", "jobs.batch")
	}
	jobs = slices.DeleteFunc(jobs, func(j cluster.Metadata) bool { return read.UID == "" || j.Controller != read.UID })
	if len(jobs) == 0 {
		return nil, wrong(finding.Errorf("%s has no Jobs, and so no Pods", w.title())).
			hint(finding.T("for a new token of its ServiceAccount, name the ServiceAccount instead: serviceaccount/NAME"))
	}
	slices.SortStableFunc(jobs, func(a, b cluster.Metadata) int { return b.Created.Compare(a.Created) })
	var out []string
	for _, j := range jobs[:min(len(jobs), maxJobs)] {
		job, failure := w.caller.ReadWorkload(ctx, finding.Job, w.namespace, j.Name)
		switch {
		case failure != nil && failure.Kind == evidence.Absent:
			// The Job was deleted in the meantime.
		case failure != nil:
			return nil, w.lacks(asked(finding.T("job %s/%s of %s cannot be read", finding.Namespace.Of(w.namespace), finding.Job.Of(j.Name), w.title()), failure), failure, "get", "jobs.batch")
		default:
			out = append(out, job.Selector)
		}
	}
	return out, nil
}

// newest returns the newest Pod, preferring Pods that are not being deleted; empty if there is
// none.
func newest(pods []cluster.Metadata) string {
	if len(pods) == 0 {
		return ""
	}
	return slices.MaxFunc(pods, func(a, b cluster.Metadata) int {
		switch {
		case a.Terminating && !b.Terminating:
			return -1
		case b.Terminating && !a.Terminating:
			return 1
		}
		return a.Created.Compare(b.Created)
	}).Name
}

// lacks adds the missing permission to an error.
func (w *workload) lacks(e *Error, failure *evidence.Failure, verb, resource string) *Error {
	if failure.Kind != evidence.Forbidden {
		return e
	}
	return e.hint(
		finding.T("ask an administrator for permission to %s %s in namespace %s", finding.Standard(verb), finding.Standard(resource), finding.Namespace.Of(w.namespace)),
		finding.T("if you know the name of a Pod, permission to get that Pod is enough: kubectl authn explain pod/NAME"))
}
