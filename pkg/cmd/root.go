// Package cmd is the command line, with one file for each command: from its flags to what it runs. Each command
// takes the parts of a session that it needs. exit.go has every exit status.
package cmd

import (
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
	"k8s.io/klog/v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
)

// Env is the outside world of a command.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Now      func() time.Time
	// Terminal and ErrTerminal report whether Out and Err are terminals, and their width in cells.
	Terminal, ErrTerminal func() (width int, ok bool)
	// Interactive reports whether a user can answer questions on standard input.
	Interactive func() bool
	// Waiting reports whether In has unread bytes; nil if that is not known.
	Waiting func() bool
	// Closed reports whether the program was started with Out closed; nil if that is not known.
	Closed func() bool
	// CloseOut closes Out and returns the error of a late write; nil if there is nothing to close.
	CloseOut func() error
	Open     func(name string) (io.ReadCloser, error)
	Stat     func(name string) (fs.FileInfo, error)
	// Detach takes the terminal away from this process, so that its children cannot ask there; stop ends the
	// children. Detach is nil if that is impossible.
	Detach func() (stop func(), ok bool)
}

// OS returns the environment of this process.
func OS() Env {
	return Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Getenv: os.Getenv, Now: time.Now,
		Terminal: size(os.Stdout), ErrTerminal: size(os.Stderr),
		Interactive: func() bool { return term.IsTerminal(int(os.Stdin.Fd())) },
		Waiting:     func() bool { return holdsUnread(os.Stdin) },
		Closed:      func() bool { return startedWithout(os.Stdout) },
		CloseOut:    os.Stdout.Close,
		Open:        func(name string) (io.ReadCloser, error) { return os.Open(name) },
		Stat:        os.Stat,
		Detach:      detach,
	}
}

func (e Env) files() *input.Files { return &input.Files{Open: e.Open, Stat: e.Stat} }

func size(f *os.File) func() (width int, ok bool) {
	return func() (int, bool) {
		width, _, err := term.GetSize(int(f.Fd()))
		return width, err == nil && escapes(f)
	}
}

// Main runs one command line and returns its exit status. It stops at once when ctx ends.
func Main(ctx context.Context, args []string, env Env) int {
	out := deliver(ctx, &env)
	if asksForCompletion(args) {
		status := complete(ctx, args, env, completionTime, completionGrace)
		if out.failure() != nil {
			return exitUndecided
		}
		return status
	}
	s := newSession(env)
	defer takeLogs(s.stderr, s.redaction.secrets).end()
	return s.process.supervise(ctx, out, s.stderr, func(ctx context.Context) error { return s.run(ctx, args) })
}

// session is one command line, with the parts that its command may need.
type session struct {
	// env has streams that redact secrets and remove the progress line.
	env Env
	// stderr only redacts, so that it is not blocked by a command that is stuck in a write.
	stderr    io.Writer
	process   *process
	redaction *redaction
	progress  *progress
	inputs    *inputs
	printing  *printing
	connector *connector
	source    *source
}

func newSession(env Env) *session {
	s := &session{process: newProcess(), inputs: &inputs{env.In, env.files()}}
	env, s.redaction = guarded(env)
	s.stderr = env.Err
	s.env, s.progress = onProgress(env)
	s.process.unfinished = s.progress.board.Text
	s.printing = &printing{env: s.env, inputs: s.inputs, redaction: s.redaction, hiding: &hiding{}}
	s.connector = newConnector(s.env, s.inputs, s.redaction, s.printing.notice, s.process.background)
	s.source = &source{connector: s.connector, inputs: s.inputs, redaction: s.redaction, notice: s.printing.notice, waiting: env.Waiting}
	return s
}

// run runs one command line. It returns errors and does not print them.
func (s *session) run(ctx context.Context, args []string) error {
	defer s.connector.pluginStderr.Detach()
	defer s.progress.stop()
	root := newRoot(s)
	root.SetArgs(args[1:])
	err := s.connector.inPod(root.ExecuteContext(ctx))
	s.progress.stop()
	// The program that writes into the pipe may have started later.
	s.source.noteUnread()
	f, ok := asFailure(err)
	if slices.Contains(args, "--anonymize") {
		// An invalid command line has not set the flag.
		s.printing.hiding.asked = true
	}
	if ok && f.status == exitNo && !s.source.ifRefused.IsZero() {
		f.hint(s.source.ifRefused)
	}
	if ok && f.callerRejected {
		f.hintRun(finding.T("the API server rejects your own credential; to find the reason, run: "), s.connector.withClusterFlags(finding.Run("kubectl authn explain")))
		err = f
	}
	if ok && f.err != nil && s.printing.hiding.asked {
		return f.hidden(s.printing.hiding)
	}
	return err
}

