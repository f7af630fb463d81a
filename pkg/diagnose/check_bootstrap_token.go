package diagnose

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The server gives no reason for refusing a bootstrap token, whatever is wrong with
// it; the Secret has it.
var bootstrapToken = Check{
	ID:        "bootstrap-token",
	Stage:     StageObjects,
	Title:     "the bootstrap token's Secret is there and in order",
	Reference: "k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go",
	Finds: []finding.ID{
		finding.BootstrapTokenNotFound, finding.BootstrapTokenSecretMismatch, finding.BootstrapTokenExpired,
		finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled, finding.CredentialRejected,
	},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Credential.IsToken() && e.Token().Bootstrap != nil
	},
	Run: func(e *evidence.Evidence) Result {
		s := e.Subject().Secret
		title := "Secret kube-system/bootstrap-token-" + e.Token().Bootstrap.ID
		renew := "Create a new bootstrap token."
		const command = "kubeadm token create --print-join-command"
		if authenticated(e) {
			return pass(title)
		}
		if !s.Known() {
			return unknown(title+" could not be looked at: "+s.Reason(), finding.BootstrapTokenNotFound, finding.BootstrapTokenSecretMismatch,
				finding.BootstrapTokenExpired, finding.BootstrapTokenNotForAuthentication, finding.BootstrapTokensDisabled)
		}
		b := s.Value.Bootstrap
		if s.Value.Exists && ended(e, s.Value.Object) {
			return report(proved(finding.BootstrapTokenNotFound, title+" is being deleted").See(s.Source, "deletionTimestamp: "+stamp(*s.Value.DeletionTimestamp)).Do(renew, command))
		}
		if !s.Value.Exists || b == nil {
			return report(proved(finding.BootstrapTokenNotFound, title+" does not exist; the token cleaner deletes expired ones").See(s.Source, "not found").Do(renew, command))
		}
		var findings []finding.Finding
		if !b.TypeMatches {
			findings = append(findings, proved(finding.BootstrapTokenNotFound, fmt.Sprintf("%s is of type %q, and not a bootstrap token", title, s.Value.Type)).See("type", s.Value.Type).Do(renew, command))
		}
		if !b.SecretMatches || !b.IDMatches {
			detail := title + " has another token-secret than this token"
			if !b.IDMatches {
				detail = title + " has another token-id than its name says"
			}
			findings = append(findings, proved(finding.BootstrapTokenSecretMismatch, detail).See(s.Source, "does not match the token").Do(renew, command))
		}
		if f, gone := bootstrapExpired(e, title, b.Expiration); gone {
			findings = append(findings, f.Do(renew, command))
		}
		if b.UsageAuthentication != "true" {
			findings = append(findings, proved(finding.BootstrapTokenNotForAuthentication, title+" does not say usage-bootstrap-authentication: \"true\"").
				See("usage-bootstrap-authentication", fmt.Sprintf("%q", b.UsageAuthentication)).Do("Create a bootstrap token that may be used for authentication.", "kubeadm token create --usages authentication,signing"))
		}
		for _, group := range strings.Split(b.ExtraGroups, ",") {
			if b.ExtraGroups != "" && (len(group) > maxGroup || !bootstrapGroup.MatchString(group)) {
				findings = append(findings, proved(finding.CredentialRejected, fmt.Sprintf("%s gives the token the group %s, which no bootstrap token can have: the server refuses the token for it", title, quote(group))).
					See("auth-extra-groups", short(b.ExtraGroups)).Do("Write only groups under auth-extra-groups that begin with system:bootstrappers: and go on in lower case.", ""))
				break
			}
		}
		if len(findings) > 0 {
			return report(findings...)
		}
		if refused(e) && (decidingText(e) == "" || errortext.Bare(decidingText(e))) {
			return report(finding.New(finding.BootstrapTokensDisabled, finding.Eliminated, title+" is in order, and the server refuses the token").
				See("ruled out, because", "the Secret is there, holds this token, is not expired and is marked for authentication").
				Do("Start kube-apiserver with --enable-bootstrap-token-auth=true, as kubeadm does.", "kubectl -n kube-system get pod -l component=kube-apiserver -o yaml | grep enable-bootstrap-token-auth"))
		}
		return pass(title)
	},
}

// bootstrapGroup is what a group of a bootstrap token can be called
// (k8s.io/cluster-bootstrap token/api, BootstrapGroupPattern).
var bootstrapGroup = regexp.MustCompile(`^system:bootstrappers:[a-z0-9:-]*[a-z0-9]$`)

// maxGroup is how long it may be, in bytes.
const maxGroup = len("system:bootstrappers:") + 256

func bootstrapExpired(e *evidence.Evidence, title, expiration string) (finding.Finding, bool) {
	if expiration == "" {
		return finding.Finding{}, false
	}
	now, byServer := e.ServerNow()
	at, err := time.Parse(time.RFC3339, expiration)
	switch {
	case err != nil:
		return proved(finding.BootstrapTokenExpired, title+" has an expiration that cannot be read, which counts as expired").See("expiration", expiration), true
	case !now.Before(at):
		return finding.New(finding.BootstrapTokenExpired, byClock(e, false), fmt.Sprintf("%s expired on %s, %s ago%s", title, stamp(at), span(now.Sub(at)), clockWords(byServer))).See("expiration", expiration), true
	}
	return finding.Finding{}, false
}
