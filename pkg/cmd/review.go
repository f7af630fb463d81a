package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
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
		Short: "Ask the API server to review a token (TokenReview)",
		Long: `Ask the API server to review a token, and explain its answer.

Creates a TokenReview, which is never stored. Every authenticator of the API
server examines the token, and the answer includes the reason for a rejection.
This needs permission to create TokenReviews (ClusterRole
system:auth-delegator). 'explain' also works without it.`,
		Example: `  # Review a token
  kubectl authn review -f token.txt

  # Review a token for Vault, which asks with its own audience
  kubectl authn review -f token.txt --audience vault

  # Review the token in a container of a Pod
  kubectl authn review pod/web --exec --container app

  # Print the TokenReview itself, with the token redacted
  kubectl authn review -f token.txt -o yaml`,
		Annotations: map[string]string{
			exitStatuses: `0 authenticated for an audience asked for
1 rejected or anonymous
2 the API server could not be asked, or did not say
3 wrong usage or unreadable input`,
			objectKinds: "TokenReview",
		},
		Args: oneCredential,
	}
	s.source.addFlags(c)
	section(c, "Audience", func(f *pflag.FlagSet) { addAudience(f, &r.audiences) })
	s.printing.prints(c, r.run, output.Markdown)
	s.printing.folds(c)
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
	chosen, status, err := r.source.judgeable(credentials, reviewable)
	if err != nil {
		return err
	}
	caller, err := r.connector.askingCaller(ctx, credentials)
	if err != nil {
		return err
	}
	if caller.PlainHTTP() {
		return undecided(finding.Errorf("the connection to %s does not use TLS, so the token was not sent", finding.URL.Of(caller.URL())))
	}
	list := reviewList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "List"}}
	var reviews report.Reviews
	for _, subject := range chosen {
		review, meaning, err := r.review(ctx, caller, subject)
		if err != nil {
			return err
		}
		status = worse(status, yesOrNo(diagnose.ReviewAccepts(r.audiences, collect.Status(&review.Status))))
		list.Items, reviews.Items = append(list.Items, review), append(reviews.Items, *meaning)
	}
	if len(credentials) == 1 {
		err = out.printAs(list.Items[0], &reviews.Items[0])
	} else {
		err = out.printAs(&list, &reviews)
	}
	if err != nil {
		return err
	}
	return statusError(status)
}

// reviewList is a list of TokenReviews in the form in which kubectl prints several objects.
type reviewList struct {
	metav1.TypeMeta `json:",inline"`
	Items           []*authenticationv1.TokenReview `json:"items"`
}

// review has the API server review one token.
func (r *reviewCommand) review(ctx context.Context, caller *cluster.Caller, subject *credential.Credential) (*authenticationv1.TokenReview, *report.Review, error) {
	review, f := caller.Review(ctx, subject.Token.Raw, r.audiences)
	if f != nil {
		err := failed(finding.T("the API server did not review the token"), f)
		if f.Kind == evidence.Forbidden {
			explain := finding.Run("kubectl authn explain").Append(subject.Again)
			for _, a := range r.audiences {
				explain = explain.Flag("--audience", finding.Audience.Of(a))
			}
			err.hintRun(finding.T("to find out what is possible without this permission, run: "), r.connector.withClusterFlags(explain))
		}
		return nil, nil, err
	}
	return review, r.meaning(subject, collect.Status(&review.Status)), nil
}

// meaning explains the answer to a review.
func (r *reviewCommand) meaning(subject *credential.Credential, status evidence.ReviewStatus) *report.Review {
	e := collect.Reviewed(subject, r.audiences, status, r.now())
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

// reviewable rejects credentials that a TokenReview cannot contain.
func reviewable(c *credential.Credential) error {
	if fault, broken := c.Fault(credential.Unavailable); broken {
		return undecided(finding.Errorf("there is no token to review: %s", checks.FromFault(c, fault).Detail))
	}
	switch {
	case c.Token == nil && c.Certificate != nil:
		return usage(finding.Errorf("%s is a client certificate, and a TokenReview takes tokens only", c.Source)).hint(finding.T("to check a client certificate, run: kubectl authn explain"))
	case c.Token == nil:
		return holdsNone(c, "review")
	case c.Token.HasProblem(finding.EmptyBearerToken):
		return usage(finding.Errorf("the token of %s is empty", c.Source))
	}
	return nil
}
