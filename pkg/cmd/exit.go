package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
)

// The exit statuses. Scripts rely on them.
const (
	// exitYes: decoded, authenticated for the requested audiences, valid, done.
	exitYes = 0
	// exitNo: rejected, anonymous, invalid.
	exitNo = 1
	// exitUndecided: the API server could not be asked or did not decide; the command was stopped, or its result
	// could not be written.
	exitUndecided = 2
	// exitUsage: wrong usage or unreadable input.
	exitUsage = 3
)

// failure ends a command with a status and possibly an error message.
type failure struct {
	status int
	// err is nil if the result was printed and only the status is left to return.
	err error
	// lines are printed below the error: foreign error messages with several lines.
	lines []finding.Text
	hints []hint
	// final reports that the hints are complete.
	final bool
	// callerRejected reports that the API server rejects the caller's own credential.
	callerRejected bool
}

// hint is a sentence, which a command may follow.
type hint struct {
	text finding.Text
	run  finding.Command
}

func (h hint) String() string { return h.text.String() + h.run.String() }

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit status %d", f.status)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// yesOrNo is the exit status of a result with two values.
func yesOrNo(yes bool) int {
	if yes {
		return exitYes
	}
	return exitNo
}

// statusError is the exit status of a printed result, as an error; nil for exitYes.
func statusError(status int) error {
	if status == exitYes {
		return nil
	}
	return &failure{status: status}
}

// usage is an error about wrong usage or unreadable input. Its text is that of finding.Errorf, so that
// --anonymize replaces the names in it.
func usage(err error) *failure { return &failure{status: exitUsage, err: err} }

// undecided is an error for an API server that could not be asked or did not decide.
func undecided(err error) *failure { return &failure{status: exitUndecided, err: err} }

// failed is the error for a request that failed.
func failed(what finding.Text, f *evidence.Failure) *failure {
	err := finding.Errorf("%s: %s", what, finding.Err(f))
	if f.Kind == evidence.Absent {
		return usage(err)
	}
	out := undecided(err)
	out.callerRejected = f.Kind == evidence.Unauthenticated
	return out
}

func (f *failure) hint(t finding.Text) *failure { return f.hintRun(t, finding.Command{}) }

// hintRun adds a hint that ends with a command.
func (f *failure) hintRun(t finding.Text, run finding.Command) *failure {
	f.hints = append(f.hints, hint{t, run})
	return f
}

// allHints returns the hints of the failure and of its error.
func (f *failure) allHints() []hint {
	hints := slices.Clone(f.hints)
	if f.final {
		return hints
	}
	if atKubectlsDefault(f.Error()) {
		hints = append(hints, hint{text: finding.T(noCluster)})
	}
	var bound *input.Error
	if errors.As(f, &bound) && !bound.Hint.IsZero() {
		hints = append(hints, hint{text: bound.Hint})
	}
	return hints
}

// hidden returns the failure without names.
func (f *failure) hidden(h *hiding) *failure {
	out := *f
	out.final = true
	out.err = finding.Reword(f.err, "%s", hide(h, finding.T("%s", finding.Err(f.err))))
	out.lines, out.hints = nil, nil
	for _, line := range f.lines {
		out.lines = append(out.lines, hide(h, line))
	}
	for _, of := range f.allHints() {
		out.hints = append(out.hints, hint{hide(h, of.text), hide(h, of.run)})
	}
	return &out
}

// finish shows an error and returns the exit status. All errors are printed here, except a crash and a stop.
func finish(w io.Writer, err error) int {
	if err == nil {
		return exitYes
	}
	f, ok := asFailure(err)
	if !ok {
		f = usage(err)
	}
	if f.err != nil {
		// Server messages may have several lines; an error is one sentence.
		text, _, _ := strings.Cut(f.Error(), "\n")
		fmt.Fprintln(w, "error: "+escape.Show(redact(strings.TrimSuffix(text, "."))))
	}
	for _, line := range f.lines {
		fmt.Fprintln(w, "  "+escape.Show(redact(line.String())))
	}
	for _, h := range f.allHints() {
		fmt.Fprintln(w, "hint: "+escape.Show(redact(h.String())))
	}
	return f.status
}

// asFailure returns an error of this package or of resolve as a failure.
func asFailure(err error) (*failure, bool) {
	var f *failure
	var r *resolve.Error
	switch {
	case errors.As(err, &f):
		return f, true
	case errors.As(err, &r):
		f = &failure{status: exitUsage, err: err, callerRejected: r.CallerRejected}
		if r.Undecided {
			f.status = exitUndecided
		}
		for _, h := range r.Hints {
			f.hint(h)
		}
		return f, true
	}
	return nil, false
}

// isUndecided reports whether an error means that an API server could not be asked or did not decide.
func isUndecided(err error) bool {
	f, ok := asFailure(err)
	return ok && f.err != nil && f.status == exitUndecided
}

// atKubectlsDefault reports whether an error is about the address that kubectl uses without a kubeconfig.
func atKubectlsDefault(text string) bool {
	return strings.Contains(text, "http://localhost:8080") || strings.Contains(text, "127.0.0.1:8080: connect") || strings.Contains(text, "[::1]:8080: connect")
}

// noCluster explains why localhost:8080 is asked.
const noCluster = "kubectl connects to localhost:8080 if no kubeconfig names a cluster: set --kubeconfig or KUBECONFIG"
