package output

import (
	"bytes"
	"encoding/json"
	"io"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/printers"
)

// printJSON prints an object, which comes as JSON, as kubectl does.
func printJSON(object []byte, w io.Writer) error {
	return (&printers.JSONPrinter{}).PrintObj(&runtime.Unknown{Raw: object}, w)
}

// JSON prints a JSON document, indented.
func JSON(w io.Writer, document json.RawMessage) error {
	var out bytes.Buffer
	if err := json.Indent(&out, document, "", "  "); err != nil {
		return err
	}
	_, err := w.Write(append(escapeJSON(out.Bytes()), '\n'))
	return err
}
