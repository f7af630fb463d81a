package evidence

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A fact without permission to read it is unknown, and a missing object is known.
func TestFacts(t *testing.T) {
	forbidden := Not[Object](&Failure{Kind: Forbidden, Said: finding.T("no")}, finding.T("GET pod"))
	for name, c := range map[string]struct {
		fact             Fact[Object]
		known, forbidden bool
		reason           string
	}{
		"absent":     {Is(Object{}, finding.T("GET pod")), true, false, ""},
		"there":      {Is(Object{Exists: true}, finding.T("GET pod")), true, false, ""},
		"forbidden":  {forbidden, false, true, "no"},
		"elsewise":   {Not[Object](&Failure{Kind: Unreachable, Said: finding.T("gone")}, finding.Text{}), false, false, "gone"},
		"not looked": {Unasked[Object](finding.T("it has no name")), false, false, "it has no name"},
		"nothing":    {Fact[Object]{}, false, false, ""},
	} {
		if c.fact.Known() != c.known || c.fact.Failed(Forbidden) != c.forbidden || c.fact.Reason().String() != c.reason {
			t.Errorf("%s: %+v", name, c.fact)
		}
	}
	if forbidden.Value.Exists {
		t.Error("what may not be looked at is there")
	}
}

func TestServerNow(t *testing.T) {
	now := time.Date(2026, 5, 24, 19, 10, 28, 0, time.UTC)
	e := &Evidence{Now: now}
	if at, byServer := e.ServerNow(); byServer || !at.Equal(now) {
		t.Errorf("%s, %t", at, byServer)
	}
	e.Server.Clock = Is(Clock{Skew: -time.Hour}, finding.T("Date"))
	if at, byServer := e.ServerNow(); !byServer || !at.Equal(now.Add(-time.Hour)) {
		t.Errorf("%s, %t", at, byServer)
	}
}

// Another focus is another view of the same evidence.
func TestFocus(t *testing.T) {
	e := &Evidence{Subjects: []*Subject{
		{Credential: &credential.Credential{Token: token.Parse("a")}},
		{Credential: &credential.Credential{}},
	}}
	other := e.On(1)
	if e.Focus != 0 || other.Focus != 1 || e.Token() == nil || other.Token() != nil || other.Subjects[0] != e.Subjects[0] {
		t.Errorf("%+v, %+v", e, other)
	}
}

// A review belongs to exactly the requested audiences.
func TestReviewOfAudiences(t *testing.T) {
	s := &Subject{Reviews: []Review{{Audiences: []string{"a", "b"}}, {}, {Audiences: []string{"a"}}}}
	for name, c := range map[string]struct {
		audiences []string
		want      bool
	}{
		"the server's own": {nil, true}, "none is that": {[]string{}, true}, "both": {[]string{"a", "b"}, true}, "one": {[]string{"a"}, true},
		"another": {[]string{"b"}, false}, "another order": {[]string{"b", "a"}, false},
	} {
		if r, ok := s.Review(c.audiences); ok != c.want || ok && len(r.Audiences) != len(c.audiences) {
			t.Errorf("%s: %+v, %t", name, r, ok)
		}
	}
}
