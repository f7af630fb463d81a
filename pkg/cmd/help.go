package cmd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Annotations of a pflag.Flag for the help.
const (
	// flagHeading is the heading under which the help lists the flag.
	flagHeading = "heading"
	// flagValue is the placeholder for the flag's value: FILE.
	flagValue = "value"
	// flagTopic is the help topic that lists the flag instead of its command's help.
	flagTopic = "topic"
	// flagBrief replaces the usage in its command's help.
	flagBrief = "brief"
)

// Annotations of a cobra.Command for the help.
const (
	// exitStatuses are lines with a status, a space and its meaning.
	exitStatuses = "exit status"
	// objectKinds are the kinds of objects that -o json prints, separated by spaces.
	objectKinds = "objects"
	// credentialArgument says whether the command takes a CREDENTIAL and lists its common forms,
	// takes one and only names the topic, or lists all forms.
	credentialArgument = "credential"
	takesCredential    = "takes"
	namesCredential    = "names"
	listsCredentials   = "lists"
	// isHelpTopic marks a command that only prints a page of the help.
	isHelpTopic = "topic"
)

// The help topics. Those of a command list its rare flags.
const (
	topicCredentials = "credentials"
	topicServer      = "kube-apiserver"
	topicOutput      = "output"
	topicServing     = "serving"
	topicOptions     = "options"
)

// The headings that several commands share.
const (
	headCredential    = "Credential"
	headConfiguration = "Configuration"
	headServerFlags   = "Flags of kube-apiserver"
	headOutput        = "Output"
)

// section adds flags to a command under a heading of its help. Headings appear in the order of their first use,
// flags in the order in which they are added. The word between backquotes in a usage is the placeholder for the
// flag's value, as in pflag.
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

// leaveToTopic leaves flags of a command to a help topic.
func leaveToTopic(c *cobra.Command, topic string, names ...string) {
	for _, name := range names {
		_ = c.Flags().SetAnnotation(name, flagTopic, []string{topic})
	}
}

// briefFlags are the flags of a command that its help lists, and the topics that list the others.
func briefFlags(c *cobra.Command) (listed *pflag.FlagSet, topics []string) {
	listed = pflag.NewFlagSet(c.Name(), pflag.ContinueOnError)
	listed.SortFlags = false
	ownFlags(c).VisitAll(func(f *pflag.Flag) {
		switch topic := f.Annotations[flagTopic]; {
		case len(topic) == 0:
			listed.AddFlag(f)
		case !slices.Contains(topics, topic[0]):
			topics = append(topics, topic[0])
		}
	})
	return listed, topics
}

// topicFlags are the flags that the commands leave to a topic, each once.
func topicFlags(root *cobra.Command, topic string) *pflag.FlagSet {
	out := pflag.NewFlagSet(topic, pflag.ContinueOnError)
	out.SortFlags = false
	for _, c := range root.Commands() {
		ownFlags(c).VisitAll(func(f *pflag.Flag) {
			if slices.Contains(f.Annotations[flagTopic], topic) && out.Lookup(f.Name) == nil {
				out.AddFlag(f)
			}
		})
	}
	return out
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
func meaning(f *pflag.Flag) string { return withDefault(f, f.Usage) }

// briefMeaning is the meaning of a flag in the help of its command.
func briefMeaning(f *pflag.Flag) string {
	if brief := f.Annotations[flagBrief]; len(brief) > 0 {
		return withDefault(f, brief[0])
	}
	return meaning(f)
}

func withDefault(f *pflag.Flag, usage string) string {
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
		return usage
	}
	return usage + " (default " + strings.Trim(f.DefValue, "[]") + ")"
}

// nothingGiven stands for no CREDENTIAL.
const nothingGiven = "(nothing)"

