package finding

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// words are constant words of a command, separated by spaces.
type words string

// Command is a command line for a POSIX shell: simple commands and the operators between them. Its
// zero value is no command.
type Command struct {
	parts []simple
	// others run it, with their own kubeconfig, because the caller lacks the permission.
	others bool
}

// simple is one command of a line, and the operator before it.
type simple struct {
	joined string // " | ", " && ", "; "; empty for the first
	argv   []shellWord
}

// shellWord is one word.
type shellWord struct {
	text Text
	// raw words are written unquoted: redirections, placeholders, scripts.
	raw bool
	// inner is a command whose output follows text in the word.
	inner *Command
}

// Run is a command of constant words.
func Run(w words) Command { return Command{parts: []simple{{}}}.Add(w) }

// Add adds constant words, separated by spaces.
func (c Command) Add(w words) Command {
	var added []shellWord
	for one := range strings.FieldsSeq(string(w)) {
		added = append(added, ourWord(one))
	}
	return c.add(added...)
}

func ourWord(w string) shellWord { return shellWord{text: Text{own(w).inText()}} }

// Subcommand is a command of this plugin with another subcommand.
func (c Command) Subcommand(w words) Command {
	if len(c.parts) == 0 || len(c.parts[0].argv) < 3 {
		return c
	}
	c.parts = slices.Clone(c.parts)
	c.parts[0].argv = slices.Clone(c.parts[0].argv)
	c.parts[0].argv[2] = ourWord(string(w))
	return c
}

// Word adds one constant word, which may contain spaces.
func (c Command) Word(w format) Command {
	return c.add(ourWord(string(w)))
}

// Arg adds one word that is a value. A value that begins with a dash would be read as a flag, even
// in quotes, so the result is no command.
func (c Command) Arg(v Value) Command {
	word := shellWord{text: T("%s", v)}
	if strings.HasPrefix(word.text.String(), "-") && word.text.spans[0].Class != Ours {
		return Command{}
	}
	return c.add(word)
}

// Argf adds one word from a format and values.
func (c Command) Argf(f format, values ...Value) Command {
	return c.add(shellWord{text: T(f, values...)})
}

// Flag adds a flag and its value. The value may begin with a dash, because a flag takes any next word.
func (c Command) Flag(w words, v Value) Command {
	return c.add(ourWord(string(w)), shellWord{text: T("%s", v)})
}

// Append adds the words of a part of a command, such as flags and their values.
func (c Command) Append(words Command) Command {
	if words.IsZero() {
		return c
	}
	for _, w := range words.parts[0].argv {
		c = c.add(w)
	}
	return c
}

// Raw adds a constant that the shell interprets: a redirection, a placeholder, a variable.
func (c Command) Raw(w format) Command { return c.add(shellWord{text: T("%s", own(w)), raw: true}) }

// From redirects the input of the command from a file.
func (c Command) From(file Value) Command { return c.Raw("<").Arg(file) }

// To has the command write to a file. What is in the file is lost once the command begins: a command that may fail
// first keeps its output in a variable (Assign). The result is no command if the name cannot be pasted exactly.
func (c Command) To(file Value) Command { return c.Raw(">").Arg(file).Exact() }

// Exact is the command, or no command if a name in it cannot be pasted: a command with NAME in its place would change
// something else.
func (c Command) Exact() Command {
	exact := true
	c.Map(func(s Span) Span {
		exact = exact && !unprintable(s) && inASCII(s).Value == s.Value
		return s
	})
	if !exact {
		return Command{}
	}
	return c
}

// Assign stores the output of a command in a shell variable, and fails if the command fails.
func Assign(variable format, command Command) Command {
	if command.IsZero() {
		return command
	}
	out := Run("").Output(variable+"=", command)
	out.others = command.others
	return out
}

// Output adds a word that consists of a constant prefix and the output of another command.
func (c Command) Output(before format, inner Command) Command {
	return c.add(shellWord{text: T("%s", own(before)), inner: &inner})
}

// Pipe sends the output of c to another command.
func (c Command) Pipe(next Command) Command { return c.join(" | ", next) }

// And runs another command if c succeeds.
func (c Command) And(next Command) Command { return c.join(" && ", next) }

// Then runs another command after c.
func (c Command) Then(next Command) Command { return c.join("; ", next) }

