package token

import "strings"

// parameters are the parameters of a URL, a form or a command that are credentials: those of OAuth
// 2.0, SAML, and signed URLs of AWS, Google Cloud and Azure.
var parameters = map[string]parameter{
	"access_token": {}, "id_token": {}, "refresh_token": {}, "client_secret": {}, "client_assertion": {}, "password": {}, "passwd": {},
	"x-amz-signature": {}, "x-amz-security-token": {}, "x-goog-signature": {}, "samlresponse": {},

	"token": short, "jwt": short, "auth": short, "assertion": short, "subject_token": short, "actor_token": short, "id_token_hint": short,
	"sig": short, "signature": short, "api_key": short, "apikey": short, "ticket": short, "client-secret": short,

	"code": long, "code_verifier": long, "device_code": long, "key": long,
}

// parameter has the conditions under which a parameter is a credential.
type parameter struct {
	// shortest is the minimum length of the value, in bytes.
	shortest int
	// delimited requires a delimiter of parameters before the name; inFlags also accepts the dashes
	// of a flag.
	delimited, inFlags bool
}

var (
	short = parameter{shortest: 5, delimited: true, inFlags: true}
	long  = parameter{shortest: 16, delimited: true}
)

// valueEnds are the bytes that end the value of a parameter.
const valueEnds = " \t\r\n&\"'<>#;,)\\`"

// findParameters adds the values of parameters that are credentials.
func findParameters(text string, found []stretch) []stretch {
	for at := 0; ; {
		sign, from := equals(text, at)
		if sign < 0 {
			return found
		}
		at = from
		begin := sign
		for begin > 0 && sign-begin < 32 && (isAlnum(text[begin-1]) || text[begin-1] == '_' || text[begin-1] == '-') {
			begin--
		}
		if begin > 0 && text[begin-1] == '%' && sign-begin > 2 {
			// The delimiter is escaped.
			begin += 2
		}
		name := strings.TrimLeft(text[begin:sign], "-")
		p, known := parameters[strings.ToLower(name)]
		before := text[:sign-len(name)]
		if !known || p.delimited && !isDelimited(before) && !(p.inFlags && strings.HasSuffix(before, "--")) {
			continue
		}
		to := len(text)
		if i := strings.IndexAny(text[from:], valueEnds); i >= 0 {
			to = from + i
		}
		if to-from > 0 && to-from >= p.shortest && !isPlaceholder(text[from:to]) {
			found = append(found, stretch{from, to})
			at = to
		}
	}
}

// equals returns the next equals sign, which may be escaped, and the position after it; -1 if there
// is none.
func equals(text string, at int) (sign, from int) {
	for i := at; i < len(text); i++ {
		switch {
		case text[i] == '=':
			return i, i + 1
		case text[i] == '%' && i+2 < len(text) && text[i+1] == '3' && text[i+2]|0x20 == 'd':
			return i, i + 3
		}
	}
	return -1, 0
}

// isDelimited reports whether a text ends with a delimiter of URL parameters.
func isDelimited(text string) bool {
	if text == "" {
		return false
	}
	if strings.IndexByte("?&#;", text[len(text)-1]) >= 0 {
		return true
	}
	if len(text) < 3 {
		return false
	}
	switch text[len(text)-3:] {
	case "%3F", "%3f", "%26", "%23":
		return true
	}
	return false
}

// RedactURL redacts the credentials in an address, which may be an invalid URL.
func RedactURL(address string) string {
	found := findInURLs(address, true, nil)
	if c, ok := schemeless(address); ok {
		c.from += len(shownUser(address[:c.to]))
		found = append(found, c)
	}
	return replaced(address, found)
}

// schemeless returns user and password before the @ of an address without a scheme.
func schemeless(address string) (stretch, bool) {
	at := strings.LastIndexByte(address, '@')
	colon := strings.IndexByte(address, ':')
	if colon < 0 || at < colon || strings.HasPrefix(address[colon:], "://") || strings.ContainsAny(address[:colon], " /") {
		return stretch{}, false
	}
	return stretch{0, at}, true
}

