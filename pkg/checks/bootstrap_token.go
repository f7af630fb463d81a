package checks

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The server gives no reason for refusing a bootstrap token, whatever is wrong with
// it; the Secret has it.
var bootstrapToken = Check{
	ID:        "bootstrap-token",
	Title:     "the bootstrap token's Secret is there and in order",
	Reference: "k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go",
	Finds: []finding.ID{
		finding.BootstrapTokenNotFound, finding.BootstrapTokenSecretMismatch, finding.BootstrapTokenExpired,
		finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled, finding.CredentialRejected,
	},
	Applies: func(e *Case) bool {
		return e.IsToken() && e.Token().Bootstrap != nil
	},
	Run: func(e *Case) Result {
		s := e.Subject().Secret
		title := "Secret kube-system/bootstrap-token-" + e.Token().Bootstrap.ID
		if e.Authenticated() {
			return pass(title)
		}
		var findings []finding.Finding
		enabled, haveFlag := e.Flag("enable-bootstrap-token-auth")
		if haveFlag && enabled.Off() && e.RefusedOnTheWire() {
			f := proved(finding.BootstrapTokensDisabled, "the API server is started without --enable-bootstrap-token-auth, and looks at no bootstrap token")
			findings = append(findings, seen(f, enabled).Do(enableBootstrap, enableBootstrapCommand))
		}
		switch {
		case !s.Known() && len(findings) > 0:
			return report(findings...)
		case !s.Known():
			return withoutSecret(e, title)
		case s.Value.Exists && s.Value.DeletionTimestamp != nil:
			return report(append(findings, proved(finding.BootstrapTokenNotFound, title+" is being deleted").See(s.Source, "deletionTimestamp: "+stamp(*s.Value.DeletionTimestamp)).Do(newBootstrapToken, newBootstrapTokenCommand))...)
		case !s.Value.Exists || s.Value.Bootstrap == nil:
			return report(append(findings, proved(finding.BootstrapTokenNotFound, title+" does not exist; the token cleaner deletes expired ones").See(s.Source, "not found").Do(newBootstrapToken, newBootstrapTokenCommand))...)
		}
		if findings = append(findings, bootstrapFaults(e, title)...); len(findings) > 0 {
			return report(findings...)
		}
		if e.RefusedOnTheWire() && (e.DecidingText() == "" || errortext.Bare(e.DecidingText())) {
			f := finding.New(finding.BootstrapTokensDisabled, finding.Eliminated, title+" is in order, and the server refuses the token").
				See("ruled out, because", "the Secret is there, holds this token, is not expired and is marked for authentication")
			if haveFlag {
				f = seen(f, enabled).See("not what was answered", "by its flag it would take the token: the Pod is not of the API server that answered, or not up to date")
			}
			return report(f.Do(enableBootstrap, enableBootstrapCommand))
		}
		return pass(title)
	},
}

const (
	newBootstrapToken        = "Create a new bootstrap token, on a control-plane node."
	newBootstrapTokenCommand = "kubeadm token create --print-join-command"
	enableBootstrap          = "Start kube-apiserver with --enable-bootstrap-token-auth=true, as kubeadm does, in its manifest on each control-plane node."
	enableBootstrapCommand   = "kubectl -n kube-system get pod -l component=kube-apiserver -o yaml | grep -e --enable-bootstrap-token-auth"
)

