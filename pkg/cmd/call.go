package cmd

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/call"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// callCommand sends a token to a service.
type callCommand struct {
	source    *source
	connector *connector
	inputs    *inputs
	redaction *redaction
	notice    func(finding.Text)
	now       func() time.Time
	getenv    func(string) string

	audiences    []string
	every        time.Duration
	count        int
	headers      []string
	method       string
	sendAPIToken bool
	plainHTTP    bool
	caFile       string

	// allowed is the last token that may be sent, so that the API server is asked about each token once.
	allowed token.Secret
}

func newCall(s *session) *cobra.Command {
	x := &callCommand{source: s.source, connector: s.connector, inputs: s.inputs, redaction: s.redaction, notice: s.printing.notice, now: s.env.Now, getenv: s.env.Getenv}
	c := &cobra.Command{
		Use:   "call URL CREDENTIAL",
		Short: "Send a token to a service, and explain the answer",
		Long: `Send a token to a service, and explain the answer.

Sends one request with Authorization: Bearer, and prints the status, the identity
headers and the challenge (WWW-Authenticate) of the answer with their meaning. The
service decides; faults of the token itself are listed beside its answer.

Tokens for the API server are not sent: whoever receives one can act as its user.
Plain http is for this machine and, in a Pod, for Services (NAME.NAMESPACE.svc).
No redirect is followed. With 'serve', this tests service-to-service calls.`,
		Example: `  # Call a service as a ServiceAccount, with a new token for its audience
  kubectl authn call https://web.example/api sa/build-robot --audience web

  # Call a service with the token in a file
  kubectl authn call https://web.example/api -f token.txt

  # Call a service every five seconds, and read the file again each time
  kubectl authn call https://web.example/api -f token.txt --every 5s

  # Print each answer as a line of JSON
  kubectl authn call https://web.example/api -f token.txt --count 3 -o json`,
		Annotations: map[string]string{
			exitStatuses: `0 the service answered 2xx
1 the service answered 401 or 403; with several calls, at least once
2 the service did not answer, or answered with another status
3 the token was not sent, wrong usage or unreadable input`,
			objectKinds: "Call",
		},
		Args: urlAndCredential,
	}
	s.source.addFlags(c)
	section(c, "Audience", func(f *pflag.FlagSet) {
		f.StringArrayVar(&x.audiences, "audience", nil, "Request the token of sa/NAME for `AUDIENCE`. For another token, check for it (repeatable; one is enough).")
	})
	section(c, "Request", func(f *pflag.FlagSet) {
		f.StringVar(&x.method, "method", http.MethodGet, "Use this HTTP `METHOD`.")
		f.StringArrayVarP(&x.headers, "header", "H", nil, "Add the header `NAME: VALUE` (repeatable).")
		f.StringVar(&x.caFile, "ca-file", "", "Trust the CAs in the PEM `FILE` for the service.")
		f.DurationVar(&x.every, "every", 0, "Call again after `DURATION` (default: 1s with --count).")
		f.IntVar(&x.count, "count", 0, "Stop after `N` calls (default: 1, or no limit with --every).")
	})
	section(c, "Safety", func(f *pflag.FlagSet) {
		f.BoolVar(&x.sendAPIToken, "send-api-token", false, "Send the token even if the API server may accept it.")
		f.BoolVar(&x.plainHTTP, "plain-http", false, "Send the token over plain http to any host.")
	})
	s.printing.prints(c, x.run)
	s.printing.folds(c)
	return c
}

// urlAndCredential checks the arguments: a URL and a CREDENTIAL, which may be in a file.
func urlAndCredential(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return finding.Errorf("URL is missing")
	}
	return oneCredential(c, args[1:])
}

func (x *callCommand) run(ctx context.Context, args []string, out *paper) error {
	request, err := x.request(args[0])
	if err != nil {
		return err
	}
	if err := x.check(args[1:], out); err != nil {
		return err
	}
	client, err := x.client()
	if err != nil {
		return err
	}
	status := exitYes
	var subject *credential.Credential
	var before *report.Call
	for n := 1; ; n++ {
		if subject == nil || x.readsAgain(subject) {
			if subject, err = x.subject(ctx, args[1:]); err != nil {
				return err
			}
		}
		result, err := x.call(ctx, client, request, subject)
		if err != nil {
			return err
		}
		result.Number = n
		// What stays the same is not repeated.
		result.Again = before != nil && result.SameAnswer(before)
		before = result
		status = worse(status, verdictStatus(diagnose.Verdict(result.Verdict)))
		if err := x.print(out, result); err != nil {
			return err
		}
		if n == x.count {
			return statusError(status)
		}
		if err := wait(ctx, x.every); err != nil {
			return err
		}
	}
}

