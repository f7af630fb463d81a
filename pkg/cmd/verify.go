package cmd

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
)

// verifyCommand verifies tokens. Its flags select the keys and the conditions.
type verifyCommand struct {
	source    *source
	connector *connector
	inputs    *inputs
	notice    func(finding.Text)
	now       func() time.Time

	issuerURL   issuerFlags
	jwks        []string
	publicKeys  []string
	fromCluster bool
	issuer      string
	audiences   []string
	at          string
	leeway      time.Duration
	eachLine    bool
}

func newVerify(s *session) *cobra.Command {
	v := &verifyCommand{source: s.source, connector: s.connector, inputs: s.inputs, notice: s.printing.notice, now: s.env.Now}
	c := &cobra.Command{
		Use:   "verify [CREDENTIAL]",
		Short: "Verify a token's signature and claims offline",
		Long: `Verify a token's signature and claims offline, with keys that you choose.

Keys come from files (--jwks, --public-key), from an issuer's discovery document
(--issuer-url) or from the API server (--from-cluster), never from the token
itself. The rules are those of RFC 7515, 7517, 7518 and 7519. The report lists
every fault. A warning says what was not checked, and whether an API server with
these keys decides differently.`,
		Example: `  # Verify with the cluster's keys, downloaded once
  kubectl authn discover -o jwks > keys.json
  kubectl authn verify -f token.txt --jwks keys.json

  # Verify with the key file of the control plane
  kubectl authn verify -f token.txt --public-key sa.pub

  # Verify as a service does, with an issuer and an audience
  kubectl authn verify -f token.txt --issuer-url https://issuer.example \
    --audience vault

  # Check whether a token was valid at a given time
  kubectl authn verify -f token.txt --from-cluster --at 2026-05-24T19:10:28Z

  # Verify many tokens, one per line
  kubectl authn verify --each-line -f tokens.txt --jwks keys.json`,
		Annotations: map[string]string{
			exitStatuses: `0 valid
1 not valid; with --each-line, at least one token is not valid
2 the token or the keys could not be fetched
3 wrong usage or unreadable input`,
			objectKinds: "Verification VerificationList",
		},
		Args: oneCredential,
	}
	v.source.addFlags(c)
	section(c, "Keys", func(f *pflag.FlagSet) {
		f.StringArrayVar(&v.jwks, "jwks", nil, "Use the keys (a JWKS, JWKs, or PEM by key ID) in `FILE`, at an https URL, or on standard input with - (repeatable).")
		f.StringArrayVar(&v.publicKeys, "public-key", nil, "Use the public keys or certificates in the PEM `FILE` (repeatable).")
		f.BoolVar(&v.fromCluster, "from-cluster", false, "Use the keys that the API server publishes.")
		v.issuerURL.addFlags(f)
	})
	section(c, "Requirements", func(f *pflag.FlagSet) {
		f.StringVar(&v.issuer, "issuer", "", "Require this exact `ISSUER` (default: the value of --issuer-url).")
		f.StringArrayVar(&v.audiences, "audience", nil, "Require `AUDIENCE` (repeatable, one is enough).")
		f.StringVar(&v.at, "at", "", "Require validity at `TIME`: RFC 3339, or relative to now such as -1h or +30m (default: now).")
		f.DurationVar(&v.leeway, "leeway", 0, "Allow the clocks of issuer and verifier to differ by `DURATION`.")
	})
	s.printing.prints(c, v.run, output.Markdown)
	section(c, headOutput, func(f *pflag.FlagSet) { addEachLine(f, &v.eachLine) })
	s.printing.folds(c)
	return c
}

func (v *verifyCommand) run(ctx context.Context, args []string, out *paper) error {
	settings, err := v.settings(args)
	if err != nil {
		return err
	}
	keys, err := v.keys(ctx, &settings)
	if err != nil {
		return err
	}
	if v.eachLine {
		return v.verifyLines(ctx, args, out, keys, settings)
	}
	return v.verifyToken(ctx, args, out, keys, settings)
}