// credentialHelp is what CREDENTIAL may be, as rows of two columns.
var credentialHelp = [][2]string{
	{nothingGiven, "What the current kubeconfig context sends."},
	{"context/NAME", "What a context of your kubeconfig sends; \"context\" alone is the current context."},
	{"-f FILE", "A file: a token, a header line, a document that contains a token, a kubeconfig or a PEM certificate."},
	{"-", "The same, from standard input."},
	{"secret/NAME", "The token in a Secret."},
	{"serviceaccount/NAME", "A new ten-minute token for the ServiceAccount."},
	{"pod/NAME", "The tokens of a Pod, as its spec requests them; with --exec, as they are in the container."},
	{"deployment/NAME", "The tokens of its newest running Pod; also statefulset/, daemonset/, replicaset/, job/ and cronjob/."},
	{"pod NAME", "The same as pod/NAME. All types can be written as two words, and with kubectl's short names."},
	{"TOKEN", "The credential itself. It ends up in shell history and process lists, so prefer -f or -."},
}

// commonCredentials are the forms of CREDENTIAL that the help of a command lists.
var commonCredentials = [][2]string{
	{nothingGiven, "What the current kubeconfig context sends."},
	{"-f FILE", "A token, a kubeconfig or a certificate in a file."},
	{"secret/NAME", "The token in a Secret."},
	{"pod/NAME", "A Pod's tokens, read with --exec; also deploy/NAME."},
	{"serviceaccount/NAME", "A new ten-minute token for the ServiceAccount."},
}

// formatHelp is what the value of -o may be, as rows of two columns.
var formatHelp = [][2]string{
	{"text", "For people: the first screen, or everything with --details."},
	{"markdown", "For issues and chats: everything, with the details folded."},
	{"json, yaml", "For programs: objects with a documented schema."},
	{"jsonpath=TEMPLATE", "Fields of the object; also jsonpath-as-json=TEMPLATE and jsonpath-file=FILE."},
	{"go-template=TEMPLATE", "The object in a Go template; also go-template-file=FILE."},
	{"jwks, pem", "For discover: the keys."},
}

// helpWidth is how wide help becomes.
const helpWidth = 80

// help prints a document of the help as reports are printed.
func (p *printing) help(d document.Document) error {
	out, err := p.paper(p.env.Out, p.env.Terminal, nil)
	if err != nil {
		return err
	}
	out.Width = min(out.Width, helpWidth)
	return out.Print(d)
}

// helpOf is the help of a command.
func helpOf(c *cobra.Command) document.Document {
	var d document.Document
	for paragraph := range strings.SplitSeq(strings.TrimSpace(c.Long), "\n\n") {
		if len(d) > 0 {
			d = append(d, document.Part{text(paragraph)})
		} else {
			d = append(d, text(paragraph))
		}
	}
	add := func(title string, blocks ...document.Block) {
		d = append(d, document.Section{Title: said(strings.TrimSuffix(title, ":")), Blocks: blocks})
	}
	add("Usage", text(usageLine(c)))
	var examples []document.Block
	for example := range strings.SplitSeq(strings.TrimSpace(c.Example), "\n\n") {
		var lines []finding.Value
		for line := range strings.Lines(example) {
			lines = append(lines, said(strings.TrimPrefix(strings.TrimRight(line, "\n"), "  ")))
		}
		var one document.Block = document.Code{Language: "sh", Text: finding.Join("\n", lines...)}
		if len(examples) > 0 {
			one = document.Part{one}
		}
		examples = append(examples, one)
	}
	if c.Example != "" {
		add("Examples", examples...)
	}
	for _, g := range c.Groups() {
		var rows [][2]string
		for _, sub := range c.Commands() {
			if sub.GroupID == g.ID {
				rows = append(rows, [2]string{sub.Name(), sub.Short})
			}
		}
		add(g.Title, table(rows))
	}
	switch c.Annotations[credentialArgument] {
	case takesCredential:
		if c.Name() == "call" {
			// The credential of the current context is never the default there.
			add("CREDENTIAL", table(commonCredentials[1:]))
			break
		}
		add("CREDENTIAL", table(commonCredentials))
	case listsCredentials:
		add("CREDENTIAL", table(credentialHelp))
	}
	if c.Name() == topicOutput {
		add("FORMAT", table(formatHelp))
	}
	listed, topics := briefFlags(c)
	statuses := ownStatuses(c)
	if isTopic(c) {
		listed, statuses = topicFlags(c.Root(), c.Name()), statusRows(c)
	}
	d = append(d, flagsOf(listed, briefMeaning)...)
	if statuses != nil {
		var lines []document.Block
		for _, row := range statuses {
			lines = append(lines, text(row[0]+" "+row[1]))
		}
		add("Exit status", lines...)
	}
	var footer document.Part
	if slices.Contains(topics, topicServer) {
		footer = append(footer, text("Run 'kubectl authn help kube-apiserver' for the flags of kube-apiserver."))
	}
	return append(d, append(footer, text(more(c, topics))))
}

