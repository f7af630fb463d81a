package manifest

import (
	"encoding/base64"
	"slices"
	"strings"
)

// file is a file with its content.
type file struct {
	name string
	data []byte
}

// keep remembers a ConfigMap or a Secret.
func (p *parser) keep(o object) {
	if o.kind == "ConfigMap" || o.kind == "Secret" {
		p.objects = append(p.objects, o)
	}
}

// find returns a ConfigMap or a Secret by its name. A namespace that one of the sides does not name fits.
func (p *parser) find(kind, namespace, name string) (object, bool) {
	for _, o := range p.objects {
		of := o.in("metadata.namespace").text()
		if name != "" && o.kind == kind && o.in("metadata.name").text() == name && (of == "" || namespace == "" || of == namespace) {
			return o, true
		}
	}
	return object{}, false
}

// contents returns the files of a ConfigMap or a Secret, sorted by name.
func contents(o object) []file {
	plain, encoded := "data", "binaryData"
	if o.kind == "Secret" {
		plain, encoded = "stringData", "data"
	}
	var out []file
	for _, e := range o.member(plain).members() {
		out = append(out, file{e.name, []byte(e.text())})
	}
	for _, e := range o.member(encoded).members() {
		if data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.text()), "")); err == nil {
			out = append(out, file{e.name, data})
		}
	}
	slices.SortStableFunc(out, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return out
}
