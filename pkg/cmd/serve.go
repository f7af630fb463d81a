package cmd

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/brief"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/serve"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// serveCommand decides for proxies and services who sent a request.
type serveCommand struct {
	connector *connector
	inputs    *inputs
	process   *process
	notice    func(finding.Text)
	now       func() time.Time
	getenv    func(string) string
	log       io.Writer

	mode                           string
	audiences                      []string
	apiServerAudience, anyAudience bool
	jwks, publicKeys               []string
	issuerURL                      issuerFlags
	options                        serve.Options
	usernamePrefix                 string
	rewrites, allow                []string
	reason, fromEnv                string
	listen, listenGRPC, health     string
	tls                            serve.TLSFiles
}

// serveGrace is how long requests that are under way may take after a stop.
const serveGrace = 10 * time.Second

func newServe(s *session) *cobra.Command {
	v := &serveCommand{connector: s.connector, inputs: s.inputs, process: s.process, notice: s.printing.notice, now: s.env.Now, getenv: s.env.Getenv, log: s.env.Err}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Tell proxies and services who sent a request",
		Long: `Tell proxies and services which ServiceAccount or user sent a request.

A proxy asks before it forwards a request: nginx (auth_request), Caddy and
Traefik (forward auth), Envoy and Istio (ext_authz). Each path is a decision. A
token that is accepted gives 200, with the user and the groups in headers. Any
other gives 401 with the reason. Requests are not forwarded, and no body is
read.`,
		Example: `  # Ask the API server about each token for the audience "reports"
  kubectl authn serve --audience reports

  # Verify offline, with keys from a file
  kubectl authn serve --audience reports --mode keys --jwks keys.json

  # Serve Envoy's gRPC protocol as well, and allow one namespace
  kubectl authn serve --audience reports --allow 'shop/*' \
    --listen-grpc 127.0.0.1:9001

  # Replace an AuthService with the variables that it had
  kubectl authn serve --from-env authservice`,
		Annotations: map[string]string{
			exitStatuses: `0 stopped by a signal
2 could not listen, or a listener failed
3 wrong usage or unreadable input`,
		},
		Args: atMost(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return v.run(c.Context(), c.Flags()) },
	}
	o := &v.options
	section(c, "Tokens", func(f *pflag.FlagSet) {
		f.StringVar(&v.mode, "mode", string(serve.Review), "Verify tokens with `MODE`: review, keys, discovery or review+keys.")
		f.StringArrayVar(&v.audiences, "audience", nil, "Require `AUDIENCE` in the token (repeatable, one is enough).")
		f.BoolVar(&v.apiServerAudience, "api-server-audience", false, "Take tokens that are for the API server (mode review).")
		f.BoolVar(&v.anyAudience, "any-audience", false, "Take tokens for any audience (modes keys and discovery).")
		f.StringArrayVar(&v.jwks, "jwks", nil, "Use the keys (a JWKS, JWKs, or PEM by key ID) in `FILE` (repeatable, read again after a change).")
		f.StringArrayVar(&v.publicKeys, "public-key", nil, "Use the public keys or certificates in the PEM `FILE` (repeatable, read again after a change).")
		v.issuerURL.addFlags(f)
	})
	section(c, "Identity", func(f *pflag.FlagSet) {
		f.StringVar(&o.UsernameClaim, "username-claim", "", "Take the user name of tokens that are not of a ServiceAccount from `CLAIM` (modes keys and discovery).")
		f.StringVar(&v.usernamePrefix, "username-prefix", "", "Write `PREFIX` before that name (default: the issuer and #).")
		f.StringArrayVar(&v.allow, "allow", nil, "Allow only the ServiceAccount `NAMESPACE/NAME`, where * is any name (repeatable).")
		f.StringArrayVar(&v.rewrites, "user-rewrite", nil, "Replace in the user name: `REGEXP=REPLACEMENT` (repeatable, the first that matches counts).")
		f.StringVar(&o.UserPrefix, "user-prefix", "", "Write `PREFIX` before each user name in the answer.")
	})
	section(c, "Answers", func(f *pflag.FlagSet) {
		f.StringVar(&o.UserHeader, "user-header", "kubeflow-userid", "Return the user in `HEADER`.")
		f.StringVar(&o.GroupsHeader, "groups-header", "kubeflow-groups", "Return the groups in `HEADER`, joined by commas.")
		f.IntVar(&o.SuccessStatus, "success-status", http.StatusOK, "Answer with `STATUS` if the request may pass: 200, 202 or 204.")
		f.StringVar(&v.reason, "reason", string(serve.ReasonCode), "Tell clients why in `FORM`: code, text (with the error message of the API server) or none.")
		f.StringArrayVar(&o.SkipPaths, "skip-path", nil, "Let requests below `PATH` pass without a token (repeatable).")
		f.StringVar(&o.PathHeader, "path-header", "", "Read the requested path from `HEADER`, such as X-Original-URI.")
	})
	section(c, "Addresses", func(f *pflag.FlagSet) {
		f.StringVar(&v.listen, "listen", "127.0.0.1:8080", "Decide over HTTP at `ADDRESS`. Empty turns HTTP off.")
		f.StringVar(&v.listenGRPC, "listen-grpc", "", "Decide over Envoy's gRPC protocol (envoy.service.auth.v3) at `ADDRESS`.")
		f.StringVar(&v.health, "health-listen", "127.0.0.1:8081", "Serve /livez, /readyz and /metrics at `ADDRESS`. Empty turns them off.")
		f.StringVar(&v.tls.Cert, "tls-cert", "", "Use TLS with the certificate in `FILE` (read again after a change).")
		f.StringVar(&v.tls.Key, "tls-key", "", "Use TLS with the private key in `FILE` (read again after a change).")
		f.StringVar(&v.tls.ClientCA, "client-ca", "", "Require client certificates of the CAs in `FILE` (read again after a change).")
	})
	section(c, "Limits", func(f *pflag.FlagSet) {
		f.DurationVar(&o.CacheTTL, "cache-ttl", 10*time.Second, "Keep an acceptance for `DURATION`, never beyond the expiry of the token.")
		f.DurationVar(&o.NegativeTTL, "negative-ttl", 2*time.Second, "Keep a rejection for `DURATION`.")
		f.IntVar(&o.CacheSize, "cache-size", 8192, "Keep at most `N` acceptances, and as many rejections.")
		f.DurationVar(&o.ReviewTimeout, "review-timeout", 2*time.Second, "Wait for the API server or issuer for `DURATION`. A shorter timeout of Envoy's counts.")
		f.IntVar(&o.MaxReviews, "max-reviews", 64, "Ask at most `N` questions at once. Further requests get 503.")
	})
	section(c, headOutput, func(f *pflag.FlagSet) {
		f.BoolVar(&o.Explain, "explain", false, "Write the states of the objects that a rejected token names to the log.")
	})
	section(c, headConfiguration, func(f *pflag.FlagSet) {
		f.StringVar(&v.fromEnv, "from-env", "", "Read the environment variables of `PROGRAM`: authservice. Flags take precedence.")
	})
	leaveToTopic(c, topicServing, "username-claim", "username-prefix", "user-rewrite", "user-prefix", "success-status", "path-header", "tls-cert", "tls-key",
		"client-ca", "cache-ttl", "negative-ttl", "cache-size", "review-timeout", "max-reviews", "groups-header", "api-server-audience", "any-audience", "explain")
	return c
}

