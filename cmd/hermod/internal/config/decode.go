package config

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// decode fills the structs from a tree that fits the schema, with the schema's default for every key that is missing.
// Bots are decoded one by one, so that a large file leaves little behind for the garbage collector while bots run. The
// standard library copies each string; go-json's strings would keep the whole text for as long as the bot lives.
func (s schema) decode(root *node) (*Config, error) {
	d := newFilled()
	cfg := new(Config)
	rest := root.with("bots", field{value: &node{list: []*node{}}})
	if err := d.decode(rest, s.root(), cfg); err != nil {
		return nil, err
	}
	bots := root.child("bots").list
	cfg.Bots = make([]*Bot, len(bots))
	for i, bot := range bots {
		cfg.Bots[i] = &Bot{TLS: new(TLS)} // of which the schema has no default
		if err := d.decode(bot, s.of(botPath), cfg.Bots[i]); err != nil {
			return nil, err
		}
	}
	return cfg, nil
}

// filled writes nodes as JSON, defaults filled in. Its memory is used again for the next.
type filled struct {
	text    bytes.Buffer
	scalars *json.Encoder
}

func newFilled() *filled {
	f := new(filled)
	f.scalars = json.NewEncoder(&f.text)
	return f
}

func (f *filled) decode(n *node, part map[string]any, into any) error {
	f.text.Reset()
	err := f.write(n, part)
	if err == nil {
		err = json.Unmarshal(f.text.Bytes(), into)
	}
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	return nil
}

// write appends a node, of the part of the schema that describes it.
func (f *filled) write(n *node, part map[string]any) error {
	switch properties, ok := part["properties"].(map[string]any); {
	case n.list != nil:
		return f.writeList(n.list, inner(part, "0"))
	case n.fields == nil:
		return f.scalars.Encode(n.scalar)
	case !ok:
		return f.writeFree(n.fields)
	default:
		return f.writeMap(n.fields, properties)
	}
}

func (f *filled) writeList(items []*node, part map[string]any) error {
	separator := byte('[')
	for _, item := range items {
		f.text.WriteByte(separator)
		if err := f.write(item, part); err != nil {
			return err
		}
		separator = ','
	}
	if separator == '[' {
		f.text.WriteByte('[')
	}
	f.text.WriteByte(']')
	return nil
}

// writeFree appends a map whose keys people choose.
func (f *filled) writeFree(fields map[string]field) error {
	object := make(map[string]any, len(fields))
	for key, entry := range fields {
		object[key] = entry.value.plain()
	}
	return f.scalars.Encode(object)
}

// empty stands for a map that is missing and has defaults inside.
var empty = &node{fields: map[string]field{}}

func (f *filled) writeMap(fields map[string]field, properties map[string]any) error {
	separator := byte('{')
	for key, described := range properties {
		part, _ := described.(map[string]any)
		value := fields[key].value
		if value == nil {
			fallback, has := part["default"]
			if !has {
				continue
			}
			if _, object := fallback.(map[string]any); object {
				value = empty
			} else {
				value = &node{scalar: fallback}
			}
		}
		f.text.WriteByte(separator)
		f.text.WriteString(`"` + key + `":`)
		if err := f.write(value, part); err != nil {
			return err
		}
		separator = ','
	}
	if separator == '{' {
		f.text.WriteByte('{')
	}
	f.text.WriteByte('}')
	return nil
}
