package cmd

import (
	"cmp"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate"
)

// judges reports whether a credential was given. Without one, only the configuration is checked.
func (s *simulateCommand) judges(args []string) bool {
	return len(args) > 0 || s.claims != "" || s.eachLine ||
		cmp.Or(s.source.filename, s.source.userContext, s.source.path, s.source.container) != "" || s.source.exec
}

// checkOnly prints the result for a configuration without a credential.
func (s *simulateCommand) checkOnly(out *paper, server *simulate.Server) error {
	x := s.checked(nil)
	x.Findings = append(x.Findings, server.Lint()...)
	if s.release != 0 {
		s.compareRelease(x, server, nil, nil)
	}
	return out.end(x, exitYes)
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

// cured adds what to change for a fault that the API server's message alone does not explain.
func cured(f *failure, invalid *simulate.Invalid) {
	for _, cure := range simulate.Cures(invalid) {
		f.hint(finding.T("%s", cure))
	}
}