// begin prepares each command.
func (s *session) begin(c *cobra.Command, _ []string) error {
	s.process.command.Store(c.CommandPath())
	s.source.command = c
	flags := s.connector.flags
	if name := *flags.Namespace; name != "" && !finding.NamespaceName(name) {
		return noNamespace(finding.T("--namespace"))
	}
	s.redaction.learnSettings(*flags.BearerToken, c.Flags())
	if s.printing.hiding.asked {
		// Progress lines and logs contain names.
		if l, ok := log.Writer().(*logs); ok {
			l.end()
		}
		if klog.V(1).Enabled() {
			s.printing.notice(finding.T("note: --anonymize suppresses the log of -v"))
		}
	} else {
		c.SetContext(s.progress.watch(c.Context(), s.env.Getenv, s.process.background))
	}
	// client-go logs addresses and headers at -v=6 and above.
	klog.LogToStderr(false)
	klog.SetOutput(log.Writer())
	return nil
}

// commandLike matches a word that may be meant as the name of a command.
var commandLike = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z-]{0,19}$`) })

const rootLong = `Find out who the API server thinks you are, and why it rejects a credential.

Kubernetes answers every rejected credential with the same word: Unauthorized.
These commands decode credentials, ask the API server about them, verify them
offline, and explain the result. They never change a cluster.`

const rootExample = `  # Explain why kubectl says Unauthorized
  kubectl authn explain

  # Decode a token
  kubectl authn inspect -f token.txt`

// Commands are listed in the order in which they are added. cobra has one setting for the process.
func init() { cobra.EnableCommandSorting = false }

func newRoot(s *session) *cobra.Command {
	root := &cobra.Command{
		Use:     "kubectl-authn",
		Short:   "Find out who the API server thinks you are, and why it rejects a credential",
		Long:    rootLong,
		Example: rootExample,
		// kubectl runs the plugin under this name; help and errors speak of the command
		// that the user typed.
		Annotations:                map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl authn"},
		SilenceErrors:              true,
		SilenceUsage:               true,
		Args:                       noCommand,
		SuggestionsMinimumDistance: 2,
		PersistentPreRunE:          s.begin,
	}
	versions := newVersion(s.printing)
	root.RunE = func(c *cobra.Command, _ []string) error {
		if asked, _ := c.Flags().GetBool("version"); asked {
			versions.SetContext(c.Context())
			return versions.RunE(versions, nil)
		}
		return c.Help()
	}
	root.SetIn(s.env.In)
	root.SetOut(s.env.Out)
	root.SetErr(s.env.Err)
	flags := root.PersistentFlags()
	s.connector.addFlags(flags)
	flags.StringVar(&s.printing.color, "color", "auto", "Color text output: auto, always or never. With auto, NO_COLOR turns color off.")
	flags.BoolP("help", "h", false, "Show help.")
	addLogFlags(flags)
	arrange(flags)
	root.SetFlagErrorFunc(wrongFlag)
	help := newHelp(s.printing)
	for _, g := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"ask", "Ask the API server about a credential:", []*cobra.Command{newExplain(s), newReview(s)}},
		{"look", "Examine a credential yourself:", []*cobra.Command{newInspect(s), newVerify(s)}},
		{"try", "Test a configuration before you deploy it:", []*cobra.Command{newSimulate(s)}},
		{"services", "Let services identify their callers:", []*cobra.Command{newServe(s), newCall(s)}},
		{"issue", "Get tokens, and the keys that verify them:", []*cobra.Command{newMint(s), newDiscover(s)}},
		{"other", "Other commands:", []*cobra.Command{newFindings(s.printing), newCompletion(), versions, help}},
		{"topics", "Help topics:", []*cobra.Command{newCredentials(s.printing), newServerFlags(s.printing), newServing(s.printing), newOutput(s.printing), newOptions(s.printing, root)}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.Flags().Bool("version", false, "Print the version.")
	describe(root.Flags(), root.Flags().Lookup("version"), headOutput)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { _ = s.printing.help(helpOf(c)) })
	root.SetHelpCommand(help)
	for _, c := range root.Commands() {
		wrapUsage(c)
	}
	return root
}

// noCommand rejects a first argument that is not a command, with a hint at what it may mean.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if kind, name, ok := strings.Cut(args[0], "/"); ok && (commandLike().MatchString(kind) || resolve.KindOf(kind) != "") && finding.ObjectName(name) {
		return usage(finding.Errorf("the first argument is not a command")).hint(finding.T("to explain the credential of this object, run: kubectl authn explain %s", finding.Object.Of(args[0])))
	}
	if !commandLike().MatchString(args[0]) {
		// The argument is not repeated, because it may be a credential.
		return usage(finding.Errorf("the first argument is not a command")).hint(finding.T("to explain a credential, run: kubectl authn explain -f FILE"))
	}
	if kind := resolve.KindOf(args[0]); kind != "" {
		what := args[0] + "/NAME"
		if len(args) == 2 && finding.ObjectName(args[1]) {
			what = args[0] + " " + args[1]
		}
		return usage(finding.Errorf("the first argument is not a command")).hint(finding.T("to explain the credential of this object, run: kubectl authn explain %s", finding.Object.Of(what)))
	}
	err := usage(finding.Errorf("unknown command %q", finding.Standard(args[0])))
	if hints := notHere[args[0]]; hints != nil {
		for _, t := range hints {
			err.hint(t)
		}
		return err
	}
	if meant, ok := otherCommands[args[0]]; ok {
		return err.hint(finding.T("did you mean 'kubectl authn %s'?", finding.Syntax(meant)))
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return err.hint(finding.T("did you mean %s?", finding.Syntax(strings.Join(near, " or "))))
	}
	return err.hint(finding.T("to list the commands, run: kubectl authn --help"))
}

// wrongFlag gives errors about flags the status of wrong usage and hints.
func wrongFlag(c *cobra.Command, err error) error {
	if words := c.Flags().Args(); c == c.Root() && len(words) > 0 {
		// The word is no command, so that its flags are not known either.
		return noCommand(c, words[:1])
	}
	f := usage(err)
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		// The message names only flags.
		f.err = finding.Reword(err, "%s", finding.Syntax(err.Error()))
	}
	if errors.As(err, &invalid) {
		if flag := invalid.GetFlag(); valueOf[flag.Value.Type()] != "" {
			f.err = finding.Reword(err, "--%s %q is not %s", finding.Syntax(flag.Name), finding.Quoted(invalid.GetValue()), finding.Syntax(valueOf[flag.Value.Type()]))
		}
	}
	if errors.Is(err, errSecondFile) {
		f.err = errSecondFile
	}
	if errors.As(err, &unknown) {
		if meant := meantFlag(c, unknown.GetSpecifiedName()); meant != "" {
			f.hint(finding.T("did you mean %s?", finding.Syntax(meant)))
		}
	}
	return f.hint(finding.T("to list the flags, run: %s --help", finding.Syntax(c.CommandPath())))
}

// valueOf describes the value of a flag by its type.
var valueOf = map[string]string{"int": "a whole number", "bool": "true or false", "duration": "a duration such as 10m"}

// wrapUsage gives errors about arguments the status of wrong usage and a hint.
func wrapUsage(c *cobra.Command) {
	args := c.Args
	c.Args = func(c *cobra.Command, given []string) error {
		err := args(c, given)
		var own *failure
		switch {
		case errors.As(err, &own):
			return own
		case err != nil:
			return usage(err).hint(finding.T("for usage, run: %s --help", finding.Syntax(c.CommandPath())))
		}
		return nil
	}
}

// verbosity is klog's flag -v. klog's settings are global to the process.
var verbosity = sync.OnceValue(func() *flag.Flag {
	var all flag.FlagSet
	klog.InitFlags(&all)
	// Otherwise klog would write an error once for each severity.
	_ = all.Set("one_output", "true")
	// Otherwise klog would write errors directly to standard error, without redaction.
	_ = all.Set("stderrthreshold", "FATAL")
	return all.Lookup("v")
})

func addLogFlags(flags *pflag.FlagSet) {
	f := pflag.PFlagFromGoFlag(verbosity())
	f.Usage = "Log level of client-go on standard error, 0 to 9. Secrets are redacted."
	flags.AddFlag(f)
}

// atMost accepts up to n arguments; takes describes them for the error.
func atMost(n int, takes string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) <= n:
			return nil
		case len(args) == 1:
			return finding.Errorf("1 argument given, and the command takes %s", finding.Syntax(takes))
		}
		return finding.Errorf("%s arguments given, and the command takes %s", finding.Count(len(args)), finding.Syntax(takes))
	}
}

func exactly(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return finding.Errorf("%s is missing", finding.Syntax(what))
		case len(args) > 1:
			return finding.Errorf("%s arguments given, and the command takes one %s", finding.Count(len(args)), finding.Syntax(what))
		}
		return nil
	}
}
