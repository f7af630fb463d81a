package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// pluginAWS has the messages of the AWS CLI (`aws eks get-token`), of aws-iam-authenticator and of
// the SDKs about the caller's own AWS credentials.
//
// boto/botocore exceptions.py, aws/aws-cli; aws/aws-sdk-go-v2 credentials and config,
// aws/aws-sdk-go aws/credentials; kubernetes-sigs/aws-iam-authenticator cmd and pkg/token.
func pluginAWS() []pattern {
	cli, authenticator := program{name: "the AWS CLI or SDK"}, program{name: "aws-iam-authenticator", onlyPlugin: true}
	return slices.Concat(
		// The token of a Pod, and not a session of the caller.
		answers(aws, "aws-token-expired", only(finding.TokenExpired), `An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation{error...}`),
		cli.says("aws-no-cluster", `An error occurred (ResourceNotFoundException) when calling the DescribeCluster operation: No cluster found for name: {cluster:word}`),
		cli.says("aws-mfa", `AssumeRoleTokenProviderNotSetError: {error...}`, `assume role with MFA enabled, but {error...}`, `MultiFactorAuthentication failed{error...}`, `Enter MFA code for {device...}`,
			`An error occurred (AccessDenied) when calling the AssumeRole operation: MultiFactorAuthentication failed{error...}`),
		cli.says("aws-sso-expired",
			`Error loading SSO Token: {error...}`, `Error when retrieving token from sso: {error...}`, `The SSO session associated with this profile has expired or is otherwise invalid.`,
			`The SSO session associated with this profile has expired{error...}`, `The SSO session has expired or is invalid`, `The SSO access token has either expired or is otherwise invalid.`,
			`Token has expired and refresh failed`, `cached SSO token is expired, or not present, and cannot be refreshed`, `refresh cached SSO token failed, {error...}`,
			`failed to refresh cached SSO token, {error...}`, `unable to refresh SSO token, {error...}`, `failed to read cached SSO token file, {error...}`, `SSOProviderInvalidToken: {error...}`,
			`the SSO session has expired or is invalid{error...}`, `UnauthorizedSSOTokenError{error...}`, `SSOTokenLoadError{error...}`,
			`(UnauthorizedException) when calling the GetRoleCredentials operation{error...}`, `An error occurred (UnauthorizedException) when calling the GetRoleCredentials operation{error...}`,
			`operation error SSO: GetRoleCredentials, {error...}`, `operation error SSO OIDC: CreateToken, {error...}`, `An error occurred (InvalidGrantException) when calling the CreateToken operation{error...}`),
		cli.says("aws-session-expired",
			`An error occurred (ExpiredToken) when calling the {operation:word} operation{error...}`, `An error occurred (ExpiredTokenException) when calling the {operation:word} operation{error...}`,
			`An error occurred (RequestExpired) when calling the {operation:word} operation{error...}`, `ExpiredToken: {error...}`, `ExpiredTokenException: The security token included in the request is expired{error...}`,
			`RequestExpired: {error...}`, `The security token included in the request is expired`, `the security token included in the request is expired`, `Credentials were refreshed, but the refreshed credentials are still expired.`,
			`Your session has expired. Please reauthenticate{error...}`, `Your session has expired or credentials have changed. Please reauthenticate{error...}`, `The provided token has expired.`),
		cli.says("aws-no-credentials",
			`Unable to locate credentials. You can configure credentials by running {error...}`, `Unable to locate credentials`, `NoCredentialProviders: no valid providers in chain{error...}`,
			`no valid providers in chain{error...}`, `Partial credentials found in {source:word} missing: {error...}`, `Partial credentials found in {error...}`, `NoCredentialsError{error...}`,
			`EnvAccessKeyNotFound: {error...}`, `no EC2 IMDS role found, {error...}`, `EC2RoleRequestError: no EC2 instance role found{error...}`,
			`SharedCredsLoad: {error...}`),
		cli.wraps("aws-no-credentials", `failed to refresh cached credentials, {error...}`, `Error when retrieving credentials from {source:word}: {error...}`),
		cli.says("aws-profile-missing", `The SSO session configuration {session:q} referenced in profile {profile:q} does not exist{error...}`, `The profile is configured to use SSO but is missing required configuration{error...}`,
			`The config profile ({profile}) could not be found`, `The source_profile {profile:q} referenced in {error...}`, `The source profile {profile:q} must have credentials.`,
			`failed to get shared config profile, {profile...}`, `SharedConfigProfileNotExistsError: {error...}`, `ProfileNotFound: {error...}`, `Infinite loop in credential configuration detected. {error...}`,
			`Unable to parse config file: {error...}`, `SharedConfigLoadError: {error...}`, `The profile "{profile}" is configured to use SSO but is missing required configuration{error...}`),
		cli.says("aws-keys-invalid",
			`An error occurred (InvalidClientTokenId) when calling the {operation:word} operation{error...}`, `An error occurred (UnrecognizedClientException) when calling the {operation:word} operation{error...}`,
			`An error occurred (AuthFailure) when calling the {operation:word} operation{error...}`, `An error occurred (InvalidAccessKeyId) when calling the {operation:word} operation{error...}`,
			`An error occurred (SignatureDoesNotMatch) when calling the {operation:word} operation: The request signature we calculated {error...}`, `InvalidClientTokenId: {error...}`, `UnrecognizedClientException: {error...}`,
			`The security token included in the request is invalid`),
		cli.says("aws-clock", `An error occurred (SignatureDoesNotMatch) when calling the {operation:word} operation: Signature expired: {error...}`,
			`An error occurred (InvalidSignatureException) when calling the {operation:word} operation: Signature expired: {error...}`,
			`An error occurred (SignatureDoesNotMatch) when calling the {operation:word} operation: Signature not yet current: {error...}`,
			`SignatureDoesNotMatch: Signature expired: {error...}`, `SignatureDoesNotMatch: Signature not yet current: {error...}`, `RequestTimeTooSkewed: {error...}`),
		cli.says("aws-access-denied",
			`An error occurred (AccessDenied) when calling the AssumeRole operation{error...}`, `An error occurred (AccessDenied) when calling the GetCallerIdentity operation{error...}`,
			`could not get token: AccessDenied: {error...}`, `An error occurred (AccessDenied) when calling the GetSessionToken operation{error...}`, `An error occurred (AccessDeniedException) when calling the DescribeCluster operation{error...}`,
			`An error occurred (ForbiddenException) when calling the GetRoleCredentials operation{error...}`, `is not authorized to perform: sts:AssumeRole on resource: {error...}`,
			`is not authorized to perform: sts:AssumeRole`, `is not authorized to perform: eks:DescribeCluster{error...}`),
		cli.says("aws-no-cluster", `An error occurred (ResourceNotFoundException) when calling the DescribeCluster operation{error...}`),
		cli.says("aws-no-region", `You must specify a region. You can also configure your region by running {error...}`, `You must specify a region{error...}`, `MissingRegion: {error...}`, `an AWS region is required, but was not found`),
		cli.says("aws-cli-old", `argument operation: Invalid choice, valid choices are:`, `Invalid choice: 'get-token', maybe you meant{error...}`),
		cli.beside("aws-cli-old", `'credentialScope'`),
		cli.beside("aws-no-region", `Invalid endpoint: https://{endpoint}..amazonaws.com{error...}`),
		cli.beside("aws-error", `An error occurred ({code:word}) when calling the {operation:word} operation: {error...}`),
		authenticator.wraps("aws-iam-authenticator", `could not get token: {error...}`),
		authenticator.says("aws-iam-authenticator-cluster", `Error: cluster ID not specified`, `error: cluster ID not specified`, `ClusterID is required`),
	)
}
