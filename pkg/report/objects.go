// Package report prints results: as text for people, as markdown for tickets, and
// as the objects that scripts read. It does no I/O but
// through the writer it is given, and it knows no API server: time, width and
// colour are facts that the caller hands in.
//
// pkg/report/output turns the -o flag into a printer of these objects.
package report

import (
	"encoding/json"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
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
	Type   string `json:"type"`
	Source string `json:"source"`
	// Verified says that a signature was checked and holds. Claims of a credential
	// that is not verified are what somebody wrote.
	Verified    bool           `json:"verified"`
	Header      map[string]any `json:"header,omitempty"`
	Claims      map[string]any `json:"claims,omitempty"`
	Certificate *Certificate   `json:"certificate,omitempty"`
	IssuedAt    *Time          `json:"issuedAt,omitempty"`
	NotBefore   *Time          `json:"notBefore,omitempty"`
	ExpiresAt   *Time          `json:"expiresAt,omitempty"`
	WarnAfter   *Time          `json:"warnAfter,omitempty"`
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
	Proof string `json:"proof,omitempty"`
}

// KubeconfigFile is one file of the KUBECONFIG list.
type KubeconfigFile struct {
	Path    string `json:"path"`
	Missing bool   `json:"missing,omitempty"`
	// Ignored are the entries that count, and that an earlier file has as well: that one's
	// are taken.
	Ignored []string `json:"ignored,omitempty"`
}

// Setting is a setting and where it stands: a key of a file, a flag, or a variable of the
// environment.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Key   string `json:"key"`
	File  string `json:"file,omitempty"`
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
	// Type is ClientCertificate, Token, TokenFile, ExecPlugin, BasicAuth or AuthProvider.
	Type string `json:"type"`
	// Name is the plugin's command, the provider's name, or the path of the file.
	Name string `json:"name,omitempty"`
	Key  string `json:"key"`
	File string `json:"file,omitempty"`
	// Client is Sent, NotSent, or NotProduced where it was tried and there is nothing to send.
	Client string `json:"client"`
	// Server is Decides, Refused or Ignored; absent where it was not sent or nobody knows.
	Server string `json:"server,omitempty"`
	// Reason says why it is not sent.
	Reason string `json:"reason,omitempty"`
}

// Projected is a projected ServiceAccount token volume of a Pod.
type Projected struct {
	ServiceAccountName string `json:"serviceAccountName"`
	NodeName           string `json:"nodeName,omitempty"`
	Container          string `json:"container"`
	Path               string `json:"path"`
	// Audience is empty where the token is for the API server itself.
	Audience          string `json:"audience,omitempty"`
	ExpirationSeconds int64  `json:"expirationSeconds,omitempty"`
	// Undeclared: the spec asks for no token at that path.
	Undeclared bool `json:"undeclared,omitempty"`
	// Remarks say what of it is worth knowing.
	Remarks []string `json:"remarks,omitempty"`
}

// Certificate is the leaf of a client certificate.
type Certificate struct {
	Subject           string       `json:"subject"`
	Issuer            string       `json:"issuer"`
	SerialNumber      string       `json:"serialNumber"`
	NotBefore         *Time        `json:"notBefore,omitempty"`
	NotAfter          *Time        `json:"notAfter,omitempty"`
	ExtendedKeyUsages List[string] `json:"extendedKeyUsages"`
	// SHA256 is the fingerprint of the DER encoding, in lower-case hexadecimal.
	SHA256 string `json:"sha256"`
}

// Identity is a user as Kubernetes sees one.
type Identity struct {
	Username string              `json:"username"`
	UID      string              `json:"uid,omitempty"`
	Groups   []string            `json:"groups,omitempty"`
	Extra    map[string][]string `json:"extra,omitempty"`
}

// Check is one question of the diagnosis and its answer. Its title is positive:
// "token is within its lifetime".
type Check struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Stage is the heading under which the text report lists the check.
	Stage string `json:"-"`
}

// Server is the API server that was asked.
type Server struct {
	URL     string `json:"url"`
	Version string `json:"version,omitempty"`
	// ClockSkewSeconds is how far the server's clock is ahead of this machine's;
	// absent where it could not be measured.
	ClockSkewSeconds *int64 `json:"clockSkewSeconds,omitempty"`
	AuditID          string `json:"auditID,omitempty"`
	// Proxy is the address of the proxy that the requests went through.
	Proxy string `json:"proxy,omitempty"`
	// Certificate is the one that the server shows in the TLS handshake.
	Certificate *Certificate `json:"certificate,omitempty"`
	// RequestsClientCertificate says whether the server asks for a client certificate in
	// the handshake, and ClientCAs of which authorities; absent where no handshake was seen.
	RequestsClientCertificate *bool    `json:"requestsClientCertificate,omitempty"`
	ClientCAs                 []string `json:"clientCAs,omitempty"`
}

