package config

import (
	"bytes"
	_ "embed"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed schema.json
var schemaText []byte

const schemaURL = "urn:hermod:config"

// Schema returns the JSON Schema (2020-12) of the configuration file, for editors and for other programs.
func Schema() []byte { return bytes.Clone(schemaText) }

// schema is the embedded schema, ready to validate and to be asked about its keys.
type schema struct {
	compiled *jsonschema.Schema
	document any
}

// loadSchema panics when the embedded schema is broken, which no build that passed its tests is.
func loadSchema() schema {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaURL, document); err != nil {
		panic(err)
	}
	return schema{compiled: compiler.MustCompile(schemaURL), document: document}
}

// at returns the part of the schema that a schema URL points to, with its references resolved.
func (s schema) at(url string) map[string]any {
	_, pointer, _ := strings.Cut(url, "#")
	found := s.document
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if object, ok := found.(map[string]any); ok && name != "" {
			found = object[name]
		}
	}
	part, _ := found.(map[string]any)
	return s.resolve(part)
}

// resolve merges a part with what it refers to; what it says itself wins.
func (s schema) resolve(part map[string]any) map[string]any {
	target, ok := part["$ref"].(string)
	if !ok {
		return part
	}
	merged := make(map[string]any, len(part))
	for key, value := range s.at(target) {
		merged[key] = value
	}
	for key, value := range part {
		merged[key] = value
	}
	return merged
}

// of returns the part of the schema that describes the value at a path.
func (s schema) of(path []string) map[string]any {
	part := s.at(schemaURL)
	for _, name := range path {
		if items, ok := part["items"].(map[string]any); ok {
			part = s.resolve(items)
			continue
		}
		properties, _ := part["properties"].(map[string]any)
		next, ok := properties[name].(map[string]any)
		if patterns, free := part["patternProperties"].(map[string]any); free && !ok {
			for _, described := range patterns { // there is one
				next, _ = described.(map[string]any)
			}
		}
		part = s.resolve(next)
	}
	return part
}