// request is the request without its token.
func (x *callCommand) request(written string) (call.Request, error) {
	r := call.Request{Method: x.method, Header: http.Header{}}
	var err error
	switch r.URL, err = call.Target(written, x.inPod(), x.plainHTTP); {
	case errors.Is(err, call.ErrPlainHTTP):
		return r, usage(err).hint(finding.T("use https; plain http works on loopback and, in a Pod, for NAME.NAMESPACE.svc")).
			hint(finding.T("to send the token over plain http, add --plain-http"))
	case err != nil:
		return r, usage(err)
	}
	for _, h := range x.headers {
		name, value, err := call.ParseHeader(h)
		if err != nil {
			return r, usage(err)
		}
		if token.NamesSecret(name) {
			x.redaction.secrets.Add(value)
		}
		r.Header.Add(name, value)
	}
	if !call.ValidMethod(x.method) {
		return r, usage(finding.Errorf("--method %q is not an HTTP method such as GET", finding.Quoted(x.method)))
	}
	return r, nil
}

// inPod reports whether the program runs in a Pod, as client-go does.
func (x *callCommand) inPod() bool {
	return x.getenv("KUBERNETES_SERVICE_HOST") != "" && x.getenv("KUBERNETES_SERVICE_PORT") != ""
}

// check checks the flags.
func (x *callCommand) check(args []string, out *paper) error {
	if err := checkAudiences(x.audiences); err != nil {
		return err
	}
	flags := x.source.command.Flags()
	kind := ""
	if len(args) > 0 {
		kind, _, _ = strings.Cut(args[0], "/")
	}
	switch name := out.format.Name; {
	case len(args) == 0 && !flags.Changed("filename"):
		return usage(finding.Errorf("CREDENTIAL is missing")).hint(finding.T("write sa/NAME with --audience, -f FILE, or - for standard input"))
	case resolve.KindOf(kind) == finding.ServiceAccount && len(x.audiences) == 0:
		return usage(finding.Errorf("--audience is missing: without it, the token of a ServiceAccount is for the API server")).hint(finding.T("--audience is the audience that the service expects"))
	case x.every < 0:
		return usage(finding.Errorf("--every %s is negative", finding.Syntax(x.every.String())))
	case x.count < 0 || flags.Changed("count") && x.count == 0:
		return usage(finding.Errorf("--count %s is not a number of calls", finding.Count(x.count)))
	case x.repeats() && name != output.Text && name != "json":
		return usage(finding.Errorf("several calls and --output %s cannot be combined", finding.Syntax(name))).hint(finding.T("-o json prints one line for each call"))
	}
	if !x.repeats() {
		x.count = 1
	} else if !flags.Changed("every") {
		x.every = time.Second
	}
	x.source.audiences = x.audiences
	return nil
}

// repeats reports whether there may be several calls.
func (x *callCommand) repeats() bool { return x.count > 1 || x.count == 0 && x.every > 0 }

// client returns the client for the service.
func (x *callCommand) client() (*http.Client, error) {
	var ca []byte
	var err error
	if x.caFile != "" {
		if ca, err = x.inputs.read(x.caFile, "--ca-file", input.MaxNamed); err != nil {
			return nil, err
		}
	}
	timeout, err := x.connector.timeout()
	if err != nil {
		return nil, err
	}
	client, err := call.NewClient(ca, timeout)
	if err != nil {
		return nil, usage(finding.Errorf("--ca-file %s: %s", finding.File.Of(x.caFile), finding.Err(err)))
	}
	return client, nil
}

// readsAgain reports whether the credential is read again before the next call: a file always, and a credential from the
// cluster or the kubeconfig before it expires.
func (x *callCommand) readsAgain(c *credential.Credential) bool {
	if name := x.source.filename; name != "" {
		return name != "-"
	}
	if c.Source.Equal(credential.Argument) || c.Source.Equal(credential.Stdin) {
		return false
	}
	expires, ok := c.Token.ExpiresAt()
	issued, has := c.Token.IssuedAt()
	return ok && has && x.now().After(expires.Add(-expires.Sub(issued)/5))
}

// subject returns the token to send.
func (x *callCommand) subject(ctx context.Context, args []string) (*credential.Credential, error) {
	credentials, err := x.source.resolve(ctx, args)
	if err != nil {
		return nil, err
	}
	if len(credentials) > 1 {
		return nil, usage(finding.Errorf("the credential is %s credentials, and call sends one", finding.Count(len(credentials)))).
			hint(finding.T("for a Pod, choose a token with --container and --path; for a kubeconfig, choose a context with --user-context"))
	}
	c := credentials[0]
	switch {
	case c.Token == nil && c.Certificate != nil:
		return nil, usage(finding.Errorf("%s is a client certificate, and call sends tokens only", c.Source))
	case c.Token == nil:
		err := holdsNone(c, "send")
		// Nothing was sent.
		err.status = exitUsage
		return nil, err
	}
	if x.allowed.Equal(c.Token.Raw) && c.Token.Raw.Len() > 0 {
		return c, nil
	}
	if err := x.mayBeSent(ctx, c); err != nil {
		return nil, err
	}
	x.allowed = c.Token.Raw
	return c, nil
}

