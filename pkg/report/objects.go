// Package report turns results into documents for people and into objects for scripts. It reads nothing: the
// caller passes the time, the width and the colors.
//
// Package output prints these objects in the format of -o.
package report

import (
	"encoding/json"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// APIVersion is the apiVersion of each object.
const APIVersion = "authn.kubectl/v1alpha1"

// The kinds of objects.
const (
	KindInspection     = "Inspection"
	KindInspectionList = "InspectionList"
	// KindSimulationList and KindVerificationList are for several credentials.
	KindSimulationList   = "SimulationList"
	KindVerificationList = "VerificationList"
	KindVerification     = "Verification"
	KindDiscovery        = "Discovery"
	KindExplanation      = "Explanation"
	KindFindingList      = "FindingList"
	KindLogSummary       = "LogSummary"
	KindSimulation       = "Simulation"
	KindComparison       = "Comparison"
	KindVersion          = "Version"
	KindCall             = "Call"
)

// The types of credentials.
const (
	ServiceAccountToken       = "ServiceAccountToken"
	LegacyServiceAccountToken = "LegacyServiceAccountToken"
	JWT                       = "JWT"
	BootstrapToken            = "BootstrapToken"
	AWSIAMToken               = "AWSIAMToken"
	OpaqueToken               = "OpaqueToken"
	ClientCertificate         = "ClientCertificate"
	BasicAuth                 = "BasicAuth"
	None                      = "None"
)

// The verdicts about a credential.
const (
	Accepted  = "Accepted"
	Rejected  = "Rejected"
	Anonymous = "Anonymous"
	Undecided = "Undecided"
)

// The sources of a verdict.
const (
	ByTokenReview       = "TokenReview"
	BySelfSubjectReview = "SelfSubjectReview"
	ByInference         = "Inference"
	ByNobody            = "None"
)

// The results of a check.
const (
	Pass          = "Pass"
	Warn          = "Warn"
	Fail          = "Fail"
	NotApplicable = "NotApplicable"
	Unknown       = "Unknown"
)

// Who can read a discovery document and its keys.
const (
	ReadableByAnyone        = "anyone"
	ReadableByAuthenticated = "authenticated"
	ReadableByFew           = "restricted"
	ReadableByUnknown       = "unknown"
)

// The roles of further subjects.
const (
	// RoleUnwrapped is the token inside a base64 encoding.
	RoleUnwrapped = "unwrapped"
	// RoleShadowed is a configured credential that another credential overrides.
	RoleShadowed = "shadowed"
	// RolePodToken is a further token of a Pod.
	RolePodToken = "podToken"
	// RoleAnother is another credential of the same list or kubeconfig.
	RoleAnother = "another"
)

// List is a slice whose empty value is [] in JSON and YAML, never null, so that a script can iterate over it.
type List[T any] []T

// MarshalJSON prints nil as [].
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// Time is a time in RFC 3339 and UTC, with a fraction only if it is not zero.
type Time struct{ time.Time }

// At converts t for an object. It returns nil, which omits the field, for the zero time and for a year that
// RFC 3339 cannot express, because a NumericDate may have any year.
func At(t time.Time) *Time {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return &Time{t}
}

// MarshalJSON prints the time in RFC 3339 and UTC.
func (t Time) MarshalJSON() ([]byte, error) { return t.UTC().MarshalJSON() }

// Credential is a decoded credential and its source. It has no field for a secret: no signature, token or
// password.
type Credential struct {
	// Type is the type of the credential, according to its form.
	Type string `json:"type" jsonschema:"enum=ServiceAccountToken,enum=LegacyServiceAccountToken,enum=JWT,enum=BootstrapToken,enum=AWSIAMToken,enum=OpaqueToken,enum=ClientCertificate,enum=BasicAuth,enum=None"`
	// Source is where the credential was found: "argument", "standard input", "in-cluster", "file PATH",
	// "secret NS/NAME", "serviceaccount NS/NAME", "pod NS/NAME container C path P",
	// "kubeconfig context C user U", "exec COMMAND". One of several in a file or in standard input
	// is followed by "item N", "secret NS/NAME" or "context C".
	Source finding.Text `json:"source"`
	// Verified reports that the signature was verified. Claims of an unverified credential prove nothing.
	Verified bool `json:"verified"`
	// Header is the header of a JWT. Anybody can write one.
	Header map[string]any `json:"header,omitempty" name:"document"`
	// Claims are the claims of a JWT. Integers are exact; integers beyond 64 bits are strings.
	Claims map[string]any `json:"claims,omitempty" name:"document"`
	// Certificate is the client certificate.
	Certificate *Certificate `json:"certificate,omitempty"`
	// AWS has the values in the signed request that an AWS IAM token is.
	AWS *AWSRequest `json:"aws,omitempty"`
	// IssuedAt is the time of issue. A time is absent if the credential does not have it.
	IssuedAt *Time `json:"issuedAt,omitempty"`
	// NotBefore is the start of the validity.
	NotBefore *Time `json:"notBefore,omitempty"`
	// ExpiresAt is the end of the validity.
	ExpiresAt *Time `json:"expiresAt,omitempty"`
	// WarnAfter is the time by which a client replaces the token: the claim kubernetes.io.warnafter.
	WarnAfter *Time `json:"warnAfter,omitempty"`
	// Projected is the projected volume that requests the token.
	Projected *Projected `json:"projected,omitempty"`
	// Trace is how kubectl finds the credential that the current context sends.
	Trace *Trace `json:"trace,omitempty"`
}

// Trace is how kubectl finds the credential that the API server uses.
type Trace struct {
	// Files are the kubeconfig files in the order of precedence.
	Files List[KubeconfigFile] `json:"files"`
	// Settings are the effective settings, such as context, user, cluster, server and proxy.
	Settings List[Setting] `json:"settings"`
	// Methods are all configured authentication methods.
	Methods List[Method] `json:"methods"`
	// Proof is the evidence for the method that the server uses.
	Proof finding.Text `json:"proof,omitzero"`
}

// KubeconfigFile is a file in KUBECONFIG.
type KubeconfigFile struct {
	// Path is the path of the file.
	Path string `json:"path" name:"file"`
	// Missing reports that the file does not exist.
	Missing bool `json:"missing,omitempty"`
	// Ignored are the relevant entries that an earlier file overrides.
	Ignored []finding.Text `json:"ignored,omitempty"`
}

// Setting is a setting and its source: a key in a file, a flag or an environment variable.
type Setting struct {
	// Name is the setting, such as context, user, cluster, server or proxy.
	Name string `json:"name" name:"own"`
	// Value is the value, never a secret.
	Value finding.Text `json:"value"`
	// Key is the key in the file, the flag, or the environment variable.
	Key finding.Text `json:"key"`
	// File is the file with the key.
	File string `json:"file,omitempty" name:"file"`
}

// What the client and the server do with an authentication method.
const (
	Sent        = "Sent"
	NotSent     = "NotSent"
	NotProduced = "NotProduced"
	Decides     = "Decides"
	Refused     = "Refused"
	Ignored     = "Ignored"
)

// Method is a configured authentication method.
type Method struct {
	// Type is the type of the method.
	Type string `json:"type" jsonschema:"enum=ClientCertificate,enum=Token,enum=TokenFile,enum=ExecPlugin,enum=BasicAuth,enum=AuthProvider"`
	// Name is the command of the plugin, the name of the provider, or the path of the file.
	Name finding.Text `json:"name,omitzero"`
	// Key is the key in the file, the flag, or the environment variable.
	Key finding.Text `json:"key"`
	// File is the file with the key.
	File string `json:"file,omitempty" name:"file"`
	// Client is what the client does. NotProduced means that the client cannot produce the credential.
	Client string `json:"client" jsonschema:"enum=Sent,enum=NotSent,enum=NotProduced"`
	// Server is what the server does with the credential; absent if the credential was not sent or if the
	// answer is not known.
	Server string `json:"server,omitempty" jsonschema:"enum=Decides,enum=Refused,enum=Ignored"`
	// Reason is why the credential is not sent.
	Reason finding.Text `json:"reason,omitzero"`
}

// Projected is a projected volume with a ServiceAccount token.
type Projected struct {
	// ServiceAccountName is the ServiceAccount of the token.
	ServiceAccountName string `json:"serviceAccountName" name:"serviceaccount"`
	// NodeName is the node of the Pod.
	NodeName string `json:"nodeName,omitempty" name:"node"`
	// Container is the container that mounts the token.
	Container string `json:"container" name:"container"`
	// Path is the path of the token in the container.
	Path string `json:"path" name:"file"`
	// Audience is the audience; empty for the API server.
	Audience string `json:"audience,omitempty" name:"audience"`
	// ExpirationSeconds is the requested lifetime in seconds.
	ExpirationSeconds int64 `json:"expirationSeconds,omitempty"`
	// Undeclared reports that the spec requests no token at this path.
	Undeclared bool `json:"undeclared,omitempty"`
	// Remarks are further facts about the token.
	Remarks []finding.Text `json:"remarks,omitempty"`
}

// Certificate is the leaf certificate of a client certificate.
type Certificate struct {
	// Subject is the distinguished name of the subject.
	Subject string `json:"subject" name:"subject"`
	// Issuer is the distinguished name of the issuer.
	Issuer string `json:"issuer" name:"ca"`
	// SerialNumber is the serial number in decimal.
	SerialNumber string `json:"serialNumber" name:"serial"`
	// NotBefore is the start of the validity.
	NotBefore *Time `json:"notBefore,omitempty"`
	// NotAfter is the end of the validity.
	NotAfter *Time `json:"notAfter,omitempty"`
	// ExtendedKeyUsages are the extended key usages, such as clientAuth. An empty list allows all usages.
	ExtendedKeyUsages List[string] `json:"extendedKeyUsages" name:"term"`
	// SHA256 is the fingerprint of the DER encoding, in lower-case hexadecimal.
	SHA256 string `json:"sha256" name:"fingerprint"`
}

// AWSRequest is the signed request to AWS STS in an AWS IAM token, without its signature.
type AWSRequest struct {
	// Region is the region of the signature.
	Region string `json:"region,omitempty" name:"own"`
	// Host is the endpoint of AWS STS.
	Host string `json:"host,omitempty" name:"host"`
	// AccessKeyID is the ID of the AWS credential that signed the request.
	AccessKeyID string `json:"accessKeyID,omitempty" name:"kid"`
	// RequestLifetimeSeconds is X-Amz-Expires. EKS accepts the token for 15 minutes, whatever it says.
	RequestLifetimeSeconds int64 `json:"requestLifetimeSeconds,omitempty"`
	// SignsCluster reports that the signature covers the header x-k8s-aws-id, which has the name of the cluster.
	SignsCluster bool `json:"signsCluster"`
}

// Identity is a user of Kubernetes.
type Identity struct {
	// Username is the name in RBAC and audit logs.
	Username string `json:"username" name:"user"`
	// UID distinguishes users with the same name.
	UID string `json:"uid,omitempty" name:"uid"`
	// Groups are the groups of the user.
	Groups []string `json:"groups,omitempty" name:"group"`
	// Extra has further attributes from the authenticator.
	Extra map[string][]string `json:"extra,omitempty" name:"extra"`
}

// Check is a check and its result.
type Check struct {
	// ID is the ID of the check.
	ID string `json:"id" name:"term"`
	// Title names what the check examines.
	Title string `json:"title" name:"term"`
	// Status is the result. Unknown means that the check could not run.
	Status string `json:"status" jsonschema:"enum=Pass,enum=Warn,enum=Fail,enum=NotApplicable,enum=Unknown"`
	// Detail is the observed state, or the reason why the check could not run.
	Detail finding.Text `json:"detail,omitzero"`
	// Stage is the heading of the check in the text report.
	Stage string `json:"-" name:"term"`
}

// Server is the API server that was asked.
type Server struct {
	// URL is the address of the server.
	URL string `json:"url" name:"url"`
	// Version is the release of Kubernetes, such as v1.36.3.
	Version string `json:"version,omitempty" name:"release"`
	// ClockSkewSeconds is the difference of the server's clock to this machine's, positive if the server's
	// clock is ahead; absent if not measured.
	ClockSkewSeconds *int64 `json:"clockSkewSeconds,omitempty"`
	// AuditID is the ID of the request in the server's audit log.
	AuditID string `json:"auditID,omitempty" name:"audit"`
	// Proxy is the address of the proxy for the requests.
	Proxy string `json:"proxy,omitempty" name:"url"`
	// Certificate is the server's certificate in the TLS handshake.
	Certificate *Certificate `json:"certificate,omitempty"`
	// RequestsClientCertificate reports whether the server requests a client certificate in the handshake;
	// absent without a handshake.
	RequestsClientCertificate *bool `json:"requestsClientCertificate,omitempty"`
	// ClientCAs are the CAs whose client certificates the server requests.
	ClientCAs []string `json:"clientCAs,omitempty" name:"ca"`
}

// Key is a public key of a key set, or the key that verified a token.
type Key struct {
	// KeyID is the ID of the key, to which the `kid` of a token refers.
	KeyID string `json:"kid,omitempty" name:"kid"`
	// KeyType is the key type of RFC 7518, such as RSA or EC.
	KeyType string `json:"kty" name:"term"`
	// Algorithm is the algorithm of the key.
	Algorithm string `json:"alg,omitempty" name:"term"`
	// Use is the intended use of the key, such as sig.
	Use string `json:"use,omitempty" name:"term"`
	// Bits is the length of the key in bits.
	Bits int `json:"bits,omitempty"`
	// Thumbprint is the SHA-256 thumbprint of RFC 7638.
	Thumbprint string `json:"thumbprint,omitempty" name:"thumbprint"`
	// KubernetesKeyID is the kid that an API server derives from the key. If it equals kid, an API server
	// published the key.
	KubernetesKeyID string `json:"kubernetesKid,omitempty" name:"kid"`
	// Source is the source of the key, such as a file or a URL.
	Source finding.Text `json:"source,omitzero"`
}

// Inspection is the output of `inspect`.
type Inspection struct {
	runtime.TypeMeta `json:",inline"`
	// Credential is the decoded credential, which is not verified.
	Credential Credential `json:"credential"`
	// Identity is the identity that Kubernetes assigns to the credential; absent if the credential alone does
	// not show it.
	Identity *Identity `json:"identity,omitempty"`
	// Findings are the findings that the credential alone shows.
	Findings List[finding.Finding] `json:"findings"`
}

// InspectionList is the output of `inspect` for several credentials.
type InspectionList struct {
	runtime.TypeMeta `json:",inline"`
	// Items has an item for each credential.
	Items List[Inspection] `json:"items"`
}

// VerificationList is the output of `verify` for several credentials.
type VerificationList struct {
	runtime.TypeMeta `json:",inline"`
	// Items have one entry for each credential, in order.
	Items List[Verification] `json:"items"`
}

// SimulationList is the output of `simulate` for several credentials.
type SimulationList struct {
	runtime.TypeMeta `json:",inline"`
	// Items have one entry for each credential, in order.
	Items List[Simulation] `json:"items"`
}

// Verification is the output of `verify`.
type Verification struct {
	runtime.TypeMeta `json:",inline"`
	// Line is the line of the token in the input, with `--each-line`.
	Line int `json:"line,omitempty"`
	// Valid reports that the signature and the claims are valid.
	Valid bool `json:"valid"`
	// Credential is the token.
	Credential Credential `json:"credential"`
	// Key is the key that verified the token.
	Key *Key `json:"key,omitempty"`
	// Findings are the findings about the token and the keys.
	Findings List[finding.Finding] `json:"findings"`
}

// Call is the output of `call`: a request with a token, and what the service answered.
type Call struct {
	runtime.TypeMeta `json:",inline"`
	// CalledAt is the time of the request.
	CalledAt *Time `json:"calledAt,omitempty"`
	// Number counts the requests of the command, from 1.
	Number int `json:"number"`
	// Method is the method of the request.
	Method string `json:"method" name:"term"`
	// URL is the address that the token was sent to.
	URL string `json:"url" name:"url"`
	// Credential is the token.
	Credential Credential `json:"credential"`
	// Audiences are the audiences that --audience names.
	Audiences []string `json:"audiences,omitempty" name:"audience"`
	// Verdict is Accepted for 2xx, Rejected for 401 and 403, and Undecided for every other status and without an answer.
	Verdict string `json:"verdict" jsonschema:"enum=Accepted,enum=Rejected,enum=Undecided"`
	// Status is the status of the answer; absent if none arrived.
	Status int `json:"status,omitempty"`
	// Milliseconds is the time until the answer.
	Milliseconds int64 `json:"milliseconds"`
	// Identity are the headers of the answer that name a user.
	Identity []Header `json:"identity,omitempty"`
	// Challenges are the challenges of WWW-Authenticate.
	Challenges []Challenge `json:"challenges,omitempty"`
	// Location is where a redirect points. No redirect is followed.
	Location string `json:"location,omitempty" name:"url"`
	// Message is the message in the body, or the title of a web page, shortened.
	Message string `json:"message,omitempty" name:"said"`
	// Cause is the ID of the finding that explains the answer; absent if the service accepts the token.
	Cause finding.ID `json:"cause,omitempty" unless:"verdict=Accepted"`
	// Findings are all findings, the cause first.
	Findings List[finding.Finding] `json:"findings"`
	// Again reports that the answer is that of the call before, so that its text is one line.
	Again bool `json:"-"`
}

// Header is a header of an answer.
type Header struct {
	// Name is the name, in lower case.
	Name string `json:"name" name:"term"`
	// Value is the value.
	Value string `json:"value" name:"user"`
}

// Challenge is a challenge of WWW-Authenticate (RFC 9110, section 11.6.1).
type Challenge struct {
	// Scheme is the authentication scheme, such as Bearer.
	Scheme string `json:"scheme" name:"term"`
	// Realm is the realm. For serve, it is the audience of the service.
	Realm string `json:"realm,omitempty" name:"audience"`
	// Error is the error code, such as invalid_token (RFC 6750, section 3.1).
	Error string `json:"error,omitempty" name:"term"`
	// ErrorDescription is the reason.
	ErrorDescription string `json:"errorDescription,omitempty" name:"said"`
	// Scope is the scope that the service requires.
	Scope string `json:"scope,omitempty" name:"said"`
	// ResourceMetadata is the URL of the service's metadata (RFC 9728).
	ResourceMetadata string `json:"resourceMetadata,omitempty" name:"url"`
}

// Discovery is the output of `discover`.
type Discovery struct {
	runtime.TypeMeta `json:",inline"`
	// Configuration is the discovery document as served.
	Configuration map[string]any `json:"configuration,omitempty" name:"document"`
	// JWKS is the key set as served. Private and symmetric members are replaced by REDACTED.
	JWKS map[string]any `json:"jwks,omitempty" name:"document"`
	// Keys are the readable keys of the key set.
	Keys List[Key] `json:"keys"`
	// ReadableBy is who can read the document and the keys.
	ReadableBy string `json:"readableBy" jsonschema:"enum=anyone,enum=authenticated,enum=restricted,enum=unknown"`
	// Findings are the findings about the document and the keys.
	Findings List[finding.Finding] `json:"findings"`
}

// Explanation is the output of `explain`.
type Explanation struct {
	runtime.TypeMeta `json:",inline"`
	// ExplainedAt is the time of the report. Relative times in its texts, such as "4m ago", refer to it.
	ExplainedAt *Time `json:"explainedAt,omitempty"`
	// Credential is the credential under test.
	Credential Credential `json:"credential"`
	// Audiences are the requested audiences. An empty list means the API server's own.
	Audiences List[string] `json:"audiences" name:"audience"`
	// AcceptedFor are the requested audiences for which the API server accepts the credential. One is enough.
	AcceptedFor []string `json:"acceptedFor,omitempty" name:"audience"`
	// Verdict is the verdict about the credential. Undecided means that no API server decided.
	Verdict string `json:"verdict" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// DecidedBy is the source of the verdict.
	DecidedBy string `json:"decidedBy" jsonschema:"enum=TokenReview,enum=SelfSubjectReview,enum=Inference,enum=None"`
	// User is the identity that the API server assigns; only if the credential is accepted.
	User *Identity `json:"user,omitempty" when:"verdict=Accepted"`
	// Cause is the ID of the finding that explains the verdict; absent if the credential is accepted.
	Cause finding.ID `json:"cause,omitempty" unless:"verdict=Accepted"`
	// Findings are all findings, the cause first.
	Findings List[finding.Finding] `json:"findings"`
	// Checks are all checks, in the API server's order.
	Checks List[Check] `json:"checks"`
	// Server is the API server that was asked.
	Server *Server `json:"server,omitempty"`
	// Answers counts each answer if the server was asked several times.
	Answers []Answers `json:"answers,omitempty"`
	// Servers are the API server replicas if each was asked.
	Servers *Servers `json:"servers,omitempty"`
	// Subjects are further credentials: the token inside a base64 encoding, or a token that another credential
	// overrides. Of several given credentials, the report is about the worst, and the others are here: the
	// other tokens of a Pod, list or kubeconfig.
	Subjects []Subject `json:"subjects,omitempty"`
}

// Answers counts equal answers to a question. UIDs and times may differ.
type Answers struct {
	// Server is the URL of the API server that answered, if several were asked.
	Server string `json:"server,omitempty" name:"url"`
	// Question is the question.
	Question string `json:"question" jsonschema:"enum=SelfSubjectReview,enum=TokenReview"`
	// Answer is the answer.
	Answer finding.Text `json:"answer"`
	// Times is the number of such answers.
	Times int `json:"times"`
	// Of is the number of attempts.
	Of int `json:"of"`
}

// Servers are the API server replicas, and the reason why others were not asked.
type Servers struct {
	// Items are the replicas. The first is the server at the kubeconfig's address.
	Items List[OneServer] `json:"items"`
	// Problem is why the addresses of the replicas could not be read.
	Problem finding.Text `json:"problem,omitzero"`
	// Remedy is the fix for the problem.
	Remedy []finding.Remedy `json:"remedy,omitempty"`
}

// OneServer is an API server replica and its verdict.
type OneServer struct {
	// URL is the address of the replica.
	URL string `json:"url" name:"url"`
	// NamedBy is the source of the address: the kubeconfig, an EndpointSlice or the command line.
	NamedBy finding.Text `json:"namedBy"`
	// NotAsked is why the credential was not sent to the replica, which then has no verdict.
	NotAsked finding.Text `json:"notAsked,omitzero"`
	// Verdict is the replica's verdict.
	Verdict string `json:"verdict,omitempty" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// Username is the user name that the replica assigns to the credential.
	Username string `json:"username,omitempty" name:"user"`
	// Error is the unchanged error message of the replica.
	Error finding.Text `json:"error,omitzero"`
	// Differences are the settings that the credential needs, and that another replica has.
	Differences []finding.Text `json:"differences,omitempty"`
	// Version is the replica's release of Kubernetes, such as v1.36.3.
	Version string `json:"version,omitempty" name:"release"`
	// ClockSkewSeconds is the difference of the replica's clock to this machine's, positive if the replica's
	// clock is ahead.
	ClockSkewSeconds *int64 `json:"clockSkewSeconds,omitempty"`
	// Issuer is the issuer of the ServiceAccount tokens that the replica issues.
	Issuer string `json:"issuer,omitempty" name:"issuer"`
	// Keys are the keys that the replica publishes; absent if they could not be read.
	Keys []Key `json:"keys,omitempty"`
	// HasKey reports whether the keys include the token's kid.
	HasKey *bool `json:"hasKey,omitempty"`
}

// Subject is a further credential and its verdict.
type Subject struct {
	// Role is why the credential is in the report: it is inside a base64 encoding, overridden by another
	// credential, a further token of the Pod, or another credential of the same list or kubeconfig.
	Role string `json:"role" jsonschema:"enum=unwrapped,enum=shadowed,enum=podToken,enum=another"`
	// Description names the credential, such as "the token inside the base64".
	Description finding.Text `json:"description"`
	// Credential is the further credential.
	Credential *Credential `json:"credential,omitempty"`
	// Verdict is the verdict; absent if the credential was only described.
	Verdict string `json:"verdict,omitempty" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// DecidedBy is the source of the verdict.
	DecidedBy string `json:"decidedBy,omitempty" jsonschema:"enum=TokenReview,enum=SelfSubjectReview,enum=Inference,enum=None"`
	// User is the identity that the API server assigns.
	User *Identity `json:"user,omitempty"`
	// Cause is the ID of the finding that explains the verdict.
	Cause finding.ID `json:"cause,omitempty"`
	// Findings are all findings about the credential, the cause first.
	Findings List[finding.Finding] `json:"findings"`
}

// Simulation is the output of `simulate`.
type Simulation struct {
	runtime.TypeMeta `json:",inline"`
	// Line is the line of the token in the input, with --each-line.
	Line int `json:"line,omitempty"`
	// Credential is the credential under test; absent if only the configuration was checked.
	Credential Credential `json:"credential,omitzero"`
	// Audiences are the requested audiences. An empty list means the API server's own.
	Audiences List[string] `json:"audiences" name:"audience"`
	// AcceptedFor are the requested audiences for which the API server would accept the credential. One is
	// enough.
	AcceptedFor []string `json:"acceptedFor,omitempty" name:"audience"`
	// Verdict is the verdict of an API server with this configuration. Undecided means that a required input
	// was not given. The verdict is absent if only the configuration was checked.
	Verdict string `json:"verdict,omitempty" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// Kubernetes is the release of the authenticators.
	Kubernetes string `json:"kubernetes" name:"own"`
	// Configuration is the result of reading the configuration.
	Configuration *CheckedConfiguration `json:"configuration,omitempty"`
	// At is the time of the verdict if it is not the current time.
	At *Time `json:"at,omitempty"`
	// Error is exactly the text that the API server would log and return in a TokenReview's status.error.
	Error string `json:"error,omitempty" name:"said"`
	// User is the identity that the API server would assign.
	User *Identity `json:"user,omitempty" when:"verdict=Accepted"`
	// Authenticators are the authenticators that ran, in the API server's order.
	Authenticators List[Authenticator] `json:"authenticators"`
	// Missing are the required inputs that were not given.
	Missing []finding.Text `json:"missing,omitempty"`
	// Subjects are the subjects by which a RoleBinding can name the user.
	Subjects []RBACSubject `json:"subjects,omitempty"`
	// Cause is the ID of the finding that explains the verdict; absent if the credential is accepted.
	Cause finding.ID `json:"cause,omitempty" unless:"verdict=Accepted"`
	// Findings are all findings, the cause first.
	Findings List[finding.Finding] `json:"findings"`
	// ComparedWith is the release that is compared with Kubernetes.
	ComparedWith string `json:"comparedWith,omitempty" name:"own"`
	// Differences are the differences of that release for this configuration and credential.
	Differences []Difference `json:"differences,omitempty"`
}

// CheckedConfiguration is the result of reading a configuration.
type CheckedConfiguration struct {
	// Valid reports whether an API server starts with the configuration.
	Valid bool `json:"valid"`
	// Errors are the faults with which the API server would not start.
	Errors List[ConfigurationError] `json:"errors"`
	// Files are the files that were read.
	Files List[string] `json:"files" name:"file"`
}

// ConfigurationError is a fault of a configuration.
type ConfigurationError struct {
	// Path is the field or the flag with the fault; absent if the error message names none.
	Path string `json:"path,omitempty" name:"own"`
	// Message is the error message of the API server.
	Message finding.Text `json:"message"`
}

// Authenticator is the result of an authenticator.
type Authenticator struct {
	// Name is the name of the authenticator.
	Name finding.Text `json:"name"`
	// Result is the result. Unknown means that a required input was not given.
	Result string `json:"result" jsonschema:"enum=Accepted,enum=Rejected,enum=NoOpinion,enum=Unknown"`
	// Error is the unchanged error message of the authenticator.
	Error string `json:"error,omitempty" name:"said"`
	// Steps are the steps of the authenticator, in order.
	Steps []Step `json:"steps,omitempty"`
}

// Step is a step of an authenticator.
type Step struct {
	// Name is what the step examines, such as the issuer, the key, the signature or the audience.
	Name finding.Text `json:"name"`
	// Outcome is the result. Missing means that a required input was not given.
	Outcome string `json:"outcome" jsonschema:"enum=Passed,enum=Failed,enum=Skipped,enum=Missing"`
	// Detail is what the step found.
	Detail finding.Text `json:"detail,omitzero"`
	// Expression is the unchanged CEL expression.
	Expression string `json:"expression,omitempty" name:"said"`
	// Inputs are the values that the expression reads, as JSON, by their paths.
	Inputs map[string]string `json:"inputs,omitempty" name:"inputs"`
	// Value is the result of the expression, as JSON.
	Value string `json:"value,omitempty" name:"json"`
}

// RBACSubject is a subject of a RoleBinding (rbac.authorization.k8s.io/v1).
type RBACSubject struct {
	// Kind is the kind of the subject.
	Kind string `json:"kind" jsonschema:"enum=ServiceAccount,enum=User,enum=Group"`
	// APIGroup is the API group of users and groups.
	APIGroup string `json:"apiGroup,omitempty" name:"term"`
	// Namespace is the namespace of a ServiceAccount.
	Namespace string `json:"namespace,omitempty" name:"namespace"`
	// Name is the name of the subject.
	Name string `json:"name" name:"=Kind"`
}

// Difference is a difference between releases of Kubernetes.
type Difference struct {
	// Releases are the releases that differ, such as "before v1.34".
	Releases finding.Text `json:"releases"`
	// Affects is what differs: whether the API server starts with the configuration, the verdict, the user,
	// or only the error message.
	Affects string `json:"affects" jsonschema:"enum=Start,enum=Verdict,enum=User,enum=Error"`
	// Detail is what these releases do.
	Detail finding.Text `json:"detail"`
	// Reference is the source file that differs.
	Reference string `json:"reference" name:"own"`
}

// Comparison is the output of `simulate --against`.
type Comparison struct {
	runtime.TypeMeta `json:",inline"`
	// Changed is the number of tokens for which the second configuration has another verdict or user.
	Changed int `json:"changed"`
	// Undecided is the number of tokens that lack a required input.
	Undecided int `json:"undecided"`
	// Items has an item for each token.
	Items List[Compared] `json:"items"`
	// Configuration are the differences of the configurations; present only if no credential was given.
	Configuration *ComparedConfiguration `json:"configuration,omitempty"`
}

// ComparedConfiguration are the differences of two configurations, as far as settings can be compared.
type ComparedConfiguration struct {
	// Differences are the differences, those of the issuers first.
	Differences List[ConfigurationDifference] `json:"differences"`
}

// ConfigurationDifference is a difference of two configurations.
type ConfigurationDifference struct {
	// Effect is what the second configuration does: Admits or Rejects other credentials, both (Changes), or Renames users
	// and groups.
	Effect string `json:"effect" jsonschema:"enum=Admits,enum=Rejects,enum=Renames,enum=Changes"`
	// Path is the field or the flag.
	Path string `json:"path" name:"own"`
	// Detail is the difference.
	Detail finding.Text `json:"detail"`
}

// Compared is the result of both configurations for a token.
type Compared struct {
	// Line is the line of the token in the input.
	Line int `json:"line"`
	// Type is the type of the token.
	Type string `json:"type" jsonschema:"enum=ServiceAccountToken,enum=LegacyServiceAccountToken,enum=JWT,enum=BootstrapToken,enum=AWSIAMToken,enum=OpaqueToken,enum=ClientCertificate,enum=BasicAuth,enum=None"`
	// Issuer is the unverified issuer claim.
	Issuer string `json:"issuer,omitempty" name:"issuer"`
	// Subject is the unverified subject claim.
	Subject string `json:"subject,omitempty" name:"user"`
	// Before is the result of the first configuration.
	Before Outcome `json:"before"`
	// After is the result of the second configuration.
	After Outcome `json:"after"`
	// Changes are the differences.
	Changes List[finding.Text] `json:"changes"`
}

// Outcome is the result of a configuration for a token.
type Outcome struct {
	// Verdict is the verdict of an API server with this configuration.
	Verdict string `json:"verdict" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// User is the identity that the API server would assign.
	User *Identity `json:"user,omitempty" when:"verdict=Accepted"`
	// Cause is the ID of the finding that explains the verdict.
	Cause finding.ID `json:"cause,omitempty" unless:"verdict=Accepted"`
	// Error is the unchanged error message.
	Error string `json:"error,omitempty" name:"said"`
	// Missing are the required inputs that were not given.
	Missing []finding.Text `json:"missing,omitempty"`
}

// FindingList is the output of `findings`: entries of the catalogue.
type FindingList struct {
	runtime.TypeMeta `json:",inline"`
	// Items are all entries, or the requested entry.
	Items List[finding.Entry] `json:"items" name:"own"`
}

// Version is the output of `version`.
type Version struct {
	runtime.TypeMeta `json:",inline"`
	version.Info     `json:",inline" name:"own"`
}

// Review is the text output of `review`. The object is the server's own TokenReview, so Review has no kind.
type Review struct {
	// Source is the source of the token.
	Source finding.Text
	// Asked are the requested audiences. An empty list means the API server's own.
	Asked         []string `name:"audience"`
	Authenticated bool
	User          *Identity
	// Audiences are the audiences in the answer: those that the token and the request have in common.
	Audiences []string `name:"audience"`
	// Error is the unchanged error message of the server.
	Error string `name:"said"`
	// Findings are the findings from the answer, the cause first.
	Findings []finding.Finding
}

// Reviews are what `review` prints as text where there are several credentials.
type Reviews struct {
	Items []Review
}

func typeMeta(kind string) runtime.TypeMeta {
	return runtime.TypeMeta{APIVersion: APIVersion, Kind: kind}
}

// NewInspection returns an empty Inspection with its kind.
func NewInspection() *Inspection { return &Inspection{TypeMeta: typeMeta(KindInspection)} }

// NewInspectionList returns a list of the items.
func NewInspectionList(items ...Inspection) *InspectionList {
	return &InspectionList{TypeMeta: typeMeta(KindInspectionList), Items: items}
}

// NewVerification returns an empty Verification with its kind.
func NewVerification() *Verification { return &Verification{TypeMeta: typeMeta(KindVerification)} }

// NewVerificationList returns a list of the items.
func NewVerificationList(items ...Verification) *VerificationList {
	return &VerificationList{TypeMeta: typeMeta(KindVerificationList), Items: items}
}

// NewSimulationList returns a list of the items.
func NewSimulationList(items ...Simulation) *SimulationList {
	return &SimulationList{TypeMeta: typeMeta(KindSimulationList), Items: items}
}

// NewCall returns an empty Call with its kind.
func NewCall() *Call { return &Call{TypeMeta: typeMeta(KindCall)} }

// NewDiscovery returns an empty Discovery with its kind.
func NewDiscovery() *Discovery { return &Discovery{TypeMeta: typeMeta(KindDiscovery)} }

// NewExplanation returns an empty Explanation with its kind.
func NewExplanation() *Explanation { return &Explanation{TypeMeta: typeMeta(KindExplanation)} }

// NewSimulation returns an empty Simulation with its kind.
func NewSimulation() *Simulation { return &Simulation{TypeMeta: typeMeta(KindSimulation)} }

// NewComparison returns an empty Comparison with its kind.
func NewComparison() *Comparison { return &Comparison{TypeMeta: typeMeta(KindComparison)} }

// NewVersion returns the build with its kind.
func NewVersion(info version.Info) *Version {
	return &Version{TypeMeta: typeMeta(KindVersion), Info: info}
}

// NewFindingList returns a list of the entries.
func NewFindingList(entries ...finding.Entry) *FindingList {
	return &FindingList{TypeMeta: typeMeta(KindFindingList), Items: slices.Clone(entries)}
}
