package errortext

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// paragraph is a sequence of lines that may be one message, broken into lines by whoever printed or
// pasted it.
type paragraph struct {
	lines []string
	// content has the text of each line after what a transport put before it, such as the time that
	// a CI system puts before every line. The first line keeps it: it tells who wrote the message.
	content []string
	// starts has the sum of the lengths of the contents before each line.
	starts []int
	// last reports that nothing follows the paragraph, so that it may be cut off.
	last bool
}

// Bounds on a paragraph.
const (
	maxParagraphLines = 300
	maxParagraph      = 64 << 10
	// maxAhead is the greatest length of the prefixes of a line.
	maxAhead = 200
)

var (
	// stamped matches the prefixes that transports put before every line: a time, alone or of a
	// container runtime, the name of a Pod or of a service.
	stamped = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:\[[a-z]+/[^\] ]+\] |[A-Za-z0-9][\w./-]{0,80} *\| |#\d+ \d+\.\d+ )?` +
			`(?:\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\dZ:+-]*\]? (?:std(?:out|err) [FP] |\d\d[OE][ +])?|\[\d\d:\d\d:\d\d[.,\d]*\] |\d\d:\d\d:\d\d[.,\d]* )?`)
	})
	// dated matches the first line of a log's message that begins with a time or an address.
	dated = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:` +
			`\d{4}[-/.]\d\d[-/.]\d\d[ T]\d\d:\d\d(?::\d\d)?[.,\dZ:+-]*(?: [A-Z]{3,4})?\W+(?i:trace|debug|info|notice|warn|warning|error|err|fatal|panic|critical|severe|log|stdout|stderr)\b` +
			`|\d{4}[-/.]\d\d[-/.]\d\d \d\d:\d\d:\d\d[.,\d]*[ ,]` + // Go's log, Java, Python
			`|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\dZ:+-]* (?:[\w.-]+ [\w./-]+\[\d+\]: |\[\w+\])` +
			`|(?:Mon |Tue |Wed |Thu |Fri |Sat |Sun )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d \d\d:\d\d:\d\d\b` + // syslog, journal
			`|\[\d{1,2}/[A-Z][a-z]{2}/\d{4}|\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) |\[ *\d+\.\d{3,}\] ` + // web servers, the kernel
			`|(?:\d{1,3}\.){3}\d{1,3} - |\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\]]*\]|<\d{1,3}>\d? ?[A-Z]` +
			`|\[(?i:trace|debug|info|notice|warn|warning|error|fatal|panic|critical|severe)\])`)
	})
)

// openings are the beginnings of messages of loggers, tools and programming languages.
var openings = []string{
	`time="`, "ts=2", "ts=1", "level=", "lvl=", "t=2", "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "ERRO[", "FATA", "PANIC", "CRITICAL", "SEVERE",
	"Error: ", "Error from server", "Warning: ", "Warning  ", "Fatal: ", "Failed: ", "Traceback", "Exception in ", "Caused by: ", "caused by: ", "Hint: ", "hint: ", "note: ", "Note: ",
	"... ", `File "`, "goroutine ", "panic: ", "fatal: ", "TASK [", "PLAY ", "$ ", "PS C:", "E0 ",
	"script returned exit code ", "command terminated with exit code ", "exit status ", "make: *** ", "npm ERR! ",
}

// paragraphs splits a text into paragraphs. A line continues the one before it unless a blank line
// stands between them, or it begins as a message of its own does.
func paragraphs(lines []string) []paragraph {
	var out []paragraph
	var now paragraph
	size, second := 0, ""
	flush := func() {
		if len(now.lines) > 0 {
			out = append(out, now)
		}
		now, size = paragraph{}, 0
	}
	for _, line := range lines {
		if line == "" {
			flush()
			continue
		}
		n, when := ahead(line), second
		content := line
		if n > 0 {
			content = bare(line[n:])
		}
		second = secondOf(line[:n])
		switch {
		case content == "":
			flush()
			continue
		case len(now.lines) == 0:
		case n > 0 && when == "" && isInside(now.lines[len(now.lines)-1], line):
			// The line was broken before or inside a time.
			n, content, second = 0, line, when
		case hasOwnTime(second, when) && !begins(content):
			n, second = endOfPrefix(line, when), when
			content = bare(line[n:])
		case len(now.lines) == 1 && len(line) < maxAhead && endsJournalPrefix(now.lines[0]):
			// The line before it has only the prefix of a journal.
		case size+len(line) > maxParagraph, len(now.lines) == maxParagraphLines, n > 0 && when != second, begins(content) && !endsIn(now.lines[len(now.lines)-1], content):
			// Lines with times are one message only if they were written at once.
			flush()
		}
		if n > 0 && content != line {
			line = line[:n] + content
		}
		if len(now.lines) == 0 {
			content = line
		}
		now.lines, now.content, now.starts = append(now.lines, line), append(now.content, content), append(now.starts, size)
		size += len(content)
	}
	flush()
	if len(out) > 0 {
		out[len(out)-1].last = true
	}
	return out
}

