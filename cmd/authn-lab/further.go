package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

type furtherOptions struct {
	labOptions
	name             string
	untilStdinCloses bool
}

func newAPIServerCommand() *cobra.Command {
	var o furtherOptions
	cmd := &cobra.Command{
		Use:   "apiserver NAME",
		Short: "Run another API server of a lab, with other flags",
		Long: `Run another kube-apiserver on the data of a running lab, with the lab's flags and your changes: for example a replica with
other keys. When it is ready, standard output has the command that uses it. It runs in the foreground until you interrupt it
or the lab ends.

Its kubeconfigs, flags and logs are in the folder servers/NAME of the lab, under the same names.`,
		Example: `  # a replica that does not know the lab's current signing key
  authn-lab apiserver b --apiserver-flag service-account-key-file=.authn-lab/sa-old.pub

  # a replica that has not been upgraded yet (make bin/kube-apiserver-v1.34.4)
  authn-lab apiserver old --kubernetes v1.34.4

  # an API server with its own database, which has only the default roles
  authn-lab apiserver other --apiserver-flag etcd-prefix=/other`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !serverName.MatchString(args[0]) {
				return usagef("%s takes a NAME of letters, digits and dashes, got %q", cmd.CommandPath(), args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			ctx := cmd.Context()
			if o.untilStdinCloses {
				ctx = untilClosed(ctx, cmd.InOrStdin())
			}
			return o.run(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.untilStdinCloses, "until-stdin-closes", false, "End when standard input is closed")
	return cmd
}

var serverName = regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$`)

func (o *furtherOptions) run(ctx context.Context, stdout, stderr io.Writer) error {
	began := time.Now()
	dir, err := newLabDir(o.dir)
	if err != nil {
		return err
	}
	lab, err := dir.readState()
	if errors.Is(err, errNoLab) {
		return fmt.Errorf("there is no lab in %s", dir)
	}
	if err != nil {
		return err
	}
	if running, err := dir.running(); err != nil {
		return err
	} else if !running || lab.Phase != phaseReady {
		return fmt.Errorf("the lab in %s is not up", dir)
	}
	ctx, labEnded := context.WithCancelCause(ctx)
	defer labEnded(nil)
	go func() {
		dir.waitUntilFree()
		labEnded(errors.New("the lab has ended"))
	}()

	if o.kubernetes == "" {
		o.kubernetes = lab.Kubernetes
	}
	chosen, err := findRelease(o.kubernetes)
	if err != nil {
		return err
	}
	port, release, err := reservePort()
	if err != nil {
		return err
	}
	defer release()
	folder := serverDir(dir.path("servers", o.name))
	if err := os.MkdirAll(string(folder), 0o700); err != nil {
		return err
	}
	url := fmt.Sprintf("https://127.0.0.1:%d", port)
	if err := dir.writeKubeconfigs(url, folder); err != nil {
		return err
	}
	flags := dir.apiServerFlags(lab.Etcd, port, folder)
	if err := flags.override(o.apiServerFlags); err != nil {
		return err
	}
	server, err := folder.start(chosen, flags, nil)
	if err != nil {
		return err
	}
	defer server.kill()
	if err := dir.waitUntilAnswers(ctx, server, url, o.timeout); err != nil {
		return err
	}
	if flags.has("etcd-prefix") {
		// An API server with its own data is a cluster of its own, and needs the objects that describe its configuration.
		if err := dir.describeFurther(ctx, folder, url, chosen.version, flags.args()); err != nil {
			return err
		}
	}
	fmt.Fprintf(stderr, "A further API server is ready at %s, after %.1fs.\n", url, time.Since(began).Seconds())
	fmt.Fprintf(stdout, "export KUBECONFIG=%s\n", shellQuote(folder.path("kubeconfig")))

	select {
	case <-ctx.Done():
		return nil
	case <-server.exited:
		return server.exitError()
	}
}

func (d labDir) describeFurther(ctx context.Context, folder serverDir, url, version string, flags []string) error {
	config, err := clientcmd.BuildConfigFromFlags("", folder.path("static-admin.kubeconfig"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) { // until there are namespaces
		if err = d.describeCluster(ctx, client, url, version, flags); err == nil || time.Since(began) > 20*time.Second || ctx.Err() != nil {
			return err
		}
	}
}

// waitUntilFree returns when no process of the lab is left, or when its folder does not exist.
func (d labDir) waitUntilFree() {
	f, err := os.Open(d.lockFile())
	if err != nil {
		return
	}
	defer f.Close()
	for errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH), syscall.EINTR) {
	}
}

// waitUntilAnswers waits until the server answers that it is ready. The client has a certificate and a token, because the server
// may accept only one of them, and does not verify the server's certificate, which may be wrong on purpose.
func (d labDir) waitUntilAnswers(ctx context.Context, server *apiServer, url string, timeout time.Duration) error {
	certificate, err := tls.LoadX509KeyPair(d.path("pki", "admin.crt"), d.path("pki", "admin.key"))
	if err != nil {
		return err
	}
	token, err := os.ReadFile(d.token("static-admin"))
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{certificate}}}}
	defer client.CloseIdleConnections()
	ready := func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+string(token))
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
		said, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
		return fmt.Errorf("it answers %s: %s", response.Status, strings.TrimSpace(string(said)))
	}
	for began := time.Now(); ; {
		err := ready()
		if err == nil {
			return nil
		}
		if time.Since(began) > timeout {
			return fmt.Errorf("kube-apiserver was not ready within %s (--timeout): %w", timeout, err)
		}
		select {
		case <-server.exited:
			return server.exitError()
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
