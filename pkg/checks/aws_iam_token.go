package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// EKS tokens are presigned requests to AWS STS.
var awsIAMToken = Check{
	ID:        "aws-iam-token",
	Title:     "AWS IAM token lifetime",
	Passed:    T("not expired"),
	Reference: "https://github.com/kubernetes-sigs/aws-iam-authenticator pkg/token/token.go",
	Finds:     []finding.ID{finding.AWSIAMTokenExpired},
	Applies:   func(c *Case) bool { return c.IsToken() && c.Token().AWS != nil },
	Run: func(c *Case) Result {
		now, byServer := c.ServerNow()
		end := c.Token().AWS.ExpiresAt
		if end.IsZero() || !now.After(end) || c.Authenticated() {
			return pass(noDetail)
		}
		return report(finding.Found(finding.AWSIAMTokenExpired, c.CertaintyByClock(false), "the token expired at %s (%s ago, %s)",
			finding.Time(end), finding.Duration(now.Sub(end)), clockUsed(byServer)).
			Seen("signed at", finding.Time(c.Token().AWS.SignedAt)).
			Fix("Use the exec plugin `aws eks get-token` in the kubeconfig, which requests a new token when one is needed. `aws eks update-kubeconfig --name CLUSTER` writes that entry.", finding.Command{}))
	},
}