// endsIn reports whether a line that begins with the word Error continues a longer message, such as `Internal Server Error: `.
func endsIn(before, line string) bool {
	const shortest = 20
	return strings.HasPrefix(line, "Error: ") && dictionary().longest(before[max(0, len(before)-shortest):]+" ", line) >= shortest
}

// hasOwnTime reports whether the time at the end of a prefix belongs to the message: the prefix of the
// line before is the same without it.
func hasOwnTime(prefix, before string) bool {
	return before != "" && prefix != before && strings.HasPrefix(prefix, before)
}

// endOfPrefix returns the length of the prefix that secondOf shortened, at the start of a line.
func endOfPrefix(line, prefix string) int {
	if prefix[0] == '#' {
		return len(prefix) + 2 + strings.IndexByte(line[len(prefix)+1:], ' ')
	}
	return len(prefix)
}

// endsJournalPrefix reports whether a line ends with the name of a unit and its process.
func endsJournalPrefix(line string) bool {
	return len(line) > 3 && strings.HasSuffix(line, "]:") && isDigit(line[len(line)-3])
}

// ahead returns the length of what a transport put before a line.
func ahead(line string) int {
	switch c := line[0]; {
	case c == '[', c == '#', c >= '0' && c <= '9':
	case strings.IndexByte(line[:min(len(line), 90)], '|') < 0:
		return 0
	}
	m := stamped().FindStringIndex(line[:min(len(line), maxAhead)])
	if m == nil {
		return 0
	}
	return m[1]
}

// Unlisted returns a line without the mark of a list.
func Unlisted(line string) string {
	for _, mark := range []string{"- ", "* ", "+ "} {
		line = strings.TrimPrefix(line, mark)
	}
	return strings.TrimLeft(line, "0123456789. ")
}

// secondOf returns what two prefixes of one message have in common: all up to the second, without
// numbers if there is no time.
func secondOf(prefix string) string {
	for i := 0; i+8 <= len(prefix); i++ {
		if p := prefix[i : i+8]; p[2] == ':' && p[5] == ':' && isDigit(p[0]) && isDigit(p[1]) && isDigit(p[3]) && isDigit(p[4]) && isDigit(p[6]) && isDigit(p[7]) {
			return prefix[:i+8]
		}
	}
	if strings.HasPrefix(prefix, "#") {
		prefix, _, _ = strings.Cut(prefix, " ")
	}
	return prefix
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// begins reports whether a line begins as a message of its own does.
func begins(line string) bool {
	line = line[:min(len(line), maxAhead)]
	if line == "" || hasKlogHeader(line) {
		return true
	}
	for _, opening := range openings {
		if strings.HasPrefix(line, opening) {
			return true
		}
	}
	switch c := line[0]; {
	case isDigit(c), c == '[', c == '<', strings.IndexByte("JFMASONDTW", c) >= 0:
		if dated().MatchString(line) {
			return true
		}
	}
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case word == "at" && strings.HasSuffix(line, ")"):
		// A frame of a stack.
		return true
	case strings.HasSuffix(word, "]:") && strings.Contains(word, "[") && rest != "":
		// The name of a unit and its process.
		return isDigit(word[len(word)-3])
	case strings.Contains(word, "@") && (strings.HasSuffix(word, "$") || strings.HasSuffix(word, "#")):
		return true
	}
	return false
}

// hasKlogHeader reports whether a line has the header of klog behind any prefixes.
func hasKlogHeader(line string) bool {
	for at := 0; at+20 < len(line); {
		if h := line[at:]; strings.IndexByte("IWEF", h[0]) >= 0 && isDigit(h[1]) && isDigit(h[2]) && isDigit(h[3]) && isDigit(h[4]) && h[5] == ' ' && h[8] == ':' && h[11] == ':' {
			return true
		}
		n := strings.IndexByte(line[at:], ' ')
		if n < 0 {
			break
		}
		at += n + 1
	}
	return false
}

