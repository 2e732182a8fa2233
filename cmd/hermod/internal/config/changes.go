package config

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
)

// Changes says how a configuration differs from the one before it.
type Changes struct {
	// Added and Removed are bots by name, sorted.
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	// Changed are the bots that another configuration has drain and start again, sorted by name.
	Changed   []BotChange `json:"changed"`
	Unchanged int         `json:"unchanged"`
	// Settings are the keys outside bots that differ, sorted; what defaults say shows in the bots.
	Settings []string `json:"settings"`
}

// BotChange names the keys of a bot that differ, sorted. There may be none, if only what they refer to has moved.
type BotChange struct {
	Bot  string   `json:"bot"`
	Keys []string `json:"keys"`
}

// Compare says what it means to go from one checked configuration to another. A secret whose value differs is named,
// and not shown.
func Compare(before, after *Config) Changes {
	changes := Changes{Added: []string{}, Removed: []string{}, Changed: []BotChange{},
		Settings: differences("", reflect.ValueOf(*before), reflect.ValueOf(*after))}
	changes.Settings = slices.DeleteFunc(changes.Settings, func(key string) bool { return key == "bots" })
	known := make(map[string]*Bot, len(before.Bots))
	for _, bot := range before.Bots {
		known[bot.Name] = bot
	}
	for _, bot := range after.Bots {
		old := known[bot.Name]
		delete(known, bot.Name)
		switch {
		case old == nil:
			changes.Added = append(changes.Added, bot.Name)
		case reflect.DeepEqual(old, bot):
			changes.Unchanged++
		default:
			changes.Changed = append(changes.Changed,
				BotChange{Bot: bot.Name, Keys: differences("", reflect.ValueOf(*old), reflect.ValueOf(*bot))})
		}
	}
	for name := range known {
		changes.Removed = append(changes.Removed, name)
	}
	slices.Sort(changes.Added)
	slices.Sort(changes.Removed)
	slices.SortFunc(changes.Changed, func(a, b BotChange) int { return strings.Compare(a.Bot, b.Bot) })
	return changes
}

var textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()

// differences returns the keys below path at which two values of a configuration's type differ, sorted.
func differences(path string, a, b reflect.Value) []string {
	if a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil() {
		return differences(path, a.Elem(), b.Elem())
	}
	if a.Kind() != reflect.Struct || a.Type().Implements(textMarshaler) || a.Type() == reflect.TypeFor[Secret]() {
		if reflect.DeepEqual(a.Interface(), b.Interface()) {
			return []string{}
		}
		return []string{path}
	}
	keys := []string{}
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		inner := name
		if path != "" {
			inner = path + "." + name
		}
		keys = append(keys, differences(inner, a.Field(i), b.Field(i))...)
	}
	slices.Sort(keys)
	return keys
}
