package scenario

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Runner runs scenarios in a lab.
type Runner struct {
	Lab *Lab
	// Plugin is the kubectl-authn program.
	Plugin string
	// Details adds --details to the command whose text Explained gets.
	Details bool
	// Explained, if set, is called with the result of each `explain` line.
	Explained func(scenario string, answer Answer)
	// Printed, if set, checks the output of the program.
	Printed func(output string) error
}

// Answer is the result of an `explain` line.
type Answer struct {
	Args           []string // who asked, and what was handed to the program
	Text           string   // what the user sees
	Verdict, Cause string
	Warnings       []string // their IDs
}

// Commands are the commands of a scenario beyond testscript's own.
//
//	kubectl ARGS… [> FILE]       the lab's kubectl, as an administrator in the scenario's namespace
//	authn-lab ARGS… [> FILE]     the lab's program, to forge tokens and certificates
//	cat, cut, echo, fold, head, paste, sed ARGS… [> FILE]
//	                             the programs of the system
//	exit STATUS COMMAND…         runs a command that ends with this status
//	read NAME < FILE             puts a file's line into a variable
//	expand FILE > FILE           fills in the script's variables in a file
//	apiserver NAME [FLAG=VALUE|FLAG-]…
//	                             starts a further API server on the lab's data, with other flags (`authn-lab apiserver`)
//	proxy NAME [--to SERVER]… [--drop|--double|--as FILE] [--front-proxy USER] [--delay TIME] [--ahead TIME]
//	      [--answer STATUS [--server TEXT]] [--certificate PREFIX]
//	                             starts a proxy that terminates TLS before the server in use, or before others in turn. It can drop
//	                             or double the Authorization header, replace it by FILE's token, authenticate all
//	                             requests as a user, be slow, have a clock that is ahead, answer alone, have another certificate
//	webhook NAME [--user NAME [--group NAME]…|--error TEXT|--status STATUS]
//	                             starts a token webhook that accepts all tokens as a user, rejects them, rejects them with
//	                             an error message, or fails; NAME.kubeconfig is for
//	                             --authentication-token-webhook-config-file
//	issuer NAME [--max-age TIME]
//	                             starts an OIDC issuer with its key in NAME.key; TIME is how long clients may cache the keys
//	rotate ISSUER                gives an issuer another key
//	tunnel NAME URL              forwards connections to a server
//	httpproxy NAME               starts a proxy for proxy-url, which connects 198.51.100.1 to .99, at any port, to this machine
//	use SERVER                   selects the server for the next lines: lab, or one that apiserver or proxy has started;
//	                             a new server is selected when it starts
//	down NAME, up NAME           stops what was started, and starts it again at the same address
//	wire ANSWER CREDENTIAL       the API server's response to a request with the credential, sent by plain net/http:
//	                             401, anonymous, unsendable, or the user name
//	server ANSWER CREDENTIAL     the API server's own reason: the error of a TokenReview, or "user NAME";
//	                             for a certificate the line of its log
//	log TEXT                     the API server's log has a line with the text
//	explain WHO VERDICT CAUSE CERTAINTY ARGS…
//	                             the result of `kubectl authn explain ARGS…` for WHO; `- -` if there is no cause
//	inside STATUS POD ARGS…      runs `kubectl-authn ARGS…` in the container that `authn-lab container` runs for POD
//	finds WHO ID…                findings that the last `explain WHO` must also report
//	lacks WHO ID…                similar findings that it must not report
//	unproved WHO ID…             findings that it may report as possible, and not as proved
//	shows WHO ID TEXT…           the finding's detail or evidence, as `source: value`, must have a line with each TEXT
//	signed ID                    waits until cluster-info is signed with the bootstrap token of that ID; with !, until it is not
//
// A line after [kube:1.N] is for Kubernetes 1.N and later, and a line after [!kube:1.N] is for earlier releases. A scenario that an
// older API server cannot run begins with [!kube:1.N] skip 'why'.
//
// In ANSWER and TEXT, a * matches any text. CREDENTIAL is `-f FILE` for a token, `--certificate PREFIX` for PREFIX.crt and
// PREFIX.key, both of them, `--kubeconfig FILE` for the unchanged content of the kubeconfig, or `--header TEXT` for an
// Authorization header; `--audience NAME` (repeatable) goes with `server -f`. WHO is admin (the lab's administrator), nobody
// (a user without a role), unreachable (an administrator whose server does not answer), the file of a kubeconfig, or pod/NAME:
// the plugin runs in the container of that Pod, which needs [namespaces]. Some kernels do not allow users to create them.
//
// kubectl always uses the lab's own API server. The kubeconfigs for a further SERVER are .kube/admin@SERVER and
// .kube/nobody@SERVER. The address of each started server is in a variable: IDP_URL for `idp`. The lab's addresses are in
// SERVER and ETCD; the CA of all servers is in CA, quoted for a YAML file; AUTHENTICATION_CONFIG is the apiVersion of an
// AuthenticationConfiguration that the API server reads.
func (r *Runner) Commands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	commands := map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"apiserver": positive(r.apiserver),
		"expand":    positive(expand),
		"proxy":     positive(r.proxy),
		"webhook":   positive(r.webhook),
		"issuer":    positive(r.issuer),
		"rotate":    positive(rotate),
		"tunnel":    positive(r.tunnel),
		"httpproxy": positive(httpproxy),
		"use":       positive(r.use),
		"down":      positive(down),
		"up":        positive(up),
		"kubectl":   redirected(r.Lab.Program, "kubectl"),
		"authn-lab": redirected(r.Lab.Program),
		"exit":      positive(exit),
		"read":      positive(read),
		"wire":      positive(r.wire),
		"server":    positive(r.server),
		"log":       positive(r.log),
		"explain":   positive(r.explain),
		"inside":    positive(r.inside),
		"finds":     positive(r.finds),
		"lacks":     positive(r.lacks),
		"unproved":  positive(r.unproved),
		"shows":     positive(shows),
		"signed":    r.signed,
	}
	for _, name := range []string{"cat", "cut", "echo", "fold", "head", "paste", "sed"} {
		commands[name] = redirected(name)
	}
	return commands
}

