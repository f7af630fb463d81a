package cmd

import (
	"net/http"
	"strings"
	"testing"
)

// An implausible Date header is not the server's clock: no token has expired by it, and the report says why the
// clock is unknown.
func TestDateThatIsNoClock(t *testing.T) {
	raw := jwt(object{"iss": "https://issuer.example", "sub": "jane", "aud": "a", "iat": 1767225600, "exp": 4102444800})
	for _, date := range []string{"Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"} {
		a := newAPI(t, map[string]string{"admin-token": "admin"})
		a.before = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Date", date)
			return false
		}
		a.as(t, object{"token": "admin-token"})
		got := run(t, raw, "explain", "-", "-o", "json")
		for _, wrong := range []string{"clock-skew", "token-expired", "token-not-yet-valid", "clockSkewSeconds"} {
			if strings.Contains(got.out, wrong) {
				t.Errorf("%s: %s in\n%s", date, wrong, got.out)
			}
		}
		if !strings.Contains(got.out, "more than a year from this machine's clock, and is ignored") {
			t.Errorf("%s: it is not said\n%s", date, got.out)
		}
		if text := run(t, raw, "explain", "-", "--details"); !strings.Contains(strings.Join(strings.Fields(text.out), " "), "and is ignored") {
			t.Errorf("%s: the text does not say it\n%s", date, text.out)
		}
	}
}