// ByOthers marks a command that the caller lacks the permission for.
func (c Command) ByOthers() Command {
	c.others = true
	return c
}

// TakesOthers reports whether another person, with more permissions, has to run the command.
func (c Command) TakesOthers() bool { return c.others }

// IsZero reports whether there is no command.
func (c Command) IsZero() bool { return len(c.parts) == 0 }

func (c Command) join(how string, next Command) Command {
	if c.IsZero() || next.IsZero() {
		return Command{}
	}
	c.parts = slices.Clone(c.parts)
	for i, p := range next.parts {
		if i == 0 {
			p.joined = how
		}
		c.parts = append(c.parts, p)
	}
	return c
}

func (c Command) add(added ...shellWord) Command {
	if c.IsZero() {
		return c
	}
	c.parts = slices.Clone(c.parts)
	last := &c.parts[len(c.parts)-1]
	last.argv = slices.Concat(last.argv, added)
	for i := len(last.argv) - len(added); i < len(last.argv); i++ {
		// A word is not cut, because a shorter word has another meaning.
		last.argv[i].text = last.argv[i].text.Map(func(s Span) Span {
			s.Most = 0
			return s
		})
	}
	return c
}

// Value is the name that a flag is set to. It is false without such a flag, and for a placeholder.
func (c Command) Value(flag words) (Text, bool) {
	for _, p := range c.parts {
		for i, w := range p.argv[:max(len(p.argv)-1, 0)] {
			if w.String() == string(flag) {
				value := p.argv[i+1]
				return value.text, len(value.text.Names()) > 0
			}
		}
	}
	return Text{}, false
}

// With adds flags to each kubectl of a command that its reader runs. Flags of kubectl are added
// before the subcommand, where no `--` precedes them. Flags of this plugin, which accepts none
// there, are added at the end.
func (c Command) With(kubectl, plugin Command) Command {
	if c.others {
		return c
	}
	flags := func(c Command) []shellWord {
		if c.IsZero() {
			return nil
		}
		return c.parts[0].argv
	}
	out := Command{others: c.others}
	for _, p := range c.parts {
		argv := make([]shellWord, 0, len(p.argv))
		for _, w := range p.argv {
			if w.inner != nil {
				inner := w.inner.With(kubectl, plugin)
				w.inner = &inner
			}
			argv = append(argv, w)
		}
		switch {
		case !hasWord(argv, 0, "kubectl") || hasWord(argv, 1, "apply") && hasWord(argv, 3, "-"):
		case hasWord(argv, 1, "authn"):
			argv = append(argv, flags(plugin)...)
		default:
			argv = slices.Insert(argv, 1, flags(kubectl)...)
		}
		p.argv = argv
		out.parts = append(out.parts, p)
	}
	return out
}

func hasWord(argv []shellWord, at int, word string) bool {
	return at < len(argv) && argv[at].text.String() == word && argv[at].inner == nil
}

// Words are the words as they are written, for a caller that breaks lines between them. A semicolon
// is part of the word before it.
func (c Command) Words() []string {
	var out []string
	for _, p := range c.parts {
		if n := len(out); n > 0 {
			if p.joined == "; " {
				out[n-1] += ";"
			} else {
				out = append(out, strings.TrimSpace(p.joined))
			}
		}
		for _, w := range p.argv {
			out = append(out, w.String())
		}
	}
	return out
}

// Programs are the words of each program that the command runs, unquoted, those inside of `$(…)` first.
func (c Command) Programs() [][]string {
	var out [][]string
	for _, p := range c.parts {
		var words []string
		for _, w := range p.argv {
			if w.inner != nil {
				out = append(out, w.inner.Programs()...)
			}
			words = append(words, w.text.String())
		}
		for len(words) > 0 && strings.Contains(words[0], "=") {
			words = words[1:]
		}
		out = append(out, words)
	}
	return out
}

// String is the command line.
func (c Command) String() string { return strings.Join(c.Words(), " ") }

// MarshalText is the command line.
func (c Command) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Equal reports whether both are the same command.
func (c Command) Equal(d Command) bool { return c.String() == d.String() && c.others == d.others }

// UnmarshalText reads a command that was printed. Its words no longer know their names.
func (c *Command) UnmarshalText(text []byte) error {
	*c = Command{}
	if len(text) == 0 {
		return nil
	}
	*c = Run("")
	for _, word := range savedWords(string(text)) {
		*c = c.add(savedWord(word))
	}
	return nil
}

