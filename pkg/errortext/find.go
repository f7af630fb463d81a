package errortext

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// unambiguous is the set of messages that are recognized anywhere in a text, because only one
// program writes them. The API server's common messages (`EOF`, generic errors of a webhook, Go's
// x509) are not in it: the text around them has to show that the API server wrote them.
var unambiguous = sync.OnceValue(func() *set {
	own := func(table []pattern) []pattern {
		return slices.DeleteFunc(slices.Clone(table), func(p pattern) bool {
			switch {
			case len(p.ids) == 0, p.stage == RequestHeader:
				return true
			}
			switch p.text {
			case `Unauthorized`, `json: {error...}`, `crypto/rsa: verification error`, `oidc: {error...}`,
				`error validating audiences`, `Token has expired`, `Token has expired.`, `Token could not be validated.`:
				return true
			}
			return strings.HasPrefix(p.text, "x509: ")
		})
	}
	return compile(
		aggregated(), aggregatedDiscovery(), frontProxy(),
		clientTools(), clientRust(), clientConfig(), clientProxy(), clientOther(), serverHandshake, pluginAWS(), pluginGoogle(), pluginAzure(), pluginOIDC(), pluginOther(),
		clientCertificates(), clientTransport, clientCredential, clientJoining(), serverStartup(), cloudWebhooks(), cloudLogins(),
		cloudAWS, cloudAzure(), cloudGoogle, cloudVault, cloudMesh(), cloudGateways(), registryAnswers(), noTokenSecret(), cloudOIDC(),
		own(serverRequest), own(serverServiceAccount), own(serverLegacyServiceAccount), own(serverServiceAccountDetail),
		own(serverBootstrap), own(serverOIDC), own(serverCertificate()), own(serverReview), own(serverTokenRequest),
		own(serverAuthorization), own(serverWebhook[:1]), loggedOf(serverWebhook),
		clientAnswer, clientStatus(), clientPlugin(), oauthCodes(), clientBeginnings(),
	)
})

// Bounds on the work for a text that is made to be slow: the number of positions at which a message
// may begin, and the number of messages.
const (
	maxBeginnings = 8000
	maxFound      = 200
)

// unable is the beginning of the log line with which an API server explains a 401.
const unable = "Unable to authenticate the request"

// Find returns the messages about authentication in a pasted text, from any program: log lines of
// an API server, a TokenReview, an audit event, or output of kubectl, client-go, kubeadm, a cloud's
// token service or Vault. It ignores everything else and returns no message twice.
//
// The text shows which program wrote a message. `x509: …` alone is a client's and is about the
// server's certificate; after err= in an API server's log, it is about the client's certificate.
func Find(text string) []Reason { return Normalise(text).Find() }

// Find is Find for a text in normal form.
func (n Normal) Find() []Reason {
	text := n.String()
	f := finder{budget: maxBeginnings, kube: aboutKubernetes(text), plugin: aboutPlugin(text)}
	f.vault = strings.Contains(text, "/v1/auth/") || strings.Contains(text, "auth/kubernetes") || strings.Contains(text, "auth/jwt") || strings.Contains(strings.ToLower(text), "vault")
	var out []Reason
	seen := map[string]bool{}
	for _, h := range f.text(n.lines, 0) {
		for _, r := range h.reasons {
			if key := string(r.Stage) + r.Text; !seen[key] && len(out) < maxFound {
				seen[key] = true
				r.Line = h.line
				out = append(out, r)
			}
		}
	}
	return withoutStrays(withoutStatus(out))
}

// finder finds the messages of one text.
type finder struct {
	budget, found int
	// vault, kube and plugin report that the text is about Vault, Kubernetes and a failed exec plugin.
	vault, kube, plugin bool
}

// hit is a message, or an aggregate of messages, in a line.
type hit struct {
	from, to int
	// head is the end of the part without which the message is not known: {name...} follows.
	head    int
	reasons []Reason
	// line is the logical line around the message.
	line string
	// more is the number of further lines that belong to the message.
	more int
	// level is how many times the message was escaped.
	level int
	// joined reports that the message stood escaped in several lines that were read as one.
	joined bool
	// complete reports that the message has its beginning and its end, so that no other way to read
	// the line explains more.
	complete bool
}

// weight is the length of the text by which a hit was recognized.
func (h hit) weight() int {
	n := 0
	for _, r := range h.reasons {
		n += r.weight()
	}
	return n
}

