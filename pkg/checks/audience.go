package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A token is taken only by those it was issued for. The server looks at the audience
// before it looks at the clock.
var audience = Check{
	ID:        "audience",
	Title:     "audience",
	Reference: "RFC 7519 section 4.1.3; " + jwtSource,
	Finds:     []finding.ID{finding.AudienceMismatch, finding.AudienceMissing},
	Applies: func(c *Case) bool {
		return c.HasReadableClaims() || len(c.Audiences) > 0 && c.IsToken()
	},
	Run: func(c *Case) Result {
		aud, present := c.Token().Audience()
		var findings []finding.Finding
		if c.ClaimsComplete() && !present && c.Token().Kind != token.KindLegacyServiceAccount {
			findings = append(findings, prove(finding.AudienceMissing, "the token has no `aud`: an API server takes it for its own audiences, relying parties that insist on one refuse it"))
		}
		judge := judgeAsked
		switch _, named := audienceRefused(c.DecidingText()); {
		case named:
			judge = judgeNamed
		case len(c.Audiences) == 0:
			judge = judgeOwn
		}
		if f, ok := judge(c, aud); ok {
			findings = append(findings, f)
		}
		if len(findings) == 0 {
			return pass(audiences(aud))
		}
		return report(findings...)
	},
}

// mismatch is the finding that the token is for others than those who were asked about.
func mismatch(c *Case, certainty finding.Certainty, detail finding.Text) finding.Finding {
	f := finding.Found(finding.AudienceMismatch, certainty, "%s", detail)
	if aud, present := c.Token().Audience(); present {
		f = f.Seen("aud of the token", audiences(aud))
	}
	if len(c.Audiences) > 0 {
		f = f.Seen("asked for", audiences(c.Audiences))
	}
	return rightAudience(c, f, c.Audiences)
}

// judgeNamed is for a message of the server's that is about the audience.
func judgeNamed(c *Case, aud []string) (finding.Finding, bool) {
	if accessToken(c.Token()) {
		// oidcRules has the narrower explanation.
		return finding.Finding{}, false
	}
	wanted := c.Audiences
	reason, _ := audienceRefused(c.DecidingText())
	detail := T("the token is for %s, and the server was asked about %s", audiences(aud), asked(wanted))
	if _, present := c.Token().Audience(); !present {
		detail = T("the token has no `aud` and stands for the API server's own audiences, and the server was asked about %s", asked(wanted))
	}
	if own, readable := errortext.Strings(reason.Values["wantAudiences"]); readable && len(wanted) == 0 {
		detail = T("the token is for %s, and the server takes tokens for %s", audiences(aud), audiences(own))
	}
	return mismatch(c, finding.Proved, detail).Seen(statusError, finding.Message(reason.Text)), true
}

// judgeAsked is for the audiences that are asked about.
func judgeAsked(c *Case, aud []string) (finding.Finding, bool) {
	wanted := c.Audiences
	r, _ := c.Subject().Review(wanted)
	switch {
	case c.AcceptedForOtherAudiences():
		return mismatch(c, finding.Proved, T("the server takes the token for somebody, and answers for %s where it was asked about %s", audiences(r.Answer.Value.Audiences), audiences(wanted))).
			Seen("TokenReview status.audiences", audiences(r.Answer.Value.Audiences)), true
	case c.IsBoundToken() && c.LacksAskedAudience():
		return mismatch(c, finding.Proved, T("the token is for %s, and it was asked about for %s", audiences(aud), audiences(wanted))), true
	case deafTo(c):
		return mismatch(c, finding.Eliminated, T("the server takes a stand on the token for its own audiences, and takes no notice of it for %s", audiences(wanted))).
			Seen(statusError, finding.Message(invalidBearerToken)).
			Seen("ruled out, because", T("only ServiceAccount tokens and those of a webhook are looked at for audiences that are not the API server's own")), true
	case !r.Answer.Known() && !c.IsBoundToken():
		return mismatch(c, finding.Possible, T("whether the server takes the token for %s, only a TokenReview tells", audiences(wanted))), true
	}
	return finding.Finding{}, false
}

