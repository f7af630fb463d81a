package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register" // --logging-format=json
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// apiServerCommand is the command that runs kube-apiserver itself, with kube-apiserver's own flags.
const apiServerCommand = "kube-apiserver"

// runAPIServer is kube-apiserver's main, which also ends when its standard input closes. The lab holds the other end, so its API
// servers end with the lab in any case.
func runAPIServer(args []string) int {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(exitFailed) // immediately, because its etcd has stopped
	}()
	command := app.NewAPIServerCommand()
	command.SetArgs(args)
	return cli.Run(command)
}

// flagList builds a command line, in which a flag may occur several times.
type flagList [][2]string

func (l *flagList) add(name, value string) { *l = append(*l, [2]string{name, value}) }

func (l *flagList) remove(name string) {
	var kept flagList
	for _, flag := range *l {
		if flag[0] != name {
			kept = append(kept, flag)
		}
	}
	*l = kept
}

// override applies NAME=VALUE arguments. The first value of a flag replaces all of the lab's values, and further values are
// added; NAME- removes the flag.
func (l *flagList) override(arguments []string) error {
	seen := map[string]bool{}
	for _, argument := range arguments {
		name, value, ok := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
		removed, isRemoval := strings.CutSuffix(name, "-")
		if name == "" || removed == "" || ok == isRemoval {
			return usagef("--apiserver-flag takes NAME=VALUE, or NAME- to take a flag away, got %q", argument)
		}
		if !seen[removed] {
			l.remove(removed)
			seen[removed] = true
		}
		if ok {
			l.add(name, value)
		}
	}
	return nil
}

func (l flagList) has(name string) bool {
	return slices.ContainsFunc(l, func(flag [2]string) bool { return flag[0] == name })
}

func (l flagList) args() []string {
	var args []string
	for _, flag := range l {
		args = append(args, "--"+flag[0]+"="+flag[1])
	}
	return args
}

// apiServerFlags returns the flags of the API server; README.md explains them to users. It writes their files to the folder.
func (d labDir) apiServerFlags(etcdURL string, port int, folder serverDir) *flagList {
	l := &flagList{}

	// The address and the database.
	l.add("bind-address", "127.0.0.1")
	l.add("advertise-address", "127.0.0.1")
	l.add("endpoint-reconciler-type", "none") // a Service must not point at a loopback address
	l.add("secure-port", strconv.Itoa(port))
	l.add("permit-port-sharing", "true") // with the socket that reserves the port
	l.add("tls-cert-file", d.path("pki", "apiserver.crt"))
	l.add("tls-private-key-file", d.path("pki", "apiserver.key"))
	l.add("etcd-servers", etcdURL)
	l.add("service-cluster-ip-range", "10.96.0.0/16")
	l.add("allow-privileged", "true")

	// Authentication.
	l.add("client-ca-file", d.caPrefix(caClient)+".crt")
	l.add("token-auth-file", d.path("tokens.csv"))
	l.add("enable-bootstrap-token-auth", "true")
	l.add("authentication-config", d.path("authentication-config.yaml"))
	l.add("service-account-issuer", "https://kubernetes.default.svc.cluster.local") // signs new tokens
	l.add("service-account-issuer", "https://kubernetes.default.svc")               // used to be the first
	l.add("service-account-signing-key-file", d.keyPrefix(keySA)+".key")
	l.add("service-account-key-file", d.keyPrefix(keySA)+".pub")
	l.add("service-account-key-file", d.keyPrefix(keySAOld)+".pub")
	l.add("service-account-max-token-expiration", "48h")
	l.add("requestheader-client-ca-file", d.path("pki", "front-proxy-ca.crt"))
	l.add("requestheader-allowed-names", "front-proxy-client")
	l.add("requestheader-username-headers", "X-Remote-User")
	l.add("requestheader-group-headers", "X-Remote-Group")
	l.add("requestheader-extra-headers-prefix", "X-Remote-Extra-")
	l.add("proxy-client-cert-file", d.path("pki", "front-proxy-client.crt"))
	l.add("proxy-client-key-file", d.path("pki", "front-proxy-client.key"))

	// The connection to kubelets, for commands in containers.
	l.add("kubelet-certificate-authority", d.servingCA())
	l.add("kubelet-client-certificate", d.path("pki", "kubelet-client.crt"))
	l.add("kubelet-client-key", d.path("pki", "kubelet-client.key"))

	// Authorization.
	l.add("authorization-mode", "RBAC")

	// Audit log and log.
	l.add("audit-policy-file", d.path("audit-policy.yaml"))
	l.add("audit-log-path", folder.auditLog())
	l.add("v", "4") // names the missing bound object of a token
	return l
}

// auditPolicy records requests without bodies, because the body of a TokenReview contains a token.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