// savedWords splits a command line between its words: at blanks outside of quotes and of `$(…)`. Blanks in a row stay together.
func savedWords(line string) []string {
	var out []string
	var within []byte // what is open: ', " or (
	word := ""
	for i := 0; i < len(line); i++ {
		c, top := line[i], byte(0)
		if n := len(within); n > 0 {
			top = within[n-1]
		}
		switch {
		case top == '\'' && c != '\'':
		case top == c && c != '(', top == '(' && c == ')':
			within = within[:len(within)-1]
		case c == '\\' && i+1 < len(line):
			word += "\\"
			i++
		case c == '$' && strings.HasPrefix(line[i:], "$("):
			within = append(within, '(')
			word += "$"
			i++
		case c == '"', c == '\'' && top != '"':
			within = append(within, c)
		case c == ' ' && top == 0 && strings.Trim(word, " ") != "":
			out, word = append(out, word), ""
			continue
		}
		word += line[i : i+1]
	}
	if word != "" {
		out = append(out, word)
	}
	return out
}

func savedWord(word string) shellWord {
	return shellWord{text: Text{[]Span{{Class: Saved, Value: word}}}, raw: true}
}

// IsSaved reports whether the command was read from a saved report.
func (c Command) IsSaved() bool {
	return !c.IsZero() && slices.ContainsFunc(c.parts[0].argv, func(w shellWord) bool {
		return slices.ContainsFunc(w.text.spans, func(s Span) bool { return s.Class == Saved })
	})
}

// Rewrite replaces the values in the command. If f changes only the whole line, the result is no command.
func (c *Command) Rewrite(f func(string) string) {
	*c = c.each(func(t Text) Text {
		t.Rewrite(f)
		return t
	})
	if whole := c.String(); f(whole) != whole {
		*c = Command{}
	}
}

// Names are the names in the command, each once, in order.
func (c Command) Names() []Name {
	var out []Name
	c.each(func(t Text) Text {
		out = names(out, t)
		return t
	})
	return out
}

// Map is the command with each span of its words replaced.
func (c Command) Map(f func(Span) Span) Command {
	return c.each(func(t Text) Text { return t.Map(f) })
}

func (c Command) each(f func(Text) Text) Command {
	out := Command{others: c.others}
	for _, p := range c.parts {
		argv := slices.Clone(p.argv)
		for i := range argv {
			argv[i].text = f(argv[i].text)
			if argv[i].inner != nil {
				inner := argv[i].inner.each(f)
				argv[i].inner = &inner
			}
		}
		out.parts = append(out.parts, simple{p.joined, argv})
	}
	return out
}

// String is the word in the quotes that it needs.
func (w shellWord) String() string {
	w.text = w.text.Map(inASCII)
	text := w.text.String()
	if w.inner != nil {
		return text + `"$(` + w.inner.String() + `)"`
	}
	if w.raw || len(w.text.spans) == 0 {
		return cmp.Or(text, "''")
	}
	// A word with a constant prefix, such as a flag, stays unquoted if its value is safe.
	first := w.text.spans[0]
	flag, rest, isFlag := strings.Cut(text, "=")
	isFlag = isFlag && first.Class == Ours && strings.Contains(first.Value, "=") && safeWord(flag)
	if slices.ContainsFunc(w.text.spans, unprintable) {
		// Such a name is not safe to paste.
		rest, text = "NAME", "NAME"
	}
	switch {
	case first.Class == Ours && len(w.text.spans) == 1 && safeWord(text):
		return text
	case isFlag:
		return flag + "=" + quoted(rest)
	case first.Class == Ours && safeWord(text):
		return text
	}
	return quoted(text)
}

// inASCII is a span whose escapes leave only characters that are safe to paste.
func inASCII(s Span) Span {
	if s.Escaped {
		quoted := strconv.QuoteToASCII(s.Value)
		s.Value, s.Escaped = quoted[1:len(quoted)-1], false
	}
	return s
}

func unprintable(s Span) bool {
	return s.Class != Ours && strings.ContainsFunc(s.Value, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

// quoted is a word, in single quotes if it needs them.
func quoted(word string) string {
	// zsh expands a word that begins with = to the path of a program.
	if safeWord(word) && !strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "=") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
