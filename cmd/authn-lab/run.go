package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// labOptions are the flags that `run` and `up` share.
type labOptions struct {
	dir            string
	apiServerFlags []string
	kubernetes     string
	timeout        time.Duration
}

func (o *labOptions) addFlags(cmd *cobra.Command) {
	addDirFlag(cmd, &o.dir)
	cmd.Flags().StringArrayVar(&o.apiServerFlags, "apiserver-flag", nil,
		"NAME=VALUE replaces a kube-apiserver flag of the lab; repeat it for several values; NAME- removes the flag")
	cmd.Flags().StringVar(&o.kubernetes, "kubernetes", "",
		"Another release of kube-apiserver: the program kube-apiserver-VERSION next to authn-lab")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 2*time.Minute, "The time limit for the start of the lab")
}

func addDirFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", ".authn-lab", "The lab's folder")
}

func newRunCommand() *cobra.Command {
	var o labOptions
	var untilStdinCloses bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run a lab in the foreground",
		Long: `Run a lab in the foreground until you interrupt it. When it is ready, standard output has the shell commands that use it. The
folder is kept for its logs; 'authn-lab down' removes it.

For tests: with --until-stdin-closes, the lab ends when the process at the other end of its standard input ends for any reason.`,
		Example: `  authn-lab run --dir /tmp/lab`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if untilStdinCloses {
				ctx = untilClosed(ctx, cmd.InOrStdin())
			}
			return o.run(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&untilStdinCloses, "until-stdin-closes", false, "End when standard input is closed")
	return cmd
}

// untilClosed returns a context that ends with its parent, or when the reader is closed.
func untilClosed(parent context.Context, stdin io.Reader) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		cancel(errors.New("standard input was closed"))
	}()
	return ctx
}

// lab is a running control plane.
type lab struct {
	dir     labDir
	release release
	state   state
	stderr  io.Writer
	node    *node
	stops   []func() // in the order in which things were started
}

func (o *labOptions) run(ctx context.Context, stdout, stderr io.Writer) error {
	dir, err := newLabDir(o.dir)
	if err != nil {
		return err
	}
	chosen, err := findRelease(o.kubernetes)
	if err != nil {
		return err
	}
	began := time.Now()
	l := &lab{dir: dir, release: chosen, stderr: stderr, state: state{Phase: phaseStarting, PID: os.Getpid(), Kubernetes: chosen.version, Started: began.UTC()}}
	lock, err := dir.create(l.state)
	if err != nil {
		return err
	}
	defer lock.Close()

	ended, err := l.start(ctx, o, lock)
	defer l.stop()
	if err != nil {
		l.fail(err)
		return err
	}
	// This comes before the state is ready, because up passes on the log until then.
	fmt.Fprintf(stderr, "Kubernetes %s is ready at %s, after %.1fs.\n", l.release.version, l.state.Server, time.Since(began).Seconds())
	printHints(stderr, dir, o.dirFlag())
	printExports(stdout, dir)
	l.state.Phase, l.state.Doing = phaseReady, ""
	if err := dir.writeState(l.state); err != nil {
		return err
	}

	select {
	case <-ctx.Done():
		fmt.Fprintf(stderr, "Stopping: %v\n", context.Cause(ctx))
		l.stop()
		l.state.Phase = phaseStopped
		return dir.writeState(l.state)
	case err := <-ended:
		l.fail(err)
		return err
	}
}

// start starts the components in order and waits until all of them answer. If a component ends later, the error is sent to ended.
func (l *lab) start(ctx context.Context, o *labOptions, lock *os.File) (ended <-chan error, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("the lab was not ready within %s (--timeout)", o.timeout))
	defer cancel()
	if err := l.redirectLogs(); err != nil {
		return nil, err
	}

	l.progress("making keys and certificates, starting etcd")
	var made *credentials
	err = inParallel(
		func() (err error) {
			made, err = l.dir.makeCredentials(time.Now())
			return err
		},
		func() error {
			etcd, url, err := l.dir.startEtcd(ctx)
			if err != nil {
				return err
			}
			l.state.Etcd = url
			l.stops = append(l.stops, etcd.Close)
			return nil
		},
	)
	if err != nil {
		return nil, err
	}

	issuer, err := l.dir.startIssuer(made)
	if err != nil {
		return nil, err
	}
	l.stops = append(l.stops, func() { issuer.server.Close() })
	if err := l.dir.writeAPIServerConfig(issuer.url, l.release); err != nil {
		return nil, err
	}

	if l.node, err = l.dir.startNode(made); err != nil {
		return nil, err
	}
	l.stops = append(l.stops, l.node.stop)

	port, release, err := reservePort()
	if err != nil {
		return nil, err
	}
	l.stops = append(l.stops, release)
	l.state.Server, l.state.Issuer = fmt.Sprintf("https://127.0.0.1:%d", port), issuer.url
	if err := l.dir.writeKubeconfigs(l.state.Server, l.dir.apiServer()); err != nil {
		return nil, err
	}
	flags := l.dir.apiServerFlags(l.state.Etcd, port, l.dir.apiServer())
	if err := flags.override(o.apiServerFlags); err != nil {
		return nil, err
	}
	l.progress("starting kube-apiserver " + l.release.version)
	server, err := l.dir.apiServer().start(l.release, flags, lock)
	if err != nil {
		return nil, err
	}
	l.stops = append(l.stops, server.stop)

	failed := make(chan error, 1)
	waiting, gaveUp := context.WithCancelCause(ctx)
	defer gaveUp(nil)
	go func() {
		<-server.exited
		failed <- server.exitError()
		gaveUp(errors.New("kube-apiserver stopped"))
	}()
	if err := l.waitUntilReady(waiting, flags.args()); err != nil {
		select {
		case err := <-failed:
			return nil, err
		default:
			return nil, err
		}
	}
	return failed, l.linkKubectl()
}

