package manifest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

var unitSection = regexp.MustCompile(`(?m)^\s*(?:\[Service\]|ExecStart=)`)

func isUnit(text string) bool { return unitSection.MatchString(text) }

func lineOf(n int) string     { return "line " + strconv.Itoa(n) }
func argumentAt(i int) string { return "argument " + strconv.Itoa(i) }

// setting is an assignment in a systemd unit.
type setting struct {
	name, value string
	line        int
}

// settings reads the assignments of a unit (systemd.syntax): a backslash at the end of a line continues it, and
// comments inside are skipped.
func settings(text string) []setting {
	var out []setting
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		first := i + 1
		line := strings.TrimSpace(lines[i])
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		for strings.HasSuffix(line, `\`) {
			line = strings.TrimSuffix(line, `\`) + " "
			i++
			for i < len(lines) && (strings.HasPrefix(strings.TrimSpace(lines[i]), "#") || strings.HasPrefix(strings.TrimSpace(lines[i]), ";")) {
				i++
			}
			if i >= len(lines) {
				break
			}
			line += strings.TrimSpace(lines[i])
		}
		if name, value, ok := strings.Cut(line, "="); ok {
			out = append(out, setting{strings.TrimSpace(name), strings.TrimSpace(value), first})
		}
	}
	return out
}

// unit reads a systemd unit, or the output of systemctl cat.
func (p *parser) unit(text string) (*Launch, error) {
	l := &Launch{Form: finding.T("systemd unit")}
	var env environment
	var commands []setting
	oneshot := false
	var unread finding.Text
	for _, f := range p.DropIns {
		text += "\n" + string(f.Data)
	}
	for _, s := range settings(text) {
		if strings.HasPrefix(s.name, "-") {
			l.note(finding.T("line %s, %s, is no part of ExecStart=, because the line before it does not end with a backslash: systemd ignores it", finding.Count(s.line), finding.Quoted(s.name)))
		}
		switch s.name {
		case "Environment":
			if s.value == "" {
				env = nil
			}
			for _, w := range unitWords(s.value) {
				if name, value, ok := strings.Cut(w, "="); ok {
					env = append(env, variable{name: name, value: value})
				}
			}
		case "EnvironmentFile":
			file, optional := strings.CutPrefix(s.value, "-")
			vars, err := p.environmentFile(file)
			if err != nil && !optional {
				l.note(finding.T("the EnvironmentFile %s cannot be read here: its variables are not known", finding.File.Of(file)))
			}
			if err != nil {
				unread = finding.T("the EnvironmentFile %s, which cannot be read here", finding.File.Of(file))
			}
			env = append(env, vars...)
		case "Type":
			oneshot = s.value == "oneshot"
		case "ExecStart":
			if s.value == "" {
				commands = nil
				continue
			}
			commands = append(commands, s)
		}
	}
	for _, command := range commands {
		words := p.unitCommand(l, command, env, unread)
		c := p.callOf(words, env)
		if c == nil {
			continue
		}
		if len(commands) > 1 && !oneshot {
			l.fault(lineOf(command.line), "ExecStart", finding.T("systemd accepts more than one ExecStart= only with Type=oneshot: clear the first one with an empty ExecStart="))
		}
		return p.launch(l, c)
	}
	return nil, finding.Errorf("no ExecStart= in the unit runs kube-apiserver, k3s server or rke2 server")
}

// environmentFile reads the variables of an EnvironmentFile.
func (p *parser) environmentFile(file string) (environment, error) {
	if p.Beside == nil {
		return nil, finding.Errorf("there is no folder of the host")
	}
	data, err := p.Beside(file)
	if err != nil {
		return nil, err
	}
	var out environment
	for _, s := range settings(string(data)) {
		value := s.value
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		out = append(out, variable{name: s.name, value: value})
	}
	return out, nil
}

var unitVariable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// unitCommand returns the words of a command line of a unit: ${NAME} is replaced everywhere, and $NAME as a word of
// its own by all words in it (systemd.service, "Command lines").
func (p *parser) unitCommand(l *Launch, s setting, env environment, unread finding.Text) []Argument {
	var out []Argument
	size := 0
	for _, w := range unitWords(strings.TrimLeft(s.value, "@-:+!|")) {
		at := lineOf(s.line)
		if size > maxArguments {
			l.fault(at, "ExecStart", finding.T("the command line is longer than 2 MiB, so that Linux does not start the program"))
			return out
		}
		if name, ok := strings.CutPrefix(w, "$"); ok && variableName.MatchString(name) {
			v, known := env.lookup(name)
			if !known && !unread.IsZero() {
				out = append(out, Argument{Text: w, At: at, Unknown: []Variable{{name, unread}}})
				continue
			}
			size += len(v.value)
			for _, one := range unitWords(v.value) {
				out = append(out, Argument{Text: one, At: at + ", $" + name})
			}
			continue
		}
		a := Argument{At: at}
		a.Text = unitVariable.ReplaceAllStringFunc(w, func(written string) string {
			name := written[2 : len(written)-1]
			v, known := env.lookup(name)
			switch {
			case known:
				if size += len(v.value); size > maxArguments {
					return ""
				}
				return v.value
			case unread.IsZero():
				l.note(finding.T("the unit does not set %s: systemd replaces it with an empty string", finding.Variable.Of(name)))
				return ""
			}
			a.Unknown = append(a.Unknown, Variable{name, unread})
			return written
		})
		a.Text = strings.NewReplacer("$$", "$", "%%", "%").Replace(a.Text)
		out = append(out, a)
	}
	return out
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// unitWords splits a line into words as systemd does: quotes are removed, and a backslash escapes a character.
func unitWords(line string) []string {
	var out []string
	var text strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && i+1 < len(line):
			i++
			text.WriteByte(unescaped(line[i]))
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inWord = c, true
		case quote == 0 && slices.Contains([]byte(" \t\n"), c):
			if inWord {
				out = append(out, text.String())
			}
			text.Reset()
			inWord = false
		default:
			text.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		out = append(out, text.String())
	}
	return out
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 's':
		return ' '
	}
	return c
}
