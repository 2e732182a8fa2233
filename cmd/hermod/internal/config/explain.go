package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	json "github.com/goccy/go-json"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"hermod/cmd/hermod/internal/cli"
)

// validate reports how the tree differs from the schema.
func (s schema) validate(root *node) []Problem {
	err := s.compiled.Validate(root.plain())
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	return s.explain(root, invalid)
}

// explain turns the innermost causes into problems.
func (s schema) explain(root *node, e *jsonschema.ValidationError) []Problem {
	var problems []Problem
	for _, cause := range e.Causes {
		problems = append(problems, s.explain(root, cause)...)
	}
	if len(e.Causes) > 0 {
		return problems
	}
	path := e.InstanceLocation
	at := root.find(path...)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			problems = append(problems, s.unknownKey(at, path, key))
		}
		return problems
	case *kind.Required:
		for _, key := range k.Missing {
			problems = append(problems, s.missingKey(at, path, key))
		}
		return problems
	}
	wrong, remedy := s.wrongValue(at, path, e.ErrorKind)
	return []Problem{{At: at.at, Key: keyOf(path), Wrong: wrong, Remedy: remedy}}
}

func (s schema) unknownKey(parent *node, path []string, key string) Problem {
	part := s.of(path)
	if part["patternProperties"] != nil { // only variables have names that are free to choose
		return Problem{At: parent.fields[key].at, Key: keyOf(join(path, key)),
			Wrong: "is no name of an environment variable", Remedy: "use letters, digits and _, and begin with no digit"}
	}
	properties, _ := part["properties"].(map[string]any)
	known := slices.Sorted(maps.Keys(properties))
	remedy := "use one of " + strings.Join(known, ", ")
	if len(known) == 0 {
		remedy = "leave it out: nothing can be set here"
	}
	if meant := cli.Nearest(key, known); meant != "" {
		remedy = fmt.Sprintf("did you mean %s?", meant)
	}
	return Problem{At: parent.fields[key].at, Key: keyOf(join(path, key)), Wrong: "is not a key that is known here", Remedy: remedy}
}

func (s schema) missingKey(parent *node, path []string, key string) Problem {
	full := join(path, key)
	return Problem{At: parent.at, Key: keyOf(full), Wrong: "is missing", Remedy: s.example(full, "add")}
}

// wrongValue says what is wrong with a value and what to write.
func (s schema) wrongValue(at *node, path []string, k jsonschema.ErrorKind) (wrong, remedy string) {
	remedy = s.example(path, "write")
	switch k := k.(type) {
	case *kind.Type:
		if s.isSecret(path) {
			return "is written into the file itself", "put the secret into a file and write {file: PATH}, or {env: NAME} for an environment variable"
		}
		return fmt.Sprintf("is %s where %s belongs", typeNames[k.Got], wanted(k.Want)), remedy
	case *kind.Enum:
		choices := choiceNames(k.Want)
		if meant := cli.Nearest(fmt.Sprint(k.Got), choices); meant != "" {
			return s.shown(at, path, "is not known"), fmt.Sprintf("did you mean %s? The choices are %s", meant, strings.Join(choices, ", "))
		}
		return s.shown(at, path, "is not known"), "use " + strings.Join(choices, " or ")
	case *kind.Pattern:
		return s.shown(at, path, "has not the form that belongs here"), remedy
	case *kind.Minimum:
		return s.shown(at, path, "is too small"), "use at least " + k.Want.RatString()
	case *kind.Maximum:
		return s.shown(at, path, "is too large"), "use at most " + k.Want.RatString()
	case *kind.MinLength, *kind.MinItems:
		return "is empty", remedy
	case *kind.MaxLength:
		return "is too long", fmt.Sprintf("use at most %d characters", k.Want)
	case *kind.MaxItems:
		return "has too many items", fmt.Sprintf("use at most %d", k.Want)
	case *kind.MinProperties:
		return "says nothing", "choose one of " + s.keysAt(path)
	case *kind.MaxProperties:
		return "says more than one thing", "keep exactly one of " + s.keysAt(path)
	}
	return "does not fit the schema", remedy
}

// example proposes the schema's example for a path.
func (s schema) example(path []string, verb string) string {
	if len(path) == 0 {
		return "write a map that begins with bots:"
	}
	examples, _ := s.of(path)["examples"].([]any)
	if len(examples) == 0 {
		return "see 'hermod config schema'"
	}
	return fmt.Sprintf("%s for example %s", verb, flow(path[len(path)-1], examples[0]))
}

// flow writes a key and its value on one line of YAML.
func flow(key string, value any) string {
	text, err := json.MarshalWithOption(value, json.DisableHTMLEscape(), json.UnorderedMap())
	if err != nil {
		panic(err) // it came from JSON
	}
	shown := string(text)
	if plain, ok := value.(string); ok && !needsQuotes(plain) {
		shown = plain
	}
	if _, err := strconv.Atoi(key); err == nil {
		return shown
	}
	return key + ": " + shown
}

// needsQuotes says that YAML would take the text for something else.
func needsQuotes(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil || text == "" || text == "true" || text == "false" || text == "null"
}

func (s schema) keysAt(path []string) string {
	properties, _ := s.of(path)["properties"].(map[string]any)
	return strings.Join(slices.Sorted(maps.Keys(properties)), ", ")
}

// isSecret says that the path leads to a secret, or into one.
func (s schema) isSecret(path []string) bool { return s.leadsTo(path, "#/$defs/secret") }

func (s schema) leadsTo(path []string, def string) bool {
	for i := range path {
		if s.of(path[:i+1])["$ref"] == def {
			return true
		}
	}
	return false
}

// shown puts the value in front of what is wrong, unless it may be a secret.
func (s schema) shown(at *node, path []string, wrong string) string {
	if s.isSecret(path) || s.leadsTo(path, "#/$defs/variable") || at.scalar == nil {
		return wrong
	}
	if text, ok := at.scalar.(string); ok {
		return fmt.Sprintf("%.60q %s", text, wrong)
	}
	return fmt.Sprintf("%v %s", at.scalar, wrong)
}

var typeNames = map[string]string{
	"object": "a map", "array": "a list", "string": "text", "number": "a number", "integer": "a whole number",
	"boolean": "true or false", "null": "nothing",
}

func wanted(types []string) string {
	var names []string
	for _, name := range types {
		names = append(names, typeNames[name])
	}
	return strings.Join(names, " or ")
}

func choiceNames(choices []any) []string {
	var names []string
	for _, choice := range choices {
		names = append(names, fmt.Sprint(choice))
	}
	return names
}