// Params returns the parameters with which testscript runs the scenario files.
func (r *Runner) Params(files ...string) testscript.Params {
	return testscript.Params{
		Files:              files,
		Setup:              r.Setup,
		Cmds:               r.Commands(),
		Condition:          r.condition,
		RequireUniqueNames: true,
		ContinueOnError:    true, // a scenario is a list of expectations: show all that fail
	}
}

// condition evaluates [kube:1.N], which holds for an API server of that release or a later one.
func (r *Runner) condition(text string) (bool, error) {
	if text == "namespaces" {
		return exec.Command(r.Lab.Program, "enter", "--check").Run() == nil, nil
	}
	var since int
	if _, err := fmt.Sscanf(text, "kube:1.%d", &since); err != nil || text != fmt.Sprintf("kube:1.%d", since) {
		return false, fmt.Errorf("unknown condition [%s], want [kube:1.N] or [namespaces]", text)
	}
	release, err := r.Lab.Release()
	return release >= since, err
}

// Files lists the scenarios of a folder.
func Files(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s has no scenarios (*.txt)", dir)
	}
	return files, err
}

// Name returns a scenario's name, which is also its namespace.
func Name(file string) string { return strings.TrimSuffix(filepath.Base(file), ".txt") }

// The kubeconfigs of the callers, in a scenario's working directory.
const (
	Admin       = "admin"
	Nobody      = "nobody"
	Unreachable = "unreachable"
)

// kubeconfigFile returns the path of a caller's kubeconfig for a server.
func kubeconfigFile(who, server string) string {
	if server != theLab {
		who += "@" + server
	}
	return filepath.Join(".kube", who)
}

