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
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// explainCommand asks the API server about a credential, or explains what is at hand.
type explainCommand struct {
	flags     *pflag.FlagSet
	source    *source
	connector *connector
	inputs    *inputs
	notice    func(finding.Text)
	// question is what the API server is asked.
	question           collect.Options
	issuer             issuerFlags
	pasted, log, saved string
}

func newExplain(s *session) *cobra.Command {
	x := &explainCommand{
		source: s.source, connector: s.connector, inputs: s.inputs, notice: s.printing.notice,
		question: collect.Options{Interval: repeatInterval, Now: s.env.Now},
	}
	c := &cobra.Command{
		Use:   "explain [CREDENTIAL]",
		Short: "Say what the API server makes of a credential, and why",
		Long: `Say what the API server makes of a credential, why, and what to do about it.

The credential is sent to the API server, which is asked whom it takes it for.
With the right to create TokenReviews, the server also says why it refuses a
token. The objects behind the token, the cluster's keys and the clocks are
looked at as far as you may read them. All checks are listed, with those that
could not be made.

For failures that come and go, --repeat asks again and again, five times a
second, and counts the answers. --each-server asks every API server of the
cluster by itself, at the address that it has in the EndpointSlices of the
Service kubernetes, and compares what they say; --endpoint names one by hand.
Accepted is what was accepted each time, and by each. A server is sent the
credential only after it has shown a certificate of the kubeconfig's CA, for the
name of the kubeconfig's server or for kubernetes.default.svc.

Without a credential or a cluster, --error explains the text of an error: what
kubectl printed, a TokenReview's status.error, lines of an API server's log,
what a cloud or Vault said to a token. --log sums up a whole log or audit log of
an API server: a line for each cause of failed authentications, with how often,
from when to when, and whose. It may be of any size, compressed with gzip, and
as a container runtime, a journal or kubectl logs wrote it. --report prints a
report that was saved with -o json once more, as text or in any other format;
the exit status is that of its verdict.

With --anonymize, names, hosts, users and IDs are replaced by placeholders such
as NAMESPACE-1. Within one report, the same name gets the same placeholder.
Known messages of servers keep their fixed words; unknown ones are withheld.
Errors and the output of exec plugins, on standard error, keep their names.
Read the report before you share it.`,
		Example: `  # kubectl says Unauthorized: why?
  kubectl authn explain

  # Why does the API server refuse this token?
  kubectl authn explain -f token.txt

  # Why is a Pod refused? Its token, read where the program reads it
  kubectl authn explain pod/web --exec

  # Would Vault, which asks with its own audience, be told yes?
  kubectl authn explain -f token.txt --audience vault

  # It works now and then: do the API servers behind the address agree?
  kubectl authn explain -f token.txt --repeat 50

  # Which of them refuses it, and why?
  kubectl authn explain -f token.txt --each-server

  # The same of one of them, where their addresses may not be read
  kubectl authn explain -f token.txt --endpoint https://10.0.0.11:6443

  # What does this error mean? Nobody is asked
  kubectl get pods 2>&1 | kubectl authn explain --error -

  # What fails in this cluster, and how often?
  kubectl -n kube-system logs -l component=kube-apiserver --tail=-1 |
    kubectl authn explain --log -

  # Who sends bad tokens? The audit log knows from where
  kubectl authn explain --log audit.log

  # A report for a ticket; it holds no secret
  kubectl authn explain -f token.txt -o markdown

  # The same for a public one, without the names of your things
  kubectl authn explain -f token.txt -o markdown --anonymize

  # A report that somebody saved with -o json, for people
  kubectl authn explain --report report.json`,
		Annotations: map[string]string{
			exitStatuses: `0 accepted, for one of the audiences asked about; with --log, the log could be read
1 refused, or anonymous
2 undecided: the API server could not be asked, or would not say
3 wrong usage, or nothing that can be read`,
			objectKinds: "Explanation LogSummary",
		},
		Args: atMostOne,
	}
	x.flags = c.Flags()
	s.source.addFlags(c)
	section(c, headQuestion, func(f *pflag.FlagSet) {
		addAudience(f, &x.question.Audiences)
		x.issuer.addFlags(f)
	})
	section(c, "More than one answer", func(f *pflag.FlagSet) {
		f.IntVar(&x.question.Repeat, "repeat", 1, "Ask `N` times, over new connections; at most 1000.")
		f.BoolVar(&x.question.EachServer, "each-server", false, "Ask each API server of the cluster by itself.")
		f.StringArrayVar(&x.question.Endpoints, "endpoint", nil, "Ask the API server at the https `URL` by itself as well (repeatable).")
	})
	section(c, "Instead of a credential, and without a cluster", func(f *pflag.FlagSet) {
		f.StringVar(&x.pasted, "error", "", "Explain the `TEXT` of an error, - for standard input.")
		f.StringVar(&x.log, "log", "", "Sum up `FILE`, a log or audit log of an API server, - for standard input.")
		f.StringVar(&x.saved, "report", "", "Print the report of `FILE`, which was saved with -o json, - for standard input.")
	})
	s.printing.prints(c, x.run, output.Markdown)
	return c
}

