package diagnose

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

const hour = time.Hour

// names decodes distinguished names; one that cannot be read is said to be so.
func names(ders [][]byte) []string {
	out := make([]string, 0, len(ders))
	for _, der := range ders {
		var rdns pkix.RDNSequence
		if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
			out = append(out, "(unreadable name)")
			continue
		}
		var name pkix.Name
		name.FillFromRDNSequence(&rdns)
		out = append(out, name.String())
	}
	return out
}

// ClientCAs names the authorities that the server asks client certificates of, each once.
func ClientCAs(e *evidence.Evidence) []string {
	var out []string
	for _, name := range names(e.Server.Handshake.Value.AcceptableCAs) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// clockWords says by whose clock a lifetime was judged.
func clockWords(byServer bool) string {
	if byServer {
		return " by the server's clock"
	}
	return " by this machine's clock (the server's is not known)"
}

// quote quotes text that came from outside, and not too much of it: a claim may have
// any length.
func quote(s string) string { return fmt.Sprintf("%q", short(s)) }

// short cuts text that came from outside to what fits into a sentence.
func short(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
