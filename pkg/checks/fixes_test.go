package checks

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// everyCase calls f with the evidence of each case of this package, after a change.
func everyCase(change func(*evidence.Evidence), f func(name string, e *evidence.Evidence, findings []finding.Finding)) {
	try := func(name string, e *evidence.Evidence) {
		e = copied(e)
		change(e)
		f(name, e, diagnosed(e).Findings)
	}
	for _, c := range checkCases {
		try(c.check+": "+c.name, c.given)
	}
	for _, c := range causeCases {
		try("cause: "+c.name, c.given)
	}
}

// copied copies the evidence and its subjects.
func copied(e *evidence.Evidence) *evidence.Evidence {
	out := *e
	out.Subjects = make([]*evidence.Subject, len(e.Subjects))
	for i, s := range e.Subjects {
		subject, cred := *s, *s.Credential
		subject.Credential = &cred
		out.Subjects[i] = &subject
	}
	return &out
}

// sendsCredential are commands that send the caller's credential to the API server.
var sendsCredential = regexp.MustCompile(`(?:^|[;|&(] *)kubectl (?:--?[a-z-]+[ =]\S+ )*(?:create|get|describe|delete|patch|rollout|logs|exec|auth|debug|authn (?:explain|review|mint|discover))\b`)

// A user whose own credential is rejected gets no command that needs that credential.
func TestNoFixUsesTheRejectedCredential(t *testing.T) {
	cases, fixes := 0, 0
	everyCase(func(e *evidence.Evidence) {
		e.Subject().Credential.AsCaller = true
		e.Subject().Credential.KubeconfigUser = "jane"
	}, func(name string, e *evidence.Evidence, findings []finding.Finding) {
		c := diagnose.NewCase(e)
		if !c.CallerIsRefused() || e.Simulated {
			return
		}
		cases++
		for _, f := range findings {
			for _, r := range f.Remedy {
				fixes++
				if !r.Command.TakesOthers() && sendsCredential.MatchString(r.Command.String()) {
					t.Errorf("%s: %s: %s: %s", name, f.ID, r.Description, r.Command)
				}
			}
		}
	})
	if cases < 100 || fixes < 200 {
		t.Errorf("%d cases, %d fixes", cases, fixes)
	}
}

// No fix needs a permission that the evidence shows to be missing.
func TestNoFixNeedsAMissingPermission(t *testing.T) {
	left := 0
	everyCase(func(e *evidence.Evidence) {
		e.Caller.Value.Groups = nil
		e.Subject().MayRequestToken = evidence.Is(false, finding.T("SelfSubjectAccessReview"))
	}, func(name string, e *evidence.Evidence, findings []finding.Finding) {
		pods := e.Subject().Pod.Failed(evidence.Forbidden)
		for _, f := range findings {
			for _, r := range f.Remedy {
				command := r.Command.String()
				needs := strings.Contains(command, "create token") || pods && strings.Contains(command, " get pod ")
				switch {
				case needs && r.Command.TakesOthers():
					left++
				case needs && !e.Simulated:
					t.Errorf("%s: %s: %s: %s", name, f.ID, r.Description, r.Command)
				}
			}
		}
	})
	if left == 0 {
		t.Error("no fix is left to others")
	}
}

// A fix for an administrator says so, and has the mark that reports use.
func TestFixesForOthersAskAnAdministrator(t *testing.T) {
	everyCase(func(e *evidence.Evidence) { e.Caller.Value.Groups = nil }, func(name string, e *evidence.Evidence, findings []finding.Finding) {
		for _, f := range findings {
			for _, r := range f.Remedy {
				if r.Command.TakesOthers() && !(r.Asks && strings.Contains(r.Description.String(), "sk an administrator ")) && !e.Simulated {
					t.Errorf("%s: %s: %q: %s", name, f.ID, r.Description, r.Command)
				}
			}
		}
	})
}