func (r Reason) weight() int {
	if r.Pattern == "" {
		return 0
	}
	if r.cut > 0 {
		return r.cut
	}
	n := 0
	for _, p := range pieces(r.Pattern) {
		if p.kind == literal {
			n += len(p.text)
		}
	}
	return n
}

func weight(hits []hit) int {
	n := 0
	for _, h := range hits {
		n += h.weight()
	}
	return n
}

// view is one way to read a line.
type view struct {
	text string
	// breaks are the beginnings of lines, unfirm those before which a message more likely ends.
	breaks, unfirm []int
	// next are the lines after this one.
	next []string
	// cut reports that the text may be cut off at the end of the line.
	cut bool
	// end is where the line was cut off; 0 if it was not.
	end int
	// floating are the patterns that begin with a variable and may match in the line.
	floating []*compiled
}

// lineEnd returns the end of the line at a place.
func (v *view) lineEnd(at int) int { return after(v.breaks, at, len(v.text)) }

// messageEnd returns the end of the lines that were likely one line.
func (v *view) messageEnd(at int) int { return after(v.unfirm, at, len(v.text)) }

func after(places []int, at, end int) int {
	if i, _ := slices.BinarySearch(places, at); i < len(places) {
		return places[i]
	}
	return end
}

// maxLevel bounds how many times a text may be escaped.
const maxLevel = 3

// text returns the messages of a text in normal form, in the order of the text. At a deeper level,
// the text stood escaped in another text.
func (f *finder) text(lines []string, level int) []hit {
	var out []hit
	for _, p := range paragraphs(lines) {
		if f.budget <= 0 || f.found >= 2*maxFound {
			break
		}
		hits := f.paragraph(&p, level)
		f.found += len(hits)
		out = append(out, hits...)
	}
	return out
}

// paragraph returns the messages of a paragraph: those of its lines, and those that span a break
// between lines if they explain more.
func (f *finder) paragraph(p *paragraph, level int) []hit {
	var out []hit
	for i := 0; i < len(p.lines); i++ {
		v := view{text: p.lines[i], next: p.content[i+1:], cut: p.last && i == len(p.lines)-1}
		more, ahead := 0, len(p.lines[i])-len(p.content[i])
		for _, h := range f.best(v, level) {
			h.from, h.to = p.starts[i]+max(0, h.from-ahead), p.starts[i]+max(0, h.to-ahead)
			if h.more > 0 {
				more = min(h.more, len(p.lines)-1-i)
				h.to = p.starts[i+more] + len(p.content[i+more])
			}
			out = append(out, h)
		}
		i += more
	}
	if len(p.lines) == 1 {
		return out
	}
	joinings := p.joinings()
	for _, b := range joinings {
		v := view{text: b.text, breaks: b.breaks[1:], unfirm: b.unfirm, cut: p.last}
		complete := false
		for _, h := range f.read(v) {
			h.from, h.to, h.head = p.place(b, h.from), p.place(b, h.to), p.place(b, h.head)
			if p.spans(h) {
				out = p.merge(out, h, b.doubted)
				complete = complete || h.complete
			}
		}
		if complete || hasComplete(out) {
			continue
		}
		if hits := f.escaped(v, level, out); hits != nil {
			out = hits
			for i := range out {
				out[i].joined = true
			}
		}
	}
	for i, h := range out {
		if h.level == 0 {
			out[i].line = p.line(joinings[0], h)
		}
	}
	return out
}

// merge adds a hit that spans several lines, in place of the hits that it explains better. With doubted, it has to explain more.
func (p *paragraph) merge(hits []hit, h hit, doubted bool) []hit {
	weight, from, to, replaced, complete := 0, h.to, h.from, 0, false
	if h.head > 0 {
		// The text of a status is no message of its own.
		hits = slices.DeleteFunc(slices.Clone(hits), func(other hit) bool { return other.from >= h.head && other.from < h.to && p.insideStatus(other.from) })
	}
	for _, other := range hits {
		switch {
		case other.from >= h.to || h.from >= other.to:
			continue
		case other.from >= h.head && h.head > 0 && !p.continues(other.from):
			// Another message follows in the rest of the message.
			return hits
		case other.from < h.head || h.head == 0:
			weight += other.weight()
		}
		from, to = min(from, other.from), max(to, other.to)
		replaced++
		complete = complete || other.complete
	}
	switch {
	case replaced == 0, h.weight() > weight, h.complete && !complete:
	case doubted:
		return hits
	case h.weight() < weight, from < h.from || to > h.to, from == h.from && to == h.to:
		return hits
	}
	hits = slices.DeleteFunc(slices.Clone(hits), func(other hit) bool { return other.from < h.to && h.from < other.to })
	i, _ := slices.BinarySearchFunc(hits, h.from, func(other hit, from int) int { return other.from - from })
	return slices.Insert(hits, i, h)
}

