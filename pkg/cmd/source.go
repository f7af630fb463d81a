package cmd

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// source finds the credential of the command.
type source struct {
	// command is the running command.
	command   *cobra.Command
	connector *connector
	inputs    *inputs
	redaction *redaction
	notice    func(finding.Text)
	// waiting reports whether standard input has unread bytes; nil if that is not known.
	waiting func() bool

	filename, container, path string
	// audiences are those of a token that serviceaccount/NAME requests.
	audiences []string
	// userContext selects a context of the kubeconfig in filename.
	userContext string
	// exec reports that the tokens of pod/NAME are read in its container.
	exec bool
	// unreadBy is the command that reads standard input with the argument -, if it was given no credential; else
	// empty.
	unreadBy string
	// ifRefused is a hint for a rejected credential that may have been meant as something else.
	ifRefused finding.Text
}

func (s *source) addFlags(c *cobra.Command) {
	c.Annotations[credentialArgument] = takesCredential
	section(c, headCredential, func(f *pflag.FlagSet) {
		f.VarP(&oneFile{value: &s.filename}, "filename", "f", "Read the credential from `FILE` (- for standard input).")
		f.StringVar(&s.userContext, "user-context", "", "Use context `NAME` of the kubeconfig from -f or -.")
		f.BoolVar(&s.exec, "exec", false, "Run cat in the Pod's container to read its token.")
		f.StringVarP(&s.container, "container", "c", "", "Use container `NAME` of the Pod.")
		f.StringVar(&s.path, "path", "", "Use the token at `PATH` in the container.")
	})
	leaveToTopic(c, topicCredentials, "filename", "user-context", "exec", "container", "path")
}

// oneFile is the value of --filename. A second file is an error, because the command is about one credential, and the
// first file would be ignored.
type oneFile struct {
	value *string
	given bool
}

var errSecondFile = finding.Errorf("--filename was given more than once, and the command is about one file")

func (f *oneFile) Set(name string) error {
	// Completion parses the same line twice.
	if f.given && name != *f.value {
		return errSecondFile
	}
	*f.value, f.given = name, true
	return nil
}

func (f *oneFile) String() string { return *f.value }

func (*oneFile) Type() string { return "string" }

func (s *source) resolve(ctx context.Context, args []string) ([]*credential.Credential, error) {
	flags := s.command.Flags()
	if flags.Changed("filename") && s.filename == "" {
		return nil, usage(finding.Errorf("--filename is empty"))
	}
	if flags.Changed("user-context") && s.userContext == "" {
		return nil, usage(finding.Errorf("--user-context is empty"))
	}
	if len(args) == 0 && s.filename == "" && s.userContext == "" && s.path == "" && s.container == "" && !s.exec && !namesInput(flags) {
		s.unreadBy = s.command.CommandPath()
		s.noteUnread()
	}
	r := s.connector.resolver()
	r.Container, r.Path, r.Exec, r.UserContext, r.Audiences = s.container, s.path, s.exec, s.userContext, s.audiences
	credentials, err := r.Resolve(ctx, argument(args), s.filename)
	if err != nil {
		return nil, err
	}
	if err := errorText(credentials[0]); err != nil {
		return nil, err
	}
	if len(args) == 1 && credentials[0].Source.Equal(credential.Argument) && objectLike().MatchString(args[0]) {
		// The argument is not repeated, because any word may be a static token.
		s.ifRefused = finding.T("the argument was sent as a token; for an object, write serviceaccount/NAME, pod/NAME, deployment/NAME or secret/NAME; for a context, context/NAME; for a file, -f FILE")
	}
	for _, c := range credentials {
		if c.AsCaller || c.Trace != nil {
			s.connector.learnProduced(c)
		} else {
			s.redaction.learnCredential(c)
		}
		for _, note := range c.Notes {
			s.notice(finding.T("note: %s", note))
		}
	}
	return credentials, nil
}

