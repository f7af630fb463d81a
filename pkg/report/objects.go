// Package report prints results: as text for people, as markdown for tickets, and
// as the objects that scripts read. It does no I/O but
// through the writer it is given, and it knows no API server: time, width and
// colour are facts that the caller hands in.
//
// pkg/report/output turns the -o flag into a printer of these objects.
package report

import (
	"encoding/json"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// APIVersion is the version of every object that is printed.
const APIVersion = "authn.kubectl/v1alpha1"

// The kinds of objects.
const (
	KindInspection     = "Inspection"
	KindInspectionList = "InspectionList"
	KindVerification   = "Verification"
	KindDiscovery      = "Discovery"
	KindExplanation    = "Explanation"
	KindFindingList    = "FindingList"
	KindLogSummary     = "LogSummary"
	KindSimulation     = "Simulation"
	KindComparison     = "Comparison"
	KindVersion        = "Version"
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

// What an API server makes of a credential.
const (
	Accepted  = "Accepted"
	Rejected  = "Rejected"
	Anonymous = "Anonymous"
	Undecided = "Undecided"
)

// Who said so.
const (
	ByTokenReview       = "TokenReview"
	BySelfSubjectReview = "SelfSubjectReview"
	ByInference         = "Inference"
	ByNobody            = "None"
)

// How a check ended.
const (
	Pass          = "Pass"
	Warn          = "Warn"
	Fail          = "Fail"
	NotApplicable = "NotApplicable"
	Unknown       = "Unknown"
)

// Who may read a discovery document and its keys.
const (
	ReadableByAnyone        = "anyone"
	ReadableByAuthenticated = "authenticated"
	ReadableByFew           = "restricted"
	ReadableByUnknown       = "unknown"
)

// The roles of the subjects that stand beside the credential itself.
const (
	// RoleUnwrapped is the token that base64 hides.
	RoleUnwrapped = "unwrapped"
	// RoleShadowed is a credential that is configured, and that another one displaces.
	RoleShadowed = "shadowed"
	// RolePodToken is one of the tokens of a Pod.
	RolePodToken = "podToken"
)

// List is a slice that is [] in JSON and YAML where it is empty, never null, so
// that a script can iterate over it without asking first.
type List[T any] []T

// MarshalJSON prints [] for nil.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// Time is an instant of an object: RFC 3339 in UTC, with a fraction only where
// there is one.
type Time struct{ time.Time }

// At returns t for an object; nil, which leaves the field out, for the zero time
// and for years that RFC 3339 cannot write (a numeric date may hold any).
func At(t time.Time) *Time {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return &Time{t}
}

// MarshalJSON prints RFC 3339 in UTC.
func (t Time) MarshalJSON() ([]byte, error) { return t.UTC().MarshalJSON() }

// Credential is what was decoded, and where it was found. Nothing in it is secret:
// a signature, a token or a password has no field here.
type Credential struct {
	// Type is what kind of credential it is, as far as its writing shows.
	Type string `json:"type" jsonschema:"enum=ServiceAccountToken,enum=LegacyServiceAccountToken,enum=JWT,enum=BootstrapToken,enum=AWSIAMToken,enum=OpaqueToken,enum=ClientCertificate,enum=BasicAuth,enum=None"`
	// Source is where it was found: "argument", "standard input", "in-cluster", "file PATH",
	// "secret NS/NAME", "serviceaccount NS/NAME", "pod NS/NAME container C path P",
	// "kubeconfig context C user U", "exec COMMAND".
	Source finding.Text `json:"source"`
	// Verified says that a signature was checked and holds. Claims of a credential
	// that is not verified are what somebody wrote.
	Verified bool `json:"verified"`
	// Header is that of a JWT, as somebody wrote it.
	Header map[string]any `json:"header,omitempty" name:"document"`
	// Claims are those of a JWT, as somebody wrote them. Integers are exact; those beyond 64
	// bits are strings.
	Claims map[string]any `json:"claims,omitempty" name:"document"`
	// Certificate is the client certificate, where it is one.
	Certificate *Certificate `json:"certificate,omitempty"`
	// IssuedAt is when it was issued; absent, as are the other times, where it does not say.
	IssuedAt *Time `json:"issuedAt,omitempty"`
	// NotBefore is since when it is good.
	NotBefore *Time `json:"notBefore,omitempty"`
	// ExpiresAt is when it ends.
	ExpiresAt *Time `json:"expiresAt,omitempty"`
	// WarnAfter is when a client should have replaced it: the claim kubernetes.io.warnafter.
	WarnAfter *Time `json:"warnAfter,omitempty"`
	// Projected is what the spec of a Pod asks for, of which the token is.
	Projected *Projected `json:"projected,omitempty"`
	// Trace is how kubectl comes to it, where it is what the current context sends.
	Trace *Trace `json:"trace,omitempty"`
}

// Trace is the way from the kubeconfig to what the API server goes by.
type Trace struct {
	// Files are the kubeconfig files, in the order of precedence.
	Files List[KubeconfigFile] `json:"files"`
	// Settings are those that count: context, user, cluster, server, proxy and their like.
	Settings List[Setting] `json:"settings"`
	// Methods are all means of authentication that are configured.
	Methods List[Method] `json:"methods"`
	// Proof says from what it is known which of them the server goes by.
	Proof finding.Text `json:"proof,omitzero"`
}

// KubeconfigFile is one file of the KUBECONFIG list.
type KubeconfigFile struct {
	// Path is where it is.
	Path string `json:"path" name:"file"`
	// Missing says that there is no such file.
	Missing bool `json:"missing,omitempty"`
	// Ignored are the entries that count, and that an earlier file has as well: that one's
	// are taken.
	Ignored []finding.Text `json:"ignored,omitempty"`
}

// Setting is a setting and where it stands: a key of a file, a flag, or a variable of the
// environment.
type Setting struct {
	// Name says what is set: context, user, cluster, server, proxy and their like.
	Name string `json:"name" name:"own"`
	// Value is what it is set to; never a secret.
	Value finding.Text `json:"value"`
	// Key is the key of the file, the flag, or the variable.
	Key finding.Text `json:"key"`
	// File is the one that has the key.
	File string `json:"file,omitempty" name:"file"`
}

// What the client makes of a means of authentication, and what the server does.
const (
	Sent        = "Sent"
	NotSent     = "NotSent"
	NotProduced = "NotProduced"
	Decides     = "Decides"
	Refused     = "Refused"
	Ignored     = "Ignored"
)

// Method is a means of authentication that is configured.
type Method struct {
	// Type is what is configured.
	Type string `json:"type" jsonschema:"enum=ClientCertificate,enum=Token,enum=TokenFile,enum=ExecPlugin,enum=BasicAuth,enum=AuthProvider"`
	// Name is the plugin's command, the provider's name, or the path of the file.
	Name finding.Text `json:"name,omitzero"`
	// Key is where it stands: a key of the file, a flag, or a variable.
	Key finding.Text `json:"key"`
	// File is the one that has the key.
	File string `json:"file,omitempty" name:"file"`
	// Client is what the client does: NotProduced is what was tried, and there is nothing to send.
	Client string `json:"client" jsonschema:"enum=Sent,enum=NotSent,enum=NotProduced"`
	// Server is what the server does with it; absent where it was not sent, or nobody knows.
	Server string `json:"server,omitempty" jsonschema:"enum=Decides,enum=Refused,enum=Ignored"`
	// Reason says why it is not sent.
	Reason finding.Text `json:"reason,omitzero"`
}

// Projected is a projected ServiceAccount token volume of a Pod.
type Projected struct {
	// ServiceAccountName is whose token it is.
	ServiceAccountName string `json:"serviceAccountName" name:"serviceaccount"`
	// NodeName is where the Pod runs.
	NodeName string `json:"nodeName,omitempty" name:"node"`
	// Container is the one that has the token.
	Container string `json:"container" name:"container"`
	// Path is where it has it.
	Path string `json:"path" name:"file"`
	// Audience is empty where the token is for the API server itself.
	Audience string `json:"audience,omitempty" name:"audience"`
	// ExpirationSeconds is how long a token the spec asks for.
	ExpirationSeconds int64 `json:"expirationSeconds,omitempty"`
	// Undeclared: the spec asks for no token at that path.
	Undeclared bool `json:"undeclared,omitempty"`
	// Remarks say what of it is worth knowing.
	Remarks []finding.Text `json:"remarks,omitempty"`
}

// Certificate is the leaf of a client certificate.
type Certificate struct {
	// Subject is the distinguished name of whom it is for.
	Subject string `json:"subject" name:"subject"`
	// Issuer is the distinguished name of who signed it.
	Issuer string `json:"issuer" name:"ca"`
	// SerialNumber is a decimal number.
	SerialNumber string `json:"serialNumber" name:"serial"`
	// NotBefore is since when it is valid.
	NotBefore *Time `json:"notBefore,omitempty"`
	// NotAfter is until when it is valid.
	NotAfter *Time `json:"notAfter,omitempty"`
	// ExtendedKeyUsages are what it may be used for, such as clientAuth; none stands for anything.
	ExtendedKeyUsages List[string] `json:"extendedKeyUsages" name:"term"`
	// SHA256 is the fingerprint of the DER encoding, in lower-case hexadecimal.
	SHA256 string `json:"sha256" name:"fingerprint"`
}

// Identity is a user as Kubernetes sees one.
type Identity struct {
	// Username is the name that RBAC and audit logs go by.
	Username string `json:"username" name:"user"`
	// UID tells the user from another of the same name.
	UID string `json:"uid,omitempty" name:"uid"`
	// Groups are those that the user is in.
	Groups []string `json:"groups,omitempty" name:"group"`
	// Extra is what the authenticator adds.
	Extra map[string][]string `json:"extra,omitempty" name:"extra"`
}

// Check is one question of the diagnosis and its answer. Its title is positive:
// "token is within its lifetime".
type Check struct {
	// ID names the check.
	ID string `json:"id" name:"term"`
	// Title says what is so if it passes.
	Title string `json:"title" name:"term"`
	// Status is how it ended; Unknown is what could not be looked at.
	Status string `json:"status" jsonschema:"enum=Pass,enum=Warn,enum=Fail,enum=NotApplicable,enum=Unknown"`
	// Detail says what was seen, or why nothing was.
	Detail finding.Text `json:"detail,omitzero"`
	// Stage is the heading under which the text report lists the check.
	Stage string `json:"-" name:"term"`
}

// Server is the API server that was asked.
type Server struct {
	// URL is its address.
	URL string `json:"url" name:"url"`
	// Version is its release, such as v1.36.3.
	Version string `json:"version,omitempty" name:"release"`
	// ClockSkewSeconds is how far the server's clock is ahead of this machine's;
	// absent where it could not be measured.
	ClockSkewSeconds *int64 `json:"clockSkewSeconds,omitempty"`
	// AuditID names the request in the server's audit log.
	AuditID string `json:"auditID,omitempty" name:"audit"`
	// Proxy is the address of the proxy that the requests went through.
	Proxy string `json:"proxy,omitempty" name:"url"`
	// Certificate is the one that the server shows in the TLS handshake.
	Certificate *Certificate `json:"certificate,omitempty"`
	// RequestsClientCertificate says whether the server asks for a client certificate in the
	// handshake; absent where no handshake was seen.
	RequestsClientCertificate *bool `json:"requestsClientCertificate,omitempty"`
	// ClientCAs are the authorities of which it asks for one.
	ClientCAs []string `json:"clientCAs,omitempty" name:"ca"`
}

// Key is a public key: of a key set, or the one that verified a token.
type Key struct {
	// KeyID is what the `kid` of tokens refers to.
	KeyID string `json:"kid,omitempty" name:"kid"`
	// KeyType is RSA, EC or another one of RFC 7518.
	KeyType string `json:"kty" name:"term"`
	// Algorithm is the one that the key is for.
	Algorithm string `json:"alg,omitempty" name:"term"`
	// Use is what the key is for: sig.
	Use string `json:"use,omitempty" name:"term"`
	// Bits is its length.
	Bits int `json:"bits,omitempty"`
	// Thumbprint is that of RFC 7638, with SHA-256.
	Thumbprint string `json:"thumbprint,omitempty" name:"thumbprint"`
	// KubernetesKeyID is the kid that a kube-apiserver derives from this key; where it equals
	// kid, the key was published by one.
	KubernetesKeyID string `json:"kubernetesKid,omitempty" name:"kid"`
	// Source says where the key came from: a file, a URL.
	Source finding.Text `json:"source,omitzero"`
}

// Inspection is what `inspect` prints.
type Inspection struct {
	runtime.TypeMeta `json:",inline"`
	// Credential is what was decoded. Nobody verified it.
	Credential Credential `json:"credential"`
	// Identity is whom Kubernetes would take the credential for; absent where that
	// cannot be known from it alone.
	Identity *Identity `json:"identity,omitempty"`
	// Findings are what can be said of it without asking a server.
	Findings List[finding.Finding] `json:"findings"`
}

// InspectionList is what `inspect` prints where there are several credentials.
type InspectionList struct {
	runtime.TypeMeta `json:",inline"`
	// Items are one for each.
	Items List[Inspection] `json:"items"`
}

// Verification is what `verify` prints.
type Verification struct {
	runtime.TypeMeta `json:",inline"`
	// Line is the line of the input that held the token, with `--each-line`.
	Line int `json:"line,omitempty"`
	// Valid says that signature and claims are as they have to be.
	Valid bool `json:"valid"`
	// Credential is the token that was verified.
	Credential Credential `json:"credential"`
	// Key is the one that verified the token.
	Key *Key `json:"key,omitempty"`
	// Findings are its faults, and those of the keys.
	Findings List[finding.Finding] `json:"findings"`
}

// Discovery is what `discover` prints.
type Discovery struct {
	runtime.TypeMeta `json:",inline"`
	// Configuration is the document as served.
	Configuration map[string]any `json:"configuration,omitempty" name:"document"`
	// JWKS is the key set as served, private and symmetric members replaced by REDACTED.
	JWKS map[string]any `json:"jwks,omitempty" name:"document"`
	// Keys are those of the key set that could be read.
	Keys List[Key] `json:"keys"`
	// ReadableBy is who may read both.
	ReadableBy string `json:"readableBy" jsonschema:"enum=anyone,enum=authenticated,enum=restricted,enum=unknown"`
	// Findings are what is wrong with them.
	Findings List[finding.Finding] `json:"findings"`
}

// Explanation is what `explain` prints.
type Explanation struct {
	runtime.TypeMeta `json:",inline"`
	// ExplainedAt is when it was made: what is relative in its texts, such as "4m ago", is
	// relative to it.
	ExplainedAt *Time `json:"explainedAt,omitempty"`
	// Credential is the one under test.
	Credential Credential `json:"credential"`
	// Audiences are those that were asked for; none stands for the API server's own.
	Audiences List[string] `json:"audiences" name:"audience"`
	// AcceptedFor are those of the audiences asked for that it is accepted for: one is enough.
	AcceptedFor []string `json:"acceptedFor,omitempty" name:"audience"`
	// Verdict is what the API server makes of it; Undecided where nobody could be asked, or would
	// say.
	Verdict string `json:"verdict" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// DecidedBy is what the verdict rests on.
	DecidedBy string `json:"decidedBy" jsonschema:"enum=TokenReview,enum=SelfSubjectReview,enum=Inference,enum=None"`
	// User is who the API server says it is; only of an accepted credential.
	User *Identity `json:"user,omitempty" when:"verdict=Accepted"`
	// Cause is the ID of the finding that explains the verdict; absent when accepted.
	Cause finding.ID `json:"cause,omitempty" unless:"verdict=Accepted"`
	// Findings are all that is true, the cause first.
	Findings List[finding.Finding] `json:"findings"`
	// Checks are all questions of the diagnosis, in the server's order of asking.
	Checks List[Check] `json:"checks"`
	// Server is the API server that was asked.
	Server *Server `json:"server,omitempty"`
	// Answers say how often each answer came, where the server was asked more than once.
	Answers []Answers `json:"answers,omitempty"`
	// Servers are the API servers, where they were asked one by one.
	Servers *Servers `json:"servers,omitempty"`
	// Subjects are what stands beside the credential itself: the token that base64
	// hides, a token that another credential displaces, the tokens of a Pod.
	Subjects []Subject `json:"subjects,omitempty"`
}

// Answers are those to one question that say the same, but for UIDs and times.
type Answers struct {
	// Server is the URL of the one that answered, where several were asked.
	Server string `json:"server,omitempty" name:"url"`
	// Question is what was asked.
	Question string `json:"question" jsonschema:"enum=SelfSubjectReview,enum=TokenReview"`
	// Answer is what came, in words.
	Answer finding.Text `json:"answer"`
	// Times is how often it came.
	Times int `json:"times"`
	// Of is how often the question was asked.
	Of int `json:"of"`
}

// Servers are several API servers, and what kept others from being asked.
type Servers struct {
	// Items begin with what answers at the kubeconfig's address.
	Items List[OneServer] `json:"items"`
	// Problem is why the addresses of the API servers could not be read.
	Problem finding.Text `json:"problem,omitzero"`
	// Remedy is what to do about the problem.
	Remedy []finding.Remedy `json:"remedy,omitempty"`
}

// OneServer is one of several API servers, and what it makes of the credential.
type OneServer struct {
	// URL is its address.
	URL string `json:"url" name:"url"`
	// NamedBy says where its address stands: in the kubeconfig, in an EndpointSlice, on the
	// command line.
	NamedBy finding.Text `json:"namedBy"`
	// NotAsked is why it was not sent the credential; then it has no verdict.
	NotAsked finding.Text `json:"notAsked,omitzero"`
	// Verdict is what it makes of the credential.
	Verdict string `json:"verdict,omitempty" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// Username is whom it takes the credential for.
	Username string `json:"username,omitempty" name:"user"`
	// Error is its reason, to the letter.
	Error finding.Text `json:"error,omitzero"`
	// Differences are what it has otherwise than the credential needs it, and another
	// server has it.
	Differences []finding.Text `json:"differences,omitempty"`
	// Version is its release, such as v1.36.3.
	Version string `json:"version,omitempty" name:"release"`
	// ClockSkewSeconds is how far its clock is ahead of this machine's.
	ClockSkewSeconds *int64 `json:"clockSkewSeconds,omitempty"`
	// Issuer is the one of the ServiceAccount tokens that it issues.
	Issuer string `json:"issuer,omitempty" name:"issuer"`
	// Keys are those that it publishes; absent where they could not be read.
	Keys []Key `json:"keys,omitempty"`
	// HasKey says whether the key that the token names is among them.
	HasKey *bool `json:"hasKey,omitempty"`
}

// Subject is a credential beside the one that was asked about, and what became of it.
type Subject struct {
	// Role is how it came to be looked at: the token inside the base64, what another credential
	// displaces, a token of the Pod.
	Role string `json:"role" jsonschema:"enum=unwrapped,enum=shadowed,enum=podToken"`
	// Description names it as the start of a sentence: "the token inside the base64".
	Description finding.Text `json:"description"`
	// Credential is the subject itself.
	Credential *Credential `json:"credential,omitempty"`
	// Verdict is absent where the subject was described and not tried.
	Verdict string `json:"verdict,omitempty" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// DecidedBy is what the verdict rests on.
	DecidedBy string `json:"decidedBy,omitempty" jsonschema:"enum=TokenReview,enum=SelfSubjectReview,enum=Inference,enum=None"`
	// User is who the API server says it is.
	User *Identity `json:"user,omitempty"`
	// Cause is the ID of the finding that explains the verdict.
	Cause finding.ID `json:"cause,omitempty"`
	// Findings are all that is true of it, the cause first.
	Findings List[finding.Finding] `json:"findings"`
}

// Simulation is what `simulate` prints.
type Simulation struct {
	runtime.TypeMeta `json:",inline"`
	// Line is the line of the input that held the token, with --each-line.
	Line int `json:"line,omitempty"`
	// Credential is the one under test.
	Credential Credential `json:"credential"`
	// Audiences are those that were asked for; none stands for the API server's own.
	Audiences List[string] `json:"audiences" name:"audience"`
	// AcceptedFor are those of the audiences asked for that it would be accepted for: one is
	// enough.
	AcceptedFor []string `json:"acceptedFor,omitempty" name:"audience"`
	// Verdict is what an API server with this configuration would make of it; Undecided where
	// something that it depends on was not given.
	Verdict string `json:"verdict" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// Kubernetes is the release whose authenticators ran.
	Kubernetes string `json:"kubernetes" name:"own"`
	// At is the moment of which the verdict is, where it is not now.
	At *Time `json:"at,omitempty"`
	// Error is the text that the API server would log, and return in a TokenReview's
	// status.error, to the letter.
	Error string `json:"error,omitempty" name:"said"`
	// User is whom the API server would take it for.
	User *Identity `json:"user,omitempty" when:"verdict=Accepted"`
	// Authenticators are those that were asked, in the API server's order.
	Authenticators List[Authenticator] `json:"authenticators"`
	// Missing is what the verdict depends on, and was not given.
	Missing []finding.Text `json:"missing,omitempty"`
	// Subjects are those by which a RoleBinding may name the user.
	Subjects []RBACSubject `json:"subjects,omitempty"`
	// Cause is the ID of the finding that explains the verdict; absent when accepted.
	Cause finding.ID `json:"cause,omitempty" unless:"verdict=Accepted"`
	// Findings are all that is true, the cause first.
	Findings List[finding.Finding] `json:"findings"`
	// ComparedWith is the release that was asked about beside that one.
	ComparedWith string `json:"comparedWith,omitempty" name:"own"`
	// Differences are what that release does otherwise with this configuration or credential.
	Differences []Difference `json:"differences,omitempty"`
}

// Authenticator is what one of them made of the credential.
type Authenticator struct {
	// Name says which one it is.
	Name finding.Text `json:"name"`
	// Result is Unknown where something that it needs was not given.
	Result string `json:"result" jsonschema:"enum=Accepted,enum=Rejected,enum=NoOpinion,enum=Unknown"`
	// Error is its own text, to the letter.
	Error string `json:"error,omitempty" name:"said"`
	// Steps are what it looked at, in order.
	Steps []Step `json:"steps,omitempty"`
}

// Step is one thing that an authenticator looked at.
type Step struct {
	// Name is what is looked at: issuer, key, signature, audience, and so on.
	Name finding.Text `json:"name"`
	// Outcome is Missing where what the step needs was not given.
	Outcome string `json:"outcome" jsonschema:"enum=Passed,enum=Failed,enum=Skipped,enum=Missing"`
	// Detail says what was found.
	Detail finding.Text `json:"detail,omitzero"`
	// Expression is a CEL expression, to the letter.
	Expression string `json:"expression,omitempty" name:"said"`
	// Inputs are the values that the expression reads, by their path, as JSON.
	Inputs map[string]string `json:"inputs,omitempty" name:"inputs"`
	// Value is its result, as JSON.
	Value string `json:"value,omitempty" name:"json"`
}

// RBACSubject is a subject of a RoleBinding (rbac.authorization.k8s.io/v1).
type RBACSubject struct {
	// Kind is what is named.
	Kind string `json:"kind" jsonschema:"enum=ServiceAccount,enum=User,enum=Group"`
	// APIGroup is that of users and groups.
	APIGroup string `json:"apiGroup,omitempty" name:"term"`
	// Namespace is that of a ServiceAccount.
	Namespace string `json:"namespace,omitempty" name:"namespace"`
	// Name is its name.
	Name string `json:"name" name:"=Kind"`
}

// Difference is what a Kubernetes release does otherwise.
type Difference struct {
	// Releases says which: "before v1.34".
	Releases finding.Text `json:"releases"`
	// Affects says what is otherwise: whether the API server starts with the configuration, the
	// verdict, the user, or the text of the error alone.
	Affects string `json:"affects" jsonschema:"enum=Start,enum=Verdict,enum=User,enum=Error"`
	// Detail says what that release does.
	Detail finding.Text `json:"detail"`
	// Reference is the file in which the sources of the releases differ.
	Reference string `json:"reference" name:"own"`
}

// Comparison is what `simulate --against` prints.
type Comparison struct {
	runtime.TypeMeta `json:",inline"`
	// Changed is how many of the tokens are somebody else with the second configuration.
	Changed int `json:"changed"`
	// Undecided is of how many nobody knows, because something was not given.
	Undecided int `json:"undecided"`
	// Items are all tokens that were tried.
	Items List[Compared] `json:"items"`
}

// Compared is one token with both configurations.
type Compared struct {
	// Line is the line of the input that held the token.
	Line int `json:"line"`
	// Type is what kind of token it is.
	Type string `json:"type" jsonschema:"enum=ServiceAccountToken,enum=LegacyServiceAccountToken,enum=JWT,enum=BootstrapToken,enum=AWSIAMToken,enum=OpaqueToken,enum=ClientCertificate,enum=BasicAuth,enum=None"`
	// Issuer is a claim that nobody verified.
	Issuer string `json:"issuer,omitempty" name:"issuer"`
	// Subject is a claim that nobody verified.
	Subject string `json:"subject,omitempty" name:"user"`
	// Before is what the first configuration makes of it.
	Before Outcome `json:"before"`
	// After is what the second configuration makes of it.
	After Outcome `json:"after"`
	// Changes say what differs, one difference each.
	Changes List[finding.Text] `json:"changes"`
}

// Outcome is what one configuration makes of a token.
type Outcome struct {
	// Verdict is what an API server with this configuration would say.
	Verdict string `json:"verdict" jsonschema:"enum=Accepted,enum=Rejected,enum=Anonymous,enum=Undecided"`
	// User is whom it would take the token for.
	User *Identity `json:"user,omitempty" when:"verdict=Accepted"`
	// Cause is the ID of the finding that explains the verdict.
	Cause finding.ID `json:"cause,omitempty" unless:"verdict=Accepted"`
	// Error is the text of its refusal, to the letter.
	Error string `json:"error,omitempty" name:"said"`
	// Missing is what the verdict depends on, and was not given.
	Missing []finding.Text `json:"missing,omitempty"`
}

// FindingList is what `findings` prints: pages of the catalogue.
type FindingList struct {
	runtime.TypeMeta `json:",inline"`
	// Items are all pages, or the one that was asked for.
	Items List[finding.Entry] `json:"items" name:"own"`
}

// Version is what `version` prints.
type Version struct {
	runtime.TypeMeta `json:",inline"`
	version.Info     `json:",inline" name:"own"`
}

// Review is what `review` shows as text. As an object it prints the server's own
// TokenReview, so this one has no kind.
type Review struct {
	// Source says where the reviewed token was found.
	Source finding.Text
	// Asked are the audiences of the request; none stands for the API server's own.
	Asked         []string `name:"audience"`
	Authenticated bool
	User          *Identity
	// Audiences are those of the answer: the ones that token and request have in common.
	Audiences []string `name:"audience"`
	// Error is the server's text, to the letter.
	Error string `name:"said"`
	// Findings are what the answer means, the cause first.
	Findings []finding.Finding
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
