package cmd

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/klog/v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// simulateCommand tries credentials with a configuration.
type simulateCommand struct {
	source    *source
	connector *connector
	inputs    *inputs
	redaction *redaction
	notice    func(finding.Text)
	now       func() time.Time

	// all are the flags of the command, and given are the flags of kube-apiserver that were given.
	all, given  *pflag.FlagSet
	flags       simulate.Flags
	audiences   []string
	jwks        []string
	objects     []string
	live        bool
	offline     bool
	callWebhook bool
	at          string
	eachLine    bool
	against     string
	manifest    string
	root        string
	version     string
	// release is the value of version; 0 if the flag is not set.
	release simulate.Minor
	claims  string
	// files are the files of the configuration that were read.
	files []string
	// isOther reports that the manifest is the file of --against.
	isOther bool
	// first are the flags of kube-apiserver of the first configuration, if they do not apply to the manifest.
	first *pflag.FlagSet
	// unused counts the configurations that have no issuer for a key set.
	unused map[string]int
	// invalid are the faults of the configuration; nil without any.
	invalid *simulate.Invalid
}

func newSimulate(of *session) *cobra.Command {
	s := &simulateCommand{
		source: of.source, connector: of.connector, inputs: of.inputs, redaction: of.redaction,
		notice: of.printing.notice, now: of.env.Now, given: pflag.NewFlagSet("", pflag.ContinueOnError),
	}
	c := &cobra.Command{
		Use:   "simulate [CREDENTIAL]",
		Short: "Test an API server configuration, without a cluster",
		Long: `Predict how an API server with a given configuration treats a credential.

Runs the authenticators of Kubernetes ` + simulate.Release + ` with the configuration in a file,
a manifest or flags. Without CREDENTIAL, only checks that configuration.`,
		Example: `  # Predict the identity that a configuration assigns
  kubectl authn simulate -f token.txt --authentication-config auth.yaml

  # Find out why the API server rejected a token last night
  kubectl authn simulate -f token.txt --manifest kube-apiserver.yaml --at -8h

  # List the identities that a new configuration changes
  kubectl authn simulate -f tokens.txt --authentication-config old.yaml \
    --against new.yaml`,
		Annotations: map[string]string{
			exitStatuses: `0 accepted, or valid without CREDENTIAL; with --against, no change
1 rejected or anonymous; with --against, a change
2 undecided: an input that the verdict needs is missing
3 wrong usage, or the API server would not start with this configuration`,
			objectKinds: "Simulation SimulationList Comparison",
		},
		Args: oneCredential,
	}
	s.all = c.Flags()
	s.source.addFlags(c)
	c.Annotations[credentialArgument] = namesCredential
	s.given.SortFlags = false
	s.flags.AddFlags(s.given)
	section(c, headConfiguration, func(f *pflag.FlagSet) {
		f.AddFlag(s.given.Lookup("authentication-config"))
		f.StringVar(&s.manifest, "manifest", "", "Use the kube-apiserver flags in `FILE`: a Pod or workload, or a configuration of kubeadm, kind, k3s, RKE2, Talos, kops or systemd.")
		f.StringVar(&s.root, "root", "", "Read the files named in the manifest below `FOLDER`, instead of /.")
		f.StringVar(&s.against, "against", "", "Compare with `FILE`, a second AuthenticationConfiguration or manifest, for one token per line.")
		f.StringVar(&s.version, "kubernetes-version", "", "Add the known differences of release `VERSION`, such as v1.32.")
	})
	section(c, "Inputs", func(f *pflag.FlagSet) {
		addAudience(f, &s.audiences)
		f.StringVar(&s.at, "at", "", "Simulate at `TIME`: RFC 3339, or relative to now such as -1h or +30m (default: now).")
		f.StringVar(&s.claims, "claims", "", "Judge the claims in `FILE` (JSON or YAML) instead of a signed token.")
		f.StringArrayVar(&s.jwks, "jwks", nil, "Use the JWT issuer's keys in `[ISSUER=]FILE`, instead of asking the issuer (repeatable).")
		f.StringArrayVar(&s.objects, "objects", nil, "Use the ServiceAccounts, Secrets, Pods and Nodes in `FILE`, the output of kubectl get -o yaml (repeatable).")
		f.BoolVar(&s.live, "live", false, "Read these objects from the cluster, as your kubeconfig's user.")
		f.BoolVar(&s.offline, "offline", false, "Do not ask issuers for keys.")
		f.BoolVar(&s.callWebhook, "call-webhook", false, "Call the token webhook, which receives the token.")
	})
	s.given.VisitAll(func(given *pflag.Flag) {
		if given.Name != "authentication-config" {
			section(c, ofServer(given.Name), func(f *pflag.FlagSet) { f.AddFlag(given) })
			leaveToTopic(c, topicServer, given.Name)
		}
	})
	leaveToTopic(c, topicServer, "root", "offline", "call-webhook")
	for name, says := range map[string]string{
		"authentication-config": "Use this AuthenticationConfiguration.",
		"manifest":              "Use the flags in this manifest or configuration.",
		"against":               "Compare with this configuration or manifest.",
		"kubernetes-version":    "Add the differences of a release.",
		"at":                    "Simulate at TIME, such as -1h. (default now)",
		"claims":                "Judge these claims instead of a token.",
		"jwks":                  "Use these keys of the JWT issuer.",
		"objects":               "Use these objects (kubectl get -o yaml).",
		"live":                  "Read the objects from the cluster.",
	} {
		_ = c.Flags().SetAnnotation(name, flagBrief, []string{says})
	}
	of.printing.prints(c, s.run, output.Markdown)
	section(c, headOutput, func(f *pflag.FlagSet) { addEachLine(f, &s.eachLine) })
	of.printing.folds(c)
	return c
}

