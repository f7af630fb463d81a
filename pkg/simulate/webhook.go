package simulate

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	tokenwebhook "k8s.io/apiserver/plugin/pkg/authenticator/token/webhook"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// webhook returns the server's own webhook authenticator if the webhook may be called;
// otherwise one that reports the webhook's answer as missing.
func (s *Server) webhook() (authenticator.Token, error) {
	w := s.config.Webhook
	if !s.world.CallWebhook {
		return notAsked(finding.T("the webhook was not asked"), finding.T("to send the token to the webhook, add --call-webhook")), nil
	}
	config, missing, err := w.restConfig()
	switch {
	case err != nil:
		return nil, err
	case missing != nil:
		return notAsked(missing.What, missing.How), nil
	}
	config.Timeout = cmp.Or(s.world.Timeout, serverTimeout)
	if err := overTransport(config); err != nil {
		return nil, err
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return egress{next: next, secrets: s.world.Secrets} })
	asked, err := tokenwebhook.New(config, w.Version, authenticator.Audiences(s.config.APIAudiences), webhookBackoff)
	if err != nil {
		return nil, err
	}
	return &called{asked, s.world.Timeout, s.world.Secrets}, nil
}

// overTransport makes config use the transport of this program.
func overTransport(config *rest.Config) error {
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		return err
	}
	if !strings.Contains(config.Host, "://") && rest.IsConfigTransportTLS(*config) {
		// client-go derives the scheme from the TLS settings that are removed below.
		config.Host = "https://" + config.Host
	}
	config.Transport = transport.New(transport.Options{TLS: tlsConfig, Proxy: config.Proxy, HTTP2: true, Timeout: config.Timeout})
	config.TLSClientConfig, config.Proxy, config.Dial = rest.TLSClientConfig{}, nil, nil
	return nil
}

// serverTimeout is how long the server waits for a webhook (k8s.io/apiserver pkg/util/webhook,
// defaultRequestTimeout).
const serverTimeout = 30 * time.Second

func notAsked(what, how finding.Text) authenticator.Token {
	return authenticator.TokenFunc(func(ctx context.Context, _ string) (*authenticator.Response, bool, error) {
		return nil, false, miss(ctx, &Missing{What: what, How: how})
	})
}

// called is the authenticator of a webhook that may be called.
type called struct {
	authenticator.Token
	timeout time.Duration
	secrets *token.Secrets
}

// AuthenticateToken implements authenticator.Token.
func (c *called) AuthenticateToken(ctx context.Context, raw string) (*authenticator.Response, bool, error) {
	within, t := withRequestError(ctx)
	if c.timeout > 0 {
		// The webhook's Retry-After may ask for any delay.
		bounded, cancel := context.WithTimeout(within, c.timeout)
		defer cancel()
		within = bounded
	}
	response, ok, err := c.Token.AuthenticateToken(within, raw)
	switch why := t.get(); {
	case err == nil:
		return c.redacted(response, raw), ok, nil
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case within.Err() != nil:
		return nil, false, miss(ctx, &Missing{What: finding.T("the webhook did not answer within %s", finding.Count(c.timeout)), How: finding.T(webhookHow), Err: err})
	case why != nil:
		return nil, false, miss(ctx, &Missing{What: finding.T("the webhook could not be asked: %s", finding.Err(why)), How: finding.T(webhookHow), Err: why})
	}
	return nil, false, finding.Reword(err, "%s", finding.Message(c.secrets.Redact(token.Hide(err.Error(), raw))))
}

const webhookHow = "make sure that the webhook can be reached from this machine"

// redacted returns the webhook's response without the secrets that it was sent.
func (c *called) redacted(r *authenticator.Response, raw string) *authenticator.Response {
	if r == nil || r.User == nil {
		return r
	}
	var sent token.Secrets
	sent.Add(raw)
	hide := func(text string) string { return c.secrets.RedactAnswer(sent.HideValue(text)) }
	clean := func(in []string) []string {
		var out []string
		for _, s := range in {
			out = append(out, hide(s))
		}
		return out
	}
	u := &user.DefaultInfo{Name: hide(r.User.GetName()), UID: hide(r.User.GetUID()), Groups: clean(r.User.GetGroups())}
	for key, values := range r.User.GetExtra() {
		if u.Extra == nil {
			u.Extra = map[string][]string{}
		}
		u.Extra[hide(key)] = clean(values)
	}
	return &authenticator.Response{Audiences: clean(r.Audiences), User: u}
}

// webhookBackoff is the server's retry policy: DefaultAuthWebhookRetryBackoff of
// k8s.io/apiserver pkg/server/options.
var webhookBackoff = wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.5, Jitter: 0.2, Steps: 5}
