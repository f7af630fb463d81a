package diagnose

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Quoted lists texts that came from outside, and not too much of them.
func Quoted(items []string) string {
	if len(items) == 0 {
		return "(none)"
	}
	var out []string
	for _, s := range items[:min(len(items), MaxListed)] {
		out = append(out, Quote(s))
	}
	return List(out, len(items)-len(out))
}

// MaxListed is how many things a sentence lists.
const MaxListed = 8

// List are items, of which so many more are not shown, in a sentence.
func List(items []string, more int) string {
	if more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(items, ", "), more)
	}
	return strings.Join(items, ", ")
}

// AtMost are the first of the items, and how many more there are.
func AtMost(most int, more string, items []string) []string {
	if len(items) > most {
		return append(items[:most:most], fmt.Sprintf(more, len(items)-most))
	}
	return items
}

// DistinguishedNames decodes distinguished names; one that cannot be read is said to be so.
func DistinguishedNames(ders [][]byte) []string {
	out := make([]string, 0, len(ders))
	for _, der := range ders {
		name, ok := DistinguishedName(der)
		if !ok {
			name = "(unreadable name)"
		}
		out = append(out, name)
	}
	return out
}

// DistinguishedName decodes a distinguished name; false where it cannot be read.
func DistinguishedName(der []byte) (string, bool) {
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
		return "", false
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdns)
	return name.String(), true
}

// ClockWords says by whose clock a lifetime was judged.
func ClockWords(byServer bool) string {
	if byServer {
		return " by the server's clock"
	}
	return " by this machine's clock (the server's is not known)"
}

// Quote quotes text that came from outside, and not too much of it: a claim may have
// any length.
func Quote(s string) string { return fmt.Sprintf("%q", Short(s)) }

// Short cuts text that came from outside to what fits into a sentence.
func Short(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Again is the command that asks about the credential under test once more.
func Again(e *Case, command string) string {
	if a := e.Subject().Credential.Again.String(); a != "" {
		return "kubectl authn " + command + " " + a
	}
	return "kubectl authn " + command
}

// AskAgain is a command of this plugin that asks about the credential under test once more.
func (e *Case) AskAgain(ask finding.Command) finding.Command {
	return ask.Append(e.Subject().Credential.Again)
}

// Authorities are the names of certificate authorities, each whole; one that cannot be read is
// said to be so.
func Authorities(ders [][]byte) []finding.Value {
	out := make([]finding.Value, len(ders))
	for i, der := range ders {
		if name, ok := DistinguishedName(der); ok {
			out[i] = finding.Authority.Of(name).Whole()
		} else {
			out[i] = finding.T("(unreadable name)")
		}
	}
	return out
}

// Span is a duration as people say it: the two largest units that matter.
func Span(d time.Duration) string {
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

// Stamp is a moment in UTC.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// ServiceAccountPrefix begins the user name of each ServiceAccount.
const ServiceAccountPrefix = "system:serviceaccount:"

// ServiceAccountOf is the ServiceAccount whose user name it is; false where it is none's.
func ServiceAccountOf(user string) (namespace, name string, ok bool) {
	rest, ok := strings.CutPrefix(user, ServiceAccountPrefix)
	namespace, name, found := strings.Cut(rest, ":")
	if !ok || !found || !finding.NamespaceName(namespace) || !finding.ObjectName(name) {
		return "", "", false
	}
	return namespace, name, true
}

// BindTo is the command that binds a role to a ServiceAccount; false where the user is
// none.
func BindTo(user, create, role string) (string, bool) {
	namespace, name, ok := ServiceAccountOf(user)
	if !ok {
		return "", false
	}
	return "kubectl " + create + name + role + " --serviceaccount=" + namespace + ":" + name, true
}
