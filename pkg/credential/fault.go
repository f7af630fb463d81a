package credential

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Effect is the effect of a fault on the credential.
type Effect string

const (
	// Remark means that the fault does not change what is sent.
	Remark Effect = ""
	// Dropped means that the request is sent without the credential, and is anonymous.
	Dropped Effect = "dropped"
	// Unavailable means that the client cannot produce the credential and sends nothing.
	Unavailable Effect = "unavailable"
)

// Fault is a fault of a credential's storage or transmission, as seen by the client. pkg/checks
// turns it into a finding.
type Fault struct {
	ID     finding.ID
	Effect Effect
	// Problem distinguishes faults with the same ID.
	Problem Problem
	// Err is the error of client-go, the system or the server; may be nil.
	Err error
	// Also are further faults of the same kubeconfig.
	Also []Fault
	// Context, User and Cluster are the kubeconfig entries with the fault.
	Context, User, Cluster string
	// Choices are the contexts, or users, that the kubeconfig has.
	Choices []string
	// Key is the entry's key, the flag or the variable with the fault, and File the file.
	Key  finding.Text
	File string
	// Server is the server address that the client uses.
	Server string
	// As and Groups are the impersonated user and groups.
	As     string
	Groups []string
	// Character is the first character that a value cannot have, and Place its place, from 1.
	Character string
	Place     int
	// Encoding is how a file is encoded.
	Encoding string
	// Host and Port are the API server's address in a Pod's environment; Flags are the flags that prevent
	// client-go from using the Pod's credential.
	Host, Port string
	Flags      []finding.Text

	Plugin   Plugin
	Provider AuthProvider
	Attempt  Attempt
}

// Plugin is an exec plugin of a kubeconfig, and the result of running it.
type Plugin struct {
	Command, APIVersion, InstallHint string
	// Beside is the file of that name in the directory of the kubeconfig, where no command without a slash is looked up.
	Beside string
	// Answered is the API version of the plugin's output.
	Answered string
	ExitCode int
	// Runs counts the plugin's runs for one request.
	Runs int64
	// Stderr are the last lines of the plugin's standard error.
	Stderr []string
}

// AuthProvider is an auth provider of a kubeconfig, and the tokens that it keeps there.
type AuthProvider struct {
	Name              string
	HasID, HasRefresh bool
	// IDExpires is when the id-token expires; zero if unknown.
	IDExpires time.Time
}

// Attempt is the result of reading a token in a container.
type Attempt struct {
	// Program is the program that ran, and Tried are the programs that the image lacks.
	Program string
	Tried   []string
	// Said is the output of the program, or the node's error message.
	Said string
	// ExitCode is the exit code of the program, or of the terminated container.
	ExitCode int
	// Ended is when the container ended. Reason is why it ended or waits, or the phase of its
	// Pod.
	Ended  time.Time
	Reason string
	// User is the user without permission to run a command.
	User string
	// RunAsUser, RunAsGroup and FSGroup are from the security context; nil if not set.
	RunAsUser, RunAsGroup, FSGroup *int64
	// OwnerKind and Owner are the workload with the Pod's template; empty without one.
	OwnerKind, Owner string
}

// Problem distinguishes faults with the same finding.ID; 0 is the plain meaning of the ID.
type Problem int

// What client-go rejects in a kubeconfig (finding.KubeconfigInvalid).
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
	// ClusterUnknown and ServerNotNamed make kubectl use its default server.
	ClusterUnknown
	ServerNotNamed
	// NotBase64 and those after it are wrong values of a key that must be base64.
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

// How an exec plugin failed (finding.ExecPluginFailed).
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

// VersionUnknown means that client-go does not support the configured API version
// (finding.ExecPluginVersionMismatch).
const VersionUnknown Problem = 1

// Why nothing identifies a user (finding.NoCredential).
const (
	_ Problem = iota
	NoContext
	ContextWithoutUser
	UserUnknown
	NoKubeconfig
	// PodVariableMissing and those after it are about the Pod that this process runs in.
	PodVariableMissing
	PodTokenBesideFlags
	PodTokenNotMounted
	PodTokenIsFolder
	PodTokenHidden
)

// Which token cannot be read (finding.TokenFileUnreadable); 0 is a kubeconfig's token file.
const (
	_ Problem = iota
	// PodTokenUnreadable and PodTokenForbidden are about the token of this process's own Pod.
	PodTokenUnreadable
	PodTokenForbidden
	// ContainerTokenEmpty and those after it are about a token in a container.
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
	CommandNotRun
	ProgramFailed
	ExecForbidden
	ExecFailed
)

// FromKubeconfigFile means that the kubeconfig was given as a credential and is not the client's own
// (finding.TokenShadowedByTokenFile, finding.ExecPluginSkipped).
const FromKubeconfigFile Problem = 1

// ByteOrderMark means UTF-8 with a byte order mark (finding.TokenFileEncoding).
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
