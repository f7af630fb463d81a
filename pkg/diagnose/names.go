package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ClientCAs names the CAs that the server requests client certificates from, each once.
func (c *Case) ClientCAs() []finding.Text {
	var out []finding.Text
	for _, name := range Authorities(c.Server.Handshake.Value.AcceptableCAs) {
		if !slices.ContainsFunc(out, name.Equal) {
			out = append(out, name)
		}
	}
	return out
}