// klogPadding returns the number of spaces that the normal form removed from a header of klog, which pads the process ID.
func klogPadding(line string) int {
	m := klogProcess().FindStringSubmatch(line[:min(len(line), maxAhead)])
	if m == nil {
		return 0
	}
	return max(0, len("      1")-len(m[1]))
}

var klogProcess = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ (\d+) [\w.-]+:\d+\]`)
})

// isInside reports whether a line that begins with a time continues a message whose value it is.
func isInside(before, line string) bool {
	word := before[strings.LastIndexByte(before, ' ')+1:]
	if len(word) == len("E0524") && strings.IndexByte("IWEF", word[0]) >= 0 && strings.Trim(word[1:], "0123456789") == "" {
		return true
	}
	return edge(dictionary().longest(before+" ", "\x00")) > 0 || strings.HasSuffix(before, "current time") || strings.HasSuffix(before, "is after") || strings.HasSuffix(before, "is before")
}

// broken is a paragraph as one line.
type broken struct {
	text string
	// breaks are the beginnings of the lines, unfirm those before which a message more likely ends.
	breaks, unfirm []int
	// doubted reports that breaks were read against the dictionary.
	doubted bool
}

// Lengths of a match in the dictionary: with sure, it decides whether a break was a space; below certain, it may be an accident,
// and the other way is tried as well.
const (
	sure    = 5
	certain = 9
)

// Logical returns the lines as they likely were before they were broken.
func (n Normal) Logical() []string {
	var out []string
	for _, p := range paragraphs(n.lines) {
		if len(p.lines) == 1 {
			out = append(out, p.lines[0])
			continue
		}
		out = append(out, p.joinings()[0].text)
	}
	return out
}

// joinings returns the ways to read a paragraph as one line: the likely way, and those in which all
// undecided breaks, or all that are not certain, are nothing or a space.
func (p *paragraph) joinings() []broken {
	pieces, width := p.content, 0
	for i, piece := range pieces {
		// A word that is longer than the lines stands alone. The first line may have more before
		// it.
		if i == 0 && len(pieces) == 2 || i > 0 && strings.IndexByte(piece, ' ') >= 0 {
			width = max(width, len(piece)-p.prefix(i))
		}
	}
	hard := isHard(pieces, width)
	spaces, scores := make([]bool, len(pieces)), make([]int, len(pieces))
	least := certain
	for i := 1; i < len(pieces); i++ {
		spaces[i], scores[i] = dictionary().between(pieces[i-1], pieces[i])
		if scores[i] < sure {
			spaces[i] = spaceBetween(pieces[i-1], pieces[i], hard)
		}
		least = min(least, scores[i])
	}
	out := []broken{p.join(pieces, width, func(i int) bool { return spaces[i] })}
	for _, enough := range []int{sure, certain} {
		for _, space := range []bool{false, true} {
			if least >= enough {
				continue
			}
			other := p.join(pieces, width, func(i int) bool {
				if scores[i] < enough {
					return space
				}
				return spaces[i]
			})
			other.doubted = enough > sure
			if !slices.ContainsFunc(out, func(b broken) bool { return b.text == other.text }) {
				out = append(out, other)
			}
		}
	}
	return out
}

func (p *paragraph) join(pieces []string, width int, space func(i int) bool) broken {
	var b broken
	var text strings.Builder
	for i, piece := range pieces {
		if i > 0 {
			if !isFirm(pieces[i-1][p.prefix(i-1):], piece, width) {
				b.unfirm = append(b.unfirm, text.Len())
			}
			if space(i) {
				text.WriteByte(' ')
			}
		}
		b.breaks = append(b.breaks, text.Len())
		text.WriteString(piece)
	}
	b.text = text.String()
	return b
}

// place returns the place in the contents of the lines of a place in their joined text.
func (p *paragraph) place(b broken, at int) int {
	i, found := slices.BinarySearch(b.breaks, at)
	if !found {
		i--
	}
	return p.starts[i] + min(at-b.breaks[i], len(p.content[i]))
}

// prefix returns the length of what a transport put before each line and the content still has.
func (p *paragraph) prefix(i int) int {
	if i > 0 || len(p.lines) == 1 || len(p.lines[1]) == len(p.content[1]) {
		return 0
	}
	return ahead(p.lines[0])
}

// at returns the line of a place.
func (p *paragraph) at(place int) int {
	i, found := slices.BinarySearch(p.starts, place)
	if !found {
		i--
	}
	return i
}

// spans reports whether a hit spans several lines.
func (p *paragraph) spans(h hit) bool { return p.at(h.from) < p.at(max(h.from, h.to-1)) }

// line returns the logical line around a hit: the lines that it spans, and those that were likely
// one line with them.
func (p *paragraph) line(b broken, h hit) string {
	first, last := p.at(h.from), p.at(max(h.from, h.to-1))
	firm := func(i int) bool {
		end := b.breaks[i-1] + len(p.content[i-1])
		_, found := slices.BinarySearch(b.unfirm, end)
		return !found
	}
	const most = 20
	for n := 0; first > 0 && firm(first) && n < most; n++ {
		first--
	}
	for n := 0; last < len(p.lines)-1 && firm(last+1) && n < most; n++ {
		last++
	}
	return p.lines[first][:len(p.lines[first])-len(p.content[first])] + b.text[b.breaks[first]:b.breaks[last]+len(p.content[last])]
}

// isFirm reports whether a break looks like that of a wrapped line: the next word did not fit, and
// no sentence ended.
func isFirm(before, after string, width int) bool {
	const shortest = 25
	word, _, _ := strings.Cut(after, " ")
	if len(before) < shortest && len(word) < shortest || len(before)+klogPadding(before)+1+len(word) <= width {
		return false
	}
	c := after[0]
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte(".!?", before[len(before)-1]) < 0
}

// isHard reports whether lines were broken at a column and not between words.
func isHard(pieces []string, width int) bool {
	if len(pieces) < 3 || width < 10 {
		return false
	}
	for _, piece := range pieces[:len(pieces)-1] {
		// A space at a break is lost.
		if lost := width - len(piece) - klogPadding(piece); lost > 2 || lost > 0 && len(pieces) == 3 {
			return false
		}
	}
	return true
}

// spaceBetween guesses whether a break that no message decides was a space.
func spaceBetween(before, after string, hard bool) bool {
	left := before[strings.LastIndexByte(before, ' ')+1:]
	right, _, _ := strings.Cut(after, " ")
	if left == "" || right == "" {
		return false
	}
	last, first := left[len(left)-1], right[0]
	switch {
	case strings.IndexByte(",;", last) >= 0:
		return true
	case isQuotedWord(left, right), isPath(left, right):
		return false
	case strings.IndexByte(`([{/_=@%~\`, last) >= 0, strings.IndexByte(")]},;/_%'", first) >= 0:
		return false
	case len(left) > 1 && strings.IndexByte("-.:", last) >= 0 && isWordByte(first) && (isDigit(first) || last == '-' || last == '.' && first >= 'a'):
		return strings.HasSuffix(left, "...") || last == ':' && !isDigit(left[len(left)-2])
	case len(right) > 1 && strings.IndexByte("-.:", first) >= 0 && isWordByte(right[1]):
		return false
	case isDigit(last) && isDigit(first):
		return false
	}
	return !hard
}

// isQuotedWord reports whether a break between two words is inside quotes or brackets.
func isQuotedWord(left, right string) bool {
	opens := func(a, b string) bool {
		return strings.Count(left, a) > strings.Count(left, b) && strings.Count(right, b) > strings.Count(right, a)
	}
	last := left[len(left)-1]
	return strings.Count(left, `"`)%2 == 1 && last != '"' && strings.IndexByte(right, '"') >= 0 ||
		strings.Count(left, "'")%2 == 1 && last != '\'' && strings.IndexByte(right, '\'') > 0 ||
		opens("(", ")") || opens("[", "]")
}

// isPath reports whether a break between two words is inside a path.
func isPath(left, right string) bool {
	return strings.IndexByte(left, '/') >= 0 && strings.IndexByte(right, '/') > 0 && isWordByte(left[len(left)-1]) && isWordByte(right[0])
}

func isWordByte(b byte) bool { return wordByte(b) && b < 0x80 }

// lexicon finds out whether a break inside the literal text of a message was a space.
type lexicon struct {
	// text has all literals, each between zero bytes.
	text  string
	grams map[string][]int32
}

// phrases are words around messages that tell which server a message is about.
var phrases = []string{
	"Unable to connect to the server: ", "Error from server (Forbidden): ", "Error from server (InternalError): ", "Internal error occurred: ", "an error on the server (", "has prevented the request from succeeding",
	"error dialing backend: ", "error upgrading connection: ", "unable to upgrade connection: ", "failed calling webhook ", "failed to call webhook: ", "conversion webhook for ", "failing or missing response from ",
	"tls: failed to verify certificate: ", "transport: authentication handshake failed: ", "oidc authenticator: initializing plugin: ", "Failed to pull image ", "failed to resolve reference ", "error pinging docker registry ",
	"couldn't get current server API group list: ", "Kubernetes cluster unreachable: ", "Unable to register node with API server", "Failed to ensure lease exists, will retry", "error retrieving resource lock ", "Failed to scrape node",
	` cannot list resource "`, ` resource "`, ` in API group "`, ` in the namespace "`, ` at the cluster scope`, ` cannot get path "`,
	"unable to fully scrape metrics: ", "failed to list ", "Failed to watch ", "getting credentials: ", "error execution phase ", "context deadline exceeded", "while trying to verify candidate authority certificate ",
}

// gram is the length of the sequences that the lexicon indexes.
const gram = 4

var dictionary = sync.OnceValue(func() *lexicon {
	l := &lexicon{grams: map[string][]int32{}}
	var text strings.Builder
	seen := map[string]bool{}
	// add adds a literal after a mark: 1 before the first of a message, 0 before others.
	add := func(mark, literal string) {
		if literal = mark + literal; !seen[literal] && len(literal) > 2 {
			seen[literal] = true
			text.WriteString(literal + "\x00")
		}
	}
	for _, s := range []*set{unambiguous(), server()} {
		s.each(func(c *compiled) {
			for i, p := range c.pieces {
				if p.kind == literal {
					add(string(rune(1-min(i, 1))), p.text)
				}
			}
		})
	}
	for _, text := range phrases {
		add("\x01", text)
	}
	for _, text := range []string{vaultDenied, unable, unable + `" err="[`, unable + ` due to an error: [`, `" err="`, `forbidden: User "system:serviceaccount:`} {
		add("\x01", text)
	}
	l.text = text.String()
	for i := 0; i+gram <= len(l.text); i++ {
		g := l.text[i : i+gram]
		l.grams[g] = append(l.grams[g], int32(i))
	}
	return l
})

// between reports whether a space is missing between two lines, and the length of the longest
// literal text that the two lines contain around the break; 0 if none does.
func (l *lexicon) between(before, after string) (space bool, score int) {
	const most = 40
	if strings.HasSuffix(before, `\`) && (len(before)-len(strings.TrimRight(before, `\`)))%2 == 1 {
		// The break is inside an escape.
		return false, most
	}
	before, after = before[max(0, len(before)-most):], after[:min(len(after), most)]
	without := max(l.longest(before, after), edge(l.longest(before, "\x00")), edge(l.longest("\x00", after)))
	with := max(l.longest(before+" ", after), edge(l.longest(before+" ", "\x00")), edge(l.longest("\x00", " "+after)))
	if first := l.longest("\x01", after); first >= firstWords && strings.IndexByte("[({\"'", before[len(before)-1]) < 0 {
		// A message begins at the beginning of a word.
		with = max(with, first)
	}
	// A text that goes on after the break shows more than one that ends there.
	goesOn := with == without && l.longest(before+" ", after) == with && l.longest(before, after) < without
	return with > without || goesOn, max(with, without)
}

// edge returns the length of a match at one side of a break only, which shows less.
func edge(n int) int {
	const shortest = 10
	if n < shortest {
		return 0
	}
	return n
}

// firstWords is the length of the beginning of a message that tells it from other words.
const firstWords = 8

// longest returns the length of the longest literal text at the end of before and the start of
// after. A zero byte is the end of a literal.
func (l *lexicon) longest(before, after string) int {
	best := 0
	for left := 1; left < gram; left++ {
		if len(before) < left || len(after) < gram-left {
			continue
		}
		for _, at := range l.grams[before[len(before)-left:]+after[:gram-left]] {
			best = max(best, l.extent(before, after, int(at)+left))
		}
	}
	return best
}

// extent returns the length of the literal text around a place that the two lines contain.
func (l *lexicon) extent(before, after string, at int) int {
	n, k := 0, 0
	for n < len(before) && n < at && before[len(before)-1-n] == l.text[at-1-n] && before[len(before)-1-n] > 1 {
		n++
	}
	for k < len(after) && at+k < len(l.text) && after[k] == l.text[at+k] && after[k] > 1 {
		k++
	}
	if n == 1 || k == 1 {
		return edge(n + k)
	}
	return n + k
}
