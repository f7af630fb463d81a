package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A recipient rejects a token that was not issued for it. The API server checks the audience before the lifetime.
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
			detail := T("the token has no `aud`. An API server treats it as issued for its own audiences, and other recipients may reject it")
			if c.Token().Kind != token.KindServiceAccount {
				detail = T("the token has no `aud`. An API server accepts a token of a JWT issuer only if `aud` names a configured audience, and other recipients may reject it")
			}
			findings = append(findings, prove(finding.AudienceMissing, "%s", detail))
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
			if !present {
				return pass(T("not set"))
			}
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
	if party, aud := otherParty(c); !party.IsZero() && f.Explains() {
		f.Title = T("This token is for %s (audience %s); the API server is right to refuse it", party, finding.Audience.Of(aud))
	}
	return rightAudience(c, f, c.Audiences)
}

// otherParty is the well-known party that the token is for, where it is for no other and the API server itself was asked.
func otherParty(c *Case) (party finding.Text, audience string) {
	aud, _ := c.Token().Audience()
	if len(aud) != 1 || len(c.Audiences) > 0 {
		return finding.Text{}, ""
	}
	return credential.Party(aud[0]), aud[0]
}

// judgeNamed is for a message of the server's that is about the audience.
func judgeNamed(c *Case, aud []string) (finding.Finding, bool) {
	if isAccessToken(c.Token()) {
		// oidcRules has the narrower explanation.
		return finding.Finding{}, false
	}
	wanted := c.Audiences
	reason, _ := audienceRefused(c.DecidingText())
	detail := T("the token is for %s, and the API server was asked about %s", audiences(aud), asked(wanted))
	if _, present := c.Token().Audience(); !present && c.Token().Kind == token.KindJWT {
		detail = T("the token has no `aud`, and the API server was asked about %s", asked(wanted))
	} else if !present {
		detail = T("the token has no `aud` and counts as issued for the API server's own audiences. The API server was asked about %s", asked(wanted))
	}
	if own, readable := errortext.Strings(reason.Values["wantAudiences"]); readable && len(wanted) == 0 {
		detail = T("the token is for %s, and the API server accepts tokens for %s", audiences(aud), audiences(own))
		if len(aud) == 0 {
			detail = T("the token has no `aud`, and the API server accepts tokens for %s", audiences(own))
		}
	}
	return mismatch(c, finding.Proved, detail).Quote(finding.Message(reason.Text)), true
}

// judgeAsked is for the audiences that are asked about.
func judgeAsked(c *Case, aud []string) (finding.Finding, bool) {
	wanted := c.Audiences
	r, _ := c.Subject().Review(wanted)
	switch {
	case c.AcceptedForOtherAudiences():
		return mismatch(c, finding.Proved, T("the API server authenticates the token for %s, but was asked about %s", audiences(r.Answer.Value.Audiences), audiences(wanted))).
			Seen("TokenReview status.audiences", audiences(r.Answer.Value.Audiences)), true
	case c.IsBoundToken() && c.LacksAskedAudience():
		return mismatch(c, finding.Proved, T("the token is for %s and not for %s", audiences(aud), audiences(wanted))), true
	case ignoredForAudiences(c):
		return mismatch(c, finding.Eliminated, T("the API server judges the token for its own audiences and ignores it for %s", audiences(wanted))).
			Quote(finding.Message(invalidBearerToken)).
			RuleOut(T("for other audiences than its own, the API server considers only ServiceAccount tokens and a webhook")), true
	case !r.Answer.Known() && !c.IsBoundToken():
		return mismatch(c, finding.Possible, T("only a TokenReview shows whether the API server accepts the token for %s", audiences(wanted))), true
	}
	return finding.Finding{}, false
}

// judgeOwn is for the API server's own audiences.
func judgeOwn(c *Case, aud []string) (finding.Finding, bool) {
	if _, present := c.Token().Audience(); !present || c.Authenticated() || c.PastAudience() {
		return finding.Finding{}, false
	}
	if own, see, ok := ownAudiences(c); ok && len(own) > 0 {
		if !c.RefusedOnTheWire() || slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(own, a) }) {
			return finding.Finding{}, false
		}
		return see(mismatch(c, finding.Proved, T("the token is for %s, and the API server accepts tokens for %s", audiences(aud), audiences(own)))), true
	}
	if c.TakenUp() {
		return finding.Finding{}, false
	}
	// A ServiceAccount token of the cluster is for its issuer, unless something else
	// was asked for.
	iss, ok := c.ClusterIssuer()
	return mismatch(c, finding.Possible, T("the token is for %s. Whether that is an audience of the API server is not known", audiences(aud))), !ok || !slices.Contains(aud, iss)
}

