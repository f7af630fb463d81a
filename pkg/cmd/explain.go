package cmd

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// explainCommand asks the API server about a credential, or explains an error, a log or a report.
type explainCommand struct {
	flags     *pflag.FlagSet
	source    *source
	connector *connector
	inputs    *inputs
	notice    func(finding.Text)
	// question is the question for the API server.
	question           collect.Options
	issuer             issuerFlags
	configured         *configured
	pasted, log, saved string
}

func newExplain(s *session) *cobra.Command {
	x := &explainCommand{
		source: s.source, connector: s.connector, inputs: s.inputs, notice: s.printing.notice,
		question: collect.Options{Interval: repeatInterval, Now: s.env.Now},
	}
	c := &cobra.Command{
		Use:   "explain [CREDENTIAL]",
		Short: "Explain why the API server accepts or rejects a credential",
		Long: `Explain why the API server accepts or rejects a credential, and how to fix it.

Sends the credential to the API server and reports the identity it assigns. If
you may create TokenReviews, the report has the API server's own reason for a
rejection. Otherwise, it shows what the credential proves and lists the other
causes. With several attempts or API servers, each must accept the credential.`,
		Example: `  # Explain why kubectl says Unauthorized
  kubectl authn explain

  # Explain the token that a Deployment's newest Pod uses
  kubectl authn explain deploy/web --exec

  # Explain an error message
  kubectl get pods 2>&1 | kubectl authn explain --error -

  # Summarize the authentication failures in a log
  kubectl authn explain --log audit.log`,
		Annotations: map[string]string{
			exitStatuses: `0 accepted for an audience asked for; with --log, the log was read
1 rejected or anonymous
2 undecided
3 wrong usage or unreadable input`,
			objectKinds: "Explanation LogSummary",
		},
		Args: oneCredential,
	}
	x.flags = c.Flags()
	s.source.addFlags(c)
	section(c, headQuestion, func(f *pflag.FlagSet) {
		addAudience(f, &x.question.Audiences)
		x.issuer.addFlags(f)
	})
	section(c, headQuestion, func(f *pflag.FlagSet) {
		f.IntVar(&x.question.Repeat, "repeat", 1, "Try `N` times, each over a new connection.")
		f.BoolVar(&x.question.EachServer, "each-server", false, "Try each API server of the cluster separately.")
		f.StringArrayVar(&x.question.Endpoints, "endpoint", nil, "Also try the API server at `URL` (repeatable).")
	})
	section(c, headQuestion, func(f *pflag.FlagSet) { x.configured = newConfigured(s, f, c.Flags()) })
	leaveToTopic(c, topicServer, "manifest", "root", "jwks")
	_ = c.Flags().SetAnnotation("authentication-config", flagBrief, []string{"Add what this configuration would reject next."})
	section(c, "Without a credential or a cluster", func(f *pflag.FlagSet) {
		f.StringVar(&x.pasted, "error", "", "Explain an error's `TEXT` (- for standard input).")
		f.StringVar(&x.log, "log", "", "Summarize an API server's log or audit log in `FILE`.")
		f.StringVar(&x.saved, "report", "", "Print a report that -o json saved in `FILE`.")
	})
	s.printing.prints(c, x.run, output.Markdown)
	s.printing.folds(c)
	return c
}

// headQuestion is the heading of what explain asks.
const headQuestion = "What to ask"

// An API server can answer five requests a second easily, and a hundred answers take less than half a minute.
const (
	mostRepeats    = 1000
	repeatInterval = 200 * time.Millisecond
)

func (x *explainCommand) run(ctx context.Context, args []string, out *paper) error {
	given := x.flags.Changed
	switch {
	case given("error") && given("log"):
		return usage(finding.Errorf("--error and --log cannot be combined"))
	case x.configured.isGiven() && (given("report") || given("log") || given("error")):
		return usage(finding.Errorf("--authentication-config, --manifest, --root and --jwks are for a credential, and not for --error, --log or --report")).
			hint(finding.T("to check a configuration without a cluster, use simulate"))
	case given("report"):
		return x.printSaved(args, out)
	case given("log"):
		return x.sumUpLog(ctx, args, out)
	case given("error"):
		return x.explainError(args, out)
	}
	return x.askServer(ctx, args, out)
}

// print prints an explanation and returns its exit status as an error.
func (x *explainCommand) print(out *paper, e *report.Explanation, status int) error {
	e.ExplainedAt = report.At(out.now.Truncate(time.Second))
	return out.end(e, status)
}

