package report

import (
	_ "embed"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
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
	out, a := anonymized(x, func(a *anonymizer) { a.learnExplanation(x) })
	a.numbers(out.Credential.Claims)
	for _, s := range out.Subjects {
		if s.Credential != nil {
			a.numbers(s.Credential.Claims)
		}
	}
	return out
}

// AnonymizeLog does the same with what a log says.
func AnonymizeLog(x *LogSummary) *LogSummary {
	out, _ := anonymized(x, func(a *anonymizer) { a.learnLog(x) })
	return out
}

func anonymized[T any](x *T, learn func(*anonymizer)) (*T, *anonymizer) {
	a := &anonymizer{of: map[string]string{}, counts: map[string]int{}, taken: map[string]bool{}}
	eachString(x, func(s string, _ reflect.StructField) string {
		for _, p := range placeholderIn().FindAllString(s, -1) {
			a.taken[p] = true
		}
		return s
	})
	learn(a)
	// What only a text names comes after what a field names, of which the kind is known.
	eachString(x, func(s string, in reflect.StructField) string {
		if !fixed(in) && a.of[s] == "" {
			a.places(s, in, func(kind, value string, _, _ int) { a.learn(kind, value) })
		}
		return s
	})
	a.index()
	return eachString(x, func(s string, in reflect.StructField) string {
		if fixed(in) {
			return s
		}
		return a.replace(s, in)
	}), a
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

func eachString[T any](x *T, f func(string, reflect.StructField) string) *T {
	return transform(reflect.ValueOf(x), f).Interface().(*T)
}

// fixed fields hold what this program says by itself, in the same words each time.
func fixed(in reflect.StructField) bool {
	switch in.Name {
	case "Kind", "APIVersion", "Type", "Client", "Verdict", "DecidedBy", "Cause", "ID", "Severity", "Certainty", "Title", "Reference",
		"Status", "Stage", "Role", "Version", "ExtendedKeyUsages", "Question", "NamedBy", "KeyType", "Algorithm", "Use",
		"What", "Unit", "Forms", "First", "Last", "Possible":
		return true
	}
	return false
}

const kinds = `(?:namespace|serviceaccount|pod|secret|node|container|user|group|uid|jti|kid|host|email|path|url|audience|context|cluster|fingerprint|serial|audit|ca|client|object|command|bootstrap|value)`

var (
	placeholderIn = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b` + kinds + `-[0-9]+\b`) })
	placeholder   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^` + kinds + `-[0-9]+$`) })
)

// learn gives a name its placeholder.
func (a *anonymizer) learn(kind, value string) {
	if value == "" || a.of[value] != "" || placeholder().MatchString(value) || known(value) {
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

// index makes the list of what is replaced wherever it stands. It holds what a text makes of a name too: cut short, or with its quotes escaped.
func (a *anonymizer) index() {
	a.anywhere, a.starts = map[string]bool{}, map[string][]int{}
	for value, p := range maps.Clone(a.of) {
		forms := []string{value}
		quoted := strconv.Quote(value)
		forms = append(forms, quoted[1:len(quoted)-1], escape.Text(value), finding.Word(value))
		// pkg/diagnose cuts what is longer than this.
		if most := 200; len(value) > most {
			forms = append(forms, strings.ToValidUTF8(value[:most], "")+"…")
		}
		for _, form := range forms {
			if form == value || a.of[form] == "" {
				a.of[form] = p
			}
			if len(form) > 1 && len(form) <= longText && !ours(form) && !numeric().MatchString(form) && !a.anywhere[form] {
				a.anywhere[form] = true
				if at := a.starts[form[:2]]; !slices.Contains(at, len(form)) {
					a.starts[form[:2]] = append(at, len(form))
				}
			}
		}
	}
}

// numeric is what a count or a time may be too.
var numeric = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,10}[a-z]?$`) })

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
	for _, m := range inQuotes().FindAllStringSubmatchIndex(s, -1) {
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

var inQuotes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("\"([^\"\\s]+)\"|(?:^|[^A-Za-z0-9])'([^'\\s]+)'|`([^`\\s]+)`")
})

// holdsName: the field holds one name, or claims, whose values are.
func holdsName(in reflect.StructField) bool {
	switch in.Name {
	case "Detail", "Description", "Command", "Value", "Remarks", "Answer", "Example":
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
	for _, c := range checks.All {
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
			if len(part) > 1 && !numeric().MatchString(part) {
				out = append(out, part)
			}
		}
	}
	return out
}

// ours reports whether s is a word of our own sentences.
func ours(s string) bool { return vocabulary()[strings.ToLower(s)] }
