// Package resolve finds the credential that a command line names, with one file per source. It
// reads files and standard input, runs exec plugins through client-go, asks the caller's API
// server, and returns plain credentials.
package resolve

import (
	"context"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// Resolver finds credentials. All its dependencies are injected.
type Resolver struct {
	Stdin  io.Reader
	Files  *input.Files
	Getenv func(name string) string
	// Kubeconfig is the caller's configuration, with the flags of the command line.
	Kubeconfig clientcmd.ClientConfig
	// Flags are those of the command line that count for the kubeconfig.
	Flags      Flags
	RESTConfig func() (*rest.Config, error)
	Caller     func(context.Context) (*cluster.Caller, error)
	Namespace  func() (string, error)
	// Timeout bounds a network call, and PluginTimeout an exec plugin; 0 is no bound.
	Timeout, PluginTimeout time.Duration
	// PluginStderr collects the standard error of exec plugins; may be nil.
	PluginStderr *PluginStderr
	// Notice tells the user about an action on their behalf.
	Notice func(finding.Text)
	// Container and Path select a token of a Pod.
	Container, Path string
	// Exec reads the tokens of a Pod in its container.
	Exec bool
	// UserContext chooses a context of a kubeconfig that is handed over; empty for its current one.
	UserContext string
	// InContext finds the credential of another context of the kubeconfig, without the flags that
	// say who asks. asks: whoever asks is that context too.
	InContext func(name string) (other *Resolver, asks bool)
}

// Flags are kubectl's flags that stand before the kubeconfig.
type Flags struct {
	Context, User, Cluster                    string
	Token, ClientCertificate, ClientKey       string
	Server, CertificateAuthority, Impersonate string
	TLSServerName, ProxyURL                   string
	Insecure                                  bool
	// AsCredential: Context is named by the CREDENTIAL, and not by a flag.
	AsCredential bool
}

// Error is the error if no credential was found.
type Error struct {
	// Err is the reason.
	Err error
	// Hints are printed on separate lines.
	Hints []finding.Text
	// Undecided reports that a server could not be asked or did not answer the question.
	// Otherwise the input is wrong or unreadable.
	Undecided bool
}

func (e *Error) Error() string { return e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// wrong is the error for wrong or unreadable input.
func wrong(err error) *Error { return &Error{Err: err} }

func (e *Error) hint(lines ...finding.Text) *Error {
	e.Hints = append(e.Hints, lines...)
	return e
}

// Resolve finds the credentials that arg (nil: not given) or filename (empty: not
// given) name. Several come only from a Pod. The error is an *Error, or that of Namespace or
// Caller.
//
// It has a branch for each way to write a CREDENTIAL, in the order of the contract.
func (r *Resolver) Resolve(ctx context.Context, arg *string, filename string) ([]*credential.Credential, error) {
	one := func(c *credential.Credential, err error) ([]*credential.Credential, error) {
		if err != nil {
			return nil, err
		}
		return []*credential.Credential{c}, nil
	}
	if arg == nil || filename != "" || !namesPod(*arg) {
		switch {
		case r.Exec:
			return nil, wrong(finding.Errorf("--exec reads the token of a Pod in its container, and the credential is not pod/NAME")).hint(finding.T(namePod))
		case r.Container != "":
			return nil, wrong(finding.Errorf("--container chooses among the tokens of a Pod, and the credential is not pod/NAME")).hint(finding.T(namePod))
		case r.Path != "":
			return nil, wrong(finding.Errorf("--path chooses among the tokens of a Pod, and the credential is not pod/NAME")).hint(finding.T(namePod))
		}
	}
	if r.UserContext != "" && (filename == "" && (arg == nil || *arg != "-")) {
		return nil, wrong(finding.Errorf("--user-context needs a kubeconfig from -f or -")).
			hint(finding.T("for a context of your own kubeconfig, write context/NAME"))
	}
	switch {
	case arg != nil && filename != "":
		return nil, wrong(finding.Errorf("a credential as an argument and --filename are both given: which one is meant?"))
	case filename == "-", arg != nil && *arg == "-":
		return one(r.stdin())
	case filename != "":
		return one(r.file(filename))
	case arg == nil, *arg == "context":
		return one(r.context(ctx))
	}
	switch kind, name := reference(*arg); {
	case kind == finding.Context:
		return one(r.namedContext(ctx, name))
	case kind == finding.Secret:
		return one(r.secret(ctx, name))
	case kind == finding.ServiceAccount:
		return one(r.serviceAccount(ctx, name))
	case kind == finding.Pod:
		return r.pod(ctx, name)
	case IsWorkload(kind):
		return r.workload(ctx, kind, name)
	}
	if kind, _, ok := strings.Cut(*arg, "/"); ok && len(*arg) <= 300 && kindAndName().MatchString(*arg) && !r.isPath(*arg) {
		return nil, wrong(finding.Errorf("%s is not a type that has a credential", finding.Standard(kind))).
			hint(finding.T("valid types: context, secret, serviceaccount, pod, deployment, statefulset, daemonset, replicaset, job and cronjob"),
				finding.T("if this is a token, read it with -f FILE or -"))
	}
	return one(r.literal(*arg))
}

// kindAndName is how kubectl names an object. No token is written in lower case alone
// with one slash in it, and if one is, a file can hold it.
var kindAndName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]+(\.[a-z0-9.]+)?/[a-z0-9][-a-z0-9.]*$`) })

const namePod = "write pod/NAME, or the object that creates the Pod, such as deployment/NAME"

// fromFile stands for a credential that has to be kept in a file to be asked about
// again: it is not repeated in a command.
var fromFile = finding.Run("-f TOKEN-FILE")

// literal is a credential written as an argument.
func (r *Resolver) literal(arg string) (*credential.Credential, error) {
	if len(arg) > 0 && len(arg) < 4096 && !strings.ContainsAny(arg, "\x00\n") {
		switch info, err := r.Files.Stat(arg); {
		case err == nil && info.IsDir() && strings.Contains(arg, "/"):
			return nil, wrong(finding.Errorf("the argument %q is the name of a directory, not a credential", finding.File.Of(arg))).hint(finding.T(readFile))
		case err == nil && !info.IsDir():
			return nil, wrong(finding.Errorf("the argument %q is the name of a file, not a credential", finding.File.Of(arg))).hint(finding.T("to read the credential in it: -f %s", finding.File.Of(finding.Word(arg))))
		case r.isPath(arg):
			return nil, wrong(finding.Errorf("the argument is the path of a file that is not there, not a credential")).hint(finding.T(readFile))
		}
	}
	c, err := credential.Recognise([]byte(arg), credential.Argument)
	if err != nil {
		return nil, wrong(err)
	}
	c.Again = fromFile
	return c, nil
}

const readFile = "a credential in a file is read with -f FILE; so is a token that looks like this"

// isPath reports whether an argument is written as the path of a file, and as no token is: a
// slash may stand in one, also at its start.
func (r *Resolver) isPath(arg string) bool {
	if len(arg) > 1024 || strings.ContainsAny(arg, " \t") {
		return false
	}
	folder := path.Dir(arg)
	return slices.ContainsFunc(pathPrefixes, func(start string) bool { return strings.HasPrefix(arg, start) }) ||
		slices.Contains(fileEndings, strings.ToLower(path.Ext(arg))) && !strings.HasPrefix(path.Base(arg), "eyJ") ||
		path.IsAbs(arg) && folder != "/" && r.isFolder(folder)
}

// pathPrefixes are what a path may begin with, and no token does.
var pathPrefixes = []string{"./", "../", "~/", `.\`, `..\`}

// fileEndings are those that files with credentials have.
var fileEndings = []string{".txt", ".token", ".tok", ".jwt", ".json", ".yaml", ".yml", ".pem", ".crt", ".cert", ".key", ".kubeconfig", ".conf", ".log"}

func (r *Resolver) stdin() (*credential.Credential, error) {
	data, err := input.All(r.Stdin, credential.Stdin, input.MaxGiven)
	return r.recognise(data, err, credential.Stdin, "")
}

func (r *Resolver) file(name string) (*credential.Credential, error) {
	data, err := r.Files.Read(name, input.MaxGiven)
	var bound *input.Error
	if err != nil && !errors.As(err, &bound) {
		return nil, wrong(finding.Errorf("--filename: %s", finding.Err(err)))
	}
	return r.recognise(data, err, finding.T("file %s", finding.File.Of(name)), name)
}

// recognise makes a credential of what was read, or an *Error of why it was not; name is that
// of the file, if it was one.
func (r *Resolver) recognise(data []byte, err error, source finding.Text, name string) (*credential.Credential, error) {
	var bound *input.Error
	switch {
	case errors.As(err, &bound):
		bound.Name = source
		return nil, wrong(bound)
	case err != nil:
		return nil, wrong(finding.Errorf("%s cannot be read: %s", source, finding.Err(err)))
	}
	c, err := credential.RecogniseContext(data, source, r.UserContext)
	if err != nil {
		return nil, &Error{Err: err, Hints: elsewhere(err, name)}
	}
	c.Again = fromFile
	if name != "" {
		c.Again = finding.Run("-f").Argf("%s", finding.File.Of(name))
	}
	if r.UserContext != "" {
		c.Again = c.Again.Flag("--user-context", finding.Context.Of(r.UserContext))
	}
	return c, nil
}

// elsewhere says where the credential is that a document of another kind is about.
func elsewhere(err error, file string) []finding.Text {
	var other *credential.OtherKind
	var unknown *credential.UnknownContext
	switch {
	case errors.As(err, &unknown) && len(unknown.Contexts) == 0:
		return nil
	case errors.As(err, &unknown):
		hints := []finding.Text{credential.Choices(finding.Context, unknown.Contexts)}
		if unknown.Name == "" {
			hints = append(hints, finding.T("to choose a context: --user-context NAME"))
		}
		return hints
	case !errors.As(err, &other):
		return nil
	}
	name := "NAME"
	if finding.ObjectName(other.Name) {
		name = other.Name
	}
	configuration := finding.T("FILE")
	if file != "" {
		configuration = finding.T("%s", finding.File.Of(finding.Word(file)))
	}
	switch other.Kind {
	case "Explanation":
		return []finding.Text{finding.T("to print a saved report, run: kubectl authn explain --report %s", configuration)}
	case "Pod":
		return []finding.Text{finding.T("for the tokens of the Pod: kubectl authn explain pod/%s", finding.Pod.Of(name).Whole())}
	case "ServiceAccount":
		return []finding.Text{finding.T("for a token of the ServiceAccount: kubectl authn explain serviceaccount/%s", finding.ServiceAccount.Of(name).Whole())}
	case "AuthenticationConfiguration":
		return []finding.Text{finding.T("to try the configuration: kubectl authn simulate --authentication-config %s -f TOKEN-FILE", configuration)}
	}
	if kind := KindOf(other.Kind); IsWorkload(kind) {
		return []finding.Text{finding.T("for the tokens of its newest Pod, run: kubectl authn explain %s/%s", finding.Standard(string(kind)), kind.Of(name).Whole())}
	}
	return nil
}

// asked turns what kept the server from answering into an Error.
func asked(what finding.Text, f *evidence.Failure) *Error {
	e := wrong(finding.Errorf("%s: %s", what, finding.Err(f)))
	switch f.Kind {
	case evidence.Forbidden, evidence.Unauthenticated, evidence.Unreachable, evidence.Unusable:
		e.Undecided = true
	case evidence.Absent:
		e.Hints = append(e.Hints, finding.T("if the object is in another namespace, add --namespace NAME"))
	}
	return e
}

// caller connects to ask about an object, and finds its namespace.
func (r *Resolver) caller(ctx context.Context, kind finding.Kind, name string) (*cluster.Caller, string, error) {
	if !finding.ObjectName(name) {
		// It is not repeated: it may be a token.
		of := finding.Standard(string(kind))
		return nil, "", wrong(finding.Errorf("what stands behind %s/ is not a name that an object can have: write %s/NAME", of, of))
	}
	namespace, err := r.Namespace()
	if err != nil {
		return nil, "", err
	}
	caller, err := r.Caller(ctx)
	if err != nil {
		return nil, "", err
	}
	return caller, namespace, nil
}