// verifyLines verifies one token per line.
func (v *verifyCommand) verifyLines(ctx context.Context, args []string, out *paper, keys *keyset.KeySet, settings keyset.Options) error {
	for _, f := range settings.NotChecked() {
		v.notice(finding.T("warning: %s", f.Title))
	}
	return v.source.eachResult(ctx, args, out, runtime.GOMAXPROCS(0), func() lineJudge {
		return (&lineVerifier{keys: keys, settings: settings, out: out}).verify
	})
}

// verifyToken verifies one token, or each of several.
func (v *verifyCommand) verifyToken(ctx context.Context, args []string, out *paper, keys *keyset.KeySet, settings keyset.Options) error {
	credentials, err := v.source.resolve(ctx, args)
	if err != nil {
		return err
	}
	v.source.noteLines(credentials)
	chosen, status, err := v.source.judgeable(credentials, verifiable)
	if err != nil {
		return err
	}
	if v.at != "" {
		// The report calls that time now.
		out.now = settings.At
		v.notice(finding.T("judged as of %s", finding.Time(settings.At)))
	}
	var items []report.Verification
	for _, subject := range chosen {
		result := v.verified(ctx, subject, keys, settings)
		status = worse(status, yesOrNo(result.Valid))
		items = append(items, *result)
	}
	if len(credentials) == 1 {
		return out.end(&items[0], status)
	}
	return out.end(report.NewVerificationList(items...), status)
}

// verified is the verification of one token, with the differences of an API server.
func (v *verifyCommand) verified(ctx context.Context, subject *credential.Credential, keys *keyset.KeySet, settings keyset.Options) *report.Verification {
	result := verification(subject, keys, settings)
	result.Findings = append(result.Findings, differs(ctx, subject.Token, keys, settings, result.Valid, result.Findings)...)
	if subject.Token.Claims != nil {
		result.Findings = append(result.Findings, settings.NotChecked()...)
	}
	withKeys(result, keys.Findings)
	withEncoding(result, subject)
	v.connector.addClusterFlags(result.Findings)
	return result
}

// settings checks the flags.
func (v *verifyCommand) settings(args []string) (keyset.Options, error) {
	s := keyset.Options{Issuer: v.issuer, Audiences: v.audiences, Leeway: v.leeway, At: v.now()}
	if err := checkAudiences(v.audiences); err != nil {
		return s, err
	}
	if v.leeway < 0 {
		return s, usage(finding.Errorf("--leeway %s is negative", finding.Syntax(v.leeway.String())))
	}
	if len(v.jwks) == 0 && len(v.publicKeys) == 0 && v.issuerURL.url == "" && !v.fromCluster {
		return s, usage(finding.Errorf("no key to verify with was given")).hint(finding.T("choose keys with --jwks, --public-key, --issuer-url or --from-cluster"))
	}
	var err error
	if s.At, err = moment(v.at, s.At); err != nil {
		return s, err
	}
	if v.stdinUses(args) > 1 {
		return s, usage(finding.Errorf("standard input cannot be read twice")).hint(finding.T("use a file for the keys or for the token"))
	}
	return s, nil
}

// stdinUses returns how many flags and arguments read standard input.
func (v *verifyCommand) stdinUses(args []string) (n int) {
	for _, name := range slices.Concat(v.jwks, v.publicKeys, []string{v.source.filename}, args) {
		if name == "-" {
			n++
		}
	}
	if v.eachLine && v.source.filename == "" && len(args) == 0 {
		n++
	}
	return n
}

