package diagnose

import (
	"slices"
)

// ClientCAs names the authorities that the server asks client certificates of, each once.
func (e *Case) ClientCAs() []string {
	var out []string
	for _, name := range DistinguishedNames(e.Server.Handshake.Value.AcceptableCAs) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
