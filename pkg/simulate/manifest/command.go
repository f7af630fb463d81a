package manifest

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// call is a call of a program that is or starts a kube-apiserver.
type call struct {
	// program is kube-apiserver, k3s, rke2 or minikube.
	program string
	args    []Argument
}

// shells are the programs that run a script given with -c.
var shells = []string{"sh", "bash", "ash", "dash"}

// callOf finds the call of kube-apiserver, k3s or RKE2 in the words of a command; nil if there is none.
func (p *parser) callOf(words []Argument, env environment) *call {
	if len(words) == 0 {
		return nil
	}
	if slices.Contains(shells, path.Base(words[0].Text)) {
		if at := slices.IndexFunc(words, func(a Argument) bool { return isScriptFlag(a.Text) }); at > 0 && at+1 < len(words) {
			return p.script(words[at+1], words[at+2:], env)
		}
		return installer(words[1:], env)
	}
	for i, w := range words {
		rest := words[i+1:]
		if strings.HasPrefix(w.Text, "-") {
			continue
		}
		next := ""
		if len(rest) > 0 {
			next = rest[0].Text
		}
		switch name := strings.TrimSuffix(path.Base(w.Text), ".exe"); {
		case name == "kube-apiserver" && (i == 0 || strings.HasPrefix(next, "-")),
			name == "apiserver" && i > 0 && path.Base(words[i-1].Text) == "hyperkube":
			return &call{"kube-apiserver", rest}
		case (name == "k3s" || name == "rke2") && next == "server":
			return &call{name, rest[1:]}
		case name == "minikube" && next == "start":
			return &call{name, rest[1:]}
		}
	}
	return nil
}

// installer finds the arguments of k3s behind a shell that reads k3s' install script, as in "sh -s - server": the
// script puts the words of INSTALL_K3S_EXEC in front.
func installer(words []Argument, env environment) *call {
	if len(words) > 0 && words[0].Text == "-s" {
		words = words[1:]
	}
	if len(words) > 0 && (words[0].Text == "-" || words[0].Text == "--") {
		words = words[1:]
	}
	if before, ok := env.lookup("INSTALL_K3S_EXEC"); ok {
		var args []Argument
		for _, command := range shellCommands(before.value) {
			for _, w := range command {
				args = append(args, Argument{Text: w.text, At: "INSTALL_K3S_EXEC"})
			}
		}
		words = append(args, words...)
	}
	if slices.ContainsFunc(words, isRancherArgument) {
		return &call{"k3s", words}
	}
	return nil
}

// isRancherArgument reports whether a word gives k3s or RKE2 an argument of kube-apiserver.
func isRancherArgument(a Argument) bool {
	name, _, _ := strings.Cut(a.Text, "=")
	return name == "--kube-apiserver-arg"
}

// isScriptFlag reports whether a word is -c, also among other options such as -ec.
func isScriptFlag(s string) bool {
	return strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "--") && strings.HasSuffix(s, "c")
}

var (
	assignment = regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)
	redirect   = regexp.MustCompile(`^(?:\d*|&)(?:>>?|<)(?:&?\S*)$`)
)

// script finds the call in a shell script.
func (p *parser) script(script Argument, params []Argument, env environment) *call {
	if len(params) > 0 {
		// The first word behind the script is its $0.
		params = params[1:]
	}
	env = slices.Clone(env)
	var found *call
	for _, command := range shellCommands(script.Text) {
		var words []Argument
		for _, w := range command {
			if w.text == "$@" || w.text == "$*" {
				words = append(words, params...)
				continue
			}
			a := Argument{Text: w.text, At: script.At}
			if !w.literal {
				a.Text, a.Unknown = env.shell(w.text)
			}
			words = append(words, a)
		}
		for len(words) > 0 {
			if m := assignment.FindStringSubmatch(words[0].Text); m != nil {
				env = append(env, variable{name: m[1], value: m[2]})
				words = words[1:]
				continue
			}
			if name := path.Base(words[0].Text); name != "exec" && name != "env" && name != "nohup" && name != "sudo" && name != "export" {
				break
			}
			words = words[1:]
		}
		if c := p.callOf(withoutRedirects(words), env); c != nil {
			found = c
		}
	}
	return found
}

func withoutRedirects(words []Argument) []Argument {
	var out []Argument
	for i := 0; i < len(words); i++ {
		switch t := words[i].Text; {
		case redirect.MatchString(t):
			if strings.HasSuffix(t, ">") || strings.HasSuffix(t, "<") {
				i++
			}
		default:
			out = append(out, words[i])
		}
	}
	return out
}

