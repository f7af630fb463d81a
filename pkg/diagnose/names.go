package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ClientCAs names the authorities that the server asks client certificates of, each once.
func (c *Case) ClientCAs() []finding.Text {
	var out []finding.Text
	for _, name := range Authorities(c.Server.Handshake.Value.AcceptableCAs) {
		if !slices.ContainsFunc(out, name.Equal) {
			out = append(out, name)
		}
	}
	return out
}