// Five times a second is nothing to an API server, and a hundred answers come in less than
// half a minute.
const (
	mostRepeats    = 1000
	repeatInterval = 200 * time.Millisecond
)

func (x *explainCommand) run(ctx context.Context, args []string, out *paper) error {
	given := x.flags.Changed
	switch {
	case given("error") && given("log"):
		return usage("--error explains a text, and --log a log: choose one")
	case given("report"):
		return x.printSaved(args, out)
	case given("log"):
		return x.sumUpLog(ctx, args, out)
	case given("error"):
		return x.explainError(args, out)
	}
	return x.askServer(ctx, args, out)
}

// print prints an explanation, whose verdict is the exit status.
func (x *explainCommand) print(out *paper, e *report.Explanation) error {
	e.ExplainedAt = report.At(out.now.Truncate(time.Second))
	return out.end(e, verdictStatus(diagnose.Verdict(e.Verdict)))
}

// askServer asks the API server about a credential.
func (x *explainCommand) askServer(ctx context.Context, args []string, out *paper) error {
	question, err := x.checked()
	if err != nil {
		return err
	}
	e, err := x.gather(ctx, args, question)
	if err != nil {
		return err
	}
	explanation := report.FromDiagnoses(e, diagnoses(e))
	x.connector.addClusterFlags(explanation.Findings)
	for _, s := range explanation.Subjects {
		x.connector.addClusterFlags(s.Findings)
	}
	if explanation.Servers != nil {
		x.connector.addClusterFlags([]finding.Finding{{Remedy: explanation.Servers.Remedy}})
	}
	return x.print(out, explanation)
}

// checked is the question, after its flags are checked.
func (x *explainCommand) checked() (collect.Options, error) {
	q := x.question
	err := checkAudiences(q.Audiences)
	if err != nil {
		return q, err
	}
	if q.Repeat < 1 || q.Repeat > mostRepeats {
		return q, usage("--repeat %d is not between 1 and %d", q.Repeat, mostRepeats)
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
	if c := credentials[0]; len(question.Audiences) > 0 && (c.Certificate != nil || c.Basic != nil) {
		return nil, usage("--audience is about tokens, and %s is a %s, which has no audience", c.Source, c.Type())
	}
	caller, err := x.connector.askingCaller(ctx, credentials)
	if err != nil {
		return nil, err
	}
	if caller == nil {
		if question.EachServer || len(question.Endpoints) > 0 {
			x.notice(finding.T("note: without a kubeconfig that loads there is no CA that could vouch for an API server, and none is asked"))
		}
		return collect.Offline(credentials[0], question.Now()), nil
	}
	e := collect.Collect(ctx, caller, credentials, question)
	return e, ctx.Err()
}

func checkAudiences(audiences []string) error {
	if slices.Contains(audiences, "") {
		return usage("--audience is empty: leave it out to ask for the API server's own audiences")
	}
	return nil
}

// checkEndpoints returns the URLs of API servers as they are asked. One that is wrong is
// not repeated: it may hold a password.
func checkEndpoints(endpoints []string) ([]string, error) {
	var out []string
	for _, e := range endpoints {
		u, err := url.Parse(e)
		switch {
		case err == nil && u.Scheme == "http":
			return nil, usage("--endpoint is an http URL: no credential is sent without TLS")
		case err != nil || u.Scheme != "https" || u.Hostname() == "":
			return nil, usage("--endpoint is not an https URL such as https://10.0.0.11:6443")
		case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
			return nil, usage("--endpoint is the address of an API server, https://HOST:PORT and nothing more")
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

// issuerFlags name an issuer that may be asked, and whom to trust for it.
type issuerFlags struct{ url, caFile string }

func (i *issuerFlags) addFlags(f *pflag.FlagSet) {
	f.StringVar(&i.url, "issuer-url", "", "Ask the issuer at the https `URL` for its discovery document and keys; never taken from a token. Plain http is for this machine only.")
	f.StringVar(&i.caFile, "ca-file", "", "Trust the CAs of the PEM `FILE` for the issuer, in place of the system's.")
}

// addAudience adds the flag for what a token may be good for.
func addAudience(f *pflag.FlagSet, audiences *[]string) {
	f.StringArrayVar(audiences, "audience", nil, "Ask about `AUDIENCE` (repeatable: one of them is enough); without it, about the API server's own.")
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
		return nil, usage("--ca-file %s: %w", i.caFile, err)
	}
	return client, nil
}

// keysURL refuses the URL of a flag where keys are not read from it. The URL is not repeated:
// it may hold a password.
func keysURL(flag, written, example string) error {
	switch u, err := url.Parse(written); {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return usage("%s is not an https URL such as %s", flag, example)
	case !transport.Trusted(u):
		return usage("%s is a plain http URL: %w", flag, transport.ErrPlainHTTP).
			hint("use https; plain http is taken from this machine only (127.0.0.0/8, ::1, localhost)")
	}
	return nil
}