// bootstrapFaults are those of the Secret that is there.
func bootstrapFaults(e *Case, title string) []finding.Finding {
	var findings []finding.Finding
	s := e.Subject().Secret
	b := s.Value.Bootstrap
	if !b.TypeMatches {
		findings = append(findings, proved(finding.BootstrapTokenNotFound, fmt.Sprintf("%s is of type %q, and not a bootstrap token", title, s.Value.Type)).See("type", s.Value.Type).Do(newBootstrapToken, newBootstrapTokenCommand))
	}
	if !b.SecretMatches || !b.IDMatches {
		detail := title + " has another token-secret than this token"
		if !b.IDMatches {
			detail = title + " has another token-id than its name says"
		}
		findings = append(findings, proved(finding.BootstrapTokenSecretMismatch, detail).See(s.Source, "does not match the token").Do(newBootstrapToken, newBootstrapTokenCommand))
	}
	if f, gone := bootstrapExpired(e, title, b.Expiration); gone {
		findings = append(findings, f.Do(newBootstrapToken, newBootstrapTokenCommand))
	}
	if b.UsageAuthentication != "true" {
		findings = append(findings, proved(finding.BootstrapTokenNotForAuthentication, title+" does not say usage-bootstrap-authentication: \"true\"").
			See("usage-bootstrap-authentication", fmt.Sprintf("%q", b.UsageAuthentication)).Do("Create a bootstrap token that may be used for authentication.", "kubeadm token create --usages authentication,signing --print-join-command"))
	}
	for _, group := range strings.Split(b.ExtraGroups, ",") {
		if b.ExtraGroups != "" && (len(group) > maxGroup || !bootstrapGroup().MatchString(group)) {
			findings = append(findings, proved(finding.CredentialRejected, fmt.Sprintf("%s gives the token the group %s, which no bootstrap token can have: the server refuses the token for it", title, quote(group))).
				See("auth-extra-groups", short(b.ExtraGroups)).Do("Write only groups under auth-extra-groups that begin with system:bootstrappers: and go on in lower case.", ""))
			break
		}
	}
	return findings
}

// withoutSecret judges by what kube-public/cluster-info says, which anybody may read
// where kubeadm made the cluster: it is signed with each token that may sign it, is not
// expired, and is there.
func withoutSecret(e *Case, title string) Result {
	detail := title + " could not be looked at: " + e.Subject().Secret.Reason()
	possible := []finding.ID{
		finding.BootstrapTokenNotFound, finding.BootstrapTokenSecretMismatch, finding.BootstrapTokenExpired,
		finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled,
	}
	info := e.Subject().ClusterInfo
	see := ""
	switch i := info.Value; {
	case !info.Known() || !i.Exists:
	case i.Matches:
		see = "signed with this very token: it is there, and was not expired when that was written"
		possible = []finding.ID{finding.BootstrapTokenExpired, finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled}
	case i.Signed && e.RefusedOnTheWire():
		return report(proved(finding.BootstrapTokenSecretMismatch, "the cluster has a bootstrap token of this ID, and another token-secret than this one").
			See(info.Source, "signed by a token of this ID, and not by this one").Do(newBootstrapToken, newBootstrapTokenCommand))
	case i.Signed:
		see = "signed by a token of this ID, and not by this one"
	default:
		see = "not signed by a token of this ID: it is not there, has expired, or is not meant for signing"
	}
	r := unknown(detail, possible...)
	if see != "" {
		for i := range r.Findings {
			r.Findings[i] = r.Findings[i].See(info.Source, see)
		}
		r.Detail += "; " + info.Source + " is " + see
	}
	return r
}

// bootstrapGroup is what a group of a bootstrap token can be called
// (k8s.io/cluster-bootstrap token/api, BootstrapGroupPattern).
var bootstrapGroup = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^system:bootstrappers:[a-z0-9:-]*[a-z0-9]$`) })

// maxGroup is how long it may be, in bytes.
const maxGroup = len("system:bootstrappers:") + 256

func bootstrapExpired(e *Case, title, expiration string) (finding.Finding, bool) {
	if expiration == "" {
		return finding.Finding{}, false
	}
	now, byServer := e.ServerNow()
	at, err := time.Parse(time.RFC3339, expiration)
	switch {
	case err != nil:
		return proved(finding.BootstrapTokenExpired, title+" has an expiration that cannot be read, which counts as expired").See("expiration", expiration), true
	case !now.Before(at):
		return finding.New(finding.BootstrapTokenExpired, e.CertaintyByClock(false), fmt.Sprintf("%s expired on %s, %s ago%s", title, stamp(at), span(now.Sub(at)), clockWords(byServer))).See("expiration", expiration), true
	}
	return finding.Finding{}, false
}
