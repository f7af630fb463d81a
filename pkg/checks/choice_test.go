package checks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A rejection proves nothing about a certificate that the server did not request.
func TestChoiceOfRefused(t *testing.T) {
	for _, c := range []struct {
		asks bool
		want string
	}{{true, diagnose.Refused}, {false, diagnose.Ignored}} {
		e := given(presenting(validPEM, tampered), rejectedWithoutReason, handshake(evidence.Handshake{RequestsCertificate: c.asks}))
		if got := diagnose.NewCase(e).Choice(); got.Certificate != c.want || got.Token != diagnose.Refused {
			t.Errorf("asked for: %v: certificate %s, token %s; want %s, %s", c.asks, got.Certificate, got.Token, c.want, diagnose.Refused)
		}
	}
}

// The result for each credential that was sent, with the proof.
func TestChoice(t *testing.T) {
	served := func(username string, ids ...string) func(*evidence.Evidence) {
		user := &token.Identity{Username: username}
		if len(ids) > 0 {
			user.Extra = map[string][]string{diagnose.CredentialID: ids}
		}
		return answers(evidence.Answer{Status: 201, FromAPIServer: true, User: user})
	}
	both, certificate, alone := presenting(validPEM, tampered), presenting(validPEM, ""), holding(tampered)
	for name, c := range map[string]struct {
		given *evidence.Evidence
		want  diagnose.Choice
		proof string
	}{
		"no answer":                              {given(both, unreachable(evidence.TransportRefused, "refused")), diagnose.Choice{}, ""},
		"plain HTTP":                             {given(both, plainHTTPServer), diagnose.Choice{}, ""},
		"a gateway's user":                       {given(both, answers(janeServed), anonymousIs(janeServed)), diagnose.Choice{}, ""},
		"the server is in trouble":               {given(both, answers(evidence.Answer{Status: 503, FromAPIServer: true})), diagnose.Choice{}, ""},
		"anonymous":                              {given(both, answers(asNobody())), diagnose.Choice{Certificate: diagnose.Ignored, Token: diagnose.Ignored, Basic: diagnose.Ignored}, "system:anonymous"},
		"only the token is rejected":             {given(alone, rejectedWithoutReason), diagnose.Choice{Token: diagnose.Refused, Basic: diagnose.Ignored}, "every credential in it"},
		"the fingerprint":                        {given(both, acceptedByCertificate), diagnose.Choice{Certificate: diagnose.Decides, Token: diagnose.Ignored, Basic: diagnose.Ignored}, "fingerprint"},
		"the jti":                                {given(both, served(robot, "JTI=a-jti")), diagnose.Choice{Certificate: diagnose.Refused, Token: diagnose.Decides, Basic: diagnose.Ignored}, "is the jti"},
		"the jti, and no certificate asked for":  {given(both, served(robot, "JTI=a-jti"), handshake(evidence.Handshake{})), diagnose.Choice{Certificate: diagnose.Ignored, Token: diagnose.Decides, Basic: diagnose.Ignored}, "is the jti"},
		"an ID of neither":                       {given(both, served(robot, "JTI=other")), diagnose.Choice{Basic: diagnose.Ignored}, "neither"},
		"the certificate's name before 1.32":     {given(both, served("jane"), version("v1.31.0")), diagnose.Choice{Certificate: diagnose.Decides, Token: diagnose.Ignored, Basic: diagnose.Ignored}, "before Kubernetes 1.32"},
		"the certificate's name since 1.32":      {given(both, served("jane"), version("v1.32.0")), diagnose.Choice{Certificate: diagnose.Refused, Token: diagnose.Decides, Basic: diagnose.Ignored}, "the user's name tells"},
		"the token's name before 1.32":           {given(both, served(robot), version("v1.31.0")), diagnose.Choice{Certificate: diagnose.Refused, Token: diagnose.Decides, Basic: diagnose.Ignored}, "before Kubernetes 1.32"},
		"the token alone":                        {given(alone, served(robot)), diagnose.Choice{Token: diagnose.Decides, Basic: diagnose.Ignored}, "nothing else was sent"},
		"the certificate alone, by another name": {given(certificate, served("other")), diagnose.Choice{Certificate: diagnose.Decides, Basic: diagnose.Ignored}, "nothing else was sent"},
		"a password":                             {given(basic, served("jane")), diagnose.Choice{Basic: diagnose.Ignored}, "nothing else was sent"},
	} {
		got := diagnose.NewCase(c.given).Choice()
		proof := got.Proof.String()
		got.Proof = finding.Text{}
		if fmt.Sprint(got) != fmt.Sprint(c.want) || !strings.Contains(proof, c.proof) || (c.proof == "") != (proof == "") {
			t.Errorf("%s: %+v because %q", name, got, proof)
		}
	}
}