// objectLike matches a word that may be meant as the name of an object, and is short for a token.
var objectLike = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][-A-Za-z0-9]{0,19}$`) })

// errorText returns an error if the credential is the text of an error. No token is such a text, because an API
// server reads a token only up to its first space.
func errorText(c *credential.Credential) error {
	if c.AsCaller || c.Document || c.Token == nil || c.Token.Kind != token.KindOpaque || c.Token.Inner != nil && c.Token.Inner.Kind != token.KindOpaque {
		return nil
	}
	var how finding.Text
	switch file, inFile := strings.CutPrefix(c.Again.String(), "-f "); {
	case c.Source.Equal(credential.Argument):
		how = finding.T("--error 'TEXT'")
	case c.Source.Equal(credential.Stdin):
		how = finding.T("--error -")
	case inFile:
		how = finding.T("--error - < %s", finding.File.Of(file))
	default:
		return nil
	}
	text := c.Token.Raw.Reveal()
	if text != "Unauthorized" && !strings.ContainsFunc(text, unicode.IsSpace) || len(errortext.Find(text)) == 0 {
		return nil
	}
	return usage(finding.Errorf("%s is the text of an error, not a credential", c.Source)).hint(finding.T("to explain an error, run: kubectl authn explain %s", how))
}

// namesInput reports whether a flag's value is - or ISSUER=-, which is standard input.
func namesInput(flags *pflag.FlagSet) bool {
	return slices.ContainsFunc(values(flags), func(v string) bool { return v == "-" || strings.HasSuffix(v, "=-") })
}

// argument returns the credential as one word: "pod web" is pod/web.
func argument(args []string) *string {
	if len(args) == 0 {
		return nil
	}
	word := strings.Join(args, "/")
	return &word
}

// oneCredential checks the arguments of a command that takes a CREDENTIAL: one word, or a type and a name.
func oneCredential(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	kind := resolve.KindOf(args[0])
	switch {
	case kind == "" && len(args) > 1:
		return finding.Errorf("%s arguments given, and the command takes at most one CREDENTIAL", finding.Count(len(args)))
	case kind == "", kind == finding.Context && len(args) == 1, len(args) == 2 && !strings.Contains(args[1], "/"):
		return nil
	case len(args) == 1:
		return usage(finding.Errorf("%s is a type, and the name after it is missing", finding.Syntax(string(kind)))).hint(spelt(kind))
	case len(args) == 2 && kind != finding.Context:
		return usage(finding.Errorf("the name after %s contains a slash", finding.Syntax(string(kind)))).hint(spelt(kind))
	case len(args) == 2:
		return nil
	}
	return usage(finding.Errorf("%s names given, and the command takes one %s", finding.Count(len(args)-1), finding.Syntax(resolve.Title(kind)))).hint(spelt(kind))
}

// spelt returns how to write a credential of a kind.
func spelt(kind finding.Kind) finding.Text {
	of := finding.Syntax(string(kind))
	return finding.T("write %s/NAME or %s NAME", of, of)
}

// noteUnread prints a note if standard input has unread bytes, because they may be the credential that the user
// meant.
func (s *source) noteUnread() {
	if s.unreadBy == "" || s.waiting == nil || !s.waiting() {
		return
	}
	s.notice(finding.T("note: standard input was not read, and the report is about the current context; to use standard input, run: %s -", finding.Standard(s.unreadBy)))
	s.unreadBy = ""
}

// unread is the error for a token of a Pod that is only known from the Pod's spec.
func unread(c *credential.Credential, purpose string) *failure {
	if c.Projected.Unread == nil {
		return undecided(finding.Errorf("the token of %s is known only from the Pod's spec, so there is nothing to %s", c.Source, finding.Syntax(purpose))).
			hint(finding.T("to read the token in the container, add --exec"))
	}
	why := checks.Unread(c.Projected)
	err := undecided(finding.Errorf("the token of %s was not read: %s", c.Source, why.Detail))
	for _, r := range why.Remedy {
		if !r.Command.IsZero() {
			err.hintRun(finding.T("%s ", r.Description), r.Command)
		}
	}
	return err
}