// moment parses a time: RFC 3339, a date, or a duration from now. An empty text is now.
func moment(written string, now time.Time) (time.Time, error) {
	if written == "" {
		return now, nil
	}
	if d, err := time.ParseDuration(written); err == nil && strings.ContainsAny(written[:1], "+-") {
		return now.Add(d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, written); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage(finding.Errorf("--at %q is not a time such as 2026-05-24T19:10:28Z or -1h", finding.Quoted(written)))
}

// keys reads the keys of the flags.
func (v *verifyCommand) keys(ctx context.Context, settings *keyset.Options) (*keyset.KeySet, error) {
	var sets []*keyset.KeySet
	for _, from := range []struct {
		names []string
		read  func(context.Context, string) (*keyset.KeySet, error)
	}{
		{v.jwks, v.jwksFrom}, {v.publicKeys, v.publicKeysFrom},
	} {
		for _, name := range from.names {
			set, err := from.read(ctx, name)
			if err != nil {
				return nil, err
			}
			sets = append(sets, set)
		}
	}
	if v.issuerURL.url != "" {
		set, err := v.issuersKeys(ctx, settings)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	if v.fromCluster {
		set, err := v.clustersKeys(ctx)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return keyset.Merge(sets...), nil
}

// issuersKeys reads the keys of --issuer-url, and requires that issuer.
func (v *verifyCommand) issuersKeys(ctx context.Context, settings *keyset.Options) (*keyset.KeySet, error) {
	client, err := v.issuerURL.client(v.inputs, v.connector.timeout)
	if err != nil {
		return nil, err
	}
	d, err := (&keyset.Fetcher{Client: client}).Discover(ctx, v.issuerURL.url)
	if err != nil {
		return nil, undecided(finding.Errorf("--issuer-url: %s", finding.Err(err)))
	}
	if settings.Issuer == "" {
		settings.Issuer = strings.TrimSuffix(v.issuerURL.url, cluster.DiscoveryPath)
	} else if d.Issuer == settings.Issuer {
		// The URL is the address of this issuer's document and not its name.
		d.Findings = slices.DeleteFunc(d.Findings, func(f finding.Finding) bool { return f.ID == finding.DiscoveryIssuerMismatch })
	}
	d.KeySet.Findings = append(d.KeySet.Findings, d.Findings...)
	return d.KeySet, nil
}

// clustersKeys reads the keys that the API server publishes.
func (v *verifyCommand) clustersKeys(ctx context.Context) (*keyset.KeySet, error) {
	caller, err := v.connector.caller(ctx)
	if err != nil {
		return nil, err
	}
	d := caller.Document(ctx, cluster.KeysPath)
	if d.Failure != nil {
		err := undecided(finding.Errorf("--from-cluster: the keys of the API server could not be read: %s", finding.Err(d.Failure)))
		if d.Failure.Kind == evidence.Forbidden {
			err.hint(finding.T("ask an administrator to bind the ClusterRole system:service-account-issuer-discovery to you"))
		}
		return nil, err
	}
	set, err := keyset.ParseJWKS(d.Body, finding.T("the API server's "+cluster.KeysPath))
	if err != nil {
		return nil, undecided(finding.Errorf("--from-cluster: %s", finding.Err(err)))
	}
	return set, nil
}

// jwksFrom reads the key set of a file or a URL.
func (v *verifyCommand) jwksFrom(ctx context.Context, name string) (*keyset.KeySet, error) {
	if !strings.HasPrefix(name, "https://") && !strings.HasPrefix(name, "http://") {
		set, err := v.inputs.keys(name, "--jwks", keyset.ParseKeys)
		if err == nil {
			v.noteForm(name, set.Form)
		}
		return set, err
	}
	if err := keysURL("--jwks", name, "https://issuer.example/keys"); err != nil {
		return nil, err
	}
	client, err := v.issuerURL.client(v.inputs, v.connector.timeout)
	if err != nil {
		return nil, err
	}
	set, err := (&keyset.Fetcher{Client: client}).FetchKeys(ctx, name)
	var e *keyset.Error
	switch {
	case errors.As(err, &e) && e.Unusable:
		return nil, usage(finding.Errorf("--jwks: %s", finding.Err(err)))
	case err != nil:
		return nil, undecided(finding.Errorf("--jwks: %s", finding.Err(err)))
	}
	v.noteForm(name, set.Form)
	return set, nil
}

func (v *verifyCommand) noteForm(name string, form finding.Text) { noteForm(v.notice, name, form) }

// noteForm says that keys were read from a document that is no key set.
func noteForm(notice func(finding.Text), name string, form finding.Text) {
	if !form.IsZero() {
		notice(finding.T("note: --jwks %s is %s and was read as a key set; an API server reads only key sets", finding.File.Of(name), form))
	}
}

func (v *verifyCommand) publicKeysFrom(_ context.Context, name string) (*keyset.KeySet, error) {
	return v.inputs.keys(name, "--public-key", keyset.ParsePEM)
}

// keys reads the keys of a file that a flag names.
func (in *inputs) keys(name, flag string, parse func([]byte, finding.Text) (*keyset.KeySet, error)) (*keyset.KeySet, error) {
	data, err := in.read(name, flag, input.MaxNamed)
	if err != nil {
		return nil, err
	}
	set, err := parse(data, finding.T("%s", finding.File.Of(name)))
	if err != nil {
		return nil, usage(finding.Errorf("%s %s: %s", finding.Syntax(flag), finding.File.Of(name), finding.Err(err)))
	}
	return set, nil
}

// verifiable rejects credentials without a signature to verify.
func verifiable(c *credential.Credential) error {
	switch {
	case c.Token != nil:
		return nil
	case c.Certificate != nil:
		return usage(finding.Errorf("%s is a client certificate, and verify takes tokens only", c.Source)).hint(finding.T("to check a client certificate, run: kubectl authn explain"))
	}
	return holdsNone(c, "verify")
}

// holdsNone is the error for a credential with neither a token nor a certificate.
func holdsNone(c *credential.Credential, purpose string) *failure {
	if fault, broken := c.Fault(credential.Unavailable); broken {
		return undecided(finding.Errorf("there is no token to %s: %s", finding.Syntax(purpose), checks.FromFault(c, fault).Detail))
	}
	if c.Projected != nil {
		return unread(c, purpose)
	}
	if fault, dropped := c.Fault(credential.Dropped); dropped {
		return usage(finding.Errorf("there is no token to %s: %s", finding.Syntax(purpose), checks.FromFault(c, fault).Detail))
	}
	return usage(finding.Errorf("%s contains no token to %s", c.Source, finding.Syntax(purpose)))
}

// withKeys adds the findings about the keys, after the others if the token was verified with these keys. Keys of
// an issuer with another name verify nothing.
func withKeys(v *report.Verification, findings []finding.Finding) {
	for _, f := range findings {
		if f.ID == finding.DiscoveryIssuerMismatch && f.Severity == finding.Error {
			v.Valid = false
		}
	}
	for _, f := range findings {
		if v.Valid && f.Severity == finding.Error {
			f.Severity = finding.Warning
		}
		v.Findings = append(v.Findings, f)
	}
}

// withEncoding adds the finding that the token was not in plain text.
func withEncoding(v *report.Verification, c *credential.Credential) {
	for _, f := range c.Faults {
		if f.ID == finding.TokenFileEncoding {
			v.Findings = append(v.Findings, checks.FromFault(c, f))
		}
	}
}

func verification(c *credential.Credential, keys *keyset.KeySet, settings keyset.Options) *report.Verification {
	out := report.NewVerification()
	out.Credential = report.FromCredential(&credential.Credential{Source: c.Source, Token: c.Token})
	r := keys.Verify(c.Token, settings)
	out.Valid, out.Findings = r.Valid, r.Findings
	out.Credential.Verified = r.Key != nil
	if r.Key != nil {
		out.Key = new(report.FromKey(*r.Key))
	}
	return out
}
