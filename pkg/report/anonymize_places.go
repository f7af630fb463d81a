package report

import (
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"sync"
)

var (
	attribute = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?:^|[,+])\s*([A-Za-z][A-Za-z0-9]*|[0-9.]+)=((?:\\.|[^,+\\])*)`)
	})
	hostname = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$`) })
	address  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b[A-Za-z][A-Za-z0-9+.-]*://([^\s"'<>\\/?#,;\x60)}]+)([^\s"'<>\\,;\x60)}]*)`)
	})
)

// A place is where a name stands in a text: each group of the expression is a name of
// the kind at its index.
type place struct {
	at    *regexp.Regexp
	kinds []string
	// known: only what is known as a name already; else any word may stand here.
	known bool
	// in is the field of which the text has to be; empty for all.
	in string
}

const (
	word = `([^\s"'\x60,;:=<>()\[\]{}|/\\]+)`
	// spec is a word of a command line.
	spec = `'?([^\s"'\x60|<>;(){},]+)'?`
)

// acceptedAs is how pkg/replicas counts an answer.
var acceptedAs = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^accepted as (.+?)(?: for other audiences)?$`) })

var placesOfNames = sync.OnceValue(func() []place {
	return []place{
		{at: regexp.MustCompile(`system:serviceaccount:` + word + `:([^\s"'\x60,;:=<>()\[\]{}|/\\]+?)(?:\.?(?:[\s"'\x60,;:=<>()\[\]{}|/\\]|$))`), kinds: []string{"namespace", "serviceaccount"}},
		{at: regexp.MustCompile(`system:serviceaccounts:` + word), kinds: []string{"namespace"}},
		{at: regexp.MustCompile(`system:node:` + word), kinds: []string{"node"}},
		{at: regexp.MustCompile(`system:bootstrap:` + word), kinds: []string{"bootstrap"}},
		{at: regexp.MustCompile(`\bbootstrap-token-([a-z0-9]{6})\b`), kinds: []string{"bootstrap"}},
		// Where a credential was found.
		{in: "Source", at: regexp.MustCompile(`^(?:the token of )?secret ([^\s/]+)/(\S+)`), kinds: []string{"namespace", "secret"}},
		{in: "Source", at: regexp.MustCompile(`^serviceaccount ([^\s/]+)/(\S+)`), kinds: []string{"namespace", "serviceaccount"}},
		{in: "Source", at: regexp.MustCompile(`^pod ([^\s/]+)/(\S+)(?: container (\S+))?(?: path (\S+))?`), kinds: []string{"namespace", "pod", "container", "path"}},
		{in: "Source", at: regexp.MustCompile(`^kubeconfig context (.+?) user (.+)$`), kinds: []string{"context", "user"}},
		{in: "Source", at: regexp.MustCompile(`^kubeconfig context (\S+) user$`), kinds: []string{"context"}},
		{in: "Source", at: regexp.MustCompile(`^file (.+)$`), kinds: []string{"path"}},
		{in: "Source", at: regexp.MustCompile(`^exec (.+)$`), kinds: []string{"command"}},
		{in: "Answer", at: acceptedAs(), kinds: []string{"user"}},
		{in: "Value", at: acceptedAs(), kinds: []string{"user"}},
		{in: "Description", at: regexp.MustCompile(`^the token of pod ([^\s/]+)/(\S+)(?: container (\S+))?(?: path (\S+))?`), kinds: []string{"namespace", "pod", "container", "path"}},
		// Commands.
		{at: regexp.MustCompile(`--namespace[ =]` + spec), kinds: []string{"namespace"}},
		{at: regexp.MustCompile(`\bkubectl (?:\S+ )*?-n ` + spec), kinds: []string{"namespace"}},
		{at: regexp.MustCompile(`--context[ =]` + spec), kinds: []string{"context"}},
		{at: regexp.MustCompile(`set-context ` + spec), kinds: []string{"context"}},
		{at: regexp.MustCompile(`set-credentials ` + spec), kinds: []string{"user"}},
		{at: regexp.MustCompile(`--cluster[ =]` + spec), kinds: []string{"cluster"}},
		{at: regexp.MustCompile(`--user[ =]` + spec), kinds: []string{"user"}},
		{at: regexp.MustCompile(`--kubeconfig[ =]` + spec), kinds: []string{"path"}},
		{at: regexp.MustCompile(`(?:--filename[ =]|\s-f )` + spec), kinds: []string{"path"}},
		{at: regexp.MustCompile(`--path[ =]` + spec), kinds: []string{"path"}},
		{at: regexp.MustCompile(`(?:--container[ =]|\s-c )` + spec), kinds: []string{"container"}},
		{at: regexp.MustCompile(`--audience[ =]` + spec), kinds: []string{"audience"}},
		{at: regexp.MustCompile(`--serviceaccount[ =]'?([^\s:']+):([^\s:']+)'?`), kinds: []string{"namespace", "serviceaccount"}},
		{at: regexp.MustCompile(`\bauthn mint ([^\s'-][^\s']*)`), kinds: []string{"serviceaccount"}},
		{at: regexp.MustCompile(`\bauthn (?:explain|inspect|review|verify) (?:sa|serviceaccount)/` + word), kinds: []string{"serviceaccount"}},
		{at: regexp.MustCompile(`\bkubectl (?:\S+ )*?(?:get|describe|delete|create|patch|annotate|label) (?:sa|serviceaccount|serviceaccounts)[ /]` + word), kinds: []string{"serviceaccount"}},
		{at: regexp.MustCompile(`\bkubectl (?:\S+ )*?(?:get|describe|delete|create|patch) (?:secret|secrets)[ /]` + word), kinds: []string{"secret"}},
		{at: regexp.MustCompile(`\bkubectl (?:\S+ )*?(?:get|describe|delete|patch) (?:pod|pods)[ /]` + word), kinds: []string{"pod"}},
		{at: regexp.MustCompile(`\bkubectl (?:\S+ )*?(?:get|describe|delete|patch) (?:node|nodes)[ /]` + word), kinds: []string{"node"}},
		{at: regexp.MustCompile(`\b(?:deployment|statefulset|daemonset)[ /]` + word), kinds: []string{"object"}, in: "Command"},
		{at: regexp.MustCompile(`\bkubectl (?:\S+ )*?exec ` + word), kinds: []string{"pod"}},
		{at: regexp.MustCompile(`(?m)^\s*(?:- )?(?:name|namespace|serviceAccountName|serviceAccount|nodeName|audience): "?([^"\s]+)"?`), kinds: []string{"object"}, in: "Command", known: true},
		// The words of servers and clients.
		{at: regexp.MustCompile(`\b[Uu]ser[ =:]+"([^"]+)"`), kinds: []string{"user"}},
		{at: regexp.MustCompile(`\bnamespaces? "([^"\s]+)"`), kinds: []string{"namespace"}},
		{at: regexp.MustCompile(`\bserviceaccounts? "([^"\s]+)"`), kinds: []string{"serviceaccount"}},
		{at: regexp.MustCompile(`\bpods? "([^"\s]+)"`), kinds: []string{"pod"}},
		{at: regexp.MustCompile(`\bsecrets? "([^"\s]+)"`), kinds: []string{"secret"}},
		{at: regexp.MustCompile(`\bnodes? "([^"\s]+)"`), kinds: []string{"node"}},
		{at: regexp.MustCompile(`\b(?:lookup|dial tcp:? lookup) ([A-Za-z0-9._-]+)`), kinds: []string{"host"}},
		{at: regexp.MustCompile(`\bon ([0-9.]+|\[[0-9a-fA-F:]+\]):53\b`), kinds: []string{"host"}},
		{at: regexp.MustCompile(`\bvalid for ([A-Za-z0-9.*_-]+(?:, [A-Za-z0-9.*_-]+)*), not `), kinds: []string{"host"}},
		{at: regexp.MustCompile(`, not ([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)`), kinds: []string{"host"}},
		{at: regexp.MustCompile(`\bJTI=([^\s"',;]+)`), kinds: []string{"jti"}},
		{at: regexp.MustCompile(`\bjti "?([^\s"',;)]+)"?`), kinds: []string{"jti"}, known: true},
		{at: regexp.MustCompile(`\bSecret in the token \(([^)\s]+)\)`), kinds: []string{"secret"}},
		{at: regexp.MustCompile(`\bsecret ([a-z0-9.-]+)/([a-z0-9.-]*[a-z0-9])`), kinds: []string{"namespace", "secret"}},
		{at: regexp.MustCompile(`/namespaces/([^/\s"?]+)(?:/[a-z]+/([^/\s"?:]+))?`), kinds: []string{"namespace", "object"}},
		{at: regexp.MustCompile(`\b(?:CN|O|OU|L|ST|C|SERIALNUMBER)=((?:\\.|[^,+"\\\n])+)`), kinds: []string{"value"}},
		{at: regexp.MustCompile(`\b(?:ServiceAccount|Secret|Pod) ([^\s/,;"]+)/([^\s/,;:"]*[^\s/,;:".])`), kinds: []string{"namespace", "object"}},
		// Our own sentences, which name what a field has named.
		{at: regexp.MustCompile(`\b(?i:context) ([^\s,;]+)`), kinds: []string{"context"}, known: true},
		{at: regexp.MustCompile(`\bnamespace ([^\s,;]+)`), kinds: []string{"namespace"}, known: true},
		{at: regexp.MustCompile(`\b[Nn]ode ([^\s,;:]+)`), kinds: []string{"node"}, known: true},
		{at: regexp.MustCompile(`\bcontainer ([^\s,;]+)`), kinds: []string{"container"}, known: true},
		// Names by their looks.
		{at: regexp.MustCompile(`\b([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\b`), kinds: []string{"uid"}},
		{at: regexp.MustCompile(`([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b`), kinds: []string{"email"}},
		{at: regexp.MustCompile(`\b([0-9]{1,3}(?:\.[0-9]{1,3}){3})\b`), kinds: []string{"host"}},
		{at: regexp.MustCompile(`\[([0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:%[A-Za-z0-9]+)?\]`), kinds: []string{"host"}},
		{at: regexp.MustCompile(`\b([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+):[0-9]{2,5}\b`), kinds: []string{"host"}},
		{at: regexp.MustCompile(`\b([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:local|internal|svc|example|com|net|org|io|dev|cloud|corp|lan))\b`), kinds: []string{"host"}},
		{at: regexp.MustCompile(`\b((?:[0-9a-fA-F]{2}:){7,}[0-9a-fA-F]{2})\b`), kinds: []string{"serial"}},
		{at: regexp.MustCompile(`\b([0-9a-fA-F]{32,})\b`), kinds: []string{"fingerprint"}},
		{at: regexp.MustCompile(`(?:^|[\s"'=(:\x60])((?:/|~/)[A-Za-z0-9._@+~-]+(?:/[A-Za-z0-9._@+~-]+)*)`), kinds: []string{"path"}},
		{at: regexp.MustCompile(`\b([A-Za-z]:\\[^\s"'<>|]+)`), kinds: []string{"path"}},
		// What stands in quotes and is no word of ours.
		{at: regexp.MustCompile(`"([^"\s\\]{2,})"`), kinds: []string{"value"}},
	}
})

