package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
)

// errNoNamespaces means that programs cannot run in containers on this machine.
var errNoNamespaces = errors.New("this kernel does not let a user enter a folder as its root file system, which takes a user namespace")

type enterOptions struct {
	dir, namespace, program string
	check                   bool
}

func newEnterCommand() *cobra.Command {
	var o enterOptions
	cmd := &cobra.Command{
		Use:   "enter POD[/CONTAINER] --program FILE [-- ARGS…]",
		Short: "Run your own program in a container",
		Long: `Run a program in a container of "authn-lab container". It sees only the root file system of the container, which is read-only,
has the environment that a kubelet sets, and runs as the container's user. The program must be statically linked: the container
has no C library, CA, name server or time zone, like an image FROM scratch.

The command needs Linux and user namespaces, but no privileges. --check only tests whether they are available.`,
		Example: `  authn-lab container web --user 65532 --file /var/run/secrets/kubernetes.io/serviceaccount/token=token
  authn-lab enter web --program bin/kubectl-authn -- explain`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.check {
				return o.possible()
			}
			if len(args) == 0 || o.program == "" {
				return usagef("enter takes a POD or POD/CONTAINER, and --program FILE")
			}
			return o.run(cmd, args[0], args[1:])
		},
	}
	addDirFlag(cmd, &o.dir)
	cmd.Flags().StringVarP(&o.namespace, "namespace", "n", "default", "The Pod's namespace")
	cmd.Flags().StringVar(&o.program, "program", "", "The program to run")
	cmd.Flags().BoolVar(&o.check, "check", false, "Run nothing; the exit status is 1 if programs cannot run in containers here")
	return cmd
}

// possible runs a program that does not exist, which fails with another error if namespaces are not permitted.
func (o *enterOptions) possible() error {
	dir, err := os.MkdirTemp("", "authn-lab-enter-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("/nothing")
	if err := inside(cmd, dir, 65532); err != nil {
		return err
	}
	if err := cmd.Run(); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %v", errNoNamespaces, err)
	}
	return nil
}

func (o *enterOptions) run(cmd *cobra.Command, argument string, args []string) error {
	dir, err := newLabDir(o.dir)
	if err != nil {
		return err
	}
	pod, which, ok := strings.Cut(argument, "/")
	if !ok {
		if which, err = onlyContainer(dir, o.namespace, pod); err != nil {
			return err
		}
	}
	c, err := dir.readContainer(o.namespace, pod, which)
	if err != nil {
		return fmt.Errorf("pod %s/%s has no container %s that runs here: authn-lab container makes one", o.namespace, pod, which)
	}
	name := "/" + filepath.Base(o.program)
	if err := putProgram(o.program, filepath.Join(c.root, name)); err != nil {
		return err
	}
	env, err := c.environment(dir, pod)
	if err != nil {
		return err
	}
	program := exec.CommandContext(cmd.Context(), name, args...)
	program.Dir, program.Env = "/", env
	program.Stdin, program.Stdout, program.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := inside(program, c.root, c.User); err != nil {
		return err
	}
	// Read-only folders make a read-only file system.
	if err := chmodFolders(c.root, 0o555); err != nil {
		return err
	}
	err = errors.Join(program.Run(), chmodFolders(c.root, 0o700))
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		os.Exit(exited.ExitCode())
	}
	return err
}

// onlyContainer returns the name of the container of a Pod that has only one.
func onlyContainer(dir labDir, namespace, pod string) (string, error) {
	entries, err := os.ReadDir(dir.path("containers", namespace, pod))
	if err != nil || len(entries) != 1 {
		return "", fmt.Errorf("pod %s/%s has not one container that runs here, but %d: authn-lab container makes one", namespace, pod, len(entries))
	}
	return entries[0].Name(), nil
}

// environment returns the environment that the kubelet sets in a container, with the address of the API server.
func (c *container) environment(dir labDir, pod string) ([]string, error) {
	config, err := clientcmd.LoadFromFile(dir.adminKubeconfig())
	if err != nil {
		return nil, err
	}
	server, err := url.Parse(config.Clusters["authn-lab"].Server)
	if err != nil {
		return nil, err
	}
	env := []string{"PATH=/", "HOSTNAME=" + pod, "KUBERNETES_SERVICE_HOST=" + server.Hostname(), "KUBERNETES_SERVICE_PORT=" + server.Port()}
	for _, change := range c.Env {
		name, _, set := strings.Cut(change, "=")
		name = strings.TrimSuffix(name, "-")
		env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if set {
			env = append(env, change)
		}
	}
	return env, nil
}

// putProgram copies a program to a place where the user can run it.
func putProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func chmodFolders(root string, mode fs.FileMode) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(path, mode)
	})
}
