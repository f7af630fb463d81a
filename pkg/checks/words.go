package checks

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// Short names for what most checks use.
const (
	anonymousUser = diagnose.AnonymousUser
)

// Constructors of texts, findings and commands.
var (
	T, prove, run = finding.T, finding.Prove, finding.Run
	askAgain      = (*Case).AskAgain
	noDetail      finding.Text
)

// seen adds the flags as one piece of evidence.
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

// seeEach adds each flag as evidence of its own, with the API server that has it.
func seeEach(f finding.Finding, flags []diagnose.Flag) finding.Finding {
	for _, flag := range flags {
		f = f.SeenAt(flag.Where, flag.Text())
	}
	return f
}

// quotedNames lists names in quotes, up to the number that a sentence can hold.
func quotedNames(kind finding.Kind, names []string) finding.Text {
	if len(names) == 0 {
		return T("(none)")
	}
	return finding.Listed(diagnose.MaxListed, finding.Names(kind, names)...)
}

// keyOrSignature adds, after the reason why the keys were not read, that the error message has two meanings.
func keyOrSignature(c *Case) finding.Text {
	if !c.SameWordsForKeyAndSignature() {
		return finding.Text{}
	}
	return T(". Before Kubernetes 1.31, an API server uses the same error message for an unknown key and for a changed token")
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

// warned adds the Warning headers of the API server's answer.
func warned(c *Case, f finding.Finding) finding.Finding {
	if w := c.Subject().Wire; w.Known() {
		for _, text := range w.Value.Warnings {
			f = f.Seen("Warning header", finding.Message(text))
		}
	}
	return f
}

// seeReason adds the API server's error message, if there is one.
func seeReason(f finding.Finding, r errortext.Reason) finding.Finding {
	if r.Text == "" {
		return f
	}
	return f.Quote(finding.Message(r.Text))
}

// problemText describes a fault in the encoding of the token.
func problemText(c *Case, id finding.ID) finding.Text {
	for _, p := range c.Token().Problems {
		if p.ID == id {
			return p.Detail
		}
	}
	return finding.Text{}
}