// continues reports whether the text at a place continues what stands before it: it does not begin
// a line, or the line before it is not finished.
func (p *paragraph) continues(at int) bool {
	i, begins := slices.BinarySearch(p.starts, at)
	return !begins || i > 0 && strings.IndexByte(":,([{=-", p.content[i-1][len(p.content[i-1])-1]) >= 0
}

// insideStatus reports whether the line at a place begins with the text of an HTTP status whose code ends the line before it.
func (p *paragraph) insideStatus(at int) bool {
	i, begins := slices.BinarySearch(p.starts, at)
	if !begins || i == 0 {
		return false
	}
	before, line := p.content[i-1], p.content[i]
	const digits = 3
	if len(before) <= digits || before[len(before)-digits-1] != ' ' {
		return false
	}
	text, known := statusTexts[before[len(before)-digits:]]
	return known && strings.HasPrefix(line, text)
}

// statusTexts are the texts of the statuses that a message may be about (RFC 9110, section 15).
var statusTexts = map[string]string{
	"400": "Bad Request", "401": "Unauthorized", "403": "Forbidden", "404": "Not Found", "407": "Proxy Authentication Required", "429": "Too Many Requests",
	"500": "Internal Server Error", "502": "Bad Gateway", "503": "Service Unavailable", "504": "Gateway Timeout",
}

// best returns the messages of a line, read as it is or without one of its escapes.
func (f *finder) best(v view, level int) []hit {
	out := f.read(v)
	if hasComplete(out) {
		return out
	}
	if hits := f.escaped(v, level, out); hits != nil {
		return hits
	}
	return out
}

// hasEscape reports whether a message was cut by an escape, or contains one. A message that was read without the escapes of all its lines has none.
func (h hit) hasEscape(line string) bool {
	if h.joined {
		return false
	}
	from, to := min(h.from, len(line)), min(h.to, len(line))
	return strings.Contains(line[from:to], `\`) || strings.HasPrefix(line[to:], `\`)
}

func hasComplete(hits []hit) bool {
	return slices.ContainsFunc(hits, func(h hit) bool { return h.complete })
}

// escaped returns the messages of a line without its escapes, if they explain more than those of
// the line as it is.
func (f *finder) escaped(v view, level int, raw []hit) []hit {
	if level == maxLevel {
		return nil
	}
	var out []hit
	least := weight(raw)
	if slices.ContainsFunc(raw, func(h hit) bool { return h.hasEscape(v.text) }) {
		least--
	}
	for _, e := range escapes {
		if f.budget <= 0 || !strings.Contains(v.text, e.mark) {
			continue
		}
		plain := e.resolve(v.text)
		if plain == v.text {
			continue
		}
		var hits []hit
		if lines := Normalise(plain).lines; len(lines) > 1 {
			hits = f.text(lines, level+1)
		} else {
			hits = f.best(view{text: lines[0], cut: v.cut}, level+1)
		}
		if n := weight(hits); n > least || hasComplete(hits) {
			least, out = n, hits
		}
		if hasComplete(out) {
			break
		}
	}
	for i := range out {
		out[i].from, out[i].to, out[i].more, out[i].level = 0, len(v.text), 0, level+1
	}
	return out
}

// read returns the messages of a line: those of the line as a whole, or those within it.
func (f *finder) read(v view) []hit {
	if v.text == "" {
		return nil
	}
	if strings.Contains(v.text, unable) {
		return f.scan(&v)
	}
	text := unwrapped(v.text)
	whole := hit{to: len(v.text), line: v.text, reasons: Parse(text)}
	isKnown := len(whole.reasons) > 0 && known(whole.reasons, strings.HasPrefix(text, "["))
	if isKnown && isComplete(whole.reasons) && !strings.HasSuffix(whole.reasons[len(whole.reasons)-1].Pattern, "...}") {
		whole.complete = !strings.Contains(v.text, `\`)
		return []hit{whole}
	}
	hits := f.scan(&v)
	if isKnown && whole.weight() >= weight(hits) {
		return []hit{whole}
	}
	return hits
}

// isComplete reports whether all messages are known.
func isComplete(reasons []Reason) bool {
	return !slices.ContainsFunc(reasons, func(r Reason) bool { return r.Stage == Unknown })
}

// logged returns the error of a log line whose rest follows the message, the length of the rest up
// to the end of the error, and the number of next lines that belong to it. With whole, the error has
// its end.
func logged(v *view, at int) (message string, length, more int, whole bool) {
	rest := v.text[at:]
	for _, key := range []string{` err="`, `"err":"`, `"err": "`, ` error="`, `"error":"`, `"error": "`} {
		if i := strings.Index(rest, key); i >= 0 {
			from := i + len(key) - 1
			n := quotedEnd(rest[from:])
			if n == len(`""`) {
				continue
			}
			if n == 0 {
				// The end of the quotation is missing.
				end := v.messageEnd(at+from) - at
				return unquote(rest[from:end]), end, 0, false
			}
			return unquote(rest[from : from+n]), from + n, 0, true
		}
	}
	// klog prints a value of several lines between < and >.
	if strings.HasSuffix(rest, " err=<") {
		var lines []string
		for _, l := range v.next {
			if more == 100 {
				break
			}
			more++
			lines = append(lines, l)
		}
		return strings.Join(lines, " "), len(rest), more, true
	}
	for _, before := range []string{" due to an error: ", ": "} {
		i := strings.Index(rest, before)
		if i < 0 {
			continue
		}
		from := i + len(before)
		if strings.HasPrefix(rest[from:], "[") {
			if n := closing(rest[from:]); rest[from+n-1] == ']' {
				return rest[from : from+n], from + n, 0, !strings.Contains(rest[from:from+n], `\`)
			}
		}
		end := v.messageEnd(at+from) - at
		if strings.Count(v.text[:at], `"`)%2 == 1 {
			if n := strings.IndexByte(rest[from:end], '"'); n >= 0 {
				end = from + n
			}
		}
		return rest[from:end], end, 0, false
	}
	return "", 0, 0, false
}

