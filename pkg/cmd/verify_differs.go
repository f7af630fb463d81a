package cmd

import (
	"context"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// differs returns a finding if an API server with the same keys, issuer and audiences decides differently than
// verify.
func differs(ctx context.Context, t *token.Token, keys *keyset.KeySet, settings keyset.Options, valid bool, findings []finding.Finding) []finding.Finding {
	account := t.Kind != token.KindJWT
	if t.SigningInput() == "" || !account && keys.Rejected {
		return nil
	}
	answer, err := simulate.Trusted(ctx, t, trustIn(t, keys, settings, account))
	if err != nil {
		return nil
	}
	as := finding.T("as a token of a JWT issuer")
	if account {
		as = finding.T("as a ServiceAccount token")
	}
	const source = "the API server's authenticator"
	switch {
	case valid && !answer.Accepts:
		var why finding.Text
		switch {
		case answer.Issuer == "":
			why = finding.T(", because it has no iss claim and no authenticator examines it")
		case answer.Issuer != t.Issuer():
			// The API server's decoder, encoding/json, ignores case in member names.
			why = finding.T(", because the API server reads the issuer %q in it", finding.Issuer.Of(answer.Issuer))
		}
		f := finding.Found(finding.APIServerDiffers, finding.Proved, "the token is valid, but an API server rejects it %s%s", as, why)
		f.Title = finding.T("an API server rejects this token")
		return []finding.Finding{f.Seen(source, finding.Message(answer.Error)).
			Fix("If the token is for an API server, run kubectl authn explain with it, or kubectl authn simulate with the API server's configuration.", finding.Command{})}
	case !valid && answer.Accepts:
		f := finding.Found(finding.APIServerDiffers, finding.Proved, "an API server that trusts these keys accepts the token %s, because it does not reject a token for %s", as, faults(findings))
		f.Title = finding.T("an API server accepts this token")
		return []finding.Finding{f.Seen(source, finding.T("accepts the token")).
			Fix("Ask the issuer to correct the token. Verifiers that follow the standards reject it.", finding.Command{})}
	case valid && !account && t.Algorithm() != "RS256":
		f := finding.Found(finding.APIServerDiffers, finding.Proved,
			"an API server with --oidc-issuer-url accepts only RS256 unless --oidc-signing-algs names %s. An API server with an AuthenticationConfiguration accepts the algorithm", finding.Standard(t.Algorithm()))
		f.Severity, f.Title = finding.Info, finding.T("an API server may reject the algorithm")
		return []finding.Finding{f}
	}
	return nil
}

// manyKeys is the number of keys above which the API server gets only those with the kid of the token. It tries no
// others, but reads all of them.
const manyKeys = 100

// trustIn is the configuration of an API server with these keys. account selects a ServiceAccount issuer instead
// of a JWT issuer.
func trustIn(t *token.Token, keys *keyset.KeySet, settings keyset.Options, account bool) simulate.Trust {
	trust := simulate.Trust{Issuer: settings.Issuer, Audiences: settings.Audiences, Now: func() time.Time { return settings.At }}
	kid, hasKid := t.KeyID()
	for _, k := range keys.Keys {
		if k.Public == nil || hasKid && len(keys.Keys) > manyKeys && !k.AnyID && k.ID != kid && k.KubernetesID != kid {
			continue
		}
		key := simulate.TrustedKey{ID: k.ID, Public: k.Public}
		switch {
		case k.AnyID && account:
			key.ID = k.KubernetesID
		case k.AnyID:
			// An issuer that publishes the key gives it the kid of its tokens.
			key.ID = kid
		}
		trust.Keys = append(trust.Keys, key)
	}
	return trust
}

// faults lists the IDs of the errors that verify found.
func faults(findings []finding.Finding) finding.Text {
	var ids []finding.Value
	for _, f := range findings {
		if f.Severity == finding.Error && !slices.Contains(ids, finding.Value(f.ID)) {
			ids = append(ids, f.ID)
		}
	}
	return finding.Join(", ", ids...)
}