// waitUntilReady starts the controllers as soon as the API server answers, and waits for the last step of each component.
func (l *lab) waitUntilReady(ctx context.Context, flags []string) error {
	config := &rest.Config{Host: l.state.Server, TLSClientConfig: rest.TLSClientConfig{
		CAFile: l.dir.servingCA(), CertFile: l.dir.path("pki", "controllers.crt"), KeyFile: l.dir.path("pki", "controllers.key")}}
	config.UserAgent = "authn-lab"
	config.QPS = -1
	client, err := kubernetes.NewForConfig(rest.CopyConfig(config))
	if err != nil {
		return err
	}

	listening := func() error {
		return client.Discovery().RESTClient().Get().AbsPath("/api").Do(ctx).Error()
	}
	if err := l.until(ctx, "kube-apiserver to answer", listening); err != nil {
		return err
	}
	controllers, stop := context.WithCancel(context.Background())
	l.stops = append(l.stops, stop)
	if err := l.dir.runControllers(controllers, config); err != nil {
		return fmt.Errorf("cannot start the controllers: %w", err)
	}

	l.progress("waiting for the API server and the controllers")
	ready := func() error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}
	described := func() error { return l.dir.describeCluster(ctx, client, l.state.Server, l.release.version, flags) }
	serviceAccount := func() error {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	}
	return errors.Join(
		l.until(ctx, "kube-apiserver to be ready", ready),
		l.until(ctx, "the cluster to describe itself", described),
		l.until(ctx, "the ServiceAccount default", serviceAccount),
		l.until(ctx, "the Node to be registered", func() error { return l.node.register(ctx, client) }),
		l.until(ctx, "the OIDC issuer to be known to kube-apiserver", l.issuerKnown(ctx, client)),
	)
}

// issuerKnown tries a token of the lab's issuer, because the API server reads the issuer's keys in the background without another
// sign of success. An API server that does not trust the issuer (--apiserver-flag authentication-config-) answers that at once.
func (l *lab) issuerKnown(ctx context.Context, client kubernetes.Interface) func() error {
	return func() error {
		token, err := l.dir.issuerToken(l.state.Issuer)
		if err != nil {
			return err
		}
		review, err := client.AuthenticationV1().TokenReviews().Create(ctx,
			&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		if strings.Contains(review.Status.Error, "authenticator not initialized") {
			return errors.New(review.Status.Error)
		}
		return nil
	}
}

func (l *lab) until(ctx context.Context, what string, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%w, while waiting for %s: %w", context.Cause(ctx), what, err)
		}
	}
}

// redirectLogs writes the log of the controllers and client-go to a file, because standard error is for users.
func (l *lab) redirectLogs() error {
	log, err := os.Create(l.dir.path("controllers.log"))
	if err != nil {
		return err
	}
	klog.SetSlogLogger(slog.New(slog.NewTextHandler(log, nil)))
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	return nil
}

// linkKubectl links DIR/bin/kubectl to this program.
func (l *lab) linkKubectl() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return os.Symlink(self, filepath.Join(l.dir.binDir(), "kubectl"))
}

func (l *lab) progress(doing string) {
	l.state.Doing = doing
	_ = l.dir.writeState(l.state) // up only prints it
	fmt.Fprintf(l.stderr, "%s\n", doing)
}

func (l *lab) fail(err error) {
	l.state.Phase, l.state.Error = phaseFailed, err.Error()
	_ = l.dir.writeState(l.state)
	if last := tail(l.dir.apiServer().log(), 10); last != "" && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(l.stderr, "the last lines of %s:\n%s\n", l.dir.apiServer().log(), indent(last))
	}
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}

// stop stops all components, the last started first. It can be called twice.
func (l *lab) stop() {
	for i := len(l.stops) - 1; i >= 0; i-- {
		l.stops[i]()
	}
	l.stops = nil
}
