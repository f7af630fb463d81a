package finding

import (
	"fmt"
	"strings"
)

// Markdown is the catalogue as a page, docs/findings.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Findings\n\n")
	b.WriteString("This page lists every finding of `kubectl authn`. `kubectl authn findings ID` prints the same on the command line.\n")
	b.WriteString("IDs are stable, so scripts may match on them. An `error` can be the cause of a verdict. A `warning` causes a failure later.\n")
	b.WriteString("An `info` explains other findings. The [glossary](glossary.md) explains the terms.\n\n")
	b.WriteString("`make docs` generates this page from the code (pkg/finding).\n")
	group := ""
	for _, e := range Catalogue {
		if e.Group != group {
			group = e.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		fmt.Fprintf(&b, "\n### %s\n\n", e.ID)
		fmt.Fprintf(&b, "**%s**: %s.\n\n", e.Severity, e.Title)
		fmt.Fprintf(&b, "%s\n\n", e.Meaning)
		fmt.Fprintf(&b, "*Detection.* %s\n\n", e.Detection)
		fmt.Fprintf(&b, "*Fix.* %s\n\n", e.Fix)
		reference := e.Reference
		if strings.HasPrefix(reference, "https://") {
			reference = "<" + reference + ">"
		}
		fmt.Fprintf(&b, "*Further reading.* %s\n", reference)
	}
	return b.String()
}
