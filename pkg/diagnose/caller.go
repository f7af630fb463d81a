package diagnose

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Permission is something that a command of a remedy needs.
type Permission string

// The permissions that the evidence can show.
const (
	CreateTokenReviews  Permission = "create tokenreviews"
	RequestTokens       Permission = "create serviceaccounts/token"
	ReadServiceAccounts Permission = "get serviceaccounts"
	ReadPods            Permission = "get pods"
	ReadNodes           Permission = "get nodes"
	ReadSecrets         Permission = "get secrets"
)

// CallerIsRefused reports whether the API server rejects the caller's own credential, so that none of the caller's commands works.
func (c *Case) CallerIsRefused() bool {
	if c.Simulated {
		return false
	}
	r, ok := c.Subject().Review(c.Audiences)
	return c.Caller.Failed(evidence.Unauthenticated) || ok && r.Answer.Failed(evidence.Unauthenticated) || c.CallerIsSubject() && c.RefusedOnTheWire()
}

// CallerIsSubject reports whether the credential under test is the one that the kubeconfig context sends.
func (c *Case) CallerIsSubject() bool { return c.Subject().Credential.AsCaller }

// CallerIsAdministrator reports whether the caller may do everything.
func (c *Case) CallerIsAdministrator() bool {
	return c.Caller.Known() && !c.CallerIsRefused() && slices.Contains(c.Caller.Value.Groups, "system:masters")
}

// CallerMay says whether the caller may do something, as far as the evidence shows it.
func (c *Case) CallerMay(p Permission) (may, known bool) {
	s := c.Subject()
	switch {
	case c.CallerIsRefused():
		return false, true
	case c.CallerIsAdministrator():
		return true, true
	}
	review, _ := s.Review(c.Audiences)
	if p == RequestTokens && s.MayRequestToken.Known() {
		return s.MayRequestToken.Value, true
	}
	seen := map[Permission]struct{ known, forbidden bool }{
		CreateTokenReviews:  {review.Answer.Known(), review.Answer.Failed(evidence.Forbidden)},
		ReadServiceAccounts: {s.ServiceAccount.Known(), s.ServiceAccount.Failed(evidence.Forbidden)},
		ReadPods:            {s.Pod.Known(), s.Pod.Failed(evidence.Forbidden)},
		ReadNodes:           {s.Node.Known(), s.Node.Failed(evidence.Forbidden)},
		ReadSecrets:         {s.Secret.Known(), s.Secret.Failed(evidence.Forbidden)},
	}[p]
	return seen.known, seen.known || seen.forbidden
}

// Needs are the permissions that a command needs, of those that the evidence can show; asks says whether the command
// sends the caller's credential to the API server.
func Needs(command finding.Command) (permissions []Permission, asks bool) {
	for _, program := range command.Programs() {
		if len(program) == 0 || program[0] != "kubectl" {
			continue
		}
		switch verb, object := verbOf(program[1:]); {
		case verb == "config", slices.Contains(program, "--dry-run=client"):
		case verb == "authn" && isOffline(object, program):
		default:
			asks = true
			for _, known := range needed {
				if verb == known.verb && slices.Contains(known.objects, object) {
					permissions = append(permissions, known.permission)
				}
			}
		}
	}
	return permissions, asks
}

var needed = []struct {
	verb       string
	objects    []string
	permission Permission
}{
	{"create", []string{"token"}, RequestTokens},
	{"authn", []string{"mint"}, RequestTokens},
	{"authn", []string{"review"}, CreateTokenReviews},
	{"get", []string{"serviceaccount", "serviceaccounts"}, ReadServiceAccounts},
	{"get", []string{"pod", "pods"}, ReadPods},
	{"get", []string{"secret", "secrets"}, ReadSecrets},
	{"get", []string{"node", "nodes"}, ReadNodes},
	{"describe", []string{"node", "nodes"}, ReadNodes},
}

// isOffline reports whether a command of this plugin asks no API server.
func isOffline(subcommand string, words []string) bool {
	switch subcommand {
	case "findings", "simulate":
		return true
	case "inspect", "verify":
		return !slices.Contains(words, "--from-cluster") && slices.ContainsFunc(words, func(w string) bool { return w == "-f" || w == "-" })
	}
	return false
}

// verbOf is the verb of a kubectl command and the word after it, with flags left out.
func verbOf(words []string) (verb, object string) {
	var plain []string
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-n" || strings.HasPrefix(w, "--") && !strings.Contains(w, "="):
			i++
		case strings.HasPrefix(w, "-"):
		default:
			plain = append(plain, w)
		}
	}
	plain = append(plain, "", "")
	return plain[0], plain[1]
}

// forReader leaves to an administrator what the evidence shows that the caller cannot do.
func (c *Case) forReader(f finding.Finding) finding.Finding {
	if c.Simulated {
		return f
	}
	remedies := f.Remedy
	f.Remedy = nil
	for _, r := range remedies {
		permissions, asks := Needs(r.Command)
		lacking := asks && c.CallerIsRefused() || slices.ContainsFunc(permissions, func(p Permission) bool {
			may, known := c.CallerMay(p)
			return known && !may
		})
		switch {
		case r.Asks:
		case r.Command.TakesOthers():
			if !c.CallerIsAdministrator() {
				r = r.OfAdministrator()
			}
		case !lacking:
		case asks && c.CallerIsRefused() && isDiagnosis(r.Command):
			// An administrator asks in their own words.
			if len(remedies) > 1 {
				continue
			}
			r = finding.Remedy{Description: finding.T("Ask an administrator to explain the credential with `kubectl authn explain`, which then also shows the server's reason."), Asks: true}
		default:
			r = r.OfAdministrator()
		}
		f.Remedy = append(f.Remedy, r)
	}
	return f
}

// isDiagnosis reports whether a command only asks this plugin once more.
func isDiagnosis(c finding.Command) bool {
	programs := c.Programs()
	return len(programs) > 0 && len(programs[0]) > 1 && programs[0][1] == "authn"
}

// LoginTool is the exec plugin that produced the credential; nothing where none did.
func (c *Case) LoginTool() finding.Text {
	if m, ok := c.Subject().Credential.SentBy(); ok && m.Type == credential.MethodExec {
		return m.Name
	}
	return finding.Text{}
}
