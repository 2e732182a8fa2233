package api_test

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// drawValue makes a value that a schema allows.
func drawValue(rt *rapid.T, s *openapi3.Schema, label string) any {
	switch {
	case len(s.Enum) > 0:
		return rapid.SampledFrom(s.Enum).Draw(rt, label)
	case s.Type.Includes("null") && rapid.Bool().Draw(rt, label+" is null"):
		return nil
	case s.Type.Includes("object"):
		return drawObject(rt, s, label)
	case s.Type.Includes("array"):
		most := 8
		if s.MaxItems != nil {
			most = min(most, int(*s.MaxItems))
		}
		items := make([]any, rapid.IntRange(int(s.MinItems), most).Draw(rt, label+" length"))
		for i := range items {
			items[i] = drawValue(rt, s.Items.Value, label+" item")
		}
		return items
	case s.Type.Includes("integer"):
		least, most := 0, 1<<20
		if s.Min != nil {
			least = int(*s.Min)
		}
		if s.Max != nil {
			most = int(*s.Max)
		}
		return float64(rapid.IntRange(least, most).Draw(rt, label))
	case s.Type.Includes("boolean"):
		return rapid.Bool().Draw(rt, label)
	case s.Type.Includes("string"):
		return drawString(rt, s, label)
	}
	return drawAny(rt, 2)
}

func drawString(rt *rapid.T, s *openapi3.Schema, label string) string {
	if s.Pattern != "" {
		return rapid.StringMatching(s.Pattern).Draw(rt, label)
	}
	most := 64
	if s.MaxLength != nil {
		most = min(most, int(*s.MaxLength))
	}
	return rapid.StringN(int(s.MinLength), most, -1).Draw(rt, label)
}

func drawObject(rt *rapid.T, s *openapi3.Schema, label string) map[string]any {
	object := make(map[string]any)
	if s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has {
		for _, key := range rapid.SliceOfN(rapid.String(), 0, 3).Draw(rt, label+" further keys") {
			object[key] = drawAny(rt, 2)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) || rapid.Bool().Draw(rt, label+" has "+name) {
			object[name] = drawValue(rt, s.Properties[name].Value, name)
		} else {
			delete(object, name)
		}
	}
	return object
}

// drawAny makes any JSON value.
func drawAny(rt *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(rt, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(rt, "boolean")
	case 2:
		return rapid.Float64Range(-1e9, 1e9).Draw(rt, "number")
	case 3:
		return rapid.String().Draw(rt, "text")
	case 4:
		list := make([]any, rapid.IntRange(0, 3).Draw(rt, "length"))
		for i := range list {
			list[i] = drawAny(rt, depth-1)
		}
		return list
	}
	object := make(map[string]any)
	for range rapid.IntRange(0, 3).Draw(rt, "size") {
		key := rapid.OneOf(rapid.SampledFrom([]string{"op", "ids", "kind", "session_key", "reason", "metadata"}), rapid.String()).Draw(rt, "key")
		object[key] = drawAny(rt, depth-1)
	}
	return object
}
