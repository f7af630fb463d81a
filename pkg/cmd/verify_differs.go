package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// differs says where an API server with the same keys, issuer and audiences judges a token
// otherwise than verify did.
func differs(ctx context.Context, t *token.Token, keys *keyset.KeySet, settings keyset.Options, valid bool, findings []finding.Finding) []finding.Finding {
	account := t.Kind != token.KindJWT
	if t.SigningInput() == "" || !account && keys.Refused {
		return nil
	}
	trust := simulate.Trust{Issuer: settings.Issuer, Audiences: settings.Audiences, Now: func() time.Time { return settings.At }}
	kid, _ := t.KeyID()
	for _, k := range keys.Keys {
		if k.Public == nil {
			continue
		}
		key := simulate.TrustedKey{ID: k.ID, Public: k.Public}
		switch {
		case k.AnyID && account:
			key.ID = k.KubernetesID
		case k.AnyID:
			// An issuer that publishes the key gives it the name that its tokens have.
			key.ID = kid
		}
		trust.Keys = append(trust.Keys, key)
	}
	answer, err := simulate.Trusted(ctx, t, trust)
	if err != nil {
		return nil
	}
	as := "as a token of a JWT issuer"
	if account {
		as = "as a ServiceAccount token"
	}
	const source = "the API server's authenticator"
	switch {
	case valid && !answer.Accepts:
		detail := fmt.Sprintf("the token is valid, and an API server refuses it %s", as)
		switch {
		case answer.Issuer == "":
			detail += ": it has no iss, so no authenticator looks at it"
		case answer.Issuer != t.Issuer():
			// encoding/json, which reads names without regard to case.
			detail += fmt.Sprintf(": it reads the issuer %q in it", answer.Issuer)
		}
		f := finding.New(finding.APIServerDiffers, finding.Proved, detail)
		f.Title = "an API server refuses this token"
		return []finding.Finding{f.See(source, answer.Error).
			Do("Where the token is for an API server, run kubectl authn explain with it, or kubectl authn simulate with the server's configuration.", "")}
	case !valid && answer.Accepts:
		f := finding.New(finding.APIServerDiffers, finding.Proved, fmt.Sprintf("an API server that trusts these keys accepts the token %s: it does not refuse a token for %s", as, faults(findings)))
		f.Title = "an API server accepts this token"
		return []finding.Finding{f.See(source, "accepts the token").
			Do("Have the issuer correct the token: who verifies by the standards refuses it.", "")}
	case valid && !account && t.Algorithm() != "RS256":
		f := finding.New(finding.APIServerDiffers, finding.Proved,
			fmt.Sprintf("an API server with the flags --oidc-issuer-url accepts RS256 alone, unless --oidc-signing-algs names %s; one with an AuthenticationConfiguration accepts it", t.Algorithm()))
		f.Severity, f.Title = finding.Info, "an API server may refuse the algorithm"
		return []finding.Finding{f}
	}
	return nil
}

// faults names what verify refuses a token for.
func faults(findings []finding.Finding) string {
	var ids []string
	for _, f := range findings {
		if f.Severity == finding.Error && !slices.Contains(ids, string(f.ID)) {
			ids = append(ids, string(f.ID))
		}
	}
	return strings.Join(ids, ", ")
}
