package cmd

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// judges reports whether a credential was given. Without one, only the configuration is checked.
func (s *simulateCommand) judges(args []string) bool {
	return len(args) > 0 || s.claims != "" || s.eachLine ||
		cmp.Or(s.source.filename, s.source.userContext, s.source.path, s.source.container) != "" || s.source.exec
}

// credentials returns the credential under test, or the claims of --claims as a token.
func (s *simulateCommand) credentials(ctx context.Context, args []string, server *simulate.Server) ([]*credential.Credential, error) {
	if s.claims == "" {
		credentials, err := s.source.resolve(ctx, args)
		if err == nil {
			s.source.noteLines(credentials)
		}
		return credentials, err
	}
	data, err := s.inputs.read(s.claims, "--claims", input.MaxGiven)
	if err != nil {
		return nil, err
	}
	if t := token.Parse(strings.TrimSpace(string(data))); t.Kind == token.KindJWT || t.Kind == token.KindServiceAccount {
		return nil, usage(finding.Errorf("--claims %s is a token, not its claims", finding.File.Of(s.claims))).hint(finding.T("to judge a token, use -f FILE"))
	}
	t, added, err := server.ClaimsToken(data)
	if err != nil {
		return nil, usage(finding.Errorf("--claims %s: %s", finding.File.Of(s.claims), finding.Err(err)))
	}
	if server.OwnIssuer(t.Issuer()) {
		return nil, usage(finding.Errorf("--claims %s: the issuer is that of ServiceAccount tokens, which are judged by their signature and their objects", finding.File.Of(s.claims))).hint(finding.T("give the token itself with -f FILE"))
	}
	if added {
		s.notice(finding.T("note: the claims have no exp; one that is an hour ahead was added"))
	}
	source := finding.T("claims in file %s", finding.File.Of(s.claims))
	if s.claims == "-" {
		source = finding.T("claims in %s", credential.Stdin)
	}
	return []*credential.Credential{{Source: source, Token: t}}, nil
}

// ofClaims adds to a report on claims that no signature was checked, and removes what is about a signature.
func ofClaims(x *report.Simulation) {
	x.Credential.Header = nil
	x.Findings = slices.DeleteFunc(x.Findings, func(f finding.Finding) bool {
		return f.ID == finding.SignatureInvalid || f.ID == finding.SigningKeyUnknown
	})
	x.Findings = append(x.Findings, finding.Found(finding.SignatureNotChecked, finding.Proved, "%s", finding.T("the answer is about the claims only: no token was given, and no signature or key was checked")))
}

// checkOnly prints the result for a configuration without a credential.
func (s *simulateCommand) checkOnly(out *paper, server *simulate.Server) error {
	x := s.checked(nil)
	x.Findings = append(x.Findings, server.Lint()...)
	if s.release != 0 {
		s.compareRelease(x, server, nil, nil)
	}
	return out.end(x, simulationStatus(x))
}

// checked is the result of reading a configuration; invalid is nil for a valid one.
func (s *simulateCommand) checked(invalid *simulate.Invalid) *report.Simulation {
	x := report.NewSimulation()
	x.Kubernetes, x.Audiences = simulate.Release, s.audiences
	x.Configuration = &report.CheckedConfiguration{Valid: invalid == nil, Files: slices.Compact(slices.Clone(s.files))}
	if invalid != nil {
		for _, f := range invalid.Faults() {
			x.Configuration.Errors = append(x.Configuration.Errors, report.ConfigurationError{Path: f.Path, Message: f.Message})
		}
	}
	return x
}

// notStarted adds the object for an invalid configuration to its error, for formats other than text.
func (s *simulateCommand) notStarted(out *paper, err error) error {
	if s.invalid == nil || s.eachLine || !out.format.IsObject() && out.format.Name != output.Markdown {
		return err
	}
	if failed := out.print(s.checked(s.invalid)); failed != nil {
		return failed
	}
	return err
}

// addFixes adds what to change for a fault that the API server's message alone does not explain.
func addFixes(f *failure, invalid *simulate.Invalid) {
	for _, fix := range simulate.Fixes(invalid) {
		f.hint(finding.T("%s", fix))
	}
}
