package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// Saved reads an Explanation that was printed as JSON.
func Saved(data []byte) (*report.Explanation, error) {
	x := report.NewExplanation()
	x.Kind, x.APIVersion = "", ""
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(x); err != nil && x.Kind == "" {
		return nil, finding.Errorf("the file is not a complete JSON object")
	} else if x.Kind != report.KindExplanation || x.APIVersion != report.APIVersion {
		return nil, finding.Errorf("the object is %q of %q, not %s of %s", finding.Quoted(x.Kind), finding.Quoted(x.APIVersion), finding.Syntax(report.KindExplanation), finding.Syntax(report.APIVersion))
	} else if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return nil, finding.Errorf("the value of %s is a JSON %s", finding.Standard(wrong.Field), finding.Standard(wrong.Value))
	} else if err != nil {
		return nil, finding.Errorf("the object is damaged: %s", finding.Err(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, finding.Errorf("more text follows the object")
	}
	switch x.Verdict {
	case report.Accepted, report.Rejected, report.Anonymous, report.Undecided:
	default:
		return nil, finding.Errorf("the verdict %q does not exist", finding.Quoted(x.Verdict))
	}
	for i, c := range x.Checks {
		x.Checks[i].Stage = report.StageOf(c.ID)
	}
	credentials := []*report.Credential{&x.Credential}
	for _, s := range x.Subjects {
		if s.Credential != nil {
			credentials = append(credentials, s.Credential)
		}
	}
	for _, c := range credentials {
		// The file may nest values deeper than can be printed.
		c.Header, c.Claims = report.FromDocument(c.Header), report.FromDocument(c.Claims)
		exact(c.Header, false)
		exact(c.Claims, false)
	}
	return x, nil
}
