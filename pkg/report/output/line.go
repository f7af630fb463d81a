package output

import (
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// Line prints a value as JSON on one line.
func Line(w io.Writer, v any) error {
	line, err := AppendLine(nil, v)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// AppendLine appends the output of Line.
func AppendLine(b []byte, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return b, err
	}
	return append(append(b, escapeJSON(data)...), '\n'), nil
}

// JWT is a token whose header and claims are written without building maps of them.
type JWT interface {
	AppendHeader([]byte) []byte
	AppendClaims([]byte) []byte
}

// Verifications writes one verification of a JWT after the other.
type Verifications struct {
	// key is the one that was printed last, keyText how.
	key     *report.Key
	keyText []byte
}

// Append appends the output of Line for a verification. The header and the claims are those of t, not of the
// credential. A key must not change while it is used.
func (w *Verifications) Append(b []byte, x *report.Verification, t JWT) []byte {
	b = append(b, `{"apiVersion":`...)
	b = appendString(b, x.APIVersion)
	b = append(b, `,"kind":`...)
	b = appendString(b, x.Kind)
	if x.Line != 0 {
		b = append(b, `,"line":`...)
		b = strconv.AppendInt(b, int64(x.Line), 10)
	}
	b = append(b, `,"valid":`...)
	b = strconv.AppendBool(b, x.Valid)
	b = append(b, `,"credential":{"type":`...)
	b = appendString(b, x.Credential.Type)
	b = append(b, `,"source":`...)
	b = appendString(b, x.Credential.Source.String())
	b = append(b, `,"verified":`...)
	b = strconv.AppendBool(b, x.Credential.Verified)
	b = appendObject(b, `,"header":`, t.AppendHeader)
	b = appendObject(b, `,"claims":`, t.AppendClaims)
	b = appendTime(b, `,"issuedAt":"`, x.Credential.IssuedAt)
	b = appendTime(b, `,"notBefore":"`, x.Credential.NotBefore)
	b = appendTime(b, `,"expiresAt":"`, x.Credential.ExpiresAt)
	b = appendTime(b, `,"warnAfter":"`, x.Credential.WarnAfter)
	b = append(b, '}')
	if x.Key != nil {
		if w.key != x.Key {
			w.key, w.keyText = x.Key, appendKey(nil, x.Key)
		}
		b = append(b, w.keyText...)
	}
	b = append(b, `,"findings":[`...)
	for i := range x.Findings {
		b = append(appendFinding(b, &x.Findings[i]), ',')
	}
	return append(closed(b, ']'), "}\n"...)
}

// appendObject appends an object member unless it is empty.
func appendObject(b []byte, name string, object func([]byte) []byte) []byte {
	without := len(b)
	b = append(b, name...)
	start := len(b)
	if b = object(b); string(b[start:]) == "{}" {
		return b[:without]
	}
	return b
}

// appendKey appends the member of a verification that a key is.
func appendKey(b []byte, k *report.Key) []byte {
	b = append(b, `,"key":{`...)
	b = appendMember(b, `"kid":`, k.KeyID)
	b = append(b, `"kty":`...)
	b = append(appendString(b, k.KeyType), ',')
	b = appendMember(b, `"alg":`, k.Algorithm)
	b = appendMember(b, `"use":`, k.Use)
	if k.Bits != 0 {
		b = append(b, `"bits":`...)
		b = append(strconv.AppendInt(b, int64(k.Bits), 10), ',')
	}
	b = appendMember(b, `"thumbprint":`, k.Thumbprint)
	b = appendMember(b, `"kubernetesKid":`, k.KubernetesKeyID)
	b = appendMember(b, `"source":`, k.Source.String())
	return closed(b, '}')
}

func appendFinding(b []byte, f *finding.Finding) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, string(f.ID))
	b = append(b, `,"severity":`...)
	b = appendString(b, string(f.Severity))
	b = append(b, `,"certainty":`...)
	b = appendString(b, string(f.Certainty))
	b = append(b, `,"title":`...)
	b = appendString(b, f.Title.String())
	b = append(b, ',')
	b = appendMember(b, `"detail":`, f.Detail.String())
	if len(f.Evidence) > 0 {
		b = append(b, `"evidence":[`...)
		for _, e := range f.Evidence {
			b = append(b, `{"source":`...)
			b = appendString(b, e.Source.String())
			b = append(b, `,"value":`...)
			b = append(appendString(b, e.Value.String()), '}', ',')
		}
		b = append(closed(b, ']'), ',')
	}
	if len(f.Remedy) > 0 {
		b = append(b, `"remedy":[`...)
		for _, r := range f.Remedy {
			b = append(b, `{"description":`...)
			b = append(appendString(b, r.Description.String()), ',')
			b = append(closed(appendMember(b, `"command":`, r.Command.String()), '}'), ',')
		}
		b = append(closed(b, ']'), ',')
	}
	b = appendMember(b, `"reference":`, f.Reference)
	if names := f.Named(); len(names) > 0 {
		b = append(b, `"names":[`...)
		for _, n := range names {
			b = append(appendString(append(b, `{"kind":`...), string(n.Kind)), `,"value":`...)
			b = append(appendString(b, n.Value), '}', ',')
		}
		b = append(closed(b, ']'), ',')
	}
	return closed(b, '}')
}

// appendMember appends a member and a comma unless the member is empty.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return append(appendString(append(b, name...), value), ',')
}

// appendTime appends a time and the closing quotation mark; nothing for no time.
func appendTime(b []byte, before string, t *report.Time) []byte {
	if t == nil {
		return b
	}
	return append(t.UTC().AppendFormat(append(b, before...), time.RFC3339Nano), '"')
}

// closed puts a bracket in the place of the last comma.
func closed(b []byte, bracket byte) []byte {
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, bracket)
}

// appendString appends a string as JSON.
func appendString(b []byte, s string) []byte {
	start := len(b)
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(append(append(b, s[from:i]...), '\\'), c)
			from = i + 1
		case c < ' ' || c >= 0x7f || c == '<' || c == '>' || c == '&':
			data, _ := json.Marshal(s) // of a string it cannot fail
			return append(b[:start], escapeJSON(data)...)
		}
	}
	return append(append(b, s[from:]...), '"')
}