// askServer asks the API server about a credential.
func (x *explainCommand) askServer(ctx context.Context, args []string, out *paper) error {
	question, err := x.checked()
	if err != nil {
		return err
	}
	if err := x.configured.read(ctx); err != nil {
		return err
	}
	e, err := x.gather(ctx, args, question)
	if err != nil {
		return err
	}
	judged := diagnoses(e)
	status := verdictStatus(judged[0].Verdict)
	if given(e) > 1 {
		status, judged = x.severalJudged(e, judged)
	}
	if err := x.configured.addTo(ctx, e, judged); err != nil {
		return err
	}
	explanation := report.FromDiagnoses(e, judged)
	x.connector.addClusterFlags(explanation.Findings)
	for _, s := range explanation.Subjects {
		x.connector.addClusterFlags(s.Findings)
	}
	if explanation.Servers != nil {
		x.connector.addClusterFlags([]finding.Finding{{Remedy: explanation.Servers.Remedy}})
	}
	return x.print(out, explanation, status)
}

// given returns the number of given credentials.
func given(e *evidence.Evidence) int {
	n := 0
	for _, s := range e.Subjects {
		if s.IsGiven() {
			n++
		}
	}
	return n
}

// isForAnother reports whether the Pod's spec requests the token for another audience than the asked ones, so that its rejection
// is intended.
func isForAnother(c *credential.Credential, d *diagnose.Diagnosis, asked []string) bool {
	if c.Projected == nil || d.Verdict != diagnose.Rejected || d.Cause != finding.AudienceMismatch && d.Cause != finding.CredentialRejected {
		return false
	}
	if len(asked) == 0 {
		return c.Projected.Audience != ""
	}
	return !slices.Contains(asked, c.Projected.Audience)
}

// severalJudged puts the worst of several credentials first, and returns the exit status of all. Tokens of a Pod for other audiences
// count only if all are.
func (x *explainCommand) severalJudged(e *evidence.Evidence, judged []*diagnose.Diagnosis) (int, []*diagnose.Diagnosis) {
	var counted []int
	for i, s := range e.Subjects {
		if s.IsGiven() && !isForAnother(s.Credential, judged[i], e.Audiences) {
			counted = append(counted, i)
		}
	}
	if counted == nil {
		// All are, so the first is expanded. Each has the same verdict.
		counted = []int{0}
	}
	status, lead := exitYes, counted[0]
	for _, i := range counted {
		status = worse(status, verdictStatus(judged[i].Verdict))
	}
	if len(e.Endpoints) > 0 || len(e.Subjects[0].Attempts) > 0 {
		x.notice(finding.T("note: %s applies only to the first of %s credentials: %s. The others are sent once, to one API server; to ask more about another one, give only that one",
			x.severalBy(), finding.Count(given(e)), e.Subjects[0].Credential.Source))
	} else {
		rank := func(i int) int { return report.Rank(string(judged[i].Verdict), judged[i].Cause) }
		for _, i := range counted {
			if rank(i) > rank(lead) {
				lead = i
			}
		}
	}
	e.Lead(lead)
	return status, diagnoses(e)
}

// severalBy returns the flags that ask several times, or several API servers.
func (x *explainCommand) severalBy() finding.Text {
	var flags []finding.Value
	for _, f := range []struct {
		name  string
		given bool
	}{{"--repeat", x.question.Repeat > 1}, {"--each-server", x.question.EachServer}, {"--endpoint", len(x.question.Endpoints) > 0}} {
		if f.given {
			flags = append(flags, finding.Syntax(f.name))
		}
	}
	return finding.Join(" with ", flags...)
}

// checked checks the flags and returns the question.
func (x *explainCommand) checked() (collect.Options, error) {
	q := x.question
	err := checkAudiences(q.Audiences)
	if err != nil {
		return q, err
	}
	if q.Repeat < 1 || q.Repeat > mostRepeats {
		return q, usage(finding.Errorf("--repeat %s is not between 1 and %s", finding.Count(q.Repeat), finding.Count(mostRepeats)))
	}
	q.Cluster, q.ServerByFlag = x.connector.cluster(), *x.connector.flags.APIServer != ""
	if q.Endpoints, err = checkEndpoints(q.Endpoints); err != nil {
		return q, err
	}
	if q.IssuerURL = x.issuer.url; q.IssuerURL != "" {
		q.IssuerClient, err = x.issuer.client(x.inputs, x.connector.timeout)
	}
	return q, err
}