// kidLike are the names that API servers give their keys, and thumbprints.
var kidLike = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Za-z0-9_-]{40,64}`) })

// places calls f for each place in a text where a name stands.
func (a *anonymizer) places(s string, in reflect.StructField, f func(kind, value string, from, to int)) {
	if len(s) > longText {
		return
	}
	for _, m := range address().FindAllStringSubmatchIndex(s, -1) {
		a.addressParts(s, m, f)
	}
	for _, p := range placesOfNames() {
		if p.in != "" && p.in != in.Name {
			continue
		}
		for _, m := range p.at.FindAllStringSubmatchIndex(s, -1) {
			for i, kind := range p.kinds {
				from, to := m[2*i+2], m[2*i+3]
				if from < 0 || from == to {
					continue
				}
				value := s[from:to]
				if strings.Contains(value, "://") {
					continue // an address, of which the parts are named
				}
				if kind == "path" && p.in == "" {
					for strings.HasSuffix(value, ".") {
						value, to = value[:len(value)-1], to-1
					}
				}
				if p.known && (a.of[value] == "" || functionWords[value]) || !p.known && !a.nameable(kind, value, p) {
					continue
				}
				f(kind, value, from, to)
			}
		}
	}
	for _, m := range kidLike().FindAllStringIndex(s, -1) {
		if value := s[m[0]:m[1]]; strings.ContainsAny(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(value, "abcdefghijklmnopqrstuvwxyz") &&
			strings.ContainsAny(value, "0123456789") && bounded(s, m[0], m[1]) {
			f("kid", value, m[0], m[1])
		}
	}
}

// nameable reports whether what stands in the place of a name is one.
func (a *anonymizer) nameable(kind, value string, p place) bool {
	if a.of[value] != "" {
		return true
	}
	switch {
	case known(value), strings.ToUpper(value) == value && strings.ToLower(value) != value && kind != "value" && kind != "serial" && kind != "fingerprint" && kind != "uid":
		// NAME stands for a name.
		return false
	case strings.HasPrefix(value, "-"):
		return false
	case kind == "path" && p.in == "" && strings.HasPrefix(value, "/"):
		return !ownPath(value)
	case kind == "path" && p.in == "":
		return strings.ContainsAny(value, `/\.`) && !strings.HasPrefix(value, "~/.kube/")
	case kind == "host":
		// A host of one word may be any word.
		if _, err := netip.ParseAddr(value); err == nil {
			return true
		}
		return strings.Contains(value, ".") || !ours(value)
	case kind == "object", kind == "value":
		return !ours(value) && !(strings.HasPrefix(value, "/") && ownPath(value))
	}
	return true
}

// ownPath are paths of the API, and those that Kubernetes itself chose.
func ownPath(s string) bool {
	for _, prefix := range []string{"/api", "/apis", "/openid", "/.well-known", "/healthz", "/readyz", "/livez", "/version", "/metrics", "/etc/kubernetes",
		"/var/run/secrets/kubernetes.io", "/dev/stdin", "/dev/null", "/token", "/run/secrets/kubernetes.io"} {
		if s == prefix || strings.HasPrefix(s, prefix+"/") {
			return true
		}
	}
	return !strings.Contains(strings.Trim(s, "/"), "/") && ours(strings.Trim(s, "/"))
}

// addressParts are the host and the path of an address.
func (a *anonymizer) addressParts(s string, m []int, f func(kind, value string, from, to int)) {
	from, to := m[2], m[3]
	authority := s[from:to]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		f("user", authority[:i], from, from+i)
		from += i + 1
		authority = s[from:to]
	}
	host := authority
	if strings.HasPrefix(host, "[") {
		if i := strings.IndexByte(host, ']'); i > 0 {
			host, from = host[1:i], from+1
		}
	} else if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	host = strings.TrimRight(host, ".]")
	if known(host) {
		if ownHost(host) {
			return
		}
	} else {
		f("host", host, from, from+len(host))
	}
	rest := s[m[4]:m[5]]
	path := strings.TrimRight(rest, "/.:])")
	for _, suffix := range []string{"/.well-known/openid-configuration", "/openid/v1/jwks"} {
		path = strings.TrimSuffix(path, suffix)
	}
	if start := strings.TrimLeft(path, "/?#"); start != "" && !ownPath(path) {
		at := m[4] + len(path) - len(start)
		f("path", start, at, at+len(start))
	}
}
