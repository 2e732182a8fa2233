package config_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hermod/cmd/hermod/internal/config"
)

func document(t *testing.T) map[string]any {
	t.Helper()
	var document map[string]any
	must(t, json.Unmarshal(config.Schema(), &document))
	return document
}

func TestTheSchemaIsOneAndDescribesEveryKey(t *testing.T) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	must(t, err)
	compiler := jsonschema.NewCompiler()
	must(t, compiler.AddResource("urn:test", parsed))
	if _, err := compiler.Compile("urn:test"); err != nil {
		t.Fatal(err)
	}
	bot := document(t)["$defs"].(map[string]any)["bot"].(map[string]any)
	for key, property := range bot["properties"].(map[string]any) {
		if property.(map[string]any)["description"] == nil {
			t.Errorf("bots[].%s has no description", key)
		}
	}
}

// What the schema allows and no struct takes would be ignored; what a struct takes and the schema does not allow could
// not be set.
func TestTheSchemaHasTheKeysOfTheStructs(t *testing.T) {
	root := document(t)
	defs := root["$defs"].(map[string]any)
	compareKeys(t, "", root, reflect.TypeFor[config.Config](), defs, "defaults", "include")
	compareKeys(t, "bots[]", defs["bot"].(map[string]any), reflect.TypeFor[config.Bot](), defs)
}

func compareKeys(t *testing.T, path string, schema map[string]any, of reflect.Type, defs map[string]any,
	schemaOnly ...string) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	fields := make(map[string]reflect.Type)
	for i := range of.NumField() {
		if name := of.Field(i).Tag.Get("json"); name != "-" {
			fields[name] = of.Field(i).Type
		}
	}
	for _, name := range schemaOnly {
		fields[name] = nil
	}
	want, got := slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(properties))
	if !slices.Equal(want, got) {
		t.Errorf("%s: the schema has %v, the struct %v", path, got, want)
	}
	for name, field := range fields {
		property, _ := properties[name].(map[string]any)
		if ref, ok := property["$ref"].(string); ok {
			property, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		for field != nil && field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		if field != nil && field.Kind() == reflect.Struct && property["properties"] != nil {
			compareKeys(t, path+"."+name, property, field, defs)
		}
	}
}
