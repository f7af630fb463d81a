package cmd

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func newInspect(o *options) *cobra.Command {
	flags := output.NewFlags(output.Markdown)
	var s source
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
		RunE: func(c *cobra.Command, args []string) error {
			format, p, err := o.format(flags)
			if err != nil {
				return err
			}
			credentials, err := s.resolve(c.Context(), o, args)
			if err != nil {
				return err
			}
			return o.inspect(credentials, format, p)
		},
	}
	s.addFlags(c)
	section(c, headOutput, flags.AddFlags)
	return c
}

func (o *options) inspect(credentials []*credential.Credential, format *output.Format, p *paper) error {
	var items []report.Inspection
	for _, c := range credentials {
		if c.Token != nil && c.Certificate == nil && c.Token.Kind == token.KindOpaque && c.Token.Raw.Len() == 0 {
			return usage("%s is empty: there is nothing to decode", c.Source)
		}
		items = append(items, *report.FromEvidence(collect.Offline(c, o.env.Now())))
	}
	for _, item := range items {
		o.here(item.Findings)
	}
	if len(items) > 1 {
		return o.print(format, p, report.NewInspectionList(items...))
	}
	return o.print(format, p, &items[0])
}
