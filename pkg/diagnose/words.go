package diagnose

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// MaxListed is the number of items that a sentence lists.
const MaxListed = 8

// AskAgain is a command of this plugin that asks about the credential under test once more.
// A simulation is repeated with its own flags, which are not known here: it has none.
func (c *Case) AskAgain(ask finding.Command) finding.Command {
	switch {
	case c.Simulated:
		return finding.Command{}
	case c.Reviewed:
		ask = ask.Subcommand("review")
	}
	return ask.Append(c.Subject().Credential.Again)
}

// Authorities are the names of certificate authorities, each whole; one that cannot be read is
// said to be so.
func Authorities(ders [][]byte) []finding.Text {
	out := make([]finding.Text, len(ders))
	for i, der := range ders {
		var rdns pkix.RDNSequence
		var name pkix.Name
		if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
			out[i] = finding.T("(unreadable name)")
			continue
		}
		name.FillFromRDNSequence(&rdns)
		out[i] = finding.T("%s", finding.Authority.Of(name.String()).Whole())
	}
	return out
}

// ListedAuthorities are Authorities in one text.
func ListedAuthorities(ders [][]byte) finding.Text {
	var out []finding.Value
	for _, a := range Authorities(ders) {
		out = append(out, a)
	}
	return finding.Join("; ", out...)
}

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