// more says where the help goes on.
func more(c *cobra.Command, topics []string) string {
	topics = slices.DeleteFunc(topics, func(topic string) bool { return topic == topicServer })
	switch {
	case !c.HasParent():
		return "Run 'kubectl authn help COMMAND' or 'kubectl authn help TOPIC' for more."
	case slices.Equal(topics, []string{topicOutput}):
		return "For more, run 'kubectl authn help output' or 'kubectl authn options'."
	case len(topics) == 0:
		return "Run 'kubectl authn options' for the flags that every command accepts."
	}
	return "For more, run 'kubectl authn help' with " + strings.Join(topics, ", ") + " or options."
}

func said(s string) finding.Text { return finding.T("%s", finding.Message(s)) }

// text is a paragraph, whose lines are wrapped anew.
func text(s string) document.Paragraph {
	return document.Paragraph{Words: document.Of(document.Prose, said(strings.Join(strings.Fields(s), " ")))}
}

// noResult is what undecided means for every command.
const noResult = "the command was stopped, or its output could not be written"

// ownStatuses are the exit statuses that a command sets itself, with what each means.
func ownStatuses(c *cobra.Command) [][2]string {
	var rows [][2]string
	for line := range strings.Lines(c.Annotations[exitStatuses]) {
		status, means, _ := strings.Cut(strings.TrimSpace(line), " ")
		rows = append(rows, [2]string{status, means})
	}
	return rows
}

// statusRows are all exit statuses of a command, with what each means; nil where it has none of its own.
func statusRows(c *cobra.Command) [][2]string {
	var rows [][2]string
	undecided := strconv.Itoa(exitUndecided)
	for _, row := range ownStatuses(c) {
		status, means := row[0], row[1]
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

// flagsOf are flags below their headings.
func flagsOf(flags *pflag.FlagSet, meaning func(*pflag.Flag) string) document.Document {
	var d document.Document
	for _, s := range sections(flags) {
		var rows [][2]string
		for _, f := range s.flags {
			rows = append(rows, [2]string{written(f), meaning(f)})
		}
		d = append(d, document.Section{Title: said(s.heading), Blocks: []document.Block{table(rows)}})
	}
	return d
}

// table is names and what they mean. What a meaning says of a default, at its end, is of less weight.
func table(rows [][2]string) document.Rows {
	var out document.Rows
	for _, r := range rows {
		means, aside := r[1], ""
		if i := strings.LastIndex(means, " ("); i >= 0 && strings.Contains(means[i:], "default") {
			means, aside = means[:i], means[i:]
		}
		value := append(document.Of(document.Prose, said(means)), document.Span{Role: document.Aside, Text: said(aside)})
		out.Rows = append(out.Rows, document.Row{Name: document.Of(document.Prose, said(r[0])), Value: value})
	}
	return out
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
func newHelp(p *printing) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show help for a command or topic",
		Long: `Show help for a command or topic.

The help of a command is the same as with the flag --help. The topics are
credentials, kube-apiserver, serving, output and options.`,
		Example: `  # Show help for explain
  kubectl authn help explain

  # List the forms that a CREDENTIAL can have
  kubectl authn help credentials`,
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
			return p.help(helpOf(of))
		},
	}
}

// newCredentials is a help topic: the forms of CREDENTIAL.
func newCredentials(p *printing) *cobra.Command {
	return &cobra.Command{
		Use:   topicCredentials,
		Short: "List the forms that a CREDENTIAL can have",
		Long: `List the forms that a CREDENTIAL can have.

CREDENTIAL is the credential under test. Flags such as --context, --user and
--token choose the caller who asks about it.

A Pod, a list of objects, and a kubeconfig without a current context may have
several credentials. Each is judged: the report is about the worst, and has a
line for each of the others.`,
		Example: `  # Explain the token in a file, and the token that a command prints
  kubectl authn explain -f token.txt
  kubectl create token default | kubectl authn explain -

  # Explain what another context of your kubeconfig sends
  kubectl authn explain context/staging

  # Explain the token that the newest running Pod of a Deployment uses
  kubectl authn explain deploy/web --exec`,
		Annotations:           map[string]string{credentialArgument: listsCredentials, isHelpTopic: "true"},
		Args:                  atMost(0, "no argument"),
		DisableFlagsInUseLine: true,
		RunE:                  func(c *cobra.Command, _ []string) error { return p.help(helpOf(c)) },
	}
}

