package cmd

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/collect"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

func newExplain(o *options) *cobra.Command {
	flags := output.NewFlags(output.Markdown)
	var s source
	var audiences []string
	var issuer issuerFlags
	anonymize := false
	repeat := 1
	eachServer := false
	var endpoints []string
	var pasted, log, saved string
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
as namespace-1, the same ones wherever they stand. Read the report before you
share it.`,
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
		RunE: func(c *cobra.Command, args []string) error {
			format, p, err := o.format(flags)
			if err != nil {
				return err
			}
			switch {
			case c.Flags().Changed("error") && c.Flags().Changed("log"):
				return usage("--error explains a text, and --log a log: choose one")
			case c.Flags().Changed("report"):
				explanation, err := o.savedReport(c, args, saved)
				if err != nil {
					return err
				}
				return o.printExplanation(format, p, explanation, anonymize)
			case c.Flags().Changed("log"):
				if err := alone(c, args, "--log explains a log"); err != nil {
					return err
				}
				summary, err := o.explainLog(c.Context(), log)
				if err != nil {
					return err
				}
				return o.printLog(format, p, summary, anonymize)
			case c.Flags().Changed("error"):
				explanation, err := o.explainError(c, args, pasted)
				if err != nil {
					return err
				}
				return o.printExplanation(format, p, explanation, anonymize)
			}
			if err := checkAudiences(audiences); err != nil {
				return err
			}
			if repeat < 1 || repeat > mostRepeats {
				return usage("--repeat %d is not between 1 and %d", repeat, mostRepeats)
			}
			collection := collect.Options{Audiences: audiences, EachServer: eachServer, Repeat: repeat, Interval: repeatInterval, Cluster: o.cluster(), ServerByFlag: *o.config.APIServer != "", Now: o.env.Now}
			if collection.Endpoints, err = checkEndpoints(endpoints); err != nil {
				return err
			}
			if collection.IssuerURL = issuer.url; issuer.url != "" {
				if collection.IssuerClient, err = issuer.client(o); err != nil {
					return err
				}
			}
			explanation, err := o.explain(c.Context(), &s, args, collection)
			if err != nil {
				return err
			}
			o.here(explanation.Findings)
			for _, s := range explanation.Subjects {
				o.here(s.Findings)
			}
			if explanation.Servers != nil {
				o.here([]finding.Finding{{Remedy: explanation.Servers.Remedy}})
			}
			return o.printExplanation(format, p, explanation, anonymize)
		},
	}
	s.addFlags(c)
	section(c, headQuestion, func(f *pflag.FlagSet) {
		addAudience(f, &audiences)
		issuer.addFlags(f)
	})
	section(c, "More than one answer", func(f *pflag.FlagSet) {
		f.IntVar(&repeat, "repeat", 1, "Ask `N` times, over new connections; at most 1000.")
		f.BoolVar(&eachServer, "each-server", false, "Ask each API server of the cluster by itself.")
		f.StringArrayVar(&endpoints, "endpoint", nil, "Ask the API server at the https `URL` by itself as well (repeatable).")
	})
	section(c, "Instead of a credential, and without a cluster", func(f *pflag.FlagSet) {
		f.StringVar(&pasted, "error", "", "Explain the `TEXT` of an error, - for standard input.")
		f.StringVar(&log, "log", "", "Sum up `FILE`, a log or audit log of an API server, - for standard input.")
		f.StringVar(&saved, "report", "", "Print the report of `FILE`, which was saved with -o json, - for standard input.")
	})
	section(c, headOutput, func(f *pflag.FlagSet) {
		flags.AddFlags(f)
		f.BoolVar(&anonymize, "anonymize", false, "Replace names, hosts, users and IDs by placeholders, for a report to share.")
	})
	return c
}

// Five times a second is nothing to an API server, and a hundred answers come in less than
// half a minute.
const (
	mostRepeats    = 1000
	repeatInterval = 200 * time.Millisecond
)

func (o *options) printExplanation(format *output.Format, p *paper, x *report.Explanation, anonymize bool) error {
	// A name that is replaced inside a secret would leave the rest of it unknown.
	token.Rewrite(x, o.secrets.RedactValue)
	if anonymize {
		x = report.Anonymize(x)
	}
	if err := o.print(format, p, x); err != nil {
		return err
	}
	return ended(verdictStatus(diagnose.Verdict(x.Verdict)))
}

func checkAudiences(audiences []string) error {
	for _, a := range audiences {
		if a == "" {
			return usage("--audience is empty: leave it out to ask for the API server's own audiences")
		}
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

func (o *options) explain(ctx context.Context, s *source, args []string, collection collect.Options) (*report.Explanation, error) {
	credentials, err := s.resolve(ctx, o, args)
	if err != nil {
		return nil, err
	}
	if c := credentials[0]; len(collection.Audiences) > 0 && (c.Certificate != nil || c.Basic != nil) {
		return nil, usage("--audience is about tokens, and %s is a %s, which has no audience", c.Source, c.Type())
	}
	caller, err := o.askingCaller(ctx, credentials)
	if err != nil {
		return nil, err
	}
	if caller == nil {
		if collection.EachServer || len(collection.Endpoints) > 0 {
			o.notice("note: without a kubeconfig that loads there is no CA that could vouch for an API server, and none is asked")
		}
		e := collect.Offline(credentials[0], o.env.Now())
		return report.FromDiagnoses(e, diagnoses(e)), nil
	}
	e := collect.Collect(ctx, caller, credentials, collection)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return report.FromDiagnoses(e, diagnoses(e)), nil
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

func (i *issuerFlags) client(o *options) (*http.Client, error) {
	if i.url != "" {
		if err := keysURL("--issuer-url", i.url, "https://issuer.example"); err != nil {
			return nil, err
		}
	}
	var ca []byte
	if i.caFile != "" {
		data, err := o.read(i.caFile, "--ca-file", input.MaxNamed)
		if err != nil {
			return nil, err
		}
		ca = data
	}
	timeout, err := o.timeout()
	if err != nil {
		return nil, err
	}
	client, err := keyset.NewHTTPClient(ca, timeout)
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

// timeout is --request-timeout, which may be written as seconds alone.
func (o *options) timeout() (time.Duration, error) {
	d, err := clientcmd.ParseTimeout(o.requestTimeout)
	if err != nil || d < 0 {
		return 0, usage("--request-timeout %q is not a duration such as 10s", o.requestTimeout)
	}
	return d, nil
}
