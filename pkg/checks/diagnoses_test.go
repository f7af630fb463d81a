package checks

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
)

var update = flag.Bool("update", false, "write testdata/diagnoses.txt anew")

// All texts of all cases of these tests. A change of a sentence, its evidence, its fix or the order appears in the
// diff.
func TestDiagnoses(t *testing.T) {
	const file = "testdata/diagnoses.txt"
	var out bytes.Buffer
	for _, c := range checkCases {
		fmt.Fprintf(&out, "\n== %s: %s\n", c.check, c.name)
		writeDiagnosis(&out, c.given, c.check)
	}
	for _, c := range causeCases {
		fmt.Fprintf(&out, "\n== cause: %s\n", c.name)
		writeDiagnosis(&out, c.given, "")
	}
	for _, c := range meaningCases {
		fmt.Fprintf(&out, "\n== review: %s\n", c.name)
		for _, f := range diagnose.Meaning(diagnose.NewCase(c.given), All) {
			fmt.Fprintf(&out, "%s, %s %s\n", f.ID, f.Certainty, f.Severity)
			writeFinding(&out, f)
		}
	}
	for _, c := range faultCases {
		f := FromFault(c.of, c.fault)
		fmt.Fprintf(&out, "\n== fault: %s\n%s: %s\n", c.name, f.ID, f.Title)
		writeFinding(&out, f)
	}
	got := withoutChance(out.String())
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs; if the change is intended, run go test ./pkg/checks -run TestDiagnoses -update:\n%s", file, diff)
	}
}

// writeDiagnosis writes the verdict and the findings. Only the findings of the case's check are complete, or all
// findings without one.
func writeDiagnosis(out *bytes.Buffer, given *evidence.Evidence, check string) {
	d := diagnosed(given)
	fmt.Fprintf(out, "%s by %s", d.Verdict, d.DecidedBy)
	if d.User != nil {
		fmt.Fprintf(out, " as %s", d.User.Username)
	}
	if len(d.AcceptedFor) > 0 {
		fmt.Fprintf(out, " for %q", d.AcceptedFor)
	}
	if d.SignatureVerified {
		fmt.Fprint(out, ", signature verified")
	}
	fmt.Fprintln(out)
	writeReplicas(out, diagnose.NewCase(given))
	var own []finding.ID
	for _, o := range d.Outcomes {
		if o.Check.ID == check {
			own = o.Check.Finds
			fmt.Fprintf(out, "%s: %s\n", o.Result.Status, o.Result.Detail)
		}
	}
	for _, f := range d.Findings {
		fmt.Fprintf(out, "%s, %s %s\n", f.ID, f.Certainty, f.Severity)
		if check != "" && !slices.Contains(own, f.ID) {
			continue
		}
		writeFinding(out, f)
	}
}

func writeFinding(out *bytes.Buffer, f finding.Finding) {
	fmt.Fprintf(out, "    %s\n", f.Detail)
	for _, seen := range f.Evidence {
		fmt.Fprintf(out, "    = %s: %s\n", seen.Source, seen.Value)
	}
	for _, remedy := range f.Remedy {
		fmt.Fprintf(out, "    > %s\n", remedy.Description)
		if !remedy.Command.IsZero() {
			fmt.Fprintf(out, "      $ %s\n", remedy.Command)
		}
	}
}

// writeReplicas writes the answer of each API server, and the count of each answer.
func writeReplicas(out *bytes.Buffer, c *diagnose.Case) {
	for _, s := range replicas.Servers(c) {
		fmt.Fprintf(out, "    %s: %s %s%s", s.At.URL, s.Verdict, s.Error, s.NotAsked)
		for _, note := range s.Notes {
			fmt.Fprintf(out, "; %s", note.Said)
		}
		fmt.Fprintln(out)
	}
	for _, count := range replicas.Counts(c) {
		fmt.Fprintf(out, "    %s %s %d of %d: %s\n", count.Server, count.Question, count.Times, count.Of, count.Answer)
	}
}

// withoutChance replaces the keys, certificates and tokens, which are random, by names.
func withoutChance(text string) string {
	for kid, name := range map[string]string{clusterKey.kid: "CLUSTER-KEY", otherKey.kid: "OTHER-KEY", idpKey.kid: "IDP-KEY"} {
		text = strings.ReplaceAll(text, kid, name)
	}
	return regexp.MustCompile(`\b([0-9a-f]{64}|[0-9A-F]{40}|[0-9A-F]{2}(:[0-9A-F]{2}){19,31})\b`).ReplaceAllString(text, "FINGERPRINT")
}
