package token

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// prefixes are the documented beginnings of opaque tokens of other systems, by their last byte.
var prefixes = map[byte][]string{
	'~': {"sha256~"},
	'.': {"hvs.", "hvb.", "hvr.", "ya29."},
	'_': {
		"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "dop_v1_", "doo_v1_", "dor_v1_", "npm_", "dckr_pat_", "dckr_oat_", "glsa_", "CCIPAT_", "CCIPRJ_", "bkua_",
		"sk_live_", "sk_test_", "rk_live_", "hf_", "shpat_",
	},
	'y': {"AIzaSy"},
	'-': {
		"glpat-", "glrt-", "glcbt-", "gldt-", "glptt-", "glft-", "glagent-", "gloas-", "xoxb-", "xoxp-", "xoxa-", "xapp-", "GOCSPX-", "pypi-", "pul-",
		"sk-proj-", "sk-ant-", "sk-svcacct-", "sk-",
	},
}

// findPrefixed adds the secret parts of opaque tokens that begin with a documented prefix.
func findPrefixed(text string, found []stretch) []stretch {
	// Each word is read to its end once.
	read := 0
	for i := range len(text) {
		if i < read {
			continue
		}
		switch text[i] {
		case '~', '.', '_', '-', 'y':
			for _, prefix := range prefixes[text[i]] {
				begin := i + 1 - len(prefix)
				if begin < 0 || text[begin:i+1] != prefix || begin > 0 && isAlnum(text[begin-1]) {
					continue
				}
				if prefix == "sk-" && !isMixed(text[i+1:wordEnd(text[:min(len(text), i+64)], i+1)]) {
					// Names begin like this, too.
					continue
				}
				if end := wordEnd(text, i+1); end-i > minPiece {
					found, read = append(found, stretch{i + 1, end}), end
				}
			}
		case '/':
			if i < 2 || text[i-2:i] != "1/" || !strings.HasPrefix(text[i+1:], "0") || i > 2 && isAlnum(text[i-3]) {
				continue
			}
			if end := wordEnd(text, i+1); end-i > 2*minPiece {
				found, read = append(found, stretch{i + 1, end}), end
			}
		case ':':
			if n := joined(text, i); n > 0 {
				found = append(found, stretch{i + 1, i + 1 + n})
			}
		}
	}
	return found
}

// isMixed reports whether a word has upper-case letters, lower-case letters and digits, as few names do.
func isMixed(word string) bool {
	return strings.ContainsFunc(word, unicode.IsUpper) && strings.ContainsFunc(word, unicode.IsLower) && strings.ContainsFunc(word, unicode.IsDigit)
}

// joined returns the length of a secret after a colon: the password of a K3s token
// (K10HASH::USER:PASSWORD), or the secret of a Rancher token (NAME:SECRET).
func joined(text string, colon int) int {
	const (
		hash    = 64 // hexadecimal digits of SHA-256
		rancher = 40
	)
	before := text[max(0, colon-128):colon]
	at := strings.LastIndex(before, "::")
	k3s := at >= len("K10")+hash && len(before) > at+len("::") && before[at-hash-len("K10"):at-hash] == "K10" && word(before[at-hash:at]) && word(before[at+len("::"):])
	name := before[strings.LastIndexFunc(before, func(c rune) bool { return c > 0x7f || !isAlnum(byte(c)) && c != '-' })+1:]
	if !k3s && !strings.HasPrefix(name, "kubeconfig-") && !strings.HasPrefix(name, "token-") {
		return 0
	}
	n := valueLength(text[colon+1:], 1024)
	if k3s || n >= rancher && word(text[colon+1:colon+1+n]) {
		return n
	}
	return 0
}

// valueLength returns the length of the value at the start of a text, up to a bound.
func valueLength(text string, most int) int {
	text = text[:min(len(text), most)]
	if i := strings.IndexAny(text, " \t\r\n\"'`\\,;&[]{}<>()|"); i >= 0 {
		return i
	}
	return len(text)
}

