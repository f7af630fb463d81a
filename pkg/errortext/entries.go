package errortext

import (
	"regexp"
	"strings"
	"sync"
)

// klogHeader matches the beginning of a log line of klog.
var klogHeader = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,6}\s+\d+ [\w.-]+\.go:\d+\] `)
})

// apart puts log lines that were pasted into one line on lines of their own: a header that follows
// another one, or that follows a word without a space.
func apart(text string) string {
	if !strings.Contains(text, ".go:") {
		return text
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		at := 0
		for i, found := range klogHeader().FindAllStringIndex(line, maxFound) {
			if begin := found[0]; begin > at && (i > 0 && line[begin-1] == ' ' || wordByte(line[begin-1])) {
				out.WriteString(strings.TrimRight(line[at:begin], " "))
				out.WriteByte('\n')
				at = begin
			}
		}
		out.WriteString(line[at:])
	}
	return out.String()
}
