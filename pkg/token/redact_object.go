package token

import (
	"regexp"
	"strings"
	"sync"
)

// secretData matches the data of a Secret in JSON, also in JSON that a log quotes. The metadata match too.
var secretData = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`ata\\*"\s*:\s*\{([^{}]+)\}`)
})

// findSecretData adds the values of Secrets in JSON or YAML.
func findSecretData(text string, found []stretch) []stretch {
	if !strings.Contains(text, "Secret") || !strings.Contains(strings.ToLower(text), "data") {
		return found
	}
	if strings.Contains(text, `"kind":"Secret`) || strings.Contains(text, `"kind": "Secret`) || strings.Contains(text, `"kind\":\"Secret`) || strings.Contains(text, `"kind\": \"Secret`) {
		for _, m := range secretData().FindAllStringSubmatchIndex(text, -1) {
			if name := text[max(0, m[0]-len("stringD")):m[0]]; strings.HasSuffix(name, `"d`) || name == "stringD" {
				found = append(found, stretch{m[2], m[3]})
			}
		}
	}
	if strings.Contains(text, "kind: Secret") {
		found = findSecretYAML(text, found)
	}
	return found
}

// findSecretYAML adds the values of the fields data and stringData, which their lines are indented below.
func findSecretYAML(text string, found []stretch) []stretch {
	at, below := 0, -1
	for line := range strings.Lines(text) {
		plain := strings.TrimRight(line, "\r\n")
		content := strings.TrimLeft(plain, " ")
		indent := len(plain) - len(content)
		switch {
		case content == "data:" || content == "stringData:":
			below = indent
		case below < 0 || content == "":
		case indent <= below:
			below = -1
		default:
			from := at + indent
			if name, value, ok := strings.Cut(content, ": "); ok {
				from += len(name) + len(": ")
				content = value
			}
			if content != "" && !strings.HasSuffix(content, ":") {
				found = append(found, stretch{from, at + len(plain)})
			}
		}
		at += len(line)
	}
	return found
}