func (d labDir) writeAPIServerConfig(issuer string, r release) error {
	ca, err := os.ReadFile(d.path("oidc", "ca.crt"))
	if err != nil {
		return err
	}
	anonymous := "anonymous:\n  enabled: true\n"
	if !r.atLeast(anonymousConfigurable) {
		anonymous = "" // anonymous requests are allowed by default
	}
	var config strings.Builder
	fmt.Fprintf(&config, `apiVersion: %s
kind: AuthenticationConfiguration
%sjwt:
- issuer:
    url: %s
    audiences: [%s]
    certificateAuthority: |
`, r.authenticationConfigVersion(), anonymous, issuer, oidcAudience)
	for line := range strings.Lines(string(ca)) {
		config.WriteString("      " + line)
	}
	config.WriteString(`  claimMappings:
    username: {claim: sub, prefix: "oidc:"}
    groups: {claim: groups, prefix: "oidc:"}
`)
	return errors.Join(
		os.WriteFile(d.path("authentication-config.yaml"), []byte(config.String()), 0o600),
		os.WriteFile(d.path("audit-policy.yaml"), []byte(auditPolicy), 0o600),
	)
}

// reservePort binds a free loopback port without listening on it, so that no other program gets it before the API server starts
// or restarts. The API server shares the port: SO_REUSEPORT, --permit-port-sharing.
func reservePort() (port int, release func(), err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return 0, nil, err
	}
	unix.CloseOnExec(fd)
	release = func() { unix.Close(fd) }
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1),
		unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte(net.IPv4(127, 0, 0, 1).To4())}),
	)
	if err != nil {
		release()
		return 0, nil, fmt.Errorf("cannot reserve a port: %w", err)
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		release()
		return 0, nil, err
	}
	return address.(*unix.SockaddrInet4).Port, release, nil
}

// apiServer is a running kube-apiserver process.
type apiServer struct {
	process *exec.Cmd
	log     string
	exited  chan struct{} // closed when the process has ended
}

// serverDir is the folder with the flags and logs of an API server; for the lab's own, it is the lab's folder.
type serverDir string

func (d serverDir) path(name string) string { return filepath.Join(string(d), name) }
func (d serverDir) log() string             { return d.path("kube-apiserver.log") }
func (d serverDir) auditLog() string        { return d.path("audit.log") }

// start starts kube-apiserver without waiting for it. The process inherits the lab's lock, if there is one, and ends when its
// standard input closes.
func (d serverDir) start(r release, flags *flagList, lock *os.File) (*apiServer, error) {
	args := flags.args()
	if err := os.WriteFile(d.path("kube-apiserver.flags"), []byte(strings.Join(args, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(d.log())
	if err != nil {
		return nil, err
	}
	defer log.Close()

	s := &apiServer{process: exec.Command(r.program, append(slices.Clone(r.first), args...)...), log: d.log(), exited: make(chan struct{})}
	s.process.Stdout, s.process.Stderr = log, log
	if lock != nil {
		s.process.ExtraFiles = []*os.File{lock}
	}
	// The lab handles a Ctrl-C on the terminal and stops its components in order.
	s.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := s.process.StdinPipe(); err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, fmt.Errorf("cannot start kube-apiserver: %w", err)
	}
	go func() {
		_ = s.process.Wait()
		close(s.exited)
	}()
	return s, nil
}

// stopGrace is the time that a process has to end. The data of a lab is temporary.
const stopGrace = 5 * time.Second

func (s *apiServer) stop() {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(stopGrace):
		_ = s.process.Process.Kill()
		<-s.exited
	}
}

// kill ends an additional API server, on which nothing depends.
func (s *apiServer) kill() {
	_ = s.process.Process.Kill()
	<-s.exited
}

// exitError returns the reason why the process ended, from its log.
func (s *apiServer) exitError() error {
	reason := s.process.ProcessState.String()
	if data, err := os.ReadFile(s.log); err == nil {
		if said := lastError(string(data)); said != "" {
			reason = said
		}
	}
	return fmt.Errorf("kube-apiserver stopped: %s", reason)
}

// lastError returns the log line with the reason why kube-apiserver ended: cobra's for a wrong command line, klog's otherwise.
func lastError(log string) string {
	found := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutPrefix(line, "Error: "); ok {
			found = after
		} else if _, after, ok := strings.Cut(line, `"command failed" err=`); ok {
			if unquoted, err := strconv.Unquote(after); err == nil {
				after = unquoted
			}
			found = after
		} else if strings.HasPrefix(line, "panic: ") {
			found = line
		} else if len(line) > 5 && line[0] == 'F' && strings.Trim(line[1:5], "0123456789") == "" {
			_, found, _ = strings.Cut(line, "] ") // a klog line of severity FATAL: F1122 10:00:00.000000 123 file.go:1] text
		}
	}
	return found
}

// tail returns the last lines of a file, for an error message.
func tail(path string, lines int) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
