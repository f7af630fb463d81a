package simulate

import (
	"context"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/util/webhook"
	tokenwebhook "k8s.io/apiserver/plugin/pkg/authenticator/token/webhook"

	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// webhook is the server's own authenticator where the webhook may be called, and one that
// says that its answer is missing where not.
func (s *Server) webhook() (authenticator.Token, error) {
	w := s.config.Webhook
	if !s.world.CallWebhook {
		return authenticator.TokenFunc(func(ctx context.Context, _ string) (*authenticator.Response, bool, error) {
			return nil, false, miss(ctx, &Missing{
				What: "the webhook was not asked",
				How:  "have it called with --call-webhook: it receives the token",
			})
		}), nil
	}
	config, err := webhook.LoadKubeconfig(w.File, nil)
	if err != nil {
		return nil, err
	}
	return tokenwebhook.New(config, w.Version, authenticator.Audiences(s.config.APIAudiences), webhookBackoff)
}

// webhookBackoff is how the server asks again: DefaultAuthWebhookRetryBackoff of
// k8s.io/apiserver pkg/server/options.
var webhookBackoff = wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.5, Jitter: 0.2, Steps: 5}