var shellVariable = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))`)

// shell expands the variables of a shell word. A variable without a known value stays as it is written.
func (e environment) shell(s string) (string, []Variable) {
	var unknown []Variable
	size := 0
	out := shellVariable.ReplaceAllStringFunc(s, func(written string) string {
		m := shellVariable.FindStringSubmatch(written)
		name := m[1] + m[3]
		v, known := e.lookup(name)
		size += len(v.value)
		switch {
		case size > maxArgument:
			if len(unknown) == 0 {
				unknown = append(unknown, Variable{name, tooLong})
			}
		case known && v.unknown == nil:
			return v.value
		case known:
			unknown = append(unknown, Variable{name, *v.unknown})
		case m[2] != "":
			return m[2]
		default:
			unknown = append(unknown, Variable{name, finding.T("the environment of the shell")})
		}
		return written
	})
	return out, unknown
}

// word is a word of a shell command; literal if it was in single quotes.
type word struct {
	text    string
	literal bool
}

// shellCommands splits a script into simple commands, at ; & | and line breaks.
func shellCommands(script string) [][]word {
	var out [][]word
	var command []word
	var text strings.Builder
	inWord, literal := false, false
	endWord := func() {
		if inWord {
			command = append(command, word{text.String(), literal})
		}
		text.Reset()
		inWord, literal = false, false
	}
	endCommand := func() {
		endWord()
		if len(command) > 0 {
			out = append(out, command)
		}
		command = nil
	}
	for i := 0; i < len(script); i++ {
		switch c := script[i]; c {
		case '\\':
			var escaped bool
			if i, escaped = escapedAt(script, i, &text); escaped {
				inWord = true
			}
		case '\'':
			end := strings.IndexByte(script[i+1:], '\'')
			if end < 0 {
				end = len(script) - i - 1
			}
			text.WriteString(script[i+1 : i+1+end])
			i += end + 1
			inWord, literal = true, true
		case '"':
			inWord = true
			i = doubleQuoted(script, i+1, &text)
		case ' ', '\t', '\r':
			endWord()
		case '#':
			if inWord {
				text.WriteByte(c)
				break
			}
			for i+1 < len(script) && script[i+1] != '\n' {
				i++
			}
		case '&':
			if inRedirect(script, i) {
				text.WriteByte(c)
				inWord = true
				break
			}
			endCommand()
		case ';', '|', '\n':
			endCommand()
		default:
			text.WriteByte(c)
			inWord = true
		}
	}
	endCommand()
	return out
}

// escapedAt copies the character behind a backslash and returns its position; it copies nothing for a line break.
func escapedAt(script string, i int, text *strings.Builder) (int, bool) {
	rest := script[i+1:]
	switch {
	case rest == "":
		return i, false
	case strings.HasPrefix(rest, "\n"):
		return i + 1, false
	case strings.HasPrefix(rest, "\r\n"):
		return i + 2, false
	}
	text.WriteByte(rest[0])
	return i + 1, true
}

// inRedirect reports whether the & at a position is part of a redirection such as 2>&1.
func inRedirect(script string, i int) bool {
	return i > 0 && script[i-1] == '>' || i+1 < len(script) && script[i+1] == '>'
}

// doubleQuoted copies a text in double quotes from position i and returns the position of the closing quote.
func doubleQuoted(script string, i int, text *strings.Builder) int {
	for ; i < len(script) && script[i] != '"'; i++ {
		if script[i] == '\\' && i+1 < len(script) && strings.IndexByte("\"\\$`\n", script[i+1]) >= 0 {
			i++
			if script[i] == '\n' {
				continue
			}
		}
		text.WriteByte(script[i])
	}
	return i
}

// isCommandLine reports whether a text that is no YAML document is a command line, the output of ps, or a file with
// arguments.
func isCommandLine(docs []value, err error, text string) bool {
	if err == nil && (len(docs) != 1 || !docs[0].isScalar()) || objectWord.MatchString(text) {
		return false
	}
	return argumentLine.MatchString(text) || programWord.MatchString(text)
}

var (
	argumentLine = regexp.MustCompile(`(?m)^\s*(?:[A-Za-z_]+=)?["']?--[a-z][a-z0-9-]+(?:[= ]|$)`)
	objectWord   = regexp.MustCompile(`(?m)^\s*"?(?:apiVersion|kind)"?\s*:`)
	programWord  = regexp.MustCompile(`(?:^|[\s/"'])(?:kube-apiserver\s+-|(?:k3s|rke2)\s+server\b|minikube\s+start\s|--kube-apiserver-arg[\s=])`)
)

// commandLine reads a command line, the output of ps, an EnvironmentFile with arguments, or a file with arguments.
func (p *parser) commandLine(text string) (*Launch, error) {
	l := &Launch{Form: finding.T("command line")}
	script := Argument{Text: text, At: "command line"}
	if c := p.script(script, nil, nil); c != nil {
		return p.launch(l, c)
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if m := assignment.FindStringSubmatch(line); m != nil {
			line = strings.Trim(m[2], `"'`)
		}
		if !strings.HasPrefix(line, "-") {
			continue
		}
		for _, command := range shellCommands(line) {
			for _, w := range command {
				l.Args = append(l.Args, Argument{Text: snap.Replace(w.text), At: lineOf(i + 1)})
			}
		}
	}
	if len(l.Args) == 0 {
		return nil, finding.Errorf("the file has no arguments of kube-apiserver")
	}
	if slices.ContainsFunc(l.Args, isRancherArgument) {
		args := l.Args
		l.Args = nil
		return p.rancher(l, "k3s", args)
	}
	return l, nil
}

// snap are the variables that MicroK8s expands in its file of arguments.
var snap = strings.NewReplacer("${SNAP_DATA}", "/var/snap/microk8s/current", "$SNAP_DATA", "/var/snap/microk8s/current",
	"${SNAP_COMMON}", "/var/snap/microk8s/common", "$SNAP_COMMON", "/var/snap/microk8s/common", "${SNAP}", "/snap/microk8s/current")

// processes reads the arguments of a process as in /proc/PID/cmdline.
func (p *parser) processes(text string) (*Launch, error) {
	var words []Argument
	for i, w := range strings.Split(strings.TrimRight(text, "\x00\n"), "\x00") {
		words = append(words, Argument{Text: w, At: argumentAt(i)})
	}
	if c := p.callOf(words, nil); c != nil {
		return p.launch(&Launch{Form: finding.T("arguments of a process")}, c)
	}
	return nil, finding.Errorf("the arguments are those of %s, not of kube-apiserver", finding.Program.Of(path.Base(words[0].Text)))
}