// isTopic reports whether a command only prints a page of the help.
func isTopic(c *cobra.Command) bool { return c.Annotations[isHelpTopic] != "" }

// newServerFlags is a help topic: the flags of simulate that configure the API server.
func newServerFlags(p *printing) *cobra.Command {
	return &cobra.Command{
		Use:   topicServer,
		Short: "List the kube-apiserver flags that simulate accepts",
		Long: `List the kube-apiserver flags that simulate accepts.

These flags have the same names and the same values as those of kube-apiserver.
A flag on the command line overrides the flag in the manifest. The list begins
with rare flags of simulate.`,
		Example: `  # Predict the identity that the --oidc-* flags assign
  kubectl authn simulate -f token.txt --oidc-issuer-url https://issuer.example \
    --oidc-client-id vault`,
		Annotations:           map[string]string{isHelpTopic: "true"},
		Args:                  atMost(0, "no argument"),
		DisableFlagsInUseLine: true,
		RunE:                  func(c *cobra.Command, _ []string) error { return p.help(helpOf(c)) },
	}
}

// newServing is a help topic: the rare flags of serve.
func newServing(p *printing) *cobra.Command {
	return &cobra.Command{
		Use:   topicServing,
		Short: "List the flags of serve about identities, TLS and limits",
		Long: `List the flags of serve about identities, TLS and limits.

The defaults suit a service that asks the API server about ServiceAccount
tokens, beside a proxy on the same host or in the same Pod.`,
		Example: `  # Serve over TLS to the proxies that have a certificate of this CA
  kubectl authn serve --audience reports --listen :8443 --tls-cert tls.crt \
    --tls-key tls.key --client-ca ca.crt`,
		Annotations:           map[string]string{isHelpTopic: "true"},
		Args:                  atMost(0, "no argument"),
		DisableFlagsInUseLine: true,
		RunE:                  func(c *cobra.Command, _ []string) error { return p.help(helpOf(c)) },
	}
}

// newOutput is a help topic: the formats of -o.
func newOutput(p *printing) *cobra.Command {
	return &cobra.Command{
		Use:   topicOutput,
		Short: "List the output formats, and what the exit statuses mean",
		Long: `List the output formats, and what the exit statuses mean.

-o chooses a format. Commands without a report, such as mint, do not print
markdown. All commands have the same exit statuses. With --anonymize, read the
report before you share it: the output of exec plugins, on standard error, keeps
its names.`,
		Example: `  # Print the verdict alone
  kubectl authn explain -o jsonpath='{.verdict}'

  # Save a report to share it, without names
  kubectl authn explain -o markdown --anonymize > report.md`,
		Annotations: map[string]string{
			isHelpTopic: "true",
			exitStatuses: `0 yes: accepted, valid or done
1 no: rejected, anonymous or invalid
2 undecided
3 wrong usage or unreadable input`,
		},
		Args:                  atMost(0, "no argument"),
		DisableFlagsInUseLine: true,
		RunE:                  func(c *cobra.Command, _ []string) error { return p.help(helpOf(c)) },
	}
}

// newOptions lists the flags that all commands share, as `kubectl options` does.
func newOptions(p *printing, root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   topicOptions,
		Short: "List the flags that every command accepts",
		Long: `List the flags that every command accepts.

These flags are kubectl's own. They choose the cluster and the caller who asks,
not the credential under test. Without a CREDENTIAL, the credential under test
is the one that this caller sends.`,
		Example: `  # List kubectl's flags
  kubectl authn options`,
		Annotations:           map[string]string{isHelpTopic: "true"},
		Args:                  atMost(0, "no argument"),
		DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			return p.help(append(document.Document{text("Every command accepts these flags.")}, flagsOf(shared(root), meaning)...))
		},
	}
}
