package diagnose

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

var safeWord = regexp.MustCompile(`^[A-Za-z0-9@%+=:,./_-]+$`)

// word quotes a name for a POSIX shell. Names come from claims: one that a shell
// would not take as a plain word, and that no Kubernetes object can have, is not put
// into a command at all.
func word(name string) string {
	switch {
	case name == "":
		return "''"
	case safeWord.MatchString(name) && !strings.HasPrefix(name, "-"):
		return name
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r > 0x7e }):
		return "NAME"
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

func mint(namespace, name string, flags ...string) string {
	command := fmt.Sprintf("kubectl authn mint %s --namespace %s", word(name), word(namespace))
	for _, f := range flags {
		command += " " + f
	}
	return command
}

// span is a duration as people say it: the two largest units that matter.
func span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	type unit struct {
		name string
		size time.Duration
	}
	units := []unit{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.size && u.name != "s" {
			continue
		}
		text := fmt.Sprintf("%d%s", d/u.size, u.name)
		if rest := d % u.size; i+1 < len(units) && rest >= units[i+1].size {
			text += fmt.Sprintf(" %d%s", rest/units[i+1].size, units[i+1].name)
		}
		return text
	}
	return "0s"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
