package checks

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// What all checks are written with, short because each of their sentences has some of it.
const (
	statusError   = diagnose.StatusError
	anonymousUser = diagnose.AnonymousUser
)

// Texts and commands are made with these.
var (
	T, prove, run = finding.T, finding.Prove, finding.Run
	askAgain      = (*Case).AskAgain
	noDetail      finding.Text
)

// byClock says by whose clock a lifetime was judged.
func byClock(byServer bool) finding.Text {
	if byServer {
		return T(" by the server's clock")
	}
	return T(" by this machine's clock (the server's is not known)")
}

// seen adds the flags to what was seen.
func seen(f finding.Finding, flags ...diagnose.Flag) finding.Finding {
	var words []finding.Value
	for _, fl := range flags {
		words = append(words, fl.Text())
	}
	if len(flags) == 0 {
		return f
	}
	return f.SeenAt(flags[0].Where, finding.Join(" ", words...))
}

// seeEach adds the flags, each as it stands on its server.
func seeEach(f finding.Finding, flags []diagnose.Flag) finding.Finding {
	for _, flag := range flags {
		f = f.SeenAt(flag.Where, flag.Text())
	}
	return f
}

// quotedNames are names in quotes, as many as a sentence lists.
func quotedNames(kind finding.Kind, names []string) finding.Text {
	if len(names) == 0 {
		return T("(none)")
	}
	return finding.Listed(diagnose.MaxListed, finding.Names(kind, names)...)
}

// keyOrSignature says so, behind the reason for which the keys, which would tell, were not read.
func keyOrSignature(c *Case) finding.Text {
	if !c.SameWordsForKeyAndSignature() {
		return finding.Text{}
	}
	return T("; a server before Kubernetes 1.31 says the same of a key that it does not have and of a changed token")
}

func kids(keys *keyset.KeySet) finding.Text {
	ids := make([]string, 0, len(keys.Keys))
	for _, k := range keys.Keys {
		ids = append(ids, k.ID)
	}
	if len(ids) == 0 {
		return T("none")
	}
	return quotedNames(finding.KeyID, ids)
}

func signedWith(kid string) finding.Text {
	return T("the token is signed with the key %q", finding.KeyID.Of(kid))
}

const hour = time.Hour

// warned adds what the server says of the credential in its Warning headers.
func warned(c *Case, f finding.Finding) finding.Finding {
	if w := c.Subject().Wire; w.Known() {
		for _, text := range w.Value.Warnings {
			f = f.Seen("Warning of the server", finding.Message(text))
		}
	}
	return f
}

// seeReason adds the server's message, where there is one.
func seeReason(f finding.Finding, r errortext.Reason) finding.Finding {
	if r.Text == "" {
		return f
	}
	return f.Seen(statusError, finding.Message(r.Text))
}

// problemText says what is wrong with the writing of the token.
func problemText(c *Case, id finding.ID) finding.Text {
	for _, p := range c.Token().Problems {
		if p.ID == id {
			return p.Detail
		}
	}
	return finding.Text{}
}