// A new token has instructions where to put it, for each source of the old token.
func TestTokensArePutInPlace(t *testing.T) {
	file := finding.Run("-f").Argf("%s", finding.File.Of("my token"))
	refusedCaller := func(e *evidence.Evidence) {
		e.Caller = evidence.Not[token.Identity](&evidence.Failure{Kind: evidence.Unauthenticated, Said: finding.T("Unauthorized")}, finding.T("SelfSubjectReview"))
	}
	method := func(m credential.Method) *credential.Trace {
		m.Client = credential.Sent
		return &credential.Trace{Methods: []credential.Method{m}}
	}
	for name, c := range map[string]struct {
		change func(*evidence.Evidence, *credential.Credential)
		want   string
	}{
		"a file": {func(_ *evidence.Evidence, c *credential.Credential) { c.Again = file },
			`token="$(kubectl create token robot --namespace shop)" && printf '%s\n' "$token" > 'my token'`},
		"the kubeconfig": {func(_ *evidence.Evidence, c *credential.Credential) { c.KubeconfigUser = "jane" },
			`token="$(kubectl create token robot --namespace shop)" && kubectl config set-credentials jane --token="$token"`},
		"a kubeconfig passed with -f": {func(_ *evidence.Evidence, c *credential.Credential) {
			c.KubeconfigUser, c.Again, c.Document = "jane", file, true
		}, `token="$(kubectl create token robot --namespace shop)" && kubectl config set-credentials jane --kubeconfig 'my token' --token="$token"`},
		"a tokenFile": {func(_ *evidence.Evidence, c *credential.Credential) {
			c.KubeconfigUser, c.Trace = "jane", method(credential.Method{Type: credential.MethodTokenFile, Name: finding.T("%s", finding.File.Of("/t"))})
		}, `token="$(kubectl create token robot --namespace shop)" && printf '%s\n' "$token" > /t`},
		"an exec plugin": {func(_ *evidence.Evidence, c *credential.Credential) {
			c.KubeconfigUser, c.Trace = "jane", method(credential.Method{Type: credential.MethodExec, Name: finding.T("%s", finding.Program.Of("aws"))})
		}, ""},
		"a Secret": {func(_ *evidence.Evidence, c *credential.Credential) {
			c.Secret.Namespace, c.Secret.Name = "shop", "key"
		}, `token="$(kubectl create token robot --namespace shop)" && kubectl patch secret key --namespace shop --patch "{\"stringData\":{\"token\":\"$token\"}}"`},
		"an argument": {func(*evidence.Evidence, *credential.Credential) {}, `kubectl create token robot --namespace shop`},
		"a caller who is rejected": {func(e *evidence.Evidence, c *credential.Credential) {
			refusedCaller(e)
			c.KubeconfigUser, c.AsCaller = "jane", true
		}, `token="$(cat TOKEN-FILE)" && kubectl config set-credentials jane --token="$token"; kubectl create token robot --namespace shop`},
	} {
		e := copied(given(account(claims{"exp": at(-time.Hour)}), refusedWith(words(expiredText))))
		c.change(e, e.Subject().Credential)
		var got []string
		for _, f := range diagnosed(e).Findings {
			if f.ID != finding.TokenExpired {
				continue
			}
			for _, r := range f.Remedy {
				if !r.Command.IsZero() {
					got = append(got, r.Command.String())
				}
			}
		}
		if joined := strings.Join(got, "; "); joined != c.want {
			t.Errorf("%s:\n%s\nwant %s", name, joined, c.want)
		}
	}
}

// A token for another audience is replaced by a token for that audience.
func TestNewTokenKeepsItsAudience(t *testing.T) {
	for aud, want := range map[string]string{
		"vault":                          `token="$(kubectl create token robot --namespace shop --audience vault)" && printf '%s\n' "$token" > t`,
		"https://kubernetes.default.svc": `token="$(kubectl create token robot --namespace shop)" && printf '%s\n' "$token" > t`,
	} {
		e := copied(given(account(claims{"exp": at(-time.Hour), "aud": []any{aud}}), rejectedWithoutReason))
		e.Subject().Credential.Again = finding.Run("-f").Argf("%s", finding.File.Of("t"))
		e.Subject().MayRequestToken = evidence.Is(true, finding.T("SelfSubjectAccessReview"))
		for _, f := range diagnosed(e).Findings {
			if f.ID == finding.TokenExpired && f.Remedy[0].Command.String() != want {
				t.Errorf("%s: %+v, want %s", aud, f.Remedy, want)
			}
		}
	}
}

// If the reason for a rejection is unknown, a caller who may request tokens is told to request one, and a Pod's
// workload is restarted.
func TestUnexplainedRejectionsHaveAFix(t *testing.T) {
	may := func(e *evidence.Evidence, may bool) {
		e.Caller.Value.Groups = nil
		e.Subject().MayRequestToken = evidence.Is(may, finding.T("SelfSubjectAccessReview"))
	}
	for name, c := range map[string]struct {
		change func(*evidence.Evidence, *credential.Credential)
		want   string
	}{
		"may request tokens": {func(e *evidence.Evidence, _ *credential.Credential) { may(e, true) }, "Request a new token "},
		"may not":            {func(e *evidence.Evidence, _ *credential.Credential) { may(e, false) }, "Ask an administrator to explain "},
		"a projected token for another party": {func(e *evidence.Evidence, c *credential.Credential) {
			may(e, true)
			c.Projected = &credential.Projected{Namespace: "shop", Pod: "web", Audience: "vault"}
		}, "Ask an administrator to explain "},
		"in a Pod": {func(e *evidence.Evidence, c *credential.Credential) {
			may(e, false)
			c.AsCaller, c.KubeletFile = true, "/token"
		}, "Restart the workload "},
	} {
		e := copied(given(noKeys, noObjects, rejectedWithoutReason))
		c.change(e, e.Subject().Credential)
		cause := diagnosed(e).Findings[0]
		if cause.ID != finding.CredentialRejected || !strings.HasPrefix(cause.Remedy[0].Description.String(), c.want) {
			t.Errorf("%s: %s %+v, want %q", name, cause.ID, cause.Remedy, c.want)
		}
	}
}