// Key is a public key: of a key set, or the one that verified a token.
type Key struct {
	KeyID     string `json:"kid,omitempty"`
	KeyType   string `json:"kty"`
	Algorithm string `json:"alg,omitempty"`
	Use       string `json:"use,omitempty"`
	Bits      int    `json:"bits,omitempty"`
	// Thumbprint is that of RFC 7638, with SHA-256.
	Thumbprint string `json:"thumbprint,omitempty"`
	// KubernetesKeyID is the kid that a kube-apiserver derives from this key; where
	// it equals KeyID, the key was published by one.
	KubernetesKeyID string `json:"kubernetesKid,omitempty"`
	// Source says where the key came from: a file, a URL.
	Source string `json:"source,omitempty"`
}

// Inspection is what `inspect` prints.
type Inspection struct {
	runtime.TypeMeta `json:",inline"`
	Credential       Credential `json:"credential"`
	// Identity is whom Kubernetes would take the credential for; absent where that
	// cannot be known from it alone.
	Identity *Identity             `json:"identity,omitempty"`
	Findings List[finding.Finding] `json:"findings"`
}

// InspectionList is what `inspect` prints where there are several credentials.
type InspectionList struct {
	runtime.TypeMeta `json:",inline"`
	Items            List[Inspection] `json:"items"`
}

// Verification is what `verify` prints.
type Verification struct {
	runtime.TypeMeta `json:",inline"`
	// Line is the line of the input that held the token, with `--each-line`.
	Line       int        `json:"line,omitempty"`
	Valid      bool       `json:"valid"`
	Credential Credential `json:"credential"`
	// Key is the one that verified the token.
	Key      *Key                  `json:"key,omitempty"`
	Findings List[finding.Finding] `json:"findings"`
}

// Discovery is what `discover` prints.
type Discovery struct {
	runtime.TypeMeta `json:",inline"`
	// Configuration is the document as served.
	Configuration map[string]any `json:"configuration,omitempty"`
	// JWKS is the key set as served, private and symmetric members replaced by REDACTED.
	JWKS       map[string]any        `json:"jwks,omitempty"`
	Keys       List[Key]             `json:"keys"`
	ReadableBy string                `json:"readableBy"`
	Findings   List[finding.Finding] `json:"findings"`
}

// Explanation is what `explain` prints.
type Explanation struct {
	runtime.TypeMeta `json:",inline"`
	Credential       Credential `json:"credential"`
	// Audiences are those that were asked for; none stands for the API server's own.
	Audiences List[string] `json:"audiences"`
	Verdict   string       `json:"verdict"`
	DecidedBy string       `json:"decidedBy"`
	// User is who the API server says it is; only of an accepted credential.
	User *Identity `json:"user,omitempty"`
	// Cause is the ID of the finding that explains the verdict.
	Cause finding.ID `json:"cause,omitempty"`
	// Findings are all that is true, the cause first.
	Findings List[finding.Finding] `json:"findings"`
	Checks   List[Check]           `json:"checks"`
	Server   *Server               `json:"server,omitempty"`
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
	Server string `json:"server,omitempty"`
	// Question is SelfSubjectReview or TokenReview.
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Times    int    `json:"times"`
	Of       int    `json:"of"`
}

// Servers are several API servers, and what kept others from being asked.
type Servers struct {
	// Items begin with what answers at the kubeconfig's address.
	Items List[OneServer] `json:"items"`
	// Problem is why the addresses of the API servers could not be read.
	Problem string           `json:"problem,omitempty"`
	Remedy  []finding.Remedy `json:"remedy,omitempty"`
}

// OneServer is one of several API servers, and what it makes of the credential.
type OneServer struct {
	URL string `json:"url"`
	// NamedBy says where its address stands: in the kubeconfig, in an EndpointSlice, on the
	// command line.
	NamedBy string `json:"namedBy"`
	// NotAsked is why it was not sent the credential; then it has no verdict.
	NotAsked string `json:"notAsked,omitempty"`
	Verdict  string `json:"verdict,omitempty"`
	Username string `json:"username,omitempty"`
	// Error is its reason, to the letter.
	Error string `json:"error,omitempty"`
	// Differences are what it has otherwise than the credential needs it, and another
	// server has it.
	Differences      []string `json:"differences,omitempty"`
	Version          string   `json:"version,omitempty"`
	ClockSkewSeconds *int64   `json:"clockSkewSeconds,omitempty"`
	Issuer           string   `json:"issuer,omitempty"`
	// Keys are those that it publishes; absent where they could not be read.
	Keys []Key `json:"keys,omitempty"`
	// HasKey says whether the key that the token names is among them.
	HasKey *bool `json:"hasKey,omitempty"`
}

// Subject is a credential beside the one that was asked about, and what became of it.
type Subject struct {
	Role string `json:"role"`
	// Description names it as the start of a sentence: "the token inside the base64".
	Description string      `json:"description"`
	Credential  *Credential `json:"credential,omitempty"`
	// Verdict is empty where the subject was described and not tried.
	Verdict   string                `json:"verdict,omitempty"`
	DecidedBy string                `json:"decidedBy,omitempty"`
	User      *Identity             `json:"user,omitempty"`
	Cause     finding.ID            `json:"cause,omitempty"`
	Findings  List[finding.Finding] `json:"findings"`
}

