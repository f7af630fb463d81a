package cmd

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// configured is an API server configuration that was given beside a cluster.
type configured struct {
	*simulateCommand
	config *simulate.Config
	world  simulate.World
	// caller reads objects; nil if no API server was asked.
	caller *cluster.Caller
}

// newConfigured adds the flags of a configuration.
func newConfigured(of *session, f, all *pflag.FlagSet) *configured {
	s := &simulateCommand{
		source: of.source, connector: of.connector, inputs: of.inputs, redaction: of.redaction,
		notice: of.printing.notice, now: of.env.Now, all: all, given: pflag.NewFlagSet("", pflag.ContinueOnError), offline: true,
	}
	s.flags.AddFlags(s.given)
	f.AddFlag(s.given.Lookup("authentication-config"))
	f.StringVar(&s.manifest, "manifest", "", "Add what an API server with the configuration in `FILE` would reject next.")
	f.StringVar(&s.root, "root", "", "Read the files named in the manifest below `FOLDER`, instead of /.")
	f.StringArrayVar(&s.jwks, "jwks", nil, "Use the JWT issuer's keys in `[ISSUER=]FILE` with the configuration (repeatable).")
	return &configured{simulateCommand: s}
}

// isGiven reports whether a configuration was given.
func (c *configured) isGiven() bool {
	return slices.ContainsFunc([]string{"authentication-config", "manifest", "root", "jwks"}, c.all.Changed)
}

// read reads the configuration, before anything is asked.
func (c *configured) read(ctx context.Context) (err error) {
	if !c.isGiven() {
		return nil
	}
	withoutStartupLog(c.all)
	c.config, c.world, err = c.prepared(ctx, c.now(), c.configuration)
	if err != nil {
		return err
	}
	server, err := simulate.New(*c.config, c.world)
	if err != nil {
		return c.wouldNotStart(&simulate.Invalid{Err: err})
	}
	server.Close()
	return nil
}

// addTo adds to each diagnosis what an API server with the configuration would reject next, and whether its answer contradicts the
// configuration.
func (c *configured) addTo(ctx context.Context, e *evidence.Evidence, judged []*diagnose.Diagnosis) error {
	if c.config == nil {
		return nil
	}
	for i, d := range judged {
		if !e.Subjects[i].IsGiven() || d.Verdict == diagnose.Undecided && !d.Subject.Credential.IsToken() {
			continue
		}
		x, err := c.expects(ctx, e.On(i))
		if err != nil {
			return err
		}
		more := x.next(d)
		if f := x.contradiction(d, c.file()); f != nil {
			more = append([]finding.Finding{x.compared(*f, diagnose.NewCase(e.On(i)))}, more...)
		}
		// What the configuration proves is not merely possible.
		d.Findings = slices.DeleteFunc(d.Findings, func(f finding.Finding) bool { return !f.Explains() && x.rejects(f.ID) })
		behind := min(len(d.Findings), 1)
		if d.Cause == "" {
			behind = 0
		}
		d.Findings = slices.Insert(d.Findings, behind, more...)
	}
	return nil
}

// file is the file that has the configuration.
func (c *configured) file() finding.Value {
	return finding.File.Of(cmp.Or(c.manifest, c.flags.AuthenticationConfig))
}

// expectation is what an API server with the given configuration does with a credential.
type expectation struct {
	// first is the diagnosis of its answer.
	first *diagnose.Diagnosis
	// faults are the causes for which it rejects the credential, in its order, each once the faults before it are fixed.
	faults []finding.Finding
	// user is who the credential is without any fault; nil if that is not known.
	user *token.Identity
	// unchecked reports that the signature was not verified, as the issuer's keys were not given.
	unchecked bool
}

// expects judges a credential as an API server with the given configuration does.
func (c *configured) expects(ctx context.Context, e *evidence.Evidence) (*expectation, error) {
	world := c.world
	at, _ := e.ServerNow()
	world.Now = func() time.Time { return at }
	if c.caller != nil {
		world.Objects = live{c.caller}
	}
	server, err := simulate.New(*c.config, world)
	if err != nil {
		return nil, c.wouldNotStart(&simulate.Invalid{Err: err})
	}
	defer server.Close()
	subject := e.Subject().Credential
	_, judged := server.Judge(ctx, subject, e.Audiences)
	out := &expectation{first: diagnose.Run(diagnose.NewCase(judged), checks.All)}
	rejections, accepted, checked := server.Rejections(ctx, subject, e.Audiences)
	out.unchecked = !checked
	for _, r := range rejections {
		d := diagnose.Run(diagnose.NewCase(r.Evidence), checks.All)
		out.add(d, r.Answer.Error, c.file())
	}
	if rejections == nil && out.first.Verdict == diagnose.Rejected {
		out.add(out.first, "", c.file())
	}
	switch {
	case accepted != nil:
		out.user = simulate.Identity(accepted.User)
	case out.first.Verdict == diagnose.Accepted:
		out.user = out.first.User
	}
	return out, nil
}

