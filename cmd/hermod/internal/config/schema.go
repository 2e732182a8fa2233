package config

import (
	"bytes"
	_ "embed"
	"maps"
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
	document any // with its references resolved
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
	return schema{compiled: compiler.MustCompile(schemaURL), document: resolved(document, document)}
}

// resolved returns a part of the document with every reference in it replaced by what it refers to and what stands
// beside it, which wins; the reference stays.
func resolved(part, document any) any {
	switch part := part.(type) {
	case []any:
		list := make([]any, len(part))
		for i, item := range part {
			list[i] = resolved(item, document)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(part))
		if reference, ok := part["$ref"].(string); ok {
			target, _ := resolved(lookUp(document, reference), document).(map[string]any)
			maps.Copy(object, target)
		}
		for key, value := range part {
			object[key] = resolved(value, document)
		}
		return object
	}
	return part
}

// lookUp returns the part of the document that a schema URL points to.
func lookUp(document any, url string) any {
	_, pointer, _ := strings.Cut(url, "#")
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if object, ok := document.(map[string]any); ok && name != "" {
			document = object[name]
		}
	}
	return document
}

// of returns the part of the schema that describes the value at a path. It must not be changed.
func (s schema) of(path []string) map[string]any {
	part := s.root()
	for _, name := range path {
		part = inner(part, name)
	}
	return part
}

func (s schema) root() map[string]any {
	part, _ := s.document.(map[string]any)
	return part
}

// inner returns the part that describes the value of that name, or any item of a list.
func inner(part map[string]any, name string) map[string]any {
	if items, ok := part["items"].(map[string]any); ok {
		return items
	}
	properties, _ := part["properties"].(map[string]any)
	next, ok := properties[name].(map[string]any)
	if patterns, free := part["patternProperties"].(map[string]any); free && !ok {
		for _, described := range patterns { // there is one
			next, _ = described.(map[string]any)
		}
	}
	return next
}
