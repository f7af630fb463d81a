package checks

import (
	"fmt"
	"strings"
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

var (
	proved               = diagnose.Proved
	quote, quoted, short = diagnose.Quote, diagnose.Quoted, diagnose.Short
	span, stamp          = diagnose.Span, diagnose.Stamp
	clockWords           = diagnose.ClockWords
	names                = diagnose.DistinguishedNames
	again                = diagnose.Again
	word                 = finding.Word
)

// Texts and commands are made with these.
var (
	T, prove, run = finding.T, finding.Prove, finding.Run
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
	var words []string
	for _, fl := range flags {
		words = append(words, fl.Words())
	}
	if len(flags) == 0 {
		return f
	}
	return f.See(flags[0].Where, strings.Join(words, " "))
}

// seeEach adds the flags, each as it stands on its server.
func seeEach(f finding.Finding, flags []diagnose.Flag) finding.Finding {
	for _, flag := range flags {
		f = f.See(flag.Where, flag.Words())
	}
	return f
}

// keyOrSignature says so, behind the reason for which the keys, which would tell, were not read.
func keyOrSignature(e *Case) string {
	if !e.SameWordsForKeyAndSignature() {
		return ""
	}
	return "; a server before Kubernetes 1.31 says the same of a key that it does not have and of a changed token"
}

func kids(keys *keyset.KeySet) string {
	ids := make([]string, 0, len(keys.Keys))
	for _, k := range keys.Keys {
		ids = append(ids, k.ID)
	}
	if len(ids) == 0 {
		return "none"
	}
	return quoted(ids)
}

func signedWith(kid string) string {
	return fmt.Sprintf("the token is signed with the key %s", quote(kid))
}

const hour = time.Hour

// warned adds what the server says of the credential in its Warning headers.
func warned(e *Case, f finding.Finding) finding.Finding {
	if w := e.Subject().Wire; w.Known() {
		for _, text := range w.Value.Warnings {
			f = f.See("Warning of the server", text)
		}
	}
	return f
}

// seeReason adds the server's message, where there is one.
func seeReason(f finding.Finding, r errortext.Reason) finding.Finding {
	if r.Text == "" {
		return f
	}
	return f.See(statusError, r.Text)
}
