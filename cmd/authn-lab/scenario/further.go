package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// endpoint is a server that a script sends requests to: the lab's API server, a further one, or a proxy before them.
type endpoint struct {
	name string
	url  string
	// folder has the server's log and its kubeconfigs, under the names that they have in the lab's folder; empty for a proxy.
	folder string
}

// theLab is the name of the lab's own API server in a script.
const theLab = "lab"

// part is something that a script has started.
type part interface {
	start() error
	stop()
}

// furtherServers bounds how many scripts may have API servers of their own at a time: each server takes 270 MB. A script keeps its
// slot from its first server to its end.
var furtherServers = make(chan struct{}, 4)

func (r *Runner) apiserver(ts *testscript.TestScript, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: apiserver NAME [FLAG=VALUE|FLAG-]…")
	}
	m := remember(ts)
	name := m.newName(ts, args[0])
	command := exec.Command(r.Lab.Program, "apiserver", m.name+"-"+name, "--dir", r.Lab.Dir, "--until-stdin-closes")
	command.Dir = ts.MkAbs(".")
	for _, flag := range args[1:] {
		command.Args = append(command.Args, "--apiserver-flag", flag)
	}
	if !m.hasServers {
		m.hasServers = true
		furtherServers <- struct{}{}
		ts.Defer(func() { <-furtherServers })
	}
	server := &furtherServer{command: command}
	ts.Check(server.start())
	ts.Defer(server.stop)
	m.parts[name] = server

	at := &endpoint{name: name, folder: r.Lab.Path("servers", m.name+"-"+name)}
	admin, err := clientcmd.LoadFromFile(filepath.Join(at.folder, "kubeconfig"))
	ts.Check(err)
	at.url = admin.Clusters["authn-lab"].Server
	nobody, err := clientcmd.LoadFromFile(filepath.Join(at.folder, "nobody.kubeconfig"))
	ts.Check(err)
	m.add(ts, at, admin, nobody)
}

// furtherServer is a process `authn-lab apiserver`.
type furtherServer struct {
	command *exec.Cmd
	process *process
}

func (s *furtherServer) start() (err error) {
	if s.process != nil {
		return errors.New("an API server that was stopped has no port any more; start one of another name")
	}
	s.process, err = start(context.Background(), s.command, io.Discard)
	return err
}

func (s *furtherServer) stop() { s.process.stop() }

// newName checks that a name is valid and unused, and returns it.
func (m *memory) newName(ts *testscript.TestScript, name string) string {
	if _, taken := m.parts[name]; taken || name == theLab || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		ts.Fatalf("%q is not a valid name, or is already used", name)
	}
	return name
}

// add registers a server and selects it for the next lines.
func (m *memory) add(ts *testscript.TestScript, at *endpoint, admin, nobody *clientcmdapi.Config) {
	m.servers[at.name] = at
	m.setURL(ts, at.name, at.url)
	ts.Check(m.writeKubeconfigs(at, admin, nobody))
	m.at = at
}

// setURL sets the variable with the address of what the script has started: IDP_URL for `idp`.
func (m *memory) setURL(ts *testscript.TestScript, name, url string) {
	ts.Setenv(strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"_URL", url)
}

// writeKubeconfigs writes the kubeconfigs for a server.
func (m *memory) writeKubeconfigs(at *endpoint, admin, nobody *clientcmdapi.Config) error {
	for who, config := range map[string]*clientcmdapi.Config{Admin: admin, Nobody: nobody, Unreachable: admin} {
		config := config.DeepCopy()
		config.Contexts[config.CurrentContext].Namespace = m.name
		for _, cluster := range config.Clusters {
			cluster.Server = at.url
			if who == Unreachable {
				cluster.Server = "https://127.0.0.1:1" // the port of tcpmux, on which nobody listens
			}
		}
		if err := clientcmd.WriteToFile(*config, filepath.Join(m.work, kubeconfigFile(who, at.name))); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) use(ts *testscript.TestScript, args []string) {
	m := remember(ts)
	if len(args) != 1 || m.servers[args[0]] == nil {
		ts.Fatalf("usage: use SERVER, which is lab or what apiserver or proxy has started")
	}
	m.at = m.servers[args[0]]
}

func down(ts *testscript.TestScript, args []string) { partOf(ts, "down", args).stop() }

func up(ts *testscript.TestScript, args []string) { ts.Check(partOf(ts, "up", args).start()) }

func partOf(ts *testscript.TestScript, command string, args []string) part {
	if len(args) != 1 || remember(ts).parts[args[0]] == nil {
		ts.Fatalf("usage: %s NAME of what was started before", command)
	}
	return remember(ts).parts[args[0]]
}

// expand fills in variables in a file of the script.
func expand(ts *testscript.TestScript, args []string) {
	if len(args) != 3 || args[1] != ">" {
		ts.Fatalf("usage: expand FILE > FILE")
	}
	var unset []string
	text := os.Expand(ts.ReadFile(args[0]), func(name string) string {
		value := ts.Getenv(name)
		if value == "" && !slices.Contains(unset, name) {
			unset = append(unset, name)
		}
		return value
	})
	if len(unset) > 0 {
		ts.Fatalf("%s has variables that are not set: %q", args[0], unset)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text), 0o600))
}

// authenticationConfig returns the apiVersion of AuthenticationConfiguration that an API server of the release reads.
func authenticationConfig(release int) string {
	if release < 34 {
		return "apiserver.config.k8s.io/v1beta1"
	}
	return "apiserver.config.k8s.io/v1"
}

// setLabVariables sets the variables of the lab: SERVER, ETCD, AUTHENTICATION_CONFIG, and CA, which is the CA of all servers, quoted
// for a YAML file.
func (r *Runner) setLabVariables(set func(name, value string)) error {
	state, err := r.Lab.Read("lab.json")
	if err != nil {
		return err
	}
	var lab struct{ Server, Etcd string }
	if err := json.Unmarshal([]byte(state), &lab); err != nil {
		return err
	}
	ca, err := r.Lab.Read("ca.crt")
	if err != nil {
		return err
	}
	quoted, err := json.Marshal(ca + "\n")
	if err != nil {
		return err
	}
	release, err := r.Lab.Release()
	if err != nil {
		return err
	}
	set("AUTHENTICATION_CONFIG", authenticationConfig(release))
	set("SERVER", lab.Server)
	set("ETCD", lab.Etcd)
	set("CA", string(quoted))
	return nil
}

// Server is a further API server that a test has started.
type Server struct {
	process *process
	// Dir has its kubeconfigs, its flags and its log, under the names that they have in the lab's folder.
	Dir string
}

// StartServer starts a further API server with flags of its own (NAME=VALUE, NAME-), and waits until it is ready.
func (l *Lab) StartServer(ctx context.Context, name string, flags ...string) (*Server, error) {
	command := exec.Command(l.Program, "apiserver", name, "--dir", l.Dir, "--until-stdin-closes")
	for _, flag := range flags {
		command.Args = append(command.Args, "--apiserver-flag", flag)
	}
	p, err := start(ctx, command, io.Discard)
	if err != nil {
		return nil, err
	}
	return &Server{process: p, Dir: l.Path("servers", name)}, nil
}

// Stop ends the server.
func (s *Server) Stop() { s.process.stop() }
