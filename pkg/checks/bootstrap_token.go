package checks

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server gives no reason for rejecting a bootstrap token. The Secret shows it.
var bootstrapToken = Check{
	ID:        "bootstrap-token",
	Title:     "bootstrap token Secret",
	Reference: "k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go",
	Finds: []finding.ID{
		finding.BootstrapTokenNotFound, finding.BootstrapTokenSecretMismatch, finding.BootstrapTokenExpired,
		finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled, finding.CredentialRejected,
	},
	Applies: func(c *Case) bool {
		return c.IsToken() && c.Token().Bootstrap != nil
	},
	Run: func(c *Case) Result {
		s := c.Subject().Secret
		title := T("Secret kube-system/%s", finding.Secret.Of("bootstrap-token-"+c.Token().Bootstrap.ID))
		if c.Authenticated() {
			return pass(T("accepted by the API server"))
		}
		var findings []finding.Finding
		enabled, haveFlag := c.Flag("enable-bootstrap-token-auth")
		if haveFlag && enabled.Off() && c.RefusedOnTheWire() {
			f := prove(finding.BootstrapTokensDisabled, "the API server runs without --enable-bootstrap-token-auth and ignores bootstrap tokens")
			findings = append(findings, seen(f, enabled).Step(enableBootstrap(c)))
		}
		switch {
		case !s.Known() && len(findings) > 0:
			return report(findings...)
		case !s.Known():
			return withoutSecret(c, title)
		case s.Value.Exists && s.Value.DeletionTimestamp != nil:
			return report(append(findings, prove(finding.BootstrapTokenNotFound, "%s is being deleted", title).
				SeenAt(s.Source, T("deletionTimestamp: %s", finding.Time(*s.Value.DeletionTimestamp))).Fix(newBootstrapToken, newBootstrapTokenCommand))...)
		case !s.Value.Exists || s.Value.Bootstrap == nil:
			return report(append(findings, prove(finding.BootstrapTokenNotFound, "%s does not exist. The control plane deletes expired bootstrap tokens", title).
				SeenAt(s.Source, T("not found")).Fix(newBootstrapToken, newBootstrapTokenCommand))...)
		}
		if findings = append(findings, bootstrapFaults(c, title)...); len(findings) > 0 {
			return report(findings...)
		}
		if c.RefusedOnTheWire() && (c.DecidingText() == "" || errortext.InvalidBearerTokenOnly(c.DecidingText())) {
			f := finding.Found(finding.BootstrapTokensDisabled, finding.Eliminated, "%s is valid, and the API server rejects the token", title).
				RuleOut(T("the Secret exists, holds this token, has not expired and is enabled for authentication"))
			if haveFlag {
				f = seen(f, enabled).Seen("differs from the answer", T("with this flag the API server would accept the token. The Pod belongs to another API server or is out of date"))
			}
			return report(f.Step(enableBootstrap(c)))
		}
		return pass(T("valid: %s", title))
	},
}

const newBootstrapToken = "Create a new bootstrap token on a control-plane node, and run the printed join command on the new node."

func enableBootstrap(c *Case) finding.Remedy {
	return c.Ask(T("Set `--enable-bootstrap-token-auth=true` in the kube-apiserver manifest on each control-plane node."),
		T("Ask an administrator to set `--enable-bootstrap-token-auth=true` in the kube-apiserver manifest on each control-plane node."), enableBootstrapCommand)
}

var (
	newBootstrapTokenCommand = run("kubeadm token create --print-join-command")
	enableBootstrapCommand   = run("kubectl -n kube-system get pod -l component=kube-apiserver -o yaml").Pipe(run("grep -e --enable-bootstrap-token-auth")).ByOthers()
)

