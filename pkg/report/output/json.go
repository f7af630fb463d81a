package output

import (
	"bytes"
	"encoding/json"
	"io"
)

// JSON prints a JSON document by itself, indented.
func JSON(w io.Writer, document json.RawMessage) error {
	var out bytes.Buffer
	if err := json.Indent(&out, document, "", "  "); err != nil {
		return err
	}
	_, err := w.Write(append(escapeJSON(out.Bytes()), '\n'))
	return err
}
