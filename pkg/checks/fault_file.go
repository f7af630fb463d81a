package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// unreadableToken is a token that its file does not give.
func unreadableToken(c *credential.Credential, f credential.Fault) finding.Finding {
	switch f.Problem {
	case 0:
	case credential.PodTokenUnreadable, credential.PodTokenForbidden:
		return unreadablePodToken(f)
	default:
		return unreadableInContainer(c.Projected, f)
	}
	if f.File == "" {
		return prove(f.ID, "%s", saidBy(f.Err)).Fix("Put the token there again, or name another file.", finding.Command{})
	}
	said := T("the tokenFile of the kubeconfig holds nothing but white space, which cannot be sent")
	if f.Err != nil {
		said = T("the tokenFile of the kubeconfig cannot be read: %s", saidBy(f.Err))
	}
	return prove(f.ID, "%s", said).Seen("tokenFile", finding.File.Of(f.File)).
		Fix("Put the token there again, or name another file.", run("kubectl config view --minify"))
}

// shadowedToken is a token beside a tokenFile. client-go sends what it reads in the file,
// and the token as long as it can read none (k8s.io/client-go transport/token_source.go).
func shadowedToken(f credential.Fault) finding.Finding {
	if f.Problem == credential.HandedOver {
		return prove(f.ID, "a tokenFile stands beside the token, and clients send what is in that; it is not read for a kubeconfig handed over")
	}
	out := prove(f.ID, "%s is given, and the kubeconfig's tokenFile is sent instead", f.Key).Seen("tokenFile", finding.File.Of(f.File))
	if f.Err != nil {
		out = out.Saying(T("%s is sent because the kubeconfig's tokenFile cannot be read now; as soon as it can be, its content is sent instead", f.Key)).
			Seen("reading it", saidBy(f.Err))
	}
	return out.Fix("Remove tokenFile from the user's entry, or use another user.", finding.Command{})
}

// encodedToken is a file in an encoding in which clients do not find its token.
func encodedToken(c *credential.Credential, f credential.Fault) finding.Finding {
	said := T("%s is %s, as Windows PowerShell's > writes it: a client that reads its token from it cannot send its zero bytes in a header (Go: net/http: invalid header field value)",
		c.Source, finding.Standard(f.Encoding))
	if f.Problem == credential.ByteOrderMark {
		said = T("%s is %s: a client that reads its token from it sends the mark with the token, and the API server answers invalid bearer token", c.Source, finding.Standard(f.Encoding))
	}
	return prove(f.ID, "%s", said).
		Fix("Write the file as plain UTF-8 before a client reads its token from it. In PowerShell: Out-File -Encoding ascii.", finding.Command{})
}