// add adds the cause of a rejection. Its error message is not from the live server.
func (x *expectation) add(d *diagnose.Diagnosis, message string, file finding.Value) {
	i := slices.IndexFunc(d.Findings, func(f finding.Finding) bool { return f.ID == d.Cause })
	if i < 0 {
		return
	}
	f := d.Findings[i]
	seen := slices.DeleteFunc(slices.Clone(f.Evidence), func(e finding.Evidence) bool {
		if e.Kind == finding.ErrorMessage {
			message = cmp.Or(message, e.Value.String())
		}
		return e.Kind == finding.ErrorMessage || e.Kind == finding.WireAnswer
	})
	f.Evidence = nil
	if message != "" {
		f = f.SeenAt(finding.T("an API server with %s would return", file), finding.Message(message))
	}
	f.Evidence = append(f.Evidence, seen...)
	x.faults = append(x.faults, f)
}

// rejects reports whether the configuration rejects the credential for a reason.
func (x *expectation) rejects(id finding.ID) bool {
	return slices.ContainsFunc(x.faults, func(f finding.Finding) bool { return f.ID == id })
}

// next returns what the API server would reject next, behind the faults that its own answer or the credential already proved.
func (x *expectation) next(d *diagnose.Diagnosis) []finding.Finding {
	if d.Verdict == diagnose.Accepted {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(x.faults), func(f finding.Finding) bool {
		return slices.ContainsFunc(d.Findings, func(known finding.Finding) bool { return known.ID == f.ID && known.Explains() })
	})
}

// contradiction is the finding that the API server's answer is not what the configuration leads to; nil if they agree, or if the
// evidence does not prove that they differ.
func (x *expectation) contradiction(d *diagnose.Diagnosis, file finding.Value) *finding.Finding {
	var title, says finding.Text
	switch said := hasMessage(d); {
	case d.Verdict == diagnose.Accepted && len(x.faults) > 0:
		title = finding.T("the given configuration rejects the credential")
		says = finding.T("the API server accepts the credential, but an API server with %s would reject it: %s", file, x.faults[0].Title)
	case d.Verdict == diagnose.Accepted && x.user != nil && d.User != nil && x.user.Username != d.User.Username:
		title = finding.T("the given configuration names another user")
		says = finding.T("the API server identifies the credential as %q, but an API server with %s would identify it as %q", finding.User.Of(d.User.Username), file, finding.User.Of(x.user.Username))
	case d.Verdict != diagnose.Rejected || x.unchecked:
		return nil
	case len(x.faults) == 0 && x.user != nil:
		title = finding.T("the given configuration accepts the credential")
		says = finding.T("the API server rejects the credential, but an API server with %s would accept it as %q", file, finding.User.Of(x.user.Username))
	case said && len(x.faults) > 0 && !x.rejects(d.Cause):
		title = finding.T("the given configuration gives another reason")
		says = finding.T("the API server returns another reason than an API server with %s would return: %s", file, x.faults[0].Title)
	default:
		return nil
	}
	f := finding.Prove(finding.ConfigurationContradicted, "%s", says)
	f.Title = title
	return &f
}

// compared adds how to find out why the API server's answer differs.
func (x *expectation) compared(f finding.Finding, c *diagnose.Case) finding.Finding {
	if len(x.faults) > 0 {
		for _, e := range x.faults[0].Evidence[:min(1, len(x.faults[0].Evidence))] {
			f = f.SeenAt(e.Source, e.Value)
		}
	}
	return f.Fix("Compare the configuration with the command lines of the running API servers:",
		finding.Run("kubectl get pods --namespace kube-system --selector component=kube-apiserver --output yaml")).
		Fix("Ask each API server separately:", c.AskAgain(finding.Run("kubectl authn explain")).Add("--each-server"))
}

// hasMessage reports whether the API server's own error message led to the cause.
func hasMessage(d *diagnose.Diagnosis) bool {
	return slices.ContainsFunc(d.Findings, func(f finding.Finding) bool {
		return f.ID == d.Cause && f.Certainty == finding.Proved && slices.ContainsFunc(f.Evidence, func(e finding.Evidence) bool { return e.Kind == finding.ErrorMessage })
	})
}
