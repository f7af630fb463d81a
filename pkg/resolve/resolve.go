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
	// Flags are the flags of the command line that override the kubeconfig.
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
	// Audiences are those of a token that serviceaccount/NAME requests; empty means the API server's own.
	Audiences []string
	// UserContext selects a context of a kubeconfig in -f; empty for its current one.
	UserContext string
	// InContext finds the credential of another context of the kubeconfig, ignoring the flags that
	// select the caller. With asks, that context also becomes the caller.
	InContext func(name string) (other *Resolver, asks bool)
}

// Flags are the flags of kubectl that override the kubeconfig.
type Flags struct {
	Context, User, Cluster                    string
	Token, ClientCertificate, ClientKey       string
	Server, CertificateAuthority, Impersonate string
	TLSServerName, ProxyURL                   string
	Insecure                                  bool
	// AsCredential reports that the CREDENTIAL, and not a flag, names Context.
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
	// CallerRejected reports that the server rejects the caller's own credential.
	CallerRejected bool
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
// given) name. Several come from a Pod, and from a document with several. The error is an *Error, or that of Namespace or
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
		return r.stdin()
	case filename != "":
		return r.file(filename)
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
	return r.literal(*arg)
}

// kindAndName matches KIND/NAME as in kubectl. No token consists of lower-case letters with one
// slash; such a token can be read from a file.
var kindAndName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]+(\.[a-z0-9.]+)?/[a-z0-9][-a-z0-9.]*$`) })

const namePod = "write pod/NAME, or the object that creates the Pod, such as deployment/NAME"

// fromFile is the CREDENTIAL in printed commands if the credential itself must not be printed. The
// user has to store it in a file.
var fromFile = finding.Run("-f TOKEN-FILE")

// literal returns a credential that is given as an argument.
func (r *Resolver) literal(arg string) ([]*credential.Credential, error) {
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
	several, err := credential.RecogniseAll([]byte(arg), credential.Argument, "")
	if err != nil {
		return nil, wrong(err)
	}
	return r.several(several, fromFile, credential.Argument), nil
}

// several returns the credentials of a document, with the arguments that select each again, and notes what was left out.
func (r *Resolver) several(of credential.Several, from finding.Command, source finding.Text) []*credential.Credential {
	for i, c := range of.Credentials {
		c.Again = from
		if i < len(of.Contexts) {
			c.Again = from.Flag("--user-context", finding.Context.Of(of.Contexts[i]))
		}
	}
	if of.LeftOut > 0 && r.Notice != nil {
		r.Notice(finding.T("note: left out of %s, without a usable credential: %s of %s parts", source, finding.Count(of.LeftOut), finding.Count(of.LeftOut+of.Beyond+len(of.Credentials))))
	}
	if of.Beyond > 0 && r.Notice != nil {
		r.Notice(finding.T("note: only the first %s credentials of %s are read; %s parts were left out", finding.Count(credential.MaxSeveral), source, finding.Count(of.Beyond)))
	}
	return of.Credentials
}

const readFile = "a credential in a file is read with -f FILE; so is a token that looks like this"

// isPath reports whether an argument has the form of a file path that no token has. A slash alone
// is not enough, because tokens may contain slashes, also at the start.
func (r *Resolver) isPath(arg string) bool {
	if len(arg) > 1024 || strings.ContainsAny(arg, " \t") {
		return false
	}
	folder := path.Dir(arg)
	return slices.ContainsFunc(pathPrefixes, func(start string) bool { return strings.HasPrefix(arg, start) }) ||
		slices.Contains(fileEndings, strings.ToLower(path.Ext(arg))) && !strings.HasPrefix(path.Base(arg), "eyJ") ||
		path.IsAbs(arg) && folder != "/" && r.isFolder(folder)
}

// pathPrefixes are the beginnings of paths that no token has.
var pathPrefixes = []string{"./", "../", "~/", `.\`, `..\`}

// fileEndings are the extensions of files with credentials.
var fileEndings = []string{".txt", ".token", ".tok", ".jwt", ".json", ".yaml", ".yml", ".pem", ".crt", ".cert", ".key", ".kubeconfig", ".conf", ".log"}

func (r *Resolver) stdin() ([]*credential.Credential, error) {
	data, err := input.All(r.Stdin, credential.Stdin, input.MaxGiven)
	return r.recognise(data, err, credential.Stdin, "")
}

func (r *Resolver) file(name string) ([]*credential.Credential, error) {
	data, err := r.Files.Read(name, input.MaxGiven)
	var bound *input.Error
	if err != nil && !errors.As(err, &bound) {
		return nil, wrong(finding.Errorf("--filename: %s", finding.Err(err)))
	}
	return r.recognise(data, err, finding.T("file %s", finding.File.Of(name)), name)
}

// recognise returns the credentials in the content of a file or standard input, or an *Error; name is the
// name of the file, if there is one.
func (r *Resolver) recognise(data []byte, err error, source finding.Text, name string) ([]*credential.Credential, error) {
	var bound *input.Error
	switch {
	case errors.As(err, &bound):
		bound.Name = source
		return nil, wrong(bound)
	case err != nil:
		return nil, wrong(finding.Errorf("%s cannot be read: %s", source, finding.Err(err)))
	}
	several, err := credential.RecogniseAll(data, source, r.UserContext)
	if err != nil {
		return nil, &Error{Err: err, Hints: elsewhere(err, name)}
	}
	from := fromFile
	if name != "" {
		from = finding.Run("-f").Argf("%s", finding.File.Of(name))
	}
	if r.UserContext != "" {
		from = from.Flag("--user-context", finding.Context.Of(r.UserContext))
	}
	return r.several(several, from, source), nil
}

// elsewhere returns where to find the credential if the input is a document of another kind.
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

// asked returns the Error for a failure to ask the server.
func asked(what finding.Text, f *evidence.Failure) *Error {
	e := wrong(finding.Errorf("%s: %s", what, finding.Err(f)))
	switch f.Kind {
	case evidence.Forbidden, evidence.Unauthenticated, evidence.Unreachable, evidence.Unusable:
		e.Undecided, e.CallerRejected = true, f.Kind == evidence.Unauthenticated
	case evidence.Absent:
		e.Hints = append(e.Hints, finding.T("if the object is in another namespace, add --namespace NAME"))
	}
	return e
}

// caller connects to the cluster to read an object, and returns the namespace.
func (r *Resolver) caller(ctx context.Context, kind finding.Kind, name string) (*cluster.Caller, string, error) {
	if !finding.ObjectName(name) {
		// The error does not quote the argument, because it may be a token.
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
