package credential

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Effect says what a fault does to the credential.
type Effect string

const (
	// Remark changes nothing about what is sent.
	Remark Effect = ""
	// Dropped: the request leaves without the credential, and is anonymous.
	Dropped Effect = "dropped"
	// Unavailable: the client cannot produce the credential; nothing is sent.
	Unavailable Effect = "unavailable"
)

// Fault is something wrong with how a credential is kept or carried, as seen on
// this side of the wire. It is what was seen; pkg/checks makes a finding of it.
type Fault struct {
	ID     finding.ID
	Effect Effect
	// Problem tells apart what has the same ID.
	Problem Problem
	// Err is what client-go, the system or the server says; nil where nobody says anything.
	Err error
	// Also are further faults of the same kubeconfig.
	Also []Fault
	// Context, User and Cluster are the entries of the kubeconfig that are concerned.
	Context, User, Cluster string
	// Choices are the contexts, or users, that the kubeconfig has.
	Choices []string
	// Key is the key of an entry, the flag or the variable that is concerned, and File the file.
	Key  finding.Text
	File string
	// Server is the address that the client takes for the server's.
	Server string
	// As is whom each request acts as, in Groups.
	As     string
	Groups []string
	// Encoding is how a file is encoded.
	Encoding string
	// Host and Port are what a Pod's environment says of the API server, and Flags those
	// that keep client-go from the Pod's credential.
	Host, Port string
	Flags      []finding.Text

	Plugin   Plugin
	Provider AuthProvider
	Attempt  Attempt
}

// Plugin is an exec plugin as a kubeconfig has it, and what came of running it.
type Plugin struct {
	Command, APIVersion, InstallHint string
	// Answered is the version of the plugin's answer.
	Answered string
	ExitCode int
	// Runs is how often it ran for one request.
	Runs int64
	// Stderr are the last lines that it wrote to standard error.
	Stderr []string
}

// AuthProvider is an auth provider of a kubeconfig, and what it keeps there.
type AuthProvider struct {
	Name              string
	HasID, HasRefresh bool
	// IDExpires is when the id-token expires; zero where it does not say.
	IDExpires time.Time
}

// Attempt is what came of reading a token in a container.
type Attempt struct {
	// Program is the one that answered, and Tried are those that the image does not have.
	Program string
	Tried   []string
	// Said is what the program, or the node in its place, said.
	Said string
	// ExitCode is that of the program, or of the container that is not running.
	ExitCode int
	// Ended is when the container ended. Reason is why it did, or what it waits for, or
	// the phase of its Pod.
	Ended  time.Time
	Reason string
	// User was not allowed to run a command.
	User string
	// RunAsUser, RunAsGroup and FSGroup are those of the container; nil where not set.
	RunAsUser, RunAsGroup, FSGroup *int64
	// OwnerKind and Owner name what the Pod's template can be changed in; empty where
	// nothing controls it.
	OwnerKind, Owner string
}

// Problem tells apart what has the same finding.ID; 0 is what the ID says.
type Problem int

// What client-go refuses in a kubeconfig (finding.KubeconfigInvalid).
const (
	_ Problem = iota
	TwoAuthorities
	TwoCertificates
	TwoKeys
	AuthorityUnreadable
	TokenAndPassword
	ImpersonatesNobody
	PluginAndProvider
	PluginWithoutCommand
	PluginWithoutVersion
	PluginWithoutMode
	PluginModeUnknown
	PluginVariableWithoutName
	ContextUnknown
	ProxyUnusable
	ServerMissing
	// AuthorityNotPEM and those after it are found when a request is prepared.
	AuthorityNotPEM
	AuthorityAndInsecure
	EntryTokenAndPassword
	EntryPluginAndProvider
	// ClusterUnknown and ServerNotNamed have kubectl fall back to its default.
	ClusterUnknown
	ServerNotNamed
	// NotBase64 and those after it are what is under a key that should be base64.
	NotBase64
	NotText
	PEMItself
	PathOfFile
	Base64CutOff
)

// What is wrong with a client certificate (finding.ClientCertificateUnusable).
const (
	_ Problem = iota
	CertificateUnreadable
	CertificateAndKeySwapped
	KeyOfAnother
	CertificateNotPEM
	KeyNotPEM
)

// What came of an exec plugin (finding.ExecPluginFailed).
const (
	_ Problem = iota
	PluginTimedOut
	PluginKilled
	PluginExited
	PluginNotStarted
	PluginPrintedOther
	PluginPrintedBadTime
	PluginCertificateUnusable
)

// VersionUnknown: client-go does not know the version that a plugin is asked for
// (finding.ExecPluginVersionMismatch).
const VersionUnknown Problem = 1

// Why nothing identifies a user (finding.NoCredential).
const (
	_ Problem = iota
	NoContext
	ContextWithoutUser
	UserUnknown
	NoKubeconfig
	// PodVariableMissing and those after it are about the Pod that this runs in.
	PodVariableMissing
	PodTokenBesideFlags
	PodTokenNotMounted
	PodTokenIsFolder
	PodTokenHidden
)

// Which token cannot be read (finding.TokenFileUnreadable); 0 is that of a kubeconfig.
const (
	_ Problem = iota
	// PodTokenUnreadable and PodTokenForbidden are that of the Pod that this runs in.
	PodTokenUnreadable
	PodTokenForbidden
	// ContainerTokenEmpty and those after it are one in a container.
	ContainerTokenEmpty
	ContainerTokenForbidden
	ContainerTokenAbsent
	ContainerTokenIsFolder
)

// Why a token in a container was not read (finding.TokenNotRead).
const (
	_ Problem = iota
	PodUnscheduled
	ContainerEnded
	ContainerWaiting
	PodEnded
	PathIsProgramText
	NoProgram
	CommandRefused
	ProgramFailed
	ExecForbidden
	ExecFailed
)

// HandedOver: the kubeconfig is no client's own here (finding.TokenShadowedByTokenFile,
// finding.ExecPluginSkipped).
const HandedOver Problem = 1

// ByteOrderMark: the encoding is UTF-8 (finding.TokenFileEncoding).
const ByteOrderMark Problem = 1

// Fault returns the first fault with the given effect.
func (c *Credential) Fault(effect Effect) (Fault, bool) {
	for _, f := range c.Faults {
		if f.Effect == effect {
			return f, true
		}
	}
	return Fault{}, false
}
