package cmd

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// judgeable returns the credentials that a command can judge. It prints a note for each other credential, which is
// undecided. If the command can judge none, it returns the error of the first.
func (s *source) judgeable(credentials []*credential.Credential, check func(*credential.Credential) error) ([]*credential.Credential, int, error) {
	var out []*credential.Credential
	var refused []error
	for _, c := range credentials {
		if err := check(c); err != nil {
			refused = append(refused, err)
		} else {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return nil, exitUndecided, refused[0]
	}
	status := exitYes
	for _, err := range refused {
		status = exitUndecided
		s.notice(finding.T("note: %s", finding.Err(err)))
	}
	return out, status, nil
}

// noteLines prints a note if the input may have one token per line and --each-line is not set.
func (s *source) noteLines(credentials []*credential.Credential) {
	if len(credentials) != 1 || credentials[0].Token == nil {
		return
	}
	words := strings.Fields(credentials[0].Token.Raw.Reveal())
	if len(words) < 2 || slices.ContainsFunc(words, func(w string) bool { return token.Parse(w).Kind == token.KindOpaque }) {
		return
	}
	s.notice(finding.T("note: the input has %s tokens; to judge one token per line, add --each-line", finding.Count(len(words))))
}
