package diagnose

import (
	"cmp"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// IssuerState says whether the server takes tokens of the token's issuer, and from what
// that is known.
type IssuerState int

const (
	// IssuerUnclear: the server may take them or not.
	IssuerUnclear IssuerState = iota
	// IssuerAccepted: the server takes the token for somebody.
	IssuerAccepted
	// IssuerTakenUp: an authenticator took the token up, and refused it for another reason.
	IssuerTakenUp
	// IssuerOfSecrets: it is that of all Secret-based tokens.
	IssuerOfSecrets
	// IssuerOfCluster: it is the cluster's own.
	IssuerOfCluster
	// IssuerConfigured: the server's configuration names it.
	IssuerConfigured
	// IssuerNotReached: the server may not have read the token as far as its issuer.
	IssuerNotReached
	// IssuerUnseen: which issuers the server takes could not be seen.
	IssuerUnseen
	// IssuerIgnoredWithoutWebhook: no authenticator took the token up, and there is no webhook.
	IssuerIgnoredWithoutWebhook
	// IssuerIgnoredByKnown: neither an authenticator nor the webhook took the token, and not
	// all issuers of the authenticators are known.
	IssuerIgnoredByKnown
	// IssuerIgnoredByAll: no authenticator is configured for it, and the webhook did not take
	// the token.
	IssuerIgnoredByAll
	// IssuerIgnored: no authenticator took the token up; whether there is a webhook is not known.
	IssuerIgnored
	// IssuerLeftToWebhook: no authenticator is configured for it; a webhook may be.
	IssuerLeftToWebhook
	// IssuerNotConfigured: no authenticator is configured for it, and there is no webhook.
	IssuerNotConfigured
)

// Certainty is how certain it is that the server does not take tokens of the issuer.
func (s IssuerState) Certainty() finding.Certainty {
	return cmp.Or(issuerCertainty[s], finding.Possible)
}

var issuerCertainty = map[IssuerState]finding.Certainty{
	IssuerIgnoredWithoutWebhook: finding.Proved, IssuerIgnoredByAll: finding.Proved, IssuerNotConfigured: finding.Proved,
	IssuerIgnored: finding.Eliminated,
}

// Ignored reports whether the server read the token, and said nothing of it.
func (s IssuerState) Ignored() bool {
	return slices.Contains([]IssuerState{IssuerIgnoredWithoutWebhook, IssuerIgnoredByKnown, IssuerIgnoredByAll, IssuerIgnored}, s)
}

// IssuerTrust is what the server makes of the token's issuer.
type IssuerTrust struct {
	State IssuerState
	// Known are the issuers that the server is known to take tokens of.
	Known []KnownIssuer
	// ListedBy names the configuration that has the issuer; nothing where none has.
	ListedBy finding.Text
}

// Denied reports whether the server is known not to take tokens of the issuer.
func (i IssuerTrust) Denied() bool { return i.State.Certainty() != finding.Possible }

// IssuerTrust is what the server makes of the token's issuer.
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
	// The server read the token, and said nothing of it.
	silent := c.InvalidBearerTokenOnly() && c.IsWellWritten()
	if out.State = c.knownIssuer(!out.ListedBy.IsZero(), silent); out.State == IssuerUnclear {
		out.State = c.deniedIssuer(silent, all, len(known) == 0)
	}
	return out
}

// knownIssuer is the state of an issuer that speaks for itself, or IssuerUnclear.
func (c *Case) knownIssuer(listed, silent bool) IssuerState {
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
	case c.InvalidBearerTokenOnly() && !silent:
		// Something is wrong with the writing, which the server answers in the same
		// way: nothing can be said of the issuer.
		return IssuerNotReached
	}
	return IssuerUnclear
}

// deniedIssuer is the state of an issuer that the server may not know.
func (c *Case) deniedIssuer(silent, all, unseen bool) IssuerState {
	webhook, haveWebhook := c.Flag(WebhookFlag)
	switch {
	case silent && haveWebhook && !webhook.Set():
		// With no webhook to blame, the server's answer leaves no other explanation.
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