func (v *serveCommand) run(ctx context.Context, flags *pflag.FlagSet) error {
	if err := v.complete(flags); err != nil {
		return err
	}
	world := serve.World{Now: v.now, Log: v.log, Read: func(name string) ([]byte, error) { return v.inputs.files.Read(name, input.MaxNamed) }}
	if err := v.sources(&world); err != nil {
		return err
	}
	server, err := serve.New(v.options, v.tls, world)
	if err != nil {
		return usage(err)
	}
	on, err := v.listeners()
	if err != nil {
		return err
	}
	v.warnAtStart()
	brief.Serve()
	v.process.grace.Store(int64(serveGrace + stopGrace))
	if err := server.Run(ctx, on); err != nil {
		return undecided(err)
	}
	return nil
}

// complete checks the flags and completes the options.
func (v *serveCommand) complete(flags *pflag.FlagSet) error {
	o := &v.options
	if err := v.readEnvironment(flags); err != nil {
		return err
	}
	o.Mode, o.Reason, o.Grace = serve.Mode(v.mode), serve.Reason(v.reason), serveGrace
	if !slices.Contains(serve.Modes, o.Mode) {
		return usage(finding.Errorf("--mode %q is not review, keys, discovery or review+keys", finding.Quoted(v.mode)))
	}
	if !slices.Contains(serve.Reasons, o.Reason) {
		return usage(finding.Errorf("--reason %q is not code, text or none", finding.Quoted(v.reason)))
	}
	if !slices.Contains([]int{http.StatusOK, http.StatusAccepted, http.StatusNoContent}, o.SuccessStatus) {
		return usage(finding.Errorf("--success-status %s is not 200, 202 or 204", finding.Count(o.SuccessStatus)))
	}
	if err := v.completeAudiences(); err != nil {
		return err
	}
	if flags.Changed("username-prefix") {
		o.UsernamePrefix = &v.usernamePrefix
	}
	for _, written := range v.allow {
		p, err := serve.ParsePattern(written)
		if err != nil {
			return usage(finding.Errorf("--allow %s", finding.Err(err)))
		}
		o.Allow = append(o.Allow, p)
	}
	for _, written := range v.rewrites {
		at := strings.LastIndex(written, "=")
		matches, err := regexp.Compile(written[:max(at, 0)])
		if at <= 0 || err != nil {
			return usage(finding.Errorf("--user-rewrite %q is not REGEXP=REPLACEMENT", finding.Quoted(written)))
		}
		o.Rewrites = append(o.Rewrites, serve.Rewrite{Matches: matches, Replacement: written[at+1:]})
	}
	return v.completeLimits()
}

