package diagnose

import (
	"cmp"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// IssuerState says whether the API server trusts the token's issuer, and how that is known.
type IssuerState int

const (
	// IssuerUnclear: the evidence does not show it.
	IssuerUnclear IssuerState = iota
	// IssuerAccepted: the API server authenticated the token.
	IssuerAccepted
	// IssuerTakenUp: an authenticator trusts the issuer and rejected the token for another reason.
	IssuerTakenUp
	// IssuerOfSecrets: the issuer is that of all Secret-based tokens.
	IssuerOfSecrets
	// IssuerOfCluster: the issuer is the cluster's own.
	IssuerOfCluster
	// IssuerConfigured: the API server's configuration names the issuer.
	IssuerConfigured
	// IssuerNotReached: the API server may not have read the token as far as its issuer.
	IssuerNotReached
	// IssuerUnseen: the issuers that the API server trusts could not be read.
	IssuerUnseen
	// IssuerIgnoredWithoutWebhook: no authenticator trusts the issuer, and no webhook is configured.
	IssuerIgnoredWithoutWebhook
	// IssuerIgnoredByKnown: neither an authenticator nor the webhook accepted the token, and the list of issuers is incomplete.
	IssuerIgnoredByKnown
	// IssuerIgnoredByAll: no authenticator is configured for the issuer, and the webhook did not accept the token.
	IssuerIgnoredByAll
	// IssuerIgnored: no authenticator trusts the issuer; whether a webhook is configured is not known.
	IssuerIgnored
	// IssuerLeftToWebhook: no authenticator is configured for the issuer, but a webhook may accept it.
	IssuerLeftToWebhook
	// IssuerNotConfigured: no authenticator is configured for the issuer, and no webhook exists.
	IssuerNotConfigured
)

// Certainty is the certainty that the API server does not trust the issuer.
func (s IssuerState) Certainty() finding.Certainty {
	return cmp.Or(issuerCertainty[s], finding.Possible)
}

var issuerCertainty = map[IssuerState]finding.Certainty{
	IssuerIgnoredWithoutWebhook: finding.Proved, IssuerIgnoredByAll: finding.Proved, IssuerNotConfigured: finding.Proved,
	IssuerIgnored: finding.Eliminated,
}

// Ignored reports whether the API server read the token and gave no reason.
func (s IssuerState) Ignored() bool {
	return slices.Contains([]IssuerState{IssuerIgnoredWithoutWebhook, IssuerIgnoredByKnown, IssuerIgnoredByAll, IssuerIgnored}, s)
}

// IssuerTrust says whether the API server trusts the token's issuer.
type IssuerTrust struct {
	State IssuerState
	// Known are the issuers that the API server is known to trust.
	Known []KnownIssuer
	// ListedBy is the configuration that names the issuer, if any.
	ListedBy finding.Text
}

// Denied reports whether the API server is known not to trust the issuer.
func (i IssuerTrust) Denied() bool { return i.State.Certainty() != finding.Possible }

// IssuerTrust says whether the API server trusts the token's issuer.
func (c *Case) IssuerTrust() IssuerTrust { return c.issuer.or(c.issuerTrust) }

func (c *Case) issuerTrust() IssuerTrust {
	if !c.HasReadableClaims() {
		return IssuerTrust{}
	}
	known, all := c.KnownIssuers()
	out := IssuerTrust{Known: known}
	if i := slices.IndexFunc(known, func(k KnownIssuer) bool { return k.URL == c.Token().Issuer() }); i >= 0 {
		out.ListedBy = known[i].Where
	}
	// The API server read the token and gave no reason.
	silent := c.InvalidBearerTokenOnly() && c.IsWellWritten()
	if out.State = c.knownIssuer(!out.ListedBy.IsZero(), silent, all); out.State == IssuerUnclear {
		out.State = c.deniedIssuer(silent, all, len(known) == 0)
	}
	return out
}

// knownIssuer is the state of an issuer that the evidence names, or IssuerUnclear.
func (c *Case) knownIssuer(listed, silent, all bool) IssuerState {
	t := c.Token()
	switch own, haveOwn := c.ClusterIssuer(); {
	case c.Authenticated():
		return IssuerAccepted
	case c.TakenUp():
		return IssuerTakenUp
	case t.Kind == token.KindLegacyServiceAccount && t.Issuer() == LegacyIssuer:
		return IssuerOfSecrets
	case haveOwn && own == t.Issuer():
		return IssuerOfCluster
	case listed && !silent:
		return IssuerConfigured
	case c.InvalidBearerTokenOnly() && !silent && (!all || t.Issuer() == "" && !c.ClaimsComplete()):
		// A token that the API server cannot parse gets the same answer, so only a complete list
		// of the trusted issuers shows more.
		return IssuerNotReached
	}
	return IssuerUnclear
}

// deniedIssuer is the state of an issuer that the API server may not trust.
func (c *Case) deniedIssuer(silent, all, unseen bool) IssuerState {
	webhook, haveWebhook := c.Flag(WebhookFlag)
	switch {
	case silent && haveWebhook && !webhook.Set():
		// Without a webhook, the answer has no other explanation.
		return IssuerIgnoredWithoutWebhook
	case silent && haveWebhook && !all:
		return IssuerIgnoredByKnown
	case silent && haveWebhook:
		return IssuerIgnoredByAll
	case silent:
		return IssuerIgnored
	case all && c.RefusedOnTheWire() && (!haveWebhook || webhook.Set()):
		return IssuerLeftToWebhook
	case all && c.RefusedOnTheWire():
		return IssuerNotConfigured
	case unseen:
		return IssuerUnseen
	}
	return IssuerUnclear
}
