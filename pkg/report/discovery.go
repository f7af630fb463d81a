package report

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the report about an issuer: its validity, its readers, the keys and the document.
func (x *Discovery) Document(now time.Time) document.Document {
	var d doc
	fault, others := firstFault(x.Findings)
	issuer, _ := x.Configuration["issuer"].(string)
	var v document.Verdict
	found := some(row(finding.T("readable by"), prose(readers(x.ReadableBy))))
	switch {
	case fault != nil:
		v = document.Verdict{Mark: document.No, Word: finding.T("Faulty"), Words: titled(fault)}
		if slices.Contains(notRead, fault.ID) {
			v.Mark, v.Word = document.Unknown, finding.T("Not read")
		}
		found.add(finding.T("keys"), prose(finding.T("%s", finding.Count(len(x.Keys)))))
	case len(x.Configuration) == 0:
		v = document.Verdict{Mark: document.Unknown, Word: finding.T("Not read"), Words: answer(finding.T("no discovery document"))}
	default:
		keys := many(int64(len(x.Keys)), finding.T("key"), finding.T("keys"))
		v = document.Verdict{Mark: document.Yes, Word: finding.T("In order"), Words: answer(finding.T("the issuer publishes %s", keys))}
	}
	d.head(v, fault, now, some(row(finding.T("issuer"), value(said(issuer)))))
	d.account(fault, found)
	d.others(otherFindings, others)
	if len(x.Keys) > 0 {
		some, rest := atMost(x.Keys, mostKeys)
		short := doc{keys(some)}
		if rest > 0 {
			short.add(paragraph(andMore(rest)))
		}
		d.section(finding.T("Keys"), document.Brief(short), document.Full{keys(x.Keys)})
	}
	if len(x.Configuration) > 0 {
		names, rest := atMost(sortedNames(x.Configuration), mostRows)
		some := map[string]any{}
		for _, name := range names {
			left := mostListed
			some[name] = few(x.Configuration[name], &left)
		}
		blocks := doc{tree(some, now)}
		if rest > 0 {
			blocks.add(paragraph(andMore(rest)))
		}
		d.section(finding.T("Configuration"), blocks...)
	}
	return document.Document(d)
}

// few shortens a JSON value to the remaining number of lines.
func few(v any, left *int) any {
	switch v := v.(type) {
	case []any:
		some, rest := atMost(v, max(*left, 0))
		out := make([]any, 0, len(some)+1)
		for _, e := range some {
			out = append(out, few(e, left))
		}
		if rest > 0 {
			out = append(out, andMore(rest).String())
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

// notRead are the findings that say nothing about the issuer, but about who asked or from where.
var notRead = []finding.ID{finding.DiscoveryForbidden, finding.DiscoveryUnreachable, finding.JWKSUnreachable}

func readers(by string) finding.Text {
	return choose(by, map[string]finding.Text{
		ReadableByAnyone:        finding.T("anyone, without credentials"),
		ReadableByAuthenticated: finding.T("authenticated users of the cluster only"),
		ReadableByFew:           finding.T("few: neither anonymous nor every authenticated user"),
	}, finding.T("unknown"))
}

// keys is a table of keys if it fits, and otherwise a few lines for each key.
func keys(keys []Key) document.Table {
	out := document.Table{Columns: []document.Column{
		{Title: finding.T("kid")}, {Title: finding.T("key")}, {Title: finding.T("alg")}, {Title: finding.T("use")}, {Title: finding.T("thumbprint")}, {Title: finding.T("Kubernetes kid")},
	}}
	for i, k := range keys {
		kind, own := said(k.KeyType), finding.T("no")
		if k.Bits > 0 {
			kind = finding.T("%s %s", kind, finding.Count(k.Bits))
		}
		if k.KeyID != "" && k.KeyID == k.KubernetesKeyID {
			own = finding.T("yes")
		}
		out.Add(document.None, value(said(k.KeyID)), prose(kind), prose(said(k.Algorithm)), prose(said(k.Use)), value(said(k.Thumbprint)), prose(own))
		narrow := document.Block(document.Rows{Rows: keyRows(k)})
		if i > 0 {
			narrow = document.Part{narrow}
		}
		out.Narrow = append(out.Narrow, narrow)
	}
	return out
}
