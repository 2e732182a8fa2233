package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hermod/cmd/hermod/internal/cli"
)

// prefix begins the names of the variables that override the file.
const prefix = "HERMOD_"

// otherVariables begin with the prefix and override nothing.
var otherVariables = []string{"HERMOD_CLUSTER", "HERMOD_CONFIG", "HERMOD_SECRET", "HERMOD_TOKEN", "HERMOD_URL"}

// environment is the process's environment by name; the last setting counts, and an empty one is none.
type environment map[string]string

func readEnvironment(environ []string) environment {
	env := make(environment, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" {
			delete(env, name)
			continue
		}
		env[name] = value
	}
	return env
}

// Variables returns the environment variables that override single values, by name, with the key of each. Every value
// outside bots has one; that of a secret holds the secret itself.
func Variables() map[string]string {
	named := make(map[string]string)
	for name, path := range loadSchema().variables() {
		named[name] = keyOf(path)
	}
	return named
}

func (s schema) variables() map[string][]string {
	found := make(map[string][]string)
	s.collect(nil, found)
	return found
}

func (s schema) collect(path []string, found map[string][]string) {
	part := s.of(path)
	if part["$ref"] == "#/$defs/secret" {
		found[variableOf(path)] = path
	}
	properties, nested := part["properties"].(map[string]any)
	switch {
	case !nested && part["type"] != "array" && part["type"] != "object":
		found[variableOf(path)] = path
	case nested:
		for key := range properties {
			if len(path) > 0 || key != "bots" && key != "include" {
				s.collect(join(path, key), found)
			}
		}
	}
}

func variableOf(path []string) string { return prefix + strings.ToUpper(strings.Join(path, "_")) }

// override puts the environment's values over the tree's. A variable that looks like an override and is none is a
// problem; one that merely shares the prefix is a note.
func (s schema) override(root *node, env environment) (changed *node, problems []Problem, notes []string) {
	known := s.variables()
	sections, _ := s.of(nil)["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		path, ok := known[name]
		switch {
		case ok:
			root = root.put(path, s.valueOf(name, path, env[name]), Position{Env: name})
		case !strings.HasPrefix(name, prefix) || slices.Contains(otherVariables, name):
		case inSection(name, sections):
			problems = append(problems, unknownVariable(name, known))
		default:
			notes = append(notes, fmt.Sprintf("the environment variable %s sets nothing that is known", name))
		}
	}
	return root, problems, notes
}

func inSection(name string, sections map[string]any) bool {
	for section := range sections {
		if strings.HasPrefix(name, prefix+strings.ToUpper(section)+"_") {
			return true
		}
	}
	return false
}

func unknownVariable(name string, known map[string][]string) Problem {
	remedy := "unset it; 'hermod run --help' tells how variables are named"
	names := slices.Sorted(maps.Keys(known))
	for i := range names {
		names[i] = strings.ToLower(names[i])
	}
	if meant := cli.Nearest(name, names); meant != "" {
		remedy = fmt.Sprintf("did you mean %s?", strings.ToUpper(meant))
	}
	return Problem{At: Position{Env: name}, Wrong: "overrides no value that is known", Remedy: remedy}
}

// valueOf reads a variable as the type that the schema wants; what does not fit stays text, which the schema refuses.
func (s schema) valueOf(name string, path []string, text string) *node {
	at := Position{Env: name}
	value := &node{at: at, scalar: text}
	part := s.of(path)
	if part["$ref"] == "#/$defs/secret" {
		return &node{at: at, fields: map[string]field{"env": {at: at, value: &node{at: at, scalar: name}}}}
	}
	switch part["type"] {
	case "integer":
		if number, err := strconv.ParseInt(text, 10, 64); err == nil {
			value.scalar = number
		}
	case "boolean":
		if text == "true" || text == "false" {
			value.scalar = text == "true"
		}
	}
	return value
}

// put returns the tree with a value at the path, and whatever maps lead there.
func (n *node) put(path []string, value *node, at Position) *node {
	if len(path) == 0 {
		return value
	}
	inner := n.child(path[0])
	if inner == nil || inner.fields == nil {
		inner = &node{at: at, fields: map[string]field{}}
	}
	entry := n.fields[path[0]]
	if entry.value == nil {
		entry.at = at
	}
	entry.value = inner.put(path[1:], value, at)
	return n.with(path[0], entry)
}
