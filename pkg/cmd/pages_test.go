package cmd

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// pages returns the pages of the repository for readers.
func pages(t *testing.T) map[string]string {
	t.Helper()
	const root = "../.."
	out := map[string]string{}
	for _, dir := range []string{"docs", "cmd/authn-lab", "testdata", "README.md"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
				return err
			}
			text, err := os.ReadFile(path)
			name, _ := filepath.Rel(root, path)
			out[filepath.ToSlash(name)] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if out["README.md"] == "" || len(out) < 8 {
		t.Fatalf("only %d pages", len(out))
	}
	return out
}

// Each `kubectl authn …` in a page is a command with existing flags and valid arguments.
func TestPagesNameCommandsThereAre(t *testing.T) {
	seen := map[string]int{}
	for page, text := range pages(t) {
		for _, line := range commandLines(text) {
			seen[page]++
			// The words after the shell's request are an incomplete command.
			if len(line) > 0 && line[0] == cobra.ShellCompRequestCmd {
				line = line[1:]
			}
			if err := parses(line); err != nil {
				t.Errorf("%s: kubectl authn %s: %v", page, strings.Join(line, " "), err)
			}
		}
	}
	if seen["README.md"] < 10 || seen["docs/simulate.md"] < 10 {
		t.Errorf("commands found: %v; the rule about them holds nothing", seen)
	}
}

var (
	codeBlock = regexp.MustCompile("(?ms)^ *```[a-z]*\n(.*?)^ *```")
	codeSpan  = regexp.MustCompile("`([^`\n]+)`")
)

// commandLines are the words of each command of ours in a page's code: what stands in a block after a prompt, or at the
// beginning of a line or of a pipe's part, and what a span begins with.
func commandLines(text string) (lines [][]string) {
	add := func(code string) {
		for line := range strings.SplitSeq(strings.ReplaceAll(code, "\\\n", " "), "\n") {
			line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
			for _, words := range shellWords(line) {
				if len(words) < 2 || words[0] != "kubectl" || words[1] != "authn" {
					continue
				}
				// A usage line is no whole command.
				if strings.ContainsAny(strings.Join(words, " "), "…<") || slices.Contains(words, "[flags]") {
					continue
				}
				lines = append(lines, words[2:])
			}
		}
	}
	for _, m := range codeBlock.FindAllStringSubmatch(text, -1) {
		add(m[1])
	}
	text = codeBlock.ReplaceAllString(text, "")
	for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
		add(m[1])
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "    ") {
			add(line)
		}
	}
	return lines
}

// shellWords are the words of the commands of a line, as a shell has them: quotes taken off, what follows a redirection or a
// comment sign left out.
func shellWords(line string) [][]string {
	var all [][]string
	var words []string
	var word strings.Builder
	var quote rune
	within, skip := false, false
	end := func() {
		if within && !skip {
			words = append(words, word.String())
		}
		if within {
			skip = false
		}
		word.Reset()
		within = false
	}
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, within = c, true
		case c == ' ':
			end()
		case c == '#' && !within:
			end()
			return append(all, words)
		case strings.ContainsRune("|;&()", c):
			end()
			all, words = append(all, words), nil
		case c == '>' || c == '<' && within:
			if s := word.String(); s == "2" || s == "1" {
				word.Reset()
				within = false
			}
			end()
			skip = true
		default:
			word.WriteRune(c)
			within = true
		}
	}
	end()
	return append(all, words)
}

func TestCommandLines(t *testing.T) {
	got := commandLines("text `kubectl authn explain -f a` and `kubectl authn`, `kubectl authn explain …`, `kubectl auth whoami`\n" +
		"```console\n$ kubectl get pods\n$ cat x | kubectl authn verify - --jwks \\\n    'a b' > out # why\nkubectl authn mint robot 2>err && echo\n```\n" +
		"    kubectl authn findings \"x\"\n")
	want := "verify - --jwks a b|mint robot|explain -f a||findings x"
	var lines []string
	for _, words := range got {
		lines = append(lines, strings.Join(words, " "))
	}
	if strings.Join(lines, "|") != want {
		t.Errorf("%q, want %q", lines, want)
	}
}

var (
	linkTo  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	imageOf = regexp.MustCompile(`(?:src|srcset)="([^"]+)"`)
)

// What a page links to is there.
func TestPagesLinkToWhatThereIs(t *testing.T) {
	seen := 0
	for page, text := range pages(t) {
		text = codeSpan.ReplaceAllString(codeBlock.ReplaceAllString(text, ""), "")
		for _, m := range append(linkTo.FindAllStringSubmatch(text, -1), imageOf.FindAllStringSubmatch(text, -1)...) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			seen++
			at := page
			if target != "" {
				at = filepath.ToSlash(filepath.Join(filepath.Dir(page), target))
			}
			linked, err := os.Stat(filepath.Join("../..", at))
			if err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
				continue
			}
			if anchor == "" || linked.IsDir() {
				continue
			}
			data, err := os.ReadFile(filepath.Join("../..", at))
			if err != nil {
				t.Fatal(err)
			}
			if !hasAnchor(string(data), anchor) {
				t.Errorf("%s links to %s, and there is no such heading", page, m[1])
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d links: the rule about them holds nothing", seen)
	}
}

// hasAnchor reports whether a heading of a page is reached by an anchor.
func hasAnchor(text, anchor string) bool {
	for line := range strings.Lines(codeBlock.ReplaceAllString(text, "")) {
		title := strings.TrimLeft(line, "#")
		if title == line {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ', r == '-':
				return '-'
			case r == '_', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 0x7f && r != '…':
				return r
			}
			return -1
		}, strings.ToLower(strings.TrimSpace(title)))
		if name == anchor {
			return true
		}
	}
	return strings.Contains(text, `id="`+anchor+`"`) || strings.Contains(text, `name="`+anchor+`"`)
}
