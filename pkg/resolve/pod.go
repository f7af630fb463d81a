package resolve

import (
	"context"
	"fmt"
	"path"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// pod describes the projected tokens of a Pod from its spec: one credential for each
// place at which a container finds one.
func (r *Resolver) pod(ctx context.Context, name string) ([]*credential.Credential, error) {
	if !finding.ObjectName(name) {
		return nil, notAName("pod")
	}
	caller, namespace, err := r.caller()
	if err != nil {
		return nil, err
	}
	p, failure := caller.ReadPod(ctx, namespace, name)
	if failure != nil {
		return nil, asked(fmt.Sprintf("pod %s/%s cannot be read", namespace, name), failure)
	}
	all := projectedTokens(p)
	var chosen []*credential.Credential
	for _, c := range all {
		if (r.Container == "" || c.Projected.Container == r.Container) && (r.Path == "" || c.Projected.Path == r.Path) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	e := &Error{Text: fmt.Sprintf("pod %s/%s mounts no ServiceAccount token", namespace, name)}
	switch {
	case len(all) > 0:
		e.Text = fmt.Sprintf("pod %s/%s has no token where --container and --path say", namespace, name)
		for _, c := range all {
			e.Hints = append(e.Hints, "there is one: "+c.Source)
		}
	case p.Spec.AutomountServiceAccountToken != nil && !*p.Spec.AutomountServiceAccountToken:
		e.Hints = append(e.Hints, "its spec says automountServiceAccountToken: false")
	default:
		e.Hints = append(e.Hints, "its ServiceAccount "+serviceAccountOf(p)+" may say automountServiceAccountToken: false")
	}
	return nil, e
}

func serviceAccountOf(p *corev1.Pod) string {
	if p.Spec.ServiceAccountName == "" {
		return "default"
	}
	return p.Spec.ServiceAccountName
}

// defaultLifetime is the lifetime of a projected token that asks for none, in seconds.
const defaultLifetime = 3600

func projectedTokens(p *corev1.Pod) []*credential.Credential {
	type source struct{ volume, path string }
	projections := map[source]*corev1.ServiceAccountTokenProjection{}
	var order []source
	for _, v := range p.Spec.Volumes {
		if v.Projected == nil {
			continue
		}
		for _, s := range v.Projected.Sources {
			if s.ServiceAccountToken != nil {
				key := source{v.Name, s.ServiceAccountToken.Path}
				projections[key] = s.ServiceAccountToken
				order = append(order, key)
			}
		}
	}
	var out []*credential.Credential
	containers := append(append([]corev1.Container{}, p.Spec.InitContainers...), p.Spec.Containers...)
	for _, c := range containers {
		for _, m := range c.VolumeMounts {
			for _, key := range order {
				if key.volume != m.Name {
					continue
				}
				file := path.Join(m.MountPath, key.path)
				switch m.SubPath {
				case "":
				case key.path:
					// A file mounted by itself is never refreshed by the kubelet.
					file = m.MountPath
				default:
					continue
				}
				out = append(out, describe(p, c.Name, file, projections[key], m.SubPath != ""))
			}
		}
	}
	return out
}

func describe(p *corev1.Pod, container, file string, s *corev1.ServiceAccountTokenProjection, sub bool) *credential.Credential {
	d := &credential.Projected{
		Namespace: p.Namespace, Pod: p.Name, Node: p.Spec.NodeName,
		ServiceAccount: serviceAccountOf(p), Container: container, Path: file,
		Audience: s.Audience, ExpirationSeconds: defaultLifetime,
	}
	if s.ExpirationSeconds != nil {
		d.ExpirationSeconds = *s.ExpirationSeconds
	}
	if sub {
		d.Remarks = append(d.Remarks, "it is mounted with subPath, so that the kubelet cannot replace it: the program keeps the first token")
	}
	if d.Audience == "" && d.ExpirationSeconds == 3607 {
		d.Remarks = append(d.Remarks, "the API server may make it live for a year, so that a program that does not read it again goes on working; warnafter says when it should have")
	}
	return &credential.Credential{
		Source:    fmt.Sprintf("pod %s/%s container %s path %s", p.Namespace, p.Name, container, file),
		Again:     fmt.Sprintf("pod/%s --namespace %s --container %s --path %s", finding.Word(p.Name), finding.Word(p.Namespace), finding.Word(container), finding.Word(file)),
		Projected: d,
	}
}
