package cmd

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write docs/commands")

// The pages of docs/commands are generated from the tree of commands.
func TestPagesAreOfThisCode(t *testing.T) {
	const folder = "../../docs/commands"
	root, all := commands(t)
	pages := map[string]string{"README.md": index(root)}
	for _, c := range all {
		if public(c) {
			pages[c.Name()+".md"] = pageOf(t, c)
		}
	}
	if *update {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range pages {
		file := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the command says: run make docs", file)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != len(pages) || len(pages) < 11 {
		t.Errorf("%d files of %d pages: %v", len(files), len(pages), err)
	}
}

const generated = "<!-- Made from the help of the command by `make docs`. -->\n"

func index(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(generated + "\n# kubectl authn\n\n" + prose(root.Long) + "\n")
	for _, g := range root.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| command | |\n| --- | --- |\n", strings.TrimSuffix(g.Title, ":"))
		for _, c := range root.Commands() {
			if c.GroupID == g.ID && public(c) {
				fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", c.Name(), c.Name(), cell(c.Short))
			}
		}
	}
	b.WriteString("\n## Examples\n\n" + examples(root))
	b.WriteString("\nWhat `-o json` and `-o yaml` print is described by [JSON Schemas](../schemas/README.md), what a report finds by [the catalogue of findings](../findings.md).\n")
	return b.String()
}

func pageOf(t *testing.T, c *cobra.Command) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n# %s\n\n%s\n\n```\n%s\n```\n", generated, c.CommandPath(), prose(c.Long), usageLine(c))
	b.WriteString("\n## Examples\n\n" + examples(c))
	switch c.Annotations[credentialArgument] {
	case takesCredential, namesCredential:
		b.WriteString("\nCREDENTIAL is the credential under test: [its forms](credentials.md).\n")
	case listsCredentials:
		b.WriteString("\n## CREDENTIAL\n\n| written as | |\n| --- | --- |\n")
		for _, row := range credentialHelp {
			what := "`" + row[0] + "`"
			if row[0] == nothingGiven {
				what = row[0]
			}
			fmt.Fprintf(&b, "| %s | %s |\n", what, cell(row[1]))
		}
	}
	if c.Name() == topicOutput {
		b.WriteString("\n## FORMAT\n\n| written as | |\n| --- | --- |\n")
		for _, row := range formatHelp {
			fmt.Fprintf(&b, "| `%s` | %s |\n", row[0], cell(row[1]))
		}
	}
	flags := ownFlags(c)
	switch {
	case c.Name() == topicOptions:
		flags = shared(c.Root())
	case isTopic(c):
		flags = topicFlags(c.Root(), c.Name())
	}
	if of := sections(flags); len(of) > 0 {
		b.WriteString("\n## Flags\n")
		for _, s := range of {
			fmt.Fprintf(&b, "\n### %s\n\n| flag | |\n| --- | --- |\n", s.heading)
			for _, f := range s.flags {
				fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimSpace(written(f)), cell(meaning(f)))
			}
		}
	}
	if c.Name() != topicOptions {
		b.WriteString("\nThe flags of kubectl itself, which go with every command, are on [a page of their own](options.md).\n")
	}
	if rows := statusRows(c); rows != nil {
		b.WriteString("\n## Exit status\n\n| status | |\n| --- | --- |\n")
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s | %s |\n", r[0], cell(r[1]))
		}
	}
	if kinds := strings.Fields(c.Annotations[objectKinds]); len(kinds) > 0 {
		b.WriteString("\n## Objects\n\n`-o json` and `-o yaml` print one of these; the links lead to what is in them:\n\n")
		for _, kind := range kinds {
			link := "../schemas/" + kind + ".json"
			if _, err := os.Stat(filepath.Join("../../docs/commands", link)); err != nil {
				if link = ofKubernetes[kind]; link == "" {
					t.Errorf("%s prints %s, which has no schema", c.Name(), kind)
				}
				fmt.Fprintf(&b, "- the API server's own [%s](%s), the token in it redacted\n", kind, link)
				continue
			}
			fmt.Fprintf(&b, "- [%s](%s)\n", kind, link)
		}
	}
	return b.String()
}

// ofKubernetes are the kinds of Kubernetes, with their documentation.
var ofKubernetes = map[string]string{
	"TokenReview":  "https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/",
	"TokenRequest": "https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/",
}

func examples(c *cobra.Command) string {
	var b strings.Builder
	b.WriteString("```sh\n")
	for line := range strings.Lines(c.Example) {
		b.WriteString(strings.TrimPrefix(strings.TrimRight(line, "\n"), "  ") + "\n")
	}
	b.WriteString("```\n")
	return b.String()
}

var (
	// An apostrophe follows a letter; a quotation does not.
	quotation = regexp.MustCompile(`(^|[\s(])'([^'\n]+)'`)
	flagName  = regexp.MustCompile(`(^|[\s(])(--[a-z][a-z-]*[a-z])`)
)

// prose returns a text of the help as Markdown.
func prose(text string) string {
	text = quotation.ReplaceAllString(strings.TrimSpace(text), "$1`$2`")
	return flagName.ReplaceAllString(text, "$1`$2`")
}

// cell returns a text for a table.
func cell(text string) string { return strings.ReplaceAll(prose(text), "|", `\|`) }

// The help of a command names exactly the kinds that the command prints.
func TestKindsAreSaid(t *testing.T) {
	_, all := commands(t)
	said := map[string]bool{}
	for _, c := range all {
		for _, kind := range strings.Fields(c.Annotations[objectKinds]) {
			said[kind] = true
		}
		output := false
		c.Flags().VisitAll(func(f *pflag.Flag) { output = output || f.Name == "output" })
		if output != (c.Annotations[objectKinds] != "") {
			t.Errorf("%s prints objects: %t; it says which: %q", c.Name(), output, c.Annotations[objectKinds])
		}
	}
	for kind := range must(schemas()) {
		if !said[kind] {
			t.Errorf("no command says that it prints %s", kind)
		}
	}
}