// wordEnd returns the end of the characters of a token (RFC 6750, section 2.1) at a position.
func wordEnd(text string, at int) int {
	for at < len(text) && (isAlnum(text[at]) || strings.IndexByte("-._~+/=", text[at]) >= 0) {
		at++
	}
	for at > 0 && (text[at-1] == '.' || text[at-1] == '/') {
		at--
	}
	return at
}

// names are the ends of names that indicate a credential, by their last letter. A name with
// qualifiers indicates one only after one of these, of which beginning stands for the beginning of the name.
var names = map[byte][]struct {
	word       string
	qualifiers []string
}{
	'd': {{"password", nil}, {"passwd", nil}, {"pwd", nil}, {"secret_id", nil}, {"jsessionid", nil}},
	'e': {{"passphrase", nil}, {"secret_key_base", nil}},
	'w': {{"pw", []string{"bind", "_"}}},
	's': {{"pass", []string{"_", beginning}}},
	't': {{"secret", []string{"client", "app", "oauth", "oidc", "shared", "token", "cookie", "hmac", "_"}}},
	'y': {{"key", []string{"secret", "access", "api", "certificate", "private", "account", "encryption", "master", "storage"}}},
	'a': {{"client-key-data", nil}},
	'n': {{"client_assertion", nil}, {"token", []string{"refresh", "access", "id", "session", "security"}}},
}

// beginning is the qualifier of a name that has none.
const beginning = ""

// nameAt reports whether a name that indicates a credential ends before a position. A strong name
// stands before few other words.
func nameAt(text string, end int) (strong, ok bool) {
	for _, name := range names[text[end-1]|0x20] {
		begin := end - len(name.word)
		if begin < 0 || !strings.EqualFold(text[begin:end], name.word) {
			continue
		}
		before := text[max(0, begin-16):begin]
		if name.qualifiers == nil {
			return true, true
		}
		trimmed := strings.TrimRight(before, "-_")
		for _, q := range name.qualifiers {
			if q == beginning {
				if before == "" || !isAlnum(before[len(before)-1]) {
					return true, true
				}
				continue
			}
			if at := len(trimmed) - len(q); q == "_" && strings.HasSuffix(before, q) || at >= 0 && strings.EqualFold(trimmed[at:], q) {
				return true, true
			}
		}
		return false, name.word == "token"
	}
	return false, false
}

// afterName reads what stands between a name and its value. The length is 0 if no value follows. encoded reports the encoding of a
// URL's query.
func afterName(text string) (n int, separator byte, quoted, encoded bool) {
	const quotes = "\\\"'`"
	skip := func(set string, most int) {
		for i := 0; i < most && n < len(text) && strings.IndexByte(set, text[n]) >= 0; i++ {
			n++
		}
	}
	skip(quotes+"]", 8)
	before := n
	skip(" \t", 8)
	switch {
	case n == len(text):
		return 0, 0, false, false
	case text[n] == ':' || text[n] == '=':
		separator = text[n]
		n++
		switch rest := text[n:]; {
		case strings.HasPrefix(rest, "3D "):
			// An equals sign in quoted-printable.
			n += len("3D")
		case separator == '=' && strings.HasPrefix(rest, ">"):
			// A hash of Ruby or PHP.
			n++
		case separator == ':':
			n += len(blockScalar().FindString(rest))
		}
	case len(text)-n > 3 && text[n] == '%' && text[n+1] == '3' && strings.IndexByte("aAdD", text[n+2]) >= 0:
		separator, encoded = "=:"[text[n+2]&1], true
		for n += len("%3A"); n < len(text) && text[n] == '+' || strings.HasPrefix(text[n:], "%20"); {
			n += len("%20")
			if text[n-len("%20")] == '+' {
				n -= len("20")
			}
		}
	case before == 0 && n == 0 && text[0] == '>' && len(text) > 1 && text[1] > ' ':
		return 1, '>', false, false
	case n == before:
		return 0, 0, false, false
	default:
		separator = ' '
	}
	skip(" \t", 8)
	skip("[", 1)
	opening := n
	skip(quotes, 8)
	return n, separator, n > opening, encoded
}

