package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const CredentialID = "authentication.kubernetes.io/credential-id"

// Decided reports whether the server took the user from this certificate: by the
// fingerprint that it names, or, before Kubernetes 1.32, by the name.
func Decided(user *token.Identity, c *credential.Certificate) bool {
	ids, said := user.Extra[CredentialID]
	if !said {
		return user.Username == c.Leaf.Subject.CommonName
	}
	return slices.Contains(ids, "X509SHA256="+c.Fingerprint())
}

// What the server makes of one of the means that are sent.
const (
	// Decides: the user is taken from it.
	Decides = "Decides"
	// Refused: the server looked at it and did not take it.
	Refused = "Refused"
	// Ignored: the server did not look at it, or it was not there when the server looked.
	Ignored = "Ignored"
)

// Choice is what the server makes of each of the means that are sent; empty where that is
// not known. Proof says from what it is known.
type Choice struct{ Certificate, Token, Basic, Proof string }

// ServerChoice tells by the credential-id that the server names in `extra` which of the
// means that were sent decided (k8s.io/apiserver pkg/authentication/user).
func (e *Case) Choice() Choice {
	wire, c := e.Subject().Wire, e.Subject().Credential
	if !wire.Known() || e.IsPlainHTTP() || e.IdentitySuppliedOnTheWay() {
		return Choice{}
	}
	user := UserOf(wire)
	// A certificate that nobody asks for is not sent.
	certificateRefused := Refused
	if h := e.Server.Handshake; h.Known() && !h.Value.RequestsCertificate {
		certificateRefused = Ignored
	}
	switch {
	case e.RefusedOnTheWire():
		out := Choice{Basic: Ignored, Proof: "the server refuses the request, and with it all that was sent"}
		if c.Certificate != nil {
			out.Certificate = certificateRefused
		}
		if c.Token != nil {
			out.Token = Refused
		}
		return out
	case IsAnonymous(user):
		return Choice{Ignored, Ignored, Ignored, "the server serves the request as " + AnonymousUser}
	case !NamesUser(user):
		return Choice{}
	}
	ids := user.Extra[CredentialID]
	byCertificate := c.Certificate != nil && Decided(user, c.Certificate)
	if byCertificate && len(ids) == 0 && c.Token != nil && e.ServerAtLeast(1, 32) {
		// Since then a server names the certificate where it decided.
		byCertificate = false
	}
	out := Choice{Basic: Ignored}
	switch {
	case byCertificate:
		out.Certificate, out.Token = Decides, Ignored
	case c.Certificate != nil && c.Token != nil:
		out.Certificate, out.Token = certificateRefused, Decides
	case c.Token != nil:
		out.Token = Decides
	case c.Certificate != nil:
		out.Certificate = Decides
	}
	switch {
	case c.Certificate != nil && slices.Contains(ids, "X509SHA256="+c.Certificate.Fingerprint()):
		out.Proof = fmt.Sprintf("credential-id X509SHA256=%s is the fingerprint of the client certificate", c.Certificate.Fingerprint())
	case c.Token != nil && c.Token.ID() != "" && slices.Contains(ids, "JTI="+c.Token.ID()):
		out.Proof = fmt.Sprintf("credential-id JTI=%s is the jti of the token", c.Token.ID())
	case len(ids) > 0:
		out.Proof = fmt.Sprintf("credential-id %s is neither the certificate's nor the token's", strings.Join(ids, ", "))
		out.Certificate, out.Token = "", ""
	case c.Certificate != nil && c.Token != nil && e.ServerBefore(1, 32):
		out.Proof = "a server before Kubernetes 1.32 names no credential-id of a certificate; the user's name tells"
	case c.Certificate != nil && c.Token != nil:
		out.Proof = "the server names no credential-id; the user's name tells"
	default:
		out.Proof = "the server names no credential-id, and nothing else was sent"
	}
	return out
}
