package token

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// awsPrefix begins a token of aws-iam-authenticator; base64url of a presigned URL follows.
const awsPrefix = "k8s-aws-v1."

// awsLifetime is fixed in aws-iam-authenticator (pkg/token), whatever X-Amz-Expires says.
const awsLifetime = 15 * time.Minute

// AWS has the values in the presigned STS URL of an AWS IAM token, without its signature and
// session token.
type AWS struct {
	// Region is the region of the URL's signature, Host the STS endpoint.
	Region, Host string
	// SignedAt is X-Amz-Date and ExpiresAt 15 minutes later; zero if it cannot be read.
	SignedAt, ExpiresAt time.Time
	// AccessKeyID is the ID, and not the secret, of the AWS credential that signed.
	AccessKeyID string
}

func (t *Token) parseAWS(raw string) {
	t.Kind = KindAWSIAM
	encoded := strings.TrimPrefix(raw, awsPrefix)
	if bare := strings.TrimRight(encoded, "="); bare != encoded {
		t.addProblem(finding.TokenPadded, finding.T("the part after "+awsPrefix+` ends in "="; aws-iam-authenticator reads base64url without padding`))
		encoded = bare
	}
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		t.addProblem(finding.TokenTruncated, finding.T("the part after "+awsPrefix+" is not base64url of a URL: it is incomplete or was changed"))
		return
	}
	u, err := url.Parse(string(decoded))
	if err != nil || u.Host == "" {
		t.addProblem(finding.TokenTruncated, finding.T("the part after "+awsPrefix+" is not base64url of a URL: it is incomplete or was changed"))
		return
	}
	query := u.Query()
	t.AWS = &AWS{Host: u.Host}
	// The credential scope: AccessKeyID/date/region/sts/aws4_request.
	if scope := strings.Split(query.Get("X-Amz-Credential"), "/"); len(scope) == 5 {
		t.AWS.AccessKeyID, t.AWS.Region = scope[0], scope[2]
	}
	if at, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date")); err == nil {
		t.AWS.SignedAt, t.AWS.ExpiresAt = at, at.Add(awsLifetime)
	}
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"} {
		if query.Get(name) == "" {
			t.addProblem(finding.TokenTruncated, finding.T("the signed URL has no %s", finding.Standard(name)))
		}
	}
}
