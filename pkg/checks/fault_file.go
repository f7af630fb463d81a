package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// unreadableToken is a token that its file does not give.
func unreadableToken(c *credential.Credential, f credential.Fault) kinds {
	if f.Problem >= credential.ContainerTokenEmpty {
		return unreadableInContainer(c.Projected, f)
	}
	return kinds{
		0:                             unreadableFile(f),
		credential.PodTokenUnreadable: unreadablePodToken(f, T("See what is mounted there, and whether the kubelet reports trouble with the volume in the Pod's events; the file is never empty for long unless something else than the kubelet wrote it.")),
		credential.PodTokenForbidden:  unreadablePodToken(f, T("Give the Pod an fsGroup, to which the kubelet then gives the file, or let the container run as one user throughout (runAsUser), who then owns it.")),
	}
}

// unreadableFile is the tokenFile of a kubeconfig.
func unreadableFile(f credential.Fault) finding.Finding {
	const advice = "Put the token there again, or name another file."
	if f.File == "" {
		return prove(f.ID, "%s", saidBy(f.Err)).Fix(advice, finding.Command{})
	}
	said := T("the tokenFile of the kubeconfig holds nothing but white space, which cannot be sent")
	if f.Err != nil {
		said = T("the tokenFile of the kubeconfig cannot be read: %s", saidBy(f.Err))
	}
	return prove(f.ID, "%s", said).Seen("tokenFile", finding.File.Of(f.File)).Fix(advice, run("kubectl config view --minify"))
}

// shadowedToken is a token beside a tokenFile. client-go sends what it reads in the file,
// and the token as long as it can read none (k8s.io/client-go transport/token_source.go).
func shadowedToken(_ *credential.Credential, f credential.Fault) kinds {
	beside := prove(f.ID, "%s is given, and the kubeconfig's tokenFile is sent instead", f.Key).Seen("tokenFile", finding.File.Of(f.File))
	if f.Err != nil {
		beside = beside.Saying(T("%s is sent because the kubeconfig's tokenFile cannot be read now; as soon as it can be, its content is sent instead", f.Key)).
			Seen("reading it", saidBy(f.Err))
	}
	return kinds{
		0:                     beside.Fix("Remove tokenFile from the user's entry, or use another user.", finding.Command{}),
		credential.HandedOver: prove(f.ID, "a tokenFile stands beside the token, and clients send what is in that; it is not read for a kubeconfig handed over"),
	}
}

// encodedToken is a file in an encoding in which clients do not find its token.
func encodedToken(c *credential.Credential, f credential.Fault) kinds {
	const advice = "Write the file as plain UTF-8 before a client reads its token from it. In PowerShell: Out-File -Encoding ascii."
	encoding := finding.Standard(f.Encoding)
	return kinds{
		0: prove(f.ID, "%s is %s, as Windows PowerShell's > writes it: a client that reads its token from it cannot send its zero bytes in a header (Go: net/http: invalid header field value)",
			c.Source, encoding).Fix(advice, finding.Command{}),
		credential.ByteOrderMark: prove(f.ID, "%s is %s: a client that reads its token from it sends the mark with the token, and the API server answers invalid bearer token",
			c.Source, encoding).Fix(advice, finding.Command{}),
	}
}
