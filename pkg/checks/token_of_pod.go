package checks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What stands in a container need not be what the kubelet was asked to put there.
var tokenOfPod = Check{
	ID:        "token-of-pod",
	Title:     "the token in the container is the one that the Pod's spec asks for",
	Reference: "https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken",
	Finds:     []finding.ID{finding.TokenFileMismatch},
	Applies: func(e *Case) bool {
		return e.Subject().Credential.Projected != nil && e.Token() != nil && e.ClaimsComplete()
	},
	Run: func(e *Case) Result {
		p := e.Subject().Credential.Projected
		differs := differences(e)
		switch ofNobody := e.Token().ServiceAccount() == nil; {
		case p.Undeclared && ofNobody:
			return pass("it is no ServiceAccount token, and the spec asks for none there")
		case len(differs) > 0:
			return report(ofAnother(e, differs))
		case p.Undeclared:
			return pass("the spec asks for none there; the token is of this Pod or bound to none")
		}
		asked := time.Duration(p.ExpirationSeconds) * time.Second
		granted, known := lifePromised(e)
		detail := fmt.Sprintf("bound to Pod %s, for the audience and the time that the spec asks for", p.Pod)
		if known && granted < asked-time.Minute {
			detail = fmt.Sprintf("bound to Pod %s, for the audience that the spec asks for; the API server grants %s where %s are asked for", p.Pod, span(granted), span(asked))
		}
		return pass(detail)
	},
}

// differences are what the token is otherwise than the Pod and its spec have it.
func differences(e *Case) []string {
	p, t := e.Subject().Credential.Projected, e.Token()
	sa := t.ServiceAccount()
	if sa == nil {
		return []string{"it is no ServiceAccount token"}
	}
	var differs []string
	account := short(sa.Namespace) + "/" + short(sa.Name)
	if own := p.Namespace + "/" + p.ServiceAccount; account != own {
		differs = append(differs, fmt.Sprintf("it is of ServiceAccount %s, the Pod runs as %s", account, own))
	}
	switch {
	case sa.Pod == nil && !p.Undeclared:
		differs = append(differs, "it is bound to no Pod, and the kubelet binds its tokens to theirs")
	case sa.Pod == nil:
	case sa.Pod.Name != p.Pod:
		differs = append(differs, fmt.Sprintf("it is bound to Pod %s/%s", short(sa.Namespace), short(sa.Pod.Name)))
	case sa.Pod.UID != "" && sa.Pod.UID != p.PodUID:
		differs = append(differs, "it is bound to an earlier Pod of that name")
	}
	if p.Undeclared {
		return differs
	}
	if aud, present := t.Audience(); p.Audience != "" && !slices.Equal(aud, []string{p.Audience}) {
		is := quoted(aud)
		if !present {
			is = "the API server's own audiences, as it names none"
		}
		differs = append(differs, fmt.Sprintf("it is for %s, the spec asks for %s", is, quote(p.Audience)))
	}
	asked := time.Duration(p.ExpirationSeconds) * time.Second
	if granted, known := lifePromised(e); known && granted > asked+time.Minute {
		differs = append(differs, fmt.Sprintf("it was issued for %s, the spec asks for %s", span(granted), span(asked)))
	}
	return differs
}

// lifePromised is the lifetime that a token was asked for with, as far as it shows.
func lifePromised(e *Case) (time.Duration, bool) {
	iat, hasIat := e.Token().IssuedAt()
	end, hasEnd := e.Token().WarnAfter()
	if !hasEnd {
		end, hasEnd = e.Token().ExpiresAt()
	}
	return end.Sub(iat), hasIat && hasEnd
}

func ofAnother(e *Case, differs []string) finding.Finding {
	p := e.Subject().Credential.Projected
	f := proved(finding.TokenFileMismatch, fmt.Sprintf("the token at %s in container %s is not the one that the spec of Pod %s/%s asks for: %s", p.Path, p.Container, p.Namespace, p.Pod, strings.Join(differs, "; ")))
	if sa := e.Token().ServiceAccount(); sa != nil && sa.Pod != nil {
		f = f.See("bound to", fmt.Sprintf("Pod %s/%s, uid %s", short(sa.Namespace), short(sa.Pod.Name), short(sa.Pod.UID)))
	}
	f = f.See("read in", fmt.Sprintf("Pod %s/%s, uid %s", p.Namespace, p.Pod, p.PodUID))
	return f.Do("Let the program read the file that the kubelet projects; see what is mounted there instead.",
		inNamespace(p.Namespace, "get pod "+word(p.Pod)+" -o jsonpath='{.spec.containers[*].volumeMounts}'"))
}
