package pasted

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
)

var (
	span = regexp.MustCompile("`([^`]+)`")
	// quoting is what stands before an error message that the page of findings quotes.
	quoting = regexp.MustCompile("(?:returns?|logs?|stops(?: before it sends a request,)?(?: the handshake)?(?: then stop)?(?: for example)? with|message such as|for example with|or with) (?:only )?`([^`]* [^`]*)`")
)

// The tables of README and docs/situations.md send people who see an error message to the command. Whoever
// pastes that message is not told that it is unknown.
func TestMessagesOfTheTablesAreKnown(t *testing.T) {
	n := 0
	for _, page := range []string{"../../README.md", "../../docs/situations.md"} {
		for line := range strings.Lines(read(t, page)) {
			cells := strings.Split(line, "|")
			if len(cells) < 4 || !strings.Contains(cells[2], "kubectl authn explain") {
				continue
			}
			for _, m := range span.FindAllStringSubmatch(cells[1], -1) {
				if message := m[1]; strings.Contains(message, "…") || strings.HasPrefix(message, "error: ") {
					n++
					known(t, page, message)
				}
			}
		}
	}
	if n < 6 {
		t.Errorf("only %d messages were found", n)
	}
}

// notMessages are spans of the page of findings that follow such a word and are no error message, or only
// a part of one.
var notMessages = []string{
	"tr -d '[:space:]'", "error in cryptographic primitive", "failed to verify id token signature", "No secret of name …", "x509: certificate specifies an incompatible key usage",
	`possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate`, "the server is currently unable to handle the request",
	"No valid id-token, and cannot refresh without refresh-token",
}

func TestMessagesOfFindingsAreKnown(t *testing.T) {
	n := 0
	const page = "../../docs/findings.md"
	for _, m := range quoting.FindAllStringSubmatch(read(t, page), -1) {
		if message := m[1]; !slices.Contains(notMessages, message) && !strings.HasPrefix(message, "kubectl ") {
			n++
			known(t, page, message)
		}
	}
	if n < 15 {
		t.Errorf("only %d messages were found", n)
	}
}

func known(t *testing.T, page, message string) {
	t.Helper()
	for _, rest := range []string{"x", `pods "web-0"`, "list resource \"pods\" in API group \"\" at the cluster scope"} {
		if _, ok := FromText(strings.ReplaceAll(message, "…", rest)); ok {
			return
		}
	}
	t.Errorf("%s: %q is not known", page, message)
}

func read(t *testing.T, page string) string {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Two groups with one key would give a message the fix of another program.
func TestFixesHaveOneGroup(t *testing.T) {
	seen := map[errortext.Key]bool{}
	for _, group := range fixGroups() {
		for key := range group {
			if seen[key] {
				t.Errorf("two explanations have the key %s", key)
			}
			seen[key] = true
		}
	}
}