// completeAudiences checks which tokens are for this service.
func (v *serveCommand) completeAudiences() error {
	o := &v.options
	if err := checkAudiences(v.audiences); err != nil {
		return err
	}
	o.Audiences = v.audiences
	without := v.apiServerAudience || v.anyAudience
	switch {
	case v.apiServerAudience && !o.Mode.Asks():
		return usage(finding.Errorf("--api-server-audience needs --mode review or review+keys")).hint(finding.T("in the modes keys and discovery, name the audience with --audience"))
	case v.anyAudience && o.Mode.Asks():
		return usage(finding.Errorf("--any-audience needs --mode keys or discovery")).hint(finding.T("to take tokens that are for the API server, use --api-server-audience"))
	case without && len(v.audiences) > 0:
		return usage(finding.Errorf("--audience has no effect beside --api-server-audience or --any-audience"))
	case !without && len(v.audiences) == 0:
		return usage(finding.Errorf("no audience was given, and any token would pass")).
			hint(finding.T("name the audience of your service with --audience; its clients request it with: kubectl authn mint NAME --audience AUDIENCE"))
	}
	return nil
}

func (v *serveCommand) completeLimits() error {
	o := &v.options
	for _, d := range []struct {
		flag  string
		value time.Duration
		least time.Duration
	}{{"--cache-ttl", o.CacheTTL, 0}, {"--negative-ttl", o.NegativeTTL, 0}, {"--review-timeout", o.ReviewTimeout, time.Millisecond}} {
		if d.value < d.least {
			return usage(finding.Errorf("%s %s is too short", finding.Standard(d.flag), finding.Syntax(d.value.String())))
		}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"--cache-size", o.CacheSize}, {"--max-reviews", o.MaxReviews}} {
		if n.value < 1 {
			return usage(finding.Errorf("%s %s is not a positive number", finding.Standard(n.flag), finding.Count(n.value)))
		}
	}
	for _, path := range o.SkipPaths {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#*%\\;") || strings.Contains(path, "..") || strings.Contains(path, "//") {
			return usage(finding.Errorf("--skip-path %q is not a path such as /public", finding.Quoted(path)))
		}
	}
	if (v.tls.Cert == "") != (v.tls.Key == "") || v.tls.ClientCA != "" && v.tls.Cert == "" {
		return usage(finding.Errorf("--tls-cert and --tls-key belong together, and --client-ca needs both"))
	}
	return nil
}

