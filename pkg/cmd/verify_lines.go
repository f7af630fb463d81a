package cmd

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// lineVerifier verifies one token per line. It reads and reports a token in the usual encoding without maps, at a
// tenth of the cost and with the same result.
type lineVerifier struct {
	keys     *keyset.KeySet
	settings keyset.Options
	out      *paper

	// The memory for a line, which the next line reuses.
	plain  token.Plain
	result report.Verification
	writer output.Verifications
	key    *keyset.Key
	// reported is key in its printed form.
	reported *report.Key
}

func (v *lineVerifier) verify(out []byte, n int, line []byte, in tokenLines) ([]byte, int, error) {
	if len(line) > maxLine {
		return v.appendResult(out, n, tooLong(in.source))
	}
	if !v.out.hiding.asked && v.plain.Read(line) {
		v.result = report.Verification{TypeMeta: verificationType}
		var ok bool
		if v.result.Credential, ok = report.FromPlain(&v.plain, in.source); ok {
			return v.verifyPlain(out, n)
		}
	}
	c, err := credential.Recognise(line, in.source)
	if err != nil || c.Token == nil {
		// Alone, the line would be no input. Among tokens, it is an invalid token.
		c = in.onLine(line)
	}
	result := verification(c, v.keys, v.settings)
	withEncoding(result, c)
	return v.appendResult(out, n, result)
}

// verificationType is the kind of the printed object.
var verificationType = report.NewVerification().TypeMeta

func (v *lineVerifier) verifyPlain(out []byte, n int) ([]byte, int, error) {
	r := v.keys.Verify(&v.plain, v.settings)
	v.result.Line, v.result.Valid, v.result.Findings = n, r.Valid, r.Findings
	if r.Key != nil {
		if v.key != r.Key {
			v.key, v.reported = r.Key, new(report.FromKey(*r.Key))
		}
		v.result.Credential.Verified, v.result.Key = true, v.reported
	}
	return v.writer.Append(out, &v.result, &v.plain), yesOrNo(r.Valid), nil
}

// tooLong is the result for a line that is longer than maxLine.
func tooLong(source finding.Text) *report.Verification {
	x := report.NewVerification()
	x.Credential = report.Credential{Type: credential.TypeNone, Source: source}
	f := finding.Found(finding.MalformedJWT, finding.Proved, "the line is larger than 1 MiB and was not read")
	f.Title = finding.T("the line is too long for a token")
	x.Findings = append(x.Findings, f.Fix("Write one token on each line.", finding.Command{}))
	return x
}

func (v *lineVerifier) appendResult(out []byte, n int, x *report.Verification) ([]byte, int, error) {
	x.Line = n
	token.Rewrite(x, token.RedactValue)
	out, err := output.AppendLine(out, v.out.line(x))
	return out, yesOrNo(x.Valid), printError(err)
}
