package cmd

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What a flag says of itself beyond its usage, as annotations of pflag's.
const (
	// flagHeading is the heading under which the help lists the flag.
	flagHeading = "heading"
	// flagValue is what stands for its value: FILE.
	flagValue = "value"
)

// What a command says of itself beyond cobra's fields, as annotations of cobra's.
const (
	// exitStatuses are lines of a status, a space, and what it means.
	exitStatuses = "exit status"
	// objectKinds are the kinds of objects that -o json prints, separated by spaces.
	objectKinds = "objects"
	// credentialArgument is set where the command takes a CREDENTIAL.
	credentialArgument = "credential"
)

// The headings that several commands share.
const (
	headCredential    = "Credential"
	headConfiguration = "Configuration"
	headServerFlags   = "Flags of kube-apiserver"
	headOutput        = "Output"
)

// section adds flags to a command under a heading of its help. Headings stand in the order in
// which they are first used, flags in the order in which they are added. The word between
// backquotes in a usage stands for the flag's value, as in pflag.
func section(c *cobra.Command, heading string, add func(f *pflag.FlagSet)) {
	f := pflag.NewFlagSet(c.Name(), pflag.ContinueOnError)
	f.SortFlags = false
	add(f)
	f.VisitAll(func(flag *pflag.Flag) { describe(f, flag, heading) })
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(f)
}

func describe(flags *pflag.FlagSet, flag *pflag.Flag, heading string) {
	_ = flags.SetAnnotation(flag.Name, flagHeading, []string{heading})
	if strings.Contains(flag.Usage, "`") {
		value, usage := pflag.UnquoteUsage(flag)
		flag.Annotations[flagValue], flag.Usage = []string{value}, usage
	}
}

// ownFlags are those of a command that it does not share with all others.
func ownFlags(c *cobra.Command) *pflag.FlagSet {
	own := c.LocalNonPersistentFlags()
	own.SortFlags = false
	return own
}

// flagSection is a heading and the flags below it.
type flagSection struct {
	heading string
	flags   []*pflag.Flag
}

func sections(flags *pflag.FlagSet) []flagSection {
	var out []flagSection
	flags.VisitAll(func(f *pflag.Flag) {
		heading := f.Annotations[flagHeading][0]
		i := slices.IndexFunc(out, func(s flagSection) bool { return s.heading == heading })
		if i < 0 {
			i, out = len(out), append(out, flagSection{heading: heading})
		}
		out[i].flags = append(out[i].flags, f)
	})
	return out
}

// written is a flag as it is written: -f, --filename FILE.
func written(f *pflag.Flag) string {
	out := "    --" + f.Name
	if f.Shorthand != "" {
		out = "-" + f.Shorthand + ", --" + f.Name
	}
	if value := f.Annotations[flagValue]; len(value) > 0 {
		out += " " + value[0]
	}
	return out
}

// meaning is what a flag does, and its value where it is not given.
func meaning(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
		return f.Usage
	}
	return f.Usage + " (default " + strings.Trim(f.DefValue, "[]") + ")"
}

// nothingGiven stands for no CREDENTIAL.
const nothingGiven = "(nothing)"

// credentialHelp is what CREDENTIAL may be, as rows of two columns.
var credentialHelp = [][2]string{
	{nothingGiven, "What the current kubeconfig context sends."},
	{"-f FILE", "A file: a token, a header line, a document that contains a token, a kubeconfig or a PEM certificate."},
	{"-", "The same, from standard input."},
	{"secret/NAME", "The token in a Secret."},
	{"serviceaccount/NAME", "A new ten-minute token for the ServiceAccount."},
	{"pod/NAME", "The tokens of a Pod, as its spec requests them; with --exec, as they are in the container."},
	{"TOKEN", "The credential itself. It ends up in shell history and process lists, so prefer -f or -."},
}

const (
	// helpWidth is how wide help is, whatever the terminal.
	helpWidth = 80
	// widestFlag is how wide a flag may be with its usage beside it and not below.
	widestFlag = 30
)

// printHelp prints the help of a command.
func printHelp(c *cobra.Command, w io.Writer) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", strings.TrimSpace(c.Long), usageLine(c))
	if c.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", strings.TrimRight(c.Example, "\n"))
	}
	printCommands(&b, c)
	if c.Annotations[credentialArgument] != "" {
		table(&b, "CREDENTIAL:", credentialHelp)
	}
	printFlags(&b, ownFlags(c))
	if rows := statusRows(c); rows != nil {
		table(&b, "Exit status:", rows)
	}
	b.WriteString("\n")
	if !c.HasParent() {
		b.WriteString("Run 'kubectl authn COMMAND --help' for more about a command.\n")
	}
	if c.Name() != "options" {
		b.WriteString("Run 'kubectl authn options' for the flags that every command accepts.\n")
	}
	_, _ = io.WriteString(w, b.String())
}

// noResult is what undecided means for every command.
const noResult = "the command was stopped, or its output could not be written"

// statusRows are the exit statuses of a command, with what each means; nil where it has none of its own.
func statusRows(c *cobra.Command) [][2]string {
	var rows [][2]string
	for line := range strings.Lines(c.Annotations[exitStatuses]) {
		status, means, _ := strings.Cut(strings.TrimSpace(line), " ")
		undecided := strconv.Itoa(exitUndecided)
		switch last := len(rows) - 1; {
		case status == undecided:
			means += "; or " + noResult
		case last >= 0 && rows[last][0] < undecided && status > undecided:
			rows = append(rows, [2]string{undecided, noResult})
		}
		rows = append(rows, [2]string{status, means})
	}
	return rows
}

