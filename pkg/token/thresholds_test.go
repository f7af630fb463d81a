package token

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// claimsToken is a JWT with these claims, as issuers write it.
func claimsToken(claims string, signature int) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part([]byte(claims)) + "." + part(make([]byte, signature))
}

// What is read, hidden or looked for ends at a number: each has a case at it, and one beyond.
func TestThresholds(t *testing.T) {
	hidden := func(secret string) bool {
		var s Secrets
		s.Add(secret)
		return !strings.Contains(s.Hide("it is "+secret+" indeed"), secret)
	}
	dated := func(exp string) bool {
		_, ok := Parse(claimsToken(`{"iss":"i","exp":`+exp+`}`, 256)).ExpiresAt()
		return ok
	}
	plain := func(raw string) bool { var p Plain; return p.Read([]byte(raw)) }
	members := func(n int) string {
		all := []string{`"iss":"i"`}
		for i := range n - 1 {
			all = append(all, fmt.Sprintf(`"m%d":1`, i))
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	lines := func(n int) int {
		var text []string
		for i := range n {
			text = append(text, claimsToken(fmt.Sprintf(`{"iss":"i","jti":"%d"}`, i), 256))
		}
		return Parse(strings.Join(text, "\n")).Embedded
	}
	for name, c := range map[string]struct{ within, beyond bool }{
		"8 bytes of a secret":            {hidden("x7y-z9w8"), hidden("x7y-z9w")},
		"the year 9999":                  {dated("253402300799"), dated("253402300800")},
		"the year 9999, and a half":      {dated("253402300798.5"), dated("253402300799.5")},
		"1970":                           {dated("0"), dated("-1")},
		"1024 bits of a signature":       {plain(claimsToken(`{"iss":"i"}`, 128)), plain(claimsToken(`{"iss":"i"}`, 127))},
		"a plain token of the year 9999": {plain(claimsToken(`{"iss":"i","exp":253402300799}`, 256)), plain(claimsToken(`{"iss":"i","exp":253402300800}`, 256))},
		"64 tokens in a text":            {lines(64) == 64, lines(65) == 65},
		"255 members of a plain token":   {plain(claimsToken(members(255), 256)), plain(claimsToken(members(256), 256))},
	} {
		if !c.within || c.beyond {
			t.Errorf("%s: within %t, beyond %t", name, c.within, c.beyond)
		}
	}
}
