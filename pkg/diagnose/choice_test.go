package diagnose

import (
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// A refusal says nothing about a certificate that the server did not ask for.
func TestChoiceOfRefused(t *testing.T) {
	for _, c := range []struct {
		asks bool
		want string
	}{{true, Refused}, {false, Ignored}} {
		e := given(presenting(validPEM, tampered), refusedWithoutAWord, handshake(evidence.Handshake{RequestsCertificate: c.asks}))
		if got := ServerChoice(e); got.Certificate != c.want || got.Token != Refused {
			t.Errorf("asked for: %v: certificate %s, token %s; want %s, %s", c.asks, got.Certificate, got.Token, c.want, Refused)
		}
	}
}