// blockScalar matches the indicators of a block scalar of YAML, before the line of its content.
var blockScalar = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^ [|>][+-]?[ \n]`) })

// quotedPhrase returns the length of a value with spaces after its quotation mark; 0 if the same mark does
// not end it.
func quotedPhrase(text string) int {
	const longest = 256
	end := strings.IndexAny(text[1:min(len(text), longest)], text[:1]+"\r\n")
	if end < 0 || text[1+end] != text[0] {
		return 0
	}
	return len(strings.TrimRight(text[1:1+end], `\`))
}

// encodedValue returns a value in the query of a URL, up to an encoded space, quotation mark, comma or line break: its length there,
// and its meaning.
func encodedValue(text string) (length int, value string) {
	n := 0
	for n < len(text) && text[n] != '+' && !(text[n] == '%' && len(text) > n+2 && slices.Contains([]string{"20", "22", "27", "2C", "0A", "0D"}, strings.ToUpper(text[n+1:n+3]))) {
		n++
	}
	meaning, err := url.QueryUnescape(text[:n])
	if err != nil {
		meaning = text[:n]
	}
	return n, meaning
}

// commands matches passwords in the commands of other programs, the parts of an Authorization header
// that have no fixed place, the codes of OAuth 2.0, and the keys of an EncryptionConfiguration.
var commands = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\bcurl\s(?:[^\n]*?\s)?(?:-u|--user)[ =]?["']?[^\s:"']+:([^\s"']+)` +
		`|\blogin\s(?:[^\n]*?\s)?-p[ =]?["']?([^\s"']{4,})` +
		`|\b(?:signature|response)=(?:3D)?[\\"']*([0-9a-f]{32,})` +
		`|\bauthorization\\*["']?\s*[:=]\s*\[?\\*["']?(?:token|apikey|oauth|ntlm|key)\s+([^\s"'\]\\,]{8,})` +
		`|\b(?:device_code|code_verifier|code)\\*["']?\s*[:=]\s*\\*["']?([a-z._~/+-]*[0-9][a-z0-9._~/+-]{15,})` +
		`|\bsecret\\*["']?\s*[:=]\s*\\*["']?([a-z0-9+/]{20,}={1,2})` +
		`|\bsshpass\s+-p ?["']?([^\s"']+)` +
		`|\bmysql\s(?:[^\n]*?\s)?-p["']?([^\s"']{4,})` +
		// A member that is named by the member before it, as in the environment of a container.
		`|(?:password|passwd|secret|token|(?:api|access|secret)[-_]?key)\\*["']?\s*,?\s*\\*["']?value\\*["']?\s*[:=]\s*\\*["']?([^\s"'\\,}$<]{6,})` +
		`|\bsecret\\*["']?\s*[:=]\s*\\*["']?([a-z0-9+/_.~-]{8,})`)
})

