package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// bill is the bill of materials of a binary, from its build information.
type bill struct {
	version string
	bom     cycloneDX
}

// cycloneDX is a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/).
type cycloneDX struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

func materials(binary string, p platform) (*bill, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	purl := func(module, version string) string { return fmt.Sprintf("pkg:golang/%s@%s", module, version) }
	main := component{
		Type: "application", Name: info.Main.Path, Version: info.Main.Version,
		Ref: purl(info.Main.Path, info.Main.Version), PURL: purl(info.Main.Path, info.Main.Version) + "?goos=" + p.os + "&goarch=" + p.arch,
	}
	b := &bill{version: info.Main.Version}
	depends := dependency{Ref: main.Ref}
	add := func(c component) {
		b.bom.Components = append(b.bom.Components, c)
		depends.DependsOn = append(depends.DependsOn, c.Ref)
	}
	goVersion := purl("std", info.GoVersion)
	add(component{Type: "library", Ref: goVersion, Name: "std", Version: info.GoVersion, PURL: goVersion})
	for _, m := range info.Deps {
		if m.Replace != nil {
			return nil, fmt.Errorf("the module %s is replaced: `go install` would not build this program", m.Path)
		}
		ref := purl(m.Path, m.Version)
		// The sum is the one in go.sum: https://go.dev/ref/mod#go-sum-files.
		add(component{Type: "library", Ref: ref, Name: m.Path, Version: m.Version, PURL: ref, Properties: []property{{"go:sum", m.Sum}}})
	}
	b.bom.Format, b.bom.SpecVersion, b.bom.Version = "CycloneDX", "1.6", 1
	b.bom.Metadata.Component = main
	b.bom.Dependencies = []dependency{depends}
	return b, nil
}

func (b *bill) write(file string, at time.Time) error {
	b.bom.Metadata.Timestamp = at.Format(time.RFC3339)
	var data bytes.Buffer
	out := json.NewEncoder(&data)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(b.bom); err != nil {
		return err
	}
	return os.WriteFile(file, data.Bytes(), 0o644)
}