// Setup gives a script a namespace, the kubeconfigs, and .authn-lab. Its commands then work as in a shell beside a running lab.
func (r *Runner) Setup(env *testscript.Env) error {
	namespace := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	if err := r.createNamespace(namespace); err != nil {
		return err
	}
	if err := os.Symlink(r.Lab.Dir, filepath.Join(env.WorkDir, ".authn-lab")); err != nil {
		return err
	}
	m, err := r.newMemory(env.WorkDir, namespace)
	if err != nil {
		return err
	}
	env.Values[memoryKey{}] = m
	bin := filepath.Join(env.WorkDir, ".bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return err
	}
	for name, program := range map[string]string{"kubectl": r.Lab.Program, "authn-lab": r.Lab.Program, "kubectl-authn": r.Plugin} {
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("KUBECONFIG", filepath.Join(env.WorkDir, kubeconfigFile(Admin, theLab)))
	// kubectl reads the list of all resources once for all scenarios.
	env.Setenv("KUBECACHEDIR", r.Lab.Path("cache"))
	env.Setenv("NS", namespace)
	env.Setenv("COLUMNS", "80")
	return r.setLabVariables(env.Setenv)
}

func (r *Runner) createNamespace(name string) error {
	config, err := clientcmd.BuildConfigFromFlags("", r.Lab.Path("kubeconfig"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Namespaces().Create(context.Background(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("two scripts are named %s, which is also the name of their namespace", name)
	}
	return err
}

// memory is the state of a running script.
type memory struct {
	name    string
	work    string
	answers map[string]*explanation // the last one to each WHO

	at         *endpoint // the server that is asked
	servers    map[string]*endpoint
	parts      map[string]part
	hasServers bool
}

func (r *Runner) newMemory(work, namespace string) (*memory, error) {
	if err := os.Mkdir(filepath.Join(work, ".kube"), 0o700); err != nil {
		return nil, err
	}
	admin, err := clientcmd.LoadFromFile(r.Lab.Path("kubeconfig"))
	if err != nil {
		return nil, err
	}
	nobody, err := clientcmd.LoadFromFile(r.Lab.Path("nobody.kubeconfig"))
	if err != nil {
		return nil, err
	}
	lab := &endpoint{name: theLab, url: admin.Clusters["authn-lab"].Server, folder: r.Lab.Dir}
	m := &memory{name: namespace, work: work, answers: map[string]*explanation{},
		at: lab, servers: map[string]*endpoint{theLab: lab}, parts: map[string]part{}}
	return m, m.writeKubeconfigs(lab, admin, nobody)
}

type memoryKey struct{}

func remember(ts *testscript.TestScript) *memory { return ts.Value(memoryKey{}).(*memory) }

// positive rejects the ! prefix, which means nothing for an expectation that has a value.
func positive(run func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command takes no !")
		}
		run(ts, args)
	}
}

// redirected runs a program, with `> FILE` as in a shell.
func redirected(program string, first ...string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		args = append(first[:len(first):len(first)], args...)
		file := ""
		if n := len(args); n >= 2 && args[n-2] == ">" {
			file, args = args[n-1], args[:n-2]
		}
		err := ts.Exec(program, args...)
		switch {
		case neg && err == nil:
			ts.Fatalf("the command worked, and should not")
		case !neg && err != nil:
			ts.Fatalf("the command failed: %v", err)
		}
		if file != "" {
			ts.Check(os.WriteFile(ts.MkAbs(file), []byte(ts.ReadFile("stdout")), 0o600))
		}
	}
}

// exit runs a program of the script's PATH, where kubectl is the lab's.
func exit(ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exit STATUS COMMAND…")
	}
	got := 0
	var exited *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exited):
		got = exited.ExitCode()
	case err != nil:
		ts.Fatalf("cannot run %s: %v", args[1], err)
	}
	if want, err := strconv.Atoi(args[0]); err != nil || got != want {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

func read(ts *testscript.TestScript, args []string) {
	if len(args) != 3 || args[1] != "<" {
		ts.Fatalf("usage: read NAME < FILE")
	}
	line, _, _ := strings.Cut(ts.ReadFile(args[2]), "\n")
	ts.Setenv(args[0], line)
}

// eventually retries until try succeeds. The API server answers from caches that are late, and caches an accepted token for
// ten seconds; the final answer counts.
func eventually(try func() error) error {
	const patience = 12 * time.Second
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		err := try()
		if err == nil || time.Since(began) > patience {
			return err
		}
	}
}

// matches compares a text with a pattern in which * matches any text, also an empty one.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return rest == ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
