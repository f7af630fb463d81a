package report

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the report of an inspection. It begins with the note that nothing is verified.
func (x *Inspection) Document(now time.Time) document.Document {
	var d doc
	d.inspection(x, now)
	return document.Document(d)
}

// Document is several of them, each under its number.
func (x *InspectionList) Document(now time.Time) document.Document {
	var d doc
	if len(x.Items) == 0 {
		d.add(paragraph(finding.T("no credentials")))
	}
	for i := range x.Items {
		number := document.Paragraph{Words: strong(finding.T("%s of %s", finding.Count(i+1), finding.Count(len(x.Items))))}
		if i > 0 {
			d.add(document.Part{number})
		} else {
			d.add(number)
		}
		d.inspection(&x.Items[i], now)
	}
	return document.Document(d)
}

func (d *doc) inspection(x *Inspection, now time.Time) {
	c := &x.Credential
	title, fault, findings := finding.T("Findings"), (*finding.Finding)(nil), x.Findings
	if c.Type == None {
		// The reason is the answer.
		fault, findings = firstFault(x.Findings)
	}
	what := kindOf(c)
	if x.Identity != nil {
		what = finding.T("%s of %s", what, finding.Message(x.Identity.Username))
	}
	v := document.Verdict{Mark: document.Warning, Word: finding.T("UNVERIFIED"), Words: answer(what)}
	about := some(row(credentialName, prose(from(c.Source))))
	switch {
	case fault != nil:
		title = otherFindings
		v = document.Verdict{Mark: document.No, Word: finding.T("No credential"), Words: titled(fault)}
	case c.Verified:
		v.Mark, v.Word = document.Yes, finding.T("Verified")
	case len(c.Claims) > 0 || len(c.Header) > 0 || c.AWS != nil:
		about.add(unverified, prose(finding.T("decoded, not checked: anyone could have written it")))
	case c.Certificate != nil:
		about.add(unverified, prose(finding.T("read, not checked against any certificate authority")))
	default:
		v.Mark, v.Word = document.Info, finding.T("Nothing to decode")
	}
	life := lifeOf(c, now)
	var notes []document.Block
	if words := life.words; !words.IsZero() {
		notes = append(notes, document.Items{{Mark: life.Mark, Words: prose(words)}})
	}
	d.head(v, fault, now, about, notes...)
	d.account(fault, nil)
	_, findings = split("", findings)
	d.others(title, findings)
	d.identity(x.Identity, finding.T("if the API server accepts the credential"))
	d.trace(x.Credential.Trace)
	if c.Projected != nil {
		d.section(finding.T("Pod's spec"), document.Rows{Rows: projectedRows(c.Projected)})
	}
	d.lifetime(c, now)
	if c.Certificate != nil {
		d.section(finding.T("Certificate"), document.Rows{Rows: certificateRows(c.Certificate)})
	}
	if c.AWS != nil {
		d.section(finding.T("Signed request"), document.Rows{Rows: awsRows(c.AWS)})
	}
	d.section(finding.T("Header"), tree(c.Header, now))
	d.section(finding.T("Claims"), tree(c.Claims, now))
}

// awsRows are the rows about the request in an AWS IAM token.
func awsRows(x *AWSRequest) rows {
	out := some(
		row(finding.T("region"), value(said(x.Region))),
		row(finding.T("AWS STS"), value(said(x.Host))),
		row(finding.T("access key ID"), value(said(x.AccessKeyID))),
	)
	if x.RequestLifetimeSeconds > 0 {
		out.add(finding.T("X-Amz-Expires"), prose(finding.T("%s seconds", finding.Count(x.RequestLifetimeSeconds))))
	}
	cluster := finding.T("not in the token; its name is signed in the header x-k8s-aws-id")
	if !x.SignsCluster {
		cluster = finding.T("not signed: EKS rejects a token without the signed header x-k8s-aws-id")
	}
	out.add(finding.T("cluster"), prose(cluster))
	return out
}

var unverified = finding.T("unverified")

// projectedRows are the rows about a token in a Pod's spec.
func projectedRows(x *Projected) rows {
	out := some(row(finding.T("container"), value(said(x.Container))), row(finding.T("path"), value(said(x.Path))))
	if !x.Undeclared {
		audience := value(said(x.Audience))
		if x.Audience == "" {
			audience = prose(finding.T("the API server's own"))
		}
		out.add(finding.T("audience"), audience)
		out.add(finding.T("lifetime"), prose(finding.T("%s seconds are requested", finding.Count(x.ExpirationSeconds))))
	}
	out.add(finding.T("node"), value(said(x.NodeName)))
	for _, r := range x.Remarks {
		out.add(finding.T("remark"), prose(r))
	}
	return out
}
