package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// inspectCommand decodes credentials.
type inspectCommand struct {
	source    *source
	connector *connector
	now       func() time.Time
}

func newInspect(s *session) *cobra.Command {
	c := &cobra.Command{
		Use:   "inspect [CREDENTIAL]",
		Short: "Decode a credential: its type, identity and lifetime",
		Long: `Decode a credential: its type, the identity it claims, and its lifetime.

A credential is also found in a Secret, an ExecCredential, a kubeconfig, an OAuth
response (its id_token), or the JSON of a CLI. An AWS IAM token is found in any
text. The prefix of an opaque token shows whose token it is.

Nothing is verified: anyone can write such claims. The API server is contacted
only to read the credential itself. To check the signature, use 'verify'. To ask
the API server, use 'explain'.`,
		Example: `  # Decode what the current context sends
  kubectl authn inspect

  # Decode what another context of the kubeconfig sends
  kubectl authn inspect context/staging

  # Decode a token in a file, on standard input or in a Secret
  kubectl authn inspect -f token.txt
  kubectl create token default | kubectl authn inspect -
  kubectl authn inspect secret/build-robot

  # List the tokens that a Pod requests
  kubectl authn inspect pod/web

  # Decode the tokens in its container
  kubectl authn inspect pod/web --exec

  # Print the expiry time
  kubectl authn inspect -f token.txt -o jsonpath='{.credential.expiresAt}'`,
		Annotations: map[string]string{
			exitStatuses: `0 decoded, at least in part
2 the credential could not be read from the cluster
3 wrong usage or unreadable input`,
			objectKinds: "Inspection InspectionList",
		},
		Args: oneCredential,
	}
	s.source.addFlags(c)
	s.printing.prints(c, (&inspectCommand{s.source, s.connector, s.env.Now}).run, output.Markdown)
	return c
}

func (i *inspectCommand) run(ctx context.Context, args []string, out *paper) error {
	credentials, err := i.source.resolve(ctx, args)
	if err != nil {
		return err
	}
	var items []report.Inspection
	for _, c := range credentials {
		if c.Token != nil && c.Certificate == nil && c.Token.Kind == token.KindOpaque && c.Token.Raw.Len() == 0 {
			return usage(finding.Errorf("%s is empty", c.Source))
		}
		item := report.FromEvidence(collect.Offline(c, i.now()))
		if c.Token != nil {
			if f, ok := checks.AccessToken(c.Token); ok {
				item.Findings = append(item.Findings, f)
			}
		}
		items = append(items, *item)
	}
	for _, item := range items {
		i.connector.addClusterFlags(item.Findings)
	}
	if len(items) > 1 {
		return out.print(report.NewInspectionList(items...))
	}
	return out.print(&items[0])
}
