package resolve

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// pod describes the projected tokens of a Pod from its spec: one credential per container and
// path. With --exec, it reads the tokens of one container.
func (r *Resolver) pod(ctx context.Context, name string) ([]*credential.Credential, error) {
	caller, namespace, err := r.caller(ctx, finding.Pod, name)
	if err != nil {
		return nil, err
	}
	p, failure := caller.ReadPod(ctx, namespace, name)
	if failure != nil {
		return nil, asked(finding.T("pod %s/%s cannot be read", finding.Namespace.Of(namespace), finding.Pod.Of(name)), failure)
	}
	return r.tokensOf(ctx, caller, p)
}

// tokensOf describes the projected tokens of a Pod, or reads them with --exec.
func (r *Resolver) tokensOf(ctx context.Context, caller *cluster.Caller, p *corev1.Pod) ([]*credential.Credential, error) {
	if names := ContainerNames(p); r.Container != "" && !slices.Contains(names, r.Container) {
		return nil, wrong(finding.Errorf("%s has no container %q", nameOf(p), finding.Container.Of(r.Container))).hint(finding.T("the Pod has the containers %s", finding.Join(", ", finding.Names(finding.Container, names)...)))
	}
	all := ProjectedTokens(p)
	container := r.Container
	if r.Exec && container == "" {
		container = r.defaultContainer(p, all)
	}
	var chosen []*credential.Credential
	for _, c := range all {
		if r.wants(c, container) {
			chosen = append(chosen, c)
		}
	}
	if r.Exec && len(chosen) == 0 && r.Path != "" {
		// The spec projects no token to the path, but there may be another one.
		if !absolute(p, r.Path) {
			return nil, wrong(finding.Errorf("--path %q is not an absolute path", finding.File.Of(r.Path)))
		}
		chosen = append(chosen, describe(p, container, r.Path, nil, false))
	}
	if len(chosen) == 0 {
		return nil, mountsNone(ctx, caller, p, all)
	}
	if r.Exec {
		reader := &podReader{Resolver: r, caller: caller, pod: p}
		for _, c := range chosen {
			reader.read(ctx, c)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
		return chosen, nil
	}
	for _, c := range chosen {
		// A command cannot read the token either, so the report does not advise --exec.
		if fault := notRunning(p, c.Projected.Container); fault != nil && (fault.Problem != credential.PodUnscheduled || p.Status.Phase == corev1.PodPending) {
			c.Projected.Unread = fault
		}
	}
	return chosen, nil
}

// wants reports whether a token is in the container (any if empty) and at the requested path.
func (r *Resolver) wants(c *credential.Credential, container string) bool {
	return (container == "" || c.Projected.Container == container) && (r.Path == "" || c.Projected.Path == r.Path)
}

// mountsNone is the error for a Pod without a matching token, with hints why.
func mountsNone(ctx context.Context, caller *cluster.Caller, p *corev1.Pod, all []*credential.Credential) *Error {
	if len(all) > 0 {
		e := wrong(finding.Errorf("%s has no token that matches --container and --path", nameOf(p)))
		for _, c := range all {
			e.hint(finding.T("a token of the Pod: %s", c.Source))
		}
		return e
	}
	e := wrong(finding.Errorf("%s mounts no ServiceAccount token", nameOf(p)))
	if says := p.Spec.AutomountServiceAccountToken; says != nil {
		if !*says {
			e.hint(finding.T("the Pod's spec has automountServiceAccountToken: false"))
		}
		return e
	}
	name := serviceAccountOf(p)
	account := finding.ServiceAccount.Of(name).Whole()
	sa, failure := caller.ReadServiceAccount(ctx, p.Namespace, name)
	switch {
	case failure != nil:
		e.hint(finding.T("the ServiceAccount %s may have automountServiceAccountToken: false, but cannot be read: %s", account, failure.Said))
	case sa.AutomountServiceAccountToken != nil && !*sa.AutomountServiceAccountToken:
		e.hint(finding.T("the ServiceAccount %s has automountServiceAccountToken: false; the Pod's spec can override that with true", account))
	default:
		e.hint(finding.T("neither the Pod's spec nor the ServiceAccount %s has automountServiceAccountToken: false now. The ServiceAccount may have changed after the Pod was created, or an admission plugin removed the token", account))
	}
	return e
}

func serviceAccountOf(p *corev1.Pod) string {
	return cmp.Or(p.Spec.ServiceAccountName, "default")
}

// containersOf returns all containers: regular, init and ephemeral ones, in that order.
func containersOf(p *corev1.Pod) []corev1.Container {
	out := slices.Concat(p.Spec.Containers, p.Spec.InitContainers)
	for _, c := range p.Spec.EphemeralContainers {
		out = append(out, corev1.Container(c.EphemeralContainerCommon))
	}
	return out
}

// ContainerNames returns the names of all containers of a Pod, regular ones first.
func ContainerNames(p *corev1.Pod) []string {
	var out []string
	for _, c := range containersOf(p) {
		out = append(out, c.Name)
	}
	return out
}

// defaultLifetime is the lifetime of a projected token without expirationSeconds, in seconds.
const defaultLifetime = 3600

// maxTokens bounds the described tokens of a Pod: a spec of 1 MiB may project millions.
const maxTokens = 50

// ProjectedTokens returns the tokens that the spec of a Pod projects into its containers, at
// most maxTokens.
func ProjectedTokens(p *corev1.Pod) []*credential.Credential {
	type source struct {
		*corev1.ServiceAccountTokenProjection
		volume string
	}
	var sources []source
	for _, v := range p.Spec.Volumes {
		if v.Projected == nil {
			continue
		}
		for _, s := range v.Projected.Sources {
			if s.ServiceAccountToken != nil {
				sources = append(sources, source{s.ServiceAccountToken, v.Name})
			}
		}
	}
	var out []*credential.Credential
	for _, c := range containersOf(p) {
		first := len(out)
		for _, m := range c.VolumeMounts {
			for _, s := range sources {
				if s.volume != m.Name || m.SubPath != "" && m.SubPath != s.Path || len(out) == maxTokens {
					continue
				}
				file := path.Join(m.MountPath, s.Path)
				if m.SubPath != "" {
					// The kubelet never refreshes a file that is mounted with subPath.
					file = m.MountPath
				}
				out = append(out, describe(p, c.Name, file, s.ServiceAccountTokenProjection, m.SubPath != ""))
			}
		}
		// Tokens for the API server come first.
		slices.SortStableFunc(out[first:], func(a, b *credential.Credential) int {
			return min(len(a.Projected.Audience), 1) - min(len(b.Projected.Audience), 1)
		})
	}
	if len(out) == maxTokens {
		last := out[maxTokens-1].Projected
		last.Remarks = append(last.Remarks, finding.T("only the first %s tokens of the Pod are described", finding.Count(maxTokens)))
	}
	return out
}

// describe returns the token that the spec projects to a path; s is nil if it projects none.
func describe(p *corev1.Pod, container, file string, s *corev1.ServiceAccountTokenProjection, sub bool) *credential.Credential {
	d := &credential.Projected{
		Namespace: p.Namespace, Pod: p.Name, PodUID: string(p.UID), Node: p.Spec.NodeName,
		ServiceAccount: serviceAccountOf(p), Container: container, Path: file, SubPath: sub,
	}
	if s == nil {
		d.Undeclared = true
		d.Remarks = append(d.Remarks, finding.T("the Pod's spec projects no ServiceAccount token to this path, so the kubelet does not refresh the file"))
	} else {
		d.Audience, d.ExpirationSeconds = s.Audience, defaultLifetime
		if s.ExpirationSeconds != nil {
			d.ExpirationSeconds = *s.ExpirationSeconds
		}
	}
	if sub {
		d.Remarks = append(d.Remarks, finding.T("the file is mounted with subPath: the kubelet cannot replace the token, and the program keeps the first one"))
	}
	if d.Audience == "" && d.ExpirationSeconds == 3607 {
		d.Remarks = append(d.Remarks, finding.T("the API server may extend the token's lifetime to a year. The claim warnafter says when to replace the token"))
	}
	if service := federation(d.Audience); !service.IsZero() {
		d.Remarks = append(d.Remarks, finding.T("the token was issued for %s, not for the API server: a program exchanges the token there", service))
	}
	return &credential.Credential{
		Source:    finding.T("%s container %s path %s", nameOf(p), finding.Container.Of(container), finding.File.Of(file)),
		Again:     againOf(d, s == nil),
		Projected: d,
	}
}

func nameOf(p *corev1.Pod) finding.Text {
	return finding.T("pod %s/%s", finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Name))
}

// againOf returns the arguments that select a token of a Pod; with exec, the token in its container.
func againOf(p *credential.Projected, exec bool) finding.Command {
	words := finding.Run("").Argf("pod/%s", finding.Pod.Of(p.Pod)).Flag("--namespace", finding.Namespace.Of(p.Namespace))
	if exec {
		words = words.Add("--exec")
	}
	if finding.ObjectName(p.Container) {
		words = words.Flag("--container", finding.Container.Of(p.Container))
	}
	return words.Flag("--path", finding.File.Of(p.Path))
}

// federation returns the cloud service with a documented audience; empty for other audiences.
func federation(audience string) finding.Text {
	switch {
	case audience == "sts.amazonaws.com":
		return finding.T("AWS STS (IAM roles for service accounts)")
	case audience == "api://AzureADTokenExchange":
		return finding.T("Microsoft Entra Workload ID")
	case strings.HasSuffix(audience, ".svc.id.goog"), strings.HasPrefix(audience, "//iam.googleapis.com/"),
		strings.HasPrefix(audience, "https://iam.googleapis.com/"):
		return finding.T("Google Cloud Workload Identity Federation")
	}
	return finding.Text{}
}
