package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/bidi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Realistic names: right-to-left, wide, with combining marks, and next to digits.
const (
	hebrew   = "יעל כהן"
	arabic   = "فريق-المنصة"
	persian  = "توسعه"
	japanese = "山田 太郎"
	emoji    = "🚀 deploy"
	devanag  = "हिन्दी"
	decomp   = "Zoe\u0308"
)

func inspectNames() *Inspection {
	x := NewInspection()
	x.Credential = Credential{
		Type: JWT, Source: finding.T("file %s", finding.File.Of(hebrew+".token")),
		Header: map[string]any{"alg": "RS256", "kid": arabic},
		Claims: map[string]any{
			"iss": "https://login.example.com/realms/" + persian, "sub": hebrew, "aud": []any{japanese, arabic, "kubernetes"},
			"name": decomp, "groups": []any{arabic, emoji, devanag, persian, japanese}, hebrew: int64(7), "exp": int64(1779649828),
		},
		ExpiresAt: clock("2026-05-24 19:10:28"), IssuedAt: clock("2026-05-24 18:10:28"),
	}
	x.Identity = &Identity{Username: hebrew, Groups: []string{arabic, emoji, devanag, "system:authenticated"},
		Extra: map[string][]string{"example.org/" + persian: {arabic, persian, "7"}, "example.org/" + japanese: {emoji}}}
	return x
}

func explainNames() *Explanation {
	x := NewExplanation()
	x.Credential = inspectNames().Credential
	x.Audiences = List[string]{arabic, persian, "7"}
	x.Verdict, x.DecidedBy, x.Cause = Rejected, ByTokenReview, finding.AudienceMismatch
	x.Findings = List[finding.Finding]{finding.Found(finding.AudienceMismatch, finding.Proved,
		"the token is for %s, %s, kubernetes, and %s 2026-05-24 is asked for", finding.Audience.Of(japanese), finding.Audience.Of(arabic), finding.Audience.Of(persian)).
		Seen("aud of the token", finding.Join(", ", finding.Names(finding.Audience, []string{japanese, arabic, persian, "1"})...)).
		SeenAt(finding.T("sub %s", finding.Subject.Of(hebrew)), finding.T("7")).
		FixBy(finding.T("Request a token for %s, 1 of 2.", finding.Audience.Of(arabic)), shell("kubectl authn mint robot --audience '"+arabic+"'"))}
	x.Checks = List[Check]{{"audience", "audience", Unknown, finding.T("%s, 2 of 3", finding.Audience.Of(arabic)), "Audience"}}
	x.User = nil
	return x
}

// A terminal that reorders right-to-left text for display (UAX 9, in left-to-right lines) moves only the names
// themselves.
func TestRightToLeftNamesMoveNothing(t *testing.T) {
	names := strings.Fields(hebrew + " " + arabic + " " + persian)
	names = append(names, hebrew)
	seen := map[string]bool{}
	for name, x := range reports {
		if !strings.HasSuffix(name, "-names") && name != "inspect-foreign" {
			continue
		}
		for _, columns := range []int{40, 60, 80, 200} {
			var out bytes.Buffer
			if err := (&Printer{W: &out, Width: columns, Now: now}).print(x); err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(out.String(), "\n") {
				// The mark sets the direction of the paragraph to left-to-right, as in a terminal's lines.
				var p bidi.Paragraph
				if _, err := p.SetString("\u200e" + line); err != nil {
					t.Fatal(err)
				}
				order, err := p.Order()
				if err != nil {
					t.Fatal(err)
				}
				for i := range order.NumRuns() {
					run := order.Run(i)
					if run.Direction() != bidi.RightToLeft {
						continue
					}
					moved := run.String()
					if !slices.Contains(names, moved) && !strings.Contains("עובד-בניין-מספר-שבע", moved) {
						t.Errorf("%s at %d: the terminal reorders %q in %q", name, columns, moved, line)
					}
					seen[moved] = true
				}
			}
		}
	}
	if !seen[hebrew] || !seen[arabic] || !seen[persian] {
		t.Errorf("only %v were ordered", seen)
	}
}
