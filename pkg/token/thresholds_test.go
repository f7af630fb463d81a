package token

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// claimsToken is a JWT with these claims, in the usual encoding.
func claimsToken(claims string, signature int) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part([]byte(claims)) + "." + part(make([]byte, signature))
}

// Each numeric limit has a case at the limit, and one beyond.
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
	// unwrapped reports whether that many encodings are removed from a text, down to its token.
	unwrapped := func(raw string, n int) bool {
		t := Parse(raw)
		for ; n > 0 && t.Inner != nil; n-- {
			t = t.Inner
		}
		return n == 0 && t.Kind == KindJWT
	}
	jwt := claimsToken(`{"iss":"i"}`, 256)
	in64 := func(n int, text string) string {
		for range n {
			text = base64.StdEncoding.EncodeToString([]byte(text))
		}
		return text
	}
	bearer := func(n int, text string) string { return strings.Repeat("Bearer ", n) + text }
	halves := jwt[:100] + " " + jwt[100:]
	duplicates := func(n int) int {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"m%d":1,"m%[1]d":1`, i))
		}
		told := 0
		for _, p := range Parse(claimsToken("{"+strings.Join(all, ",")+"}", 256)).Problems {
			told += strings.Count(p.Detail.String(), "more than once")
		}
		return told
	}
	// phrase tests a secret of that many bytes, a part of which is redacted only if it cannot be words.
	phrase := func(n int) bool {
		var words []string
		for i := range n {
			words = append(words, strings.Repeat(string(rune('a'+i%26)), 5+i/26))
		}
		var s Secrets
		s.Add(strings.Join(words, "-")[:n])
		part := strings.Join(words[3:12], "-")
		return strings.Contains(s.Hide("it is "+part+" indeed"), part)
	}
	password := func(n int) bool {
		var s Secrets
		return !strings.Contains(s.Redact("https://jane:"+strings.Repeat("p", n-len("jane:"))+"@api.example/"), "ppp")
	}
	for name, c := range map[string]struct{ within, beyond bool }{
		"base64 four times":                      {unwrapped(in64(4, jwt), 4), unwrapped(in64(5, jwt), 5)},
		"Bearer four times":                      {unwrapped(bearer(4, jwt), 4), unwrapped(bearer(5, jwt), 5)},
		"quotation marks in three wrappings":     {unwrapped(in64(3, `"`+jwt+`"`), 4), unwrapped(in64(4, `"`+jwt+`"`), 5)},
		"white space in three wrappings":         {unwrapped(bearer(3, halves), 4), unwrapped(bearer(4, halves), 5)},
		"a control character in three wrappings": {unwrapped(in64(3, jwt+"\x01"), 4), unwrapped(in64(4, jwt+"\x01"), 5)},
		"text around it in three wrappings":      {unwrapped(in64(3, "TOKEN="+jwt), 4), unwrapped(in64(4, "TOKEN="+jwt), 5)},
		"eight members that come twice":          {duplicates(8) == 8, duplicates(9) == 9},
		"256 bytes of a phrase":                  {phrase(256), phrase(257)},
		"8191 bytes before an @":                 {password(8191), password(8192)},
		"8 bytes of a secret":                    {hidden("x7y-z9w8"), hidden("x7y-z9w")},
		"the year 9999":                          {dated("253402300799"), dated("253402300800")},
		"the year 9999, and a half":              {dated("253402300798.5"), dated("253402300799.5")},
		"1970":                                   {dated("0"), dated("-1")},
		"1024 bits of a signature":               {plain(claimsToken(`{"iss":"i"}`, 128)), plain(claimsToken(`{"iss":"i"}`, 127))},
		"a plain token of the year 9999":         {plain(claimsToken(`{"iss":"i","exp":253402300799}`, 256)), plain(claimsToken(`{"iss":"i","exp":253402300800}`, 256))},
		"64 tokens in a text":                    {lines(64) == 64, lines(65) == 65},
		"255 members of a plain token":           {plain(claimsToken(members(255), 256)), plain(claimsToken(members(256), 256))},
	} {
		if !c.within || c.beyond {
			t.Errorf("%s: within %t, beyond %t", name, c.within, c.beyond)
		}
	}
}