// Administrators are not told to ask an administrator. If the server cannot be asked, the caller is unknown.
func TestAdministratorsReadWhatToDo(t *testing.T) {
	everyCase(func(*evidence.Evidence) {}, func(name string, e *evidence.Evidence, findings []finding.Finding) {
		if diagnose.NewCase(e).CallerIsAdministrator() {
			for _, f := range findings {
				for _, r := range f.Remedy {
					if r.Asks && f.ID != finding.ServerCertificateExpired && f.ID != finding.ServerCertificateUntrusted {
						t.Errorf("%s: %s: %s", name, f.ID, r.Description)
					}
				}
			}
		}
	})
}

// A Pod's workload is restarted by its name, to give its Pod a new token.
func TestWorkloadsAreRestarted(t *testing.T) {
	for name, c := range map[string]struct {
		of   evidence.Controller
		want string
	}{
		"Deployment":  {evidence.Controller{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}, "kubectl rollout restart deployment/web --namespace shop"},
		"StatefulSet": {evidence.Controller{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "db"}, "kubectl rollout restart statefulset/db --namespace shop"},
		"ReplicaSet":  {evidence.Controller{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-1"}, "kubectl delete pod web --namespace shop"},
		"Job":         {evidence.Controller{APIVersion: "batch/v1", Kind: "Job", Name: "sum"}, ""},
		"nothing":     {evidence.Controller{}, ""},
		"foreign":     {evidence.Controller{APIVersion: "example.com/v1", Kind: "Deployment", Name: "x"}, ""},
	} {
		e := given(account(change(bound("pod", "web", "web-uid"), claims{"exp": at(-time.Hour)})), podIs(there("web-uid")), refusedWith(words(expiredText)))
		e.Subject().Workload = evidence.Is(c.of, finding.T("GET replicaset"))
		got := ""
		for _, f := range diagnosed(e).Findings {
			for _, r := range f.Remedy {
				if f.ID == finding.TokenExpired {
					got += r.Command.String()
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A Secret to which a token was only copied has other data, and is not deleted.
func TestOpaqueSecretIsNotDeleted(t *testing.T) {
	for kind, deletes := range map[string]bool{"Opaque": false, credential.SecretTypeServiceAccountToken: true} {
		e := copied(given(secretToken(nil), secretIs(evidence.Secret{}), rejectedWithoutReason))
		s := &e.Subject().Credential.Secret
		s.Namespace, s.Name, s.Type = "shop", "key", kind
		got := commandsOf(e, finding.LegacyTokenSecretDeleted)
		if got == "" || strings.Contains(got, "delete secret key") != deletes {
			t.Errorf("%s: %s", kind, got)
		}
	}
}

// A faulty token is corrected where it is stored.
func TestTokenIsCorrectedInPlace(t *testing.T) {
	base64ed := base64.StdEncoding.EncodeToString([]byte(tampered))
	inSecret := func(c *credential.Credential) { c.Secret.Namespace, c.Secret.Name = "shop", "key" }
	sentBy := func(m credential.Method) func(*credential.Credential) {
		return func(c *credential.Credential) {
			c.KubeconfigUser, c.AsCaller = "jane", true
			c.Trace = &credential.Trace{Methods: []credential.Method{m}, Settings: []credential.Setting{{Name: "user", Value: finding.T("%s", finding.User.Of("jane"))}}}
		}
	}
	kubeconfig := sentBy(credential.Method{Type: credential.MethodToken, Key: finding.T("token")})
	const read = `token="$(kubectl config view --minify --raw -o jsonpath='{.users[0].user.token}' | `
	const write = `)" && kubectl config set-credentials jane --token="$token"`
	for name, c := range map[string]struct {
		token  string
		id     finding.ID
		stored func(*credential.Credential)
		want   string
	}{
		"base64 in a Secret":       {base64ed, finding.TokenBase64Wrapped, inSecret, `token="$(kubectl get secret key --namespace shop -o jsonpath='{.data.token}' | base64 -d)" && kubectl patch secret key --namespace shop --patch "{\"data\":{\"token\":\"$token\"}}"`},
		"base64 in a kubeconfig":   {base64ed, finding.TokenBase64Wrapped, kubeconfig, read + "base64 -d" + write},
		"a scheme in a kubeconfig": {"Bearer " + tampered, finding.AuthorizationSchemePasted, kubeconfig, read + "sed 's/^[Bb]earer *//'" + write},
		"quotes in a kubeconfig":   {`"` + tampered + `"`, finding.MalformedJWT, kubeconfig, read + `tr -d '"'\'''` + write},
		"a scheme of a plugin":     {"Bearer " + tampered, finding.AuthorizationSchemePasted, sentBy(credential.Method{Type: credential.MethodExec, Name: finding.T("%s", finding.Program.Of("aws"))}), ""},
	} {
		e := copied(given(holding(c.token), refusedWith(bareText)))
		c.stored(e.Subject().Credential)
		if got := commandsOf(e, c.id); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// commandsOf returns the commands of a finding's fixes.
func commandsOf(e *evidence.Evidence, id finding.ID) string {
	var got []string
	for _, f := range diagnosed(e).Findings {
		for _, r := range f.Remedy {
			if f.ID == id && !r.Command.IsZero() {
				got = append(got, r.Command.String())
			}
		}
	}
	return strings.Join(got, "; ")
}