func (s *simulateCommand) run(ctx context.Context, args []string, out *paper) error {
	at, err := s.check(args)
	if err != nil {
		return err
	}
	out.now = at
	withoutStartupLog(s.all)
	server, err := s.server(ctx, at, s.configuration)
	if err != nil {
		return s.notStarted(out, err)
	}
	defer server.Close()
	switch {
	case !s.judges(args) && !s.compares():
		return s.checkOnly(out, server)
	case s.compares():
		return s.compareWith(ctx, args, out, server)
	case s.eachLine:
		return s.judgeLines(ctx, args, out, server)
	}
	return s.judge(ctx, args, out, server)
}

// compares reports whether two configurations are compared.
func (s *simulateCommand) compares() bool { return s.all.Changed("against") }

// check checks the flags; at is the time for which a credential is judged.
func (s *simulateCommand) check(args []string) (at time.Time, err error) {
	at = s.now()
	if err := checkAudiences(s.audiences); err != nil {
		return at, err
	}
	if err := s.stdinOnce(args); err != nil {
		return at, err
	}
	if s.claims != "" && (len(args) > 0 || s.source.filename != "" || s.eachLine) {
		return at, usage(finding.Errorf("--claims and a CREDENTIAL cannot be combined"))
	}
	if s.eachLine && s.compares() {
		return at, usage(finding.Errorf("--against and --each-line cannot be combined")).hint(finding.T("--against reads one token per line by default"))
	}
	switch {
	case s.root == "" && s.all.Changed("root"):
		return at, usage(finding.Errorf("--root is empty")).hint(finding.T("name the folder with the files of the host"))
	case s.live && len(s.objects) > 0:
		return at, usage(finding.Errorf("--live and --objects cannot be combined"))
	case s.callWebhook && s.offline:
		return at, usage(finding.Errorf("--call-webhook and --offline cannot be combined"))
	case s.live && s.offline:
		return at, usage(finding.Errorf("--live and --offline cannot be combined"))
	}
	if s.version != "" {
		if s.against != "" {
			return at, usage(finding.Errorf("--kubernetes-version and --against cannot be combined"))
		}
		if s.release, err = simulate.ParseMinor(s.version); err != nil {
			return at, usage(finding.Errorf("--kubernetes-version: %s", finding.Err(err)))
		}
	}
	return moment(s.at, at)
}

// judgeLines tries one token per line.
func (s *simulateCommand) judgeLines(ctx context.Context, args []string, out *paper, server *simulate.Server) error {
	return s.source.eachResult(ctx, args, out, 1, func() lineJudge {
		return s.source.eachObject(out, func(line int, t *credential.Credential) (any, int) {
			x := s.simulation(ctx, server, t)
			x.Line = line
			return x, simulationStatus(x)
		})
	})
}