// unquote returns the content of the quoted text at the start of s, even if its end is missing.
func unquote(s string) string {
	n := quotedEnd(s)
	if n == 0 {
		return strings.TrimPrefix(s, `"`)
	}
	if text, err := strconv.Unquote(s[:n]); err == nil {
		return text
	}
	return s[1 : n-1]
}

// unwrapped returns a line without quotes and the prefixes that people and tools put before a
// message.
func unwrapped(line string) string {
	line = strings.Trim(line, " ,;")
	for _, mark := range []string{"- ", "* ", "+ "} {
		line = strings.TrimPrefix(line, mark)
	}
	for _, before := range []string{"error: ", "Error: ", "status.error: "} {
		line = strings.TrimPrefix(line, before)
	}
	if len(line) > 1 && (line[0] == '"' || line[0] == '\'') && line[len(line)-1] == line[0] {
		if line[0] == '"' {
			return unquote(line)
		}
		return line[1 : len(line)-1]
	}
	return line
}

// known reports whether the messages of a whole line are an API server's. Unknown messages, such as
// a webhook's, count only in an aggregate.
func known(reasons []Reason, aggregate bool) bool {
	own := false
	for _, r := range reasons {
		switch r.Stage {
		case ServiceAccount, LegacyServiceAccount, Bootstrap, X509, Bearer, WebSocket:
			own = own || len(reasons) > 1 || !strings.HasPrefix(r.Text, "json: ")
		case OIDC:
			// Other programs use go-oidc as well.
			own = own || strings.HasPrefix(r.Text, "oidc: ") && startsOwn(r.Text)
		case Request:
			own = own || len(reasons) == 1 && r.Text == "Unauthorized"
		}
		if r.Stage == Unknown && !aggregate {
			return false
		}
	}
	// An unknown first message is a prefix that a tool added.
	return own && reasons[0].Stage != Unknown
}

// startsOwn reports whether a message after `oidc: ` is the API server's own, and not go-oidc's.
func startsOwn(text string) bool {
	for _, p := range serverOIDC {
		literal, _, _ := strings.Cut(p.text, "{")
		if literal != "oidc: " && strings.HasPrefix(text, literal) {
			return true
		}
	}
	return false
}

