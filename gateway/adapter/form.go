package adapter

import (
	"strings"

	json "github.com/goccy/go-json"
)

// FormField is one field of a form that was submitted.
type FormField struct {
	CustomID string `json:"custom_id"`
	// Value is what was entered, "" for a field that was left empty; of several values, all of them joined by ",".
	Value string `json:"value"`
	// Values are those of a field that has a list of them, nil of another.
	Values []string `json:"values,omitempty"`
}

// formText is a form as text: one custom_id=value line for each field.
func formText(fields []FormField) string {
	lines := make([]string, len(fields))
	for i, f := range fields {
		lines[i] = f.CustomID + "=" + f.Value
	}
	return strings.Join(lines, "\n")
}

// formFields returns the fields of a form, wherever in its layout they are.
func formFields(layout object, depth int) []FormField {
	if depth > maxNesting {
		return nil
	}
	var fields []FormField
	id := layout.text("custom_id")
	if value, ok := layout["value"]; ok && id != "" {
		fields = append(fields, FormField{CustomID: id, Value: scalar(value)})
	} else if values := layout.list("values"); values != nil && id != "" {
		texts := scalars(values)
		fields = append(fields, FormField{CustomID: id, Value: strings.Join(texts, ","), Values: texts})
	}
	if nested := layout.object("component"); nested != nil {
		fields = append(fields, formFields(nested, depth+1)...)
	}
	for _, raw := range layout.list("components") {
		if nested, ok := objectOf(raw); ok {
			fields = append(fields, formFields(nested, depth+1)...)
		}
	}
	return fields
}

func scalars(values []json.RawMessage) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = scalar(value)
	}
	return texts
}