// judge tries one credential.
func (s *simulateCommand) judge(ctx context.Context, args []string, out *paper, server *simulate.Server) error {
	credentials, err := s.credentials(ctx, args, server)
	if err != nil {
		return err
	}
	var items []report.Simulation
	status := exitYes
	for _, c := range credentials {
		x := s.simulation(ctx, server, c)
		if s.at != "" {
			x.At = report.At(out.now)
		}
		s.connector.addClusterFlags(x.Findings)
		status = worse(status, simulationStatus(x))
		items = append(items, *x)
	}
	if len(items) == 1 {
		return out.end(&items[0], status)
	}
	return out.end(report.NewSimulationList(items...), status)
}

// ofServer returns the heading for a flag of kube-apiserver.
func ofServer(name string) string {
	for _, of := range [][2]string{
		{"oidc-", "an OIDC issuer"}, {"requestheader-", "a front proxy"}, {"service-account-", "ServiceAccount tokens"},
		{"tls-private-key-file", "ServiceAccount tokens"}, {"authentication-token-webhook-", "a token webhook"},
	} {
		if strings.HasPrefix(name, of[0]) {
			return headServerFlags + " for " + of[1]
		}
	}
	return headServerFlags
}

// stdinOnce checks that standard input is read only once. With --against, everything but the tokens is read twice.
func (s *simulateCommand) stdinOnce(args []string) error {
	twice := s.compares()
	tokens := len(args) > 0 && args[0] == "-" || s.source.filename == "-" ||
		s.eachLine && len(args) == 0 && s.source.filename == "" || s.claims == "-"
	var of []string
	if tokens {
		of = append(of, "the credential")
	}
	named := func(flag, file string) {
		if file == "-" {
			of = append(of, flag)
		}
	}
	named("--manifest", s.manifest)
	named("--authentication-config", s.flags.AuthenticationConfig)
	for _, written := range s.jwks {
		named("--jwks", written[strings.LastIndex(written, "=")+1:])
	}
	for _, file := range s.objects {
		named("--objects", file)
	}
	switch {
	case len(of) > 1:
		return usage(finding.Errorf("standard input cannot be read twice, for %s and for %s", finding.Syntax(of[0]), finding.Syntax(of[1]))).hint(finding.T("use a file for one of them"))
	case twice && len(of) == 1 && !tokens:
		return usage(finding.Errorf("standard input cannot be read twice, and --against reads %s twice", finding.Syntax(of[0]))).hint(finding.T("use a file"))
	}
	return nil
}

// server reads the configuration and starts the simulated server.
func (s *simulateCommand) server(ctx context.Context, at time.Time, configuration func() (*simulate.Flags, simulate.Source, error)) (*simulate.Server, error) {
	config, world, err := s.prepared(ctx, at, configuration)
	if err != nil {
		return nil, err
	}
	server, err := simulate.New(*config, world)
	if err != nil {
		return nil, s.wouldNotStart(&simulate.Invalid{Err: err})
	}
	return server, nil
}

// prepared reads the configuration and everything that the simulated server needs.
func (s *simulateCommand) prepared(ctx context.Context, at time.Time, configuration func() (*simulate.Flags, simulate.Source, error)) (*simulate.Config, simulate.World, error) {
	world := simulate.World{Now: func() time.Time { return at }, Unsigned: s.claims != "", CallWebhook: s.callWebhook, Secrets: s.redaction.secrets}
	flags, from, err := configuration()
	if err != nil {
		return nil, world, err
	}
	from.Opened = func(name string) { s.files = append(s.files, name) }
	config, err := flags.Config(from)
	var invalid *simulate.Invalid
	switch {
	case errors.As(err, &invalid):
		return nil, world, s.wouldNotStart(invalid)
	case err != nil:
		return nil, world, s.unreadableFile(err)
	}
	s.notGiven(from, config)
	keys, err := s.keys(config)
	if err != nil {
		return nil, world, err
	}
	world.Keys = func(issuer string) ([]byte, bool) { data, ok := keys[issuer]; return data, ok }
	timeout, err := s.connector.timeout()
	if err != nil {
		return nil, world, err
	}
	world.Timeout = timeout
	if world.Objects, err = s.objectsFrom(ctx); err != nil {
		return nil, world, err
	}
	if !s.offline {
		world.Client = func(ca []byte) (*http.Client, error) { return keyset.NewHTTPClient(ca, timeout) }
	}
	return config, world, nil
}

// withoutStartupLog discards the API server's startup log unless -v asks for it.
func withoutStartupLog(flags *pflag.FlagSet) {
	if flags.Lookup("v").Value.String() == "0" {
		klog.SetOutput(io.Discard)
	}
}