// scan tries to match a message at the beginning of each word of a line.
func (f *finder) scan(v *view) []hit {
	var hits []hit
	line := v.text
	v.end, v.floating = v.cutEnd(), unambiguous().floatingIn(line)
	for pos := 0; pos < len(line) && f.budget > 0; {
		if pos > 0 && wordByte(line[pos-1]) && !v.isBreak(pos) || line[pos] == ' ' {
			pos++
			continue
		}
		h := f.at(v, pos)
		if h.to <= pos {
			pos++
			continue
		}
		h.from, h.line = pos, line
		hits = append(hits, h)
		pos = h.to
	}
	return hits
}

func (v *view) isBreak(at int) bool {
	_, found := slices.BinarySearch(v.breaks, at)
	return found
}

// at returns the message that begins at pos; none if its end is 0.
func (f *finder) at(v *view, pos int) hit {
	switch rest := v.text[pos:]; {
	case rest[0] == '[':
		return f.aggregate(v.text, pos)
	case strings.HasPrefix(rest, unable):
		return f.refusal(v, pos)
	case f.vault && strings.HasPrefix(rest, vaultDenied) && finished(rest[len(vaultDenied):]):
		return hit{to: pos + len(vaultDenied), reasons: []Reason{{Text: vaultDenied, Stage: Service, Values: service(Vault), Pattern: vaultDenied, Key: vaultDeniedKey}}}
	}
	if h := f.matched(v, pos); h.to > 0 {
		return h
	}
	if n := v.end; n > pos && n-pos <= longestCut && f.budget > 0 {
		if r, ok := unambiguous().cutOff(v.text[pos:n]); ok {
			return hit{to: n, reasons: []Reason{r}}
		}
	}
	return hit{}
}