func usageLine(c *cobra.Command) string {
	if !c.HasParent() {
		return "kubectl authn COMMAND [flags]"
	}
	return c.UseLine()
}

// printCommands prints the commands below c, in their groups.
func printCommands(b *strings.Builder, c *cobra.Command) {
	column := 0
	for _, sub := range c.Commands() {
		column = max(column, len(sub.Name()))
	}
	for _, g := range c.Groups() {
		fmt.Fprintf(b, "\n%s\n", g.Title)
		for _, sub := range c.Commands() {
			if sub.GroupID == g.ID {
				row(b, column, sub.Name(), sub.Short)
			}
		}
	}
}

// printFlags prints flags below their headings, all with one column for what they do.
func printFlags(b *strings.Builder, flags *pflag.FlagSet) {
	all := sections(flags)
	column := 0
	for _, s := range all {
		for _, f := range s.flags {
			if n := len(written(f)); n <= widestFlag {
				column = max(column, n)
			}
		}
	}
	for _, s := range all {
		fmt.Fprintf(b, "\n%s:\n", s.heading)
		for _, f := range s.flags {
			row(b, column, written(f), meaning(f))
		}
	}
}

// table prints two columns.
func table(b *strings.Builder, title string, rows [][2]string) {
	column := 0
	for _, r := range rows {
		column = max(column, len(r[0]))
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, r := range rows {
		row(b, column, r[0], r[1])
	}
}

// row prints the right text beside the left one, or below where that is wider than its column.
func row(b *strings.Builder, column int, left, right string) {
	indent := strings.Repeat(" ", 2+column+2)
	line := fmt.Sprintf("  %-*s  ", column, left)
	if len(left) > column {
		fmt.Fprintf(b, "  %s\n", left)
		line = indent
	}
	for _, word := range strings.Fields(right) {
		if len(line)+len(word) > helpWidth {
			fmt.Fprintln(b, strings.TrimRight(line, " "))
			line = indent
		}
		line += word + " "
	}
	fmt.Fprintln(b, strings.TrimRight(line, " "))
}

// sharedFlags are those of all commands, which are kubectl's but for --color and --help: by heading,
// with what stands for their values.
var sharedFlags = []struct {
	heading string
	flags   [][2]string
}{
	{"Cluster", [][2]string{
		{"kubeconfig", "FILE"}, {"context", "NAME"}, {"cluster", "NAME"}, {"namespace", "NAME"}, {"server", "URL"},
		{"certificate-authority", "FILE"}, {"tls-server-name", "NAME"}, {"insecure-skip-tls-verify", ""}, {"proxy-url", "URL"},
	}},
	{"Caller", [][2]string{
		{"user", "NAME"}, {"token", "TOKEN"}, {"client-certificate", "FILE"}, {"client-key", "FILE"},
		{"as", "USER"}, {"as-group", "GROUP"}, {"as-uid", "UID"}, {"as-user-extra", "KEY=VALUE"},
	}},
	{"Requests", [][2]string{{"request-timeout", "DURATION"}, {"disable-compression", ""}, {"v", "LEVEL"}}},
	{"Output and help", [][2]string{{"color", "WHEN"}, {"help", ""}}},
}

// arrange puts the shared flags under their headings.
func arrange(flags *pflag.FlagSet) {
	flags.SortFlags = false
	for _, s := range sharedFlags {
		for _, named := range s.flags {
			f := flags.Lookup(named[0])
			describe(flags, f, s.heading)
			f.Usage = strings.TrimSuffix(f.Usage, ".") + "."
			if named[1] != "" {
				f.Annotations[flagValue] = []string{named[1]}
			}
		}
	}
}

// shared are the flags of all commands in the order of their headings.
func shared(root *cobra.Command) *pflag.FlagSet {
	out := pflag.NewFlagSet("", pflag.ContinueOnError)
	out.SortFlags = false
	for _, s := range sharedFlags {
		for _, named := range s.flags {
			out.AddFlag(root.PersistentFlags().Lookup(named[0]))
		}
	}
	return out
}

// public reports whether help speaks of a command. cobra counts its own help as none.
func public(c *cobra.Command) bool { return !c.Hidden }

// newHelp is the help of another command, in other words.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show help for a command",
		Long: `Show help for a command.

The text is the same as with the flag --help.`,
		Example: `  # Show help for explain
  kubectl authn help explain`,
		Annotations:           map[string]string{exitStatuses: "0 done\n3 wrong usage, or no such command"},
		Args:                  atMost(1, "at most one COMMAND"),
		DisableFlagsInUseLine: true,
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var out []string
			for _, sub := range c.Root().Commands() {
				if len(args) == 0 && public(sub) {
					out = append(out, sub.Name()+"\t"+sub.Short)
				}
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			of, _, err := c.Root().Find(args)
			if err != nil || len(args) > 0 && of == c.Root() {
				return c.Root().Args(c.Root(), args)
			}
			printHelp(of, c.OutOrStdout())
			return nil
		},
	}
}

// newOptions lists the flags that all commands share, as `kubectl options` does.
func newOptions(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "List the flags that every command accepts",
		Long: `List the flags that every command accepts.

These flags are kubectl's own. They choose the cluster and the caller who asks,
not the credential under test. Without a CREDENTIAL, the credential under test
is the one that this caller sends.`,
		Example: `  # List kubectl's flags
  kubectl authn options`,
		Args: atMost(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			var b strings.Builder
			b.WriteString("Every command accepts these flags.\n")
			printFlags(&b, shared(root))
			_, err := io.WriteString(c.OutOrStdout(), b.String())
			return err
		},
	}
}