// mayBeSent returns an error if the token is not sent: it cannot be, or the API server may accept it.
func (x *callCommand) mayBeSent(ctx context.Context, c *credential.Credential) error {
	if err := call.Sendable(c.Token); err != nil {
		return usage(err)
	}
	if x.sendAPIToken {
		return nil
	}
	err := call.ForAPIServer(c.Token)
	if err == nil {
		err = x.askAPIServer(ctx, c)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return usage(err).hint(finding.T("whoever receives a token of the API server can act as its user; request one for the service: sa/NAME --audience AUDIENCE")).
		hint(finding.T("to send this token anyway, add --send-api-token"))
}

// askAPIServer returns an error if the API server of the kubeconfig accepts the token. Only a server with a verified
// certificate is asked. Without an answer, the token itself has decided.
func (x *callCommand) askAPIServer(ctx context.Context, c *credential.Credential) error {
	config, err := x.connector.restConfig()
	switch {
	case err != nil:
		x.notice(finding.T("note: no API server was asked whether it accepts the token, because the kubeconfig cannot be used"))
		return nil
	case config.Insecure:
		x.notice(finding.T("note: the API server was not asked whether it accepts the token, because its certificate is not verified"))
		return nil
	}
	// The caller's own credential has no part in the question.
	caller, err := cluster.NewCaller(rest.AnonymousClientConfig(config), x.redaction.secrets)
	if err != nil || caller.PlainHTTP() {
		return nil
	}
	subject, err := caller.NewSubject(&credential.Credential{Source: c.Source, Token: c.Token})
	if err != nil {
		return nil
	}
	defer subject.Close()
	answer, _, failure := subject.WhoAmI(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case answer.User != nil && answer.User.Username != diagnose.AnonymousUser:
		return call.AcceptedBy(caller.URL(), answer.User.Username)
	case failure != nil:
		x.notice(finding.T("note: the API server %s could not be asked whether it accepts the token", finding.URL.Of(caller.URL())))
	}
	return nil
}

// call sends the request and explains the answer.
func (x *callCommand) call(ctx context.Context, client *http.Client, r call.Request, c *credential.Credential) (*report.Call, error) {
	r.Token = c.Token.Raw
	began := x.now()
	start := time.Now()
	answer, err := call.Do(ctx, client, r)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	result := call.Call{Credential: c, Audiences: x.audiences, Answer: answer, Err: err, Now: began}
	out := report.NewCall()
	out.CalledAt, out.Method, out.URL = report.At(began), r.Method, withoutQuery(r.URL)
	out.Credential = report.FromCredential(&credential.Credential{Source: c.Source, Token: c.Token})
	out.Audiences, out.Milliseconds = x.audiences, time.Since(start).Milliseconds()
	out.Verdict, out.Findings = string(result.Verdict()), result.Findings()
	if out.Verdict != report.Accepted {
		out.Cause = out.Findings[0].ID
	}
	x.connector.addClusterFlags(out.Findings)
	if answer == nil {
		return out, nil
	}
	out.Status, out.Location, out.Message = answer.Status, answer.Location, answer.Message
	for _, h := range answer.Identity {
		out.Identity = append(out.Identity, report.Header{Name: h.Name, Value: h.Value})
	}
	for _, ch := range answer.Challenges {
		out.Challenges = append(out.Challenges, report.Challenge{
			Scheme: ch.Scheme, Realm: ch.Get("realm"), Error: ch.Get("error"), ErrorDescription: ch.Get("error_description"),
			Scope: ch.Get("scope"), ResourceMetadata: ch.Get("resource_metadata"),
		})
	}
	return out, nil
}

// withoutQuery returns a URL without its query, which may have secrets.
func withoutQuery(u *url.URL) string {
	short := *u
	short.RawQuery, short.ForceQuery = "", false
	return short.String()
}

// print prints a result: of several, an object is one line.
func (x *callCommand) print(out *paper, result *report.Call) error {
	if out.format.Name != "json" {
		return out.print(result)
	}
	x.redaction.rewrite(result)
	line, err := output.AppendLine(nil, out.line(result))
	if err == nil {
		_, err = out.W.Write(line)
	}
	return printError(err)
}

// wait waits, or returns the context's error.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
