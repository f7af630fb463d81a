package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
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
		Short: "Decode a credential: what it is, whose, and when it ends",
		Long: `Decode a credential: what it is, whose it claims to be, and when it ends.

Nothing is verified, and no server is asked, except to read the credential
itself: anybody can write such claims. 'verify' checks the signature, 'explain'
asks the API server.`,
		Example: `  # What does the current context send, and where is that configured?
  kubectl authn inspect

  # A token in a file, on standard input, in a Secret
  kubectl authn inspect -f token.txt
  kubectl create token default | kubectl authn inspect -
  kubectl authn inspect secret/build-robot

  # Which tokens does a Pod ask for, and what is really there?
  kubectl authn inspect pod/web
  kubectl authn inspect pod/web --exec

  # When does it end?
  kubectl authn inspect -f token.txt -o jsonpath='{.credential.expiresAt}'`,
		Annotations: map[string]string{
			exitStatuses: `0 decoded, if only in part
2 the cluster that holds the credential could not be asked for it
3 wrong usage, or nothing that can be read`,
			objectKinds: "Inspection InspectionList",
		},
		Args: atMostOne,
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
			return usage("%s is empty: there is nothing to decode", c.Source)
		}
		items = append(items, *report.FromEvidence(collect.Offline(c, i.now())))
	}
	for _, item := range items {
		i.connector.addClusterFlags(item.Findings)
	}
	if len(items) > 1 {
		return out.print(report.NewInspectionList(items...))
	}
	return out.print(&items[0])
}
