package diagnose

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// MaxListed is how many things a sentence lists.
const MaxListed = 8

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
