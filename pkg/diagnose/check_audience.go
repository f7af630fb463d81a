package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A token is taken only by those it was issued for. The server looks at the audience
// before it looks at the clock.
var audience = Check{
	ID:        "audience",
	Stage:     StageAudience,
	Title:     "the token is for the audience asked for",
	Reference: "RFC 7519 section 4.1.3; " + jwtSource,
	Finds:     []finding.ID{finding.AudienceMismatch, finding.AudienceMissing},
	Applies:   readable,
	Run: func(e *evidence.Evidence) Result {
		t := e.Token()
		aud, present := t.Audience()
		var findings []finding.Finding
		if !present && t.Kind != token.KindLegacyServiceAccount {
			findings = append(findings, proved(finding.AudienceMissing, "the token has no `aud`: an API server takes it for its own audiences, relying parties that insist on one refuse it"))
		}
		wanted := e.Audiences
		mismatch := func(certainty finding.Certainty, detail string) finding.Finding {
			f := finding.New(finding.AudienceMismatch, certainty, detail).See("aud of the token", quoted(aud))
			if len(wanted) > 0 {
				f = f.See("asked for", quoted(wanted))
			}
			return rightAudience(e, f, wanted)
		}
		if reason, _, ok := said(e, finding.AudienceMismatch); ok && !accessToken(t) {
			detail := "the token is for " + quoted(aud) + ", and the server was asked about " + asked(wanted)
			if own, readable := errortext.Strings(reason.Values["wantAudiences"]); readable && len(wanted) == 0 {
				detail = "the token is for " + quoted(aud) + ", and the server takes tokens for " + quoted(own)
			}
			return report(append(findings, mismatch(finding.Proved, detail).See(statusError, reason.Text))...)
		}
		if len(wanted) > 0 && present && lacksAudience(e) {
			return report(append(findings, mismatch(finding.Proved, "the token is for "+quoted(aud)+", and it was asked about for "+quoted(wanted)))...)
		}
		if len(findings) == 0 && (authenticated(e) || takenUp(e) || len(wanted) > 0 || !present) {
			return pass(quoted(aud))
		}
		if len(wanted) == 0 && present && !authenticated(e) && !takenUp(e) {
			if iss, ok := clusterIssuer(e); ok && slices.Contains(aud, iss) {
				return report(findings...)
			}
			return Result{Status: Unknown, Detail: "which audiences the server takes for its own is not known", Findings: append(findings, mismatch(finding.Possible, "the token is for "+quoted(aud)+"; whether the server takes that for itself is not known"))}
		}
		return report(findings...)
	},
}

// rightAudience adds how to get a token for the audience that was wanted.
func rightAudience(e *evidence.Evidence, f finding.Finding, wanted []string) finding.Finding {
	sa := e.Token().ServiceAccount()
	if sa == nil {
		return f.Do("Get a token for the right audience from its issuer, or add this one's audience to issuer.audiences in the server's AuthenticationConfiguration.", "")
	}
	var flags []string
	volume := ""
	for _, a := range wanted {
		flags = append(flags, "--audience "+word(a))
		volume = fmt.Sprintf(", audience: %q", a)
	}
	f = f.Do("Get a token for the audience that is wanted.", mint(sa.Namespace, sa.Name, flags...))
	if sa.Pod != nil {
		f = f.Do("In a Pod, ask for that audience in a projected volume of the spec: volumes: [{name: token, projected: {sources: [{serviceAccountToken: {path: token"+volume+"}}]}}].", "kubectl explain pod.spec.volumes.projected.sources.serviceAccountToken")
	}
	return f
}

func quoted(items []string) string {
	if len(items) == 0 {
		return "(none)"
	}
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

func asked(items []string) string {
	if len(items) == 0 {
		return "its own audiences"
	}
	return quoted(items)
}