// sources reads what the mode needs to verify tokens.
func (v *serveCommand) sources(w *serve.World) error {
	o := &v.options
	o.Issuer = v.issuerURL.url
	given := len(v.jwks) + len(v.publicKeys)
	switch offline := o.Mode == serve.Keys || o.Mode == serve.ReviewAndKeys; {
	case offline && given == 0:
		return usage(finding.Errorf("--mode %s needs keys", finding.Standard(string(o.Mode)))).hint(finding.T("name them with --jwks or --public-key; to save the cluster's: kubectl authn discover -o jwks > keys.json"))
	case !offline && given > 0:
		return usage(finding.Errorf("--jwks and --public-key need --mode keys or review+keys"))
	case o.Mode == serve.Discovery && o.Issuer == "":
		return usage(finding.Errorf("--mode discovery needs --issuer-url"))
	case o.Explain && !o.Mode.Asks():
		return usage(finding.Errorf("--explain needs --mode review or review+keys"))
	case o.Mode == serve.Review && o.Issuer != "":
		return usage(finding.Errorf("--issuer-url has no effect with --mode review"))
	}
	for _, name := range v.jwks {
		w.KeyFiles = append(w.KeyFiles, serve.KeyFile{Flag: "--jwks", Name: name, Parse: keyset.ParseKeys})
	}
	for _, name := range v.publicKeys {
		w.KeyFiles = append(w.KeyFiles, serve.KeyFile{Flag: "--public-key", Name: name, Parse: keyset.ParsePEM})
	}
	if o.Mode == serve.Discovery {
		client, err := v.issuerURL.client(v.inputs, v.connector.timeout)
		if err != nil {
			return err
		}
		w.IssuerClient = client
	}
	if !o.Mode.Asks() {
		return nil
	}
	config, err := v.connector.restConfig()
	if err != nil {
		return unusable(err)
	}
	u, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return unusable(err)
	}
	if u.Scheme != "https" {
		return undecided(finding.Errorf("the connection to %s does not use TLS, so no token is sent there", finding.URL.Of(token.RedactURL(u.String()))))
	}
	w.Config = config
	return nil
}

func (v *serveCommand) listeners() (on serve.Listeners, err error) {
	if v.listen == "" && v.listenGRPC == "" {
		return on, usage(finding.Errorf("neither --listen nor --listen-grpc has an address"))
	}
	for _, l := range []struct {
		flag, address string
		into          *net.Listener
		what          finding.Text
	}{
		{"--listen", v.listen, &on.HTTP, finding.T("decisions")},
		{"--listen-grpc", v.listenGRPC, &on.GRPC, finding.T("decisions over gRPC")},
		{"--health-listen", v.health, &on.Health, finding.T("health and metrics")},
	} {
		if l.address == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(l.address); err != nil {
			return on, usage(finding.Reword(err, "%s %q is not an address such as 127.0.0.1:8080 or :8080", finding.Standard(l.flag), finding.Quoted(l.address)))
		}
		if *l.into, err = net.Listen("tcp", l.address); err != nil {
			return on, undecided(finding.Errorf("%s %s: %s", finding.Standard(l.flag), finding.Host.Of(l.address), finding.Err(err)))
		}
		v.notice(finding.T("%s: listening on %s", l.what, finding.Host.Of((*l.into).Addr().String())))
	}
	return on, nil
}

// warnAtStart warns about tokens that others can use.
func (v *serveCommand) warnAtStart() {
	switch {
	case v.apiServerAudience:
		v.notice(finding.T("warning: tokens for the API server are accepted (--api-server-audience): each service that receives such a token can use it here"))
	case v.anyAudience:
		v.notice(finding.T("warning: tokens for any audience are accepted (--any-audience): each service that receives such a token can use it here"))
	}
}
