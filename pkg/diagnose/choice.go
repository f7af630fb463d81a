package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const CredentialID = "authentication.kubernetes.io/credential-id"

// Decided reports whether the user comes from this certificate, by the fingerprint in the answer or, before Kubernetes 1.32,
// by the name.
func Decided(user *token.Identity, c *credential.Certificate) bool {
	ids, said := user.Extra[CredentialID]
	if !said {
		return user.Username == c.Leaf.Subject.CommonName
	}
	return slices.Contains(ids, "X509SHA256="+c.Fingerprint())
}

// The results for one of several credentials in a request.
const (
	// Decides: the user comes from this credential.
	Decides = "Decides"
	// Refused: the API server checked the credential and did not accept it.
	Refused = "Refused"
	// Ignored: the API server did not check the credential, or did not receive it.
	Ignored = "Ignored"
)

// Choice is the result for each credential in a request, empty if unknown, with the proof.
type Choice struct {
	Certificate, Token, Basic string
	Proof                     finding.Text
}

// Choice derives from the credential-id in `extra` which credential decided (k8s.io/apiserver pkg/authentication/user).
func (c *Case) Choice() Choice {
	wire, cred := c.Subject().Wire, c.Subject().Credential
	if !wire.Known() || c.IsPlainHTTP() || c.IdentitySuppliedOnTheWay() {
		return Choice{}
	}
	user := UserOf(wire)
	certificate := ""
	switch h := c.Server.Handshake; {
	case cred.Certificate == nil:
	case h.Known() && !h.Value.RequestsCertificate:
		// Clients do not send a certificate that the server does not request.
		certificate = Ignored
	default:
		certificate = Refused
	}
	switch {
	case c.RefusedOnTheWire():
		out := Choice{Certificate: certificate, Basic: Ignored, Proof: finding.T("the server rejects the request with every credential in it")}
		if cred.Token != nil {
			out.Token = Refused
		}
		return out
	case IsAnonymous(user):
		return Choice{Ignored, Ignored, Ignored, finding.T("the server serves the request as " + AnonymousUser)}
	case !NamesUser(user):
		return Choice{}
	}
	proof, known := c.choiceProof(user.Extra[CredentialID])
	switch {
	case !known:
		return Choice{"", "", Ignored, proof}
	case c.certificateDecided(user):
		return Choice{Decides, Ignored, Ignored, proof}
	case cred.Token != nil:
		return Choice{certificate, Decides, Ignored, proof}
	case cred.Certificate != nil:
		return Choice{Decides, "", Ignored, proof}
	}
	return Choice{"", "", Ignored, proof}
}

func (c *Case) certificateDecided(user *token.Identity) bool {
	cred := c.Subject().Credential
	if len(user.Extra[CredentialID]) == 0 && cred.Token != nil && c.ServerAtLeast(1, 32) {
		// Since Kubernetes 1.32, the API server names the certificate if the certificate decided.
		return false
	}
	return cred.Certificate != nil && Decided(user, cred.Certificate)
}

// choiceProof describes the credential-id that decides; false means that it belongs to none of the credentials.
func (c *Case) choiceProof(ids []string) (finding.Text, bool) {
	cred := c.Subject().Credential
	both := cred.Certificate != nil && cred.Token != nil
	switch {
	case cred.Certificate != nil && slices.Contains(ids, "X509SHA256="+cred.Certificate.Fingerprint()):
		return finding.T("credential-id X509SHA256=%s is the fingerprint of the client certificate", finding.Fingerprint.Of(cred.Certificate.Fingerprint())), true
	case cred.Token != nil && cred.Token.ID() != "" && slices.Contains(ids, "JTI="+cred.Token.ID()):
		return finding.T("credential-id JTI=%s is the jti of the token", finding.TokenID.Of(cred.Token.ID()).Whole()), true
	case len(ids) > 0:
		named := make([]finding.Value, len(ids))
		for i, id := range ids {
			named[i] = finding.Message(id)
		}
		return finding.T("credential-id %s is neither the certificate's nor the token's", finding.Join(", ", named...)), false
	case both && c.ServerBefore(1, 32):
		return finding.T("a server before Kubernetes 1.32 names no credential-id of a certificate; the user's name tells"), true
	case both:
		return finding.T("the server names no credential-id; the user's name tells"), true
	}
	return finding.T("the server names no credential-id, and nothing else was sent"), true
}
