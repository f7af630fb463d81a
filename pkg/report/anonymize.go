package report

import (
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Anonymize returns a copy of x in which whatever names somebody's things is replaced
// by a placeholder that says what it was: namespace-1, user-2. The same value gets the
// same placeholder wherever it stands in the report, also inside a sentence, a command
// or a server's words. What Kubernetes itself defines stays, and so do times and what
// was found, so that the diagnosis can still be read. A placeholder is left as it is.
//
// Names are first gathered from the fields that hold them and from the places in a
// text where names stand, and then replaced in every string, the longest first and
// never in a part of a word. A name that is also a word of ours ("token") is replaced
// only where a name stands, not wherever the word does.
func Anonymize(x *Explanation) *Explanation {
	a := &anonymizer{of: map[string]string{}, counts: map[string]int{}, taken: map[string]bool{}}
	a.each(x, func(s string, _ reflect.StructField) string {
		for _, p := range placeholderIn.FindAllString(s, -1) {
			a.taken[p] = true
		}
		return s
	})
	a.learnExplanation(x)
	// What only a text names comes after what a field names, of which the kind is known.
	a.each(x, func(s string, in reflect.StructField) string {
		if !fixed(in) && a.of[s] == "" {
			a.places(s, in, func(kind, value string, _, _ int) { a.learn(kind, value) })
		}
		return s
	})
	a.index()
	out := a.each(x, func(s string, in reflect.StructField) string {
		if fixed(in) {
			return s
		}
		return a.replace(s, in)
	})
	a.numbers(out.Credential.Claims)
	for _, s := range out.Subjects {
		if s.Credential != nil {
			a.numbers(s.Credential.Claims)
		}
	}
	return out
}

// numbers replaces the numbers of a person or a thing, in the claims of a copy.
func (a *anonymizer) numbers(members map[string]any) {
	for _, key := range slices.Sorted(keysOf(members)) {
		if !slices.Contains(plainClaims, key) {
			members[key] = a.number(members[key])
		}
	}
}

func (a *anonymizer) number(value any) any {
	switch v := value.(type) {
	case map[string]any:
		a.numbers(v)
	case []any:
		for i := range v {
			v[i] = a.number(v[i])
		}
	case nil, string, bool:
	default:
		a.learn("value", fmt.Sprint(v))
		return a.of[fmt.Sprint(v)]
	}
	return value
}

type anonymizer struct {
	// of has the placeholder of each name.
	of     map[string]string
	counts map[string]int
	// taken are the placeholders that the report already holds.
	taken map[string]bool
	// anywhere are the names, and how texts write them, that are replaced wherever they
	// stand; starts has their lengths by how they begin.
	anywhere map[string]bool
	starts   map[string][]int
}

// longText is the length from which a text is replaced as a whole: no sentence of ours
// and no error of a server is that long.
const longText = 16 << 10

func (a *anonymizer) each(x *Explanation, f func(string, reflect.StructField) string) *Explanation {
	return transform(reflect.ValueOf(x), f).Interface().(*Explanation)
}

// fixed fields hold what this program says by itself, in the same words each time.
func fixed(in reflect.StructField) bool {
	switch in.Name {
	case "Kind", "APIVersion", "Type", "Verdict", "DecidedBy", "Cause", "ID", "Severity", "Certainty", "Title", "Reference",
		"Status", "Stage", "Role", "Version", "ExtendedKeyUsages", "Question":
		return true
	}
	return false
}

const kinds = `(?:namespace|serviceaccount|pod|secret|node|container|user|group|uid|jti|kid|host|email|path|url|audience|context|cluster|fingerprint|serial|audit|ca|client|object|command|bootstrap|value)`

var (
	placeholderIn = regexp.MustCompile(`\b` + kinds + `-[0-9]+\b`)
	placeholder   = regexp.MustCompile(`^` + kinds + `-[0-9]+$`)
)

// learn gives a name its placeholder.
func (a *anonymizer) learn(kind, value string) {
	if value == "" || a.of[value] != "" || placeholder.MatchString(value) || known(value) {
		return
	}
	for {
		a.counts[kind]++
		p := kind + "-" + strconv.Itoa(a.counts[kind])
		if !a.taken[p] {
			a.of[value] = p
			return
		}
	}
}

// known are names that Kubernetes itself defines, and this machine.
func known(s string) bool {
	switch s {
	case "default", "kube-system", "kube-public", "kube-node-lease", "kubernetes", "localhost", "127.0.0.1", "::1", "REDACTED", "[REDACTED]",
		"kubernetes/serviceaccount", "front-proxy-client", "kubernetes.default", "kubernetes.default.svc", "cluster.local":
		return true
	}
	return strings.HasPrefix(s, "system:") || strings.HasPrefix(s, "kubeadm:") || strings.HasPrefix(s, "kubernetes.default.svc.") || ownHost(s)
}

// ownHost: a host, or the host of an API group, of the Kubernetes project.
func ownHost(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	for _, h := range []string{"kubernetes.io", "k8s.io", "authn.kubectl"} {
		if host == h || strings.HasSuffix(host, "."+h) {
			return true
		}
	}
	return host == "github.com"
}

func (a *anonymizer) learnExplanation(x *Explanation) {
	a.credential(&x.Credential)
	a.identity(x.User)
	a.list("audience", x.Audiences)
	if x.Server != nil {
		a.value("url", x.Server.URL)
		a.learn("audit", x.Server.AuditID)
	}
	for i := range x.Subjects {
		s := &x.Subjects[i]
		if s.Credential != nil {
			a.credential(s.Credential)
		}
		a.identity(s.User)
	}
}

func (a *anonymizer) credential(c *Credential) {
	if p := c.Projected; p != nil {
		a.learn("serviceaccount", p.ServiceAccountName)
		a.learn("node", p.NodeName)
		a.learn("container", p.Container)
		a.value("path", p.Path)
		a.value("audience", p.Audience)
	}
	if k := c.Certificate; k != nil {
		a.learn("serial", k.SerialNumber)
		a.learn("fingerprint", k.SHA256)
		a.name("user", k.Subject)
		a.name("ca", k.Issuer)
	}
	a.claims(c.Header, "")
	a.claims(c.Claims, "")
}

// name learns the parts of a distinguished name.
func (a *anonymizer) name(kind, dn string) {
	for _, m := range attribute.FindAllStringSubmatch(dn, -1) {
		value := strings.NewReplacer(`\,`, ",", `\+`, "+", `\"`, `"`, `\\`, `\`).Replace(m[2])
		switch m[1] {
		case "CN":
			a.value(kind, value)
		case "O":
			a.value("group", value)
		default:
			a.value("value", value)
		}
	}
}

func (a *anonymizer) identity(u *Identity) {
	if u == nil {
		return
	}
	a.value("user", u.Username)
	a.learn("uid", u.UID)
	a.list("group", u.Groups)
	for _, key := range slices.Sorted(keysOf(u.Extra)) {
		for _, value := range u.Extra[key] {
			switch name := key[strings.LastIndexByte(key, '/')+1:]; {
			case name == "credential-id" && strings.HasPrefix(value, "JTI="):
				a.learn("jti", value[len("JTI="):])
			case name == "credential-id" && strings.HasPrefix(value, "X509SHA256="):
				a.learn("fingerprint", value[len("X509SHA256="):])
			case strings.HasSuffix(name, "-uid"):
				a.learn("uid", value)
			case name == "pod-name":
				a.learn("pod", value)
			case name == "node-name":
				a.learn("node", value)
			default:
				a.value("value", value)
			}
		}
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (a *anonymizer) list(kind string, values []string) {
	for _, v := range values {
		a.value(kind, v)
	}
}

// plainClaims say how a token is made, and nothing of whom it is.
var plainClaims = []string{"alg", "typ", "cty", "enc", "zip", "crit", "b64", "kty", "crv", "use", "key_ops", "token_use", "scope", "scp", "acr", "amr", "ver", "idtyp",
	"exp", "iat", "nbf", "auth_time", "updated_at", "warnafter", "email_verified"}

// claimKinds are the kinds of what well-known claims hold.
var claimKinds = map[string]string{
	"sub": "user", "name": "user", "given_name": "user", "family_name": "user", "middle_name": "user", "nickname": "user", "preferred_username": "user",
	"upn": "user", "unique_name": "user", "oid": "uid", "email": "email", "iss": "url", "aud": "audience", "azp": "client", "client_id": "client",
	"appid": "client", "jti": "jti", "kid": "kid", "groups": "group", "roles": "group", "jku": "url", "x5u": "url", "uid": "uid", "namespace": "namespace",
	"kubernetes.io/serviceaccount/namespace": "namespace", "kubernetes.io/serviceaccount/secret.name": "secret",
	"kubernetes.io/serviceaccount/service-account.name": "serviceaccount", "kubernetes.io/serviceaccount/service-account.uid": "uid",
}

func (a *anonymizer) claims(members map[string]any, of string) {
	for _, key := range slices.Sorted(keysOf(members)) {
		if slices.Contains(plainClaims, key) {
			continue
		}
		kind := claimKinds[key]
		switch {
		case key == "name" && slices.Contains([]string{"serviceaccount", "pod", "node", "secret"}, of):
			kind = of
		case kind == "":
			kind = "value"
		}
		a.claim(kind, key, members[key])
	}
}

func (a *anonymizer) claim(kind, key string, value any) {
	switch v := value.(type) {
	case string:
		a.value(kind, v)
	case []any:
		for _, item := range v {
			a.claim(kind, key, item)
		}
	case map[string]any:
		a.claims(v, key)
	}
}

// value learns a name that may be made of others, or that is an address.
func (a *anonymizer) value(kind, s string) {
	switch {
	case s == "" || known(s) && !strings.HasPrefix(s, "system:"):
	case len(s) > longText:
		a.learn("value", s)
	case strings.Contains(s, "://") || strings.HasPrefix(s, "system:"):
		a.places(s, reflect.StructField{}, func(kind, value string, _, _ int) { a.learn(kind, value) })
		if kind == "url" || strings.HasPrefix(s, "system:") || a.covered(s) {
			return
		}
		a.learn(kind, s)
	case hostname.MatchString(s) && (kind == "url" || kind == "audience"):
		a.learn("host", s)
	case strings.Contains(s, "@") && kind != "user":
		a.learn("email", s)
	case kind == "url":
		a.learn("value", s)
	default:
		a.learn(kind, s)
	}
}

// covered reports whether s is an address from end to end.
func (a *anonymizer) covered(s string) bool {
	loc := address.FindStringIndex(s)
	return loc != nil && loc[0] == 0 && loc[1] == len(s)
}

var (
	attribute = regexp.MustCompile(`(?:^|[,+])\s*([A-Za-z][A-Za-z0-9]*|[0-9.]+)=((?:\\.|[^,+\\])*)`)
	hostname  = regexp.MustCompile(`^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$`)
	address   = regexp.MustCompile(`\b[A-Za-z][A-Za-z0-9+.-]*://([^\s"'<>\\/?#,;\x60)}]+)([^\s"'<>\\,;\x60)}]*)`)
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

// acceptedAs is how pkg/diagnose counts an answer.
var acceptedAs = regexp.MustCompile(`^accepted as (.+?)(?: for other audiences)?$`)

var placesOfNames = []place{
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
	{in: "Answer", at: acceptedAs, kinds: []string{"user"}},
	{in: "Value", at: acceptedAs, kinds: []string{"user"}},
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

// kidLike are the names that API servers give their keys, and thumbprints.
var kidLike = regexp.MustCompile(`[A-Za-z0-9_-]{40,64}`)

// places calls f for each place in a text where a name stands.
func (a *anonymizer) places(s string, in reflect.StructField, f func(kind, value string, from, to int)) {
	if len(s) > longText {
		return
	}
	for _, m := range address.FindAllStringSubmatchIndex(s, -1) {
		a.addressParts(s, m, f)
	}
	for _, p := range placesOfNames {
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
	for _, m := range kidLike.FindAllStringIndex(s, -1) {
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

// index makes the list of what is replaced wherever it stands. It holds what a text makes of a name too: cut short, or with its quotes escaped.
func (a *anonymizer) index() {
	a.anywhere, a.starts = map[string]bool{}, map[string][]int{}
	for value, p := range maps.Clone(a.of) {
		forms := []string{value}
		quoted := strconv.Quote(value)
		forms = append(forms, quoted[1:len(quoted)-1], Escape(value), credential.Word(value))
		// pkg/diagnose cuts what is longer than this.
		if most := 200; len(value) > most {
			forms = append(forms, strings.ToValidUTF8(value[:most], "")+"…")
		}
		for _, form := range forms {
			if form == value || a.of[form] == "" {
				a.of[form] = p
			}
			if len(form) > 1 && len(form) <= longText && !ours(form) && !numeric.MatchString(form) && !a.anywhere[form] {
				a.anywhere[form] = true
				if at := a.starts[form[:2]]; !slices.Contains(at, len(form)) {
					a.starts[form[:2]] = append(at, len(form))
				}
			}
		}
	}
}

// numeric is what a count or a time may be too.
var numeric = regexp.MustCompile(`^[0-9]{1,10}[a-z]?$`)

type cutting struct {
	from, to int
	by       string
}

// replace replaces the names in a text.
func (a *anonymizer) replace(s string, in reflect.StructField) string {
	if s == "" {
		return s
	}
	if p := a.of[s]; p != "" && (holdsName(in) || !ours(s)) {
		return p
	}
	if len(s) > longText {
		a.learn("value", s)
		return a.of[s]
	}
	var cuts, found []cutting
	cut := make([]bool, len(s))
	add := func(from, to int, by string) {
		if by == "" || slices.Contains(cut[from:to], true) {
			return
		}
		for i := from; i < to; i++ {
			cut[i] = true
		}
		cuts = append(cuts, cutting{from, to, by})
	}
	for from := 0; from+1 < len(s); from++ {
		for _, size := range a.starts[s[from:from+2]] {
			if to := from + size; to <= len(s) && a.anywhere[s[from:to]] && bounded(s, from, to) {
				found = append(found, cutting{from, to, a.of[s[from:to]]})
			}
		}
	}
	slices.SortStableFunc(found, func(x, y cutting) int { return (y.to - y.from) - (x.to - x.from) })
	for _, c := range found {
		add(c.from, c.to, c.by)
	}
	a.places(s, in, func(_, value string, from, to int) { add(from, to, a.of[value]) })
	// Our own words stand in quotes only where they are somebody's.
	for _, m := range inQuotes.FindAllStringSubmatchIndex(s, -1) {
		for g := 1; g <= 3; g++ {
			if from, to := m[2*g], m[2*g+1]; from >= 0 && from < to {
				add(from, to, a.of[s[from:to]])
			}
		}
	}
	slices.SortFunc(cuts, func(x, y cutting) int { return x.from - y.from })
	var b strings.Builder
	at := 0
	for _, c := range cuts {
		b.WriteString(s[at:c.from] + c.by)
		at = c.to
	}
	return b.String() + s[at:]
}

var inQuotes = regexp.MustCompile("\"([^\"\\s]+)\"|(?:^|[^A-Za-z0-9])'([^'\\s]+)'|`([^`\\s]+)`")

// holdsName: the field holds one name, or claims, whose values are.
func holdsName(in reflect.StructField) bool {
	switch in.Name {
	case "Detail", "Description", "Command", "Value", "Remarks", "Answer":
		return false
	}
	return !strings.HasSuffix(in.Name, keyOf)
}

// bounded reports whether what stands there is no part of a longer word or name.
func bounded(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	first, _ := utf8.DecodeRuneInString(s[from:])
	last, _ := utf8.DecodeLastRuneInString(s[:to])
	inside := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }
	if from > 0 && inside(first) && (inside(before) || before == '.' && from > 1 && inside(rune(s[from-2]))) {
		return false
	}
	if to < len(s) && inside(last) {
		if inside(after) {
			return false
		}
		if next, _ := utf8.DecodeRuneInString(s[min(to+1, len(s)):]); after == '.' && to+1 < len(s) && inside(next) {
			return false
		}
	}
	return true
}

//go:embed words.txt
var wordList string

// functionWords follow a noun in a sentence, and are not what it names.
var functionWords = map[string]bool{"the": true, "is": true, "was": true, "of": true, "in": true, "and": true, "or": true, "with": true, "has": true, "that": true,
	"to": true, "from": true, "for": true, "at": true, "on": true, "it": true, "names": true, "identifies": true, "name": true, "token": true, "user": true}

// vocabulary are the words of this program's own sentences, in lower case.
var vocabulary = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(wordList) {
		out[w] = true
	}
	for _, e := range finding.Catalogue {
		out[string(e.ID)] = true
		for _, text := range []string{e.Title, e.Meaning, e.Detection, e.Fix} {
			for _, w := range wordsOf(text) {
				out[w] = true
			}
		}
	}
	for _, c := range diagnose.Checks {
		out[c.ID] = true
		for _, w := range wordsOf(c.Title + " " + string(c.Stage)) {
			out[w] = true
		}
	}
	for key := range claimKinds {
		out[strings.ToLower(key)] = true
	}
	for _, key := range plainClaims {
		out[key] = true
	}
	return out
})

// wordsOf are the words of a text in lower case, those with a hyphen whole and in parts.
func wordsOf(text string) []string {
	var out []string
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !letter(r) && r != '-' }) {
		w = strings.Trim(w, "-")
		parts := strings.Split(w, "-")
		if len(parts) > 1 {
			parts = append(parts, w)
		}
		for _, part := range parts {
			if len(part) > 1 && !numeric.MatchString(part) {
				out = append(out, part)
			}
		}
	}
	return out
}

// ours reports whether s is a word of our own sentences.
func ours(s string) bool { return vocabulary()[strings.ToLower(s)] }