// findNamed adds the values after names that indicate a credential.
func findNamed(text string, found []stretch) []stretch {
	const mostJudged = 512 // bytes of a value that decide whether it is one
	programs, end := false, 0
	for i := range len(text) {
		switch c := text[i] | 0x20; c {
		case 'd', 't', 'y', 'a', 'n', 's', 'e', 'w':
			strong, ok := nameAt(text, i+1)
			if c == 't' && !ok {
				programs = programs || endsIn(text[:i+1], "secret") && isAssigned(text[i+1:])
			}
			if c == 'e' {
				programs = programs || endsIn(text[:i+1], "signature") || endsIn(text[:i+1], "response") || (endsIn(text[:i+1], "code") || endsIn(text[:i+1], "value")) && isAssigned(text[i+1:])
			}
			if c == 's' {
				programs = programs || endsIn(text[:i+1], "sshpass")
			}
			if c == 'n' && !ok {
				programs = programs || endsIn(text[:i+1], "login") || endsIn(text[:i+1], "authorization")
			}
			if !ok || i < end {
				continue
			}
			n, separator, quoted, encoded := afterName(text[i+1 : min(len(text), i+1+32)])
			from := i + 1 + n
			begin := nameBegin(text, i)
			if n == 0 {
				continue
			}
			to := from + valueLength(text[from:], mostJudged)
			value := text[from:to]
			switch element := separator == '>' && begin > 0 && text[begin-1] == '<' && to < len(text) && text[to] == '<'; {
			case separator == '>' && !element, separator == ' ' && !strings.HasPrefix(text[begin:], "--") && !(quoted && isMixed(value)):
				continue
			}
			if encoded {
				to, value = encodedValue(value)
				to += from
			}
			if phrase := quotedPhrase(text[from-1:]); strong && quoted && phrase > to-from {
				to = from + phrase
				value = text[from:to]
			}
			alone := separator == ':' && leadsLine(text[:begin]) && (to == len(text) || text[to] == '\n' || text[to] == '\r')
			if isSecretValue(value, strong, alone, quoted || separator == '=' || separator == '>') {
				if end = to; to-from >= mostJudged || !encoded {
					end = max(to, from+valueLength(text[from:], len(text)))
				}
				found = append(found, stretch{from, end})
			}
		case 'l':
			programs = programs || endsIn(text[:i+1], "curl") || endsIn(text[:i+1], "mysql")
		case 'r':
			programs = programs || endsIn(text[:i+1], "verifier") && isAssigned(text[i+1:])
		}
	}
	if programs {
		for _, m := range commands().FindAllStringSubmatchIndex(text, -1) {
			for i := 2; i < len(m); i += 2 {
				// The last form may be the name of a Secret.
				if m[i] >= 0 && (i < len(m)-2 || isMixed(text[m[i]:m[i+1]])) {
					found = append(found, stretch{m[i], m[i+1]})
				}
			}
		}
	}
	return found
}

// isAssigned reports whether a value may follow a name directly before a text.
func isAssigned(text string) bool {
	text = strings.TrimLeft(text[:min(len(text), 8)], "\\\"' ")
	return text != "" && (text[0] == ':' || text[0] == '=')
}

func endsIn(text, word string) bool {
	return len(text) >= len(word) && strings.EqualFold(text[len(text)-len(word):], word)
}

// nameBegin returns the beginning of the name that has a character at a position.
func nameBegin(text string, at int) int {
	for most := at - 64; at > 0 && at > most && (isAlnum(text[at-1]) || strings.IndexByte("-_.", text[at-1]) >= 0); {
		at--
	}
	return at
}

// leadsLine reports whether what follows a text is the first word of a line, as in YAML.
func leadsLine(text string) bool {
	text = text[max(0, len(text)-200):]
	line := strings.TrimRight(text, " \t>#-\"'")
	return line == "" || line[len(line)-1] == '\n'
}

// isSecretValue reports whether a value after a name may be a credential, and not the next word of
// a sentence. The name token stands before many words; a strong name stands before few.
func isSecretValue(value string, strong, alone, delimited bool) bool {
	const (
		shortest = 6
		enough   = 8
	)
	if len(value) < shortest || isPlaceholder(value) || strings.Contains(value, Redacted) || strings.Contains(value, "://") || value[0] == '/' || value[0] == '-' || value[0] == '$' {
		return false
	}
	digit := strings.IndexFunc(value, unicode.IsDigit) >= 0
	letter := strings.IndexFunc(value, unicode.IsLetter) >= 0
	switch {
	case strings.HasSuffix(value, ":"):
		// The value introduces another error.
		return false
	case strong:
		return digit || alone || delimited
	case alone && digit:
		return true
	}
	return len(value) >= enough && digit && letter && (!strings.Contains(value, "/") || strings.ToLower(value) != value)
}
