package finding

import (
	"fmt"
	"strings"
)

// Markdown is the catalogue as a page of documentation: docs/findings.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Findings\n\n")
	b.WriteString("Everything that `kubectl authn` can find. `kubectl authn findings ID` shows the same on the command line. IDs are stable:\n")
	b.WriteString("scripts may match on them. An `error` can be the cause of a verdict, a `warning` will bite later, an `info` helps to read the rest.\n\n")
	b.WriteString("This page is written by `make docs` from the code (pkg/finding), and a test compares the two.\n")
	group := ""
	for _, e := range Catalogue {
		if e.Group != group {
			group = e.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		fmt.Fprintf(&b, "\n### %s\n\n", e.ID)
		fmt.Fprintf(&b, "**%s**: %s.\n\n", e.Severity, e.Title)
		fmt.Fprintf(&b, "%s\n\n", e.Meaning)
		fmt.Fprintf(&b, "*How it is found.* %s\n\n", e.Detection)
		fmt.Fprintf(&b, "*What to do.* %s\n\n", e.Fix)
		reference := e.Reference
		if strings.HasPrefix(reference, "https://") {
			reference = "<" + reference + ">"
		}
		fmt.Fprintf(&b, "*Read on.* %s\n", reference)
	}
	return b.String()
}
