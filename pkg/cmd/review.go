package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
)

// reviewCommand has the API server review a token.
type reviewCommand struct {
	source    *source
	connector *connector
	now       func() time.Time
	audiences []string
}

func newReview(s *session) *cobra.Command {
	r := &reviewCommand{source: s.source, connector: s.connector, now: s.env.Now}
	c := &cobra.Command{
		Use:   "review [CREDENTIAL]",
		Short: "Have the API server review a token: TokenReview",
		Long: `Have the API server review a token, and say what its answer means.

A TokenReview has all authenticators of the API server look at a token, and
returns the reason for a refusal, which a client is never told. It takes the
right to create TokenReviews (ClusterRole system:auth-delegator); 'explain' also
works without.`,
		Example: `  # Whom does the API server take this token for?
  kubectl authn review -f token.txt

  # Is it good for Vault, which asks with its own audience?
  kubectl authn review -f token.txt --audience vault

  # The token that a container of a Pod has
  kubectl authn review pod/web --exec --container app

  # The server's own TokenReview; the token in it is redacted
  kubectl authn review -f token.txt -o yaml`,
		Annotations: map[string]string{
			exitStatuses: `0 authenticated, for one of the audiences asked about
1 refused, or anonymous
2 the API server could not be asked, or would not say
3 wrong usage, or nothing that can be read`,
			objectKinds: "TokenReview",
		},
		Args: atMostOne,
	}
	s.source.addFlags(c)
	section(c, headQuestion, func(f *pflag.FlagSet) { addAudience(f, &r.audiences) })
	s.printing.prints(c, r.run, output.Markdown)
	return c
}

func (r *reviewCommand) run(ctx context.Context, args []string, out *paper) error {
	if err := checkAudiences(r.audiences); err != nil {
		return err
	}
	credentials, err := r.source.resolve(ctx, args)
	if err != nil {
		return err
	}
	subject := credentials[0]
	if err := reviewable(subject); err != nil {
		return err
	}
	caller, err := r.connector.askingCaller(ctx, credentials)
	if err != nil {
		return err
	}
	if caller.PlainHTTP() {
		return undecided("the server %s is spoken to without TLS: the token is not sent", caller.URL())
	}
	review, f := caller.Review(ctx, subject.Token.Raw, r.audiences)
	if f != nil {
		err := failed("the API server did not review the token", f)
		if f.Kind == evidence.Forbidden || f.Kind == evidence.Unauthenticated {
			err.hint("'kubectl authn explain' tells what can be told without that right")
		}
		return err
	}
	status := collect.Status(&review.Status)
	if err := out.printAs(review, r.meaning(subject, status)); err != nil {
		return err
	}
	return ended(yesOrNo(diagnose.ReviewAccepts(r.audiences, status)))
}

// meaning is what the answer to a review says of the credential.
func (r *reviewCommand) meaning(subject *credential.Credential, status evidence.ReviewStatus) *report.Review {
	e := collect.Offline(subject, r.now())
	e.Audiences = r.audiences
	e.Subjects[0].Reviews = []evidence.Review{{Audiences: r.audiences, Answer: evidence.Is(status, finding.T("TokenReview"))}}
	out := &report.Review{
		Source: subject.Source, Asked: r.audiences, Authenticated: status.Authenticated,
		Audiences: status.Audiences, Error: status.Error, Findings: diagnose.Meaning(diagnose.NewCase(e), checks.All),
	}
	r.connector.addClusterFlags(out.Findings)
	if status.Authenticated {
		out.User = report.FromIdentity(&status.User)
	}
	return out
}

// reviewable refuses what no TokenReview can hold.
func reviewable(c *credential.Credential) error {
	if fault, broken := c.Fault(credential.Unavailable); broken {
		return undecided("there is no token to review: %s", checks.FromFault(c, fault).Detail)
	}
	switch {
	case c.Token == nil && c.Certificate != nil:
		return usage("%s is a client certificate, which a TokenReview cannot hold", c.Source).hint("'kubectl authn explain' judges certificates")
	case c.Token == nil:
		return holdsNone(c, "review")
	case c.Token.HasProblem(finding.EmptyBearerToken):
		return usage("the token of %s is empty: there is nothing to review", c.Source)
	}
	return nil
}
