package report

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/terminal"
)

func TestNumericDate(t *testing.T) {
	for _, v := range []any{int64(1779650070), 1779650070.0} {
		if got, ok := numericDate(v); !ok || !got.Equal(now) {
			t.Errorf("%T: %v, %v", v, got, ok)
		}
	}
	for _, v := range []any{nil, "1779650070", true, math.NaN(), math.Inf(1), uint64(math.MaxUint64), int64(math.MinInt64)} {
		if got, ok := numericDate(v); ok {
			t.Errorf("%v is %v", v, got)
		}
	}
}

// All forms of a lifetime. Each drawing is a golden file.
func TestLife(t *testing.T) {
	at := func(d time.Duration) *Time { return At(now.Add(d)) }
	const h = time.Hour
	lives := []struct {
		name string
		c    Credential
	}{
		{"fresh", Credential{IssuedAt: at(-time.Second), NotBefore: at(-time.Second), ExpiresAt: at(h)}},
		{"in the middle, renewal ahead", Credential{IssuedAt: at(-h), NotBefore: at(-h), WarnAfter: at(h / 2), ExpiresAt: at(h)}},
		{"renewal missed, a year to go", Credential{IssuedAt: at(-2 * h), NotBefore: at(-2 * h), WarnAfter: at(-h), ExpiresAt: at(8758 * h)}},
		{"of a Pod, in its first hour", Credential{IssuedAt: at(-h / 2), NotBefore: at(-h / 2), WarnAfter: at(h / 2), ExpiresAt: at(8759 * h)}},
		{"of a Pod, after half a year", Credential{IssuedAt: at(-4000 * h), NotBefore: at(-4000 * h), WarnAfter: at(-3999 * h), ExpiresAt: at(4760 * h)}},
		{"of a Pod, expired", Credential{IssuedAt: at(-9000 * h), NotBefore: at(-9000 * h), WarnAfter: at(-8999 * h), ExpiresAt: at(-240 * h)}},
		{"expired long ago", Credential{IssuedAt: at(-9000 * h), ExpiresAt: at(-8999 * h)}},
		{"not yet valid", Credential{IssuedAt: at(h), NotBefore: at(2 * h), ExpiresAt: at(3 * h)}},
		{"issued, not yet valid", Credential{IssuedAt: at(-h), NotBefore: at(h), ExpiresAt: at(3 * h)}},
		{"expires now", Credential{IssuedAt: at(-h), ExpiresAt: at(0)}},
		{"ends before it begins", Credential{IssuedAt: at(h), ExpiresAt: at(-h)}},
		{"without end", Credential{IssuedAt: at(-20000 * h)}},
		{"without end, not begun", Credential{NotBefore: at(h)}},
		{"without beginning", Credential{ExpiresAt: at(h)}},
		{"with an end beyond calendars", Credential{IssuedAt: at(-h), Claims: map[string]any{"exp": uint64(math.MaxUint64)}}},
		{"of eight thousand years", Credential{IssuedAt: at(-h), ExpiresAt: At(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))}},
		{"of a second", Credential{IssuedAt: at(0), ExpiresAt: at(0)}},
	}
	for _, ascii := range []bool{false, true} {
		var out bytes.Buffer
		for _, l := range lives {
			var d doc
			life := lifeOf(&l.c, now)
			d.sum(said(l.name), life.Mark, life.words, life.Lifetime)
			if err := (&terminal.Printer{W: &out, Width: 80, ASCII: ascii}).Print(document.Document(d)); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, map[bool]string{false: "life.txt", true: "life.ascii.txt"}[ascii], out.Bytes())
	}
}

func TestTimesInObjects(t *testing.T) {
	x := Credential{
		IssuedAt:  At(time.Date(2026, 5, 24, 21, 14, 30, 0, time.FixedZone("x", 7200))),
		NotBefore: At(time.Time{}), ExpiresAt: At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), WarnAfter: At(now.Add(time.Second / 2)),
	}
	data, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(data), `{"type":"","source":"","verified":false,"issuedAt":"2026-05-24T19:14:30Z","warnAfter":"2026-05-24T19:14:30.5Z"}`; got != want {
		t.Errorf("got %s", got)
	}
	var back Credential
	if err := json.Unmarshal(data, &back); err != nil || !back.IssuedAt.Equal(now) {
		t.Errorf("read back as %v, %v", back.IssuedAt, err)
	}
}

// Lists are never null, so that a script can iterate over them.
func TestListsAreNeverNull(t *testing.T) {
	for _, x := range []any{NewInspection(), NewInspectionList(), NewVerificationList(), NewSimulationList(), NewVerification(), NewDiscovery(), NewCall(), NewExplanation(), NewFindingList(), Credential{Certificate: &Certificate{}}, Subject{}} {
		data, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if s := string(data); strings.Contains(s, "null") || !strings.Contains(s, "[]") {
			t.Errorf("%T: %s", x, s)
		}
	}
}