// aggregate returns the messages of an API server in the brackets at pos.
func (f *finder) aggregate(line string, pos int) hit {
	if pos > 0 && line[pos-1] == '[' {
		return hit{}
	}
	rest := line[pos:]
	inside := rest[opening(rest):]
	if !strings.HasPrefix(inside, invalidBearerToken) && !strings.HasPrefix(inside, "x509: ") {
		return hit{}
	}
	f.budget--
	n := closing(rest)
	reasons := Parse(rest[:n])
	if !known(reasons, true) {
		return hit{}
	}
	return hit{to: pos + n, reasons: reasons, complete: rest[n-1] == ']' && isComplete(reasons) && !strings.Contains(rest[:n], `\`)}
}

// refusal returns the messages of the log line of a 401 at pos.
func (f *finder) refusal(v *view, pos int) hit {
	f.budget--
	message, n, more, whole := logged(v, pos+len(unable))
	if message == "" {
		return hit{}
	}
	reasons := Parse(message)
	if !whole {
		completeLast(reasons)
	}
	isClosed := message[0] != '[' || closing(message) == len(message) && message[len(message)-1] == ']'
	return hit{to: pos + len(unable) + n, more: more, reasons: reasons, complete: whole && isClosed && isComplete(reasons)}
}

// matched returns the message of the first pattern that matches at pos.
func (f *finder) matched(v *view, pos int) hit {
	rest, floating := v.text[pos:], v.floating
	if pos > 0 && strings.IndexByte(wordEnds, v.text[pos-1]) < 0 {
		// A pattern that begins with a variable can match only at the start of a whole word.
		floating = nil
	}
	for _, candidates := range [2][]*compiled{unambiguous().beginning(rest), floating} {
		for _, c := range candidates {
			if first := c.pieces[0]; c.kube && !f.kube || c.beside && !f.plugin || first.kind == literal && !strings.HasPrefix(rest, first.text) {
				continue
			} else if first.kind == literal && len(c.pieces) > 1 {
				f.budget--
			}
			if h := c.hit(v, pos); h.to > 0 {
				return h
			}
		}
	}
	return hit{}
}

// hit returns the message of a pattern at pos; none if its end is 0.
func (c *compiled) hit(v *view, pos int) hit {
	rest := v.text[pos:]
	n, values, open, ok := c.match(rest)
	if !ok || !open && !finished(rest[n:]) && !v.isBreak(pos+n) || !c.isAlone(v, pos, n) {
		return hit{}
	}
	end := n
	if open {
		lines := v.messageEnd(pos + n)
		end = n + restEnd(v.text[:lines], pos, rest[n:lines-pos])
		values = c.withRest(values, rest[n:end])
	}
	if c.suits != nil && !c.suits(values) {
		// What stands after the message may be no part of it.
		if short := undecorated(rest[n:end]); open && len(short) < end-n {
			end = n + len(short)
			values = c.withRest(values, short)
		}
		if !c.suits(values) {
			return hit{}
		}
	}
	h := hit{to: pos + max(end, 1), head: pos + n, reasons: []Reason{c.reason(strings.TrimSpace(rest[:end]), values)}}
	if c.wraps || c.beside {
		// Another message may stand in the rest of the message.
		h.to = pos + max(n, 1)
	}
	return h
}

// isAlone reports whether a message of n bytes at pos may stand there: a 401 that is followed by
// more text is about something else, such as an image or a page.
func (c *compiled) isAlone(v *view, pos, n int) bool {
	line := v.text[:v.lineEnd(pos+n)]
	switch {
	case c.text == "Unauthorized":
		return isWholeMessage(line, pos, n)
	case c.stage == HTTP && c.pieces[len(c.pieces)-1].kind != rest:
		return strings.Trim(strings.TrimSuffix(line[pos+n:], " with root cause"), " \t\"'.,;)]}*_") == "" || endsQuotation(v.text, pos, n)
	}
	return true
}

// withRest returns the values of a message with that of its {name...}.
func (c *compiled) withRest(values map[string]string, rest string) map[string]string {
	if values == nil {
		values = map[string]string{}
	}
	values[c.pieces[len(c.pieces)-1].text] = strings.TrimSpace(rest)
	return values
}

// undecorated returns the rest of a message up to the end of a quotation, without punctuation.
func undecorated(rest string) string {
	if n := strings.IndexByte(rest, '"'); n >= 0 && strings.Count(rest, `"`)%2 == 1 {
		rest = rest[:n]
	}
	return strings.TrimRight(rest, " \"'.,;)]}*_")
}

// isWholeMessage reports whether the one-word message at pos stands where a message does: alone in
// quotes, or at the end of the line after a colon.
func isWholeMessage(line string, pos, n int) bool {
	before, after := strings.TrimRight(line[:pos], " "), strings.TrimPrefix(strings.TrimSpace(line[pos+n:]), `\n`)
	switch {
	case strings.HasSuffix(line[:pos], `"`) && strings.HasPrefix(after, `"`):
		return true
	case endsQuotation(line, pos, n):
	case pos == 0 && (strings.HasPrefix(after, `",`) || strings.HasPrefix(after, `"}`)):
		// The last line of a value of JSON.
		return true
	case strings.Trim(after, `"'.,;)]}*_`) != "":
		return false
	}
	switch before {
	case "", "-", "*", "+", `"`, "'":
		return true
	}
	if ahead(line) >= pos {
		// A CI system or a container runtime put a time before the line.
		return true
	}
	before = strings.TrimRight(before, ` "'\`)
	return strings.HasSuffix(before, ":") || strings.HasSuffix(before, " error=") || strings.HasSuffix(before, " err=")
}

// endsQuotation reports whether the message at pos ends where a quotation does.
func endsQuotation(line string, pos, n int) bool {
	return strings.HasPrefix(strings.TrimLeft(line[pos+n:], ".!"), `"`) && strings.Count(line[:pos], `"`)%2 == 1
}

// restEnd returns the end of a message without an end of its own: the end of its quotation, or of
// the line.
func restEnd(line string, pos int, rest string) int {
	end := min(len(rest), window)
	if pos > 0 && (line[pos-1] == '"' || line[pos-1] == '\'') {
		if n := quotationEnd(rest[:end], line[pos-1]); n >= 0 {
			return n
		}
	}
	for _, stop := range []string{`\r\n`, `\n`, ` Trace ID: `, `", "`, `","`, `"}`} {
		if n := strings.Index(rest[:end], stop); n >= 0 {
			end = n
		}
	}
	return end
}

// quotationEnd returns the end of a quotation, in which shorter quotations may stand without their escapes; -1 if there is none.
func quotationEnd(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		opens := i > 0 && s[i-1] == ' ' && i+1 < len(s) && (wordByte(s[i+1]) || s[i+1] == '/' || s[i+1] == quote)
		n := strings.IndexByte(s[i+1:], quote)
		if !opens || n < 0 {
			return i
		}
		i += n + 1
	}
	return -1
}

// closing returns the length of the bracketed text at the start of s, or len(s) if the bracket is
// not closed.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// finished reports whether a message may end before s.
func finished(s string) bool { return s == "" || !wordByte(s[0]) }

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80
}