// mostFaults is the maximum number of faults that are printed.
const mostFaults = 50

// objectsFrom returns the given ServiceAccounts and other objects, or reads them from the cluster; nil if no
// source is given.
func (s *simulateCommand) objectsFrom(ctx context.Context) (simulate.Objects, error) {
	switch {
	case s.live:
		caller, err := s.connector.caller(ctx)
		return live{caller}, err
	case len(s.objects) == 0:
		return nil, nil
	}
	snapshot := simulate.NewSnapshot()
	for _, name := range s.objects {
		data, err := s.inputs.read(name, "--objects", input.MaxNamed)
		if err != nil {
			return nil, err
		}
		if err := snapshot.Add(data); err != nil {
			return nil, usage(finding.Errorf("--objects %s: %s", finding.File.Of(name), finding.Err(err)))
		}
	}
	return snapshot, nil
}

// wouldNotStart returns the error that lists each fault as the API server words it, which may take several lines. It also keeps the
// faults for notStarted.
func (s *simulateCommand) wouldNotStart(invalid *simulate.Invalid) error {
	s.invalid = invalid
	faults := invalid.Each()
	reasons := finding.T("%s %s", finding.Count(len(faults)), finding.Syntax(plural(len(faults), "reason", "reasons")))
	f := usage(finding.Errorf("an API server would not start with this configuration, for %s", reasons))
	if invalid.OnlyUnfinished() {
		f = usage(finding.Errorf("this configuration is not complete and cannot be judged, for %s", reasons))
	}
	rest := len(faults) - mostFaults
	faults = faults[:min(len(faults), mostFaults)]
	all := invalid.Faults()
	for i, fault := range faults {
		lines := inLines(finding.Shorten(fault, finding.MaxText))
		if whole := all[i].Text(); len(lines) == 1 && whole.String() == fault {
			lines = []finding.Text{whole}
		}
		f.lines = append(f.lines, lines...)
	}
	if rest > 0 {
		f.lines = append(f.lines, finding.T("and %s more", finding.Count(rest)))
	}
	if s.release != 0 {
		f.lines = append(f.lines, s.inRelease(faults)...)
	}
	addFixes(f, invalid)
	return f
}

// inRelease compares the faults with those that the release of --kubernetes-version reports.
func (s *simulateCommand) inRelease(faults []string) []finding.Text {
	var out []finding.Text
	for _, fault := range faults {
		text, rejected := simulate.Reworded(s.release, fault)
		switch {
		case !rejected:
			out = append(out, finding.T("Kubernetes %s accepts it despite: %s", finding.Syntax(s.release.String()), finding.Message(strings.ReplaceAll(fault, "\n", " "))))
		case text != fault:
			out = append(out, finding.T("Kubernetes %s says:", finding.Syntax(s.release.String())))
			out = append(out, inLines(text)...)
		}
	}
	return out
}

// inLines returns the lines of a foreign text.
func inLines(text string) []finding.Text {
	var out []finding.Text
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, finding.T("%s", finding.Message(line)))
	}
	return out
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// configuration reads the configuration of the flags and the manifest.
func (s *simulateCommand) configuration() (*simulate.Flags, simulate.Source, error) {
	if s.manifest == "" {
		if s.root != "" && !s.compares() {
			return nil, simulate.Source{}, usage(finding.Errorf("--root needs --manifest"))
		}
		configures := false
		s.given.VisitAll(func(f *pflag.Flag) { configures = configures || f.Changed })
		if !configures {
			f := usage(finding.Errorf("no configuration was given"))
			if name := s.source.filename; name != "" && name != "-" {
				if data, err := s.inputs.files.Read(name, input.MaxGiven); err == nil && aliases.Check(data) == nil && manifest.IsAuthenticationConfiguration(data) {
					f.hint(finding.T("to check this configuration, run: kubectl authn simulate --authentication-config %s", finding.File.Of(name)))
				}
			}
			return nil, simulate.Source{}, f.
				hint(finding.T("use --authentication-config, --manifest, or flags of kube-apiserver such as --oidc-issuer-url"))
		}
		return &s.flags, simulate.Source{Files: s.inputs.files, Stdin: s.inputs.stdin}, nil
	}
	return s.fromManifest()
}