// judgeOwn is for the API server's own audiences.
func judgeOwn(c *Case, aud []string) (finding.Finding, bool) {
	if _, present := c.Token().Audience(); !present || c.Authenticated() || c.TakenUp() {
		return finding.Finding{}, false
	}
	if own, ok := audienceFlag(c); ok && own.Set() {
		if !c.RefusedOnTheWire() || slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(own.Values, a) }) {
			return finding.Finding{}, false
		}
		return seen(mismatch(c, finding.Proved, T("the token is for %s, and the server takes tokens for %s", audiences(aud), audiences(own.Values))), own), true
	}
	// A ServiceAccount token of the cluster is for its issuer, unless something else
	// was asked for.
	iss, ok := c.ClusterIssuer()
	return mismatch(c, finding.Possible, T("the token is for %s; whether the server takes that for itself is not known", audiences(aud))), !ok || !slices.Contains(aud, iss)
}

// audienceFlag says for which audiences the server takes tokens of the token's issuer; false
// where another file says that.
func audienceFlag(c *Case) (diagnose.Flag, bool) {
	oidc, haveOIDC := c.Flag("oidc-issuer-url")
	own, _ := c.IsOwnIssuer(c.Token().Issuer())
	audiences, haveAudiences := c.Flag("api-audiences")
	switch {
	case own && haveAudiences && audiences.Set():
		return audiences, true
	case own && haveAudiences:
		return c.Flag("service-account-issuer")
	case haveOIDC && slices.Contains(oidc.Values, c.Token().Issuer()):
		return c.Flag("oidc-client-id")
	}
	return diagnose.Flag{}, false
}

const invalidBearerToken = "invalid bearer token"

// audienceRefused returns the message of the server's text that is about the audience.
func audienceRefused(text string) (errortext.Reason, bool) {
	for _, r := range errortext.Parse(text) {
		if r.Stage != errortext.Bearer && slices.Contains(r.IDs, finding.AudienceMismatch) {
			return r, true
		}
	}
	return errortext.Reason{}, false
}

// deafTo reports whether the server has a word of its own on the token for its own
// audiences, and none for those asked for: all but ServiceAccount tokens it silently
// ignores then (k8s.io/apiserver pkg/authentication/authenticator, WrapAudienceAgnosticToken).
func deafTo(c *Case) bool {
	asked, ok := c.Subject().Review(c.Audiences)
	if !ok || !asked.Answer.Known() || asked.Answer.Value.Authenticated || !errortext.Bare(asked.Answer.Value.Error) {
		return false
	}
	own, ok := c.Subject().Review(nil)
	if ok && own.Answer.Known() {
		return diagnose.ReviewNamesUser(own.Answer.Value) || diagnose.TakenUpIn(own.Answer.Value.Error)
	}
	return diagnose.NamesUser(diagnose.UserOf(c.Subject().Wire))
}

// rightAudience adds how to get a token for the audience that was wanted.
func rightAudience(c *Case, f finding.Finding, wanted []string) finding.Finding {
	sa := c.Token().ServiceAccount()
	if sa == nil {
		return f.Fix("Get a token for the right audience from its issuer, or add this one's audience to issuer.audiences in the server's AuthenticationConfiguration.", finding.Command{})
	}
	f = f.Fix("Get a token for the audience that is wanted.", mint(sa.Namespace, sa.Name, wanted...))
	if aud, _ := c.Token().Audience(); len(wanted) == 0 && len(aud) > 0 && len(aud[0]) <= maxWord {
		f = f.Fix("If the token is meant for somebody else than the API server, ask as they do.",
			askAgain(c, run("kubectl authn explain").Flag("--audience", finding.Audience.Of(aud[0]))))
	}
	switch {
	case sa.Pod != nil && len(wanted) == 0:
		f = f.Fix("In a Pod, the token for the API server is the one in /var/run/secrets/kubernetes.io/serviceaccount, or a projected one without `audience`.", finding.Command{})
	case sa.Pod != nil:
		f = f.Fix("In a Pod, ask for that audience in a projected volume: copy volumes and volumeMounts of this one, which the server only checks, into the spec of whatever controls the Pod.", projected(sa.Namespace, sa.Name, wanted[len(wanted)-1]))
	}
	return f
}

func asked(items []string) finding.Text {
	if len(items) == 0 {
		return T("its own audiences")
	}
	return audiences(items)
}

// audiences lists them, and not too many.
func audiences(items []string) finding.Text {
	return quotedNames(finding.Audience, items)
}
