package checks

import (
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// A refusal says nothing about a certificate that the server did not ask for.
func TestChoiceOfRefused(t *testing.T) {
	for _, c := range []struct {
		asks bool
		want string
	}{{true, diagnose.Refused}, {false, diagnose.Ignored}} {
		e := given(presenting(validPEM, tampered), refusedWithoutAWord, handshake(evidence.Handshake{RequestsCertificate: c.asks}))
		if got := diagnose.NewCase(e).Choice(); got.Certificate != c.want || got.Token != diagnose.Refused {
			t.Errorf("asked for: %v: certificate %s, token %s; want %s, %s", c.asks, got.Certificate, got.Token, c.want, diagnose.Refused)
		}
	}
}
