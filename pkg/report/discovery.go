package report

import (
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Discovery writes what an issuer publishes: whether it will do, who may read it,
// the keys and the document.
func (p *Printer) Discovery(x *Discovery) error {
	x = safe(p, x)
	page := p.page()
	fault, others := firstFault(x.Findings)
	issuer, _ := x.Configuration["issuer"].(string)
	switch {
	case fault != nil && notRead(fault.ID):
		page.verdict(markUnknown, "Not read", fault)
	case fault != nil:
		page.verdict(markNo, "Faulty", fault)
	case len(x.Configuration) == 0:
		page.sign(0, markUnknown, "Not read", text(": "), styled("no discovery document", bold))
	default:
		page.sign(0, markYes, "In order", text(": "), styled("the issuer publishes "+many(int64(len(x.Keys)), "key", "keys"), bold))
	}
	page.about(issuer)
	var found list
	found.add("readable by", readers(x.ReadableBy))
	if fault != nil {
		found.add("keys", strconv.Itoa(len(x.Keys)))
	}
	page.account(fault, found)
	page.others(otherFindings, fault, others)
	if len(x.Keys) > 0 {
		page.heading("Keys")
		keys, rest := atMost(x.Keys, mostKeys)
		page.keys(keys)
		if rest > 0 {
			page.paragraph(indent, text(andMore(rest)))
		}
	}
	if len(x.Configuration) > 0 {
		page.heading("Configuration")
		names, rest := atMost(sortedNames(x.Configuration), mostRows)
		some := map[string]any{}
		for _, name := range names {
			left := mostListed
			some[name] = few(x.Configuration[name], &left)
		}
		page.tree(indent, some)
		if rest > 0 {
			page.paragraph(indent, text(andMore(rest)))
		}
	}
	return page.flush()
}

// few is a JSON value without what has no line any more, of which so many are left.
func few(v any, left *int) any {
	switch v := v.(type) {
	case []any:
		some, rest := atMost(v, max(*left, 0))
		out := make([]any, 0, len(some)+1)
		for _, e := range some {
			out = append(out, few(e, left))
		}
		if rest > 0 {
			out = append(out, andMore(rest))
		}
		return out
	case map[string]any:
		if len(v) > *left {
			return finding.Shorten(compact(v), mostShown)
		}
		out := map[string]any{}
		for _, name := range sortedNames(v) {
			out[name] = few(v[name], left)
		}
		return out
	}
	*left--
	return v
}

// notRead: the finding says nothing about the issuer, but about who asked or from where.
func notRead(id finding.ID) bool {
	switch id {
	case finding.DiscoveryForbidden, finding.DiscoveryUnreachable, finding.JWKSUnreachable:
		return true
	}
	return false
}

func readers(by string) string {
	switch by {
	case ReadableByAnyone:
		return "anyone, without credentials"
	case ReadableByAuthenticated:
		return "every authenticated user of the cluster, and nobody outside"
	case ReadableByFew:
		return "few: neither anonymous nor every authenticated user"
	default:
		return "unknown"
	}
}

// keys writes a table of keys where it fits, and a few lines for each where not.
func (p *page) keys(keys []Key) {
	table := [][]string{{"KID", "KEY", "ALG", "USE", "THUMBPRINT", "KUBERNETES KID"}}
	for _, k := range keys {
		kind, own := k.KeyType, "no"
		if k.Bits > 0 {
			kind += " " + strconv.Itoa(k.Bits)
		}
		if k.KeyID != "" && k.KeyID == k.KubernetesKeyID {
			own = "yes"
		}
		table = append(table, []string{k.KeyID, kind, k.Algorithm, k.Use, k.Thumbprint, own})
	}
	if p.table(indent, table) {
		return
	}
	for i, k := range keys {
		if i > 0 {
			p.blank()
		}
		p.rows(indent, keyRows(k))
	}
}

// table writes rows of cells under a heading, unless they are wider than the page.
func (p *page) table(at int, rows [][]string) bool {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], width(c))
		}
	}
	total := at + 2*(len(widths)-1)
	for _, w := range widths {
		total += w
	}
	if total > p.Width {
		return false
	}
	for _, r := range rows {
		line := spaces(at)
		for i, c := range r {
			line = append(line, text(c), text(strings.Repeat(" ", widths[i]-width(c)+2)))
		}
		p.write(trimRight(line))
		p.blank()
	}
	return true
}