// ownAudiences returns the audiences for which the API server accepts tokens of the token's issuer, and how to show the
// configuration that has them. ok is false if the configuration is not known.
func ownAudiences(c *Case) (own []string, see func(finding.Finding) finding.Finding, ok bool) {
	if flag, ok := audienceFlag(c); ok {
		return flag.Values, func(f finding.Finding) finding.Finding { return seen(f, flag) }, true
	}
	own, where, ok := c.ConfiguredAudiences(c.Token().Issuer())
	return own, func(f finding.Finding) finding.Finding { return f.SeenAt(where, T("audiences: %s", audiences(own))) }, ok
}

// audienceFlag is the flag with the audiences for which the API server accepts tokens of the token's issuer; ok is false if a
// file has them.
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

// ignoredForAudiences reports whether the API server judges the token for its own audiences, but
// ignores it for the audiences asked for, as it does with all tokens but ServiceAccount tokens
// (k8s.io/apiserver pkg/authentication/authenticator, WrapAudienceAgnosticToken).
func ignoredForAudiences(c *Case) bool {
	asked, ok := c.Subject().Review(c.Audiences)
	if !ok || !asked.Answer.Known() || asked.Answer.Value.Authenticated || !errortext.InvalidBearerTokenOnly(asked.Answer.Value.Error) {
		return false
	}
	own, ok := c.Subject().Review(nil)
	if ok && own.Answer.Known() {
		return diagnose.ReviewNamesUser(own.Answer.Value) || diagnose.TakenUpIn(own.Answer.Value.Error)
	}
	return diagnose.NamesUser(diagnose.UserOf(c.Subject().Wire))
}

// rightAudience adds how to request a token for the audience that was wanted. The token at hand is left in its place: it
// may be right for the party that it was issued for.
func rightAudience(c *Case, f finding.Finding, wanted []string) finding.Finding {
	sa := c.Token().ServiceAccount()
	if sa == nil {
		if len(wanted) > 0 {
			f = f.Fix("Request a token for the right audience from the issuer.", finding.Command{})
		} else {
			f = f.Fix("Set the client ID of your login tool to an audience that the API server accepts. Then log in again. The issuer writes the client ID into `aud`.", finding.Command{})
		}
		if _, flags := c.Mappings(c.Token().Issuer()); flags {
			return f.Step(c.Ask(T("If the audience of this token is right, set `--oidc-client-id` to it. The flag takes one audience."),
				T("If the audience of this token is right, ask an administrator to set `--oidc-client-id` to it. The flag takes one audience."), finding.Command{}))
		}
		return f.Step(c.Ask(T("If the audience of this token is right, add it to `issuer.audiences` in the AuthenticationConfiguration (or set `--oidc-client-id`)."),
			T("If the audience of this token is right, ask an administrator to add it to `issuer.audiences` in the AuthenticationConfiguration (or set `--oidc-client-id`)."), finding.Command{}))
	}
	party, _ := otherParty(c)
	only := T("Send this token only to %s.", party)
	if party.IsZero() {
		only = noDetail
	}
	inPod := sa.Pod != nil && len(wanted) == 0
	if inPod {
		f = f.FixBy(sentences(only, T("In the Pod, send the API server the token in "+podToken+", or a projected token without `audience`.")), finding.Command{})
	}
	switch request := requestToken(sa.Namespace, sa.Name, wanted...); {
	case inPod && !party.IsZero():
	case len(wanted) > 0:
		f = f.FixBy(T("Request a token for %s and store it where the client that needs it reads its token. %s", audiences(wanted), oneHour), request)
	case inPod:
		f = f.FixBy(T("Outside of the Pod, request a token without `--audience` for the API server. %s", oneHour), request)
	default:
		f = f.FixBy(sentences(only, T("For the API server, request a token without `--audience`. %s", oneHour)), request)
	}
	if all, _ := c.Token().Audience(); len(wanted) == 0 && len(all) > 0 && len(all[0]) <= maxWord && party.IsZero() {
		f = f.FixBy(T("If the token is for %q and not for the API server, ask with `--audience`.", finding.Audience.Of(all[0])),
			askAgain(c, run("kubectl authn explain").Flag("--audience", finding.Audience.Of(all[0]))))
	}
	if sa.Pod != nil && len(wanted) > 0 {
		f = f.Fix("In a Pod, project a token for the audience. This command only checks a manifest: copy its volumes and volumeMounts into the workload that controls the Pod.",
			projected(sa.Namespace, sa.Name, wanted[len(wanted)-1]))
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