// Simulation is what `simulate` prints.
type Simulation struct {
	runtime.TypeMeta `json:",inline"`
	// Line is the line of the input that held the token, with --each-line.
	Line       int        `json:"line,omitempty"`
	Credential Credential `json:"credential"`
	// Audiences are those that were asked for; none stands for the API server's own.
	Audiences List[string] `json:"audiences"`
	Verdict   string       `json:"verdict"`
	// Kubernetes is the release whose authenticators ran.
	Kubernetes string `json:"kubernetes"`
	// At is the moment of which the verdict is, where it is not now.
	At *Time `json:"at,omitempty"`
	// Error is the text that the API server would log, and return in a TokenReview's
	// status.error, to the letter.
	Error string `json:"error,omitempty"`
	// User is whom the API server would take it for.
	User *Identity `json:"user,omitempty"`
	// Authenticators are those that were asked, in the API server's order.
	Authenticators List[Authenticator] `json:"authenticators"`
	// Missing is what the verdict depends on, and was not given.
	Missing []string `json:"missing,omitempty"`
	// Subjects are those by which a RoleBinding may name the user.
	Subjects []RBACSubject         `json:"subjects,omitempty"`
	Cause    finding.ID            `json:"cause,omitempty"`
	Findings List[finding.Finding] `json:"findings"`
	// ComparedWith is the release that was asked about beside that one, and Differences are
	// what it does otherwise with this configuration or credential.
	ComparedWith string       `json:"comparedWith,omitempty"`
	Differences  []Difference `json:"differences,omitempty"`
}

// Authenticator is what one of them made of the credential.
type Authenticator struct {
	Name string `json:"name"`
	// Result is Accepted, Rejected, NoOpinion, or Unknown where something was not given.
	Result string `json:"result"`
	Error  string `json:"error,omitempty"`
	Steps  []Step `json:"steps,omitempty"`
}

// Step is one thing that an authenticator looked at.
type Step struct {
	Name string `json:"name"`
	// Outcome is Passed, Failed, Skipped or Missing.
	Outcome    string            `json:"outcome"`
	Detail     string            `json:"detail,omitempty"`
	Expression string            `json:"expression,omitempty"`
	Inputs     map[string]string `json:"inputs,omitempty"`
	Value      string            `json:"value,omitempty"`
}

// RBACSubject is a subject of a RoleBinding (rbac.authorization.k8s.io/v1).
type RBACSubject struct {
	Kind      string `json:"kind"`
	APIGroup  string `json:"apiGroup,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// Difference is what a Kubernetes release does otherwise.
type Difference struct {
	// Releases says which: "before v1.34".
	Releases string `json:"releases"`
	// Affects is Start (the API server starts with the configuration, or does not), Verdict,
	// User or Error (the text alone).
	Affects string `json:"affects"`
	Detail  string `json:"detail"`
	// Reference is the file in which the sources of the releases differ.
	Reference string `json:"reference"`
}

// Comparison is what `simulate --against` prints.
type Comparison struct {
	runtime.TypeMeta `json:",inline"`
	// Changed is how many of the tokens are somebody else with the second configuration.
	Changed int `json:"changed"`
	// Undecided is of how many nobody knows, because something was not given.
	Undecided int            `json:"undecided"`
	Items     List[Compared] `json:"items"`
}

// Compared is one token with both configurations.
type Compared struct {
	Line int    `json:"line"`
	Type string `json:"type"`
	// Issuer and Subject are claims that nobody verified.
	Issuer  string  `json:"issuer,omitempty"`
	Subject string  `json:"subject,omitempty"`
	Before  Outcome `json:"before"`
	After   Outcome `json:"after"`
	// Changes say what differs, one difference each.
	Changes List[string] `json:"changes"`
}

// Outcome is what one configuration makes of a token.
type Outcome struct {
	Verdict string     `json:"verdict"`
	User    *Identity  `json:"user,omitempty"`
	Cause   finding.ID `json:"cause,omitempty"`
	Error   string     `json:"error,omitempty"`
	Missing []string   `json:"missing,omitempty"`
}

// FindingList is what `findings` prints: pages of the catalogue.
type FindingList struct {
	runtime.TypeMeta `json:",inline"`
	Items            List[finding.Entry] `json:"items"`
}

// Review is what `review` shows as text. As an object it prints the server's own
// TokenReview, so this one has no kind.
type Review struct {
	// Source says where the reviewed token was found.
	Source string
	// Asked are the audiences of the request; none stands for the API server's own.
	Asked         []string
	Authenticated bool
	User          *Identity
	// Audiences are those of the answer: the ones that token and request have in common.
	Audiences []string
	// Error is the server's text, to the letter.
	Error string
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

// NewFindingList returns a list of the entries.
func NewFindingList(entries ...finding.Entry) *FindingList {
	return &FindingList{TypeMeta: typeMeta(KindFindingList), Items: entries}
}
