package checks

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A container can have another token than the one that its Pod's spec asks for.
var tokenOfPod = Check{
	ID:        "token-of-pod",
	Title:     "token in the container",
	Reference: "https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken",
	Finds:     []finding.ID{finding.TokenFileMismatch},
	Applies: func(c *Case) bool {
		return c.Subject().Credential.Projected != nil && c.Token() != nil && c.ClaimsComplete()
	},
	Run: func(c *Case) Result {
		p := c.Subject().Credential.Projected
		differs := differences(c)
		switch ofNobody := c.Token().ServiceAccount() == nil; {
		case p.Undeclared && ofNobody:
			return pass(T("not a ServiceAccount token, and the Pod's spec requests none at this path"))
		case len(differs) > 0:
			return report(ofAnother(c, differs))
		case p.Undeclared:
			return pass(T("consistent with this Pod, whose spec requests no token at this path"))
		}
		asked := time.Duration(p.ExpirationSeconds) * time.Second
		granted, known := lifePromised(c)
		detail := T("matches the Pod's spec: bound to Pod %s, with the requested audience and lifetime", finding.Pod.Of(p.Pod))
		if known && granted < asked-time.Minute {
			detail = T("matches the Pod's spec: bound to Pod %s, with the requested audience; the API server grants a lifetime of %s instead of %s", finding.Pod.Of(p.Pod), finding.Duration(granted), finding.Duration(asked))
		}
		return pass(detail)
	},
}

// differences are what the token is otherwise than the Pod and its spec have it.
func differences(c *Case) []finding.Value {
	p, t := c.Subject().Credential.Projected, c.Token()
	sa := t.ServiceAccount()
	if sa == nil {
		return []finding.Value{T("the token is not a ServiceAccount token")}
	}
	var differs []finding.Value
	if sa.Namespace != p.Namespace || sa.Name != p.ServiceAccount {
		differs = append(differs, T("the token is for ServiceAccount %s/%s, and the Pod runs as %s/%s",
			finding.Namespace.Of(sa.Namespace), finding.ServiceAccount.Of(sa.Name), finding.Namespace.Of(p.Namespace), finding.ServiceAccount.Of(p.ServiceAccount)))
	}
	switch {
	case sa.Pod == nil && !p.Undeclared:
		differs = append(differs, T("the token is not bound to a Pod, and tokens of the kubelet are"))
	case sa.Pod == nil:
	case sa.Pod.Name != p.Pod:
		differs = append(differs, T("the token is bound to Pod %s/%s", finding.Namespace.Of(sa.Namespace), finding.Pod.Of(sa.Pod.Name)))
	case sa.Pod.UID != "" && sa.Pod.UID != p.PodUID:
		differs = append(differs, T("the token is bound to an earlier Pod of the same name"))
	}
	if p.Undeclared {
		return differs
	}
	if aud, present := t.Audience(); p.Audience != "" && !slices.Equal(aud, []string{p.Audience}) {
		is := quotedNames(finding.Audience, aud)
		if !present {
			is = T("the API server's own audiences, because `aud` is missing")
		}
		differs = append(differs, T("the token is for %s, and the spec asks for %q", is, finding.Audience.Of(p.Audience)))
	}
	asked := time.Duration(p.ExpirationSeconds) * time.Second
	if granted, known := lifePromised(c); known && granted > asked+time.Minute {
		differs = append(differs, T("the token was issued for %s, and the spec asks for %s", finding.Duration(granted), finding.Duration(asked)))
	}
	return differs
}

// lifePromised is the lifetime that a token was asked for with, as far as it shows.
func lifePromised(c *Case) (time.Duration, bool) {
	iat, hasIat := c.Token().IssuedAt()
	end, hasEnd := c.Token().WarnAfter()
	if !hasEnd {
		end, hasEnd = c.Token().ExpiresAt()
	}
	return end.Sub(iat), hasIat && hasEnd
}

func ofAnother(c *Case, differs []finding.Value) finding.Finding {
	p := c.Subject().Credential.Projected
	f := prove(finding.TokenFileMismatch, "the token at %s in container %s does not match the spec of Pod %s/%s. %s",
		finding.File.Of(p.Path), finding.Container.Of(p.Container), finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod), finding.Join(". ", capitals(differs)...))
	if sa := c.Token().ServiceAccount(); sa != nil && sa.Pod != nil {
		f = f.Seen("bound to", T("Pod %s/%s, uid %s", finding.Namespace.Of(sa.Namespace), finding.Pod.Of(sa.Pod.Name), finding.UID.Of(sa.Pod.UID)))
	}
	f = f.Seen("read in", T("Pod %s/%s, uid %s", finding.Namespace.Of(p.Namespace), finding.Pod.Of(p.Pod), finding.UID.Of(p.PodUID)))
	return f.Fix("Configure the program to read the file that the kubelet projects. List the volume mounts to find what hides that file.",
		inNamespace(p.Namespace).Add("get pod").Arg(finding.Pod.Of(p.Pod)).Add("-o").Word("jsonpath={.spec.containers[*].volumeMounts}"))
}

// capitals are sentences.
func capitals(of []finding.Value) []finding.Value {
	out := make([]finding.Value, len(of))
	for i, v := range of {
		out[i] = T("%s", v).Capital()
	}
	return out
}