// bootstrapFaults are those of the Secret that is there.
func bootstrapFaults(c *Case, title finding.Text) []finding.Finding {
	var findings []finding.Finding
	s := c.Subject().Secret
	b := s.Value.Bootstrap
	if !b.TypeMatches {
		findings = append(findings, prove(finding.BootstrapTokenNotFound, "%s has the type %q and is not a bootstrap token", title, finding.Standard(s.Value.Type)).
			Seen("type", finding.Standard(s.Value.Type)).Fix(newBootstrapToken, newBootstrapTokenCommand))
	}
	if !b.SecretMatches || !b.IDMatches {
		detail := T("%s has another token-secret than this token", title)
		if !b.IDMatches {
			detail = T("%s has another token-id than its name says", title)
		}
		f := prove(finding.BootstrapTokenSecretMismatch, "%s", detail).SeenAt(s.Source, T("does not match the token"))
		if !b.IDMatches {
			f.Title = T("the token-id in the bootstrap token's Secret is wrong")
		}
		findings = append(findings, f.Fix(newBootstrapToken, newBootstrapTokenCommand))
	}
	findings = append(findings, bootstrapExpired(c, title, b.Expiration)...)
	if b.UsageAuthentication != "true" {
		findings = append(findings, prove(finding.BootstrapTokenNotForAuthentication, "%s does not set usage-bootstrap-authentication: \"true\"", title).
			Seen("usage-bootstrap-authentication", T("%q", finding.Message(b.UsageAuthentication))).
			Fix("Create a bootstrap token that is enabled for authentication, on a control-plane node.", run("kubeadm token create --usages authentication,signing --print-join-command")))
	}
	for _, group := range strings.Split(b.ExtraGroups, ",") {
		if b.ExtraGroups != "" && (len(group) > maxGroup || !bootstrapGroup().MatchString(group)) {
			f := prove(finding.CredentialRejected, "%s gives the token the group %q, which is not valid for bootstrap tokens. The API server rejects the token for that reason", title, finding.Group.Of(group)).
				Seen("auth-extra-groups", finding.Quoted(b.ExtraGroups)).
				Fix("In `auth-extra-groups`, use only groups that begin with `system:bootstrappers:` and continue in lower case.", finding.Command{})
			f.Title = diagnose.InvalidBootstrapGroup
			findings = append(findings, f)
			break
		}
	}
	return findings
}

// withoutSecret judges by what kube-public/cluster-info says, which anyone may read
// where kubeadm made the cluster: it is signed with each token that may sign it, is not
// expired, and is there.
func withoutSecret(c *Case, title finding.Text) Result {
	detail := T("%s could not be read: %s", title, c.Subject().Secret.Reason())
	possible := []finding.ID{
		finding.BootstrapTokenNotFound, finding.BootstrapTokenSecretMismatch, finding.BootstrapTokenExpired,
		finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled,
	}
	info := c.Subject().ClusterInfo
	source, see := info.Source, noDetail
	switch i := info.Value; {
	case !info.Known() || !i.Exists:
	case i.Matches:
		see = T("signed with this token, which existed and had not expired when the ConfigMap was written")
		possible = []finding.ID{finding.BootstrapTokenExpired, finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled}
	case i.Signed && c.RefusedOnTheWire():
		return report(prove(finding.BootstrapTokenSecretMismatch, "the cluster has a bootstrap token with this ID and another token-secret").
			SeenAt(source, T("signed with another token of the same ID")).Fix(newBootstrapToken, newBootstrapTokenCommand))
	case i.Signed:
		see = T("signed with another token of the same ID")
	default:
		see = T("not signed with a token of this ID. The token does not exist, has expired, or is not enabled for signing")
	}
	r := unknown(detail, possible...)
	if !see.IsZero() {
		for i := range r.Findings {
			r.Findings[i] = r.Findings[i].SeenAt(source, see)
		}
		r.Detail = T("%s. The ConfigMap cluster-info is %s", detail, see)
	}
	return r
}

// bootstrapGroup is what a group of a bootstrap token can be called
// (k8s.io/cluster-bootstrap token/api, BootstrapGroupPattern).
var bootstrapGroup = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^system:bootstrappers:[a-z0-9:-]*[a-z0-9]$`) })

// maxGroup is how long it may be, in bytes.
const maxGroup = len("system:bootstrappers:") + 256

func bootstrapExpired(c *Case, title finding.Text, expiration string) []finding.Finding {
	now, byServer := c.ServerNow()
	at, err := time.Parse(time.RFC3339, expiration)
	f := finding.Found(finding.BootstrapTokenExpired, c.CertaintyByClock(false), "%s expired at %s (%s ago, %s)", title, finding.Time(at), finding.Duration(now.Sub(at)), clockUsed(byServer))
	switch {
	case expiration == "", err == nil && now.Before(at):
		return nil
	case err != nil:
		f = prove(finding.BootstrapTokenExpired, "%s has an expiration that cannot be read and counts as expired", title)
	}
	return []finding.Finding{f.Seen("expiration", finding.Message(expiration)).Fix(newBootstrapToken, newBootstrapTokenCommand)}
}