// gather gathers the evidence about a credential.
func (x *explainCommand) gather(ctx context.Context, args []string, question collect.Options) (*evidence.Evidence, error) {
	credentials, err := x.source.resolve(ctx, args)
	if err != nil {
		return nil, err
	}
	for _, c := range credentials {
		if len(question.Audiences) > 0 && (c.Certificate != nil || c.Basic != nil) {
			return nil, usage(finding.Errorf("--audience applies to tokens only, and %s is a %s", c.Source, finding.Syntax(c.Type())))
		}
	}
	caller, err := x.connector.askingCaller(ctx, credentials)
	if err != nil {
		fault := x.connector.faultOfOwn(ctx, credentials[0], err)
		if fault == nil {
			return nil, err
		}
		// The credential alone still proves some findings.
		e := collect.Offline(credentials[0], question.Now())
		e.Kubeconfig = fault
		return e, nil
	}
	if caller == nil {
		if question.EachServer || len(question.Endpoints) > 0 {
			x.notice(finding.T("note: no API server was asked, because the kubeconfig does not load and no CA is known to verify API servers with"))
		}
		return collect.Offline(credentials[0], question.Now()), nil
	}
	x.configured.caller = caller
	e := collect.Collect(ctx, caller, credentials, question)
	return e, ctx.Err()
}

func checkAudiences(audiences []string) error {
	if slices.Contains(audiences, "") {
		return usage(finding.Errorf("--audience is empty")).hint(finding.T("to ask for the API server's own audiences, omit --audience"))
	}
	return nil
}

// checkEndpoints returns the URLs of API servers in their normal form. An error does not repeat the URL, because
// it may contain a password.
func checkEndpoints(endpoints []string) ([]string, error) {
	var out []string
	for _, e := range endpoints {
		u, err := url.Parse(e)
		switch {
		case err == nil && u.Scheme == "http":
			return nil, usage(finding.Errorf("--endpoint is a plain http URL, and no credential is sent without TLS"))
		case err != nil || u.Scheme != "https" || u.Hostname() == "":
			return nil, usage(finding.Errorf("--endpoint is not an https URL such as https://10.0.0.11:6443"))
		case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
			return nil, usage(finding.Errorf("--endpoint is more than https://HOST:PORT"))
		}
		out = append(out, "https://"+strings.ToLower(u.Host))
	}
	return out, nil
}

// verdictStatus is the exit status of a verdict.
func verdictStatus(v diagnose.Verdict) int {
	switch v {
	case diagnose.Accepted:
		return exitYes
	case diagnose.Rejected, diagnose.Anonymous:
		return exitNo
	}
	return exitUndecided
}

// diagnoses judges each subject of the evidence, in order.
func diagnoses(e *evidence.Evidence) []*diagnose.Diagnosis {
	var out []*diagnose.Diagnosis
	for i := range e.Subjects {
		out = append(out, diagnose.Run(diagnose.NewCase(e.On(i)), checks.All))
	}
	return out
}

// issuerFlags name an issuer to ask, and the CA to trust for it.
type issuerFlags struct{ url, caFile string }

func (i *issuerFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&i.url, "issuer-url", "", "Read the discovery document and keys of issuer `URL`.")
	f.StringVar(&i.caFile, "ca-file", "", "Trust the CAs in the PEM `FILE` for the issuer.")
}

// addAudience adds the flag for the requested audiences.
func addAudience(f *pflag.FlagSet, audiences *[]string) {
	f.StringArrayVar(audiences, "audience", nil, "Check for `AUDIENCE` (repeatable; one is enough).")
}

func (i *issuerFlags) client(in *inputs, timeout func() (time.Duration, error)) (*http.Client, error) {
	if i.url != "" {
		if err := keysURL("--issuer-url", i.url, "https://issuer.example"); err != nil {
			return nil, err
		}
	}
	var ca []byte
	var err error
	if i.caFile != "" {
		if ca, err = in.read(i.caFile, "--ca-file", input.MaxNamed); err != nil {
			return nil, err
		}
	}
	bound, err := timeout()
	if err != nil {
		return nil, err
	}
	client, err := keyset.NewHTTPClient(ca, bound)
	if err != nil {
		return nil, usage(finding.Errorf("--ca-file %s: %s", finding.File.Of(i.caFile), finding.Err(err)))
	}
	return client, nil
}

// keysURL checks that a flag is an https URL from which keys can be read. Its error does not repeat the URL, which
// may contain a password.
func keysURL(flag, written, example string) error {
	switch u, err := url.Parse(written); {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return usage(finding.Errorf("%s is not an https URL such as %s", finding.Syntax(flag), finding.Syntax(example)))
	case !transport.Trusted(u):
		return usage(finding.Errorf("%s is a plain http URL: %s", finding.Syntax(flag), finding.Err(transport.ErrPlainHTTP))).
			hint(finding.T("use https; plain http works on loopback only (127.0.0.0/8, ::1, localhost)"))
	}
	return nil
}
