package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// unreadableToken has the findings about a token file without a usable token.
func unreadableToken(c *credential.Credential, f credential.Fault) kinds {
	if f.Problem >= credential.ContainerTokenEmpty {
		return unreadableInContainer(c.Projected, f)
	}
	return kinds{
		0:                             unreadableFile(f),
		credential.PodTokenUnreadable: unreadablePodToken(f, T("Check the Pod's volume mounts, and check the Pod's events for errors with the volume (`kubectl describe pod`). The kubelet never leaves the file empty, so another program may have written it. The files of this Pod:")),
		credential.PodTokenForbidden:  unreadablePodToken(f, T("Set an fsGroup in the Pod's securityContext, and the kubelet makes the file readable for this group. If all containers have the same runAsUser, this user owns the file instead. The files of this Pod:")),
	}
}

// unreadableFile is the tokenFile of a kubeconfig.
func unreadableFile(f credential.Fault) finding.Finding {
	const advice = "Write the token to the file, or set tokenFile to another file in the kubeconfig. Then run the command again."
	if f.File == "" {
		return prove(f.ID, "%s", saidBy(f.Err)).Fix(advice, finding.Command{})
	}
	said := T("the tokenFile of the kubeconfig contains no token, only white space")
	if f.Err != nil {
		said = T("the tokenFile of the kubeconfig cannot be read: %s", saidBy(f.Err))
	}
	return prove(f.ID, "%s", said).Seen("tokenFile", finding.File.Of(f.File)).Fix(advice, run("kubectl config view --minify"))
}

// shadowedToken has the findings about a token next to a tokenFile. client-go sends the content of the file, and
// the token only while the file cannot be read (k8s.io/client-go transport/token_source.go).
func shadowedToken(_ *credential.Credential, f credential.Fault) kinds {
	beside := prove(f.ID, "the user has %s and a tokenFile. Clients send the content of the tokenFile", f.Key).Seen("tokenFile", finding.File.Of(f.File))
	if f.Err != nil {
		beside = beside.Saying(T("the user has %s and a tokenFile that cannot be read now. Clients send the content of the tokenFile as soon as they can read it", f.Key)).
			Seen("error of the tokenFile", saidBy(f.Err))
	}
	return kinds{
		0:                             beside.Fix("Remove tokenFile or the token from the user's entry in the kubeconfig, or use another user.", finding.Command{}),
		credential.FromKubeconfigFile: prove(f.ID, "the user has a token and a tokenFile. Clients send the content of the tokenFile, which is not read for a kubeconfig from -f"),
	}
}

// encodedToken is a token file in an encoding that clients do not decode.
func encodedToken(c *credential.Credential, f credential.Fault) kinds {
	const advice = "Save the file as plain UTF-8 without a byte order mark before a client reads the token. In PowerShell, write the file with `Out-File -Encoding ascii`."
	encoding := finding.Standard(f.Encoding)
	return kinds{
		0: prove(f.ID, "%s is encoded as %s, the encoding of `>` in Windows PowerShell. A client that reads the token from the file cannot send the zero bytes in a header (Go: net/http: invalid header field value)",
			c.Source, encoding).Fix(advice, finding.Command{}),
		credential.ByteOrderMark: prove(f.ID, "%s is encoded as %s. A client that reads the token from the file sends the mark too, and the API server answers invalid bearer token",
			c.Source, encoding).Fix(advice, finding.Command{}),
	}
}