// keys reads the key sets that were given for issuers.
func (s *simulateCommand) keys(config *simulate.Config) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, written := range s.jwks {
		at := strings.LastIndex(written, "=")
		issuer, file := written[:max(at, 0)], written[at+1:]
		if at < 0 {
			if len(config.JWT) != 1 {
				if s.unusable(written) {
					continue
				}
				return nil, usage(finding.Errorf("--jwks %s names no issuer, and the configuration has %s JWT issuers", finding.File.Of(written), finding.Count(len(config.JWT)))).hint(finding.T("write --jwks ISSUER=FILE"))
			}
			issuer = config.JWT[0].Issuer.URL
		}
		if !slices.ContainsFunc(config.JWT, func(j simulate.JWTAuthenticator) bool { return j.Issuer.URL == issuer }) {
			if s.unusable(written) {
				continue
			}
			return nil, usage(finding.Errorf("--jwks %s: the configuration has no JWT issuer %q", finding.Quoted(written), finding.Issuer.Of(issuer)))
		}
		data, err := s.inputs.read(file, "--jwks", input.MaxNamed)
		if err != nil {
			return nil, err
		}
		data, form, err := keyset.AsJWKS(data)
		noteForm(s.notice, file, form)
		if err == nil {
			err = keyset.CheckJWKS(data)
		}
		if err != nil {
			return nil, usage(finding.Errorf("--jwks %s: %s", finding.File.Of(file), finding.Err(err)))
		}
		out[issuer] = data
	}
	return out, nil
}

// unusable records a key set that one of two configurations has no issuer for. It returns false for a single
// configuration.
func (s *simulateCommand) unusable(written string) bool {
	if s.unused == nil {
		s.unused = map[string]int{}
	}
	s.unused[written]++
	return s.compares()
}

// simulation asks the simulated server about one credential.
func (s *simulateCommand) simulation(ctx context.Context, server *simulate.Server, c *credential.Credential) *report.Simulation {
	done := waiting.For(ctx, "", "running the API server's authenticators")
	answer, e := server.Judge(ctx, c, s.audiences)
	done()
	d := diagnose.Run(diagnose.NewCase(e), checks.All)
	x := report.NewSimulation()
	x.Credential = report.FromCredential(c)
	x.Audiences, x.AcceptedFor, x.Kubernetes = s.audiences, d.AcceptedFor, simulate.Release
	x.Verdict, x.Error = string(d.Verdict), answer.Error
	x.Cause, x.Findings = d.Cause, d.Findings
	if d.Verdict == diagnose.Accepted {
		x.User = report.FromIdentity(d.User)
		x.Subjects = subjects(d.User)
		x.Findings = append(x.Findings, server.Warnings(c.Token, answer)...)
	}
	attempts := answer.Attempts
	if _, broken := c.Fault(credential.Unavailable); broken || c.Projected != nil && c.Token == nil {
		// No credential was tried, so the attempts are about an empty request.
		attempts = nil
	}
	for _, a := range attempts {
		out := report.Authenticator{Name: a.Name, Result: string(a.Opinion), Error: a.Error}
		for _, step := range a.Steps {
			if step.Name == trace.Signature && step.Outcome == trace.Passed {
				x.Credential.Verified = s.claims == ""
			}
			if s.claims != "" && (step.Name == trace.Signature || step.Name == "algorithm") {
				step.Outcome, step.Detail = trace.Skipped, finding.T("not checked: only claims were given")
			}
			out.Steps = append(out.Steps, report.Step{
				Name: step.Title(), Outcome: string(step.Outcome), Detail: step.Detail,
				Expression: step.Expression, Inputs: step.Inputs, Value: step.Value,
			})
		}
		x.Authenticators = append(x.Authenticators, out)
	}
	if s.release != 0 {
		s.compareRelease(x, server, c, answer)
	}
	if !answer.Decided() {
		x.Error = ""
		for _, m := range answer.Missing {
			x.Missing = append(x.Missing, finding.T("%s; %s", m.What, m.How))
		}
	}
	if s.claims != "" {
		ofClaims(x)
	}
	if i := slices.IndexFunc(x.Findings, func(f finding.Finding) bool { return f.ID == d.Cause }); i >= 0 {
		x.Findings[i] = traced(x.Findings[i], answer)
	}
	return x
}