// findInURLs adds the credentials in URLs. With whole, the text is one URL.
func findInURLs(text string, whole bool, found []stretch) []stretch {
	if strings.Contains(text, "@") {
		for _, c := range urlCredentials(text, whole) {
			c.from += len(shownUser(text[c.from:c.to]))
			found = append(found, c)
		}
	}
	return findParameters(text, found)
}

// isPlaceholder reports whether a value is a placeholder of our own commands, such as TOKEN, or a
// variable of a shell.
func isPlaceholder(value string) bool {
	return strings.HasPrefix(value, "$") || strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == ""
}

// shownUser returns the part of a URL's credentials that may be shown: the user name before a
// password. Without a password, the user may be a token.
func shownUser(credentials string) string {
	user, password, _ := strings.Cut(credentials, ":")
	if password == "" || len(user) >= minPiece {
		return ""
	}
	return user + ":"
}

// urlCredentials returns the text before the @ of URLs: user and password, or a token alone. A
// password may contain characters that end a URL, so its end is known only if the URL is quoted or
// is the whole text.
func urlCredentials(text string, whole bool) []stretch {
	var out []stretch
	next := -1 // the next @
	for at := 0; ; {
		i := strings.IndexByte(text[at:], ':')
		if i < 0 {
			return out
		}
		colon := at + i
		if next < colon {
			if next = strings.IndexByte(text[colon:], '@'); next < 0 {
				return out
			}
			next += colon
		}
		at = colon + 1
		from := at
		for range 2 {
			// JSON may escape a slash.
			after, _ := strings.CutPrefix(text[from:], `\`)
			if after, ok := strings.CutPrefix(after, "/"); ok {
				from = len(text) - len(after)
			}
		}
		begin := strings.LastIndexFunc(text[:colon], func(c rune) bool { return c > 0x7f || !isAlnum(byte(c)) && c != '+' }) + 1
		if text[from-1] != '/' || from < colon+3 || begin == colon || next-from > longestCredentials {
			continue
		}
		rest := text[from:min(len(text), from+longestCredentials)]
		end := " \t\r\n\"'`<>"
		if begin > 0 && strings.IndexByte("\"'`", text[begin-1]) >= 0 && strings.IndexByte(rest, text[begin-1]) >= 0 {
			end = text[begin-1 : begin]
		}
		if i := strings.IndexAny(rest, end); i >= 0 && !whole {
			rest = rest[:i]
		}
		if n := credentialsEnd(rest, strings.ToLower(text[begin:colon])); n > 0 {
			out = append(out, stretch{from, from + n})
			at = from + n
		}
	}
}

// longestCredentials is the greatest distance to an @, in bytes.
const longestCredentials = 8 << 10

// credentialsEnd returns the end of the credentials in a URL after its scheme, which is an @; 0 if
// there are none.
func credentialsEnd(rest, scheme string) int {
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	end := strings.LastIndexByte(authority, '@')
	if end < 0 {
		// If the text after the colon is not a port, it is the beginning of a password.
		_, port, has := strings.Cut(authority, ":")
		if !has || strings.Trim(port, "0123456789") == "" || strings.HasPrefix(authority, "[") {
			return 0
		}
		end = strings.LastIndexByte(rest, '@')
	}
	switch {
	case end <= 0:
		return 0
	case !strings.Contains(rest[:end], ":") && !namesNobody(scheme) && end < minPiece:
		return 0
	}
	return end
}

// namesNobody reports whether the user in a URL of this scheme is a credential even without a
// password. For others, such as ssh and mail, it is only a name.
func namesNobody(scheme string) bool {
	switch scheme {
	case "http", "https", "ws", "wss", "socks4", "socks5", "socks5h", "tcp", "tls":
		return true
	}
	return false
}
