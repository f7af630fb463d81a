package cmd

import (
	"context"
	"maps"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
)

// otherConfiguration returns the configuration with the file of --against instead of the file that it replaces.
// Everything else is unchanged.
func (s *simulateCommand) otherConfiguration() (*simulate.Flags, simulate.Source, error) {
	data, err := s.inputs.read(s.against, "--against", input.MaxGiven)
	if err != nil {
		return nil, simulate.Source{}, err
	}
	if err := aliases.Check(data); err != nil {
		return nil, simulate.Source{}, usage(finding.Errorf("--against %s: %s", finding.File.Of(s.against), finding.Err(err)))
	}
	other := *s
	if !manifest.IsAuthenticationConfiguration(data) {
		if s.manifest == "" {
			// The flags of the command line are those of the first configuration.
			other.first = s.given
		}
		other.manifest, other.isOther = s.against, true
		return other.configuration()
	}
	flags, from, err := other.configuration()
	if err != nil {
		return nil, simulate.Source{}, err
	}
	return flags.WithAuthenticationConfig(s.against), from, nil
}

// sides is the number of configurations that are compared.
const sides = 2

// compareWith prints the credentials whose verdict or identity changes with the other configuration. Without a credential, it prints
// the settings that differ.
func (s *simulateCommand) compareWith(ctx context.Context, args []string, out *paper, server *simulate.Server) error {
	// Both servers use the time of the report.
	other, err := s.server(ctx, out.now, s.otherConfiguration)
	if err != nil {
		return s.notStarted(out, err)
	}
	defer other.Close()
	for written, misses := range s.unused {
		if misses == sides {
			return usage(finding.Errorf("--jwks %s names no JWT issuer of the configurations", finding.File.Of(written))).hint(finding.T("write --jwks ISSUER=FILE, with an issuer of one of them"))
		}
	}
	if !s.judges(args) {
		return out.end(compareConfigurations(server, other))
	}
	comparison, err := s.compare(ctx, args, server, other)
	if err != nil {
		return err
	}
	status := exitYes
	switch {
	case comparison.Changed > 0:
		status = exitNo
	case comparison.Undecided > 0:
		status = exitUndecided
	}
	return out.end(comparison, status)
}

// compare tries each token with both configurations.
func (s *simulateCommand) compare(ctx context.Context, args []string, before, after *simulate.Server) (*report.Comparison, error) {
	out := report.NewComparison()
	err := s.eachCompared(ctx, args, before, func(line int, c *credential.Credential) {
		a, b := s.simulation(ctx, before, c), s.simulation(ctx, after, c)
		item := report.Compared{
			Line: line, Issuer: c.Token.Issuer(), Subject: c.Token.Subject(), Type: c.Type(),
			Before: outcome(a), After: outcome(b),
		}
		if a.Verdict == report.Undecided || b.Verdict == report.Undecided {
			// A change is neither proved nor ruled out.
			out.Undecided++
		} else if item.Changes = changes(item.Before, item.After); item.Changes != nil {
			out.Changed++
		}
		out.Items = append(out.Items, item)
	})
	if err == nil && len(out.Items) == 0 {
		return nil, usage(finding.Errorf("the input contains no token")).hint(finding.T("write one token per line"))
	}
	return out, err
}

// eachCompared calls f for each token, or for the claims of --claims.
func (s *simulateCommand) eachCompared(ctx context.Context, args []string, server *simulate.Server, f func(line int, c *credential.Credential)) error {
	if s.claims == "" {
		return s.source.eachToken(ctx, args, f)
	}
	credentials, err := s.credentials(ctx, args, server)
	for i, c := range credentials {
		f(i+1, c)
	}
	return err
}

// compareConfigurations compares settings, without a credential.
func compareConfigurations(before, after *simulate.Server) (*report.Comparison, int) {
	out := report.NewComparison()
	out.Configuration = &report.ComparedConfiguration{}
	for _, c := range simulate.Compare(before, after) {
		out.Configuration.Differences = append(out.Configuration.Differences, report.ConfigurationDifference{Effect: string(c.Effect), Path: c.Path, Detail: c.Detail})
	}
	return out, yesOrNo(len(out.Configuration.Differences) == 0)
}

func outcome(x *report.Simulation) report.Outcome {
	return report.Outcome{Verdict: x.Verdict, User: x.User, Cause: x.Cause, Error: x.Error, Missing: x.Missing}
}

// changes lists the differences of two outcomes in the verdict and the identity.
func changes(a, b report.Outcome) []finding.Text {
	var out []finding.Text
	if a.Verdict != b.Verdict {
		out = append(out, finding.T("%s → %s", inWords(a), inWords(b)))
	}
	if a.User == nil || b.User == nil {
		return out
	}
	if a.User.Username != b.User.Username {
		out = append(out, finding.T("user %q → %q", finding.User.Of(a.User.Username), finding.User.Of(b.User.Username)))
	}
	if a.User.UID != b.User.UID {
		out = append(out, finding.T("uid %q → %q", finding.UID.Of(a.User.UID), finding.UID.Of(b.User.UID)))
	}
	for _, g := range a.User.Groups {
		if !slices.Contains(b.User.Groups, g) {
			out = append(out, finding.T("loses group %q", finding.Group.Of(g)))
		}
	}
	for _, g := range b.User.Groups {
		if !slices.Contains(a.User.Groups, g) {
			out = append(out, finding.T("gains group %q", finding.Group.Of(g)))
		}
	}
	extras := map[string][]string{}
	maps.Copy(extras, a.User.Extra)
	maps.Copy(extras, b.User.Extra)
	for _, k := range slices.Sorted(maps.Keys(extras)) {
		if !slices.Equal(a.User.Extra[k], b.User.Extra[k]) {
			out = append(out, finding.T("extra %s %s → %s", finding.Claim.Of(k), extra(a.User.Extra[k]), extra(b.User.Extra[k])))
		}
	}
	return out
}

// inWords is a verdict with its identity or cause.
func inWords(o report.Outcome) finding.Text {
	verdict := finding.Standard(o.Verdict)
	switch {
	case o.User != nil:
		return finding.T("%s as %q", verdict, finding.User.Of(o.User.Username))
	case o.Cause != "":
		return finding.T("%s (%s)", verdict, o.Cause)
	}
	return finding.T("%s", verdict)
}

func extra(values []string) finding.Text {
	return finding.Bracketed(finding.Names(finding.ClaimValue, values)...)
}
