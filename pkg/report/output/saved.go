package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// Saved reads an Explanation that was printed as JSON.
func Saved(data []byte) (*report.Explanation, error) {
	x := report.NewExplanation()
	x.Kind, x.APIVersion = "", ""
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(x); err != nil && x.Kind == "" {
		return nil, errors.New("the file is not a complete JSON object")
	} else if x.Kind != report.KindExplanation || x.APIVersion != report.APIVersion {
		return nil, fmt.Errorf("the object is %q of %q, not %s of %s", x.Kind, x.APIVersion, report.KindExplanation, report.APIVersion)
	} else if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return nil, fmt.Errorf("the value of %s is a JSON %s", wrong.Field, wrong.Value)
	} else if err != nil {
		return nil, fmt.Errorf("the object is damaged: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text follows the object")
	}
	switch x.Verdict {
	case report.Accepted, report.Rejected, report.Anonymous, report.Undecided:
	default:
		return nil, fmt.Errorf("the verdict %q does not exist", x.Verdict)
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
