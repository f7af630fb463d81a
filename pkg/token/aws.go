package token

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
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
	// RequestLifetime is X-Amz-Expires, the lifetime of the request at AWS STS; zero if it cannot be read.
	RequestLifetime time.Duration
	// SignsCluster reports that the header with the name of the cluster is signed.
	SignsCluster bool
}

// awsClusterHeader is the header with the cluster's name, which is signed and not part of the token
// (aws-iam-authenticator pkg/token).
const awsClusterHeader = "x-k8s-aws-id"

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
	if seconds, err := strconv.ParseUint(query.Get("X-Amz-Expires"), 10, 31); err == nil {
		t.AWS.RequestLifetime = time.Duration(seconds) * time.Second
	}
	t.AWS.SignsCluster = slices.Contains(strings.Split(strings.ToLower(query.Get("X-Amz-SignedHeaders")), ";"), awsClusterHeader)
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"} {
		if query.Get(name) == "" {
			t.addProblem(finding.TokenTruncated, finding.T("the signed URL has no %s", finding.Standard(name)))
		}
	}
}
