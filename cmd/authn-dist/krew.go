package main

import (
	"fmt"
	"path"
	"strings"
	"text/template"
)

// render renders the template of krew's release bot. In the bot, addURIAndSha downloads an archive; here, it looks
// up one of the new archives.
func render(text, version string, made []archive) (string, error) {
	sums := map[string]string{}
	for _, a := range made {
		sums[a.name] = a.sha256
	}
	t, err := template.New(".krew.yaml").Funcs(template.FuncMap{
		"addURIAndSha": func(uri, tag string) (string, error) {
			uri = strings.ReplaceAll(uri, "{{ .TagName }}", tag)
			name := path.Base(uri)
			sum, ok := sums[name]
			if !ok {
				return "", fmt.Errorf("no archive %s was made", name)
			}
			return "uri: " + uri + "\n    sha256: " + sum, nil
		},
	}).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, map[string]string{"TagName": version})
	return out.String(), err
}