// compareRelease adds the differences of the release of --kubernetes-version; c and answer are nil without a
// credential.
func (s *simulateCommand) compareRelease(x *report.Simulation, server *simulate.Server, c *credential.Credential, answer *simulate.Answer) {
	x.ComparedWith = s.release.String()
	if answer == nil {
		answer = &simulate.Answer{}
	}
	differences := server.Differences(s.release, c, answer)
	for _, d := range differences {
		x.Differences = append(x.Differences, report.Difference{Releases: d.Releases, Affects: string(d.Affects), Detail: d.Detail, Reference: d.Reference})
	}
	s.notStarting(x, differences)
	if f := simulate.ReleaseDiffers(s.release, differences); f != nil {
		x.Findings = append(x.Findings, *f)
	}
}

// notStarting marks the configuration as invalid if the release would not start with it.
func (s *simulateCommand) notStarting(x *report.Simulation, differences []simulate.Difference) {
	for _, d := range differences {
		if !d.Prevents {
			continue
		}
		if x.Configuration == nil {
			x.Configuration = s.checked(nil).Configuration
		}
		x.Configuration.Valid = false
		x.Configuration.Errors = append(x.Configuration.Errors, report.ConfigurationError{Message: d.Detail})
	}
}

// simulationStatus returns the exit status for a simulation.
func simulationStatus(x *report.Simulation) int {
	switch {
	case x.Configuration != nil && !x.Configuration.Valid:
		return exitUsage
	case x.Verdict == "":
		return exitYes
	}
	return verdictStatus(diagnose.Verdict(x.Verdict))
}

// traced adds to the cause what only the simulation knows: the values that the failed expression
// saw, or how to give a missing input.
func traced(cause finding.Finding, answer *simulate.Answer) finding.Finding {
	if cause.ID == finding.InputNotGiven {
		for _, m := range answer.Missing {
			if len(answer.Missing) == 1 {
				return cause.FixBy(finding.T("%s.", m.How).Capital(), finding.Command{})
			}
			cause = cause.FixBy(finding.T("%s: %s.", m.What, m.How).Capital(), finding.Command{})
		}
		return cause
	}
	for _, a := range answer.Attempts {
		for _, step := range a.Steps {
			if step.Name == trace.Discovery && step.Outcome == trace.Failed && cause.ID == finding.OIDCNotInitialized {
				return notUsable(cause, step)
			}
			if step.Expression == "" || step.Outcome != trace.Failed || a.Opinion != simulate.Rejected {
				continue
			}
			if fix := simulate.ExpressionFix(step, answer.Error); !fix.IsZero() {
				cause.Remedy = append([]finding.Remedy{{Description: fix}}, cause.Remedy...)
			}
			cause = cause.SeenAt(step.Title(), finding.Message(step.Expression))
			for _, name := range slices.Sorted(maps.Keys(step.Inputs)) {
				cause = cause.SeenAt(finding.T("%s", finding.Standard(name)), finding.Message(step.Inputs[name]))
			}
			if step.Value != "" {
				cause = cause.Seen("value", finding.Message(step.Value))
			}
		}
	}
	return cause
}

// notUsable is the cause for an issuer whose discovery document no API server can use.
func notUsable(cause finding.Finding, step trace.Step) finding.Finding {
	cause.Title = finding.T("the API server cannot use the issuer's discovery document")
	cause.Detail, cause.Remedy = step.Detail, nil
	return cause.FixBy(finding.T("Write `issuer.url` exactly as the `issuer` in the discovery document, and use the discovery document of that issuer. For Entra, both contain the ID of the tenant, not `common` or `organizations`."), finding.Command{})
}

// assignedToAll reports whether the API server assigns a group to every user or every ServiceAccount.
// A role bound to such a group applies to others as well.
func assignedToAll(group string) bool {
	return group == user.AllAuthenticated || strings.HasPrefix(group, "system:serviceaccounts")
}

// subjects returns the subjects by which a RoleBinding may name a user, the user itself first.
func subjects(u *token.Identity) []report.RBACSubject {
	const group = "rbac.authorization.k8s.io"
	var out []report.RBACSubject
	if name, ok := strings.CutPrefix(u.Username, "system:serviceaccount:"); ok {
		namespace, name, _ := strings.Cut(name, ":")
		out = append(out, report.RBACSubject{Kind: "ServiceAccount", Namespace: namespace, Name: name})
	} else {
		out = append(out, report.RBACSubject{Kind: "User", APIGroup: group, Name: u.Username})
	}
	for _, g := range u.Groups {
		if !assignedToAll(g) {
			out = append(out, report.RBACSubject{Kind: "Group", APIGroup: group, Name: g})
		}
	}
	return out
}
