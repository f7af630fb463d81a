package checks

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// Claims and messages may have any length and content. The texts about them stay sentences, and the commands with
// them do nothing else.
func TestHostileEvidence(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	evil := "$(rm -rf ~)`id`'; id; '"
	many := make([]string, 10_000)
	for i := range many {
		many[i] = long[:20]
	}
	tokens := map[string]string{
		"long iss":  otherKey.sign(saClaims(claims{"iss": "https://" + long}), nil),
		"long aud":  clusterKey.sign(saClaims(claims{"aud": long}), nil),
		"many aud":  clusterKey.sign(saClaims(claims{"aud": many}), nil),
		"long kid":  otherKey.sign(saClaims(nil), claims{"kid": long}),
		"long alg":  unsigned(claims{"alg": long}, saClaims(nil), "x"),
		"long name": clusterKey.sign(saClaims(claims{"kubernetes.io": claims{"namespace": long, "serviceaccount": claims{"name": long, "uid": long}, "pod": claims{"name": long, "uid": long}}}), nil),
		"evil name": clusterKey.sign(saClaims(claims{"aud": evil, "kubernetes.io": claims{"namespace": evil, "serviceaccount": claims{"name": evil, "uid": evil}, "pod": claims{"name": "-x", "uid": evil}}}), nil),
		"evil iss":  idpKey.sign(idClaims(claims{"iss": "https://" + evil}), nil),
		"odd types": unsigned(claims{"alg": "ES256", "kid": 1}, claims{"iss": 1, "aud": 2, "exp": "x", "kubernetes.io": claims{"serviceaccount": 1, "namespace": "a"}}, "x"),
	}
	for name, raw := range tokens {
		for how, step := range map[string]func(*evidence.Evidence){
			"bare": refusedWith(bareText), "silent": rejectedWithoutReason, "audience": refusedWith(words(saAudienceText)),
			"expired": refusedWith(words(expiredText)), "accepted": acceptedAs(robot), "asked": then(asking(evil), unreviewed),
			"gone": then(serviceAccountIs(evidence.Object{}), podIs(evidence.Object{}), rejectedWithoutReason),
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				d := diagnosed(given(holding(raw), step))
				hold(t, d)
				for _, f := range d.Findings {
					if len(f.Detail.String()) > 2500 {
						t.Errorf("the detail of %s has %d bytes", f.ID, len(f.Detail.String()))
					}
					for _, e := range f.Evidence {
						if len(e.Value.String()) > 2500 {
							t.Errorf("the evidence %q of %s has %d bytes", e.Source, f.ID, len(e.Value.String()))
						}
					}
					for _, r := range f.Remedy {
						if len(r.Command.String()) > 2500 {
							t.Errorf("a command of %s has %d bytes", f.ID, len(r.Command.String()))
						}
						if strings.Contains(outsideQuotes(r.Command.String()), "$(") || strings.Contains(outsideQuotes(r.Command.String()), "`") || strings.Contains(outsideQuotes(r.Command.String()), "; id") {
							t.Errorf("a command of %s runs what a claim says: %s", f.ID, r.Command)
						}
						if strings.Contains(r.Command.String(), "-x") || strings.Contains(r.Command.String(), " mint -") {
							t.Errorf("a claim is a flag of a command of %s: %s", f.ID, r.Command)
						}
					}
				}
				for _, o := range d.Outcomes {
					if len(o.Result.Detail.String()) > 2500 {
						t.Errorf("the detail of the check %s has %d bytes", o.Check.ID, len(o.Result.Detail.String()))
					}
				}
			})
		}
	}
}

// outsideQuotes is what a shell looks into: what does not stand in single quotes.
func outsideQuotes(command string) string {
	var out strings.Builder
	quoted := false
	for _, r := range strings.ReplaceAll(command, `\'`, "") {
		if r == '\'' {
			quoted = !quoted
		} else if !quoted {
			out.WriteRune(r)
		}
	}
	return out.String()
}
